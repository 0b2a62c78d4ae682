//! The index that grows and shrinks.

use super::bands::BandTable;
use super::buckets::{Keys, Rows};
use super::{Banding, band_keys, check_bins, is_empty};
use crate::DocId;
use crate::error::{Error, Result};
use crate::hash::FORMAT_VERSION;
use crate::index::ids::{Id, Ids};
use crate::index::table::Seed;
use crate::sketch::{MinHashParams, MinHashSignature, MinHashSignatures};

/// Known documents, to ask which of them share a band with a new one.
///
/// The index knows documents by ids of the caller's, of any type ([`Id`]). It holds keys, not signatures: 16
/// to 27 bytes a band and document when built from a batch, and 45 for an id of up to 8 bytes.
///
/// ```
/// use reprint::index::{Banding, MinHashIndex};
/// use reprint::sketch::MinHasher;
///
/// let hasher = MinHasher::default();
/// let mut index = MinHashIndex::new(hasher.params(), Banding::for_recall(0.8, 0.95, 128)?)?;
/// index.insert("Herald", &hasher.sketch(&[1, 2, 3]))?;
/// index.insert("Courier", &hasher.sketch(&[7, 8]))?;
///
/// let mut found = Vec::new();
/// index.query(&hasher.sketch(&[3, 2, 1]), &mut found)?;
/// assert_eq!(found, ["Herald"]);
///
/// assert!(index.remove(&"Herald"));
/// index.query(&hasher.sketch(&[3, 2, 1]), &mut found)?;
/// assert!(found.is_empty());
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Large buckets
///
/// One passage that is printed everywhere makes a bucket of everything, and a query that listed it whole
/// would make *n* queries cost *n*². So of the documents of a bucket a query visits the first *v* and the
/// last *v*, in the order of insertion: at most 2 `b` `v` for `b` bands, whatever the corpus is. Buckets of
/// up to 2*v* are visited whole. No document is dropped for its bucket's size: all documents of a bucket
/// remain linked through its first ones. [`VISITS`](Self::VISITS) is 64; [`with_visits`](Self::with_visits)
/// changes it.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        into = "super::stored::Form<I>",
        try_from = "super::stored::Form<I>",
        bound(serialize = "I: Id + serde::Serialize", deserialize = "I: Id + serde::Deserialize<'de>")
    )
)]
pub struct MinHashIndex<I = DocId> {
    pub(super) params: MinHashParams,
    pub(super) banding: Banding,
    pub(super) visits: usize,
    pub(super) seed: Seed,
    pub(super) ids: Ids<I>,
    pub(super) tables: Vec<BandTable>,
}

impl<I: Id> MinHashIndex<I> {
    /// Of a bucket, a query visits so many of the first documents and so many of the last.
    pub const VISITS: usize = 64;

    /// An empty index for signatures made with `params`.
    ///
    /// # Errors
    /// When the banding needs more bins than the signatures have, or when `params` are of another format
    /// version.
    pub fn new(params: MinHashParams, banding: Banding) -> Result<Self> {
        check_bins(banding, params)?;
        if params.version() != FORMAT_VERSION {
            return Err(Error::versions("format version", params.version(), FORMAT_VERSION));
        }
        let tables = vec![BandTable::default(); banding.bands()];
        Ok(Self { params, banding, visits: Self::VISITS, seed: Seed::new(), ids: Ids::default(), tables })
    }

