//! Whose copy is this new story, and how much of it?
//!
//! `check_new_story [NEW.txt KNOWN...]`
//!
//! KNOWN are text files, folders of `.txt` files or `.jsonl` files; they are indexed once, and the new story is asked
//! against them. With no arguments the last of the stories that come with the crate is asked against the others.

#[path = "corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use reprint::index::PostingsIndex;
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::FracMinHasher;
use reprint::verify::Aligner;

/// The share of the shorter story from which the two are called copies.
const COPY: f64 = 0.5;

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
    let (new, known) = match paths.split_first() {
        Some((_, [])) => return Err("usage: check_new_story [NEW.txt KNOWN...]".into()),
        Some((new, known)) => (corpus::read(std::slice::from_ref(new))?.pop(), corpus::read(known)?),
        None => {
            let mut stories = corpus::sample_stories();
            let scan = stories.iter().position(|story| story.id == "old-scan");
            (scan.map(|i| stories.remove(i)), stories)
        }
    };
    let new = new.ok_or("no new story")?;

    // Letter grams stand bad scans; FracMinHash finds short stories in long ones.
    let (shingler, hasher, mut buffer) =
        (Shingler::letters(), FracMinHasher::default(), ShingleBuffer::default());
    let mut index = PostingsIndex::default();
    for (place, story) in known.iter().enumerate() {
        index.insert(place, &hasher.sketch(shingler.hash_into(&story.text, &mut buffer)))?;
    }

    // The index gives candidates, the aligner verdicts.
    let mut candidates = Vec::new();
    index.query(&hasher.sketch(shingler.hash_into(&new.text, &mut buffer)), &mut candidates)?;
    let mut aligner = Aligner::default();
    let mut copies = 0;
    for candidate in candidates {
        let story = &known[candidate.document];
        let found = aligner.align(&new.text, &story.text)?;
        let (of_new, of_known) = (found.coverage_of_a(), found.coverage_of_b());
        let verdict = if of_new.max(of_known) >= COPY { "copy" } else { "shares passages" };
        copies += usize::from(of_new.max(of_known) >= COPY);
        println!(
            "{} / {}: {verdict}; {:.0} % of the new story, {:.0} % of the known one, in {} passages",
            new.id,
            story.id,
            100.0 * of_new,
            100.0 * of_known,
            found.passages.len()
        );
    }
    println!("{}: asked against {} stories, a copy of {copies}", new.id, known.len());
    Ok(())
}
