//! The words of a text, as sections compare them.

use std::hash::{BuildHasher, RandomState};

use super::Span;
use crate::hash::{folded_multiply, pack};
use crate::text::{Letters, Script, script};

/// Letters of a word by which it is compared: inflected and derived words are the same.
const STEM: usize = 6;

/// The words of a text; in scripts without spaces its letters, which with the next one are compared as words.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Tokens {
    starts: Vec<u32>,
    pub(super) stems: Vec<u64>,
    /// The letters of the text.
    pub(super) count: u32,
}

impl Tokens {
    /// Reads the words, and their stems by a secret hash: no text can be written whose stems all meet.
    pub(in super::super) fn read(&mut self, text: &Letters, key: Key) {
        let codes = text.codes();
        self.count = codes.len() as u32;
        self.starts.clear();
        self.stems.clear();
        let words = text.words();
        self.starts.reserve(words.len());
        self.stems.reserve(words.len());
        for word in words {
            if script(codes[word.start]) == Script::Syllabary {
                for start in word.clone() {
                    self.starts.push(start as u32);
                    self.stems.push(key.hash(&codes[start..], (word.end - start).min(2)));
                }
            } else {
                self.starts.push(word.start as u32);
                self.stems.push(key.hash(&codes[word.start..], word.len().min(STEM)));
            }
        }
    }

    pub(in super::super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The letters of these words.
    pub(in super::super) fn letters(&self, (from, to): Span) -> Span {
        let start = |word: u32| self.starts.get(word as usize).copied().unwrap_or(self.count);
        (start(from), start(to))
    }

    /// The word that holds a letter.
    pub(super) fn holder(&self, letter: u32) -> u32 {
        (self.starts.partition_point(|&start| start <= letter) as u32).saturating_sub(1)
    }

    /// The words that a range of letters holds at least half of.
    pub(in super::super) fn around(&self, (from, to): Span) -> Span {
        let (first, last) = (self.holder(from), self.holder(to.saturating_sub(1).max(from)));
        let cut = |word: u32, at: u32| {
            let (start, end) = self.letters((word, word + 1));
            2 * (at - start) > end - start
        };
        let from = first + u32::from(cut(first, from));
        (from, (last + u32::from(cut(last, to))).max(from))
    }
}

/// A secret of this aligner.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Key([u64; 2]);

impl Default for Key {
    fn default() -> Self {
        let secret = RandomState::new();
        Self([secret.hash_one(0), secret.hash_one(1)])
    }
}

impl Key {
    /// The hash of a word.
    pub(in super::super) fn hash_word(self, letters: &[u16]) -> u64 {
        let parts = letters.chunks(STEM).map(|part| self.hash(part, part.len()));
        parts.fold(letters.len() as u64, |hash, part| folded_multiply(hash ^ self.0[1], part | 1))
    }

    /// The hash of the first `n` letters, at most six.
    fn hash(self, letters: &[u16], n: usize) -> u64 {
        let eight = letters
            .first_chunk::<8>()
            .copied()
            .unwrap_or_else(|| std::array::from_fn(|i| letters.get(i).copied().unwrap_or(0)));
        let [a, b, c, d, e, f, _, _] = eight;
        let first = pack([a, b, c, d]) & (u64::MAX >> (16 * 4_usize.saturating_sub(n).min(3)));
        let others = pack([e, f, 0, 0]) & ((1 << (16 * n.saturating_sub(4))) - 1);
        let others = others | (n as u64) << 32;
        folded_multiply(first ^ self.0[0], folded_multiply(others ^ self.0[1], self.0[0] | 1) | 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Stems are equal where the first six letters are, wherever a word stands; words, where all are.
        #[test]
        fn hashes_are_equal_where_letters_are(
            x in prop::collection::vec(1_u16..4, 1..14), y in prop::collection::vec(1_u16..4, 1..14),
            rest in prop::collection::vec(1_u16.., 0..9),
        ) {
            let key = Key::default();
            let stem = |word: &[u16]| word[..word.len().min(STEM)].to_vec();
            let hash = |word: &[u16], rest: &[u16]| key.hash(&[word, rest].concat(), word.len().min(STEM));
            prop_assert_eq!(hash(&x, &rest) == hash(&y, &[]), stem(&x) == stem(&y));
            prop_assert_eq!(key.hash_word(&x) == key.hash_word(&y), x == y);
        }
    }
}
