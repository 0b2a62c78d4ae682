//! `FracMinHash` signatures: how much of one set is in another, from a fixed share of each.
//!
//! Use them where sizes differ (an abridged copy, a round-up that holds ten stories) and with
//! [`PostingsIndex`](crate::index::PostingsIndex), which finds every pair that shares a few rare
//! shingles. A `MinHash` signature has one size for all and speaks of resemblance, which is low for
//! such pairs whatever they share; this one grows with the set.

use crate::codec::{Kind, Layout, Reader, Writer, check_format_version};
use crate::hash::{FORMAT_VERSION, splitmix};
use crate::kernel::{fracminhash, sort};
use crate::parallel;
use crate::shingle::{ShinglerId, Shingles, check_shinglers};
use crate::{Backend, Error, Estimate, Result};
use std::fmt;

/// How a signature was made. Signatures of equal seed and format version can be compared.
///
/// ```
/// use reprint::sketch::FracMinHasher;
///
/// let params = FracMinHasher::default().params();
/// assert_eq!((params.scale(), params.minimum(), params.seed()), (12, 96, 0));
/// assert_eq!(params.to_string(), "FracMinHash, scale 12, minimum 96, seed 0, format 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Params")
)]
pub struct FracMinHashParams {
    scale: u32,
    minimum: u32,
    seed: u64,
    version: u32,
    shingler: Option<ShinglerId>,
}

impl FracMinHashParams {
    fn new(scale: u32, minimum: u32, seed: u64) -> Self {
        Self { scale, minimum, seed, version: FORMAT_VERSION, shingler: None }
    }

    /// One hash in so many is kept of a large set; at least 1.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// About so many hashes are kept of a set too small for [`scale`](Self::scale) to give them; 0 for none.
    pub fn minimum(&self) -> u32 {
        self.minimum
    }

    /// The seed that chose which hashes are kept.
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

    /// Nothing if signatures of `self` and `other` can be compared. Scale and minimum may differ: the
    /// comparison is made at the coarser of the two scales. A shingler that is not known is like any.
    ///
    /// # Errors
    /// Says which of seed, format version and shingler differs.
    pub fn check_comparable(&self, other: &Self) -> Result<()> {
        if self.seed != other.seed {
            Err(Error::mismatch("seed", self.seed, other.seed))
        } else if self.version != other.version {
            Err(Error::versions("format version", self.version, other.version))
        } else {
            check_shinglers(self.shingler, other.shingler).map(|_| ())
        }
    }
}

impl fmt::Display for FracMinHashParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scale, minimum, seed, version, shingler } = self;
        write!(f, "FracMinHash, scale {scale}, minimum {minimum}, seed {seed}, format {version}")?;
        shingler.map_or(Ok(()), |shingler| write!(f, ", shingler {shingler}"))
    }
}

/// The largest value kept at `scale`: ⌊(2⁶⁴ − 1) / scale⌋.
fn threshold(scale: u32) -> u64 {
    u64::MAX / u64::from(scale.max(1))
}

/// Turns sets of shingle hashes into [`FracMinHashSignature`]s (Irber et al. 2022).
///
/// A shingle hash h is kept, as the value splitmix64(h ⊕ seed), when that value is at most
/// ⌊(2⁶⁴ − 1) / s⌋. What is kept of a shingle depends on nothing else in the set, so that the kept
/// values of two sets can be intersected as if they were the sets.
///
/// The scale s of a set of n hashes is min([`scale`](FracMinHasherBuilder::scale),
/// max(1, ⌊n / [`minimum`](FracMinHasherBuilder::minimum)⌋)): small sets keep a larger share, so that
/// two short texts have something to share. Values kept at a coarse scale are kept at every finer one.
///
/// ```
/// use reprint::sketch::FracMinHasher;
///
/// let hasher = FracMinHasher::builder().scale(16).minimum(0).build()?;
/// let story: Vec<u64> = (0..8_000u64).map(|i| reprint::hash::xxh3(&i.to_le_bytes())).collect();
///
/// let whole = hasher.sketch(&story);
/// let cut = hasher.sketch(&story[..2_000]);
/// assert_eq!(cut.containment_in(&whole)?.value, 1.0);
/// let back = whole.containment_in(&cut)?;
/// assert!((back.value - 0.25).abs() < 4.0 * back.standard_error);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FracMinHasher {
    params: FracMinHashParams,
}

