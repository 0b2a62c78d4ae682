//! Layer 6: candidate pairs in, matches out.
//!
//! Whatever an index proposes is only a candidate. It becomes a [`Match`] when an exact comparison says so,
//! and the figures of that comparison stay with it as [`Evidence`].

mod overlap;

pub use overlap::overlap;

use std::ops::Range;

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

/// Two texts laid side by side: the passages they share, and how much of each text those cover.
///
/// Letters are what is left of a text by [`Normalizer::letters`](crate::text::Normalizer::letters).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Alignment {
    /// The passages, in the order of the first text. Two of them may touch the same place of one text, where the
    /// other has it twice.
    pub passages: Vec<Passage>,
    /// Letters of each text.
    pub letters_of_a: usize,
    /// As above.
    pub letters_of_b: usize,
    /// Letters of each text that the other shares, each counted once.
    pub covered_of_a: usize,
    /// As above.
    pub covered_of_b: usize,
    /// The share of the covered letters that were not equal but misread, in \[0, 1\]: 0 for clean copies, 0.1 to
    /// 0.5 for bad scans.
    pub noise: f64,
}

impl Alignment {
    /// The share of the first text's letters that the second shares, in \[0, 1\].
    pub fn coverage_of_a(&self) -> f64 {
        share(self.covered_of_a, self.letters_of_a)
    }

    /// The share of the second text's letters that the first shares, in \[0, 1\].
    pub fn coverage_of_b(&self) -> f64 {
        share(self.covered_of_b, self.letters_of_b)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A stretch of text that two texts share, or that one text has twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Passage {
    /// Its bytes in the first original text; both ends are character boundaries.
    pub a: Range<usize>,
    /// Its bytes in the second original text, or those of its second place in the same text.
    pub b: Range<usize>,
    /// Letters of it that are the same in both, misread ones included.
    pub covered: usize,
}
