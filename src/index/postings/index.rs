//! The index that grows and shrinks.

mod holders;
mod stored;

use super::judge::{Found, PostingsScratch};
use super::query::{Asked, HolderLists, Left, candidates};
use super::{Document, PostingsBatch, PostingsCandidate, PostingsRules, key, posting};
use crate::hash::FORMAT_VERSION;
use crate::index::ids::{Id, Ids};
use crate::sketch::{FracMinHashParams, FracMinHashSignature};
use crate::{DocId, Error, Result};
use holders::Lists;

/// The most values of an index.
const MOST_VALUES: usize = u32::MAX as usize;

/// An index that grows and shrinks: insert a signature, ask for the documents that share with another.
///
/// Documents are known by ids of the caller's, of any type ([`Id`]).
///
/// # Memory
/// 8 bytes a value of a document, 16 a document, 35 for an id of up to 8 bytes, and half a byte a value for
/// the directory. Values that more than 128 documents hold take 14 to 30. A removed document's values take
/// their room until they are an eighth of all. A batch drops
/// the values with one holder, and takes about 9 bytes for each other; it is built in the same.
/// Counted by an allocator, for generated stories of 2,350 letters (195 values at scale 12): the index 1.6 KB
/// a document, at its peak too; the batch 1.5 KB, 1.6 at its peak, and 1.9 at both where every story is there
/// twice, beside the signatures that it is built of. (`tests/wire_memory.rs`; the `wire` preset takes 1.4 and
/// 1.8 KB at its peak in all.) Values are told apart by 32 of their bits: among 60 million distinct ones 1.4
/// % have another one among their holders.
///
/// # Example
/// ```
/// use reprint::hash::xxh3;
/// use reprint::index::PostingsIndex;
/// use reprint::sketch::FracMinHasher;
///
/// let hasher = FracMinHasher::default();
/// let story = |from: u64, to: u64| -> Vec<u64> { (from..to).map(|i| xxh3(&i.to_le_bytes())).collect() };
///
/// let mut index = PostingsIndex::default();
/// index.insert("Herald", &hasher.sketch(&story(0, 2_000)))?;
/// index.insert("Courier", &hasher.sketch(&story(5_000, 7_000)))?;
///
/// // A quarter of the second story among other text.
/// let new = hasher.sketch(&[story(9_000, 10_000), story(6_000, 6_500)].concat());
/// let mut candidates = Vec::new();
/// index.query(&new, &mut candidates)?;
/// assert_eq!(candidates.len(), 1);
/// assert_eq!(candidates[0].document, "Courier");
///
/// assert!(index.remove(&"Courier"));
/// index.query(&new, &mut candidates)?;
/// assert!(candidates.is_empty());
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
pub struct PostingsIndex<I = DocId> {
    rules: PostingsRules,
    params: Option<FracMinHashParams>,
    /// Slots rise from insertion to insertion, and are given anew only when removed documents are cleared
    /// away.
    ids: Ids<I>,
    /// By slot, removed ones among them.
    documents: Vec<Document>,
    lists: Lists,
    most_values: usize,
}

impl<I> Default for PostingsIndex<I> {
    fn default() -> Self {
        Self {
            rules: PostingsRules::default(),
            params: None,
            ids: Ids::default(),
            documents: Vec::new(),
            lists: Lists::default(),
            most_values: MOST_VALUES,
        }
    }
}

