//! The index of a whole corpus at once.

use std::cmp::Reverse;

use super::judge::{ALIKE, Judge, PostingsScratch};
use super::{Document, PostingsCandidate, PostingsRules, holder_of, key, key_of, posting};
use crate::kernel::sort;
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
/// use reprint::index::{PostingsBatch, PostingsRules};
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
    /// The largest scale from each place on.
    coarsest: Vec<u32>,
    /// The keys of more than one holder, ascending.
    keys: Vec<u32>,
    /// Where each key's holders begin; one more at the end.
    lists: Vec<u32>,
    /// The places of each key's holders, ascending, one key after the other; and [`BLOCK`] more.
    holders: Vec<u32>,
    /// Where each place's own keys begin in `own`; one more at the end.
    starts: Vec<u32>,
    /// The positions in `keys` of each place's own, one place after the other.
    own: Vec<u32>,
    /// For each of `own` whether it is passed over in visits; empty when none is.
    skipped: Vec<bool>,
}

impl PostingsBatch {
    /// From the signatures of all documents, numbered in order, in O(K) for K values in all.
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
        let lists = Lists::of_parts(parts(entries, &order));
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
        // Part by part, since what is added takes room for the longest lists that it may make.
        for part in postings.chunk_by(|&a, &b| key_of(a) >> KEY_BITS == key_of(b) >> KEY_BITS) {
            lists.add(part);
        }
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
        let Lists { mut keys, mut ends, mut holders } = lists;
        holders.extend([0; BLOCK]);
        for values in [&mut keys, &mut ends, &mut holders] {
            values.shrink_to_fit();
        }
        let (starts, own) = invert(&holders[..holders.len() - BLOCK], &ends, documents.len());
        let documents: Vec<Document> = order.iter().map(|id| documents[id.index()]).collect();
        let mut coarsest: Vec<u32> = documents.iter().map(|document| document.scale).collect();
        for place in (1..coarsest.len()).rev() {
            coarsest[place - 1] = coarsest[place - 1].max(coarsest[place]);
        }
        let judge = Judge::new(rules, order.len());
        let skipped = Vec::new();
        Self { judge, order, places, documents, coarsest, keys, lists: ends, holders, starts, own, skipped }
    }

    /// The documents in the order in which each looks for candidates among those before it.
    pub fn order(&self) -> &[DocId] {
        &self.order
    }

    /// The bytes that the batch takes.
    pub fn memory(&self) -> usize {
        let of_values = [&self.keys, &self.lists, &self.holders, &self.starts, &self.own];
        4 * of_values.iter().map(|part| part.capacity()).sum::<usize>()
            + (size_of::<Document>() + 12) * self.order.capacity()
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

    /// The place of a document in [`order`](Self::order), which is that of the batch.
    pub(crate) fn place(&self, document: DocId) -> usize {
        self.places[document.index()] as usize
    }

    /// The keys of more than one holder, ascending: a list each.
    pub(crate) fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// The lists that hold the document at a place, ascending.
    pub(crate) fn own_lists(&self, place: usize) -> &[u32] {
        &self.own[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// The number of values of the document at a place, and its scale.
    pub(crate) fn values(&self, place: usize) -> (u32, u32) {
        (self.documents[place].values, self.documents[place].scale)
    }

    /// A digest of the values of the document at a place.
    pub(crate) fn digest(&self, place: usize) -> u64 {
        self.documents[place].digest
    }

    /// Passes over these lists in visits: one for each of [`own_lists`](Self::own_lists), place after place.
    pub(crate) fn skip(&mut self, skipped: Vec<bool>) {
        self.skipped = skipped;
    }

    /// The places of the holders of a key, ascending.
    pub(crate) fn list(&self, list: usize) -> &[u32] {
        &self.holders[self.lists[list] as usize..self.lists[list + 1] as usize]
    }

    /// Makes the visits of the document at a place.
    fn visit(&self, place: usize, scratch: &mut PostingsScratch) {
        let own = &self.own[self.starts[place] as usize..self.starts[place + 1] as usize];
        scratch.begin(u64::from(self.documents[place].values).saturating_sub(own.len() as u64));
        // Where the lists are and what they begin with, first of all: these reads wait for memory side by side, where a
        // mispredicted branch in between would let each wait for the one before.
        let mut lists = std::mem::take(&mut scratch.lists);
        lists.clear();
        let skipped = self.skipped.get(self.starts[place] as usize..).unwrap_or_default();
        let kept = own.iter().enumerate().filter(|&(i, _)| skipped.get(i) != Some(&true));
        lists.extend(kept.map(|(_, &list)| {
            let (start, end) = (self.lists[list as usize], self.lists[list as usize + 1]);
            (start, end, self.holders[start as usize])
        }));
        for &(start, end, _) in &lists {
            let list = &self.holders[start as usize..end as usize];
            if list.len() <= self.judge.most_visits() {
                self.visit_all(start, end, place as u32, scratch);
                self.judge.weigh(list.len(), scratch);
            } else {
                let earlier = list.partition_point(|&holder| (holder as usize) < place);
                self.judge.visit(list.len(), earlier, |i| list[i], scratch);
            }
        }
        scratch.lists = lists;
    }

    /// Visits the holders from `start` to `end` that come before a place. By blocks, of which what is too much is taken
    /// back: most lists fit into one, and where a list ends cannot be predicted.
    fn visit_all(&self, start: u32, end: u32, place: u32, scratch: &mut PostingsScratch) {
        for start in (start..end).step_by(BLOCK) {
            let Some(block) = self.holders[start as usize..].first_chunk() else { break };
            let earlier = count_earlier(block, end - start, place);
            let before = scratch.visits.len();
            scratch.visit(*block);
            scratch.visits.truncate(before + earlier);
            if earlier < BLOCK {
                break;
            }
        }
    }

    /// The number of postings that are visited for a document: at most twice
    /// [`PostingsRules::visits`] for each of its values.
    pub fn visit_count(&self, document: DocId) -> usize {
        let mut scratch = PostingsScratch::default();
        self.places.get(document.index()).map_or(0, |&place| {
            self.visit(place as usize, &mut scratch);
            scratch.visits.len()
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
        let own = self.documents[place];
        let alike = self.coarsest.partition_point(|&scale| scale >= own.scale.saturating_mul(ALIKE));
        let mut found = self.judge.candidates(own, alike, scratch, &self.documents);
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

/// Holders that are read at once, be they of a list or behind it.
const BLOCK: usize = 8;

/// How many of the first `len` holders of a block come before a place.
#[inline(never)] // Between loops that store the same block the compiler makes no vectors of it.
fn count_earlier(block: &[u32; BLOCK], len: u32, place: u32) -> usize {
    (0..).zip(block).map(|(i, &holder)| u32::from(i < len && holder < place)).sum::<u32>() as usize
}

/// A document as a batch is made of it: half of the memory of its signature.
#[derive(Debug, Default)]
pub(crate) struct PostingsEntry {
    document: Document,
    keys: Box<[u32]>,
}

impl PostingsEntry {
    pub(crate) fn new(signature: &FracMinHashSignature) -> Self {
        let keys = signature.values().iter().map(|&value| key(value)).collect();
        Self { document: Document::new(signature), keys }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The postings of a batch are sorted in so many parts, each of the keys with the same leading bits, so that one part of
/// them is in memory at a time for each thread.
const PARTS: usize = 64;

/// The bits of a key that its part does not tell.
const KEY_BITS: u32 = 32 - PARTS.ilog2();
const KEY_MASK: u32 = (1 << KEY_BITS) - 1;

/// The largest step from place to place: others lead to a holder, and after this one another step follows.
const STRIDE: u32 = PARTS as u32 - 1;

/// The postings of a part in the order of their places, in half of the memory: the bits of the key that tell the part
/// give way to the step from the place before.
#[derive(Clone, Debug, Default)]
struct Part {
    words: Vec<u32>,
    /// The place of the last.
    place: u32,
}

impl Part {
    fn push(&mut self, key: u32, place: u32) {
        let mut step = place - self.place;
        while step >= STRIDE {
            self.words.push(STRIDE << KEY_BITS);
            step -= STRIDE;
        }
        self.words.push(step << KEY_BITS | key & KEY_MASK);
        self.place = place;
    }

    /// Makes `postings` those of this part, the `number`th.
    fn unpack(&self, number: usize, postings: &mut Vec<u64>) {
        postings.resize(self.words.len(), 0);
        let (mut count, mut place) = (0, 0);
        for &word in &self.words {
            let step = word >> KEY_BITS;
            place += step;
            postings[count] = posting((number as u32) << KEY_BITS | word & KEY_MASK, place);
            count += usize::from(step != STRIDE);
        }
        postings.truncate(count);
    }
}

/// The postings of the documents in `order`.
fn parts(mut entries: Vec<PostingsEntry>, order: &[DocId]) -> Vec<Part> {
    let keys: usize = entries.iter().map(|entry| entry.keys.len()).sum();
    // Parts are alike in size: some words more than a PARTS-th of the keys, and the long steps.
    let words = keys / PARTS + keys / PARTS / 32 + order.len() / STRIDE as usize + 64;
    let mut parts = vec![Part::default(); PARTS];
    for part in &mut parts {
        part.words.reserve_exact(words);
    }
    for (place, id) in (0..).zip(order) {
        for &key in &std::mem::take(&mut entries[id.index()].keys) {
            parts[(key >> KEY_BITS) as usize].push(key, place);
        }
    }
    parts
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
#[derive(Debug, PartialEq, Eq)]
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
    /// On all cores with the `rayon` feature.
    fn of_parts(parts: Vec<Part>) -> Self {
        let add = |(mut lists, mut postings, mut room): (Self, _, _), (number, part): (usize, Part)| {
            part.unpack(number, &mut postings);
            drop(part);
            sort::by_bits(&mut postings, &mut room, 32..32 + KEY_BITS);
            lists.add(&postings);
            (lists, postings, room)
        };
        #[cfg(feature = "rayon")]
        {
            use rayon::prelude::*;
            let runs = parts.into_par_iter().enumerate().fold(Default::default, add);
            runs.map(|(lists, ..)| lists).reduce_with(Self::followed_by).unwrap_or_default()
        }
        #[cfg(not(feature = "rayon"))]
        {
            parts.into_iter().enumerate().fold(Default::default(), add).0
        }
    }

    /// These and the lists of keys that come after.
    #[cfg(feature = "rayon")]
    fn followed_by(mut self, more: Self) -> Self {
        let before = self.holders.len() as u32;
        self.holders.reserve_exact(more.holders.len());
        self.holders.extend(more.holders);
        self.keys.reserve_exact(more.keys.len());
        self.keys.extend(more.keys);
        self.ends.reserve_exact(more.ends.len());
        self.ends.extend(more.ends[1..].iter().map(|end| before + end));
        self
    }

    /// Adds sorted postings, whose keys come after those before.
    ///
    /// All is written and the next place moves on only past what is kept: branches on hashes would be mispredicted.
    fn add(&mut self, postings: &[u64]) {
        let Self { keys, ends, holders } = self;
        let (mut list, mut holder) = (keys.len(), holders.len());
        let (most_lists, most_holders) = (list + postings.len() / 2 + 1, holder + postings.len());
        for (values, most) in
            [(&mut *keys, most_lists), (&mut *ends, most_lists + 1), (&mut *holders, most_holders)]
        {
            values.reserve_exact(most - values.len());
            values.resize(most, 0);
        }
        let mut before = None;
        for (i, &posting) in postings.iter().enumerate() {
            let key = key_of(posting);
            let first = before != Some(key);
            let last = postings.get(i + 1).is_none_or(|&posting| key_of(posting) != key);
            holders[holder] = holder_of(posting);
            holder += usize::from(!(first & last));
            keys[list] = key;
            ends[list + 1] = holder as u32;
            list += usize::from(!first & last);
            before = Some(key);
        }
        keys.truncate(list);
        ends.truncate(list + 1);
        holders.truncate(holder);
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
    use proptest::prelude::*;

    use super::super::some_postings;
    use super::*;
    use crate::sketch::FracMinHasher;

    proptest! {
        #[test]
        fn parts_hold_all_postings_by_place(
            // So many keys that documents share some, and that some steps are longer than a word tells.
            rows in prop::collection::vec(prop::collection::vec(0..100_u32, 0..3), 1..400),
        ) {
            let keys = |row: &Vec<u32>| row.iter().map(|key| key.wrapping_mul(0x9e37_79b9)).collect();
            let document = Document { values: 0, scale: 1, digest: 0 };
            let entries: Vec<PostingsEntry> =
                rows.iter().map(|row| PostingsEntry { document, keys: keys(row) }).collect();
            let order: Vec<DocId> = (0..rows.len() as u32).rev().map(DocId).collect();
            let mut naive: Vec<u64> = (0..)
                .zip(&order)
                .flat_map(|(place, id)| entries[id.index()].keys.iter().map(move |&key| posting(key, place)))
                .collect();
            naive.sort_unstable();
            let mut lists = Lists::default();
            lists.add(&naive);
            prop_assert_eq!(Lists::of_parts(parts(entries, &order)), lists);
        }
    }

    proptest! {
        #[test]
        fn short_cuts_lose_no_visit_and_no_candidate(
            // Stretches of one long text, so short that all share, at scales from 1 to 24.
            stretches in prop::collection::vec((0..1500_u64, 1..1200_u64), 1..60),
            visits in 1..12_usize,
            min_share in 0.0..0.5_f64,
        ) {
            let hasher = FracMinHasher::builder().scale(24).minimum(16).build().unwrap();
            let shingles = |&(start, len): &(u64, u64)| (start..start + len).collect::<Vec<u64>>();
            let signatures: Vec<_> = stretches.iter().map(|s| hasher.sketch(&shingles(s))).collect();
            let rules = PostingsRules::builder().visits(visits).min_share(min_share).margin(-5.0).build().unwrap();
            let batch = PostingsBatch::build(rules, &signatures).unwrap();
            let mut scratch = PostingsScratch::default();
            for (place, &id) in batch.order().iter().enumerate() {
                batch.visit(place, &mut scratch);
                let own = &batch.own[batch.starts[place] as usize..batch.starts[place + 1] as usize];
                let naive = (0..).zip(own).flat_map(|(value, &list)| {
                    let earlier: Vec<u32> =
                        batch.list(list as usize).iter().copied().filter(|&h| (h as usize) < place).collect();
                    let last = earlier.len().saturating_sub(visits);
                    let visited = |&(i, _): &(usize, u32)| i < visits || i >= last;
                    earlier.into_iter().enumerate().filter(visited).map(move |(_, h)| posting(value, h)).collect::<Vec<_>>()
                });
                prop_assert_eq!(&scratch.visits, &naive.collect::<Vec<_>>());
                let all = batch.documents.len();
                let mut found = batch.judge.candidates(batch.documents[place], all, &mut scratch, &batch.documents);
                for candidate in &mut found {
                    candidate.document = batch.order[candidate.document.index()];
                }
                prop_assert_eq!(batch.candidates(id), found);
            }
        }
    }

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
