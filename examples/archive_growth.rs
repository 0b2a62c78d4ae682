//! What does a living archive cost as it grows? `archive_growth [DOCUMENTS...] [--folder DIR] [--preset NAME] [--jsonl OUT]`
//!
//! Makes archives of so many stories of 300 words (10,000, 100,000 and 1,000,000 when none are named), every tenth of
//! which is a copy of the one before with other words at its end, in DIR (the folder for temporary files). Inserts them a
//! thousand at a time, each batch durable before the next, while another thread asks about known and new stories, a
//! hundred times a second. Then opens the archive again, removes every tenth document and compacts. Prints
//!
//! - the documents inserted a second, of all, and of the first and the last tenth; and the time that all cores spent on
//!   the process meanwhile, a document, in microseconds: what other work on the machine changes least (on Linux);
//! - the median and the 99th percentile of the time to answer while they were inserted, in milliseconds;
//! - the same when nothing is inserted, in a window of three days before and after a date: a thousand stories have one
//!   date;
//! - the time to open the archive, in seconds, as the writer's end left it, and the memory of the process after that
//!   and at most, in megabytes (on Linux);
//! - bytes on disk beside the texts, a document, after compaction;
//! - the share of the bytes of removed texts that compacting gave back.
//!
//! With `--jsonl OUT` it writes so many stories as JSON lines instead, for other programs to be measured by.
//!
//! Making the stories is not counted. It needs about four times the bytes of the stories on disk: 8 GB for a million.

#[path = "command/mod.rs"]
mod command;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;
#[path = "output/mod.rs"]
#[allow(dead_code, reason = "other examples write several files")]
mod output;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use command::say;
use generated::{Language, Random, cut};
use output::Output;
use reprint::Preset;
use reprint::archive::{Archive, Options, Window};
use reprint::corpus::{Date, Document};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Documents that are inserted at once.
const BATCH: usize = 1000;
const WORDS: usize = 300;
/// Between one question and the next.
const PAUSE: Duration = Duration::from_millis(10);

fn main() -> ExitCode {
    command::run(include_str!("archive_growth.rs"), run)
}

fn run() -> Result<()> {
    use lexopt::prelude::*;
    let (mut folder, mut preset, mut sizes) = (std::env::temp_dir(), Preset::Wire, Vec::new());
    let mut jsonl = None;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("folder") => folder = PathBuf::from(arguments.value()?),
            Long("jsonl") => jsonl = Some(arguments.value()?.string()?),
            Long("preset") => preset = arguments.value()?.string()?.parse()?,
            Value(size) => sizes.push(size.parse::<usize>()?.max(BATCH)),
            _ => return Err(argument.unexpected().into()),
        }
    }
    if sizes.is_empty() {
        sizes.extend([10_000, 100_000, 1_000_000]);
    }
    if let Some(path) = jsonl {
        return write(sizes[0], &path);
    }
    say!("{HEADER}\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for documents in sizes {
        let path = folder.join(format!("reprint-archive-growth-{}", std::process::id()));
        let row = measure(&path, documents, &Options::new(preset));
        std::fs::remove_dir_all(&path)?;
        say!("{}", row?);
    }
    Ok(())
}

const HEADER: &str = "| documents | inserted/s | first tenth | last tenth | cores µs/document: first tenth | last tenth | ask ms: median | 99 % | within 7 days: median | 99 % | open s | MB: opened | at most | bytes/document beside the texts | reclaimed of 10 % removed |";

/// Writes the stories that an archive of this size would have.
fn write(documents: usize, path: &str) -> Result<()> {
    let mut stories = Stories::new(2008);
    Output::new(path)?.write(|out| {
        (0..documents).try_for_each(|_| {
            let story = stories.batch(1).remove(0);
            writeln!(out, "{}", serde_json::json!({ "id": story.id(), "text": story.text() }))
        })
    })?;
    Ok(())
}

/// Stories, one behind the other.
struct Stories {
    language: Language,
    random: Random,
    last: String,
    made: usize,
}

impl Stories {
    fn new(seed: u64) -> Self {
        Self { language: Language::new(), random: Random::new(seed), last: String::new(), made: 0 }
    }

    fn text(&mut self) -> String {
        let mut of = |words| self.language.story(&mut self.random, words);
        self.last = if self.made % 10 == 9 { cut(&self.last, 0.95) + &of(WORDS / 20) } else { of(WORDS) };
        self.made += 1;
        self.last.clone()
    }

    fn batch(&mut self, count: usize) -> Vec<Document> {
        let story = |_| {
            let (id, date) = (format!("story-{}", self.made), date(self.made));
            Document::new(id, self.text()).with_date(date)
        };
        (0..count).map(story).collect()
    }
}

/// The date of a story.
fn date(number: usize) -> Date {
    Date::from_days(i32::try_from(number / BATCH).unwrap_or(i32::MAX))
}

