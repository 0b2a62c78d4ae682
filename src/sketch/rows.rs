//! One signature of 32 bits a bin, and many of them in one table: what `MinHash` and weighted `MinHash` have
//! in common.

use crate::codec::{Kind, Layout, Reader, Writer};
use crate::{Error, Estimate, Result};

/// The most bins a signature can have: 2¹⁶, so that a bin and the value in it come from different
/// bits of one 64-bit hash.
const MOST_BINS: usize = 1 << 16;

/// What an empty set has in every bin, and no other set in any.
pub(super) const EMPTY: u32 = u32::MAX;

pub(super) fn check_bins(bins: usize) -> Result<()> {
    if (1..=MOST_BINS).contains(&bins) {
        Ok(())
    } else {
        Err(Error::parameter("bins", bins, "choose 1 to 65,536; 128 is usual"))
    }
}

/// The place for one row is as long as a row.
pub(super) fn check_row(params: &impl BinParams, out: &[u32]) -> Result<()> {
    if out.len() == params.bins() {
        Ok(())
    } else {
        Err(Error::mismatch("number of bins", params.bins(), out.len()))
    }
}

/// True for the row of an empty set.
pub(super) fn is_empty(row: &[u32]) -> bool {
    row.first().is_none_or(|&value| value == EMPTY)
}

/// The estimate from two rows: the share of equal values, 0 where one is of an empty set.
fn share(a: &[u32], b: &[u32]) -> Estimate {
    let equal = a.iter().zip(b).filter(|(x, y)| x == y).count();
    let bins = a.len() as f64;
    let value = if is_empty(a) || is_empty(b) { 0.0 } else { equal as f64 / bins };
    Estimate { value, standard_error: (value * (1.0 - value) / bins).sqrt() }
}

/// The identities of signatures of 32 bits a bin: [`MinHashParams`](super::MinHashParams) and
/// [`WeightedParams`](super::WeightedParams). Nothing else can implement it.
///
/// ```
/// use reprint::sketch::{BinParams, MinHasher, Signatures, WeightedMinHasher};
///
/// fn bytes<P: BinParams>(table: &Signatures<P>) -> usize {
///     size_of_val(table.values())
/// }
///
/// assert_eq!(bytes(&MinHasher::default().sketch_all(&[vec![1, 2]])), 512);
/// assert_eq!(bytes(&WeightedMinHasher::default().sketch_all(&[vec![(1, 0.5)]])?), 512);
/// # Ok::<(), reprint::Error>(())
/// ```
pub trait BinParams: private::Identity {}

impl<P: private::Identity> BinParams for P {}

pub(super) mod private {
    use super::{Kind, Layout, Result};

    /// What tables ask of the identity of their rows.
    pub trait Identity: Copy + Layout {
        /// The kind of one stored signature.
        const SIGNATURE: Kind;
        /// The kind of a stored table.
        const SIGNATURES: Kind;

        /// Values of a signature; at least 1.
        fn bins(&self) -> usize;

        /// Takes over what is not yet known of what is added.
        ///
        /// # Errors
        /// Says what differs.
        fn adopt(&mut self, added: &Self) -> Result<()>;
    }
}

/// The signature of one set: 4 bytes a bin.
///
/// Of two kinds: [`MinHashSignature`](super::MinHashSignature) and
/// [`WeightedSignature`](super::WeightedSignature).
///
/// ```
/// use reprint::sketch::MinHasher;
///
/// let signature = MinHasher::default().sketch(&[1, 2, 3]);
/// assert_eq!(signature.values().len(), signature.params().bins());
/// assert!(!signature.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Values<P>", bound(deserialize = "P: BinParams + serde::Deserialize<'de>"))
)]
pub struct Signature<P> {
    pub(super) params: P,
    pub(super) values: Vec<u32>,
}

impl<P: BinParams> Signature<P> {
    /// The identity of the signature.
    pub fn params(&self) -> P {
        self.params
    }

    /// One value a bin; all `u32::MAX` for the empty set or one without weight, and none for any other.
    pub fn values(&self) -> &[u32] {
        &self.values
    }

    /// True for the signature of the empty set, or of one without weight.
    pub fn is_empty(&self) -> bool {
        is_empty(&self.values)
    }

    /// The estimate of either kind. The parameters were compared.
    pub(super) fn estimate(&self, other: &Self) -> Estimate {
        share(&self.values, &other.values)
    }

    fn checked(params: P, values: Vec<u32>) -> Result<Self> {
        let len = values.len();
        if len != params.bins() {
            return Err(Error::parameter("the number of values", len, "give one value a bin"));
        }
        Signatures::from_values(params, values).map(|row| Self { params, values: row.values })
    }
}

/// Many signatures of one identity, in one block of memory: row i is the signature of set i.
///
/// Of two kinds: [`MinHashSignatures`](super::MinHashSignatures) and
/// [`WeightedSignatures`](super::WeightedSignatures). Tables of signatures cut to fewer bits are
/// [`BBitSignatures`](super::BBitSignatures).
///
/// ```
/// use reprint::sketch::MinHasher;
///
/// let table = MinHasher::default().sketch_all(&[vec![1, 2, 3], vec![], vec![3, 2, 1]]);
/// assert_eq!((table.len(), table.row(0).len()), (3, 128));
/// assert_eq!(table.row(0), table.row(2));
/// assert!(table.is_empty_row(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Values<P>", bound(deserialize = "P: BinParams + serde::Deserialize<'de>"))
)]
pub struct Signatures<P> {
    pub(super) params: P,
    pub(super) values: Vec<u32>,
}

