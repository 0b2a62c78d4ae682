//! Texts to verified clusters, on generated text and on real stories where they are at hand.

#[path = "../examples/corpus/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod corpus;
#[path = "../examples/generated/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod generated;

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reprint::{Finder, Preset};

/// The corpora: name and texts.
fn corpora() -> Vec<(&'static str, Vec<String>)> {
    let generated = generated::archive(&generated::Language::new(), 1_000);
    let mut corpora = vec![("generated", generated.texts)];
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/eval/wire/docs.jsonl");
    if Path::new(real).exists() {
        let documents = corpus::read(&[real.to_owned()]).expect("a corpus of JSON lines");
        corpora.push(("wire", documents.into_iter().map(reprint::corpus::Document::into_text).collect()));
    }
    corpora
}

fn end_to_end(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cluster");
    group.sample_size(10);
    for (name, texts) in corpora() {
        group.throughput(Throughput::Bytes(texts.iter().map(|t| t.len() as u64).sum()));
        for preset in [Preset::Web, Preset::Strict, Preset::Wire] {
            let finder = Finder::preset(preset);
            group.bench_function(BenchmarkId::new(preset.to_string(), name), |b| {
                b.iter(|| finder.run(black_box(&texts)).expect("fewer than 2³² texts").clusters().len());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
