//! Classic `MinHash`: k permutations of a set, the least value of each (Broder 1997).

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;
use crate::hash::splitmix;

/// The greatest value; `u32::MAX` is for sets without elements.
const MOST: u32 = u32::MAX - 1;

/// Permutations that share a constant.
const GROUP: usize = 16;

/// The constants of one hasher: what is added to an element, and the factors.
///
/// An element x is mixed to 64 bits, `low` and `high` are their halves, and its value in permutation j is
/// `high + low * (coarse[j / 16] + fine[j % 16])`, all modulo 2^32. Any two values of an element are
/// independent, so that the variance of an estimate is that of independent permutations.
///
/// A factor of its own for each permutation costs a multiplication (2 micro-operations) a value, the sum of
/// two products an addition (1): 9.6 against 7.6 ns an element with AVX2 and 128 permutations, 18.3
/// against 13.5 ns with 256. In exchange the four values of an element in 16t+s, 16t+s', 16t'+s and 16t'+s'
/// depend on each other. Simulated with 32 bands of 4 rows, 0.839 of the pairs of resemblance 0.5 with 2
/// elements in their union become candidates, 0.873 in theory; from 10 elements on theory and simulation
/// agree. Factors 0, 1, 2, ... need no product at all, but give 0.628 there, and 0.887 for 0.947
/// with 16 bands of 8 rows, 5 elements and resemblance 0.8.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    offset: u64,
    coarse: Vec<u32>,
    fine: [u32; GROUP],
}

impl Constants {
    pub(crate) fn new(seed: u64, permutations: usize) -> Self {
        let base = splitmix(!seed);
        let factor = |i: usize| (splitmix(base.wrapping_add(i as u64)) >> 32) as u32;
        Self {
            offset: splitmix(seed),
            coarse: (0..permutations.div_ceil(GROUP)).map(|t| factor(GROUP + t)).collect(),
            fine: std::array::from_fn(factor),
        }
    }
}

/// Elements that are mixed before the first of them is permuted: long enough to keep a block of
/// values in registers, short enough to stay in the nearest cache.
const CHUNK: usize = 64;

/// A chunk of elements, mixed, and the products with the fine factors, which all groups share.
struct Mixed {
    high: [u32; CHUNK],
    low: [u32; CHUNK],
    fine: [[u32; GROUP]; CHUNK],
    len: usize,
}

impl Mixed {
    #[inline(always)]
    fn fill(&mut self, elements: &[u64], constants: &Constants) {
        self.len = elements.len().min(CHUNK);
        for ((x, high), low) in elements.iter().zip(&mut self.high).zip(&mut self.low) {
            let mixed = splitmix(x.wrapping_add(constants.offset));
            (*high, *low) = ((mixed >> 32) as u32, mixed as u32);
        }
    }

    #[inline(always)]
    fn products(&mut self, factors: &[u32; GROUP]) {
        for (fine, low) in self.fine.iter_mut().zip(&self.low).take(self.len) {
            fine.iter_mut().zip(factors).for_each(|(fine, factor)| *fine = low.wrapping_mul(*factor));
        }
    }

    /// For each element its values in `groups` before the fine products are added.
    #[inline(always)]
    fn starts<const G: usize>(&self, coarse: &[u32; G], starts: &mut [[u32; G]; CHUNK]) {
        for ((starts, high), low) in starts.iter_mut().zip(&self.high).zip(&self.low).take(self.len) {
            for (start, coarse) in starts.iter_mut().zip(coarse) {
                *start = low.wrapping_mul(*coarse).wrapping_add(*high);
            }
        }
    }
}

