//! Documents numbered by their content, so that the order of the input decides nothing.

use crate::corpus::{About, Corpus};
use crate::method::is_blank;
use crate::parallel;
use crate::{DocId, Pair, Result};

/// What a document is ordered by: its text first, then where and when it was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Digest {
    text: u128,
    source: u64,
    date: i64,
    is_blank: bool,
}

impl Digest {
    /// Whether the two are of one text that is not blank, but for an adversary's.
    pub(super) fn is_same_text(&self, other: &Self) -> bool {
        self.text == other.text && !self.is_blank
    }

    /// Of a set of hashes, in any order.
    pub(super) fn of_set(hashes: &[u64]) -> Self {
        let sum = |seed: u64| {
            let each =
                hashes.iter().map(|hash| xxhash_rust::xxh3::xxh3_64_with_seed(&hash.to_le_bytes(), seed));
            each.fold(0, u64::wrapping_add)
        };
        let text = u128::from(sum(0)) << 64 | u128::from(sum(1));
        Self { text, source: 0, date: i64::MIN, is_blank: hashes.is_empty() }
    }

    pub(super) fn new(text: &str, about: &About<'_>) -> Self {
        Self {
            text: xxhash_rust::xxh3::xxh3_128(text.as_bytes()),
            source: about.source.map_or(0, |source| xxhash_rust::xxh3::xxh3_64(source.as_bytes()) | 1),
            date: about.date.map_or(i64::MIN, |date| i64::from(date.days())),
            is_blank: is_blank(text),
        }
    }
}

/// The documents of a run by *place*: by content, each text of a source once.
///
/// A run works on places and never on the numbers of the input. Documents that are alike in all that a run
/// looks at may change places, which changes nothing.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Place to number.
    documents: Vec<DocId>,
    /// Documents that are copies of one that has a place: its place, and their number. By place.
    copies: Vec<(u32, DocId)>,
    /// Whether the text of a place is that of the place before.
    is_same: Vec<bool>,
}

impl Order {
    /// `may_collapse` says whether documents of one text and source may stand at one place; `is_same` whether
    /// two texts of one digest are one text.
    pub(super) fn new(
        digests: &[Digest],
        may_collapse: bool,
        mut is_same: impl FnMut(DocId, DocId) -> Result<bool>,
    ) -> Result<Self> {
        // Half of a digest beside the number, so that hardly a comparison looks for the rest.
        let half = |number: u32| (digests[number as usize].text >> 64) as u64;
        let mut numbers: Vec<(u64, u32)> = (0..digests.len() as u32).map(|n| (half(n), n)).collect();
        parallel::sort(&mut numbers);
        for same in numbers.chunk_by_mut(|a, b| a.0 == b.0) {
            same.sort_unstable_by_key(|&(_, number)| (digests[number as usize], number));
        }
        let room = numbers.len();
        let mut order = Self {
            documents: Vec::with_capacity(room),
            copies: Vec::new(),
            is_same: Vec::with_capacity(room),
        };
        let mut half_before = None;
        for (half, number) in numbers {
            // Of most documents no other has half of the digest, and the rest is not looked for.
            let last = order.documents.last().copied().filter(|_| half_before == Some(half));
            half_before = Some(half);
            let document = DocId(number);
            let [of_last, digest] = [last.unwrap_or(document), document].map(|d| &digests[d.index()]);
            let same_text = match last {
                // Texts of one digest are one text but for an adversary's.
                Some(last) if digest.is_same_text(of_last) => is_same(last, document)?,
                _ => false,
            };
            if same_text && may_collapse && of_last.source == digest.source {
                order.copies.push((order.documents.len() as u32 - 1, document));
            } else {
                order.documents.push(document);
                order.is_same.push(same_text);
            }
        }
        Ok(order)
    }

    /// The documents by place.
    pub(super) fn documents(&self) -> &[DocId] {
        &self.documents
    }

    /// The number of places.
    pub(super) fn len(&self) -> u32 {
        self.documents.len() as u32
    }

    /// The document at a place.
    pub(super) fn document(&self, place: DocId) -> DocId {
        self.documents[place.index()]
    }

    /// Places before this one that hold the same text, the nearest first: at most [`TWINS`].
    pub(super) fn twins(&self, place: DocId) -> impl Iterator<Item = DocId> + '_ {
        let is_same = |&place: &u32| self.is_same[place as usize];
        (1..=place.0).rev().take_while(is_same).take(TWINS).map(|place| DocId(place - 1))
    }

    /// Each document that has no place of its own with the one whose place it shares.
    pub(super) fn copies(&self) -> impl ExactSizeIterator<Item = Pair> + '_ {
        self.copies.iter().map(|&(place, copy)| Pair::new(self.document(DocId(place)), copy))
    }
}

/// Documents of the same text that are candidates of each other.
const TWINS: usize = 24;

/// Whether two documents of a corpus have one text.
pub(super) fn same_text(corpus: &dyn Corpus) -> impl FnMut(DocId, DocId) -> Result<bool> + '_ {
    let (mut first, mut second) = (String::new(), String::new());
    move |a, b| Ok(corpus.read(a, &mut first)? == corpus.read(b, &mut second)?)
}
