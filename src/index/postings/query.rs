//! A signature asked of lists of holders, wherever these are kept.

use super::judge::{Found, Judge, PostingsScratch, Weight};
use super::{Document, PostingsCandidate, PostingsRules, holder_of, key_of, posting};
use crate::Result;

/// What is asked about: its keys in any order, a key that two values have twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) document: Document,
    pub(crate) keys: &'a [u32],
}

/// Which documents hold which key. Documents are numbered in the order of insertion.
pub(crate) trait HolderLists {
    /// How many documents there are, beside the one asked about.
    fn documents(&self) -> usize;

    /// How many of them hold a key.
    fn frequency(&self, key: u32) -> usize;

    /// The first and the last `visits` holders of a key, each once, in place of what `out` held; tells how
    /// many were looked at.
    fn ends(&self, key: u32, visits: usize, out: &mut Vec<u32>) -> usize;

    /// What is known of a holder.
    fn document(&self, holder: u32) -> Document;

    /// Adds to each of `found` the weights of the keys left that it holds too.
    ///
    /// # Errors
    /// When what a holder holds cannot be read.
    fn probe(&self, left: Left<'_>, found: &mut [Found]) -> Result<()>;
}

/// The keys that were not visited, the rarest first.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    lists: &'a [u64],
    judge: &'a Judge,
}

impl Left<'_> {
    /// Each key, and what it tells to share it.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (u32, Weight)> {
        self.lists.iter().map(|&list| (holder_of(list), self.judge.weight(key_of(list) as usize)))
    }
}

/// The documents that share enough with what is asked about, the strongest first.
///
/// The document asked about counts as one of the N and of the df of its values.
pub(crate) fn candidates(
    rules: PostingsRules,
    asked: Asked<'_>,
    lists: &impl HolderLists,
    scratch: &mut PostingsScratch,
) -> Result<Vec<PostingsCandidate>> {
    let judge = Judge::new(rules, lists.documents() + 1);
    scratch.begin(0);
    scratch.lists.clear();
    // The rarest values first, until the visits of a document are made.
    // A stored list can claim any length that its file's checksum agrees with.
    let holders = |key| u32::try_from(lists.frequency(key)).unwrap_or(u32::MAX).saturating_add(1);
    scratch.lists.extend(asked.keys.iter().map(|&key| posting(holders(key), key)));
    scratch.lists.sort_unstable();
    let mut ends = Vec::new();
    let (mut next, mut looked) = (0, 0);
    while next < scratch.lists.len() && judge.goes_on(scratch, looked) {
        let list = scratch.lists[next];
        looked += lists.ends(holder_of(list), judge.ends(key_of(list) as usize), &mut ends);
        scratch.visit(ends.iter().copied());
        judge.weigh(key_of(list) as usize, scratch);
        next += 1;
    }
    judge.leave(next, scratch);
    judge.gather(asked.document, usize::MAX, scratch);
    if !scratch.left().is_empty() {
        let mut found = std::mem::take(&mut scratch.found);
        lists.probe(Left { lists: scratch.left(), judge: &judge }, &mut found)?;
        scratch.found = found;
    }
    Ok(judge.candidates(asked.document, scratch, |holder| lists.document(holder)))
}
