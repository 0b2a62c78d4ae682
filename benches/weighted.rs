//! Nanoseconds per set of each measure of weighted `MinHash` and each backend, for sets of 20 to 10,000 elements.
//!
//! Timed: [`WeightedMinHasher::sketch_into`] with a warm scratch, over sets that differ from call to call. Not timed:
//! making the sets. Weights are from 1 to 11.
//!
//! `cargo bench --bench weighted -- 'Jaccard/128'`
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reprint::Backend;
use reprint::hash::xxh3;
use reprint::sketch::{Measure, WeightedMinHasher, WeightedScratch};
use std::hint::black_box;
use std::time::Duration;

fn sketch(c: &mut Criterion) {
    for measure in [Measure::WeightedJaccard, Measure::ProbabilityJaccard] {
        for bins in [128, 256, 1024] {
            let mut group = c.benchmark_group(format!("{measure}/{bins}"));
            group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(500));
            group.sample_size(10);
            for size in [20_u64, 100, 1000, 10_000] {
                let sets: Vec<Vec<(u64, f64)>> =
                    (0..(100_000 / size).clamp(10, 500)).map(|set| weights(set, size)).collect();
                group.throughput(Throughput::Elements(sets.len() as u64));
                for backend in Backend::available() {
                    let builder = WeightedMinHasher::builder().measure(measure).bins(bins).backend(backend);
                    let hasher = builder.build().expect("the bins are in range");
                    let (mut scratch, mut out) = (WeightedScratch::default(), vec![0; bins]);
                    group.bench_function(BenchmarkId::new(backend.to_string(), size), |b| {
                        b.iter(|| {
                            for set in &sets {
                                hasher.sketch_into(set, &mut scratch, &mut out).expect("legal weights");
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

fn weights(set: u64, size: u64) -> Vec<(u64, f64)> {
    let element = |i: u64| xxh3(&(set << 32 | i).to_le_bytes());
    let weight = |element: u64| 1.0 + (xxh3(&element.to_le_bytes()) % 100) as f64 / 10.0;
    (0..size).map(element).map(|element| (element, weight(element))).collect()
}

criterion_group!(benches, sketch);
criterion_main!(benches);
