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

use std::array;

use crate::hash::xxh3;
use crate::kernel::Backend;
use crate::kernel::xxh3::{every_second, windows};
use crate::text::{Letters, NormalizedText, Normalizer, SpacedText, TokenText};
use crate::{Error, Result};

/// Turns texts into shingle hashes: a normaliser, a unit (words or characters) and k.
///
/// Cost: linear in the text; about 0.9 ns a byte of ASCII text for word 5-grams on one core with
/// AVX-512, 1.4 with AVX2, 2.0 with SSE2 alone; 6 to 10 where half of the text is in another script.
///
/// ```
/// use reprint::shingle::Shingler;
/// use reprint::text::Normalizer;
///
/// let words = Shingler::words(5)?;
/// let letters = Shingler::characters(9)?.with_normalizer(Normalizer::letters());
/// let text = "The owl and the pussy-cat went to sea";
/// assert_eq!(words.shingle(text).len(), 5);
/// assert_eq!(letters.shingle(text).len(), 21);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shingler {
    normalizer: Normalizer,
    unit: Unit,
    backend: Backend,
}

/// What a shingle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Words(usize),
    Characters(usize),
    Letters,
}

impl Shingler {
    /// Shingles of `k` words of the text after [`Normalizer::words`].
    ///
    /// # Errors
    /// If `k` is 0.
    pub fn words(k: usize) -> Result<Self> {
        Self::new(Unit::Words(k), k)
    }

    /// Shingles of `k` characters of the text after [`Normalizer::words`]; spaces count.
    ///
    /// # Errors
    /// If `k` is 0.
    pub fn characters(k: usize) -> Result<Self> {
        Self::new(Unit::Characters(k), k)
    }

    /// Grams of bare letters, as [`Normalizer::letters`] leaves them, whose length follows the script: 12 letters of
    /// Latin, 10 of Greek or Cyrillic, 8 of an Indian script or Thai, 7 of Arabic or Hebrew, 6 kana, 4 Han
    /// letters or Hangul syllables, and in mixed text what adds up to as much. Letters that OCR takes for one
    /// another (c e o a 0 s 6 | i l 1 t f j r | n u h b v m w | g y q 9 p) count as one.
    ///
    /// For copies that are badly scanned or in any script. The hash is XXH3-64, seed 0, of the letters'
    /// 16-bit codes in little-endian order, the four classes above being 1 to 4. The lengths did best on
    /// English scans and Urdu agency copy; those of other scripts follow from how much a letter says.
    ///
    /// ```
    /// use reprint::shingle::Shingler;
    ///
    /// let shingles = Shingler::letters();
    /// assert_eq!(shingles.shingle("The owl and the pussy-cat").len(), 20 - 12 + 1);
    /// // "tlie" is what scanners make of "the".
    /// assert_eq!(shingles.shingle("in the quiet town"), shingles.shingle("in tbe quict towu"));
    /// ```
    pub fn letters() -> Self {
        Self { normalizer: Normalizer::letters(), unit: Unit::Letters, backend: Backend::detect() }
    }

    fn new(unit: Unit, k: usize) -> Result<Self> {
        if k == 0 {
            return Err(Error::parameter("k", k, "a shingle has at least one token"));
        }
        Ok(Self { normalizer: Normalizer::words(), unit, backend: Backend::detect() })
    }

    /// The same shingles of a text that was normalised another way. Those of [`letters`](Self::letters) stay as
    /// they are.
    #[must_use]
    pub fn with_normalizer(mut self, normalizer: Normalizer) -> Self {
        self.normalizer = normalizer;
        self
    }

    /// The same shingles, computed by another backend: for tests and benches. The default is the fastest.
    ///
    /// ```
    /// use reprint::{Backend, shingle::Shingler};
    ///
    /// let shingler = Shingler::words(2)?;
    /// let portable = shingler.clone().with_backend(Backend::SCALAR);
    /// assert_eq!(shingler.shingle("the same bits"), portable.shingle("the same bits"));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    #[must_use]
    pub fn with_backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// The set of the shingles of `text`.
    pub fn shingle(&self, text: &str) -> ShingleSet {
        let mut buffer = ShingleBuffer::default();
        self.hash_into(text, &mut buffer);
        ShingleSet::from_hashes(buffer.hashes)
    }

