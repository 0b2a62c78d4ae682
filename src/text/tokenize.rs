//! Normalised text in, tokens out.

use std::ops::Range;

use super::blocks::{self, BLOCK, Reader};
use super::characters::{Mapped, Packed};
use super::normalize::{NormalizedText, Normalizer, Sink};
use super::tables::Properties;
use super::word_breaks::pieces;
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
        let words = (*self == Self::Words).then(|| pieces(text).filter_map(move |piece| word(text, piece)));
        let characters = (*self == Self::Characters)
            .then(|| text.char_indices().map(|(start, c)| start..start + c.len_utf8()));
        words.into_iter().flatten().chain(characters.into_iter().flatten())
    }
}

/// The word in a piece between two word boundaries, if there is one: a mark that has no letter before it
/// (UAX #29 hangs it on the space) is none.
fn word(text: &str, piece: Range<usize>) -> Option<Range<usize>> {
    let is_before_word = |c| {
        let properties = Properties::of(c);
        properties.is_white_space() || properties.is_mark()
    };
    let word = text[piece.clone()].trim_start_matches(is_before_word);
    let has_letter = word.chars().any(|c| Properties::of(c).is_alphanumeric());
    has_letter.then(|| piece.end - word.len()..piece.end)
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

    /// Where each token begins, and at last the length of the bytes: a token ends one byte, the space, before
    /// the next begins.
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

    /// The kernel takes stretches of ASCII; [`blocks::read`] takes what it leaves, from the beginning of a
    /// word to the end of one, so that neither needs to know what the other saw.
    fn fill_words(&mut self, normalizer: &Normalizer, text: &str, backend: Backend) {
        let mut position = 0;
        loop {
            position +=
                kernel::words::scan(backend, &text.as_bytes()[position..], &mut self.bytes, &mut self.starts);
            let rest = &text[position..];
            if rest.is_empty() {
                return;
            }
            let mut words = Words { out: self, last: Packed::APART };
            position += blocks::read(normalizer, rest, &mut words);
            if words.last != Packed::APART {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.bytes.push(b' ');
        self.starts.push(self.bytes.len());
    }
}

/// Writes characters as words: the rules of UAX #29 that are left when punctuation has become space.
struct Words<'a> {
    out: &'a mut TokenText,
    /// The kind of the last letter of the open word; [`Packed::APART`] between words.
    last: u64,
}

impl Sink for Words<'_> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called once a character")]
    fn put(&mut self, mapped: Mapped, _from: Range<usize>) {
        let kind = Packed::kind_of(mapped.class);
        let step = Step::of(self.last, kind);
        if step.closes > 0 {
            self.out.close();
        }
        if kind != Packed::APART && step.keeps > 0 {
            mapped.append_to(&mut self.out.bytes);
        }
        self.last = u64::from(step.last);
    }
}

/// The words of a block.
struct WordBlock {
    /// At most 64 characters of up to four bytes, and a space before each: 320, in a power of two, so that a
    /// place is masked; then room to write on.
    bytes: [u8; 8 * BLOCK + 4],
    /// Where words end, counted from the first of the bytes.
    ends: [u16; BLOCK],
}

impl Default for WordBlock {
    fn default() -> Self {
        Self { bytes: [0; 8 * BLOCK + 4], ends: [0; BLOCK] }
    }
}

/// How many bytes and words a block has so far, and the kind of the open word's last letter.
#[derive(Clone, Copy)]
struct WordState {
    bytes: usize,
    words: usize,
    last: u64,
}

/// What a character does, given the kind of the open word's last letter and its own: a table, for arithmetic
/// took twice as many instructions.
#[derive(Clone, Copy)]
struct Step {
    /// Whether it closes the open word: 1 or 0.
    closes: u8,
    /// The bits of its length that count: all or none.
    keeps: u8,
    /// The kind of the last letter of the word that is open behind it.
    last: u8,
}

impl Step {
    #[inline]
    fn of(last: u64, kind: u64) -> Self {
        STEPS[(last << 3 | kind) as usize % STEPS.len()]
    }
}

/// By eight times the kind of the last letter, plus the kind of the character.
static STEPS: [Step; 64] = {
    let mut steps = [Step { closes: 0, keeps: 0, last: 0 }; 64];
    let mut i = 0;
    while i < steps.len() {
        let (last, kind) = (i as u64 / 8, i as u64 % 8);
        let (is_open, extends) = (last != Packed::APART, kind == Packed::EXTEND);
        steps[i] = Step {
            closes: (is_open && !extends && (kind != last || kind == Packed::SOLO)) as u8,
            keeps: if extends && !is_open { 0 } else { u8::MAX },
            last: if extends { last } else { kind } as u8,
        };
        i += 1;
    }
    steps
};

impl Reader for Words<'_> {
    type Block = WordBlock;
    type State = WordState;
    /// The number of bytes and of starts, and the kind of the open word's last letter.
    type Mark = (usize, usize, u64);

    fn state(&self) -> WordState {
        WordState { bytes: 0, words: 0, last: self.last }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called once a character")]
    fn put_packed(block: &mut WordBlock, state: WordState, packed: Packed) -> WordState {
        let WordState { mut bytes, mut words, last } = state;
        let step = Step::of(last, packed.kind());
        let closes = usize::from(step.closes);
        block.bytes[bytes % (8 * BLOCK)] = b' ';
        bytes += closes;
        block.ends[words % BLOCK] = bytes as u16;
        words += closes;
        let at = bytes % (8 * BLOCK);
        block.bytes[at..at + 4].copy_from_slice(&packed.utf8());
        bytes += packed.length() & usize::from(step.keeps);
        WordState { bytes, words, last: u64::from(step.last) }
    }

    fn take(&mut self, block: &WordBlock, state: WordState) {
        let base = self.out.bytes.len();
        self.out.bytes.extend_from_slice(&block.bytes[..state.bytes]);
        self.out.starts.extend(block.ends[..state.words].iter().map(|&end| base + usize::from(end)));
        self.last = state.last;
    }

    fn is_between_words(&self) -> bool {
        self.last == Packed::APART
    }

    fn mark(&self) -> Self::Mark {
        (self.out.bytes.len(), self.out.starts.len(), self.last)
    }

    fn rewind(&mut self, (bytes, starts, last): Self::Mark) {
        self.out.bytes.truncate(bytes);
        self.out.starts.truncate(starts);
        self.last = last;
    }
}
