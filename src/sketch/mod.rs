//! Layer 4: u64 slices in, signatures out.

mod minhash;

pub use minhash::{
    MinHashParams, MinHashScratch, MinHashSignature, MinHashSignatures, MinHasher, MinHasherBuilder, Scheme,
};
mod simhash;

pub use simhash::{SimHashBits, SimHashSignature, SimHasher, SimHasherBuilder};
