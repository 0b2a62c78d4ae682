//! Nearest neighbours among `MinHash` signatures, without a threshold.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use crate::hash::{SecretState, splitmix, xxh3};
use crate::sketch::{MinHashParams, MinHashSignature};
use crate::{Error, Result};

/// Bins along the path of a tree: 8 bits of each make a key of 64.
const DEPTH: usize = 8;

/// Signatures that a query compares, for each neighbour asked for and at least.
const COMPARED_EACH: usize = 8;
const COMPARED_LEAST: usize = 128;

type Map<K, V> = HashMap<K, V, SecretState>;

/// What [`MinHashForest::query`] found: a set, and its estimated resemblance to the one asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour<I> {
    /// The caller's id.
    pub id: I,
    /// The share of equal bins, above 0 and at most 1.
    pub resemblance: f64,
}

/// A signature and all that have it.
#[derive(Clone, Debug)]
struct Group<I> {
    row: Box<[u32]>,
    ids: BTreeSet<I>,
}

/// LSH Forest (Bawa, Condie, Ganesan 2005): the k sets that resemble one most, with no threshold chosen
/// beforehand.
///
/// Each of `bins / 8` prefix trees has a path of eight bins for each signature. A query goes down each tree
/// as far as the signature agrees, and comes up again, in all trees alike, until it has met at least 128
/// signatures, or 8 for each neighbour that is asked for. Those it compares bin by bin and keeps the best k.
/// What shares not even the first bin of a tree is not met, so that fewer than k may come back.
///
/// Equal signatures are one place in the trees, whatever the number of their ids; and of others at most as
/// many are visited on each side of a path as are wanted: so work is bounded whatever the sets. The answer
/// depends on what the index holds, not on the order in which it came.
///
/// # Cost
/// For n signatures of b bins, k neighbours: insertion and removal O(b log n), a query O(b log n + b k).
///
/// # Memory
/// About 7 bytes a bin of each distinct signature (900 for 128 bins) and about 100 beside them: 4 for the bin
/// itself, 3 for the trees.
///
/// ```
/// use reprint::index::MinHashForest;
/// use reprint::sketch::MinHasher;
///
/// let hasher = MinHasher::default();
/// let sketch = |from: u64, to: u64| hasher.sketch(&(from..to).collect::<Vec<_>>());
/// let mut forest = MinHashForest::new(hasher.params())?;
/// for (id, start) in [("first", 0), ("second", 300), ("third", 2_000)] {
///     forest.insert(id, &sketch(start, start + 1_000))?;
/// }
///
/// let mut nearest = Vec::new();
/// forest.query(&sketch(100, 1_100), 2, &mut nearest)?;
/// assert_eq!((nearest[0].id, nearest[1].id), ("first", "second"));
/// assert!(forest.remove(&"first"));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MinHashForest<I> {
    params: MinHashParams,
    /// For each tree: the key, then bits of the signature's hash, then the place of its group.
    trees: Vec<BTreeSet<Path>>,
    groups: Vec<Option<Group<I>>>,
    free: Vec<u32>,
    /// Places by the hash of the row; nearly always one.
    by_row: Map<u64, Vec<u32>>,
    /// Of empty sets there is no place.
    ids: BTreeMap<I, Option<u32>>,
}

/// In a tree paths are in the order of keys, and those of one key in an order that depends on the signatures
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    key: u64,
    tie: u32,
    group: u32,
}

/// Eight bits of each bin, first bin first.
fn key(bins: &[u32]) -> u64 {
    bins.iter().fold(0, |key, &bin| key << 8 | splitmix(u64::from(bin)) >> 56)
}

/// How many bins two keys have in common at the beginning.
fn common(a: u64, b: u64) -> u32 {
    (a ^ b).leading_zeros() / 8
}

fn hash_row(row: &[u32]) -> u64 {
    let bytes: Vec<u8> = row.iter().flat_map(|bin| bin.to_le_bytes()).collect();
    xxh3(&bytes)
}

impl<I: Clone + Eq + Hash + Ord> MinHashForest<I> {
    /// An empty index for signatures of these parameters.
    ///
    /// # Errors
    /// When they have fewer than 8 bins.
    pub fn new(params: MinHashParams) -> Result<Self> {
        if params.bins() < DEPTH {
            let remedy = "a tree takes eight bins; sketch with 128, or 64 at least";
            return Err(Error::parameter("bins", params.bins(), remedy));
        }
        Ok(Self {
            params,
            trees: vec![BTreeSet::new(); params.bins() / DEPTH],
            groups: Vec::new(),
            free: Vec::new(),
            by_row: Map::default(),
            ids: BTreeMap::new(),
        })
    }

    /// How its signatures are made.
    pub fn params(&self) -> MinHashParams {
        self.params
    }

    /// The number of ids.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether it holds this id.
    pub fn contains(&self, id: &I) -> bool {
        self.ids.contains_key(id)
    }

    /// About the bytes that the index takes, what ids hold beyond their own size left out. O(n).
    pub fn memory(&self) -> usize {
        // Nodes of B-trees are about three quarters full.
        let paths: usize = self.trees.iter().map(BTreeSet::len).sum();
        let rows = (self.groups.len() - self.free.len()) * 4 * self.params.bins();
        paths * size_of::<Path>() * 4 / 3
            + rows
            + self.groups.capacity() * size_of::<Option<Group<I>>>()
            + self.free.capacity() * 4
            + self.by_row.capacity() * (size_of::<(u64, Vec<u32>)>() + 1)
            + self.by_row.values().map(|places| 4 * places.capacity()).sum::<usize>()
            + self.ids.len() * (2 * size_of::<I>() + size_of::<Option<u32>>()) * 4 / 3
    }

