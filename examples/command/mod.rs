//! How every example begins and ends: `--help`, what it prints, and its errors.

use std::error::Error;
use std::fmt::Arguments;
use std::io::{self, Write};
use std::process::{ExitCode, exit};

/// Prints a line. Unlike `println!` it does not panic where the reader has gone, and control characters of ids and texts
/// stay data: a terminal does not act on them.
macro_rules! say {
    () => { crate::command::print(format_args!("\n")) };
    ($($part:tt)*) => { crate::command::print(format_args!("{}\n", format_args!($($part)*))) };
}
pub(crate) use say;

/// Runs an example, whose source says in its first lines what `--help` prints.
pub(crate) fn run(source: &str, work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    if arguments
        .take_while(|argument| argument != "--")
        .any(|argument| argument == "--help" || argument == "-h")
    {
        for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
            say!("{}", line.strip_prefix(' ').unwrap_or(line));
        }
        return ExitCode::SUCCESS;
    }
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output may stop early.
        Err(error) if error.downcast_ref().is_some_and(is_broken_pipe) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to say it to where this fails.
            let _ = writeln!(io::stderr(), "{}: {}", env!("CARGO_BIN_NAME"), plain(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Prints a text; ends the program where it cannot be printed.
pub(crate) fn print(text: Arguments<'_>) {
    match io::stdout().write_all(plain(&text.to_string()).as_bytes()) {
        Ok(()) => {}
        Err(error) if is_broken_pipe(&error) => exit(0),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{}: standard output: {error}", env!("CARGO_BIN_NAME"));
            exit(2);
        }
    }
}

/// A text in which control characters other than tabs and line breaks, and those that turn the direction of writing,
/// are written as escapes: `\u{1b}`.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if turns || (c.is_control() && c != '\n' && c != '\t') {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    plain
}
