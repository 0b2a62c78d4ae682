//! Which documents hold a value: lists that grow and lose documents.

use std::collections::{BTreeSet, HashMap};

use super::super::{holder_of, key_of, posting};
use crate::hash::SecretState;
use crate::parallel;

/// Values are merged into the sorted part when the recent ones are 1/32 of it: a recent value takes
/// about 60 bytes instead of 8, so that they add at most a quarter to the memory.
const RECENT_SHARE: usize = 32;

/// The least number of recent values before a merge, and of removed ones before they are cleared away.
const LEAST: usize = 1 << 14;

/// Removed values are cleared away when they are 1/8 of all.
const REMOVED_SHARE: usize = 8;

/// The longest list that is looked through from one end to the other; what comes behind is kept as a tree.
const SHORT: usize = 128;

/// A map by keys whose places nobody can know before the program runs. No answer depends on it.
type Map<V> = HashMap<u32, V, SecretState>;

/// The documents of each key. Documents are numbers that rise from insertion to insertion, so that lists are
/// in the order of insertion.
///
/// Three parts, in this order of age: sorted postings, 8 bytes each; lists of what came since they were
/// merged; and trees of what came when a list was long. Removed documents stay in the first two parts, whose
/// lists are short, and are passed over, until they are an eighth of all. From trees they are taken out at
/// once.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    sorted: Sorted,
    recent: Map<Vec<u32>>,
    recent_values: usize,
    /// A document is in a tree as often as it has the key, with 0, 1, ... below its number.
    trees: Map<BTreeSet<u64>>,
    tree_values: usize,
    /// The keys of the trees that a document is in.
    in_trees: Map<Vec<u32>>,
    /// A bit for each document.
    removed: Vec<u64>,
    /// In the sorted and the recent part.
    removed_values: usize,
}

impl Lists {
    /// All values that are stored, those of removed documents that are not cleared away among them.
    pub(super) fn values(&self) -> usize {
        self.sorted.postings.len() + self.recent_values + self.tree_values
    }

    /// Those of them that are of removed documents.
    pub(super) fn removed_values(&self) -> usize {
        self.removed_values
    }

    /// Are there so many removed values that it is time to clear them away?
    pub(super) fn is_littered(&self) -> bool {
        self.removed_values > LEAST.max(self.values() / REMOVED_SHARE)
    }

    fn is_removed(&self, document: u32) -> bool {
        self.removed.get(document as usize / 64).is_some_and(|bits| bits >> (document % 64) & 1 == 1)
    }

    /// Adds the keys of the latest document.
    pub(super) fn insert(&mut self, document: u32, keys: impl Iterator<Item = u32>) {
        for key in keys {
            if self.trees.contains_key(&key) {
                self.plant(key, document);
                continue;
            }
            let list = self.recent.entry(key).or_default();
            list.push(document);
            self.recent_values += 1;
            if list.len() > SHORT {
                let list = self.recent.remove(&key).unwrap_or_default();
                self.recent_values -= list.len();
                self.trees.insert(key, BTreeSet::new());
                for document in list {
                    if self.is_removed(document) {
                        self.removed_values -= 1;
                    } else {
                        self.plant(key, document);
                    }
                }
            }
        }
        if self.recent_values > LEAST.max(self.sorted.postings.len() / RECENT_SHARE) {
            self.merge(std::iter::empty());
        }
    }

    /// Adds a document to the tree of a key.
    fn plant(&mut self, key: u32, document: u32) {
        let tree = self.trees.entry(key).or_default();
        let first = u64::from(document) << 32;
        let place = tree.range(first..).next_back().map_or(first, |last| last + 1);
        tree.insert(place);
        self.tree_values += 1;
        self.in_trees.entry(document).or_default().push(key);
    }

    /// Sorts in what is recent, and postings of the latest documents.
    pub(super) fn merge(&mut self, latest: impl Iterator<Item = u64>) {
        let recent = std::mem::take(&mut self.recent);
        self.recent_values = 0;
        let recent = recent
            .into_iter()
            .flat_map(|(key, list)| list.into_iter().map(move |holder| posting(key, holder)));
        let mut postings = std::mem::take(&mut self.sorted.postings);
        let old = postings.len();
        postings.extend(recent);
        postings.extend(latest);
        parallel::sort(&mut postings[old..]);
        self.sorted.postings = postings;
        self.take_in(old);
    }

    /// Takes in the postings from `old` on, which are sorted: what would make a list long goes into a tree.
    fn take_in(&mut self, old: usize) {
        let (mut from, mut to) = (old, old);
        while from < self.sorted.postings.len() {
            let key = key_of(self.sorted.postings[from]);
            let new =
                self.sorted.postings[from..].iter().take_while(|&&posting| key_of(posting) == key).count();
            let long =
                new > SHORT || self.trees.contains_key(&key) || self.sorted.of(key, old).len() + new > SHORT;
            for at in from..from + new {
                let posting = self.sorted.postings[at];
                if !long {
                    self.sorted.postings[to] = posting;
                    to += 1;
                } else if self.is_removed(holder_of(posting)) {
                    self.removed_values -= 1;
                } else {
                    self.plant(key, holder_of(posting));
                }
            }
            from += new;
        }
        self.sorted.postings.truncate(to);
        self.sorted.finish(old);
    }

