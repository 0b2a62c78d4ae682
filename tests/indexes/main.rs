//! Indexes: against comparing everything, and through random sequences of operations.

mod containment;
#[path = "../../examples/generated/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod generated;
mod hamming;
mod minhash;
mod models;
mod postings;
