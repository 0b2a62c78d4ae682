//! The ten stories nearest to the first one, by `SimHash`.
//!
//! `nearest_ten [PATH...] [--id F] [--text F] [--source F] [--date F]`
//!
//! PATH is a text file, a folder of `.txt` files or a `.jsonl` file, packed by gzip or not; `--id` to `--date` name the
//! fields of its lines. With no PATH it takes the stories that come with the crate.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::error::Error;
use std::process::ExitCode;

use command::say;
use reprint::index::HammingIndex;
use reprint::shingle::Shingler;
use reprint::sketch::SimHasher;

fn main() -> ExitCode {
    command::run(include_str!("nearest_ten.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let (shingler, hasher) = (Shingler::letters(), SimHasher::<u64>::default());
    let mut index = HammingIndex::new(3)?;
    let stories = corpus::Input::from_arguments()?.read()?;
    for story in &stories {
        index.insert(story.id(), &hasher.sketch(shingler.shingle(story.text()).as_slice()))?;
    }
    let first = stories.iter().next().ok_or("no stories")?;
    let mut found = Vec::new();
    index.nearest(&hasher.sketch(shingler.shingle(first.text()).as_slice()), 10, &mut found)?;
    for (id, distance) in found {
        say!("{distance:2} of 64 bits from {}: {id}", first.id());
    }
    Ok(())
}
