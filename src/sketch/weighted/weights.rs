//! What weighted sketches are made of: elements with weights.

use crate::shingle::ShinglerId;

/// Elements with weights, as weighted sketches take them: `[(u64, f64)]`, a `Vec` of them, or
/// [`TermWeights`], which know their shingler.
///
/// ```
/// use reprint::shingle::Shingler;
/// use reprint::sketch::{WeightedMinHasher, term_counts};
///
/// let hasher = WeightedMinHasher::default();
/// let weights = term_counts(&Shingler::words(1)?.count("row, row, row your boat"));
/// let own: Vec<(u64, f64)> = weights.as_slice().to_vec();
/// // The values are the same; only the first is known to be of words.
/// assert_eq!(hasher.sketch(&weights)?.values(), hasher.sketch(&own)?.values());
/// # Ok::<(), reprint::Error>(())
/// ```
pub trait Weights {
    /// Each element and its weight, in any order.
    fn items(&self) -> &[(u64, f64)];

    /// What made the elements, if that is known.
    fn shingler(&self) -> Option<ShinglerId> {
        None
    }
}

impl Weights for [(u64, f64)] {
    fn items(&self) -> &[(u64, f64)] {
        self
    }
}

impl<const N: usize> Weights for [(u64, f64); N] {
    fn items(&self) -> &[(u64, f64)] {
        self
    }
}

impl Weights for Vec<(u64, f64)> {
    fn items(&self) -> &[(u64, f64)] {
        self
    }
}

impl Weights for TermWeights {
    fn items(&self) -> &[(u64, f64)] {
        &self.items
    }

    fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }
}

impl<T: Weights + ?Sized> Weights for &T {
    fn items(&self) -> &[(u64, f64)] {
        (**self).items()
    }

    fn shingler(&self) -> Option<ShinglerId> {
        (**self).shingler()
    }
}

/// The shingles of a text with their weights, and what made them. 16 bytes a shingle.
///
/// ```
/// use reprint::shingle::Shingler;
/// use reprint::sketch::term_counts;
///
/// let words = Shingler::words(1)?;
/// let weights = term_counts(&words.count("no no no"));
/// assert_eq!(weights.as_slice()[0].1, 3.0);
/// assert_eq!(weights.shingler(), Some(words.id()));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermWeights {
    pub(super) items: Vec<(u64, f64)>,
    pub(super) shingler: Option<ShinglerId>,
}

impl TermWeights {
    /// Each shingle and its weight.
    pub fn as_slice(&self) -> &[(u64, f64)] {
        &self.items
    }

    /// What made the shingles; nothing when their hashes were given.
    pub fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }
}
