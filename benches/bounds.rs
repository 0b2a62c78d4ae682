//! Prints the table of `benches/README.md`: what each stage costs a byte and a shingle, for each backend, beside what
//! bounds it. `cargo bench` takes half a minute for it.
//!
//! The stages take turns, and of many rounds the best of each counts: what disturbs the machine disturbs all, and
//! seldom all the time.

mod texts;

use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 200 } else { 1 };
    let (corpus, texts) = texts::corpus();
    let bytes: usize = texts.iter().map(String::len).sum();
    let shingles = texts::shingles(&texts);
    let mut stages = texts::stages();
    let mut best = vec![Duration::MAX; stages.len()];
    for _ in 0..rounds {
        for (stage, best) in stages.iter_mut().zip(&mut best) {
            let start = Instant::now();
            black_box((stage.run)(black_box(&texts)));
            *best = start.elapsed().min(*best);
        }
    }
    println!("{corpus}: {} texts, {bytes} bytes, {shingles} word 5-grams; best of {rounds}\n", texts.len());
    println!(
        "| stage | ns a byte | GB/s | ns a shingle | times one XXH3 | documents/s |\n|---|---|---|---|---|---|"
    );
    // No stage that hashes the text can be faster than the second row.
    let bound = best.get(1).map_or(f64::NAN, Duration::as_secs_f64);
    for (stage, best) in stages.iter().zip(best) {
        let ns = best.as_secs_f64() * 1e9;
        println!(
            "| {} | {:.3} | {:.2} | {:.1} | {:.1} | {:.0} |",
            stage.name,
            ns / bytes as f64,
            bytes as f64 / ns,
            ns / shingles as f64,
            best.as_secs_f64() / bound,
            texts.len() as f64 / best.as_secs_f64(),
        );
    }
}
