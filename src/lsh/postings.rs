//! An inverted index of `FracMinHash` signatures: documents that share a few rare shingles.
//!
//! Use it to find copies that are cut, noisy or wrapped in other text, whose resemblance is too low for
//! bands of `MinHash`. [`PostingsBatch`] gives the candidates of a whole corpus, [`PostingsIndex`] those
//! of one new document after another.

use crate::sketch::{FracMinHashParams, FracMinHashSignature};
use crate::{DocId, Error, Result};
use ahash::AHasher;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// The documents that a corpus is thought to have beside its own when rarity is judged.
const BACKGROUND: u64 = 1024;

/// The bits that a candidate must carry more when documents are twice as many. One would do if values were shared
/// independently of each other. But letter grams of one rare word come together, so that the excess of bits of
/// strangers falls by a half in 1.5 to 1.8 bits and not in one. Of generated stories, comparisons of each rise by a third
/// from 8,000 documents to 50,000 with 1, and do not with 1.5.
const PER_DOUBLING: f64 = 1.5;

/// The shingles that a document is thought to have beside its own when strength is judged.
const BESIDE: f64 = 200.0;

/// Values are merged into the sorted part when the recent ones are 1/32 of it: a recent value takes
/// about 60 bytes instead of 8, so that they add at most a quarter to the memory.
const RECENT_SHARE: usize = 32;

/// The least number of recent values before a merge.
const RECENT_LEAST: usize = 1 << 14;

/// When a document that shares values becomes a candidate, and how many are visited to find out.
///
/// # How work is bounded and nothing dropped
/// A popular value (a standing line, a story printed 300 times) is never left out; but of its holders
/// only the first v and the last v that come before the document are visited (v =
/// [`visits`](PostingsRulesBuilder::visits), 24 by default). So a document costs at most 2v visits for
/// each of its values, whatever the corpus. All holders of a value remain linked through its first ones,
/// and a copy that is new is near the last ones. "Before" is longer in a batch, and earlier in an index.
///
/// # What makes a candidate
/// With N documents, and df of them holding a value, the value carries w = log₂((N + 1024) / df) bits.
/// (The 1024 stand for the documents that a small corpus does not have: its values are rare
/// in the language although every document may hold them.) A visited document is a candidate when it
/// - shares at least [`min_shared`](PostingsRulesBuilder::min_shared) visited values (2),
/// - which are at least the share [`min_share`](PostingsRulesBuilder::min_share) (0.04) of the smaller
///   signature, both taken at the coarser scale; or at least that share of the signature that asks, when
///   each value counts min(1, 2v/df): of what is not boilerplate; and
/// - carry Σw ≥ log₂ C(n, m) + 1.5 · log₂((N + 1024) / 1024) + [`margin`](PostingsRulesBuilder::margin)
///   (5) bits, when m values are shared at the coarser scale, and n are those of the smaller signature, or those of the
///   signature that asks that have another holder, whichever are fewer: more than chance shows among N documents; or are half of the smaller signature, which no rarity needs to support.
///
/// The ways C(n, m) to choose the shared values are as many chances: two rare values of 12 tell something, two of 160
/// do not. And 1.5 instead of 1 since the shingles of one rare word come together.
///
/// Candidates come in order of **strength**, the rare shared bits per shingle of the smaller document:
/// s · Σ w·min(1, 2v/df) / (n + 200), with s the coarser scale and n the smaller of the two sizes
/// (values · scale). A value with more holders than are visited counts in proportion, since it cannot
/// tell which of them is the source: so the 200 words that two pages alone share come before the 2,000
/// that they share with 10,000 others. The 200 keep short documents with little evidence behind.
///
/// # Example
/// ```
/// use reprint::lsh::PostingsRules;
///
/// let rules = PostingsRules::builder().visits(32).min_share(0.03).build()?;
/// assert_eq!(rules.visits(), 32);
/// assert!(PostingsRules::builder().visits(0).build().is_err());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PostingsRules {
    visits: usize,
    min_shared: u32,
    min_share: f64,
    margin: f64,
    most: usize,
}

impl PostingsRules {
    /// The defaults, until told otherwise.
    pub fn builder() -> PostingsRulesBuilder {
        PostingsRulesBuilder(Self::default())
    }

    /// At most twice so many holders are visited for each value of a document.
    pub fn visits(&self) -> usize {
        self.visits
    }
}

