//! Grams of letters whose length follows the script.

use std::array;

use crate::kernel::Backend;
use crate::kernel::xxh3::{every_second, windows};
use crate::text::Letters;

/// The letter grams of a text: where each begins and ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct LetterGrams {
    /// The folded letters, two bytes each.
    bytes: Vec<u8>,
    /// Where the gram that begins at each letter ends, for those that reach their weight; empty where all
    /// have as many letters as in Latin script.
    ends: Vec<usize>,
    /// Where the bytes of each gram of a block end, and where they begin: 0, 2, 4 and so on. Only for grams
    /// of different lengths.
    byte_ends: Vec<usize>,
    byte_starts: Vec<usize>,
    /// What the letters before each weigh, but for multiples of 2^16.
    weights: Vec<u16>,
}

impl LetterGrams {
    /// The weight that a gram must reach.
    const ENOUGH: u16 = 840;

    /// What a letter weighs, by its code without the last four bits.
    const WEIGHTS: [u8; 0x1000] = {
        let mut weights = [70; 0x1000];
        let mut i = 0;
        while i < weights.len() {
            weights[i] = match (i as u16) << 4 {
                0x370..0x590 => 84,
                // (The other codes of 0xfb10 to 0xfb1f are no letters' own: what is hashed into them is
                // rare.)
                0x590..0x900 | 0xfb10..0xfe00 | 0xfe70..0xff00 => 120,
                // Devanagari to Burmese, and Khmer.
                0x900..0x10a0 | 0x1780..0x1800 => 105,
                0x3040..0x3100 => 140,
                0x2e80..0x3040 | 0x3100..0xa4d0 | 0xac00..0xd7b0 | 0xf900..0xfb00 => 210,
                _ => 70,
            };
            i += 1;
        }
        weights
    };

    /// Letters of Latin script in a gram: the most that any has.
    const LATIN: usize = 12;

    /// The letters that the shortest gram has.
    const FEWEST: usize = 4;

    pub(super) fn fill(&mut self, letters: &Letters) {
        let codes = letters.codes();
        self.bytes.resize(2 * codes.len(), 0);
        fold(codes, letters.folded(), self.bytes.as_chunks_mut().0);
        self.ends.clear();
        if letters.is_latin() {
            if codes.len() > Self::LATIN {
                return;
            }
        } else {
            self.measure(codes);
        }
        if self.ends.is_empty() && !codes.is_empty() {
            self.ends.push(codes.len());
        }
    }

    /// Finds where the gram ends that begins at each letter, without a branch for each: in text of two
    /// scripts the predictor cannot know how many letters the next gram has more or less.
    #[inline(never)]
    fn measure(&mut self, codes: &[u16]) {
        const BLOCK: usize = 16;
        let weights = &mut self.weights;
        weights.clear();
        weights.push(0);
        let mut sum = 0_u16;
        weights.extend(codes.iter().map(|&code| {
            sum = sum.wrapping_add(u16::from(Self::WEIGHTS[usize::from(code >> 4)]));
            sum
        }));
        // Behind the text: what keeps the blocks below inside.
        weights.extend([sum; Self::LATIN + BLOCK]);
        let is_whole = |weight: &u16| sum.wrapping_sub(*weight) >= Self::ENOUGH;
        let last = codes.len().saturating_sub(Self::LATIN);
        let grams = last + weights[last..codes.len()].iter().take_while(|weight| is_whole(weight)).count();
        for (block, weights) in weights.windows(Self::LATIN + BLOCK).step_by(BLOCK).enumerate() {
            let mut letters = [Self::FEWEST as u16; BLOCK];
            for more in Self::FEWEST..Self::LATIN {
                let ahead = weights[more..].iter().zip(weights);
                for (letters, (to, from)) in letters.iter_mut().zip(ahead) {
                    *letters += u16::from(to.wrapping_sub(*from) < Self::ENOUGH);
                }
            }
            // An array of known length, and all of it at once: else it is filled one by one.
            let ends: [usize; BLOCK] = array::from_fn(|i| BLOCK * block + i + usize::from(letters[i]));
            self.ends.extend_from_slice(&ends);
        }
        self.ends.truncate(grams);
    }

