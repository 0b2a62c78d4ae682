//! All pairs within `k` bits, by sorting.

use super::HammingIndex;
use super::blocks::binomial;
use crate::index::ids::{Id, NONE};
use crate::index::ring::Links;
use crate::parallel;
use crate::sketch::SimHashBits;

impl<I: Id, W: SimHashBits> HammingIndex<I, W> {
    /// Pairs that connect all documents within `k` bits, smaller id first, with their distances, in ascending
    /// order.
    ///
    /// - Documents with equal signatures give a star: the smallest id with each of the others, at
    ///   distance 0. So `m` of them are `m − 1` pairs and not `m (m − 1) / 2`.
    /// - Two different signatures within `k` bits give one pair: the smallest id of each.
    ///
    /// Every other pair within `k` bits follows: its two documents are equal to such smallest ids, and it
    /// has the distance of theirs. For all of them, one by one, see
    /// [`for_each_pair`](Self::for_each_pair).
    ///
    /// The signatures are sorted, as [How](Self#how) says, on all cores with the `rayon` feature.
    pub fn pairs(&self) -> Vec<(I, I, u32)> {
        let mut pairs = Vec::new();
        let mut hubs = vec![None; self.words.len()];
        for (&first, hub) in self.firsts.iter().zip(&mut hubs) {
            let ids = || self.entries.ring(first).filter_map(|document| self.ids.get(document));
            *hub = ids().min();
            if let Some(hub) = *hub {
                let others = ids().filter(|&id| id != hub);
                pairs.extend(others.map(|id| (hub.clone(), id.clone(), 0)));
            }
        }
        for (a, b, distance) in self.links() {
            if let (Some(a), Some(b)) = (hubs[a as usize], hubs[b as usize]) {
                pairs.push((a.min(b).clone(), a.max(b).clone(), distance));
            }
        }
        pairs.sort_unstable();
        pairs
    }

    /// Calls `visit` with every pair of documents within `k` bits, smaller id first, and their distance, each
    /// once, in an order that depends only on how the index was filled.
    ///
    /// `m` documents with equal signatures are `m (m − 1) / 2` pairs here: where that may be many, take
    /// [`pairs`](Self::pairs). Memory is 12 bytes for each pair of different signatures within `k` bits.
    ///
    /// ```
    /// use reprint::index::HammingIndex;
    /// use reprint::sketch::SimHasher;
    ///
    /// let same = SimHasher::<u64>::builder().build()?.sketch(&[1, 2, 3]);
    /// let index = HammingIndex::build(0, (0..10).map(|id| (id, &same)))?;
    /// let mut count = 0;
    /// index.for_each_pair(|_, _, _| count += 1);
    /// assert_eq!((count, index.pairs().len()), (45, 9));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn for_each_pair(&self, mut visit: impl FnMut(&I, &I, u32)) {
        let mut visit = |a: u32, b: u32, distance| {
            if let (Some(a), Some(b)) = (self.ids.get(a), self.ids.get(b)) {
                visit(a.min(b), a.max(b), distance);
            }
        };
        let of = |slot: u32| self.entries.ring(self.firsts[slot as usize]);
        for slot in 0..self.words.len() as u32 {
            for (nth, a) in of(slot).enumerate() {
                of(slot).take(nth).for_each(|b| visit(a, b, 0));
            }
        }
        for (x, y, distance) in self.links() {
            for a in of(x) {
                of(y).for_each(|b| visit(a, b, distance));
            }
        }
    }

    /// Every two different slots within `k` bits, the smaller first, with their distance; ascending.
    fn links(&self) -> Vec<(u32, u32, u32)> {
        if self.most == 0 {
            return Vec::new();
        }
        let slots: Vec<u32> =
            (0..self.words.len() as u32).filter(|&slot| self.firsts[slot as usize] != NONE).collect();
        let words: Vec<W> = slots.iter().map(|&slot| self.words[slot as usize]).collect();
        let join = Join::choose(W::WIDTH, self.most, words.len());
        let mut links = Vec::new();
        for chosen in combinations(join.blocks, join.equal) {
            join.links(self.most, &words, &chosen, &mut links);
        }
        for (a, b, _) in &mut links {
            (*a, *b) = (slots[*a as usize], slots[*b as usize]);
        }
        parallel::sort(&mut links);
        links
    }
}

/// How all pairs are found: with `k + equal` blocks, signatures within `k` bits agree in at least `equal` of
/// them, so sorting by each combination of `equal` blocks in turn brings every pair together (Manku, Jain,
/// Das Sarma 2007, section 3).
struct Join {
    blocks: u32,
    equal: u32,
    /// Bits of a block.
    bits: u32,
}

