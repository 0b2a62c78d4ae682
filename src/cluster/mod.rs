//! Layer 7: verified matches in, clusters out. Knows ids and strengths only: no text, no hashes.

mod bridges;
mod clusters;
mod findings;
mod linkage;
mod queues;
mod union_find;

pub use clusters::Clusters;
pub(crate) use findings::{Finding, Findings};
pub use linkage::{Link, Linkage, Linking};
pub(crate) use union_find::Forest;
