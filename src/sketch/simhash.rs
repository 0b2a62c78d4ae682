//! `SimHash`: a document in 64 or 128 bits, whose Hamming distance tells how alike two documents are.
//!
//! Take it when memory is what counts, when documents are near copies that differ in a few places, or
//! when shingles have weights. Its measure is the cosine of the weighted shingle sets, and
//! [`HammingIndex`](crate::index::HammingIndex) finds every pair within a few bits. For a threshold on
//! resemblance, or for copies that share half of their text, take `MinHash`: 64 bits cannot tell a
//! resemblance of 0.5 from one of 0.7 (see [`SimHashSignature::cosine`] for the standard error).

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

#[cfg(feature = "serde")]
use crate::codec::check_format_version;
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::hash::{FORMAT_VERSION, splitmix};
use crate::kernel::{Backend, simhash};
use crate::parallel;
use crate::shingle::{ShinglerId, Shingles, check_shinglers};
use crate::{Error, Estimate, Result};

/// `"simhash\0"`: keeps the words apart from those that other sketches derive from the same seed.
const DOMAIN: u64 = u64::from_be_bytes(*b"simhash\0");

/// The widths of a `SimHash` signature: [`u64`] and [`u128`]. Nothing else can implement it.
///
/// ```
/// use reprint::sketch::SimHashBits;
///
/// assert_eq!((u64::WIDTH, u128::WIDTH), (64, 128));
/// ```
pub trait SimHashBits: private::Word {
    /// Bits of a signature.
    const WIDTH: u32;
}

impl SimHashBits for u64 {
    const WIDTH: u32 = Self::BITS;
}

impl SimHashBits for u128 {
    const WIDTH: u32 = Self::BITS;
}

pub(crate) mod private {
    use super::{Kind, Reader, Result, Writer};

    /// What the crate asks of a signature's integer.
    pub trait Word:
        Copy + Default + Ord + std::hash::Hash + std::fmt::Debug + std::fmt::LowerHex + Send + Sync + 'static
    {
        /// From `half(0)`, the low 64 bits, and `half(1)`, the high ones, where there are any.
        fn from_halves(half: impl FnMut(usize) -> u64) -> Self;
        /// Bits in which the two differ.
        fn distance(self, other: Self) -> u32;
        /// The 32 bits from bit `shift` on; those past the end are 0.
        fn window(self, shift: u32) -> u32;
        /// All bits folded into 64.
        fn fold(self) -> u64;
        /// The kind of a stored signature of this width.
        const KIND: Kind;
        /// Appends the bits to a stored value.
        fn write(self, out: &mut Writer<'_>);
        /// Reads them.
        fn read(from: &mut Reader<'_>) -> Result<Self>;
    }

    impl Word for u64 {
        const KIND: Kind = Kind::SimHashSignature64;

        fn write(self, out: &mut Writer<'_>) {
            out.u64(self);
        }

        fn read(from: &mut Reader<'_>) -> Result<Self> {
            from.u64()
        }

        fn from_halves(mut half: impl FnMut(usize) -> u64) -> Self {
            half(0)
        }
        #[inline]
        fn distance(self, other: Self) -> u32 {
            (self ^ other).count_ones()
        }
        #[inline]
        fn window(self, shift: u32) -> u32 {
            (self >> shift) as u32
        }
        #[inline]
        fn fold(self) -> u64 {
            self
        }
    }

    impl Word for u128 {
        const KIND: Kind = Kind::SimHashSignature128;

        fn write(self, out: &mut Writer<'_>) {
            out.u128(self);
        }

        fn read(from: &mut Reader<'_>) -> Result<Self> {
            from.u128()
        }

        fn from_halves(mut half: impl FnMut(usize) -> u64) -> Self {
            Self::from(half(0)) | Self::from(half(1)) << 64
        }
        #[inline]
        fn distance(self, other: Self) -> u32 {
            (self ^ other).count_ones()
        }
        #[inline]
        fn window(self, shift: u32) -> u32 {
            (self >> shift) as u32
        }
        #[inline]
        fn fold(self) -> u64 {
            self as u64 ^ ((self >> 64) as u64).rotate_left(32)
        }
    }
}

/// The identity of a signature: only signatures with equal parameters can be compared.
///
/// ```
/// use reprint::sketch::SimHasher;
///
/// let params = SimHasher::<u128>::default().params();
/// assert_eq!(params.to_string(), "SimHash, 128 bits, seed 0, format 1");
/// assert!(params.check_same(&SimHasher::<u64>::default().params()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SimHashParams {
    width: u32,
    seed: u64,
    version: u32,
    shingler: Option<ShinglerId>,
}

impl SimHashParams {
    /// Bits of a signature: 64 or 128.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The seed by which words are made of hashes.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The [`FORMAT_VERSION`] under which the signature was made.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What made the shingles or the bits; nothing when the shingles were given as plain hashes, or for a
    /// hasher, which takes any.
    pub fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }

