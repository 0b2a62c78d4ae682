//! Which values stand: from the lists of their holders.

use super::boilerplate::{BoilerplateBlock, UNKNOWN};
use super::values::TextEnds;
use crate::Result;
use crate::hash::splitmix;
use crate::index::PostingsBatch;
use crate::parallel::{self, Pool};

/// Holders that are looked at of each group of values. Eight give 28 pairs: enough to tell .85 from .6.
const SAMPLE: usize = 8;

/// Values that must have the same sampled holders, for these to be looked at. Nearly all groups of fewer are
/// chance; a block of 100 letters has five values or more.
const VALUES: usize = 3;

/// Documents that hold a value at least: of one source, and of sources that are not known.
const HOLDERS_IN_SOURCE: usize = 3;
const HOLDERS: usize = 4;

/// What holders have beside a block is their own when it is so many letters in the mean, and such a part of
/// the document, in percent: of one source, and of sources that are not known. A rest of many letters is
/// large beside any block.
const REST: u64 = 60;
const REST_PART_IN_SOURCE: u64 = 10;
const REST_PART: u64 = 15;
const LARGE_REST: u64 = 500;

/// Each of the holders must have this part of that: rests are measured by samples of their values, so one of
/// eight is often below the mean.
const REST_OF_EACH: f64 = 0.5;

/// Two rests that share no more than this part of the smaller are of two stories.
const SHARED_REST: f64 = 0.2;

/// The pairs of holders whose rests are of two stories, at least.
const DIFFERENT: f64 = 0.85;

/// The letters of a block at least, in values that are no commoner than this many times the value looked at.
const BLOCK: f64 = 60.0;
const COMMONER: f64 = 2.5;

/// The part of one holder's block that another has, at least.
const STABLE: f64 = 0.6;

/// The holders that begin and end with the block, at least: enough alone.
const ENCLOSED: f64 = 0.7;

/// With many holders it is enough that half begin or end with it, and that half have a rest much rarer than
/// it.
const MANY: f64 = 24.0;
const HALF: f64 = 0.5;

/// The holders, at least, that begin with a comment whose values are the block's, so many of one and of the
/// other, for the block to stand: the licence over source files. Their rests are as small as source files
/// are.
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

/// A document of which less is its own is looked at as a whole: it is nothing but boilerplate.
const OWN_LETTERS: u32 = 40;
const OWN_LETTERS_OF_CODE: u32 = 8;

