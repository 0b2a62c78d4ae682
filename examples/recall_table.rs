//! How much of a story must be left, and how badly may it be scanned, to be found by the `wire` preset?
//!
//! `recall_table [STORIES]` generates 2,000 stories of 60 to 600 words, and of each a copy: so much of it in one
//! piece, its sentences in another order, so many of its letters misread, and a headline of its own before it. All
//! copies of one kind stand with all stories in one corpus. Prints recall of the pairs of story and copy and, over all
//! pairs that were put together, precision.

#[path = "command/mod.rs"]
mod command;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use generated::{Corpus, Language, Random, cut, misread, sentences};
use reprint::{DocId, Finder, Preset};

const SHARES: [f64; 8] = [1.0, 0.8, 0.6, 0.4, 0.3, 0.25, 0.2, 0.1];
const RATES: [f64; 6] = [0.0, 0.02, 0.05, 0.1, 0.15, 0.2];

fn main() -> ExitCode {
    command::run(include_str!("recall_table.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let stories = std::env::args().nth(1).map_or(Ok(2_000), |n| n.parse())?;
    let language = Language::new();
    for reordered in [false, true] {
        let order = if reordered { "sentences in any order" } else { "sentences in order" };
        let rates: Vec<String> = RATES.iter().map(|rate| format!("{:.0} % misread", 100.0 * rate)).collect();
        say!("Recall (precision), {order}:\n\n| kept | {} |", rates.join(" | "));
        say!("|---|{}", "---|".repeat(RATES.len()));
        for share in SHARES {
            let mut cells = Vec::new();
            for rate in RATES {
                let (recall, precision) = measure(&language, stories, share, rate, reordered)?;
                cells.push(format!("{recall:.3} ({precision:.3})"));
            }
            say!("| {:.0} % | {} |", 100.0 * share, cells.join(" | "));
        }
        say!();
    }
    Ok(())
}

fn measure(
    language: &Language,
    stories: usize,
    share: f64,
    rate: f64,
    reordered: bool,
) -> Result<(f64, f64), Box<dyn Error>> {
    let mut random = Random::new(7);
    let mut corpus = Corpus::default();
    for label in 0..stories {
        let words = 60 + random.below(541);
        let story = language.story(&mut random, words);
        let kept = cut(&story, share);
        let mut lines = sentences(&kept);
        if reordered {
            random.shuffle(&mut lines);
        }
        let copy = format!("{}{}", language.story(&mut random, 6), lines.concat());
        corpus.add(misread(&mut random, &copy, rate), label);
        corpus.add(story, label);
    }
    let report = Finder::preset(Preset::Wire).run(&corpus.texts)?;
    let predicted: Vec<usize> =
        (0..corpus.texts.len() as u32).filter_map(|d| report.clusters().of(DocId(d))).collect();
    let (together, apart) = corpus.errors(&predicted);
    let right = stories - apart;
    Ok((right as f64 / stories as f64, right as f64 / (right + together).max(1) as f64))
}
