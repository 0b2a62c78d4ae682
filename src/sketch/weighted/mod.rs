//! Weighted `MinHash` signatures: how alike two multisets, or two texts with weights for their words, are.
//!
//! Two signatures agree in a bin with a probability equal to the index that the [`Measure`] names, so that
//! the share of equal values is an unbiased estimate of it and groups of bins are keys for LSH, as for
//! [`MinHasher`](super::MinHasher). The time depends on the elements that have a weight, and hardly on the
//! weights: O(n + k log k).
//!
//! # The stored format
//!
//! Format version 1. `mix` and `c(i)` are those of `MinHash`. Real numbers are IEEE 754 doubles, each
//! operation rounded as that standard says; `ln` is the natural logarithm to within 2⁻⁵⁰.
//!
//! ```text
//! m(x)       = mix(x + mix(seed))                    for an element x                   (64 bits)
//! bin(h)     = ((h >> 40) * k) >> 24                 of the hash h of a point
//! value(h)   = min(h mod 2^32, 2^32 - 2)             u32::MAX is for the set without weight
//! E(h)       = -ln((h | 1) / 2^64)
//! F(h)       = -ln(1 - h / 2^64)
//!
//! A process of seed s has, in cell c = 0, 1, 2, ..., which begins at b = 0, 1, 2, 4, 8, 16, 32, 64, 128, 192, ...
//! and ends where the next begins, w later:
//! t(c)       = c == 0 ? s : mix(s + c * 2^32)
//! n(c)       = the number of j >= 0 with t(c) >= floor(2^64 P(j)),
//!              P(j) the probability that a Poisson variable of mean w is at most j
//! hash(c, i) = mix(t(c) + 1 + i)                     for i = 0 .. n(c)
//! at(c, i)   = b + w * (((hash(c, i) >> 8) mod 2^32) + 1/2) / 2^32
//!
//! Probability: the process of x has the seed m(x); rank = at * (1 / weight)
//!
//! Weighted: the process of x in lane l = 0 .. 64, which is [0, 2^-31) for l = 0, then [2^(l-32), 2^(l-31)),
//! and w(l) wide, has the seed s = mix(m(x) + c(64 + l)); rank = at / w(l). In place of cell 0 it has, up to
//! where at is 1 or more, the points i = 0, 1, ...
//! at(0)      = F(byte (l mod 8) of mix(m(x) + c(l / 8)), its lowest 7 bits, above the 57 highest of s)
//! at(i + 1)  = at(i) + E(mix(s + 2(i + 1)))
//! hash(i)    = mix(s + 2i + 1)
//! A point counts if (mix(hash) >> 12) / 2^52 of the lane's width is below the part of the lane that the weight
//! reaches
//!
//! A bin's value is that of its point of least rank; of two with one rank, that of the lesser hash.
//! ```

mod layout;
pub(crate) mod terms;
mod weights;

use std::fmt;

pub use weights::{TermWeights, Weights};

use crate::hash::FORMAT_VERSION;
use crate::kernel::weighted::{self, Rule};
use crate::parallel;
use crate::shingle::{ShinglerId, check_shinglers, common_shingler};
use crate::sketch::rows::{EMPTY, Signature, Signatures, check_bins, check_row};
use crate::{Backend, Error, Estimate, Result};

/// What "alike" means for sets with weights.
///
/// ```
/// use reprint::sketch::Measure;
///
/// assert_eq!(Measure::default(), Measure::WeightedJaccard);
/// assert_eq!(Measure::ProbabilityJaccard.to_string(), "probability Jaccard");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Measure {
    /// Σ min(a, b) / Σ max(a, b), the weighted Jaccard index, estimated as by `BagMinHash` (Ertl 2018) and
    /// `DartMinHash` (Christiani 2020). A text that is twice another has half its weights: 0.5.
    #[default]
    WeightedJaccard,
    /// Σ over x of 1 / Σ over y of max(a(y)/a(x), b(y)/b(x)), the probability Jaccard index (Moulton and
    /// Jiang 2018), estimated as by `ProbMinHash` (Ertl 2020). Weights count in proportion to their sum: a
    /// text that is twice another is the same, 1.
    ProbabilityJaccard,
}