/// The blocks that stand, in no particular order. `ends` and `sources` are by number of document.
pub(super) fn blocks(
    batch: &PostingsBatch,
    ends: &[TextEnds],
    sources: Option<&[u32]>,
) -> Result<Vec<BoilerplateBlock>> {
    let order = batch.order();
    let measure = Measure {
        batch,
        ends,
        sources: sources.map(|of| order.iter().map(|id| of[id.index()]).collect()),
        ranks: (0..order.len()).map(|place| splitmix(batch.digest(place))).collect(),
    };
    let values = measure.values()?;
    let same = |a: &Value, b: &Value| (a.samples, a.source) == (b.samples, b.source);
    let groups: Vec<&[Value]> = values.chunk_by(same).filter(|group| group.len() >= VALUES).collect();
    let pool = Pool::<Scratch>::default();
    let judged = parallel::map(&groups, None, &pool, |scratch, _, group| -> Result<_> {
        Ok(measure.judge(scratch, group))
    })?;
    Ok(judged.into_iter().flatten().collect())
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

/// Holders by source, and samples.
type Room = (Vec<(u32, u32)>, Vec<(u64, u32)>);

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

/// What counts as a rest.
#[derive(Clone, Copy, Debug)]
struct RestRule {
    /// In letters.
    least: u64,
    /// Of the document.
    percent: u64,
    /// Whether pairs count in which one has none, and the mean of all must be enough.
    of_all: bool,
}

impl RestRule {
    /// Whether a rest of so many letters is at least such a part of what is asked of one in a document of so
    /// many.
    fn is_met(self, part: f64, letters: f64, size: f64) -> bool {
        let enough =
            letters >= part * LARGE_REST as f64 || 100.0 * letters >= part * self.percent as f64 * size;
        letters >= part * self.least as f64 && enough
    }
}

#[derive(Debug, Default)]
struct Scratch {
    lists: Vec<u32>,
    own: Vec<u32>,
    frequencies: Vec<u32>,
    samples: Vec<(u64, u32)>,
}

impl Measure<'_> {
    /// The values that enough documents hold, with their samples, in the order of these.
    fn values(&self) -> Result<Vec<Value>> {
        const LISTS: usize = 256;
        let least = if self.sources.is_some() { HOLDERS_IN_SOURCE } else { HOLDERS };
        let starts: Vec<usize> = (0..self.batch.keys().len()).step_by(LISTS).collect();
        let of_lists = |room: &mut Room, _: usize, &start: &usize| -> Result<_> {
            let (by_source, samples) = room;
            let mut values = Vec::new();
            for list in start..(start + LISTS).min(self.batch.keys().len()) {
                if self.batch.list_frequency(list) < least {
                    continue;
                }
                let holders = self.batch.list(list);
                let Some(sources) = &self.sources else {
                    self.add(list, UNKNOWN, holders, samples, &mut values);
                    continue;
                };
                by_source.clear();
                by_source.extend(holders.map(|place| (sources[place as usize], place)));
                by_source.sort_unstable();
                for group in by_source.chunk_by(|a, b| a.0 == b.0) {
                    let least = if group[0].0 == UNKNOWN { HOLDERS } else { HOLDERS_IN_SOURCE };
                    if group.len() >= least {
                        self.add(list, group[0].0, group.iter().map(|g| g.1), samples, &mut values);
                    }
                }
            }
            Ok(values)
        };
        let found = parallel::map(&starts, None, &Pool::default(), of_lists)?;
        let mut values: Vec<Value> = found.into_iter().flatten().collect();
        values.sort_unstable();
        Ok(values)
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
        let holders = self.batch.list(value.list as usize);
        match &self.sources {
            None => self.sample(holders, &mut scratch.samples),
            Some(sources) => {
                let of_source = |&place: &u32| sources[place as usize] == value.source;
                self.sample(holders.filter(of_source), &mut scratch.samples);
            }
        }
        let block = self.block(scratch);
        let holders: Vec<Holder> =
            scratch.samples.iter().map(|s| self.holder(s.1 as usize, &block)).collect();
        let k = holders.len();
        let comment = self.share_commented(&holders) >= COMMENTED;
        let rule = match (comment, known) {
            (true, _) => RestRule { least: REST_OF_CODE, percent: 0, of_all: false },
            (false, true) => RestRule { least: REST, percent: REST_PART_IN_SOURCE, of_all: true },
            (false, false) => RestRule { least: REST, percent: REST_PART, of_all: true },
        };
        let different = self.different(&holders, rule);
        if different < DIFFERENT {
            return None;
        }
        let stable = stable(&holders);
        if stable < STABLE {
            return None;
        }
        let most = COMMONER * f64::from(value.holders);
        let letters = |holder: &Holder| {
            let rare =
                holder.block.iter().filter(|&&list| self.batch.list_frequency(list as usize) as f64 <= most);
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
        members.sort_unstable();
        members.retain(|key| carriers.binary_search(key).is_err());
        let least_own = if comment { OWN_LETTERS_OF_CODE } else { OWN_LETTERS };
        Some(BoilerplateBlock { source: known.then_some(value.source), least_own, carriers, members })
    }

    /// The lists that half of the samples have, ascending.
    fn block(&self, scratch: &mut Scratch) -> Vec<u32> {
        let Scratch { lists, own, samples, .. } = scratch;
        lists.clear();
        for &(_, place) in &*samples {
            self.batch.own_lists(place as usize, own);
            lists.extend_from_slice(own);
        }
        lists.sort_unstable();
        let half = samples.len().div_ceil(2);
        lists.chunk_by(|a, b| a == b).filter(|same| same.len() >= half).map(|same| same[0]).collect()
    }

    fn holder(&self, place: usize, block: &[u32]) -> Holder {
        let mut own = Vec::new();
        self.batch.own_lists(place, &mut own);
        let (block, rest) = own.into_iter().partition(|list| block.binary_search(list).is_ok());
        Holder { place, block, rest }
    }

    /// The share of the pairs of holders that are different stories; of a licence over source files only
    /// those count that have a rest, half of the holders or more.
    fn different(&self, holders: &[Holder], rule: RestRule) -> f64 {
        let letters = |values: usize, scale: u32| values as f64 * f64::from(scale);
        let rest = |holder: &Holder| {
            let (values, scale) = self.batch.values(holder.place);
            (letters(values as usize - holder.block.len(), scale), letters(values as usize, scale))
        };
        let rests: Vec<(f64, f64)> = holders.iter().map(rest).collect();
        let k = holders.len() as f64;
        let sums = rests.iter().fold((0.0, 0.0), |sums, rest| (sums.0 + rest.0, sums.1 + rest.1));
        if rule.of_all && !rule.is_met(1.0, sums.0 / k, sums.1 / k) {
            return 0.0;
        }
        let of_each = if rule.of_all { REST_OF_EACH } else { 1.0 };
        let has_rest: Vec<bool> =
            rests.iter().map(|&(letters, size)| rule.is_met(of_each, letters, size)).collect();
        let with_rest = has_rest.iter().filter(|&&has| has).count();
        let (mut pairs, mut different) = (0_u32, 0_u32);
        for (i, a) in holders.iter().enumerate() {
            for (j, b) in holders.iter().enumerate().take(i) {
                let both = has_rest[i] && has_rest[j];
                pairs += u32::from(both || rule.of_all);
                if both {
                    let scale = self.batch.values(a.place).1.max(self.batch.values(b.place).1);
                    let shared = letters(count_shared(&a.rest, &b.rest), scale);
                    different += u32::from(shared <= SHARED_REST * rests[i].0.min(rests[j].0));
                }
            }
        }
        if 2 * with_rest < holders.len() || with_rest < HOLDERS_IN_SOURCE {
            return 0.0;
        }
        f64::from(different) / f64::from(pairs.max(1))
    }

    /// The shares of the holders that begin and end with the block, and that begin or end with it.
    fn share_with_ends(&self, holders: &[Holder], block: &[u32]) -> (f64, f64) {
        let in_block = |&key: &u32| {
            let list = self.batch.find(key);
            list.is_some_and(|list| block.binary_search(&(list as u32)).is_ok())
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
            frequencies
                .extend(holder.rest.iter().map(|&list| self.batch.list_frequency(list as usize) as u32));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shared_numbers_are_those_of_sets(
            a in prop::collection::btree_set(0..60_u32, 0..40),
            b in prop::collection::btree_set(0..60_u32, 0..40),
        ) {
            let list = |set: &BTreeSet<u32>| set.iter().copied().collect::<Vec<_>>();
            prop_assert_eq!(count_shared(&list(&a), &list(&b)), a.intersection(&b).count());
        }

        #[test]
        fn samples_are_the_holders_of_least_rank(ranks in prop::collection::vec(0..40_u64, 0..60)) {
            let batch = PostingsBatch::build(crate::index::PostingsRules::default(), &[]).unwrap();
            let measure = Measure { batch: &batch, ends: &[], sources: None, ranks: ranks.clone() };
            let mut samples = Vec::new();
            measure.sample(0..ranks.len() as u32, &mut samples);
            let naive: BTreeSet<u64> = ranks.iter().copied().collect();
            let found: Vec<u64> = samples.iter().map(|&(rank, _)| rank).collect();
            prop_assert_eq!(found, naive.into_iter().take(SAMPLE).collect::<Vec<_>>());
            for &(rank, place) in &samples {
                prop_assert_eq!(ranks.iter().position(|&other| other == rank), Some(place as usize));
            }
        }
    }
}
