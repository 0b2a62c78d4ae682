//! From the values that documents share to candidates.

use std::cmp::Reverse;

use super::common::Common;
use super::{Document, PostingsCandidate, PostingsRules, holder_of, key_of, posting};
use crate::DocId;

/// The documents that a corpus is thought to have beside its own when rarity is judged.
const BACKGROUND: u64 = 1024;

/// The bits that a candidate must carry more when documents are twice as many. Pairs are four times as many
/// then, which is 2 bits where values are shared independently of each other. But letter grams of one rare
/// word come together, so that the excess of bits of non-matches falls by a half in 1.5 to 1.8 bits and not
/// in one: 1.5 times 2. `crowd` of eval/viral and eval/ocr among 50,000 stories of their own words: adjusted
/// Rand index .937 and .9992 with 1.5, .993 and 1 with 3, .996 and .9992 with 4.5, .994 and .998 with 6; the
/// labelled sets by themselves have the same scores with all of these.
const PER_DOUBLING: f64 = 3.0;

/// The shingles that a document is thought to have beside its own when strength is judged.
const BESIDE: f64 = 200.0;

/// Of holders whose scale is less than so many times that of the document that asks, it is known before
/// anything is added up how many values they must share: of 157 values 3 or 4, where 2 are enough for any. Of
/// the visits in eval/wire, 22 % are added up, and 48 % if 2 were enough for all.
pub(super) const ALIKE: u32 = 2;

/// The documents from which on more holders of a value are visited than the rules say, in proportion: a value
/// that is as rare in the language has more holders in a larger corpus, of which the first and the last are
/// fewer and fewer. `crowd` of eval/wire among 3 · 10⁶ stories: adjusted Rand index .9903, as alone; .9863
/// without this and [`LARGE_CROWD`].
const CROWD: f64 = 262_144.0;

/// The documents from which on more holders are visited for a document, in proportion. `crowd` of eval/wire
/// among a million has .9903 with 512 as well; 1,000 there take an eighth more of the time of `growth wire`.
const LARGE_CROWD: f64 = 1_048_576.0;

/// So many times the visits of the rules are made for a document at most, be the corpus as large as it may.
const MOST_TIMES: f64 = 4.0;

/// So many times as many holders are probed as may become candidates.
pub(super) const PROBED: usize = 2;

/// log₂ x in 256ths, rounded down, by repeated squaring: the same bits on every machine, which `log2`
/// of a float does not promise. 0 for 0.
const fn log2(x: u64) -> u64 {
    let x = if x == 0 { 1 } else { x };
    let whole = x.ilog2() as u64;
    // The mantissa in [1, 2) with 31 bits after the point.
    let mut mantissa = if whole > 31 { x >> (whole - 31) } else { x << (31 - whole) };
    let mut log = whole;
    let mut bits = 0;
    while bits < 8 {
        mantissa = (mantissa * mantissa) >> 31;
        let bit = mantissa >> 32;
        mantissa >>= bit;
        log = log << 1 | bit;
        bits += 1;
    }
    log
}

/// [`log2`] of numbers of holders, few of which are larger.
static LOG2: [u16; 256] = {
    let mut logs = [0; 256];
    let mut x = 0;
    while x < logs.len() {
        logs[x] = log2(x as u64) as u16;
        x += 1;
    }
    logs
};

/// The positions of a list of `len` holders that are visited: the first `visits` and the last.
fn visited(len: usize, visits: usize) -> impl Iterator<Item = usize> {
    let head = len.min(visits);
    (0..head).chain(len.saturating_sub(visits).max(head)..len)
}

/// What a document found in the lists of its values, and room to count it; used again for the next document.
#[derive(Debug, Default)]
pub(crate) struct PostingsScratch {
    /// The holders that are visited, value after value, each a posting of the value's place in `weights`.
    pub(super) visits: Vec<u64>,
    /// What each visited value tells, and then each that was left.
    pub(super) weights: Vec<Weight>,
    /// The portions of all own values, in 65,536ths, those with no other holder included.
    portions: u64,
    /// The own values that have another holder.
    held: u32,
    /// How often each holder may have been visited: by the low bits of its number, up to 255.
    counts: Vec<u8>,
    /// Where a holder stands in `found`, one more than that; 0 for nowhere.
    slots: Vec<u32>,
    /// The holders that were visited often enough.
    pub(super) found: Vec<Found>,
    /// The own values, the rarest first: the frequency of each above, its list below.
    pub(super) lists: Vec<u64>,
    /// How many of `lists` were visited.
    pub(super) visited: usize,
    /// Room to look for the others.
    pub(super) table: Common,
    /// Room for the lists of a document.
    pub(super) own: Vec<u32>,
}

/// The places in `counts`, which fit the first cache. Of the 900 to 3,000 holders that a document visits, one
/// in twenty to one in six shares its place with another, and may be added up for nothing.
const COUNTS: usize = 1 << 14;

