//! Weighted sets as signatures: every element is a Poisson process of points, and a bin keeps the point of
//! least rank.
//!
//! An element x owns a half plane of weight times rank, in which points lie at random, one a unit of area,
//! each of a random bin. A set holds those of x whose weight is below the element's; of the points of all its
//! elements each bin keeps the one of least rank. The ranks in a bin are then exponential at a rate
//! proportional to the sum of the weights, so that two sets keep the same point with a probability of Σ min /
//! Σ max: exactly. For the probability Jaccard index a point's rank is divided by the weight of its element
//! instead.
//!
//! That a set of n elements costs n and not n times the bins is due to `DartMinHash` (Christiani 2020): all
//! bins are filled when each has met a few points, so that only points of ranks below (ln k + a few) · k / Σ
//! weights are made; where a bin stays empty, the limit is doubled. The points are made in
//! [cells](super::cells) of rank, side by side.
//!
//! Where weights bound the points, they are cut at the powers of two (Ertl 2018), a *lane* each, so that a
//! lane's points need no knowledge of the weight. The rank of the first point of a lane is one uniform
//! number; its seven highest bits, of eight lanes in one 64-bit hash, rule out nearly all lanes by one
//! subtraction.

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;
use super::cells::{self, Bins, CHUNK, Poisson, Processes, WHOLE};
use crate::hash::splitmix;

/// What a set without weight has in every bin, and no other in any.
pub(crate) const EMPTY: u32 = cells::EMPTY;

/// Lanes of the weights: \[0, 2⁻³¹), and from there on the spans between powers of two up to 2³².
const LANES: usize = 64;

/// Lanes in one hash.
const EIGHT: usize = 8;

/// Points that a bin has met on average when the limit of ranks is reached, beyond ln k. A bin stays empty in
/// e^-2.5 = 8 % of sets, which are then gone through again.
const BEYOND: f64 = 2.5;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHEST: u64 = 0x80 * ONES;

/// The constants of one hasher.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    offset: u64,
    eights: [u64; LANES / EIGHT],
    lanes: [u64; LANES],
    /// Points that are made at first, of all elements together.
    points: f64,
    logarithm: Logarithm,
    poisson: Poisson,
}

impl Constants {
    pub(crate) fn new(seed: u64, bins: usize) -> Self {
        let base = splitmix(!seed);
        let constant = |i: usize| splitmix(base.wrapping_add(i as u64));
        Self {
            offset: splitmix(seed),
            eights: std::array::from_fn(constant),
            lanes: std::array::from_fn(|lane| constant(LANES + lane)),
            points: (libm::log(bins as f64) + BEYOND) * bins as f64,
            logarithm: Logarithm::new(),
            poisson: Poisson::new(),
        }
    }
}

/// -ln of uniform numbers, from a table and a polynomial: additions and multiplications alone, the same bits
/// everywhere; in a third of the time of `libm`. The error is below 2⁻⁵⁰.
#[derive(Clone, Debug)]
struct Logarithm(Vec<[f64; 2]>);

impl Logarithm {
    fn new() -> Self {
        let entry = |i: i32| {
            let centre = 1.0 + (f64::from(i) + 0.5) / 256.0;
            [1.0 / centre, libm::log(centre)]
        };
        Self((0..256).map(entry).collect())
    }

    /// -ln((v | 1) / 2⁶⁴), to some 52 bits of v.
    #[inline(always)]
    fn exponential(&self, v: u64) -> f64 {
        let v = v | 1;
        let zeros = v.leading_zeros();
        let fraction = v << zeros << 1;
        let mantissa = f64::from_bits(0x3ff0_0000_0000_0000 | fraction >> 12);
        let [inverse, logarithm] = self.0[(fraction >> 56) as usize];
        let r = mantissa * inverse - 1.0;
        let series = r * (1.0 - r * (0.5 - r * (1.0 / 3.0 - r * (0.25 - r * (0.2 - r * (1.0 / 6.0))))));
        (f64::from(zeros + 1) * std::f64::consts::LN_2 - (logarithm + series)).max(0.0)
    }

    /// -ln(1 - v / 2⁶⁴), precise where v is small; never below v / 2⁶⁴.
    #[inline(always)]
    fn first(&self, v: u64) -> f64 {
        let x = v as f64 * UNIT;
        if v < 1 << 56 {
            x * (1.0
                + x * (0.5 + x * (1.0 / 3.0 + x * (0.25 + x * (0.2 + x * (1.0 / 6.0 + x * (1.0 / 7.0)))))))
        } else {
            self.exponential(!v).max(x)
        }
    }
}

/// 2⁻⁶⁴.
const UNIT: f64 = 1.0 / 18_446_744_073_709_551_616.0;

/// The least point of each bin, to be kept from set to set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    least: Vec<u128>,
}

/// How ranks and weights go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Points below the element's weight.
    Weighted,
    /// All points, at ranks divided by the weight.
    Probability,
}

