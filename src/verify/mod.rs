//! Layer 6: candidate pairs in, verdicts out.
