//! Finds the copies of a text among millions.

mod error;
pub mod hash;
mod id;
mod kernel;
pub mod lsh;
pub mod shingle;
mod similarity;
pub mod sketch;
pub mod text;
pub mod verify;

pub use error::{Error, Result};
pub use id::{DocId, Pair};
pub use kernel::Backend;
pub use similarity::{Estimate, Similarity};
