//! An index that outlives its program: which earlier texts may this one be a copy of?
//!
//! `keep_an_index INDEX ID TEXT.txt`
//!
//! Compares a text with those of earlier runs, and puts it into INDEX, which the first run makes.

#[path = "command/mod.rs"]
mod command;
#[path = "output/mod.rs"]
#[allow(dead_code, reason = "other examples write several files")]
mod output;

use command::say;
use output::Output;
use reprint::codec::Stored;
use reprint::index::{Banding, MinHashIndex};
use reprint::shingle::Shingler;
use reprint::sketch::MinHasher;
use std::error::Error;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    command::run(include_str!("keep_an_index.rs"), run)
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, id, text] = arguments.as_slice() else {
        return Err("usage: keep_an_index INDEX ID TEXT.txt".into());
    };
    let hasher = MinHasher::default();
    let mut index = match fs::read(file) {
        Ok(bytes) => {
            MinHashIndex::<String>::from_bytes(&bytes).map_err(|error| format!("{file}: {error}"))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            MinHashIndex::new(hasher.params(), Banding::for_recall(0.6, 0.95, 128)?)?
        }
        Err(error) => return Err(reprint::Error::io(file, &error).into()),
    };
    let text = fs::read_to_string(text).map_err(|error| reprint::Error::io(text, &error))?;
    let signature = hasher.sketch(Shingler::words(3)?.shingle(&text).as_slice());
    index.remove(id);
    let mut found = Vec::new();
    index.query(&signature, &mut found)?;
    say!("{id}: of {} stories, {} may be copies: {found:?}", index.len(), found.len());
    index.insert(id.clone(), &signature)?;
    Ok(Output::new(file)?.write(|out| out.write_all(&index.to_bytes()))?)
}
