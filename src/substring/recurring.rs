//! Which windows occur twice, and where the first of each kind is.

use super::texts::{Fingerprint, Symbol, Texts};
use crate::parallel;

/// Windows that one task hashes: 512 KiB of fingerprints stay in the cache.
const TASK: u64 = 1 << 16;

/// Tasks between two visits to the filter.
const TASKS_A_BLOCK: usize = 64;

/// Parts of the filter, each of which stays in the cache while it is filled.
const SECTIONS: usize = 64;

/// Slots of the filter for each window, at least. Of windows that occur once one in nine meets another.
const SLOTS_A_WINDOW: u64 = 8;

/// A window that an earlier one equals by its fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Recurring {
    /// Where it begins.
    pub(super) position: u64,
    /// Where the first of its kind begins, before it.
    pub(super) first: u64,
}

/// A part of the filter.
#[derive(Clone)]
struct Section {
    /// For each 64 slots a word of first bits and one of second bits.
    words: Vec<[u64; 2]>,
    /// Windows that found their slot taken.
    met: usize,
}

impl Section {
    fn mark(&mut self, slot: usize) {
        let [once, twice] = &mut self.words[slot / 64];
        let bit = 1 << (slot % 64);
        self.met += usize::from(*once & bit != 0);
        *twice |= *once & bit;
        *once |= bit;
    }
}

/// Two bits a slot: some window fell there, two did.
struct Filter {
    sections: Vec<Section>,
    /// log₂ of the number of slots.
    bits: u32,
}

impl Filter {
    fn new(windows: u64) -> Self {
        let bits = (windows * SLOTS_A_WINDOW).next_power_of_two().ilog2().clamp(16, 48);
        let words = (1 << bits) / SECTIONS / 64;
        let section = Section { words: vec![[0; 2]; words], met: 0 };
        Self { sections: vec![section; SECTIONS], bits }
    }

    /// The slot of a fingerprint, counted from the beginning of its section, and the section.
    fn place(&self, value: u64) -> (usize, usize) {
        let slot = (value >> (64 - self.bits)) as usize;
        let in_section = self.bits - SECTIONS.ilog2();
        (slot >> in_section, slot & ((1 << in_section) - 1))
    }

    /// The number of windows for which [`met_twice`](Self::met_twice) holds: those that found a slot taken,
    /// and the first there.
    fn count(&self) -> usize {
        let twice = |section: &Section| -> usize {
            section.words.iter().map(|[_, twice]| twice.count_ones() as usize).sum()
        };
        self.sections.iter().map(|section| section.met + twice(section)).sum()
    }

    fn met_twice(&self, value: u64) -> bool {
        let (section, slot) = self.place(value);
        self.sections[section].words[slot / 64][1] >> (slot % 64) & 1 == 1
    }
}

/// The slots that one task fills, section by section.
struct Slots {
    slots: Vec<u64>,
    ends: [u32; SECTIONS],
}

impl Slots {
    fn new(filter: &Filter, values: &[u64]) -> Self {
        let mut ends = [0_u32; SECTIONS];
        for &value in values {
            ends[filter.place(value).0] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut slots = vec![0; values.len()];
        for &value in values {
            let (section, slot) = filter.place(value);
            slots[ends[section] as usize] = slot as u64;
            ends[section] += 1;
        }
        Self { slots, ends }
    }

    fn of(&self, section: usize) -> &[u64] {
        let start = section.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.slots[start as usize..self.ends[section] as usize]
    }
}

/// Every window whose fingerprint occurred before, by position. Of `parts` parts, each takes the windows of a
/// share of all fingerprints.
pub(super) fn recurring<S: Symbol>(
    texts: &Texts<'_, S>,
    length: usize,
    fingerprint: Fingerprint,
    parts: u32,
) -> Vec<Recurring> {
    let mut all = Vec::new();
    for part in 0..parts {
        let windows = texts.count_windows(length) / u64::from(parts) + 1;
        let mut found = one_part(texts, fingerprint, windows, (part, parts));
        if all.is_empty() {
            all = found;
        } else {
            all.reserve_exact(found.len());
            all.append(&mut found);
        }
    }
    parallel::sort(&mut all);
    all
}

/// A fingerprint's place within its part, spread over all 64 bits; nothing when it is of another part.
#[inline]
fn within(value: u64, (part, parts): (u32, u32)) -> Option<u64> {
    if parts == 1 {
        return Some(value);
    }
    let product = u128::from(value) * u128::from(parts);
    ((product >> 64) as u32 == part).then_some(product as u64)
}

fn one_part<S: Symbol>(
    texts: &Texts<'_, S>,
    fingerprint: Fingerprint,
    windows: u64,
    part: (u32, u32),
) -> Vec<Recurring> {
    let mut filter = Filter::new(windows);
    let tasks = texts.len().div_ceil(TASK) as usize;
    let blocks = || (0..tasks).step_by(TASKS_A_BLOCK).map(|from| (from, TASKS_A_BLOCK.min(tasks - from)));
    let visit = |task: usize, f: &mut dyn FnMut(u64, u64)| {
        let from = task as u64 * TASK;
        let mut room = Vec::new();
        texts.fingerprints(fingerprint, (from, from + TASK), &mut room, |position, value| {
            if let Some(value) = within(value, part) {
                f(position, value);
            }
        });
    };
    for (from, count) in blocks() {
        let slots = parallel::tasks(count, |task| {
            let mut values = Vec::with_capacity(TASK as usize / part.1 as usize);
            visit(from + task, &mut |_, value| values.push(value));
            Slots::new(&filter, &values)
        });
        parallel::change(&mut filter.sections, |i, section| {
            for &slot in slots.iter().flat_map(|slots| slots.of(i)) {
                section.mark(slot as usize);
            }
        });
    }
    // (fingerprint, position), later (position, first).
    let mut found: Vec<(u64, u64)> = Vec::with_capacity(filter.count());
    for (from, count) in blocks() {
        let some = parallel::tasks(count, |task| {
            let mut some = Vec::new();
            visit(from + task, &mut |position, value| {
                if filter.met_twice(value) {
                    some.push((value, position));
                }
            });
            some
        });
        found.extend(some.into_iter().flatten());
    }
    drop(filter);
    parallel::sort(&mut found);
    let mut kind = None;
    found
        .into_iter()
        .filter_map(|(value, position)| match kind {
            Some((same, first)) if same == value => Some(Recurring { position, first }),
            _ => {
                kind = Some((value, position));
                None
            }
        })
        .collect()
}
