//! An inverted index of `FracMinHash` signatures: documents that share a few rare shingles.
//!
//! Use it to find copies that are cut, noisy or wrapped in other text, whose resemblance is too low for
//! bands of `MinHash`. [`PostingsBatch`] gives the candidates of a whole corpus, [`PostingsIndex`] those
//! of one new document after another.

mod batch;
mod common;
mod holders;
mod index;
mod judge;
mod lists;
mod offsets;
mod own;
mod parts;
mod query;
mod shared;

pub use batch::PostingsBatch;
pub use index::PostingsIndex;
pub(crate) use judge::PostingsScratch;
pub(crate) use parts::{PostingsEntry, PostingsParts};
pub use shared::{PostingsJudge, PostingsSize, SharedValues};
#[cfg(feature = "archive")]
pub(crate) use {
    judge::Found,
    query::{Asked, HolderLists, Left, candidates},
};

use crate::sketch::FracMinHashSignature;
use crate::{DocId, Error, Result};

/// When a document that shares values becomes a candidate, and how many are visited to find out.
///
/// # How work is bounded and nothing dropped
/// The values of a document are visited from the rarest to the commonest. Of a value with more than 2v holders
/// only the first v and the last v that come before the document are visited
/// (v = [`visits`](PostingsRulesBuilder::visits), 24 by default), and when
/// [`document_visits`](PostingsRulesBuilder::document_visits) (512) are made, no further value is. The commoner values that are left are only *probed*: of the documents that share
/// [`min_shared`](PostingsRulesBuilder::min_shared) of the rarer ones, the strongest by these (twice
/// [`most_candidates`](PostingsRulesBuilder::most_candidates)) are asked which of the others they have.
/// (Rarest first and then probing is the order of `MaxScore`, Turtle and Flood 1995.)
///
/// A value that is as rare in the language has more holders in a larger corpus. Among N > 2¹⁸ documents 2v is
/// multiplied by N / 2¹⁸, here and below, and among N > 2²⁰ 512 by N / 2²⁰, up to 4. So a document costs at
/// most 2,048 visits, those of one value more, and 64 probes, whatever the corpus.
///
/// A popular value (a line of boilerplate, a story printed 300 times) is never left out. All holders of a
/// value remain linked through its first ones, and a copy that is new is near the last ones; where all values
/// of a story are popular, the least popular are visited. What is lost are documents that share nothing but
/// common values: not two of those that are visited. With 512 no labelled set scores lower, with 256 some do.
/// "Before" is longer in a batch, and earlier in an index.
///
/// # What makes a candidate
/// With N documents, and df of them holding a value, the value carries w = log₂((N + 1024) / df) bits.
/// (The 1024 stand for the documents that a small corpus does not have: its values are rare
/// in the language although every document may hold them.) A visited document is a candidate when it
/// - shares at least [`min_shared`](PostingsRulesBuilder::min_shared) visited or probed values (2),
/// - which are at least the share [`min_share`](PostingsRulesBuilder::min_share) (0.04) of the smaller
///   signature, both taken at the coarser scale; or at least that share of the signature that asks, when
///   each value counts min(1, 2v/df): of what is not boilerplate; and
/// - carry Σw ≥ log₂ C(n, m) + 3 · log₂((N + 1024) / 1024) + [`margin`](PostingsRulesBuilder::margin)
///   (5) bits, when m values are shared at the coarser scale, and n are those of the smaller signature, or
///   those of the signature that asks that have another holder, whichever are fewer: more than chance shows
///   among N documents; or are half of the smaller signature, which no rarity needs to support.
///
/// The ways C(n, m) to choose the shared values are as many chances: two rare values of 12 tell something,
/// two of 160 do not. And 3, since N documents are N² pairs, and since the shingles of one rare word come
/// together, half as much again.
///
/// Candidates come in order of **strength**, the rare shared bits per shingle of the smaller document:
/// s · Σ w·min(1, 2v/df) / (n + 200), with s the coarser scale and n the smaller of the two sizes
/// (values · scale). A value with more holders than are visited counts in proportion, since it cannot
/// tell which of them is the source: so the 200 words that two pages alone share come before the 2,000
/// that they share with 10,000 others. The 200 keep short documents with little evidence behind.
///
/// # Example
/// ```
/// use reprint::index::PostingsRules;
///
/// let rules = PostingsRules::builder().visits(32).min_share(0.03).build()?;
/// assert_eq!(rules.visits(), 32);
/// assert!(PostingsRules::builder().visits(0).build().is_err());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PostingsRules {
    visits: usize,
    document_visits: usize,
    min_shared: u32,
    min_share: f64,
    margin: f64,
    most: usize,
}

impl PostingsRules {
    /// The defaults, until told otherwise.
    pub fn builder() -> PostingsRulesBuilder {
        PostingsRulesBuilder(Self::default())
    }

    /// At most twice so many holders are visited for each value of a document, among many documents more.
    pub fn visits(&self) -> usize {
        self.visits
    }

    /// No value is visited for a document when so many holders were, among many documents more.
    pub fn document_visits(&self) -> usize {
        self.document_visits
    }
}

impl Default for PostingsRules {
    fn default() -> Self {
        Self { visits: 24, document_visits: 512, min_shared: 2, min_share: 0.04, margin: 5.0, most: 32 }
    }
}

