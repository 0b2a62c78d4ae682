//! Boilerplate: text that stands on many pages beside stories of their own.

use std::cmp::Reverse;
use std::ops::Range;

use super::values::{self, TextEnds};
use crate::hash::splitmix;
use crate::index::PostingsBatch;
use crate::parallel::{self, Pool};
use crate::progress::{Stage, Ticker};
use crate::shingle::{ShingleBuffer, Shingler};
use crate::sketch::FracMinHasher;
use crate::text::Places;
use crate::{Error, Result};

/// Holders that are looked at of each group of values. Eight give 28 pairs: enough to tell .85 from .6.
const SAMPLE: usize = 8;

/// Values that must have the same sampled holders, for these to be looked at. Nearly all groups of fewer are chance; a
/// block of 100 letters has five values or more.
const VALUES: usize = 3;

/// Documents that hold a value at least: of one source, and of sources that are not known.
const HOLDERS_IN_SOURCE: usize = 3;
const HOLDERS: usize = 4;

/// What holders have beside a block is their own when it is so many letters at least, and a tenth of the document.
const REST_IN_SOURCE: u64 = 100;
const REST: u64 = 150;

/// In percent; a rest of so many letters is large beside any block.
const LARGE_REST: u64 = 500;
const REST_PART: u64 = 10;

/// Two rests that share no more than this part of the smaller are of two stories.
const SHARED_REST: f64 = 0.2;

/// The pairs of holders whose rests are of two stories, at least.
const DIFFERENT: f64 = 0.85;

/// The letters of a block at least, in values that are no commoner than this many times the value looked at.
const BLOCK: f64 = 100.0;
const COMMONER: f64 = 2.5;

/// The part of one holder's block that another has, at least.
const STABLE: f64 = 0.6;

/// The holders that begin and end with the block, at least: enough alone.
const ENCLOSED: f64 = 0.7;

/// With many holders it is enough that half begin or end with it, and that half have a rest much rarer than it.
const MANY: f64 = 24.0;
const HALF: f64 = 0.5;

/// The holders, at least, that begin with a comment whose values are the block's, so many of one and of the other, for
/// the block to stand: the licence over source files. Their rests are as small as source files are.
const COMMENTED: f64 = 0.85;
const COMMENT_IS_BLOCK: f64 = 0.75;
const REST_OF_CODE: u64 = 1;

/// Of so few holders all must agree, on a block of so many letters.
const FEW: usize = 4;
const BLOCK_OF_FEW: f64 = 300.0;
const STABLE_OF_FEW: f64 = 0.95;

/// From here on, a document that has some of a block's values has the block: all of its values stand in it.
const STABLE_WHOLE: f64 = 0.85;
const DIFFERENT_WHOLE: f64 = 0.9;
/// So many of them, and of the blocks of one document at most so many.
const CARRIERS: u32 = 3;
const BLOCKS: usize = 8;

/// A document of which less is its own is looked at as a whole: it is nothing but boilerplate.
const OWN_LETTERS: usize = 40;
/// A document of which less stands is looked at as a whole: a phrase is no boilerplate.
const STANDING_SHARE: f64 = 0.05;

/// No source is known.
const UNKNOWN: u32 = u32::MAX;

/// What a corpus says about boilerplate: the values ([`FracMinHasher`](crate::sketch::FracMinHasher)) of texts that
/// recur in documents which differ otherwise, such as menus, notices, licences and tag lines.
///
/// A value is known by its low 32 bits, as in the postings.
///
/// # How it is found
/// From the lists of holders alone, in one pass. The *group* of a value is its holders from one source, three or more;
/// of documents whose source is not known, four or more. Values whose groups have the same eight holders of least hash
/// are judged together. Their *block* is what half of the eight have; a holder's *rest* is what it has beside it. The
/// values stand when
/// - in 85 % of the pairs both rests are large (100 letters, 150 without sources, and a tenth of the document)
///   and share at most a fifth of the smaller;
/// - the block has 100 letters or more in values at most 2.5 times as common, and holders have on average 60 % of each
///   other's block;
/// - without sources also: 70 % of the holders begin *and* end with the block; or there are 24 holders or more, half of
///   which begin *or* end with it, and half of which have a rest a quarter of whose values have at most half as many
///   holders. A story that is printed in other surroundings each time looks like boilerplate but for that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Boilerplate {
    /// Of the values; none of what is empty.
    seed: Option<u64>,
    /// Ascending and distinct.
    blocks: Vec<BoilerplateBlock>,
    /// The key, then the place of its block · 2, and 1 for carriers; ascending.
    entries: Vec<(u32, u32)>,
}

