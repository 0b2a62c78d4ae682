//! Which of many numbers are among a few.

/// A few distinct numbers, among which others are looked up. A set of bits tells of most that they are not
/// there.
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

/// The words of bits, 8 KB: where 160 are set, one other number in 400 looks as if it were there.
const WORDS: usize = 1024;

fn place(number: u32) -> (usize, u32) {
    ((number / 64) as usize % WORDS, number % 64)
}

impl Common {
    /// Makes these the numbers.
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

    /// The place of a number among them.
    #[inline]
    pub(super) fn find(&self, number: u32) -> Option<usize> {
        let (word, bit) = place(number);
        if self.bits[word] >> bit & 1 == 0 { None } else { self.find_in_slots(number) }
    }

    fn find_in_slots(&self, number: u32) -> Option<usize> {
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
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_found_where_they_stand(
            rounds in prop::collection::vec(
                (
                    prop::collection::btree_set(prop_oneof![0..300_u32, any::<u32>()], 0..40),
                    prop::collection::vec(prop_oneof![0..300_u32, any::<u32>()], 0..300),
                    any::<bool>(),
                ),
                1..6,
            ),
        ) {
            let mut common = Common::default();
            for (numbers, others, reversed) in rounds {
                let mut numbers: Vec<u32> = numbers.into_iter().collect();
                if reversed {
                    numbers.reverse();
                }
                common.fill(numbers.iter().copied());
                for &number in numbers.iter().chain(&others) {
                    prop_assert_eq!(common.find(number), numbers.iter().position(|&n| n == number));
                }
            }
        }
    }
}
