//! Layer 3: tokens in, a set of 64-bit shingle hashes out.
//!
//! A *shingle* is k consecutive tokens of a text (Broder 1997). Two texts are compared by the sets of their
//! shingles: word 5-grams tell copies from texts on one subject, word 3-grams and
//! character 9-grams stand more damage.
//!
//! # The rule, which anyone can reproduce
//!
//! A word shingle is hashed as XXH3-64, seed 0, of the UTF-8 bytes of its k words after normalisation,
//! joined by one space (U+0020). A character shingle is XXH3-64, seed 0, of the UTF-8
//! bytes of k consecutive characters of the normalised text. A text with at least one token but fewer than k
//! has one shingle: all of it. A text without tokens has none. The rule is part of
//! [`FORMAT_VERSION`](crate::hash::FORMAT_VERSION).
//!
//! ```
//! use reprint::shingle::Shingler;
//!
//! let shingles = Shingler::words(3)?.shingle("To be, or not to be");
//! assert!(shingles.contains(reprint::hash::xxh3(b"to be or")));
//! assert_eq!(shingles.len(), 4);
//! # Ok::<(), reprint::Error>(())
//! ```

mod id;
mod letter_grams;
mod set;
mod shingler;
mod tokens;

pub use id::ShinglerId;
pub(crate) use id::{check_shinglers, common_shingler};
pub use set::{ShingleCounts, ShingleSet, Shingles};
pub use shingler::{ShingleBuffer, Shingler};
pub use tokens::{Token, TokenShingle};
