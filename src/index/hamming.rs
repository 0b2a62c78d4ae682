//! Every pair of `SimHash` signatures within `k` bits: none is missed, none is further apart.
//!
//! Take it for [`SimHashSignature`]s, with `k` up to 3 of 64 bits for near copies (Manku, Jain, Das
//! Sarma 2007 chose 3 for eight billion web pages), more for looser ones. For `MinHash` signatures see the
//! banded index.

use crate::hash::splitmix;
use crate::sketch::{SimHashBits, SimHashSignature};
use crate::{DocId, Error, Pair, Result};

/// An index of `SimHash` signatures that finds every one within `k` bits of another.
///
/// Signatures are [inserted](Self::insert) one by one or [built](Self::build) in a batch; the answers are
/// the same. Those of empty sets are accepted and never returned. Documents with equal signatures share
/// one place, so any number of them costs what one costs, and 8 bytes each.
///
/// ```
/// use reprint::DocId;
/// use reprint::index::HammingIndex;
/// use reprint::sketch::SimHasher;
///
/// let hasher = SimHasher::<u64>::builder().build()?;
/// let mut index = HammingIndex::new(3)?;
/// index.insert(DocId(0), &hasher.sketch(&[0b1111_0000]))?;
/// index.insert(DocId(1), &hasher.sketch(&[0b0000_1111]))?;
///
/// let close = index.query(&hasher.sketch(&[0b1111_0110]))?;
/// assert_eq!(close, [(DocId(0), 2)]);
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # How
///
/// Cut the signature into `m` blocks and give block `i` a radius `r_i` with Σ (`r_i` + 1) = k + 1. Two
/// signatures within `k` bits are then within `r_i` bits in some block `i`: otherwise they would differ in
/// Σ (`r_i` + 1) > k bits. So for each block there is a table from its bits to the signatures that have them,
/// and a query looks up its own block and every value within `r_i` bits of that. What it finds is compared
/// in full. With `m = k + 1` all radii are 0 and these are the simplest tables of Manku et al.; with fewer
/// and wider blocks it is multi-index hashing (Norouzi, Punjani, Fleet 2012).
///
/// The index takes the `m` that costs least for its size by `look-ups + candidates`; where no table beats
/// comparing everything (few signatures, or `k` near its limit) it does just that. Of a block it uses at most
/// log2 n bits, so that a table has about one place for each signature. Expected candidates are
/// n Σ look-ups / 2^bits for signatures of unrelated documents.
///
/// | bits | k | signatures | tables | look-ups a query | candidates a query | bytes a signature |
/// |---|---|---|---|---|---|---|
/// | 64 | 0 | 1,000,000 | 1 | 1 | 1.0 | 37 |
/// | 64 | 3 | 10,000 | 4 | 4 | 2.4 | 78 |
/// | 64 | 3 | 100,000 | 4 | 4 | 6.1 | 58 |
/// | 64 | 3 | 1,000,000 | 3 | 23 | 22 | 53 |
/// | 64 | 6 | 1,000,000 | 3 | 253 | 241 | 53 |
/// | 64 | 10 | 1,000,000 | 3 | 2,913 | 2,778 | 53 |
/// | 64 | 16 | 1,000,000 | 0 | 0 | 1,000,000 | 29 |
/// | 128 | 3 | 1,000,000 | 4 | 4 | 3.8 | 69 |
/// | 128 | 6 | 1,000,000 | 7 | 7 | 27 | 72 |
///
/// A signature takes w + 12 bytes and 8 to 12 for each table and one more, w being 8 or 16 bytes for the bits;
/// tables that grew by insertion may have twice that in reserve.
/// Permuted tables on several blocks at once, as Manku et al. have them for larger `k`, need fewer
/// candidates but too much memory in an index: 10 tables in place of 3 for `k` = 3, 286 for `k` = 10.
///
/// They are what finds **all pairs**, for there one table at a time is enough: with `k + f` blocks, two
/// signatures within `k` bits agree in at least `f` blocks, so the signatures are sorted by each combination
/// of `f` blocks in turn and compared within each bucket. A million random 64-bit signatures take 0.4 s for
/// `k` = 3 (4 sorts), 3 s for 6 (28) and 2 minutes for 10 (286) on two cores; a query of the tables above for
/// each took 3 s for `k` = 3.
/// Signatures that agree in many bits without being within `k` fill buckets and make both slower, never wrong.
#[derive(Clone, Debug)]
pub struct HammingIndex<W: SimHashBits = u64> {
    /// `k`.
    most: u32,
    /// Seed and format version, once there is a signature.
    scheme: Option<(u64, u32)>,
    /// The distinct signatures; their numbers are called slots.
    words: Vec<W>,
    /// Finds the slot of an equal signature.
    equal: Table,
    blocks: Vec<Block>,
    /// The table of each block.
    tables: Vec<Table>,
    /// With more slots than this, blocks are chosen anew.
    planned: usize,
    /// For each slot, the latest entry that has its signature.
    latest: Vec<u32>,
    /// The document of each entry.
    documents: Vec<DocId>,
    /// For each entry, the one before it with the same signature, or [`NONE`].
    earlier: Vec<u32>,
}

