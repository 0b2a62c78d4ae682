//! Grams that two texts have in common: where an alignment may begin.

use crate::kernel::{Backend, grams};
use crate::text::{Letters, PADDING, Script, script};
use crate::verify::table::Table;

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

/// A sampled gram of a text: where it begins in the upper 32 bits, its hash in the lower. Two grams of one hash are taken
/// for one, which refinement finds out.
type Gram = u64;

fn hash_of(gram: Gram) -> u32 {
    gram as u32
}

fn place_of(gram: Gram) -> u32 {
    (gram >> 32) as u32
}

/// Finds the grams that two texts have in common; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Seeds {
    /// Those that the other text seems to have too. Strangers share few: only these few go into the table.
    a: Vec<Gram>,
    b: Vec<Gram>,
    in_b: Filter,
    shared: Table<u32, Places>,
    /// For each gram of the second text the one before it with the same hash.
    before: Vec<u32>,
    hits: Vec<Hit>,
}

/// Which hashes a text may have: of those that it has not, one in sixteen is let through or fewer.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    bits: Vec<u64>,
}

impl Filter {
    pub(super) fn fill(&mut self, grams: &[Gram]) {
        self.bits.clear();
        self.bits.resize(grams.len().div_ceil(4).next_power_of_two(), 0);
        let mask = self.bits.len() - 1;
        for &gram in grams {
            self.bits[(hash_of(gram) >> 6) as usize & mask] |= 1 << (gram & 63);
        }
    }

    /// Puts those of `grams` that pass into `passed`.
    fn pass(&self, grams: &[Gram], passed: &mut Vec<Gram>) {
        // Written each, counted if it passes, as where they were sampled.
        passed.resize(grams.len() + 1, Gram::default());
        let (bits, mask, out, mut count) = (&self.bits[..], self.bits.len() - 1, &mut passed[..], 0);
        for &gram in grams {
            out[count] = gram;
            count += (bits[(hash_of(gram) >> 6) as usize & mask] >> (gram & 63) & 1) as usize;
        }
        passed.truncate(count);
    }
}

/// Where the grams with one hash are.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    /// The first and last in the second text.
    first: u32,
    last: u32,
    /// The first place in the first text.
    first_in_a: u32,
    in_a: u32,
    in_b: u32,
}

impl Places {
    fn is_frequent(&self) -> bool {
        self.in_a > CAP || self.in_b > CAP
    }
}

/// A gram of the first text that the second has too.
#[derive(Clone, Copy, Debug)]
struct Hit {
    place: usize,
    at: u32,
}

const NONE: u32 = u32::MAX;

impl Seeds {
    /// Looks up the grams of `a`, which pass through `in_a`, among those of `b`.
    pub(super) fn meet(&mut self, a: &[Gram], in_a: &Filter, b: &[Gram]) {
        in_a.pass(b, &mut self.b);
        self.in_b.fill(&self.b);
        self.in_b.pass(a, &mut self.a);
        self.shared.begin(self.b.len());
        self.before.clear();
        self.hits.clear();
        for (&gram, k) in self.b.iter().zip(0..) {
            let place = self.shared.insert(hash_of(gram));
            let places = self.shared.at_mut(place);
            if places.in_b == 0 {
                *places = Places { first: k, last: NONE, first_in_a: NONE, in_a: 0, in_b: 0 };
            }
            self.before.push(places.last);
            places.last = k;
            places.in_b += 1;
        }
        for &gram in &self.a {
            if let Some(place) = self.shared.find(hash_of(gram)) {
                let (places, at) = (self.shared.at_mut(place), place_of(gram));
                places.first_in_a = places.first_in_a.min(at);
                places.in_a += 1;
                self.hits.push(Hit { place, at });
            }
        }
    }