impl Default for PostingsRules {
    fn default() -> Self {
        Self { visits: 24, min_shared: 2, min_share: 0.04, margin: 5.0, most: 32 }
    }
}

/// Builds [`PostingsRules`].
#[derive(Clone, Copy, Debug)]
pub struct PostingsRulesBuilder(PostingsRules);

impl PostingsRulesBuilder {
    /// The first and the last holders to visit for each value, at least 1. Default: 24.
    #[must_use]
    pub fn visits(mut self, visits: usize) -> Self {
        self.0.visits = visits;
        self
    }

    /// The fewest visited values that a candidate shares. Default: 2.
    #[must_use]
    pub fn min_shared(mut self, values: u32) -> Self {
        self.0.min_shared = values;
        self
    }

    /// The least share of the smaller signature that a candidate shares, 0 to 1. Default: 0.04.
    #[must_use]
    pub fn min_share(mut self, share: f64) -> Self {
        self.0.min_share = share;
        self
    }

    /// The bits that a candidate must carry beyond what chance shows. Default: 5.
    #[must_use]
    pub fn margin(mut self, bits: f64) -> Self {
        self.0.margin = bits;
        self
    }

    /// The most candidates of one document, the strongest. Default: 32.
    #[must_use]
    pub fn most_candidates(mut self, most: usize) -> Self {
        self.0.most = most;
        self
    }

    /// The rules.
    ///
    /// # Errors
    /// When visits are 0 or more than 2³¹, the share is not in \[0, 1\], or the margin is not a number.
    pub fn build(self) -> Result<PostingsRules> {
        let rules = self.0;
        if !(1..=1 << 31).contains(&rules.visits) {
            Err(Error::parameter("visits", rules.visits, "choose 1 to 2³¹; 24 is usual"))
        } else if !(0.0..=1.0).contains(&rules.min_share) {
            Err(Error::parameter("min_share", rules.min_share, "choose 0 to 1; 0.04 is usual"))
        } else if !rules.margin.is_finite() {
            Err(Error::parameter("margin", rules.margin, "choose a number of bits; 5 is usual"))
        } else {
            Ok(rules)
        }
    }
}

/// A document that shares enough to be worth verifying, and the evidence for it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PostingsCandidate {
    /// The document.
    pub document: DocId,
    /// The visited values that both have: all that they share but those whose holders are too many.
    pub shared: u32,
    /// `shared` as a share of the smaller signature at the coarser scale, 0 to 1 and seldom a little
    /// above: the smaller signature is counted by its expected size there.
    pub share: f32,
    /// What the shared values tell, Σ log₂((N + 1024) / df), in bits.
    pub information: f32,
    /// What orders candidates: the rare shared bits per shingle of the smaller document.
    pub strength: f32,
}

/// What the index knows of a document beside its values.
#[derive(Clone, Copy, Debug)]
struct Document {
    values: u32,
    scale: u32,
    /// The sum of its values: orders documents of one size by what they are, not by when they came.
    digest: u64,
}

impl Document {
    fn new(signature: &FracMinHashSignature) -> Self {
        Self {
            values: u32::try_from(signature.values().len()).unwrap_or(u32::MAX),
            scale: signature.scale(),
            digest: signature.values().iter().fold(0, |sum, &value| sum.wrapping_add(value)),
        }
    }

    /// The number of its shingles, as the values tell it.
    fn size(self) -> u64 {
        u64::from(self.values) * u64::from(self.scale)
    }
}

/// The 32 bits by which the index knows a value: the low ones, which the scale does not thin out.
fn key(value: u64) -> u32 {
    value as u32
}

/// A value's holder: the key above, the holder below, so that sorting groups holders and orders them.
fn posting(key: u32, holder: u32) -> u64 {
    u64::from(key) << 32 | u64::from(holder)
}

fn key_of(posting: u64) -> u32 {
    (posting >> 32) as u32
}

fn holder_of(posting: u64) -> u32 {
    posting as u32
}

/// log₂ x in 256ths, rounded down, by repeated squaring: the same bits on every machine, which `log2`
/// of a float does not promise. 0 for 0.
fn log2(x: u64) -> u64 {
    let whole = u64::from(x.max(1).ilog2());
    // The mantissa in [1, 2) with 31 bits after the point.
    let mut mantissa = if whole > 31 { x >> (whole - 31) } else { x.max(1) << (31 - whole) };
    let mut log = whole;
    for _ in 0..8 {
        mantissa = (mantissa * mantissa) >> 31;
        let bit = mantissa >> 32;
        mantissa >>= bit;
        log = log << 1 | bit;
    }
    log
}

