//! What candidates cost: keys, the batch, and the index, in documents a second.
//!
//! Inside the timed region: from finished signatures to keys, pairs, an index or an answer, with
//! everything allocated on the way. Outside: making documents and signatures. The documents are seeded
//! random sets of 60 shingles, three in ten of which belong to a pair of near copies (resemblance 0.8);
//! 128 bins in 16 bands of 8 rows. An index from a batch has no room to spare, so that the first
//! insertion moves its vectors: with 1,000 insertions that move is most of the time.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use reprint::index::{Banding, MinHashIndex, band_key, candidate_pairs};
use reprint::sketch::{MinHashSignatures, MinHasher};

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

criterion_group!(benches, index);
criterion_main!(benches);
