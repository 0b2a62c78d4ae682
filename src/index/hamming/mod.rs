//! Every pair of `SimHash` signatures within `k` bits: none is missed, none is further apart.
//!
//! Take it for [`SimHashSignature`]s, with `k` up to 3 of 64 bits for near copies (Manku, Jain, Das
//! Sarma 2007 chose 3 for eight billion web pages), more for looser ones. For `MinHash` signatures see the
//! banded index.

mod blocks;
mod nearest;
mod pairs;
mod stored;
mod tables;

pub use nearest::nearest;

use std::hash::{BuildHasher, RandomState};

use super::ids::{Id, Ids, NONE};
use super::ring::{Link, Links};
use super::table::SlotTable;
use crate::hash::FORMAT_VERSION;
use crate::parallel;
use crate::sketch::{SimHashBits, SimHashParams, SimHashSignature};
use crate::{DocId, Error, Result};
use blocks::{Block, choose_blocks, expected_candidates};
use tables::Table;

/// An index of `SimHash` signatures that finds every one within `k` bits of another.
///
/// Signatures are [inserted](Self::insert) one by one or [built](Self::build) in a batch, under ids of the
/// caller's of any type ([`Id`]); the answers are the same. Those of empty sets are accepted and never
/// returned. Documents with equal signatures share one place in the tables, so any number of them costs what
/// one costs, and 12 bytes each beside the id.
///
/// ```
/// use reprint::index::HammingIndex;
/// use reprint::sketch::SimHasher;
///
/// let hasher = SimHasher::<u64>::builder().build()?;
/// let mut index = HammingIndex::new(3)?;
/// index.insert("Herald", &hasher.sketch(&[0b1111_0000]))?;
/// index.insert("Courier", &hasher.sketch(&[0b0000_1111]))?;
///
/// let mut close = Vec::new();
/// index.query(&hasher.sketch(&[0b1111_0110]), &mut close)?;
/// assert_eq!(close, [("Herald", 2)]);
///
/// assert!(index.remove(&"Herald"));
/// index.query(&hasher.sketch(&[0b1111_0110]), &mut close)?;
/// assert!(close.is_empty());
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # How
///
/// Cut the signature into `m` blocks and give block `i` a radius `r_i` with Σ (`r_i` + 1) = k + 1. Two
/// signatures within `k` bits are then within `r_i` bits in some block `i`: otherwise they would differ in
/// Σ (`r_i` + 1) > k bits. So for each block there is a table from its bits to the signatures that have them,
/// and a query looks up its own block and every value within `r_i` bits of that. What it finds is compared
/// in full. With `m = k + 1` all radii are 0 and these are the simplest tables of Manku et al.; with fewer
/// and wider blocks it is multi-index hashing (Norouzi, Punjani, Fleet 2012).
///
/// The index takes the `m` that costs least for its size by `look-ups + candidates`; where no table beats
/// comparing everything (few signatures, or `k` near its limit) it does just that. Of a block it uses at most
/// log2 n bits, so that a table has about one place for each signature. Expected candidates are
/// n Σ look-ups / 2^bits for signatures of unrelated documents.
///
/// | bits | k | signatures | tables | look-ups a query | candidates a query | bytes a signature |
/// |---|---|---|---|---|---|---|
/// | 64 | 0 | 1,000,000 | 1 | 1 | 1.0 | not measured |
/// | 64 | 3 | 10,000 | 4 | 4 | 2.4 | 78 |
/// | 64 | 3 | 100,000 | 4 | 4 | 6.1 | 58 |
/// | 64 | 3 | 1,000,000 | 3 | 23 | 22 | 53 |
/// | 64 | 6 | 1,000,000 | 3 | 253 | 241 | 53 |
/// | 64 | 10 | 1,000,000 | 3 | 2,913 | 2,778 | 53 |
/// | 64 | 16 | 1,000,000 | 0 | 0 | 1,000,000 | 29 |
/// | 128 | 3 | 1,000,000 | 4 | 4 | 3.8 | 69 |
/// | 128 | 6 | 1,000,000 | 7 | 7 | 27 | 72 |
///
/// A signature takes w bytes, 15 to find its equals and 12 to 16 for each table, w being 8 or 16 bytes for
/// the bits, and its document 12 beside its id, of which 35 for one of up to 8 bytes; what grew by insertion
/// may have twice that in reserve. Permuted tables on several blocks at once, as Manku et al. have them for
/// larger `k`, need fewer candidates but too much memory in an index: 10 tables in place of 3 for `k` = 3,
/// 286 for `k` = 10.
///
/// They are what finds **all pairs**, for there one table at a time is enough: with `k + f` blocks, two
/// signatures within `k` bits agree in at least `f` blocks, so the signatures are sorted by each combination
/// of `f` blocks in turn and compared within each bucket. A million random 64-bit signatures take 0.4 s for
/// `k` = 3 (4 sorts), 3 s for 6 (28) and 2 minutes for 10 (286) on two cores; a query of the tables above for
/// each took 3 s for `k` = 3.
///
/// # What attacks cost
///
/// Insertion and removal take O(tables) whatever the signatures are: equal ones are found by a hash that is
/// seeded anew in each program, and places in a table are rings. Signatures that agree in many bits without
/// being within `k` crowd the tables; a query that has compared as many as there are compares all in turn
/// instead, so that it never costs more than twice that. In the same way they crowd the buckets of
/// [`pairs`](Self::pairs), which then compares up to all with all: it is complete, and nothing is left out to
/// be fast.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        into = "stored::Form<I, W>",
        try_from = "stored::Form<I, W>",
        bound(
            serialize = "I: Id + serde::Serialize, W: SimHashBits + serde::Serialize",
            deserialize = "I: Id + serde::Deserialize<'de>, W: SimHashBits + serde::Deserialize<'de>"
        )
    )
)]
pub struct HammingIndex<I = DocId, W: SimHashBits = u64> {
    /// `k`.
    most: u32,
    /// One of the signatures, to see whether others are made as they are.
    sample: Option<SimHashSignature<W>>,
    ids: Ids<I>,
    /// Of each document, by the slot of its id.
    entries: Vec<Entry>,
    /// The distinct signatures; their places are slots, too.
    words: Vec<W>,
    /// The first document of each signature; [`NONE`] where a slot is free.
    firsts: Vec<u32>,
    /// Slots of signatures to be used again.
    free: Vec<u32>,
    /// Finds the slot of an equal signature.
    equal: SlotTable,
    state: RandomState,
    blocks: Vec<Block>,
    /// The table of each block.
    tables: Vec<Table>,
    /// With more signatures than this, blocks are chosen anew.
    planned: usize,
}

