//! All pairs between two corpora.

use super::jaccard::{Items, JudgeScratch};
use super::order::Digest;
use super::wire::LONGER;
use super::{Finder, Run, jaccard, wire};
use crate::corpus::{About, Corpus};
use crate::index::{Buckets, PostingsBatch, PostingsRules, PostingsScratch};
use crate::method::{Item, Jaccard, Method, Text, Wire, WireScratch, jaccard_score};
use crate::parallel::{self, Pool};
use crate::progress::Stage;
use crate::sketch::MinHashSignatures;
use crate::verify::Evidence;
use crate::{DocId, Result};

/// A document of one corpus that matches one of another.
///
/// ```
/// use reprint::{Finder, Preset};
///
/// let matches = Finder::preset(Preset::Web).cross(&["a b c d e f"], &["x", "a b c d e f"])?;
/// assert_eq!((matches[0].known.0, matches[0].new.0, matches[0].score), (0, 1, 1.0));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CrossMatch {
    /// The document of the first corpus, by its number there.
    pub known: DocId,
    /// The document of the second, by its number there.
    pub new: DocId,
    /// How strong the match is, in \[0, 1\].
    pub score: f64,
    /// The figures from which the score comes: the known document is its first.
    pub evidence: Evidence,
}

/// Holders of a value that are visited from either end: as good as all, but the work for what everyone has is
/// bounded.
const VISITS: usize = 4096;

impl Finder {
    /// All pairs of a document of `known` and one of `new` that match: which training documents hold test
    /// documents, which of today's stories are in the archive. By the number of the new document, then of the
    /// known one.
    ///
    /// Every candidate is compared, and nothing is clustered. Cost: that of a run over both, and of as many
    /// comparisons as there are candidate pairs: where both hold one text n times, n² matches.
    ///
    /// ```
    /// use reprint::corpus::{Corpus, Document, Documents};
    /// use reprint::{Finder, Preset};
    ///
    /// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
    /// let (mut training, mut test) = (Documents::new(), Documents::new());
    /// training.push(Document::new("page-7", format!("{story} Nobody was hurt when the swing bridge jammed.")))?;
    /// test.push(Document::new("question-3", story))?;
    /// let found = Finder::preset(Preset::Wire).cross(&training, &test)?;
    /// assert_eq!(training.about(found[0].known).id, Some("page-7"));
    /// assert_eq!(test.about(found[0].new).id, Some("question-3"));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run_on`](Self::run_on), for both corpora together.
    pub fn cross<K: Corpus, N: Corpus>(&self, known: &K, new: &N) -> Result<Vec<CrossMatch>> {
        let both = Both { known, new };
        let run = self.begin(&both)?;
        let first_new = known.len() as u32;
        let judged = match self.method() {
            Method::Wire(wire) => by_passages(wire, &run, first_new)?,
            Method::Jaccard(jaccard) => by_resemblance(jaccard, &run, first_new)?,
        };
        let of_pair = |((known, new), (score, evidence)): Judged| CrossMatch {
            known,
            new: DocId(new.0 - first_new),
            score,
            evidence,
        };
        Ok(judged.into_iter().map(of_pair).collect())
    }
}

/// A known document and a new one, and what was found.
type Judged = ((DocId, DocId), (f64, Evidence));

/// Two corpora as one, the known documents first.
struct Both<'a> {
    known: &'a dyn Corpus,
    new: &'a dyn Corpus,
}

impl Both<'_> {
    fn at(&self, document: DocId) -> (&dyn Corpus, DocId) {
        match document.index().checked_sub(self.known.len()) {
            None => (self.known, document),
            Some(new) => (self.new, DocId(new as u32)),
        }
    }
}

impl Corpus for Both<'_> {
    fn len(&self) -> usize {
        self.known.len().saturating_add(self.new.len())
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        let (corpus, document) = self.at(document);
        corpus.read(document, buffer)
    }

    fn about(&self, document: DocId) -> About<'_> {
        let (corpus, document) = self.at(document);
        corpus.about(document)
    }
}

/// The pair with the known document first, if it is one of a known and a new document that may be compared.
fn crossing(run: &Run<'_>, first_new: u32, x: DocId, y: DocId) -> Option<(DocId, DocId)> {
    let (known, new) = (x.min(y), x.max(y));
    (known.0 < first_new && new.0 >= first_new && run.admits(known, new)).then_some((known, new))
}

/// Those that no index sees, since they have no shingle, and that are the same text.
fn without_shingles(
    run: &Run<'_>,
    first_new: u32,
    digests: &[Digest],
    has_shingles: impl Fn(DocId) -> bool,
) -> Vec<(DocId, DocId)> {
    let alone = (0..digests.len() as u32).map(DocId).filter(|&d| !has_shingles(d));
    let mut alone: Vec<DocId> = alone.collect();
    alone.sort_unstable_by_key(|d| (digests[d.index()], *d));
    let same = alone.chunk_by(|a, b| digests[a.index()].is_same_text(&digests[b.index()]));
    let pairs = same.flat_map(|group| group.iter().flat_map(|&x| group.iter().map(move |&y| (x, y))));
    pairs.filter(|(x, y)| x < y).filter_map(|(x, y)| crossing(run, first_new, x, y)).collect()
}

