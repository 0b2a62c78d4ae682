//! What does a crowd of other stories do to the clusters of a corpus? `crowd CORPUS N [--tsv OUT] [--preset PRESET]`
//!
//! Clusters CORPUS (a `.jsonl` file, or a folder of `.txt` files) among N stories that are made of its own word pairs: each
//! word is followed by one that follows it somewhere in CORPUS. They share its common phrases, and none is a copy. Prints
//! the time, the comparisons and on Linux the memory a document, and how many documents of CORPUS were put together with
//! one of the crowd; `--tsv` writes the clusters of CORPUS alone, `id<TAB>cluster` a line, to be scored.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;
#[path = "output/mod.rs"]
mod output;

use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use command::say;
use generated::Random;
use output::outputs;
#[cfg(feature = "rayon")]
use rayon::prelude::*;
use reprint::cluster::Clusters;
use reprint::corpus::Document;
use reprint::{DocId, Finder, Preset};

const USAGE: &str = "usage: crowd CORPUS N [--tsv OUT] [--preset PRESET]";

/// A word that is followed by fewer ones is followed by a word from anywhere: what comes after a rare word would be a
/// passage of one story.
const FEW: usize = 4;

/// The pairs of words in a corpus.
struct Pairs<'a> {
    /// The words of all documents, one after the other.
    running: Vec<u32>,
    /// The words, each once.
    words: Vec<&'a str>,
    /// Where each word stands in `running`: those of word w are `places[starts[w]..starts[w + 1]]`.
    places: Vec<u32>,
    starts: Vec<usize>,
    /// The number of words of each document.
    lengths: Vec<usize>,
}

impl<'a> Pairs<'a> {
    fn of(texts: &[&'a str]) -> Self {
        let (mut numbers, mut words) = (HashMap::new(), Vec::new());
        let (mut running, mut lengths) = (Vec::new(), Vec::new());
        for text in texts {
            let before = running.len();
            for word in text.split_whitespace() {
                running.push(*numbers.entry(word).or_insert_with(|| {
                    words.push(word);
                    words.len() as u32 - 1
                }));
            }
            lengths.push(running.len() - before);
        }
        let mut starts = vec![0; words.len() + 1];
        for &word in &running {
            starts[word as usize + 1] += 1;
        }
        for word in 0..words.len() {
            starts[word + 1] += starts[word];
        }
        let mut next = starts.clone();
        let mut places = vec![0; running.len()];
        for (place, &word) in (0..).zip(&running) {
            places[next[word as usize]] = place;
            next[word as usize] += 1;
        }
        Self { running, words, places, starts, lengths }
    }

    /// A story as long as one of the documents.
    fn story(&self, random: &mut Random) -> String {
        let mut text = String::new();
        if self.running.is_empty() {
            return text;
        }
        let mut word = self.running[random.below(self.running.len())] as usize;
        for _ in 0..self.lengths[random.below(self.lengths.len())] {
            text.push_str(if text.is_empty() { "" } else { " " });
            text.push_str(self.words[word]);
            let places = &self.places[self.starts[word]..self.starts[word + 1]];
            let place = if places.len() < FEW {
                random.below(self.running.len())
            } else {
                places[random.below(places.len())] as usize + 1
            };
            word = self.running[place % self.running.len()] as usize;
        }
        text.shrink_to_fit();
        text
    }
}

/// Stories on all cores; each has random numbers of its own, so that the first ones of a larger crowd are the same.
fn crowd(pairs: &Pairs<'_>, count: usize) -> Vec<String> {
    let story = |seed: usize| pairs.story(&mut Random::new(Random::new(seed as u64).next()));
    #[cfg(feature = "rayon")]
    return (0..count).into_par_iter().map(story).collect();
    #[cfg(not(feature = "rayon"))]
    return (0..count).map(story).collect();
}

struct Arguments {
    corpus: String,
    crowd: usize,
    tsv: Option<String>,
    preset: Preset,
}

fn arguments() -> Result<Arguments, String> {
    let (mut named, mut tsv, mut preset) = (Vec::new(), None, Preset::Wire);
    let mut all = std::env::args().skip(1);
    while let Some(argument) = all.next() {
        let mut value = || all.next().ok_or_else(|| format!("{argument} needs a value; {USAGE}"));
        match argument.as_str() {
            "--tsv" => tsv = Some(value()?),
            "--preset" => preset = value()?.parse().map_err(|error| format!("{error}"))?,
            _ => named.push(argument),
        }
    }
    let [corpus, crowd] = &named[..] else { return Err(USAGE.to_owned()) };
    let crowd = crowd.parse().map_err(|error| format!("N is {crowd:?}: {error}; {USAGE}"))?;
    Ok(Arguments { corpus: corpus.clone(), crowd, tsv, preset })
}

fn main() -> ExitCode {
    command::run(include_str!("crowd.rs"), || Ok(run(&arguments()?)?))
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let mut input = corpus::Input::default();
    input.path(arguments.corpus.clone());
    let [table] = outputs([(&arguments.tsv, &["tsv"])], &input.files()?)?;
    let documents = input.read()?;
    let own: Vec<&str> = documents.iter().map(Document::text).collect();
    let crowd = crowd(&Pairs::of(&own), arguments.crowd);
    let texts: Vec<&str> = own.iter().copied().chain(crowd.iter().map(String::as_str)).collect();

    let before = memory("VmRSS");
    let start = Instant::now();
    let finder = Finder::preset(arguments.preset);
    let report = finder.run(&texts).map_err(|error| error.to_string())?;
    let time = start.elapsed().as_secs_f64();
    let beyond = before.zip(memory("VmHWM")).map(|(before, peak)| peak.saturating_sub(before) / texts.len());
    let counts = report.counts();
    say!(
        "| crowd | documents | MB of text | compared/document | clusters of the corpus | with one of the crowd | time | µs/document | bytes beyond the text/document |"
    );
    say!("|---|---|---|---|---|---|---|---|---|");
    let clusters = report.clusters();
    let of_corpus = |cluster: &usize| clusters.members(*cluster)[0].index() < own.len();
    say!(
        "| {} | {} | {:.0} | {:.2} | {} | {} | {time:.2} s | {:.1} | {} |",
        arguments.crowd,
        texts.len(),
        texts.iter().map(|text| text.len()).sum::<usize>() as f64 / 1e6,
        counts.verified as f64 / texts.len() as f64,
        clusters.multiple().filter(of_corpus).count(),
        mixed(clusters, own.len()),
        time / texts.len() as f64 * 1e6,
        beyond.map_or_else(|| "unknown".to_owned(), |beyond| beyond.to_string()),
    );
    let Some(table) = table else { return Ok(()) };
    table.write(|out| {
        (0..).zip(&documents).try_for_each(|(i, document)| {
            writeln!(out, "{}\t{}", document.id(), clusters.of(DocId(i)).unwrap_or_default())
        })
    })
}

/// The first `own` documents in a cluster with a later one.
fn mixed(clusters: &Clusters, own: usize) -> usize {
    let count = |members: &[DocId]| {
        let of_own = members.partition_point(|member| member.index() < own);
        if of_own < members.len() { of_own } else { 0 }
    };
    clusters.iter().map(count).sum()
}

/// A figure of the process's memory in bytes, as Linux tells it.
fn memory(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
