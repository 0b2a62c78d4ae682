//! Hash tables that are filled and emptied for every text or pair.

use crate::hash::Secret;

/// A map from hashes to values, emptied in no time: a slot of another epoch is empty.
///
/// Where a key goes is a [`Secret`], so that no text can be written whose words all go to one place. At most
/// half of the slots are full, so that a look-up reads 1.5 of them on average.
#[derive(Clone, Debug, Default)]
pub(super) struct Table<K, V> {
    slots: Vec<Slot<K, V>>,
    epoch: u32,
    mask: usize,
    secret: Secret,
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

    /// Makes room for so many keys, those that are there included. Their places change.
    pub(super) fn make_room(&mut self, keys: usize) {
        let mut known = std::mem::take(&mut self.slots);
        known.truncate(self.mask + 1);
        let epoch = self.epoch;
        self.begin(keys);
        for slot in known.iter().filter(|slot| slot.epoch == epoch) {
            let place = self.insert(slot.key);
            self.slots[place].value = slot.value;
        }
    }

    /// The place of a key, which is put there with `V::default()` if it is new.
    #[inline]
    #[allow(
        clippy::needless_bitwise_bool,
        reason = "a lazy operator is a branch, and nobody knows which keys are new"
    )]
    pub(super) fn insert(&mut self, key: K) -> usize {
        let mut i = self.secret.hash(key.into()) as usize & self.mask;
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

    /// The place of a key that is there.
    pub(super) fn find(&self, key: K) -> Option<usize> {
        let mut i = self.secret.hash(key.into()) as usize & self.mask;
        loop {
            let slot = self.slots.get(i).filter(|slot| slot.epoch == self.epoch)?;
            if slot.key == key {
                return Some(i);
            }
            i = (i + 1) & self.mask;
        }
    }

    /// The value at a place.
    #[inline]
    pub(super) fn at_mut(&mut self, place: usize) -> &mut V {
        &mut self.slots[place].value
    }
}

/// A set of 32-bit hashes, emptied in no time as a [`Table`] is.
///
/// Epoch and hash are one number, so that one comparison tells an empty slot and the hash itself from another
/// hash: a branch on which of the first two it is would be mispredicted at every second word of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The epoch above, the hash below.
    slots: Vec<u64>,
    epoch: u32,
    mask: usize,
    secret: Secret,
}

impl Seen {
    /// Empties the set and makes room for so many hashes.
    pub(super) fn begin(&mut self, hashes: usize) {
        let size = (4 * hashes).next_power_of_two().max(16);
        if self.slots.len() < size {
            self.slots.resize(size, 0);
        }
        self.mask = size - 1;
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(0);
            self.epoch = 1;
        }
    }

    /// Puts a hash there; whether it is new.
    #[inline]
    pub(super) fn add(&mut self, hash: u32) -> bool {
        let full = u64::from(self.epoch) << 32 | u64::from(hash);
        let mut i = self.secret.hash(u64::from(hash)) as usize & self.mask;
        loop {
            let slot = &mut self.slots[i];
            // Below 2^32 for a slot of this epoch, 0 for the hash itself.
            let differs = *slot ^ full;
            if differs.wrapping_sub(1) >= u64::from(u32::MAX) {
                *slot = full;
                return differs != 0;
            }
            i = (i + 1) & self.mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    /// Keys that are alike where a table without a secret looks: each is found in some two steps, and does
    /// not make the next one walk past all before it.
    #[test]
    fn chosen_keys_spread() {
        const KEYS: usize = 1 << 12;
        for shift in [0, 8, 16, 20, 32, 48] {
            let mut table = Table::<u64, u32>::default();
            table.begin(KEYS);
            (0..KEYS as u64).for_each(|key| _ = table.insert(key << shift));
            let full = |i: usize| table.slots[i & table.mask].epoch == table.epoch;
            let home = |i: usize| table.secret.hash(table.slots[i].key) as usize & table.mask;
            let steps = |i: usize| i.wrapping_sub(home(i)) & table.mask;
            let all: usize = (0..table.slots.len()).filter(|&i| full(i)).map(steps).sum();
            assert!(all < 2 * KEYS, "{shift}: {all} steps");

            let mut seen = Seen::default();
            seen.begin(KEYS);
            (0..KEYS as u32).for_each(|hash| _ = seen.add(hash << (shift % 20)));
            let home = |slot: u64| seen.secret.hash(slot & u64::from(u32::MAX)) as usize & seen.mask;
            let taken = (0..).zip(&seen.slots).filter(|(_, slot)| **slot >> 32 == u64::from(seen.epoch));
            let all: usize = taken.map(|(i, &slot): (usize, _)| i.wrapping_sub(home(slot)) & seen.mask).sum();
            assert!(all < 2 * KEYS, "{shift}: {all} steps in a set");
        }
    }

    proptest! {
        #[test]
        fn it_is_a_set(rounds in prop::collection::vec(prop::collection::vec(0_u32..40, 0..60), 1..4)) {
            let mut seen = Seen { epoch: u32::MAX - 1, ..Seen::default() };
            for hashes in rounds {
                seen.begin(hashes.len());
                let mut naive = HashSet::new();
                for hash in hashes {
                    prop_assert_eq!(seen.add(hash), naive.insert(hash));
                }
            }
        }

        #[test]
        fn it_is_a_map(
            rounds in prop::collection::vec(prop::collection::vec(0_u32..40, 0..60), 1..4),
            grows: bool,
        ) {
            // The epoch is soon 0 again.
            let mut table = Table::<u32, u32> { epoch: u32::MAX - 1, ..Table::default() };
            for keys in rounds {
                let mut room = if grows { 4 } else { keys.len() + 40 };
                table.begin(room);
                let mut naive = HashMap::<u32, u32>::new();
                for key in keys.into_iter().chain(0..40) {
                    if naive.len() == room {
                        room *= 2;
                        table.make_room(room);
                    }
                    let place = table.insert(key);
                    *table.at_mut(place) += 1;
                    *naive.entry(key).or_default() += 1;
                }
                for key in 0..40 {
                    let found = table.find(key).map(|place| *table.at_mut(place));
                    prop_assert_eq!(found, naive.get(&key).copied());
                }
                for key in 0..40 {
                    let place = table.insert(key);
                    prop_assert_eq!(*table.at_mut(place), naive.get(&key).copied().unwrap_or(0));
                }
            }
        }
    }
}