/// Writes the signature of `items`, elements with weights, to `out`, one value a bin. Weights are 0 or, by
/// [`Rule::Weighted`], 2⁻³¹ to 2³², by [`Rule::Probability`] 2⁻⁵⁰⁰ to 2⁵⁰⁰. The greatest weight of an element
/// counts.
pub(crate) fn sketch(
    backend: Backend,
    rule: Rule,
    items: &[(u64, f64)],
    constants: &Constants,
    scratch: &mut Scratch,
    out: &mut [u32],
) {
    out.fill(EMPTY);
    let total: f64 = items.iter().map(|item| item.1).sum();
    if total <= 0.0 {
        return;
    }
    scratch.least.clear();
    scratch.least.resize(out.len(), Bins::NEVER);
    let mut bins = Bins(&mut scratch.least);
    let mut limit = constants.points / total;
    loop {
        match rule {
            Rule::Weighted => weighted(backend, items, limit, constants, &mut bins),
            Rule::Probability => probability(backend, items, limit, constants, &mut bins),
        }
        // Elements that are given twice count once, and so the total may be too high: the limit finds its own
        // height. What is kept lies below it by more than rounding, so that no order of the items shows.
        if bins.all_met(limit * 0.999_999) {
            bins.values(out);
            return;
        }
        limit *= 2.0;
    }
}

/// The mixed elements of a chunk and what a filter made of each.
struct Chunk {
    mixed: [u64; CHUNK],
    /// How many lanes the weights reach into.
    lanes: [u64; CHUNK],
    /// Not 0 where there may be points.
    marks: [u64; CHUNK],
}