/// The end of a chain.
const NONE: u32 = u32::MAX;

/// Slots that an empty index is laid out for.
const FIRST_PLAN: usize = 256;

impl<W: SimHashBits> HammingIndex<W> {
    /// The largest `k`: a quarter of the width, 16 for 64 bits and 32 for 128.
    ///
    /// Unrelated signatures are half the width apart with a standard deviation of √width / 2; at a quarter,
    /// one unrelated pair in 26,000 (64 bits) is within `k`, and of a million documents there would be
    /// twenty million such pairs.
    pub const MAX_DISTANCE: u32 = W::WIDTH / 4;

    /// An empty index for distances up to `k`.
    ///
    /// # Errors
    ///
    /// When `k` is above [`MAX_DISTANCE`](Self::MAX_DISTANCE).
    pub fn new(k: u32) -> Result<Self> {
        if k > Self::MAX_DISTANCE {
            return Err(Error::parameter(
                "the Hamming distance of an index",
                k,
                "take at most a quarter of the signature's width (16 of 64, 32 of 128 bits); more finds \
                 unrelated documents",
            ));
        }
        let mut index = Self {
            most: k,
            scheme: None,
            words: Vec::new(),
            equal: Table::default(),
            blocks: Vec::new(),
            tables: Vec::new(),
            planned: 0,
            latest: Vec::new(),
            documents: Vec::new(),
            earlier: Vec::new(),
        };
        index.lay_out(FIRST_PLAN);
        Ok(index)
    }

    /// An index of many signatures at once, by sorting them: the same answers as inserting each, for less
    /// time and memory. O(n log n) for the sort, on all cores with the `rayon` feature.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) and [`insert`](Self::insert).
    ///
    /// ```
    /// use reprint::index::HammingIndex;
    /// use reprint::sketch::SimHasher;
    /// use reprint::{DocId, Pair};
    ///
    /// let hasher = SimHasher::<u64>::builder().build()?;
    /// let signatures = [0b1111_0000, 0b1111_0001, 0b0000_1111].map(|hash| hasher.sketch(&[hash]));
    /// let index = HammingIndex::build(3, (0..).map(DocId).zip(&signatures))?;
    /// assert_eq!(index.pairs(), [(Pair::new(DocId(0), DocId(1)), 1)]);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn build<'a>(
        k: u32,
        signatures: impl IntoIterator<Item = (DocId, &'a SimHashSignature<W>)>,
    ) -> Result<Self>
    where
        W: 'a,
    {
        let mut index = Self::new(k)?;
        let mut entries = Vec::new();
        for (id, signature) in signatures {
            if let Some(word) = index.accept(signature, entries.len())? {
                entries.push((word, id));
            }
        }
        parallel::sort(&mut entries);
        for (entry, &(word, id)) in entries.iter().enumerate() {
            let entry = entry as u32;
            if index.words.last() == Some(&word) {
                index.earlier.push(entry - 1);
            } else {
                index.earlier.push(NONE);
                index.words.push(word);
                index.latest.push(NONE);
            }
            if let Some(latest) = index.latest.last_mut() {
                *latest = entry;
            }
            index.documents.push(id);
        }
        drop(entries);
        index.words.shrink_to_fit();
        index.latest.shrink_to_fit();
        index.lay_out(index.words.len().max(FIRST_PLAN));
        Ok(index)
    }

