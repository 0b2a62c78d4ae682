//! From candidates to clusters: the comparisons that rounds ask for, and what all of them say together.

use super::{Outcome, Rounds};
use crate::cluster::{Clusters, Finding, Findings, Link};
use crate::method::Judgement;
use crate::verify::{Basis, Evidence, Match};
use crate::{Error, Pair, Result};

/// What the comparisons of rounds found: [`cluster`](Self::cluster) makes clusters of it.
///
/// Memory: 120 bytes a pair of half the threshold or more, and what is known of documents on a form.
#[derive(Clone, Debug)]
pub struct Compared {
    rounds: Rounds,
    /// Pairs that are not far below the threshold, in the order in which they were asked for.
    found: Vec<Finding>,
    /// By what each of them was judged.
    judged: Vec<(Basis, Evidence)>,
    findings: Findings,
    comparisons: usize,
}

/// The clusters of documents, and the matches that bear them out.
///
/// ```
/// use reprint::DocId;
/// use reprint::corpus::Statistics;
/// use reprint::engine::{Clustered, Rounds};
/// use reprint::method::{Comparer, Wire};
///
/// let texts = ["The ferry will not sail before Monday.", "FERRY WILL NOT SAIL BEFORE MONDAY", "Rain is expected."];
/// let (wire, statistics) = (Wire::default(), Statistics::default());
/// let mut comparer = Comparer::new(&wire, &statistics);
/// let mut rounds = Rounds::new(3, wire.threshold());
/// rounds.add(DocId(1), [DocId(0)])?;
/// rounds.add(DocId(2), [DocId(0)])?;
/// let mut compare = |pairs: &[reprint::Pair]| -> reprint::Result<Vec<_>> {
///     pairs.iter().map(|pair| comparer.judge(texts[pair.a.index()], texts[pair.b.index()])).collect()
/// };
/// let Clustered { clusters, matches, .. } = rounds.compare(&mut compare)?.cluster(&[0, 1, 2], compare)?;
/// assert_eq!(clusters.len(), 2);
/// assert_eq!((matches[0].pair.a, matches[0].pair.b), (DocId(0), DocId(1)));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Clustered {
    /// The clusters.
    pub clusters: Clusters,
    /// The matches between documents of one cluster, in the order in which they were asked for.
    pub matches: Vec<Match>,
    /// How many pairs were compared.
    pub comparisons: usize,
}

impl Rounds {
    /// Makes the comparisons that the rounds ask for, until they ask for no more.
    ///
    /// `compare` judges pairs, many at once, in their order: on all cores, on several machines. A pair should
    /// be among the candidates of one of its documents only.
    ///
    /// # Errors
    /// Those of `compare`; and if it gives another number of judgements than it was given pairs.
    pub fn compare(self, compare: impl FnMut(&[Pair]) -> Result<Vec<Judgement>>) -> Result<Compared> {
        let (found, judged, findings) = (Vec::new(), Vec::new(), Findings::default());
        let mut compared = Compared { rounds: self, found, judged, findings, comparisons: 0 };
        compared.go_on(compare)?;
        Ok(compared)
    }
}

impl Compared {
    /// The pairs that are kept: those with half the threshold or more. A pair far below tells clustering
    /// nothing that asking again would not.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The clusters, as a [`Finder`](crate::Finder) makes them by `wire`: by
    /// [`Linkage`](crate::cluster::Linkage) of the matches, without those of which other comparisons say that
    /// they join nothing, between a round-up and its parts, articles that quote one text, and reports on a
    /// form that many fill. What clusters part, the rounds go on from.
    ///
    /// `numbers` are those of the documents in the corpus that they are a part of, rising: see
    /// [`begin_numbered`](crate::cluster::Linkage::begin_numbered). Documents none of which is a candidate of
    /// others can be clustered by themselves: the clusters are those of the whole. `compare` is as in
    /// [`Rounds::compare`], and judges each pair once.
    ///
    /// # Errors
    /// If there are more or fewer numbers than documents; and those of [`Rounds::compare`].
    pub fn cluster(
        mut self,
        numbers: &[u32],
        mut compare: impl FnMut(&[Pair]) -> Result<Vec<Judgement>>,
    ) -> Result<Clustered> {
        if numbers.len() != self.rounds.documents() {
            return Err(Error::parameter("number of numbers", numbers.len(), "give one for each document"));
        }
        let threshold = self.rounds.threshold();
        let is_match = |link: &Link| link.score >= threshold;
        let clusters = loop {
            let clusters = self.findings.clusters(numbers, &self.found, threshold, |pairs| {
                Ok(judged(pairs, &mut compare)?.iter().map(|by| (by.score, by.form)).collect())
            })?;
            let matches = self.found.iter().map(|finding| finding.link).filter(is_match);
            if !self.rounds.reopen(&clusters, matches.map(|link| link.pair)) {
                break clusters;
            }
            self.go_on(&mut compare)?;
        };
        let is_shown = |Link { pair, .. }: &Link| clusters.of(pair.a) == clusters.of(pair.b);
        let shown = self.found.iter().map(|finding| finding.link).zip(self.judged);
        let shown = shown.filter(|(link, _)| is_match(link) && is_shown(link));
        let matches =
            shown.map(|(Link { pair, score, .. }, (basis, evidence))| Match { pair, score, basis, evidence });
        let matches = matches.collect();
        Ok(Clustered { clusters, matches, comparisons: self.comparisons + self.findings.asked() })
    }

