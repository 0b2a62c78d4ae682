//! The index of a whole corpus at once.

use std::cmp::Reverse;
use std::ops::Range;

use super::judge::{ALIKE, Judge, PostingsScratch};
use super::lists::Lists;
use super::own::Own;
use super::parts::{NOWHERE, PostingsParts};
use super::{BLOCK, Document, LOOK, PostingsCandidate, PostingsEntry, PostingsRules, key};
use crate::parallel;
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
    lists: Lists,
    own: Own,
}

impl PostingsBatch {
    /// From the signatures of all documents, numbered in order, in O(K) for K values in all.
    ///
    /// # Errors
    /// When seeds or format versions differ, or there are more than 2³² − 1 documents.
    pub fn build(rules: PostingsRules, signatures: &[FracMinHashSignature]) -> Result<Self> {
        if let Some((first, rest)) = signatures.split_first() {
            let first = first.params();
            rest.iter().try_for_each(|signature| first.check_comparable(&signature.params()))?;
        }
        let mut parts = PostingsParts::new(signatures.len());
        signatures.iter().for_each(|signature| parts.push(&PostingsEntry::new(signature)));
        Self::of_parts(rules, parts, &(0..signatures.len() as u32).map(DocId).collect::<Vec<_>>())
    }

    /// From all documents, numbered in order, whose signatures are of one seed and version.
    pub(crate) fn of_entries(rules: PostingsRules, entries: &[PostingsEntry]) -> Result<Self> {
        let mut parts = PostingsParts::new(entries.len());
        entries.iter().for_each(|entry| parts.push(entry));
        Self::of_parts(rules, parts, &(0..entries.len() as u32).map(DocId).collect::<Vec<_>>())
    }

    /// From documents that were read one after the other: the first of the batch is the one of `numbers[0]`
    /// among these, and so on; others are left out.
    pub(crate) fn of_parts(rules: PostingsRules, parts: PostingsParts, numbers: &[DocId]) -> Result<Self> {
        let PostingsParts { documents, parts, .. } = parts;
        if documents.len() > u32::MAX as usize {
            return Err(Error::too_many("documents in one index", u32::MAX as usize));
        }
        let chosen: Vec<Document> = numbers.iter().map(|number| documents[number.index()]).collect();
        let mut of_numbers = vec![NOWHERE; documents.len()];
        drop(documents);
        let (order, places) = by_length(&chosen);
        for (number, &place) in numbers.iter().zip(&places) {
            of_numbers[number.index()] = place;
        }
        let lists = Lists::of_parts(parts, &of_numbers, numbers.len());
        drop(of_numbers);
        Ok(Self::of_lists(rules, &chosen, order, places, lists))
    }

    /// From the postings of an index.
    pub(super) fn of_sorted(rules: PostingsRules, documents: &[Document], postings: Vec<u64>) -> Self {
        let (order, places) = by_length(documents);
        let lists = Lists::of_sorted(postings, &places);
        Self::of_lists(rules, documents, order, places, lists)
    }

    fn of_lists(
        rules: PostingsRules,
        documents: &[Document],
        order: Vec<DocId>,
        places: Vec<u32>,
        lists: Lists,
    ) -> Self {
        let documents: Vec<Document> = order.iter().map(|id| documents[id.index()]).collect();
        let mut coarsest: Vec<u32> = documents.iter().map(|document| document.scale).collect();
        for place in (1..coarsest.len()).rev() {
            coarsest[place - 1] = coarsest[place - 1].max(coarsest[place]);
        }
        let values: Vec<u32> = documents.iter().map(|document| document.values).collect();
        let own = Own::new(&lists, &values);
        let judge = Judge::new(rules, order.len());
        Self { judge, order, places, documents, coarsest, lists, own }
    }

    /// The documents in the order in which each looks for candidates among those before it.
    pub fn order(&self) -> &[DocId] {
        &self.order
    }

    /// The bytes that the batch takes.
    pub fn memory(&self) -> usize {
        self.lists.memory() + self.own.memory() + (size_of::<Document>() + 12) * self.order.capacity()
    }

