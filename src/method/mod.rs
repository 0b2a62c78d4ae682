//! Layer 9: how two texts are compared, and what is kept of one for finding candidates.
//!
//! A method is the whole of a preset that is about texts: [`Wire`] goes by the passages that two texts share,
//! [`Jaccard`] by the resemblance of their shingle sets. `compare` of each is the verdict that every driver
//! gives.

mod comparer;
mod jaccard;
mod preset;
mod statistics_builder;
mod wire;

pub use comparer::{Comparer, Judgement};
pub(crate) use jaccard::JaccardScratch;
pub use jaccard::{Jaccard, JaccardBuilder};
pub(crate) use jaccard::{basis as jaccard_basis, score as jaccard_score};
pub use preset::Preset;
pub use statistics_builder::StatisticsBuilder;
#[cfg(feature = "archive")]
pub(crate) use wire::Judged;
pub(crate) use wire::{Item, RecordScratch, WireScratch};
pub use wire::{Wire, WireBuilder};

use crate::Result;
use crate::corpus::Statistics;
use crate::verify::{Basis, Evidence};

/// What a method says of two texts.
///
/// ```
/// use reprint::corpus::Statistics;
/// use reprint::method::Wire;
///
/// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
/// let verdict = Wire::default().compare(story, &format!("NO BOATS. {story}"), &Statistics::default())?;
/// assert!(verdict.is_match && verdict.score > 0.5);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Verdict {
    /// How strong the match is, in \[0, 1\]: see the evidence for the measure.
    pub score: f64,
    /// Whether the score reaches the method's threshold.
    pub is_match: bool,
    /// By what the pair was judged.
    pub basis: Basis,
    /// The figures from which the score comes.
    pub evidence: Evidence,
}

/// A text that is compared, and its source, if that is known: boilerplate of a source stands on its pages
/// alone.
///
/// ```
/// use reprint::method::Text;
///
/// let text = Text::from("a story").with_source("Gazette");
/// assert_eq!(text.source, Some("Gazette"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Text<'a> {
    /// The text.
    pub text: &'a str,
    /// The paper or the site that printed it.
    pub source: Option<&'a str>,
}

impl<'a> Text<'a> {
    /// The same text of a source.
    #[must_use]
    pub fn with_source(self, source: &'a str) -> Self {
        Self { source: Some(source), ..self }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self { text, source: None }
    }
}

impl<'a> From<&'a String> for Text<'a> {
    fn from(text: &'a String) -> Self {
        Self { text, source: None }
    }
}

/// One of the methods.
///
/// ```
/// use reprint::Preset;
/// use reprint::corpus::Statistics;
/// use reprint::method::Method;
///
/// let method = Method::from(Preset::Web).with_threshold(0.6)?;
/// let verdict = method.compare("one two three four five six", "one two three four five", &Statistics::default())?;
/// assert_eq!((verdict.score, verdict.is_match), (0.5, false));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Method {
    /// By the passages that two texts share.
    Wire(Wire),
    /// By the resemblance of whole shingle sets.
    Jaccard(Jaccard),
}

impl Method {
    /// The score from which a pair is a match.
    pub fn threshold(&self) -> f64 {
        match self {
            Self::Wire(wire) => wire.threshold(),
            Self::Jaccard(jaccard) => jaccard.threshold(),
        }
    }

    /// The same method with another threshold.
    ///
    /// # Errors
    /// If it is not above 0 and at most 1, or the method cannot find pairs of that score.
    pub fn with_threshold(self, threshold: f64) -> Result<Self> {
        Ok(match self {
            Self::Wire(wire) => Self::Wire(wire.with_threshold(threshold)?),
            Self::Jaccard(jaccard) => Self::Jaccard(jaccard.with_threshold(threshold)?),
        })
    }

    /// The verdict on two texts.
    ///
    /// # Errors
    /// If a text is longer than 2³² − 1 bytes.
    pub fn compare<'a>(
        &self,
        a: impl Into<Text<'a>>,
        b: impl Into<Text<'a>>,
        statistics: &Statistics,
    ) -> Result<Verdict> {
        match self {
            Self::Wire(wire) => wire.compare(a, b, statistics),
            Self::Jaccard(jaccard) => Ok(jaccard.compare(a.into().text, b.into().text)),
        }
    }
}

impl From<Wire> for Method {
    fn from(wire: Wire) -> Self {
        Self::Wire(wire)
    }
}

impl From<Jaccard> for Method {
    fn from(jaccard: Jaccard) -> Self {
        Self::Jaccard(jaccard)
    }
}

impl From<Preset> for Method {
    fn from(preset: Preset) -> Self {
        match preset {
            Preset::Wire => Wire::default().into(),
            Preset::Web => Jaccard::web().into(),
            Preset::Strict => Jaccard::strict().into(),
        }
    }
}

/// Whether two texts are byte for byte the same, and more than white space: then they match by any method.
pub(crate) fn is_identical(a: &str, b: &str) -> bool {
    a == b && !is_blank(a)
}

/// Whether a text is a copy of nothing.
pub(crate) fn is_blank(text: &str) -> bool {
    text.trim_start().is_empty()
}
