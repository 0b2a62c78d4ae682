//! The lists of each document.

use super::lists::Lists;
use super::offsets::Offsets;
use crate::parallel;

/// For each place the lists that hold it, ascending, as steps from one to the next.
///
/// Memory: about 2.1 bytes a list and 4 a place; where lists are passed over, a bit more for each.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// The places of a chunk.
    places: usize,
    chunks: Vec<Chunk>,
}

/// Some places, so that their steps are put down by one thread within the caches.
#[derive(Clone, Debug, Default)]
struct Chunk {
    /// Where the steps of each place begin; one more at the end.
    starts: Offsets,
    /// The first list and then the way to the next; [`LONG`] leads to a step that does not fit, of two words.
    steps: Vec<u16>,
    /// A bit for each of the steps, whether its list is passed over; empty when none is.
    skipped: Vec<u64>,
}

const LONG: u16 = u16::MAX;

/// The chunks that places are put into.
const CHUNKS: usize = 16;

impl Own {
    /// Of `places` places. On all cores with the `rayon` feature.
    pub(super) fn new(lists: &Lists, places: usize) -> Self {
        let size = places.div_ceil(CHUNKS).max(1);
        let chunks = parallel::tasks(places.div_ceil(size), |number| {
            let start = number * size;
            Chunk::new(lists, start as u32, (places - start).min(size))
        });
        Self { places: size, chunks }
    }

    fn chunk(&self, place: usize) -> (&Chunk, std::ops::Range<usize>) {
        let chunk = &self.chunks[place / self.places];
        (chunk, chunk.starts.range(place % self.places))
    }

    /// Makes `lists` those of a place, and tells how many of them are passed over, which it leaves out.
    pub(super) fn read_kept(&self, place: usize, lists: &mut Vec<u32>) -> usize {
        let (chunk, range) = self.chunk(place);
        if chunk.skipped.is_empty() {
            self.read(place, lists);
            return 0;
        }
        lists.clear();
        let mut skipped = 0;
        for (word, list) in numbered(&chunk.steps[range.clone()]) {
            if chunk.is_skipped(range.start + word) { skipped += 1 } else { lists.push(list) }
        }
        skipped
    }

    /// Makes `lists` those of a place.
    pub(super) fn read(&self, place: usize, lists: &mut Vec<u32>) {
        let (chunk, range) = self.chunk(place);
        lists.clear();
        lists.extend(numbered(&chunk.steps[range]).map(|(_, list)| list));
    }

    /// Has what is read first of a place come into the caches.
    pub(super) fn fetch(&self, place: usize) {
        let (chunk, range) = self.chunk(place);
        std::hint::black_box(chunk.steps.get(range.start));
    }

    /// Passes over those of the lists of a place for which `skipped` says so.
    pub(super) fn skip(&mut self, place: usize, skipped: &[bool]) {
        let chunk = &mut self.chunks[place / self.places];
        let range = chunk.starts.range(place % self.places);
        chunk.skipped.resize(chunk.steps.len().div_ceil(64), 0);
        for ((word, _), _) in
            numbered(&chunk.steps[range.clone()]).zip(skipped).filter(|(_, skipped)| **skipped)
        {
            let word = range.start + word;
            chunk.skipped[word / 64] |= 1 << (word % 64);
        }
    }

    pub(super) fn memory(&self) -> usize {
        let of_chunk =
            |chunk: &Chunk| chunk.starts.memory() + 2 * chunk.steps.capacity() + 8 * chunk.skipped.capacity();
        self.chunks.iter().map(of_chunk).sum()
    }
}

impl Chunk {
    fn new(lists: &Lists, first: u32, places: usize) -> Self {
        // The list that each place had last.
        let mut last = vec![0_u32; places];
        let mut lengths = vec![0_u32; places];
        each_holder(lists, first, places, |place, list| {
            lengths[place] += if list - last[place] < u32::from(LONG) { 1 } else { 3 };
            last[place] = list;
        });
        let mut next: Vec<usize> = Vec::with_capacity(places);
        let mut end = 0;
        for &length in &lengths {
            next.push(end);
            end += length as usize;
        }
        let starts = Offsets::of_lengths(lengths);
        let mut steps = vec![0; end];
        last.fill(0);
        each_holder(lists, first, places, |place, list| {
            let (step, next) = (list - last[place], &mut next[place]);
            last[place] = list;
            if step < u32::from(LONG) {
                steps[*next] = step as u16;
                *next += 1;
            } else {
                steps[*next..*next + 3].copy_from_slice(&[LONG, step as u16, (step >> 16) as u16]);
                *next += 3;
            }
        });
        Self { starts, steps, skipped: Vec::new() }
    }

    fn is_skipped(&self, word: usize) -> bool {
        self.skipped[word / 64] >> (word % 64) & 1 == 1
    }
}

/// Calls `f` with the place, less `first`, and the list of each holder among `places` from `first` on, one list
/// after the other.
fn each_holder(lists: &Lists, first: u32, places: usize, mut f: impl FnMut(usize, u32)) {
    for list in 0..lists.len() {
        let range = lists.range(list);
        let start = lists.first_from(range.clone(), first);
        for position in start..range.end {
            let place = (lists.holders().get(position) - first) as usize;
            if place >= places {
                break;
            }
            f(place, list as u32);
        }
    }
}

/// The lists that steps lead to, each with the word that its step begins with.
fn numbered(steps: &[u16]) -> impl Iterator<Item = (usize, u32)> + '_ {
    let (mut word, mut list) = (0, 0);
    std::iter::from_fn(move || {
        let at = word;
        let step = *steps.get(at)?;
        if step == LONG {
            let [low, high] = [1, 2].map(|i| steps.get(at + i).copied().map_or(0, u32::from));
            list += high << 16 | low;
            word += 3;
        } else {
            list += u32::from(step);
            word += 1;
        }
        Some((at, list))
    })
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
            let mut own = Own::new(&lists, 50);
            let naive: Vec<Vec<u32>> = (0..50)
                .map(|place| (0..lists.len()).filter(|&list| lists.list(list).any(|h| h == place)).map(|l| l as u32).collect())
                .collect();
            let mut found = Vec::new();
            for (place, naive) in naive.iter().enumerate() {
                own.read(place, &mut found);
                prop_assert_eq!(&found, naive);
                prop_assert_eq!(own.read_kept(place, &mut found), 0);
                prop_assert_eq!(&found, naive);
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
        // 70,000 values of the first two places, then one of all three.
        let pairs = (0..70_000).flat_map(|key| [posting(key, 0), posting(key, 1)]);
        let postings = pairs.chain((0..3).map(|holder| posting(70_000, holder))).collect();
        let lists = Lists::of_sorted(postings, &[0, 1, 2]);
        let own = Own::new(&lists, 3);
        let mut found = Vec::new();
        own.read(2, &mut found);
        assert_eq!(found, [70_000]);
        own.read(0, &mut found);
        assert_eq!(found, (0..=70_000).collect::<Vec<_>>());
        assert!(own.memory() > 2 * 2 * 70_000);
    }
}
