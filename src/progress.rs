//! How far a run has come.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A stage of a run, in the order in which they come.
///
/// ```
/// use reprint::Stage;
///
/// assert!(Stage::Sketch < Stage::Verify);
/// assert_eq!(Stage::Candidates.to_string(), "candidates");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Stage {
    /// Texts to shingles to signatures; counted in documents.
    Sketch,
    /// Signatures to candidate pairs; counted in documents.
    Candidates,
    /// Candidate pairs to matches; counted in pairs.
    Verify,
    /// Matches to clusters; counted in matches.
    Cluster,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sketch => "sketch",
            Self::Candidates => "candidates",
            Self::Verify => "verify",
            Self::Cluster => "cluster",
        })
    }
}

/// What a progress callback is told: `done` of `total` in this stage.
///
/// ```
/// let progress = reprint::Progress { stage: reprint::Stage::Verify, done: 256, total: 1000 };
/// assert_eq!(progress.to_string(), "verify: 256 of 1000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// How much of it is done.
    pub done: usize,
    /// How much there is to do. May grow within a stage that finds its work as it goes.
    pub total: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {}", self.stage, self.done, self.total)
    }
}

/// Who is told of progress.
pub(crate) type Callback = dyn Fn(Progress) + Send + Sync;

/// Counts the work of one stage and tells the callback.
pub(crate) struct Ticker<'a> {
    callback: Option<&'a Callback>,
    stage: Stage,
    done: AtomicUsize,
    total: usize,
}

impl<'a> Ticker<'a> {
    pub(crate) fn new(callback: Option<&'a Callback>, stage: Stage, total: usize) -> Self {
        let ticker = Self { callback, stage, done: AtomicUsize::new(0), total };
        ticker.add(0);
        ticker
    }

    /// `n` more are done. Called for whole chunks of work, from any thread.
    pub(crate) fn add(&self, n: usize) {
        if let Some(callback) = self.callback {
            let done = self.done.fetch_add(n, Ordering::Relaxed) + n;
            callback(Progress { stage: self.stage, done, total: self.total });
        }
    }
}