impl<I: Id> PostingsIndex<I> {
    /// An empty index. The default has the default rules.
    pub fn new(rules: PostingsRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The rules given.
    pub fn rules(&self) -> PostingsRules {
        self.rules
    }

    /// How the first signature was made; nothing before there was one.
    pub fn params(&self) -> Option<FracMinHashParams> {
        self.params
    }

    /// How many documents there are, those without values among them.
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

    /// The documents without values, which are counted but never candidates; ids ascending. O(n).
    pub fn empty_documents(&self) -> Vec<I> {
        self.ids.wanted(|slot| self.documents[slot as usize].values == 0)
    }

    /// The bytes that this index has allocated, those of the allocator left out and what ids allocate
    /// themselves.
    pub fn memory(&self) -> usize {
        self.ids.memory() + size_of::<Document>() * self.documents.capacity() + self.lists.memory()
    }

    /// Adds a document, in amortised O(32 k) for k values.
    ///
    /// # Errors
    /// When the id is there, when the signature has another seed or format version than those that are here,
    /// or when there would be more than 2³² − 2 documents or 2³² − 1 values. The index is then unchanged.
    pub fn insert(&mut self, id: I, signature: &FracMinHashSignature) -> Result<()> {
        self.check_all(std::slice::from_ref(&id), &[signature])?;
        self.add(id, signature);
        Ok(())
    }

    /// Adds many documents, or none of them: the same as to insert each, in less time.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), and when an id comes twice. The index is then unchanged.
    pub fn insert_all<'a>(
        &mut self,
        documents: impl IntoIterator<Item = (I, &'a FracMinHashSignature)>,
    ) -> Result<()> {
        let (ids, signatures): (Vec<I>, Vec<_>) = documents.into_iter().unzip();
        self.check_all(&ids, &signatures)?;
        let numbered = |(id, signature)| (self.number(id, signature), signature);
        let numbered: Vec<_> = ids.into_iter().zip(signatures).map(numbered).collect();
        let values = |(slot, signature): (u32, &'a FracMinHashSignature)| {
            signature.values().iter().map(move |&value| posting(key(value), slot))
        };
        self.lists.merge(numbered.into_iter().flat_map(values));
        Ok(())
    }

    /// Adds a document in place of that with the same id, if there is one; says whether there was.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), but for the id. The index is then unchanged.
    pub fn replace(&mut self, id: I, signature: &FracMinHashSignature) -> Result<bool> {
        let Some(slot) = self.ids.slot(&id) else {
            return self.insert(id, signature).map(|()| false);
        };
        self.check(signature)?;
        self.check_room(0, signature.values().len(), self.documents[slot as usize].values as usize)?;
        self.remove(&id);
        self.add(id, signature);
        Ok(true)
    }

    fn add(&mut self, id: I, signature: &FracMinHashSignature) {
        let slot = self.number(id, signature);
        self.lists.insert(slot, signature.values().iter().map(|&value| key(value)));
    }

    /// Gives a document its slot, without its values.
    fn number(&mut self, id: I, signature: &FracMinHashSignature) -> u32 {
        self.params = self.params.or(Some(signature.params()));
        self.documents.push(Document::new(signature));
        self.ids.insert(id)
    }

    /// Removes a document; says whether it was there. Amortised O(k log n) for k values. The index then
    /// answers as if it had never been.
    pub fn remove(&mut self, id: &I) -> bool {
        let Some(slot) = self.ids.remove(id) else {
            return false;
        };
        self.lists.remove(slot, self.documents[slot as usize].values as usize);
        if self.is_empty() {
            *self = Self { most_values: self.most_values, ids: self.ids.emptied(), ..Self::new(self.rules) };
        } else if self.lists.is_littered() || self.ids.slots() > 2 * self.len() + 1024 {
            self.clear_away();
        }
        true
    }

    /// Gives up the room of removed documents, and numbers the others anew.
    fn clear_away(&mut self) {
        let slots = self.ids.slots();
        let kept = self.ids.pack();
        let mut numbers = vec![0; slots];
        (0..).zip(&kept).for_each(|(new, &old)| numbers[old as usize] = new);
        self.documents = kept.iter().map(|&old| self.documents[old as usize]).collect();
        let lists = std::mem::take(&mut self.lists);
        let postings = lists.into_postings(|old| numbers[old as usize]);
        self.lists = Lists::of_postings(postings);
    }

    fn check(&self, signature: &FracMinHashSignature) -> Result<()> {
        let version = signature.params().version();
        if version != FORMAT_VERSION {
            return Err(Error::versions("format version", version, FORMAT_VERSION));
        }
        self.params.map_or(Ok(()), |params| params.check_comparable(&signature.params()))
    }

    /// Can these documents be added, all of them?
    fn check_all(&mut self, ids: &[I], signatures: &[&FracMinHashSignature]) -> Result<()> {
        self.ids.check_new(ids)?;
        for signature in signatures {
            self.check(signature)?;
            signatures[0].params().check_comparable(&signature.params())?;
        }
        let values = signatures.iter().map(|signature| signature.values().len()).sum();
        self.check_room(ids.len(), values, 0)
    }

    /// Is there room for so many more documents, and values when `less` go? Removed ones make room if they
    /// must.
    fn check_room(&mut self, documents: usize, values: usize, less: usize) -> Result<()> {
        let stored = self.lists.values() - self.lists.removed_values() - less;
        if values > self.most_values - stored {
            return Err(Error::too_many("values in one index", self.most_values));
        }
        let full = self.lists.values() + values > self.most_values
            || self.ids.slots() + documents.max(1) > self.ids.most();
        if full && self.ids.slots() > self.len() {
            self.clear_away();
        }
        Ok(())
    }

    /// The number of documents that hold a value, as [`FracMinHasher::value`] gives it: how far it is
    /// boilerplate. Documents that held it back because their scale is coarser are not counted.
    ///
    /// [`FracMinHasher::value`]: crate::sketch::FracMinHasher::value
    pub fn frequency(&self, value: u64) -> usize {
        self.lists.of(key(value)).len()
    }

    /// The documents that share enough with `signature` to be its copies, in place of what `found` held:
    /// strongest first, and of equally strong ones that inserted first.
    ///
    /// The document asked about counts as one of the N and of the df of its values: a query is answered
    /// as [`PostingsBatch`] answers for the last document of its order. O(v·k) for k values.
    ///
    /// # Errors
    /// When the signature has another seed or format version; then `found` is as it was.
    pub fn query(
        &self,
        signature: &FracMinHashSignature,
        found: &mut Vec<PostingsCandidate<I>>,
    ) -> Result<()> {
        self.check(signature)?;
        found.clear();
        let candidates = self.candidates(signature);
        found.extend(candidates.into_iter().filter_map(|candidate| {
            let PostingsCandidate { document, shared, share, information, strength } = candidate;
            let document = self.ids.get(document.0)?.clone();
            Some(PostingsCandidate { document, shared, share, information, strength })
        }));
        Ok(())
    }

    /// The candidates by slot.
    fn candidates(&self, signature: &FracMinHashSignature) -> Vec<PostingsCandidate> {
        let keys: Vec<u32> = signature.values().iter().map(|&value| key(value)).collect();
        let asked = Asked { document: Document::new(signature), keys: &keys };
        // Reading memory does not fail.
        candidates(self.rules, asked, self, &mut PostingsScratch::default()).unwrap_or_default()
    }

    /// The candidates of all documents among each other, and the ids of the documents, which the batch
    /// numbers in this order. The index is used up, which saves the memory of a second one; clone it to keep
    /// it.
    pub fn into_batch(mut self) -> (Vec<I>, PostingsBatch) {
        if self.ids.slots() > self.len() {
            self.clear_away();
        }
        let Self { rules, ids, documents, lists, .. } = self;
        let postings = lists.into_postings(|slot| slot);
        (ids.into_ids(), PostingsBatch::of_sorted(rules, &documents, postings))
    }
}

impl<I: Id> HolderLists for PostingsIndex<I> {
    fn documents(&self) -> usize {
        self.len()
    }

