//! Stories come in one by one: is this one new, or whose copy is it?
//!
//! `watch_feed [CORPUS]`
//!
//! CORPUS is a `.jsonl` file with `id` and `text` in each line, a folder of `.txt` files, or `-` for such lines from
//! standard input; its order is the order of arrival. With no CORPUS the stories that come with the crate arrive.
//!
//! The verdict is that of the preset `wire`, with the statistics of the whole feed: a service would take those of
//! last month.

#[path = "corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use reprint::corpus::Corpus;
use reprint::engine::Catalog;
use reprint::method::Wire;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("watch_feed: {error}");
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
    let feed = corpus::read(&paths)?;

    let wire = Wire::default();
    let statistics = wire.measure(&feed)?;
    let mut catalog = Catalog::new(wire, statistics)?;
    let mut copies = 0;
    for story in feed.iter() {
        // It is asked first and inserted after, so that it does not find itself.
        match catalog.ask(story.text())?.first() {
            None => println!("{}  new", story.id()),
            Some(answer) => {
                copies += 1;
                println!("{}  copy of {}: score {:.2}", story.id(), answer.id, answer.verdict.score);
            }
        }
        catalog.insert(story.clone())?;
    }
    println!("{} stories, {} new, {copies} copies", feed.len(), feed.len() - copies);
    Ok(())
}
