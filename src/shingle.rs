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

use crate::kernel::Backend;
use crate::text::{NormalizedText, Normalizer, TokenText, Tokenizer};
use crate::{Error, Result, hash};

/// Turns texts into shingle hashes: a normaliser, a unit (words or characters) and k.
///
/// Cost: linear in the text; about 1 ns a byte of ASCII text for word 5-grams on one core.
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
    unit: Tokenizer,
    k: usize,
    backend: Backend,
}

impl Shingler {
    /// Shingles of `k` words of the text after [`Normalizer::words`].
    ///
    /// # Errors
    /// If `k` is 0.
    pub fn words(k: usize) -> Result<Self> {
        Self::new(Tokenizer::Words, k)
    }

    /// Shingles of `k` characters of the text after [`Normalizer::words`]; spaces count.
    ///
    /// # Errors
    /// If `k` is 0.
    pub fn characters(k: usize) -> Result<Self> {
        Self::new(Tokenizer::Characters, k)
    }

    fn new(unit: Tokenizer, k: usize) -> Result<Self> {
        if k == 0 {
            return Err(Error::parameter("k", k, "a shingle has at least one token"));
        }
        Ok(Self { normalizer: Normalizer::words(), unit, k, backend: Backend::detect() })
    }

    /// The same shingles of a text that was normalised another way.
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

    /// Tokens in a shingle.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Words or characters.
    pub fn unit(&self) -> Tokenizer {
        self.unit
    }

    /// The normaliser.
    pub fn normalizer(&self) -> &Normalizer {
        &self.normalizer
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
            Tokenizer::Words => {
                buffer.words.fill(&self.normalizer, text, self.backend);
                let (bytes, ends) = (buffer.words.bytes(), buffer.words.ends());
                let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
                let last_ends = &ends[self.k.min(ends.len()).saturating_sub(1)..];
                hash::xxh3_windows(bytes, starts.zip(last_ends.iter().copied()), &mut buffer.hashes);
            }
            Tokenizer::Characters => {
                self.normalizer.normalize_into(text, &mut buffer.normalized);
                let text = buffer.normalized.as_str();
                buffer.boundaries.clear();
                buffer.boundaries.extend(text.char_indices().map(|(start, _)| start).chain([text.len()]));
                let boundaries = &buffer.boundaries;
                let k = self.k.min(boundaries.len() - 1);
                let windows = boundaries.iter().copied().zip(boundaries[k..].iter().copied());
                if k > 0 {
                    hash::xxh3_windows(text.as_bytes(), windows, &mut buffer.hashes);
                }
            }
        }
        &buffer.hashes
    }
}

/// The memory that [`Shingler::hash_into`] uses again from text to text.
#[derive(Clone, Debug, Default)]
pub struct ShingleBuffer {
    words: TokenText,
    normalized: NormalizedText,
    boundaries: Vec<usize>,
    hashes: Vec<u64>,
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