/// Builds a [`FracMinHasher`]; see [`FracMinHasher::builder`].
#[derive(Clone, Copy, Debug)]
pub struct FracMinHasherBuilder {
    scale: u32,
    minimum: u32,
    seed: u64,
}

impl FracMinHasherBuilder {
    /// One hash in so many is kept of a large set; at least 1, which keeps all. Default: 12.
    #[must_use]
    pub fn scale(mut self, scale: u32) -> Self {
        self.scale = scale;
        self
    }

    /// About so many hashes are kept of a set too small for the scale to give them, or all if it has
    /// no more. 0 gives one scale to sets of all sizes, as in the papers. Default: 96.
    #[must_use]
    pub fn minimum(mut self, minimum: u32) -> Self {
        self.minimum = minimum;
        self
    }

    /// Chooses which hashes are kept. Default: 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The hasher.
    ///
    /// # Errors
    /// When the scale is 0.
    pub fn build(self) -> Result<FracMinHasher> {
        let Self { scale, minimum, seed } = self;
        if scale == 0 {
            return Err(Error::parameter("scale", scale, "choose 1 (keep all) or more; 12 is usual"));
        }
        Ok(FracMinHasher { params: FracMinHashParams::new(scale, minimum, seed) })
    }
}

impl FracMinHasher {
    /// Scale 12, minimum 96, seed 0, until told otherwise.
    pub fn builder() -> FracMinHasherBuilder {
        FracMinHasherBuilder { scale: 12, minimum: 96, seed: 0 }
    }

    /// Keeps every hash of every set: for questions of containment, which of many long documents hold a short
    /// one of 10 to 50 words. At the scale of a long document such a short text has no value left. Costs 12
    /// times the memory of the default; the [guide](crate::guide#which-long-documents-hold-this-short-one)
    /// shows the way.
    ///
    /// ```
    /// use reprint::sketch::FracMinHasher;
    ///
    /// assert_eq!(FracMinHasher::for_queries().scale_for(1_000_000), 1);
    /// ```
    pub fn for_queries() -> Self {
        Self {
            params: FracMinHashParams {
                scale: 1,
                minimum: 0,
                seed: 0,
                version: FORMAT_VERSION,
                shingler: None,
            },
        }
    }

    /// The default hasher, with another seed.
    pub(crate) fn of_seed(seed: u64) -> Self {
        let params = FracMinHashParams { seed, ..Self::default().params };
        Self { params }
    }

    /// The identity of the signatures that this hasher makes.
    pub fn params(&self) -> FracMinHashParams {
        self.params
    }

    /// The scale at which a set of `size` hashes is sketched, 1 to [`scale`](FracMinHashParams::scale).
    pub fn scale_for(&self, size: usize) -> u32 {
        let wanted = u32::try_from(size.checked_div(self.params.minimum as usize).unwrap_or(usize::MAX));
        wanted.unwrap_or(u32::MAX).clamp(1, self.params.scale)
    }

    /// The value kept of a shingle hash at any scale that keeps it: splitmix64(shingle ⊕ seed).
    ///
    /// With it, the shingles of a passage can be asked for in
    /// [`PostingsIndex::frequency`](crate::index::PostingsIndex::frequency).
    #[inline]
    pub fn value(&self, shingle: u64) -> u64 {
        splitmix(shingle ^ self.params.seed)
    }

