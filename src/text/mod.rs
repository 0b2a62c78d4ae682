//! Layer 2: what counts as the same text.
//!
//! A [`Normalizer`] removes the differences that do not matter (case, accents, punctuation, white space,
//! hyphens at line ends, compatibility forms) and can tell from which bytes of the original each
//! piece came. A [`Tokenizer`] splits what is left into words or characters. Most users never call
//! either: a [`Shingler`](crate::shingle::Shingler) holds one of each.
//!
//! ```
//! use reprint::text::{NormalizedText, Normalizer, Tokenizer};
//!
//! let text = Normalizer::words().normalize("“Café–Society”, the PAPER said");
//! assert_eq!(text.as_str(), "cafe society the paper said");
//! let tokens: Vec<&str> = Tokenizer::Words.tokens(text.as_str()).collect();
//! assert_eq!(tokens, ["cafe", "society", "the", "paper", "said"]);
//! ```

mod blocks;
mod characters;
mod letters;
mod normalize;
mod spaced;
mod tables;
mod tokenize;
mod word_breaks;

pub(crate) use letters::{Letters, PADDING, Places, Script, script};
pub use normalize::{
    Accents, Case, Compatibility, LineHyphens, NormalizedText, Normalizer, NormalizerBuilder, Punctuation,
    Variants, WhiteSpace,
};
pub(crate) use spaced::SpacedText;
pub use tables::UNICODE_VERSION;
pub(crate) use tokenize::TokenText;
pub use tokenize::Tokenizer;