    /// The number of documents that hold a value, as
    /// [`PostingsIndex::frequency`](super::PostingsIndex::frequency); at most 1 is given as 0.
    pub fn frequency(&self, value: u64) -> usize {
        self.lists.find(key(value)).map_or(0, |list| self.lists.frequency(list))
    }

    /// The number of shingles of a document, as its values tell it; 0 for one that is not in the batch.
    pub(crate) fn size(&self, document: DocId) -> u64 {
        self.places.get(document.index()).map_or(0, |&place| self.documents[place as usize].size())
    }

    /// The keys of more than one holder, a list each: from the rarest to the commonest, those of one
    /// frequency ascending.
    pub(crate) fn keys(&self) -> &[u32] {
        self.lists.keys()
    }

    /// The list of a key, if more than one document holds it.
    pub(crate) fn find(&self, key: u32) -> Option<usize> {
        self.lists.find(key)
    }

    /// The number of values of the document at a place, and its scale.
    pub(crate) fn values(&self, place: usize) -> (u32, u32) {
        (self.documents[place].values, self.documents[place].scale)
    }

    /// A digest of the values of the document at a place.
    pub(crate) fn digest(&self, place: usize) -> u64 {
        self.documents[place].digest
    }

    /// Passes over those of the [`own_lists`](Self::own_lists) of a place for which `skipped` says so: they
    /// are neither visited nor probed nor weighed.
    pub(crate) fn skip(&mut self, place: usize, skipped: &[bool]) {
        self.own.skip(place, skipped);
    }

    /// The number of holders of a list.
    pub(crate) fn list_frequency(&self, list: usize) -> usize {
        self.lists.frequency(list)
    }

    /// The places of the holders of a list, ascending.
    pub(crate) fn list(&self, list: usize) -> impl ExactSizeIterator<Item = u32> + Clone {
        self.lists.list(list)
    }

    /// Makes `lists` those of the document at a place, ascending.
    pub(crate) fn own_lists(&self, place: usize, lists: &mut Vec<u32>) {
        self.own.read(place, lists);
    }

