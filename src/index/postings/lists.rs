//! The lists of a batch: for each value its holders.

use super::holders::Holders;
use super::parts::{KEY_BITS, Part};
use super::{holder_of, key_of, posting};
use crate::kernel::sort;
use crate::parallel;

/// The values of more than one holder, each with the places of its holders, ascending.
///
/// Lists are numbered from the rarest value to the commonest, those of one frequency by their key: so what a
/// document visits is in the order of its own lists.
///
/// Memory: 16 bytes a list, 2 to 4 a holder.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    /// By list.
    keys: Vec<u32>,
    /// The lists, by their keys ascending.
    by_key: Vec<u32>,
    spans: Vec<Span>,
    /// The bits of the starts beyond 32; empty where there are none.
    high: Vec<u8>,
    /// The holders of one list after the other, by their keys.
    holders: Holders,
    /// The places that holders are below.
    places: u32,
}

/// The holders that are looked at first around where one may stand.
const NEAR: usize = 8;

/// Where a list begins, its low 32 bits, and how long it is.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    frequency: u32,
}

impl Lists {
    /// Of the postings of documents with a place in `places`, which are below `count`. On all cores with the
    /// `rayon` feature.
    pub(super) fn of_parts(parts: Vec<Part>, places: &[u32], count: usize) -> Self {
        let add = |(run, mut postings, mut room): (Option<Run>, Vec<u64>, Vec<u64>), number, part: Part| {
            part.unpack(number, places, &mut postings);
            drop(part);
            let mut run = run.unwrap_or_else(|| Run::below(count));
            sort::by_bits(&mut postings, &mut room, 0..usize::BITS - count.leading_zeros());
            sort::by_bits(&mut postings, &mut room, 32..32 + KEY_BITS);
            run.add(&postings);
            (Some(run), postings, room)
        };
        let finish = |(run, ..): (Option<Run>, _, _)| run.unwrap_or_else(|| Run::below(count));
        let run = parallel::fold(parts, add, finish, Run::followed_by);
        Self::of_run(run.unwrap_or_else(|| Run::below(count)))
    }

    /// The same of postings that are sorted by their keys, of documents that all have a place in `places`.
    pub(super) fn of_sorted(mut postings: Vec<u64>, places: &[u32]) -> Self {
        for list in postings.chunk_by_mut(|&a, &b| key_of(a) == key_of(b)) {
            for holder in &mut *list {
                *holder = posting(key_of(*holder), places[holder_of(*holder) as usize]);
            }
            list.sort_unstable();
        }
        let mut run = Run::below(places.len());
        // Part by part, since what is added takes room for the longest lists that it may make.
        for part in postings.chunk_by(|&a, &b| key_of(a) >> KEY_BITS == key_of(b) >> KEY_BITS) {
            run.add(part);
        }
        drop(postings);
        Self::of_run(run)
    }

    fn of_run(run: Run) -> Self {
        let Run { keys: ascending, frequencies, mut holders, places } = run;
        holders.seal();
        let mut order: Vec<u64> =
            (0..).zip(&frequencies).map(|(i, &frequency): (u64, _)| u64::from(frequency) << 32 | i).collect();
        parallel::sort(&mut order);
        let mut by_key = vec![0; order.len()];
        for (list, &ranked) in (0..).zip(&order) {
            by_key[ranked as u32 as usize] = list;
        }
        let mut keys = vec![0; order.len()];
        let mut spans = vec![Span { start: 0, frequency: 0 }; order.len()];
        drop(order);
        let mut high = Vec::new();
        let mut start = 0_u64;
        for ((&list, &key), &frequency) in by_key.iter().zip(&ascending).zip(&frequencies) {
            keys[list as usize] = key;
            spans[list as usize] = Span { start: start as u32, frequency };
            if start >> 32 > 0 {
                high.resize(keys.len(), 0);
                high[list as usize] = (start >> 32) as u8;
            }
            start += u64::from(frequency);
        }
        Self { keys, by_key, spans, high, holders, places }
    }

    /// The key of each.
    pub(super) fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// The list of a key, if more than one document holds it.
    pub(super) fn find(&self, key: u32) -> Option<usize> {
        let at = self.by_key.binary_search_by_key(&key, |&list| self.keys[list as usize]).ok()?;
        Some(self.by_key[at] as usize)
    }

    /// How many holders a list has.
    #[inline]
    pub(super) fn frequency(&self, list: usize) -> usize {
        self.spans[list].frequency as usize
    }

    /// The positions of a list in the holders.
    #[inline]
    pub(super) fn range(&self, list: usize) -> std::ops::Range<usize> {
        let Span { start, frequency } = self.spans[list];
        let high = if self.high.is_empty() { 0 } else { u64::from(self.high[list]) };
        let start = (high << 32 | u64::from(start)) as usize;
        start..start + frequency as usize
    }

    pub(super) fn holders(&self) -> &Holders {
        &self.holders
    }

    /// The places of the holders of a list, ascending.
    pub(super) fn list(
        &self,
        list: usize,
    ) -> impl ExactSizeIterator<Item = u32> + DoubleEndedIterator + Clone {
        self.range(list).map(|position| self.holders.get(position))
    }

    /// Where a holder stands among those at some positions if they are spread evenly.
    fn guess(&self, range: &std::ops::Range<usize>, place: u32) -> usize {
        let share = range.len() as u64 * u64::from(place) / u64::from(self.places.max(1));
        range.end.min(range.start + share as usize)
    }

    /// Has the holders around one come into the caches.
    #[inline]
    pub(super) fn fetch(&self, range: &std::ops::Range<usize>, place: u32) {
        self.holders.fetch(self.guess(range, place));
    }

