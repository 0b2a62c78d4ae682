//! Does the order of the documents decide anything? The `wire` preset, on documents in many orders.
//!
//! `shuffles [--turns 10] [--random 200] [FILES...]` takes the documents of each file in as many orders, and as many random
//! corpora of 60 documents that share sentences (running stories, some of them badly read). Prints how many orders gave
//! another partition than the first; the exit status says whether any did.

#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use the sample stories")]
mod corpus;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::process::ExitCode;

use generated::{Language, Random};
use reprint::{DocId, Finder, Preset};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (mut turns, mut corpora, mut files) = (10, 200, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number =
            || arguments.next().ok_or("a number must follow")?.parse::<usize>().map_err(|e| e.to_string());
        match argument.as_str() {
            "--turns" => turns = number()?,
            "--random" => corpora = number()?,
            _ => files.push(argument),
        }
    }
    let mut all = 0;
    for file in files {
        let texts: Vec<String> = corpus::read(&[file.clone()])?.iter().map(|d| d.text().to_owned()).collect();
        let others = others(&texts, turns, 1)?;
        println!("{file}: {} documents, {others} of {turns} orders give other clusters", texts.len());
        all += others;
    }
    let language = Language::new();
    let mut wrong = 0;
    for seed in 0..corpora as u64 {
        wrong += others(&generated::overlapping(&language, 60, seed), turns, seed)?;
    }
    println!("{corpora} random corpora: {wrong} of {} orders give other clusters", corpora * turns);
    Ok(if all + wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
