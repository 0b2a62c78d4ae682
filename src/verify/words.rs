//! How much of their rarer words two texts share, wherever the words stand.
//!
//! In a text of a few hundred letters a paraphrase leaves alignment little to hold on to; its names, numbers and
//! rare words stay.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use super::table::Table;
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

/// Counts the words of texts; holds the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordCounter {
    counts: Table<u32, u32>,
    /// The different words of the text at hand, by their hashes; and their number while they are counted.
    words: Vec<u32>,
    different: usize,
}

impl WordCounter {
    /// Words are what stands between spaces; in scripts without them, every two letters.
    ///
    /// The text's main script salts the hashes: figures and names in Latin letters, which any language
    /// uses, are counted among texts of one script only, so that a corpus of two scripts gives each the
    /// frequencies it has alone.
    fn fill(&mut self, text: &Letters) {
        let codes = text.codes();
        let salt = if text.is_latin() { 0 } else { main_script(codes) };
        // Only the words of a syllabary are several in what stands between spaces.
        let most = if text.is_latin() { text.words().len() } else { codes.len() };
        self.counts.begin(most);
        self.words.resize(most + 1, 0);
        self.different = 0;
        for word in text.words() {
            if !text.is_latin() && word.len() > 2 && script(codes[word.start]) == Script::Syllabary {
                word.clone().skip(1).for_each(|second| self.add(hash(salt, codes, second - 1..second + 1)));
            } else {
                self.add(hash(salt, codes, word));
            }
        }
        self.words.truncate(self.different);
    }

    /// Counts a word; there is room in `words` for one more.
    #[inline]
    fn add(&mut self, hash: u32) {
        let place = self.counts.insert(hash);
        let count = self.counts.at_mut(place);
        // Written in any case, and kept if it is new: which words are new cannot be foreseen.
        self.words[self.different] = hash;
        self.different += usize::from(*count == 0);
        *count += 1;
    }
}

