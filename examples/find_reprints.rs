//! Which of these texts are copies of one another?
//!
//! `find_reprints [OPTION...] [PATH...]`
//!
//! PATH is a text file, a folder of `.txt` files (in depth; the ids are the paths below it), a `.jsonl` file, or `-` for
//! JSON lines from standard input. Files may be packed: `.txt.gz`, `.jsonl.gz`. A pipe is read until its writer closes it.
//! With no PATH it takes stories that come with the crate. Prints the clusters.
//!
//! - `--preset NAME`: `wire` for reprinted and scanned stories, `web` for pages, `strict` for exact copies (`wire`)
//! - `--threshold X`: the score from which a pair is a match, above 0 to 1 (the preset's)
//! - `--id F`, `--text F`, `--source F`, `--date F`: the fields of a JSON line (`id`, `text`, `source`, `date`). The id is
//!   a string, or a number that is kept as it is written; source (the site or paper) and date (`YYYY-MM-DD`) may be missing
//! - `--tsv OUT`: writes `id<TAB>cluster` for every document
//! - `--json OUT`: writes the whole report
//! - `--html OUT`: writes a page to read
//! - `--on-disk`: leaves the texts of one `.jsonl` file or one folder where they are and reads them again when they are
//!   compared or written: for more text than memory holds. Prints ids alone
//!
//! A file that is there is written over where its name ends as that of a table, of JSON or of a page does; an input never
//! is. It is there whole or not at all.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "output/mod.rs"]
mod output;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use indicatif::{ProgressBar, ProgressStyle};
use output::outputs;
use reprint::corpus::{Corpus, Document, Files, JsonLines, Statistics};
use reprint::method::Method;
use reprint::report::View;
use reprint::verify::{Evidence, Match};
use reprint::{Finder, Preset, Progress, Report};

#[derive(Default)]
struct Options {
    preset: Preset,
    threshold: Option<f64>,
    tsv: Option<String>,
    json: Option<String>,
    html: Option<String>,
    on_disk: bool,
    input: corpus::Input,
}

fn main() -> ExitCode {
    command::run(include_str!("find_reprints.rs"), run)
}

