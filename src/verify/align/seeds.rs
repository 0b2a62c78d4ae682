//! Grams that two texts have in common: where an alignment may begin.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use crate::hash::folded_multiply;
use crate::kernel::{Backend, grams};
use crate::text::{Letters, PADDING, Script, script};

/// Letters of a gram. 9 Latin letters, folded, are 26 bits; an Arabic or Hebrew letter says more and copies
/// in these scripts are edited more; four Han letters are two words.
pub(super) const fn gram(script: Script) -> usize {
    match script {
        Script::Alphabet => 9,
        Script::Abjad => 5,
        Script::Syllabary => 4,
    }
}

/// The letters of the longest gram.
pub(super) const LONGEST_GRAM: u32 = gram(Script::Alphabet) as u32;

/// One gram in so many is a seed, the same in both texts. All of them find nothing more and cost three times
/// as much; one in eight loses bad scans.
const SAMPLE: u32 = 4;

/// How often a gram may occur in either text and still tell a place.
pub(super) const CAP: u32 = 3;

/// Grams of the second text that are looked up together, so that their table stays in the cache.
const TOGETHER: usize = 1 << 15;

/// A sampled gram of a text: where it begins in the upper 32 bits, its hash in the lower. Two grams of one
/// hash are taken for one, which refinement finds out.
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
    /// Those that the other text seems to have too. Strangers share few: only these few are looked up.
    a: Vec<Gram>,
    b: Vec<Gram>,
    spare: Vec<Gram>,
    in_b: Filter,
    key: Key,
    /// A table of the hashes in the second text: the last gram of each.
    heads: Vec<u32>,
    /// For each gram of the second text the one before it with the same hash.
    before: Vec<u32>,
    /// Of the last gram of each hash in the second text, what is known of all of them.
    shared: Vec<Shared>,
    hits: Vec<Hit>,
}

/// Where hashes go in a table: a secret of this aligner, so that no text can be written whose grams all go to
/// one place. Nothing of it shows in results.
#[derive(Clone, Debug)]
struct Key([u64; 2]);

impl Default for Key {
    fn default() -> Self {
        let secret = RandomState::new();
        Self([secret.hash_one(0), secret.hash_one(1) | 1])
    }
}

impl Key {
    fn slot(&self, hash: u32, mask: usize) -> usize {
        self.mix(hash) as usize & mask
    }

    fn mix(&self, hash: u32) -> u64 {
        folded_multiply(u64::from(hash) ^ self.0[0], self.0[1])
    }

    /// Parts grams by their hashes, into two parts or another power of two, which keep their order; where
    /// each part ends.
    fn part(&self, grams: &mut Vec<Gram>, spare: &mut Vec<Gram>, parts: usize) -> Vec<usize> {
        let part = |gram: Gram| (self.mix(hash_of(gram)) >> (u64::BITS - parts.ilog2())) as usize;
        let mut ends = vec![0; parts + 1];
        grams.iter().for_each(|&gram| ends[part(gram) + 1] += 1);
        for n in 1..=parts {
            ends[n] += ends[n - 1];
        }
        spare.clear();
        spare.resize(grams.len(), Gram::default());
        for &gram in &*grams {
            // From where a part begins to where it ends.
            let at = &mut ends[part(gram)];
            spare[*at] = gram;
            *at += 1;
        }
        std::mem::swap(grams, spare);
        ends.truncate(parts);
        ends
    }
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

/// The grams with one hash.
#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    /// How often each text has it; 0 for the first until it is met there.
    in_a: u32,
    in_b: u32,
    /// The first place in the first text, and the first gram of the second.
    first_in_a: u32,
    first: u32,
}

impl Shared {
    fn is_frequent(&self) -> bool {
        self.in_a > CAP || self.in_b > CAP
    }
}

/// A gram of the first text that the second has too.
#[derive(Clone, Copy, Debug)]
struct Hit {
    at: u32,
    /// The last of the second text.
    last: u32,
}

const NONE: u32 = u32::MAX;

impl Seeds {
    /// Looks up the grams of `a`, which pass through `in_a`, among those of `b`.
    pub(super) fn meet(&mut self, a: &[Gram], in_a: &Filter, b: &[Gram]) {
        in_a.pass(b, &mut self.b);
        self.in_b.fill(&self.b);
        self.in_b.pass(a, &mut self.a);
        self.meet_in_parts((self.b.len() / TOGETHER).next_power_of_two());
    }

    /// The same of those that are left, so many parts one after the other.
    fn meet_in_parts(&mut self, parts: usize) {
        self.before.clear();
        self.hits.clear();
        self.shared.clear();
        self.shared.resize(self.b.len(), Shared::default());
        if parts < 2 {
            self.meet_part(0..self.a.len(), 0..self.b.len());
            return;
        }
        let ends_a = self.key.part(&mut self.a, &mut self.spare, parts);
        let ends_b = self.key.part(&mut self.b, &mut self.spare, parts);
        let (mut from_a, mut from_b) = (0, 0);
        for (to_a, to_b) in ends_a.into_iter().zip(ends_b) {
            self.meet_part(from_a..to_a, from_b..to_b);
            (from_a, from_b) = (to_a, to_b);
        }
        self.hits.sort_unstable_by_key(|hit| hit.at);
    }

