//! Does the order of the documents decide anything? The `wire` preset, on documents in many orders.
//!
//! `shuffles [--turns 10] [--random 200] [FILE...]`
//!
//! FILE is what `find_reprints` takes; its documents are read in as many orders, and so are as many random corpora of 60
//! documents that share sentences (running stories, some of them badly read). Prints how many orders gave another
//! partition than the first, and fails if any did.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use generated::{Language, Random};
use reprint::{DocId, Finder, Preset};

fn main() -> ExitCode {
    command::run(include_str!("shuffles.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    use lexopt::prelude::*;
    let (mut turns, mut corpora, mut files) = (10, 200, Vec::new());
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("turns") => turns = arguments.value()?.parse()?,
            Long("random") => corpora = arguments.value()?.parse()?,
            Value(path) => files.push(path.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let mut all = 0;
    for file in files {
        let documents = corpus::read(std::slice::from_ref(&file))?;
        let texts: Vec<String> = documents.iter().map(|document| document.text().to_owned()).collect();
        let others = others(&texts, turns, 1)?;
        say!("{file}: {} documents, {others} of {turns} orders give other clusters", texts.len());
        all += others;
    }
    let language = Language::new();
    let mut wrong = 0;
    for seed in 0..corpora as u64 {
        wrong += others(&generated::overlapping(&language, 60, seed), turns, seed)?;
    }
    say!("{corpora} random corpora: {wrong} of {} orders give other clusters", corpora * turns);
    if all + wrong == 0 { Ok(()) } else { Err("the order decides something".into()) }
}

/// How many of the orders give other clusters than the order that the texts come in.
fn others(texts: &[String], turns: usize, seed: u64) -> Result<usize, Box<dyn Error>> {
    let mut random = Random::new(seed);
    let first = clusters(texts, &(0..texts.len()).collect::<Vec<_>>())?;
    let mut others = 0;
    for _ in 0..turns {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        random.shuffle(&mut order);
        others += usize::from(clusters(texts, &order)? != first);
    }
    Ok(others)
}

/// The clusters of texts in an order: for each text the least number in its cluster.
fn clusters(texts: &[String], order: &[usize]) -> Result<Vec<usize>, Box<dyn Error>> {
    let shuffled: Vec<&str> = order.iter().map(|&i| texts[i].as_str()).collect();
    let report = Finder::preset(Preset::Wire).run(&shuffled)?;
    let mut least = vec![0; texts.len()];
    for members in report.clusters().iter() {
        let texts = || members.iter().map(|document: &DocId| order[document.index()]);
        let first = texts().min().unwrap_or(0);
        texts().for_each(|text| least[text] = first);
    }
    Ok(least)
}
