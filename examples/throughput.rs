//! How fast is it here? `throughput [CORPUS.jsonl [MAX_DOCS]] [--threads N]`
//!
//! With no CORPUS it takes 2,000 generated stories. Prints `reprint<TAB>WORK<TAB>documents per second<TAB>MB per second`, best of five passes, on one thread unless told
//! otherwise. The works: text to a 128-bin `MinHash` signature of word 5-grams; text to a 64-bit `SimHash` of them;
//! text to verified clusters at resemblance 0.8; and the `wire` preset from end to end.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use command::say;
use reprint::corpus::Document;
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::{MinHashScratch, MinHasher, SimHasher};
use reprint::{Finder, Preset};

fn main() -> ExitCode {
    command::run(include_str!("throughput.rs"), run)
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
    let mut texts = match corpus {
        Some(corpus) => corpus::read(&[corpus])?.into_iter().map(Document::into_text).collect(),
        None => generated::archive(&generated::Language::new(), 2_000).texts,
    };
    texts.truncate(most);
    #[cfg(feature = "rayon")]
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    #[cfg(not(feature = "rayon"))]
    if threads != 1 {
        return Err("built without the rayon feature: there is one thread".into());
    }
    works(&texts)
}

fn works(texts: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let words = Shingler::words(5)?;

    let minhasher = MinHasher::default();
    time("minhash128_word5", texts, || {
        let (mut buffer, mut scratch, mut row) =
            (ShingleBuffer::default(), MinHashScratch::default(), [0; 128]);
        texts.iter().try_fold(0_u32, |sum, text| {
            minhasher.sketch_into(words.hash_into(text, &mut buffer), &mut scratch, &mut row)?;
            Ok::<_, reprint::Error>(sum.wrapping_add(row[0]))
        })
    })?;

    let simhasher = SimHasher::<u64>::default();
    time("simhash64_word5", texts, || {
        let mut buffer = ShingleBuffer::default();
        let bits = |text: &String| simhasher.sketch(words.hash_into(text, &mut buffer)).bits();
        Ok(texts.iter().filter_map(bits).fold(0, |sum, bits| sum ^ bits))
    })?;

    let near = Finder::preset(Preset::Web);
    time("cluster_j08", texts, || Ok(near.run(texts)?.clusters().len()))?;

    let wire = Finder::preset(Preset::Wire);
    time("cluster_wire", texts, || Ok(wire.run(texts)?.clusters().len()))
}

/// Prints the best of five passes.
fn time<T>(
    work: &str,
    texts: &[String],
    mut pass: impl FnMut() -> reprint::Result<T>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        black_box(pass()?);
        best = best.min(start.elapsed().as_secs_f64());
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    say!("reprint\t{work}\t{:.0}\t{:.2}", texts.len() as f64 / best, bytes as f64 / best / 1e6);
    Ok(())
}
