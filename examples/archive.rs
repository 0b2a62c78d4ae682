//! Keeps stories in a folder: adds them, asks about a new one, removes, and follows with the clusters.
//!
//! `archive DIR add PATH…`: adds the documents of text files, folders, `.jsonl` files or `-`; what is there with the
//! same text stays as it is, what is there with another text is replaced
//! `archive DIR ask FILE`: the stories that FILE is a copy of, with scores; `-` for standard input
//! `archive DIR remove ID…`, `archive DIR compact`, `archive DIR status`
//! `archive DIR clusters [--tsv OUT]`: the clusters of two or more, or a line `id<TAB>cluster` for every document
//! `archive DIR check`: reads everything and says what is wrong; exit status 1 if anything is
//! `archive DIR export`: all documents as JSON lines
//! `archive DIR listen`: JSON lines in, one answer a line out, until the input ends
//!
//! `--web` in front of the command keeps crawled pages instead of news. A line for `listen` is one of
//! `{"ask": "text", "source": "paper", "date": "1864-11-09", "days": 3}`, of which all but the text may be left out,
//! `{"add": {"id": "a-1", "text": "…", "source": "paper", "date": "1864-11-09"}}`, `{"remove": "a-1"}`,
//! `{"cluster_of": "a-1"}`; what is answered is `{"matches": […]}`, `{"added": 1}`, `{"removed": 1}`,
//! `{"cluster": […]}` or `{"error": "…"}`.

#[path = "corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use reprint::Preset;
use reprint::archive::{Archive, Options, Window};
use reprint::corpus::{Corpus, Date, Documents, Fields};
use reprint::method::Text;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Documents that are added at a time.
const BATCH: usize = 1000;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("archive: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode> {
    use lexopt::prelude::*;
    let (mut words, mut tsv, mut preset) = (Vec::new(), None, Preset::Wire);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("web") => preset = Preset::Web,
            Long("tsv") => tsv = Some(arguments.value()?.string()?),
            Value(word) => words.push(word.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let [folder, command, rest @ ..] = &words[..] else {
        return Err("give a folder and a command: archive DIR add PATH…, ask FILE, remove ID…, clusters, check, listen".into());
    };
    let options = Options::new(preset);
    let to_read = || Archive::open_to_read(folder, &options);
    let to_write = || Archive::open(folder, &options);
    match (&**command, rest) {
        ("add", paths) => add(&to_write()?, paths)?,
        ("ask", [path]) => {
            let text =
                if path == "-" { io::read_to_string(io::stdin())? } else { std::fs::read_to_string(path)? };
            let answers = to_read()?.ask(&text)?;
            for answer in &answers {
                println!("{:.3}  {}", answer.verdict.score, answer.id);
            }
            if answers.is_empty() {
                println!("new");
            }
        }
        ("remove", ids) => {
            let removed = to_write()?.remove_all(ids.iter().map(String::as_str))?;
            println!("{removed} of {} removed", ids.len());
        }
        ("clusters", []) => clusters(&to_read()?, tsv)?,
        ("check", []) => {
            let archive = to_read()?;
            let problems = archive.check()?;
            problems.iter().for_each(|problem| println!("{problem}"));
            println!("{} documents, {} problems", archive.len(), problems.len());
            return Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        ("compact", []) => {
            let compaction = to_write()?.compact()?;
            println!("{} bytes of logs, {} before", compaction.after, compaction.before);
        }
        ("status", []) => println!("{:#?}", to_read()?.snapshot().status()),
        ("export", []) => drop(to_read()?.snapshot().export(io::stdout().lock())?),
        ("listen", []) => listen(&to_write()?)?,
        _ => {
            return Err(
                format!("{command}: no such command, or not with {} words behind it", rest.len()).into()
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds what is new and replaces what has changed.
fn add(archive: &Archive, paths: &[String]) -> Result<()> {
    let documents = corpus::read(paths)?;
    let bar = ProgressBar::new(documents.len() as u64)
        .with_style(ProgressStyle::with_template("{wide_bar} {pos} of {len}, {eta} left")?);
    let (mut new, mut added, mut replaced, mut same) = (Vec::new(), 0, 0, 0);
    for document in documents {
        bar.inc(1);
        match archive.get(document.id())? {
            Some(known) if known == document => same += 1,
            Some(_) => replaced += usize::from(archive.replace(document)?),
            None => new.push(document),
        }
        if new.len() == BATCH {
            added += archive.insert_all(std::mem::take(&mut new))?;
        }
    }
    added += archive.insert_all(new)?;
    bar.finish_and_clear();
    println!("{added} added, {replaced} replaced, {same} there already");
    Ok(())
}

fn clusters(archive: &Archive, tsv: Option<String>) -> Result<()> {
    let Some(path) = tsv else {
        for cluster in archive.clusters() {
            println!("{}", cluster.join("\t"));
        }
        return Ok(());
    };
    let snapshot = archive.snapshot();
    let clusters = snapshot.clusters();
    let of: std::collections::HashMap<&str, usize> =
        clusters.iter().enumerate().flat_map(|(i, ids)| ids.iter().map(move |id| (&**id, i))).collect();
    let mut out = io::BufWriter::new(std::fs::File::create(path)?);
    let mut alone = clusters.len()..;
    for id in snapshot.ids() {
        let cluster = of.get(id).copied().or_else(|| alone.next()).unwrap_or_default();
        writeln!(out, "{id}\t{cluster}")?;
    }
    Ok(out.flush()?)
}

fn listen(archive: &Archive) -> Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(archive, &line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(archive: &Archive, line: &str) -> Result<Value> {
    let line: Value = serde_json::from_str(line)?;
    if let Some(id) = line["remove"].as_str() {
        return Ok(json!({ "removed": usize::from(archive.remove(id)?) }));
    }
    if let Some(id) = line["cluster_of"].as_str() {
        return Ok(json!({ "cluster": archive.cluster_of(id) }));
    }
    if let Some(text) = line["ask"].as_str() {
        let mut text = Text::from(text);
        if let Some(source) = line["source"].as_str() {
            text = text.of_source(source);
        }
        let days = line["days"].as_u64().map_or(3, |days| u32::try_from(days).unwrap_or(u32::MAX));
        let date = line["date"].as_str().map(str::parse::<Date>).transpose()?;
        let window = date.map_or(Window::ALL, |date| Window::around(date, days));
        let answers = archive.snapshot().ask_where(text, window, |_| true)?;
        let matches = answers.iter().map(|answer| json!({ "id": answer.id, "score": answer.verdict.score }));
        return Ok(json!({ "matches": matches.collect::<Vec<_>>() }));
    }
    if !line["add"].is_object() {
        return Err("give \"ask\", \"add\", \"remove\" or \"cluster_of\"".into());
    }
    let mut documents = Documents::new();
    documents.read_json_lines(line["add"].to_string().as_bytes(), "add", &Fields::default())?;
    let document = documents.into_iter().next().ok_or("there is no document")?;
    let added = match archive.get(document.id())? {
        Some(known) if known == document => 0,
        Some(_) => usize::from(archive.replace(document)?),
        None => archive.insert_all([document])?,
    };
    Ok(json!({ "added": added }))
}
