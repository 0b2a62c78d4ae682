//! The batch driver of [`Jaccard`]: signatures, bands, exact comparison, connected components.

use std::time::Instant;

use super::order::{Digest, Order, same_text};
use super::{Counts, Found, Run, StageTimes};
use crate::cluster::Clusters;
use crate::corpus::Corpus;
use crate::index::candidate_pairs_in;
use crate::method::{Jaccard, JaccardScratch, jaccard_basis, jaccard_score};
use crate::parallel::{self, Pool};
use crate::progress::{Monitor, Stage};
use crate::shingle::ShingleBuffer;
use crate::sketch::{MinHashScratch, MinHashSignatures};
use crate::verify::{Evidence, Match};
use crate::{DocId, Pair, Result};

/// What is clustered: texts, or the caller's own features.
#[derive(Clone, Copy)]
pub(super) enum Items<'a> {
    Texts(&'a dyn Corpus),
    Features(&'a [&'a [u64]]),
}

impl Items<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Texts(corpus) => corpus.len(),
            Self::Features(sets) => sets.len(),
        }
    }

    /// Puts the signature of an item into a row; tells its digest and its length in bytes.
    fn sketch(
        &self,
        jaccard: &Jaccard,
        scratch: &mut SketchScratch,
        item: DocId,
        row: &mut [u32],
    ) -> Result<(Digest, u32)> {
        let SketchScratch { text, shingles, minhash } = scratch;
        match self {
            Self::Texts(corpus) => {
                let text = corpus.read(item, text)?;
                jaccard.minhasher().sketch_into(
                    jaccard.shingler().hash_into(text, shingles),
                    minhash,
                    row,
                )?;
                Ok((Digest::new(text, &corpus.about(item)), u32::try_from(text.len()).unwrap_or(u32::MAX)))
            }
            Self::Features(sets) => {
                let set = sets[item.index()];
                jaccard.minhasher().sketch_into(set, minhash, row)?;
                Ok((Digest::of_set(set), u32::try_from(8 * set.len()).unwrap_or(u32::MAX)))
            }
        }
    }

    /// Compares two items. Comparisons with one first item should follow each other.
    pub(super) fn judge(
        &self,
        jaccard: &Jaccard,
        scratch: &mut JudgeScratch,
        a: DocId,
        b: DocId,
    ) -> Result<Evidence> {
        match self {
            Self::Texts(corpus) => {
                let text_a = corpus.read(a, &mut scratch.a)?;
                let text_b = corpus.read(b, &mut scratch.b)?;
                Ok(jaccard.judge(&mut scratch.jaccard, (a.0, text_a), text_b))
            }
            Self::Features(sets) => {
                let (a, b) = (sets[a.index()], sets[b.index()]);
                Ok(Evidence::Shingles(Jaccard::judge_sets(&mut scratch.jaccard, a, b)))
            }
        }
    }

    fn order(&self, digests: &[Digest], may_collapse: bool) -> Result<Order> {
        match self {
            Self::Texts(corpus) => Order::new(digests, may_collapse, same_text(*corpus)),
            // Which sets are the same is left to their comparison.
            Self::Features(_) => Order::new(digests, false, |_, _| Ok(false)),
        }
    }
}

/// What sketching uses again.
#[derive(Default)]
struct SketchScratch {
    text: String,
    shingles: ShingleBuffer,
    minhash: MinHashScratch,
}

/// What comparing uses again.
#[derive(Default)]
pub(super) struct JudgeScratch {
    jaccard: JaccardScratch,
    a: String,
    b: String,
}

/// What one reading of all items gives.
pub(super) struct Sketched {
    pub(super) digests: Vec<Digest>,
    bytes: Vec<u32>,
    /// The signatures, one row after the other.
    pub(super) values: Vec<u32>,
}

