//! The number by which a run or an index knows a document.

use std::fmt;

/// A document's number: its place in the input of a run, or the number an index gave it.
///
/// 32 bits: a run or an index holds at most 2³² − 1 documents.
///
/// ```
/// use reprint::DocId;
///
/// let id = DocId(7);
/// assert_eq!(id.index(), 7);
/// assert_eq!(id.to_string(), "7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DocId(pub u32);

impl DocId {
    /// The number as an index into a slice of documents.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Two different documents, unordered: the smaller number is always first.
///
/// ```
/// use reprint::{DocId, Pair};
///
/// let pair = Pair::new(DocId(9), DocId(2));
/// assert_eq!((pair.a, pair.b), (DocId(2), DocId(9)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pair {
    /// The document with the smaller number.
    pub a: DocId,
    /// The document with the larger number.
    pub b: DocId,
}

impl Pair {
    /// The pair of `x` and `y` in either order.
    #[inline]
    pub fn new(x: DocId, y: DocId) -> Self {
        Self { a: x.min(y), b: x.max(y) }
    }
}
