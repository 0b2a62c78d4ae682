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
            let (a, b) = (ShingleSet::from_hashes(a), ShingleSet::from_hashes(b));
            let expected = a.as_slice().iter().filter(|x| b.as_slice().contains(x)).count();
            prop_assert_eq!(shared(a.as_slice(), b.as_slice()), expected);
            prop_assert_eq!(shared(b.as_slice(), a.as_slice()), expected);
        }
    }
}