    /// Adds a document. An empty signature is accepted and changes nothing. A document that is inserted
    /// twice is there twice; it never pairs with itself.
    ///
    /// O(number of tables), and now and then a new layout of all tables, which doubles their room.
    ///
    /// # Errors
    ///
    /// When seed or format version differ from those of the signatures that are here, or there are 2³² − 2
    /// of them.
    pub fn insert(&mut self, id: DocId, signature: &SimHashSignature<W>) -> Result<()> {
        let Some(word) = self.accept(signature, self.documents.len())? else {
            return Ok(());
        };
        let slot = if let Some(slot) = self.slot_of(word) {
            slot
        } else {
            let slot = self.words.len() as u32;
            self.words.push(word);
            self.latest.push(NONE);
            if self.words.len() > self.planned {
                self.lay_out(self.planned.saturating_mul(2));
            } else {
                self.equal.push(equal_key(word));
                for (table, block) in self.tables.iter_mut().zip(&self.blocks) {
                    table.push(block.key(word));
                }
            }
            slot
        };
        let latest = &mut self.latest[slot as usize];
        self.earlier.push(*latest);
        *latest = self.documents.len() as u32;
        self.documents.push(id);
        Ok(())
    }

    /// The documents whose signatures are within `k` bits, with their distances, by ascending id. All of
    /// them and no others: distances are counted in full. An empty signature is near nothing.
    ///
    /// [How](Self#how) says what it costs.
    ///
    /// # Errors
    ///
    /// When seed or format version differ from those of the signatures that are here.
    pub fn query(&self, signature: &SimHashSignature<W>) -> Result<Vec<(DocId, u32)>> {
        if let Some((seed, version)) = self.scheme {
            signature.check_same_scheme(seed, version)?;
        }
        let mut found = Vec::new();
        if let Some(word) = signature.bits() {
            self.for_each_near(word, |slot, distance| {
                found.extend(self.documents_of(slot).map(|id| (id, distance)));
            });
        }
        found.sort_unstable();
        found.dedup_by_key(|(id, _)| *id);
        Ok(found)
    }

    /// Pairs that connect all documents within `k` bits, with their distances, in ascending order.
    ///
    /// - Documents with equal signatures give a star: the smallest id with each of the others, at
    ///   distance 0. So `m` of them are `m − 1` pairs and not `m (m − 1) / 2`.
    /// - Two different signatures within `k` bits give one pair: the smallest id of each.
    ///
    /// Every other pair within `k` bits follows: its two documents are equal to such smallest ids, and it
    /// has the distance of theirs. For all of them, one by one, see
    /// [`for_each_pair`](Self::for_each_pair).
    ///
    /// It takes a query for each distinct signature, on all cores with the `rayon` feature.
    pub fn pairs(&self) -> Vec<(Pair, u32)> {
        // Slots without documents do not occur; `DocId(NONE)` would stand for one.
        let first: Vec<DocId> = (0..self.words.len() as u32)
            .map(|slot| self.documents_of(slot).min().unwrap_or(DocId(NONE)))
            .collect();
        let mut pairs = Vec::new();
        for (slot, &hub) in first.iter().enumerate() {
            let others = self.documents_of(slot as u32).filter(|&id| id != hub);
            pairs.extend(others.map(|id| (Pair::new(hub, id), 0)));
        }
        for (a, b, distance) in self.links() {
            let (a, b) = (first[a as usize], first[b as usize]);
            if a != b {
                pairs.push((Pair::new(a, b), distance));
            }
        }
        parallel::sort(&mut pairs);
        // Only a document that was inserted twice can give a pair twice: the smallest distance stays.
        pairs.dedup_by_key(|(pair, _)| *pair);
        pairs
    }

