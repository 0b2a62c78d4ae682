//! How does the time of an alignment grow? `align_growth [MEGABYTES] [KIND]`
//!
//! Aligns two texts of 1, 2, 4 … megabytes (8 at most) for each of several kinds, or for one of them, and prints
//! nanoseconds a byte, the least of three (and the share of the first text that is covered, and the number of
//! passages). Where time is linear, a row says the same number again and again.

#[path = "command/mod.rs"]
mod command;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Instant;

use command::say;
use generated::Language;
use reprint::verify::Aligner;

/// Of so many alignments the fastest counts.
const TIMES: usize = 3;

fn main() -> ExitCode {
    command::run(include_str!("align_growth.rs"), run)
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let most = std::env::args().nth(1).map_or(Ok(8.0_f64), |n| n.parse())?;
    let language = Language::new();
    let only = std::env::args().nth(2);
    for (name, make) in KINDS.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)) {
        let (mut row, mut size) = (String::new(), most.min(1.0));
        let mut aligner = Aligner::default();
        while size <= most {
            let (a, b) = make(&language, (size * 1e6) as usize);
            let (mut least, mut found) = (f64::MAX, None);
            for _ in 0..TIMES {
                let start = Instant::now();
                found = Some(aligner.align(&a, &b)?);
                least = least.min(start.elapsed().as_nanos() as f64 / (a.len() + b.len()) as f64);
            }
            let found = found.unwrap_or_default();
            let (shared, passages) = (found.coverage_of_a(), found.passages.len());
            let _ = write!(row, " {least:.1} ({shared:.2}, {passages}) |");
            size *= 2.0;
        }
        say!("| {name} |{row}");
    }
    Ok(())
}

type Make = fn(&Language, usize) -> (String, String);

const KINDS: [(&str, Make); 7] = [
    ("identical", |language, n| {
        let text = running(language, 1, n);
        (text.clone(), text)
    }),
    ("running news", |language, n| {
        let text = running(language, 1, n);
        let (first, rest) = text.split_at(text.len() / 3);
        (text.clone(), format!("Another headline. {first} and one more thing: {rest}"))
    }),
    ("unrelated", |language, n| (running(language, 1, n), running(language, 2, n))),
    ("periodic", |_, n| ("abcdefgh ".repeat(n / 9), format!("b{}", "abcdefgh ".repeat(n / 9)))),
    ("one word", |_, n| ("word ".repeat(n / 5), "word ".repeat(n / 6))),
    ("log", |_, n| {
        let line = "the same long line of a log, which says that nothing at all has happened in this hour, \
            as in the hour before it, and that nothing is expected";
        let mut text = String::new();
        for i in 0..n / 150 {
            let _ = write!(text, "{:x}{line}", i * 7_368_787);
        }
        (text.clone(), format!("Log. {text}"))
    }),
    ("two words", |_, n| {
        let text = "acknowledgement breakthrough ".repeat(n / 29);
        (text.clone(), format!("{text}."))
    }),
];

/// Stories that each begin with most of what the one before said.
fn running(language: &Language, seed: u64, bytes: usize) -> String {
    let mut text = String::new();
    let mut random = generated::Random::new(seed);
    let mut story: Vec<String> = Vec::new();
    while text.len() < bytes {
        story.push(language.story(&mut random, 16).replace('\n', " "));
        if story.len() > 8 {
            story.remove(0);
        }
        text += &story.concat();
        text.push('\n');
    }
    text
}