    /// The places (in the first text, in the second) of the grams that both have, in order of the first. At most
    /// [`CAP`] for each gram of the first; a gram that either has more often counts with its first place in
    /// each, so that a text of one line over and over is still seen to be like itself.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        let some = |k: u32| (k != NONE).then_some(k as usize);
        self.hits.iter().flat_map(move |hit| {
            let shared = self.shared.at(hit.place);
            let (start, go_on) = match shared.is_frequent() {
                true if shared.first_in_a == hit.at => (shared.first, false),
                true => (NONE, false),
                false => (shared.last, true),
            };
            let places = std::iter::successors(some(start), move |&k| some(self.before[k]).filter(|_| go_on));
            places.map(move |k| (hit.at, place_of(self.b[k])))
        })
    }
}

/// The sampled grams of a text in order, in a buffer that is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Grams {
    sampled: Vec<Gram>,
    backend: Backend,
}

impl Grams {
    pub(super) fn as_slice(&self) -> &[Gram] {
        &self.sampled
    }

    /// Takes the sampled grams of a text.
    pub(super) fn sample(&mut self, text: &Letters) {
        const SAMPLED: u32 = u32::MAX / SAMPLE;
        self.sampled.clear();
        let (codes, folded) = (text.codes(), text.folded());
        if text.is_latin() {
            const { assert!(gram(Script::Alphabet) == grams::BYTES && PADDING >= grams::PADDING) };
            let folded = &folded[..codes.len() + grams::PADDING];
            grams::sample(self.backend, folded, SAMPLED, &mut self.sampled);
            return;
        }
        for (&code, at) in codes.iter().zip(0_u32..) {
            let (letters, i) = (gram(script(code)), at as usize);
            if i + letters > codes.len() {
                continue;
            }
            let eight = folded[i..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
            let kept = u64::MAX >> (64 - 8 * letters.min(8));
            let hash = grams::hash(eight & kept, if letters > 8 { folded[i + 8] } else { 0 });
            if hash <= SAMPLED {
                self.sampled.push(u64::from(at) << 32 | u64::from(hash));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Backend;

    proptest! {
        #[test]
        fn pairs_are_the_equal_grams(
            a in "[ab]{0,60}|[a-z]{0,120}",
            common in "[a-z]{0,60}",
            b in "[ab]{0,60}|[a-z]{0,120}",
        ) {
            let letters = |text: &str| {
                let mut letters = Letters::default();
                letters.fill(text, Backend::detect());
                letters
            };
            let (a, b) = (letters(&format!("{a}{common}")), letters(&format!("{common}{b}")));
            let mut seeds = Seeds::default();
            let (mut grams_a, mut grams_b) = (Grams::default(), Grams::default());
            grams_a.sample(&a);
            grams_b.sample(&b);
            let (grams_a, grams_b) = (grams_a.as_slice(), grams_b.as_slice());
            let mut in_a = Filter::default();
            in_a.fill(grams_a);
            seeds.meet(grams_a, &in_a, grams_b);
            let mut pairs: Vec<(u32, u32)> = seeds.pairs().collect();
            prop_assert!(pairs.is_sorted_by_key(|p| p.0));
            pairs.sort_unstable();
            let count = |grams: &[Gram], hash| grams.iter().filter(|&&g| hash_of(g) == hash).count() as u32;
            let mut expected = Vec::new();
            for &x in grams_a {
                let hash = hash_of(x);
                let frequent = count(grams_a, hash) > CAP || count(grams_b, hash) > CAP;
                let first = |grams: &[Gram]| grams.iter().find(|&&g| hash_of(g) == hash).copied();
                for &y in grams_b.iter().filter(|&&y| hash_of(y) == hash) {
                    if !frequent || (first(grams_a), first(grams_b)) == (Some(x), Some(y)) {
                        expected.push((place_of(x), place_of(y)));
                    }
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(pairs, expected);
            // Grams of one hash are the same but for letters that OCR confuses.
            let window = |gram: Gram| &a.folded()[place_of(gram) as usize..place_of(gram) as usize + 9];
            for &gram in grams_a {
                prop_assert!(grams_a.iter().all(|&g| hash_of(g) != hash_of(gram) || window(g) == window(gram)));
            }
        }
    }
}
