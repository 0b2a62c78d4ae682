//! Nearest neighbours among `MinHash` signatures, without a threshold.

mod stored;
mod tree;

use std::collections::BTreeSet;

use self::tree::Tree;
use super::ids::{Id, Ids, NONE};
use super::table::{Seed, SlotTable};
use crate::hash::{splitmix, xxh3};
use crate::sketch::{MinHashParams, MinHashSignature};
use crate::{DocId, Error, Result};

/// Bins along the path of a tree.
const DEPTH: usize = 8;

/// The bits that a path has of each bin. Two sets that share nothing go one bin together once in 2¹⁶, and
/// most of what a query meets resembles it; with 8 bits of each, 600 of 10,000 sets would agree in one of 16
/// trees by chance.
const BITS: [u32; DEPTH] = [16, 12, 10, 8, 6, 4, 4, 4];

/// Signatures that a query compares, for each neighbour asked for and at least.
const COMPARED_EACH: usize = 8;
const COMPARED_LEAST: usize = 128;

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
    holders: Holders<I>,
}

/// The documents of one signature: nearly always one.
#[derive(Clone, Debug)]
enum Holders<I> {
    One(u32),
    Many(BTreeSet<I>),
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
/// Insertion also moves up to 4 KiB in each tree, and one time in a hundred n / 170 pointers.
///
/// # Memory
/// 4 bytes a bin for the signature and 2 to 4 for the trees, and about 100 beside them: about 1,000 bytes a
/// document for 128 bins and ids of up to 8 bytes ([`memory`](Self::memory)).
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        into = "stored::Form<I>",
        try_from = "stored::Form<I>",
        bound(serialize = "I: Id + serde::Serialize", deserialize = "I: Id + serde::Deserialize<'de>")
    )
)]
pub struct MinHashForest<I = DocId> {
    params: MinHashParams,
    ids: Ids<I>,
    /// The group of each slot; none for a document without shingles.
    groups_of: Vec<u32>,
    trees: Vec<Tree<Path>>,
    groups: Vec<Option<Group<I>>>,
    free: Vec<u32>,
    seed: Seed,
    /// Groups by their rows.
    by_row: SlotTable,
}

/// In a tree paths are in the order of keys, and those of one key in an order that depends on the signatures
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    key: u64,
    /// Bits of the row's hash.
    tie: u32,
    group: u32,
}

/// Some bits of each bin, first bin first.
fn key(bins: &[u32]) -> u64 {
    bins.iter().zip(BITS).fold(0, |key, (&bin, bits)| key << bits | splitmix(u64::from(bin)) >> (64 - bits))
}

/// How many bits the first `bins` bins have in a key.
fn bits_of(bins: usize) -> u32 {
    BITS.iter().take(bins).sum()
}

fn hash_row(row: &[u32]) -> u64 {
    let bytes: Vec<u8> = row.iter().flat_map(|bin| bin.to_le_bytes()).collect();
    xxh3(&bytes)
}

fn paths(row: &[u32], hash: u64, group: u32) -> impl Iterator<Item = Path> {
    row.chunks_exact(DEPTH).map(move |bins| Path { key: key(bins), tie: hash as u32, group })
}

