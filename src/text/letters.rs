//! A text as bare letters: what alignment sees.

use std::ops::Range;

use super::characters::{Class, Mapped};
use super::normalize::{Normalizer, Sink};

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
    match code {
        ..0x0590 => Script::Alphabet,
        0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff => Script::Abjad,
        0x1100..=0x11ff | 0x2e80..=0xa4cf | 0xac00..=0xd7ff | 0xf900..=0xfaff => Script::Syllabary,
        _ => Script::Alphabet,
    }
}

/// One number for the ASCII letters that OCR takes for one another; other letters are themselves.
#[inline]
pub(crate) fn fold_confusions(letter: u16) -> u16 {
    const FOLDED: [u8; 128] = {
        let classes: [&[u8]; 4] = [b"ceoa0s6", b"il1tfjr", b"nuhbvmw", b"gyq9p"];
        let mut table = [0; 128];
        let mut i = 0;
        while i < 128 {
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
    FOLDED.get(usize::from(letter)).map_or(letter, |&folded| u16::from(folded))
}

/// The length of a text in letters of an alphabet: three of them say what one Han letter, kana or Hangul
/// syllable says.
pub(crate) fn weighed_length(letters: &[u16]) -> usize {
    letters.len() + 2 * letters.iter().filter(|&&c| script(c) == Script::Syllabary).count()
}

/// The letters and digits of a text after [`Normalizer::letters`], each in 16 bits and each with the place it
/// came from; and where words begin. 10 bytes a letter and 8 a word, used again from text to text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letters {
    codes: Vec<u16>,
    starts: Vec<usize>,
    words: Vec<usize>,
}

impl Letters {
    /// The UTF-16 unit of each letter; a letter beyond the basic plane is hashed into 16 bits.
    pub(crate) fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// The letters of each word.
    pub(crate) fn words(&self) -> impl Iterator<Item = &[u16]> {
        let ends = self.words.iter().skip(1).copied().chain([self.codes.len()]);
        self.words.iter().zip(ends).map(|(&start, end)| &self.codes[start..end])
    }

    /// The bytes of `text` (the one last given to [`fill`](Self::fill)) that the letters of `range` came from.
    pub(crate) fn original(&self, text: &str, range: Range<usize>) -> Range<usize> {
        let (Some(&first), Some(&last)) =
            (self.starts.get(range.start), self.starts.get(range.end.wrapping_sub(1)))
        else {
            return 0..0;
        };
        first..last + text[last..].chars().next().map_or(0, char::len_utf8)
    }

    /// Reads `text`.
    pub(crate) fn fill(&mut self, text: &str) {
        self.codes.clear();
        self.starts.clear();
        self.words.clear();
        let normalizer = Normalizer::letters();
        let mut writer = Writer { out: self, stretch: 0, in_word: false };
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = rest.bytes().position(|b| !b.is_ascii()).unwrap_or(rest.len());
            writer.ascii(&rest.as_bytes()[..ascii]);
            let other = rest[ascii..].bytes().position(|b| b.is_ascii()).unwrap_or(rest.len() - ascii);
            normalizer.walk(&rest[ascii..ascii + other], &mut writer);
            writer.stretch += other;
            rest = &rest[ascii + other..];
        }
    }
}

struct Writer<'a> {
    out: &'a mut Letters,
    /// Where the stretch of text at hand begins.
    stretch: usize,
    in_word: bool,
}

impl Writer<'_> {
    /// Takes a stretch of ASCII. The two kinds of stretches know nothing of each other: no ASCII letter
    /// composes with a mark that [`Normalizer::letters`] keeps.
    fn ascii(&mut self, bytes: &[u8]) {
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            if byte.is_ascii_alphanumeric() {
                self.push(u16::from(byte.to_ascii_lowercase()), i);
            } else if byte == b'-' && self.in_word {
                match line_break(&bytes[i + 1..]) {
                    Some(next_line) => i += next_line,
                    None => self.in_word = false,
                }
            } else if byte != b'\'' {
                self.in_word = false;
            }
            i += 1;
        }
        self.stretch += bytes.len();
    }

    fn push(&mut self, code: u16, at: usize) {
        if !self.in_word {
            self.out.words.push(self.out.codes.len());
            self.in_word = true;
        }
        self.out.codes.push(code);
        self.out.starts.push(self.stretch + at);
    }
}

/// The bytes of a line break and the white space behind it.
fn line_break(bytes: &[u8]) -> Option<usize> {
    let line = bytes.strip_prefix(b"\r").unwrap_or(bytes).strip_prefix(b"\n")?;
    Some(bytes.len() - line.trim_ascii_start().len())
}

impl Sink for Writer<'_> {
    fn put(&mut self, mapped: Mapped, from: Range<usize>) {
        match mapped.class {
            // An apostrophe is written or not as papers please.
            Class::Mark if matches!(mapped.char, '’' | '‘') => {}
            Class::White | Class::Mark => self.in_word = false,
            Class::Extend if !mapped.char.is_alphanumeric() => {}
            _ => {
                let code = mapped.char as u32;
                // The multiplier spreads the planes; what matters is that equal letters stay equal.
                self.push((code ^ (code >> 16).wrapping_mul(0x9e35)) as u16, from.start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letters(text: &str) -> Letters {
        let mut letters = Letters::default();
        letters.fill(text);
        letters
    }

    proptest! {
        #[test]
        fn letters_are_those_of_the_normaliser(text in "[a-zA-Z0-9 .,'’\n-]{0,40}|[éÉüßﬁ½١ي中カﾞ\u{301}ПЖ a\n-]{0,30}|\\PC{0,30}") {
            let text: &str = &text;
            let normalized = Normalizer::letters().normalize(text);
            let expected: Vec<u16> = normalized
                .as_str()
                .chars()
                .filter(|c| c.is_alphanumeric())
                .map(|c| (c as u32 ^ (c as u32 >> 16).wrapping_mul(0x9e35)) as u16)
                .collect();
            let ours = letters(text);
            prop_assert_eq!(ours.codes(), &expected[..]);
            prop_assert_eq!(ours.words().map(<[u16]>::len).sum::<usize>(), expected.len());
            for i in 0..expected.len() {
                let bytes = ours.original(text, i..i + 1);
                prop_assert!(text.get(bytes.clone()).is_some_and(|c| !c.is_empty()), "{i}: {bytes:?}");
            }
        }
    }

    #[test]
    fn words_begin_where_they_should() {
        let text = "The vio-\n lent dog's “bark” is 3.5 л мир";
        let ours = letters(text);
        let words: Vec<String> = ours.words().map(String::from_utf16_lossy).collect();
        assert_eq!(words, ["the", "violent", "dogs", "bark", "is", "3", "5", "л", "мир"]);
    }
}
