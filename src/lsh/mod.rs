//! Layer 5: signatures in, candidate pairs out.

mod postings;

pub use postings::{PostingsBatch, PostingsCandidate, PostingsIndex, PostingsRules, PostingsRulesBuilder};
