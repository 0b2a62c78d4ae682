//! The index that grows.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use ahash::AHasher;

use super::judge::{Judge, PostingsScratch};
use super::{Document, PostingsBatch, PostingsCandidate, PostingsRules, holder_of, key, key_of, posting};
use crate::sketch::{FracMinHashParams, FracMinHashSignature};
use crate::{DocId, Error, Result};

/// Values are merged into the sorted part when the recent ones are 1/32 of it: a recent value takes
/// about 60 bytes instead of 8, so that they add at most a quarter to the memory.
const RECENT_SHARE: usize = 32;

/// The least number of recent values before a merge.
const RECENT_LEAST: usize = 1 << 14;

/// Sorted postings and a directory into them.
#[derive(Clone, Debug, Default)]
struct Sorted {
    postings: Vec<u64>,
    /// Where the postings begin whose keys have the leading bits i; one more at the end.
    starts: Vec<u64>,
    bits: u32,
}

impl Sorted {
    /// Sorts in `count` more postings.
    fn merge(&mut self, count: usize, more: impl Iterator<Item = u64>) {
        let old = self.postings.len();
        self.postings.reserve_exact(count);
        self.postings.extend(more);
        sort(&mut self.postings[old..]);
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
                self.starts.resize(place + 1, i as u64);
            }
        }
        self.starts.resize((1 << self.bits) + 1, self.postings.len() as u64);
    }

    fn place(&self, key: u32) -> usize {
        (u64::from(key) << self.bits >> 32) as usize
    }

    /// The postings of a key.
    fn of(&self, key: u32) -> &[u64] {
        let place = self.place(key);
        let (Some(&start), Some(&end)) = (self.starts.get(place), self.starts.get(place + 1)) else {
            return &[];
        };
        run(&self.postings[start as usize..end as usize], key)
    }
}

/// The postings of `key` in an ascending slice.
fn run(postings: &[u64], key: u32) -> &[u64] {
    let rest = &postings[postings.partition_point(|&posting| key_of(posting) < key)..];
    &rest[..rest.partition_point(|&posting| key_of(posting) == key)]
}

fn sort(postings: &mut [u64]) {
    #[cfg(feature = "rayon")]
    rayon::slice::ParallelSliceMut::par_sort_unstable(postings);
    #[cfg(not(feature = "rayon"))]
    postings.sort_unstable();
}

/// An index that grows: insert a signature, ask for the earlier documents that share with a new one.
///
/// # Memory
/// 8 bytes a value of a document, 16 a document, and at most one a value for the directory. A batch drops
/// the values with one holder, and takes about 9 bytes for each other; it is built in the same.
/// Counted by an allocator, for generated stories of 2,350 letters (195 values at scale 12): the index 1.6 KB a
/// document, at its peak too; the batch 1.5 KB, 1.6 at its peak, and 1.9 at both where every story is there twice, beside
/// the signatures that it is built of. (`tests/wire_memory.rs`; the `wire` preset takes 1.4 and 1.8 KB at its peak in all.) Values are told
/// apart by 32 of their bits: among 60 million distinct ones 1.4 % have a stranger among their holders.
///
/// # Example
/// ```
/// use reprint::index::PostingsIndex;
/// use reprint::sketch::FracMinHasher;
/// use reprint::{DocId, hash::xxh3};
///
/// let hasher = FracMinHasher::default();
/// let story = |from: u64, to: u64| -> Vec<u64> { (from..to).map(|i| xxh3(&i.to_le_bytes())).collect() };
///
/// let mut index = PostingsIndex::default();
/// index.insert(&hasher.sketch(&story(0, 2_000)))?;
/// index.insert(&hasher.sketch(&story(5_000, 7_000)))?;
///
/// // A quarter of the second story among other text.
/// let new = hasher.sketch(&[story(9_000, 10_000), story(6_000, 6_500)].concat());
/// let candidates = index.query(&new)?;
/// assert_eq!(candidates.len(), 1);
/// assert_eq!(candidates[0].document, DocId(1));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PostingsIndex {
    rules: PostingsRules,
    params: Option<FracMinHashParams>,
    documents: Vec<Document>,
    sorted: Sorted,
    /// Holders of each key since the last merge, in order; all come after those of `sorted`.
    recent: HashMap<u32, Vec<u32>, BuildHasherDefault<AHasher>>,
    recent_values: usize,
}