/// A holder, and what it was found to share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(super) holder: u32,
    pub(super) values: u32,
    /// Sums over the shared values.
    pub(super) weight: Weight,
}

impl Found {
    /// The document that was found.
    pub(crate) fn holder(&self) -> u32 {
        self.holder
    }

    /// Shares one value more.
    pub(crate) fn add(&mut self, weight: Weight) {
        self.values += 1;
        self.weight.bits += weight.bits;
        self.weight.portion += weight.portion;
        self.weight.rare += weight.rare;
    }
}

/// What a shared value tells.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weight {
    /// Its bits, in 256ths.
    pub(super) bits: u64,
    /// The portion of its holders that is visited, of all documents at most 1, in 65,536ths.
    pub(super) portion: u64,
    /// Bits · portion, in 65,536ths.
    pub(super) rare: u64,
}

impl PostingsScratch {
    /// Begins a document of which so many values have no other holder.
    pub(super) fn begin(&mut self, alone: u64) {
        self.visits.clear();
        self.weights.clear();
        self.held = 0;
        self.portions = alone << 16;
    }

    /// The own values that were not visited, the rarest first.
    pub(super) fn left(&self) -> &[u64] {
        &self.lists[self.visited..]
    }

    /// Visits holders of the value that is weighed next.
    pub(super) fn visit(&mut self, holders: impl IntoIterator<Item = u32>) {
        let value = self.weights.len() as u32;
        self.visits.extend(holders.into_iter().map(|holder| posting(value, holder)));
    }

    /// Counts an own value that `frequency` documents hold.
    fn count(&mut self, frequency: usize, portion: u64) {
        self.portions += portion;
        self.held += u32::from(frequency > 1);
    }

    /// Adds up what each holder shares that was visited as often as `least` says of it.
    fn sum(&mut self, least: impl Fn(u32) -> u8) {
        let Self { visits, weights, counts, slots, found, .. } = self;
        let place = |holder: u32| holder as usize % COUNTS;
        counts.clear();
        counts.resize(COUNTS, 0);
        for &visit in visits.iter() {
            let count = &mut counts[place(holder_of(visit))];
            *count = count.saturating_add(1);
        }
        // Each is written and only one that stays moves the end on: a branch would be mispredicted.
        let mut kept = 0;
        for i in 0..visits.len() {
            let visit = visits[i];
            let holder = holder_of(visit);
            visits[kept] = visit;
            kept += usize::from(counts[place(holder)] >= least(holder));
        }
        visits.truncate(kept);
        found.clear();
        slots.clear();
        slots.resize((2 * kept).next_power_of_two(), 0);
        let mask = slots.len() - 1;
        for &visit in visits.iter() {
            let holder = holder_of(visit);
            let mut slot = (holder.wrapping_mul(0x9e37_79b1) >> 7) as usize & mask;
            while slots[slot] != 0 && found[slots[slot] as usize - 1].holder != holder {
                slot = (slot + 1) & mask;
            }
            if slots[slot] == 0 {
                found.push(Found { holder, values: 0, weight: Weight::default() });
                slots[slot] = found.len() as u32;
            }
            let sums = &mut found[slots[slot] as usize - 1];
            sums.add(weights[key_of(visit) as usize]);
        }
    }
}

/// What turns visits into candidates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge {
    pub(super) rules: PostingsRules,
    /// log₂ of the documents and the background, in 256ths.
    log_documents: u64,
    /// Of a value of no more holders, all are visited.
    whole: usize,
    /// No value is visited for a document when so many holders were.
    document_visits: usize,
}

impl Judge {
    pub(super) fn new(rules: PostingsRules, documents: usize) -> Self {
        let times = |crowd: f64| (documents as f64 / crowd).max(1.0);
        Self {
            rules,
            log_documents: log2((documents as u64).saturating_add(BACKGROUND)),
            whole: (2.0 * rules.visits as f64 * times(CROWD)) as usize,
            document_visits: (rules.document_visits as f64 * times(LARGE_CROWD).min(MOST_TIMES)) as usize,
        }
    }

    /// So many of the first holders of a value are visited that `frequency` documents hold, and of the last.
    pub(super) fn ends(&self, frequency: usize) -> usize {
        if frequency <= self.whole { frequency } else { self.rules.visits }
    }

    /// No value is visited for a document when so many holders were.
    pub(super) fn document_visits(&self) -> usize {
        self.document_visits
    }

    /// Whether another value is visited, when so many holders were looked at to find some that are admitted.
    pub(super) fn goes_on(&self, scratch: &PostingsScratch, looked: usize) -> bool {
        let most = self.document_visits;
        scratch.visits.len() < most && looked < most.saturating_mul(super::LOOK)
    }

    /// Of a value of no more holders, all are visited.
    pub(super) fn whole(&self) -> usize {
        self.whole
    }

    /// Visits some of a long list of `len` earlier holders of the value that is weighed next.
    pub(super) fn visit_ends(
        &self,
        len: usize,
        holder: impl Fn(usize) -> u32,
        scratch: &mut PostingsScratch,
    ) {
        scratch.visit(visited(len, self.rules.visits).map(holder));
    }

