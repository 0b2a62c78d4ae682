//! Grams that two texts have in common: where an alignment may begin.

use crate::text::{Script, fold_confusions, script};

/// Letters of a gram. 9 Latin letters, folded, are 26 bits; an Arabic or Hebrew letter says more and copies in
/// these scripts are edited more; four Han letters are two words.
pub(super) const fn gram(script: Script) -> usize {
    match script {
        Script::Alphabet => 9,
        Script::Abjad => 5,
        Script::Syllabary => 4,
    }
}

/// One gram in so many is a seed, the same in both texts. All of them find nothing more and cost three times as
/// much; one in eight loses bad scans.
const SAMPLE: u32 = 4;

/// How often a gram may occur in either text and still tell a place.
pub(super) const CAP: u32 = 3;

/// A sampled gram of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gram {
    hash: u32,
    pub(super) at: u32,
}

/// Finds the grams that two texts have in common; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Seeds {
    prefix: Vec<u64>,
    slots: Vec<Slot>,
    epoch: u32,
    /// For each gram of the second text the one before it with the same hash.
    before: Vec<u32>,
    hits: Vec<Hit>,
}

/// A hash of the second text and what is known of it. Of another epoch: empty.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    epoch: u32,
    hash: u32,
    /// Its first and last gram in the second text.
    first: u32,
    last: u32,
    /// Its first place in the first text.
    first_in_a: u32,
    in_a: u32,
    in_b: u32,
}

impl Slot {
    fn is_frequent(&self) -> bool {
        self.in_a > CAP || self.in_b > CAP
    }
}

/// A gram of the first text that the second has too.
#[derive(Clone, Copy, Debug)]
struct Hit {
    slot: u32,
    at: u32,
}

const NONE: u32 = u32::MAX;

impl Seeds {
    /// The sampled grams of a text in order.
    ///
    /// Every gram is written and only a sampled one moves the end on: a branch on a bit of a hash would be
    /// mispredicted at every fourth letter, which costs more than the rest.
    pub(super) fn sample(&mut self, text: &[u16], out: &mut Vec<Gram>) {
        self.prefix.clear();
        self.prefix.reserve(text.len() + 1);
        let mut hash = 0_u64;
        self.prefix.push(0);
        for &letter in text {
            hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(fold_confusions(letter)) + 1);
            self.prefix.push(hash);
        }
        out.clear();
        out.resize(text.len() + 1, Gram::default());
        let mut count = 0;
        for (i, &letter) in text.iter().enumerate() {
            let script = script(letter);
            let Some(end) = self.prefix.get(i + gram(script)) else { continue };
            let difference = end.wrapping_sub(self.prefix[i].wrapping_mul(power(script)));
            let mixed = (difference ^ (difference >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let hash = (mixed >> 32) as u32;
            out[count] = Gram { hash, at: i as u32 };
            count += usize::from(hash <= u32::MAX / SAMPLE);
        }
        out.truncate(count);
    }

    /// Looks up the grams of `a` among those of `b`.
    pub(super) fn meet(&mut self, a: &[Gram], b: &[Gram]) {
        let size = (b.len() * 2).next_power_of_two().max(16);
        if self.slots.len() < size {
            self.slots.resize(size, Slot::default());
        }
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill(Slot::default());
            self.epoch = 1;
        }
        self.before.clear();
        self.hits.clear();
        for (k, gram) in b.iter().enumerate() {
            let epoch = self.epoch;
            let i = place(&self.slots[..size], epoch, gram.hash);
            let slot = &mut self.slots[i];
            if slot.epoch != epoch {
                let first = k as u32;
                *slot =
                    Slot { epoch, hash: gram.hash, first, last: NONE, first_in_a: NONE, in_a: 0, in_b: 0 };
            }
            self.before.push(slot.last);
            slot.last = k as u32;
            slot.in_b += 1;
        }
        for gram in a {
            let i = place(&self.slots[..size], self.epoch, gram.hash);
            let slot = &mut self.slots[i];
            if slot.epoch == self.epoch {
                slot.first_in_a = slot.first_in_a.min(gram.at);
                slot.in_a += 1;
                self.hits.push(Hit { slot: i as u32, at: gram.at });
            }
        }
    }

