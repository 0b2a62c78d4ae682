//! Which matches join their documents: what all comparisons of a corpus say of one of them.

use std::collections::HashMap;

use super::Link;
use super::bridges::bridges;
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
}

impl Findings {
    /// Takes in what a comparison says of forms.
    pub(crate) fn learn_form(&mut self, pair: Pair, form: FormEvidence) {
        if form.is_form || form.if_many {
            for (document, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
                let others = self.on_form.entry(document).or_default();
                if others.len() < ON_FORM && !others.contains(&other) {
                    others.push(other);
                }
            }
        }
    }

    /// Takes in a comparison that was asked for.
    pub(crate) fn learn(&mut self, pair: Pair, score: f64, form: FormEvidence) {
        self.learn_form(pair, form);
        self.asked.insert(pair, (score, form.of_many));
    }

    /// Those of the pairs that were not learned.
    pub(crate) fn unknown(&self, pairs: &[Pair]) -> Vec<Pair> {
        pairs.iter().copied().filter(|pair| !self.asked.contains_key(pair)).collect()
    }

    /// How many pairs were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// The score of a pair that was asked for: that of strangers where both are known to be on a form.
    pub(crate) fn score(&self, pair: Pair) -> f64 {
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

    /// What clustering is told of the findings: all but the matches of which the others say that they join
    /// nothing, between two reports on a form that many fill, and of [bridges](super::bridges).
    ///
    /// `ask` learns pairs.
    pub(crate) fn links(
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
