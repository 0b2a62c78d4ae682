//! Which matches join their documents: what all comparisons of a corpus say of one of them.

use std::collections::{HashMap, HashSet};

use super::bridges::bridges;
use super::{Clusters, Forest, Link, Linkage};
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
const ON_FORM: u32 = 4;
/// A word is in a slot of the form when so many of these differ there.
const RECURRING: f64 = 0.5;
/// The share of the differences that must be there: a form has its slots in the same places of all, an edited
/// copy differs from each other one in places of its own.
const IN_SLOTS: f64 = 0.75;
/// The share of two reports' differences that must be in slots of both.
const OF_PAIR: f64 = 0.5;

/// What the comparisons of a corpus found beside the matches themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// Pairs that clustering asked for: their scores, and what they say of forms.
    asked: HashMap<Pair, (f64, FormEvidence), SecretState>,
    /// Pairs that differ as reports on a form do.
    told: HashSet<Pair, SecretState>,
    /// By document, what these say.
    on_form: HashMap<DocId, OnForm, SecretState>,
    /// Documents of which more is known since they were clustered.
    news: HashSet<DocId, SecretState>,
    /// The findings that were clustered.
    clustered: usize,
    /// The least member of each document's cluster.
    labels: Vec<DocId>,
}

/// What the documents say that differ from one as reports on a form do.
#[derive(Clone, Debug)]
struct OnForm {
    others: u32,
    /// How many of them differ in which words, by their number modulo 64.
    differ: [u32; 64],
    /// The words that are in slots of the form; none when it is not known to be on one.
    slots: Option<u64>,
}

impl Default for OnForm {
    fn default() -> Self {
        Self { others: 0, differ: [0; 64], slots: None }
    }
}

impl OnForm {
    /// Takes in one that differs in these words, and tells whether other slots are known now.
    fn add(&mut self, words: u64) -> bool {
        self.others += 1;
        for (word, differ) in self.differ.iter_mut().enumerate() {
            *differ += (words >> word & 1) as u32;
        }
        let before = self.slots;
        let enough = RECURRING * f64::from(self.others);
        let (mut slots, mut inside, mut all) = (0, 0, 0);
        for (word, &differ) in self.differ.iter().enumerate() {
            all += differ;
            if f64::from(differ) >= enough {
                slots |= 1 << word;
                inside += differ;
            }
        }
        let known = self.others >= ON_FORM && f64::from(inside) >= IN_SLOTS * f64::from(all);
        self.slots = known.then_some(slots);
        self.slots != before
    }
}

impl Findings {
    /// Takes in what a comparison says of forms.
    pub(crate) fn learn_form(&mut self, pair: Pair, form: FormEvidence) {
        if (form.is_form || form.if_many) && self.told.insert(pair) {
            for (document, slots) in [(pair.a, form.slots[0]), (pair.b, form.slots[1])] {
                let on_form = self.on_form.entry(document).or_default();
                if on_form.add(slots) {
                    self.news.insert(document);
                }
            }
        }
    }

    /// Takes in a comparison that was asked for.
    fn learn(&mut self, pair: Pair, score: f64, form: FormEvidence) {
        self.learn_form(pair, form);
        self.asked.insert(pair, (score, form));
    }

    /// Those of the pairs that were not learned.
    fn unknown(&self, pairs: &[Pair]) -> Vec<Pair> {
        pairs.iter().copied().filter(|pair| !self.asked.contains_key(pair)).collect()
    }

    /// How many pairs were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// The score of a pair that was asked for: that of strangers where they are two reports on a form.
    fn score(&self, pair: Pair) -> f64 {
        match self.asked.get(&pair) {
            Some(&(_, form)) if self.are_on_form(pair, form) => 0.0,
            Some(&(score, _)) => score,
            None => 0.0,
        }
    }

    /// Whether each of two documents is known to be on a form, and they differ in slots of it.
    fn are_on_form(&self, pair: Pair, form: FormEvidence) -> bool {
        let in_slots = |(document, differ): (DocId, u64)| {
            let slots = self.on_form.get(&document).and_then(|on_form| on_form.slots);
            slots.is_some_and(|slots| {
                f64::from((slots & differ).count_ones()) >= OF_PAIR * f64::from(differ.count_ones())
            })
        };
        form.of_many && [(pair.a, form.slots[0]), (pair.b, form.slots[1])].into_iter().all(in_slots)
    }

