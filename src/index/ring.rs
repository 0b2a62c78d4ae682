//! Lists of slots through which one can go from either end, and from which any slot is taken out at once.

use super::ids::NONE;

/// A slot's neighbours in its ring. The last is followed by the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) next: u32,
    pub(super) previous: u32,
}

impl Link {
    /// Of a slot in no ring.
    pub(super) const NONE: Self = Self { next: NONE, previous: NONE };
}

/// Access to the links of slots, wherever they are kept.
pub(super) trait Links {
    fn link(&self, slot: u32) -> Link;
    fn link_mut(&mut self, slot: u32) -> &mut Link;

    /// Makes a ring of one.
    fn begin(&mut self, slot: u32) {
        *self.link_mut(slot) = Link { next: slot, previous: slot };
    }

    /// Puts `slot` at the end of the ring that begins with `first`.
    fn add_last(&mut self, first: u32, slot: u32) {
        let last = self.link(first).previous;
        *self.link_mut(slot) = Link { next: first, previous: last };
        self.link_mut(last).next = slot;
        self.link_mut(first).previous = slot;
    }

    /// Takes `slot` out of its ring and gives the one after it, or [`NONE`] if it was alone.
    fn unlink(&mut self, slot: u32) -> u32 {
        let Link { next, previous } = self.link(slot);
        *self.link_mut(slot) = Link::NONE;
        if next == slot {
            return NONE;
        }
        self.link_mut(previous).next = next;
        self.link_mut(next).previous = previous;
        next
    }

    /// The ring that begins with `first`, from its beginning; nothing for [`NONE`].
    fn ring(&self, first: u32) -> impl Iterator<Item = u32> {
        std::iter::successors((first != NONE).then_some(first), move |&slot| {
            let next = self.link(slot).next;
            (next != first).then_some(next)
        })
    }

    /// The first and the last `visits` of the ring that begins with `first`, each once: at most twice
    /// `visits`.
    fn ends(&self, first: u32, visits: usize, mut visit: impl FnMut(u32)) {
        let (mut last, mut count) = (first, 0);
        for slot in self.ring(first).take(visits) {
            visit(slot);
            (last, count) = (slot, count + 1);
        }
        if first == NONE || count < visits {
            return;
        }
        let mut slot = self.link(first).previous;
        for _ in 0..visits {
            if slot == last {
                return;
            }
            visit(slot);
            slot = self.link(slot).previous;
        }
    }
}

impl Links for Vec<Link> {
    fn link(&self, slot: u32) -> Link {
        self[slot as usize]
    }

    fn link_mut(&mut self, slot: u32) -> &mut Link {
        &mut self[slot as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_gives_its_ends_and_loses_any_slot() {
        let mut links = vec![Link::NONE; 10];
        links.begin(3);
        for slot in [5, 1, 9, 0, 7] {
            links.add_last(3, slot);
        }
        let ends = |links: &Vec<Link>, first, visits| {
            let mut found = Vec::new();
            links.ends(first, visits, |slot| found.push(slot));
            found
        };
        assert_eq!(links.ring(3).collect::<Vec<_>>(), [3, 5, 1, 9, 0, 7]);
        assert_eq!(ends(&links, 3, 2), [3, 5, 7, 0]);
        assert_eq!(ends(&links, 3, 3), [3, 5, 1, 7, 0, 9]);
        assert_eq!(ends(&links, 3, 4), [3, 5, 1, 9, 7, 0]);
        assert_eq!(ends(&links, 3, 6).len(), 6);
        assert_eq!(ends(&links, 3, usize::MAX).len(), 6);
        assert!(ends(&links, NONE, 4).is_empty());
        assert_eq!(links.unlink(9), 0);
        assert_eq!(links.unlink(3), 5);
        assert_eq!(links.ring(5).collect::<Vec<_>>(), [5, 1, 0, 7]);
        for slot in [1, 0, 7] {
            links.unlink(slot);
        }
        assert_eq!(ends(&links, 5, 1), [5]);
        assert_eq!(links.unlink(5), NONE);
    }
}
