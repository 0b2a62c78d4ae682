//! The table of one block: from its bits to the signatures that have them.

use super::blocks::Block;
use crate::index::ids::NONE;
use crate::index::ring::{Link, Links};
use crate::sketch::SimHashBits;

/// A ring of slots for each place, which some keys share. Insertion and removal take O(1), however many slots
/// share a place.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The first slot of each ring, or [`NONE`]; as many as a power of two.
    heads: Vec<u32>,
    links: Vec<Link>,
}

impl Table {
    /// Of a block, with room for `slots` slots and those of `words` in it, `None` where a slot is free.
    pub(super) fn new<W: SimHashBits>(
        block: &Block,
        slots: usize,
        words: impl ExactSizeIterator<Item = Option<W>>,
    ) -> Self {
        let mut links = Vec::with_capacity(slots.max(words.len()));
        links.resize(words.len(), Link::NONE);
        let mut table = Self { heads: vec![NONE; 1 << block.bits], links };
        for (slot, word) in (0..).zip(words) {
            if let Some(word) = word {
                table.insert(block.key(word), slot);
            }
        }
        table
    }

    /// Puts a slot, at most one behind the last, under a key.
    pub(super) fn insert(&mut self, key: u32, slot: u32) {
        let place = self.place(key);
        if slot as usize == self.links.len() {
            self.links.push(Link::NONE);
        }
        if self.heads[place] == NONE {
            self.heads[place] = slot;
            self.links.begin(slot);
        } else {
            self.links.add_last(self.heads[place], slot);
        }
    }

    pub(super) fn remove(&mut self, key: u32, slot: u32) {
        let place = self.place(key);
        let next = self.links.unlink(slot);
        if self.heads[place] == slot {
            self.heads[place] = next;
        }
    }

    /// The slots under a key, and others.
    #[inline]
    pub(super) fn ring(&self, key: u32) -> impl Iterator<Item = u32> {
        self.links.ring(self.heads[self.place(key)])
    }

    #[inline]
    fn place(&self, key: u32) -> usize {
        key as usize & (self.heads.len() - 1)
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        4 * self.heads.capacity() + size_of::<Link>() * self.links.capacity()
    }
}
