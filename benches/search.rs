//! Searches beside the `wire` path: repeats over a corpus, the nearest of a forest, containment.
//!
//! Inside the timed region: from texts to repeats; from a signature to the answer, in a buffer that was used before. The text
//! is seeded random words, a fifth of it pasted from before; the sets are seeded random numbers.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use reprint::index::{ContainmentIndex, MinHashForest};
use reprint::sketch::{FracMinHasher, MinHasher};
use reprint::substring::RepeatFinder;

/// `SplitMix64`'s output function.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn text(length: usize) -> Vec<u8> {
    let (mut text, mut state) = (Vec::with_capacity(length), 1);
    while text.len() < length {
        state = mix(state);
        if state.is_multiple_of(700) && text.len() > 20_000 {
            let from = mix(state) as usize % (text.len() - 1_000);
            text.extend_from_within(from..from + 1_000);
        } else {
            let letters = mix(state % 30_000).to_le_bytes();
            text.extend(letters.iter().take(2 + state as usize % 7).map(|b| b'a' + b % 26));
            text.push(b' ');
        }
    }
    text
}

fn search(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("search");
    group.sample_size(10);

    let text = text(8 << 20);
    group.throughput(Throughput::Bytes(text.len() as u64));
    for parts in [1, 4] {
        let finder = RepeatFinder::builder().length(50).parts(parts).build().expect("a length");
        group.bench_function(format!("repeats of 50 bytes, {parts} parts"), |bencher| {
            bencher.iter(|| finder.find(&[black_box(&text)]).expect("one document"));
        });
    }

    let family = |i: u64, size: u64| -> Vec<u64> {
        let own = i % 10 * 8;
        (0..size).map(|k| if k < 100 - own { mix((i / 10) << 20 | k) } else { mix(i << 32 | k) }).collect()
    };
    let hasher = MinHasher::default();
    let mut forest = MinHashForest::new(hasher.params()).expect("128 bins");
    let signatures: Vec<_> = (0..10_000).map(|i| hasher.sketch(&family(i, 100))).collect();
    for (id, signature) in signatures.iter().enumerate() {
        forest.insert(id, signature).expect("made alike");
    }
    let (mut nearest, mut next) = (Vec::new(), 0);
    group.throughput(Throughput::Elements(1));
    group.bench_function("forest, the nearest 10 of 10,000", |bencher| {
        bencher.iter(|| {
            next = (next + 7) % signatures.len();
            forest.query(black_box(&signatures[next]), 10, &mut nearest)
        });
    });

    let hasher = FracMinHasher::default();
    let mut index = ContainmentIndex::new();
    let signatures: Vec<_> =
        (0..10_000).map(|i| hasher.sketch(&family(i, [100, 300, 1_000][i as usize % 3]))).collect();
    for (id, signature) in signatures.iter().enumerate() {
        index.insert(id, signature).expect("made alike");
    }
    let mut found = Vec::new();
    group.bench_function("containment of 0.5 among 10,000", |bencher| {
        bencher.iter(|| {
            next = (next + 7) % signatures.len();
            index.query(black_box(&signatures[next]), 0.5, &mut found)
        });
    });
}

criterion_group!(benches, search);
criterion_main!(benches);