    fn frequency(&self, key: u32) -> usize {
        self.lists.of(key).len()
    }

    fn ends(&self, key: u32, visits: usize, out: &mut Vec<u32>) -> usize {
        self.lists.of(key).ends(visits, out);
        out.len()
    }

    fn document(&self, holder: u32) -> Document {
        self.documents[holder as usize]
    }

    fn probe(&self, left: Left<'_>, found: &mut [Found]) -> Result<()> {
        for (key, weight) in left.iter() {
            let holders = self.lists.of(key);
            for found in &mut *found {
                if holders.contains(key, found.holder()) {
                    found.add(weight);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::xxh3;
    use crate::sketch::FracMinHasher;

    /// So many values, from a number on.
    fn signature(from: u64, values: u64) -> FracMinHashSignature {
        let hasher = FracMinHasher::builder().scale(1).minimum(0).build().unwrap();
        hasher.sketch(&(from..from + values).map(|i| xxh3(&i.to_le_bytes())).collect::<Vec<_>>())
    }

    #[test]
    fn a_full_index_refuses_and_stays_as_it_was() {
        let mut index = PostingsIndex::default();
        (index.most_values, index.params) = (100, None);
        index.ids.limit(4);
        let (forty, twenty) = (signature(0, 40), signature(500, 20));
        // Each fits, and all do not: what the batch itself holds counts.
        let error = index.insert_all([(1, &forty), (2, &forty), (3, &forty)]).unwrap_err();
        assert!(error.to_string().contains("more than 100 values"), "{error}");
        assert!(index.is_empty() && index.frequency(forty.values()[0]) == 0);
        index.insert_all([(1, &forty), (2, &forty), (3, &twenty)]).unwrap();
        assert!(index.insert(4, &signature(900, 1)).is_err() && index.replace(3, &forty).is_err());
        assert_eq!((index.len(), index.frequency(forty.values()[0])), (3, 2));
        assert!(index.replace(3, &signature(700, 20)).unwrap());
        index.insert(4, &signature(0, 0)).unwrap();
        let error = index.insert(5, &signature(0, 0)).unwrap_err();
        assert!(error.to_string().contains("more than 4 documents"), "{error}");
        // What was removed makes room, again and again.
        for _ in 0..30 {
            assert!(index.remove(&1));
            assert_eq!(index.frequency(forty.values()[0]), 1);
            index.insert(1, &forty).unwrap();
            let mut found = Vec::new();
            index.query(&forty, &mut found).unwrap();
            assert_eq!(found.iter().map(|c| c.document).collect::<Vec<_>>(), [2, 1]);
            assert!(index.ids.slots() <= 4 && index.lists.values() <= 100);
        }
    }

    /// Copies are linear: a query looks at a bounded number of holders of each value, whatever is removed.
    #[test]
    fn copies_cost_each_other_nothing() {
        let mut index = PostingsIndex::default();
        let copy = signature(0, 30);
        let mut ends = Vec::new();
        for id in 0..3_000_u64 {
            index.insert(id, &copy).unwrap();
            if id % 3 == 2 {
                assert!(index.remove(&(id / 3)));
            }
            let holders = index.lists.of(key(copy.values()[7]));
            holders.ends(24, &mut ends);
            assert_eq!((holders.len(), ends.len()), (index.len(), index.len().min(48)));
        }
    }
}
