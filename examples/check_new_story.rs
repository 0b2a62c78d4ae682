//! Whose copy is this new story, and how much of it?
//!
//! `check_new_story [NEW.txt KNOWN...]`
//!
//! KNOWN are text files, folders of `.txt` files, or `.jsonl` files with `id` and `text` in each line. With no argument
//! the scan among the stories that come with the crate is checked against the others.

#[path = "corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use reprint::corpus::{Corpus, Documents};
use reprint::engine::Catalog;
use reprint::method::Wire;
use reprint::verify::{Evidence, align};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("check_new_story: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    use lexopt::prelude::*;
    let mut paths = Vec::new();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(path) => paths.push(path.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let (mut new, mut known) = (corpus::sample_stories(), Documents::new());
    match paths.split_first() {
        Some((_, [])) => return Err("usage: check_new_story [NEW.txt KNOWN...]".into()),
        Some((path, others)) => {
            new = corpus::read(std::slice::from_ref(path))?;
            known = corpus::read(others)?;
        }
        None => {
            for story in new.iter().filter(|story| story.id() != "old-scan") {
                known.push(story.clone())?;
            }
        }
    }
    let new =
        new.iter().find(|story| story.id() == "old-scan").or(new.iter().last()).ok_or("no new story")?;

    // Rarity and boilerplate are those of the known stories; the verdict is that of the preset `wire`.
    let wire = Wire::default();
    let statistics = wire.measure(&known)?;
    let mut catalog = Catalog::new(wire, statistics)?;
    known.iter().try_for_each(|story| catalog.insert(story.clone()))?;
    let answers = catalog.ask(new.text())?;
    for answer in &answers {
        print!("{} / {}: copy, score {:.2}", new.id(), answer.id, answer.verdict.score);
        match &answer.verdict.evidence {
            Evidence::Passages(coverage) => {
                let known = catalog.get(answer.id).map_or("", |document| document.text());
                println!(
                    "; {:.0} % of the new story, {:.0} % of the known one, in {} passages",
                    100.0 * coverage.coverage_of_b(),
                    100.0 * coverage.coverage_of_a(),
                    align(known, new.text())?.passages.len()
                );
            }
            _ => println!("; the same text"),
        }
    }
    println!("{}: asked against {} stories, a copy of {}", new.id(), known.len(), answers.len());
    Ok(())
}
