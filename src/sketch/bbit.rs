//! b-bit signatures: `MinHash` and weighted `MinHash` signatures cut to 1, 2, 4, 8 or 16 bits a bin (Li and
//! König 2010).
//!
//! Values that are equal stay so when they are cut, and those that differ become equal with probability 2⁻ᵇ.
//! So two cut signatures agree in a bin with probability P = 2⁻ᵇ + (1 − 2⁻ᵇ) J, and (P − 2⁻ᵇ) / (1 − 2⁻ᵇ) of
//! the share of equal values estimates J without bias. (The terms of Li and König for sets that are large
//! beside the range of the hash are below 10⁻³ at a million elements, for the values that are cut have 32
//! bits.)
//!
//! Standard error of an estimate from 128 bytes, √(P(1−P)/k) / (1 − 2⁻ᵇ), and of one from 128 bins:
//!
//! | bits | bins in 128 bytes | J = 0.1 | J = 0.5 | J = 0.8 | J = 0.95 | bytes for 128 bins | J = 0.5 | J = 0.95 |
//! |---|---|---|---|---|---|---|---|---|
//! | 1 | 1,024 | 0.031 | 0.027 | 0.019 | 0.010 | 16 | 0.077 | 0.028 |
//! | 2 | 512 | 0.028 | 0.029 | 0.021 | 0.011 | 32 | 0.057 | 0.022 |
//! | 4 | 256 | 0.024 | 0.033 | 0.026 | 0.014 | 64 | 0.047 | 0.020 |
//! | 8 | 128 | 0.027 | 0.044 | 0.035 | 0.019 | 128 | 0.044 | 0.019 |
//! | 16 | 64 | 0.038 | 0.063 | 0.050 | 0.027 | 256 | 0.044 | 0.019 |
//! | 32, not cut | 32 | 0.053 | 0.088 | 0.071 | 0.039 | 512 | 0.044 | 0.019 |
//!
//! So one bit is best for near copies, two or four where J may be low; LSH, which needs values that seldom
//! agree by chance, is best served by 8 or more.
//!
//! # The stored format
//!
//! Format version 1: the cut value of v is `mix(v) >> (64 - b)`, with the `mix` of `MinHash`, so that values
//! near each other come apart. Bit p of the values of bins 64t to 64t + 63 is word tb + p of a row, bin 64t
//! in its lowest bit; what lies beyond the last bin is 0, as is the row of an empty set, of which one bit
//! beside the row tells.

use std::fmt;

use crate::codec::{Kind, Layout, Reader, Writer};
use crate::hash::splitmix;
use crate::kernel::planes;
use crate::sketch::rows::private::Identity;
use crate::sketch::rows::{EMPTY, is_empty};
use crate::sketch::{
    MinHashParams, MinHashSignature, MinHashSignatures, WeightedParams, WeightedSignature, WeightedSignatures,
};
use crate::{Backend, Error, Estimate, Result};

/// The identity of the signatures that were cut.
///
/// ```
/// use reprint::sketch::{BBitSource, MinHasher};
///
/// let source = BBitSource::MinHash(MinHasher::default().params());
/// assert_eq!(source.bins(), 128);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum BBitSource {
    /// Signatures of sets.
    MinHash(MinHashParams),
    /// Signatures of sets with weights.
    Weighted(WeightedParams),
}

impl BBitSource {
    /// The number of values in a signature.
    pub fn bins(&self) -> usize {
        match self {
            Self::MinHash(params) => params.bins(),
            Self::Weighted(params) => params.bins(),
        }
    }
}

impl fmt::Display for BBitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinHash(params) => params.fmt(f),
            Self::Weighted(params) => params.fmt(f),
        }
    }
}

/// The identity of a b-bit signature: only signatures with equal parameters can be compared.
///
/// ```
/// use reprint::sketch::{BBitSignature, MinHasher};
///
/// let signature = BBitSignature::new(&MinHasher::default().sketch(&[1, 2]), 4)?;
/// assert_eq!(signature.params().bits(), 4);
/// // Of sets that share nothing one bin in 16 agrees.
/// assert_eq!(signature.params().agreement(0.0), 1.0 / 16.0);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Params")
)]
pub struct BBitParams {
    bits: u8,
    source: BBitSource,
}

