//! The targets, each a function of bytes: for libFuzzer, and for the tests, which run them on their seeds.

pub(crate) mod aligner;
pub(crate) mod archive;
pub(crate) mod bytes;
pub(crate) mod finder;
pub(crate) mod indexes;
pub(crate) mod report;
pub(crate) mod shingles;
pub(crate) mod sketches;
pub(crate) mod stored;
pub(crate) mod text;