    /// Of the positions of a list, the first whose holder is not before a place.
    ///
    /// Looked for around where it is if holders are spread evenly: in a long list each step of a search by
    /// halves waits for memory.
    pub(super) fn first_from(&self, range: std::ops::Range<usize>, place: u32) -> usize {
        let is_before = |position: usize| self.holders.get(position) < place;
        let guess = self.guess(&range, place);
        let (mut low, mut high) = (range.start, range.end);
        let mut step = NEAR;
        if guess < high && is_before(guess) {
            low = guess + 1;
            while high - low > step {
                if !is_before(low + step) {
                    high = low + step;
                    break;
                }
                low += step + 1;
                step *= 2;
            }
        } else {
            high = guess;
            while high - low > step {
                if is_before(high - step) {
                    low = high - step + 1;
                    break;
                }
                high -= step;
                step *= 2;
            }
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(super) fn memory(&self) -> usize {
        4 * (self.keys.capacity() + self.by_key.capacity())
            + size_of::<Span>() * self.spans.capacity()
            + self.high.capacity()
            + self.holders.memory()
    }
}

/// Lists while they are made, by ascending key.
#[derive(Debug)]
struct Run {
    keys: Vec<u32>,
    frequencies: Vec<u32>,
    holders: Holders,
    /// The places that holders are below.
    places: u32,
}

impl Run {
    /// Of places below `count`.
    fn below(count: usize) -> Self {
        Self {
            keys: Vec::new(),
            frequencies: Vec::new(),
            holders: Holders::below(count),
            places: count as u32,
        }
    }

    /// These and the lists of keys that come after.
    fn followed_by(mut self, more: Self) -> Self {
        for (values, more) in [(&mut self.keys, more.keys), (&mut self.frequencies, more.frequencies)] {
            values.reserve_exact(more.len());
            values.extend(more);
        }
        self.holders.append(&more.holders);
        self
    }

    /// Adds sorted postings, whose keys come after those before.
    ///
    /// All is written and the next place moves on only past what is kept: branches on hashes would be
    /// mispredicted.
    fn add(&mut self, postings: &[u64]) {
        let Self { keys, frequencies, holders, .. } = self;
        let mut list = keys.len();
        let most = list + postings.len() / 2 + 1;
        for values in [&mut *keys, &mut *frequencies] {
            values.reserve_exact(most - values.len());
            values.resize(most, 0);
        }
        holders.extend(postings.len(), |places| {
            let (mut before, mut begin) = (None, 0);
            for (i, &posting) in postings.iter().enumerate() {
                let key = key_of(posting);
                let first = before != Some(key);
                let last = postings.get(i + 1).is_none_or(|&posting| key_of(posting) != key);
                begin = if first { places.kept() } else { begin };
                places.write(holder_of(posting), !(first & last));
                keys[list] = key;
                frequencies[list] = (places.kept() - begin) as u32;
                list += usize::from(!first & last);
                before = Some(key);
            }
        });
        keys.truncate(list);
        frequencies.truncate(list);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parts::NOWHERE;
    use super::super::{Document, PostingsEntry, PostingsParts, some_postings};
    use super::*;

    /// The lists of postings with more than one holder, from the rarest to the commonest.
    fn naive(mut postings: Vec<u64>) -> Vec<(u32, Vec<u32>)> {
        postings.sort_unstable();
        let lists = postings.chunk_by(|&a, &b| key_of(a) == key_of(b)).filter(|list| list.len() > 1);
        let holders = |list: &[u64]| list.iter().map(|&posting| holder_of(posting)).collect::<Vec<_>>();
        let mut lists: Vec<(u32, Vec<u32>)> = lists.map(|list| (key_of(list[0]), holders(list))).collect();
        lists.sort_by_key(|(key, holders)| (holders.len(), *key));
        lists
    }

    fn all(lists: &Lists) -> Vec<(u32, Vec<u32>)> {
        (0..lists.keys().len()).map(|list| (lists.keys()[list], lists.list(list).collect())).collect()
    }

    proptest! {
        #[test]
        fn lists_are_those_of_all_postings(
            rows in prop::collection::vec(prop::collection::vec(0..100_u32, 0..6), 1..300),
        ) {
            let document = Document { values: 0, scale: 1, digest: 0 };
            let mut parts = PostingsParts::new(rows.len());
            let mut postings = Vec::new();
            // Two in three have a place, in another order.
            let places: Vec<u32> =
                (0..rows.len() as u32).rev().map(|p| if p % 3 == 0 { NOWHERE } else { p }).collect();
            for (row, &place) in rows.iter().zip(&places) {
                let keys: std::collections::BTreeSet<u32> = row.iter().map(|key| key.wrapping_mul(0x9e37_79b9)).collect();
                postings.extend(keys.iter().filter(|_| place != NOWHERE).map(|&key| posting(key, place)));
                parts.push(&PostingsEntry { document, keys: keys.into_iter().collect() });
            }
            let lists = Lists::of_parts(parts.parts, &places, rows.len());
            prop_assert_eq!(all(&lists), naive(postings));
            for (list, &key) in lists.keys().iter().enumerate() {
                prop_assert_eq!(lists.find(key), Some(list));
                prop_assert_eq!(lists.find(key ^ 1), None);
                for place in 0..rows.len() as u32 {
                    let before = lists.list(list).filter(|&holder| holder < place).count();
                    prop_assert_eq!(lists.first_from(lists.range(list), place), lists.range(list).start + before);
                }
            }
        }
    }

    #[test]
    fn single_postings_go() {
        let all_postings = some_postings();
        let places: Vec<u32> = (0..40).collect();
        let lists = Lists::of_sorted(all_postings.clone(), &places);
        assert_eq!(all(&lists), naive(all_postings));
        assert!(lists.memory() >= 16 * lists.keys().len());
    }
}
