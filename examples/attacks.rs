//! What do texts cost that are made to be expensive?
//!
//! `attacks [MEGABYTES]`
//!
//! Prints, for each kind of input, the nanoseconds a byte at a size (1 MB) and at four times that; the time that making it
//! takes is left out. Where work is linear the two agree, but for what no longer fits into a cache.
//!
//! - words picked so that their 5-grams fall into neighbouring slots of a hash table that anyone could know
//! - one letter, one word, one line, a mark upon a mark, a hyphen at each line's end
//! - two texts of one passage, again and again; a text and itself turned round
//! - documents that are all alike, or that share half of their words with all others
//! - JSON lines of nothing but escapes, of lists within lists, of members that nobody asked for

#[path = "command/mod.rs"]
mod command;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use command::say;
use generated::{Language, Random};
use reprint::corpus::{Documents, Fields};
use reprint::hash::xxh3;
use reprint::verify::Aligner;
use reprint::{Finder, Preset};

/// What is done with an input.
enum Work {
    /// Texts are clustered by a preset.
    Cluster(Preset),
    /// The first two texts are aligned.
    Align,
    /// The first text is read as JSON lines.
    Lines,
}

/// A name, what is done, and texts of about so many bytes in all.
type Attack = (&'static str, Work, fn(usize) -> Vec<String>);

const ATTACKS: [Attack; 17] = [
    ("nothing, for comparison: stories, `web`", Work::Cluster(Preset::Web), stories),
    ("nothing, for comparison: stories, `wire`", Work::Cluster(Preset::Wire), stories),
    ("neighbouring slots, `web`", Work::Cluster(Preset::Web), neighbours),
    ("neighbouring slots, `wire`", Work::Cluster(Preset::Wire), neighbours),
    ("one letter, `wire`", Work::Cluster(Preset::Wire), |n| alike("a", n)),
    ("one word, `web`", Work::Cluster(Preset::Web), |n| alike("a ", n)),
    ("one word, `wire`", Work::Cluster(Preset::Wire), |n| alike("word ", n)),
    ("one line, `web`", Work::Cluster(Preset::Web), |n| vec![stories(n).concat().replace('\n', " ")]),
    ("one line, `wire`", Work::Cluster(Preset::Wire), |n| vec![stories(n).concat().replace('\n', " ")]),
    ("marks upon one letter, `web`", Work::Cluster(Preset::Web), |n| alike("\u{301}\u{323}", n)),
    ("hyphens at line ends, `wire`", Work::Cluster(Preset::Wire), |n| alike("a-\n", n)),
    ("equal documents, `wire`", Work::Cluster(Preset::Wire), |n| {
        vec!["the ferry will not sail ".repeat(20); n / 480]
    }),
    ("half of each document shared, `web`", Work::Cluster(Preset::Web), furniture),
    ("one passage again and again, aligned", Work::Align, |n| alike("the ferry to the islands ", n)),
    ("a text and itself turned round, aligned", Work::Align, turned),
    ("JSON of escapes", Work::Lines, |n| {
        vec![format!("{{\"id\": 1, \"text\": \"{}\"}}\n", "\\u0041".repeat(n / 6))]
    }),
    ("JSON of lists within lists, and members", Work::Lines, |n| {
        let members = "\"x\": 1, ".repeat(n / 16);
        vec![format!(
            "{{{members}\"y\": {}{}, \"id\": 1, \"text\": \"\"}}\n",
            "[".repeat(n / 4),
            "]".repeat(n / 4)
        )]
    }),
];

fn main() -> ExitCode {
    command::run(include_str!("attacks.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let megabytes: f64 = std::env::args().nth(1).map_or(Ok(1.0), |n| n.parse())?;
    let bytes = (megabytes * 1e6) as usize;
    if bytes < 1000 {
        return Err("give at least 0.001 megabytes".into());
    }
    say!("| input | ns a byte of {megabytes} MB | of {} MB |\n|---|---|---|", 4.0 * megabytes);
    for (name, work, make) in ATTACKS {
        let small = nanoseconds(&work, &make(bytes))?;
        let large = nanoseconds(&work, &make(4 * bytes))?;
        say!("| {name} | {small:.1} | {large:.1} |");
    }
    Ok(())
}

/// The time a byte: of the best of three runs, or of one where it is long.
fn nanoseconds(work: &Work, texts: &[String]) -> Result<f64, Box<dyn Error>> {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        match work {
            Work::Cluster(preset) => drop(Finder::preset(*preset).run(texts)?),
            Work::Align => drop(Aligner::default().align(&texts[0], &texts[1])?),
            Work::Lines => {
                Documents::new().read_json_lines(texts[0].as_bytes(), "lines", &Fields::default())?;
            }
        }
        best = best.min(start.elapsed());
        if best > Duration::from_secs(5) {
            break;
        }
    }
    Ok(best.as_secs_f64() * 1e9 / bytes as f64)
}

/// Two texts of the same piece again and again, one of them a little longer.
fn alike(piece: &str, bytes: usize) -> Vec<String> {
    let text = piece.repeat(bytes / 2 / piece.len());
    vec![format!("{text}b"), text]
}

fn stories(bytes: usize) -> Vec<String> {
    let (language, mut random) = (Language::new(), Random::new(11));
    let (mut texts, mut left) = (Vec::new(), bytes);
    while left > 0 {
        let text = language.story(&mut random, 300);
        left = left.saturating_sub(text.len());
        texts.push(text);
    }
    texts
}

/// Two texts of words that are picked, some sixteen tries each, so that the hashes of their word 5-grams end in small
/// numbers: where a table takes the last bits for the place, all lie in a sixteenth of it.
fn neighbours(bytes: usize) -> Vec<String> {
    let mut random = Random::new(13);
    let mut words = vec!["aaaa".to_owned(), "bbbb".to_owned(), "cccc".to_owned(), "dddd".to_owned()];
    let slots = (bytes / 5).next_power_of_two() as u64;
    let mut gram = String::new();
    for _ in 0..bytes / 10 {
        let word = loop {
            let word = format!("{:05x}", random.below(1 << 20));
            gram.clear();
            for earlier in &words[words.len() - 4..] {
                let _ = write!(gram, "{earlier} ");
            }
            gram.push_str(&word);
            if xxh3(gram.as_bytes()) % slots < slots / 16 {
                break word;
            }
        };
        words.push(word);
    }
    let text = words.join(" ");
    // Nearly the same, so that the two are compared.
    vec![format!("{text} more"), text]
}

/// Pages of which half is the same on each.
fn furniture(bytes: usize) -> Vec<String> {
    let (language, mut random) = (Language::new(), Random::new(17));
    let shared = language.story(&mut random, 150);
    let mut texts = Vec::new();
    while texts.len() * 2 * shared.len() < bytes {
        texts.push(format!("{shared}{}", language.story(&mut random, 150)));
    }
    texts
}

/// A text of sentences, and the same from the last sentence to the first.
fn turned(bytes: usize) -> Vec<String> {
    let text = stories(bytes / 2).concat();
    let turned: Vec<&str> = text.split_inclusive('.').rev().collect();
    vec![turned.concat(), text]
}
