//! `SimHash` signatures for each backend and size, and the index of them. Timed: the call alone, on hashes and
//! signatures that are made before.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reprint::hash::xxh3;
use reprint::index::HammingIndex;
use reprint::sketch::{SimHashBits, SimHashSignature, SimHasher};
use reprint::{Backend, DocId};

fn hashes(count: u32) -> Vec<u64> {
    (0..count).map(|i| xxh3(&i.to_le_bytes())).collect()
}

fn hasher<W: SimHashBits>(seed: u64, backend: Backend) -> SimHasher<W> {
    SimHasher::builder().seed(seed).backend(backend).build().expect("any seed will do")
}

fn sketch(c: &mut Criterion) {
    let mut group = c.benchmark_group("simhash/sketch");
    for count in [20, 100, 412, 5_000] {
        let set = hashes(count);
        group.throughput(Throughput::Elements(u64::from(count)));
        for backend in Backend::available() {
            for (name, seed) in [("64", 0), ("64_seeded", 1)] {
                let hasher = hasher::<u64>(seed, backend);
                group.bench_with_input(
                    BenchmarkId::new(format!("{name}/{backend}"), count),
                    &set,
                    |b, set| {
                        b.iter(|| hasher.sketch(black_box(set)));
                    },
                );
            }
            let wide = hasher::<u128>(0, backend);
            group.bench_with_input(BenchmarkId::new(format!("128/{backend}"), count), &set, |b, set| {
                b.iter(|| wide.sketch(black_box(set)));
            });
            let weighted: Vec<(u64, u32)> = set.iter().map(|&h| (h, 1 + (h % 3) as u32)).collect();
            let hasher = hasher::<u64>(0, backend);
            group.bench_with_input(
                BenchmarkId::new(format!("64_weighted/{backend}"), count),
                &weighted,
                |b, set| b.iter(|| hasher.sketch_weighted(black_box(set))),
            );
        }
    }
    group.finish();
}

/// One in ten is within three bits of another.
fn signatures(count: u32) -> Vec<(DocId, SimHashSignature)> {
    let hasher = SimHasher::<u64>::default();
    let bits = |i: u32| {
        if i % 10 == 9 {
            xxh3(&(i - 1).to_le_bytes()) ^ 0b10_0001 << (i % 50)
        } else {
            xxh3(&i.to_le_bytes())
        }
    };
    (0..count).map(|i| (DocId(i), hasher.sketch(&[bits(i)]))).collect()
}

fn index(c: &mut Criterion) {
    let mut group = c.benchmark_group("simhash/index");
    group.sample_size(10);
    for count in [10_000, 100_000] {
        let signatures = signatures(count);
        let build =
            |k| HammingIndex::build(k, signatures.iter().map(|(id, s)| (*id, s))).expect("a small distance");
        for k in [3, 6] {
            group.throughput(Throughput::Elements(u64::from(count)));
            group.bench_function(BenchmarkId::new(format!("build/k{k}"), count), |b| b.iter(|| build(k)));
            let index = build(k);
            group
                .bench_function(BenchmarkId::new(format!("pairs/k{k}"), count), |b| b.iter(|| index.pairs()));
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new(format!("query/k{k}"), count), |b| {
                let mut queries = signatures.iter().cycle().map(|(_, signature)| signature);
                let mut found = Vec::new();
                b.iter_batched(
                    || queries.next().expect("an endless cycle"),
                    |signature| index.query(signature, &mut found),
                    BatchSize::SmallInput,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, sketch, index);
criterion_main!(benches);