impl BBitParams {
    /// Of signatures of `source` cut to `bits` bits a bin.
    ///
    /// # Errors
    /// When `bits` is not 1, 2, 4, 8 or 16.
    pub fn new(source: BBitSource, bits: u32) -> Result<Self> {
        if [1, 2, 4, 8, 16].contains(&bits) {
            return Ok(Self { bits: bits as u8, source });
        }
        Err(Error::parameter("bits", bits, "choose 1, 2, 4, 8 or 16"))
    }

    /// Bits of a value: 1, 2, 4, 8 or 16.
    pub fn bits(&self) -> u32 {
        u32::from(self.bits)
    }

    /// The number of values in a signature.
    pub fn bins(&self) -> usize {
        self.source.bins()
    }

    /// The identity of the signatures that were cut.
    pub fn source(&self) -> BBitSource {
        self.source
    }

    /// The probability that a bin agrees for sets of this similarity: 2⁻ᵇ + (1 − 2⁻ᵇ) J. It is what a
    /// [`Banding`](crate::index::Banding) for cut signatures is to be chosen by.
    pub fn agreement(&self, similarity: f64) -> f64 {
        let chance = self.chance();
        chance + (1.0 - chance) * similarity
    }

    /// Words of a row.
    fn words(&self) -> usize {
        self.bins().div_ceil(64) * usize::from(self.bits)
    }

    /// The probability that values which differ are cut to the same.
    fn chance(&self) -> f64 {
        1.0 / f64::from(1_u32 << self.bits)
    }

    /// Nothing if signatures of `self` and `other` can be compared.
    ///
    /// # Errors
    /// Says what differs.
    pub fn check_same(&self, other: &Self) -> Result<()> {
        if self.bits != other.bits {
            return Err(Error::mismatch("number of bits", self.bits, other.bits));
        }
        match (&self.source, &other.source) {
            (BBitSource::MinHash(a), BBitSource::MinHash(b)) => a.check_same(b),
            (BBitSource::Weighted(a), BBitSource::Weighted(b)) => a.check_same(b),
            (a, b) => Err(Error::mismatch("kind of signature", a, b)),
        }
    }

    /// Takes over the shingler of what is added, where that of the table is not known.
    fn adopt(&mut self, added: &Self) -> Result<()> {
        self.check_same(added)?;
        match (&mut self.source, &added.source) {
            (BBitSource::MinHash(own), BBitSource::MinHash(other)) => own.adopt(other),
            (BBitSource::Weighted(own), BBitSource::Weighted(other)) => own.adopt(other),
            _ => Ok(()),
        }
    }

    fn estimate(&self, equal: usize) -> Estimate {
        let (bins, chance) = (self.bins() as f64, self.chance());
        let value = ((equal as f64 / bins - chance) / (1.0 - chance)).max(0.0);
        let agreement = self.agreement(value);
        let standard_error = (agreement * (1.0 - agreement) / bins).sqrt() / (1.0 - chance);
        Estimate { value, standard_error }
    }

    /// Cuts one row.
    fn cut(&self, values: &[u32], row: &mut [u64]) {
        let shift = 64 - self.bits();
        let cut = |&value: &u32| (splitmix(u64::from(value)) >> shift) as u32;
        planes::pack(values.iter().map(cut), usize::from(self.bits), row);
    }
}

impl fmt::Display for BBitParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bits of {}", self.bits, self.source)
    }
}

