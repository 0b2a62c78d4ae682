//! `MinHash` signatures: estimate the resemblance of two sets from a few hundred bytes of each.
//!
//! Two signatures agree in a bin with probability J = |A ∩ B| / |A ∪ B| (Broder 1997), so that the share of
//! equal values is an unbiased estimate of J, and groups of bins serve as keys for LSH.
//!
//! # The stored format
//!
//! Format version 1. All integers are unsigned; arithmetic is modulo the word size. `mix` is the output
//! function of `SplitMix64` with its increment:
//!
//! ```text
//! mix(x):  x += 0x9e3779b97f4a7c15
//!          x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9
//!          x = (x ^ x >> 27) * 0x94d049bb133111eb
//!          return x ^ x >> 31                                                        (64 bits)
//! m(x)     = mix(x + mix(seed))                      for a shingle hash x            (64 bits)
//! c(i)     = mix(mix(!seed) + i)                     constants                       (64 bits)
//! cap(v)   = min(v, 2^32 - 2)                        u32::MAX is for the empty set   (32 bits)
//!
//! Fast Similarity Sketching, k bins, rounds i = 0 .. 2k:
//! h(i, x)  = m(x) * (i == 0 ? 1 : c(i) | 1)                                          (64 bits)
//! bin(i,x) = i < k ? ((h(i, x) >> 32) * k) >> 32 : i - k
//! value b  = cap(h(i, x) >> 16)      of the least (i, cap(h(i, x) >> 16)) with bin(i, x) = b
//!
//! Classic MinHash, k bins, low and high the 32-bit halves of m(x):
//! f(j)     = (c(j % 16) >> 32) + (c(16 + j / 16) >> 32)                              (32 bits)
//! value j  = min over x of cap(low * f(j) + high)                                    (32 bits)
//! ```
//!
//! The values of different elements collide with probability 2⁻³² for each bin, which adds about
//! n / (k · 2³²) to the estimate of two disjoint sets of n elements with Fast Similarity Sketching, and
//! n / 2³² with classic `MinHash`: 0.0002 at a million elements.

use crate::codec::{Kind, Layout, Reader, Writer, check_format_version};
use crate::hash::FORMAT_VERSION;
use crate::kernel::{classic, fast_similarity};
use crate::parallel;
use crate::shingle::{ShinglerId, Shingles, check_shinglers, common_shingler};
use crate::sketch::rows::{EMPTY, Signature, Signatures, check_bins, check_row, private};
use crate::{Backend, Error, Estimate, Result};
use std::fmt;

/// How a set becomes a signature.
///
/// With either, two signatures agree in a bin with probability equal to the resemblance of the sets,
/// so that estimates and LSH are the same for both.
///
/// | | [`FastSimilarity`](Self::FastSimilarity) | [`Classic`](Self::Classic) |
/// |---|---|---|
/// | time for n shingles, k bins | O(n + k log k) expected | O(n · k) |
/// | time for one of 500 shingles, 128 bins (AVX-512 / AVX2 / scalar) | 2.0 / 2.6 / 3.7 ns | 6.8 / 7.6 / 40 ns |
/// | standard error for 128 bins, J = ½, in √(J(1−J)/k) | 0.71, 0.72, 0.88, 0.97 at 20, 100, 500, 5,000 shingles | 1 |
/// | [`update`](MinHasher::update), [`merge`](MinHashSignature::merge) | no | yes |
///
/// ```
/// use reprint::sketch::Scheme;
///
/// assert_eq!(Scheme::default(), Scheme::FastSimilarity);
/// assert_eq!(Scheme::Classic.to_string(), "classic MinHash");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Scheme {
    /// Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup 2017): the default.
    #[default]
    FastSimilarity,
    /// One permutation a bin (Broder 1997): for signatures that grow or are united.
    Classic,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FastSimilarity => "Fast Similarity Sketching",
            Self::Classic => "classic MinHash",
        })
    }
}

/// The identity of a signature: only signatures with equal parameters can be compared.
///
/// ```
/// use reprint::sketch::MinHasher;
///
/// let params = MinHasher::default().params();
/// assert_eq!(params.bins(), 128);
/// assert_eq!(params.to_string(), "Fast Similarity Sketching, 128 bins, seed 0, format 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Params")
)]
pub struct MinHashParams {
    scheme: Scheme,
    bins: u32,
    seed: u64,
    version: u32,
    shingler: Option<ShinglerId>,
}

impl MinHashParams {
    /// How sets become signatures.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The number of values in a signature, 1 to 65,536.
    pub fn bins(&self) -> usize {
        self.bins as usize
    }