fn options() -> Result<Options, Box<dyn Error>> {
    use lexopt::prelude::*;
    let mut options = Options::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("preset") => options.preset = arguments.value()?.string()?.parse()?,
            Long("threshold") => options.threshold = Some(arguments.value()?.parse()?),
            Long("tsv") => options.tsv = Some(arguments.value()?.string()?),
            Long("json") => options.json = Some(arguments.value()?.string()?),
            Long("html") => options.html = Some(arguments.value()?.string()?),
            Long("on-disk") => options.on_disk = true,
            Long(name @ ("id" | "text" | "source" | "date")) => {
                let name = name.to_owned();
                options.input.field(&name, &arguments.value()?.string()?);
            }
            Value(path) => options.input.path(path.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(options)
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let [tsv, json, html] = outputs(
        [(&options.tsv, &["tsv", "tab"]), (&options.json, &["json"]), (&options.html, &["html", "htm"])],
        &options.input.files()?,
    )?;
    if options.on_disk {
        let remedy =
            "--on-disk takes one .jsonl file or one folder of .txt files, not packed, not standard input";
        let (path, fields) = options.input.only_path().ok_or(remedy)?;
        return if path.is_dir() {
            let files = Files::open(path, "txt")?;
            if files.len() < options.input.files()?.len() {
                let remedy = "some files are packed or end in capitals: unpack and rename them for --on-disk";
                return Err(format!("{}: {remedy}", path.display()).into());
            }
            on_disk(&options, &files, [tsv, json, html])
        } else if path.extension().is_some_and(|ending| ending == "jsonl") {
            on_disk(&options, &JsonLines::open(path, fields)?, [tsv, json, html])
        } else {
            Err(remedy.into())
        };
    }
    let documents = options.input.read()?;
    let ids: Vec<&str> = documents.iter().map(Document::id).collect();
    let texts: Vec<&str> = documents.iter().map(Document::text).collect();

    let bar = progress_bar()?;
    let mut finder = finder(&options, &bar)?;
    let statistics = statistics(&finder, &documents, html.is_some())?;
    if let Some(statistics) = &statistics {
        finder = finder.statistics(statistics.clone());
    }
    let report = finder.run_on(&documents)?;
    bar.finish_and_clear();

    let mut view = View::new(&report, &ids, &texts)?.details(&documents)?.preset(options.preset);
    if let Some(statistics) = &statistics {
        view = view.boilerplate(statistics.boilerplate());
    }
    print(&view, tsv.is_some() || json.is_some())?;
    tsv.map_or(Ok(()), |file| file.write(|out| view.write_tsv(out)))?;
    json.map_or(Ok(()), |file| file.write(|out| view.write_json(out)))?;
    html.map_or(Ok(()), |file| file.write(|out| view.write_html(out)))?;
    Ok(())
}

/// The page shows what is boilerplate: what the run would measure itself, measured before it.
fn statistics(finder: &Finder, corpus: &impl Corpus, page: bool) -> reprint::Result<Option<Statistics>> {
    match finder.method() {
        Method::Wire(wire) if page => wire.measure(corpus).map(Some),
        _ => Ok(None),
    }
}

/// Clusters texts that stay where they are.
fn on_disk(
    options: &Options,
    corpus: &impl Corpus,
    [tsv, json, html]: [Option<output::Output>; 3],
) -> Result<(), Box<dyn Error>> {
    let bar = progress_bar()?;
    let mut finder = finder(options, &bar)?;
    let statistics = statistics(&finder, corpus, html.is_some())?;
    if let Some(statistics) = &statistics {
        finder = finder.statistics(statistics.clone());
    }
    let report = finder.run_on(corpus)?;
    bar.finish_and_clear();
    let clusters = report.clusters().multiple().filter_map(|cluster| report.cluster(cluster));
    for (number, cluster) in (1..).zip(clusters) {
        heading(number, cluster.number(), cluster.members().len(), tsv.is_some() || json.is_some());
        for &member in cluster.members() {
            let mark = if cluster.representative() == member { '*' } else { ' ' };
            say!("  {mark} {}", report.id(member));
        }
        say!();
    }
    print_counts(&report);
    tsv.map_or(Ok(()), |file| file.write(|out| report.write_tsv(out)))?;
    if json.is_some() || html.is_some() {
        let mut view = View::over(&report, corpus)?.preset(options.preset);
        if let Some(statistics) = &statistics {
            view = view.boilerplate(statistics.boilerplate());
        }
        json.map_or(Ok(()), |file| file.write(|out| view.write_json(out)))?;
        html.map_or(Ok(()), |file| file.write(|out| view.write_html(out)))?;
    }
    Ok(())
}

fn finder(options: &Options, bar: &ProgressBar) -> Result<Finder, Box<dyn Error>> {
    let mut method = Method::from(options.preset);
    if let Some(threshold) = options.threshold {
        method = method.with_threshold(threshold)?;
    }
    let drawn = bar.clone();
    Ok(Finder::new(method).progress(move |progress| draw(&drawn, progress)))
}

/// A bar on the terminal; nothing where standard error is none.
fn progress_bar() -> Result<ProgressBar, Box<dyn Error>> {
    let style =
        ProgressStyle::with_template("{msg:10} {wide_bar} {human_pos}/{human_len} {per_sec} {eta} left")?;
    Ok(ProgressBar::new(0).with_style(style))
}

fn draw(bar: &ProgressBar, progress: Progress) {
    if bar.message() != progress.stage.to_string() {
        bar.reset();
        bar.set_message(progress.stage.to_string());
    }
    bar.set_length(progress.total as u64);
    bar.set_position(progress.done as u64);
}

/// Clusters are counted from 1 on; in tables and JSON, documents alone have a number too.
fn heading(number: usize, in_tables: usize, documents: usize, tables: bool) {
    let in_tables = if tables { format!(" ({in_tables} in the tables)") } else { String::new() };
    say!("Cluster {number}{in_tables}: {documents} documents");
}

fn print(view: &View<'_>, tables: bool) -> reprint::Result<()> {
    let report = view.report();
    let clusters = report.clusters();
    for (number, cluster) in (1..).zip(clusters.multiple()) {
        let members = clusters.members(cluster);
        heading(number, cluster, members.len(), tables);
        for &member in members {
            let mark = if report.representative(cluster) == Some(member) { '*' } else { ' ' };
            say!("  {mark} {}  {}", view.id(member), first_line(&view.text(member)?));
        }
        for m in report.matches_in(cluster) {
            say!("    {} = {}  {}", view.id(m.pair.a), view.id(m.pair.b), reason(m));
        }
        say!();
    }
    print_counts(report);
    Ok(())
}

fn print_counts(report: &Report) {
    let c = report.counts();
    say!(
        "{} documents ({} empty), {} candidate pairs, {} compared, {} matches: {} clusters with {} documents, {} alone",
        c.documents,
        c.empty,
        c.candidates,
        c.verified,
        c.matches,
        c.clusters,
        c.clustered,
        c.documents - c.clustered
    );
    let t = c.times;
    say!(
        "in {:.2?}: sketch {:.2?}, candidates {:.2?}, verify {:.2?}, cluster {:.2?}",
        t.sketch + t.candidates + t.verify + t.cluster,
        t.sketch,
        t.candidates,
        t.verify,
        t.cluster
    );
}

fn reason(m: &Match) -> String {
    match &m.evidence {
        Evidence::Shingles(s) => format!(
            "resemblance {:.2}: {} shingles of {} and {} shared",
            s.resemblance(),
            s.shared(),
            s.size_of_a(),
            s.size_of_b()
        ),
        _ => format!("score {:.2}, by {:?}", m.score, m.basis).to_lowercase(),
    }
}

fn first_line(text: &str) -> String {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().chars().take(60).collect()
}
