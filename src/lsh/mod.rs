//! Layer 5: signatures in, candidate pairs out.

mod banding;

pub use banding::{Banding, ResemblanceModel};