    /// The seed from which all constants of the scheme are derived.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The [`FORMAT_VERSION`] under which the signature was made.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What made the shingles; nothing when they were given as plain hashes, or for a hasher, which takes
    /// any.
    pub fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }

    /// These parameters for shingles that `shingler` made.
    #[must_use]
    pub fn with_shingler(mut self, shingler: Option<ShinglerId>) -> Self {
        self.shingler = shingler;
        self
    }

    /// Nothing if signatures of `self` and `other` can be compared. A shingler that is not known is like any.
    ///
    /// # Errors
    /// Says which of scheme, bins, seed, format version and shingler differs.
    pub fn check_same(&self, other: &Self) -> Result<()> {
        if self.scheme != other.scheme {
            Err(Error::mismatch("scheme", self.scheme, other.scheme))
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

    /// Takes over the shingler of what is added to signatures of these parameters.
    fn adopt_shingler(&mut self, shingler: Option<ShinglerId>) -> Result<()> {
        self.shingler = check_shinglers(self.shingler, shingler)?;
        Ok(())
    }
}

impl fmt::Display for MinHashParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bins, seed {}, format {}", self.scheme, self.bins, self.seed, self.version)?;
        self.shingler.map_or(Ok(()), |shingler| write!(f, ", shingler {shingler}"))
    }
}

/// Turns sets of shingle hashes into [`MinHashSignature`]s.
///
/// Holds the constants of its scheme, 16 bytes a bin at most; make one and share it between threads.
///
/// ```
/// use reprint::sketch::{MinHashScratch, MinHasher, Scheme};
///
/// let hasher = MinHasher::builder().scheme(Scheme::Classic).bins(256).seed(1).build()?;
/// // In a loop over many sets, this allocates nothing.
/// let (mut scratch, mut values) = (MinHashScratch::default(), [0; 256]);
/// hasher.sketch_into(&[1, 2, 3], &mut scratch, &mut values)?;
/// assert_eq!(values, hasher.sketch(&[3, 2, 1, 1]).values());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MinHasher {
    params: MinHashParams,
    constants: Constants,
    backend: Backend,
}

#[derive(Clone, Debug)]
enum Constants {
    FastSimilarity(fast_similarity::Constants),
    Classic(classic::Constants),
}

/// Buffers of [`MinHasher::sketch_into`] and its like, to be kept from call to call. One serves
/// hashers of all parameters.
#[derive(Clone, Debug, Default)]
pub struct MinHashScratch(fast_similarity::Scratch);

/// Builds a [`MinHasher`]; see [`MinHasher::builder`].
#[derive(Clone, Copy, Debug)]
pub struct MinHasherBuilder {
    scheme: Scheme,
    bins: usize,
    seed: u64,
    backend: Option<Backend>,
}

impl MinHasherBuilder {
    /// How sets become signatures. Default: [`Scheme::FastSimilarity`].
    #[must_use]
    pub fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
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
    pub fn build(self) -> Result<MinHasher> {
        check_bins(self.bins)?;
        Ok(MinHasher::new(self))
    }
}

impl MinHasher {
    /// Fast Similarity Sketching, 128 bins, seed 0, until told otherwise.
    pub fn builder() -> MinHasherBuilder {
        MinHasherBuilder { scheme: Scheme::default(), bins: 128, seed: 0, backend: None }
    }

    fn new(builder: MinHasherBuilder) -> Self {
        let MinHasherBuilder { scheme, bins, seed, backend } = builder;
        let constants = match scheme {
            Scheme::FastSimilarity => Constants::FastSimilarity(fast_similarity::Constants::new(seed, bins)),
            Scheme::Classic => Constants::Classic(classic::Constants::new(seed, bins)),
        };
        let params =
            MinHashParams { scheme, bins: bins as u32, seed, version: FORMAT_VERSION, shingler: None };
        Self { params, constants, backend: backend.unwrap_or_default() }
    }

    /// The identity of the signatures that this hasher makes.
    pub fn params(&self) -> MinHashParams {
        self.params
    }

    /// The signature of the set of `shingles`: a [`ShingleSet`](crate::shingle::ShingleSet), whose shingler
    /// the signature then knows, or plain hashes. Order and repeats do not matter.
    pub fn sketch(&self, shingles: &(impl Shingles + ?Sized)) -> MinHashSignature {
        let mut values = vec![EMPTY; self.params.bins()];
        self.fill(shingles.hashes(), &mut MinHashScratch::default(), &mut values);
        Signature { params: self.params.with_shingler(shingles.shingler()), values }
    }

