//! A text as a row of word numbers.

use std::ops::Range;

use crate::hash::xxh3;
use crate::text::{Normalizer, Tokenizer};

/// A text as one number a word, and where each word stands: repeats of words in place of bytes.
///
/// Words are equal when the normaliser makes them equal: by default letter case, accents and white space do
/// not matter. 24 bytes a word.
///
/// ```
/// use reprint::substring::{RepeatFinder, Words};
/// use reprint::text::Normalizer;
///
/// let texts = ["The Mayor, spoke at the BRIDGE on Monday.", "Then the mayor spoke at the bridge."];
/// let words = texts.map(|text| Words::new(text, &Normalizer::words()));
/// let repeats = RepeatFinder::builder().length(5).build()?.find(&words)?;
///
/// let found = &repeats.repeats()[0].original;
/// assert_eq!(&texts[0][words[0].bytes(found.range.clone())], "The Mayor, spoke at the BRIDGE");
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    numbers: Vec<u64>,
    spans: Vec<Range<usize>>,
}

impl Words {
    /// The words of a text by UAX #29, each as the XXH3-64 of its normalised bytes.
    pub fn new(text: &str, normalizer: &Normalizer) -> Self {
        let normalized = normalizer.normalize(text);
        let mut words = Self::default();
        for span in Tokenizer::Words.spans(normalized.as_str()) {
            words.numbers.push(xxh3(normalized.as_str()[span.clone()].as_bytes()));
            words.spans.push(normalized.original(span));
        }
        words
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The bytes of the text that a range of words takes, from the first letter to the last; what lies beyond
    /// the end counts for nothing.
    pub fn bytes(&self, words: Range<usize>) -> Range<usize> {
        let spans = &self.spans
            [words.start.min(self.len())..words.end.clamp(words.start.min(self.len()), self.len())];
        match spans {
            [] => 0..0,
            [first, ..] => first.start..spans[spans.len() - 1].end,
        }
    }
}

impl AsRef<[u64]> for Words {
    fn as_ref(&self) -> &[u64] {
        &self.numbers
    }
}
