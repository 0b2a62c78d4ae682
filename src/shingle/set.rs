//! Sets of hashes, with what made them.

use super::{ShingleBuffer, ShinglerId};

/// What a sketcher takes: hashes, and the shingler that made them where it is known.
///
/// A [`ShingleSet`] and a [`ShingleBuffer`] know their shingler; slices, arrays and vectors of `u64` are
/// hashes that the caller answers for. Implement it for a type of your own that holds features as `u64`.
///
/// ```
/// use reprint::shingle::{Shingles, Shingler};
///
/// let shingler = Shingler::words(3)?;
/// let set = shingler.shingle("to be or not to be");
/// assert_eq!(Shingles::shingler(&set), Some(shingler.id()));
/// assert_eq!([1_u64, 2].shingler(), None);
/// assert_eq!(set.hashes().len(), 4);
/// # Ok::<(), reprint::Error>(())
/// ```
pub trait Shingles {
    /// The hashes, in any order, repeats included.
    fn hashes(&self) -> &[u64];

    /// What made them, if that is known.
    fn shingler(&self) -> Option<ShinglerId> {
        None
    }
}

impl Shingles for [u64] {
    fn hashes(&self) -> &[u64] {
        self
    }
}

impl<const N: usize> Shingles for [u64; N] {
    fn hashes(&self) -> &[u64] {
        self
    }
}

impl Shingles for Vec<u64> {
    fn hashes(&self) -> &[u64] {
        self
    }
}

impl Shingles for ShingleSet {
    fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }
}

/// The shingles of the text last read.
impl Shingles for ShingleBuffer {
    fn hashes(&self) -> &[u64] {
        self.hashes()
    }

    fn shingler(&self) -> Option<ShinglerId> {
        self.shingler()
    }
}

impl<T: Shingles + ?Sized> Shingles for &T {
    fn hashes(&self) -> &[u64] {
        (**self).hashes()
    }

    fn shingler(&self) -> Option<ShinglerId> {
        (**self).shingler()
    }
}

/// A set of shingle hashes: distinct, in rising order, with the [shingler](ShinglerId) that made them. 8
/// bytes a shingle.
///
/// ```
/// use reprint::shingle::ShingleSet;
///
/// let set = ShingleSet::from_hashes(vec![3, 1, 3]);
/// assert_eq!(set.as_slice(), [1, 3]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "stored::Set"))]
pub struct ShingleSet {
    hashes: Vec<u64>,
    shingler: Option<ShinglerId>,
}

impl ShingleSet {
    /// The set of these hashes, in any order and with repeats. Cost: O(n log n).
    pub fn from_hashes(mut hashes: Vec<u64>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        Self { hashes, shingler: None }
    }

    /// The same set, said to be made in a way of this name or by this shingler.
    ///
    /// ```
    /// use reprint::shingle::{ShingleSet, ShinglerId};
    /// use reprint::sketch::MinHasher;
    ///
    /// let features = |hashes, name| ShingleSet::from_hashes(hashes).with_shingler(ShinglerId::named(name));
    /// let (notes, bars) = (features(vec![1, 2], "notes"), features(vec![1, 2], "bars"));
    /// let hasher = MinHasher::default();
    /// assert!(hasher.sketch(&notes).resemblance(&hasher.sketch(&bars)).is_err());
    /// ```
    #[must_use]
    pub fn with_shingler(mut self, shingler: ShinglerId) -> Self {
        self.shingler = Some(shingler);
        self
    }

    /// What made the hashes; nothing when they were given.
    pub fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }

    /// The hashes in rising order.
    pub fn as_slice(&self) -> &[u64] {
        &self.hashes
    }

    /// The number of shingles.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether `hash` is one of them. Cost: O(log n).
    pub fn contains(&self, hash: u64) -> bool {
        self.hashes.binary_search(&hash).is_ok()
    }
}

impl From<Vec<u64>> for ShingleSet {
    fn from(hashes: Vec<u64>) -> Self {
        Self::from_hashes(hashes)
    }
}

/// A multiset of shingle hashes: (hash, how often), in rising order of the hash. 16 bytes a shingle.
///
/// The form that weighted sketches take.
///
/// ```
/// let counts = reprint::shingle::Shingler::words(1)?.count("no no no");
/// assert_eq!(counts.total(), 3);
/// assert_eq!(counts.as_slice().len(), 1);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "stored::Counts"))]
pub struct ShingleCounts {
    counts: Vec<(u64, u32)>,
    shingler: Option<ShinglerId>,
}

impl ShingleCounts {
    /// Of hashes in rising order, which are counted as often as they occur.
    pub(super) fn of_sorted(hashes: &[u64]) -> Self {
        let count = |run: &[u64]| (run[0], u32::try_from(run.len()).unwrap_or(u32::MAX));
        Self { counts: hashes.chunk_by(|a, b| a == b).map(count).collect(), shingler: None }
    }

    /// The same counts, said to be of shingles made in a way of this name or by this shingler.
    #[must_use]
    pub fn with_shingler(mut self, shingler: ShinglerId) -> Self {
        self.shingler = Some(shingler);
        self
    }

    /// What made the hashes; nothing when they were given.
    pub fn shingler(&self) -> Option<ShinglerId> {
        self.shingler
    }

    /// Each shingle and how often it occurs, at most 2³² − 1 times.
    pub fn as_slice(&self) -> &[(u64, u32)] {
        &self.counts
    }

    /// The number of shingles, repeats included.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|&(_, n)| u64::from(n)).sum()
    }
}

/// From hashes in any order, those that occur more than once counted together; 0 times is as good as absent.
impl From<Vec<(u64, u32)>> for ShingleCounts {
    fn from(mut counts: Vec<(u64, u32)>) -> Self {
        counts.retain(|&(_, count)| count > 0);
        counts.sort_unstable();
        counts.dedup_by(|(hash, more), (kept, count)| {
            let same = hash == kept;
            if same {
                *count = count.saturating_add(*more);
            }
            same
        });
        Self { counts, shingler: None }
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{ShingleCounts, ShingleSet, ShinglerId};

    /// A set as it was read: in any order.
    #[derive(serde::Deserialize)]
    #[serde(rename = "ShingleSet")]
    pub(super) struct Set {
        hashes: Vec<u64>,
        shingler: Option<ShinglerId>,
    }

    impl From<Set> for ShingleSet {
        fn from(Set { hashes, shingler }: Set) -> Self {
            Self { shingler, ..Self::from_hashes(hashes) }
        }
    }

    /// Counts as they were read: in any order.
    #[derive(serde::Deserialize)]
    #[serde(rename = "ShingleCounts")]
    pub(super) struct Counts {
        counts: Vec<(u64, u32)>,
        shingler: Option<ShinglerId>,
    }

    impl From<Counts> for ShingleCounts {
        fn from(Counts { counts, shingler }: Counts) -> Self {
            Self { shingler, ..Self::from(counts) }
        }
    }
}