/// A text that stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BoilerplateBlock {
    source: Option<u32>,
    /// The values that were judged: they stand wherever they are.
    carriers: Vec<u32>,
    /// Those that stand in documents with some carriers.
    members: Vec<u32>,
}

impl BoilerplateBlock {
    /// The source on whose pages it stands; none where sources were not known.
    pub fn source(&self) -> Option<u32> {
        self.source
    }

    /// The low 32 bits of the values that stand wherever they are, ascending.
    pub fn carriers(&self) -> &[u32] {
        &self.carriers
    }

    /// The low 32 bits of the values that stand in documents with three carriers, ascending.
    pub fn members(&self) -> &[u32] {
        &self.members
    }
}

/// A group of values with the same sampled holders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    /// Of the sampled holders and the source.
    samples: u64,
    source: u32,
    holders: u32,
    list: u32,
}

impl Boilerplate {
    /// What the postings of a corpus say. `ends` and `sources` are by number of document; a source of `u32::MAX` is not
    /// known. In O(K) for K values, and O(K log K) with sources.
    pub(crate) fn measure(
        batch: &PostingsBatch,
        hasher: FracMinHasher,
        ends: &[TextEnds],
        sources: Option<&[u32]>,
    ) -> Self {
        let order = batch.order();
        let measure = Measure {
            batch,
            ends,
            sources: sources.map(|of| order.iter().map(|id| of[id.index()]).collect()),
            ranks: (0..order.len()).map(|place| splitmix(batch.digest(place))).collect(),
        };
        let values = measure.values();
        let same = |a: &Value, b: &Value| (a.samples, a.source) == (b.samples, b.source);
        let groups: Vec<&[Value]> = values.chunk_by(same).filter(|group| group.len() >= VALUES).collect();
        let ticker = Ticker::new(None, Stage::Candidates, 0);
        let judged = parallel::map(&groups, &ticker, &Pool::<Scratch>::default(), |scratch, _, group| {
            measure.judge(scratch, group)
        });
        Self::of_blocks(hasher.params().seed(), judged.into_iter().flatten().collect())
    }

    fn of_blocks(seed: u64, mut blocks: Vec<BoilerplateBlock>) -> Self {
        blocks.sort_unstable();
        blocks.dedup();
        let mut entries: Vec<(u32, u32)> = Vec::new();
        for (block, number) in blocks.iter().zip((0_u32..).step_by(2)) {
            entries.extend(block.members.iter().map(|&key| (key, number)));
            entries.extend(block.carriers.iter().map(|&key| (key, number + 1)));
        }
        entries.sort_unstable();
        let seed = (!blocks.is_empty()).then_some(seed);
        Self { seed, blocks, entries }
    }

    /// The blocks, in an order that depends on nothing but them.
    pub fn blocks(&self) -> &[BoilerplateBlock] {
        &self.blocks
    }

    /// True when nothing was found to stand.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// What two corpora say: the blocks of both. The same for either order.
    ///
    /// # Errors
    /// When their values are of different seeds.
    pub fn merged(mut self, other: Self) -> Result<Self> {
        match (self.seed, other.seed) {
            (Some(a), Some(b)) if a != b => Err(Error::mismatch("seed", a, b)),
            (a, b) => {
                self.blocks.extend(other.blocks);
                Ok(Self::of_blocks(a.or(b).unwrap_or_default(), self.blocks))
            }
        }
    }

    /// The identity: equal for what is equal, whatever made it.
    pub fn digest(&self) -> u64 {
        let add = |digest: u64, value: u64| splitmix(digest ^ value);
        self.blocks.iter().fold(self.seed.map_or(0, splitmix), |digest, block| {
            let source = block.source.map_or(0, |source| 1 << 32 | u64::from(source));
            let lengths = (block.carriers.len() as u64) << 32 | block.members.len() as u64;
            let keys = block.carriers.iter().chain(&block.members).map(|&key| u64::from(key));
            keys.fold(add(add(digest, source), lengths), add)
        })
    }