/// A signature cut to b bits a bin.
///
/// ```
/// use reprint::sketch::{BBitSignature, MinHasher};
///
/// let hasher = MinHasher::builder().bins(1024).build()?;
/// let sketch = |from, to| BBitSignature::new(&hasher.sketch(&(from..to).collect::<Vec<u64>>()), 1);
/// let (a, b) = (sketch(0, 1000)?, sketch(100, 1100)?);
/// assert_eq!(a.words().len() * 8, 128);
/// let estimate = a.similarity(&b)?;
/// assert!((estimate.value - 900.0 / 1100.0).abs() < 4.0 * estimate.standard_error);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Signature")
)]
pub struct BBitSignature {
    params: BBitParams,
    empty: bool,
    words: Vec<u64>,
}

impl BBitSignature {
    /// `signature` cut to `bits` bits a bin. O(k b).
    ///
    /// # Errors
    /// When `bits` is not 1, 2, 4, 8 or 16.
    pub fn new(signature: &MinHashSignature, bits: u32) -> Result<Self> {
        let source = BBitSource::MinHash(signature.params());
        Ok(Self::cut(BBitParams::new(source, bits)?, signature.values()))
    }

    /// The same of a weighted signature.
    ///
    /// # Errors
    /// When `bits` is not 1, 2, 4, 8 or 16.
    pub fn of_weighted(signature: &WeightedSignature, bits: u32) -> Result<Self> {
        let source = BBitSource::Weighted(signature.params());
        Ok(Self::cut(BBitParams::new(source, bits)?, signature.values()))
    }

    fn cut(params: BBitParams, values: &[u32]) -> Self {
        let mut words = vec![0; params.words()];
        let empty = is_empty(values);
        if !empty {
            params.cut(values, &mut words);
        }
        Self { params, empty, words }
    }

    /// The identity of the signature.
    pub fn params(&self) -> BBitParams {
        self.params
    }

    /// The bit planes; the module says which is where.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The value of bin `i`; nothing when there is no such bin.
    pub fn value(&self, i: usize) -> Option<u32> {
        (i < self.params.bins()).then(|| planes::value(&self.words, usize::from(self.params.bits), i))
    }

    /// True for the signature of the empty set.
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// In how many bins the two agree, by chance or not. Where a set is empty, in none. O(k b / 64).
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn equal_bins(&self, other: &Self) -> Result<usize> {
        self.params.check_same(&other.params)?;
        Ok(equal_bins(self.params, (self.empty, &self.words), (other.empty, &other.words)))
    }

    /// The estimated similarity of the two sets: the share of equal values less what agrees by chance; 0
    /// where fewer agree than by chance, so that estimates near 0 are a little high on average. An empty set
    /// resembles nothing.
    ///
    /// The standard error is √(P(1−P)/k) / (1 − 2⁻ᵇ) at the estimate, P being its
    /// [agreement](BBitParams::agreement).
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn similarity(&self, other: &Self) -> Result<Estimate> {
        Ok(self.params.estimate(self.equal_bins(other)?))
    }
}

fn equal_bins(params: BBitParams, a: (bool, &[u64]), b: (bool, &[u64])) -> usize {
    if a.0 || b.0 {
        return 0;
    }
    let mut differences = Vec::with_capacity(1);
    planes::differences(Backend::detect(), a.1, b.1, usize::from(params.bits), &mut differences);
    params.bins() - differences[0] as usize
}

/// Many b-bit signatures of one identity, in one block of memory: row i is the signature of set i.
///
/// ```
/// use reprint::sketch::{BBitSignatures, MinHasher};
///
/// let table = MinHasher::default().sketch_all(&[vec![1, 2, 3], vec![], vec![3, 2, 1]]);
/// let cut = BBitSignatures::new(&table, 8)?;
/// assert_eq!(cut.equal_bins(&cut.signature(0))?, [128, 0, 128]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Signatures")
)]
pub struct BBitSignatures {
    params: BBitParams,
    words: Vec<u64>,
    empty: Vec<bool>,
}

impl BBitSignatures {
    /// All rows of `signatures` cut to `bits` bits a bin. O(n k b).
    ///
    /// # Errors
    /// When `bits` is not 1, 2, 4, 8 or 16.
    pub fn new(signatures: &MinHashSignatures, bits: u32) -> Result<Self> {
        let params = BBitParams::new(BBitSource::MinHash(signatures.params()), bits)?;
        Ok(Self::cut(params, signatures.values()))
    }