    /// The signature of the set of `shingles`, in O(n + k log k) for k kept values. A
    /// [`ShingleSet`](crate::shingle::ShingleSet) gives it its shingler.
    ///
    /// Order does not matter. Repeats are dropped from the values but count for the size, which
    /// chooses the scale and enters the errors of estimates: give each shingle once where those matter.
    pub fn sketch(&self, shingles: &(impl Shingles + ?Sized)) -> FracMinHashSignature {
        let mut signature =
            FracMinHashSignature { params: self.params, scale: 1, size: 0, values: Vec::new() };
        self.sketch_into(shingles, &mut signature);
        signature
    }

    /// Makes `signature` the one of `shingles`, whatever it was. Does not allocate once it has held as
    /// many values.
    pub fn sketch_into(&self, shingles: &(impl Shingles + ?Sized), signature: &mut FracMinHashSignature) {
        signature.params = self.params.with_shingler(shingles.shingler());
        let shingles = shingles.hashes();
        signature.size = shingles.len() as u64;
        signature.scale = self.scale_for(shingles.len());
        let values = &mut signature.values;
        values.clear();
        let most = threshold(signature.scale);
        fracminhash::keep(Backend::detect(), shingles, self.params.seed, most, values);
        sort::spread(values, signature.scale);
        values.dedup();
    }

    /// The values of `shingles` that a scale keeps, in the order of the shingles, and which shingle each is
    /// of.
    pub(crate) fn kept_at<'a>(
        &'a self,
        scale: u32,
        shingles: &'a [u64],
    ) -> impl DoubleEndedIterator<Item = (usize, u64)> + Clone + 'a {
        let most = threshold(scale);
        let values = shingles.iter().map(|&shingle| self.value(shingle));
        values.enumerate().filter(move |&(_, value)| value <= most)
    }

    /// The signatures of many sets, in their order; on all cores with the `rayon` feature.
    pub fn sketch_all<S: Shingles + Sync>(&self, sets: &[S]) -> Vec<FracMinHashSignature> {
        parallel::each(sets, |set| self.sketch(set))
    }
}

impl Default for FracMinHasher {
    fn default() -> Self {
        let FracMinHasherBuilder { scale, minimum, seed } = Self::builder();
        Self { params: FracMinHashParams::new(scale, minimum, seed) }
    }
}

/// The signature of one set: a share of 1/[`scale`](Self::scale) of its hashes, and its size.
///
/// 8 bytes a kept value, 48 beside them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Signature")
)]
pub struct FracMinHashSignature {
    params: FracMinHashParams,
    scale: u32,
    size: u64,
    /// Ascending, distinct, at most `threshold(scale)`.
    values: Vec<u64>,
}

/// What two signatures show at the coarser of their scales.
struct Common {
    scale: u64,
    a: usize,
    b: usize,
    shared: usize,
}

impl FracMinHashSignature {
    /// How the signature was made.
    pub fn params(&self) -> FracMinHashParams {
        self.params
    }

    /// One hash in so many was kept of this set.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// The number of hashes that the set was given with.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The kept values, ascending and distinct.
    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// True when nothing was kept: the set was empty, or so small that the scale passed it over.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The signature of the same set at a coarser scale, the same as if it had been sketched there;
    /// unchanged when `scale` is not coarser.
    ///
    /// ```
    /// use reprint::sketch::FracMinHasher;
    ///
    /// let at = |scale| FracMinHasher::builder().scale(scale).minimum(0).build();
    /// let set: Vec<u64> = (0..1000).collect();
    /// assert_eq!(at(4)?.sketch(&set).coarser(32).values(), at(32)?.sketch(&set).values());
    /// # Ok::<(), reprint::Error>(())
    /// ```
    #[must_use]
    pub fn coarser(&self, scale: u32) -> Self {
        let scale = scale.max(self.scale);
        let params = FracMinHashParams { scale: scale.max(self.params.scale), ..self.params };
        Self { params, scale, size: self.size, values: self.kept_at(scale).to_vec() }
    }

