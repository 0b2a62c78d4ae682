//! Layer 4: u64 slices in, signatures out.
//!
//! A sketch stands for a set of shingle hashes in a few hundred bytes and answers how alike two sets are.
//!
//! # Which sketch should you use?
//!
//! - **Resemblance |A ∩ B| / |A ∪ B| of whole texts** (copies with few changes): [`MinHasher`]. Its default
//!   scheme is the fast one; choose [`Scheme::Classic`] only where signatures must be
//!   [merged](MinHashSignature::merge) or [updated](MinHasher::update). 128 bins give a standard error of at
//!   most 0.044; twice the accuracy takes four times the bins.

mod fracminhash;
mod minhash;

pub use fracminhash::{FracMinHashParams, FracMinHashSignature, FracMinHasher, FracMinHasherBuilder};
pub use minhash::{
    MinHashParams, MinHashScratch, MinHashSignature, MinHashSignatures, MinHasher, MinHasherBuilder, Scheme,
};
mod simhash;

pub use simhash::{SimHashBits, SimHashSignature, SimHasher, SimHasherBuilder};