    /// The letter behind the gram that begins at a letter.
    pub(crate) fn end(&self, start: usize) -> usize {
        self.ends.get(start).copied().unwrap_or(start + Self::LATIN)
    }

    /// Appends the hash of each gram to `hashes`.
    pub(super) fn hash(&mut self, backend: Backend, hashes: &mut Vec<u64>) {
        /// Grams that are hashed at a time: their places take as much memory for a text of any length.
        const BLOCK: usize = 1 << 12;
        if self.ends.is_empty() && self.bytes.len() > 2 * Self::LATIN {
            every_second::<{ 2 * LetterGrams::LATIN }>(backend, &self.bytes, hashes);
            return;
        }
        let most = self.ends.len().min(BLOCK);
        self.byte_starts.extend((self.byte_starts.len()..most).map(|start| 2 * start));
        hashes.reserve(self.ends.len());
        for (block, ends) in self.ends.chunks(BLOCK).enumerate() {
            let first = block * BLOCK;
            self.byte_ends.clear();
            self.byte_ends.extend(ends.iter().map(|end| 2 * (end - first)));
            windows(backend, &self.bytes[2 * first..], &self.byte_starts, &self.byte_ends, 0, hashes);
        }
    }
}

/// Writes the folded letters, given those that are folded into 8 bits.
///
/// A letter below 256 is then the letter folded, so that no table is needed. Masks, for of an `if` the
/// compiler makes a branch, which nobody can foresee in text of two scripts.
#[inline(never)]
fn fold(codes: &[u16], folded: &[u8], pairs: &mut [[u8; 2]]) {
    for (pair, (&code, &folded)) in pairs.iter_mut().zip(codes.iter().zip(folded)) {
        let narrow = u16::from(code < 0x100).wrapping_neg();
        *pair = (u16::from(folded) & narrow | code & !narrow).to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash::xxh3;

    #[test]
    fn grams_of_a_long_text_are_those_of_its_letters() {
        for piece in ["а b жё ", "abcdefgh ", "漢字と "] {
            for letters in [0, 1, 11, 12, 13, 4095, 4096, 4097, 8200] {
                let text: String =
                    piece.chars().cycle().filter(|c| c.is_alphabetic()).take(letters).collect();
                let (mut read, mut grams) = (Letters::default(), LetterGrams::default());
                for backend in Backend::available() {
                    let mut hashes = Vec::new();
                    read.fill(&text, backend);
                    grams.fill(&read);
                    grams.hash(backend, &mut hashes);
                    let of = |start: usize| xxh3(&grams.bytes[2 * start..2 * grams.end(start)]);
                    assert!(
                        hashes.iter().copied().eq((0..hashes.len()).map(of)),
                        "{letters} of {piece}, {backend}"
                    );
                    let last = hashes.len().checked_sub(1).map_or(0, |last| grams.end(last));
                    assert_eq!(last, letters, "{piece}, {backend}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_letter_gram_ends_where_it_weighs_enough(
            codes in prop::collection::vec(
                prop::sample::select(vec![0x61_u16, 0x430, 0x627, 0x915, 0x3042, 0x4e2d]),
                0..60,
            ),
        ) {
            let weight = |&code: &u16| u16::from(LetterGrams::WEIGHTS[usize::from(code >> 4)]);
            let end = |start: usize| {
                let enough = |&end: &usize| codes[start..end].iter().map(weight).sum::<u16>() >= LetterGrams::ENOUGH;
                (start..=codes.len()).find(enough)
            };
            let expected: Vec<usize> = (0..codes.len()).map_while(end).collect();
            let mut grams = LetterGrams::default();
            grams.measure(&codes);
            prop_assert_eq!(grams.ends, expected);
        }
    }
}
