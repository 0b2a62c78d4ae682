//! Stories come in one by one: is this one new, or whose copy is it?
//!
//! `watch_feed [CORPUS] [--id F] [--text F] [--source F] [--date F]`
//!
//! CORPUS is a `.jsonl` file with `id` and `text` in each line, a folder of `.txt` files, either packed by gzip or not, or
//! `-` for such lines from standard input; its order is the order of arrival. `--id` to `--date` name the fields of the
//! lines where they are called otherwise. With no CORPUS the stories that come with the crate arrive.
//!
//! The verdict is that of the preset `wire`, with the statistics of the whole feed: a service would take those of
//! last month.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use reprint::corpus::Corpus;
use reprint::engine::Catalog;
use reprint::method::Wire;

fn main() -> ExitCode {
    command::run(include_str!("watch_feed.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let feed = corpus::Input::from_arguments()?.read()?;

    let wire = Wire::default();
    let statistics = wire.measure(&feed)?;
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