    fn meet_part(&mut self, of_a: Range<usize>, of_b: Range<usize>) {
        let Self { a, b, key, heads, before, shared, hits, .. } = self;
        let mask = (2 * of_b.len()).next_power_of_two() - 1;
        heads.clear();
        heads.resize(mask + 1, NONE);
        for k in of_b {
            let hash = hash_of(b[k]);
            let slot = slot_of(hash, b, heads, key.slot(hash, mask));
            before.push(std::mem::replace(&mut heads[slot], k as u32));
        }
        for &gram in &a[of_a] {
            let last = heads[slot_of(hash_of(gram), b, heads, key.slot(hash_of(gram), mask))];
            if last == NONE {
                continue;
            }
            let at = place_of(gram);
            let of_hash = &mut shared[last as usize];
            if of_hash.in_a == 0 {
                *of_hash = Shared { in_a: 0, in_b: 0, first_in_a: at, first: last };
                let mut next = last;
                while next != NONE {
                    (of_hash.first, of_hash.in_b) = (next, of_hash.in_b + 1);
                    next = before[next as usize];
                }
            }
            of_hash.in_a += 1;
            hits.push(Hit { at, last });
        }
    }

    /// Puts the places of each gram of a text and of the last equal one at least `apart` before it into
    /// `pairs`, in order of the earlier place.
    pub(super) fn earlier(&mut self, grams: &[Gram], apart: u32, pairs: &mut Vec<(u32, u32)>) {
        let Self { key, heads, before, .. } = self;
        let mask = (2 * grams.len()).next_power_of_two() - 1;
        heads.clear();
        heads.resize(mask + 1, NONE);
        before.clear();
        pairs.clear();
        for (&gram, k) in grams.iter().zip(0..) {
            let slot = slot_of(hash_of(gram), grams, heads, key.slot(hash_of(gram), mask));
            let mut last = std::mem::replace(&mut heads[slot], k);
            before.push(last);
            // At most `apart` equal grams stand in between.
            while let Some(&earlier) = grams.get(last as usize) {
                if place_of(gram) - place_of(earlier) >= apart {
                    pairs.push((place_of(earlier), place_of(gram)));
                    break;
                }
                last = before[last as usize];
            }
        }
        pairs.sort_unstable();
    }

    /// Puts the places (in the first text, in the second) of the grams that both have into `pairs`, in order
    /// of the first. At most [`CAP`] for each gram of the first; a gram that either has more often counts
    /// with its first place in each, so that a text of one line over and over is still seen to be like
    /// itself.
    pub(super) fn pairs(&self, pairs: &mut Vec<(u32, u32)>) {
        let Self { b, before, shared, hits, .. } = self;
        pairs.clear();
        for &Hit { at, last } in hits {
            let of_hash = &shared[last as usize];
            let pair = |k: u32| (at, place_of(b[k as usize]));
            if of_hash.is_frequent() {
                pairs.extend((of_hash.first_in_a == at).then(|| pair(of_hash.first)));
                continue;
            }
            let mut k = last;
            while k != NONE {
                pairs.push(pair(k));
                k = before[k as usize];
            }
        }
    }
}

/// The slot of a hash in a table of the last grams of each, which is half empty: from `slot` on, where it
/// would be.
#[inline]
fn slot_of(hash: u32, grams: &[Gram], heads: &[u32], mut slot: usize) -> usize {
    while let Some(&gram) = grams.get(heads[slot] as usize)
        && hash_of(gram) != hash
    {
        slot = (slot + 1) & (heads.len() - 1);
    }
    slot
}

/// The sampled grams of a text in order, in a buffer that is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Grams {
    sampled: Vec<Gram>,
}

impl Grams {
    pub(super) fn as_slice(&self) -> &[Gram] {
        &self.sampled
    }

    /// Takes the sampled grams of a text.
    pub(super) fn sample(&mut self, text: &Letters, backend: Backend) {
        const SAMPLED: u32 = u32::MAX / SAMPLE;
        self.sampled.clear();
        let (codes, folded) = (text.codes(), text.folded());
        if text.is_latin() {
            const { assert!(gram(Script::Alphabet) == grams::BYTES && PADDING >= grams::PADDING) };
            let folded = &folded[..codes.len() + grams::PADDING];
            grams::sample(backend, folded, SAMPLED, &mut self.sampled);
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
            grams_a.sample(&a, Backend::detect());
            grams_b.sample(&b, Backend::detect());
            let (grams_a, grams_b) = (grams_a.as_slice(), grams_b.as_slice());
            let mut in_a = Filter::default();
            in_a.fill(grams_a);
            seeds.meet(grams_a, &in_a, grams_b);
            let mut pairs = Vec::new();
            seeds.pairs(&mut pairs);
            prop_assert!(pairs.is_sorted_by_key(|p| p.0));
            // In parts as in one.
            let mut in_parts = Vec::new();
            seeds.meet_in_parts(8);
            seeds.pairs(&mut in_parts);
            prop_assert_eq!(&in_parts, &pairs);
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