impl Measure {
    fn rule(self) -> Rule {
        match self {
            Self::WeightedJaccard => Rule::Weighted,
            Self::ProbabilityJaccard => Rule::Probability,
        }
    }

    /// The least and the greatest weight but 0.
    fn range(self) -> (f64, f64) {
        let power = |exponent: i32| f64::from_bits(((1023 + i64::from(exponent)) as u64) << 52);
        match self {
            Self::WeightedJaccard => (power(-31), 4_294_967_296.0),
            Self::ProbabilityJaccard => (power(-500), power(500)),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WeightedJaccard => "weighted Jaccard",
            Self::ProbabilityJaccard => "probability Jaccard",
        })
    }
}

/// The identity of a weighted signature: only signatures with equal parameters can be compared.
///
/// ```
/// use reprint::sketch::WeightedMinHasher;
///
/// let params = WeightedMinHasher::default().params();
/// assert_eq!(params.to_string(), "weighted Jaccard, 128 bins, seed 0, format 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Params")
)]
pub struct WeightedParams {
    measure: Measure,
    bins: u32,
    seed: u64,
    version: u32,
    shingler: Option<ShinglerId>,
}

impl WeightedParams {
    /// What the signatures estimate.
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// The number of values in a signature, 1 to 65,536.
    pub fn bins(&self) -> usize {
        self.bins as usize
    }

    /// The seed from which all constants are derived.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The [`FORMAT_VERSION`] under which the signature was made.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What made the elements, if that is known.
    pub fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }

    /// These parameters for elements that `shingler` made.
    #[must_use]
    pub fn with_shingler(mut self, shingler: Option<ShinglerId>) -> Self {
        self.shingler = shingler;
        self
    }

    /// Nothing if signatures of `self` and `other` can be compared. A shingler that is not known is like any.
    ///
    /// # Errors
    /// Says which of measure, bins, seed, format version and shingler differs.
    pub fn check_same(&self, other: &Self) -> Result<()> {
        if self.measure != other.measure {
            Err(Error::mismatch("measure", self.measure, other.measure))
        } else if self.bins != other.bins {
            Err(Error::mismatch("number of bins", self.bins, other.bins))
        } else if self.seed != other.seed {
            Err(Error::mismatch("seed", self.seed, other.seed))
        } else if self.version != other.version {
            Err(Error::versions("format version", self.version, other.version))
        } else {
            check_shinglers(self.shingler, other.shingler).map(|_| ())
        }
    }
}

impl fmt::Display for WeightedParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bins, seed {}, format {}", self.measure, self.bins, self.seed, self.version)?;
        self.shingler.map_or(Ok(()), |shingler| write!(f, ", shingler {shingler}"))
    }
}

/// Turns sets of elements with weights into [`WeightedSignature`]s.
///
/// An element is a 64-bit hash, as the shingles are. Of an element that is given more than once the greatest
/// weight counts; add equal elements up before, as [`term_counts`](super::term_counts) does. 6 KiB; make one
/// and share it.
///
/// ```
/// use reprint::shingle::Shingler;
/// use reprint::sketch::{WeightedMinHasher, term_counts};
///
/// let (words, hasher) = (Shingler::words(1)?, WeightedMinHasher::default());
/// let sketch = |text| hasher.sketch(&term_counts(&words.count(text)));
/// // Of the counts 3 row, 1 your, 1 boat and 1 row, 1 your, 1 boat, the lesser add up to 3 and the greater to 5.
/// let estimate = sketch("row, row, row your boat")?.similarity(&sketch("row your boat")?)?;
/// assert!((estimate.value - 3.0 / 5.0).abs() < 4.0 * estimate.standard_error);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeightedMinHasher {
    params: WeightedParams,
    constants: weighted::Constants,
    backend: Backend,
}

/// Buffers of [`WeightedMinHasher::sketch_into`], 8 bytes a bin, to be kept from call to call.
#[derive(Clone, Debug, Default)]
pub struct WeightedScratch(weighted::Scratch);

