//! Which of these texts are copies of one another?
//!
//! `find_reprints [--preset wire|web|strict] [--threshold X] [--tsv OUT] [--json OUT] [--html OUT] PATH...`
//!
//! PATH is a text file, a folder of `.txt` files, a `.jsonl` file with `id`, `text` and perhaps `source` (its site or
//! paper) in each line, or `-` for such lines from standard input. With no PATH it takes stories that come with the crate. Prints the clusters;
//! `--tsv` writes `id<TAB>cluster` for every document, `--json` the whole report, `--html` a page to read.

#[path = "corpus/mod.rs"]
mod corpus;

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use reprint::corpus::Document;
use reprint::method::Method;
use reprint::report::View;
use reprint::verify::{Evidence, Match};
use reprint::{Finder, Preset, Progress};

#[derive(Default)]
struct Options {
    preset: Preset,
    threshold: Option<f64>,
    tsv: Option<String>,
    json: Option<String>,
    html: Option<String>,
    paths: Vec<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("find_reprints: {error}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, Box<dyn Error>> {
    use lexopt::prelude::*;
    let mut options = Options::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("preset") => options.preset = arguments.value()?.string()?.parse()?,
            Long("threshold") => options.threshold = Some(arguments.value()?.parse()?),
            Long("tsv") => options.tsv = Some(output(arguments.value()?.string()?)?),
            Long("json") => options.json = Some(output(arguments.value()?.string()?)?),
            Long("html") => options.html = Some(output(arguments.value()?.string()?)?),
            Value(path) => options.paths.push(path.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(options)
}

/// A path to write to, unless it is a corpus: `--tsv docs.jsonl` with the table's name forgotten would lose it.
fn output(path: String) -> Result<String, String> {
    let is_corpus = Path::new(&path).extension().is_some_and(|e| e == "jsonl" || e == "txt");
    if is_corpus && Path::new(&path).exists() {
        return Err(format!(
            "{path}: is there already and looks like a corpus; give what is written another name"
        ));
    }
    Ok(path)
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let documents = corpus::read(&options.paths)?;
    let ids: Vec<&str> = documents.iter().map(Document::id).collect();
    let texts: Vec<&str> = documents.iter().map(Document::text).collect();

    let mut method = Method::from(options.preset);
    if let Some(threshold) = options.threshold {
        method = method.with_threshold(threshold)?;
    }
    let bar = progress_bar()?;
    let drawn = bar.clone();
    let finder = Finder::new(method).progress(move |progress| draw(&drawn, progress));
    let report = finder.run_on(&documents)?;
    bar.finish_and_clear();

    let view = View::new(&report, &ids, &texts)?;
    print(&view);
    if let Some(path) = &options.tsv {
        view.write_tsv(create(path)?).map_err(|e| format!("{path}: {e}"))?;
    }
    if let Some(path) = &options.json {
        view.write_json(create(path)?).map_err(|e| format!("{path}: {e}"))?;
    }
    if let Some(path) = &options.html {
        view.write_html(create(path)?).map_err(|e| format!("{path}: {e}"))?;
    }
    Ok(())
}

fn create(path: &str) -> Result<BufWriter<File>, String> {
    File::create(path).map(BufWriter::new).map_err(|e| format!("{path}: {e}"))
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

fn print(view: &View<'_>) {
    let report = view.report();
    let clusters = report.clusters();
    for cluster in clusters.multiple() {
        let members = clusters.members(cluster);
        println!("Cluster {cluster}: {} documents", members.len());
        for &member in members {
            let mark = if report.representative(cluster) == Some(member) { '*' } else { ' ' };
            println!("  {mark} {}  {}", view.id(member), first_line(view.text(member)));
        }
        for m in report.matches_in(cluster) {
            println!("    {} = {}  {}", view.id(m.pair.a), view.id(m.pair.b), reason(m));
        }
        println!();
    }
    let c = report.counts();
    println!(
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
    println!(
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
