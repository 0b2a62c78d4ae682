//! The text that [`Normalizer::words`] leaves, without the way back: what shingles of characters are made of.

use std::ops::Range;

use super::blocks::{self, BLOCK, Reader};
use super::characters::{Class, Mapped, Packed};
use super::normalize::{Normalizer, Sink};

/// Words with a space between each two, and where each character begins; used again from text to text.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpacedText {
    /// UTF-8.
    bytes: Vec<u8>,
    /// Where each character begins, and the length of the bytes; then what is left of longer texts.
    boundaries: Vec<usize>,
    /// How many characters there are.
    characters: usize,
}

impl SpacedText {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each character begins, and at last the length of the bytes; nothing before the first text.
    pub(crate) fn boundaries(&self) -> &[usize] {
        self.boundaries.get(..=self.characters).unwrap_or_default()
    }

    /// Reads `text`, as [`Normalizer::words`] does.
    pub(crate) fn fill(&mut self, text: &str) {
        self.bytes.clear();
        let normalizer = Normalizer::words();
        let mut writer = Writer { bytes: &mut self.bytes, space: true };
        let mut position = 0;
        while position < text.len() {
            position += blocks::read(&normalizer, &text[position..], &mut writer);
        }
        // Each byte is written down, and only one that begins a character moves the end on.
        if self.boundaries.len() <= self.bytes.len() {
            self.boundaries.resize(self.bytes.len() + 1, 0);
        }
        self.characters = 0;
        for (at, &byte) in self.bytes.iter().enumerate() {
            self.boundaries[self.characters] = at;
            self.characters += usize::from(byte & 0xc0 != 0x80);
        }
        self.boundaries[self.characters] = self.bytes.len();
    }
}

struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    /// Whether the last character that did not disappear is no part of a word, or there was none: a space
    /// comes before the next, unless it is the first.
    space: bool,
}

impl Sink for Writer<'_> {
    fn put(&mut self, mapped: Mapped, _from: Range<usize>) {
        if matches!(mapped.class, Class::White | Class::Mark) {
            self.space = true;
            return;
        }
        if self.space && !self.bytes.is_empty() {
            self.bytes.push(b' ');
        }
        self.space = false;
        mapped.append_to(self.bytes);
    }
}

/// At most 64 characters of up to four bytes, and a space before each: 320, in a power of two, so that a
/// place is masked; then room to write on.
struct SpacedBlock([u8; 8 * BLOCK + 4]);

impl Default for SpacedBlock {
    fn default() -> Self {
        Self([0; 8 * BLOCK + 4])
    }
}

/// How many bytes a block has so far, whether there are bytes at all, and [`Writer::space`].
#[derive(Clone, Copy)]
struct SpacedState {
    bytes: usize,
    any: bool,
    space: bool,
}

impl Reader for Writer<'_> {
    type Block = SpacedBlock;
    type State = SpacedState;
    /// The number of bytes, and [`Writer::space`].
    type Mark = (usize, bool);

    fn state(&self) -> SpacedState {
        SpacedState { bytes: 0, any: !self.bytes.is_empty(), space: self.space }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called once a character")]
    #[allow(clippy::needless_bitwise_bool, reason = "a lazy operator may become a branch")]
    fn put_packed(block: &mut SpacedBlock, state: SpacedState, packed: Packed) -> SpacedState {
        let SpacedState { mut bytes, any, space } = state;
        let is_kept = packed.length() > 0;
        block.0[bytes % (8 * BLOCK)] = b' ';
        bytes += usize::from(space & any & is_kept);
        let at = bytes % (8 * BLOCK);
        block.0[at..at + 4].copy_from_slice(&packed.utf8());
        SpacedState {
            bytes: bytes + packed.length(),
            any: any | is_kept,
            space: !is_kept & (space | (packed.kind() == Packed::APART)),
        }
    }

    fn take(&mut self, block: &SpacedBlock, state: SpacedState) {
        self.bytes.extend_from_slice(&block.0[..state.bytes]);
        self.space = state.space;
    }

    fn is_between_words(&self) -> bool {
        self.space
    }

    fn mark(&self) -> (usize, bool) {
        (self.bytes.len(), self.space)
    }

    fn rewind(&mut self, (bytes, space): (usize, bool)) {
        self.bytes.truncate(bytes);
        self.space = space;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_text_is_that_of_the_normaliser(
            text in "[a-zA-Z0-9 .,'’\n-]{0,200}|[éÉüßﬁ½١ي中カﾞ\u{301}ПЖ a\n-]{0,300}|[а-яё -]{0,200}|(([а-яё]{1,9}|[一-龥]{1,3}|ক[\u{9bc}\u{9cd}\u{200d}]{1,3}|a{1,9}|a[-¬\u{ad}\u{2010}]\n ?a|1-\n1)[ .,]{1,2}){0,40}|\\PC{0,90}|[ \u{300}-\u{330}\u{5b0}-\u{5c7}a-cא-ד\u{200d}😀-😂-]{0,80}",
            before in "[а-я一-龥 ]{0,90}",
        ) {
            let mut spaced = SpacedText::default();
            for text in [before, text] {
                spaced.fill(&text);
                let expected = Normalizer::words().normalize(&text);
                prop_assert_eq!(spaced.bytes(), expected.as_str().as_bytes());
                let starts = expected.as_str().char_indices().map(|(start, _)| start);
                let boundaries: Vec<usize> = starts.chain([expected.len()]).collect();
                prop_assert_eq!(spaced.boundaries(), boundaries);
            }
        }
    }
}
