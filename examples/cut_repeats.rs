//! Which passages stand twice in this corpus, and what is left when one of each is kept?
//!
//! `cut_repeats [--length N] [--words] [--gap N] [--parts N] [--jsonl] [--id F] [--text F] [PATH…]`
//!
//! Prints each passage of at least N bytes (100), or N words with `--words`, that stood before, and how much would be cut;
//! with `--jsonl` the documents without them, one a line. Cuts at most `--gap` apart (0) become one. With no PATH it
//! reads the stories that come with the crate. `--id` and `--text` name the fields of a `.jsonl` file.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use lexopt::prelude::*;
use reprint::corpus::Document;
use reprint::substring::{RepeatFinder, Repeats, Span, Words, cut_text};
use reprint::text::Normalizer;

fn main() -> ExitCode {
    command::run(include_str!("cut_repeats.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let (mut length, mut by_words, mut gap, mut parts, mut jsonl) = (100, false, 0, 1, false);
    let mut input = corpus::Input::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("length") => length = arguments.value()?.parse()?,
            Long("words") => by_words = true,
            Long("gap") => gap = arguments.value()?.parse()?,
            Long("parts") => parts = arguments.value()?.parse()?,
            Long("jsonl") => jsonl = true,
            Long(name @ ("id" | "text" | "source" | "date")) => {
                let name = name.to_owned();
                input.field(&name, &arguments.value()?.string()?);
            }
            Value(path) => input.path(path.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let documents = input.read()?;
    let texts: Vec<&str> = documents.iter().map(Document::text).collect();
    let ids: Vec<&str> = documents.iter().map(Document::id).collect();
    let words: Vec<Words> = if by_words {
        texts.iter().map(|text| Words::new(text, &Normalizer::words())).collect()
    } else {
        Vec::new()
    };
    let finder = RepeatFinder::builder().length(length).parts(parts).build()?;
    let repeats: Repeats = if by_words { finder.find(&words)? } else { finder.find(&texts)? };
    let bytes = |span: &Span| match words.get(span.document.index()) {
        Some(words) => words.bytes(span.range.clone()),
        None => span.range.clone(),
    };
    let cuts = repeats.cuts_within(gap);
    if jsonl {
        let mut rest = cuts.as_slice();
        for (i, document) in documents.iter().enumerate() {
            let (mine, others) = rest.split_at(rest.partition_point(|span| span.document.index() <= i));
            rest = others;
            let text = cut_text(document.text(), mine.iter().map(&bytes));
            say!("{}", serde_json::json!({ "id": document.id(), "text": text }));
        }
        return Ok(());
    }
    for repeat in repeats.repeats() {
        let (copy, original) = (bytes(&repeat.copy), bytes(&repeat.original));
        let id = |span: &Span| ids[span.document.index()];
        say!(
            "{} bytes {}..{} = {} bytes {}..{}  {:?}",
            id(&repeat.copy),
            copy.start,
            copy.end,
            id(&repeat.original),
            original.start,
            original.end,
            first_letters(texts[repeat.copy.document.index()], copy.start)
        );
    }
    let cut: usize = cuts.iter().map(|span| bytes(span).len()).sum();
    let all: usize = texts.iter().map(|text| text.len()).sum();
    say!("{} repeats; {} passages to cut, {cut} of {all} bytes", repeats.repeats().len(), cuts.len());
    Ok(())
}

/// Some forty bytes from a place on, which need not be the beginning of a character.
fn first_letters(text: &str, from: usize) -> &str {
    let from = text.ceil_char_boundary(from);
    &text[from..text.ceil_char_boundary(from + 40)]
}
