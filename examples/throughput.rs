//! How fast is it here? `throughput CORPUS.jsonl [MAX_DOCS] [--threads N]`
//!
//! Prints `reprint<TAB>WORK<TAB>documents per second<TAB>MB per second`, best of five passes, on one thread unless told
//! otherwise. The works: text to a 128-bin MinHash signature of word 5-grams; text to a 64-bit SimHash of them;
//! text to verified clusters at resemblance 0.8; and the `wire` preset from end to end.

#[path = "corpus/mod.rs"]
mod corpus;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::{MinHashScratch, MinHasher, SimHasher};
use reprint::{Finder, Preset};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("throughput: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (mut corpus, mut most, mut threads) = (None, usize::MAX, 1);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        use lexopt::prelude::*;
        match argument {
            Long("threads") => threads = arguments.value()?.parse()?,
            Value(path) if corpus.is_none() => corpus = Some(path.string()?),
            Value(number) => most = number.parse()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    let corpus = corpus.ok_or("usage: throughput CORPUS.jsonl [MAX_DOCS] [--threads N]")?;
    let texts: Vec<String> = corpus::read(&[corpus])?.into_iter().map(|d| d.text).take(most).collect();
    in_pool(threads, move || works(&texts))
}

#[cfg(feature = "rayon")]
fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool").install(work)
}

#[cfg(not(feature = "rayon"))]
fn in_pool<T>(_: usize, work: impl FnOnce() -> T) -> T {
    work()
}