    /// Writes the values of the signature of `shingles` to `out`, one a bin. Does not allocate once
    /// `scratch` has served a set as large.
    ///
    /// # Errors
    /// When `out` does not have one place a bin.
    pub fn sketch_into(
        &self,
        shingles: &(impl Shingles + ?Sized),
        scratch: &mut MinHashScratch,
        out: &mut [u32],
    ) -> Result<()> {
        check_row(&self.params, out)?;
        self.fill(shingles.hashes(), scratch, out);
        Ok(())
    }

    /// `out` has one place a bin.
    fn fill(&self, shingles: &[u64], scratch: &mut MinHashScratch, out: &mut [u32]) {
        match &self.constants {
            Constants::FastSimilarity(constants) => {
                fast_similarity::sketch(self.backend, shingles, constants, &mut scratch.0, out);
            }
            Constants::Classic(constants) => {
                out.fill(EMPTY);
                classic::update(self.backend, shingles, constants, out);
            }
        }
    }

    /// Adds `shingles` to the set that `signature` stands for. O(n · k).
    ///
    /// ```
    /// use reprint::sketch::{MinHasher, Scheme};
    ///
    /// let hasher = MinHasher::builder().scheme(Scheme::Classic).build()?;
    /// let mut signature = hasher.sketch(&[1, 2]);
    /// hasher.update(&mut signature, &[3])?;
    /// assert_eq!(signature, hasher.sketch(&[1, 2, 3]));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the scheme is not [`Scheme::Classic`], or the signature has other parameters or another shingler.
    pub fn update(
        &self,
        signature: &mut MinHashSignature,
        shingles: &(impl Shingles + ?Sized),
    ) -> Result<()> {
        self.params.check_same(&signature.params)?;
        match &self.constants {
            Constants::FastSimilarity(_) => Err(not_mergeable("update a signature", self.params.scheme)),
            Constants::Classic(constants) => {
                signature.params.adopt_shingler(shingles.shingler())?;
                classic::update(self.backend, shingles.hashes(), constants, &mut signature.values);
                Ok(())
            }
        }
    }

    /// The signatures of many sets, in their order; on all cores with the `rayon` feature. If the sets are of
    /// several shinglers, the table refuses to be compared with any other.
    pub fn sketch_all<S: Shingles + Sync>(&self, sets: &[S]) -> MinHashSignatures {
        let bins = self.params.bins();
        let mut values = vec![EMPTY; bins * sets.len()];
        parallel::each_row(sets, &mut values, bins, |scratch, set, row| {
            self.fill(set.hashes(), scratch, row);
        });
        let shingler = common_shingler(sets.iter().map(Shingles::shingler));
        Signatures { params: self.params.with_shingler(shingler), values }
    }
}

impl Default for MinHasher {
    fn default() -> Self {
        Self::new(Self::builder())
    }
}

fn not_mergeable(operation: &'static str, scheme: Scheme) -> Error {
    Error::unsupported(operation, scheme, "sketch the whole set anew, or choose Scheme::Classic")
}

/// The signature of one set: 4 bytes a bin.
///
/// ```
/// use reprint::sketch::MinHasher;
///
/// let hasher = MinHasher::default();
/// let a: Vec<u64> = (0..100).collect();
/// let b: Vec<u64> = (20..120).collect();
/// // 80 of 120 are shared.
/// let estimate = hasher.sketch(&a).resemblance(&hasher.sketch(&b))?;
/// assert!((estimate.value - 80.0 / 120.0).abs() < 3.0 * estimate.standard_error);
/// # Ok::<(), reprint::Error>(())
/// ```
pub type MinHashSignature = Signature<MinHashParams>;

impl MinHashSignature {
    /// The estimated resemblance of the two sets: the share of equal values. An empty set resembles
    /// nothing, itself included. O(k).
    ///
    /// The standard error is √(J(1−J)/k) at the estimate, which is an upper bound in expectation for
    /// [`Scheme::FastSimilarity`]. It is 0 where all or no values agree; then the resemblance lies within
    /// 3/k of the estimate with 95 % confidence.
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn resemblance(&self, other: &Self) -> Result<Estimate> {
        self.params.check_same(&other.params)?;
        Ok(self.estimate(other))
    }

