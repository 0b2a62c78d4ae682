//! In how many bins two rows of small values differ, by bit planes.
//!
//! Of 64 bins the lowest bits of all values are one word, the next bits another, and so on: b words for
//! values of b bits. Two values differ where any of their bits do, so that a block of 64 bins costs b
//! exclusive ors and one population count.

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;

/// Writes the planes of `values`, each below 2^`bits`, to `planes`: for each 64 values `bits` words.
pub(crate) fn pack(values: impl Iterator<Item = u32>, bits: usize, planes: &mut [u64]) {
    planes.fill(0);
    for (i, value) in values.enumerate() {
        for (plane, word) in planes[i / 64 * bits..][..bits].iter_mut().enumerate() {
            *word |= u64::from(value >> plane & 1) << (i % 64);
        }
    }
}

/// Value `i` of a row.
#[inline]
pub(crate) fn value(planes: &[u64], bits: usize, i: usize) -> u32 {
    let block = planes[i / 64 * bits..][..bits].iter();
    block.rev().fold(0, |value, word| value << 1 | (word >> (i % 64) & 1) as u32)
}

/// Appends, for each row of `rows`, in how many bins it differs from `row`. All rows are of one length.
pub(crate) fn differences(backend: Backend, row: &[u64], rows: &[u64], bits: usize, out: &mut Vec<u32>) {
    match backend.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a backend of this level proves that the CPU has these features.
        Level::Avx2 | Level::Avx512 => unsafe { with_popcnt(row, rows, bits, out) },
        _ => all(row, rows, bits, out),
    }
}

/// As [`all`], but counted by an instruction.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn with_popcnt(row: &[u64], rows: &[u64], bits: usize, out: &mut Vec<u32>) {
    all(row, rows, bits, out);
}

#[inline(always)]
fn all(row: &[u64], rows: &[u64], bits: usize, out: &mut Vec<u32>) {
    match bits {
        1 => by_width::<1>(row, rows, out),
        2 => by_width::<2>(row, rows, out),
        4 => by_width::<4>(row, rows, out),
        8 => by_width::<8>(row, rows, out),
        _ => by_width::<16>(row, rows, out),
    }
}

#[inline(always)]
fn by_width<const BITS: usize>(row: &[u64], rows: &[u64], out: &mut Vec<u32>) {
    let row = row.as_chunks::<BITS>().0;
    out.extend(rows.chunks_exact(row.len() * BITS).map(|other| {
        let blocks = row.iter().zip(other.as_chunks::<BITS>().0);
        blocks
            .map(|(a, b)| a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)).count_ones())
            .sum::<u32>()
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix;

    #[test]
    fn every_backend_counts_what_differs() {
        for bits in [1, 2, 4, 8, 16] {
            for bins in [1_usize, 63, 64, 65, 128, 200, 1000] {
                let row = |seed: u64| -> Vec<u32> {
                    let value = |i: u64| {
                        let seed = if splitmix(i ^ seed).is_multiple_of(2) { 0 } else { seed };
                        (splitmix(i << 8 | seed) >> (64 - bits)) as u32
                    };
                    (0..bins as u64).map(value).collect()
                };
                let rows: Vec<Vec<u32>> = (0..9).map(row).collect();
                let words = bins.div_ceil(64) * bits;
                let mut planes = vec![u64::MAX; words * rows.len()];
                for (row, planes) in rows.iter().zip(planes.chunks_exact_mut(words)) {
                    pack(row.iter().copied(), bits, planes);
                    assert!((0..bins).all(|i| value(planes, bits, i) == row[i]));
                }
                let expected: Vec<u32> = rows
                    .iter()
                    .map(|row| row.iter().zip(&rows[3]).filter(|(a, b)| a != b).count() as u32)
                    .collect();
                for backend in Backend::available() {
                    let mut out = Vec::new();
                    differences(backend, &planes[3 * words..4 * words], &planes, bits, &mut out);
                    assert_eq!(out, expected, "{backend}, {bits} bits, {bins} bins");
                }
            }
        }
    }
}
