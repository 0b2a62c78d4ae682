//! How far a run has come, and how it is stopped.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::{Error, Result};

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
#[non_exhaustive]
pub enum Stage {
    /// Texts to shingles to signatures; counted in documents.
    Sketch,
    /// Signatures to candidate pairs; counted in documents.
    Candidates,
    /// Candidate pairs to matches; counted in documents that have candidates, or in pairs.
    Verify,
    /// Matches to clusters, with the comparisons that linkage asks for; counted in matches.
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

/// What a progress callback is told: `done` of `total` in this stage. Stages come in their order, `total`
/// stays the same within a stage, and `done` only rises, from 0 to it.
///
/// ```
/// let report = reprint::Finder::preset(reprint::Preset::Web)
///     .progress(|progress| eprintln!("{progress}"))
///     .run(["a story"])?;
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// How much of it is done.
    pub done: usize,
    /// How much there is to do.
    pub total: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {}", self.stage, self.done, self.total)
    }
}

/// What a progress callback may return: nothing, or [`ControlFlow::Break`] to stop the run.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// use reprint::{ErrorKind, Finder, Preset};
///
/// // Set from another thread, say when the user presses a button.
/// static STOP: AtomicBool = AtomicBool::new(true);
/// let stopped = Finder::preset(Preset::Wire)
///     .progress(|_| if STOP.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
///     .run(["a story", "another"]);
/// assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
/// ```
pub trait ProgressAnswer: sealed::Sealed {
    /// Whether the run goes on.
    #[doc(hidden)]
    fn flow(self) -> ControlFlow<()>;
}

impl ProgressAnswer for () {
    fn flow(self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl ProgressAnswer for ControlFlow<()> {
    fn flow(self) -> ControlFlow<()> {
        self
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl Sealed for std::ops::ControlFlow<()> {}
}

/// Who is told of progress, and says whether to go on.
pub(crate) type Callback = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;

/// The callback of one run, and whether it has stopped the run.
pub(crate) struct Monitor<'a> {
    callback: Option<&'a Callback>,
    stopped: AtomicBool,
}

impl<'a> Monitor<'a> {
    pub(crate) fn new(callback: Option<&'a Callback>) -> Self {
        Self { callback, stopped: AtomicBool::new(false) }
    }

    /// Begins a stage of `total`.
    pub(crate) fn stage(&self, stage: Stage, total: usize) -> Ticker<'_> {
        let ticker = Ticker { monitor: self, stage, done: Mutex::new(0), total };
        ticker.tell(0);
        ticker
    }

    fn check(&self) -> Result<()> {
        if self.stopped.load(Ordering::Relaxed) { Err(Error::cancelled()) } else { Ok(()) }
    }
}

/// Counts the work of one stage and tells the callback.
pub(crate) struct Ticker<'a> {
    monitor: &'a Monitor<'a>,
    stage: Stage,
    done: Mutex<usize>,
    total: usize,
}

impl Ticker<'_> {
    /// `n` more are done: called for whole chunks of work, from any thread. An error when the run was
    /// stopped.
    pub(crate) fn add(&self, n: usize) -> Result<()> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done = (*done + n).min(self.total);
        self.tell(*done);
        self.check()
    }

    /// `n` are done in all, if that is more than before.
    pub(crate) fn reach(&self, n: usize) -> Result<()> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done = n.min(self.total).max(*done);
        self.tell(*done);
        self.check()
    }

    /// All is done.
    pub(crate) fn finish(&self) -> Result<()> {
        self.reach(self.total)
    }

    /// An error when the run was stopped.
    pub(crate) fn check(&self) -> Result<()> {
        self.monitor.check()
    }

    fn tell(&self, done: usize) {
        let Some(callback) = self.monitor.callback else { return };
        if self.monitor.stopped.load(Ordering::Relaxed) {
            return;
        }
        if callback(Progress { stage: self.stage, done, total: self.total }).is_break() {
            self.monitor.stopped.store(true, Ordering::Relaxed);
        }
    }
}