/// One function for each instruction set that the compiler makes vectors of.
macro_rules! dispatch {
    ($name:ident, $body:ident, ($($argument:ident: $type:ty),*)) => {
        #[inline]
        fn $name(backend: Backend, $($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn avx2($($argument: $type),*) {
                $body($($argument),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512cd")]
            fn avx512($($argument: $type),*) {
                $body($($argument),*);
            }
            match backend.level() {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: a backend of this level proves that the CPU has these features.
                Level::Avx2 => unsafe { avx2($($argument),*) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: as above.
                Level::Avx512 => unsafe { avx512($($argument),*) },
                _ => $body($($argument),*),
            }
        }
    };
}

dispatch!(probability, probability_body, (
    items: &[(u64, f64)], limit: f64, constants: &Constants, bins: &mut Bins<'_>));
dispatch!(weighted, weighted_body, (
    items: &[(u64, f64)], limit: f64, constants: &Constants, bins: &mut Bins<'_>));

#[inline(always)]
fn probability_body(items: &[(u64, f64)], limit: f64, constants: &Constants, bins: &mut Bins<'_>) {
    let mut processes = Processes::new();
    for items in items.chunks(CHUNK) {
        processes.len = items.len();
        for (i, &(x, weight)) in items.iter().enumerate() {
            processes.seeds[i] = splitmix(x.wrapping_add(constants.offset));
            processes.until[i] = weight * limit;
            processes.units[i] = 1.0 / weight;
        }
        cells::meet_all::<false>(&mut processes, 0, &constants.poisson, bins);
    }
}

/// How many lanes a weight of 2⁻³¹ to 2³² reaches into.
#[inline(always)]
fn lanes_of(weight: f64) -> u64 {
    let bits = weight.to_bits();
    // 2^e is the least of lane e + 32, and does not reach into it.
    let lane = (bits >> 52).saturating_sub(1023 - 32);
    lane + u64::from(bits << 12 != 0)
}

/// The width of a lane: how many points it has for a unit of rank.
fn width(lane: usize) -> f64 {
    f64::from_bits(((1023 - 32 + lane.max(1)) as u64) << 52)
}

#[inline(always)]
fn weighted_body(items: &[(u64, f64)], limit: f64, constants: &Constants, bins: &mut Bins<'_>) {
    let points: [f64; LANES] = std::array::from_fn(|lane| limit * width(lane));
    // One more than the seven highest bits of what may be low enough.
    let most: [u64; LANES / EIGHT] = std::array::from_fn(|eight| {
        let lanes = points[eight * EIGHT..][..EIGHT].iter().rev();
        lanes.fold(0, |all, &points| all << 8 | ((points * 128.0).min(127.0) as u64 + 1))
    });
    let mut chunk = Chunk { mixed: [0; CHUNK], lanes: [0; CHUNK], marks: [0; CHUNK] };
    let mut processes = Processes::new();
    for items in items.chunks(CHUNK) {
        let mut reach = 0;
        for (i, &(x, weight)) in items.iter().enumerate() {
            chunk.mixed[i] = splitmix(x.wrapping_add(constants.offset));
            chunk.lanes[i] = lanes_of(weight);
            reach = reach.max(chunk.lanes[i]);
        }
        let eights = constants.eights.iter().zip(&most).enumerate();
        for (eight, (&of_eight, &most)) in eights.take((reach as usize).div_ceil(EIGHT)) {
            filter(&mut chunk, items.len(), of_eight, most, (eight * EIGHT) as u64);
            for (i, &(_, weight)) in items.iter().enumerate() {
                let mut marks = chunk.marks[i];
                while marks != 0 {
                    let byte = marks.trailing_zeros() / 8;
                    marks &= marks - 1;
                    let lane = eight * EIGHT + byte as usize;
                    let high = splitmix(chunk.mixed[i].wrapping_add(of_eight));
                    let most = points[lane];
                    let seed = splitmix(chunk.mixed[i].wrapping_add(constants.lanes[lane]));
                    let first = (high >> (8 * byte)) << 57 | seed >> 7;
                    if first as f64 * UNIT > most {
                        continue;
                    }
                    let (unit, share) = (1.0 / width(lane), share_of(weight, lane));
                    first_points(&constants.logarithm, bins, (seed, first), most, (unit, share));
                    if most > 1.0 {
                        let at = processes.len;
                        (processes.seeds[at], processes.until[at]) = (seed, most);
                        (processes.units[at], processes.shares[at]) = (unit, share);
                        processes.len += 1;
                        if processes.len == CHUNK {
                            cells::meet_all::<true>(&mut processes, 1, &constants.poisson, bins);
                        }
                    }
                }
            }
        }
    }
    cells::meet_all::<true>(&mut processes, 1, &constants.poisson, bins);
}

/// Marks the lanes, from lane `from` on, whose first point may be below the limit.
#[inline(always)]
fn filter(chunk: &mut Chunk, len: usize, constant: u64, most: u64, from: u64) {
    for i in 0..len.next_multiple_of(EIGHT).min(CHUNK) {
        let hash = splitmix(chunk.mixed[i].wrapping_add(constant));
        let not_below = (hash | HIGHEST).wrapping_sub(most);
        let lanes = chunk.lanes[i].saturating_sub(from);
        let whole = if lanes >= 8 { u64::MAX } else { 0 };
        let keep = !(u64::MAX << (8 * lanes.min(7))) | whole;
        chunk.marks[i] = !not_below & HIGHEST & keep;
    }
}

/// How much of a lane lies below the weight.
#[inline(always)]
fn share_of(weight: f64, lane: usize) -> u64 {
    let fraction = weight.to_bits() & (WHOLE - 1);
    if fraction != 0 && lanes_of(weight) == lane as u64 + 1 { fraction } else { WHOLE }
}

/// The points of one lane of one element below rank 1 in units of the lane, and at most at `most`: those of
/// the first cell, of which a filter must know the first point.
#[inline(always)]
fn first_points(
    logarithm: &Logarithm,
    bins: &mut Bins<'_>,
    (seed, first): (u64, u64),
    most: f64,
    (unit, share): (f64, u64),
) {
    let mut at = logarithm.first(first);
    let mut state = seed;
    while at <= most && at < 1.0 {
        let hash = splitmix(state.wrapping_add(1));
        bins.meet(hash, cells::counted(hash, share, at * unit));
        state = state.wrapping_add(2);
        at += logarithm.exponential(splitmix(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_libm() {
        let logarithm = Logarithm::new();
        let scale = |v: u64| v as f64 * UNIT;
        for i in 0..20_000 {
            let v = splitmix(i) >> (i % 60);
            let (found, expected) = (logarithm.exponential(v | 1), -libm::log(scale(v | 1)));
            assert!((found - expected).abs() < 1e-14 * expected.max(1.0), "{v}: {found}, {expected}");
            let (found, expected) = (logarithm.first(v), -libm::log1p(-(v as f64) * UNIT));
            let is_near = (found - expected).abs() <= 1e-13 * expected.max(0.1);
            assert!(expected.is_infinite() || is_near, "{v}: {found}, {expected}");
            assert!(found >= v as f64 * UNIT);
        }
    }

    #[test]
    fn a_weight_reaches_into_the_lanes_below_it() {
        for (weight, lanes) in
            [(1.0 / 2_147_483_648.0, 1), (1.0, 32), (1.5, 33), (2.0, 33), (4_294_967_295.9, 64)]
        {
            assert_eq!(lanes_of(weight), lanes, "{weight}");
            let below: f64 = (0..lanes as usize).map(width).sum();
            assert!(below >= weight && below < 2.0 * weight, "{weight}");
        }
        assert_eq!(lanes_of(0.0), 0);
    }

    #[test]
    fn every_backend_gives_the_same_bits() {
        for bins in [1, 100, 128] {
            let constants = Constants::new(bins as u64, bins);
            for len in [1_u64, 7, 64, 65, 500] {
                let item = |i| (splitmix(i), (splitmix(!i) % 1000) as f64 / 16.0);
                let items: Vec<(u64, f64)> = (0..len).map(item).collect();
                for rule in [Rule::Weighted, Rule::Probability] {
                    let of = |backend| {
                        let mut out = vec![0; bins];
                        sketch(backend, rule, &items, &constants, &mut Scratch::default(), &mut out);
                        out
                    };
                    for backend in Backend::available() {
                        assert_eq!(of(backend), of(Backend::SCALAR), "{backend}, {rule:?}, {len} elements");
                    }
                }
            }
        }
    }
}
