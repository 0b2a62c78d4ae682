//! Layer 4: u64 slices in, signatures out.
