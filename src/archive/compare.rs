//! What the methods do for an archive: keys of a text, candidates, verdicts.

use super::log::Found;
use super::state::{Known, State};
use super::view::View;
use crate::index::{
    Asked, HolderLists, PostingsDocument, PostingsRules, PostingsScratch, band_keys, candidates, posting_key,
};
use crate::method::{
    self, Item, JaccardScratch, Method, RecordScratch, Text, WireScratch, is_blank, jaccard_basis,
    jaccard_score,
};
use crate::verify::{Basis, Evidence, Extent, FormEvidence};
use crate::{DocId, Result};

/// What is kept of a text to find its candidates by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Ascending: of `wire` the keys of the values, otherwise the low halves of the keys of the bands.
    pub(super) keys: Vec<u32>,
    pub(super) scale: u32,
    pub(super) digest: u64,
    pub(super) is_blank: bool,
}

impl Record {
    pub(super) fn new(method: &Method, text: &str, scratch: &mut RecordScratch) -> Result<Self> {
        let (mut keys, scale): (Vec<u32>, u32) = match method {
            Method::Wire(wire) => {
                let signature = wire.record_with(text, scratch)?;
                (signature.values().iter().map(|&value| posting_key(value)).collect(), signature.scale())
            }
            Method::Jaccard(jaccard) => {
                crate::verify::check_length(text)?;
                let signature = jaccard.record(text);
                let keys = band_keys(jaccard.banding(), signature.values());
                (if signature.is_empty() { Vec::new() } else { keys.map(|key| key as u32).collect() }, 1)
            }
        };
        keys.sort_unstable();
        Ok(Self { keys, scale, digest: super::segment::digest(text), is_blank: is_blank(text) })
    }
}

/// Documents of a bucket that are candidates at most, at each of its ends, as in
/// [`MinHashIndex`](crate::index::MinHashIndex).
const BUCKET_VISITS: usize = 64;
/// Documents that share bands with another and are compared with it at most.
const MOST_BY_BANDS: usize = 64;

/// The documents that are worth comparing with a text, the strongest first.
pub(super) fn candidates_of(
    method: &Method,
    record: &Record,
    view: &View<'_>,
    scratch: &mut PostingsScratch,
) -> Result<Vec<u32>> {
    if record.is_blank {
        return Ok(Vec::new());
    }
    if record.keys.is_empty() {
        return Ok(view.keyless(record.digest));
    }
    match method {
        Method::Wire(_) => {
            let document = PostingsDocument::of_counts(record.keys.len() as u32, record.scale);
            let asked = Asked { document, keys: &record.keys };
            let found = candidates(PostingsRules::default(), asked, view, scratch)?;
            Ok(found.into_iter().map(|candidate| candidate.document.0).collect())
        }
        Method::Jaccard(_) => {
            let (mut all, mut ends) = (Vec::new(), Vec::new());
            for &key in &record.keys {
                view.ends(key, BUCKET_VISITS, &mut ends);
                all.extend_from_slice(&ends);
            }
            all.sort_unstable();
            let mut found: Vec<(usize, u32)> =
                all.chunk_by(|x, y| x == y).map(|same| (usize::MAX - same.len(), same[0])).collect();
            found.sort_unstable();
            Ok(found.into_iter().take(MOST_BY_BANDS).map(|(_, number)| number).collect())
        }
    }
}

/// What a comparison says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    pub(super) score: f64,
    pub(super) noise: f64,
    pub(super) form: FormEvidence,
    /// Of the first text and of the second.
    pub(super) extents: [Extent; 2],
    pub(super) basis: Basis,
    /// If it was asked for; of the first text and the second.
    pub(super) evidence: Option<Evidence>,
}

impl Judged {
    /// What is kept of it.
    pub(super) fn found(&self, a: u32, b: u32, epoch: u32) -> Found {
        let &Self { score, noise, mut form, mut extents, basis, .. } = self;
        if a > b {
            form = form.swapped();
            extents.reverse();
        }
        Found { a: a.min(b), b: a.max(b), score, noise, form, extents, basis, epoch }
    }
}

/// What comparing uses again.
#[derive(Default)]
pub(super) struct Scratch {
    wire: WireScratch,
    jaccard: JaccardScratch,
    a: String,
    b: String,
    pub(super) postings: PostingsScratch,
}

impl Scratch {
    /// Compares two documents of a state. Comparisons with one first document should follow each other.
    pub(super) fn judge(
        &mut self,
        method: &Method,
        state: &State,
        a: &Known<'_>,
        b: &Known<'_>,
        with_evidence: bool,
    ) -> Result<Judged> {
        let Self { wire, jaccard, a: text_a, b: text_b, .. } = self;
        let (text_a, text_b) = (state.text(a, text_a)?, state.text(b, text_b)?);
        let a = (a.number, Text { text: text_a, source: a.about().source });
        let b = (b.number, Text { text: text_b, source: b.about().source });
        Ok(judge(method, state, (wire, jaccard), a, b, with_evidence))
    }

    /// Compares a document of a state with a text, which has a key that no document has.
    pub(super) fn judge_text(
        &mut self,
        method: &Method,
        state: &State,
        known: &Known<'_>,
        text: Text<'_>,
    ) -> Result<Judged> {
        let Self { wire, jaccard, a, .. } = self;
        let of_known = Text { text: state.text(known, a)?, source: known.about().source };
        Ok(judge(method, state, (wire, jaccard), (known.number, of_known), (u32::MAX, text), true))
    }

    /// Forgets the texts that it has read.
    pub(super) fn forget(&mut self) {
        self.wire.forget();
        self.jaccard.forget();
    }
}

fn judge(
    method: &Method,
    state: &State,
    (wire_scratch, jaccard_scratch): (&mut WireScratch, &mut JaccardScratch),
    (key_a, a): (u32, Text<'_>),
    (key_b, b): (u32, Text<'_>),
    with_evidence: bool,
) -> Judged {
    match method {
        Method::Wire(wire) => {
            let (item_a, item_b) = (Item::new(key_a, a), Item::new(key_b, b));
            let judged = wire.judge(&state.statistics, wire_scratch, item_a, item_b);
            let evidence = with_evidence.then_some(judged.evidence);
            let method::Judged { score, noise, form, basis, extents, .. } = judged;
            Judged { score, noise, form, extents, basis, evidence }
        }
        Method::Jaccard(jaccard) => {
            let evidence = jaccard.judge(jaccard_scratch, (key_a, a.text), b.text);
            let (score, basis) = (jaccard_score(&evidence), jaccard_basis(&evidence));
            let (form, extents) = (FormEvidence::default(), [Extent::default(); 2]);
            Judged { score, noise: 0.0, form, extents, basis, evidence: with_evidence.then_some(evidence) }
        }
    }
}

/// A pair by number, as links have it.
pub(super) fn pair(a: u32, b: u32) -> crate::Pair {
    crate::Pair::new(DocId(a), DocId(b))
}
