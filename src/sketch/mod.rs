//! Layer 4: u64 slices in, signatures out.

mod fracminhash;
mod minhash;

pub use fracminhash::{FracMinHashParams, FracMinHashSignature, FracMinHasher, FracMinHasherBuilder};
pub use minhash::{
    MinHashParams, MinHashScratch, MinHashSignature, MinHashSignatures, MinHasher, MinHasherBuilder, Scheme,
};
