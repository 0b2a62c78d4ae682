//! How much of their rarer words two texts share, wherever the words stand.
//!
//! In a text of a few hundred letters a paraphrase leaves alignment little to hold on to; its names, numbers
//! and rare words stay.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::table::Seen;
use crate::hash::{SECRET, folded_multiply, pack};
use crate::kernel::prefetch::prefetch;
use crate::text::{Letters, Script, script};

/// Slots of the table of frequencies: 16 MiB. Two words in one slot look a little commoner than they are;
/// with a quarter of the slots, texts in other scripts beside them moved the scores of short texts.
const SLOTS: usize = 1 << 22;

/// Logarithms that are worked out once.
const LOGS: usize = 1 << 10;

/// How many documents hold each word, by a hash of the word.
#[derive(Debug)]
pub(crate) struct Frequencies {
    /// Of each slot; none before the first document.
    documents: OnceLock<Vec<AtomicU32>>,
    /// log2 of the first numbers, which most words have.
    logs: Vec<f64>,
}

/// Reads the words of texts; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordReader {
    /// The hash of each word.
    words: Vec<u32>,
    seen: Seen,
}

impl WordReader {
    /// Words are what stands between spaces; in scripts without them, every two letters.
    ///
    /// The text's main script salts the hashes: figures and names in Latin letters, which any language
    /// uses, are counted among texts of one script only, so that a corpus of two scripts gives each the
    /// frequencies it has alone. Words that begin with a letter that stands are left out; none when
    /// `standing` is empty.
    fn read(&mut self, text: &Letters, standing: &[bool]) {
        let codes = text.codes();
        self.words.clear();
        let own = |word: &Range<usize>| standing.get(word.start) != Some(&true);
        if text.is_latin() {
            if standing.is_empty() {
                self.words.extend(text.words().map(|word| hash(0, codes, word)));
            } else {
                self.words.extend(text.words().filter(own).map(|word| hash(0, codes, word)));
            }
            return;
        }
        let salt = main_script(codes);
        for word in text.words().filter(own) {
            if word.len() > 2 && script(codes[word.start]) == Script::Syllabary {
                let pairs = word.clone().skip(1).map(|second| hash(salt, codes, second - 1..second + 1));
                self.words.extend(pairs);
            } else {
                self.words.push(hash(salt, codes, word));
            }
        }
    }