    /// Makes the visits of the document at a place, of holders that are admitted if it is said which are.
    fn visit<A: Admit>(&self, place: usize, admit: Option<&A>, scratch: &mut PostingsScratch) {
        let mut own = std::mem::take(&mut scratch.own);
        let skipped = self.own.read_kept(place, &mut own);
        scratch.begin(u64::from(self.documents[place].values).saturating_sub((own.len() + skipped) as u64));
        // How long the lists are, first of all: these reads wait for memory side by side, where a
        // mispredicted branch in between would let each wait for the one before.
        let mut lists = std::mem::take(&mut scratch.lists);
        lists.clear();
        lists.extend(
            own.iter().map(|&list| (self.lists.frequency(list as usize) as u64) << 32 | u64::from(list)),
        );
        scratch.own = own;
        let mut looked = 0;
        let mut next = 0;
        'lists: for few in lists.chunks(AHEAD) {
            // So do their first holders.
            for &list in few {
                let range = self.lists.range(list as u32 as usize);
                self.lists.fetch(&range, 0);
                self.lists.fetch(&range, place as u32);
            }
            for &list in few {
                if !self.judge.goes_on(scratch, looked) {
                    break 'lists;
                }
                let (frequency, range) = ((list >> 32) as usize, self.lists.range(list as u32 as usize));
                if let Some(admit) = admit {
                    looked += self.visit_admitted(range, place, admit, scratch);
                } else if frequency <= self.judge.whole() {
                    self.visit_all(range, place as u32, scratch);
                } else {
                    let earlier = self.lists.first_from(range.clone(), place as u32) - range.start;
                    self.judge.visit_ends(earlier, |i| self.lists.holders().get(range.start + i), scratch);
                }
                self.judge.weigh(frequency, scratch);
                next += 1;
            }
        }
        scratch.lists = lists;
        self.judge.leave(next, scratch);
    }

    /// Visits the holders in a range that come before a place. By blocks, of which what is too much is taken
    /// back: most lists fit into one, and where a list ends cannot be predicted.
    fn visit_all(&self, range: Range<usize>, place: u32, scratch: &mut PostingsScratch) {
        for start in range.clone().step_by(BLOCK) {
            let block = self.lists.holders().block(start);
            let earlier = count_earlier(&block, (range.end - start) as u32, place);
            let before = scratch.visits.len();
            scratch.visit(block);
            scratch.visits.truncate(before + earlier);
            if earlier < BLOCK {
                break;
            }
        }
    }

    /// Visits those that are admitted of the holders in a range that come before a place: the first and the
    /// last, among [`LOOK`] times so many. How many were looked at.
    fn visit_admitted(
        &self,
        range: Range<usize>,
        place: usize,
        admit: &impl Admit,
        scratch: &mut PostingsScratch,
    ) -> usize {
        let visits = self.judge.ends(range.len());
        let look = LOOK * visits;
        let end = self.lists.first_from(range.clone(), place as u32);
        let document = self.order[place];
        let holder = |position: usize| self.lists.holders().get(position);
        let admitted = |&holder: &u32| admit(document, self.order[holder as usize]);
        let mut looked = 0;
        let from_start = (range.start..end).map(holder).take(look);
        scratch.visit(from_start.inspect(|_| looked += 1).filter(admitted).take(visits));
        let from_end = (range.start + looked..end).rev().map(holder).take(look);
        scratch.visit(from_end.inspect(|_| looked += 1).filter(admitted).take(visits));
        looked
    }

    /// The number of postings that are visited for a document: fewer than those of
    /// [`PostingsRules::document_visits`] and of one value more.
    pub fn visit_count(&self, document: DocId) -> usize {
        let mut scratch = PostingsScratch::default();
        self.places.get(document.index()).map_or(0, |&place| {
            self.visit(place as usize, ALL, &mut scratch);
            scratch.visits.len()
        })
    }

    /// The documents before this one in [`order`](Self::order) that share enough with it, strongest
    /// first; none for a document that is not in the batch. O(visits of a document + most candidates · k) for
    /// k values.
    pub fn candidates(&self, document: DocId) -> Vec<PostingsCandidate> {
        self.candidates_with(&mut PostingsScratch::default(), document)
    }

    /// As [`candidates`](Self::candidates), but only those of which `admit(document, candidate)` is true: of
    /// another corpus, of one language, of a few days before.
    ///
    /// It is asked before anything is counted, so that documents which are not admitted take no one's place:
    /// from each end of a list up to 8 · [`visits`](PostingsRules::visits) holders are looked at until so
    /// many are admitted, and for a document up to 8 · [`document_visits`](PostingsRules::document_visits) in
    /// all. `admit` must always say the same of the same two. How rare a value is, is told by all its
    /// holders.
    ///
    /// ```
    /// use reprint::index::{PostingsBatch, PostingsRules};
    /// use reprint::sketch::FracMinHasher;
    /// use reprint::{DocId, hash::xxh3};
    ///
    /// let story = |from: u64, to: u64| -> Vec<u64> { (from..to).map(|i| xxh3(&i.to_le_bytes())).collect() };
    /// let signatures = FracMinHasher::default().sketch_all(&[story(0, 3_000), story(0, 2_500), story(0, 2_000)]);
    /// let batch = PostingsBatch::build(PostingsRules::default(), &signatures)?;
    /// // Only what was printed a day apart.
    /// let near = |a: DocId, b: DocId| a.0.abs_diff(b.0) <= 1;
    /// let candidates = batch.candidates_where(DocId(2), near);
    /// assert_eq!(candidates.iter().map(|c| c.document).collect::<Vec<_>>(), [DocId(1)]);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn candidates_where(
        &self,
        document: DocId,
        admit: impl Fn(DocId, DocId) -> bool,
    ) -> Vec<PostingsCandidate> {
        self.candidates_admitted(&mut PostingsScratch::default(), document, &admit)
    }

    /// As [`candidates_where`](Self::candidates_where), in room that is used again.
    pub(crate) fn candidates_admitted(
        &self,
        scratch: &mut PostingsScratch,
        document: DocId,
        admit: &impl Admit,
    ) -> Vec<PostingsCandidate> {
        self.candidates_among(scratch, document, Some(admit))
    }

    /// As [`candidates`](Self::candidates), in room that is used again.
    pub(crate) fn candidates_with(
        &self,
        scratch: &mut PostingsScratch,
        document: DocId,
    ) -> Vec<PostingsCandidate> {
        self.candidates_among(scratch, document, ALL)
    }

    fn candidates_among<A: Admit>(
        &self,
        scratch: &mut PostingsScratch,
        document: DocId,
        admit: Option<&A>,
    ) -> Vec<PostingsCandidate> {
        let Some(&place) = self.places.get(document.index()) else { return Vec::new() };
        let place = place as usize;
        self.visit(place, admit, scratch);
        let own = self.documents[place];
        let alike = self.coarsest.partition_point(|&scale| scale >= own.scale.saturating_mul(ALIKE));
        self.judge.gather(own, alike, scratch);
        self.probe(scratch);
        let mut found = self.judge.candidates(own, scratch, |holder| self.documents[holder as usize]);
        for candidate in &mut found {
            candidate.document = self.order[candidate.document.index()];
        }
        found
    }

    /// Looks up which of the commoner values each holder has that the rarer ones found: in its own lists,
    /// which stand together, and not in those of the values, which are long and all over the memory.
    fn probe(&self, scratch: &mut PostingsScratch) {
        let PostingsScratch { table, found, lists, visited, weights, .. } = scratch;
        let left = &lists[*visited..];
        let Some(&first) = left.first().filter(|_| !found.is_empty()) else { return };
        table.fill(left.iter().map(|&list| list as u32));
        weights.clear();
        weights.extend(left.iter().map(|&list| self.judge.weight((list >> 32) as usize)));
        for holder in &*found {
            self.own.fetch(holder.holder as usize);
        }
        for holder in found {
            let common = self.own.down_to(holder.holder as usize, first as u32);
            common.filter_map(|list| table.find(list)).for_each(|i| holder.add(weights[i]));
        }
    }

    /// The candidates of every document, in [`order`](Self::order); on all cores with the `rayon` feature.
    pub fn all_candidates(&self) -> Vec<Vec<PostingsCandidate>> {
        parallel::each_with(&self.order, |scratch, &id| self.candidates_with(scratch, id))
    }
}

