//! Layer 5: signatures in, candidate pairs out.

mod hamming;

pub use hamming::HammingIndex;