    /// The shingles of `text` with the number of times each occurs.
    ///
    /// ```
    /// use reprint::{hash::xxh3, shingle::Shingler};
    ///
    /// let counts = Shingler::words(1)?.count("row, row, row your boat");
    /// assert!(counts.as_slice().contains(&(xxh3(b"row"), 3)));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn count(&self, text: &str) -> ShingleCounts {
        let mut buffer = ShingleBuffer::default();
        self.hash_into(text, &mut buffer);
        buffer.hashes.sort_unstable();
        let count = |run: &[u64]| (run[0], u32::try_from(run.len()).unwrap_or(u32::MAX));
        ShingleCounts(buffer.hashes.chunk_by(|a, b| a == b).map(count).collect())
    }

    /// The hashes of the shingles of `text`, in the order of the text and as often as they occur, in a
    /// buffer whose memory is used again. Sketches need no more than this: they do not mind order or repeats.
    ///
    /// Allocates nothing once the buffer has seen texts as long.
    ///
    /// ```
    /// use reprint::shingle::{ShingleBuffer, Shingler};
    ///
    /// let (shingler, mut buffer) = (Shingler::words(2)?, ShingleBuffer::default());
    /// let hashes = shingler.hash_into("to be or not to be", &mut buffer);
    /// assert_eq!(hashes.len(), 5);
    /// assert_eq!(hashes[0], hashes[4]);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn hash_into<'a>(&self, text: &str, buffer: &'a mut ShingleBuffer) -> &'a [u64] {
        buffer.hashes.clear();
        match self.unit {
            Unit::Words(k) => {
                buffer.words.fill(&self.normalizer, text, self.backend);
                let (bytes, starts) = (buffer.words.bytes(), buffer.words.starts());
                // A shingle ends where the word behind it begins, less the space.
                let k = k.min(starts.len() - 1);
                if k > 0 {
                    windows(self.backend, bytes, starts, &starts[k..], 1, &mut buffer.hashes);
                }
            }
            Unit::Characters(k) if text.is_ascii() && self.normalizer.options().are_words() => {
                // Of ASCII text nothing is left but words and a space between each two.
                buffer.words.fill(&self.normalizer, text, self.backend);
                let bytes = buffer.words.bytes();
                let bytes = &bytes[..bytes.len().saturating_sub(1)];
                if !bytes.is_empty() {
                    buffer.hashes.extend(bytes.windows(k.min(bytes.len())).map(xxh3));
                }
            }
            Unit::Characters(k) if self.normalizer.options().are_words() => {
                buffer.spaced.fill(text);
                let (bytes, boundaries) = (buffer.spaced.bytes(), buffer.spaced.boundaries());
                hash_characters(self.backend, bytes, boundaries, k, &mut buffer.hashes);
            }
            Unit::Characters(k) => {
                self.normalizer.normalize_into(text, &mut buffer.normalized);
                let text = buffer.normalized.as_str();
                buffer.boundaries.clear();
                buffer.boundaries.extend(text.char_indices().map(|(start, _)| start).chain([text.len()]));
                hash_characters(self.backend, text.as_bytes(), &buffer.boundaries, k, &mut buffer.hashes);
            }
            Unit::Letters => {
                buffer.letters.fill(text, self.backend);
                buffer.letter_grams.fill(&buffer.letters);
                buffer.letter_grams.hash(self.backend, buffer.letters.is_latin(), &mut buffer.hashes);
            }
        }
        &buffer.hashes
    }
}

/// Appends the hash of each k characters, given where each of them begins and the last ends.
fn hash_characters(backend: Backend, bytes: &[u8], boundaries: &[usize], k: usize, hashes: &mut Vec<u64>) {
    let k = k.min(boundaries.len().saturating_sub(1));
    if k > 0 {
        windows(backend, bytes, boundaries, &boundaries[k..], 0, hashes);
    }
}

/// The memory that [`Shingler::hash_into`] uses again from text to text.
#[derive(Clone, Debug, Default)]
pub struct ShingleBuffer {
    words: TokenText,
    spaced: SpacedText,
    normalized: NormalizedText,
    boundaries: Vec<usize>,
    letters: Letters,
    letter_grams: LetterGrams,
    hashes: Vec<u64>,
}

