//! By passages: letter grams, `FracMinHash`, alignment, score.

use super::{Verdict, is_identical};
use crate::corpus::Statistics;
use crate::shingle::{ShingleBuffer, ShingleSet, Shingler};
use crate::sketch::{FracMinHashSignature, FracMinHasher};
use crate::text::Letters;
use crate::verify::score::{self, Length};
use crate::verify::words::{self, Frequencies, WeighedWords, WordReader};
use crate::verify::{Alignment, Engine, Evidence, check_length};
use crate::{Backend, Error, Result};

/// About so many values of a document are kept at most, which bounds an index at 1.4 KB a document. With all of a
/// long document's values the scores of labelled sets are the same to 4 digits; a document that a match may be
/// cut from is at most 32 times as long, which leaves 5 values of the cut.
const MOST_VALUES: usize = 160;

/// The method of the preset `wire`: how much of the shorter text lies in passages that both share.
///
/// The score is the formula in the [guide](crate::guide#the-score-of-the-wire-preset).
///
/// ```
/// use reprint::corpus::Statistics;
/// use reprint::method::Wire;
///
/// let wire = Wire::builder().threshold(0.6).build()?;
/// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
/// let other = "The council voted to close the library on Mill Street, and the mayor promised a new one by spring.";
/// let statistics = Statistics::measure(&[story, other][..])?;
/// assert_eq!(wire.compare(story, story, &statistics)?.score, 1.0);
/// assert!(!wire.compare(story, other, &statistics)?.is_match);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wire {
    shingler: Shingler,
    hasher: FracMinHasher,
    threshold: f64,
    backend: Backend,
}

/// Builds a [`Wire`].
///
/// ```
/// use reprint::method::Wire;
///
/// assert_eq!(Wire::builder().seed(7).build()?.threshold(), 0.5);
/// assert!(Wire::builder().threshold(1.5).build().is_err());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct WireBuilder {
    threshold: f64,
    seed: u64,
}

impl WireBuilder {
    /// The score from which a pair is a match, above 0 and at most 1. Default 0.5.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// The seed of the sketches. Default 0. Another seed misses other pairs.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The method.
    ///
    /// # Errors
    /// If the threshold is not above 0 and at most 1.
    pub fn build(self) -> Result<Wire> {
        Wire {
            shingler: Shingler::letters(),
            hasher: FracMinHasher::builder().seed(self.seed).build()?,
            threshold: self.threshold,
            backend: Backend::detect(),
        }
        .with_threshold(self.threshold)
    }
}

impl Default for Wire {
    /// With the parameters of the preset.
    fn default() -> Self {
        Self {
            shingler: Shingler::letters(),
            hasher: FracMinHasher::default(),
            threshold: score::MATCH,
            backend: Backend::detect(),
        }
    }
}

impl Wire {
    /// The parameters of the preset, until told otherwise.
    pub fn builder() -> WireBuilder {
        WireBuilder { threshold: score::MATCH, seed: 0 }
    }

    /// The score from which a pair is a match.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The same with another threshold.
    ///
    /// # Errors
    /// If it is not above 0 and at most 1.
    pub fn with_threshold(self, threshold: f64) -> Result<Self> {
        if threshold > 0.0 && threshold <= 1.0 {
            Ok(Self { threshold, ..self })
        } else {
            Err(Error::parameter("threshold", threshold, "choose a score above 0 and at most 1"))
        }
    }

    /// What is kept of a text to find its candidates by: the signature of its letter grams, of about 160 values at most.
    ///
    /// ```
    /// use reprint::method::Wire;
    ///
    /// let record = Wire::default().record("The ferry to the islands will not sail before Monday.")?;
    /// assert!(!record.values().is_empty());
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the text is longer than 2³² − 1 bytes.
    pub fn record(&self, text: &str) -> Result<FracMinHashSignature> {
        self.record_with(text, &mut RecordScratch::default())
    }

    /// As [`record`](Self::record); the letters stay in the scratch space.
    pub(crate) fn record_with(
        &self,
        text: &str,
        scratch: &mut RecordScratch,
    ) -> Result<FracMinHashSignature> {
        check_length(text)?;
        Ok(self.signature(self.shingler.hash_into(text, &mut scratch.shingles)))
    }

    /// The signature of a text's shingles: a fixed share of them, within [`MOST_VALUES`] and, of a text that says
    /// the same over and over, of what it says.
    fn signature(&self, shingles: &[u64]) -> FracMinHashSignature {
        let mut signature = self.hasher.sketch(shingles);
        let expected = shingles.len() / signature.scale() as usize;
        if signature.scale() > 1 && signature.values().len() < expected / 2 {
            signature = self.hasher.sketch(ShingleSet::from_hashes(shingles.to_vec()).as_slice());
        }
        let wanted =
            (signature.scale() as usize).saturating_mul(signature.values().len()).div_ceil(MOST_VALUES);
        let scale = u32::try_from(wanted).unwrap_or(u32::MAX);
        if signature.scale() < scale { signature.coarser(scale) } else { signature }
    }