pub(super) fn sketch(jaccard: &Jaccard, items: Items<'_>, monitor: &Monitor<'_>) -> Result<Sketched> {
    let documents: Vec<DocId> = (0..items.len() as u32).map(DocId).collect();
    let bins = jaccard.minhasher().params().bins();
    let mut values = vec![0; documents.len() * bins];
    let ticker = monitor.stage(Stage::Sketch, documents.len());
    let sketch = |scratch: &mut SketchScratch, &document: &DocId, row: &mut [u32]| {
        items.sketch(jaccard, scratch, document, row)
    };
    let sketched = parallel::fill_rows(&documents, &mut values, bins, &ticker, &Pool::default(), sketch)?;
    let (digests, bytes) = sketched.into_iter().unzip();
    Ok(Sketched { digests, bytes, values })
}

/// The clusters and matches of a corpus.
pub(super) fn run(jaccard: &Jaccard, items: Items<'_>, run: &Run<'_>) -> Result<Found> {
    let mut times = StageTimes::default();

    let start = Instant::now();
    let Sketched { digests, bytes, values } = sketch(jaccard, items, &run.monitor)?;
    let order = items.order(&digests, run.admit.is_none())?;
    drop(digests);
    let signatures = MinHashSignatures::of_rows(jaccard.minhasher().params(), values);
    // In the order of the rows, which are far apart in memory.
    let numbers: Vec<DocId> = (0..bytes.len() as u32).map(DocId).collect();
    let is_empty =
        parallel::each_with(&numbers, |(): &mut (), document| signatures.is_empty_row(document.index()));
    drop(numbers);
    let empty = is_empty.iter().filter(|&&is_empty| is_empty).count();
    times.sketch = start.elapsed();

    let start = Instant::now();
    let ticker = run.monitor.stage(Stage::Candidates, order.len() as usize);
    let mut candidates = candidate_pairs_in(&signatures, order.documents(), jaccard.banding())?;
    let alone = (0..order.len()).map(DocId).filter(|&place| is_empty[order.document(place).index()]);
    // Texts without a shingle can still be the same text.
    candidates.extend(alone.flat_map(|place| order.twins(place).map(move |twin| Pair::new(twin, place))));
    candidates.retain(|pair| run.admits(order.document(pair.a), order.document(pair.b)));
    // By documents and not by places: what is compared is read in the order in which it stands.
    let documents = |pair: &Pair| Pair::new(order.document(pair.a), order.document(pair.b));
    parallel::sort_by_key(&mut candidates, documents);
    ticker.finish()?;
    times.candidates = start.elapsed();

    let start = Instant::now();
    let ticker = run.monitor.stage(Stage::Verify, candidates.len());
    let judge = |scratch: &mut JudgeScratch, _: usize, pair: &Pair| -> Result<_> {
        let evidence = items.judge(jaccard, scratch, order.document(pair.a), order.document(pair.b))?;
        Ok(Some((*pair, evidence)).filter(|(_, evidence)| jaccard_score(evidence) >= jaccard.threshold()))
    };
    let judged = parallel::map(&candidates, Some(&ticker), &Pool::default(), judge)?;
    let judged: Vec<(Pair, Evidence)> = judged.into_iter().flatten().collect();
    times.verify = start.elapsed();

    let start = Instant::now();
    let ticker = run.monitor.stage(Stage::Cluster, judged.len());
    let clusters = Clusters::from_pairs(order.len(), judged.iter().map(|&(pair, _)| pair));
    let into_match = |(pair, evidence): (Pair, Evidence)| {
        let (a, b) = (order.document(pair.a), order.document(pair.b));
        let score = jaccard_score(&evidence);
        let basis = jaccard_basis(&evidence);
        let evidence = if a < b { evidence } else { evidence.swapped() };
        Match { pair: Pair::new(a, b), score, basis, evidence }
    };
    let matches: Vec<Match> = judged.into_iter().map(into_match).collect();
    ticker.finish()?;
    let counts = Counts {
        documents: bytes.len(),
        empty,
        candidates: candidates.len(),
        verified: candidates.len(),
        times,
        ..Counts::default()
    };
    let banding = Some(jaccard.banding());
    let mut found = Found::new(&order, &clusters, matches, bytes, counts, jaccard.threshold(), banding);
    found.counts.times.cluster = start.elapsed();
    Ok(found)
}
