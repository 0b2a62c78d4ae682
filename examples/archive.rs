//! Keeps stories in a folder: adds them, asks whose copy a new one is, removes, and follows with the clusters.
//!
//! `archive [OPTION...] DIR COMMAND [ARGUMENT...]`
//!
//! - `add [PATH...]`: adds documents. One that is there already with the same text, source and date changes nothing; one
//!   that is there with others is replaced. PATH is a text file, a folder of `.txt` files (in depth; the ids are the paths
//!   below it), a `.jsonl` file, or `-` for JSON lines from standard input, packed by gzip or not; with no PATH it adds the
//!   stories that come with the crate
//! - `ask [FILE...]`: what each text is a copy of, the strongest first; files are given as for `add`
//! - `remove ID...`: removes documents
//! - `clusters`: the clusters of two documents or more
//! - `check`: reads everything and says what is wrong; the exit status is 1 if anything is
//! - `listen`: JSON lines in, one answer a line out, until the input ends
//! - `refresh`: measures the statistics on what is there, judges all matches by them, and says what changed
//! - `compact`: gives back the room of what was removed
//! - `status`: what there is, in numbers
//! - `export`: all documents as JSON lines
//!
//! - `--preset NAME`: `wire` for reprinted and scanned stories, `web` for pages, `strict` for exact copies (`wire`); always
//!   the one that the archive was made with
//! - `--id F`, `--text F`, `--source F`, `--date F`: the fields of a JSON line (`id`, `text`, `source`, `date`)
//! - `--tsv OUT`, `--json OUT`, `--html OUT`: `clusters` writes `id<TAB>cluster` for every document, the whole report, or
//!   a page to read
//!
//! A line for `listen` is one of `{"ask": "text", "source": "paper", "date": "1864-11-09", "days": 3}`, of which all but
//! the text may be left out (3 days before and after the date, if nothing else is said),
//! `{"add": {"id": "a-1", "text": "…", "source": "paper", "date": "1864-11-09"}}`, `{"remove": "a-1"}` and
//! `{"cluster_of": "a-1"}`; the answer is `{"matches": […]}`, `{"added": 1}`, `{"removed": 1}`, `{"cluster": […]}` or
//! `{"error": "…"}`.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "output/mod.rs"]
mod output;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::process::{ExitCode, exit};

use command::say;
use indicatif::{ProgressBar, ProgressStyle};
use output::{Output, outputs};
use reprint::archive::{Archive, Options, Snapshot, Window};
use reprint::corpus::{Corpus, Date, Document, Documents, Fields};
use reprint::method::{Method, Text};
use reprint::report::View;
use reprint::{DocId, Preset};
use serde_json::value::RawValue;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Documents that are added at a time.
const BATCH: usize = 1000;

#[derive(Default)]
struct Arguments {
    preset: Preset,
    tsv: Option<String>,
    json: Option<String>,
    html: Option<String>,
    fields: Vec<(String, String)>,
    words: Vec<String>,
}

fn main() -> ExitCode {
    command::run(include_str!("archive.rs"), run)
}