/// Builds a [`WeightedMinHasher`]; see [`WeightedMinHasher::builder`].
#[derive(Clone, Copy, Debug)]
pub struct WeightedMinHasherBuilder {
    measure: Measure,
    bins: usize,
    seed: u64,
    backend: Option<Backend>,
}

impl WeightedMinHasherBuilder {
    /// What the signatures estimate. Default: [`Measure::WeightedJaccard`].
    #[must_use]
    pub fn measure(mut self, measure: Measure) -> Self {
        self.measure = measure;
        self
    }

    /// The number of values in a signature, 1 to 65,536. Default: 128.
    #[must_use]
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = bins;
        self
    }

    /// From which the constants derive. Signatures of different seeds cannot be compared. Default: 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Default: the fastest of this CPU. The signatures are the same with each.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }

    /// The hasher.
    ///
    /// # Errors
    /// When the number of bins is out of range.
    pub fn build(self) -> Result<WeightedMinHasher> {
        check_bins(self.bins)?;
        Ok(WeightedMinHasher::new(self))
    }
}

impl WeightedMinHasher {
    /// The weighted Jaccard index, 128 bins, seed 0, until told otherwise.
    pub fn builder() -> WeightedMinHasherBuilder {
        WeightedMinHasherBuilder { measure: Measure::default(), bins: 128, seed: 0, backend: None }
    }

    fn new(builder: WeightedMinHasherBuilder) -> Self {
        let WeightedMinHasherBuilder { measure, bins, seed, backend } = builder;
        Self {
            params: WeightedParams {
                measure,
                bins: bins as u32,
                seed,
                version: FORMAT_VERSION,
                shingler: None,
            },
            constants: weighted::Constants::new(seed, bins),
            backend: backend.unwrap_or_default(),
        }
    }

    /// The identity of the signatures that this hasher makes.
    pub fn params(&self) -> WeightedParams {
        self.params
    }

    /// The signature of a set of (element, weight), which knows its shingler if the weights do. Their order
    /// does not matter, nor do elements of weight 0.
    ///
    /// # Errors
    /// When a weight is not a number, or neither 0 nor in range: 2⁻³¹ to 2³² for the weighted Jaccard index,
    /// 2⁻⁵⁰⁰ to 2⁵⁰⁰ for the probability Jaccard index.
    pub fn sketch(&self, weights: &(impl Weights + ?Sized)) -> Result<WeightedSignature> {
        let mut values = vec![EMPTY; self.params.bins()];
        self.sketch_into(weights, &mut WeightedScratch::default(), &mut values)?;
        Ok(Signature { params: self.params.with_shingler(weights.shingler()), values })
    }

    /// Writes the values of the signature to `out`, one a bin. Does not allocate once `scratch` has been
    /// used.
    ///
    /// # Errors
    /// As [`sketch`](Self::sketch), and when `out` does not have one place a bin.
    pub fn sketch_into(
        &self,
        weights: &(impl Weights + ?Sized),
        scratch: &mut WeightedScratch,
        out: &mut [u32],
    ) -> Result<()> {
        check_row(&self.params, out)?;
        let items = weights.items();
        self.check(items)?;
        let rule = self.params.measure.rule();
        weighted::sketch(self.backend, rule, items, &self.constants, &mut scratch.0, out);
        Ok(())
    }

    fn check(&self, items: &[(u64, f64)]) -> Result<()> {
        let (least, most) = self.params.measure.range();
        let is_legal = |weight: f64| weight == 0.0 || (least..most).contains(&weight);
        if items.iter().fold(true, |all, item| all & is_legal(item.1)) {
            return Ok(());
        }
        let wrong = items.iter().find(|item| !is_legal(item.1)).map_or(f64::NAN, |item| item.1);
        let remedy = match self.params.measure {
            Measure::WeightedJaccard => {
                "give 0 or a weight from 2^-31 to below 2^32; scale all weights of all sets alike"
            }
            Measure::ProbabilityJaccard => "give 0 or a weight from 2^-500 to below 2^500",
        };
        Err(Error::parameter("a weight", wrong, remedy))
    }

