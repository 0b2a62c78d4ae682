//! How alike two sets are: exact figures and estimates with their error.

use std::fmt;

/// The sizes of two sets and of their intersection, and every measure that follows from them.
///
/// The measures of a pair with an empty side are 0: an empty document is a copy of nothing
/// (Broder 1997 leaves 0/0 open; tools that call it 1 glue all empty documents together).
///
/// ```
/// use reprint::Similarity;
///
/// // 30 shingles and 50 shingles, 20 of them shared.
/// let s = Similarity::new(30, 50, 20);
/// assert_eq!(s.resemblance(), 20.0 / 60.0);
/// assert_eq!(s.containment_of_a(), 20.0 / 30.0);
/// assert_eq!(s.containment_of_b(), 20.0 / 50.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(from = "Stored"))]
pub struct Similarity {
    a: usize,
    b: usize,
    shared: usize,
}

/// What a stored [`Similarity`] says, whose parts may not fit each other.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "Similarity")]
struct Stored {
    a: usize,
    b: usize,
    shared: usize,
}

#[cfg(feature = "serde")]
impl From<Stored> for Similarity {
    fn from(Stored { a, b, shared }: Stored) -> Self {
        Self::new(a, b, shared)
    }
}

impl Similarity {
    /// From |A|, |B| and |A ∩ B|. A count of shared elements above either size is lowered to it.
    pub fn new(a: usize, b: usize, shared: usize) -> Self {
        Self { a, b, shared: shared.min(a).min(b) }
    }

    /// |A|.
    pub fn size_of_a(&self) -> usize {
        self.a
    }

    /// |B|.
    pub fn size_of_b(&self) -> usize {
        self.b
    }

    /// |A ∩ B|.
    pub fn shared(&self) -> usize {
        self.shared
    }

    /// |A ∩ B| / |A ∪ B|, the Jaccard index, in \[0, 1\].
    pub fn resemblance(&self) -> f64 {
        ratio(self.shared, (self.a - self.shared).saturating_add(self.b))
    }

    /// |A ∩ B| / |A|: how much of A is in B, in \[0, 1\].
    pub fn containment_of_a(&self) -> f64 {
        ratio(self.shared, self.a)
    }

    /// |A ∩ B| / |B|: how much of B is in A, in \[0, 1\].
    pub fn containment_of_b(&self) -> f64 {
        ratio(self.shared, self.b)
    }

    /// |A ∩ B| / min(|A|, |B|): how much of the smaller set is in the larger, in \[0, 1\]. High for
    /// an abridged copy, whose resemblance is low.
    pub fn containment(&self) -> f64 {
        ratio(self.shared, self.a.min(self.b))
    }

    /// The same figures with A and B exchanged.
    #[must_use]
    pub fn swapped(&self) -> Self {
        Self { a: self.b, b: self.a, shared: self.shared }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// An estimated value in \[0, 1\] and the standard error of the estimate.
///
/// ```
/// use reprint::Estimate;
///
/// let e = Estimate { value: 0.8, standard_error: 0.035 };
/// assert_eq!(e.to_string(), "0.800 ± 0.035");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Estimate {
    /// The estimate itself.
    pub value: f64,
    /// The standard deviation of the estimate about the true value; each method says by which formula.
    pub standard_error: f64,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ± {:.3}", self.value, self.standard_error)
    }
}