impl PostingsIndex {
    /// An empty index. The default has the default rules.
    pub fn new(rules: PostingsRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The rules given.
    pub fn rules(&self) -> PostingsRules {
        self.rules
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// True when nothing was inserted.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The bytes that the index takes, those of the allocator left out.
    pub fn memory(&self) -> usize {
        8 * self.sorted.postings.capacity()
            + 8 * self.sorted.starts.capacity()
            + size_of::<Document>() * self.documents.capacity()
            // A key, a vector and a control byte for each place; four holders are the least a vector takes.
            + 33 * self.recent.capacity()
            + self.recent.values().map(|holders| 4 * holders.capacity()).sum::<usize>()
    }

    /// Adds a document, whose number is the count of those before it, in amortised O(32 k) for k values.
    ///
    /// # Errors
    /// When the signature has another seed or format version than the first, or there are 2³² − 1
    /// documents already.
    pub fn insert(&mut self, signature: &FracMinHashSignature) -> Result<DocId> {
        let id = self.add(signature)?;
        self.recent_values += signature.values().len();
        for &value in signature.values() {
            self.recent.entry(key(value)).or_default().push(id.0);
        }
        if self.recent_values > RECENT_LEAST.max(self.sorted.postings.len() / RECENT_SHARE) {
            self.merge(0, std::iter::empty());
        }
        Ok(id)
    }

    /// Adds many documents at once, numbered in order: the same as to insert each, in less time.
    ///
    /// # Errors
    /// As [`insert`](Self::insert); then none is added.
    pub fn insert_all(&mut self, signatures: &[FracMinHashSignature]) -> Result<()> {
        let first = self.documents.len();
        let values = self.add_all(signatures)?;
        let last = signatures.iter().zip(first as u32..);
        self.merge(values, last.flat_map(|(s, id)| s.values().iter().map(move |&v| posting(key(v), id))));
        Ok(())
    }

    /// Gives signatures their numbers, without their values, or none of them; the count of their values.
    fn add_all(&mut self, signatures: &[FracMinHashSignature]) -> Result<usize> {
        let first = self.documents.len();
        for signature in signatures {
            if let Err(error) = self.add(signature) {
                self.documents.truncate(first);
                return Err(error);
            }
        }
        Ok(signatures.iter().map(|signature| signature.values().len()).sum())
    }

    /// Gives a signature its number, without its values.
    fn add(&mut self, signature: &FracMinHashSignature) -> Result<DocId> {
        self.check(signature)?;
        if self.documents.len() >= u32::MAX as usize {
            return Err(Error::too_many("documents in one index", u32::MAX as usize));
        }
        self.params = self.params.or(Some(signature.params()));
        self.documents.push(Document::new(signature));
        Ok(DocId(self.documents.len() as u32 - 1))
    }

    fn check(&self, signature: &FracMinHashSignature) -> Result<()> {
        self.params.map_or(Ok(()), |params| params.check_comparable(&signature.params()))
    }

    /// Sorts in the recent postings, and the `values` of the latest documents.
    fn merge(&mut self, values: usize, last: impl Iterator<Item = u64>) {
        let recent = std::mem::take(&mut self.recent);
        let count = std::mem::take(&mut self.recent_values) + values;
        let recent = recent
            .into_iter()
            .flat_map(|(key, holders)| holders.into_iter().map(move |holder| posting(key, holder)));
        self.sorted.merge(count, recent.chain(last));
    }

    /// The holders of a key, earliest first: those that are sorted, and the recent ones.
    fn holders(&self, key: u32) -> (&[u64], &[u32]) {
        (self.sorted.of(key), self.recent.get(&key).map_or(&[], Vec::as_slice))
    }

    /// The number of documents that hold a value, as [`FracMinHasher::value`] gives it: how far it is
    /// boilerplate. Documents that held it back because their scale is coarser are not counted.
    ///
    /// [`FracMinHasher::value`]: crate::sketch::FracMinHasher::value
    pub fn frequency(&self, value: u64) -> usize {
        let (sorted, recent) = self.holders(key(value));
        sorted.len() + recent.len()
    }

    /// The documents that share enough with `signature` to be its copies, strongest first.
    ///
    /// The document asked about counts as one of the N and of the df of its values: a query is answered
    /// as [`PostingsBatch`] answers for the last document of its order. O(k log n) for k values and n documents.
    ///
    /// # Errors
    /// When the signature has another seed or format version.
    pub fn query(&self, signature: &FracMinHashSignature) -> Result<Vec<PostingsCandidate>> {
        self.check(signature)?;
        let judge = Judge::new(self.rules, self.documents.len() + 1);
        let mut scratch = PostingsScratch::default();
        scratch.begin(0);
        let list = |&value: &u64| {
            let (sorted, recent) = self.holders(key(value));
            posting(sorted.len() as u32 + recent.len() as u32 + 1, key(value))
        };
        scratch.lists.extend(signature.values().iter().map(list));
        scratch.lists.sort_unstable();
        let mut next = 0;
        while next < scratch.lists.len() && judge.goes_on(&scratch, 0) {
            let (sorted, recent) = self.holders(holder_of(scratch.lists[next]));
            let holder = |i: usize| sorted.get(i).map_or_else(|| recent[i - sorted.len()], |&p| holder_of(p));
            let len = sorted.len() + recent.len();
            judge.visit(len, holder, &mut scratch);
            judge.weigh(len + 1, &mut scratch);
            next += 1;
        }
        judge.leave(next, &mut scratch);
        let own = Document::new(signature);
        judge.gather(own, self.documents.len(), &mut scratch);
        let mut found = std::mem::take(&mut scratch.found);
        for &list in scratch.left() {
            let (frequency, key) = (key_of(list) as usize, holder_of(list));
            let (sorted, recent) = self.holders(key);
            let weight = judge.weight(frequency);
            for found in &mut found {
                let holder = found.holder;
                if sorted.binary_search(&posting(key, holder)).is_ok()
                    || recent.binary_search(&holder).is_ok()
                {
                    found.add(weight);
                }
            }
        }
        scratch.found = found;
        Ok(judge.candidates(own, &scratch, &self.documents))
    }

    /// The candidates of all documents among each other. The index is used up, which saves the memory
    /// of a second one; clone it to keep it.
    pub fn into_batch(mut self) -> PostingsBatch {
        if !self.recent.is_empty() {
            self.merge(0, std::iter::empty());
        }
        let Self { rules, documents, sorted: Sorted { postings, .. }, .. } = self;
        PostingsBatch::of_sorted(rules, &documents, postings)
    }
}

#[cfg(test)]
mod tests {
    use super::super::some_postings;
    use super::*;

    #[test]
    fn the_directory_finds_every_list() {
        let mut sorted = Sorted::default();
        assert!(sorted.of(7).is_empty());
        let all = some_postings();
        // Two merges.
        for part in [0, 1] {
            let part: Vec<u64> = all.iter().copied().filter(|&p| p % 2 == part).collect();
            sorted.merge(part.len(), part.into_iter().rev());
        }
        assert_eq!(sorted.postings, all);
        let keys = all
            .iter()
            .map(|&p| key_of(p))
            .flat_map(|key| [key.saturating_sub(1), key, key.saturating_add(1)]);
        for key in keys {
            let naive: Vec<u64> = all.iter().copied().filter(|&p| key_of(p) == key).collect();
            assert_eq!(sorted.of(key), naive);
        }
    }
}
