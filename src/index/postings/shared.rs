//! The rules of candidates by themselves, for postings that are kept elsewhere: in tables, on many machines.

use super::judge::{Found, Judge, OfOwn, PROBED, Weight};
use super::{Document, PostingsCandidate, PostingsRules};
use crate::DocId;
use crate::sketch::FracMinHashSignature;

/// What the [`PostingsRules`] say of values that two documents share, whoever keeps the postings.
///
/// [`PostingsBatch`](super::PostingsBatch) holds postings in memory. An engine that holds them in columns
/// makes the same visits by sorting, adds up what [`weight`](Self::weight) says of each shared value, and
/// asks [`candidate`](Self::candidate): all sums are of integers, so that they may be made in any order.
///
/// ```
/// use reprint::index::{PostingsJudge, PostingsRules, PostingsSize, SharedValues};
///
/// // A million documents; two of 100 values share 40 that no other has.
/// let judge = PostingsJudge::new(PostingsRules::default(), 1_000_000);
/// let size = PostingsSize { values: 100, scale: 1 };
/// let mut shared = SharedValues::default();
/// (0..40).for_each(|_| shared.add(judge.weight(2)));
/// // Of the other 60, no one else has any.
/// let portions = judge.weight(1).portion * 60 + shared.portion;
/// let candidate = judge.candidate(size, portions, 40, size, shared).unwrap();
/// assert_eq!(candidate.shared, 40);
/// // All holders of a value are visited, or the first 24 and the last 24.
/// assert_eq!((judge.ends(183), judge.ends(184)), (183, 24));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PostingsJudge(Judge);

/// How many values a signature has, and its scale: what candidates are judged by beside what they share.
///
/// ```
/// use reprint::index::PostingsSize;
/// use reprint::sketch::FracMinHasher;
///
/// let signature = FracMinHasher::default().sketch(&[1, 2, 3]);
/// assert_eq!(PostingsSize::of(&signature).shingles(), 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PostingsSize {
    /// The number of values.
    pub values: u32,
    /// The scale: each value stands for so many shingles.
    pub scale: u32,
}

impl PostingsSize {
    /// That of a signature.
    pub fn of(signature: &FracMinHashSignature) -> Self {
        Self { values: u32::try_from(signature.values().len()).unwrap_or(u32::MAX), scale: signature.scale() }
    }

    /// The shingles that the values stand for: by these a batch orders documents, the most first.
    pub fn shingles(self) -> u64 {
        u64::from(self.values) * u64::from(self.scale)
    }

    fn document(self) -> Document {
        Document { values: self.values, scale: self.scale, digest: 0 }
    }
}

/// Sums over values that two documents share. Of integers: in any order they come to the same.
///
/// ```
/// use reprint::index::SharedValues;
///
/// let mut sum = SharedValues::default();
/// sum.add(SharedValues { values: 1, bits: 2560, portion: 65_536, rare: 655_360 });
/// assert_eq!((sum.values, sum.bits), (1, 2560));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SharedValues {
    /// How many there are.
    pub values: u32,
    /// What they tell, in 256ths of a bit.
    pub bits: u64,
    /// min(1, 2v/df) of each, in 65,536ths; see [`PostingsRules`].
    pub portion: u64,
    /// Bits · portion, in 65,536ths.
    pub rare: u64,
}

impl SharedValues {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.values = self.values.saturating_add(other.values);
        self.bits = self.bits.saturating_add(other.bits);
        self.portion = self.portion.saturating_add(other.portion);
        self.rare = self.rare.saturating_add(other.rare);
    }
}

impl PostingsJudge {
    /// By these rules among so many documents.
    pub fn new(rules: PostingsRules, documents: u64) -> Self {
        Self(Judge::new(rules, usize::try_from(documents).unwrap_or(usize::MAX)))
    }

    /// The rules.
    pub fn rules(&self) -> PostingsRules {
        self.0.rules
    }

    /// What it tells to share one value that `frequency` documents hold; one that no other holds has a
    /// portion of 1.
    pub fn weight(&self, frequency: u64) -> SharedValues {
        let Weight { bits, portion, rare } = self.0.weight(usize::try_from(frequency).unwrap_or(usize::MAX));
        SharedValues { values: 1, bits, portion, rare }
    }

    /// Of a value that `frequency` documents hold, so many of the first holders that come before a document
    /// are visited and so many of the last, each once: all of them unless the value has more than twice
    /// [`visits`](PostingsRules::visits), and among more than 2¹⁸ documents in proportion more.
    pub fn ends(&self, frequency: u64) -> u64 {
        self.0.ends(usize::try_from(frequency).unwrap_or(usize::MAX)) as u64
    }

    /// No value is visited for a document when so many holders were:
    /// [`document_visits`](PostingsRules::document_visits), and among more than 2²⁰ documents in proportion
    /// more, up to four times as many.
    pub fn document_visits(&self) -> u64 {
        self.0.document_visits() as u64
    }

    /// Holders that are probed for a document that has more values than are visited: those with the most
    /// rare bits, of equals the earlier ones, that share [`min_shared`](Self::min_shared) visited values.
    pub fn most_probed(&self) -> usize {
        self.0.rules.most.saturating_mul(PROBED)
    }

    /// The candidates of a document at most, the strongest.
    pub fn most_candidates(&self) -> usize {
        self.0.rules.most
    }

    /// The values that a candidate shares at least.
    pub fn min_shared(&self) -> u32 {
        self.0.rules.min_shared
    }

    /// A document that shares values with one that asks, if they make it a candidate. Its number in the
    /// answer is 0.
    ///
    /// Of the document that asks, `portions` are those of all its values that count, in 65,536ths, and `held`
    /// is the number of those that another document holds. Candidates come in descending order of strength,
    /// of equals those that share more values first, and then by number.
    pub fn candidate(
        &self,
        own: PostingsSize,
        portions: u64,
        held: u32,
        other: PostingsSize,
        shared: SharedValues,
    ) -> Option<PostingsCandidate<DocId>> {
        let SharedValues { values, bits, portion, rare } = shared;
        if values < self.0.rules.min_shared {
            return None;
        }
        let found = Found { holder: 0, values, weight: Weight { bits, portion, rare } };
        self.0.candidate(own.document(), other.document(), &found, OfOwn::new(portions, held))
    }
}
