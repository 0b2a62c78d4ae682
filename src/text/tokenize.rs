//! Normalised text in, tokens out.

use std::ops::Range;

use memchr::memchr;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::characters::{Class, Mapped};
use super::normalize::{NormalizedText, Normalizer, Sink};
use crate::kernel::{self, Backend};

/// What a token is.
///
/// ```
/// use reprint::text::Tokenizer;
///
/// let words: Vec<&str> = Tokenizer::Words.tokens("the year 2024, 東京で").collect();
/// assert_eq!(words, ["the", "year", "2024", "東", "京", "で"]);
/// let characters: Vec<&str> = Tokenizer::Characters.tokens("no 1").collect();
/// assert_eq!(characters, ["n", "o", " ", "1"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Tokenizer {
    /// Words by Unicode Standard Annex #29, those with at least one letter or digit. Scripts
    /// without spaces (Chinese, Japanese but for runs of katakana, Thai, Lao, Khmer, Burmese) give
    /// one token a character with its marks.
    #[default]
    Words,
    /// Unicode characters (scalar values), spaces included.
    Characters,
}

impl Tokenizer {
    /// The tokens of `text`, in order.
    pub fn tokens<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.spans(text).map(|span| &text[span])
    }

    /// The byte ranges of the tokens of `text`, in order.
    ///
    /// ```
    /// use reprint::text::Tokenizer;
    ///
    /// assert!(Tokenizer::Words.spans("to be").eq([0..2, 3..5]));
    /// ```
    pub fn spans<'a>(&self, text: &'a str) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let words = (*self == Self::Words).then(|| text.split_word_bound_indices().filter_map(word));
        let characters = (*self == Self::Characters)
            .then(|| text.char_indices().map(|(start, c)| start..start + c.len_utf8()));
        words.into_iter().flatten().chain(characters.into_iter().flatten())
    }
}

/// The word in a piece between two word boundaries, if there is one: a mark that has no letter before it
/// (UAX #29 hangs it on the space) is none.
fn word((start, piece): (usize, &str)) -> Option<Range<usize>> {
    let word = piece.trim_start_matches(|c: char| c.is_whitespace() || is_combining_mark(c));
    word.contains(char::is_alphanumeric).then(|| start + piece.len() - word.len()..start + piece.len())
}

/// The tokens of a text joined by single spaces: the form in which word shingles are hashed, so that each
/// shingle is a slice and no token is ever copied again.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenText {
    /// The tokens, each followed by one space. UTF-8.
    bytes: Vec<u8>,
    /// Where each token begins, and where the next one would; nothing before the first text.
    starts: Vec<usize>,
    /// For normalisers without a faster way.
    normalized: NormalizedText,
}

impl TokenText {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each token begins, and at last the length of the bytes: a token ends one byte, the space, before the
    /// next begins.
    pub(crate) fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The words of `text` after `normalizer`.
    pub(crate) fn fill(&mut self, normalizer: &Normalizer, text: &str, backend: Backend) {
        self.bytes.clear();
        self.starts.clear();
        self.starts.push(0);
        if normalizer.options().are_words() {
            self.fill_words(normalizer, text, backend);
            return;
        }
        normalizer.normalize_into(text, &mut self.normalized);
        let text = self.normalized.as_str();
        for span in Tokenizer::Words.spans(text) {
            self.bytes.extend_from_slice(text[span].as_bytes());
            self.bytes.push(b' ');
            self.starts.push(self.bytes.len());
        }
    }

    /// The kernel takes stretches of ASCII; the character walk takes what it leaves, from the
    /// beginning of a word to the end of one, so that neither needs to know what the other saw.
    fn fill_words(&mut self, normalizer: &Normalizer, text: &str, backend: Backend) {
        let mut position = 0;
        loop {
            position +=
                kernel::words::scan(backend, &text.as_bytes()[position..], &mut self.bytes, &mut self.starts);
            let rest = &text[position..];
            if rest.is_empty() {
                return;
            }
            let stretch = &rest[..unicode_stretch(rest.as_bytes())];
            let mut sink = Words { out: self, last: None };
            normalizer.walk(stretch, &mut sink);
            if sink.last.is_some() {
                self.close();
            }
            position += stretch.len();
        }
    }

    fn close(&mut self) {
        self.bytes.push(b' ');
        self.starts.push(self.bytes.len());
    }
}

/// Bytes of ASCII for which the kernel is worth a try: some three words.
const AHEAD: usize = 16;

/// How much of `rest` to walk character by character before the kernel is worth a try again: up to a
/// space between ASCII words with only ASCII in the [`AHEAD`] bytes behind it.
fn unicode_stretch(rest: &[u8]) -> usize {
    let mut from = 0;
    while let Some(i) = memchr(b' ', &rest[from..]) {
        let space = from + i;
        from = space + 1;
        let after_word = space > 0 && rest[space - 1].is_ascii_alphanumeric();
        if after_word && rest[from..rest.len().min(from + AHEAD)].is_ascii() {
            return from;
        }
    }
    rest.len()
}

/// Writes characters as words: the rules of UAX #29 that are left when punctuation has become space.
struct Words<'a> {
    out: &'a mut TokenText,
    /// The class of the last letter of the open word; `None` between words.
    last: Option<Class>,
}

impl Sink for Words<'_> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called once a character")]
    fn put(&mut self, mapped: Mapped, _from: Range<usize>) {
        match (mapped.class, self.last) {
            (Class::White | Class::Mark, last) => {
                if last.is_some() {
                    self.out.close();
                }
                self.last = None;
                return;
            }
            (Class::Extend, None) => return,
            (Class::Extend, Some(_)) => {}
            (class @ (Class::Letter | Class::Katakana), Some(last)) if class == last => {}
            (class, last) => {
                if last.is_some() {
                    self.out.close();
                }
                self.last = Some(class);
            }
        }
        mapped.append_to(&mut self.out.bytes);
    }
}