/// Lowers `out`, one value a permutation, to the least values of `elements`. What holds no elements
/// is all `u32::MAX`; what holds some has no such value.
pub(crate) fn update(backend: Backend, elements: &[u64], constants: &Constants, out: &mut [u32]) {
    match backend.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a backend of this level proves that the CPU has these features.
        Level::Avx2 => unsafe { avx2::update(elements, constants, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx512 => unsafe { avx512::update(elements, constants, out) },
        _ => run(elements, constants, out, Mixed::products, lower::<1>, lower),
    }
}

/// `products` fills in the fine products; `block` lowers the values of G groups, as many as stay in registers
/// while a chunk of elements passes, and `group` those of one.
#[inline(always)]
fn run<const G: usize>(
    elements: &[u64],
    constants: &Constants,
    out: &mut [u32],
    products: impl Fn(&mut Mixed, &[u32; GROUP]),
    block: impl Fn(&Mixed, &[u32; G], &mut [[u32; GROUP]; G]),
    group: impl Fn(&Mixed, &[u32; 1], &mut [[u32; GROUP]; 1]),
) {
    let (groups, last) = out.as_chunks_mut::<GROUP>();
    let (coarse, last_coarse) = constants.coarse.split_at(groups.len());
    let (blocks, groups) = groups.as_chunks_mut::<G>();
    let (block_coarse, coarse) = coarse.as_chunks::<G>();
    let mut mixed = Mixed { high: [0; CHUNK], low: [0; CHUNK], fine: [[0; GROUP]; CHUNK], len: 0 };
    for elements in elements.chunks(CHUNK) {
        mixed.fill(elements, constants);
        products(&mut mixed, &constants.fine);
        for (values, coarse) in blocks.iter_mut().zip(block_coarse) {
            block(&mixed, coarse, values);
        }
        for (values, &coarse) in groups.iter_mut().zip(coarse) {
            group(&mixed, &[coarse], std::array::from_mut(values));
        }
        if let Some(&coarse) = last_coarse.first() {
            let mut values = [[MOST; GROUP]];
            group(&mixed, &[coarse], &mut values);
            last.iter_mut().zip(values.as_flattened()).for_each(|(a, b)| *a = (*a).min(*b));
        }
    }
}

#[inline(always)]
fn lower<const G: usize>(mixed: &Mixed, coarse: &[u32; G], values: &mut [[u32; GROUP]; G]) {
    let mut starts = [[0; G]; CHUNK];
    mixed.starts(coarse, &mut starts);
    for (starts, fine) in starts.iter().zip(&mixed.fine).take(mixed.len) {
        for (values, start) in values.iter_mut().zip(starts) {
            for (value, fine) in values.iter_mut().zip(fine) {
                *value = start.wrapping_add(*fine).min(*value);
            }
        }
    }
    values.as_flattened_mut().iter_mut().for_each(|value| *value = (*value).min(MOST));
}

/// One module for each register width: blocks of `$groups` groups, each `$registers` registers of
/// `$lanes` lanes.
#[cfg(target_arch = "x86_64")]
macro_rules! backend {
    ($name:ident, $features:literal, $groups:literal, $registers:literal, $lanes:literal, $load:ident, $store:ident,
     $set1:ident, $mul:ident, $add:ident, $min:ident) => {
        mod $name {
            use super::{CHUNK, Constants, GROUP, MOST, Mixed, run};
            use std::arch::x86_64::*;

            #[target_feature(enable = $features)]
            pub(super) fn update(elements: &[u64], constants: &Constants, out: &mut [u32]) {
                run::<$groups>(
                    elements,
                    constants,
                    out,
                    |mixed, factors| products(mixed, factors),
                    |mixed, coarse, values| lower(mixed, coarse, values),
                    |mixed, coarse, values| lower(mixed, coarse, values),
                );
            }

            /// As [`Mixed::products`], which compilers vectorise across elements, with scatters.
            #[target_feature(enable = $features)]
            fn products(mixed: &mut Mixed, factors: &[u32; GROUP]) {
                for r in 0..$registers {
                    // SAFETY: a group is `$registers` registers long.
                    let factors = unsafe { $load(factors.as_ptr().add(r * $lanes).cast()) };
                    for (fine, &low) in mixed.fine.iter_mut().zip(&mixed.low).take(mixed.len) {
                        let products = $mul($set1(low.cast_signed()), factors);
                        // SAFETY: as above, and the group is borrowed exclusively.
                        unsafe { $store(fine.as_mut_ptr().add(r * $lanes).cast(), products) };
                    }
                }
            }

            #[target_feature(enable = $features)]
            fn lower<const G: usize>(mixed: &Mixed, coarse: &[u32; G], values: &mut [[u32; GROUP]; G]) {
                let mut starts = [[0; G]; CHUNK];
                mixed.starts(coarse, &mut starts);
                let mut least = [[$set1(MOST.cast_signed()); $registers]; G];
                for (starts, fine) in starts.iter().zip(&mixed.fine).take(mixed.len) {
                    for r in 0..$registers {
                        // SAFETY: a group is `$registers` registers long.
                        let fine = unsafe { $load(fine.as_ptr().add(r * $lanes).cast()) };
                        for (least, &start) in least.iter_mut().zip(starts) {
                            least[r] = $min(least[r], $add($set1(start.cast_signed()), fine));
                        }
                    }
                }
                for (values, least) in values.iter_mut().zip(least) {
                    for (r, least) in least.into_iter().enumerate() {
                        // SAFETY: as above, and the group is borrowed exclusively.
                        unsafe {
                            let place = values.as_mut_ptr().add(r * $lanes).cast();
                            $store(place, $min($load(place.cast_const()), least));
                        }
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
backend!(
    avx2,
    "avx2",
    4,
    2,
    8,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_set1_epi32,
    _mm256_mullo_epi32,
    _mm256_add_epi32,
    _mm256_min_epu32
);

#[cfg(target_arch = "x86_64")]
backend!(
    avx512,
    "avx2,avx512f",
    8,
    1,
    16,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_set1_epi32,
    _mm512_mullo_epi32,
    _mm512_add_epi32,
    _mm512_min_epu32
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight from the definition.
    fn oracle(elements: &[u64], c: &Constants, permutations: usize) -> Vec<u32> {
        let value = |m: u64, j: usize| {
            (m as u32)
                .wrapping_mul(c.coarse[j / 16].wrapping_add(c.fine[j % 16]))
                .wrapping_add((m >> 32) as u32)
        };
        let mixed = || elements.iter().map(|x| splitmix(x.wrapping_add(c.offset)));
        (0..permutations).map(|j| mixed().map(|m| value(m, j).min(MOST)).min().unwrap_or(u32::MAX)).collect()
    }

    #[test]
    fn every_backend_equals_the_definition() {
        for permutations in [1, 7, 15, 16, 17, 63, 64, 65, 100, 127, 128, 129, 255, 256, 300] {
            let constants = Constants::new(permutations as u64, permutations);
            for len in [0, 1, 2, 7, 8, 20, 63, 64, 65, 129, 200] {
                let elements: Vec<u64> = (0..len).map(|x| splitmix(x) >> (x % 64)).collect();
                let expected = oracle(&elements, &constants, permutations);
                for backend in Backend::available() {
                    let mut values = vec![u32::MAX; permutations];
                    update(backend, &elements, &constants, &mut values);
                    assert_eq!(values, expected, "{backend}, {permutations} permutations, {len} elements");
                }
            }
        }
    }

    #[test]
    fn no_value_of_a_set_with_elements_is_that_of_the_empty_one() {
        // The one element becomes all ones, and factors of 0 leave its high half.
        let offset = unmix(u64::MAX);
        assert_eq!(splitmix(offset), u64::MAX);
        let constants = Constants { offset, coarse: vec![0; 2], fine: [0; GROUP] };
        for backend in Backend::available() {
            let mut values = [u32::MAX; 20];
            update(backend, &[0], &constants, &mut values);
            assert_eq!(values, [MOST; 20], "{backend}");
        }
    }

    /// The inverse of [`splitmix`].
    fn unmix(x: u64) -> u64 {
        let unshift = |x: u64, by: u32| (0..64 / by).fold(x, |y, _| x ^ (y >> by));
        let inverse =
            |odd: u64| (0..6).fold(odd, |y, _| y.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(y))));
        let x = unshift(x, 31).wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
        let x = unshift(x, 27).wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
        unshift(x, 30).wrapping_sub(0x9e37_79b9_7f4a_7c15)
    }
}
