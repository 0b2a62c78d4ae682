//! What do time and memory come to as a corpus grows? `growth [PRESET] [DOCUMENTS...] [--copies PERCENT] [--shape] [--stories]`
//!
//! Makes so many stories of 300 words (10,000, 100,000 and 1,000,000 when none are named), every tenth of which is a copy
//! of the one before with other words at its end, and clusters them with a preset (`web` when none is named). Prints the
//! time a document, of each stage and of all, what all cores spent on it together, and the first divided by log₂ of the
//! documents; and on Linux the peak of memory beyond the texts. Each corpus has a process of its own, since what an
//! allocator keeps of one would be counted with the next. With `--copies` so many in a hundred documents are copies of one
//! story, each with other words at its end. With `--shape` it varies, one at a time, the words of a story,
//! the bins of a signature and the share of the documents that are copies of one story. With `--stories` it prints the
//! stories instead, as JSON lines, for `find_reprints --on-disk`.

#[path = "command/mod.rs"]
mod command;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use command::say;
use generated::{Language, Random, cut};
use reprint::method::{Jaccard, Method};
use reprint::{Finder, Preset, StageTimes};
use serde_json::json;

/// What a corpus is made of.
#[derive(Clone, Copy)]
struct Corpus {
    documents: usize,
    words: usize,
    /// Copies of one story in a hundred documents.
    copies: usize,
}

impl Corpus {
    fn of(documents: usize) -> Self {
        Self { documents, words: 300, copies: 0 }
    }

    fn stories(self, language: &Language) -> impl Iterator<Item = String> {
        let mut random = Random::new(2008);
        let famous = language.story(&mut random, self.words);
        let mut last = String::new();
        (0..self.documents).map(move |i| {
            let mut story = if i % 100 < self.copies {
                cut(&famous, 0.95) + &language.story(&mut random, self.words / 20)
            } else if i % 10 == 9 {
                cut(&last, 0.95) + &language.story(&mut random, self.words / 20)
            } else {
                language.story(&mut random, self.words)
            };
            story.shrink_to_fit();
            if i % 10 == 8 {
                last.clone_from(&story);
            }
            story
        })
    }
}

fn main() -> ExitCode {
    command::run(include_str!("growth.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let (mut preset, mut sizes, mut shape, mut is_row) = (Preset::Web, Vec::new(), false, false);
    let (mut copies, mut stories) = (0, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.parse() {
            Ok(0) => return Err("0 documents: give 1 or more".into()),
            Ok(size) => sizes.push(size),
            Err(_) if argument == "--shape" => shape = true,
            Err(_) if argument == "--stories" => stories = true,
            Err(_) if argument == ROW => is_row = true,
            Err(_) if argument == COPIES => {
                let percent = arguments.next().and_then(|percent| percent.parse().ok());
                copies = percent.filter(|&percent| percent <= 100).ok_or("--copies: give 0 to 100")?;
            }
            Err(_) => preset = argument.parse()?,
        }
    }
    if sizes.is_empty() {
        sizes.extend([10_000, 100_000, 1_000_000]);
    }
    let (language, method) = (Language::new(), || Method::from(preset));
    let of_shape = Corpus { copies, ..Corpus::of(sizes[0]) };
    if stories {
        for (id, text) in of_shape.stories(&language).enumerate() {
            say!("{}", json!({ "id": id, "text": text }));
        }
        return Ok(());
    }
    if is_row {
        let (row, beyond) = measure(&of_shape.stories(&language).collect::<Vec<_>>(), method())?;
        say!("{row} {} |", beyond.map_or_else(|| "unknown".to_owned(), |beyond| beyond.to_string()));
        return Ok(());
    }
    say!("{HEADER} bytes beyond the text/document |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for documents in sizes {
        let row = Command::new(std::env::current_exe()?)
            .args([&preset.to_string(), &documents.to_string(), COPIES, &copies.to_string(), ROW])
            .stderr(Stdio::inherit())
            .output()?;
        if !row.status.success() {
            return Err(format!("{documents} documents: {}", row.status).into());
        }
        say!("{}", String::from_utf8(row.stdout)?.trim_end());
    }
    if !shape {
        return Ok(());
    }
    say!("\n| shape {HEADER}\n|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let show = |name: String, corpus: Corpus, method| -> Result<(), Box<dyn Error>> {
        say!("| {name} {}", measure(&corpus.stories(&language).collect::<Vec<_>>(), method)?.0);
        Ok(())
    };
    for words in [30, 300, 3_000] {
        show(format!("{words} words"), Corpus { words, ..of_shape }, method())?;
    }
    for bins in [64, 128, 256].into_iter().filter(|_| preset != Preset::Wire) {
        show(format!("{bins} bins"), of_shape, Jaccard::builder().bins(bins).build()?.into())?;
    }
    for copies in [0, 10, 50, 100] {
        show(format!("{copies} % one story"), Corpus { copies, ..of_shape }, method())?;
    }
    Ok(())
}

/// Asks for one row alone.
const ROW: &str = "--row";
const COPIES: &str = "--copies";

const HEADER: &str = "| documents | MB of text | compared/document | clusters | time | µs/document: sketch | candidates | verify | cluster | all | of all cores | ns/document/log2(documents) |";

/// Clusters texts: a row of what it took, and the bytes a document that the peak lies above the texts.
fn measure(texts: &[String], method: Method) -> Result<(String, Option<usize>), Box<dyn Error>> {
    let documents = texts.len();
    let bytes: usize = texts.iter().map(String::len).sum();
    let before = memory("VmRSS");
    let cores = processor_time();
    let start = Instant::now();
    let report = Finder::new(method).run(texts)?;
    let time = start.elapsed().as_secs_f64();
    let cores = cores.zip(processor_time()).map(|(before, after)| after - before);
    let beyond = before.zip(memory("VmHWM")).map(|(before, peak)| peak.saturating_sub(before) / documents);
    let each = |seconds: f64| seconds / documents as f64 * 1e6;
    let StageTimes { sketch, candidates, verify, cluster, .. } = report.counts().times;
    let [sketch, candidates, verify, cluster] =
        [sketch, candidates, verify, cluster].map(|stage| each(stage.as_secs_f64()));
    let row = format!(
        "| {documents} | {:.0} | {:.2} | {} | {time:.2} s | {sketch:.1} | {candidates:.1} | {verify:.1} | {cluster:.1} | {:.1} | {} | {:.0} |",
        bytes as f64 / 1e6,
        report.counts().verified as f64 / documents as f64,
        report.clusters().multiple().count(),
        each(time),
        cores.map_or_else(|| "unknown".to_owned(), |cores| format!("{:.1}", each(cores))),
        time / documents as f64 * 1e9 / (documents as f64).log2(),
    );
    Ok((row, beyond))
}

/// The seconds that all cores spent on the process, as Linux tells them: what other work on the machine changes least.
fn processor_time() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // User and system time, the 14th and 15th value, in hundredths; the second is a name in parentheses.
    let values = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
    Some(values.filter_map(|value| value.parse::<f64>().ok()).sum::<f64>() / 100.0)
}

/// A figure of the process's memory in bytes, as Linux tells it.
fn memory(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
