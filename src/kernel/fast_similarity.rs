//! Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017), one value of 32 bits a bin.

use super::Backend;
use crate::hash::splitmix;

/// A bin that no element has reached. An element whose value is this one is passed over in that round.
const UNFILLED: u32 = u32::MAX;

/// The constants of one hasher: what an element is xored with, and one odd multiplier a round, two
/// rounds a bin.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    offset: u64,
    multipliers: Vec<u64>,
}

impl Constants {
    pub(crate) fn new(seed: u64, bins: usize) -> Self {
        let base = splitmix(!seed);
        let multiplier = |round| if round == 0 { 1 } else { splitmix(base.wrapping_add(round)) | 1 };
        Self { offset: splitmix(seed), multipliers: (0..2 * bins as u64).map(multiplier).collect() }
    }
}

/// Kept from call to call, so that no call allocates once the longest set has been seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    /// The elements, mixed.
    mixed: Vec<u64>,
    /// One bit a bin: set where no earlier round has filled it.
    open: Vec<u64>,
}

/// The bin of a round's hash: its high 32 bits, scaled.
#[inline(always)]
fn bin(hash: u64, bins: usize) -> usize {
    (((hash >> 32) * bins as u64) >> 32) as usize
}

/// The value of a round's hash: bits 16 to 47, below those that choose among up to 2^16 bins.
#[inline(always)]
fn value(hash: u64) -> u32 {
    (hash >> 16) as u32
}

/// Fills `out`, one value a bin: all `u32::MAX` for no elements, else none.
pub(crate) fn sketch(
    _backend: Backend,
    elements: &[u64],
    constants: &Constants,
    scratch: &mut Scratch,
    out: &mut [u32],
) {
    out.fill(UNFILLED);
    if elements.is_empty() {
        return;
    }
    let bins = out.len();
    let Scratch { mixed, open } = scratch;
    mixed.clear();
    mixed.extend(elements.iter().map(|x| splitmix(x ^ constants.offset)));
    let (thrown, swept) = constants.multipliers.split_at(bins.min(constants.multipliers.len()));
    for &multiplier in thrown {
        open.clear();
        open.extend(out.chunks(64).map(|chunk| {
            chunk.iter().rev().fold(0, |bits, &value| bits << 1 | u64::from(value == UNFILLED))
        }));
        if open.iter().all(|&bits| bits == 0) {
            return;
        }
        for m in mixed.iter() {
            let hash = m.wrapping_mul(multiplier);
            let b = bin(hash, bins);
            if open[b / 64] >> (b % 64) & 1 == 1 {
                out[b] = out[b].min(value(hash));
            }
        }
    }
    for (place, &multiplier) in out.iter_mut().zip(swept).filter(|(place, _)| **place == UNFILLED) {
        let values = mixed.iter().map(|m| value(m.wrapping_mul(multiplier)));
        *place = values.min().unwrap_or(UNFILLED).min(UNFILLED - 1);
    }
}
