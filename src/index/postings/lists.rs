//! The lists of a batch: from each document's values to each value's holders, and back.

use super::offsets::Offsets;
use super::{Document, holder_of, key, key_of, posting};
use crate::DocId;
use crate::kernel::sort;
use crate::sketch::FracMinHashSignature;

/// A document as a batch is made of it: half of the memory of its signature.
#[derive(Debug, Default)]
pub(crate) struct PostingsEntry {
    pub(super) document: Document,
    pub(super) keys: Box<[u32]>,
}

impl PostingsEntry {
    pub(crate) fn new(signature: &FracMinHashSignature) -> Self {
        let keys = signature.values().iter().map(|&value| key(value)).collect();
        Self { document: Document::new(signature), keys }
    }

    /// From the keys, and what [`scale_and_digest`](Self::scale_and_digest) gave.
    pub(crate) fn of_parts(scale: u32, digest: u64, keys: Vec<u32>) -> Self {
        let values = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        Self { document: Document { values, scale, digest }, keys: keys.into() }
    }

    pub(crate) fn scale_and_digest(&self) -> (u32, u64) {
        (self.document.scale, self.document.digest)
    }

    /// The low 32 bits of the values.
    pub(crate) fn keys(&self) -> &[u32] {
        &self.keys
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The postings of a batch are sorted in so many parts, each of the keys with the same leading bits, so that
/// one part of them is in memory at a time for each thread.
pub(super) const PARTS: usize = 64;

/// The bits of a key that its part does not tell.
pub(super) const KEY_BITS: u32 = 32 - PARTS.ilog2();
const KEY_MASK: u32 = (1 << KEY_BITS) - 1;

/// The largest step from place to place: others lead to a holder, and after this one another step follows.
const STRIDE: u32 = PARTS as u32 - 1;

/// The postings of a part in the order of their places, in half of the memory: the bits of the key that tell
/// the part give way to the step from the place before.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
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
pub(super) fn parts(mut entries: Vec<PostingsEntry>, order: &[DocId]) -> Vec<Part> {
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

/// The keys of more than one holder, ascending, and the holders of each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) keys: Vec<u32>,
    /// How many holders each key has.
    pub(super) lengths: Vec<u32>,
    pub(super) holders: Vec<u32>,
}

impl Lists {
    /// On all cores with the `rayon` feature.
    pub(super) fn of_parts(parts: Vec<Part>) -> Self {
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
        let (values, others) = (self.each(), [more.keys, more.lengths, more.holders]);
        for (values, more) in values.into_iter().zip(others) {
            values.reserve_exact(more.len());
            values.extend(more);
        }
        self
    }

    fn each(&mut self) -> [&mut Vec<u32>; 3] {
        [&mut self.keys, &mut self.lengths, &mut self.holders]
    }

    /// Adds sorted postings, whose keys come after those before.
    ///
    /// All is written and the next place moves on only past what is kept: branches on hashes would be
    /// mispredicted.
    pub(super) fn add(&mut self, postings: &[u64]) {
        let (mut list, mut holder) = (self.keys.len(), self.holders.len());
        let (lists, holders) = (list + postings.len() / 2 + 1, holder + postings.len());
        for (values, most) in self.each().into_iter().zip([lists, lists, holders]) {
            values.reserve_exact(most - values.len());
            values.resize(most, 0);
        }
        let Self { keys, lengths, holders } = self;
        let (mut before, mut begin) = (None, holder);
        for (i, &posting) in postings.iter().enumerate() {
            let key = key_of(posting);
            let first = before != Some(key);
            let last = postings.get(i + 1).is_none_or(|&posting| key_of(posting) != key);
            begin = if first { holder } else { begin };
            holders[holder] = holder_of(posting);
            holder += usize::from(!(first & last));
            keys[list] = key;
            lengths[list] = (holder - begin) as u32;
            list += usize::from(!first & last);
            before = Some(key);
        }
        keys.truncate(list);
        lengths.truncate(list);
        holders.truncate(holder);
    }
}

/// For each of `documents` holders the lists that hold it, ascending, one holder after the other; before
/// them where each holder's begin, and the end. List i is `holders[lists.range(i)]`.
pub(super) fn invert(holders: &[u32], lists: &Offsets, documents: usize) -> (Offsets, Vec<u32>) {
    let mut counts = vec![0; documents];
    for &holder in holders {
        counts[holder as usize] += 1;
    }
    let starts = Offsets::of_lengths(counts.clone());
    let mut own = vec![0; holders.len()];
    for list in 0..lists.ranges() {
        for &holder in &holders[lists.range(list)] {
            // The lists that this holder still waits for, so from behind.
            let left = &mut counts[holder as usize];
            own[starts.get(holder as usize + 1) - *left as usize] = list as u32;
            *left -= 1;
        }
    }
    (starts, own)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::some_postings;
    use super::*;

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
        let ends = Offsets::of_lengths(lists.lengths);
        for (i, list) in naive.iter().enumerate() {
            let holders = &lists.holders[ends.range(i)];
            assert_eq!(holders, list.iter().map(|&posting| holder_of(posting)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn lists_are_inverted() {
        let lists: [&[u32]; 4] = [&[0, 3], &[1, 2, 3], &[], &[3, 5]];
        let lengths = lists.iter().map(|list| list.len() as u32).collect();
        let (starts, own) = invert(&lists.concat(), &Offsets::of_lengths(lengths), 6);
        for holder in 0..6 {
            let naive: Vec<u32> =
                (0..4).filter(|&list| lists[list as usize].contains(&(holder as u32))).collect();
            assert_eq!(own[starts.range(holder)], naive);
        }
    }
}