/// The positions of a list of `len` holders that are visited: the first `visits` and the last.
fn visited(len: usize, visits: usize) -> impl Iterator<Item = usize> {
    let head = len.min(visits);
    (0..head).chain(len.saturating_sub(visits).max(head)..len)
}

/// What a document found in the lists of its values, and room to count it; used again for the next document.
#[derive(Debug, Default)]
pub(crate) struct PostingsScratch {
    /// The holders that are visited, value after value.
    holders: Vec<u32>,
    /// What each value tells, and where its holders end.
    weights: Vec<(Weight, usize)>,
    /// The portions of all own values, in 65,536ths, those with no other holder included.
    portions: u64,
    /// The own values that have another holder.
    held: u32,
    /// How often each holder may have been visited: by the low bits of its number, up to 255.
    counts: Vec<u8>,
    /// Where a holder stands in `found`, one more than that; 0 for nowhere.
    slots: Vec<u32>,
    found: Vec<Found>,
    /// Where the lists of the own values begin and end, and their first holders.
    lists: Vec<(u32, u32, u32)>,
}

/// The places in `counts`, which fit the first cache. A document visits some 3,000 holders: one in ten of those that
/// share one value is taken for a second visit of another, and costs a look at its slot.
const COUNTS: usize = 1 << 15;

/// A holder, and what it was found to share.
#[derive(Clone, Copy, Debug)]
struct Found {
    holder: u32,
    values: u32,
    /// Sums over the shared values.
    weight: Weight,
}

/// What a shared value tells.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    /// Its bits, in 256ths.
    bits: u64,
    /// The portion of its holders that is visited, of all documents at most 1, in 65,536ths.
    portion: u64,
    /// Bits · portion, in 65,536ths.
    rare: u64,
}

impl PostingsScratch {
    /// Begins a document of which so many values have no other holder.
    fn begin(&mut self, alone: u64) {
        self.holders.clear();
        self.weights.clear();
        self.held = 0;
        self.portions = alone << 16;
    }

    /// Adds up what each holder shares that was visited more than once; all of them when `all`.
    fn sum(&mut self, all: bool) {
        let Self { holders, weights, counts, slots, found, .. } = self;
        let place = |holder: u32| holder as usize % COUNTS;
        counts.clear();
        counts.resize(COUNTS, 0);
        for &holder in holders.iter() {
            let count = &mut counts[place(holder)];
            *count = count.saturating_add(1);
        }
        let least = if all { 1 } else { 2 };
        found.clear();
        slots.clear();
        slots.resize((2 * holders.len()).next_power_of_two(), 0);
        let mask = slots.len() - 1;
        let mut start = 0;
        for &(weight, end) in weights.iter() {
            for &holder in holders[start..end].iter().filter(|&&holder| counts[place(holder)] >= least) {
                let mut slot = (holder.wrapping_mul(0x9e37_79b1) >> 7) as usize & mask;
                while slots[slot] != 0 && found[slots[slot] as usize - 1].holder != holder {
                    slot = (slot + 1) & mask;
                }
                if slots[slot] == 0 {
                    found.push(Found { holder, values: 0, weight: Weight::default() });
                    slots[slot] = found.len() as u32;
                }
                let sums = &mut found[slots[slot] as usize - 1];
                sums.values += 1;
                sums.weight.bits += weight.bits;
                sums.weight.portion += weight.portion;
                sums.weight.rare += weight.rare;
            }
            start = end;
        }
    }
}

/// What turns visits into candidates.
#[derive(Clone, Copy, Debug)]
struct Judge {
    rules: PostingsRules,
    /// log₂ of the documents and the background, in 256ths.
    log_documents: u64,
}

impl Judge {
    fn new(rules: PostingsRules, documents: usize) -> Self {
        Self { rules, log_documents: log2(documents as u64 + BACKGROUND) }
    }

    /// Visits a list of `len` earlier holders of a value that `frequency` documents hold.
    fn visit(
        &self,
        frequency: usize,
        len: usize,
        holder: impl Fn(usize) -> u32,
        scratch: &mut PostingsScratch,
    ) {
        scratch.holders.extend(visited(len, self.rules.visits).map(holder));
        let bits = self.log_documents.saturating_sub(log2(frequency as u64));
        let (frequency, most) = (frequency.max(1) as u64, 2 * self.rules.visits as u64);
        let portion = (most.min(frequency) << 16) / frequency;
        scratch.portions += portion;
        scratch.held += u32::from(frequency > 1);
        let weight = Weight { bits, portion, rare: (bits * portion) >> 8 };
        scratch.weights.push((weight, scratch.holders.len()));
    }