    /// The same of weighted signatures.
    ///
    /// # Errors
    /// When `bits` is not 1, 2, 4, 8 or 16.
    pub fn of_weighted(signatures: &WeightedSignatures, bits: u32) -> Result<Self> {
        let params = BBitParams::new(BBitSource::Weighted(signatures.params()), bits)?;
        Ok(Self::cut(params, signatures.values()))
    }

    fn cut(params: BBitParams, values: &[u32]) -> Self {
        let rows = values.chunks_exact(params.bins());
        let empty: Vec<bool> = rows.clone().map(is_empty).collect();
        let mut words = vec![0; params.words() * empty.len()];
        for ((values, row), empty) in rows.zip(words.chunks_exact_mut(params.words())).zip(&empty) {
            if !empty {
                params.cut(values, row);
            }
        }
        Self { params, words, empty }
    }

    /// The identity of all rows.
    pub fn params(&self) -> BBitParams {
        self.params
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.empty.len()
    }

    /// True when there are no rows.
    pub fn is_empty(&self) -> bool {
        self.empty.is_empty()
    }

    /// True when row `i` is of an empty set.
    ///
    /// # Panics
    /// When `i` is not below [`len`](Self::len), as indexing does.
    pub fn is_empty_row(&self, i: usize) -> bool {
        self.empty[i]
    }

    /// The bit planes of row `i`; the module says which is where.
    ///
    /// # Panics
    /// When `i` is not below [`len`](Self::len), as indexing does.
    pub fn row(&self, i: usize) -> &[u64] {
        let words = self.params.words();
        &self.words[i * words..(i + 1) * words]
    }

    /// Row `i` as a signature of its own.
    ///
    /// # Panics
    /// When `i` is not below [`len`](Self::len), as indexing does.
    pub fn signature(&self, i: usize) -> BBitSignature {
        BBitSignature { params: self.params, empty: self.empty[i], words: self.row(i).to_vec() }
    }

    /// The estimated similarity of the sets of rows `i` and `j`, as [`BBitSignature::similarity`].
    ///
    /// # Panics
    /// When `i` or `j` is not below [`len`](Self::len), as indexing does.
    pub fn similarity(&self, i: usize, j: usize) -> Estimate {
        let row = |i| (self.empty[i], self.row(i));
        self.params.estimate(equal_bins(self.params, row(i), row(j)))
    }

