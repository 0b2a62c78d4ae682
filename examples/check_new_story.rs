//! Whose copy is this new story, and how much of it?
//!
//! `check_new_story [NEW.txt KNOWN...]`
//!
//! KNOWN are text files, folders of `.txt` files, or `.jsonl` files with `id` and `text` in each line, packed by gzip or
//! not. With no argument the scan among the stories that come with the crate is checked against the others.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use reprint::corpus::{Corpus, Documents};
use reprint::engine::Catalog;
use reprint::method::Wire;
use reprint::verify::{Evidence, align};

fn main() -> ExitCode {
    command::run(include_str!("check_new_story.rs"), run)
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
        let copy = format!("{} / {}: copy, score {:.2}", new.id(), answer.id, answer.verdict.score);
        match &answer.verdict.evidence {
            Evidence::Passages(found) => {
                let known = catalog.get(&answer.id).map_or("", |document| document.text());
                say!(
                    "{copy}; {:.0} % of the new story, {:.0} % of the known one, in {} passages",
                    100.0 * found.coverage_of_b(),
                    100.0 * found.coverage_of_a(),
                    align(known, new.text())?.passages.len()
                );
            }
            _ => say!("{copy}; the same text"),
        }
    }
    say!("{}: asked against {} stories, a copy of {}", new.id(), known.len(), answers.len());
    Ok(())
}
