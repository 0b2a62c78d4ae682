//! Random points at one a unit of time, made in cells of time: how many a cell has is one hash, and each of
//! them is another, so that no point waits for the one before and none needs a logarithm.
//!
//! The cells are [0, 1), [1, 2), [2, 4), [4, 8), [8, 16), [16, 32), [32, 64), and from there on each 64 wide.
//! The number of points in a cell has the Poisson distribution of its width, and each lies anywhere in the
//! cell with equal chance: that is the Poisson process, exactly, up to where a process is wanted.

use std::hint::select_unpredictable;

use crate::hash::splitmix;

/// What a set without weight has in every bin, and no other in any.
pub(super) const EMPTY: u32 = u32::MAX;

/// Processes that are looked at together.
pub(super) const CHUNK: usize = 64;

/// What counts of all points of a process, in 2⁻⁵²: all.
pub(super) const WHOLE: u64 = 1 << 52;

/// From this width on the points of one process are made side by side; below, one point of each process.
const WIDE: f64 = 16.0;

/// Cells are 1, 2, 4, ..., 64 wide.
const WIDTHS: usize = 7;

/// Points of a wide cell that are made together.
const SIDE_BY_SIDE: usize = 16;

/// For each width the chances of at most 0, 1, 2, ... points in a cell, in 2⁻⁶⁴, without those that round to
/// 1.
#[derive(Clone, Debug)]
pub(super) struct Poisson([Vec<u64>; WIDTHS]);

impl Poisson {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|i| {
            let mean = f64::from(1_u32 << i);
            let (mut chance, mut sum) = (libm::exp(-mean), 0.0);
            let mut at_most = Vec::new();
            for count in 1.. {
                sum += chance;
                chance *= mean / f64::from(count);
                // Beyond the mean chances fall, and what is left of them rounds away.
                if sum + chance >= 1.0 || (f64::from(count) > mean && sum + chance <= sum) {
                    break;
                }
                at_most.push((sum * 18_446_744_073_709_551_616.0) as u64);
            }
            at_most
        }))
    }
}

/// The least point of each bin: the bits of its rank above its hash.
///
/// Of numbers that are not negative the bits have the order of the numbers, so that the least of two points
/// is one comparison and no branch: nobody can foresee which it is. Of two with one rank the lesser hash
/// stays, so that no order shows.
pub(super) struct Bins<'a>(pub(super) &'a mut [u128]);

impl Bins<'_> {
    /// What a bin has that no point has met.
    pub(super) const NEVER: u128 = (f64::INFINITY.to_bits() as u128) << 64;

    /// Takes the point of this `hash`. One of rank NaN changes nothing.
    #[inline(always)]
    pub(super) fn meet(&mut self, hash: u64, rank: f64) {
        let bin = (((hash >> 40) * self.0.len() as u64) >> 24) as usize;
        let point = u128::from(rank.to_bits()) << 64 | u128::from(hash);
        let least = &mut self.0[bin];
        *least = select_unpredictable(point < *least, point, *least);
    }

    /// Whether each bin has met a point of a rank up to `most`.
    pub(super) fn all_met(&self, most: f64) -> bool {
        let most = u128::from(most.to_bits()) << 64 | u128::from(u64::MAX);
        self.0.iter().all(|&least| least <= most)
    }

    /// The value of each bin.
    pub(super) fn values(&self, out: &mut [u32]) {
        out.iter_mut().zip(&*self.0).for_each(|(value, &least)| *value = (least as u32).min(EMPTY - 1));
    }
}

/// Up to [`CHUNK`] processes.
pub(super) struct Processes {
    pub(super) len: usize,
    pub(super) seeds: [u64; CHUNK],
    /// The time to which points are wanted.
    pub(super) until: [f64; CHUNK],
    /// The rank of a unit of time.
    pub(super) units: [f64; CHUNK],
    /// The share of points that count.
    pub(super) shares: [u64; CHUNK],
}

impl Processes {
    pub(super) fn new() -> Self {
        Self { len: 0, seeds: [0; CHUNK], until: [0.0; CHUNK], units: [0.0; CHUNK], shares: [WHOLE; CHUNK] }
    }

