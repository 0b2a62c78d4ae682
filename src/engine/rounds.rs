//! Which pairs to compare next, from what is known so far.

use crate::cluster::{Clusters, Forest};
use crate::{DocId, Error, Pair, Result};

/// What a comparison found.
///
/// ```
/// use reprint::engine::Outcome;
///
/// assert!(!Outcome::from(0.7).is_form);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The score.
    pub score: f64,
    /// Whether the two are reports on one form, of which there may be many: such a non-match costs least.
    pub is_form: bool,
}

impl From<f64> for Outcome {
    fn from(score: f64) -> Self {
        Self { score, is_form: false }
    }
}

/// What a document may spend on comparisons that are no match before it is left alone: four, three that share
/// nothing, or sixteen with members of large groups. Of a story with 100 bad scans each resembles only some;
/// where four candidates of such a group have failed, the next may still be the right one. Two that share
/// nothing would do for clean texts, but of 626 scans in eval/ocr one would lose its copy.
const BUDGET: u32 = 16;
const NON_MATCH: u32 = 4;
const NON_MATCH_WITH_NOTHING: u32 = 6;
const NON_MATCH_IN_GROUP: u32 = 1;
/// The score below which two texts share nothing to speak of.
const NOTHING: f64 = 0.1;
/// Documents that make a group large.
const LARGE: u32 = 8;

/// What a comparison that was no match costs of the budget of the document that asked for it, when its
/// candidate is in a group of `group` documents.
fn cost(Outcome { score, is_form }: Outcome, group: u32) -> u32 {
    match score {
        _ if group >= LARGE || is_form => NON_MATCH_IN_GROUP,
        ..NOTHING => NON_MATCH_WITH_NOTHING,
        _ => NON_MATCH,
    }
}

/// What one document may spend where nothing is known of groups: on a query of an index.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget(u32);

impl Budget {
    /// Takes in a comparison that was no match; whether there is something left.
    pub(crate) fn spend(&mut self, outcome: Outcome) -> bool {
        self.0 += cost(outcome, 1);
        self.0 < BUDGET
    }
}

/// Which candidates are compared, round by round: it asks for pairs and is told their scores; it holds no
/// texts.
///
/// To compare every candidate would cost several times more; to skip those that are connected already depends
/// on what was compared before, and so on the order of the work. In a round each document names its next
/// candidate, from the connections known at the round's beginning; then what the round found is taken in, in
/// order. So a document of a large cluster stops when it is connected, and the result does not depend on how
/// a round's work is shared out. A document whose comparisons go on being no match is left alone: after four,
/// after three that share nothing, or after sixteen with members of groups of eight and more.
///
/// ```
/// use reprint::DocId;
/// use reprint::engine::Rounds;
///
/// let mut rounds = Rounds::new(3, 0.5);
/// rounds.add(DocId(1), [DocId(0)])?;
/// rounds.add(DocId(2), [DocId(1), DocId(0)])?;
/// // Each asks for its strongest candidate.
/// let asked: Vec<_> = rounds.wants().iter().map(|c| (c.candidate.0, c.document.0)).collect();
/// assert_eq!(asked, [(0, 1), (1, 2)]);
/// rounds.learn(&[0.9, 0.8])?;
/// // All three are connected: nothing is left to ask.
/// assert!(rounds.wants().is_empty());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rounds {
    threshold: f64,
    /// What each document may spend.
    budget: u32,
    forest: Forest,
    /// The number of documents in the group of each root.
    sizes: Vec<u32>,
    probes: Vec<Probe>,
    /// The probes that may still ask.
    active: Vec<u32>,
    /// What was asked for and not yet learned.
    round: Vec<Comparison>,
}

/// A document and the candidates that it has not tried, the strongest last.
#[derive(Clone, Debug)]
struct Probe {
    document: DocId,
    candidates: Vec<DocId>,
    /// Those passed over because they were connected already, the strongest first.
    connected: Vec<DocId>,
    /// What it has spent of its [`BUDGET`].
    spent: u32,
}

