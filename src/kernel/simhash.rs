//! `SimHash`: at each of 64 bit positions, do more than half of the hashes have a 1?
//!
//! Nothing is counted one position at a time. A number per position is held as bit planes (plane `p`
//! holds bit `p` of all 64 numbers), so that one carry-save adder works on 64 positions at once, and the
//! majority is a comparison of planes: no counter is ever unpacked. Harley and Seal's tree (Warren,
//! *Hacker's Delight*, 2nd edition, section 5-1) feeds the planes with seven adders for eight words.
//!
//! One portable function of array arithmetic is compiled once for each instruction set, and the compiler
//! makes vectors of it. Measured on 412 hashes taken as they are: 0.75 ns each portable (SSE2 or NEON),
//! 0.33 with AVX2, 0.32 with AVX-512, and 0.68, 0.24 and 0.21 on 5,000; 23 ns for the plain double loop.
//! `splitmix` on every hash adds 1.3, 0.7 and 0.4 ns.

// A part that is not inlined into the function of an instruction set is compiled without it.
#![allow(clippy::inline_always)]

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;
use crate::hash::splitmix;

/// The bits that are set in more than half of the words; none gives 0.
///
/// A hash's word is `splitmix(hash ^ key)`, or the hash itself without a key.
pub(crate) fn majority(backend: Backend, hashes: &[u64], key: Option<u64>) -> u64 {
    match backend.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Backend` of this level exists only where the CPU has these features.
        Level::Avx512 => unsafe { x86::majority_avx512(hashes, key) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { x86::majority_avx2(hashes, key) },
        _ => majority_of::<2>(hashes, key),
    }
}

/// The bits that are set in words of more than half of the whole weight; no weight gives 0.
///
/// The same as [`majority`] with each hash repeated as often as the weight beside it says.
pub(crate) fn majority_weighted(backend: Backend, hashes: &[(u64, u32)], key: Option<u64>) -> u64 {
    match backend.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Backend` of this level exists only where the CPU has these features.
        Level::Avx512 => unsafe { x86::majority_weighted_avx512(hashes, key) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { x86::majority_weighted_avx2(hashes, key) },
        _ => majority_weighted_of::<2>(hashes, key),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{majority_of, majority_weighted_of};

    /// Below this many hashes, folding wide lanes costs more than they save: 100 hashes take 0.73 ns each
    /// in two lanes of AVX-512 and 1.08 in eight; 412 take 0.53 and 0.32.
    const SHORT: usize = 128;

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn majority_avx2(hashes: &[u64], key: Option<u64>) -> u64 {
        if hashes.len() < SHORT { majority_of::<2>(hashes, key) } else { majority_of::<4>(hashes, key) }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) fn majority_avx512(hashes: &[u64], key: Option<u64>) -> u64 {
        if hashes.len() < SHORT { majority_of::<2>(hashes, key) } else { majority_of::<8>(hashes, key) }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn majority_weighted_avx2(hashes: &[(u64, u32)], key: Option<u64>) -> u64 {
        majority_weighted_of::<4>(hashes, key)
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) fn majority_weighted_avx512(hashes: &[(u64, u32)], key: Option<u64>) -> u64 {
        majority_weighted_of::<8>(hashes, key)
    }
}

#[inline(always)]
fn majority_of<const LANES: usize>(hashes: &[u64], key: Option<u64>) -> u64 {
    let mut sums = Sums::default();
    match key {
        None => sums.add_words::<LANES, _>(hashes, 0, |hash| hash),
        Some(key) => sums.add_words::<LANES, _>(hashes, 0, |hash| splitmix(hash ^ key)),
    }
    sums.above(hashes.len() as u128 / 2)
}

/// One pass for each bit of the weights that occurs: a hash takes part in the pass of bit `p` when its
/// weight has that bit, and counts 2^p there.
#[inline(always)]
fn majority_weighted_of<const LANES: usize>(hashes: &[(u64, u32)], key: Option<u64>) -> u64 {
    let mut sums = Sums::default();
    let (mut total, mut occurring) = (0_u128, 0_u32);
    for &(_, weight) in hashes {
        total += u128::from(weight);
        occurring |= weight;
    }
    for bit in (0..u32::BITS).filter(|bit| occurring >> bit & 1 == 1) {
        let weigh = |word: u64, weight: u32| word & u64::from(weight >> bit & 1).wrapping_neg();
        match key {
            None => sums.add_words::<LANES, _>(hashes, bit as usize, |(hash, w)| weigh(hash, w)),
            Some(key) => {
                sums.add_words::<LANES, _>(hashes, bit as usize, |(hash, w)| weigh(splitmix(hash ^ key), w));
            }
        }
    }
    sums.above(total / 2)
}

/// Blocks of eight vectors between two visits to [`Sums`]: as many as four planes of eights can count.
const BLOCKS: usize = 15;

/// Ones, twos, fours, four planes of eights, and three that folding eight lanes into one adds.
const PLANES: usize = 10;

/// A sum for each of 64 positions, as bit planes. Fewer than 2^64 hashes of weight below 2^32 stay below
/// 2^96.
struct Sums {
    planes: [u64; 96],
    /// Planes from here on are 0.
    used: usize,
}

impl Default for Sums {
    fn default() -> Self {
        Self { planes: [0; 96], used: 0 }
    }
}

impl Sums {
    /// Adds 2^`shift` at each position that is set in `word(item)`, for each item.
    #[inline(always)]
    fn add_words<const LANES: usize, T: Copy>(&mut self, items: &[T], shift: usize, word: impl Fn(T) -> u64) {
        for chunk in items.chunks(BLOCKS * 8 * LANES) {
            let mut planes = [[0; LANES]; PLANES];
            let (vectors, _) = chunk.as_chunks::<LANES>();
            let (blocks, _) = vectors.as_chunks::<8>();
            for block in blocks {
                add_block(&mut planes, |at| {
                    let mut words = [0; LANES];
                    for (to, &item) in words.iter_mut().zip(&block[at]) {
                        *to = word(item);
                    }
                    words
                });
            }
            let rest = &chunk[blocks.len() * 8 * LANES..];
            if !rest.is_empty() {
                // Words of 0 make the block whole and count nothing.
                let mut words = [[0; LANES]; 8];
                for (to, &item) in words.as_flattened_mut().iter_mut().zip(rest) {
                    *to = word(item);
                }
                add_block(&mut planes, |at| words[at]);
            }
            let eights = usize::BITS - chunk.len().div_ceil(8 * LANES).leading_zeros();
            self.add(&mut planes, 3 + eights as usize, shift);
        }
    }

    /// Adds the numbers of all lanes in the first `used` planes, times 2^`shift`.
    ///
    /// Never inlined: seeing lanes apart here, the compiler would keep them apart in the loop above, at
    /// 1.3 ns a hash instead of 0.3.
    #[inline(never)]
    fn add<const LANES: usize>(
        &mut self,
        planes: &mut [[u64; LANES]; PLANES],
        mut used: usize,
        shift: usize,
    ) {
        let mut width = LANES / 2;
        while width > 0 {
            let mut carry = [0; LANES];
            for plane in &mut planes[..used] {
                for lane in 0..width {
                    (plane[lane], carry[lane]) = carry_save(plane[lane], plane[lane + width], carry[lane]);
                }
            }
            planes[used] = carry;
            used += 1;
            width /= 2;
        }
        let mut carry = 0;
        let mut at = shift;
        for plane in &planes[..used] {
            (self.planes[at], carry) = carry_save(self.planes[at], plane[0], carry);
            at += 1;
        }
        while carry != 0 && at < self.planes.len() {
            (self.planes[at], carry) = (self.planes[at] ^ carry, self.planes[at] & carry);
            at += 1;
        }
        self.used = self.used.max(at);
    }

    /// The positions whose sum is above `limit`.
    fn above(&self, limit: u128) -> u64 {
        if limit >> self.used != 0 {
            return 0;
        }
        let (mut above, mut equal) = (0, u64::MAX);
        for (at, plane) in self.planes[..self.used].iter().enumerate().rev() {
            if limit >> at & 1 == 1 {
                equal &= plane;
            } else {
                above |= equal & plane;
                equal &= !plane;
            }
        }
        above
    }
}

/// Adds eight vectors to the numbers in `planes`, lane by lane: seven adders up to the first plane of
/// eights, and from there on half adders.
#[inline(always)]
fn add_block<const LANES: usize>(
    planes: &mut [[u64; LANES]; PLANES],
    vector: impl Fn(usize) -> [u64; LANES],
) {
    let [ones, twos, fours, eights @ .., _, _, _] = planes;
    let two_a = add_pair(ones, vector(0), vector(1));
    let two_b = add_pair(ones, vector(2), vector(3));
    let four_a = add_pair(twos, two_a, two_b);
    let two_a = add_pair(ones, vector(4), vector(5));
    let two_b = add_pair(ones, vector(6), vector(7));
    let four_b = add_pair(twos, two_a, two_b);
    let mut carry = add_pair(fours, four_a, four_b);
    for plane in eights {
        for lane in 0..LANES {
            (plane[lane], carry[lane]) = (plane[lane] ^ carry[lane], plane[lane] & carry[lane]);
        }
    }
}

/// Adds two vectors to a plane and gives back what belongs to the next.
#[inline(always)]
fn add_pair<const LANES: usize>(plane: &mut [u64; LANES], b: [u64; LANES], c: [u64; LANES]) -> [u64; LANES] {
    let mut carry = [0; LANES];
    for lane in 0..LANES {
        (plane[lane], carry[lane]) = carry_save(plane[lane], b[lane], c[lane]);
    }
    carry
}

/// Sum and carry of three bits, 64 times.
///
/// In this form the carry is one ternary instruction of AVX-512; with `a ^ b` shared between sum and
/// carry, which is an instruction less elsewhere, it is three there (0.24 against 0.21 ns a hash).
#[inline(always)]
fn carry_save(a: u64, b: u64, c: u64) -> (u64, u64) {
    (a ^ b ^ c, (a & b) | ((a | b) & c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(hashes: &[(u64, u32)], key: Option<u64>) -> u64 {
        let word = |hash: u64| key.map_or(hash, |key| splitmix(hash ^ key));
        let sum = |bit: u64| -> i128 {
            hashes.iter().map(|&(h, w)| i128::from(w) * (2 * i128::from(word(h) >> bit & 1) - 1)).sum()
        };
        (0..64).filter(|&bit| sum(bit) > 0).map(|bit| 1 << bit).sum()
    }

    /// Around every multiple of a block and of a chunk for 2, 4 and 8 lanes, and sizes between.
    fn sizes() -> impl Iterator<Item = usize> {
        let edges = [16, 32, 64, 128, 240, 256, 480, 512, 960, 1920].into_iter();
        (0..40).chain(edges.flat_map(|edge| edge - 1..=edge + 2)).chain([777, 2_047, 4_001])
    }

    #[test]
    fn every_backend_is_the_naive_loop() {
        for size in sizes() {
            // Half as many values as places, so that ties and repeats occur.
            let hashes: Vec<u64> = (0..size as u64).map(|i| splitmix(i / 2 + size as u64)).collect();
            let ones: Vec<(u64, u32)> = hashes.iter().map(|&hash| (hash, 1)).collect();
            for key in [None, Some(0), Some(0x0123_4567_89ab_cdef)] {
                let expected = naive(&ones, key);
                for backend in Backend::available() {
                    assert_eq!(majority(backend, &hashes, key), expected, "{backend}, {size} hashes");
                    assert_eq!(majority_weighted(backend, &ones, key), expected, "{backend}, {size} hashes");
                }
            }
        }
    }

    #[test]
    fn every_backend_weighs_as_the_naive_loop() {
        let weights = [0, 1, 2, 3, 7, 1 << 16, u32::MAX - 1, u32::MAX, 0x8000_0000];
        for size in sizes() {
            let hashes: Vec<(u64, u32)> =
                (0..size).map(|i| (splitmix(i as u64), weights[(i * i + size) % weights.len()])).collect();
            for key in [None, Some(99)] {
                let expected = naive(&hashes, key);
                for backend in Backend::available() {
                    assert_eq!(majority_weighted(backend, &hashes, key), expected, "{backend}, {size}");
                }
            }
        }
    }

    #[test]
    fn equal_words_fill_every_plane() {
        for size in [1, 2, 255, 256, 1_920, 4_096, 65_535] {
            for backend in Backend::available() {
                assert_eq!(majority(backend, &vec![u64::MAX; size], None), u64::MAX);
                assert_eq!(majority(backend, &vec![0; size], None), 0);
            }
        }
    }

    #[test]
    fn a_tie_is_0() {
        for backend in Backend::available() {
            assert_eq!(majority(backend, &[0b0110, 0b0011], None), 0b0010);
            assert_eq!(majority_weighted(backend, &[(0b0110, 4), (0b0011, 3), (0b1001, 1)], None), 0b0010);
        }
    }
}
