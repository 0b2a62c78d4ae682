//! A hash table that is filled and emptied for every text or pair.

/// A map from hashes to values, emptied in no time: a slot of another epoch is empty.
///
/// Keys are taken for well mixed in their low bits. At most half of the slots are full, so that a look-up reads 1.5 of
/// them on average.
#[derive(Clone, Debug, Default)]
pub(super) struct Table<K, V> {
    slots: Vec<Slot<K, V>>,
    epoch: u32,
    mask: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot<K, V> {
    epoch: u32,
    key: K,
    value: V,
}

impl<K: Copy + Eq + Default + Into<u64>, V: Copy + Default> Table<K, V> {
    /// Empties the table and makes room for so many keys.
    pub(super) fn begin(&mut self, keys: usize) {
        let size = (2 * keys).next_power_of_two().max(16);
        if self.slots.len() < size {
            self.slots.resize(size, Slot::default());
        }
        self.mask = size - 1;
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(Slot::default());
            self.epoch = 1;
        }
    }

    /// The place of a key, if it is there.
    #[inline]
    pub(super) fn find(&self, key: K) -> Option<usize> {
        let mut i = key.into() as usize & self.mask;
        loop {
            let slot = &self.slots[i];
            if slot.epoch != self.epoch {
                return None;
            }
            if slot.key == key {
                return Some(i);
            }
            i = (i + 1) & self.mask;
        }
    }

    /// The place of a key, which is put there with `V::default()` if it is new.
    #[inline]
    #[allow(
        clippy::needless_bitwise_bool,
        reason = "a lazy operator is a branch, and nobody knows which keys are new"
    )]
    pub(super) fn insert(&mut self, key: K) -> usize {
        let mut i = key.into() as usize & self.mask;
        loop {
            let slot = &mut self.slots[i];
            let is_empty = slot.epoch != self.epoch;
            if is_empty | (slot.key == key) {
                let value = if is_empty { V::default() } else { slot.value };
                *slot = Slot { epoch: self.epoch, key, value };
                return i;
            }
            i = (i + 1) & self.mask;
        }
    }

    /// The value at a place.
    #[inline]
    pub(super) fn at(&self, place: usize) -> &V {
        &self.slots[place].value
    }

    /// The value at a place.
    #[inline]
    pub(super) fn at_mut(&mut self, place: usize) -> &mut V {
        &mut self.slots[place].value
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map(rounds in prop::collection::vec(prop::collection::vec(0_u32..40, 0..60), 1..4)) {
            // The epoch is soon 0 again.
            let mut table = Table::<u32, u32> { epoch: u32::MAX - 1, ..Table::default() };
            for keys in rounds {
                table.begin(keys.len());
                let mut naive = HashMap::<u32, u32>::new();
                for key in keys {
                    let place = table.insert(key);
                    *table.at_mut(place) += 1;
                    *naive.entry(key).or_default() += 1;
                }
                for key in 0..40 {
                    let found = table.find(key).map(|place| *table.at(place));
                    prop_assert_eq!(found, naive.get(&key).copied());
                }
            }
        }
    }
}
