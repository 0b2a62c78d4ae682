//! Which of a few numbers stand in many short slices.

/// A few distinct numbers, to be looked for in one ascending slice after another. A set of bits passes over
/// most numbers of a slice without a branch.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// Bit i of word j: whether a number has the low bits 64 j + i.
    bits: Vec<u64>,
    /// Each number above, its place below; ascending.
    numbers: Vec<u64>,
    /// The numbers of a slice whose bit is set.
    maybe: Vec<u32>,
}

/// The words of bits, 8 KB: of 160 other numbers in a slice, one in two slices has one whose bit is set by
/// chance.
const WORDS: usize = 1024;

/// A slice so many times as long as the numbers are many is searched for each of them.
const LONG: usize = 16;

fn place(number: u32) -> (usize, u32) {
    ((number / 64) as usize % WORDS, number % 64)
}

impl Common {
    /// Looks for these numbers from now on.
    pub(super) fn fill(&mut self, numbers: impl Iterator<Item = u32>) {
        self.bits.resize(WORDS, 0);
        for &old in &self.numbers {
            self.bits[place((old >> 32) as u32).0] = 0;
        }
        self.numbers.clear();
        self.numbers.extend((0..).zip(numbers).map(|(i, number): (u64, u32)| u64::from(number) << 32 | i));
        self.numbers.sort_unstable();
        for &number in &self.numbers {
            let (word, bit) = place((number >> 32) as u32);
            self.bits[word] |= 1 << bit;
        }
    }

    /// Calls `f` with the place of each number that is in an ascending slice.
    pub(super) fn common(&mut self, slice: &[u32], mut f: impl FnMut(usize)) {
        let Self { bits, numbers, maybe } = self;
        if slice.len() > LONG * numbers.len() {
            let found = |&&number: &&u64| slice.binary_search(&((number >> 32) as u32)).is_ok();
            numbers.iter().filter(found).for_each(|&number| f(number as u32 as usize));
            return;
        }
        maybe.resize(maybe.len().max(slice.len()), 0);
        let mut count = 0;
        for &number in slice {
            let (word, bit) = place(number);
            maybe[count] = number;
            count += (bits[word] >> bit & 1) as usize;
        }
        for &number in &maybe[..count] {
            let at = numbers.partition_point(|&n| n < u64::from(number) << 32);
            if let Some(&n) = numbers.get(at).filter(|&&n| n >> 32 == u64::from(number)) {
                f(n as u32 as usize);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_common_numbers_are_those_of_a_set(
            rounds in prop::collection::vec(
                (
                    prop::collection::btree_set(prop_oneof![0..300_u32, any::<u32>()], 0..40),
                    prop::collection::btree_set(prop_oneof![0..300_u32, any::<u32>()], 0..300),
                    any::<bool>(),
                ),
                1..6,
            ),
        ) {
            let mut common = Common::default();
            for (numbers, slice, reversed) in rounds {
                let mut numbers: Vec<u32> = numbers.into_iter().collect();
                if reversed {
                    numbers.reverse();
                }
                common.fill(numbers.iter().copied());
                let slice_of: Vec<u32> = slice.iter().copied().collect();
                let mut found = BTreeSet::new();
                common.common(&slice_of, |i| {
                    found.insert(numbers[i]);
                });
                let naive: BTreeSet<u32> = numbers.iter().copied().filter(|n| slice.contains(n)).collect();
                prop_assert_eq!(found, naive);
            }
        }
    }
}
