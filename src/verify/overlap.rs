//! Exact resemblance and containment of two shingle sets.

use std::cmp::Ordering;

use super::table::Table;
use crate::Similarity;
use crate::shingle::ShingleSet;

/// How much larger one set must be before looking up each element of the smaller in it is cheaper than
/// walking through both: a look-up costs about log2(n) steps that the predictor cannot guess.
const SEARCH_FROM: usize = 16;

/// The exact similarity of two shingle sets (Broder 1997).
///
/// Cost: O(|A| + |B|), or O(|A| log |B|) when one set is much smaller than the other.
///
/// ```
/// use reprint::{shingle::Shingler, verify::overlap};
///
/// let shingler = Shingler::words(2)?;
/// let long = shingler.shingle("the cat sat on the mat and purred");
/// let short = shingler.shingle("the cat sat on the mat");
/// let similarity = overlap(&long, &short);
/// assert_eq!(similarity.containment_of_b(), 1.0);
/// assert_eq!(similarity.resemblance(), 5.0 / 7.0);
/// # Ok::<(), reprint::Error>(())
/// ```
pub fn overlap(a: &ShingleSet, b: &ShingleSet) -> Similarity {
    Similarity::new(a.len(), b.len(), shared(a.as_slice(), b.as_slice()))
}

/// |A ∩ B| of two rising sequences.
pub(crate) fn shared(a: &[u64], b: &[u64]) -> usize {
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if large.len() / SEARCH_FROM > small.len() {
        return small.iter().filter(|x| large.binary_search(x).is_ok()).count();
    }
    let (mut i, mut j, mut n) = (0, 0, 0);
    while i < small.len() && j < large.len() {
        let order = small[i].cmp(&large[j]);
        i += usize::from(order != Ordering::Greater);
        j += usize::from(order != Ordering::Less);
        n += usize::from(order == Ordering::Equal);
    }
    n
}

/// Counts the overlap of shingle hashes as they come from a text, in any order and with repeats; holds the
/// table.
///
/// Sorting two sets of 500 to walk through them costs three times as much as counting in a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct OverlapCounter {
    /// The sets that each hash is in.
    sets: Table<u64, u32>,
}

const IN_A: u32 = 1;
const IN_B: u32 = 2;

impl OverlapCounter {
    /// The exact similarity of the sets of these hashes, which must be well mixed, as XXH3's are.
    pub(crate) fn count(&mut self, a: &[u64], b: &[u64]) -> Similarity {
        self.sets.begin(a.len() + b.len());
        let (mut in_a, mut in_b, mut shared) = (0, 0, 0);
        for &hash in a {
            in_a += usize::from(self.put(hash, IN_A) & IN_A == 0);
        }
        for &hash in b {
            let before = self.put(hash, IN_B);
            in_b += usize::from(before & IN_B == 0);
            shared += usize::from(before == IN_A);
        }
        Similarity::new(in_a, in_b, shared)
    }

    /// Notes that `hash` is in a set, and tells which it was known to be in.
    #[inline]
    fn put(&mut self, hash: u64, set: u32) -> u32 {
        let place = self.sets.insert(hash);
        let sets = self.sets.at_mut(place);
        let before = *sets;
        *sets |= set;
        before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shared_is_the_intersection(
            a in prop::collection::vec(0_u64..200, 0..100),
            b in prop::collection::vec(0_u64..200, 0..5),
        ) {
            let mut counter = OverlapCounter::default();
            let counted = [(); 3].map(|()| counter.count(&a, &b));
            let (a, b) = (ShingleSet::from_hashes(a), ShingleSet::from_hashes(b));
            prop_assert_eq!(counted, [overlap(&a, &b); 3]);
            let expected = a.as_slice().iter().filter(|x| b.as_slice().contains(x)).count();
            prop_assert_eq!(shared(a.as_slice(), b.as_slice()), expected);
            prop_assert_eq!(shared(b.as_slice(), a.as_slice()), expected);
        }
    }
}