    /// Nothing if signatures of `self` and `other` can be compared. A shingler that is not known is like any.
    ///
    /// # Errors
    /// Says which of width, seed, format version and shingler differs.
    pub fn check_same(&self, other: &Self) -> Result<()> {
        if self.width != other.width {
            Err(Error::mismatch("width of the SimHash signatures", self.width, other.width))
        } else if self.seed != other.seed {
            Err(Error::mismatch("seed of the SimHash signatures", self.seed, other.seed))
        } else if self.version != other.version {
            Err(Error::versions("format version of the SimHash signatures", self.version, other.version))
        } else {
            check_shinglers(self.shingler, other.shingler).map(|_| ())
        }
    }
}

impl fmt::Display for SimHashParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, seed, version, shingler } = self;
        write!(f, "SimHash, {width} bits, seed {seed}, format {version}")?;
        shingler.map_or(Ok(()), |shingler| write!(f, ", shingler {shingler}"))
    }
}

/// Makes [`SimHashSignature`]s of shingle sets.
///
/// ```
/// use reprint::hash::xxh3;
/// use reprint::sketch::SimHasher;
///
/// let shingles = |text: &str| -> Vec<u64> { text.split(' ').map(|word| xxh3(word.as_bytes())).collect() };
/// let hasher = SimHasher::<u64>::builder().build()?;
/// let a = hasher.sketch(&shingles("the council voted on monday to close the bridge for repairs"));
/// let b = hasher.sketch(&shingles("the council voted on tuesday to close the bridge for repairs"));
/// let c = hasher.sketch(&shingles("rain is expected along most of this coast by friday evening"));
/// assert!(a.hamming_distance(&b)? < 16);
/// assert!(a.hamming_distance(&c)? > 16);
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Format
///
/// The signature of a set of (hash, weight) with `seed` is, in [`FORMAT_VERSION`] 1:
///
/// - bit `i` of the signature is 1 when the weights of the hashes whose word has bit `i` set sum to more
///   than half of all weights, that is, when the sum of ±weight is above 0 (Charikar 2002; Manku, Jain, Das
///   Sarma 2007). A tie is 0;
/// - with seed 0, a hash's 64-bit word is the hash itself;
/// - with any other seed it is `splitmix(hash ^ k0)`, `k0 = splitmix(seed ^ 0x73696d6861736800)`, where
///   `splitmix` is the output function of `SplitMix64` (Steele, Lea, Flood 2014) and the constant is
///   `"simhash\0"` in ASCII;
/// - the low half of a 128-bit word is the 64-bit word, and the high half `splitmix(hash ^ k1)`,
///   `k1 = splitmix(k0)`, for every seed; so the low half of a 128-bit signature is the 64-bit one.
///
/// # Which seed?
///
/// Seed 0 for shingle hashes of this crate: XXH3 has mixed them, mixing again would cost 0.4 to 1.3 ns a
/// shingle where counting costs 0.2 to 0.8, and anyone can reproduce the signature with an XXH3 library.
/// **Any other seed for values that are not hashes of the whole set**: counters, token numbers, or hashes
/// that were chosen by their size, as `FracMinHash` chooses them. Such values have bits that are always 0,
/// and so would every signature.
#[derive(Clone, Copy, Debug)]
pub struct SimHasher<W: SimHashBits = u64> {
    seed: u64,
    backend: Backend,
    /// What turns a hash into each half of its word; none takes the hash as it is.
    keys: [Option<u64>; 2],
    width: PhantomData<W>,
}

impl<W: SimHashBits> SimHasher<W> {
    /// Chooses the parameters. Without any: seed 0 and the fastest backend of this CPU.
    pub fn builder() -> SimHasherBuilder<W> {
        SimHasherBuilder { seed: 0, backend: Backend::detect(), width: PhantomData }
    }

