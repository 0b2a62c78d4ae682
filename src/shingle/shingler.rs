//! Texts to shingle hashes.

use super::letter_grams::LetterGrams;
use super::{ShingleCounts, ShingleSet, ShinglerId};
use crate::hash::xxh3;
use crate::kernel::Backend;
use crate::kernel::xxh3::windows;
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
    id: ShinglerId,
    backend: Backend,
}

/// What a shingle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Words(usize),
    Characters(usize),
    Letters,
}

impl Unit {
    fn id(self, normalizer: &Normalizer) -> ShinglerId {
        let options = normalizer.options();
        ShinglerId::of(&match self {
            Self::Words(k) => format!("words {k} {options}"),
            Self::Characters(k) => format!("characters {k} {options}"),
            Self::Letters => "letters".to_owned(),
        })
    }
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

    /// Grams of bare letters, as [`Normalizer::letters`] leaves them, whose length follows the script: 12
    /// letters of Latin, 10 of Greek or Cyrillic, 8 of an Indian script or Thai, 7 of Arabic or Hebrew, 6
    /// kana, 4 Han letters or Hangul syllables, and in mixed text what adds up to as much. Letters that OCR
    /// takes for one another (c e o a 0 s 6 | i l 1 t f j r | n u h b v m w | g y q 9 p) count as one.
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
        Self::of(Unit::Letters)
    }

    fn new(unit: Unit, k: usize) -> Result<Self> {
        if k == 0 {
            return Err(Error::parameter("k", k, "a shingle has at least one token"));
        }
        Ok(Self::of(unit))
    }

    fn of(unit: Unit) -> Self {
        let letters = unit == Unit::Letters;
        let normalizer = if letters { Normalizer::letters() } else { Normalizer::words() };
        Self { id: unit.id(&normalizer), normalizer, unit, backend: Backend::detect() }
    }

    /// What tells this shingler's hashes from those of all that make others: normaliser, unit and k.
    ///
    /// ```
    /// use reprint::shingle::Shingler;
    /// use reprint::sketch::MinHasher;
    ///
    /// let (three, five) = (Shingler::words(3)?, Shingler::words(5)?);
    /// assert_ne!(three.id(), five.id());
    ///
    /// // Signatures carry it: those of different shinglers refuse to be compared.
    /// let (hasher, text) = (MinHasher::default(), "one text, cut into words in two ways");
    /// let signatures = [three, five].map(|shingler| hasher.sketch(&shingler.shingle(text)));
    /// assert!(signatures[0].resemblance(&signatures[1]).unwrap_err().to_string().contains("shingler"));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn id(&self) -> ShinglerId {
        self.id
    }

    /// The words of each shingle; nothing when it is not made of words.
    pub(super) fn words_of_each(&self) -> Option<usize> {
        if let Unit::Words(k) = self.unit { Some(k) } else { None }
    }

    pub(super) fn normalizer(&self) -> &Normalizer {
        &self.normalizer
    }

    /// The same shingles of a text that was normalised another way. Those of [`letters`](Self::letters) stay
    /// as they are.
    #[must_use]
    pub fn with_normalizer(mut self, normalizer: Normalizer) -> Self {
        self.normalizer = normalizer;
        self.id = self.unit.id(&normalizer);
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
        ShingleSet::from_hashes(buffer.hashes).with_shingler(self.id)
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
        ShingleCounts::of_sorted(&buffer.hashes).with_shingler(self.id)
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
        buffer.shingler = Some(self.id);
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
                buffer.letter_grams.hash(self.backend, &mut buffer.hashes);
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
    shingler: Option<ShinglerId>,
}

impl ShingleBuffer {
    /// The hashes of the shingles of the text last given.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// What made them.
    pub(super) fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }

    /// The letters of the text last given, after [`Shingler::letters`].
    pub(crate) fn letters(&self) -> &Letters {
        &self.letters
    }

    /// The hashes of its letter grams, and where each of them ends.
    pub(crate) fn letter_grams(&self) -> (&[u64], &LetterGrams) {
        (&self.hashes, &self.letter_grams)
    }
}
