//! Exact resemblance and containment of two shingle sets.

use std::cmp::Ordering;

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

/// Counts the overlap of shingle hashes as they come from a text, in any order and with repeats; holds the table.
///
/// Sorting two sets of 500 to walk through them costs three times as much as counting in a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct OverlapCounter {
    slots: Vec<Slot>,
    epoch: u32,
}

/// A hash and the sets that it is in. Of another epoch: empty.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    hash: u64,
    epoch: u32,
    sets: u32,
}

const IN_A: u32 = 1;
const IN_B: u32 = 2;

impl OverlapCounter {
    /// The exact similarity of the sets of these hashes, which must be well mixed, as XXH3's are.
    pub(crate) fn count(&mut self, a: &[u64], b: &[u64]) -> Similarity {
        let size = (2 * (a.len() + b.len())).next_power_of_two();
        if self.slots.len() < size {
            self.slots.resize(size, Slot::default());
        }
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(Slot::default());
            self.epoch = 1;
        }
        let (mut in_a, mut in_b, mut shared) = (0, 0, 0);
        for &hash in a {
            in_a += usize::from(self.put(size, hash, IN_A) & IN_A == 0);
        }
        for &hash in b {
            let before = self.put(size, hash, IN_B);
            in_b += usize::from(before & IN_B == 0);
            shared += usize::from(before == IN_A);
        }
        Similarity::new(in_a, in_b, shared)
    }

    /// Notes that `hash` is in a set, and tells which it was known to be in.
    #[inline]
    fn put(&mut self, size: usize, hash: u64, set: u32) -> u32 {
        let mask = size - 1;
        let mut i = hash as usize & mask;
        loop {
            let slot = &mut self.slots[i];
            if slot.epoch != self.epoch {
                *slot = Slot { hash, epoch: self.epoch, sets: set };
                return 0;
            }
            if slot.hash == hash {
                let before = slot.sets;
                slot.sets |= set;
                return before;
            }
            i = (i + 1) & mask;
        }
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
