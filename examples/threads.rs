//! How much do more threads help? `threads [CORPUS.jsonl] [PRESET] [ROUNDS]`
//!
//! Clusters a corpus (2,000 generated stories when none is named) with a preset (`web` when none is named) by one
//! thread, two, four and so on up to all, in turn, so many rounds (15). Prints how many times as fast as
//! one thread each number was: the median over the rounds and the middle half, since a machine that others use too
//! changes its speed between any two runs.

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
use reprint::corpus::Document;
use reprint::{Finder, Preset};

fn main() -> ExitCode {
    command::run(include_str!("threads.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let (mut texts, mut preset, mut rounds) = (Vec::new(), Preset::Web, 15);
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(number) => rounds = number,
            Err(_) if Path::new(&argument).exists() => {
                texts.extend(corpus::read(&[argument])?.into_iter().map(Document::into_text));
            }
            Err(_) => preset = argument.parse()?,
        }
    }
    if texts.is_empty() {
        texts = generated::archive(&generated::Language::new(), 2_000).texts;
    }
    let most = std::thread::available_parallelism()?.get();
    let powers = (0..).map(|power| 1 << power).take_while(|&threads| threads < most);
    let numbers: Vec<usize> = powers.chain([most]).collect();
    let pool = |&threads: &usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pools = numbers.iter().map(pool).collect::<Result<Vec<_>, _>>()?;
    let finder = Finder::preset(preset);
    let mut ratios = vec![Vec::new(); pools.len()];
    for _ in 0..rounds {
        let mut alone = None;
        for (pool, ratios) in pools.iter().zip(&mut ratios) {
            let start = Instant::now();
            pool.install(|| finder.run(&texts))?;
            let time = start.elapsed().as_secs_f64();
            ratios.push(*alone.get_or_insert(time) / time);
        }
    }
    say!("| threads | times as fast as one | middle half |\n|---|---|---|");
    for (threads, mut ratios) in numbers.into_iter().zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        let at = |quarter: usize| ratios.get(quarter * ratios.len() / 4).copied().unwrap_or(f64::NAN);
        say!("| {threads} | {:.2} | {:.2} to {:.2} |", at(2), at(1), at(3));
    }
    Ok(())
}