    /// The bytes of a text that are boilerplate, as ranges that neither touch nor overlap, in order: of a text from
    /// `source`, or from one that is not known, for which all blocks count. Nothing of a text that has hardly anything
    /// beside boilerplate, which is compared as a whole. O(bytes).
    pub fn spans(&self, text: &str, source: Option<u32>) -> Vec<Range<usize>> {
        let Some(seed) = self.seed else { return Vec::new() };
        let hasher = FracMinHasher::of_seed(seed);
        let (mut buffer, mut grams, mut marks) = (ShingleBuffer::default(), Vec::new(), Vec::new());
        Shingler::letters().hash_into(text, &mut buffer);
        let scale = values::signature(hasher, buffer.hashes()).scale();
        values::grams(hasher, &buffer, scale, &mut grams);
        self.marks(buffer.letters().codes().len(), &grams, source, &mut marks);
        let mut letter = 0;
        let places = Places::of(text);
        let runs = marks.chunk_by(|a, b| a == b).map(|run| {
            letter += run.len();
            (run[0], letter - run.len()..letter)
        });
        runs.filter(|(stands, _)| *stands).map(|(_, letters)| places.bytes(letters)).collect()
    }

    /// The entries of a key that hold for documents of a source.
    fn of_key(&self, key: u32, source: Option<u32>) -> impl Iterator<Item = (usize, bool)> + '_ {
        let start = self.entries.partition_point(|&(other, _)| other < key);
        let same = self.entries[start..].iter().take_while(move |&&(other, _)| other == key);
        let blocks = same.map(|&(_, entry)| (entry as usize / 2, entry % 2 == 1));
        blocks.filter(move |&(block, _)| match (self.blocks[block].source, source) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        })
    }

    /// For each of a document's values, given by their keys, whether it stands there.
    fn standing(&self, keys: &[u32], source: Option<u32>) -> Vec<bool> {
        let found: Vec<(usize, usize, bool)> = (0..)
            .zip(keys)
            .flat_map(|(i, &key)| self.of_key(key, source).map(move |(block, carrier)| (i, block, carrier)))
            .collect();
        let mut carriers: Vec<usize> = found.iter().filter(|f| f.2).map(|f| f.1).collect();
        let mut standing = vec![false; keys.len()];
        if carriers.is_empty() {
            return standing;
        }
        carriers.sort_unstable();
        let mut whole: Vec<(u32, usize)> = carriers
            .chunk_by(|a, b| a == b)
            .map(|same| (same.len() as u32, same[0]))
            .filter(|&(count, _)| count >= CARRIERS)
            .collect();
        whole.sort_unstable_by_key(|&(count, block)| (Reverse(count), block));
        whole.truncate(BLOCKS);
        for (i, block, carrier) in found {
            standing[i] |= carrier || whole.iter().any(|&(_, other)| other == block);
        }
        standing
    }

    /// Which of a text's letters stand: of `letters` letters, the grams that are kept begin and end at the places given
    /// with their values, in the order of the text. Empty when none do, when the text has hardly any other letters, or
    /// when hardly any of its values stand.
    pub(crate) fn marks(
        &self,
        letters: usize,
        grams: &[(Range<usize>, u64)],
        source: Option<u32>,
        marks: &mut Vec<bool>,
    ) {
        marks.clear();
        if self.is_empty() {
            return;
        }
        let keys: Vec<u32> = grams.iter().map(|&(_, value)| value as u32).collect();
        let standing = self.standing(&keys, source);
        let count = standing.iter().filter(|&&stands| stands).count();
        if count == 0 || (count as f64) < STANDING_SHARE * keys.len() as f64 {
            return;
        }
        marks.resize(letters, false);
        // What lies between a standing gram and one that is not may be either: it tells nothing, so it is left out with
        // what stands.
        let (mut decided, mut after_standing) = (0, false);
        for ((gram, _), stands) in grams.iter().zip(standing) {
            if stands || after_standing {
                let end = if stands { gram.end } else { gram.start.max(decided) };
                marks[decided..end].fill(true);
            }
            decided = decided.max(gram.end);
            after_standing = stands;
        }
        if after_standing {
            marks[decided..].fill(true);
        }
        if marks.iter().filter(|&&standing| !standing).count() < OWN_LETTERS {
            marks.clear();
        }
    }

    /// For each document of a batch, by place, whether anything may stand in it; and, for each of its lists, one
    /// document after the other as in [`PostingsBatch::own_lists`], whether its value stands there.
    pub(crate) fn in_batch(&self, batch: &PostingsBatch, sources: Option<&[u32]>) -> (Vec<bool>, Vec<bool>) {
        let mut carries = vec![false; batch.keys().len()];
        let mut known = carries.clone();
        let mut next = 0;
        for (list, &key) in batch.keys().iter().enumerate() {
            while self.entries.get(next).is_some_and(|&(other, _)| other < key) {
                next += 1;
            }
            let same = self.entries[next..].iter().take_while(|&&(other, _)| other == key);
            for &(_, entry) in same {
                known[list] = true;
                carries[list] |= entry % 2 == 1;
            }
        }
        let places: Vec<usize> = (0..batch.order().len()).collect();
        let ticker = Ticker::new(None, Stage::Candidates, 0);
        let of_place = |_: &mut (), _: usize, &place: &usize| {
            let own = batch.own_lists(place);
            let any = own.iter().any(|&list| carries[list as usize]);
            if !any {
                return (false, vec![false; own.len()]);
            }
            let source = sources.map(|of| of[batch.order()[place].index()]).filter(|&s| s != UNKNOWN);
            let keys: Vec<u32> = own.iter().map(|&list| batch.keys()[list as usize]).collect();
            let mut standing = self.standing(&keys, source);
            let count = standing.iter().filter(|&&stands| stands).count();
            let (values, scale) = batch.values(place);
            let own_letters = (u64::from(values) - count as u64) * u64::from(scale);
            if own_letters < OWN_LETTERS as u64 || (count as f64) < STANDING_SHARE * f64::from(values) {
                standing.fill(false);
            }
            (true, standing)
        };
        let found = parallel::map(&places, &ticker, &Pool::default(), of_place);
        let any = found.iter().map(|(any, _)| *any).collect();
        (any, found.into_iter().flat_map(|(_, standing)| standing).collect())
    }
}