impl Join {
    /// The number of blocks that costs least for `slots` signatures.
    ///
    /// For a million of 64 bits: 4 sorts for `k` = 3, 28 for 6, 286 for 10. `equal` = 0 compares all.
    fn choose(width: u32, k: u32, slots: usize) -> Self {
        /// Sorting a signature into its place, against comparing it with one in its bucket.
        const SORT: f64 = 24.0;
        /// Beyond this many sorts, a `k` and a size for which no choice is quick.
        const MOST_SORTS: f64 = 10_000.0;
        let bits = |equal: u32| width / (k + equal).max(1);
        let cost = |equal: u32| {
            let bucket = slots as f64 / f64::from(equal * bits(equal)).exp2();
            binomial(k + equal, equal) * (SORT + bucket / 2.0)
        };
        // A key has 32 bits; no combination of blocks is wider.
        let fits = |equal: u32| bits(equal) > 0 && equal * bits(equal) <= 32;
        let choices = (0..=32).filter(|&equal| fits(equal) && binomial(k + equal, equal) <= MOST_SORTS);
        let equal = choices.min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
        Self { blocks: k + equal, equal, bits: bits(equal) }
    }

    /// The `chosen` blocks side by side.
    fn key<W: SimHashBits>(&self, word: W, chosen: &[u32]) -> u64 {
        chosen.iter().fold(0, |key, &block| key << self.bits | u64::from(self.block(word, block)))
    }

    /// Appends the links between words, by their places, that agree in the `chosen` blocks, and do not in any
    /// combination of blocks that comes earlier.
    fn links<W: SimHashBits>(
        &self,
        most: u32,
        words: &[W],
        chosen: &[u32],
        links: &mut Vec<(u32, u32, u32)>,
    ) {
        /// Slots of one task: a hundred microseconds of work or more.
        const TASK: usize = 2_048;
        let slots = words.len();
        let mut order = parallel::tasks(slots, |slot| self.key(words[slot], chosen) << 32 | slot as u64);
        if self.equal > 0 {
            parallel::sort(&mut order);
        }
        // Side by side, the signatures of a bucket are read as fast as memory gives them.
        let words = parallel::tasks(slots, |at| words[order[at] as u32 as usize]);
        // A pair is found by every combination of blocks in which it agrees; the first of them is that of
        // the first such blocks, so blocks before the last chosen one must differ unless they are chosen.
        let last = chosen.last().copied().unwrap_or(0);
        let skipped: Vec<u32> = (0..last).filter(|block| !chosen.contains(block)).collect();
        let tasks = parallel::tasks(slots.div_ceil(TASK), |task| {
            let mut found = Vec::new();
            for x in task * TASK..slots.min((task + 1) * TASK) {
                let key = order[x] >> 32;
                for y in (x + 1..slots).take_while(|&y| order[y] >> 32 == key) {
                    let distance = words[x].distance(words[y]);
                    if distance <= most && skipped.iter().all(|&b| self.differs(words[x], words[y], b)) {
                        let (a, b) = (order[x] as u32, order[y] as u32);
                        found.push((a.min(b), a.max(b), distance));
                    }
                }
            }
            found
        });
        links.extend(tasks.into_iter().flatten());
    }

    fn block<W: SimHashBits>(&self, word: W, block: u32) -> u32 {
        word.window(block * self.bits) & (u32::MAX >> (32 - self.bits.min(32)))
    }

    fn differs<W: SimHashBits>(&self, a: W, b: W, block: u32) -> bool {
        self.block(a, block) != self.block(b, block)
    }
}

/// The ways to choose `count` of 0 to `n`, each ascending, in lexicographic order.
fn combinations(n: u32, count: u32) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for left in (0..count).rev() {
        let longer = |some: &Vec<u32>| {
            let from = some.last().map_or(0, |last| last + 1);
            (from..n - left).map(|next| [some.as_slice(), &[next]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_the_subsets_in_order() {
        for n in 1..=8 {
            for count in 0..=n {
                let mut expected: Vec<Vec<u32>> = (0_u32..1 << n)
                    .filter(|set| set.count_ones() == count)
                    .map(|set| (0..n).filter(|at| set >> at & 1 == 1).collect())
                    .collect();
                expected.sort();
                assert_eq!(combinations(n, count), expected);
            }
        }
    }

    #[test]
    fn joins_fit_the_signature_and_the_key() {
        for width in [64, 128] {
            for k in 1..=width / 4 {
                for slots in [0, 1, 300, 5_000, 1_000_000, 100_000_000] {
                    let join = Join::choose(width, k, slots);
                    assert_eq!(join.blocks, k + join.equal);
                    assert!(
                        join.bits >= 1 && join.blocks * join.bits <= width && join.equal * join.bits <= 32
                    );
                    assert!(binomial(join.blocks, join.equal) <= 1e4);
                }
            }
        }
        assert_eq!(Join::choose(64, 3, 1_000_000).blocks, 4);
    }
}
