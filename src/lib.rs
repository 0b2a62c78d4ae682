//! Finds the copies of a text among millions.

pub mod cluster;
mod dedup;
mod error;
pub mod hash;
mod id;
mod kernel;
pub mod lsh;
mod parallel;
mod progress;
#[cfg(feature = "report")]
pub mod report;
pub mod shingle;
mod similarity;
pub mod sketch;
pub mod text;
pub mod verify;

pub use dedup::{Counts, Finder, FinderBuilder, Preset, Report, Representative, StageTimes};
pub use error::{Error, Result};
pub use id::{DocId, Pair};
pub use kernel::Backend;
pub use progress::{Progress, Stage};
pub use similarity::{Estimate, Similarity};
