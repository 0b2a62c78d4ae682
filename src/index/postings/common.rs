//! Which of a few numbers stand in many short slices.

/// A few distinct numbers, to be looked for in one ascending slice after another. A set of bits passes over
/// most numbers of a slice without a branch.
#[derive(Debug)]
pub(super) struct Common {
    /// Bit i of word j: whether a number has the low bits 64 j + i.
    bits: Box<[u64; WORDS]>,
    /// The numbers, and after each its place; a power of two, half of them empty. Numbers stand where their
    /// low bits say, or behind.
    slots: Vec<(u32, u32)>,
    numbers: Vec<u32>,
}

impl Default for Common {
    fn default() -> Self {
        Self { bits: Box::new([0; WORDS]), slots: Vec::new(), numbers: Vec::new() }
    }
}

/// The place of a slot that is empty.
const NOWHERE: u32 = u32::MAX;

/// Numbers that are looked at between branches.
const BLOCK: usize = 8;

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
        for &old in &self.numbers {
            self.bits[place(old).0] = 0;
        }
        self.numbers.clear();
        self.numbers.extend(numbers);
        self.slots.clear();
        self.slots.resize((2 * self.numbers.len()).next_power_of_two(), (0, NOWHERE));
        for (i, &number) in self.numbers.iter().enumerate() {
            let (word, bit) = place(number);
            self.bits[word] |= 1 << bit;
            let mut slot = self.slot(number);
            while self.slots[slot].1 != NOWHERE {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = (number, i as u32);
        }
    }

    fn slot(&self, number: u32) -> usize {
        number as usize & (self.slots.len() - 1)
    }

    /// Where a number stands among those looked for.
    fn find(&self, number: u32) -> Option<usize> {
        let mut slot = self.slot(number);
        loop {
            let (other, place) = self.slots[slot];
            if place == NOWHERE {
                return None;
            }
            if other == number {
                return Some(place as usize);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// Calls `f` with the place of each number that is in an ascending slice.
    pub(super) fn common(&self, slice: &[u32], mut f: impl FnMut(usize)) {
        if slice.len() > LONG * self.numbers.len() {
            let found = |&(_, number): &(usize, &u32)| slice.binary_search(number).is_ok();
            self.numbers.iter().enumerate().filter(found).for_each(|(place, _)| f(place));
            return;
        }
        let may_be_there = |&number: &u32| {
            let (word, bit) = place(number);
            self.bits[word] >> bit & 1 == 1
        };
        let (blocks, rest) = slice.as_chunks::<BLOCK>();
        for block in blocks {
            if block.iter().fold(false, |any, number| any | may_be_there(number)) {
                block.iter().filter(|n| may_be_there(n)).filter_map(|&n| self.find(n)).for_each(&mut f);
            }
        }
        rest.iter().filter(|n| may_be_there(n)).filter_map(|&n| self.find(n)).for_each(&mut f);
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