/// A document's signature, and its neighbours among those with the same one.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The slot; [`NONE`] for an empty document.
    word: u32,
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

/// Signatures that an empty index is laid out for.
const FIRST_PLAN: usize = 256;

impl<I, W: SimHashBits> HammingIndex<I, W> {
    /// The largest `k`: a quarter of the width, 16 for 64 bits and 32 for 128.
    ///
    /// Unrelated signatures are half the width apart with a standard deviation of √width / 2; at a quarter,
    /// one unrelated pair in 26,000 (64 bits) is within `k`, and of a million documents there would be
    /// twenty million such pairs.
    pub const MAX_DISTANCE: u32 = W::WIDTH / 4;
}

impl<I: Id, W: SimHashBits> HammingIndex<I, W> {
    /// An empty index for distances up to `k`.
    ///
    /// # Errors
    ///
    /// When `k` is above [`MAX_DISTANCE`](Self::MAX_DISTANCE).
    pub fn new(k: u32) -> Result<Self> {
        if k > Self::MAX_DISTANCE {
            return Err(Error::parameter(
                "the Hamming distance of an index",
                k,
                "take at most a quarter of the signature's width (16 of 64, 32 of 128 bits); more finds \
                 unrelated documents",
            ));
        }
        let mut index = Self {
            most: k,
            sample: None,
            ids: Ids::default(),
            entries: Vec::new(),
            words: Vec::new(),
            firsts: Vec::new(),
            free: Vec::new(),
            equal: SlotTable::default(),
            state: RandomState::new(),
            blocks: Vec::new(),
            tables: Vec::new(),
            planned: 0,
        };
        index.lay_out(FIRST_PLAN);
        Ok(index)
    }

