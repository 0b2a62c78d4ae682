//! Why do these two texts match? `explain_match A B`
//!
//! Prints the two files side by side: `=` marks the passages that both have, `<` what only the first has, `>` what
//! only the second has. Below a passage stand its words that differ, by the same marks, `~` those that are misread or
//! spelled otherwise, `!` those that have others in their place. In colour where the output is a terminal and `NO_COLOR` is not set.

#[path = "command/mod.rs"]
#[allow(unused_imports, reason = "this one writes its lines itself")]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use command::plain;
use reprint::verify::{Change, Difference, align, differences};

fn main() -> ExitCode {
    command::run(include_str!("explain_match.rs"), || {
        let paths: Vec<String> = env::args().skip(1).collect();
        match &paths[..] {
            [a, b] => explain(a, b),
            _ => Err("usage: explain_match A B".into()),
        }
    })
}

fn explain(a: &str, b: &str) -> Result<(), Box<dyn std::error::Error>> {
    let read = |path: &str| match &corpus::read(&[path.to_owned()])?.into_iter().collect::<Vec<_>>()[..] {
        [document] => Ok(document.text().to_owned()),
        documents => Err(format!("{path}: {} documents; give a file that holds one", documents.len())),
    };
    let texts = [read(a)?, read(b)?];
    let alignment = align(&texts[0], &texts[1])?;
    let mut out = io::stdout().lock();
    let colour = out.is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let width = env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).unwrap_or(100_usize);
    let row = |out: &mut io::StdoutLock<'_>, mark: char, left: &str, right: &str| -> io::Result<()> {
        let column = (width.saturating_sub(3) / 2).max(20);
        let (left, right) = (wrapped(left, column), wrapped(right, column));
        let (on, off) = match mark {
            '<' if colour => ("\x1b[31m", "\x1b[0m"),
            '>' if colour => ("\x1b[32m", "\x1b[0m"),
            _ => ("", ""),
        };
        for i in 0..left.len().max(right.len()) {
            let [left, right] = [&left, &right].map(|lines| lines.get(i).map_or("", String::as_str));
            writeln!(out, "{on}{left:column$} {mark} {right}{off}")?;
        }
        Ok(())
    };

    let mut differences = differences(&texts[0], &texts[1], &alignment)?;
    let show = |out: &mut io::StdoutLock<'_>, d: &Difference| {
        let mark = match d.change {
            Change::LeftOut => '<',
            Change::Added => '>',
            Change::Misread => '~',
            Change::Replaced => '!',
        };
        row(out, mark, &texts[0][d.a.clone()], &texts[1][d.b.clone()])
    };
    for (number, passage) in alignment.passages.iter().enumerate() {
        let before = |d: &mut Difference| {
            d.passage.is_none()
                && match d.change {
                    Change::LeftOut => d.a.end <= passage.a.start,
                    _ => d.b.end <= passage.b.start,
                }
        };
        for alone in differences.extract_if(.., before) {
            show(&mut out, &alone)?;
        }
        row(&mut out, '=', &texts[0][passage.a.clone()], &texts[1][passage.b.clone()])?;
        for inside in differences.iter().filter(|d| d.passage == Some(number)) {
            show(&mut out, inside)?;
        }
    }
    differences.iter().filter(|d| d.passage.is_none()).try_for_each(|d| show(&mut out, d))?;

    for (path, covered, letters, coverage) in [
        (a, alignment.coverage.covered_of_a, alignment.coverage.letters_of_a, alignment.coverage_of_a()),
        (b, alignment.coverage.covered_of_b, alignment.coverage.letters_of_b, alignment.coverage_of_b()),
    ] {
        writeln!(out, "{path}: shares {covered} of {letters} letters ({:.0} %)", 100.0 * coverage)?;
    }
    let (passages, noise) = (alignment.passages.len(), 100.0 * alignment.coverage.noise);
    writeln!(out, "{passages} shared passages; {noise:.1} % of their letters differ")?;
    Ok(())
}

/// The words of a text in lines of at most `width` characters; a longer word is broken.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    // What it says is shown, and no terminal acts on it.
    let text = &plain(text);
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        } else if used > 0 {
            lines.last_mut().into_iter().for_each(|line| line.push(' '));
            used += 1;
        }
        for c in word.chars() {
            if used == width {
                lines.push(String::new());
                used = 0;
            }
            lines.last_mut().into_iter().for_each(|line| line.push(c));
            used += 1;
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}
