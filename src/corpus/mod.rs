//! Layer 6½: what a corpus says about its texts.

mod boilerplate;

pub(crate) use boilerplate::TextEnds;
pub use boilerplate::{Boilerplate, BoilerplateBlock};
