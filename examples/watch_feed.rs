//! Stories come in one by one: is this one new, or whose copy is it?
//!
//! `watch_feed [CORPUS]`
//!
//! CORPUS is a `.jsonl` file with `id` and `text` in each line, a folder of `.txt` files, or `-` for such lines from
//! standard input; its order is the order of arrival. With no CORPUS the stories that come with the crate arrive.

#[path = "corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use reprint::index::{PostingsCandidate, PostingsIndex};
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::FracMinHasher;
use reprint::verify::Aligner;

use corpus::Document;

/// The share of the shorter story from which the two are called copies.
const COPY: f64 = 0.5;

/// Candidates come with the strongest first: where these are none, those that follow are strangers.
const TRIES: usize = 4;

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

    let mut desk = Desk::default();
    let mut copies = 0;
    for (i, story) in feed.iter().enumerate() {
        match desk.receive(story, &feed[..i])? {
            None => println!("{}  new", story.id),
            Some((source, share)) => {
                copies += 1;
                println!("{}  copy of {}: {:.0} % of the shorter", story.id, feed[source].id, 100.0 * share);
            }
        }
    }
    println!("{} stories, {} new, {copies} copies", feed.len(), feed.len() - copies);
    Ok(())
}

/// What has arrived so far, and how a new story is compared with it.
#[derive(Default)]
struct Desk {
    index: PostingsIndex<usize>,
    candidates: Vec<PostingsCandidate<usize>>,
    hasher: FracMinHasher,
    buffer: ShingleBuffer,
    aligner: Aligner,
}

impl Desk {
    /// The earlier story that `story` is a copy of, and the share of the shorter that both have. It is asked first
    /// and inserted after, so that it does not find itself.
    fn receive(&mut self, story: &Document, earlier: &[Document]) -> reprint::Result<Option<(usize, f64)>> {
        let signature = self.hasher.sketch(Shingler::letters().hash_into(&story.text, &mut self.buffer));
        let mut best = None;
        self.index.query(&signature, &mut self.candidates)?;
        for candidate in self.candidates.iter().take(TRIES) {
            let found = self.aligner.align(&story.text, &earlier[candidate.document].text)?;
            let share = found.coverage_of_a().max(found.coverage_of_b());
            if share >= COPY && best.is_none_or(|(_, most)| share > most) {
                best = Some((candidate.document, share));
            }
        }
        self.index.insert(earlier.len(), &signature)?;
        Ok(best)
    }
}
