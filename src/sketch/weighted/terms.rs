//! Weights of the shingles of a text: how often each occurs, and how much it says.

use std::collections::HashMap;

use super::TermWeights;
use crate::hash::SecretState;
use crate::shingle::ShingleCounts;

/// The counts of a text's shingles as weights, as [`WeightedMinHasher`](super::WeightedMinHasher) takes them.
///
/// ```
/// use reprint::{hash::xxh3, shingle::Shingler, sketch::term_counts};
///
/// let weights = term_counts(&Shingler::words(1)?.count("row, row, row your boat"));
/// assert!(weights.as_slice().contains(&(xxh3(b"row"), 3.0)));
/// # Ok::<(), reprint::Error>(())
/// ```
pub fn term_counts(counts: &ShingleCounts) -> TermWeights {
    weigh(counts, |_, count| count)
}

fn weigh(counts: &ShingleCounts, weight: impl Fn(u64, f64) -> f64) -> TermWeights {
    let items = counts.as_slice().iter().map(|&(term, count)| (term, weight(term, f64::from(count))));
    TermWeights { items: items.collect(), shingler: counts.shingler() }
}

/// In how many texts of a corpus each shingle occurs: what tf-idf weights are made from.
///
/// The weight of a shingle that occurs c times in a text and in d of the corpus' n texts is
/// c · (1 + ln((1 + n) / (1 + d))) (Salton and Buckley 1988, smoothed so that a shingle which all texts have
/// weighs 1 and one that no text has can be weighed). 16 bytes a shingle, and the room that hash maps leave.
///
/// ```
/// use reprint::shingle::Shingler;
/// use reprint::sketch::{TermStatistics, WeightedMinHasher};
///
/// let words = Shingler::words(1)?;
/// let texts = ["the ferry sails", "the bridge is stuck", "the ferry is stuck"].map(|text| words.count(text));
/// let mut statistics = TermStatistics::default();
/// texts.iter().for_each(|text| statistics.add(text));
///
/// assert_eq!(statistics.documents(), 3);
/// assert_eq!(statistics.idf(reprint::hash::xxh3(b"the")), 1.0);
/// let signature = WeightedMinHasher::default().sketch(&statistics.tf_idf(&texts[0]))?;
/// # assert!(!signature.is_empty());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermStatistics {
    documents: u64,
    /// Its order never shows.
    frequencies: HashMap<u64, u32, SecretState>,
}

impl TermStatistics {
    /// Counts one more text. O(n).
    pub fn add(&mut self, counts: &ShingleCounts) {
        self.documents += 1;
        for &(term, _) in counts.as_slice() {
            let frequency = self.frequencies.entry(term).or_default();
            *frequency = frequency.saturating_add(1);
        }
    }

    /// Counts all that `other` counted: how statistics made by parallel chunks become one.
    pub fn merge(&mut self, other: &Self) {
        self.documents += other.documents;
        for (&term, &more) in &other.frequencies {
            let frequency = self.frequencies.entry(term).or_default();
            *frequency = frequency.saturating_add(more);
        }
    }

    /// How many texts were counted.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// How many texts have `term`.
    pub fn frequency(&self, term: u64) -> u32 {
        self.frequencies.get(&term).copied().unwrap_or(0)
    }

    /// The inverse document frequency of `term`: 1 + ln((1 + n) / (1 + d)), from 1 up.
    pub fn idf(&self, term: u64) -> f64 {
        let (documents, frequency) = (self.documents as f64, f64::from(self.frequency(term)));
        1.0 + libm::log((1.0 + documents) / (1.0 + frequency))
    }

    /// The tf-idf weights of a text's shingles. O(n).
    pub fn tf_idf(&self, counts: &ShingleCounts) -> TermWeights {
        weigh(counts, |term, count| count * self.idf(term))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shingle::Shingler;

    #[test]
    fn merged_statistics_are_those_of_all_texts() {
        let words = Shingler::words(1).expect("one word");
        let texts = ["a b b", "b c", "c d e", ""].map(|text| words.count(text));
        let of = |texts: &[ShingleCounts]| {
            let mut statistics = TermStatistics::default();
            texts.iter().for_each(|text| statistics.add(text));
            statistics
        };
        for cut in 0..=texts.len() {
            let mut merged = of(&texts[..cut]);
            merged.merge(&of(&texts[cut..]));
            assert_eq!(merged, of(&texts));
        }
    }

    #[test]
    fn weights_are_counts_times_idf() {
        let words = Shingler::words(1).expect("one word");
        let mut statistics = TermStatistics::default();
        for text in ["a b", "b", "b b"] {
            statistics.add(&words.count(text));
        }
        let term = |word: &str| crate::hash::xxh3(word.as_bytes());
        let weights = statistics.tf_idf(&words.count("a a b c"));
        for (word, weight) in [("a", 2.0 * (1.0 + libm::log(2.0))), ("b", 1.0), ("c", 1.0 + libm::log(4.0))] {
            assert!(weights.as_slice().contains(&(term(word), weight)), "{word}: {weights:?}");
        }
    }
}
