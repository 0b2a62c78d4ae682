//! A hash table of 32-bit slots, whose keys lie elsewhere.

use std::hash::{BuildHasher, RandomState};

use crate::hash::folded_multiply;
use crate::kernel::prefetch::prefetch;

/// A seed that nobody can know before the program runs, so that nobody can choose keys that fall into
/// neighbouring cells. No answer depends on it: tables are asked for a key, never listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(u64, u64);

impl Seed {
    pub(super) fn new() -> Self {
        let state = RandomState::new();
        Self(state.hash_one(0_u32), state.hash_one(1_u32) | 1)
    }

    #[inline]
    pub(super) fn hash(self, key: u64) -> u64 {
        folded_multiply(folded_multiply(key ^ self.0, self.1), self.1 ^ self.0.rotate_left(32))
    }
}

/// Open addressing with linear probing; at most three cells of four are taken.
///
/// A cell holds the low half of the hash above a slot, so that keys are looked at about once for a look-up.
/// The high half of the hash gives the place. The caller says what the hash of a slot is.
#[derive(Clone, Debug, Default)]
pub(super) struct SlotTable {
    cells: Vec<u64>,
    taken: usize,
}

const EMPTY: u64 = u64::MAX;

impl SlotTable {
    /// With room for so many slots.
    pub(super) fn with_room(slots: usize) -> Self {
        Self { cells: vec![EMPTY; cells_for(slots)], taken: 0 }
    }

    /// The place from which a hash is looked for.
    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.cells.len() as u128) >> 64) as usize
    }

    fn after(&self, at: usize) -> usize {
        if at + 1 == self.cells.len() { 0 } else { at + 1 }
    }

    fn cell(hash: u64, slot: u32) -> u64 {
        hash << 32 | u64::from(slot)
    }

    /// Where the slot is of this hash that `is` says is the one.
    #[inline]
    fn position(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<usize> {
        if self.cells.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            let cell = self.cells[at];
            if cell == EMPTY {
                return None;
            }
            if cell >> 32 == hash & 0xffff_ffff && is(cell as u32) {
                return Some(at);
            }
            at = self.after(at);
        }
    }

    /// The slot of this hash that `is` says is the one.
    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl FnMut(u32) -> bool) -> Option<u32> {
        self.position(hash, is).map(|at| self.cells[at] as u32)
    }

    /// Starts to load the cell where a look-up of this hash begins.
    #[inline]
    pub(super) fn prefetch(&self, hash: u64) {
        prefetch(&self.cells, self.home(hash));
    }

    /// Adds a slot that is not there, below 2³² − 1. Amortised O(1).
    pub(super) fn insert(&mut self, hash: u64, slot: u32, hash_of: impl Fn(u32) -> u64) {
        if 4 * (self.taken + 1) > 3 * self.cells.len() {
            self.rebuild(2 * self.taken + 4, hash_of);
        }
        self.put(hash, slot);
        self.taken += 1;
    }

    fn put(&mut self, hash: u64, slot: u32) {
        let mut at = self.home(hash);
        while self.cells[at] != EMPTY {
            at = self.after(at);
        }
        self.cells[at] = Self::cell(hash, slot);
    }

    /// Gives the key of slot `old` to slot `new`.
    pub(super) fn replace(&mut self, hash: u64, old: u32, new: u32) {
        if let Some(at) = self.position(hash, |slot| slot == old) {
            self.cells[at] = Self::cell(hash, new);
        }
    }

    /// Removes a slot. The cells after it move up, so that none is left behind as a mark.
    pub(super) fn remove(&mut self, hash: u64, slot: u32, hash_of: impl Fn(u32) -> u64) {
        let Some(mut gap) = self.position(hash, |other| other == slot) else {
            return;
        };
        let distance = |from: usize, to: usize| (to + self.cells.len() - from) % self.cells.len();
        let mut moves = Vec::new();
        let mut at = self.after(gap);
        while self.cells[at] != EMPTY {
            let home = self.home(hash_of(self.cells[at] as u32));
            if distance(home, at) >= distance(gap, at) {
                moves.push((at, gap));
                gap = at;
            }
            at = self.after(at);
        }
        for (from, to) in moves {
            self.cells[to] = self.cells[from];
        }
        self.cells[gap] = EMPTY;
        self.taken -= 1;
    }

    /// Gives back room that is not needed.
    pub(super) fn shrink(&mut self, hash_of: impl Fn(u32) -> u64) {
        if cells_for(self.taken) < self.cells.len() {
            self.rebuild(self.taken, hash_of);
        }
    }

    fn rebuild(&mut self, slots: usize, hash_of: impl Fn(u32) -> u64) {
        let old = std::mem::replace(&mut self.cells, vec![EMPTY; cells_for(slots)]);
        for cell in old.into_iter().filter(|&cell| cell != EMPTY) {
            self.put(hash_of(cell as u32), cell as u32);
        }
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        8 * self.cells.capacity()
    }
}

/// A third more than slots, and one that stays empty.
fn cells_for(slots: usize) -> usize {
    if slots == 0 { 0 } else { (4 * slots).div_ceil(3) + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Hashes of few values, so that long runs form, wrap around and are torn.
        #[test]
        fn a_table_is_a_map(operations in prop::collection::vec((0_u32..60, 0_u8..3), 0..300), spread in 1_u64..9) {
            let hash_of = |slot: u32| (u64::from(slot) % spread) << 61 | u64::from(slot % 3);
            let mut table = SlotTable::default();
            let mut naive = std::collections::BTreeSet::new();
            for (slot, operation) in operations {
                match operation {
                    0 if naive.insert(slot) => table.insert(hash_of(slot), slot, hash_of),
                    1 => {
                        naive.remove(&slot);
                        table.remove(hash_of(slot), slot, hash_of);
                    }
                    2 => table.shrink(hash_of),
                    _ => {}
                }
                for slot in 0..60 {
                    let found = table.find(hash_of(slot), |other| other == slot);
                    prop_assert_eq!(found, naive.contains(&slot).then_some(slot));
                }
            }
        }
    }

    /// Keys that are alike: in steps of powers of two, and words whose halves undo each other.
    #[test]
    fn like_keys_spread() {
        for _ in 0..5 {
            let seed = Seed::new();
            for shift in [0, 1, 7, 16, 31, 32, 40, 48] {
                let keys: Vec<u64> = (0..1_u64 << 14).map(|i| i << shift).collect();
                let mut table = SlotTable::default();
                let hash_of = |slot: u32| seed.hash(keys[slot as usize]);
                (0..keys.len() as u32).for_each(|slot| table.insert(hash_of(slot), slot, hash_of));
                let taken = (0..).zip(&table.cells).filter(|(_, cell)| **cell != EMPTY);
                let steps = taken.map(|(at, &cell)| {
                    let home = table.home(hash_of(cell as u32));
                    (at + table.cells.len() - home) % table.cells.len()
                });
                // Of random places, at most 1.5 a key.
                let steps: usize = steps.sum();
                assert!(steps < 3 * keys.len(), "{shift}: {steps}");
            }
        }
    }
}
