//! Are reprints found between sites, whatever stands beside the stories, and only they?
//!
//! `boilerplate_table [--seed N] [--pages N]... [--placement around|head|foot|scattered]`
//!
//! Makes pages of four generated sites with stories of 150 words, a tenth of which two sites carry, in boilerplate of
//! 0.25 to 4 times their length. Prints precision and recall of pairs, first without the sites and then with them.

#[path = "command/mod.rs"]
mod command;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use generated::{Language, Placement, Sites};
use reprint::corpus::{Document, Documents};
use reprint::{DocId, Finder, Preset};

const OWN: usize = 150;
const RATIOS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

fn main() -> ExitCode {
    command::run(include_str!("boilerplate_table.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    use lexopt::prelude::*;
    let (mut seed, mut sizes, mut placement) = (1, Vec::new(), Placement::Around);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("seed") => seed = arguments.value()?.parse()?,
            Long("pages") => sizes.push(arguments.value()?.parse()?),
            Long("placement") => placement = placement_of(&arguments.value()?.string()?)?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    if sizes.is_empty() {
        sizes = vec![5, 10, 30, 100, 300, 1_000, 3_000];
    }
    let language = Language::new();
    say!("| pages of a site | own : standing | precision, recall without sources | with sources |");
    say!("|---|---|---|---|");
    for pages in sizes {
        for ratio in RATIOS {
            let standing = (OWN as f64 * ratio) as usize;
            let copies = (4_usize * pages).div_ceil(10);
            let of = Sites { sites: 4, pages, own: OWN, standing, copies, placement, seed };
            let (corpus, sources) = generated::sites(&language, of);
            let scores = |sources: Option<Vec<u32>>| -> Result<String, reprint::Error> {
                let mut documents = Documents::new();
                for (i, text) in corpus.texts.iter().enumerate() {
                    let document = Document::new(i.to_string(), text);
                    documents.push(match &sources {
                        Some(sources) => document.with_source(sources[i].to_string()),
                        None => document,
                    })?;
                }
                let report = Finder::preset(Preset::Wire).run_on(&documents)?;
                let clusters: Vec<usize> =
                    (0..corpus.texts.len() as u32).filter_map(|d| report.clusters().of(DocId(d))).collect();
                let (together, apart) = corpus.errors(&clusters);
                let right = pairs(&corpus.labels) - apart;
                let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
                Ok(format!("{:.3}, {:.3}", share(right, right + together), share(right, right + apart)))
            };
            say!("| {pages} | 1 : {ratio} | {} | {} |", scores(None)?, scores(Some(sources))?);
        }
    }
    Ok(())
}

/// The pairs of documents with the same label.
fn pairs(labels: &[usize]) -> usize {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.chunk_by(|a, b| a == b).map(|same| same.len() * (same.len() - 1) / 2).sum()
}

fn placement_of(name: &str) -> Result<Placement, String> {
    match name {
        "around" => Ok(Placement::Around),
        "head" => Ok(Placement::Head),
        "foot" => Ok(Placement::Foot),
        "scattered" => Ok(Placement::Scattered),
        _ => Err(format!("{name}: choose around, head, foot or scattered")),
    }
}