    /// The verdict on two texts: the same, to the bit, that any run gives with these statistics.
    ///
    /// Linear in the lengths of the texts.
    ///
    /// # Errors
    /// If a text is longer than 2³² − 1 bytes.
    pub fn compare(&self, a: &str, b: &str, statistics: &Statistics) -> Result<Verdict> {
        check_length(a)?;
        check_length(b)?;
        let mut scratch = WireScratch::default();
        let judged = self.judge(statistics, &mut scratch, (0, a), (1, b));
        let evidence = scratch.evidence(&judged, a, b);
        Ok(Verdict { score: judged.score, is_match: judged.score >= self.threshold, evidence })
    }

    /// Judges two texts, the same in either order: the longer one is laid first. A text is known by its key; the longer
    /// one is read once while its key stays the same.
    pub(crate) fn judge(
        &self,
        statistics: &Statistics,
        scratch: &mut WireScratch,
        a: (u32, &str),
        b: (u32, &str),
    ) -> Judged {
        if is_identical(a.1, b.1) {
            return Judged { score: 1.0, noise: 0.0, how: How::Identical };
        }
        let swapped = (b.1.len(), b.1) > (a.1.len(), a.1);
        let ((key, a), (_, b)) = if swapped { (b, a) } else { (a, b) };
        let WireScratch { engine, a: side_a, b: side_b, reader, coverage } = scratch;
        if side_a.key != Some(key) {
            side_a.read(a, self.backend);
            side_a.key = Some(key);
            engine.hold(&side_a.letters);
        }
        side_b.read(b, self.backend);
        *coverage = engine.align_held(&side_a.letters, &side_b.letters);
        let evidence = score::Evidence { coverage: *coverage, lengths: [side_a.length(), side_b.length()] };
        let score = evidence.score(|| {
            let a = side_a.words(statistics.words(), reader);
            let b = side_b.words(statistics.words(), reader);
            (words::overlap(a, b), words::top(a, b))
        });
        Judged { score, noise: coverage.noise, how: How::Aligned { swapped } }
    }
}

/// What a comparison found, its passages left in the scratch space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) score: f64,
    pub(crate) noise: f64,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Identical,
    /// The second text was laid first.
    Aligned { swapped: bool },
}

/// What making records uses again.
#[derive(Debug, Default)]
pub(crate) struct RecordScratch {
    shingles: ShingleBuffer,
    reader: WordReader,
}

impl RecordScratch {
    /// Counts the words of the text whose record was made last.
    pub(crate) fn count_words(&mut self, words: &Frequencies) {
        words.add(self.shingles.letters(), &mut self.reader);
    }
}

/// What comparing uses again.
#[derive(Default)]
pub(crate) struct WireScratch {
    engine: Engine,
    a: Side,
    b: Side,
    reader: WordReader,
    coverage: crate::verify::Coverage,
}

impl WireScratch {
    /// The evidence of the last comparison, given its texts again.
    pub(crate) fn evidence(&self, judged: &Judged, a: &str, b: &str) -> Evidence {
        match judged.how {
            How::Identical => Evidence::Identical,
            How::Aligned { swapped: false } => Evidence::Passages(self.alignment(a, b)),
            How::Aligned { swapped: true } => Evidence::Passages(self.alignment(b, a).swapped()),
        }
    }

    fn alignment(&self, a: &str, b: &str) -> Alignment {
        self.engine.alignment(&self.coverage, (a, &self.a.letters), (b, &self.b.letters))
    }
}

/// A text that is being compared.
#[derive(Default)]
struct Side {
    key: Option<u32>,
    letters: Letters,
    words: WeighedWords,
    has_words: bool,
}

impl Side {
    fn read(&mut self, text: &str, backend: Backend) {
        self.has_words = false;
        self.letters.fill(text, backend);
    }

    /// The words, read when they are asked for.
    fn words(&mut self, frequencies: &Frequencies, reader: &mut WordReader) -> &WeighedWords {
        if !self.has_words {
            frequencies.weigh(&self.letters, reader, &mut self.words);
            self.has_words = true;
        }
        &self.words
    }

    fn length(&self) -> Length {
        let saturating = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Length {
            letters: saturating(self.letters.codes().len()),
            weighed: saturating(self.letters.weighed_length()),
        }
    }
}