/// A comparison that is wanted: of a document with one of its candidates.
///
/// ```
/// use reprint::DocId;
/// use reprint::engine::Rounds;
///
/// let mut rounds = Rounds::new(2, 0.5);
/// rounds.add(DocId(0), [DocId(1)])?;
/// assert_eq!(rounds.wants()[0].candidate, DocId(1));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Comparison {
    /// The candidate. Comparisons with one candidate stand together.
    pub candidate: DocId,
    /// The document that asks.
    pub document: DocId,
    probe: u32,
}

impl Rounds {
    /// Rounds over documents 0 to n − 1, of which a score from `threshold` on connects two.
    pub fn new(n: u32, threshold: f64) -> Self {
        Self {
            threshold,
            budget: BUDGET,
            forest: Forest::new(n),
            sizes: vec![1; n as usize],
            probes: Vec::new(),
            active: Vec::new(),
            round: Vec::new(),
        }
    }

    /// The score from which two are connected.
    pub(super) fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The number of documents.
    pub(super) fn documents(&self) -> usize {
        self.sizes.len()
    }

    /// Gives a document its candidates, the strongest first.
    ///
    /// # Errors
    /// If a number is beyond the documents.
    pub fn add(&mut self, document: DocId, candidates: impl IntoIterator<Item = DocId>) -> Result<()> {
        let mut candidates: Vec<DocId> = candidates.into_iter().filter(|&c| c != document).collect();
        let all = candidates.iter().chain([&document]);
        if let Some(beyond) = all.copied().find(|document| document.index() >= self.sizes.len()) {
            return Err(Error::parameter("document", beyond, "give numbers below that of the documents"));
        }
        if candidates.is_empty() {
            return Ok(());
        }
        candidates.reverse();
        candidates.shrink_to_fit();
        self.active.push(self.probes.len() as u32);
        self.probes.push(Probe { document, candidates, connected: Vec::new(), spent: 0 });
        Ok(())
    }

    /// The comparisons of the next round: for each document its next candidate that it is not yet connected
    /// to. The same until they are learned; none when all is known.
    pub fn wants(&mut self) -> &[Comparison] {
        if self.round.is_empty() {
            let Self { forest, probes, active, round, .. } = self;
            active.retain(|&number| {
                let probe = &mut probes[number as usize];
                while let Some(candidate) = probe.candidates.pop() {
                    if forest.root(candidate) != forest.root(probe.document) {
                        round.push(Comparison { candidate, document: probe.document, probe: number });
                        return true;
                    }
                    probe.connected.push(candidate);
                }
                false
            });
            round.sort_unstable();
        }
        &self.round
    }

    /// Takes in what the comparisons last [wanted](Self::wants) found, in their order: scores, or
    /// [`Outcome`]s.
    ///
    /// # Errors
    /// If there are not as many; then nothing is taken in.
    pub fn learn<O: Into<Outcome> + Copy>(&mut self, outcomes: &[O]) -> Result<()> {
        if outcomes.len() != self.round.len() {
            let remedy = "give one for each comparison that was wanted";
            return Err(Error::parameter("number of outcomes", outcomes.len(), remedy));
        }
        for (comparison, &outcome) in std::mem::take(&mut self.round).iter().zip(outcomes) {
            let outcome = outcome.into();
            if outcome.score >= self.threshold {
                self.connect(Pair::new(comparison.candidate, comparison.document));
                continue;
            }
            let group = self.sizes[self.forest.root(comparison.candidate).index()];
            let probe = &mut self.probes[comparison.probe as usize];
            probe.spent += cost(outcome, group);
            if probe.spent >= self.budget {
                probe.candidates.clear();
            }
        }
        Ok(())
    }

