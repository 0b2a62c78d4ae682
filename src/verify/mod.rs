//! Layer 6: candidate pairs in, matches out.
//!
//! Whatever an index proposes is only a candidate. It becomes a [`Match`] when an exact comparison says so,
//! and the figures of that comparison stay with it as [`Evidence`].

mod align;
mod overlap;
pub(crate) mod score;
mod table;
pub(crate) mod words;

pub use align::{Aligner, Alignment, Change, Difference, Passage, align, differences, repeats};
pub(crate) use align::{Engine, check_length};
pub(crate) use overlap::OverlapCounter;
pub use overlap::overlap;

use crate::{Pair, Similarity};

/// A verified pair: which documents, how strong, and why.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Match {
    /// The two documents.
    pub pair: Pair,
    /// The strength by which the pair was judged, in \[0, 1\]: see the evidence for the measure.
    pub score: f64,
    /// The figures from which the score comes.
    pub evidence: Evidence,
}

/// Why two documents match.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Evidence {
    /// The sizes of the two shingle sets and of what they share; the score is their resemblance.
    Shingles(Similarity),
    /// The passages that both texts share, and how much of each they cover.
    Passages(Alignment),
}
