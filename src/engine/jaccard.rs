//! The batch driver of [`Jaccard`]: signatures, bands, exact comparison, connected components.

use std::time::Instant;

use super::order::{Digest, Order};
use super::{Counts, Found, Run, StageTimes};
use crate::cluster::Clusters;
use crate::index::candidate_pairs;
use crate::method::{Jaccard, JaccardScratch, jaccard_score};
use crate::parallel::{self, Pool};
use crate::progress::Stage;
use crate::shingle::ShingleBuffer;
use crate::sketch::{MinHashScratch, MinHashSignatures};
use crate::verify::{Evidence, Match};
use crate::{DocId, Pair, Result};

/// The clusters and matches of a corpus.
pub(super) fn run(jaccard: &Jaccard, run: &Run<'_>) -> Result<Found> {
    let mut times = StageTimes::default();
    let documents = run.documents();

    let start = Instant::now();
    let params = jaccard.minhasher().params();
    let mut values = vec![0; documents.len() * params.bins()];
    let pool = Pool::<(String, ShingleBuffer, MinHashScratch)>::default();
    let ticker = run.monitor.stage(Stage::Sketch, documents.len());
    let sketched = parallel::fill_rows(
        &documents,
        &mut values,
        params.bins(),
        &ticker,
        &pool,
        |(buffer, shingles, scratch), &document, row| {
            let text = run.corpus.read(document, buffer)?;
            let hashes = jaccard.shingler().hash_into(text, shingles);
            jaccard.minhasher().sketch_into(hashes, scratch, row)?;
            Ok((Digest::new(text, &run.corpus.about(document)), text.len() as u32))
        },
    )?;
    let (digests, bytes): (Vec<Digest>, Vec<u32>) = sketched.into_iter().unzip();
    let empty = documents.len();
    let order = Order::new(run.corpus, &digests, run.admit.is_none())?;
    drop((digests, documents));
    let values = rows_by_place(values, params.bins(), &order);
    let signatures = MinHashSignatures::from_values(params, values)?;
    times.sketch = start.elapsed();

    let start = Instant::now();
    let ticker = run.monitor.stage(Stage::Candidates, order.len() as usize);
    let mut candidates = candidate_pairs(&signatures, jaccard.banding())?;
    let alone = (0..order.len()).map(DocId).filter(|place| signatures.is_empty_row(place.index()));
    // Texts without a shingle can still be the same text.
    candidates.extend(alone.flat_map(|place| order.twins(place).map(move |twin| Pair::new(twin, place))));
    candidates.retain(|pair| run.admits(order.document(pair.a), order.document(pair.b)));
    candidates.sort_unstable();
    ticker.finish()?;
    times.candidates = start.elapsed();

    let start = Instant::now();
    let ticker = run.monitor.stage(Stage::Verify, candidates.len());
    let pool = Pool::<(JaccardScratch, String, String)>::default();
    let judged = parallel::map(&candidates, Some(&ticker), &pool, |(scratch, a, b), _, pair| {
        let a = run.corpus.read(order.document(pair.a), a)?;
        let b = run.corpus.read(order.document(pair.b), b)?;
        let evidence = jaccard.judge(scratch, (pair.a.0, a), b);
        Ok(Some((*pair, evidence)).filter(|(_, evidence)| jaccard_score(evidence) >= jaccard.threshold()))
    })?;
    let judged: Vec<(Pair, Evidence)> = judged.into_iter().flatten().collect();
    times.verify = start.elapsed();

    let start = Instant::now();
    let ticker = run.monitor.stage(Stage::Cluster, judged.len());
    let clusters = Clusters::from_pairs(order.len(), judged.iter().map(|&(pair, _)| pair));
    let into_match = |(pair, evidence): (Pair, Evidence)| {
        let (a, b) = (order.document(pair.a), order.document(pair.b));
        let score = jaccard_score(&evidence);
        Match { pair: Pair::new(a, b), score, evidence: if a < b { evidence } else { evidence.swapped() } }
    };
    let matches: Vec<Match> = judged.into_iter().map(into_match).collect();
    ticker.finish()?;
    let empty = empty - with_shingles(&signatures, &order);
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

/// The documents that have a shingle.
fn with_shingles(signatures: &MinHashSignatures, order: &Order) -> usize {
    let has_one = |place: DocId| !signatures.is_empty_row(place.index());
    let copies = order.copy_places().filter(|&place| has_one(place)).count();
    (0..order.len()).filter(|&place| has_one(DocId(place))).count() + copies
}

/// The rows of the places in their order, in the memory of those of the documents: each cycle of rows that change
/// places takes one row beside.
fn rows_by_place(mut values: Vec<u32>, width: usize, order: &Order) -> Vec<u32> {
    let mut from: Vec<DocId> = order.documents().to_vec();
    from.extend(order.copies_in_order());
    let mut row = vec![0; width];
    for start in 0..from.len() {
        if from[start].index() == start {
            continue;
        }
        row.copy_from_slice(&values[start * width..][..width]);
        let mut to = start;
        loop {
            let next = std::mem::replace(&mut from[to], DocId(to as u32)).index();
            if next == start {
                values[to * width..][..width].copy_from_slice(&row);
                break;
            }
            values.copy_within(next * width..(next + 1) * width, to * width);
            to = next;
        }
    }
    values.truncate(order.len() as usize * width);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_by_place() {
        let texts = ["d", "b", "a", "b", "c", "", "a", "e"];
        let corpus: &dyn crate::corpus::Corpus = &texts.to_vec();
        let digests: Vec<Digest> =
            texts.iter().enumerate().map(|(i, t)| Digest::new(t, &corpus.about(DocId(i as u32)))).collect();
        let order = Order::new(corpus, &digests, true).unwrap();
        let values = (0..8).flat_map(|i| [i, 10 * i]).collect();
        let rows = rows_by_place(values, 2, &order);
        assert_eq!(rows.len(), 12);
        for (row, document) in rows.chunks(2).zip(order.documents()) {
            assert_eq!(row, [document.0, 10 * document.0]);
        }
    }
}
