//! A text as bare letters: what alignment sees.

use std::ops::Range;

use super::blocks::{self, BLOCK, Reader};
use super::characters::{Class, Mapped, Packed};
use super::normalize::{Normalizer, Sink, is_hyphen};
use crate::kernel::look_up::look_up;
use crate::kernel::{Backend, words};

/// How much one letter says, by the script it belongs to. Gram lengths and weights follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Latin, Greek, Cyrillic, the scripts of India, and whatever is not below.
    Alphabet,
    /// Arabic, Hebrew, Syriac: short vowels are not written, so a letter says more.
    Abjad,
    /// Han, kana, Hangul, Yi: a letter is a syllable or a word.
    Syllabary,
}

/// The script of a letter's code.
#[inline]
pub(crate) fn script(code: u16) -> Script {
    // First of all, what most letters are.
    if code < 0x0590 {
        return Script::Alphabet;
    }
    match code {
        0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff => Script::Abjad,
        0x1100..=0x11ff | 0x2e80..=0xa4cf | 0xac00..=0xd7ff | 0xf900..=0xfaff => Script::Syllabary,
        _ => Script::Alphabet,
    }
}

/// For each ASCII letter the number of its class, for those that OCR takes for one another; others are
/// themselves.
static FOLDED: [u8; 128] = {
    let classes: [&[u8]; 4] = [b"ceoa0s6", b"il1tfjr", b"nuhbvmw", b"gyq9p"];
    let mut table = [0; 128];
    let mut i = 0;
    while i < table.len() {
        table[i] = i as u8;
        i += 1;
    }
    let mut class = 0;
    while class < classes.len() {
        let mut k = 0;
        while k < classes[class].len() {
            table[classes[class][k] as usize] = class as u8 + 1;
            k += 1;
        }
        class += 1;
    }
    table
};

/// One number for the ASCII letters that OCR takes for one another; other letters are themselves.
#[inline]
pub(crate) fn fold_confusions(letter: u16) -> u16 {
    // Looked up in any case: in text of two scripts the predictor cannot know which are ASCII.
    let folded = u16::from(FOLDED[usize::from(letter & 0x7f)]);
    if letter < 0x80 { folded } else { letter }
}

/// The letters and digits of a text after [`Normalizer::letters`], and where words begin. 3 bytes a letter
/// and 8 a word, used again from text to text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letters {
    codes: Vec<u16>,
    folded: Vec<u8>,
    words: Vec<usize>,
    /// Whether all letters are of Latin script.
    latin: bool,
    /// Letters of the stretch of ASCII at hand.
    ascii: Vec<u8>,
}

/// Zeros behind the folded letters, so that 8 bytes can be read from any.
pub(crate) const PADDING: usize = 8;

impl Letters {
    /// The UTF-16 unit of each letter; a letter beyond the basic plane is hashed into 16 bits.
    pub(crate) fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// The folded letters ([`fold_confusions`]) in 8 bits each, letters of other scripts hashed into them;
    /// then at least 8 zeros.
    pub(crate) fn folded(&self) -> &[u8] {
        &self.folded
    }

    /// Whether all letters are of Latin script.
    pub(crate) fn is_latin(&self) -> bool {
        self.latin
    }

    /// Where the letters of each word stand.
    pub(crate) fn words(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        let end = |word: usize| self.words.get(word + 1).copied().unwrap_or(self.codes.len());
        self.words.iter().enumerate().map(move |(word, &start)| start..end(word))
    }

    /// Reads `text`. Stretches of ASCII and of other text know nothing of each other: no ASCII letter
    /// composes with a mark that [`Normalizer::letters`] keeps.
    pub(crate) fn fill(&mut self, text: &str, backend: Backend) {
        self.codes.clear();
        self.folded.clear();
        self.words.clear();
        self.latin = true;
        let normalizer = Normalizer::letters();
        let (mut position, mut in_word) = (0, false);
        while position < text.len() {
            let rest = &text.as_bytes()[position..];
            let (base, known_words) = (self.codes.len(), self.words.len());
            self.ascii.clear();
            let done = words::scan_letters(backend, rest, &mut self.ascii, &mut self.words);
            self.codes.extend(self.ascii.iter().map(|&byte| u16::from(byte)));
            look_up(backend, &FOLDED, &self.ascii, &mut self.folded);
            self.words[known_words..].iter_mut().for_each(|start| *start += base);
            if in_word && rest.first().is_some_and(u8::is_ascii_alphanumeric) {
                self.words.remove(known_words);
            }
            if let Some(last) = rest[..done].last() {
                in_word = last.is_ascii_alphanumeric();
            }
            position += done;
            let rest = &text[position..];
            let hyphen = rest.chars().next().filter(|&c| in_word && is_hyphen(c)).map_or(0, char::len_utf8);
            if hyphen > 0
                && let Some(next_line) = normalizer.line_break_before_letter(&rest[hyphen..])
            {
                // Behind a hyphen that ends a line the word goes on.
                position += hyphen + next_line;
            } else {
                let before = self.codes.len();
                let mut writer = Writer { codes: &mut self.codes, words: &mut self.words, in_word };
                position += blocks::read(&normalizer, rest, &mut writer);
                in_word = writer.in_word;
                let added = &self.codes[before..];
                self.latin &= added.iter().all(|&code| code < LATIN_END);
                self.folded.extend(added.iter().map(|&code| fold_to_8_bits(code)));
            }
        }
        self.folded.extend([0; PADDING]);
    }
}