/// Which pairs of documents may be candidates of each other.
pub(crate) trait Admit: Fn(DocId, DocId) -> bool {}
impl<F: Fn(DocId, DocId) -> bool> Admit for F {}

/// All holders.
const ALL: Option<&fn(DocId, DocId) -> bool> = None;

/// Lists whose first holders are read ahead.
const AHEAD: usize = 16;

/// How many of the first `len` holders of a block come before a place.
#[inline(never)] // Between loops that store the same block the compiler makes no vectors of it.
fn count_earlier(block: &[u32; BLOCK], len: u32, place: u32) -> usize {
    (0..).zip(block).map(|(i, &holder)| u32::from(i < len && holder < place)).sum::<u32>() as usize
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{holder_of, posting};
    use super::*;
    use crate::sketch::FracMinHasher;

    proptest! {
        #[test]
        fn short_cuts_lose_no_visit_and_no_candidate(
            // Stretches of one long text, so short that all share, at scales from 1 to 24.
            stretches in prop::collection::vec((0..1500_u64, 1..1200_u64), 1..60),
            visits in 1..12_usize,
            document_visits in prop_oneof![1..200_usize, Just(100_000)],
            min_share in 0.0..0.5_f64,
            // As if there were so many documents, of which the others share nothing.
            crowd in prop_oneof![Just(0_usize), 262_144..8_000_000_usize],
        ) {
            let hasher = FracMinHasher::builder().scale(24).minimum(16).build().unwrap();
            let shingles = |&(start, len): &(u64, u64)| (start..start + len).collect::<Vec<u64>>();
            let signatures: Vec<_> = stretches.iter().map(|s| hasher.sketch(&shingles(s))).collect();
            let rules = PostingsRules::builder().visits(visits).document_visits(document_visits);
            let rules = rules.min_share(min_share).margin(-5.0).build().unwrap();
            let mut batch = PostingsBatch::build(rules, &signatures).unwrap();
            batch.judge = Judge::new(rules, batch.order().len().max(crowd));
            let (whole, document_visits) = (batch.judge.whole(), batch.judge.document_visits());
            let mut scratch = PostingsScratch::default();
            for (place, &id) in batch.order().iter().enumerate() {
                batch.visit(place, ALL, &mut scratch);
                let mut own = Vec::new();
                batch.own_lists(place, &mut own);
                prop_assert!(own.is_sorted_by_key(|&list| batch.list(list as usize).len()));
                let mut naive = Vec::new();
                for (value, &list) in (0..).zip(&own) {
                    if naive.len() >= document_visits {
                        break;
                    }
                    let all: Vec<u32> = batch.list(list as usize).collect();
                    let earlier: Vec<u32> = all.iter().copied().filter(|&h| (h as usize) < place).collect();
                    let visits = if all.len() <= whole { all.len() } else { visits };
                    let last = earlier.len().saturating_sub(visits);
                    let visited = |&(i, _): &(usize, u32)| i < visits || i >= last;
                    naive.extend(earlier.into_iter().enumerate().filter(visited).map(|(_, h)| posting(value, h)));
                }
                prop_assert_eq!(&scratch.visits, &naive);
                // Without the filter by counts, and with a look at every list of every holder.
                let (own, all) = (batch.documents[place], batch.documents.len());
                let left: Vec<u64> = scratch.left().to_vec();
                batch.judge.gather(own, all, &mut scratch);
                for found in &mut scratch.found {
                    for list in &left {
                        let (frequency, list) = ((list >> 32) as usize, *list as u32 as usize);
                        if batch.list(list).any(|holder| holder == found.holder) {
                            found.add(batch.judge.weight(frequency));
                        }
                    }
                }
                let mut found = batch.judge.candidates(own, &scratch, |d| batch.documents[d as usize]);
                for candidate in &mut found {
                    candidate.document = batch.order[candidate.document.index()];
                }
                prop_assert_eq!(&batch.candidates(id), &found);
                // The path that asks about each holder, where all are admitted.
                if 2 * visits * LOOK > all {
                    prop_assert_eq!(batch.candidates_where(id, |_, _| true), found);
                }
            }
        }

        #[test]
        fn only_admitted_documents_take_visits(
            stretches in prop::collection::vec((0..700_u64, 1..1200_u64), 1..40),
            modulus in 1..4_u32,
        ) {
            // What is admitted among all is what is there where nothing else is, but for the rarity of
            // values.
            let hasher = FracMinHasher::builder().scale(8).minimum(8).build().unwrap();
            let shingles = |&(start, len): &(u64, u64)| (start..start + len).collect::<Vec<u64>>();
            let signatures: Vec<_> = stretches.iter().map(|s| hasher.sketch(&shingles(s))).collect();
            let rules = PostingsRules::builder().visits(5).document_visits(40).build().unwrap();
            let batch = PostingsBatch::build(rules, &signatures).unwrap();
            let mut scratch = PostingsScratch::default();
            let admit = |a: DocId, b: DocId| a.0 % modulus == b.0 % modulus;
            for (place, &id) in batch.order().iter().enumerate() {
                batch.visit(place, Some(&admit), &mut scratch);
                prop_assert!(scratch.visits.len() < 40 + 2 * 5);
                for &visit in &scratch.visits {
                    prop_assert!(admit(id, batch.order[holder_of(visit) as usize]));
                }
                let found = batch.candidates_where(id, admit);
                prop_assert!(found.iter().all(|c| admit(id, c.document)));
            }
            // Skipped values are as if the document had them not.
            let mut batch = batch;
            let mut own = Vec::new();
            for place in 0..batch.order().len() {
                batch.own_lists(place, &mut own);
                batch.skip(place, &vec![true; own.len()]);
            }
            prop_assert!(batch.all_candidates().iter().all(Vec::is_empty));
        }
    }
}
