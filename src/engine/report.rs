//! What a run found.

use std::ops::Range;
use std::time::Duration;

use super::{Found, Representative};
use crate::DocId;
use crate::cluster::Clusters;
use crate::index::Banding;
use crate::verify::Match;

/// The clusters of a run, the matches that hold them together, and what it took.
///
/// ```
/// use reprint::{Finder, Preset};
///
/// let texts = ["one two three four five six", "one two three four five six", ""];
/// let report = Finder::preset(Preset::Strict).build()?.run(texts)?;
/// assert_eq!(report.clusters().multiple().count(), 1);
/// assert_eq!(report.matches().len(), 1);
/// assert_eq!(report.matches()[0].score, 1.0);
/// assert_eq!((report.counts().documents, report.counts().empty), (3, 1));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Report {
    clusters: Clusters,
    representatives: Vec<DocId>,
    /// By cluster, then by pair.
    matches: Vec<Match>,
    /// Where each cluster's matches begin, and at the end their number.
    match_starts: Vec<usize>,
    counts: Counts,
    threshold: f64,
    banding: Option<Banding>,
}

impl Report {
    pub(super) fn new<T: AsRef<str>>(found: Found, texts: &[T], rule: Representative) -> Self {
        let Found { clusters, mut matches, counts, threshold, banding } = found;
        let representatives = representatives(&clusters, &matches, texts, rule);
        let cluster_of = |m: &Match| clusters.of(m.pair.a);
        matches.sort_by_key(|m| (cluster_of(m), m.pair));
        let match_starts =
            (0..=clusters.len()).map(|c| matches.partition_point(|m| cluster_of(m) < Some(c))).collect();
        Self { clusters, representatives, matches, match_starts, counts, threshold, banding }
    }

    /// A report of these matches, as a run would have made it.
    #[cfg(all(test, feature = "report"))]
    pub(crate) fn from_matches(texts: &[&str], matches: Vec<Match>, threshold: f64) -> Self {
        let clusters = Clusters::from_pairs(texts.len() as u32, matches.iter().map(|m| m.pair));
        let counts = Counts {
            documents: texts.len(),
            matches: matches.len(),
            clusters: clusters.multiple().count(),
            clustered: clusters.multiple().map(|c| clusters.members(c).len()).sum(),
            ..Counts::default()
        };
        let found = Found { clusters, matches, counts, threshold, banding: None };
        Self::new(found, texts, Representative::default())
    }

    /// The clusters; each document is in one, often alone.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// The document that stands for a cluster; `None` for a number beyond the clusters.
    pub fn representative(&self, cluster: usize) -> Option<DocId> {
        self.representatives.get(cluster).copied()
    }

    /// The verified matches, cluster by cluster and within one by pair. Enough of them to connect every
    /// cluster; not every pair of a large one.
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// The matches that hold a cluster together; none for a number beyond the clusters.
    pub fn matches_in(&self, cluster: usize) -> &[Match] {
        self.matches.get(self.match_range(cluster)).unwrap_or_default()
    }

    /// Where the matches of a cluster stand in [`matches`](Self::matches); nowhere for a number beyond the clusters.
    pub fn match_range(&self, cluster: usize) -> Range<usize> {
        match self.match_starts.get(cluster..cluster.saturating_add(2)) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        }
    }

    /// The score from which a pair was a match.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The bands whose agreement made pairs candidates: their [S-curve](Banding::probability) tells how surely a
    /// pair was found. `None` for a method without bands.
    ///
    /// ```
    /// use reprint::{Finder, Preset};
    ///
    /// let report = Finder::preset(Preset::Web).threshold(0.8).recall(0.95).build()?.run(["a story"])?;
    /// assert!(report.banding().unwrap().probability(report.threshold()) >= 0.95);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn banding(&self) -> Option<Banding> {
        self.banding
    }

    /// What the run did, in numbers.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Counts {
    /// Texts given.
    pub documents: usize,
    /// Texts without a single shingle: never copies of anything.
    pub empty: usize,
    /// Pairs that the index proposed.
    pub candidates: usize,
    /// Pairs that were compared exactly.
    pub verified: usize,
    /// Pairs that passed.
    pub matches: usize,
    /// Clusters of two documents or more.
    pub clusters: usize,
    /// Documents in those clusters.
    pub clustered: usize,
    /// How long each stage took.
    pub times: StageTimes,
}

/// How long each stage of a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StageTimes {
    /// Texts to signatures.
    pub sketch: Duration,
    /// Signatures to candidates.
    pub candidates: Duration,
    /// Candidates to matches.
    pub verify: Duration,
    /// Matches to clusters.
    pub cluster: Duration,
}

fn representatives<T: AsRef<str>>(
    clusters: &Clusters,
    matches: &[Match],
    texts: &[T],
    rule: Representative,
) -> Vec<DocId> {
    let weights: Vec<f64> = match rule {
        Representative::Earliest => vec![0.0; texts.len()],
        Representative::Longest => texts.iter().map(|t| t.as_ref().len() as f64).collect(),
        Representative::MostCentral => {
            let mut sums = vec![0.0; texts.len()];
            for m in matches {
                sums[m.pair.a.index()] += m.score;
                sums[m.pair.b.index()] += m.score;
            }
            sums
        }
    };
    let first_of_best = |best: DocId, &document: &DocId| {
        if weights[document.index()] > weights[best.index()] { document } else { best }
    };
    clusters
        .iter()
        .filter_map(|members| Some(members.iter().fold(*members.first()?, first_of_best)))
        .collect()
}
