//! Which bands and rows should I use, and which sketch?
//!
//! `choose_threshold [--threshold T] [--recall R] [--bins K | --bytes B]`
//!
//! Prints the curve of a choice and the cost of the others; with `--bytes`, what each sketch of that size is worth,
//! measured.
//!
//! - `--threshold T`: the resemblance from which on pairs are wanted, above 0 to 1 (0.8)
//! - `--recall R`: the share of pairs at the threshold to be found, between 0 and 1 (0.95)
//! - `--bins K`: the bins of a `MinHash` signature, 1 to 65536 (128)
//! - `--bytes B`: compare the sketches that take about B bytes, 8 to 8192, on generated sets

mod choose;
#[path = "command/mod.rs"]
mod command;

use std::process::ExitCode;
use std::str::FromStr;

use command::say;
use reprint::index::{Banding, MinHashIndex, ResemblanceModel};

/// In how large a collection false candidates are counted.
const DOCUMENTS: usize = 1_000_000;

fn main() -> ExitCode {
    command::run(include_str!("choose_threshold.rs"), || {
        Ok(print_choices(&std::env::args().skip(1).collect::<Vec<_>>())?)
    })
}

fn print_choices(arguments: &[String]) -> Result<(), String> {
    let (mut threshold, mut recall, mut bins, mut bytes) = (0.8, 0.95, 128, None);
    for option in arguments.chunks(2) {
        let [name, value] = option else { return Err(format!("{} needs a value", option[0])) };
        match name.as_str() {
            "--threshold" => threshold = number(name, value)?,
            "--recall" => recall = number(name, value)?,
            "--bins" => bins = number(name, value)?,
            "--bytes" => bytes = Some(number::<usize>(name, value)?),
            _ => return Err(format!("unknown option {name}")),
        }
    }
    if let Some(bytes) = bytes {
        if !(8..=8192).contains(&bytes) || !(0.0..1.0).contains(&recall) || !(0.0..=1.0).contains(&threshold)
        {
            return Err("give 8 to 8192 bytes, and a threshold and a recall from 0 to 1".to_owned());
        }
        return choose::print_sketches(threshold, recall, bytes);
    }
    let chosen = Banding::for_recall(threshold, recall, bins).map_err(|error| error.to_string())?;
    say!("{chosen}: the chance that a pair becomes a candidate, by its resemblance\n");
    for step in 0..=20 {
        let resemblance = f64::from(step) / 20.0;
        let chance = chosen.probability(resemblance);
        let bar = "█".repeat((chance * 50.0).round() as usize);
        let mark = if (resemblance - threshold).abs() <= 0.025 { "◄ threshold" } else { "" };
        say!("  {resemblance:.2}  {chance:.4}  {bar:<50} {mark}");
    }
    let at = [0.01, 0.5, 0.99]
        .map(|chance| format!("; {:.0} % at {:.3}", chance * 100.0, chosen.resemblance_at(chance)));
    say!("\nAt the threshold of {threshold}: {:.4}{}", chosen.probability(threshold), at.concat());
    say!("\nAll choices from {bins} bins that find {recall} at {threshold} (* is taken):\n");
    say!("    bands × rows  at threshold  false candidates  index bytes");
    say!("                                  per document    per document");
    for choice in Banding::choices(threshold, recall, bins).map_err(|error| error.to_string())? {
        let model = ResemblanceModel::default();
        let false_pairs = choice.expected_false_candidates(threshold, DOCUMENTS, model);
        say!(
            "  {} {:>5} × {:<4}  {:>12.4}  {:>16.2}  {:>11}",
            if choice == chosen { '*' } else { ' ' },
            choice.bands(),
            choice.rows(),
            choice.probability(threshold),
            false_pairs / DOCUMENTS as f64,
            MinHashIndex::memory_per_document(choice),
        );
    }
    say!("\nFalse candidates: among 1,000,000 documents that resemble each other as news stories do.");
    Ok(())
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} is {value:?}: give a number"))
}