    /// The places (in the first text, in the second) of the grams that both have, in order of the first. At most
    /// [`CAP`] for each gram of the first; a gram that either has more often counts with its first place in
    /// each, so that a text of one line over and over is still seen to be like itself.
    pub(super) fn pairs<'a>(&'a self, b: &'a [Gram]) -> impl Iterator<Item = (u32, u32)> + 'a {
        let some = |k: u32| (k != NONE).then_some(k as usize);
        self.hits.iter().flat_map(move |hit| {
            let slot = &self.slots[hit.slot as usize];
            let (start, go_on) = match slot.is_frequent() {
                true if slot.first_in_a == hit.at => (slot.first, false),
                true => (NONE, false),
                false => (slot.last, true),
            };
            let places = std::iter::successors(some(start), move |&k| some(self.before[k]).filter(|_| go_on));
            places.map(move |k| (hit.at, b[k].at))
        })
    }
}

/// Where `hash` is, or where it would be put. At most half of the slots are full.
fn place(slots: &[Slot], epoch: u32, hash: u32) -> usize {
    let mask = slots.len() - 1;
    let mut i = (hash.wrapping_mul(0x9e37_79b1) >> 7) as usize & mask;
    while slots[i].epoch == epoch && slots[i].hash != hash {
        i = (i + 1) & mask;
    }
    i
}

/// The multiplier of the rolling polynomial: odd, and otherwise without pattern.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// `BASE` to the power of a script's gram length.
const fn power(script: Script) -> u64 {
    const POWERS: [u64; 3] = [
        BASE.wrapping_pow(gram(Script::Alphabet) as u32),
        BASE.wrapping_pow(gram(Script::Abjad) as u32),
        BASE.wrapping_pow(gram(Script::Syllabary) as u32),
    ];
    POWERS[script as usize]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pairs_are_the_equal_grams(
            a in "[ab]{0,60}|[a-z]{0,120}",
            common in "[a-z]{0,60}",
            b in "[ab]{0,60}|[a-z]{0,120}",
        ) {
            let codes = |text: String| text.encode_utf16().collect::<Vec<u16>>();
            let (a, b) = (codes(format!("{a}{common}")), codes(format!("{common}{b}")));
            let mut seeds = Seeds::default();
            let (mut grams_a, mut grams_b) = (Vec::new(), Vec::new());
            seeds.sample(&a, &mut grams_a);
            seeds.sample(&b, &mut grams_b);
            seeds.meet(&grams_a, &grams_b);
            let mut pairs: Vec<(u32, u32)> = seeds.pairs(&grams_b).collect();
            prop_assert!(pairs.is_sorted_by_key(|p| p.0));
            pairs.sort_unstable();
            let count = |grams: &[Gram], hash| grams.iter().filter(|g| g.hash == hash).count() as u32;
            let mut expected = Vec::new();
            for x in &grams_a {
                let frequent = count(&grams_a, x.hash) > CAP || count(&grams_b, x.hash) > CAP;
                let first = |grams: &[Gram]| grams.iter().find(|g| g.hash == x.hash).copied();
                for y in grams_b.iter().filter(|y| y.hash == x.hash) {
                    if !frequent || (first(&grams_a), first(&grams_b)) == (Some(*x), Some(*y)) {
                        expected.push((x.at, y.at));
                    }
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(pairs, expected);
            for gram in &grams_a {
                let at = gram.at as usize;
                let folded: Vec<u16> = a[at..at + 9].iter().map(|&c| fold_confusions(c)).collect();
                for other in grams_a.iter().filter(|g| g.hash == gram.hash) {
                    let at = other.at as usize;
                    let again: Vec<u16> = a[at..at + 9].iter().map(|&c| fold_confusions(c)).collect();
                    prop_assert_eq!(&again, &folded);
                }
            }
        }
    }
}
