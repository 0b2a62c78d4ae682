//! Exact repeats over a corpus: stretches of text that occur twice, byte for byte or word for word, and what
//! to cut so that one remains (Lee et al. 2022).
//!
//! Use it for site boilerplate, licences, quotations and pasted passages in texts that are to be cleaned,
//! such as the training data of a language model. Copies with small changes fall apart into short stretches
//! here: for those, see [`Finder`](crate::Finder) and [`verify::align`](crate::verify::align).
//!
//! ```
//! use reprint::substring::{RepeatFinder, cut_text};
//!
//! let pages = [
//!     "Rain is due on Monday. Subscribe to our newsletter for more stories like this.",
//!     "The library closes. Subscribe to our newsletter for more stories like this.",
//! ];
//! let repeats = RepeatFinder::builder().length(30).build()?.find(&pages)?;
//! let cuts = repeats.cuts().iter().map(|span| span.range.clone());
//! assert_eq!(cut_text(pages[1], cuts), "The library closes");
//! # Ok::<(), reprint::Error>(())
//! ```

mod cut;
mod recurring;
mod repeats;
mod texts;
mod words;

pub use cut::{cut_text, merge_near};
pub use repeats::{Repeat, RepeatFinder, RepeatFinderBuilder, Repeats, Span};
pub use texts::Symbol;
pub use words::Words;