impl<I: Id> MinHashForest<I> {
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
            ids: Ids::default(),
            groups_of: Vec::new(),
            trees: vec![Tree::default(); params.bins() / DEPTH],
            groups: Vec::new(),
            free: Vec::new(),
            seed: Seed::new(),
            by_row: SlotTable::default(),
        })
    }

    /// The parameters that signatures must be made with.
    pub fn params(&self) -> MinHashParams {
        self.params
    }

    /// How many documents there are, the empty ones among them.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// Is there a document with this id?
    pub fn contains(&self, id: &I) -> bool {
        self.ids.contains(id)
    }

    /// The ids of all documents, in the order of insertion. O(n log n).
    pub fn ids(&self) -> impl Iterator<Item = &I> {
        self.ids.by_age()
    }

    /// The documents without shingles, which are counted but are no one's neighbours; ids ascending. O(n).
    pub fn empty_documents(&self) -> Vec<I> {
        self.ids.wanted(|slot| self.row(slot).is_none())
    }

    /// The bytes that this index has allocated, but for what ids allocate themselves and for the sets of ids
    /// of equal signatures, of which it counts the ids.
    pub fn memory(&self) -> usize {
        let group = |group: &Group<I>| {
            let ids = if let Holders::Many(ids) = &group.holders { ids.len() } else { 0 };
            size_of_val(&*group.row) + ids * size_of::<I>()
        };
        size_of::<Tree<Path>>() * self.trees.capacity()
            + self.trees.iter().map(Tree::memory).sum::<usize>()
            + self.groups.iter().flatten().map(group).sum::<usize>()
            + size_of::<Option<Group<I>>>() * self.groups.capacity()
            + 4 * (self.free.capacity() + self.groups_of.capacity())
            + self.by_row.memory()
            + self.ids.memory()
    }

    /// Adds a document. One without shingles is counted, and is no one's neighbour.
    ///
    /// # Errors
    /// When the id is there, when the signature was made with other parameters than this index is for, or
    /// when the index holds 2³² − 2 documents. The index is then unchanged.
    pub fn insert(&mut self, id: I, signature: &MinHashSignature) -> Result<()> {
        self.params.check_same(&signature.params())?;
        self.ids.check_new(std::slice::from_ref(&id))?;
        self.add(id, signature.values());
        Ok(())
    }

    /// Adds many documents, or none of them.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), and when an id comes twice. The index is then unchanged.
    pub fn insert_all<'a>(
        &mut self,
        documents: impl IntoIterator<Item = (I, &'a MinHashSignature)>,
    ) -> Result<()> {
        let (ids, signatures): (Vec<I>, Vec<_>) = documents.into_iter().unzip();
        signatures.iter().try_for_each(|signature| self.params.check_same(&signature.params()))?;
        self.ids.check_new(&ids)?;
        ids.into_iter().zip(signatures).for_each(|(id, signature)| self.add(id, signature.values()));
        Ok(())
    }

    /// Adds a document in place of that with the same id, if there is one; says whether there was.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), but for the id. The index is then unchanged.
    pub fn replace(&mut self, id: I, signature: &MinHashSignature) -> Result<bool> {
        self.params.check_same(&signature.params())?;
        let was_there = self.ids.check_replacing(&id)?;
        self.remove(&id);
        self.add(id, signature.values());
        Ok(was_there)
    }

    fn add(&mut self, id: I, row: &[u32]) {
        let slot = self.ids.insert(id.clone());
        if self.groups_of.len() <= slot as usize {
            self.groups_of.resize(slot as usize + 1, NONE);
        }
        if row[0] == u32::MAX {
            self.groups_of[slot as usize] = NONE;
            return;
        }
        let hash = hash_row(row);
        let same = |place: u32| self.group(place).is_some_and(|group| *group.row == *row);
        let place = if let Some(place) = self.by_row.find(self.seed.hash(hash), same) {
            self.join(place, id);
            place
        } else {
            self.plant(row, hash, slot)
        };
        self.groups_of[slot as usize] = place;
    }

    /// One more document of a signature that is there.
    fn join(&mut self, place: u32, id: I) {
        let Self { groups, ids, .. } = self;
        let Some(group) = groups[place as usize].as_mut() else { return };
        match &mut group.holders {
            Holders::One(first) => {
                let both = ids.get(*first).cloned().into_iter().chain([id]).collect();
                group.holders = Holders::Many(both);
            }
            Holders::Many(ids) => {
                ids.insert(id);
            }
        }
    }

    /// The signature of a slot's document, unless that is empty.
    fn row(&self, slot: u32) -> Option<&[u32]> {
        let place = self.groups_of[slot as usize];
        self.groups.get(place as usize)?.as_ref().map(|group| &*group.row)
    }

    fn group(&self, place: u32) -> Option<&Group<I>> {
        self.groups[place as usize].as_ref()
    }

    /// A new group for a signature.
    fn plant(&mut self, row: &[u32], hash: u64, slot: u32) -> u32 {
        let group = Some(Group { row: row.into(), holders: Holders::One(slot) });
        let place = if let Some(place) = self.free.pop() {
            self.groups[place as usize] = group;
            place
        } else {
            self.groups.push(group);
            self.groups.len() as u32 - 1
        };
        let Self { groups, seed, by_row, trees, .. } = self;
        by_row.insert(seed.hash(hash), place, |place| hash_of(groups, *seed, place));
        trees.iter_mut().zip(paths(row, hash, place)).for_each(|(tree, path)| tree.insert(path));
        place
    }

    /// Removes a document; says whether it was there. The index then answers as if it had never been.
    pub fn remove(&mut self, id: &I) -> bool {
        let Some(slot) = self.ids.remove(id) else { return false };
        let place = std::mem::replace(&mut self.groups_of[slot as usize], NONE);
        if place != NONE {
            self.leave(place, id);
        }
        self.ids.release(slot);
        true
    }

    fn leave(&mut self, place: u32, id: &I) {
        let Self { groups, seed, by_row, trees, .. } = self;
        if let Some(Group { holders: Holders::Many(ids), .. }) = &mut groups[place as usize] {
            ids.remove(id);
            if !ids.is_empty() {
                return;
            }
        }
        let Some(hash) = groups[place as usize].as_ref().map(|group| hash_row(&group.row)) else { return };
        by_row.remove(seed.hash(hash), place, |place| hash_of(groups, *seed, place));
        if let Some(Group { row, .. }) = groups[place as usize].take() {
            trees.iter_mut().zip(paths(&row, hash, place)).for_each(|(tree, path)| tree.remove(&path));
        }
        self.free.push(place);
    }

    /// Makes `nearest` the `count` documents that resemble the signature's most, strongest first, equal ones
    /// by id. A document that is held finds itself.
    ///
    /// # Errors
    /// When the signature was made with other parameters than this index is for; then `nearest` is as it was.
    pub fn query(
        &self,
        signature: &MinHashSignature,
        count: usize,
        nearest: &mut Vec<Neighbour<I>>,
    ) -> Result<()> {
        self.params.check_same(&signature.params())?;
        nearest.clear();
        if signature.is_empty() || count == 0 {
            return Ok(());
        }
        let row = signature.values();
        let mut best: Vec<(usize, u32)> = self.meet(row, count.min(self.groups.len()));
        // Most equal bins first.
        best.sort_unstable_by(|a, b| b.cmp(a));
        let mut ids: Vec<&I> = Vec::new();
        for same in best.chunk_by(|a, b| a.0 == b.0) {
            let wanted = count - nearest.len();
            let resemblance = same[0].0 as f64 / row.len() as f64;
            ids.clear();
            for group in same.iter().filter_map(|&(_, place)| self.group(place)) {
                match &group.holders {
                    Holders::One(slot) => ids.extend(self.ids.get(*slot)),
                    Holders::Many(many) => ids.extend(many.iter().take(wanted)),
                }
            }
            ids.sort_unstable();
            nearest.extend(ids.iter().take(wanted).map(|&id| Neighbour { id: id.clone(), resemblance }));
            if nearest.len() == count {
                break;
            }
        }
        Ok(())
    }

    /// The groups whose paths agree longest, each with the number of equal bins, above 0.
    fn meet(&self, row: &[u32], count: usize) -> Vec<(usize, u32)> {
        let want = count.saturating_mul(COMPARED_EACH).max(COMPARED_LEAST);
        let sides = self.trees.iter().zip(row.chunks_exact(DEPTH)).map(|(tree, bins)| {
            let key = key(bins);
            let (after, before) = tree.around(Path { key, tie: 0, group: 0 });
            (key, after.take(want).peekable(), before.take(want).peekable())
        });
        let mut sides: Vec<_> = sides.collect();
        let mut met = Vec::new();
        for bins in (1..=DEPTH).rev() {
            let agrees = |key: u64, path: &Path| (key ^ path.key).leading_zeros() >= bits_of(bins);
            for (key, after, before) in &mut sides {
                while let Some(path) = after.next_if(|path| agrees(*key, path)) {
                    met.push(path.group);
                }
                while let Some(path) = before.next_if(|path| agrees(*key, path)) {
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

/// The hash of a group's row, as the table of rows knows it.
fn hash_of<I>(groups: &[Option<Group<I>>], seed: Seed, place: u32) -> u64 {
    groups[place as usize].as_ref().map_or(0, |group| seed.hash(hash_row(&group.row)))
}

#[cfg(test)]
mod tests;