fn measure(path: &Path, documents: usize, options: &Options) -> Result<String> {
    forget_peak();
    let mut stories = Stories::new(2008);
    let (mut texts, mut times) = (0, Vec::new());
    let archive = Archive::open(path, options)?;
    let (is_done, inserted) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut asked = std::thread::scope(|scope| -> Result<Vec<f64>> {
        let asking = scope.spawn(|| asks(&archive, &is_done, &inserted));
        let mut insert = || -> Result<()> {
            for first in (0..documents).step_by(BATCH) {
                let batch = stories.batch(BATCH.min(documents - first));
                texts += batch.iter().map(|document| document.text().len()).sum::<usize>();
                let count = batch.len();
                let (start, cores) = (Instant::now(), processor_time());
                archive.insert_all(batch)?;
                times.push((count, start.elapsed().as_secs_f64(), processor_time() - cores));
                inserted.fetch_add(count, Ordering::Relaxed);
            }
            Ok(())
        };
        let done = insert();
        is_done.store(true, Ordering::Relaxed);
        let asked = asking.join().map_err(|_| "the thread that asks stopped")?;
        done?;
        Ok(asked?)
    })?;
    asked.sort_by(f64::total_cmp);
    archive.close()?;
    let peak = memory("VmHWM");

    let start = Instant::now();
    let archive = Archive::open(path, options)?;
    let (open, opened) = (start.elapsed().as_secs_f64(), memory("VmRSS"));

    let mut within = asks_within(&archive, documents)?;
    within.sort_by(f64::total_cmp);

    let gone: Vec<String> = (0..documents).step_by(10).map(|i| format!("story-{i}")).collect();
    let mut gone_texts = 0;
    for id in &gone {
        gone_texts += archive.get(id)?.map_or(0, |document| document.text().len());
    }
    archive.compact()?;
    let before = size(path)?;
    archive.remove_all(gone.iter().map(String::as_str))?;
    archive.compact()?;
    archive.close()?;
    let after = size(path)?;

    let sum = |times: &[(usize, f64, f64)]| {
        times
            .iter()
            .fold((0.0, 0.0, 0.0), |sum, each| (sum.0 + each.0 as f64, sum.1 + each.1, sum.2 + each.2))
    };
    let rate = |times| {
        let (count, time, _) = sum(times);
        count / time
    };
    let cores = |times| {
        let (count, _, cores) = sum(times);
        cores / count * 1e6
    };
    let tenth = times.len().div_ceil(10);
    let percentile = |times: &[f64], share: f64| {
        times.get((times.len() as f64 * share) as usize).map_or(0.0, |time| time * 1e3)
    };
    let mega = |bytes: Option<usize>| {
        bytes.map_or_else(|| "unknown".into(), |bytes| format!("{:.0}", bytes as f64 / 1e6))
    };
    Ok(format!(
        "| {documents} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {open:.2} | {} | {} | {:.0} | {:.2} |",
        rate(&times),
        rate(&times[..tenth]),
        rate(&times[times.len() - tenth..]),
        cores(&times[..tenth]),
        cores(&times[times.len() - tenth..]),
        percentile(&asked, 0.5),
        percentile(&asked, 0.99),
        percentile(&within, 0.5),
        percentile(&within, 0.99),
        mega(opened),
        mega(peak),
        (after as f64 - (texts - gone_texts) as f64) / (documents - gone.len()) as f64,
        (before as f64 - after as f64) / gone_texts as f64,
    ))
}

/// Asks until it is done; the seconds of each answer.
fn asks(archive: &Archive, is_done: &AtomicBool, inserted: &AtomicUsize) -> reprint::Result<Vec<f64>> {
    let (mut strangers, mut random, mut times) = (Stories::new(1935), Random::new(7), Vec::new());
    while !is_done.load(Ordering::Relaxed) {
        std::thread::sleep(PAUSE);
        let known = inserted.load(Ordering::Relaxed);
        // Every second one is known, but for its end.
        let text = if times.len() % 2 == 0 && known > 0 {
            let id = format!("story-{}", random.below(known));
            archive.get(&id)?.map(|document| cut(document.text(), 0.8)).unwrap_or_default()
        } else {
            strangers.text()
        };
        let start = Instant::now();
        archive.ask(&text)?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(times)
}

/// Asks about known stories within three days of their dates; the seconds of each answer.
fn asks_within(archive: &Archive, documents: usize) -> Result<Vec<f64>> {
    let (mut random, mut times, snapshot) = (Random::new(8), Vec::new(), archive.snapshot());
    for _ in 0..500 {
        let number = random.below(documents);
        let Some(document) = snapshot.get(&format!("story-{number}"))? else { continue };
        let (text, window) = (cut(document.text(), 0.8), Window::around(date(number), 3));
        let start = Instant::now();
        snapshot.ask_where(&text, window, |_| true)?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(times)
}

/// Bytes of the files of a folder.
fn size(path: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// The seconds that all cores spent on the process, as Linux tells them.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // User and system time, the 14th and 15th value, in hundredths; the second is a name in parentheses.
    let values = stat.rsplit_once(')').unwrap_or_default().1.split_whitespace().skip(11).take(2);
    values.filter_map(|value| value.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// A figure of the process's memory in bytes, as Linux tells it.
fn memory(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Begins the peak of memory anew, where the system lets us.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