/// The postings, read for what stands.
struct Measure<'a> {
    batch: &'a PostingsBatch,
    /// By number of document.
    ends: &'a [TextEnds],
    /// By place.
    sources: Option<Vec<u32>>,
    /// By place: a hash of what the document holds, so that the sample depends on no order.
    ranks: Vec<u64>,
}

/// A sampled holder.
#[derive(Clone, Debug, Default)]
struct Holder {
    place: usize,
    /// The block's lists that it has, and its others, ascending.
    block: Vec<u32>,
    rest: Vec<u32>,
}

#[derive(Debug, Default)]
struct Scratch {
    lists: Vec<u32>,
    frequencies: Vec<u32>,
    samples: Vec<(u64, u32)>,
}

impl Measure<'_> {
    /// The values that enough documents hold, with their samples, in the order of these.
    fn values(&self) -> Vec<Value> {
        const LISTS: usize = 256;
        let least = if self.sources.is_some() { HOLDERS_IN_SOURCE } else { HOLDERS };
        let starts: Vec<usize> = (0..self.batch.keys().len()).step_by(LISTS).collect();
        let ticker = Ticker::new(None, Stage::Candidates, 0);
        let of_lists = |room: &mut (Vec<(u32, u32)>, Vec<(u64, u32)>), _: usize, &start: &usize| {
            let (by_source, samples) = room;
            let mut values = Vec::new();
            for list in start..(start + LISTS).min(self.batch.keys().len()) {
                let holders = self.batch.list(list);
                if holders.len() < least {
                    continue;
                }
                let Some(sources) = &self.sources else {
                    self.add(list, UNKNOWN, holders.iter().copied(), samples, &mut values);
                    continue;
                };
                by_source.clear();
                by_source.extend(holders.iter().map(|&place| (sources[place as usize], place)));
                by_source.sort_unstable();
                for group in by_source.chunk_by(|a, b| a.0 == b.0) {
                    let least = if group[0].0 == UNKNOWN { HOLDERS } else { HOLDERS_IN_SOURCE };
                    if group.len() >= least {
                        self.add(list, group[0].0, group.iter().map(|g| g.1), samples, &mut values);
                    }
                }
            }
            values
        };
        let found = parallel::map(&starts, &ticker, &Pool::default(), of_lists);
        let mut values: Vec<Value> = found.into_iter().flatten().collect();
        values.sort_unstable();
        values
    }

    fn add(
        &self,
        list: usize,
        source: u32,
        holders: impl ExactSizeIterator<Item = u32>,
        samples: &mut Vec<(u64, u32)>,
        values: &mut Vec<Value>,
    ) {
        let count = holders.len() as u32;
        self.sample(holders, samples);
        if samples.len() >= HOLDERS_IN_SOURCE {
            let start = splitmix(u64::from(source));
            let samples = samples.iter().fold(start, |hash, &(_, place)| splitmix(hash ^ u64::from(place)));
            values.push(Value { samples, source, holders: count, list: list as u32 });
        }
    }

    /// The holders of least rank, those that hold the same counted once.
    fn sample(&self, holders: impl Iterator<Item = u32>, samples: &mut Vec<(u64, u32)>) {
        samples.clear();
        for place in holders {
            let rank = self.ranks[place as usize];
            if samples.len() == SAMPLE && rank >= samples[SAMPLE - 1].0 {
                continue;
            }
            let at = samples.partition_point(|&(other, _)| other < rank);
            if samples.get(at).is_some_and(|&(other, _)| other == rank) {
                continue;
            }
            samples.truncate(SAMPLE - 1);
            samples.insert(at, (rank, place));
        }
    }

    /// The block of the values that have the same samples, if they stand.
    fn judge(&self, scratch: &mut Scratch, group: &[Value]) -> Option<BoilerplateBlock> {
        let value = group[group.len() / 2];
        let known = value.source != UNKNOWN;
        let holders = self.batch.list(value.list as usize).iter().copied();
        match &self.sources {
            None => self.sample(holders, &mut scratch.samples),
            Some(sources) => {
                let of_source = |&place: &u32| sources[place as usize] == value.source;
                self.sample(holders.filter(of_source), &mut scratch.samples);
            }
        }
        let block = self.block(scratch);
        let holders: Vec<Holder> = scratch.samples.iter().map(|s| self.holder(s.1 as usize, &block)).collect();
        let k = holders.len();
        let comment = self.share_commented(&holders) >= COMMENTED;
        let (least_rest, part) = match (comment, known) {
            (true, _) => (REST_OF_CODE, 0),
            (false, true) => (REST_IN_SOURCE, REST_PART),
            (false, false) => (REST, REST_PART),
        };
        let different = self.different(&holders, least_rest, part);
        if different < DIFFERENT {
            return None;
        }
        let stable = stable(&holders);
        if stable < STABLE {
            return None;
        }
        let most = COMMONER * f64::from(value.holders);
        let letters = |holder: &Holder| {
            let rare = holder.block.iter().filter(|&&list| self.batch.list(list as usize).len() as f64 <= most);
            rare.count() as f64 * f64::from(self.batch.values(holder.place).1)
        };
        let block_letters = holders.iter().map(letters).sum::<f64>() / k as f64;
        if block_letters < BLOCK {
            return None;
        }
        if !known && !comment {
            let ends = self.share_with_ends(&holders, &block);
            let enclosed = ends.0 >= ENCLOSED;
            let beside_rare = f64::from(value.holders) >= MANY
                && ends.1 >= HALF
                && self.share_rare(scratch, &holders, f64::from(value.holders)) >= HALF;
            if !(enclosed || beside_rare) {
                return None;
            }
            let agree = different >= 1.0 && stable >= STABLE_OF_FEW && ends.0 >= 1.0;
            if k <= FEW && !(agree && block_letters >= BLOCK_OF_FEW) {
                return None;
            }
        }
        let keys = |lists: &mut dyn Iterator<Item = u32>| -> Vec<u32> {
            lists.map(|list| self.batch.keys()[list as usize]).collect()
        };
        let mut carriers = keys(&mut group.iter().map(|value| value.list));
        carriers.sort_unstable();
        let whole = stable >= STABLE_WHOLE && different >= DIFFERENT_WHOLE;
        let mut members = if whole { keys(&mut block.iter().copied()) } else { Vec::new() };
        members.retain(|key| carriers.binary_search(key).is_err());
        Some(BoilerplateBlock { source: known.then_some(value.source), carriers, members })
    }

    /// The lists that half of the samples have, ascending.
    fn block(&self, scratch: &mut Scratch) -> Vec<u32> {
        let Scratch { lists, samples, .. } = scratch;
        lists.clear();
        lists.extend(samples.iter().flat_map(|&(_, place)| self.batch.own_lists(place as usize)));
        lists.sort_unstable();
        let half = samples.len().div_ceil(2);
        lists.chunk_by(|a, b| a == b).filter(|same| same.len() >= half).map(|same| same[0]).collect()
    }

    fn holder(&self, place: usize, block: &[u32]) -> Holder {
        let own = self.batch.own_lists(place).iter().copied();
        let (block, rest) = own.partition(|list| block.binary_search(list).is_ok());
        Holder { place, block, rest }
    }

    /// The pairs of holders both of which have a rest of `least` letters and so many percent, and not the same: their
    /// share.
    fn different(&self, holders: &[Holder], least: u64, percent: u64) -> f64 {
        let rest = |holder: &Holder| {
            let (values, scale) = self.batch.values(holder.place);
            let letters = (u64::from(values) - holder.block.len() as u64) * u64::from(scale);
            let enough = letters >= least && (letters >= LARGE_REST || 100 * letters >= percent * u64::from(values) * u64::from(scale));
            (enough, letters)
        };
        let rests: Vec<(bool, u64)> = holders.iter().map(rest).collect();
        let (mut pairs, mut different) = (0_u32, 0_u32);
        for (i, a) in holders.iter().enumerate() {
            for (j, b) in holders.iter().enumerate().take(i) {
                pairs += 1;
                if rests[i].0 && rests[j].0 {
                    let scale = self.batch.values(a.place).1.max(self.batch.values(b.place).1);
                    let shared = count_shared(&a.rest, &b.rest) as f64 * f64::from(scale);
                    different += u32::from(shared <= SHARED_REST * rests[i].1.min(rests[j].1) as f64);
                }
            }
        }
        f64::from(different) / f64::from(pairs.max(1))
    }

    /// The shares of the holders that begin and end with the block, and that begin or end with it.
    fn share_with_ends(&self, holders: &[Holder], block: &[u32]) -> (f64, f64) {
        let in_block = |&key: &u32| {
            let list = self.batch.keys().binary_search(&key);
            list.is_ok_and(|list| block.binary_search(&(list as u32)).is_ok())
        };
        let (mut both, mut either) = (0_u32, 0_u32);
        for holder in holders {
            let ends = self.ends[self.batch.order()[holder.place].index()].keys;
            let (head, foot) = (ends[..2].iter().any(in_block), ends[2..].iter().any(in_block));
            both += u32::from(head && foot);
            either += u32::from(head || foot);
        }
        (f64::from(both) / holders.len() as f64, f64::from(either) / holders.len() as f64)
    }

    /// The share of the holders whose block is the comment that they begin with.
    fn share_commented(&self, holders: &[Holder]) -> f64 {
        let is_comment = |holder: &&Holder| {
            let comment = f64::from(self.ends[self.batch.order()[holder.place].index()].comment);
            let block = holder.block.len() as f64;
            comment.min(block) > 0.0 && comment.min(block) >= COMMENT_IS_BLOCK * comment.max(block)
        };
        holders.iter().filter(is_comment).count() as f64 / holders.len() as f64
    }

    /// The share of the holders a quarter of whose rest is much rarer than a value of so many holders.
    fn share_rare(&self, scratch: &mut Scratch, holders: &[Holder], frequency: f64) -> f64 {
        let most = (frequency / 2.0).max(3.0);
        let rare = |holder: &&Holder| {
            let (values, _) = self.batch.values(holder.place);
            let all = values as usize - holder.block.len();
            let alone = values as usize - holder.block.len() - holder.rest.len();
            let frequencies = &mut scratch.frequencies;
            frequencies.clear();
            frequencies.extend(holder.rest.iter().map(|&list| self.batch.list(list as usize).len() as u32));
            frequencies.sort_unstable();
            let quarter = all / 4;
            quarter < alone || frequencies.get(quarter - alone).is_some_and(|&f| f64::from(f) < most)
        };
        holders.iter().filter(rare).count() as f64 / holders.len() as f64
    }
}

/// The mean part of one holder's block that another has.
fn stable(holders: &[Holder]) -> f64 {
    let (mut pairs, mut sum) = (0_u32, 0.0);
    for (i, a) in holders.iter().enumerate() {
        for b in &holders[..i] {
            let shared = count_shared(&a.block, &b.block) as f64;
            sum += shared / a.block.len().max(1) as f64 + shared / b.block.len().max(1) as f64;
            pairs += 2;
        }
    }
    sum / f64::from(pairs.max(1))
}

/// The numbers that two ascending lists share.
fn count_shared(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        shared += usize::from(a[i] == b[j]);
        (i, j) = (i + usize::from(a[i] <= b[j]), j + usize::from(b[j] <= a[i]));
    }
    shared
}
