//! How much of their rarer words two texts share, wherever the words stand.
//!
//! In a text of a few hundred letters a paraphrase leaves alignment little to hold on to; its names, numbers and
//! rare words stay.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::hash::folded_multiply;
use crate::text::{Letters, Script, script};

/// Slots of the table of frequencies: 16 MiB. Two words in one slot look a little commoner than they are; with a quarter
/// of the slots, texts in other scripts beside them moved the scores of short texts.
const SLOTS: usize = 1 << 22;

/// How many documents hold each word, by a hash of the word.
#[derive(Debug)]
pub(crate) struct Frequencies {
    documents: Vec<AtomicU32>,
}

/// The words of one text by their hashes, sorted and as often as they occur.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordBag {
    hashes: Vec<u32>,
}

impl WordBag {
    /// Words are what stands between spaces; in scripts without them, every two letters.
    ///
    /// The text's main script salts the hashes: figures and names in Latin letters, which any language
    /// uses, are counted among texts of one script only, so that a corpus of two scripts gives each the
    /// frequencies it has alone.
    pub(crate) fn fill(&mut self, text: &Letters) {
        let salt = if text.is_latin() { 0 } else { main_script(text.codes()) };
        self.hashes.clear();
        for word in text.words() {
            if word.len() > 2 && script(word[0]) == Script::Syllabary {
                self.hashes.extend(word.windows(2).map(|pair| hash(salt, pair)));
            } else {
                self.hashes.push(hash(salt, word));
            }
        }
        self.hashes.sort_unstable();
    }
}

/// The block of 256 codes that most letters come from; one number for all of Han, kana and Hangul.
fn main_script(letters: &[u16]) -> u64 {
    let mut counts = [0_u32; 256];
    for &letter in letters.iter().filter(|&&letter| letter > u16::from(b'9')) {
        let block = if script(letter) == Script::Syllabary { 0x4e } else { letter >> 8 };
        counts[usize::from(block)] += 1;
    }
    let most = (0..counts.len()).rev().max_by_key(|&block| counts[block]);
    most.unwrap_or_default() as u64
}

fn hash(salt: u64, word: &[u16]) -> u32 {
    let step = |hash, letters: &[u16]| {
        let packed = letters.iter().fold(0, |packed, &letter| packed << 16 | u64::from(letter));
        folded_multiply(hash ^ packed, 0x9e37_79b9_7f4a_7c15)
    };
    (word.chunks(4).fold(0x2545_f491_4f6c_dd1d ^ salt << 32, step) >> 32) as u32
}

impl Frequencies {
    pub(crate) fn new() -> Self {
        Self { documents: (0..SLOTS).map(|_| AtomicU32::new(0)).collect() }
    }

    /// Counts one document. From any thread: additions come out the same in any order.
    pub(crate) fn add(&self, bag: &WordBag) {
        for run in bag.hashes.chunk_by(|a, b| a == b) {
            self.documents[slot(run[0])].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn of(&self, hash: u32) -> u32 {
        self.documents[slot(hash)].load(Ordering::Relaxed)
    }

    /// The number of documents that hold the commonest word of the two texts.
    pub(crate) fn top(&self, a: &WordBag, b: &WordBag) -> u32 {
        a.hashes.iter().chain(&b.hashes).map(|&hash| self.of(hash)).max().unwrap_or(0)
    }

    /// The weight of the shared words over the geometric mean of both texts' weights, in \[0, 1\].
    ///
    /// A word that df documents hold weighs log2(1.5 · top / df)², with `top` as in [`top`](Self::top): how
    /// rare it is is measured within the language of the texts, whatever else the corpus holds.
    pub(crate) fn overlap(&self, a: &WordBag, b: &WordBag) -> f64 {
        let ceiling = libm::log2(1.5 * f64::from(self.top(a, b).max(2)));
        let weight = |hash: u32| {
            let weight = (ceiling - libm::log2(f64::from(self.of(hash).max(2)))).max(0.0);
            weight * weight
        };
        let (mut i, mut j) = (0, 0);
        let (mut all_a, mut all_b, mut both) = (0.0, 0.0, 0.0);
        while let (Some(&x), Some(&y)) = (a.hashes.get(i), b.hashes.get(j)) {
            let weight = weight(x.min(y));
            if x <= y {
                all_a += weight;
                i += 1;
            }
            if y <= x {
                all_b += weight;
                j += 1;
            }
            if x == y {
                both += weight;
            }
        }
        all_a += a.hashes[i..].iter().map(|&hash| weight(hash)).sum::<f64>();
        all_b += b.hashes[j..].iter().map(|&hash| weight(hash)).sum::<f64>();
        if both > 0.0 { both / (all_a * all_b).sqrt() } else { 0.0 }
    }
}

fn slot(hash: u32) -> usize {
    hash as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag(text: &str) -> WordBag {
        let (mut letters, mut bag) = (Letters::default(), WordBag::default());
        letters.fill(text, crate::Backend::detect());
        bag.fill(&letters);
        bag
    }

    #[test]
    fn rare_words_outweigh_common_ones() {
        let frequencies = Frequencies::new();
        let texts: Vec<String> = (0..100).map(|i| format!("the of and to number{i}")).collect();
        for text in &texts {
            frequencies.add(&bag(text));
        }
        let overlap = |a: &str, b: &str| frequencies.overlap(&bag(a), &bag(b));
        let rare = overlap("the number7 of and", "to number7 and the");
        let common = overlap("the number7 of and", "the number8 of and");
        assert!(rare > 0.9 && common < 0.1, "{rare} {common}");
        assert!((overlap("to number3", "to number3") - 1.0).abs() < 1e-12);
        assert_eq!(overlap("", "the"), 0.0);
    }

    #[test]
    fn a_script_of_its_own_counts_for_itself() {
        assert_ne!(bag("1924 мир и вода").hashes, bag("1924 peace and water").hashes);
        assert!(bag("东京报纸").hashes.len() == 3);
    }
}
