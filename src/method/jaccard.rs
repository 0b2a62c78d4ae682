//! By whole shingle sets: `MinHash`, bands, exact resemblance.

use super::{Verdict, is_identical};
use crate::index::Banding;
use crate::shingle::{ShingleBuffer, Shingler};
use crate::sketch::{MinHashSignature, MinHasher};
use crate::verify::{Basis, Evidence, OverlapCounter};
use crate::{Result, Similarity};

/// The method of the presets `web` and `strict`: the resemblance (Jaccard index) of two texts' shingle sets,
/// compared exactly; candidates come from bands of `MinHash` signatures.
///
/// ```
/// use reprint::method::Jaccard;
/// use reprint::shingle::Shingler;
///
/// let jaccard = Jaccard::builder().shingler(Shingler::words(1)?).threshold(0.5).recall(0.99).bins(64).build()?;
/// let verdict = jaccard.compare("one two three", "two three four");
/// assert_eq!((verdict.score, verdict.is_match), (0.5, true));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Jaccard {
    shingler: Shingler,
    minhasher: MinHasher,
    banding: Banding,
    threshold: f64,
    recall: f64,
}

/// Builds a [`Jaccard`].
///
/// ```
/// use reprint::method::Jaccard;
///
/// assert_eq!(Jaccard::builder().threshold(0.7).build()?.threshold(), 0.7);
/// assert!(Jaccard::builder().bins(0).build().is_err());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct JaccardBuilder {
    shingler: Option<Shingler>,
    threshold: f64,
    recall: f64,
    bins: usize,
    seed: u64,
}

impl JaccardBuilder {
    /// The resemblance from which a pair is a match, above 0 and at most 1. Default 0.8.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// The probability, above 0 and below 1, with which a pair *at* the threshold is to be found; pairs above
    /// it are found more surely. Default 0.95.
    pub fn recall(mut self, recall: f64) -> Self {
        self.recall = recall;
        self
    }

    /// How texts become shingles. Default: word 5-grams.
    pub fn shingler(mut self, shingler: Shingler) -> Self {
        self.shingler = Some(shingler);
        self
    }

    /// The number of bins that a `MinHash` signature may have, 4 bytes each. Default 128.
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = bins;
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
    /// If a parameter is out of its range, or if no choice of bands reaches the recall with so many bins.
    pub fn build(self) -> Result<Jaccard> {
        let Self { shingler, threshold, recall, bins, seed } = self;
        Ok(Jaccard {
            shingler: shingler.map_or_else(|| Shingler::words(WORDS), Ok)?,
            minhasher: MinHasher::builder().bins(bins).seed(seed).build()?,
            banding: Banding::for_recall(threshold, recall, bins)?,
            threshold,
            recall,
        })
    }
}

/// Words of a shingle.
const WORDS: usize = 5;
/// Bins of a signature.
const BINS: usize = 128;
const RECALL: f64 = 0.95;
const WEB: f64 = 0.8;
const STRICT: f64 = 0.95;

impl Jaccard {
    /// The parameters of the preset `web`, until told otherwise.
    pub fn builder() -> JaccardBuilder {
        JaccardBuilder { shingler: None, threshold: WEB, recall: RECALL, bins: BINS, seed: 0 }
    }

    /// The preset `web`: word 5-grams, resemblance 0.8 or more.
    ///
    /// ```
    /// assert_eq!(reprint::method::Jaccard::web().threshold(), 0.8);
    /// ```
    pub fn web() -> Self {
        Self::of_threshold(WEB)
    }

    /// The preset `strict`: word 5-grams, resemblance 0.95 or more.
    ///
    /// ```
    /// assert_eq!(reprint::method::Jaccard::strict().threshold(), 0.95);
    /// ```
    pub fn strict() -> Self {
        Self::of_threshold(STRICT)
    }

    fn of_threshold(threshold: f64) -> Self {
        let built = JaccardBuilder { threshold, ..Self::builder() }.build();
        built.unwrap_or_else(|error| unreachable!("the presets are in range: {error}"))
    }

    /// The resemblance from which a pair is a match.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The same with another threshold, and bands for it.
    ///
    /// # Errors
    /// If it is not above 0 and at most 1, or if no choice of bands reaches the recall.
    pub fn with_threshold(self, threshold: f64) -> Result<Self> {
        let banding = Banding::for_recall(threshold, self.recall, self.minhasher.params().bins())?;
        Ok(Self { banding, threshold, ..self })
    }

    /// The bands by whose agreement pairs become candidates.
    pub fn banding(&self) -> Banding {
        self.banding
    }

    /// The sketcher of the records.
    pub fn minhasher(&self) -> &MinHasher {
        &self.minhasher
    }

    /// What makes shingles of texts.
    pub fn shingler(&self) -> &Shingler {
        &self.shingler
    }

    /// What is kept of a text to find its candidates by: the `MinHash` signature of its shingles.
    ///
    /// ```
    /// let record = reprint::method::Jaccard::web().record("one two three four five six");
    /// assert_eq!(record.values().len(), 128);
    /// ```
    pub fn record(&self, text: &str) -> MinHashSignature {
        self.minhasher.sketch(self.shingler.hash_into(text, &mut ShingleBuffer::default()))
    }

    /// The verdict on two texts: the same, to the bit, that any run gives. Linear in the lengths of the
    /// texts.
    pub fn compare(&self, a: &str, b: &str) -> Verdict {
        let evidence = self.judge(&mut JaccardScratch::default(), (0, a), b);
        let score = score(&evidence);
        Verdict { score, is_match: score >= self.threshold, basis: basis(&evidence), evidence }
    }

    /// Judges two texts. The first is shingled once while its key stays the same.
    pub(crate) fn judge(&self, scratch: &mut JaccardScratch, (key, a): (u32, &str), b: &str) -> Evidence {
        if is_identical(a, b) {
            return Evidence::Identical;
        }
        let JaccardScratch { held, a: of_a, b: of_b, counter } = scratch;
        if *held != Some(key) {
            self.shingler.hash_into(a, of_a);
            *held = Some(key);
        }
        Evidence::Shingles(counter.count(of_a.hashes(), self.shingler.hash_into(b, of_b)))
    }

    /// Judges two sets of hashes.
    pub(crate) fn judge_sets(scratch: &mut JaccardScratch, a: &[u64], b: &[u64]) -> Similarity {
        scratch.counter.count(a, b)
    }
}

/// The score that the evidence of this method comes to.
pub(crate) fn score(evidence: &Evidence) -> f64 {
    match evidence {
        Evidence::Shingles(similarity) => similarity.resemblance(),
        _ => 1.0,
    }
}

/// By what the evidence of this method judges.
pub(crate) fn basis(evidence: &Evidence) -> Basis {
    match evidence {
        Evidence::Shingles(_) => Basis::Shingles,
        _ => Basis::Identical,
    }
}

/// What comparing uses again.
#[derive(Default)]
pub(crate) struct JaccardScratch {
    /// The key of the text whose shingles are in `a`.
    held: Option<u32>,
    a: ShingleBuffer,
    b: ShingleBuffer,
    counter: OverlapCounter,
}

#[cfg(feature = "archive")]
impl JaccardScratch {
    /// Forgets the text that it has read, so that its key may be given to another.
    pub(crate) fn forget(&mut self) {
        self.held = None;
    }
}
