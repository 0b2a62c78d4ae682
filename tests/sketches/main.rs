//! Sketches: their laws, their accuracy, and the bits that users store.

mod bbit;
mod cardinality;
mod fracminhash;
mod minhash;
mod simhash;
mod stored;
mod weighted;