    /// An index of all these signatures, which belong to `ids` in turn, built on all cores.
    ///
    /// The same index as that of inserting them one by one, in less time and with no room to spare.
    ///
    /// ```
    /// use reprint::index::{Banding, MinHashIndex};
    /// use reprint::sketch::MinHasher;
    ///
    /// let hasher = MinHasher::default();
    /// let known = hasher.sketch_all(&[vec![1, 2, 3], vec![7, 8]]);
    /// let index = MinHashIndex::build(Banding::new(16, 8)?, ["a", "b"], &known)?;
    /// let mut found = Vec::new();
    /// index.query(&hasher.sketch(&[7, 8]), &mut found)?;
    /// assert_eq!(found, ["b"]);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new); when an id comes twice, when there are more ids than signatures or fewer, or
    /// when there are more than 2³² − 2.
    pub fn build(
        banding: Banding,
        ids: impl IntoIterator<Item = I>,
        signatures: &MinHashSignatures,
    ) -> Result<Self> {
        let mut index = Self::new(signatures.params(), banding)?;
        // One more than there should be is enough to know.
        let ids: Vec<I> = ids.into_iter().take(signatures.len() + 1).collect();
        if ids.len() != signatures.len() {
            let remedy = "give as many ids as there are signatures, in the same order";
            return Err(Error::parameter("the number of ids", ids.len(), remedy));
        }
        let mut tables = Vec::with_capacity(banding.bands());
        index.ids.check_new(&ids)?;
        let seed = index.seed;
        Keys::each_band(
            Rows::all(signatures),
            banding,
            |some: Vec<BandTable>| tables.extend(some),
            |_, band| {
                let present = &band.keys.present;
                let mut keys = band.iter().zip(present).map(|(key, &present)| present.then_some(key));
                BandTable::new(seed, present.iter().map(|_| keys.next().flatten()))
            },
        );
        index.fill(ids, tables);
        Ok(index)
    }

    /// Into an empty index, ids that are new and the tables of their slots.
    pub(super) fn fill(&mut self, ids: Vec<I>, tables: Vec<BandTable>) {
        for id in ids {
            self.ids.insert(id);
        }
        self.ids.shrink();
        self.tables = tables;
    }

    /// The same index, of whose buckets a query visits the first and the last `visits` documents.
    ///
    /// `usize::MAX` visits all, and *n* copies then cost *n*² when each is asked about.
    ///
    /// # Errors
    /// When `visits` is 0.
    pub fn with_visits(mut self, visits: usize) -> Result<Self> {
        if visits == 0 {
            return Err(Error::parameter("visits", visits, "choose 1 or more; 64 is usual"));
        }
        self.visits = visits;
        Ok(self)
    }

