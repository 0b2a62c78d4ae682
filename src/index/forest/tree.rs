//! A sorted list that grows and shrinks, read in both directions from any place.

/// The most items of a chunk: insertion moves half of them, 2 KiB of paths.
const MOST: usize = 256;

/// Distinct items in ascending order, in chunks of up to [`MOST`], none of them empty.
///
/// A look-up is two binary searches, and neighbours lie side by side, where a tree of nodes has a pointer for
/// each. Insertion and removal move the items of one chunk, and once in a hundred times the list of chunks.
#[derive(Clone, Debug)]
pub(super) struct Tree<T> {
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Copy + Ord> Tree<T> {
    /// The last chunk whose first item is at most `item`; the first chunk if there is none.
    fn chunk_of(&self, item: &T) -> usize {
        self.chunks.partition_point(|chunk| chunk.first() <= Some(item)).saturating_sub(1)
    }

    /// Adds an item that is not there.
    pub(super) fn insert(&mut self, item: T) {
        let at = self.chunk_of(&item);
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(vec![item]);
            return;
        };
        let place = chunk.partition_point(|other| *other < item);
        chunk.insert(place, item);
        if chunk.len() == MOST {
            let upper = chunk.split_off(MOST / 2);
            self.chunks.insert(at + 1, upper);
        }
    }

    /// Removes an item, if it is there.
    pub(super) fn remove(&mut self, item: &T) {
        let at = self.chunk_of(item);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        if let Ok(place) = chunk.binary_search(item) {
            chunk.remove(place);
            if chunk.is_empty() {
                self.chunks.remove(at);
            }
        }
    }

    /// The items from the first that is not below `item` on, ascending; and those before it, descending.
    pub(super) fn around(&self, item: T) -> (impl Iterator<Item = T>, impl Iterator<Item = T>) {
        let at = self.chunk_of(&item);
        let (before, rest) = self.chunks.split_at(at);
        let (chunk, after) = rest.split_first().map_or((&[][..], rest), |(chunk, after)| (&chunk[..], after));
        let (low, high) = chunk.split_at(chunk.partition_point(|other| *other < item));
        let after = high.iter().chain(after.iter().flatten());
        let before = low.iter().rev().chain(before.iter().rev().flat_map(|chunk| chunk.iter().rev()));
        (after.copied(), before.copied())
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        size_of::<Vec<T>>() * self.chunks.capacity()
            + self.chunks.iter().map(|chunk| size_of::<T>() * chunk.capacity()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_tree_is_a_set(
            steps in prop::collection::vec((any::<bool>(), 0_u32..3_000), 0..3_000),
            asked in prop::collection::vec(0_u32..3_000, 8),
            grown in any::<bool>(),
        ) {
            let (mut tree, mut set) = (Tree::default(), BTreeSet::new());
            for item in (0..3_000).filter(|_| grown) {
                tree.insert(item);
                set.insert(item);
            }
            for (is_new, item) in steps {
                match is_new {
                    true if set.insert(item) => tree.insert(item),
                    true => {}
                    false => {
                        set.remove(&item);
                        tree.remove(&item);
                    }
                }
            }
            for item in asked {
                let (after, before) = tree.around(item);
                prop_assert!(after.eq(set.range(item..).copied()));
                prop_assert!(before.eq(set.range(..item).rev().copied()));
            }
            prop_assert!(tree.chunks.iter().all(|chunk| (1..MOST).contains(&chunk.len())));
        }
    }
}