    /// An index of many signatures at once, by sorting them: the same answers as inserting each, for less
    /// time and memory. O(n log n) for the sort, on all cores with the `rayon` feature.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) and [`insert_all`](Self::insert_all).
    ///
    /// ```
    /// use reprint::index::HammingIndex;
    /// use reprint::sketch::SimHasher;
    ///
    /// let hasher = SimHasher::<u64>::builder().build()?;
    /// let signatures = [0b1111_0000, 0b1111_0001, 0b0000_1111].map(|hash| hasher.sketch(&[hash]));
    /// let index = HammingIndex::build(3, (0..).zip(&signatures))?;
    /// assert_eq!(index.pairs(), [(0, 1, 1)]);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn build<'a>(
        k: u32,
        documents: impl IntoIterator<Item = (I, &'a SimHashSignature<W>)>,
    ) -> Result<Self>
    where
        W: 'a,
    {
        let mut index = Self::new(k)?;
        let (ids, signatures) = index.check_all(documents)?;
        index.sample = signatures.first().map(|&&signature| signature);
        let bits: Vec<Option<W>> = signatures.into_iter().map(SimHashSignature::bits).collect();
        index.fill(ids, &bits);
        Ok(index)
    }

    /// Into an empty index, ids that are new and the bits of their signatures.
    fn fill(&mut self, ids: Vec<I>, bits: &[Option<W>]) {
        for id in ids {
            self.ids.insert(id);
        }
        self.ids.shrink();
        self.entries = vec![Entry { word: NONE, link: Link::NONE }; bits.len()];
        let some = (0..).zip(bits).filter_map(|(document, &word)| Some((word?, document)));
        let mut order: Vec<(W, u32)> = some.collect();
        parallel::sort(&mut order);
        let distinct = order.chunk_by(|x, y| x.0 == y.0).count();
        self.words = Vec::with_capacity(distinct);
        self.firsts = Vec::with_capacity(distinct);
        for equal in order.chunk_by(|x, y| x.0 == y.0) {
            let slot = self.words.len() as u32;
            for &(word, document) in equal {
                self.entries[document as usize].word = slot;
                self.join_equal(word, document);
            }
        }
        drop(order);
        self.equal = SlotTable::with_room(distinct);
        let Self { words, equal, state, .. } = self;
        for (slot, word) in (0..).zip(words.iter()) {
            equal.insert(state.hash_one(word), slot, |slot| state.hash_one(words[slot as usize]));
        }
        self.lay_out(self.words.len().max(FIRST_PLAN));
    }

    /// Puts a document at the end of the ring of its signature, whose slot it names; one behind the last slot
    /// is a new one.
    fn join_equal(&mut self, word: W, document: u32) {
        let slot = self.entries[document as usize].word as usize;
        if slot == self.words.len() {
            self.words.push(word);
            self.firsts.push(NONE);
        }
        if self.firsts[slot] == NONE {
            self.words[slot] = word;
            self.firsts[slot] = document;
            self.entries.begin(document);
        } else {
            self.entries.add_last(self.firsts[slot], document);
        }
    }

    /// Adds a document. One with an empty signature is counted, and is never found.
    ///
    /// O(number of tables), and now and then a new layout of all tables, which doubles their room.
    ///
    /// # Errors
    ///
    /// When the id is there, when seed or format version differ from those of the signatures that are here,
    /// or when there are 2³² − 2 documents. The index is then unchanged.
    pub fn insert(&mut self, id: I, signature: &SimHashSignature<W>) -> Result<()> {
        self.check(signature)?;
        self.ids.check_new(std::slice::from_ref(&id))?;
        self.add(id, signature);
        Ok(())
    }