/// Builds [`PostingsRules`].
#[derive(Clone, Copy, Debug)]
pub struct PostingsRulesBuilder(PostingsRules);

impl PostingsRulesBuilder {
    /// The first and the last holders to visit for each value, at least 1, and among more than 2¹⁸ documents
    /// more. Default: 24.
    #[must_use]
    pub fn visits(mut self, visits: usize) -> Self {
        self.0.visits = visits;
        self
    }

    /// The holders to visit for a document, at least 1, and among more than 2²⁰ documents more; the values that
    /// are left are only probed. Default: 512.
    #[must_use]
    pub fn document_visits(mut self, visits: usize) -> Self {
        self.0.document_visits = visits;
        self
    }

    /// The fewest visited values that a candidate shares. Default: 2.
    #[must_use]
    pub fn min_shared(mut self, values: u32) -> Self {
        self.0.min_shared = values;
        self
    }

    /// The least share of the smaller signature that a candidate shares, 0 to 1. Default: 0.04.
    #[must_use]
    pub fn min_share(mut self, share: f64) -> Self {
        self.0.min_share = share;
        self
    }

    /// The bits that a candidate must carry beyond what chance shows. Default: 5.
    #[must_use]
    pub fn margin(mut self, bits: f64) -> Self {
        self.0.margin = bits;
        self
    }

    /// The most candidates of one document, the strongest. Default: 32.
    #[must_use]
    pub fn most_candidates(mut self, most: usize) -> Self {
        self.0.most = most;
        self
    }

    /// The rules.
    ///
    /// # Errors
    /// When visits are 0 or more than 2³¹, the share is not in \[0, 1\], or the margin is not a number.
    pub fn build(self) -> Result<PostingsRules> {
        let rules = self.0;
        if !(1..=1 << 31).contains(&rules.visits) {
            Err(Error::parameter("visits", rules.visits, "choose 1 to 2³¹; 24 is usual"))
        } else if rules.document_visits == 0 {
            Err(Error::parameter("document_visits", 0, "choose at least 1; 512 is usual"))
        } else if !(0.0..=1.0).contains(&rules.min_share) {
            Err(Error::parameter("min_share", rules.min_share, "choose 0 to 1; 0.04 is usual"))
        } else if !rules.margin.is_finite() {
            Err(Error::parameter("margin", rules.margin, "choose a number of bits; 5 is usual"))
        } else {
            Ok(rules)
        }
    }
}

/// A document that shares enough to be worth verifying, and the evidence for it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PostingsCandidate<I = DocId> {
    /// The document.
    pub document: I,
    /// The visited values that both have: all that they share but those whose holders are too many.
    pub shared: u32,
    /// `shared` as a share of the smaller signature at the coarser scale, 0 to 1 and seldom a little
    /// above: the smaller signature is counted by its expected size there.
    pub share: f32,
    /// What the shared values tell, Σ log₂((N + 1024) / df), in bits.
    pub information: f32,
    /// What orders candidates: the rare shared bits per shingle of the smaller document.
    pub strength: f32,
}

/// What the index knows of a document beside its values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Document {
    values: u32,
    scale: u32,
    /// The sum of its values: orders documents of one size by what they are, not by when they came.
    digest: u64,
}

impl Document {
    fn new(signature: &FracMinHashSignature) -> Self {
        Self {
            values: u32::try_from(signature.values().len()).unwrap_or(u32::MAX),
            scale: signature.scale(),
            digest: signature.values().iter().fold(0, |sum, &value| sum.wrapping_add(value)),
        }
    }

    /// One of so many values, whose digest is not needed.
    #[cfg(feature = "archive")]
    pub(crate) fn of_counts(values: u32, scale: u32) -> Self {
        Self { values, scale, digest: 0 }
    }

    /// The number of its shingles, as the values tell it.
    fn size(self) -> u64 {
        u64::from(self.values) * u64::from(self.scale)
    }
}

/// Holders that are read at once, be they of a list or behind it.
const BLOCK: usize = 8;

/// So many times as many holders are looked at as are visited, to find some that are admitted.
const LOOK: usize = 8;

/// The 32 bits by which the index knows a value: the low ones, which the scale does not thin out.
pub(crate) fn key(value: u64) -> u32 {
    value as u32
}

/// A value's holder: the key above, the holder below, so that sorting groups holders and orders them.
fn posting(key: u32, holder: u32) -> u64 {
    u64::from(key) << 32 | u64::from(holder)
}

fn key_of(posting: u64) -> u32 {
    (posting >> 32) as u32
}

fn holder_of(posting: u64) -> u32 {
    posting as u32
}

/// Keys with runs of one, of some and of many holders, at both ends of the key space too.
#[cfg(test)]
fn some_postings() -> Vec<u64> {
    let runs = [(0, 1), (5, 3), (6, 1), (1 << 20, 40), (1 << 31, 1), (u32::MAX - 1, 2), (u32::MAX, 17)];
    let rare = (0..500).map(|i| (i * 8_388_608 + 99, 1));
    let lists = runs.into_iter().chain(rare);
    let mut all: Vec<u64> =
        lists.flat_map(|(key, n)| (0..n).map(move |holder| posting(key, holder))).collect();
    all.sort_unstable();
    all
}