    /// The values that a scale at least as coarse as this one keeps.
    fn kept_at(&self, scale: u32) -> &[u64] {
        let most = threshold(scale);
        self.values.split_at(self.values.partition_point(|&value| value <= most)).0
    }

    fn common(&self, other: &Self) -> Result<Common> {
        self.params.check_comparable(&other.params)?;
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.kept_at(scale), other.kept_at(scale));
        Ok(Common { scale: u64::from(scale), a: a.len(), b: b.len(), shared: count_shared(a, b) })
    }

    /// The number of kept values that both have at the coarser of the two scales, in O(k).
    ///
    /// # Errors
    /// When seed or format version differ.
    pub fn shared(&self, other: &Self) -> Result<usize> {
        Ok(self.common(other)?.shared)
    }

    /// The estimated share of this set that is in `other`. An empty signature is contained in nothing.
    ///
    /// With k values kept of this set of n at the coarser scale s, x of them also kept of the other:
    /// Ĉ = x/k · 1/(1 − (1 − 1/s)ⁿ), at most 1. The second factor removes the bias of sets so small
    /// that nothing may be kept of them (Hera, Pierce-Ward, Koslicki 2023): the mean of Ĉ over all
    /// seeds is the containment, where a set of which nothing was kept counts 0. It is 1 for all but
    /// sets of fewer than about 5s hashes.
    ///
    /// Given k, x is hypergeometric: k draws from the n hashes of the set. So the standard error is
    /// √(C(1−C)/k · (n−k)/(n−1)), with C = (x+1)/(k+2) put for the containment so that it is not 0
    /// where x is 0 or k by chance, and times the factor above. It is 0 at scale 1, where nothing is
    /// estimated, and 1 when nothing was kept of a set that is not empty.
    ///
    /// # Errors
    /// When seed or format version differ.
    pub fn containment_in(&self, other: &Self) -> Result<Estimate> {
        let common = self.common(other)?;
        Ok(estimate(common.shared, common.a, self.size, common.scale))
    }

    /// What [`containment_in`](Self::containment_in) is for a signature of `scale` that shares so many
    /// values.
    pub(crate) fn containment_by_count(&self, shared: u32, scale: u32) -> Estimate {
        let scale = self.scale.max(scale);
        estimate(shared as usize, self.kept_at(scale).len(), self.size, u64::from(scale))
    }

    /// The estimated resemblance of the two sets. An empty set resembles nothing, itself included.
    ///
    /// The formulas of [`containment_in`](Self::containment_in), with the union in place of this set:
    /// u = k₁ + k₂ − x values kept of n₁ + n₂ − s·x.
    ///
    /// # Errors
    /// When seed or format version differ.
    pub fn resemblance(&self, other: &Self) -> Result<Estimate> {
        let Common { scale, a, b, shared } = self.common(other)?;
        let both = self.size.saturating_add(other.size);
        let union = both.saturating_sub(scale * shared as u64).max(self.size).max(other.size);
        Ok(estimate(shared, a + b - shared, union, scale))
    }
}

/// The share of a set of `size` that has a property, of which `kept` were drawn and `hits` have it.
fn estimate(hits: usize, kept: usize, size: u64, scale: u64) -> Estimate {
    if kept == 0 {
        return Estimate { value: 0.0, standard_error: if size > 0 { 1.0 } else { 0.0 } };
    }
    let seen = 1.0 - power(1.0 - 1.0 / scale as f64, size);
    let (hits, kept, size) = (hits as f64, kept as f64, size as f64);
    let share = (hits + 1.0) / (kept + 2.0);
    let unseen = if scale > 1 && size > 1.0 { ((size - kept) / (size - 1.0)).clamp(0.0, 1.0) } else { 0.0 };
    Estimate {
        value: (hits / kept / seen).min(1.0),
        standard_error: (share * (1.0 - share) / kept * unseen).sqrt() / seen,
    }
}

