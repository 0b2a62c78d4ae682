//! Does an archive stay as it is under load? `archive_soak [SECONDS] [--folder DIR]`
//!
//! For so many seconds (600 when none are named) one thread inserts, replaces and removes stories in DIR (a folder for
//! temporary files), compacts now and then, and keeps about 20,000 of them; three others ask, read and look at the clusters:
//! two in this process, one through an opening of its own that follows. Prints a line each tenth of the time with what was
//! done so far and the memory of the process (on Linux), and at the end what a check of everything says. Ends with an error
//! at the first failure, or if the check finds anything.

#[path = "command/mod.rs"]
mod command;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use command::say;
use generated::{Language, Random, cut};
use reprint::archive::{Archive, Options, Snapshot};
use reprint::corpus::Document;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Documents of a batch, and batches that are kept.
const BATCH: u64 = 100;
const KEPT: u64 = 200;
/// Changes between one compaction and the next.
const COMPACTED: u64 = 150;

fn main() -> ExitCode {
    command::run(include_str!("archive_soak.rs"), || run().map_err(|error| error as Box<dyn Error>))
}

fn run() -> Result<()> {
    use lexopt::prelude::*;
    let (mut folder, mut seconds) = (std::env::temp_dir(), 600.0);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("folder") => folder = PathBuf::from(arguments.value()?),
            Value(value) => seconds = value.parse()?,
            _ => return Err(argument.unexpected().to_string().into()),
        }
    }
    let path = folder.join(format!("reprint-archive-soak-{}", std::process::id()));
    let soaked = soak(&path, Duration::from_secs_f64(seconds));
    std::fs::remove_dir_all(&path)?;
    soaked
}

fn soak(path: &Path, time: Duration) -> Result<()> {
    let options = Options::default().log_bytes(16 << 20);
    let archive = Archive::open(path, &options)?;
    let (is_done, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| -> Result<()> {
        let mut readers: Vec<_> = (1..3)
            .map(|seed| {
                let (archive, is_done, asked) = (&archive, &is_done, &asked);
                scope.spawn(move || read(|| Ok(archive.snapshot()), seed, is_done, asked))
            })
            .collect();
        readers.push(scope.spawn(|| {
            let other = Archive::open_to_read(path, &options)?;
            let follow = || {
                other.refresh()?;
                Ok(other.snapshot())
            };
            read(follow, 3, &is_done, &asked)
        }));
        let written = write(&archive, time, &asked);
        is_done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().map_err(|_| "a reader stopped")??;
        }
        written
    })?;
    let problems = archive.check()?;
    problems.iter().for_each(|problem| say!("{problem}"));
    say!("{} documents, {} problems", archive.len(), problems.len());
    if problems.is_empty() { Ok(()) } else { Err("the check found problems".into()) }
}

fn write(archive: &Archive, time: Duration, asked: &AtomicU64) -> Result<()> {
    let (language, mut random, start) = (Language::new(), Random::new(1), Instant::now());
    let (mut batch, mut lines) = (0, 0_u32);
    let mut last = language.story(&mut random, 300);
    say!("| seconds | changes | documents | asked | MB of memory | MB of logs |\n|---|---|---|---|---|---|");
    while start.elapsed() < time {
        let mut story = |i| {
            last = if i % 10 == 9 { cut(&last, 0.9) } else { language.story(&mut random, 300) };
            Document::new(format!("{batch}-{i}"), &*last)
        };
        archive.insert_all((0..BATCH).map(&mut story))?;
        archive.replace(story(0))?;
        if batch >= KEPT {
            let gone: Vec<String> = (0..BATCH).map(|i| format!("{}-{i}", batch - KEPT)).collect();
            if archive.remove_all(gone.iter().map(String::as_str))? != gone.len() {
                return Err("a document was lost".into());
            }
        }
        batch += 1;
        if batch % COMPACTED == 0 {
            archive.compact()?;
        }
        if start.elapsed() >= time * lines / 10 {
            lines += 1;
            let status = archive.snapshot().status();
            say!(
                "| {:.0} | {} | {} | {} | {} | {} |",
                start.elapsed().as_secs_f64(),
                status.commits,
                status.documents,
                asked.load(Ordering::Relaxed),
                memory().map_or_else(|| "unknown".to_owned(), |bytes| (bytes / 1_000_000).to_string()),
                status.log_bytes / 1_000_000
            );
        }
    }
    Ok(())
}

/// Reads until it is done: what it sees fits together.
fn read(
    snapshot: impl Fn() -> reprint::Result<Snapshot>,
    seed: u64,
    is_done: &AtomicBool,
    asked: &AtomicU64,
) -> Result<()> {
    let mut random = Random::new(seed);
    while !is_done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(5));
        let snapshot = snapshot()?;
        if snapshot.is_empty() {
            continue;
        }
        if !(snapshot.len() as u64).is_multiple_of(BATCH) {
            return Err("half a batch is there".into());
        }
        let id = snapshot.ids().nth(random.below(snapshot.len())).unwrap_or_default().to_owned();
        let document = snapshot.get(&id)?.ok_or("a document is not there")?;
        let answers = snapshot.ask(document.text())?;
        if answers.first().is_none_or(|answer| answer.verdict.score < 1.0) {
            return Err(format!("{id} does not find itself").into());
        }
        let cluster = snapshot.cluster_of(&id).ok_or("a document has no cluster")?;
        if !cluster.contains(&id) {
            return Err(format!("{id} is not in its cluster").into());
        }
        asked.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The memory of the process in bytes, as Linux tells it.
fn memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
