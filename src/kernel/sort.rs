//! Sorting of hashes, which are spread evenly: by digits, and not by comparing. Portable code for all.

use std::ops::Range;

/// Writes `from` to `to`, which is as long, by digit; those of one digit in the order in which they came.
/// Digits are taken modulo `DIGITS`.
pub(crate) fn distribute<const DIGITS: usize, T: Copy>(from: &[T], to: &mut [T], digit: impl Fn(T) -> usize) {
    // Where the next of each digit goes.
    let mut next = [0_u32; DIGITS];
    for &item in from {
        next[digit(item) % DIGITS] += 1;
    }
    let mut sum = 0;
    for next in &mut next {
        sum += std::mem::replace(next, sum);
    }
    for &item in from {
        let next = &mut next[digit(item) % DIGITS];
        to[*next as usize] = item;
        *next += 1;
    }
}

/// Sorts by these bits items that are equal in those above; those equal in these too stay in the order in
/// which they came. `room` is for copies.
pub(crate) fn by_bits(items: &mut Vec<u64>, room: &mut Vec<u64>, bits: Range<u32>) {
    const BITS: usize = 9;
    room.resize(items.len(), 0);
    for shift in bits.step_by(BITS) {
        distribute::<{ 1 << BITS }, _>(items, room, |item| (item >> shift) as usize);
        std::mem::swap(items, room);
    }
}

/// Sorts hashes that are spread evenly from 0 to 2⁶⁴ / `scale`; others too, in more time.
///
/// By their leading 16 bits, after which few of a thousand are out of order. 100, 209 and 1,000 of them take
/// 0.42, 0.66 and 2.9 µs, and with `sort_unstable`, which 50 prefer, 0.53, 1.24 and 7.6.
pub(crate) fn spread(hashes: &mut [u64], scale: u32) {
    const DIGITS: usize = 256;
    let mut room = [0; 1024];
    if !(64..=room.len()).contains(&hashes.len()) {
        return hashes.sort_unstable();
    }
    let room = &mut room[..hashes.len()];
    let factor = (DIGITS * DIGITS) as u128 * u128::from(scale);
    let leading = |hash: u64| ((u128::from(hash) * factor) >> 64) as usize;
    distribute::<DIGITS, _>(hashes, room, leading);
    distribute::<DIGITS, _>(room, hashes, |hash| leading(hash) / DIGITS);
    for i in 1..hashes.len() {
        let hash = hashes[i];
        let mut place = i;
        while place > 0 && hashes[place - 1] > hash {
            hashes[place] = hashes[place - 1];
            place -= 1;
        }
        hashes[place] = hash;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn spread_hashes_are_sorted(
            hashes in prop::collection::vec(any::<u64>(), 0..1200),
            scale in prop_oneof![1..5_u32, 1..=u32::MAX],
            repeat in any::<bool>(),
        ) {
            let mut hashes: Vec<u64> = hashes.iter().map(|hash| hash / u64::from(scale)).collect();
            if repeat {
                hashes.extend_from_within(..hashes.len() / 2);
            }
            let mut sorted = hashes.clone();
            sorted.sort_unstable();
            spread(&mut hashes, scale);
            prop_assert_eq!(hashes, sorted);
        }

        #[test]
        fn bits_are_sorted_and_the_rest_stays(
            items in prop::collection::vec(any::<u64>(), 0..300),
            first in 0..30_u32,
            bits in 1..30_u32,
        ) {
            let mut items: Vec<u64> = items.iter().map(|item| item & ((1 << (first + bits)) - 1)).collect();
            let mut sorted = items.clone();
            sorted.sort_by_key(|item| item >> first);
            by_bits(&mut items, &mut Vec::new(), first..first + bits);
            prop_assert_eq!(items, sorted);
        }
    }
}
