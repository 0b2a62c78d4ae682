//! The postings of a corpus while it is read.

use super::{Document, key, posting};
use crate::sketch::FracMinHashSignature;

/// A document as a batch is made of it: half of the memory of its signature.
#[derive(Debug, Default)]
pub(crate) struct PostingsEntry {
    pub(super) document: Document,
    pub(super) keys: Box<[u32]>,
}

impl PostingsEntry {
    pub(crate) fn new(signature: &FracMinHashSignature) -> Self {
        let keys = signature.values().iter().map(|&value| key(value)).collect();
        Self { document: Document::new(signature), keys }
    }

    /// From the keys, and what [`scale_and_digest`](Self::scale_and_digest) gave.
    pub(crate) fn of_parts(scale: u32, digest: u64, keys: Vec<u32>) -> Self {
        let values = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        Self { document: Document { values, scale, digest }, keys: keys.into() }
    }

    pub(crate) fn scale_and_digest(&self) -> (u32, u64) {
        (self.document.scale, self.document.digest)
    }

    /// The low 32 bits of the values.
    pub(crate) fn keys(&self) -> &[u32] {
        &self.keys
    }
}

/// The postings are kept in so many parts, each of the keys with the same leading bits, so that one part of
/// them is sorted at a time on each thread.
pub(super) const PARTS: usize = 64;

/// The bits of a key that its part does not tell.
pub(super) const KEY_BITS: u32 = 32 - PARTS.ilog2();
const KEY_MASK: u32 = (1 << KEY_BITS) - 1;

/// The largest step from number to number: others lead to no posting, and after this one another step
/// follows.
const STRIDE: u32 = PARTS as u32 - 1;

/// The postings of documents that are numbered as they come.
///
/// Memory: 4 bytes a value, 16 a document.
#[derive(Clone, Debug)]
pub(crate) struct PostingsParts {
    pub(super) documents: Vec<Document>,
    pub(super) parts: Vec<Part>,
    /// How many documents will come.
    expected: usize,
}

/// The documents by which the room for all is measured.
const SAMPLE: usize = 1024;

impl PostingsParts {
    /// Of so many documents, which are to come.
    pub(crate) fn new(expected: usize) -> Self {
        Self { documents: Vec::with_capacity(expected), parts: vec![Part::default(); PARTS], expected }
    }

    /// Adds the next document.
    pub(crate) fn push(&mut self, entry: &PostingsEntry) {
        let number = self.documents.len() as u32;
        if number as usize == SAMPLE {
            for Part { words, .. } in &mut self.parts {
                let left =
                    (words.len() as u64 * (self.expected.saturating_sub(SAMPLE)) as u64) / SAMPLE as u64;
                words.reserve_exact((left + left / 8) as usize);
            }
        }
        self.documents.push(entry.document);
        for &key in &entry.keys {
            self.parts[(key >> KEY_BITS) as usize].push(key, number);
        }
    }

    /// The number of documents.
    pub(crate) fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether a document has no value.
    pub(crate) fn has_none(&self, number: usize) -> bool {
        self.documents[number].values == 0
    }
}

/// The postings of a part in the order of their documents, in half of the memory: the bits of the key that
/// tell the part give way to the step from the number before.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    words: Vec<u32>,
    /// The number of the last.
    last: u32,
}

impl Part {
    fn push(&mut self, key: u32, number: u32) {
        let mut step = number - self.last;
        while step >= STRIDE {
            self.words.push(STRIDE << KEY_BITS);
            step -= STRIDE;
        }
        self.words.push(step << KEY_BITS | key & KEY_MASK);
        self.last = number;
    }

    /// Makes `postings` those of this part, which is the `number`th, that are of a document with a place. In
    /// no order.
    pub(super) fn unpack(&self, number: usize, places: &[u32], postings: &mut Vec<u64>) {
        postings.resize(self.words.len(), 0);
        let (mut count, mut document) = (0, 0);
        for &word in &self.words {
            let step = word >> KEY_BITS;
            document += step;
            let place = places[document as usize];
            postings[count] = posting((number as u32) << KEY_BITS | word & KEY_MASK, place);
            count += usize::from(step != STRIDE) * usize::from(place != NOWHERE);
        }
        postings.truncate(count);
    }
}

/// The place of a document that has none.
pub(super) const NOWHERE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_hold_the_postings_of_documents_with_a_place(
            // So many keys that documents share some, and that some steps are longer than a word tells.
            rows in prop::collection::vec(prop::collection::vec(0..100_u32, 0..3), 1..400),
        ) {
            let document = Document { values: 0, scale: 1, digest: 0 };
            let mut parts = PostingsParts::new(rows.len());
            let mut naive = Vec::new();
            let places: Vec<u32> = (0..rows.len() as u32).rev().map(|p| if p % 5 == 0 { NOWHERE } else { p }).collect();
            for (row, &place) in rows.iter().zip(&places) {
                let keys: Vec<u32> = row.iter().map(|key| key.wrapping_mul(0x9e37_79b9)).collect();
                naive.extend(keys.iter().filter(|_| place != NOWHERE).map(|&key| posting(key, place)));
                parts.push(&PostingsEntry { document, keys: keys.into() });
            }
            let mut all = Vec::new();
            for (number, part) in parts.parts.iter().enumerate() {
                let mut postings = Vec::new();
                part.unpack(number, &places, &mut postings);
                all.extend(postings);
            }
            all.sort_unstable();
            naive.sort_unstable();
            prop_assert_eq!(all, naive);
        }
    }
}
