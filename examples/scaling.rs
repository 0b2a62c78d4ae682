//! What does the `wire` preset cost as a corpus grows, and on corpora made to mislead it?
//!
//! `scaling [CASE...]` with cases furniture, scattered, holder, line, copies, roundups, quotes, scans, archive; all when none is
//! named. Prints one line for each of two sizes. A `.jsonl` file among the cases replaces the first documents of each
//! corpus of the case archive.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use command::say;
use generated::{Corpus, Language};
use reprint::corpus::Documents;
use reprint::{DocId, Finder, Preset};

/// A case makes a corpus of about so many documents.
type Case = (&'static str, [usize; 2], fn(&Language, usize) -> Corpus);

const CASES: [Case; 9] = [
    ("furniture", [2_500, 10_000], |l, n| generated::furniture(l, n, 2_000, 200)),
    ("scattered", [2_500, 10_000], |l, n| generated::scattered(l, n, 2_000, 200)),
    ("holder", [5_000, 20_000], generated::holder),
    ("line", [250_000, 1_000_000], generated::one_line),
    ("copies", [1_250, 5_000], generated::copies),
    ("roundups", [20, 80], |l, n| generated::round_ups(l, n, n / 20)),
    ("quotes", [20, 80], |l, n| generated::quotes(l, n, 5, 170)),
    ("scans", [75, 300], generated::scans),
    ("archive", [8_000, 50_000], generated::archive),
];

fn main() -> ExitCode {
    command::run(include_str!("scaling.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let (files, wanted): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|argument| Path::new(argument).extension().is_some_and(|e| e == "jsonl"));
    let base = if files.is_empty() { Documents::new() } else { corpus::read(&files)? };
    let language = Language::new();
    say!(
        "| case | size | documents | MB | candidates/doc | compared/doc | pairs wrongly together | wrongly apart | time | ns/byte |"
    );
    say!("|---|---|---|---|---|---|---|---|---|---|");
    for (name, sizes, make) in CASES {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
            continue;
        }
        for size in sizes {
            let mut corpus = make(&language, size);
            if name == "archive" {
                // Their right clusters are not known here: each counts as a story of its own.
                for (i, document) in base.iter().take(size).enumerate() {
                    document.text().clone_into(&mut corpus.texts[i]);
                    corpus.labels[i] = size + i;
                }
            }
            let start = Instant::now();
            let report = Finder::preset(Preset::Wire).run(&corpus.texts)?;
            let time = start.elapsed();
            let documents = corpus.texts.len();
            let predicted: Vec<usize> =
                (0..documents as u32).filter_map(|d| report.clusters().of(DocId(d))).collect();
            let (together, apart) = corpus.errors(&predicted);
            let counts = report.counts();
            let each = |count: usize| count as f64 / documents as f64;
            say!(
                "| {name} | {size} | {documents} | {:.1} | {:.1} | {:.2} | {together} | {apart} | {time:.2?} | {:.0} |",
                corpus.bytes() as f64 / 1e6,
                each(counts.candidates),
                each(counts.verified),
                time.as_nanos() as f64 / corpus.bytes() as f64
            );
        }
    }
    Ok(())
}