    /// Copies process `from` to place `to`.
    #[inline(always)]
    fn copy<const PARTIAL: bool>(&mut self, from: usize, to: usize) {
        self.seeds[to] = self.seeds[from];
        self.until[to] = self.until[from];
        self.units[to] = self.units[from];
        if PARTIAL {
            self.shares[to] = self.shares[from];
        }
    }

    /// Keeps the processes of which points are wanted beyond `start`.
    #[inline(always)]
    fn keep_beyond<const PARTIAL: bool>(&mut self, start: f64) {
        let mut kept = 0;
        for i in 0..self.len {
            let is_kept = self.until[i] > start;
            self.copy::<PARTIAL>(i, kept);
            kept += usize::from(is_kept);
        }
        self.len = kept;
    }
}

/// Where a cell begins, and its width.
#[inline(always)]
fn cell(number: u32) -> (f64, f64) {
    match number {
        0 => (0.0, 1.0),
        1..=7 => (f64::from(1_u32 << (number - 1)), f64::from(1_u32 << (number - 1))),
        _ => (64.0 * f64::from(number - 6), 64.0),
    }
}

/// The time of a point within a cell of width 1: the middles of 2³² parts, from bits that choose no bin.
#[inline(always)]
fn within(hash: u64) -> f64 {
    let part = (hash >> 8) & 0xffff_ffff;
    f64::from_bits(0x3ff0_0000_0000_0000 | part << 20) - (1.0 - 1.0 / 8_589_934_592.0)
}

/// The points of all processes, from cell `first` on, to the bins. None of the processes is left.
#[inline(always)]
pub(super) fn meet_all<const PARTIAL: bool>(
    processes: &mut Processes,
    first: u32,
    poisson: &Poisson,
    bins: &mut Bins<'_>,
) {
    for number in first.. {
        let (start, width) = cell(number);
        if number > 0 {
            processes.keep_beyond::<PARTIAL>(start);
        }
        if processes.len == 0 {
            return;
        }
        let at_most = &poisson.0[(number.saturating_sub(1) as usize).min(WIDTHS - 1)];
        if width < WIDE {
            narrow::<PARTIAL>(processes, number, at_most, bins);
        } else {
            wide::<PARTIAL>(processes, number, at_most, bins);
        }
    }
}

/// What tells the points of one cell of a process.
#[inline(always)]
fn seed_of(process: u64, number: u32) -> u64 {
    if number == 0 { process } else { splitmix(process.wrapping_add(u64::from(number) << 32)) }
}

/// The first point of each process, then the second of those that have one, and so on.
#[inline(always)]
#[allow(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch, which nobody can foresee")]
fn narrow<const PARTIAL: bool>(processes: &Processes, number: u32, at_most: &[u64], bins: &mut Bins<'_>) {
    let (start, width) = cell(number);
    let mut left = Processes::new();
    for i in 0..processes.len.next_multiple_of(8).min(CHUNK) {
        left.seeds[i] = seed_of(processes.seeds[i], number);
    }
    left.len = processes.len;
    left.until = processes.until;
    left.units = processes.units;
    if PARTIAL {
        left.shares = processes.shares;
    }
    let (mut hashes, mut times, mut ranks) = ([0; CHUNK], [0.0; CHUNK], [0.0; CHUNK]);
    for (point, &most) in at_most.iter().enumerate() {
        if left.len == 0 {
            return;
        }
        // Below it there is no further point.
        let next = at_most.get(point + 1).copied().unwrap_or(u64::MAX);
        for i in 0..left.len.next_multiple_of(8).min(CHUNK) {
            hashes[i] = splitmix(left.seeds[i].wrapping_add(1 + point as u64));
            times[i] = start + width * within(hashes[i]);
            ranks[i] = times[i] * left.units[i];
        }
        let (mut met, mut kept) = (0, 0);
        for i in 0..left.len {
            let (hash, seed) = (hashes[i], left.seeds[i]);
            let is_met = (seed >= most) & (times[i] <= left.until[i]);
            ranks[met] = if PARTIAL { counted(hash, left.shares[i], ranks[i]) } else { ranks[i] };
            hashes[met] = hash;
            met += usize::from(is_met);
            left.copy::<PARTIAL>(i, kept);
            kept += usize::from(seed >= next);
        }
        left.len = kept;
        for i in 0..met {
            bins.meet(hashes[i], ranks[i]);
        }
    }
}