    fn go_on(&mut self, mut compare: impl FnMut(&[Pair]) -> Result<Vec<Judgement>>) -> Result<()> {
        loop {
            let wanted = self.rounds.wants().iter();
            let pairs: Vec<Pair> = wanted.map(|c| Pair::new(c.candidate, c.document)).collect();
            if pairs.is_empty() {
                return Ok(());
            }
            let by = judged(&pairs, &mut compare)?;
            self.comparisons += pairs.len();
            let outcomes = by.iter().map(|by| Outcome { score: by.score, is_form: by.is_form });
            self.rounds.learn(&outcomes.collect::<Vec<_>>())?;
            for (&pair, by) in pairs.iter().zip(by) {
                let Judgement { score, noise, form, extents, basis, evidence, .. } = by;
                self.findings.learn_form(pair, form);
                if score >= self.rounds.threshold() / 2.0 {
                    self.found.push(Finding { link: Link { pair, score, noise }, form, extents });
                    self.judged.push((basis, evidence));
                }
            }
        }
    }
}

/// As many judgements as there are pairs.
fn judged(
    pairs: &[Pair],
    compare: &mut impl FnMut(&[Pair]) -> Result<Vec<Judgement>>,
) -> Result<Vec<Judgement>> {
    let judged = compare(pairs)?;
    if judged.len() != pairs.len() {
        let remedy = "give one for each pair";
        return Err(Error::parameter("number of judgements", judged.len(), remedy));
    }
    Ok(judged)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::DocId;
    use crate::hash::splitmix;
    use crate::verify::{Extent, FormEvidence};

    /// What is found of two documents, by their numbers: anything that rules look at.
    fn found(pair: Pair) -> Judgement {
        let random = splitmix(splitmix(u64::from(pair.a.0)) ^ u64::from(pair.b.0));
        let part = |shift: u32, below: u64| (random >> shift) % below;
        let share = |shift: u32| part(shift, 5) as f64 / 4.0;
        let extent = |shift: u32| {
            let (start, end) = (share(shift), share(shift + 5));
            Extent::of_shares((end - start).abs(), start.min(end), start.max(end))
        };
        let if_many = part(30, 3) == 0;
        let slots = [splitmix(random), splitmix(!random)].map(|slots| 1 << (slots % 3));
        let form = FormEvidence { is_form: part(35, 9) == 0, if_many, of_many: if_many, slots };
        Judgement {
            score: part(0, 11) as f64 / 10.0,
            noise: part(4, 10) as f64 / 100.0,
            is_form: form.is_form,
            basis: Basis::Passages,
            evidence: Evidence::Identical,
            form,
            extents: [extent(8), extent(18)],
        }
    }

    /// Clusters documents of these numbers, each a candidate of some with lower numbers.
    fn cluster(numbers: &[u32], seed: u64) -> (BTreeSet<Vec<u32>>, usize) {
        let mut rounds = Rounds::new(numbers.len() as u32, 0.5);
        for (document, &number) in (0..).map(DocId).zip(numbers) {
            let is_candidate =
                |&other: &u32| splitmix(seed ^ u64::from(number << 8 | other)).is_multiple_of(3);
            let before = numbers.iter().copied().filter(|&other| other < number && other % 3 == number % 3);
            let place = |other| DocId(numbers.partition_point(|&number| number < other) as u32);
            rounds.add(document, before.filter(is_candidate).map(place)).unwrap();
        }
        let number = |document: DocId| DocId(numbers[document.index()]);
        let mut compare = |pairs: &[Pair]| {
            Ok(pairs.iter().map(|pair| found(Pair::new(number(pair.a), number(pair.b)))).collect())
        };
        let compared = rounds.compare(&mut compare).unwrap();
        assert_eq!(compared.is_empty(), matches!(compared.len(), 0));
        let Clustered { clusters, matches, comparisons } = compared.cluster(numbers, compare).unwrap();
        assert!(matches.iter().all(|found| clusters.of(found.pair.a) == clusters.of(found.pair.b)));
        let members = |members: &[DocId]| members.iter().map(|&document| number(document).0).collect();
        (clusters.iter().map(members).collect(), comparisons)
    }

    /// Whatever goes on in other parts, and however long it takes there.
    #[test]
    fn parts_are_clustered_as_in_the_whole() {
        let mut more_than_one = 0;
        for seed in 0..200 {
            let all: Vec<u32> = (0..60).collect();
            let parts = (0..3).map(|part| (0..20).map(|i| 3 * i + part).collect::<Vec<u32>>());
            let parts: Vec<_> = parts.map(|numbers| cluster(&numbers, seed)).collect();
            let (whole, comparisons) = cluster(&all, seed);
            assert_eq!(parts.iter().map(|part| part.1).sum::<usize>(), comparisons);
            more_than_one += whole.iter().filter(|members| members.len() > 2).count();
            assert_eq!(parts.into_iter().flat_map(|part| part.0).collect::<BTreeSet<_>>(), whole);
        }
        assert!(more_than_one > 100);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let rounds = || {
            let mut rounds = Rounds::new(2, 0.5);
            rounds.add(DocId(1), [DocId(0)]).unwrap();
            rounds
        };
        assert!(rounds().compare(|_| Ok(Vec::new())).is_err());
        let judged =
            |pairs: &[Pair]| -> Result<Vec<_>> { Ok(pairs.iter().map(|&pair| found(pair)).collect()) };
        assert!(rounds().compare(judged).unwrap().cluster(&[0], judged).is_err());
        assert!(rounds().compare(judged).unwrap().cluster(&[0, 1], judged).is_ok());
    }
}
