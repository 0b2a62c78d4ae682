//! `FracMinHash` and its postings index, on generated sets of 2,400 shingle hashes: 64-bit numbers in,
//! text and shingling not timed. One thread where the `rayon` feature is off.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use reprint::DocId;
use reprint::hash::xxh3;
use reprint::index::{PostingsBatch, PostingsIndex, PostingsRules};
use reprint::sketch::{FracMinHashSignature, FracMinHasher};
use std::hint::black_box;

const SHINGLES: u64 = 2400;

/// Story `i`: shingles of its own, phrases that many stories have (the rank of a phrase is log-uniform,
/// as Zipf's law has it), and for every fifth half of the story before it.
fn story(i: u64) -> Vec<u64> {
    let own = |i: u64, j: u64| xxh3(&[i.to_le_bytes(), j.to_le_bytes()].concat());
    let phrase = |j: u64| {
        let uniform = (own(i, j) >> 11) as f64 / (1u64 << 53) as f64;
        own(u64::MAX, 1_000_000f64.powf(uniform) as u64)
    };
    let copied = |j: u64| if i % 5 == 4 && j.is_multiple_of(2) { own(i - 1, j) } else { own(i, j) };
    (0..SHINGLES).map(|j| if j.is_multiple_of(3) { phrase(j) } else { copied(j) }).collect()
}

fn signatures(n: u64) -> Vec<FracMinHashSignature> {
    (0..n).map(|i| FracMinHasher::default().sketch(&story(i))).collect()
}

fn sketch(c: &mut Criterion) {
    let mut group = c.benchmark_group("fracminhash/sketch");
    group.throughput(Throughput::Elements(SHINGLES));
    let set = story(0);
    for scale in [1, 12, 100] {
        let hasher = FracMinHasher::builder().scale(scale).minimum(0).build().unwrap();
        let mut signature = hasher.sketch(&set);
        group.bench_function(format!("scale {scale}"), |b| {
            b.iter(|| hasher.sketch_into(black_box(&set), &mut signature));
        });
    }
    let (a, b) = (FracMinHasher::default().sketch(&set), FracMinHasher::default().sketch(&story(1)));
    group.bench_function("containment", |bench| bench.iter(|| black_box(&a).containment_in(&b)));
    group.finish();
}

fn postings(c: &mut Criterion) {
    let mut group = c.benchmark_group("postings");
    group.sample_size(10);
    for n in [2_000, 8_000] {
        let signatures = signatures(n);
        group.throughput(Throughput::Elements(n));
        group.bench_function(format!("build batch/{n}"), |b| {
            b.iter(|| PostingsBatch::build(PostingsRules::default(), black_box(&signatures)));
        });
        let batch = PostingsBatch::build(PostingsRules::default(), &signatures).unwrap();
        group.bench_function(format!("all candidates/{n}"), |b| b.iter(|| batch.all_candidates()));
        let mut next = 0;
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("one document's candidates/{n}"), |b| {
            b.iter(|| {
                next = (next + 1) % n as u32;
                batch.candidates(DocId(next))
            });
        });
        let mut index = PostingsIndex::default();
        index.insert_all((0_u32..).zip(&signatures)).unwrap();
        let mut found = Vec::new();
        group.bench_function(format!("query/{n}"), |b| {
            b.iter(|| {
                next = (next + 1) % n as u32;
                index.query(&signatures[next as usize], &mut found)
            });
        });
        group.throughput(Throughput::Elements(n));
        group.bench_function(format!("insert/{n}"), |b| {
            b.iter_batched_ref(
                PostingsIndex::default,
                |index| {
                    (0_u32..).zip(&signatures).try_for_each(|(id, signature)| index.insert(id, signature))
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, sketch, postings);
criterion_main!(benches);
