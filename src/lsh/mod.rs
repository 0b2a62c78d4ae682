//! Layer 5: signatures in, candidate pairs out.

mod banding;
mod minhash;

pub use banding::{Banding, ResemblanceModel};
pub use minhash::{Buckets, CHAINS, MinHashIndex, SMALL_BUCKET, band_key, candidate_pairs};
