//! The lists of each document.

use super::lists::Lists;
use super::offsets::Offsets;
use crate::kernel::prefetch::prefetch;
use crate::parallel;

/// For each place the lists that hold it, as steps from the last of all down to each: those of the commonest
/// values can be read alone, and steps between them are short.
///
/// Memory: about 2.1 bytes a list and 4 a place; where lists are passed over, a bit more for each.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// The number of lists.
    lists: u32,
    /// The places of a chunk.
    places: usize,
    chunks: Vec<Chunk>,
}

/// Some places, so that their steps are put down by one thread within the caches.
#[derive(Clone, Debug, Default)]
struct Chunk {
    /// Where the steps of each place begin; one more at the end.
    starts: Offsets,
    /// The way down to the next list, for the first from behind all lists; [`LONG`] leads to a step that does
    /// not fit, of two words.
    steps: Vec<u16>,
    /// A bit for each of the steps, whether its list is passed over; empty when none is.
    skipped: Vec<u64>,
}

const LONG: u16 = u16::MAX;

/// The steps of a cache line.
const LINE: usize = 32;

/// The chunks that places are put into, at most.
const CHUNKS: usize = 16;
/// The values of a chunk, at least: each chunk looks at every list.
const VALUES: usize = 1 << 17;
/// Lists whose holders come into the caches before they are read.
const AHEAD: usize = 16;
/// Holders of a list beyond which those of a chunk are searched for, and not all looked at.
const MANY: usize = 32;

impl Own {
    /// Of places with so many values each. On all cores with the `rayon` feature.
    pub(super) fn new(lists: &Lists, values: &[u32]) -> Self {
        let all: usize = values.iter().map(|&count| count as usize).sum();
        let places = values.len().div_ceil((all / VALUES).clamp(1, CHUNKS)).max(1);
        let chunks: Vec<&[u32]> = values.chunks(places).collect();
        let chunk = |number: usize| Chunk::new(lists, number * places, chunks[number]);
        Self { lists: lists.keys().len() as u32, places, chunks: parallel::tasks(chunks.len(), chunk) }
    }

    fn chunk(&self, place: usize) -> (&Chunk, std::ops::Range<usize>) {
        let chunk = &self.chunks[place / self.places];
        (chunk, chunk.starts.range(place % self.places))
    }

    /// Makes `lists` those of a place, ascending, and tells how many of them are passed over, which it leaves
    /// out.
    pub(super) fn read_kept(&self, place: usize, lists: &mut Vec<u32>) -> usize {
        let (chunk, range) = self.chunk(place);
        if chunk.skipped.is_empty() {
            self.read(place, lists);
            return 0;
        }
        lists.clear();
        let mut skipped = 0;
        for (word, list) in self.numbered(&chunk.steps[range.clone()]) {
            if chunk.is_skipped(range.start + word) { skipped += 1 } else { lists.push(list) }
        }
        lists.reverse();
        skipped
    }

    /// Makes `lists` those of a place, ascending.
    pub(super) fn read(&self, place: usize, lists: &mut Vec<u32>) {
        lists.clear();
        lists.extend(self.down_to(place, 0));
        lists.reverse();
    }

    /// The lists of a place from the commonest down to `last`.
    pub(super) fn down_to(&self, place: usize, last: u32) -> impl Iterator<Item = u32> {
        let (chunk, range) = self.chunk(place);
        self.numbered(&chunk.steps[range]).map(|(_, list)| list).take_while(move |&list| list >= last)
    }

    /// The lists that steps lead to, descending, each with the word that its step begins with.
    fn numbered<'a>(&self, steps: &'a [u16]) -> impl Iterator<Item = (usize, u32)> + use<'a> {
        let (mut word, mut list) = (0, self.lists);
        std::iter::from_fn(move || {
            let at = word;
            let step = *steps.get(at)?;
            let (length, step) = if step == LONG { long(steps, at) } else { (1, u32::from(step)) };
            list -= step;
            word += length;
            Some((at, list))
        })
    }

    /// Has the steps of a place come into the caches.
    pub(super) fn fetch(&self, place: usize) {
        let (chunk, range) = self.chunk(place);
        range.step_by(LINE).for_each(|step| prefetch(&chunk.steps, step));
    }

    /// Passes over those of the lists of a place, ascending, for which `skipped` says so.
    pub(super) fn skip(&mut self, place: usize, skipped: &[bool]) {
        let (chunk, range) = self.chunk(place);
        let lists = self.numbered(&chunk.steps[range.clone()]).zip(skipped.iter().rev());
        let words: Vec<usize> =
            lists.filter(|(_, skipped)| **skipped).map(|((word, _), _)| range.start + word).collect();
        let chunk = &mut self.chunks[place / self.places];
        chunk.skipped.resize(chunk.steps.len().div_ceil(64), 0);
        words.iter().for_each(|word| chunk.skipped[word / 64] |= 1 << (word % 64));
    }

    pub(super) fn memory(&self) -> usize {
        let of_chunk =
            |chunk: &Chunk| chunk.starts.memory() + 2 * chunk.steps.capacity() + 8 * chunk.skipped.capacity();
        self.chunks.iter().map(of_chunk).sum()
    }
}