/// base^exponent by squaring: the same bits on every machine, which `powf` does not promise.
fn power(mut base: f64, mut exponent: u64) -> f64 {
    let mut product = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            product *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    product
}

/// |A ∩ B| of ascending, distinct slices.
fn count_shared(a: &[u64], b: &[u64]) -> usize {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut shared = 0;
    while let (Some(&x), Some(&y)) = (a.peek(), b.peek()) {
        shared += usize::from(x == y);
        if x <= y {
            a.next();
        }
        if y <= x {
            b.next();
        }
    }
    shared
}

impl FracMinHashParams {
    /// What all that is read back passes.
    fn checked(self) -> Result<Self> {
        if self.scale == 0 {
            return Err(Error::parameter("scale", self.scale, "the least is 1"));
        }
        check_format_version(Kind::FracMinHashParams.name(), self.version)?;
        Ok(self)
    }
}

impl FracMinHashSignature {
    /// From what an index keeps of it.
    ///
    /// # Errors
    /// When these are not the parts of a signature.
    pub(crate) fn of_parts(
        params: FracMinHashParams,
        scale: u32,
        size: u64,
        values: Vec<u64>,
    ) -> Result<Self> {
        Self { params, scale, size, values }.checked()
    }

    /// What all that is read back passes.
    fn checked(self) -> Result<Self> {
        let Self { scale, size, values, .. } = &self;
        let broken = if *scale == 0 {
            "the scale is 0: the least is 1"
        } else if values.windows(2).any(|pair| pair.first() >= pair.last()) {
            "its values are not ascending"
        } else if values.last().is_some_and(|&value| value > threshold(*scale)) {
            "it has a value that its scale does not keep"
        } else if *size < values.len() as u64 {
            "it has more values than its set"
        } else {
            return Ok(self);
        };
        Err(Error::damaged(Kind::FracMinHashSignature.name(), broken))
    }
}

/// Format version (`u32`), scale and minimum (`u32` each), seed (`u64`), shingler (`u32`, 0 for none).
impl Layout for FracMinHashParams {
    const KIND: Kind = Kind::FracMinHashParams;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.format_version();
        out.u32(self.scale);
        out.u32(self.minimum);
        out.u64(self.seed);
        out.u32(ShinglerId::to_stored(self.shingler));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let params = Self::new(from.u32()?, from.u32()?, from.u64()?);
        let params = params.with_shingler(ShinglerId::from_stored(from.u32()?));
        params.checked().map_err(|error| from.broken(error))
    }
}

/// The parameters, the scale (`u32`), the size (`u64`), then the values (a list of `u64`).
impl Layout for FracMinHashSignature {
    const KIND: Kind = Kind::FracMinHashSignature;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.params);
        out.u32(self.scale);
        out.u64(self.size);
        out.u64s(&self.values);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let params = from.value()?;
        Self { params, scale: from.u32()?, size: from.u64()?, values: from.u64s()? }.checked()
    }
}

/// What is read back may have been damaged.
#[cfg(feature = "serde")]
mod stored {
    use super::{Error, FracMinHashParams, FracMinHashSignature};
    use crate::shingle::ShinglerId;

    #[derive(serde::Deserialize)]
    pub(super) struct Params {
        scale: u32,
        minimum: u32,
        seed: u64,
        version: u32,
        shingler: Option<ShinglerId>,
    }

    impl TryFrom<Params> for FracMinHashParams {
        type Error = Error;

        fn try_from(params: Params) -> Result<Self, Error> {
            let Params { scale, minimum, seed, version, shingler } = params;
            Self { scale, minimum, seed, version, shingler }.checked()
        }
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Signature {
        params: FracMinHashParams,
        scale: u32,
        size: u64,
        values: Vec<u64>,
    }

    impl TryFrom<Signature> for FracMinHashSignature {
        type Error = Error;

        fn try_from(Signature { params, scale, size, values }: Signature) -> Result<Self, Error> {
            Self { params, scale, size, values }.checked()
        }
    }
}