impl ShingleBuffer {
    /// The hashes of the shingles of the text last given.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The letters of the text last given, after [`Shingler::letters`].
    pub(crate) fn letters(&self) -> &Letters {
        &self.letters
    }

    /// The hashes of its letter grams, and where the gram that begins at each letter ends.
    pub(crate) fn letter_grams(&self) -> (&[u64], &[usize]) {
        (&self.hashes, &self.letter_grams.ends)
    }
}

/// The letter grams of a text: where each begins and ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct LetterGrams {
    /// The folded letters, two bytes each.
    bytes: Vec<u8>,
    /// Where the gram that begins at each letter ends, for those that reach their weight.
    ends: Vec<usize>,
    /// Where the bytes of each gram end, and where those of the longest text so far began: 0, 2, 4 and so on. Only for
    /// grams of different lengths.
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
                // (The other codes of 0xfb10 to 0xfb1f are no letters' own: what is hashed into them is rare.)
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

    fn fill(&mut self, letters: &Letters) {
        let codes = letters.codes();
        self.bytes.resize(2 * codes.len(), 0);
        fold(codes, letters.folded(), self.bytes.as_chunks_mut().0);
        self.ends.clear();
        if letters.is_latin() {
            self.ends.extend(Self::LATIN..=codes.len());
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

    /// Appends the hash of each gram to `hashes`.
    fn hash(&mut self, backend: Backend, is_latin: bool, hashes: &mut Vec<u64>) {
        if is_latin && self.ends.len() > 1 {
            every_second::<{ 2 * LetterGrams::LATIN }>(backend, &self.bytes, hashes);
            return;
        }
        self.byte_starts.extend((self.byte_starts.len()..self.ends.len()).map(|start| 2 * start));
        self.byte_ends.clear();
        self.byte_ends.extend(self.ends.iter().map(|end| 2 * end));
        windows(backend, &self.bytes, &self.byte_starts, &self.byte_ends, 0, hashes);
    }
}

/// Writes the folded letters, given those that are folded into 8 bits.
///
/// A letter below 256 is then the letter folded, so that no table is needed. Masks, for of an `if` the compiler makes a branch,
/// which nobody can foresee in text of two scripts.
#[inline(never)]
fn fold(codes: &[u16], folded: &[u8], pairs: &mut [[u8; 2]]) {
    for (pair, (&code, &folded)) in pairs.iter_mut().zip(codes.iter().zip(folded)) {
        let narrow = u16::from(code < 0x100).wrapping_neg();
        *pair = (u16::from(folded) & narrow | code & !narrow).to_le_bytes();
    }
}

/// A set of shingle hashes: distinct, in rising order. 8 bytes a shingle.
///
/// ```
/// use reprint::shingle::ShingleSet;
///
/// let set = ShingleSet::from_hashes(vec![3, 1, 3]);
/// assert_eq!(set.as_slice(), [1, 3]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "Vec<u64>"))]
pub struct ShingleSet(Vec<u64>);

impl ShingleSet {
    /// The set of these hashes, in any order and with repeats. Cost: O(n log n).
    pub fn from_hashes(mut hashes: Vec<u64>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// The hashes in rising order.
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }

    /// The number of shingles.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `hash` is one of them. Cost: O(log n).
    pub fn contains(&self, hash: u64) -> bool {
        self.0.binary_search(&hash).is_ok()
    }
}

impl From<Vec<u64>> for ShingleSet {
    fn from(hashes: Vec<u64>) -> Self {
        Self::from_hashes(hashes)
    }
}

/// A multiset of shingle hashes: (hash, how often), in rising order of the hash. 16 bytes a shingle.
///
/// The form that weighted sketches take.
///
/// ```
/// let counts = reprint::shingle::Shingler::words(1)?.count("no no no");
/// assert_eq!(counts.total(), 3);
/// assert_eq!(counts.as_slice().len(), 1);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ShingleCounts(Vec<(u64, u32)>);

impl ShingleCounts {
    /// Each shingle and how often it occurs, at most 2³² − 1 times.
    pub fn as_slice(&self) -> &[(u64, u32)] {
        &self.0
    }

    /// The number of shingles, repeats included.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|&(_, n)| u64::from(n)).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