    /// Adds many documents, or none of them.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), and when an id comes twice. The index is then unchanged.
    pub fn insert_all<'a>(
        &mut self,
        documents: impl IntoIterator<Item = (I, &'a SimHashSignature<W>)>,
    ) -> Result<()>
    where
        W: 'a,
    {
        let (ids, signatures) = self.check_all(documents)?;
        ids.into_iter().zip(signatures).for_each(|(id, signature)| self.add(id, signature));
        Ok(())
    }

    /// Adds a document in place of that with the same id, if there is one; says whether there was.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), but for the id. The index is then unchanged.
    pub fn replace(&mut self, id: I, signature: &SimHashSignature<W>) -> Result<bool> {
        self.check(signature)?;
        let was_there = self.ids.check_replacing(&id)?;
        self.remove(&id);
        self.add(id, signature);
        Ok(was_there)
    }

    fn add(&mut self, id: I, signature: &SimHashSignature<W>) {
        self.sample = self.sample.or(Some(*signature));
        let document = self.ids.insert(id);
        let entry = Entry { word: NONE, link: Link::NONE };
        if let Some(place) = self.entries.get_mut(document as usize) {
            *place = entry;
        } else {
            self.entries.push(entry);
        }
        let Some(word) = signature.bits() else {
            return;
        };
        let known = self.slot_of(word);
        let slot = known.or_else(|| self.free.pop()).unwrap_or(self.words.len() as u32);
        self.entries[document as usize].word = slot;
        self.join_equal(word, document);
        if known.is_none() {
            let Self { words, equal, state, .. } = self;
            equal.insert(state.hash_one(word), slot, |slot| state.hash_one(words[slot as usize]));
            if self.distinct() > self.planned {
                self.lay_out(self.planned.saturating_mul(2));
            } else {
                for (table, block) in self.tables.iter_mut().zip(&self.blocks) {
                    table.insert(block.key(word), slot);
                }
            }
        }
    }

    /// Removes a document; says whether it was there. O(number of tables). The index then answers as if it
    /// had never been.
    pub fn remove(&mut self, id: &I) -> bool {
        let Some(document) = self.ids.remove(id) else {
            return false;
        };
        self.ids.release(document);
        if self.is_empty() {
            self.sample = None;
        }
        let slot = self.entries[document as usize].word;
        if slot == NONE {
            return true;
        }
        let next = self.entries.unlink(document);
        let first = &mut self.firsts[slot as usize];
        if *first == document {
            *first = next;
        }
        if next == NONE {
            let word = self.words[slot as usize];
            let Self { words, equal, state, .. } = self;
            equal.remove(state.hash_one(word), slot, |slot| state.hash_one(words[slot as usize]));
            for (table, block) in self.tables.iter_mut().zip(&self.blocks) {
                table.remove(block.key(word), slot);
            }
            self.free.push(slot);
        }
        true
    }

    /// Is there a document with this id?
    pub fn contains(&self, id: &I) -> bool {
        self.ids.contains(id)
    }

    /// The documents whose signatures are within `k` bits, with their distances, in place of what `found`
    /// held: by ascending id. All of them and no others: distances are counted in full. An empty signature is
    /// near nothing.
    ///
    /// [How](Self#how) says what it costs. Where thousands of documents are equal, [`nearest`](Self::nearest)
    /// gives some of them.
    ///
    /// # Errors
    ///
    /// When seed or format version differ from those of the signatures that are here; then `found` is as it
    /// was.
    pub fn query(&self, signature: &SimHashSignature<W>, found: &mut Vec<(I, u32)>) -> Result<()> {
        self.check(signature)?;
        found.clear();
        if let Some(word) = signature.bits() {
            for (slot, distance) in self.near(word) {
                let documents = self.entries.ring(self.firsts[slot as usize]);
                let ids = documents.filter_map(|document| self.ids.get(document).cloned());
                found.extend(ids.map(|id| (id, distance)));
            }
        }
        found.sort_unstable();
        Ok(())
    }

