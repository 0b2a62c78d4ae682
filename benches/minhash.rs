//! Nanoseconds per shingle of each `MinHash` scheme and backend, for sets of 20 to 5,000 shingles.
//!
//! Timed: [`MinHasher::sketch_into`] with a warm scratch, over sets that differ from call to call, so that the
//! branch predictor cannot learn one by heart. Not timed: making the hashes.
//!
//! `cargo bench --bench minhash -- 'fast/128'`: the time of an iteration is for all shingles of the
//! sets; criterion prints `thrpt` in shingles a second (1 Gelem/s = 1 ns a shingle).
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reprint::Backend;
use reprint::hash::xxh3;
use reprint::sketch::{MinHashScratch, MinHasher, Scheme};
use std::hint::black_box;
use std::time::Duration;

fn sketch(c: &mut Criterion) {
    for (name, scheme) in [("fast", Scheme::FastSimilarity), ("classic", Scheme::Classic)] {
        for bins in [64, 128, 256] {
            let mut group = c.benchmark_group(format!("minhash/{name}/{bins}"));
            group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
            for size in [20_u64, 100, 500, 5000] {
                let sets: Vec<Vec<u64>> = (0..(100_000 / size).clamp(40, 1000))
                    .map(|set| (0..size).map(|i| xxh3(&(set << 32 | i).to_le_bytes())).collect())
                    .collect();
                group.throughput(Throughput::Elements(size * sets.len() as u64));
                for backend in Backend::available() {
                    let builder = MinHasher::builder().scheme(scheme).bins(bins).backend(backend);
                    let hasher = builder.build().expect("the bins are in range");
                    let (mut scratch, mut out) = (MinHashScratch::default(), vec![0; bins]);
                    group.bench_function(BenchmarkId::new(backend.to_string(), size), |b| {
                        b.iter(|| {
                            for set in &sets {
                                hasher.sketch_into(set, &mut scratch, &mut out).expect("one place a bin");
                                black_box(&mut out);
                            }
                        });
                    });
                }
            }
            group.finish();
        }
    }
}

criterion_group!(benches, sketch);
criterion_main!(benches);
