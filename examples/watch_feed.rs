//! Stories come in one by one: is this one new, or whose copy is it?
//!
//! `watch_feed [CORPUS] [--archive DIR] [--id F] [--text F] [--source F] [--date F]`
//!
//! CORPUS is a `.jsonl` file with `id` and `text` in each line, a folder of `.txt` files, either packed by gzip or not, or
//! `-` for such lines from standard input; its order is the order of arrival. `--id` to `--date` name the fields of the
//! lines where they are called otherwise. With no CORPUS the stories that come with the crate arrive.
//!
//! The verdict is that of the preset `wire`, with the statistics of the whole feed: a service would take those of
//! last month. With `--archive` the stories are kept in DIR, and those of earlier feeds count; its statistics are those of
//! the first feed, and a story whose id is there already with the same text is passed over.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use reprint::archive::{Archive, Options};
use reprint::corpus::{Corpus, Document, Documents};
use reprint::engine::Catalog;
use reprint::method::Wire;

fn main() -> ExitCode {
    command::run(include_str!("watch_feed.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    use lexopt::prelude::*;
    let (mut input, mut folder) = (corpus::Input::default(), None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("archive") => folder = Some(arguments.value()?.string()?),
            Long(name @ ("id" | "text" | "source" | "date")) => {
                let name = name.to_owned();
                input.field(&name, &arguments.value()?.string()?);
            }
            Value(path) => input.path(path.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let feed = input.read()?;
    let wire = Wire::default();
    let statistics = wire.measure(&feed)?;
    if let Some(folder) = folder {
        return keep(&feed, &Archive::open(folder, &Options::new(wire).statistics(statistics))?);
    }

    let mut catalog = Catalog::new(wire, statistics)?;
    let mut copies = 0;
    for story in feed.iter() {
        // It is asked first and inserted after, so that it does not find itself.
        match catalog.ask(story.text())?.first() {
            None => say!("{}  new", story.id()),
            Some(answer) => {
                copies += 1;
                say!("{}  copy of {}: score {:.2}", story.id(), answer.id, answer.verdict.score);
            }
        }
        catalog.insert(story.clone())?;
    }
    say!("{} stories, {} new, {copies} copies", feed.len(), feed.len() - copies);
    Ok(())
}

/// The same with stories that stay.
fn keep(feed: &Documents, archive: &Archive) -> Result<(), Box<dyn Error>> {
    let (mut new, mut copies, mut known) = (0, 0, 0);
    for story in feed.iter() {
        if archive.get(story.id())?.is_some_and(|there| there == *story) {
            known += 1;
            continue;
        }
        let answers = archive.ask(story.text())?;
        // What it replaces is no copy.
        match answers.iter().find(|answer| answer.id != Document::id(story)) {
            None => {
                new += 1;
                say!("{}  new", story.id());
            }
            Some(answer) => {
                copies += 1;
                say!("{}  copy of {}: score {:.2}", story.id(), answer.id, answer.verdict.score);
            }
        }
        archive.replace(story.clone())?;
    }
    say!("{} stories, {new} new, {copies} copies, {known} there already; {} kept", feed.len(), archive.len());
    Ok(())
}
