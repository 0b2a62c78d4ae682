//! Layer 6: candidate pairs in, matches out.
//!
//! Whatever an index proposes is only a candidate. It becomes a [`Match`] when an exact comparison says so,
//! and the figures of that comparison stay with it as [`Evidence`].

mod align;
pub(crate) mod forms;
pub(crate) mod identical;
mod overlap;
pub(crate) mod score;
mod table;
pub(crate) mod words;

pub use align::{Aligner, Alignment, Change, Coverage, Difference, Passage, align, differences, repeats};
pub(crate) use align::{Covered, Engine, Extent, Seeded, check_length, is_swapped};
pub(crate) use forms::FormEvidence;
pub(crate) use overlap::OverlapCounter;
pub use overlap::overlap;

use std::fmt;

use crate::{Pair, Similarity};

/// A verified pair: which documents, how strong, and why.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Match {
    /// The two documents.
    pub pair: Pair,
    /// The strength by which the pair was judged, in \[0, 1\]: see the evidence for the measure.
    pub score: f64,
    /// By what the pair was judged.
    pub basis: Basis,
    /// The figures from which the score comes.
    pub evidence: Evidence,
}

/// By what a pair was judged: where its score comes from.
///
/// ```
/// use reprint::{Finder, Preset, verify::Basis};
///
/// let report = Finder::preset(Preset::Wire).run(["a b", "A, B!", "c"])?;
/// assert_eq!(report.matches()[0].basis, Basis::Identical);
/// assert_eq!(report.matches()[0].score, 1.0);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Basis {
    /// The texts are the same, letter by letter, whatever stands between the letters: the score is 1.
    Identical,
    /// The resemblance of the shingle sets.
    Shingles,
    /// The share of the texts that shared passages cover.
    Passages,
    /// The same, raised since one of the texts was misread.
    Scan,
    /// Shared passages, and rare words that both texts have: in Arabic and Hebrew script.
    Words,
}

impl fmt::Display for Basis {
    /// As it is in tables and JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identical => "identical",
            Self::Shingles => "shingles",
            Self::Passages => "passages",
            Self::Scan => "scan",
            Self::Words => "words",
        })
    }
}

/// Why two documents match: figures. Where they share what, [`align`] shows.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Evidence {
    /// The sizes of the two shingle sets and of what they share; the score is their resemblance.
    Shingles(Similarity),
    /// How much of each text lies in passages that both share. The passages are those that [`align`] gives
    /// of the two texts.
    Passages(Coverage),
    /// The two texts are the same, byte for byte; the score is 1.
    Identical,
}

impl Evidence {
    /// The same with the two documents exchanged.
    ///
    /// ```
    /// use reprint::Similarity;
    /// use reprint::verify::Evidence;
    ///
    /// let evidence = Evidence::Shingles(Similarity::new(30, 50, 20));
    /// assert_eq!(evidence.swapped(), Evidence::Shingles(Similarity::new(50, 30, 20)));
    /// ```
    #[must_use]
    pub fn swapped(self) -> Self {
        match self {
            Self::Shingles(similarity) => Self::Shingles(similarity.swapped()),
            Self::Passages(coverage) => Self::Passages(coverage.swapped()),
            Self::Identical => Self::Identical,
        }
    }
}