    /// The signature of a set of shingle hashes, in any order. A hash that occurs twice counts twice.
    ///
    /// Time is linear in the hashes: 0.2 to 0.5 ns each with AVX2 and seed 0 (128 bits and other seeds: see
    /// [which seed](Self#which-seed)); nothing is allocated. The signature of no hashes is
    /// [empty](SimHashSignature::is_empty).
    pub fn sketch(&self, shingles: &(impl Shingles + ?Sized)) -> SimHashSignature<W> {
        let hashes = shingles.hashes();
        let bits = W::from_halves(|half| simhash::majority(self.backend, hashes, self.keys[half]));
        SimHashSignature { shingler: shingles.shingler(), ..self.signature(bits, hashes.is_empty()) }
    }

    /// Makes `signature` the one of `shingles`, whatever it was.
    ///
    /// ```
    /// use reprint::sketch::SimHasher;
    ///
    /// let hasher = SimHasher::<u64>::default();
    /// let mut signature = hasher.sketch(&[1, 2]);
    /// hasher.sketch_into(&[3], &mut signature);
    /// assert_eq!(signature, hasher.sketch(&[3]));
    /// ```
    pub fn sketch_into(&self, shingles: &(impl Shingles + ?Sized), signature: &mut SimHashSignature<W>) {
        *signature = self.sketch(shingles);
    }

    /// The signatures of many sets, in their order; on all cores with the `rayon` feature.
    ///
    /// ```
    /// use reprint::sketch::SimHasher;
    ///
    /// let hasher = SimHasher::<u64>::default();
    /// assert_eq!(hasher.sketch_all(&[vec![1, 2], vec![3]])[1], hasher.sketch(&[3]));
    /// ```
    pub fn sketch_all<S: Shingles + Sync>(&self, sets: &[S]) -> Vec<SimHashSignature<W>> {
        parallel::each(sets, |set| self.sketch(set))
    }

    /// The signature of a set of shingle hashes with weights, in any order: the same as if each hash were
    /// repeated as often as its weight says, for weights that sum to anything. Weight 0 is as good as absent;
    /// if no other weight occurs the signature is [empty](SimHashSignature::is_empty).
    ///
    /// Weights are whole numbers so that order cannot change the sum; scale and round fractions (an idf of
    /// 3.27 to 327). Time is linear in the hashes for each binary digit that occurs in the weights: about 2
    /// ns a hash and digit portably, 1 with AVX-512.
    ///
    /// ```
    /// use reprint::sketch::SimHasher;
    ///
    /// let hasher = SimHasher::<u128>::builder().seed(7).build()?;
    /// assert_eq!(hasher.sketch_weighted(&[(11, 2), (12, 1), (13, 0)]), hasher.sketch(&[11, 12, 11]));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn sketch_weighted(&self, shingles: &[(u64, u32)]) -> SimHashSignature<W> {
        let bits = W::from_halves(|half| simhash::majority_weighted(self.backend, shingles, self.keys[half]));
        self.signature(bits, shingles.iter().all(|&(_, weight)| weight == 0))
    }

    /// The identity of the signatures that this hasher makes.
    pub fn params(&self) -> SimHashParams {
        SimHashParams { width: W::WIDTH, seed: self.seed, version: FORMAT_VERSION, shingler: None }
    }

    fn signature(&self, bits: W, empty: bool) -> SimHashSignature<W> {
        SimHashSignature { bits, seed: self.seed, version: FORMAT_VERSION, shingler: None, empty }
    }
}

impl<W: SimHashBits> Default for SimHasher<W> {
    fn default() -> Self {
        Self::builder().hasher()
    }
}

/// The parameters of a [`SimHasher`].
///
/// ```
/// use reprint::Backend;
/// use reprint::sketch::SimHasher;
///
/// let hasher = SimHasher::<u64>::builder().seed(42).backend(Backend::SCALAR).build()?;
/// assert_eq!(hasher.params().seed(), 42);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SimHasherBuilder<W: SimHashBits = u64> {
    seed: u64,
    backend: Backend,
    width: PhantomData<W>,
}

