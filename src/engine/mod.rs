//! Layer 10: the drivers. From a corpus to verified clusters, in parallel; the only layer that knows all the
//! others.
//!
//! [`Finder`] runs a method over a corpus. [`Rounds`] are what it asks pairs by, and
//! [`Compared`] what it clusters, for those who drive a method themselves.

mod catalog;
mod clustered;
mod cross;
mod finder;
mod jaccard;
mod order;
mod report;
mod representative;
mod rounds;
mod wire;

pub use catalog::{Answer, Catalog};
pub use clustered::{Clustered, Compared};
pub use cross::CrossMatch;
pub use finder::Finder;
use finder::Run;
use report::Found;
pub use report::{Cluster, Counts, Report, StageTimes};
pub use representative::Representative;
#[cfg(feature = "archive")]
pub(crate) use rounds::Budget;
pub use rounds::{Comparison, Outcome, Rounds};
pub use wire::LONGER;