    /// Marks a document of so many values as removed.
    pub(super) fn remove(&mut self, document: u32, values: usize) {
        let place = document as usize / 64;
        if self.removed.len() <= place {
            self.removed.resize(place + 1, 0);
        }
        self.removed[place] |= 1 << (document % 64);
        let keys = self.in_trees.remove(&document).unwrap_or_default();
        self.removed_values += values - keys.len();
        self.tree_values -= keys.len();
        let first = u64::from(document) << 32;
        for key in keys {
            if let Some(tree) = self.trees.get_mut(&key) {
                if let Some(&place) = tree.range(first..=first | u64::from(u32::MAX)).next() {
                    tree.remove(&place);
                }
                if tree.is_empty() {
                    self.trees.remove(&key);
                }
            }
        }
    }

    /// The holders of a key.
    pub(super) fn of(&self, key: u32) -> Holders<'_> {
        let sorted = self.sorted.of(key, self.sorted.postings.len());
        let recent = self.recent.get(&key).map_or(&[][..], Vec::as_slice);
        let tree = self.trees.get(&key);
        let mut holders = Holders { lists: self, sorted, recent, tree, len: 0 };
        let listed =
            if self.removed_values == 0 { sorted.len() + recent.len() } else { holders.listed().count() };
        holders.len = listed + tree.map_or(0, BTreeSet::len);
        holders
    }

    /// All postings in order, each document as the number that `number` says. The lists are used up.
    pub(super) fn into_postings(mut self, number: impl Fn(u32) -> u32) -> Vec<u64> {
        let mut postings = std::mem::take(&mut self.sorted.postings);
        postings.reserve_exact(self.recent_values + self.tree_values);
        for (&key, list) in &self.recent {
            postings.extend(list.iter().map(|&holder| posting(key, holder)));
        }
        for (&key, tree) in &self.trees {
            postings.extend(tree.iter().map(|&place| posting(key, (place >> 32) as u32)));
        }
        postings.retain(|&posting| !self.is_removed(holder_of(posting)));
        for entry in &mut postings {
            *entry = posting(key_of(*entry), number(holder_of(*entry)));
        }
        parallel::sort(&mut postings);
        postings
    }

    /// Lists of postings in order.
    pub(super) fn of_postings(postings: Vec<u64>) -> Self {
        let mut lists = Self::default();
        lists.sorted.postings = postings;
        lists.take_in(0);
        lists
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        // A key, a vector and a control byte for each place; four holders are the least a vector takes.
        let map = |lists: &Map<Vec<u32>>| {
            33 * lists.capacity() + lists.values().map(|list| 4 * list.capacity()).sum::<usize>()
        };
        8 * (self.sorted.postings.capacity() + self.removed.capacity())
            + 4 * self.sorted.starts.capacity()
            + map(&self.recent)
            + map(&self.in_trees)
            + 33 * self.trees.capacity()
            // Nodes of 11 places, two thirds full.
            + 14 * self.tree_values
    }
}

/// The documents that hold a key, in the order of insertion.
#[derive(Clone, Copy)]
pub(super) struct Holders<'a> {
    lists: &'a Lists,
    sorted: &'a [u64],
    recent: &'a [u32],
    tree: Option<&'a BTreeSet<u64>>,
    len: usize,
}

impl<'a> Holders<'a> {
    pub(super) fn len(self) -> usize {
        self.len
    }

    /// Those in the sorted and the recent part.
    fn listed(self) -> impl DoubleEndedIterator<Item = u32> + 'a {
        let all = self.sorted.iter().map(|&posting| holder_of(posting)).chain(self.recent.iter().copied());
        all.filter(move |&holder| !self.lists.is_removed(holder))
    }

    fn iter(self) -> impl DoubleEndedIterator<Item = u32> + 'a {
        let tree = self.tree.into_iter().flatten();
        self.listed().chain(tree.map(|&place| (place >> 32) as u32))
    }

    /// Whether a document that was not removed is among them. O(log n).
    pub(super) fn contains(self, key: u32, document: u32) -> bool {
        let place = u64::from(document) << 32;
        self.sorted.binary_search(&posting(key, document)).is_ok()
            || self.recent.binary_search(&document).is_ok()
            || self.tree.is_some_and(|tree| tree.range(place..place + (1 << 32)).next().is_some())
    }

    /// The first and the last `visits` holders, in order, each once.
    pub(super) fn ends(self, visits: usize, out: &mut Vec<u32>) {
        out.clear();
        out.extend(self.iter().take(visits));
        let head = out.len();
        out.extend(self.iter().rev().take(visits.min(self.len - head)));
        out[head..].reverse();
    }
}