impl<W: SimHashBits> SimHasherBuilder<W> {
    /// Signatures of different seeds have nothing in common and refuse to be compared. Seed 0, the
    /// default, is fastest but only for hashes: see [which seed](SimHasher#which-seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The instruction set to use, by default the fastest of this CPU. Signatures are the same bits with
    /// each.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// The hasher.
    ///
    /// # Errors
    ///
    /// None today: every seed and every backend will do. It returns a `Result` as the builders of all
    /// sketches do.
    pub fn build(self) -> Result<SimHasher<W>> {
        Ok(self.hasher())
    }

    fn hasher(self) -> SimHasher<W> {
        let low = splitmix(self.seed ^ DOMAIN);
        let keys = [(self.seed != 0).then_some(low), Some(splitmix(low))];
        SimHasher { seed: self.seed, backend: self.backend, keys, width: PhantomData }
    }
}

/// A `SimHash` signature of 64 or 128 bits ([`u64`] or [`u128`]), with the seed and the format version by
/// which it was made.
///
/// The signature of an empty set is marked so: it is as far as can be from every signature, itself
/// included, and is never a candidate. 32 bytes in memory for 64 bits, 48 for 128; 8 or 16 in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Stored<W>", into = "stored::Stored<W>"))]
pub struct SimHashSignature<W: SimHashBits = u64> {
    /// 0 where `empty`.
    bits: W,
    seed: u64,
    version: u32,
    shingler: Option<ShinglerId>,
    empty: bool,
}

impl<W: SimHashBits> SimHashSignature<W> {
    /// A signature of bits that were made elsewhere, such as a perceptual hash of a picture, with a name for
    /// how they were made: those of another name, and those of texts, refuse to be compared with it. Its seed
    /// is 0.
    ///
    /// ```
    /// use reprint::shingle::ShinglerId;
    /// use reprint::sketch::SimHashSignature;
    ///
    /// let picture = |bits| SimHashSignature::<u64>::from_bits(bits, ShinglerId::named("pHash, DCT, 64 bits"));
    /// let (a, b) = (picture(0xf0f0_f0f0_1234_5678), picture(0xf0f0_f0f0_1234_567b));
    /// assert_eq!(a.hamming_distance(&b)?, 2);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn from_bits(bits: W, made_by: ShinglerId) -> Self {
        Self { bits, seed: 0, version: FORMAT_VERSION, shingler: Some(made_by), empty: false }
    }

    /// The identity of the signature.
    pub fn params(&self) -> SimHashParams {
        let Self { seed, version, shingler, .. } = *self;
        SimHashParams { width: W::WIDTH, seed, version, shingler }
    }

    /// The bits, or `None` for the signature of an empty set.
    pub fn bits(&self) -> Option<W> {
        (!self.empty).then_some(self.bits)
    }

    /// Is it the signature of an empty set?
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// The bits in which two signatures differ, from 0 to the width; the width when one is empty.
    ///
    /// Unrelated documents are about half the width apart: 32 ± 4 of 64 bits, 64 ± 5.7 of 128.
    ///
    /// # Errors
    ///
    /// When seed, format version or shingler differ.
    ///
    /// ```
    /// use reprint::sketch::SimHasher;
    ///
    /// let hasher = SimHasher::<u64>::builder().build()?;
    /// let (a, b, empty) = (hasher.sketch(&[0b0111]), hasher.sketch(&[0b0100]), hasher.sketch(&[]));
    /// assert_eq!(a.hamming_distance(&b)?, 2);
    /// assert_eq!(empty.hamming_distance(&empty)?, 64);
    ///
    /// let other = SimHasher::<u64>::builder().seed(1).build()?;
    /// assert!(a.hamming_distance(&other.sketch(&[0b0111])).is_err());
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn hamming_distance(&self, other: &Self) -> Result<u32> {
        self.params().check_same(&other.params())?;
        Ok(if self.empty || other.empty { W::WIDTH } else { self.bits.distance(other.bits) })
    }

    /// The cosine of the two weighted shingle sets, cos(π d / b) for distance d of b bits (Charikar 2002,
    /// after Goemans and Williamson 1995). Weights are not negative and neither is their cosine, so
    /// estimates below 0 are raised to 0; with an empty side it is 0. For sets without weights the
    /// cosine is |A ∩ B| / √(|A| |B|).
    ///
    /// The standard error is π sin(π p) √(p (1 − p) / b), by the delta method from the binomial spread of
    /// d, with p = (d + ½) / (b + 1) so that distance 0 is not taken for certainty; simulated, it is right at
    /// cosine 0.5 and 8 to 12 % too large at 0.95. At cosine 0.9 that is
    /// 0.060 for 64 bits and 0.042 for 128; at 0.5, 0.160 and 0.113. The formula holds for sets of a
    /// hundred shingles or more; a handful give coarse sums and more ties.
    ///
    /// # Errors
    ///
    /// When seed, format version or shingler differ.
    pub fn cosine(&self, other: &Self) -> Result<Estimate> {
        use std::f64::consts::PI;

        let distance = f64::from(self.hamming_distance(other)?);
        let width = f64::from(W::WIDTH);
        let p = (distance + 0.5) / (width + 1.0);
        Ok(Estimate {
            value: libm::cos(PI * distance / width).max(0.0),
            standard_error: PI * libm::sin(PI * p) * (p * (1.0 - p) / width).sqrt(),
        })
    }
}