impl Chunk {
    /// Of the places from `first` on that have so many values.
    fn new(lists: &Lists, first: usize, values: &[u32]) -> Self {
        // A place has a list for each of its values at most. One slot more, behind them, takes the holders of
        // other chunks: whose a holder is cannot be foreseen.
        let mut next: Vec<usize> = Vec::with_capacity(values.len() + 1);
        let mut end = 0;
        for &count in values {
            next.push(end);
            end += count as usize;
        }
        next.push(end);
        let begins = next.clone();
        let mut all = vec![0; end + 1];
        for list in 0..lists.keys().len() {
            if list + AHEAD < lists.keys().len() {
                lists.fetch(&lists.range(list + AHEAD), first as u32);
            }
            let mut range = lists.range(list);
            if range.len() > MANY {
                let behind = (first + values.len()) as u32;
                range = lists.first_from(range.clone(), first as u32)..lists.first_from(range, behind);
            }
            for position in range {
                let place = (lists.holders().get(position) as usize).wrapping_sub(first).min(values.len());
                all[next[place]] = list as u32;
                next[place] += usize::from(place < values.len());
            }
        }
        let mut steps = Vec::with_capacity(end);
        let mut lengths = Vec::with_capacity(values.len());
        for (&begin, &end) in begins.iter().zip(&next).take(values.len()) {
            let (before, mut last) = (steps.len(), lists.keys().len() as u32);
            for &list in all[begin..end].iter().rev() {
                let step = last - list;
                last = list;
                if step < u32::from(LONG) {
                    steps.push(step as u16);
                } else {
                    steps.extend_from_slice(&[LONG, step as u16, (step >> 16) as u16]);
                }
            }
            lengths.push((steps.len() - before) as u32);
        }
        drop(all);
        steps.shrink_to_fit();
        Self { starts: Offsets::of_lengths(lengths), steps, skipped: Vec::new() }
    }

    fn is_skipped(&self, word: usize) -> bool {
        self.skipped[word / 64] >> (word % 64) & 1 == 1
    }
}

/// The words of a long step and its width.
fn long(steps: &[u16], word: usize) -> (usize, u32) {
    let [low, high] = [1, 2].map(|i| steps.get(word + i).copied().map_or(0, u32::from));
    (3, high << 16 | low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::posting;
    use super::*;

    proptest! {
        #[test]
        fn lists_are_inverted(
            holders in prop::collection::vec(prop::collection::btree_set(0..50_u32, 2..12), 0..80),
            skip in any::<u64>(),
        ) {
            // Each list many times over, so that some steps are long.
            let keys = (0_u32..).step_by(97).zip(&holders);
            let postings = keys.flat_map(|(key, holders)| holders.iter().map(move |&holder| posting(key, holder)));
            let identity: Vec<u32> = (0..50).collect();
            let lists = Lists::of_sorted(postings.collect(), &identity);
            let mut own = Own::new(&lists, &[holders.len() as u32; 50]);
            let naive: Vec<Vec<u32>> = (0..50)
                .map(|place| (0..lists.keys().len()).filter(|&list| lists.list(list).any(|h| h == place)).map(|l| l as u32).collect())
                .collect();
            let mut found = Vec::new();
            for (place, naive) in naive.iter().enumerate() {
                own.read(place, &mut found);
                prop_assert_eq!(&found, naive);
                prop_assert_eq!(own.read_kept(place, &mut found), 0);
                prop_assert_eq!(&found, naive);
                for first in [0, 1, 40, u32::MAX] {
                    let down: Vec<u32> = own.down_to(place, first).collect();
                    prop_assert_eq!(down, naive.iter().rev().filter(|list| **list >= first).copied().collect::<Vec<_>>());
                }
            }
            let skipped = |list: u32| skip >> (list % 64) & 1 == 1;
            for (place, naive) in naive.iter().enumerate().step_by(3) {
                own.skip(place, &naive.iter().map(|&list| skipped(list)).collect::<Vec<_>>());
            }
            for (place, naive) in naive.iter().enumerate() {
                let kept = |list: &&u32| place % 3 != 0 || !skipped(**list);
                let count = own.read_kept(place, &mut found);
                prop_assert_eq!(&found, &naive.iter().filter(kept).copied().collect::<Vec<_>>());
                prop_assert_eq!(count + found.len(), naive.len());
            }
        }
    }

    #[test]
    fn long_steps_come_back() {
        // 70,000 values of the first two places, and before them one of the second and the third.
        let pairs = (1..=70_000).flat_map(|key| [posting(key, 0), posting(key, 1)]);
        let postings = [posting(0, 1), posting(0, 2)].into_iter().chain(pairs).collect();
        let lists = Lists::of_sorted(postings, &[0, 1, 2]);
        let own = Own::new(&lists, &[70_001; 3]);
        let mut found = Vec::new();
        own.read(2, &mut found);
        assert_eq!(found, [0]);
        own.read(1, &mut found);
        assert_eq!(found, (0..=70_000).collect::<Vec<_>>());
        assert!(own.memory() > 2 * 2 * 70_000);
    }
}