    /// Goes on from clusters that part what was connected: two stories that one round-up holds. The documents
    /// of the matches that were parted try the candidates that they seemed to be connected to. Whether any
    /// has such.
    pub fn reopen(&mut self, clusters: &Clusters, matches: impl IntoIterator<Item = Pair>) -> bool {
        let documents = self.sizes.len();
        let mut parted = vec![false; documents];
        for pair in matches {
            if pair.b.index() < documents && clusters.of(pair.a) != clusters.of(pair.b) {
                parted[pair.a.index()] = true;
                parted[pair.b.index()] = true;
            }
        }
        self.forest = Forest::new(documents as u32);
        self.sizes.fill(1);
        for pair in clusters.iter().flat_map(|members| members.windows(2)) {
            self.connect(Pair::new(pair[0], pair[1]));
        }
        let mut again = false;
        self.active.clear();
        for (number, probe) in self.probes.iter_mut().enumerate() {
            if probe.spent < self.budget && parted[probe.document.index()] {
                let apart = |&candidate: &DocId| clusters.of(candidate) != clusters.of(probe.document);
                again |= probe.connected.iter().any(apart);
                probe.candidates.extend(probe.connected.drain(..).rev());
                self.active.push(number as u32);
            }
        }
        again
    }

    /// The same for a method whose candidates are few: all are compared that are not connected.
    #[cfg(feature = "archive")]
    pub(crate) fn without_budget(self) -> Self {
        Self { budget: u32::MAX, ..self }
    }

    /// Connects documents of a group that is known, with so many members in all.
    #[cfg(feature = "archive")]
    pub(crate) fn join(&mut self, members: &[DocId], size: u32) {
        members.windows(2).for_each(|pair| self.connect(Pair::new(pair[0], pair[1])));
        if let Some(&first) = members.first() {
            self.sizes[self.forest.root(first).index()] = size;
        }
    }

    fn connect(&mut self, pair: Pair) {
        let sizes =
            self.sizes[self.forest.root(pair.a).index()] + self.sizes[self.forest.root(pair.b).index()];
        if self.forest.union(pair) {
            self.sizes[self.forest.root(pair.a).index()] = sizes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_left_alone_when_its_budget_is_spent() {
        let ask = |score: f64| {
            let mut rounds = Rounds::new(40, 0.5);
            rounds.add(DocId(39), (0..39).map(DocId)).unwrap();
            let mut asked = 0;
            while !rounds.wants().is_empty() {
                rounds.learn(&[score]).unwrap();
                asked += 1;
            }
            asked
        };
        assert_eq!((ask(0.0), ask(0.3), ask(0.9)), (3, 4, 39));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut rounds = Rounds::new(2, 0.5);
        assert!(rounds.add(DocId(2), [DocId(0)]).is_err());
        assert!(rounds.add(DocId(0), [DocId(7)]).is_err());
        rounds.add(DocId(0), [DocId(0), DocId(1)]).unwrap();
        assert_eq!(rounds.wants().len(), 1);
        assert!(rounds.learn::<f64>(&[]).is_err());
        assert_eq!(rounds.wants().len(), 1);
        rounds.learn(&[0.7]).unwrap();
        assert!(rounds.wants().is_empty());
    }

    #[test]
    fn clusters_that_part_a_match_open_it_again() {
        let mut rounds = Rounds::new(3, 0.5);
        rounds.add(DocId(1), [DocId(0)]).unwrap();
        rounds.add(DocId(2), [DocId(1), DocId(0)]).unwrap();
        assert_eq!(rounds.wants().len(), 2);
        rounds.learn(&[0.9, 0.9]).unwrap();
        assert!(rounds.wants().is_empty());
        let clusters = Clusters::from_pairs(3, [Pair::new(DocId(0), DocId(1))]);
        assert!(rounds.reopen(&clusters, [Pair::new(DocId(1), DocId(2))]));
        assert_eq!(rounds.wants()[0].candidate, DocId(0));
    }
}