fn arguments() -> Result<Arguments> {
    use lexopt::prelude::*;
    let mut all = Arguments::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("preset") => all.preset = arguments.value()?.string()?.parse()?,
            Long("tsv") => all.tsv = Some(arguments.value()?.string()?),
            Long("json") => all.json = Some(arguments.value()?.string()?),
            Long("html") => all.html = Some(arguments.value()?.string()?),
            Long(name @ ("id" | "text" | "source" | "date")) => {
                let name = name.to_owned();
                all.fields.push((name, arguments.value()?.string()?));
            }
            Value(word) => all.words.push(word.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(all)
}

fn run() -> Result<()> {
    let all = arguments()?;
    let [folder, command, rest @ ..] = &all.words[..] else {
        return Err(
            "give a folder and a command: archive DIR add PATH...; archive --help lists the commands".into(),
        );
    };
    let options = Options::new(all.preset);
    let to_read = || Archive::open_to_read(folder, &options);
    let to_write = || Archive::open(folder, &options);
    let mut input = corpus::Input::default();
    all.fields.iter().for_each(|(field, name)| input.field(field, name));
    match (&**command, rest) {
        ("add", paths) => {
            paths.iter().for_each(|path| input.path(path.clone()));
            let documents = input.read()?;
            add(&to_write()?, documents)?;
        }
        ("ask", paths) => {
            paths.iter().for_each(|path| input.path(path.clone()));
            ask(&to_read()?, &input.read()?)?;
        }
        ("remove", ids) => {
            let removed = to_write()?.remove_all(ids.iter().map(String::as_str))?;
            say!("{removed} of {} removed", ids.len());
        }
        ("clusters", []) => clusters(&to_read()?, &all)?,
        ("check", []) => {
            let archive = to_read()?;
            let problems = archive.check()?;
            problems.iter().for_each(|problem| say!("{problem}"));
            say!("{} documents, {} problems", archive.len(), problems.len());
            if !problems.is_empty() {
                exit(1);
            }
        }
        ("listen", []) => listen(&to_write()?)?,
        ("refresh", []) => refresh(&to_write()?)?,
        ("compact", []) => {
            let compaction = to_write()?.compact()?;
            say!("{} bytes of logs, {} before", compaction.after, compaction.before);
        }
        ("status", []) => say!("{:#?}", to_read()?.snapshot().status()),
        ("export", []) => drop(to_read()?.snapshot().export(std::io::stdout().lock())?),
        _ => {
            let what = format!(
                "{command} with {} arguments: no such command; archive --help lists them",
                rest.len()
            );
            return Err(what.into());
        }
    }
    Ok(())
}

/// Adds what is new and replaces what has changed.
fn add(archive: &Archive, documents: Documents) -> Result<()> {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta} left")?;
    let bar = ProgressBar::new(documents.len() as u64).with_style(style);
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
    say!("{added} added, {replaced} replaced, {same} there already");
    Ok(())
}

fn text_of(document: &Document) -> Text<'_> {
    let text = Text::from(document.text());
    document.about(DocId(0)).source.map_or(text, |source| text.with_source(source))
}

fn ask(archive: &Archive, documents: &Documents) -> Result<()> {
    for document in documents.iter() {
        let answers = archive.ask(text_of(document))?;
        if answers.is_empty() {
            say!("{}  new", document.id());
        }
        for answer in answers {
            say!("{}  copy of {}: score {:.2}", document.id(), answer.id, answer.verdict.score);
        }
    }
    Ok(())
}

fn clusters(archive: &Archive, all: &Arguments) -> Result<()> {
    let [tsv, json, html] =
        outputs([(&all.tsv, &["tsv", "tab"]), (&all.json, &["json"]), (&all.html, &["html", "htm"])], &[])?;
    let snapshot = archive.snapshot();
    for cluster in snapshot.clusters() {
        say!("{}", cluster.join("  "));
    }
    if let Some(file) = tsv {
        let report = snapshot.report()?;
        file.write(|out| report.write_tsv(out))?;
    }
    if json.is_some() || html.is_some() {
        page(&snapshot, all.preset, json, html)?;
    }
    Ok(())
}

/// The report as of a run.
fn page(snapshot: &Snapshot, preset: Preset, json: Option<Output>, html: Option<Output>) -> Result<()> {
    let documents = snapshot.documents().collect::<reprint::Result<Vec<Document>>>()?;
    let ids: Vec<&str> = documents.iter().map(Document::id).collect();
    let texts: Vec<&str> = documents.iter().map(Document::text).collect();
    let (report, corpus) = (snapshot.report()?, snapshot.corpus());
    let view = View::new(&report, &ids, &texts)?.details(&corpus)?.preset(preset);
    let view = view.boilerplate(snapshot.statistics().boilerplate());
    json.map_or(Ok(()), |file| file.write(|out| view.write_json(out)))?;
    html.map_or(Ok(()), |file| file.write(|out| view.write_html(out)))?;
    Ok(())
}