fn fold_to_8_bits(code: u16) -> u8 {
    let folded = fold_confusions(code);
    (folded ^ (folded >> 8).wrapping_mul(0x9d)) as u8
}

/// The first code behind the Latin letters.
const LATIN_END: u16 = 0x370;

/// Writes the letters of text that is not ASCII.
struct Writer<'a> {
    codes: &'a mut Vec<u16>,
    words: &'a mut Vec<usize>,
    in_word: bool,
}

impl Sink for Writer<'_> {
    fn put(&mut self, mapped: Mapped, _from: Range<usize>) {
        match mapped.letter_code() {
            Some(code) => {
                if !self.in_word {
                    self.words.push(self.codes.len());
                    self.in_word = true;
                }
                self.codes.push(code);
            }
            None => self.in_word &= mapped.class == Class::Extend,
        }
    }
}

/// The letters of a block, and where words begin, counted from the first of them.
struct LetterBlock {
    codes: [u16; BLOCK],
    words: [u8; BLOCK],
}

impl Default for LetterBlock {
    fn default() -> Self {
        Self { codes: [0; BLOCK], words: [0; BLOCK] }
    }
}

/// How many letters and words a block has so far, and whether a word is open.
#[derive(Clone, Copy)]
struct LetterState {
    letters: usize,
    words: usize,
    in_word: bool,
}

impl Reader for Writer<'_> {
    type Block = LetterBlock;
    type State = LetterState;
    /// The number of letters and of words, and whether the last is open.
    type Mark = (usize, usize, bool);

    fn state(&self) -> LetterState {
        LetterState { letters: 0, words: 0, in_word: self.in_word }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called once a character")]
    #[allow(clippy::needless_bitwise_bool, reason = "a lazy operator may become a branch")]
    fn put_packed(block: &mut LetterBlock, state: LetterState, packed: Packed) -> LetterState {
        let LetterState { letters, words, in_word } = state;
        let is_letter = packed.is_letter();
        block.words[words % BLOCK] = letters as u8;
        block.codes[letters % BLOCK] = packed.code();
        LetterState {
            letters: letters + usize::from(is_letter),
            words: words + usize::from(is_letter & !in_word),
            in_word: is_letter | in_word & (packed.kind() != Packed::APART),
        }
    }

    fn take(&mut self, block: &LetterBlock, state: LetterState) {
        let base = self.codes.len();
        self.codes.extend_from_slice(&block.codes[..state.letters]);
        self.words.extend(block.words[..state.words].iter().map(|&start| base + usize::from(start)));
        self.in_word = state.in_word;
    }

    fn is_between_words(&self) -> bool {
        !self.in_word
    }

    fn mark(&self) -> Self::Mark {
        (self.codes.len(), self.words.len(), self.in_word)
    }

    fn rewind(&mut self, (codes, words, in_word): Self::Mark) {
        self.codes.truncate(codes);
        self.words.truncate(words);
        self.in_word = in_word;
    }
}

/// Where in a text its letters stand: worked out only for texts whose passages are shown.
///
/// Only few places are asked for. So letters of ASCII are counted by the block, and the one asked for is
/// looked up in its block; of other text the places are kept.
pub(crate) struct Places<'a> {
    text: &'a [u8],
    letters: usize,
    blocks: Vec<Block>,
    spans: Vec<Range<usize>>,
}

/// A stretch of text.
struct Block {
    /// The number of its first letter.
    letter: usize,
    first: First,
}

/// Where the letters of a block begin: at this byte of ASCII text, or with this span.
enum First {
    Byte(usize),
    Span(usize),
}

impl<'a> Places<'a> {
    /// Bytes of ASCII in a block.
    const BLOCK: usize = 64;

