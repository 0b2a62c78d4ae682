//! The index of a whole corpus at once.

use std::cmp::Reverse;

use super::judge::{Judge, PostingsScratch};
use super::{Document, PostingsCandidate, PostingsRules, holder_of, key, key_of, posting, sort};
use crate::sketch::FracMinHashSignature;
use crate::{DocId, Error, Result};

/// All documents at once: for each, the longer ones that share enough to be its source.
///
/// Documents are ordered by length (values · scale), the longest first, those of one length by their
/// values and then by number: the candidates do not depend on the order of the input, up to documents
/// with the same signature. Each pair is found from its later document, so that a story finds the
/// round-up that holds it, and the copy finds the original.
///
/// ```
/// use reprint::lsh::{PostingsBatch, PostingsRules};
/// use reprint::sketch::FracMinHasher;
/// use reprint::{DocId, hash::xxh3};
///
/// let story = |from: u64, to: u64| -> Vec<u64> { (from..to).map(|i| xxh3(&i.to_le_bytes())).collect() };
/// let stories = [story(0, 500), story(4_000, 6_000), story(0, 2_500)];
/// let signatures = FracMinHasher::default().sketch_all(&stories);
///
/// let batch = PostingsBatch::build(PostingsRules::default(), &signatures)?;
/// assert_eq!(batch.order(), [DocId(2), DocId(1), DocId(0)]);
/// // The first story is cut from the third.
/// let candidates = batch.candidates(DocId(0));
/// assert_eq!(candidates.len(), 1);
/// assert_eq!(candidates[0].document, DocId(2));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PostingsBatch {
    judge: Judge,
    /// Place to number.
    order: Vec<DocId>,
    /// Number to place.
    places: Vec<u32>,
    /// By place.
    documents: Vec<Document>,
    /// The keys of more than one holder, ascending.
    keys: Vec<u32>,
    /// Where each key's holders begin; one more at the end.
    lists: Vec<u32>,
    /// The places of each key's holders, ascending, one key after the other.
    holders: Vec<u32>,
    /// Where each place's own keys begin in `own`; one more at the end.
    starts: Vec<u32>,
    /// The positions in `keys` of each place's own, one place after the other.
    own: Vec<u32>,
}

impl PostingsBatch {
    /// From the signatures of all documents, numbered in order. O(K log K) for K values in all.
    ///
    /// # Errors
    /// When seeds or format versions differ, or there are more than 2³² − 1 documents or values.
    pub fn build(rules: PostingsRules, signatures: &[FracMinHashSignature]) -> Result<Self> {
        if let Some((first, rest)) = signatures.split_first() {
            let first = first.params();
            rest.iter().try_for_each(|signature| first.check_comparable(&signature.params()))?;
        }
        Self::of_entries(rules, signatures.iter().map(PostingsEntry::new).collect())
    }

    /// From all documents, numbered in order, whose signatures are of one seed and version.
    pub(crate) fn of_entries(rules: PostingsRules, entries: Vec<PostingsEntry>) -> Result<Self> {
        if entries.len() > u32::MAX as usize {
            return Err(Error::too_many("documents in one index", u32::MAX as usize));
        }
        if entries.iter().map(|entry| entry.keys.len()).sum::<usize>() > u32::MAX as usize {
            return Err(Error::too_many("values in one index", u32::MAX as usize));
        }
        let documents: Vec<Document> = entries.iter().map(|entry| entry.document).collect();
        let (order, places) = by_length(&documents);
        let mut lists = Lists::default();
        let mut postings = Vec::new();
        for part in 0..PARTS {
            // The keys of a document stand in order: a part of them is one range.
            let within = |&key: &u32| (u64::from(key) * u64::from(PARTS)) >> 32;
            postings.clear();
            for (entry, &place) in entries.iter().zip(&places) {
                let start = entry.keys.partition_point(|key| within(key) < u64::from(part));
                let keys = entry.keys[start..].iter().take_while(|key| within(key) == u64::from(part));
                postings.extend(keys.map(|&key| posting(key, place)));
            }
            sort(&mut postings);
            lists.add(&postings);
        }
        drop((postings, entries));
        Ok(Self::of_lists(rules, &documents, order, places, lists))
    }

    /// From the postings of an index.
    pub(super) fn of_sorted(rules: PostingsRules, documents: &[Document], mut postings: Vec<u64>) -> Self {
        let (order, places) = by_length(documents);
        for list in postings.chunk_by_mut(|&a, &b| key_of(a) == key_of(b)) {
            for holder in &mut *list {
                *holder = posting(key_of(*holder), places[holder_of(*holder) as usize]);
            }
            list.sort_unstable();
        }
        let mut lists = Lists::default();
        lists.add(&postings);
        drop(postings);
        Self::of_lists(rules, documents, order, places, lists)
    }