fn refresh(archive: &Archive) -> Result<()> {
    let snapshot = archive.snapshot();
    let Method::Wire(wire) = snapshot.method() else {
        return Err("only the verdicts of wire depend on statistics".into());
    };
    let statistics = wire.measure(&snapshot.corpus())?;
    let refreshed = archive.refresh_statistics(statistics)?;
    say!(
        "epoch {}: {} pairs compared again, {} matches gained, {} lost; {} documents in other clusters",
        refreshed.epoch,
        refreshed.compared,
        refreshed.gained,
        refreshed.lost,
        refreshed.moved
    );
    Ok(())
}

fn listen(archive: &Archive) -> Result<()> {
    let mut out = std::io::stdout().lock();
    // What is wrong with one line is its answer; only where nothing can be read is there an end.
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.map_err(|error| format!("standard input: {error}"))?;
        let answer =
            std::str::from_utf8(&line).map_err(|error| format!("the line is not UTF-8: {error}").into());
        let answer = answer.and_then(|line| answer_to(archive, line));
        let answer = answer.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer_to(archive: &Archive, line: &str) -> Result<Value> {
    // The values as they are written: an id of thirty digits keeps them all.
    let mut line: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line)?;
    line.retain(|_, value| value.get() != "null");
    let commands: Vec<&str> = ["ask", "add", "remove", "cluster_of"]
        .into_iter()
        .filter(|command| line.contains_key(*command))
        .collect();
    let known = |name: &String| commands.contains(&&**name) || ["source", "date", "days"].contains(&&**name);
    if let Some(name) = line.keys().find(|name| !known(name)).filter(|_| commands.len() == 1) {
        return Err(format!("{name:?} is no part of a line; archive --help lists them").into());
    }
    let value = |name: &str| line.get(name).map(|value| value.get());
    let string = |name: &str| {
        let wrong = |value: &str| format!("{name:?} is {value}: give a string");
        value(name).map(|value| serde_json::from_str::<String>(value).map_err(|_| wrong(value))).transpose()
    };
    match commands[..] {
        ["remove"] => {
            Ok(json!({ "removed": usize::from(archive.remove(&string("remove")?.unwrap_or_default())?) }))
        }
        ["cluster_of"] => {
            Ok(json!({ "cluster": archive.cluster_of(&string("cluster_of")?.unwrap_or_default()) }))
        }
        ["add"] => {
            let mut documents = Documents::new();
            documents.read_json_lines(
                value("add").unwrap_or_default().as_bytes(),
                "add",
                &Fields::default(),
            )?;
            let document = documents.into_iter().next().ok_or("there is no document")?;
            let added = match archive.get(document.id())? {
                Some(known) if known == document => 0,
                Some(_) => usize::from(archive.replace(document)?),
                None => archive.insert_all([document])?,
            };
            Ok(json!({ "added": added }))
        }
        ["ask"] => {
            let (text, source) = (string("ask")?.unwrap_or_default(), string("source")?);
            let text = Text::from(&text);
            let text = source.as_deref().map_or(text, |source| text.with_source(source));
            let days = value("days").map(|days| {
                days.parse()
                    .map_err(|_| format!("\"days\" is {days}: give a number of days from 0 to {}", u32::MAX))
            });
            let days = days.transpose()?.unwrap_or(3);
            let date = string("date")?.map(|date| date.parse::<Date>()).transpose()?;
            let window = date.map_or(Window::ALL, |date| Window::around(date, days));
            let answers = archive.snapshot().ask_where(text, window, |_| true)?;
            let matches =
                answers.iter().map(|answer| json!({ "id": answer.id, "score": answer.verdict.score }));
            Ok(json!({ "matches": matches.collect::<Vec<_>>() }))
        }
        _ => Err("give one of \"ask\", \"add\", \"remove\" and \"cluster_of\" a line".into()),
    }
}
