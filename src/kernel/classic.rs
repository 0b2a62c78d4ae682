//! Classic MinHash: k permutations of a set, the least value of each (Broder 1997).

use super::Backend;
use crate::hash::splitmix;

/// The constants of one hasher: what an element is xored with, and one odd multiplier a permutation.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    offset: u64,
    multipliers: Vec<u32>,
}

impl Constants {
    pub(crate) fn new(seed: u64, permutations: usize) -> Self {
        let base = splitmix(!seed);
        let multiplier = |j| (splitmix(base.wrapping_add(j)) >> 32) as u32 | 1;
        Self { offset: splitmix(seed), multipliers: (0..permutations as u64).map(multiplier).collect() }
    }
}

/// Lowers `out`, one value a permutation, to the least values of `elements`. What holds no elements
/// is all `u32::MAX`; what holds some has no such value.
pub(crate) fn update(_backend: Backend, elements: &[u64], constants: &Constants, out: &mut [u32]) {
    for &x in elements {
        let mixed = splitmix(x ^ constants.offset);
        let (high, low) = ((mixed >> 32) as u32, mixed as u32);
        for (least, &multiplier) in out.iter_mut().zip(&constants.multipliers) {
            *least = (*least).min(low.wrapping_mul(multiplier).wrapping_add(high).min(u32::MAX - 1));
        }
    }
}
