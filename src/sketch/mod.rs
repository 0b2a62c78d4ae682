//! Layer 4: u64 slices in, signatures out.

mod simhash;

pub use simhash::{SimHashBits, SimHashSignature, SimHasher, SimHasherBuilder};