    /// The signatures of many sets, in their order; on all cores with the `rayon` feature. Of sets of several
    /// shinglers, the table refuses to be compared with any other.
    ///
    /// # Errors
    /// As [`sketch`](Self::sketch), for the first set with a wrong weight.
    pub fn sketch_all<S: Weights + Sync>(&self, sets: &[S]) -> Result<WeightedSignatures> {
        sets.iter().try_for_each(|set| self.check(set.items()))?;
        let bins = self.params.bins();
        let mut values = vec![EMPTY; bins * sets.len()];
        let rule = self.params.measure.rule();
        parallel::each_row(sets, &mut values, bins, |scratch: &mut WeightedScratch, set, row| {
            weighted::sketch(self.backend, rule, set.items(), &self.constants, &mut scratch.0, row);
        });
        let shingler = common_shingler(sets.iter().map(Weights::shingler));
        Ok(Signatures { params: self.params.with_shingler(shingler), values })
    }
}

impl Default for WeightedMinHasher {
    fn default() -> Self {
        Self::new(Self::builder())
    }
}

/// The signature of one set with weights: 4 bytes a bin.
///
/// ```
/// use reprint::sketch::{Measure, WeightedMinHasher};
///
/// let hasher = WeightedMinHasher::builder().measure(Measure::ProbabilityJaccard).build()?;
/// let once = hasher.sketch(&[(1, 1.0), (2, 3.0)])?;
/// let twice = hasher.sketch(&[(1, 2.0), (2, 6.0)])?;
/// assert_eq!(once.similarity(&twice)?.value, 1.0);
/// # Ok::<(), reprint::Error>(())
/// ```
pub type WeightedSignature = Signature<WeightedParams>;

impl WeightedSignature {
    /// The estimated index of the two sets: the share of equal values. A set without weight resembles
    /// nothing, itself included. O(k).
    ///
    /// The standard error is √(J(1−J)/k) at the estimate. It is 0 where all or no values agree; then the
    /// index lies within 3/k of the estimate with 95 % confidence.
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn similarity(&self, other: &Self) -> Result<Estimate> {
        self.params.check_same(&other.params)?;
        Ok(self.estimate(other))
    }
}

/// Many weighted signatures of one identity, in one block of memory: row i is the signature of set i.
///
/// ```
/// use reprint::sketch::WeightedMinHasher;
///
/// let sets = [vec![(1, 0.5), (2, 2.0)], vec![], vec![(2, 2.0), (1, 0.5)]];
/// let table = WeightedMinHasher::default().sketch_all(&sets)?;
/// assert_eq!(table.len(), 3);
/// assert_eq!(table.similarity(0, 2).value, 1.0);
/// assert_eq!(table.similarity(1, 1).value, 0.0);
/// # Ok::<(), reprint::Error>(())
/// ```
pub type WeightedSignatures = Signatures<WeightedParams>;

impl WeightedSignatures {
    /// The estimated index of the sets of rows `i` and `j`.
    ///
    /// # Panics
    /// When `i` or `j` is not below [`len`](Self::len), as indexing does.
    pub fn similarity(&self, i: usize, j: usize) -> Estimate {
        self.estimate(i, j)
    }
}

/// What is read back may have been damaged: it passes the checks of the constructors.
#[cfg(feature = "serde")]
mod stored {
    use crate::codec::check_format_version;

    use super::{Error, Measure, ShinglerId, WeightedParams, check_bins};

    #[derive(serde::Deserialize)]
    pub(super) struct Params {
        measure: Measure,
        bins: u32,
        seed: u64,
        version: u32,
        shingler: Option<ShinglerId>,
    }

    impl TryFrom<Params> for WeightedParams {
        type Error = Error;

        fn try_from(Params { measure, bins, seed, version, shingler }: Params) -> Result<Self, Error> {
            check_bins(bins as usize)?;
            check_format_version("weighted `MinHash` parameters", version)?;
            Ok(Self { measure, bins, seed, version, shingler })
        }
    }
}