    /// The candidates among the visited, strongest first, with the holder of each as its document.
    fn candidates(
        &self,
        own: Document,
        scratch: &mut PostingsScratch,
        documents: &[Document],
    ) -> Vec<PostingsCandidate> {
        scratch.sum(self.rules.min_shared < 2);
        let of_own = OfOwn { portions: scratch.portions.max(1) as f64, held: f64::from(scratch.held) };
        let enough = |found: &&Found| found.values >= self.rules.min_shared;
        let candidate = |found: &Found| self.candidate(own, documents[found.holder as usize], found, of_own);
        let mut found: Vec<PostingsCandidate> =
            scratch.found.iter().filter(enough).filter_map(candidate).collect();
        let order = |c: &PostingsCandidate| {
            // Not negative and not NaN, so the bits order as the numbers do.
            (Reverse(c.strength.to_bits()), Reverse(c.shared), c.document)
        };
        if found.len() > self.rules.most {
            found.select_nth_unstable_by_key(self.rules.most, order);
            found.truncate(self.rules.most);
        }
        found.sort_unstable_by_key(order);
        found
    }

    /// The other document as a candidate of this one, if they share enough.
    fn candidate(
        &self,
        own: Document,
        other: Document,
        found: &Found,
        of_own: OfOwn,
    ) -> Option<PostingsCandidate> {
        let scale = f64::from(own.scale.max(other.scale));
        let size = own.size().min(other.size()).max(1) as f64;
        let share = f64::from(found.values) * scale / size;
        let portion = found.weight.portion as f64 / of_own.portions * scale / f64::from(own.scale);
        let PostingsRules { min_share, margin, .. } = self.rules;
        if share < min_share && portion < min_share {
            return None;
        }
        let information = found.weight.bits as f64 / 256.0;
        if share < 0.5 {
            let chances = (size / scale).min(of_own.held * f64::from(own.scale) / scale);
            if information < self.needed(found.values, chances) + margin {
                return None;
            }
        }
        Some(PostingsCandidate {
            document: DocId(found.holder),
            shared: found.values,
            share: share as f32,
            information: information as f32,
            strength: (found.weight.rare as f64 / 65536.0 * scale / (size + BESIDE)) as f32,
        })
    }

    /// The bits that chance shows when `shared` of so many values are the same.
    fn needed(&self, shared: u32, values: f64) -> f64 {
        let documents = self.log_documents.saturating_sub(log2(BACKGROUND)) as f64 / 256.0;
        documents * PER_DOUBLING + log2_ways(f64::from(shared.max(1)), values)
    }
}

/// log₂ of the ways to choose m of n things, by Stirling's formula for m much less than n.
fn log2_ways(m: f64, n: f64) -> f64 {
    m * (std::f64::consts::LOG2_E + libm::log2((n / m).max(1.0)))
        - 0.5 * libm::log2(std::f64::consts::TAU * m)
}

/// What candidates are measured by of the document that asks.
#[derive(Clone, Copy, Debug)]
struct OfOwn {
    /// The portions of all its values.
    portions: f64,
    /// The values that have another holder.
    held: f64,
}