    pub(crate) fn of(text: &'a str) -> Self {
        struct Spans(Vec<Range<usize>>, usize);
        impl Sink for Spans {
            fn put(&mut self, mapped: Mapped, from: Range<usize>) {
                if mapped.letter_code().is_some() {
                    self.0.push(self.1 + from.start..self.1 + from.end);
                }
            }
        }
        let normalizer = Normalizer::letters();
        let (mut letters, mut blocks) = (0, Vec::with_capacity(text.len() / Self::BLOCK + 1));
        let mut spans = Spans(Vec::new(), 0);
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            // Most blocks are seen to be ASCII as a whole.
            let whole = rest.as_bytes().chunks(Self::BLOCK).take_while(|block| block.is_ascii());
            let known = (whole.count() * Self::BLOCK).min(rest.len());
            let ascii = rest.as_bytes()[known..]
                .iter()
                .position(|b| !b.is_ascii())
                .map_or(rest.len(), |at| known + at);
            for block in rest.as_bytes()[..ascii].chunks(Self::BLOCK) {
                blocks.push(Block { letter: letters, first: First::Byte(at) });
                letters += block.iter().map(|b| u8::from(b.is_ascii_alphanumeric())).sum::<u8>() as usize;
                at += block.len();
            }
            let rest = &text[at..];
            let stretch = rest.bytes().position(|b| b.is_ascii()).unwrap_or(rest.len());
            let known = spans.0.len();
            blocks.push(Block { letter: letters, first: First::Span(known) });
            spans.1 = at;
            normalizer.walk(&rest[..stretch], false, &mut spans);
            letters += spans.0.len() - known;
            at += stretch;
        }
        Self { text: text.as_bytes(), letters, blocks, spans: spans.0 }
    }

    /// The bytes that the letters of `range` came from.
    pub(crate) fn bytes(&self, range: Range<usize>) -> Range<usize> {
        if range.start >= range.end || range.end > self.letters {
            return 0..0;
        }
        self.letter(range.start).start..self.letter(range.end - 1).end
    }

    /// The bytes that a letter came from.
    fn letter(&self, letter: usize) -> Range<usize> {
        // Of blocks with the same first letter all but the last have none.
        let block = self.blocks.partition_point(|block| block.letter <= letter).wrapping_sub(1);
        let Some(block) = self.blocks.get(block) else { return 0..0 };
        let nth = letter - block.letter;
        match block.first {
            First::Span(first) => self.spans.get(first + nth).cloned().unwrap_or_default(),
            First::Byte(first) => {
                let mut letters =
                    (first..self.text.len()).filter(|&at| self.text[at].is_ascii_alphanumeric());
                letters.nth(nth).map_or(0..0, |at| at..at + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Variants;
    use super::*;

    fn letters(text: &str, backend: Backend) -> Letters {
        let mut letters = Letters::default();
        letters.fill(text, backend);
        letters
    }

    /// The words of letters: those between the spaces of the text that keeps them.
    fn words(text: &str) -> Vec<Vec<u16>> {
        let spaced = Normalizer::builder().variants(Variants::Fold).build().normalize(text);
        let codes = |word: &str| letters_of(word).collect::<Vec<u16>>();
        spaced.as_str().split(' ').map(codes).filter(|word| !word.is_empty()).collect()
    }

    fn letters_of(text: &str) -> impl Iterator<Item = u16> {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.map(|c| (c as u32 ^ (c as u32 >> 16).wrapping_mul(0x9e35)) as u16)
    }

    proptest! {
        #[test]
        fn letters_are_those_of_the_normaliser(
            text in "[a-zA-Z0-9 .,'’\n-]{0,200}|[éÉüßﬁ½١ي中カﾞ\u{301}ПЖ a\n-]{0,300}|[а-яё -]{0,200}|(([а-яё]{1,9}|[一-龥]{1,3}|ক[\u{9bc}\u{9cd}\u{200d}]{1,3}|a{1,9}|a[-¬\u{ad}\u{2010}]\n ?a|1-\n1) ){0,40}|\\PC{0,30}",
        ) {
            let normalized = Normalizer::letters().normalize(&text);
            let expected: Vec<u16> = letters_of(normalized.as_str()).collect();
            let places = Places::of(&text);
            prop_assert_eq!(places.letters, expected.len());
            for i in 0..expected.len() {
                prop_assert!(text.get(places.bytes(i..i + 1)).is_some_and(|c| !c.is_empty()));
                prop_assert!(i == 0 || places.bytes(i - 1..i).start <= places.bytes(i..i + 1).start);
            }
            for backend in Backend::available() {
                let ours = letters(&text, backend);
                prop_assert_eq!(ours.codes(), &expected[..]);
                let ours_words: Vec<Vec<u16>> = ours.words().map(|word| ours.codes()[word].to_vec()).collect();
                prop_assert_eq!(ours_words, words(&text), "{}", backend);
                prop_assert_eq!(ours.folded().len(), expected.len() + PADDING);
            }
        }
    }

    #[test]
    fn words_begin_where_they_should() {
        let text = "The vio-\n lent dog's “bark” is 3.5 л мир naïve caf\u{e9}s déjà-vu";
        for backend in Backend::available() {
            let ours = letters(text, backend);
            let words: Vec<String> =
                ours.words().map(|w| String::from_utf16_lossy(&ours.codes()[w])).collect();
            let expected = "the violent dog s bark is 3 5 л мир naive cafes deja vu";
            assert_eq!(words.join(" "), expected, "{backend}");
        }
    }
}