    /// Weighs the value that was visited, which `frequency` documents hold.
    pub(super) fn weigh(&self, frequency: usize, scratch: &mut PostingsScratch) {
        let weight = self.weight(frequency);
        scratch.count(frequency, weight.portion);
        scratch.weights.push(weight);
    }

    /// Leaves the values unvisited that follow the first `visited` in the scratch's lists.
    pub(super) fn leave(&self, visited: usize, scratch: &mut PostingsScratch) {
        scratch.visited = visited;
        for i in visited..scratch.lists.len() {
            let frequency = (scratch.lists[i] >> 32) as usize;
            scratch.count(frequency, self.portion(frequency));
        }
    }

    /// What it tells to share a value that `frequency` documents hold.
    pub(super) fn weight(&self, frequency: usize) -> Weight {
        let log = LOG2.get(frequency).map_or_else(|| log2(frequency as u64), |&log| u64::from(log));
        let bits = self.log_documents.saturating_sub(log);
        let portion = self.portion(frequency);
        Weight { bits, portion, rare: (bits * portion) >> 8 }
    }

    fn portion(&self, frequency: usize) -> u64 {
        let (frequency, most) = (frequency.max(1) as u64, self.whole as u64);
        if frequency <= most { 1 << 16 } else { (most << 16) / frequency }
    }

    /// Adds up what was visited: the holders that may be candidates. Holders from `alike` on are as long as
    /// the document or longer, and of a scale less than [`ALIKE`] times its own. When values are left
    /// unvisited, the caller adds to each what it shares of them.
    pub(super) fn gather(&self, own: Document, alike: usize, scratch: &mut PostingsScratch) {
        let (any, of_alike) = self.least_visits(own, scratch.portions);
        if scratch.left().is_empty() {
            scratch.sum(|holder| if (holder as usize) < alike { any } else { of_alike });
            return;
        }
        scratch.sum(|_| any);
        let found = &mut scratch.found;
        found.retain(|found| found.values >= self.rules.min_shared);
        let most = self.rules.most.saturating_mul(PROBED);
        if found.len() > most {
            found.select_nth_unstable_by_key(most, |found| (Reverse(found.weight.rare), found.holder));
            found.truncate(most);
        }
    }

    /// The candidates among the found, strongest first, with the holder of each as its document.
    pub(super) fn candidates(
        &self,
        own: Document,
        scratch: &PostingsScratch,
        document: impl Fn(u32) -> Document,
    ) -> Vec<PostingsCandidate> {
        let of_own = OfOwn::new(scratch.portions, scratch.held);
        let enough = |found: &&Found| found.values >= self.rules.min_shared;
        let candidate = |found: &Found| self.candidate(own, document(found.holder), found, of_own);
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

    /// How often a candidate is visited at least, any and one that is alike.
    fn least_visits(&self, own: Document, portions: u64) -> (u8, u8) {
        let PostingsRules { min_shared, min_share, .. } = self.rules;
        // The portion of a value is at most 1. Rounding loses none: the scale is less than ALIKE times the
        // own, by more.
        let of = f64::from(own.values).min(portions as f64 / 65536.0);
        let share = (min_share * of / f64::from(ALIKE)).ceil() as u32;
        let any = min_shared.min(255);
        (any as u8, any.max(share.min(255)) as u8)
    }

    /// The other document as a candidate of this one, if they share enough.
    pub(super) fn candidate(
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
pub(super) struct OfOwn {
    /// The portions of all its values.
    portions: f64,
    /// The values that have another holder.
    held: f64,
}

impl OfOwn {
    /// Portions are in 65,536ths.
    pub(super) fn new(portions: u64, held: u32) -> Self {
        Self { portions: portions.max(1) as f64, held: f64::from(held) }
    }
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
    fn visits_grow_with_the_corpus_up_to_a_bound() {
        let bounds = |documents| {
            let judge = Judge::new(PostingsRules::default(), documents);
            (judge.whole(), judge.document_visits())
        };
        assert_eq!(bounds(0), (48, 512));
        assert_eq!(bounds(1 << 18), (48, 512));
        assert_eq!(bounds(1_000_000), (183, 512));
        assert_eq!(bounds(3_000_000), (549, 1_464));
        assert_eq!(bounds(1 << 30), (196_608, 2_048));
        let all = PostingsRules::builder().visits(1 << 31).document_visits(usize::MAX).build().unwrap();
        assert_eq!(Judge::new(all, usize::MAX).document_visits(), usize::MAX);
    }

    #[test]
    fn first_and_last_are_visited_once() {
        let positions = |len, visits| visited(len, visits).collect::<Vec<_>>();
        assert!(positions(0, 2).is_empty());
        assert_eq!(positions(3, 2), [0, 1, 2]);
        assert_eq!(positions(4, 2), [0, 1, 2, 3]);
        assert_eq!(positions(9, 2), [0, 1, 7, 8]);
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
}