    /// Makes this the signature of the union of both sets. O(k).
    ///
    /// ```
    /// use reprint::sketch::{MinHasher, Scheme};
    ///
    /// let hasher = MinHasher::builder().scheme(Scheme::Classic).build()?;
    /// let mut signature = hasher.sketch(&[1, 2]);
    /// signature.merge(&hasher.sketch(&[2, 3]))?;
    /// assert_eq!(signature, hasher.sketch(&[1, 2, 3]));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the scheme is not [`Scheme::Classic`], or the parameters differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.params.check_same(&other.params)?;
        match self.params.scheme {
            Scheme::FastSimilarity => Err(not_mergeable("merge signatures", self.params.scheme)),
            Scheme::Classic => {
                self.params.adopt_shingler(other.params.shingler)?;
                self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a = (*a).min(*b));
                Ok(())
            }
        }
    }
}

/// Many signatures of one identity, in one block of memory: row i is the signature of set i.
///
/// ```
/// use reprint::sketch::MinHasher;
///
/// let table = MinHasher::default().sketch_all(&[vec![1, 2, 3], vec![], vec![3, 2, 1]]);
/// assert_eq!((table.len(), table.row(0).len()), (3, 128));
/// assert_eq!(table.resemblance(0, 2).value, 1.0);
/// assert!(table.is_empty_row(1));
/// ```
pub type MinHashSignatures = Signatures<MinHashParams>;

impl MinHashSignatures {
    /// The estimated resemblance of the sets of rows `i` and `j`.
    ///
    /// # Panics
    /// When `i` or `j` is not below [`len`](Self::len), as indexing does.
    pub fn resemblance(&self, i: usize, j: usize) -> Estimate {
        self.estimate(i, j)
    }

    /// Adds the row of the set of `shingles`, without a signature between.
    ///
    /// # Errors
    /// When the hasher's parameters differ.
    pub fn push_set(
        &mut self,
        hasher: &MinHasher,
        shingles: &(impl Shingles + ?Sized),
        scratch: &mut MinHashScratch,
    ) -> Result<()> {
        self.params.check_same(&hasher.params)?;
        self.params.adopt_shingler(shingles.shingler())?;
        let start = self.values.len();
        self.values.resize(start + self.params.bins(), EMPTY);
        hasher.fill(shingles.hashes(), scratch, &mut self.values[start..]);
        Ok(())
    }
}

impl MinHashParams {
    /// What all that is read back passes.
    fn checked(self) -> Result<Self> {
        check_bins(self.bins as usize)?;
        check_format_version(Kind::MinHashParams.name(), self.version)?;
        Ok(self)
    }
}

impl private::Identity for MinHashParams {
    const SIGNATURE: Kind = Kind::MinHashSignature;
    const SIGNATURES: Kind = Kind::MinHashSignatures;

    fn bins(&self) -> usize {
        self.bins as usize
    }

    fn adopt(&mut self, added: &Self) -> Result<()> {
        self.check_same(added)?;
        self.adopt_shingler(added.shingler)
    }
}

/// Format version (`u32`), scheme (`u8`: 0 Fast Similarity Sketching, 1 classic), bins (`u32`), seed (`u64`),
/// shingler (`u32`, 0 for none).
impl Layout for MinHashParams {
    const KIND: Kind = Kind::MinHashParams;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.format_version();
        out.u8(match self.scheme {
            Scheme::FastSimilarity => 0,
            Scheme::Classic => 1,
        });
        out.u32(self.bins);
        out.u64(self.seed);
        out.u32(ShinglerId::to_stored(self.shingler));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let scheme = match from.u8()? {
            0 => Scheme::FastSimilarity,
            1 => Scheme::Classic,
            other => return Err(from.broken(format_args!("there is no scheme {other}"))),
        };
        let (bins, seed, shingler) = (from.u32()?, from.u64()?, ShinglerId::from_stored(from.u32()?));
        let params = Self { scheme, bins, seed, version: FORMAT_VERSION, shingler };
        params.checked().map_err(|error| from.broken(error))
    }
}

/// What is read back may have been damaged: it passes the checks of the constructors.
#[cfg(feature = "serde")]
mod stored {
    use super::{Error, MinHashParams, Scheme};
    use crate::shingle::ShinglerId;

    #[derive(serde::Deserialize)]
    pub(super) struct Params {
        scheme: Scheme,
        bins: u32,
        seed: u64,
        version: u32,
        shingler: Option<ShinglerId>,
    }

    impl TryFrom<Params> for MinHashParams {
        type Error = Error;

        fn try_from(Params { scheme, bins, seed, version, shingler }: Params) -> Result<Self, Error> {
            Self { scheme, bins, seed, version, shingler }.checked()
        }
    }
}