fn by_passages(wire: &Wire, run: &Run<'_>, first_new: u32) -> Result<Vec<Judged>> {
    let statistics = match run.statistics {
        Some(statistics) => statistics.clone(),
        None => wire.measure(run.corpus)?,
    };
    let wire::Sketched { digests, parts, .. } = wire::sketch(wire, run)?;
    let has_values: Vec<bool> = (0..parts.len()).map(|number| !parts.has_none(number)).collect();
    let ticker = run.monitor.stage(Stage::Candidates, digests.len());
    let rules = PostingsRules::builder().visits(VISITS).most_candidates(usize::MAX).build()?;
    let batch = PostingsBatch::of_parts(rules, parts, &run.documents())?;
    let candidates = |scratch: &mut PostingsScratch, _: usize, &document: &DocId| -> Result<_> {
        let longest = batch.size(document).saturating_mul(LONGER);
        let found = batch.candidates_with(scratch, document).into_iter().map(|c| c.document);
        let within_reach = found.filter(|&other| batch.size(other) <= longest);
        Ok(within_reach.filter_map(|other| crossing(run, first_new, document, other)).collect::<Vec<_>>())
    };
    let found = parallel::map(batch.order(), Some(&ticker), &Pool::default(), candidates)?;
    let mut pairs: Vec<(DocId, DocId)> = found.into_iter().flatten().collect();
    drop(batch);
    pairs.extend(without_shingles(run, first_new, &digests, |d| has_values[d.index()]));
    let judge = |scratch: &mut (WireScratch, String, String), known: DocId, new: DocId| {
        let (scratch, a, b) = scratch;
        let (a, b) = (run.corpus.read(known, a)?, run.corpus.read(new, b)?);
        let item = |document: DocId, text| {
            Item::new(document.0, Text { text, source: run.corpus.about(document).source })
        };
        let judged = wire.judge(&statistics, scratch, item(known, a), item(new, b));
        Ok((judged.score >= wire.threshold()).then_some((judged.score, judged.evidence)))
    };
    verify(run, pairs, judge)
}

fn by_resemblance(jaccard: &Jaccard, run: &Run<'_>, first_new: u32) -> Result<Vec<Judged>> {
    let items = Items::Texts(run.corpus);
    let jaccard::Sketched { digests, values, .. } = jaccard::sketch(jaccard, items, &run.monitor)?;
    let banding = jaccard.banding();
    let ticker = run.monitor.stage(Stage::Candidates, banding.bands());
    let signatures = MinHashSignatures::of_rows(jaccard.minhasher().params(), values);
    let bands: Vec<usize> = (0..banding.bands()).collect();
    let found = parallel::map(&bands, Some(&ticker), &Pool::<()>::default(), |(), _, &band| {
        let mut pairs = Vec::new();
        for bucket in Buckets::of_band(&signatures, banding, band)?.iter() {
            let (known, new) = bucket.split_at(bucket.partition_point(|document| document.0 < first_new));
            let all = known.iter().flat_map(|&known| new.iter().map(move |&new| (known, new)));
            pairs.extend(all.filter_map(|(known, new)| crossing(run, first_new, known, new)));
        }
        Ok::<_, crate::Error>(pairs)
    })?;
    let mut pairs: Vec<(DocId, DocId)> = found.into_iter().flatten().collect();
    pairs.extend(without_shingles(run, first_new, &digests, |d| !signatures.is_empty_row(d.index())));
    let judge = |scratch: &mut JudgeScratch, known: DocId, new: DocId| {
        let evidence = items.judge(jaccard, scratch, known, new)?;
        let score = jaccard_score(&evidence);
        Ok((score >= jaccard.threshold()).then_some((score, evidence)))
    };
    verify(run, pairs, judge)
}

/// The pairs that match. They are compared in the order of their known documents, each of which is read once.
fn verify<S: Default + Send>(
    run: &Run<'_>,
    mut pairs: Vec<(DocId, DocId)>,
    judge: impl Fn(&mut S, DocId, DocId) -> Result<Option<(f64, Evidence)>> + Sync,
) -> Result<Vec<Judged>> {
    pairs.sort_unstable();
    pairs.dedup();
    let ticker = run.monitor.stage(Stage::Verify, pairs.len());
    let judged = parallel::map(&pairs, Some(&ticker), &Pool::default(), |scratch, _, &(known, new)| {
        judge(scratch, known, new)
    })?;
    let with_verdict = pairs.into_iter().zip(judged);
    let mut matches: Vec<Judged> = with_verdict.filter_map(|(pair, judged)| Some((pair, judged?))).collect();
    matches.sort_by_key(|&((known, new), _)| (new, known));
    Ok(matches)
}
