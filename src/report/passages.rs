//! The passages that a report shows: one source for the page, the JSON and the tables.

use std::sync::OnceLock;

use super::View;
use crate::parallel::{self, Pool};
use crate::shingle::{ShingleBuffer, Shingler};
use crate::verify::{Aligner, Alignment, Match, Passage};
use crate::{DocId, Result};

/// A repeat is shown when both its places are as long as this, in bytes: about two sentences. Shorter ones
/// are bylines, datelines and names.
const LEAST_REPEAT: usize = 200;

/// Words in the shingles whose repetition lets a text be searched for repeats. Eight words in a row come
/// twice by chance only in formulas.
const WORDS: usize = 8;

/// One shingle in four is looked at: a repeat of [`LEAST_REPEAT`] bytes has some thirty.
const SAMPLE: u64 = 4;

/// A document and the passages that it has twice.
type Repeating = (DocId, Vec<Passage>);

/// What is found out about the texts when the report is first written.
#[derive(Clone, Debug, Default)]
pub(super) struct Passages {
    /// Of each match.
    alignments: OnceLock<Result<Vec<Alignment>>>,
    repeats: OnceLock<Result<Vec<Repeating>>>,
}

impl View<'_> {
    /// The alignment of each match, in the order of [`Report::matches`](crate::Report::matches).
    pub(super) fn alignments(&self) -> Result<&[Alignment]> {
        let found = self.passages.alignments.get_or_init(|| {
            let align = |aligner: &mut Aligner, _: usize, m: &Match| {
                aligner.align(&self.text(m.pair.a)?, &self.text(m.pair.b)?)
            };
            parallel::map(self.report.matches(), None, &Pool::default(), align)
        });
        found.as_deref().map_err(Clone::clone)
    }

    /// The documents that hold a text twice, and where.
    ///
    /// Only texts in which a run of eight words comes again are searched: for a noisy scan whose second copy
    /// was read quite differently nothing is shown.
    pub(super) fn repeats(&self) -> Result<&[Repeating]> {
        let found = self.passages.repeats.get_or_init(|| {
            let shingler = Shingler::words(WORDS)?;
            let of = |(buffer, seen, aligner): &mut (ShingleBuffer, Vec<u64>, Aligner),
                      _,
                      &document: &DocId|
             -> Result<_> {
                let text = self.text(document)?;
                if !may_repeat(&shingler, &text, buffer, seen) {
                    return Ok(None);
                }
                let mut found = aligner.repeats(&text)?;
                found.retain(|p| p.a.len().min(p.b.len()) >= LEAST_REPEAT);
                Ok((!found.is_empty()).then_some((document, found)))
            };
            let documents: Vec<DocId> = (0..self.ids.len() as u32).map(DocId).collect();
            let found = parallel::map(&documents, None, &Pool::default(), of)?;
            Ok(found.into_iter().flatten().collect())
        });
        found.as_deref().map_err(Clone::clone)
    }
}

fn may_repeat(shingler: &Shingler, text: &str, buffer: &mut ShingleBuffer, seen: &mut Vec<u64>) -> bool {
    seen.clear();
    seen.extend(shingler.hash_into(text, buffer).iter().filter(|&h| h % SAMPLE == 0));
    seen.sort_unstable();
    seen.windows(2).filter(|pair| pair[0] == pair[1]).count() > 1
}