    /// The different words of a text, in any order.
    fn read_different(&mut self, text: &Letters) -> &[u32] {
        /// Words from which on they are sorted: a set of them would take several times the memory of the
        /// text.
        const MANY: usize = 1 << 16;
        self.read(text, &[]);
        let Self { words, seen } = self;
        if words.len() > MANY {
            words.sort_unstable();
            words.dedup();
            return words;
        }
        seen.begin(words.len());
        let mut different = 0;
        for i in 0..words.len() {
            // Written in any case, and kept if it is new: which words are new cannot be foreseen.
            let word = words[i];
            words[different] = word;
            different += usize::from(seen.add(word));
        }
        &words[..different]
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
pub(super) fn hash(salt: u64, codes: &[u16], word: Range<usize>) -> u32 {
    /// Letters that are hashed in any case: how long a word is cannot be foreseen, but few are longer.
    const MOST: usize = 16;
    /// Which of these, four in a number, belong to a word of so many.
    const OF_WORD: [[u64; MOST / 4]; MOST + 1] = {
        let mut masks = [[0; MOST / 4]; MOST + 1];
        let mut letters = 1;
        while letters <= MOST {
            masks[letters] = masks[letters - 1];
            masks[letters][(letters - 1) / 4] |= 0xffff << (16 * ((letters - 1) % 4));
            letters += 1;
        }
        masks
    };
    let padded;
    let letters: &[u16; MOST] = if let Some(letters) = codes[word.start..].first_chunk() {
        letters
    } else {
        padded = first(&codes[word.start..]);
        &padded
    };
    let of_word = &OF_WORD[word.len().min(MOST)];
    let fours = letters.as_chunks::<4>().0;
    let four = |i: usize| (pack(fours[i]) & of_word[i]) ^ SECRET[i];
    let mut hash = folded_multiply(four(0) ^ salt << 32, four(1)) ^ folded_multiply(four(2), four(3));
    if word.len() > MOST {
        let rest = codes[word.start + MOST..word.end].chunks(4);
        hash = rest.fold(hash, |hash, four| folded_multiply(hash ^ pack(first(four)), SECRET[4]));
    }
    (hash >> 32) as u32
}

/// The first letters, with zeros behind them.
fn first<const N: usize>(letters: &[u16]) -> [u16; N] {
    std::array::from_fn(|i| letters.get(i).copied().unwrap_or(0))
}

impl Frequencies {
    pub(crate) fn new() -> Self {
        let log2 = |documents: usize| libm::log2(documents.max(2) as f64);
        Self { documents: OnceLock::new(), logs: (0..LOGS).map(log2).collect() }
    }

    /// The slots, to count in.
    fn table(&self) -> &[AtomicU32] {
        // Zeros that the system gives, and not before they are touched: a small corpus touches few.
        self.documents.get_or_init(|| vec![0; SLOTS].into_iter().map(AtomicU32::new).collect())
    }

    /// The slots, or none of them where nothing has been counted.
    fn slots(&self) -> &[AtomicU32] {
        self.documents.get().map_or(&[], Vec::as_slice)
    }

    /// The bytes that they take at most.
    pub(crate) const MEMORY: usize = 4 * SLOTS + 8 * LOGS;

    /// Adds the counts of another corpus.
    pub(crate) fn add_counts(&mut self, other: &Self) {
        for (slot, added) in other.counts() {
            let count = &self.table()[slot as usize];
            count.store(count.load(Ordering::Relaxed).saturating_add(added), Ordering::Relaxed);
        }
    }

    /// Those of both corpora.
    pub(crate) fn merged(&self, other: &Self) -> Self {
        let mut merged = Self::new();
        merged.add_counts(self);
        merged.add_counts(other);
        merged
    }

    /// The slots that any document holds, rising, and how many documents hold each.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let counts = (0..).zip(self.slots().iter().map(|count| count.load(Ordering::Relaxed)));
        counts.filter(|&(_, count)| count > 0)
    }

    /// From [`counts`](Self::counts); `None` for a slot beyond the table.
    pub(crate) fn of_counts(counts: impl Iterator<Item = (u32, u32)>) -> Option<Self> {
        let frequencies = Self::new();
        for (slot, count) in counts {
            frequencies.table().get(slot as usize)?.store(count, Ordering::Relaxed);
        }
        Some(frequencies)
    }

    /// Equal for equal counts.
    pub(crate) fn digest(&self) -> u64 {
        self.counts().fold(0, |digest, (slot, count)| {
            folded_multiply(digest ^ SECRET[0] ^ u64::from(slot), SECRET[1] ^ u64::from(count))
        })
    }

    /// Counts one document. From any thread: additions come out the same in any order.
    pub(crate) fn add(&self, text: &Letters, reader: &mut WordReader) {
        /// Words whose counts are fetched together: additions wait for each other, and so for memory.
        const TOGETHER: usize = 256;
        let table = self.table();
        for words in reader.read_different(text).chunks(TOGETHER) {
            words.iter().for_each(|&word| prefetch(table, slot(word)));
            for &word in words {
                table[slot(word)].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Reads the words of a text, when all documents have been counted, but those that begin with a letter
    /// that stands.
    pub(crate) fn weigh(
        &self,
        text: &Letters,
        standing: &[bool],
        reader: &mut WordReader,
        weighed: &mut WeighedWords,
    ) {
        reader.read(text, standing);
        reader.words.sort_unstable();
        let slots = self.slots();
        weighed.words.clear();
        weighed.top = 0;
        for same in reader.words.chunk_by(|a, b| a == b) {
            let (hash, times) = (same[0], same.len() as u32);
            let documents = slots.get(slot(hash)).map_or(0, |count| count.load(Ordering::Relaxed));
            weighed.top = weighed.top.max(documents);
            weighed.words.push(Word { hash, times, documents: self.log2(documents) });
        }
    }

    /// log2 of a number of documents, of at least two.
    fn log2(&self, documents: u32) -> f64 {
        let known = self.logs.get(documents as usize).copied();
        known.unwrap_or_else(|| libm::log2(f64::from(documents)))
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
        WordReader::default().read_different(&letters(text)).to_vec()
    }

    #[test]
    fn rare_words_outweigh_common_ones() {
        let frequencies = Frequencies::new();
        let texts: Vec<String> = (0..100).map(|i| format!("the of and to number{i}")).collect();
        for text in &texts {
            frequencies.add(&letters(text), &mut WordReader::default());
        }
        let weigh = |text: &str| {
            let mut weighed = WeighedWords::default();
            frequencies.weigh(&letters(text), &[], &mut WordReader::default(), &mut weighed);
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
        let codes: Vec<u16> = (0x61..0x61 + 60).collect();
        let mut hashes: Vec<u32> = (1..=40).map(|n| hash(0, &codes, 0..n)).collect();
        assert_eq!(hashes, (1..=40).map(|n| hash(0, &codes[..n], 0..n)).collect::<Vec<_>>());
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 40);
    }

    #[test]
    fn a_script_of_its_own_counts_for_itself() {
        assert_ne!(words("1924 мир и вода")[0], words("1924 peace and water")[0]);
        assert_eq!(words("东京报纸").len(), 3);
    }
}
