//! Layer 5: signatures in, candidate pairs out.