    /// Adds a set; a set that had the id goes. The empty set is held but is no one's neighbour.
    ///
    /// # Errors
    /// When the signature was made otherwise, or there are 2³² − 1 distinct signatures already.
    pub fn insert(&mut self, id: I, signature: &MinHashSignature) -> Result<()> {
        self.params.check_same(&signature.params())?;
        if self.free.is_empty() && self.groups.len() >= u32::MAX as usize {
            return Err(Error::too_many("signatures in one index", u32::MAX as usize));
        }
        self.remove(&id);
        if signature.is_empty() {
            self.ids.insert(id, None);
            return Ok(());
        }
        let row = signature.values();
        let hash = hash_row(row);
        let known = self.by_row.get(&hash).into_iter().flatten().copied();
        let known = { known }.find(|&place| self.group(place).is_some_and(|group| *group.row == *row));
        let place = known.unwrap_or_else(|| self.plant(row, hash));
        if let Some(group) = self.groups[place as usize].as_mut() {
            group.ids.insert(id.clone());
        }
        self.ids.insert(id, Some(place));
        Ok(())
    }

    fn group(&self, place: u32) -> Option<&Group<I>> {
        self.groups[place as usize].as_ref()
    }

    /// A new group for a signature.
    fn plant(&mut self, row: &[u32], hash: u64) -> u32 {
        let group = Some(Group { row: row.into(), ids: BTreeSet::new() });
        let place = if let Some(place) = self.free.pop() {
            self.groups[place as usize] = group;
            place
        } else {
            self.groups.push(group);
            self.groups.len() as u32 - 1
        };
        self.by_row.entry(hash).or_default().push(place);
        for (tree, bins) in self.trees.iter_mut().zip(row.chunks_exact(DEPTH)) {
            tree.insert(Path { key: key(bins), tie: hash as u32, group: place });
        }
        place
    }

    /// Takes a set out; false when the id was not there.
    pub fn remove(&mut self, id: &I) -> bool {
        let Some(place) = self.ids.remove(id) else { return false };
        let Some(place) = place else { return true };
        let slot = &mut self.groups[place as usize];
        let Some(group) = slot else { return true };
        group.ids.remove(id);
        if group.ids.is_empty()
            && let Some(Group { row, .. }) = slot.take()
        {
            self.free.push(place);
            let hash = hash_row(&row);
            if let Some(places) = self.by_row.get_mut(&hash) {
                places.retain(|&other| other != place);
                if places.is_empty() {
                    self.by_row.remove(&hash);
                }
            }
            for (tree, bins) in self.trees.iter_mut().zip(row.chunks_exact(DEPTH)) {
                tree.remove(&Path { key: key(bins), tie: hash as u32, group: place });
            }
        }
        true
    }

    /// Makes `nearest` the `count` sets that resemble the signature's most, strongest first, equal ones by
    /// id. A set that is held finds itself.
    ///
    /// # Errors
    /// When the signature was made otherwise.
    pub fn query(
        &self,
        signature: &MinHashSignature,
        count: usize,
        nearest: &mut Vec<Neighbour<I>>,
    ) -> Result<()> {
        nearest.clear();
        self.params.check_same(&signature.params())?;
        if signature.is_empty() || count == 0 {
            return Ok(());
        }
        let row = signature.values();
        let mut best: Vec<(usize, u32)> = self.meet(row, count.min(self.groups.len()));
        // Most equal bins first.
        best.sort_unstable_by(|a, b| b.cmp(a));
        for same in best.chunk_by(|a, b| a.0 == b.0) {
            let wanted = count - nearest.len();
            let resemblance = same[0].0 as f64 / row.len() as f64;
            let mut ids: Vec<&I> = same
                .iter()
                .filter_map(|&(_, place)| self.group(place))
                .flat_map(|g| g.ids.iter().take(wanted))
                .collect();
            ids.sort_unstable();
            nearest.extend(ids.into_iter().take(wanted).map(|id| Neighbour { id: id.clone(), resemblance }));
            if nearest.len() == count {
                break;
            }
        }
        Ok(())
    }

    /// The groups whose paths agree longest, each with the number of equal bins, above 0.
    fn meet(&self, row: &[u32], count: usize) -> Vec<(usize, u32)> {
        let want = count.saturating_mul(COMPARED_EACH).max(COMPARED_LEAST);
        let mut sides: Vec<_> = self
            .trees
            .iter()
            .zip(row.chunks_exact(DEPTH))
            .flat_map(|(tree, bins)| {
                let key = key(bins);
                let from = Path { key, tie: 0, group: 0 };
                let after: Box<dyn Iterator<Item = &Path>> = Box::new(tree.range(from..));
                let before: Box<dyn Iterator<Item = &Path>> = Box::new(tree.range(..from).rev());
                [(key, after.take(want).peekable()), (key, before.take(want).peekable())]
            })
            .collect();
        let mut met = Vec::new();
        for level in (1..=DEPTH as u32).rev() {
            for (key, side) in &mut sides {
                while let Some(path) = side.next_if(|path| common(path.key, *key) >= level) {
                    met.push(path.group);
                }
            }
            met.sort_unstable();
            met.dedup();
            if met.len() >= want {
                break;
            }
        }
        let equal = |place: u32| {
            let other = self.group(place).map_or(&[][..], |group| &group.row);
            (row.iter().zip(other).filter(|(a, b)| a == b).count(), place)
        };
        met.into_iter().map(equal).filter(|&(equal, _)| equal > 0).collect()
    }
}

#[cfg(test)]
#[path = "forest_tests.rs"]
mod tests;