impl<P: BinParams> Signatures<P> {
    /// No rows.
    pub fn new(params: P) -> Self {
        Self { params, values: Vec::new() }
    }

    /// From the values of whole rows, one after the other, as `sketch_into` of the hasher writes them.
    ///
    /// # Errors
    /// When the last row is not whole, or a row has `u32::MAX` in some bins and not in all.
    pub fn from_values(params: P, values: Vec<u32>) -> Result<Self> {
        if !values.len().is_multiple_of(params.bins()) {
            let remedy = "give whole rows, one value a bin";
            return Err(Error::parameter("the number of values", values.len(), remedy));
        }
        let broken = values.chunks_exact(params.bins()).position(|row| {
            let empty = row.iter().filter(|&&value| value == EMPTY).count();
            empty != 0 && empty != row.len()
        });
        match broken {
            None => Ok(Self { params, values }),
            Some(i) => Err(Error::parameter(
                "a row that is partly empty",
                format_args!("row {i}"),
                "give values as the hasher wrote them",
            )),
        }
    }

    /// Of rows as a hasher wrote them.
    pub(crate) fn of_rows(params: P, values: Vec<u32>) -> Self {
        Self { params, values }
    }

    /// The identity of all rows.
    pub fn params(&self) -> P {
        self.params
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.params.bins()
    }

    /// True when there are no rows.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of all rows, one row after the other.
    pub fn values(&self) -> &[u32] {
        &self.values
    }

    /// The values of row `i`; nothing when there is no such row.
    pub fn get(&self, i: usize) -> Option<&[u32]> {
        self.values.chunks_exact(self.params.bins()).nth(i)
    }

    /// The values of row `i`.
    ///
    /// # Panics
    /// When `i` is not below [`len`](Self::len), as indexing does.
    pub fn row(&self, i: usize) -> &[u32] {
        let bins = self.params.bins();
        &self.values[i * bins..(i + 1) * bins]
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u32]> + DoubleEndedIterator {
        self.values.chunks_exact(self.params.bins())
    }

    /// True when row `i` is of an empty set, or of one without weight.
    ///
    /// # Panics
    /// When `i` is not below [`len`](Self::len), as indexing does.
    pub fn is_empty_row(&self, i: usize) -> bool {
        is_empty(self.row(i))
    }

    /// Row `i` as a signature of its own.
    ///
    /// # Panics
    /// When `i` is not below [`len`](Self::len), as indexing does.
    pub fn signature(&self, i: usize) -> Signature<P> {
        Signature { params: self.params, values: self.row(i).to_vec() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn push(&mut self, signature: &Signature<P>) -> Result<()> {
        self.params.adopt(&signature.params)?;
        self.values.extend_from_slice(&signature.values);
        Ok(())
    }

    /// Adds all rows of `other` after those here: how tables made by parallel chunks become one.
    ///
    /// # Errors
    /// When the parameters differ.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        self.params.adopt(&other.params)?;
        self.values.extend_from_slice(&other.values);
        Ok(())
    }

    /// The estimate of either kind from rows `i` and `j`.
    pub(super) fn estimate(&self, i: usize, j: usize) -> Estimate {
        share(self.row(i), self.row(j))
    }
}

/// The parameters, then the values (a list of `u32`).
impl<P: BinParams> Layout for Signature<P> {
    const KIND: Kind = P::SIGNATURE;
    /// That of the parameters, which it holds.
    const VERSION: u16 = P::VERSION;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.params);
        out.u32s(&self.values);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (params, values) = (from.value()?, from.u32s()?);
        Self::checked(params, values).map_err(|error| from.broken(error))
    }
}

/// The parameters, then the values of all rows (a list of `u32`).
impl<P: BinParams> Layout for Signatures<P> {
    const KIND: Kind = P::SIGNATURES;
    /// That of the parameters, which it holds.
    const VERSION: u16 = P::VERSION;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.params);
        out.u32s(&self.values);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (params, values) = (from.value()?, from.u32s()?);
        Self::from_values(params, values).map_err(|error| from.broken(error))
    }
}

/// What is read back may have been damaged: it passes the checks of the constructors.
#[cfg(feature = "serde")]
mod stored {
    use super::{BinParams, Error, Signature, Signatures};

    #[derive(serde::Deserialize)]
    pub(super) struct Values<P> {
        params: P,
        values: Vec<u32>,
    }

    impl<P: BinParams> TryFrom<Values<P>> for Signature<P> {
        type Error = Error;

        fn try_from(Values { params, values }: Values<P>) -> Result<Self, Error> {
            Self::checked(params, values)
        }
    }

    impl<P: BinParams> TryFrom<Values<P>> for Signatures<P> {
        type Error = Error;

        fn try_from(Values { params, values }: Values<P>) -> Result<Self, Error> {
            Self::from_values(params, values)
        }
    }
}