    /// How the first signature was made; nothing before there was one.
    pub fn params(&self) -> Option<SimHashParams> {
        self.sample.map(|sample| sample.params())
    }

    /// `k`: the largest distance that is found.
    pub fn max_distance(&self) -> u32 {
        self.most
    }

    /// How many documents there are, those with empty signatures among them.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// The ids of all documents, in the order of insertion. O(n log n).
    pub fn ids(&self) -> impl Iterator<Item = &I> {
        self.ids.by_age()
    }

    /// The documents with empty signatures, which are counted but never found; ids ascending. O(n).
    pub fn empty_documents(&self) -> Vec<I> {
        self.ids.wanted(|slot| self.word_of(slot).is_none())
    }

    /// Different signatures.
    pub fn distinct(&self) -> usize {
        self.words.len() - self.free.len()
    }

    /// Tables, one for each block; 0 when a query compares all signatures.
    pub fn tables(&self) -> usize {
        self.tables.len()
    }

    /// Look-ups in all tables together that one query makes.
    pub fn lookups_per_query(&self) -> usize {
        self.blocks.iter().map(|block| block.flips.len()).sum()
    }

    /// Signatures that a query of an unrelated document compares, on average.
    pub fn expected_candidates(&self) -> f64 {
        expected_candidates(&self.blocks, self.distinct())
    }

    /// The bytes that this index has allocated, but for what ids allocate themselves.
    pub fn memory(&self) -> usize {
        let flips: usize = self.blocks.iter().map(|block| block.flips.capacity()).sum();
        self.ids.memory()
            + size_of::<Entry>() * self.entries.capacity()
            + size_of::<W>() * self.words.capacity()
            + 4 * (self.firsts.capacity() + self.free.capacity() + flips)
            + self.equal.memory()
            + self.tables.iter().map(Table::memory).sum::<usize>()
    }

