//! Which sets hold a value: the postings, by the number of the value.

use crate::index::table::{Seed, SlotTable};
use crate::kernel::prefetch::prefetch;

/// Values that are looked up together.
const CHUNK: usize = 64;

/// The slots of the sets that hold one value, ascending: most values of a corpus have one holder.
#[derive(Clone, Debug)]
enum Slots {
    One(u32),
    Many(Vec<u32>),
}

/// A value that some set holds.
#[derive(Clone, Debug)]
struct Entry {
    value: u64,
    slots: Slots,
}

/// Values, each with a number below the count of them, and the holders of each.
#[derive(Clone, Debug)]
pub(super) struct Holders {
    seed: Seed,
    /// Numbers by value.
    table: SlotTable,
    entries: Vec<Entry>,
    /// Numbers to be used again; their entries stand for nothing.
    free: Vec<u32>,
}

impl Holders {
    pub(super) fn new() -> Self {
        Self { seed: Seed::new(), table: SlotTable::default(), entries: Vec::new(), free: Vec::new() }
    }

    /// How many distinct values there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    fn number(&self, value: u64) -> Option<u32> {
        self.table.find(self.seed.hash(value), |number| self.value(number) == value)
    }

    /// The value of a number.
    pub(super) fn value(&self, number: u32) -> u64 {
        self.entries[number as usize].value
    }

    /// The holders of each value, ascending.
    ///
    /// A look-up waits for a cell, an entry and a list, each elsewhere in memory: so all that a chunk of
    /// values needs is asked for before it is read.
    pub(super) fn of(&self, values: &[u64]) -> Vec<&[u32]> {
        let mut lists = Vec::with_capacity(values.len());
        for values in values.chunks(CHUNK) {
            let hashes = || values.iter().map(|&value| self.seed.hash(value));
            hashes().for_each(|hash| self.table.prefetch(hash));
            for hash in hashes() {
                // Nearly always the right one.
                if let Some(number) = self.table.find(hash, |_| true) {
                    prefetch(&self.entries, number as usize);
                }
            }
            let start = lists.len();
            lists.extend(values.iter().map(|&value| {
                match self.number(value).map(|number| &self.entries[number as usize].slots) {
                    None => &[],
                    Some(Slots::One(slot)) => std::slice::from_ref(slot),
                    Some(Slots::Many(slots)) => &slots[..],
                }
            }));
            lists[start..].iter().for_each(|list| prefetch(list, 0));
        }
        lists
    }

    /// Adds a holder that the value has not, and gives the number of the value.
    pub(super) fn add(&mut self, value: u64, slot: u32) -> u32 {
        let Some(number) = self.number(value) else {
            return self.add_value(Entry { value, slots: Slots::One(slot) });
        };
        match &mut self.entries[number as usize].slots {
            Slots::One(first) => {
                let both = [slot.min(*first), slot.max(*first)];
                self.entries[number as usize].slots = Slots::Many(both.to_vec());
            }
            Slots::Many(slots) => {
                let place = slots.partition_point(|&other| other < slot);
                slots.insert(place, slot);
            }
        }
        number
    }

    fn add_value(&mut self, entry: Entry) -> u32 {
        let Self { seed, table, entries, free } = self;
        let hash = seed.hash(entry.value);
        let number = if let Some(number) = free.pop() {
            entries[number as usize] = entry;
            number
        } else {
            entries.push(entry);
            entries.len() as u32 - 1
        };
        table.insert(hash, number, |number| seed.hash(entries[number as usize].value));
        number
    }

    /// Takes a holder from the value of a number, and the value out when it was the last.
    pub(super) fn remove(&mut self, number: u32, slot: u32) {
        let Self { seed, table, entries, free } = self;
        if let Slots::Many(slots) = &mut entries[number as usize].slots {
            if let Ok(place) = slots.binary_search(&slot) {
                slots.remove(place);
            }
            if let &[last] = &slots[..] {
                entries[number as usize].slots = Slots::One(last);
            }
            return;
        }
        let hash = seed.hash(entries[number as usize].value);
        table.remove(hash, number, |number| seed.hash(entries[number as usize].value));
        free.push(number);
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        let many =
            |entry: &Entry| if let Slots::Many(slots) = &entry.slots { 4 * slots.capacity() } else { 0 };
        self.table.memory()
            + size_of::<Entry>() * self.entries.capacity()
            + self.entries.iter().map(many).sum::<usize>()
            + 4 * self.free.capacity()
    }
}