/// The words of one text, how often each occurs, and how many documents hold it.
#[derive(Clone, Debug, Default)]
pub(crate) struct WeighedWords {
    /// By hash, rising.
    words: Vec<Word>,
    /// The number of documents that hold the commonest of them.
    top: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Word {
    hash: u32,
    times: u32,
    /// log2 of the documents that hold it.
    documents: f64,
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

/// The hash of the letters of a word.
#[inline(always)]
#[allow(clippy::inline_always, reason = "called once a word")]
fn hash(salt: u64, codes: &[u16], word: Range<usize>) -> u32 {
    /// Which letters of eight, four in a number, belong to a word of so many.
    const OF_WORD: [[u64; 2]; 9] = {
        let mut masks = [[0; 2]; 9];
        let mut letters = 1;
        while letters <= 8 {
            masks[letters] = masks[letters - 1];
            masks[letters][(letters - 1) / 4] |= 0xffff << (16 * ((letters - 1) % 4));
            letters += 1;
        }
        masks
    };
    let pack = |four: [u16; 4]| four.iter().rev().fold(0, |packed, &letter| packed << 16 | u64::from(letter));
    let pack_eight = |&[a, b, c, d, e, f, g, h]: &[u16; 8]| [pack([a, b, c, d]), pack([e, f, g, h])];
    let step = |hash, packed| folded_multiply(hash ^ packed, 0x9e37_79b9_7f4a_7c15);
    // Eight letters, less what does not belong to the word: to copy as many as there happen to be is a loop.
    let eight = match codes[word.start..].first_chunk() {
        Some(eight) => pack_eight(eight),
        None => pack_eight(&padded(&codes[word.start..])),
    };
    let of_word = OF_WORD[word.len().min(8)];
    let start = 0x2545_f491_4f6c_dd1d ^ salt << 32;
    let hash = step(step(start, eight[0] & of_word[0]), eight[1] & of_word[1]);
    if word.len() <= 8 {
        return (hash >> 32) as u32;
    }
    let rest = codes[word.start + 8..word.end].chunks(4);
    (rest.map(|four| pack(padded(four))).fold(hash, step) >> 32) as u32
}

/// The first letters, with zeros behind them.
#[inline]
fn padded<const N: usize>(letters: &[u16]) -> [u16; N] {
    std::array::from_fn(|i| letters.get(i).copied().unwrap_or(0))
}

impl Frequencies {
    pub(crate) fn new() -> Self {
        Self { documents: (0..SLOTS).map(|_| AtomicU32::new(0)).collect() }
    }

    /// Counts one document. From any thread: additions come out the same in any order.
    pub(crate) fn add(&self, text: &Letters, counter: &mut WordCounter) {
        counter.fill(text);
        for &word in &counter.words {
            self.documents[slot(word)].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads the words of a text, when all documents have been counted.
    pub(crate) fn weigh(&self, text: &Letters, counter: &mut WordCounter, weighed: &mut WeighedWords) {
        counter.fill(text);
        let WordCounter { counts, words, .. } = counter;
        words.sort_unstable();
        weighed.words.clear();
        weighed.top = 0;
        for &hash in &*words {
            let times = counts.find(hash).map_or(0, |place| *counts.at(place));
            let documents = self.documents[slot(hash)].load(Ordering::Relaxed);
            weighed.top = weighed.top.max(documents);
            weighed.words.push(Word { hash, times, documents: libm::log2(f64::from(documents.max(2))) });
        }
    }
}

/// The number of documents that hold the commonest word of two texts.
pub(crate) fn top(a: &WeighedWords, b: &WeighedWords) -> u32 {
    a.top.max(b.top)
}

/// The weight of the shared words over the geometric mean of both texts' weights, in \[0, 1\].
///
/// A word that df documents hold weighs log2(1.5 · top / df)², with `top` as in [`top`]: how
/// rare it is is measured within the language of the texts, whatever else the corpus holds.
pub(crate) fn overlap(a: &WeighedWords, b: &WeighedWords) -> f64 {
    let ceiling = libm::log2(1.5 * f64::from(top(a, b).max(2)));
    let weight = |word: &Word| {
        let weight = (ceiling - word.documents).max(0.0);
        weight * weight
    };
    let all = |words: &[Word]| words.iter().map(|word| f64::from(word.times) * weight(word)).sum::<f64>();
    let (mut i, mut j, mut both) = (0, 0, 0.0);
    while let (Some(x), Some(y)) = (a.words.get(i), b.words.get(j)) {
        if x.hash == y.hash {
            both += f64::from(x.times.min(y.times)) * weight(x);
        }
        i += usize::from(x.hash <= y.hash);
        j += usize::from(y.hash <= x.hash);
    }
    if both > 0.0 { both / (all(&a.words) * all(&b.words)).sqrt() } else { 0.0 }
}

fn slot(hash: u32) -> usize {
    hash as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Letters {
        let mut letters = Letters::default();
        letters.fill(text, crate::Backend::detect());
        letters
    }

    fn words(text: &str) -> Vec<u32> {
        let mut counter = WordCounter::default();
        counter.fill(&letters(text));
        counter.words
    }

    #[test]
    fn rare_words_outweigh_common_ones() {
        let frequencies = Frequencies::new();
        let texts: Vec<String> = (0..100).map(|i| format!("the of and to number{i}")).collect();
        for text in &texts {
            frequencies.add(&letters(text), &mut WordCounter::default());
        }
        let weigh = |text: &str| {
            let mut weighed = WeighedWords::default();
            frequencies.weigh(&letters(text), &mut WordCounter::default(), &mut weighed);
            weighed
        };
        let overlap = |a: &str, b: &str| overlap(&weigh(a), &weigh(b));
        let rare = overlap("the number7 of and", "to number7 and the");
        let common = overlap("the number7 of and", "the number8 of and");
        assert!(rare > 0.9 && common < 0.1, "{rare} {common}");
        assert!((overlap("to number3", "to number3") - 1.0).abs() < 1e-12);
        assert_eq!(overlap("", "the"), 0.0);
    }

    #[test]
    fn what_stands_behind_a_word_does_not_count() {
        let codes: Vec<u16> = (0x61..0x61 + 40).collect();
        let mut hashes: Vec<u32> = (1..=20).map(|n| hash(0, &codes, 0..n)).collect();
        assert_eq!(hashes, (1..=20).map(|n| hash(0, &codes[..n], 0..n)).collect::<Vec<_>>());
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 20);
    }

    #[test]
    fn a_script_of_its_own_counts_for_itself() {
        assert_ne!(words("1924 мир и вода")[0], words("1924 peace and water")[0]);
        assert_eq!(words("东京报纸").len(), 3);
    }
}