    /// Ids and signatures that can be added, all of them.
    fn check_all<'a>(
        &self,
        documents: impl IntoIterator<Item = (I, &'a SimHashSignature<W>)>,
    ) -> Result<(Vec<I>, Vec<&'a SimHashSignature<W>>)>
    where
        W: 'a,
    {
        let (ids, signatures): (Vec<I>, Vec<_>) = documents.into_iter().unzip();
        let sample = self.sample.as_ref().or(signatures.first().copied());
        for signature in &signatures {
            check_version(signature)?;
            sample.map_or(Ok(()), |sample| signature.params().check_same(&sample.params()))?;
        }
        self.ids.check_new(&ids)?;
        Ok((ids, signatures))
    }

    /// Is a signature made as those that are here?
    fn check(&self, signature: &SimHashSignature<W>) -> Result<()> {
        check_version(signature)?;
        self.params().map_or(Ok(()), |params| signature.params().check_same(&params))
    }

    /// Chooses blocks for so many signatures and fills their tables with those that are here.
    fn lay_out(&mut self, signatures: usize) {
        self.planned = signatures;
        self.blocks = choose_blocks(W::WIDTH, self.most, signatures);
        let (words, firsts, blocks) = (&self.words, &self.firsts, &self.blocks);
        self.tables = parallel::tasks(blocks.len(), |at| {
            let taken = words.iter().zip(firsts).map(|(&word, &first)| (first != NONE).then_some(word));
            Table::new(&blocks[at], signatures, taken)
        });
    }

    fn slot_of(&self, word: W) -> Option<u32> {
        self.equal.find(self.state.hash_one(word), |slot| self.words[slot as usize] == word)
    }

    /// The signature of a document; none of an empty one.
    fn word_of(&self, document: u32) -> Option<W> {
        let slot = self.entries[document as usize].word;
        (slot != NONE).then(|| self.words[slot as usize])
    }

    /// Each slot within `k` bits of `word` and its distance, once.
    fn near(&self, word: W) -> Vec<(u32, u32)> {
        let mut compared = 0;
        self.near_by_tables(word, &mut compared).unwrap_or_else(|| self.near_by_all(word, &mut compared))
    }

    /// By the tables; nothing where there are none, or where as many are compared as there are signatures.
    fn near_by_tables(&self, word: W, compared: &mut usize) -> Option<Vec<(u32, u32)>> {
        if self.blocks.is_empty() {
            return None;
        }
        let mut near = Vec::new();
        for (at, (block, table)) in self.blocks.iter().zip(&self.tables).enumerate() {
            let key = block.key(word);
            for flip in &block.flips {
                for slot in table.ring(key ^ flip) {
                    *compared += 1;
                    if *compared > self.words.len().max(FIRST_PLAN) {
                        return None;
                    }
                    let other = self.words[slot as usize];
                    let distance = word.distance(other);
                    // What an earlier table finds too was found there.
                    if distance <= self.most && !self.blocks[..at].iter().any(|b| b.finds(word, other)) {
                        near.push((slot, distance));
                    }
                }
            }
        }
        Some(near)
    }

    /// By comparing all.
    fn near_by_all(&self, word: W, compared: &mut usize) -> Vec<(u32, u32)> {
        *compared += self.words.len();
        let taken = (0..).zip(self.words.iter().zip(&self.firsts)).filter(|(_, (_, first))| **first != NONE);
        let distances = taken.map(|(slot, (&other, _))| (slot, word.distance(other)));
        distances.filter(|&(_, distance)| distance <= self.most).collect()
    }
}

fn check_version<W: SimHashBits>(signature: &SimHashSignature<W>) -> Result<()> {
    let version = signature.params().version();
    if version == FORMAT_VERSION {
        return Ok(());
    }
    Err(Error::versions("format version of the SimHash signatures", version, FORMAT_VERSION))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::SimHasher;

    fn signature(bits: u64) -> SimHashSignature {
        SimHasher::default().sketch(&[bits])
    }

    /// Signatures that agree in all blocks but one, far from each other there, crowd all other tables.
    #[test]
    fn a_query_compares_at_most_twice_as_many_as_there_are() {
        for k in [0, 3, 6, 10] {
            let mut index = HammingIndex::new(k).unwrap();
            for i in 0..6_000_u64 {
                let spread = crate::hash::splitmix(i) & 0xffff;
                index.insert(i, &signature(if i.is_multiple_of(2) { spread } else { spread << 48 })).unwrap();
            }
            for bits in [0, 1, u64::MAX, 0xffff_ffff] {
                let mut compared = 0;
                let by_tables = index.near_by_tables(bits, &mut compared);
                let mut near = by_tables.unwrap_or_else(|| index.near_by_all(bits, &mut compared));
                assert!(compared <= 2 * index.words.len() + FIRST_PLAN, "k = {k}: {compared}");
                near.sort_unstable();
                assert_eq!(near, index.near_by_all(bits, &mut 0));
            }
        }
    }

    #[test]
    fn a_full_index_refuses_and_stays_as_it_was() {
        let mut index = HammingIndex::new(3).unwrap();
        index.ids.limit(3);
        let some = [1, 2, 3, 4].map(signature);
        index.insert_all([("a", &some[0]), ("b", &some[1])]).unwrap();
        let error = index.insert_all([("c", &some[2]), ("d", &some[3])]).unwrap_err();
        assert!(error.to_string().contains("more than 3 documents"), "{error}");
        assert_eq!((index.len(), index.distinct()), (2, 2));
        index.insert("c", &some[2]).unwrap();
        assert!(index.insert("d", &some[3]).is_err() && index.replace("d", &some[3]).is_err());
        assert!(index.replace("c", &some[3]).unwrap() && index.remove(&"a"));
        index.insert("d", &some[3]).unwrap();
        let mut found = Vec::new();
        index.query(&some[3], &mut found).unwrap();
        assert_eq!(found, [("b", 2), ("c", 0), ("d", 0)]);
    }
}