/// The rank of a point if it is of the share that counts, and NaN otherwise.
#[inline(always)]
pub(super) fn counted(hash: u64, share: u64, rank: f64) -> f64 {
    select_unpredictable(splitmix(hash) >> 12 < share, rank, f64::NAN)
}

/// All points of one process, then all of the next.
#[inline(always)]
fn wide<const PARTIAL: bool>(processes: &Processes, number: u32, at_most: &[u64], bins: &mut Bins<'_>) {
    let (start, width) = cell(number);
    for i in 0..processes.len {
        let seed = seed_of(processes.seeds[i], number);
        let count = at_most.iter().map(|&most| u64::from(seed >= most)).sum::<u64>();
        let (until, unit, share) = (processes.until[i], processes.units[i], processes.shares[i]);
        let is_whole = until >= start + width;
        let (mut hashes, mut times) = ([0; SIDE_BY_SIDE], [0.0; SIDE_BY_SIDE]);
        for from in (0..count).step_by(SIDE_BY_SIDE) {
            for j in 0..SIDE_BY_SIDE {
                hashes[j] = splitmix(seed.wrapping_add(1 + from + j as u64));
                times[j] = start + width * within(hashes[j]);
            }
            let made = SIDE_BY_SIDE.min((count - from) as usize);
            let mut met = if is_whole { made } else { 0 };
            for j in 0..if is_whole { 0 } else { made } {
                let is_met = times[j] <= until;
                hashes[met] = hashes[j];
                times[met] = times[j];
                met += usize::from(is_met);
            }
            for j in 0..met {
                let rank = times[j] * unit;
                bins.meet(hashes[j], if PARTIAL { counted(hashes[j], share, rank) } else { rank });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chances of so many points, from their thresholds, and their sum.
    #[test]
    fn counts_have_the_poisson_distribution() {
        for (i, at_most) in Poisson::new().0.iter().enumerate() {
            let mean = f64::from(1_u32 << i);
            assert!(at_most.is_sorted());
            let mut before = 0.0;
            let (mut sum, mut squares) = (0.0, 0.0);
            for (count, &most) in at_most.iter().enumerate() {
                let chance = most as f64 / 18_446_744_073_709_551_616.0 - before;
                let logarithm = count as f64 * libm::log(mean) - mean - libm::lgamma(count as f64 + 1.0);
                assert!((chance - libm::exp(logarithm)).abs() < 1e-14, "{mean}, {count}");
                before += chance;
                sum += chance * count as f64;
                squares += chance * (count as f64 - mean).powi(2);
            }
            assert!((sum - mean).abs() < 1e-9 && (squares - mean).abs() < 1e-9, "{mean}: {sum}, {squares}");
            assert!(before > 1.0 - 1e-14);
        }
    }

    #[test]
    fn cells_follow_each_other() {
        assert!((0..100).all(|number| cell(number).0 + cell(number).1 == cell(number + 1).0));
        assert!(within(0) > 0.0 && within(u64::MAX) < 1.0);
    }

    /// One bin keeps the first point of a process: its time is exponential, at one a unit, whatever the share
    /// that counts does to it. Mean and variance of 20,000, within 5 standard errors.
    #[test]
    fn first_points_come_after_an_exponential_time() {
        let poisson = Poisson::new();
        for share in [WHOLE, WHOLE / 2, WHOLE / 32] {
            let (mut sum, mut squares, trials) = (0.0, 0.0, 20_000);
            for trial in 0..trials {
                let mut least = [Bins::NEVER];
                let mut bins = Bins(&mut least);
                let mut processes = Processes::new();
                processes.len = 1;
                (processes.seeds[0], processes.until[0]) = (splitmix(trial), 700.0);
                (processes.units[0], processes.shares[0]) = (share as f64 / WHOLE as f64, share);
                meet_all::<true>(&mut processes, 0, &poisson, &mut bins);
                let rank = f64::from_bits((least[0] >> 64) as u64);
                sum += rank;
                squares += rank * rank;
            }
            let trials = trials as f64;
            assert!((sum / trials - 1.0).abs() < 5.0 / trials.sqrt(), "{share}: {}", sum / trials);
            // The square has mean 2 and variance 20.
            assert!((squares / trials - 2.0).abs() < 5.0 * (20.0 / trials).sqrt(), "{share}: {squares}");
        }
    }
}
