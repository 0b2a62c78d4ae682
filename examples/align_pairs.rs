//! Which sections do these pairs of texts share? `align_pairs DOCS.jsonl PAIRS.tsv`
//!
//! PAIRS.tsv holds two ids a line, with a tab between them; what follows a second tab is passed over. Prints a line for
//! each section, with tabs: the two ids, where the section begins in the first text and how long it is there, and
//! the same in the second, all in Unicode characters. Standard error says how long it took.

#[path = "command/mod.rs"]
#[allow(unused_imports, reason = "this one writes its lines itself")]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::Range;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use reprint::verify::Aligner;

fn main() -> ExitCode {
    command::run(include_str!("align_pairs.rs"), || {
        let paths: Vec<String> = std::env::args().skip(1).collect();
        match &paths[..] {
            [documents, pairs] => align_pairs(documents, pairs),
            _ => Err("usage: align_pairs DOCS.jsonl PAIRS.tsv".into()),
        }
    })
}

fn align_pairs(documents: &str, pairs: &str) -> Result<(), Box<dyn std::error::Error>> {
    let documents = corpus::read(&[documents.to_owned()])?;
    let texts: HashMap<&str, &str> = documents.iter().map(|d| (d.id(), d.text())).collect();
    let text = |line: usize, id: &str| {
        texts.get(id).copied().ok_or_else(|| format!("{pairs}:{line}: no document has the id {id:?}"))
    };
    let table = std::fs::read_to_string(pairs).map_err(|error| reprint::Error::io(pairs, &error))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (mut aligner, mut took, mut count) = (Aligner::default(), Duration::ZERO, 0);
    for (line, row) in (1..).zip(table.lines()).filter(|(_, row)| !row.is_empty()) {
        let mut fields = row.split('\t');
        let (Some(a), Some(b)) = (fields.next(), fields.next()) else {
            return Err(format!("{pairs}:{line}: not two ids with a tab between them: {row:?}").into());
        };
        let (x, y) = (text(line, a)?, text(line, b)?);
        let start = Instant::now();
        let alignment = aligner.align(x, y)?;
        took += start.elapsed();
        count += 1;
        for passage in &alignment.passages {
            let ([from, length], [other_from, other_length]) =
                (characters(x, &passage.a), characters(y, &passage.b));
            writeln!(out, "{a}\t{b}\t{from}\t{length}\t{other_from}\t{other_length}")?;
        }
    }
    out.flush()?;
    eprintln!("{count} pairs in {took:.2?}");
    Ok(())
}

/// Where a range of bytes begins, and how long it is, in characters.
fn characters(text: &str, bytes: &Range<usize>) -> [usize; 2] {
    let count = |range: Range<usize>| text.get(range).map_or(0, |part| part.chars().count());
    [count(0..bytes.start), count(bytes.clone())]
}
