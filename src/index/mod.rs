//! Finds the pairs that are worth comparing, without comparing all: signatures in, candidates out.
//!
//! Comparing every document with every other takes *n*²/2 comparisons; locality-sensitive hashing (Indyk
//! and Motwani 1998) looks only at documents that fall into one bucket. What comes out are *candidates*:
//! most true pairs and some others. This layer gives no verdicts; compare the candidates.
//!
//! # Which index for which sketch?
//!
//! Each kind of sketch has its own, all of one shape. An index takes ids of the caller's, of any type
//! ([`Id`]): `insert`, `insert_all` and `replace` add documents, `remove` takes one out, after which the
//! index answers as if it had never been; `query` fills the caller's buffer, in an order that depends on the
//! documents alone; `contains`, `ids`, `len` and `memory` say what is there. [`Stored`](crate::codec::Stored)
//! turns one into bytes and back. What is refused changes nothing.
//!
//! | your sketch | measure | in a batch | to ask one by one |
//! |---|---|---|---|
//! | `MinHash` ([`MinHashSignature`](crate::sketch::MinHashSignature)) | resemblance from about 0.3 up | [`candidate_pairs`] | [`MinHashIndex`] |
//! | `MinHash`, the k nearest without a threshold | resemblance from about 0.2 up | | [`MinHashForest`] |
//! | `SimHash` ([`SimHashSignature`](crate::sketch::SimHashSignature)) | every pair within k bits | [`HammingIndex::build`] | [`HammingIndex`] |
//! | `FracMinHash` ([`FracMinHashSignature`](crate::sketch::FracMinHashSignature)) | containment: cut, noisy or wrapped copies | [`PostingsBatch`] | [`PostingsIndex`] |
//! | `FracMinHash`, all that hold a share chosen when asked | containment, over sizes of any spread | | [`ContainmentIndex`] |
//!
//! # From what you want to bands and rows
//!
//! Say from which resemblance on you want pairs, and what share of them: [`Banding::for_recall`]
//! answers with bands and rows. The example `choose_threshold` prints the curve and the cost of each choice.
//!
//! ```
//! use reprint::index::{Banding, candidate_pairs};
//! use reprint::sketch::MinHasher;
//! use reprint::{DocId, Pair};
//!
//! let hasher = MinHasher::default();
//! let story: Vec<u64> = (0..100).collect();
//! let reprint: Vec<u64> = (5..103).collect();
//! let other: Vec<u64> = (500..600).collect();
//! let signatures = hasher.sketch_all(&[story, other, reprint]);
//!
//! let banding = Banding::for_recall(0.8, 0.95, hasher.params().bins())?;
//! assert_eq!(candidate_pairs(&signatures, banding)?, [Pair::new(DocId(0), DocId(2))]);
//! # Ok::<(), reprint::Error>(())
//! ```

mod banding;
mod containment;
mod forest;
mod hamming;
mod ids;
mod minhash;
mod postings;
mod ring;
mod rows;
mod table;

pub use banding::{Banding, ResemblanceModel};
pub use containment::{Container, ContainmentIndex};
pub use forest::{MinHashForest, Neighbour};
pub use hamming::{HammingIndex, nearest};
pub use ids::{Id, StoredId};
pub(crate) use minhash::candidate_pairs_in;
pub use minhash::{
    Buckets, CHAINS, MinHashIndex, SMALL_BUCKET, band_key, band_keys, candidate_pairs, chain_values,
};
#[cfg(feature = "archive")]
pub(crate) use postings::{
    Asked, Document as PostingsDocument, Found, HolderLists, Left, candidates, key as posting_key,
};
pub use postings::{
    PostingsBatch, PostingsCandidate, PostingsIndex, PostingsJudge, PostingsRules, PostingsRulesBuilder,
    PostingsSize, SharedValues,
};
pub(crate) use postings::{PostingsEntry, PostingsParts, PostingsScratch};
pub use rows::{bbit_candidate_pairs, weighted_candidate_pairs};