/// Sorted postings and a directory into them.
#[derive(Clone, Debug, Default)]
struct Sorted {
    postings: Vec<u64>,
    /// Where the postings begin whose keys have the leading bits i; one more at the end.
    starts: Vec<u32>,
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
                self.starts.resize(place + 1, i as u32);
            }
        }
        self.starts.resize((1 << self.bits) + 1, self.postings.len() as u32);
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
/// 8 bytes a value of a document, 16 a document, and half a byte a value for the directory. A batch drops
/// the values with one holder, and takes about 9 bytes for each other; while it is built, 4 for each value beside them.
/// Counted by an allocator, for generated stories of 2,350 letters (195 values at scale 12): the index 1.6 KB a
/// document, at its peak too; the batch 1.5 KB, 1.8 at its peak, and 1.9 and 2.0 where every story is there twice, beside
/// the signatures that it is built of. (`tests/wire_memory.rs`; the `wire` preset takes 1.5 and 1.7 KB at its peak in all.) Values are told
/// apart by 32 of their bits: among 60 million distinct ones 1.4 % have a stranger among their holders.
///
/// # Example
/// ```
/// use reprint::lsh::PostingsIndex;
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
            + 4 * self.sorted.starts.capacity()
            + size_of::<Document>() * self.documents.capacity()
            // A key, a vector and a control byte for each place; four holders are the least a vector takes.
            + 33 * self.recent.capacity()
            + self.recent.values().map(|holders| 4 * holders.capacity()).sum::<usize>()
    }

    /// Adds a document, whose number is the count of those before it, in amortised O(32 k) for k values.
    ///
    /// # Errors
    /// When the signature has another seed or format version than the first, or there are 2³² − 1
    /// documents or values already.
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
        let values = self.sorted.postings.len() + self.recent_values + signature.values().len();
        if self.documents.len() >= u32::MAX as usize {
            return Err(Error::too_many("documents in one index", u32::MAX as usize));
        }
        if values > u32::MAX as usize {
            return Err(Error::too_many("values in one index", u32::MAX as usize));
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
    /// as [`PostingsBatch`] answers for the last document of its order. O(v·k) for k values.
    ///
    /// # Errors
    /// When the signature has another seed or format version.
    pub fn query(&self, signature: &FracMinHashSignature) -> Result<Vec<PostingsCandidate>> {
        self.check(signature)?;
        let judge = Judge::new(self.rules, self.documents.len() + 1);
        let mut scratch = PostingsScratch::default();
        for &value in signature.values() {
            let (sorted, recent) = self.holders(key(value));
            let holder = |i: usize| sorted.get(i).map_or_else(|| recent[i - sorted.len()], |&p| holder_of(p));
            let len = sorted.len() + recent.len();
            judge.visit(len + 1, len, holder, &mut scratch);
        }
        Ok(judge.candidates(Document::new(signature), &mut scratch, &self.documents))
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
    fn of_sorted(rules: PostingsRules, documents: &[Document], mut postings: Vec<u64>) -> Self {
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

    /// The number of documents that hold a value, as [`PostingsIndex::frequency`]; at most 1 is given as 0.
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
    use super::*;

    #[test]
    fn log2_is_right_to_a_256th() {
        let large = (0..64).flat_map(|bit| [1u64 << bit, (1 << bit) + 1, (1u64 << bit).wrapping_mul(3) / 2]);
        for x in (1..3000).chain(large).filter(|&x| x > 0) {
            let exact = (x as f64).log2() * 256.0;
            assert!((-1.01..=0.01).contains(&(log2(x) as f64 - exact)), "{x}: {} {exact}", log2(x));
        }
        assert_eq!((log2(0), log2(1), log2(1024), log2(1 << 63)), (0, 0, 2560, 63 * 256));
    }

    #[test]
    fn first_and_last_are_visited_once() {
        let positions = |len, visits| visited(len, visits).collect::<Vec<_>>();
        assert!(positions(0, 2).is_empty());
        assert_eq!(positions(3, 2), [0, 1, 2]);
        assert_eq!(positions(4, 2), [0, 1, 2, 3]);
        assert_eq!(positions(9, 2), [0, 1, 7, 8]);
    }

    /// Keys with runs of one, of some and of many holders, at both ends of the key space too.
    fn postings() -> Vec<u64> {
        let runs = [(0, 1), (5, 3), (6, 1), (1 << 20, 40), (1 << 31, 1), (u32::MAX - 1, 2), (u32::MAX, 17)];
        let rare = (0..500).map(|i| (i * 8_388_608 + 99, 1));
        let lists = runs.into_iter().chain(rare);
        let mut all: Vec<u64> =
            lists.flat_map(|(key, n)| (0..n).map(move |holder| posting(key, holder))).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn the_directory_finds_every_list() {
        let mut sorted = Sorted::default();
        assert!(sorted.of(7).is_empty());
        let all = postings();
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

    #[test]
    fn single_postings_go() {
        let all = postings();
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
    fn ways_are_those_of_pascals_triangle() {
        for n in 1_u32..200 {
            let mut ways = 1.0_f64;
            for m in 1..=n / 5 {
                ways *= f64::from(n - m + 1) / f64::from(m);
                let error = log2_ways(f64::from(m), f64::from(n)) - ways.log2();
                assert!((-0.3..=0.16 * f64::from(m) + 0.3).contains(&error), "{m} of {n}: {error}");
            }
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
