//! Why do these two texts match? `explain_match A B`
//!
//! Prints the two files side by side: `=` marks the passages that both have, `<` what only the first has, `>` what
//! only the second has; in colour where the output is a terminal and `NO_COLOR` is not set.

#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;

use std::env;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;
use std::process::ExitCode;

use reprint::verify::align;

fn main() -> ExitCode {
    let paths: Vec<String> = env::args().skip(1).collect();
    let explained = match &paths[..] {
        [a, b] => explain(a, b),
        _ => Err("usage: explain_match A B".into()),
    };
    match explained {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output may stop early.
        Err(error) if error.downcast_ref().is_some_and(is_broken_pipe) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("explain_match: {error}");
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
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
    let mut row = |mark: char, left: &str, right: &str| -> io::Result<()> {
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

    let spans = |side: fn(&reprint::verify::Passage) -> &Range<usize>| {
        let mut spans: Vec<Range<usize>> = alignment.passages.iter().map(|p| side(p).clone()).collect();
        spans.sort_by_key(|span| (span.start, span.end));
        spans
    };
    let mut alone = [gaps(&texts[0], &spans(|p| &p.a)), gaps(&texts[1], &spans(|p| &p.b))];
    for passage in &alignment.passages {
        for span in alone[0].extract_if(.., |gap| gap.end <= passage.a.start) {
            row('<', &texts[0][span], "")?;
        }
        for span in alone[1].extract_if(.., |gap| gap.end <= passage.b.start) {
            row('>', "", &texts[1][span])?;
        }
        row('=', &texts[0][passage.a.clone()], &texts[1][passage.b.clone()])?;
    }
    alone[0].drain(..).try_for_each(|span| row('<', &texts[0][span], ""))?;
    alone[1].drain(..).try_for_each(|span| row('>', "", &texts[1][span]))?;

    for (path, covered, letters, coverage) in [
        (a, alignment.covered_of_a, alignment.letters_of_a, alignment.coverage_of_a()),
        (b, alignment.covered_of_b, alignment.letters_of_b, alignment.coverage_of_b()),
    ] {
        writeln!(out, "{path}: shares {covered} of {letters} letters ({:.0} %)", 100.0 * coverage)?;
    }
    let (passages, noise) = (alignment.passages.len(), 100.0 * alignment.noise);
    writeln!(out, "{passages} shared passages; {noise:.1} % of their letters differ")?;
    Ok(())
}

/// What lies between these spans, which are in order.
fn gaps(text: &str, spans: &[Range<usize>]) -> Vec<Range<usize>> {
    let (mut gaps, mut at) = (Vec::new(), 0);
    for span in spans.iter().cloned().chain(std::iter::once(text.len()..text.len())) {
        if span.start > at && !text[at..span.start].trim().is_empty() {
            gaps.push(at..span.start);
        }
        at = at.max(span.end);
    }
    gaps
}

/// The words of a text in lines of at most `width` characters; a longer word is broken.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
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