/// Sorted postings and a directory into them.
#[derive(Clone, Debug, Default)]
struct Sorted {
    postings: Vec<u64>,
    /// Where the postings begin whose keys have the leading bits i; one more at the end.
    starts: Vec<u32>,
    bits: u32,
}

impl Sorted {
    /// Merges the postings from `old` on, which are sorted, with those before.
    fn finish(&mut self, old: usize) {
        if old > 0 {
            #[expect(clippy::stable_sort_primitive, reason = "it merges runs; the unstable one sorts anew")]
            self.postings.sort();
        }
        self.build_directory();
    }

    /// About eight postings a place.
    fn build_directory(&mut self) {
        self.bits = (self.postings.len() / 8).max(1).ilog2().min(28);
        self.starts.clear();
        self.starts.reserve_exact((1 << self.bits) + 1);
        for (i, &posting) in self.postings.iter().enumerate() {
            let place = self.place(key_of(posting));
            if self.starts.len() <= place {
                self.starts.resize(place + 1, i as u32);
            }
        }
        self.starts.resize((1 << self.bits) + 1, self.postings.len() as u32);
    }

    fn place(&self, key: u32) -> usize {
        (u64::from(key) << self.bits >> 32) as usize
    }

    /// The postings of a key among the first `len`, for which the directory was built.
    fn of(&self, key: u32, len: usize) -> &[u64] {
        let place = self.place(key);
        let (Some(&start), Some(&end)) = (self.starts.get(place), self.starts.get(place + 1)) else {
            return &[];
        };
        run(&self.postings[start as usize..(end as usize).min(len)], key)
    }
}

/// The postings of `key` in an ascending slice.
fn run(postings: &[u64], key: u32) -> &[u64] {
    let rest = &postings[postings.partition_point(|&posting| key_of(posting) < key)..];
    &rest[..rest.partition_point(|&posting| key_of(posting) == key)]
}

#[cfg(test)]
mod tests {
    use super::super::super::some_postings;
    use super::*;

    #[test]
    fn the_directory_finds_every_list() {
        let mut sorted = Sorted::default();
        assert!(sorted.of(7, 0).is_empty());
        let all = some_postings();
        // Two merges.
        for part in [0, 1] {
            let old = sorted.postings.len();
            sorted.postings.extend(all.iter().copied().filter(|&p| p % 2 == part));
            sorted.finish(old);
        }
        assert_eq!(sorted.postings, all);
        let keys = all
            .iter()
            .map(|&p| key_of(p))
            .flat_map(|key| [key.saturating_sub(1), key, key.saturating_add(1)]);
        for key in keys {
            let naive: Vec<u64> = all.iter().copied().filter(|&p| key_of(p) == key).collect();
            assert_eq!(sorted.of(key, all.len()), naive);
        }
    }

    /// Lists that pass from short to long, by one, by batches and by both, with documents that hold a key
    /// twice.
    #[test]
    fn lists_lose_what_is_removed_however_long_they_are() {
        for batch in [1, 7, 300] {
            let mut lists = Lists::default();
            let keys = |document: u32| {
                let odd = (document % 2 == 1).then_some(8);
                [7, document % 5, 7].into_iter().chain(odd).chain([1_000 + document])
            };
            let mut alive: Vec<u32> = Vec::new();
            for first in (0..900_u32).step_by(batch) {
                let documents = first..first + batch as u32;
                if batch == 7 {
                    documents.clone().for_each(|document| lists.insert(document, keys(document)));
                } else {
                    let postings = |document| keys(document).map(move |key| posting(key, document));
                    lists.merge(documents.clone().flat_map(postings));
                }
                alive.extend(documents);
                let gone: Vec<u32> =
                    alive.iter().copied().filter(|d| d % 3 == 1 && (d + first) % 11 == 3).collect();
                alive.retain(|document| !gone.contains(document));
                gone.into_iter().for_each(|document| lists.remove(document, keys(document).count()));
                if first.is_multiple_of(5) {
                    for key in [0, 3, 7, 8, 1_000, 1_004] {
                        let naive: Vec<u32> = alive
                            .iter()
                            .flat_map(|&document| keys(document).filter(|&k| k == key).map(move |_| document))
                            .collect();
                        let holders = lists.of(key);
                        assert_eq!(
                            (holders.len(), holders.iter().collect::<Vec<_>>()),
                            (naive.len(), naive.clone())
                        );
                        for visits in [1, 3, 200] {
                            let mut ends = Vec::new();
                            holders.ends(visits, &mut ends);
                            let head = naive.len().min(visits);
                            let tail = naive.len().saturating_sub(visits).max(head);
                            assert_eq!(ends, [&naive[..head], &naive[tail..]].concat());
                        }
                    }
                }
            }
            assert!(lists.tree_values > 500 && lists.values() > 1_500);
            let postings = lists.clone().into_postings(|document| document);
            assert_eq!(postings.len(), alive.iter().map(|&document| keys(document).count()).sum::<usize>());
            let again = Lists::of_postings(postings.clone());
            assert_eq!(again.into_postings(|document| document), postings);
        }
    }
}
