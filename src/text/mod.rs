//! Layer 2: what counts as the same text.