/// The bits in hexadecimal, as many digits as the width has; "empty" for the signature of an empty set.
impl<W: SimHashBits> fmt::Display for SimHashSignature<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.empty {
            return f.pad("empty");
        }
        write!(f, "{:0digits$x}", self.bits, digits = W::WIDTH as usize / 4)
    }
}

/// Format version (`u32`), seed (`u64`), shingler (`u32`, 0 for none), whether it is of an empty set
/// (`bool`), then the bits (8 or 16 bytes; 0 for an empty set).
impl<W: SimHashBits> Layout for SimHashSignature<W> {
    const KIND: Kind = <W as private::Word>::KIND;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.format_version();
        out.u64(self.seed);
        out.u32(ShinglerId::to_stored(self.shingler));
        out.bool(self.empty);
        self.bits.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let (seed, shingler, empty) = (from.u64()?, ShinglerId::from_stored(from.u32()?), from.bool()?);
        let bits = W::read(from)?;
        from.check(!empty || bits == W::default(), "it is of an empty set and has bits")?;
        Ok(Self { bits, seed, version: FORMAT_VERSION, shingler, empty })
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{Error, ShinglerId, SimHashBits, SimHashSignature, check_format_version};

    /// A signature as it is stored: says its own width, and cannot be empty and have bits.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Stored<W> {
        version: u32,
        width: u32,
        seed: u64,
        shingler: Option<ShinglerId>,
        bits: Option<W>,
    }

    impl<W: SimHashBits> From<SimHashSignature<W>> for Stored<W> {
        fn from(signature: SimHashSignature<W>) -> Self {
            let SimHashSignature { seed, version, shingler, .. } = signature;
            Self { version, width: W::WIDTH, seed, shingler, bits: signature.bits() }
        }
    }

    impl<W: SimHashBits> TryFrom<Stored<W>> for SimHashSignature<W> {
        type Error = Error;

        fn try_from(stored: Stored<W>) -> Result<Self, Error> {
            let Stored { version, width, seed, shingler, bits } = stored;
            check_format_version("`SimHash` signature", version)?;
            if width != W::WIDTH {
                return Err(Error::mismatch("width of the SimHash signatures", width, W::WIDTH));
            }
            Ok(Self { bits: bits.unwrap_or_default(), seed, version, shingler, empty: bits.is_none() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_format() {
        for seed in [1, 42, u64::MAX] {
            let low = splitmix(0x1234 ^ splitmix(seed ^ 0x7369_6d68_6173_6800));
            let high = splitmix(0x1234 ^ splitmix(splitmix(seed ^ 0x7369_6d68_6173_6800)));
            let wide = SimHasher::<u128>::builder().seed(seed).hasher().sketch(&[0x1234]);
            assert_eq!(wide.bits(), Some(u128::from(high) << 64 | u128::from(low)));
            let narrow = SimHasher::<u64>::builder().seed(seed).hasher().sketch(&[0x1234]);
            assert_eq!(narrow.bits(), Some(low));
        }
        assert_eq!(SimHasher::<u64>::default().sketch(&[0x1234]).bits(), Some(0x1234));
    }

    #[test]
    fn another_format_version_is_refused() {
        let a = SimHasher::<u64>::default().sketch(&[1]);
        let b = SimHashSignature { version: FORMAT_VERSION + 1, ..a };
        let message = a.hamming_distance(&b).unwrap_err().to_string();
        assert!(message.contains("format version") && message.contains('2'), "{message}");
    }
}
