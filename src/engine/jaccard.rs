//! The path by whole shingle sets: `MinHash`, LSH, exact resemblance, union.

use std::time::Instant;

use super::{Counts, FinderBuilder, Found, Preset, Run, StageTimes};
use crate::cluster::Clusters;
use crate::index::{Banding, candidate_pairs};
use crate::parallel::{self, Pool};
use crate::progress::Stage;
use crate::shingle::{ShingleBuffer, Shingler};
use crate::sketch::{MinHashScratch, MinHashSignatures, MinHasher};
use crate::verify::{Basis, Evidence, Match, OverlapCounter, identical};
use crate::{DocId, Pair, Result, Similarity};

/// The parameters of the path.
#[derive(Clone, Debug)]
pub(super) struct Jaccard {
    shingler: Shingler,
    minhasher: MinHasher,
    banding: Banding,
    threshold: f64,
}

impl Jaccard {
    pub(super) fn new(builder: &FinderBuilder) -> Result<Self> {
        let default_threshold = if builder.preset == Preset::Strict { 0.95 } else { 0.8 };
        let threshold = builder.threshold.unwrap_or(default_threshold);
        let bins = builder.bins.unwrap_or(128);
        let banding = Banding::for_recall(threshold, builder.recall.unwrap_or(0.95), bins)?;
        let minhasher = MinHasher::builder().bins(bins).seed(builder.seed.unwrap_or(0)).build()?;
        let shingler = builder.shingler.clone().map_or_else(|| Shingler::words(5), Ok)?;
        Ok(Self { shingler, minhasher, banding, threshold })
    }

    pub(super) fn run<T: AsRef<str> + Sync>(&self, run: &Run<'_, T>) -> Result<Found> {
        let mut times = StageTimes::default();
        let documents = run.texts.len();

        let start = Instant::now();
        let signatures = self.sketch(run)?;
        times.sketch = start.elapsed();

        let start = Instant::now();
        let ticker = run.ticker(Stage::Candidates, documents);
        let candidates = candidate_pairs(&signatures, self.banding)?;
        ticker.add(documents);
        times.candidates = start.elapsed();

        let start = Instant::now();
        let mut matches = self.verify(run, &candidates);
        // Texts too short for a shingle, or without a word, meet by their characters.
        let digest = |(i, text): (usize, &T)| {
            if signatures.is_empty_row(i) { identical::digest_of_characters(text.as_ref()) } else { None }
        };
        let digests: Vec<Option<u64>> = run.texts.iter().enumerate().map(digest).collect();
        let trimmed = |id: DocId| run.texts[id.index()].as_ref().trim();
        let same = identical::pairs(&digests).into_iter().filter(|pair| trimmed(pair.a) == trimmed(pair.b));
        matches.extend(same.map(|pair| Match {
            pair,
            score: 1.0,
            basis: Basis::Identical,
            evidence: Evidence::Shingles(Similarity::default()),
        }));
        times.verify = start.elapsed();

        let start = Instant::now();
        let ticker = run.ticker(Stage::Cluster, matches.len());
        let clusters = Clusters::from_pairs(documents as u32, matches.iter().map(|m| m.pair));
        ticker.add(matches.len());
        times.cluster = start.elapsed();

        let counts = Counts {
            documents,
            empty: (0..documents).filter(|&i| signatures.is_empty_row(i)).count(),
            candidates: candidates.len(),
            verified: candidates.len(),
            matches: matches.len(),
            clusters: clusters.multiple().count(),
            clustered: clusters.multiple().map(|c| clusters.members(c).len()).sum(),
            times,
        };
        Ok(Found { clusters, matches, counts, threshold: self.threshold, banding: Some(self.banding) })
    }

    fn sketch<T: AsRef<str> + Sync>(&self, run: &Run<'_, T>) -> Result<MinHashSignatures> {
        let params = self.minhasher.params();
        let mut values = vec![0; run.texts.len() * params.bins()];
        let pool = Pool::<(ShingleBuffer, MinHashScratch)>::default();
        let ticker = run.ticker(Stage::Sketch, run.texts.len());
        parallel::fill_rows(run.texts, &mut values, params.bins(), &ticker, &pool, |scratch, text, row| {
            let shingles = self.shingler.hash_into(text.as_ref(), &mut scratch.0);
            self.minhasher.sketch_into(shingles, &mut scratch.1, row)
        })?;
        MinHashSignatures::from_values(params, values)
    }

    /// The candidates whose sets do resemble each other enough. Candidates are sorted, so that those of one
    /// document stand together and it is shingled once.
    fn verify<T: AsRef<str> + Sync>(&self, run: &Run<'_, T>, candidates: &[Pair]) -> Vec<Match> {
        let ticker = run.ticker(Stage::Verify, candidates.len());
        let verdict = |scratch: &mut Scratch, _, pair: &Pair| {
            let Scratch { held, a, b, counter } = scratch;
            let text = |document: DocId| run.texts[document.index()].as_ref();
            if *held != Some(pair.a) {
                self.shingler.hash_into(text(pair.a), a);
                *held = Some(pair.a);
            }
            let similarity = counter.count(a.hashes(), self.shingler.hash_into(text(pair.b), b));
            let score = similarity.resemblance();
            (score >= self.threshold).then_some(Match {
                pair: *pair,
                score,
                basis: Basis::Shingles,
                evidence: Evidence::Shingles(similarity),
            })
        };
        parallel::map(candidates, &ticker, &Pool::default(), verdict).into_iter().flatten().collect()
    }
}

/// What verifying uses again.
#[derive(Default)]
struct Scratch {
    /// The document whose shingles are in `a`.
    held: Option<DocId>,
    a: ShingleBuffer,
    b: ShingleBuffer,
    counter: OverlapCounter,
}
