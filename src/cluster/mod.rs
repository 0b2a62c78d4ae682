//! Layer 7: verified matches in, clusters out. Knows ids and strengths only: no text, no hashes.

pub(crate) mod bridges;
mod clusters;
mod linkage;
mod queues;
mod union_find;

pub use clusters::Clusters;
pub use linkage::{Link, Linkage, Linking};
pub(crate) use union_find::Forest;