    /// Adds a document. One without shingles is counted, and is never a candidate. Amortised O(`b` · `r`).
    ///
    /// # Errors
    /// When the id is there, when the signature was made with other parameters than this index is for, or
    /// when the index holds 2³² − 2 documents. The index is then unchanged.
    pub fn insert(&mut self, id: I, signature: &MinHashSignature) -> Result<()> {
        self.params.check_same(&signature.params())?;
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
        documents: impl IntoIterator<Item = (I, &'a MinHashSignature)>,
    ) -> Result<()> {
        let (ids, signatures): (Vec<I>, Vec<_>) = documents.into_iter().unzip();
        signatures.iter().try_for_each(|signature| self.params.check_same(&signature.params()))?;
        self.ids.check_new(&ids)?;
        ids.into_iter().zip(signatures).for_each(|(id, signature)| self.add(id, signature));
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
        self.add(id, signature);
        Ok(was_there)
    }

    fn add(&mut self, id: I, signature: &MinHashSignature) {
        let slot = self.ids.insert(id);
        if is_empty(signature.values()) {
            self.tables.iter_mut().for_each(|table| table.insert(self.seed, slot, None));
        } else {
            let keys = band_keys(self.banding, signature.values());
            self.tables
                .iter_mut()
                .zip(keys)
                .for_each(|(table, key)| table.insert(self.seed, slot, Some(key)));
        }
    }

    /// Removes a document; says whether it was there. O(`b`). The index then answers as if it had never been.
    pub fn remove(&mut self, id: &I) -> bool {
        let Some(slot) = self.ids.remove(id) else {
            return false;
        };
        self.tables.iter_mut().for_each(|table| table.remove(self.seed, slot));
        self.ids.release(slot);
        true
    }

    /// Is there a document with this id?
    pub fn contains(&self, id: &I) -> bool {
        self.ids.contains(id)
    }

    /// The documents that share a band with this one, in place of what `found` held: distinct, ids ascending.
    ///
    /// None for a document without shingles. Of large buckets, [some](Self#large-buckets): O(`b` `v`).
    ///
    /// # Errors
    /// When the signature was made with other parameters than this index is for; then `found` is as it was.
    pub fn query(&self, signature: &MinHashSignature, found: &mut Vec<I>) -> Result<()> {
        self.params.check_same(&signature.params())?;
        let mut slots = self.visited(signature);
        slots.sort_unstable();
        slots.dedup();
        self.ids.list(slots, found);
        Ok(())
    }

    /// The slots that a query visits, band after band.
    fn visited(&self, signature: &MinHashSignature) -> Vec<u32> {
        let mut slots = Vec::new();
        if !is_empty(signature.values()) {
            for (table, key) in self.tables.iter().zip(band_keys(self.banding, signature.values())) {
                table.visit(self.seed, key, self.visits, |slot| slots.push(slot));
            }
        }
        slots
    }

    /// The parameters that signatures must be made with.
    pub fn params(&self) -> MinHashParams {
        self.params
    }

    /// The bands and rows of this index.
    pub fn banding(&self) -> Banding {
        self.banding
    }

    /// Of a bucket, a query visits so many of the first documents and so many of the last.
    pub fn visits(&self) -> usize {
        self.visits
    }

    /// How many documents there are, the empty ones among them.
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

    /// The documents without shingles, which are counted but never candidates; ids ascending. O(n).
    pub fn empty_documents(&self) -> Vec<I> {
        self.ids.wanted(|slot| self.tables[0].key(slot).is_none())
    }

    /// The bytes that this index has allocated, but for what ids allocate themselves.
    pub fn memory(&self) -> usize {
        let tables = size_of::<BandTable>() * self.tables.capacity();
        tables + self.ids.memory() + self.tables.iter().map(BandTable::memory).sum::<usize>()
    }
}

impl MinHashIndex {
    /// The most bytes per document that an index takes which was built from a batch: 27 for each band, and 45
    /// for an id of up to 8 bytes.
    ///
    /// ```
    /// use reprint::index::{Banding, MinHashIndex};
    ///
    /// assert_eq!(MinHashIndex::memory_per_document(Banding::new(16, 8)?), 477);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn memory_per_document(banding: Banding) -> usize {
        27 * banding.bands() + 45
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::MinHasher;

    fn empty() -> (MinHasher, MinHashIndex<u32>) {
        let hasher = MinHasher::default();
        let index = MinHashIndex::new(hasher.params(), Banding::new(16, 8).unwrap()).unwrap();
        (hasher, index)
    }

    #[test]
    fn copies_cost_each_other_nothing() {
        let (hasher, mut index) = empty();
        let copy = hasher.sketch(&[1, 2, 3]);
        let mut found = Vec::new();
        for id in 0..5_000 {
            index.query(&copy, &mut found).unwrap();
            assert_eq!(index.visited(&copy).len(), 16 * (id as usize).min(128));
            // All are linked through the first.
            assert_eq!(found.first().copied(), (id > 0).then_some(0));
            index.insert(id, &copy).unwrap();
        }
        // Each of these is the first of its buckets when it goes.
        assert!((0..5_000).all(|id| index.remove(&id)));
        assert!(index.is_empty() && index.visited(&copy).is_empty());
    }

    #[test]
    fn a_full_index_refuses_and_stays_as_it_was() {
        let (hasher, mut index) = empty();
        index.ids.limit(3);
        let some = hasher.sketch(&[1, 2, 3]);
        index.insert_all([(1, &some), (2, &some)]).unwrap();
        assert!(index.insert_all([(3, &some), (4, &some)]).unwrap_err().to_string().contains("more than 3"));
        assert!(!index.contains(&3) && index.len() == 2);
        index.insert(3, &some).unwrap();
        for error in [index.insert(4, &some).unwrap_err(), index.replace(4, &some).unwrap_err()] {
            assert!(error.to_string().contains("more than 3 documents"), "{error}");
        }
        assert!(index.replace(3, &some).unwrap());
        let mut found = Vec::new();
        index.query(&some, &mut found).unwrap();
        assert_eq!(found, [1, 2, 3]);
        assert!(index.remove(&1));
        index.insert(4, &some).unwrap();
    }
}
