//! Does this page carry the same passage twice?
//!
//! `find_repeats [--least N] [FILE]`
//!
//! Prints the passages of at least N letters (200) that FILE has in two places, as byte ranges. With no FILE it makes
//! a page of its own: a story that comes with the crate, pasted twice.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use reprint::corpus::{Document, Documents};
use reprint::verify::repeats;

fn main() -> ExitCode {
    command::run(include_str!("find_repeats.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    use lexopt::prelude::*;
    let (mut file, mut least) = (None, 200);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("least") => least = arguments.value()?.parse()?,
            Value(path) if file.is_none() => file = Some(path.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let pages = if let Some(path) = file {
        corpus::read(&[path])?
    } else {
        let mut pages = Documents::new();
        pages.push(Document::new("a page of our own", sample_page()))?;
        pages
    };
    for page in pages.iter() {
        let text = page.text();
        let found: Vec<_> = repeats(text)?.into_iter().filter(|passage| passage.covered >= least).collect();
        say!("{}: {} repeated passages of {least} letters or more", page.id(), found.len());
        for passage in found {
            say!(
                "  bytes {}..{} = {}..{}  {} letters  {:?}",
                passage.a.start,
                passage.a.end,
                passage.b.start,
                passage.b.end,
                passage.covered,
                first_words(text.get(passage.a.clone()).unwrap_or_default())
            );
        }
    }
    Ok(())
}

/// A story between the lines of a site, twice.
fn sample_page() -> String {
    let stories = corpus::sample_stories();
    let story = stories.iter().find(|story| story.id() == "harbour-gazette").map_or("", Document::text);
    format!("Forum > Shipping > Bridges\n\n{story}\nQuote this post:\n\n{story}\nReply | Report | Print\n")
}

fn first_words(text: &str) -> String {
    text.split_whitespace().take(8).collect::<Vec<_>>().join(" ")
}
