//! Which matches join their documents: what all comparisons of a corpus say of one of them.

use std::collections::HashMap;

use super::bridges::bridges;
use super::{Clusters, Link, Linkage};
use crate::hash::SecretState;
use crate::verify::{Extent, FormEvidence};
use crate::{DocId, Pair, Result};

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) link: Link,
    pub(crate) form: FormEvidence,
    /// Which parts of the first document and of the second are covered; of a match only.
    pub(crate) extents: [Extent; 2],
}

/// Documents that must differ from one as reports on a form do, for it to be known to be on one.
const ON_FORM: usize = 4;

/// What the comparisons of a corpus found beside the matches themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// Pairs that clustering asked for: their scores, and whether they are two of many on a form.
    asked: HashMap<Pair, (f64, bool), SecretState>,
    /// By document: those that differ from it as reports on a form do, as many as tell it.
    on_form: HashMap<DocId, Vec<DocId>, SecretState>,
    /// The documents of which so many are known.
    known: usize,
}

impl Findings {
    /// Takes in what a comparison says of forms.
    pub(crate) fn learn_form(&mut self, pair: Pair, form: FormEvidence) {
        if form.is_form || form.if_many {
            for (document, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
                let others = self.on_form.entry(document).or_default();
                if others.len() < ON_FORM && !others.contains(&other) {
                    others.push(other);
                    self.known += usize::from(others.len() == ON_FORM);
                }
            }
        }
    }

    /// Takes in a comparison that was asked for.
    fn learn(&mut self, pair: Pair, score: f64, form: FormEvidence) {
        self.learn_form(pair, form);
        self.asked.insert(pair, (score, form.of_many));
    }

    /// Those of the pairs that were not learned.
    fn unknown(&self, pairs: &[Pair]) -> Vec<Pair> {
        pairs.iter().copied().filter(|pair| !self.asked.contains_key(pair)).collect()
    }

    /// How many pairs were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// The score of a pair that was asked for: that of strangers where both are known to be on a form.
    fn score(&self, pair: Pair) -> f64 {
        match self.asked.get(&pair) {
            Some(&(_, true)) if self.are_on_form(pair) => 0.0,
            Some(&(score, _)) => score,
            None => 0.0,
        }
    }

    /// Whether each of two documents is known to be on a form.
    fn are_on_form(&self, pair: Pair) -> bool {
        let is_on_form = |document| self.on_form.get(document).is_some_and(|others| others.len() >= ON_FORM);
        is_on_form(&pair.a) && is_on_form(&pair.b)
    }

    /// The clusters of documents of these [numbers](Linkage::begin_numbered), by what the findings say. Where
    /// what clustering asked for tells that more documents are on a form, it begins again: so the clusters of
    /// documents depend on nothing but what they are compared with, directly or through others.
    ///
    /// `ask` compares pairs, each once.
    pub(crate) fn clusters(
        &mut self,
        numbers: &[u32],
        findings: &[Finding],
        threshold: f64,
        mut ask: impl FnMut(&[Pair]) -> Result<Vec<(f64, FormEvidence)>>,
    ) -> Result<Clusters> {
        let mut ask = |findings: &mut Self, pairs: &[Pair]| -> Result<()> {
            let unknown = findings.unknown(pairs);
            let asked = if unknown.is_empty() { Vec::new() } else { ask(&unknown)? };
            unknown.iter().zip(asked).for_each(|(&pair, (score, form))| findings.learn(pair, score, form));
            Ok(())
        };
        loop {
            let known = self.known;
            let links = self.links(findings, threshold, &mut ask)?;
            let mut linking = Linkage::new(threshold).begin_numbered(numbers, &links);
            while !linking.wants().is_empty() {
                ask(self, linking.wants())?;
                let scores: Vec<f64> = linking.wants().iter().map(|&pair| self.score(pair)).collect();
                linking.learn(&scores);
            }
            if self.known == known {
                return Ok(linking.finish());
            }
        }
    }

    /// What clustering is told of the findings: all but the matches of which the others say that they join
    /// nothing, between two reports on a form that many fill, and of [bridges](super::bridges).
    ///
    /// `ask` learns pairs.
    fn links(
        &mut self,
        findings: &[Finding],
        threshold: f64,
        mut ask: impl FnMut(&mut Self, &[Pair]) -> Result<()>,
    ) -> Result<Vec<Link>> {
        let stays = |finding: &&Finding| !(finding.form.of_many && self.are_on_form(finding.link.pair));
        let staying: Vec<Finding> = findings.iter().filter(stays).copied().collect();
        let dropped = bridges(&staying, threshold, |pairs| {
            ask(self, pairs)?;
            Ok(pairs.iter().map(|&pair| self.score(pair)).collect())
        })?;
        let links = staying.iter().map(|finding| finding.link);
        Ok(links.filter(|link| !dropped.contains(&link.pair)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: FormEvidence = FormEvidence { is_form: false, if_many: true, of_many: true };

    fn finding(a: u32, b: u32, form: FormEvidence) -> Finding {
        let link = Link { pair: Pair::new(DocId(a), DocId(b)), score: 0.9, noise: 0.0 };
        Finding { link, form, extents: [Extent::WHOLE; 2] }
    }

    #[test]
    fn a_form_is_known_by_four_others() {
        let joined = |documents: u32| {
            let pairs = (0..documents).flat_map(|b| (0..b).map(move |a| (a, b)));
            let found: Vec<Finding> = pairs.map(|(a, b)| finding(a, b, MANY)).collect();
            let mut findings = Findings::default();
            // However often a pair is compared, it tells of one other.
            for finding in found.iter().chain(&found) {
                findings.learn_form(finding.link.pair, finding.form);
            }
            let links = findings.links(&found, 0.5, |_, _| Ok(())).unwrap();
            (links.len(), findings)
        };
        assert_eq!(joined(4).0, 6);
        let (links, mut findings) = joined(5);
        assert_eq!(links, 0);
        // A copy of one of them, corrected here and there, and another that no form is known of.
        let all = [finding(0, 1, FormEvidence { of_many: false, ..MANY }), finding(0, 9, MANY)];
        assert_eq!(findings.links(&all, 0.5, |_, _| Ok(())).unwrap().len(), 2);
        // What clustering asks for is told the same.
        findings.learn(Pair::new(DocId(0), DocId(2)), 0.9, MANY);
        findings.learn(Pair::new(DocId(0), DocId(7)), 0.8, MANY);
        assert_eq!([2, 7, 8].map(|other| findings.score(Pair::new(DocId(0), DocId(other)))), [0.0, 0.8, 0.0]);
        assert_eq!(
            findings.unknown(&[Pair::new(DocId(0), DocId(7)), Pair::new(DocId(0), DocId(8))]).len(),
            1
        );
    }
}
