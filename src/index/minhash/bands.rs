//! The documents of one band by key.

use super::super::ids::NONE;
use super::super::ring::{Link, Links};
use super::super::table::{Seed, SlotTable};

/// One band of all documents: a ring for each bucket, in the order of insertion, and a table of their first
/// documents.
///
/// Insertion and removal take O(1), however large the bucket is, and a query reaches both ends of it.
// Rejected: chains by the leading bits of the key, newest first, with 16 to 20 bytes a document instead of 16
// to
// 27. One end alone is reached; to remove one takes as long as its bucket is large; and who knows the
//     function
// can choose keys of one chain. A map from key to a vector: 24 bytes and an allocation for a document that
// most often is alone with its key.
#[derive(Clone, Debug, Default)]
pub(super) struct BandTable {
    entries: Vec<Entry>,
    firsts: SlotTable,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    /// [`Link::NONE`] where there is no document, or an empty one.
    link: Link,
}

impl Links for Vec<Entry> {
    fn link(&self, slot: u32) -> Link {
        self[slot as usize].link
    }

    fn link_mut(&mut self, slot: u32) -> &mut Link {
        &mut self[slot as usize].link
    }
}

impl BandTable {
    /// Of the keys of slots 0, 1, ...; `None` is an empty document.
    pub(super) fn new(seed: Seed, keys: impl ExactSizeIterator<Item = Option<u64>>) -> Self {
        let firsts = SlotTable::with_room(keys.len());
        let mut table = Self { entries: Vec::with_capacity(keys.len()), firsts };
        for (slot, key) in (0..).zip(keys) {
            table.insert(seed, slot, key);
        }
        let Self { entries, firsts } = &mut table;
        firsts.shrink(|slot| seed.hash(entries[slot as usize].key));
        table
    }

    /// Puts a document into a free slot, at most one behind the last; `None` is an empty one.
    pub(super) fn insert(&mut self, seed: Seed, slot: u32, key: Option<u64>) {
        let Self { entries, firsts } = self;
        let entry = Entry { key: key.unwrap_or(0), link: Link::NONE };
        if let Some(place) = entries.get_mut(slot as usize) {
            *place = entry;
        } else {
            entries.push(entry);
        }
        if let Some(key) = key {
            let hash = seed.hash(key);
            if let Some(first) = firsts.find(hash, |slot| entries[slot as usize].key == key) {
                entries.add_last(first, slot);
            } else {
                entries.begin(slot);
                firsts.insert(hash, slot, |slot| seed.hash(entries[slot as usize].key));
            }
        }
    }

    /// Takes the document out of a slot.
    pub(super) fn remove(&mut self, seed: Seed, slot: u32) {
        let Self { entries, firsts } = self;
        let Entry { key, link } = entries[slot as usize];
        if link == Link::NONE {
            return;
        }
        let hash = seed.hash(key);
        let first = firsts.find(hash, |slot| entries[slot as usize].key == key);
        let next = entries.unlink(slot);
        if first == Some(slot) {
            if next == NONE {
                firsts.remove(hash, slot, |slot| seed.hash(entries[slot as usize].key));
            } else {
                firsts.replace(hash, slot, next);
            }
        }
    }

    /// The key in a slot; `None` is an empty document.
    pub(super) fn key(&self, slot: u32) -> Option<u64> {
        let Entry { key, link } = self.entries[slot as usize];
        (link != Link::NONE).then_some(key)
    }

    /// The first and the last `visits` documents with this key.
    pub(super) fn visit(&self, seed: Seed, key: u64, visits: usize, visit: impl FnMut(u32)) {
        let first = self.firsts.find(seed.hash(key), |slot| self.entries[slot as usize].key == key);
        self.entries.ends(first.unwrap_or(NONE), visits, visit);
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        size_of::<Entry>() * self.entries.capacity() + self.firsts.memory()
    }
}
