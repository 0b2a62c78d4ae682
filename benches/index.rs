//! What candidates and clusters cost: keys, batches, indexes and linkage, in documents a second.
//!
//! Inside the timed region: from finished signatures to keys, pairs, an index or an answer, with
//! everything allocated on the way. Outside: making documents and signatures. The documents are seeded
//! random sets of 60 shingles, three in ten of which belong to a pair of near copies (resemblance 0.8);
//! 128 bins in 16 bands of 8 rows. An index from a batch has no room to spare, so that the first
//! insertion moves its vectors: with 1,000 insertions that move is most of the time.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use reprint::cluster::{Link, Linkage};
use reprint::hash::xxh3;
use reprint::index::{Banding, MinHashIndex, PostingsBatch, PostingsRules, band_key, candidate_pairs};
use reprint::sketch::{FracMinHashSignature, FracMinHasher, MinHashSignatures, MinHasher};
use reprint::{DocId, Pair};

/// `SplitMix64` from the state `seed`.
fn shingles(mut seed: u64) -> impl Iterator<Item = u64> {
    std::iter::repeat_with(move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    })
}

/// Document `i` of 10 that begin at a multiple of 10: 0 to 2 have a near copy among the next ten.
fn document(i: u64) -> Vec<u64> {
    let original = if (i / 10).is_multiple_of(2) || i % 10 > 2 { i } else { i - 10 };
    let own = if original == i { 0 } else { 7 };
    let changed = shingles(u64::MAX / 2 + i * 1_000_003).take(own);
    shingles(original * 7_777_777).take(60 - own).chain(changed).collect()
}

fn signatures(documents: u64) -> MinHashSignatures {
    let hasher = MinHasher::default();
    let mut all = MinHashSignatures::new(hasher.params());
    for first in (0..documents).step_by(10_000) {
        let sets: Vec<_> = (first..documents.min(first + 10_000)).map(document).collect();
        all.append(&hasher.sketch_all(&sets)).expect("made by one hasher");
    }
    all
}

fn index(criterion: &mut Criterion) {
    let banding = Banding::new(16, 8).expect("128 bins");
    let mut group = criterion.benchmark_group("index");
    group.sample_size(10);

    let some = signatures(10_000);
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("band keys, 16x8, one by one", |bencher| {
        bencher.iter(|| {
            let keys =
                |row: &[u32]| row.chunks(8).enumerate().fold(0, |sum, (i, rows)| sum ^ band_key(i, rows));
            some.rows().fold(0, |sum, row| sum ^ keys(row))
        });
    });

    for documents in [10_000, 100_000] {
        let all = signatures(documents);
        group.throughput(Throughput::Elements(documents));
        group.bench_function(format!("candidate pairs, {documents}"), |bencher| {
            bencher.iter(|| candidate_pairs(black_box(&all), banding).expect("fits"));
        });
        group.bench_function(format!("index from signatures, {documents}"), |bencher| {
            bencher
                .iter(|| MinHashIndex::build(banding, 0..documents as u32, black_box(&all)).expect("fits"));
        });

        let index = MinHashIndex::build(banding, 0..documents as u32, &all).expect("fits");
        let asked: Vec<_> = (0..1000).map(|i| all.signature(i * all.len() / 1000)).collect();
        group.throughput(Throughput::Elements(1000));
        group.bench_function(format!("query, {documents}"), |bencher| {
            let mut found = Vec::new();
            bencher.iter(|| {
                let query = |one| {
                    index.query(one, &mut found).expect("same params");
                    found.len()
                };
                asked.iter().map(query).sum::<usize>()
            });
        });
        group.bench_function(format!("insert 1000 into {documents}"), |bencher| {
            let insert = |mut index: MinHashIndex<u32>| {
                for (id, one) in (documents as u32..).zip(&asked) {
                    index.insert(id, one).expect("same params");
                }
                index
            };
            bencher.iter_batched(|| index.clone(), insert, BatchSize::LargeInput);
        });
    }

    // Every document in one bucket of every band.
    let hasher = MinHasher::default();
    let copies = hasher.sketch_all(&vec![document(0); 5000]);
    group.throughput(Throughput::Elements(5000));
    group.bench_function("candidate pairs, 5000 exact copies", |bencher| {
        bencher.iter(|| candidate_pairs(black_box(&copies), banding).expect("fits"));
    });
    group.finish();
}

/// Sets of 1,500 shingles, of which the one of rank r has a share proportional to 1/r, so that lists are of all lengths.
/// Every tenth document has half of the one before.
fn common_shingles(documents: u64) -> Vec<FracMinHashSignature> {
    const MOST: f64 = 20_000_000.0;
    let hasher = FracMinHasher::default();
    let ranks = |i: u64| {
        let share = |x: u64| (x >> 11) as f64 / (1_u64 << 53) as f64;
        shingles(i * 7_777_777).map(move |x| MOST.powf(share(x)) as u64).take(1500)
    };
    let set = |i: u64| -> Vec<u64> {
        let copied = if i % 10 == 9 { 750 } else { 0 };
        let before = ranks(i.saturating_sub(1)).take(copied);
        before.chain(ranks(i).skip(copied)).map(|rank| xxh3(&rank.to_le_bytes())).collect()
    };
    (0..documents).map(|i| hasher.sketch(&set(i))).collect()
}

fn postings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("postings");
    group.sample_size(10);
    for documents in [10_000, 100_000] {
        let signatures = common_shingles(documents);
        group.throughput(Throughput::Elements(documents));
        group.bench_function(format!("batch, {documents}"), |bencher| {
            bencher.iter(|| PostingsBatch::build(PostingsRules::default(), &signatures).expect("fits"));
        });
        let batch = PostingsBatch::build(PostingsRules::default(), &signatures).expect("fits");
        group.bench_function(format!("candidates, {documents}"), |bencher| {
            bencher.iter(|| black_box(&batch).all_candidates());
        });
    }
    group.finish();
}

/// Groups of four that one weak match each would join to the next, and one group that grows by one member at a time.
fn linkage(criterion: &mut Criterion) {
    const DOCUMENTS: u32 = 100_000;
    let link = |a, b, score| Link { pair: Pair::new(DocId(a), DocId(b)), score, noise: 0.0 };
    let many: Vec<Link> =
        (1..DOCUMENTS).map(|i| link(i - 1, i, if i % 4 == 0 { 0.6 } else { 0.9 })).collect();
    let one: Vec<Link> = (1..DOCUMENTS).map(|i| link(0, i, 0.7)).collect();
    let mut group = criterion.benchmark_group("linkage");
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::from(DOCUMENTS)));
    for (name, links) in [("many groups", many), ("one group", one)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| Linkage::new(0.5).cluster(DOCUMENTS, black_box(&links), |_| 0.4));
        });
    }
    group.finish();
}

criterion_group!(benches, index, postings, linkage);
criterion_main!(benches);
