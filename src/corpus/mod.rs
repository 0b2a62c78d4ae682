//! Layer 6½: what a corpus says about its texts.

mod boilerplate;
mod measure;
mod values;

pub use boilerplate::{Boilerplate, BoilerplateBlock};
pub(crate) use values::{TextEnds, grams, signature};