    /// The clusters of documents of these [numbers](Linkage::begin_numbered), by what the findings say: those
    /// of the last call and more behind them. Only the components are clustered of which more is known than
    /// in the last call; and again, where what clustering asks for tells more of forms. So the clusters of
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
        let n = numbers.len() as u32;
        self.labels.extend((self.labels.len() as u32..n).map(DocId));
        let mut components = Forest::new(n);
        for finding in findings {
            components.union(finding.link.pair);
        }
        for finding in findings.iter().skip(self.clustered) {
            self.news.insert(finding.link.pair.a);
        }
        self.clustered = findings.len();
        while !self.news.is_empty() {
            let news = self.news.drain().filter(|document| document.index() < numbers.len());
            let roots: HashSet<DocId> = news.map(|document| components.root(document)).collect();
            let mut is_here = |document: DocId| roots.contains(&components.root(document));
            let documents: Vec<DocId> = (0..n).map(DocId).filter(|&document| is_here(document)).collect();
            let findings: Vec<Finding> =
                findings.iter().filter(|finding| is_here(finding.link.pair.a)).copied().collect();
            let clusters = self.clusters_of(&documents, numbers, &findings, threshold, &mut ask)?;
            for members in clusters.iter() {
                for document in members {
                    self.labels[documents[document.index()].index()] = documents[members[0].index()];
                }
            }
        }
        let pairs = self.labels.iter().zip(0..).map(|(&label, document)| Pair::new(label, DocId(document)));
        Ok(Clusters::from_pairs(n, pairs))
    }

    /// The clusters of some documents, by their places among these.
    fn clusters_of(
        &mut self,
        documents: &[DocId],
        numbers: &[u32],
        findings: &[Finding],
        threshold: f64,
        ask: &mut impl FnMut(&mut Self, &[Pair]) -> Result<()>,
    ) -> Result<Clusters> {
        let place = |document| DocId(documents.partition_point(|&other| other < document) as u32);
        let mut links = self.links(findings, threshold, &mut *ask)?;
        for link in &mut links {
            link.pair = Pair::new(place(link.pair.a), place(link.pair.b));
        }
        let numbers: Vec<u32> = documents.iter().map(|document| numbers[document.index()]).collect();
        let mut linking = Linkage::new(threshold).begin_numbered(&numbers, &links);
        while !linking.wants().is_empty() {
            let pair = |pair: &Pair| Pair::new(documents[pair.a.index()], documents[pair.b.index()]);
            let wants: Vec<Pair> = linking.wants().iter().map(pair).collect();
            ask(self, &wants)?;
            linking.learn(&wants.iter().map(|&pair| self.score(pair)).collect::<Vec<_>>());
        }
        Ok(linking.finish())
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
        let stays = |finding: &&Finding| !self.are_on_form(finding.link.pair, finding.form);
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

    const MANY: FormEvidence =
        FormEvidence { is_form: false, if_many: true, of_many: true, slots: [0b101; 2] };

    fn finding(a: u32, b: u32, form: FormEvidence) -> Finding {
        let link = Link { pair: Pair::new(DocId(a), DocId(b)), score: 0.9, noise: 0.0 };
        Finding { link, form, extents: [Extent::WHOLE; 2] }
    }

    /// What is found when all of so many documents differ from each other as `form` says.
    fn found(documents: u32, form: impl Fn(u32, u32) -> FormEvidence) -> (Findings, Vec<Finding>) {
        let pairs = (0..documents).flat_map(|b| (0..b).map(move |a| (a, b)));
        let found: Vec<Finding> = pairs.map(|(a, b)| finding(a, b, form(a, b))).collect();
        let mut findings = Findings::default();
        // However often a pair is compared, it tells of one other.
        for finding in found.iter().chain(&found) {
            findings.learn_form(finding.link.pair, finding.form);
        }
        (findings, found)
    }

    fn joined(findings: &mut Findings, found: &[Finding]) -> usize {
        findings.links(found, 0.5, |_, _| Ok(())).unwrap().len()
    }

    #[test]
    fn a_form_is_known_by_four_others() {
        let (mut findings, all) = found(4, |_, _| MANY);
        assert_eq!(joined(&mut findings, &all), 6);
        let (mut findings, all) = found(5, |_, _| MANY);
        assert_eq!(joined(&mut findings, &all), 0);
        // A copy of one of them, corrected here and there, another that no form is known of, and two that
        // differ elsewhere than in slots.
        let elsewhere = FormEvidence { slots: [0b11000, 0b11000], ..MANY };
        let corrected = FormEvidence { of_many: false, ..MANY };
        assert_eq!(
            joined(&mut findings, &[finding(0, 1, corrected), finding(0, 9, MANY), finding(2, 3, elsewhere)]),
            3
        );
        // What clustering asks for is told the same.
        findings.learn(Pair::new(DocId(0), DocId(2)), 0.9, MANY);
        findings.learn(Pair::new(DocId(0), DocId(7)), 0.8, MANY);
        assert_eq!([2, 7, 8].map(|other| findings.score(Pair::new(DocId(0), DocId(other)))), [0.0, 0.8, 0.0]);
        assert_eq!(
            findings.unknown(&[Pair::new(DocId(0), DocId(7)), Pair::new(DocId(0), DocId(8))]).len(),
            1
        );
    }

    #[test]
    fn edited_copies_are_on_no_form() {
        // Each has two words of its own: a pair differs in those of both.
        let edits = |document: u32| 0b11 << (2 * document);
        let edited = |a, b| FormEvidence { slots: [edits(a) | edits(b); 2], ..MANY };
        let (mut findings, all) = found(8, edited);
        assert_eq!(joined(&mut findings, &all), all.len());
    }
}