    fn of_lists(
        rules: PostingsRules,
        documents: &[Document],
        order: Vec<DocId>,
        places: Vec<u32>,
        lists: Lists,
    ) -> Self {
        let Lists { keys, mut ends, holders } = lists;
        ends.shrink_to_fit();
        let (starts, own) = invert(&holders, &ends, documents.len());
        let documents = order.iter().map(|id| documents[id.index()]).collect();
        let judge = Judge::new(rules, order.len());
        Self { judge, order, places, documents, keys, lists: ends, holders, starts, own }
    }

    /// The documents in the order in which each looks for candidates among those before it.
    pub fn order(&self) -> &[DocId] {
        &self.order
    }

    /// The bytes that the batch takes.
    pub fn memory(&self) -> usize {
        let of_values = [&self.keys, &self.lists, &self.holders, &self.starts, &self.own];
        4 * of_values.iter().map(|part| part.capacity()).sum::<usize>()
            + (size_of::<Document>() + 8) * self.order.capacity()
    }

    /// The number of documents that hold a value, as [`PostingsIndex::frequency`](super::PostingsIndex::frequency); at most 1 is given as 0.
    pub fn frequency(&self, value: u64) -> usize {
        self.keys.binary_search(&key(value)).map_or(0, |list| self.list(list).len())
    }

    /// The number of shingles of a document, as its values tell it; 0 for one that is not in the batch.
    pub(crate) fn size(&self, document: DocId) -> u64 {
        self.places.get(document.index()).map_or(0, |&place| self.documents[place as usize].size())
    }

    /// One shingle in so many of a document is indexed; 1 for one that is not in the batch.
    pub(crate) fn scale(&self, document: DocId) -> u32 {
        self.places.get(document.index()).map_or(1, |&place| self.documents[place as usize].scale)
    }

    /// The share of a document's values that more than `most` documents hold. O(values of the document).
    pub(crate) fn popular_share(&self, document: DocId, most: usize) -> f64 {
        let Some(&place) = self.places.get(document.index()) else { return 0.0 };
        let own = self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize;
        let popular = self.own[own].iter().filter(|&&list| self.list(list as usize).len() > most).count();
        popular as f64 / f64::from(self.documents[place as usize].values.max(1))
    }

    /// The places of the holders of a key.
    fn list(&self, list: usize) -> &[u32] {
        &self.holders[self.lists[list] as usize..self.lists[list + 1] as usize]
    }

    /// Makes the visits of the document at a place.
    fn visit(&self, place: usize, scratch: &mut PostingsScratch) {
        let own = &self.own[self.starts[place] as usize..self.starts[place + 1] as usize];
        scratch.begin(u64::from(self.documents[place].values).saturating_sub(own.len() as u64));
        // Where the lists are and what they begin with, first of all: these reads wait for memory side by side, where a
        // search in between would let each wait for the one before.
        let mut lists = std::mem::take(&mut scratch.lists);
        lists.clear();
        lists.extend(own.iter().map(|&list| {
            let (start, end) = (self.lists[list as usize], self.lists[list as usize + 1]);
            (start, end, self.holders[start as usize])
        }));
        for &(start, end, first) in &lists {
            let list = &self.holders[start as usize..end as usize];
            let earlier = if (first as usize) < place {
                list.partition_point(|&holder| (holder as usize) < place)
            } else {
                0
            };
            self.judge.visit(list.len(), earlier, |i| list[i], scratch);
        }
        scratch.lists = lists;
    }

    /// The number of postings that are visited for a document: at most twice
    /// [`PostingsRules::visits`] for each of its values.
    pub fn visit_count(&self, document: DocId) -> usize {
        let mut scratch = PostingsScratch::default();
        self.places.get(document.index()).map_or(0, |&place| {
            self.visit(place as usize, &mut scratch);
            scratch.holders.len()
        })
    }

    /// The documents before this one in [`order`](Self::order) that share enough with it, strongest
    /// first; none for a document that is not in the batch. O(v·k) for k values.
    pub fn candidates(&self, document: DocId) -> Vec<PostingsCandidate> {
        self.candidates_with(&mut PostingsScratch::default(), document)
    }

    /// As [`candidates`](Self::candidates), in room that is used again.
    pub(crate) fn candidates_with(
        &self,
        scratch: &mut PostingsScratch,
        document: DocId,
    ) -> Vec<PostingsCandidate> {
        let Some(&place) = self.places.get(document.index()) else { return Vec::new() };
        let place = place as usize;
        self.visit(place, scratch);
        let mut found = self.judge.candidates(self.documents[place], scratch, &self.documents);
        for candidate in &mut found {
            candidate.document = self.order[candidate.document.index()];
        }
        found
    }

