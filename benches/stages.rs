//! What each stage costs, for each backend, beside what bounds it: reading the bytes, one XXH3 over them, and
//! tokenising; then text to shingles, of news and of text that is half in another script.
//!
//! Timed: the calls alone, into warm buffers. `cargo bench --bench stages`: criterion prints bytes and shingles a
//! second. `cargo bench --bench bounds` prints the same stages as one table.

mod texts;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reprint::Backend;
use reprint::shingle::{ShingleBuffer, Shingler};

fn stages(criterion: &mut Criterion) {
    let texts = texts::corpus().1;
    let bytes = texts.iter().map(|t| t.len() as u64).sum();
    let elements = texts::shingles(&texts);
    let mut group = criterion.benchmark_group("stages");
    group.sample_size(20).throughput(Throughput::ElementsAndBytes { elements, bytes });
    for mut stage in texts::stages() {
        group.bench_function(stage.name, |b| b.iter(|| (stage.run)(black_box(&texts))));
    }
    group.finish();
}

fn shingle(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shingle");
    group.sample_size(20);
    let k = "k is not 0";
    let shinglers = [
        ("words 5", Shingler::words(5).expect(k)),
        ("characters 9", Shingler::characters(9).expect(k)),
        ("letters", Shingler::letters()),
    ];
    for (name, texts) in std::iter::once(texts::corpus()).chain(texts::scripts()) {
        group.throughput(Throughput::BytesDecimal(texts.iter().map(|t| t.len() as u64).sum()));
        for (unit, shingler) in &shinglers {
            for backend in Backend::available() {
                let shingler = shingler.clone().with_backend(backend);
                let mut buffer = ShingleBuffer::default();
                group.bench_function(BenchmarkId::new(format!("{unit}/{backend}"), name), |b| {
                    b.iter(|| {
                        texts
                            .iter()
                            .map(|t| shingler.hash_into(black_box(t), &mut buffer).len())
                            .sum::<usize>()
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, stages, shingle);
criterion_main!(benches);
