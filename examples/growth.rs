//! What do time and memory come to as a corpus grows? `growth [PRESET] [DOCUMENTS...]`
//!
//! Makes so many stories of 300 words (10,000, 100,000 and 1,000,000 when none are named), every tenth of which is a copy
//! of the one before with other words at its end, and clusters them with a preset (`web` when none is named). Prints the
//! time a document, also divided by log₂ of the documents, and on Linux the peak of memory beyond the texts.

#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::time::Instant;

use generated::{Language, Random, cut};
use reprint::{Finder, Preset};

const WORDS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut preset, mut sizes) = (Preset::Web, Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(size) => sizes.push(size),
            Err(_) => preset = argument.parse()?,
        }
    }
    if sizes.is_empty() {
        sizes.extend([10_000, 100_000, 1_000_000]);
    }
    // The peak is that of the process: a smaller corpus behind a larger one would show the larger one's.
    sizes.sort_unstable();
    let language = Language::new();
    println!("| documents | MB of text | clusters | time | µs/document | ns/document/log2(documents) | bytes beyond the text/document |");
    println!("|---|---|---|---|---|---|---|");
    for documents in sizes {
        let texts = stories(&language, documents);
        let bytes: usize = texts.iter().map(String::len).sum();
        let before = memory("VmRSS");
        let start = Instant::now();
        let report = Finder::preset(preset).build()?.run(&texts)?;
        let time = start.elapsed().as_secs_f64() / documents as f64;
        let beyond = before.zip(memory("VmHWM")).map(|(before, peak)| peak.saturating_sub(before) / documents);
        println!(
            "| {documents} | {:.0} | {} | {:.2} s | {:.1} | {:.0} | {} |",
            bytes as f64 / 1e6,
            report.clusters().multiple().count(),
            time * documents as f64,
            time * 1e6,
            time * 1e9 / (documents as f64).log2(),
            beyond.map_or_else(|| "unknown".to_owned(), |beyond| beyond.to_string()),
        );
    }
    Ok(())
}

fn stories(language: &Language, documents: usize) -> Vec<String> {
    let mut random = Random::new(2008);
    let mut texts: Vec<String> = Vec::with_capacity(documents);
    for i in 0..documents {
        let mut text = match texts.last() {
            Some(last) if i % 10 == 9 => cut(last, 0.95) + &language.story(&mut random, WORDS / 20),
            _ => language.story(&mut random, WORDS),
        };
        text.shrink_to_fit();
        texts.push(text);
    }
    texts
}

/// A figure of the process's memory in bytes, as Linux tells it.
fn memory(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