    /// In how many bins each row agrees with `signature`: a scan of all rows.
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn equal_bins(&self, signature: &BBitSignature) -> Result<Vec<u32>> {
        self.params.check_same(&signature.params)?;
        let mut counts = Vec::with_capacity(self.len());
        let bits = usize::from(self.params.bits);
        planes::differences(Backend::detect(), &signature.words, &self.words, bits, &mut counts);
        for (count, empty) in counts.iter_mut().zip(&self.empty) {
            *count = if *empty || signature.empty { 0 } else { self.params.bins() as u32 - *count };
        }
        Ok(counts)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn push(&mut self, signature: &BBitSignature) -> Result<()> {
        self.params.adopt(&signature.params)?;
        self.words.extend_from_slice(&signature.words);
        self.empty.push(signature.empty);
        Ok(())
    }

    /// The values of all rows, one a bin, `u32::MAX` for empty sets: what bands are made of.
    pub(crate) fn expanded(&self) -> impl Iterator<Item = u32> {
        let bits = usize::from(self.params.bits);
        let rows = self.words.chunks_exact(self.params.words()).zip(&self.empty);
        rows.flat_map(move |(row, &empty)| {
            (0..self.params.bins()).map(move |i| if empty { EMPTY } else { planes::value(row, bits, i) })
        })
    }

    /// Checks what is read back.
    pub(crate) fn checked(params: BBitParams, words: Vec<u64>, empty: Vec<bool>) -> Result<Self> {
        if words.len() != params.words() * empty.len() {
            let remedy = "give whole rows, as many as there are marks of empty ones";
            return Err(Error::parameter("the number of words", words.len(), remedy));
        }
        let beyond = match params.bins() % 64 {
            0 => 0,
            used => u64::MAX << used,
        };
        let last = params.words() - usize::from(params.bits);
        let broken = words.chunks_exact(params.words()).zip(&empty).position(|(row, &empty)| {
            row[last..].iter().any(|word| word & beyond != 0) || empty && row.iter().any(|&word| word != 0)
        });
        match broken {
            None => Ok(Self { params, words, empty }),
            Some(i) => {
                let remedy = "give rows as they were cut, 0 beyond the last bin and for empty sets";
                Err(Error::parameter("a row with bits where there are none", format_args!("row {i}"), remedy))
            }
        }
    }
}

/// The bits (`u8`), what was cut (`u8`: 0 `MinHash`, 1 weighted `MinHash`) and its parameters.
impl Layout for BBitParams {
    const KIND: Kind = Kind::BBitParams;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        out.u8(self.bits);
        match &self.source {
            BBitSource::MinHash(params) => {
                out.u8(0);
                out.value(params);
            }
            BBitSource::Weighted(params) => {
                out.u8(1);
                out.value(params);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let bits = from.u8()?;
        let source = match from.u8()? {
            0 => BBitSource::MinHash(from.value()?),
            1 => BBitSource::Weighted(from.value()?),
            other => return Err(from.broken(format_args!("there is no source {other}"))),
        };
        Self::new(source, u32::from(bits)).map_err(|error| from.broken(error))
    }
}

/// The parameters, whether the set is empty (`bool`), a list of the words (`u64`).
impl Layout for BBitSignature {
    const KIND: Kind = Kind::BBitSignature;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.params);
        out.bool(self.empty);
        out.u64s(&self.words);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (params, empty, words) = (from.value()?, from.bool()?, from.u64s()?);
        let table =
            BBitSignatures::checked(params, words, vec![empty]).map_err(|error| from.broken(error))?;
        Ok(Self { params, empty, words: table.words })
    }
}

/// The parameters, a list of the words (`u64`) row after row, a list that tells of each row whether its set
/// is empty (`u8`, 0 or 1).
impl Layout for BBitSignatures {
    const KIND: Kind = Kind::BBitSignatures;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.params);
        out.u64s(&self.words);
        out.length(self.empty.len());
        self.empty.iter().for_each(|&empty| out.bool(empty));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (params, words) = (from.value()?, from.u64s()?);
        let rows = from.length(1)?;
        let empty = (0..rows).map(|_| from.bool()).collect::<Result<_>>()?;
        Self::checked(params, words, empty).map_err(|error| from.broken(error))
    }
}

/// What is read back may have been damaged: it passes the checks of the constructors.
#[cfg(feature = "serde")]
mod stored {
    use super::{BBitParams, BBitSignature, BBitSignatures, BBitSource, Error};

    #[derive(serde::Deserialize)]
    pub(super) struct Params {
        bits: u8,
        source: BBitSource,
    }

    impl TryFrom<Params> for BBitParams {
        type Error = Error;

        fn try_from(Params { bits, source }: Params) -> Result<Self, Error> {
            Self::new(source, u32::from(bits))
        }
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Signature {
        params: BBitParams,
        empty: bool,
        words: Vec<u64>,
    }

    impl TryFrom<Signature> for BBitSignature {
        type Error = Error;

        fn try_from(Signature { params, empty, words }: Signature) -> Result<Self, Error> {
            let table = BBitSignatures::checked(params, words, vec![empty])?;
            Ok(Self { params, empty, words: table.words })
        }
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Signatures {
        params: BBitParams,
        words: Vec<u64>,
        empty: Vec<bool>,
    }

    impl TryFrom<Signatures> for BBitSignatures {
        type Error = Error;

        fn try_from(Signatures { params, words, empty }: Signatures) -> Result<Self, Error> {
            Self::checked(params, words, empty)
        }
    }
}