    /// Calls `visit` with every pair of documents within `k` bits and their distance, each once, in an
    /// order that depends only on how the index was filled.
    ///
    /// `m` documents with equal signatures are `m (m − 1) / 2` pairs here: where that may be many, take
    /// [`pairs`](Self::pairs). Memory is 12 bytes for each pair of different signatures within `k` bits.
    ///
    /// ```
    /// use reprint::DocId;
    /// use reprint::index::HammingIndex;
    /// use reprint::sketch::SimHasher;
    ///
    /// let same = SimHasher::<u64>::builder().build()?.sketch(&[1, 2, 3]);
    /// let index = HammingIndex::build(0, (0..10).map(|id| (DocId(id), &same)))?;
    /// let mut count = 0;
    /// index.for_each_pair(|_, _| count += 1);
    /// assert_eq!((count, index.pairs().len()), (45, 9));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn for_each_pair(&self, mut visit: impl FnMut(Pair, u32)) {
        let mut visit = |a, b, distance| {
            if a != b {
                visit(Pair::new(a, b), distance);
            }
        };
        for slot in 0..self.words.len() as u32 {
            for (nth, a) in self.documents_of(slot).enumerate() {
                self.documents_of(slot).take(nth).for_each(|b| visit(a, b, 0));
            }
        }
        for (x, y, distance) in self.links() {
            for a in self.documents_of(x) {
                self.documents_of(y).for_each(|b| visit(a, b, distance));
            }
        }
    }

    /// `k`: the largest distance that is found.
    pub fn max_distance(&self) -> u32 {
        self.most
    }

    /// Documents with signatures that are not empty.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Has no document with a signature?
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Different signatures.
    pub fn distinct(&self) -> usize {
        self.words.len()
    }

    /// Tables, one for each block; 0 when a query compares all signatures.
    pub fn tables(&self) -> usize {
        self.tables.len()
    }

    /// Look-ups in all tables together that one query makes.
    pub fn lookups_per_query(&self) -> usize {
        self.blocks.iter().map(|block| block.flips.len()).sum()
    }

    /// Signatures that a query of an unrelated document compares, on average.
    pub fn expected_candidates(&self) -> f64 {
        expected_candidates(&self.blocks, self.words.len())
    }

    /// Bytes that the index holds on the heap.
    pub fn memory(&self) -> usize {
        let tables = self.tables.iter().chain([&self.equal]);
        let numbers = self.latest.capacity() + self.documents.capacity() + self.earlier.capacity();
        let flips: usize = self.blocks.iter().map(|block| block.flips.capacity()).sum();
        self.words.capacity() * size_of::<W>()
            + 4 * (numbers + flips)
            + tables.map(|table| 4 * (table.heads.capacity() + table.next.capacity())).sum::<usize>()
    }

    /// The bits of a signature that fits this index of `entries` documents; `None` if it is empty.
    fn accept(&mut self, signature: &SimHashSignature<W>, entries: usize) -> Result<Option<W>> {
        if let Some((seed, version)) = self.scheme {
            signature.check_same_scheme(seed, version)?;
        }
        if entries >= NONE as usize - 1 {
            return Err(Error::too_many("signatures in one index", NONE as usize - 1));
        }
        let word = signature.bits();
        if word.is_some() {
            self.scheme = Some((signature.seed(), signature.version()));
        }
        Ok(word)
    }

    /// Chooses blocks for `slots` signatures and fills their tables with those that are here.
    fn lay_out(&mut self, slots: usize) {
        self.planned = slots;
        self.blocks = choose_blocks(W::WIDTH, self.most, slots);
        let words = &self.words;
        let blocks = &self.blocks;
        // The tables of the blocks, and behind them the one for equal signatures.
        let mut tables = parallel::map(blocks.len() + 1, |at| match blocks.get(at) {
            Some(block) => Table::new(block.bits, slots, words.iter().map(|&word| block.key(word))),
            None => Table::new(bits_for(slots), slots, words.iter().map(|&word| equal_key(word))),
        });
        self.equal = tables.pop().unwrap_or_default();
        self.tables = tables;
    }

    fn slot_of(&self, word: W) -> Option<u32> {
        self.equal.chain(equal_key(word)).find(|&slot| self.words[slot as usize] == word)
    }

    fn documents_of(&self, slot: u32) -> impl Iterator<Item = DocId> {
        chain(self.latest[slot as usize], &self.earlier).map(|entry| self.documents[entry as usize])
    }

    /// Calls `visit` once for each slot within `k` bits of `word`.
    fn for_each_near(&self, word: W, mut visit: impl FnMut(u32, u32)) {
        if self.blocks.is_empty() {
            for (slot, &other) in self.words.iter().enumerate() {
                let distance = word.distance(other);
                if distance <= self.most {
                    visit(slot as u32, distance);
                }
            }
        }
        for (at, (block, table)) in self.blocks.iter().zip(&self.tables).enumerate() {
            let key = block.key(word);
            for flip in &block.flips {
                for slot in table.chain(key ^ flip) {
                    let other = self.words[slot as usize];
                    let distance = word.distance(other);
                    // What an earlier table finds too was visited there.
                    if distance <= self.most && !self.blocks[..at].iter().any(|b| b.finds(word, other)) {
                        visit(slot, distance);
                    }
                }
            }
        }
    }

    /// Every two different slots within `k` bits, the smaller first, with their distance; ascending.
    fn links(&self) -> Vec<(u32, u32, u32)> {
        if self.most == 0 {
            return Vec::new();
        }
        let join = Join::choose(W::WIDTH, self.most, self.words.len());
        let mut links = Vec::new();
        for chosen in combinations(join.blocks, join.equal) {
            self.join(&join, &chosen, &mut links);
        }
        parallel::sort(&mut links);
        links
    }

    /// Appends the links between slots that agree in the `chosen` blocks, and do not in any combination of
    /// blocks that comes earlier.
    fn join(&self, join: &Join, chosen: &[u32], links: &mut Vec<(u32, u32, u32)>) {
        /// Slots of one task: a hundred microseconds of work or more.
        const TASK: usize = 2_048;
        let slots = self.words.len();
        let mut order = parallel::map(slots, |slot| join.key(self.words[slot], chosen) << 32 | slot as u64);
        if join.equal > 0 {
            parallel::sort(&mut order);
        }
        // Side by side, the signatures of a bucket are read as fast as memory gives them.
        let words = parallel::map(slots, |at| self.words[order[at] as u32 as usize]);
        // A pair is found by every combination of blocks in which it agrees; the first of them is that of
        // the first such blocks, so blocks before the last chosen one must differ unless they are chosen.
        let last = chosen.last().copied().unwrap_or(0);
        let skipped: Vec<u32> = (0..last).filter(|block| !chosen.contains(block)).collect();
        let tasks = parallel::map(slots.div_ceil(TASK), |task| {
            let mut found = Vec::new();
            for x in task * TASK..slots.min((task + 1) * TASK) {
                let key = order[x] >> 32;
                for y in (x + 1..slots).take_while(|&y| order[y] >> 32 == key) {
                    let distance = words[x].distance(words[y]);
                    if distance <= self.most && skipped.iter().all(|&b| join.differs(words[x], words[y], b)) {
                        let (a, b) = (order[x] as u32, order[y] as u32);
                        found.push((a.min(b), a.max(b), distance));
                    }
                }
            }
            found
        });
        links.extend(tasks.into_iter().flatten());
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

/// A stretch of bits of the signature and how far from equal two of them may be there.
#[derive(Clone, Debug)]
struct Block {
    shift: u32,
    /// At most 31.
    bits: u32,
    radius: u32,
    /// Every value of `bits` bits with at most `radius` ones.
    flips: Vec<u32>,
}

impl Block {
    #[inline]
    fn key<W: SimHashBits>(&self, word: W) -> u32 {
        word.window(self.shift) & ((1 << self.bits) - 1)
    }

    /// Does a look-up for one of the two in this block's table find the other?
    #[inline]
    fn finds<W: SimHashBits>(&self, a: W, b: W) -> bool {
        (self.key(a) ^ self.key(b)).count_ones() <= self.radius
    }
}

/// Bits that give `slots` signatures about one place each in a table: log2, rounded up.
fn bits_for(slots: usize) -> u32 {
    slots.next_power_of_two().trailing_zeros().clamp(1, 31)
}

/// The blocks with the least cost for a query among `slots` signatures; none where comparing all is best.
fn choose_blocks(width: u32, k: u32, slots: usize) -> Vec<Block> {
    /// Look-ups around a value that are kept for a block (256 KiB).
    const MOST_FLIPS: f64 = 65_536.0;

    // Comparing a signature in its turn (3 ns), against a look-up or a candidate, which go to memory out
    // of turn: 5 to 15 ns while all is in the cache of a core, 60 and more when not.
    let scan = if slots <= 1 << 16 { 0.25 } else { 0.0625 };
    let mut best = Vec::new();
    let mut least = scan * slots as f64;
    for count in 1..=k + 1 {
        let bits = (width / count).min(bits_for(slots));
        // `larger` blocks have radius `part`, the others one less: Σ (radius + 1) = k + 1.
        let (part, larger) = ((k + 1) / count, (k + 1) % count);
        let radius = |at: u32| if at < larger { part } else { part - 1 };
        let lookups = |radius: u32| (0..=radius).map(|ones| binomial(bits, ones)).sum::<f64>();
        let all: f64 = (0..count).map(|at| lookups(radius(at))).sum();
        let cost = all * (1.0 + slots as f64 / f64::from(1_u32 << bits));
        if cost < least && lookups(radius(0)) <= MOST_FLIPS {
            least = cost;
            best = (0..count)
                .map(|at| Block { shift: at * (width / count), bits, radius: radius(at), flips: Vec::new() })
                .collect();
        }
    }
    for block in &mut best {
        block.flips = flips(block.bits, block.radius);
    }
    best
}

fn expected_candidates(blocks: &[Block], slots: usize) -> f64 {
    let found = |block: &Block| block.flips.len() as f64 / f64::from(1_u32 << block.bits);
    let share = if blocks.is_empty() { 1.0 } else { blocks.iter().map(found).sum() };
    share * slots as f64
}

/// n over k.
fn binomial(n: u32, k: u32) -> f64 {
    (0..k).map(|i| (f64::from(n) - f64::from(i)) / f64::from(i + 1)).product()
}

/// Every value of `bits` bits with at most `radius` ones, fewest ones first.
fn flips(bits: u32, radius: u32) -> Vec<u32> {
    let mut all = vec![0_u32];
    let mut from = 0;
    for _ in 0..radius {
        // Each value with one bit more, above its highest.
        let to = all.len();
        for at in from..to {
            let value = all[at];
            all.extend((u32::BITS - value.leading_zeros()..bits).map(|bit| value | 1 << bit));
        }
        from = to;
    }
    all
}

/// The key of a signature among equal ones: all of its bits matter.
fn equal_key<W: SimHashBits>(word: W) -> u32 {
    (splitmix(word.fold()) >> 32) as u32
}

/// Chains of slots by key, the latest slot first.
#[derive(Clone, Debug, Default)]
struct Table {
    /// The first slot of each key's chain, or [`NONE`]; as many as a power of two.
    heads: Vec<u32>,
    /// The slot after each slot in its chain, or [`NONE`].
    next: Vec<u32>,
}

impl Table {
    /// With room for `slots` slots, and the slots of `keys` in it.
    fn new(bits: u32, slots: usize, keys: impl Iterator<Item = u32>) -> Self {
        let mut table = Self { heads: vec![NONE; 1 << bits], next: Vec::with_capacity(slots) };
        keys.for_each(|key| table.push(key));
        table
    }

    /// Adds the next slot.
    #[inline]
    fn push(&mut self, key: u32) {
        let place = self.place(key);
        let slot = self.next.len() as u32;
        self.next.push(std::mem::replace(&mut self.heads[place], slot));
    }

    #[inline]
    fn chain(&self, key: u32) -> impl Iterator<Item = u32> {
        chain(self.heads[self.place(key)], &self.next)
    }

    #[inline]
    fn place(&self, key: u32) -> usize {
        key as usize & (self.heads.len() - 1)
    }
}

/// `from`, what `next` says of it, and so on to [`NONE`].
#[inline]
fn chain(from: u32, next: &[u32]) -> impl Iterator<Item = u32> {
    std::iter::successors((from != NONE).then_some(from), |&at| {
        let after = next[at as usize];
        (after != NONE).then_some(after)
    })
}

/// On all cores with the `rayon` feature, on one without it, and the same results.
mod parallel {
    #[cfg(feature = "rayon")]
    use rayon::prelude::*;

    /// `f` of 0 to `count`, in that order.
    pub(super) fn map<T: Send>(count: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        #[cfg(feature = "rayon")]
        return (0..count).into_par_iter().map(f).collect();
        #[cfg(not(feature = "rayon"))]
        return (0..count).map(f).collect();
    }

    /// Sorts; equal values are indistinguishable.
    pub(super) fn sort<T: Ord + Send>(values: &mut [T]) {
        #[cfg(feature = "rayon")]
        values.par_sort_unstable();
        #[cfg(not(feature = "rayon"))]
        values.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flips_are_the_values_with_few_ones() {
        for bits in 1..=10 {
            for radius in 0..=bits {
                let mut found = flips(bits, radius);
                assert!(found.is_sorted_by_key(|value| value.count_ones()));
                found.sort_unstable();
                let expected: Vec<u32> = (0..1 << bits).filter(|v: &u32| v.count_ones() <= radius).collect();
                assert_eq!(found, expected);
                let size: f64 = (0..=radius).map(|ones| binomial(bits, ones)).sum();
                assert!((size - found.len() as f64).abs() < 1e-6);
            }
        }
    }

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

    #[test]
    fn blocks_are_apart_and_their_radii_suffice() {
        for width in [64, 128] {
            for k in 0..=width / 4 {
                for slots in [1, 300, 5_000, 1_000_000, 100_000_000] {
                    let blocks = choose_blocks(width, k, slots);
                    assert!(blocks.is_empty() || blocks.iter().map(|b| b.radius + 1).sum::<u32>() == k + 1);
                    for (at, block) in blocks.iter().enumerate() {
                        let end = blocks.get(at + 1).map_or(width, |next| next.shift);
                        assert!(block.bits >= 1 && block.shift + block.bits <= end);
                    }
                }
            }
        }
    }

    #[test]
    fn tables_are_used_where_they_pay() {
        assert!(choose_blocks(64, 16, 1_000).is_empty());
        assert!(choose_blocks(64, 16, 1_000_000).is_empty());
        assert_eq!(choose_blocks(64, 0, 1_000_000).len(), 1);
        assert_eq!(choose_blocks(64, 3, 1_000_000).len(), 3);
        assert_eq!(choose_blocks(64, 10, 1_000_000).len(), 3);
    }
}
