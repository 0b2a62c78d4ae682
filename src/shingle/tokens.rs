//! Words that the caller filters, stems or replaces before they are hashed, each with its place in the text.

use std::ops::Range;

use super::{ShingleSet, Shingler};
use crate::hash::xxh3;
use crate::text::Tokenizer;
use crate::{Error, Result};

/// A word and where it stands in the original text.
///
/// ```
/// use reprint::shingle::{Shingler, ShinglerId};
///
/// // A stemmer and a list of words to leave out; places stay those of the text.
/// let (shingler, text) = (Shingler::words(2)?, "The owls were hooting");
/// let mut tokens = shingler.tokens(text);
/// tokens.retain(|token| token.text != "the" && token.text != "were");
/// for token in &mut tokens {
///     let stem = token.text.trim_end_matches("ing").trim_end_matches('s').to_owned();
///     token.text = stem;
/// }
/// let shingles = shingler.shingle_tokens(&tokens)?;
/// assert_eq!(shingles[0].hash, reprint::hash::xxh3(b"owl hoot"));
/// assert_eq!(&text[shingles[0].span.clone()], "owls were hooting");
///
/// // A set of them has a name of its own, so that it is not compared with other words.
/// let set = shingler.set_of_tokens(&tokens)?.with_shingler(ShinglerId::named("English stems, 2 words"));
/// assert_eq!(set.len(), 1);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// The word, normalised; to be replaced at will.
    pub text: String,
    /// The bytes of the original text that it came from.
    pub span: Range<usize>,
}

/// The hash of k consecutive tokens, and where they stand.
///
/// ```
/// use reprint::shingle::Shingler;
///
/// let shingler = Shingler::words(2)?;
/// let text = "To be, or not";
/// let places: Vec<&str> = shingler
///     .shingle_tokens(&shingler.tokens(text))?
///     .into_iter()
///     .map(|shingle| &text[shingle.span])
///     .collect();
/// assert_eq!(places, ["To be", "be, or", "or not"]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenShingle {
    /// XXH3-64 of the tokens, joined by single spaces.
    pub hash: u64,
    /// From the first byte of the first token to the last byte of the last, in the original text.
    pub span: Range<usize>,
}

impl Shingler {
    /// The words of `text` after this shingler's normaliser, in order, whatever its unit. O(text).
    ///
    /// Left as they are, [`shingle_tokens`](Self::shingle_tokens) gives the shingles of
    /// [`hash_into`](Self::hash_into).
    pub fn tokens(&self, text: &str) -> Vec<Token> {
        let normalized = self.normalizer().normalize(text);
        let token = |span: Range<usize>| Token {
            text: normalized.as_str()[span.clone()].to_owned(),
            span: normalized.original(span),
        };
        Tokenizer::Words.spans(normalized.as_str()).map(token).collect()
    }

    /// The shingles of tokens that the caller may have filtered or changed: each k consecutive ones, or all
    /// where there are fewer. O(total length · k).
    ///
    /// # Errors
    /// When the shingler's unit is not words.
    pub fn shingle_tokens(&self, tokens: &[Token]) -> Result<Vec<TokenShingle>> {
        let k = self.words_of_each().ok_or_else(|| {
            Error::unsupported("shingle tokens", "a shingler of characters or letters", "use Shingler::words")
        })?;
        let mut joined = String::new();
        let shingle = |window: &[Token]| {
            joined.clear();
            for token in window {
                if !joined.is_empty() {
                    joined.push(' ');
                }
                joined.push_str(&token.text);
            }
            let start = window.iter().map(|token| token.span.start).min().unwrap_or_default();
            let end = window.iter().map(|token| token.span.end).max().unwrap_or_default();
            TokenShingle { hash: xxh3(joined.as_bytes()), span: start..end }
        };
        Ok(tokens.windows(k.min(tokens.len()).max(1)).map(shingle).collect())
    }

    /// The set of the shingles of tokens. It names no shingler, since the caller may have changed the tokens.
    ///
    /// # Errors
    /// As [`shingle_tokens`](Self::shingle_tokens).
    pub fn set_of_tokens(&self, tokens: &[Token]) -> Result<ShingleSet> {
        let shingles = self.shingle_tokens(tokens)?;
        Ok(ShingleSet::from_hashes(shingles.into_iter().map(|shingle| shingle.hash).collect()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ShingleBuffer;
    use super::*;

    proptest! {
        #[test]
        fn unchanged_tokens_give_the_shingles_of_the_text(text in "[a-zA-Zéß ,.中\\n-]{0,80}|\\PC{0,60}", k in 1..5_usize) {
            let shingler = Shingler::words(k).unwrap();
            let tokens = shingler.tokens(&text);
            let shingles = shingler.shingle_tokens(&tokens).unwrap();
            let hashes: Vec<u64> = shingles.iter().map(|shingle| shingle.hash).collect();
            let mut buffer = ShingleBuffer::default();
            prop_assert_eq!(&hashes[..], shingler.hash_into(&text, &mut buffer));
            for shingle in shingles {
                prop_assert!(text.get(shingle.span).is_some());
            }
        }
    }

    #[test]
    fn only_words_are_tokens() {
        let shingler = Shingler::characters(5).unwrap();
        assert!(shingler.shingle_tokens(&[]).unwrap_err().to_string().contains("Shingler::words"));
        assert_eq!(Shingler::words(3).unwrap().shingle_tokens(&[]).unwrap(), []);
    }
}