    /// The candidates of every document, in [`order`](Self::order); on all cores with the `rayon` feature.
    pub fn all_candidates(&self) -> Vec<Vec<PostingsCandidate>> {
        let candidates = |scratch: &mut PostingsScratch, &id: &DocId| self.candidates_with(scratch, id);
        #[cfg(feature = "rayon")]
        {
            use rayon::prelude::*;
            self.order.par_iter().map_init(PostingsScratch::default, candidates).collect()
        }
        #[cfg(not(feature = "rayon"))]
        {
            let mut scratch = PostingsScratch::default();
            self.order.iter().map(|id| candidates(&mut scratch, id)).collect()
        }
    }
}

/// The postings of a batch are sorted in so many parts, each of a range of keys, so that one part of them is in memory
/// at a time.
const PARTS: u32 = 32;

/// A document as a batch is made of it: half of the memory of its signature.
#[derive(Debug)]
pub(crate) struct PostingsEntry {
    document: Document,
    /// Ascending.
    keys: Box<[u32]>,
}

impl PostingsEntry {
    pub(crate) fn new(signature: &FracMinHashSignature) -> Self {
        let mut keys: Box<[u32]> = signature.values().iter().map(|&value| key(value)).collect();
        keys.sort_unstable();
        Self { document: Document::new(signature), keys }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The order of documents by length, the longest first, and the place of each in it.
fn by_length(documents: &[Document]) -> (Vec<DocId>, Vec<u32>) {
    let mut order: Vec<DocId> = (0..documents.len() as u32).map(DocId).collect();
    order.sort_unstable_by_key(|&id| {
        let document = documents[id.index()];
        (Reverse(document.size()), Reverse(document.values), document.digest, id)
    });
    let mut places = vec![0; documents.len()];
    for (place, id) in order.iter().enumerate() {
        places[id.index()] = place as u32;
    }
    (order, places)
}

/// The keys of more than one holder, ascending, and the holders of each.
#[derive(Debug)]
struct Lists {
    keys: Vec<u32>,
    /// A 0, and where each key's holders end.
    ends: Vec<u32>,
    holders: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { keys: Vec::new(), ends: vec![0], holders: Vec::new() }
    }
}

impl Lists {
    /// Adds sorted postings, whose keys come after those before.
    fn add(&mut self, postings: &[u64]) {
        let shared =
            || postings.chunk_by(|&a, &b| key_of(a) == key_of(b)).filter(|postings| postings.len() > 1);
        let (keys, holders) = shared().fold((0, 0), |(keys, all), list| (keys + 1, all + list.len()));
        self.keys.reserve_exact(keys);
        self.ends.reserve_exact(keys);
        self.holders.reserve_exact(holders);
        for list in shared() {
            self.keys.extend(list.first().map(|&posting| key_of(posting)));
            self.holders.extend(list.iter().map(|&posting| holder_of(posting)));
            self.ends.push(self.holders.len() as u32);
        }
    }
}

/// For each of `documents` holders the lists that hold it, ascending, one holder after the other; before
/// them where each holder's begin, and the end. List i is `holders[lists[i]..lists[i + 1]]`.
fn invert(holders: &[u32], lists: &[u32], documents: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0; documents + 2];
    for &holder in holders {
        starts[holder as usize + 2] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    // `starts[i + 1]` is where holder i's begin; it moves to where they end, which is where the next begin.
    let mut own = vec![0; holders.len()];
    for (list, bounds) in lists.windows(2).enumerate() {
        for &holder in &holders[bounds[0] as usize..bounds[1] as usize] {
            let next: &mut u32 = &mut starts[holder as usize + 1];
            own[*next as usize] = list as u32;
            *next += 1;
        }
    }
    starts.pop();
    (starts, own)
}

#[cfg(test)]
mod tests {
    use super::super::some_postings;
    use super::*;

    #[test]
    fn single_postings_go() {
        let all = some_postings();
        let mut lists = Lists::default();
        let (low, high) = all.split_at(all.partition_point(|&p| key_of(p) < 1 << 31));
        lists.add(low);
        lists.add(high);
        let naive: Vec<&[u64]> =
            all.chunk_by(|&a, &b| key_of(a) == key_of(b)).filter(|l| l.len() > 1).collect();
        assert_eq!(lists.keys, naive.iter().map(|list| key_of(list[0])).collect::<Vec<_>>());
        for (i, list) in naive.iter().enumerate() {
            let holders = &lists.holders[lists.ends[i] as usize..lists.ends[i + 1] as usize];
            assert_eq!(holders, list.iter().map(|&posting| holder_of(posting)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn lists_are_inverted() {
        let lists: [&[u32]; 4] = [&[0, 3], &[1, 2, 3], &[], &[3, 5]];
        let ends: Vec<u32> = (0..=4).map(|i| lists[..i].concat().len() as u32).collect();
        let (starts, own) = invert(&lists.concat(), &ends, 6);
        let of = |holder: usize| &own[starts[holder] as usize..starts[holder + 1] as usize];
        for holder in 0..6 {
            let naive: Vec<u32> =
                (0..4).filter(|&list| lists[list as usize].contains(&(holder as u32))).collect();
            assert_eq!(of(holder), naive);
        }
    }
}
