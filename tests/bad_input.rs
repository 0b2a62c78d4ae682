//! What `find_reprints` says to input that it cannot use: a clear error, a status of its own, no panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn find_reprints(arguments: &[&str]) -> Output {
    let features: &[&str] = if cfg!(feature = "rayon") { &[] } else { &["--no-default-features"] };
    Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "find_reprints"])
        .args(features)
        .arg("--")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

/// A folder of its own for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Asserts that the run fails and that its message names each of `mentions`.
#[track_caller]
fn refused(arguments: &[&str], mentions: &[&str]) {
    let output = find_reprints(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    for mention in mentions {
        assert!(message.contains(mention), "no {mention:?} in: {message}");
    }
}

#[test]
fn an_empty_folder() {
    let folder = folder("empty");
    refused(&[folder.to_str().unwrap()], &["empty", "no .txt file"]);
}

#[test]
fn a_path_that_is_not_there() {
    refused(&["no-such-file.txt"], &["no-such-file.txt"]);
}

#[test]
fn a_file_that_is_not_utf8() {
    let folder = folder("latin1");
    fs::write(folder.join("good.txt"), "good").unwrap();
    fs::write(folder.join("bad.txt"), b"line one\ncaf\xe9").unwrap();
    refused(&[folder.to_str().unwrap()], &["bad.txt:2", "not UTF-8"]);
}

#[test]
fn lines_that_are_not_documents() {
    let folder = folder("lines");
    for (name, line, mention) in [
        ("cut", "{\"id\": \"a\", \"text", "EOF"),
        ("no-id", "{\"text\": \"t\"}", "\"id\""),
        ("no-text", "{\"id\": \"a\"}", "\"text\""),
        ("not-an-object", "[1]", "\"id\""),
        ("text-is-a-number", "{\"id\": \"a\", \"text\": 5}", "\"text\""),
        ("tab-in-id", "{\"id\": \"a\\tb\", \"text\": \"t\"}", "tab"),
        ("id-twice", "{\"id\": \"first\", \"text\": \"t\"}", "ids must be unique"),
    ] {
        let file = folder.join(format!("{name}.jsonl"));
        fs::write(&file, format!("{{\"id\": \"first\", \"text\": \"t\"}}\n\n{line}\n")).unwrap();
        // An id that no table can hold is found when all lines are read.
        let place = if mention == "tab" { format!("{name}.jsonl") } else { format!("{name}.jsonl:3") };
        refused(&[file.to_str().unwrap()], &[&place, mention]);
    }
}

#[test]
fn one_id_in_two_files() {
    let folder = folder("twice");
    fs::write(folder.join("a.txt"), "one").unwrap();
    fs::write(folder.join("b.jsonl"), "{\"id\": \"a\", \"text\": \"two\"}").unwrap();
    let (folder, lines) = (folder.to_str().unwrap(), folder.join("b.jsonl"));
    refused(&[folder, lines.to_str().unwrap()], &["\"a\"", "ids must be unique", "b.jsonl:1"]);
}

#[test]
fn options_that_mean_nothing() {
    refused(&["--preset", "wbe"], &["wbe", "wire, web or strict"]);
    refused(&["--threshold", "2"], &["threshold", "2"]);
    refused(&["--threshold", "much"], &["much"]);
    refused(&["--frobnicate"], &["frobnicate"]);
    refused(&["--tsv", "/no/such/folder/out.tsv"], &["/no/such/folder/out.tsv"]);
}

#[test]
fn good_input_is_written_whole() {
    let folder = folder("good");
    let lines = folder.join("in.jsonl");
    let story = "the lighthouse keeper counted seventeen ships before the fog closed over the bay again";
    fs::write(&lines, format!("{{\"id\": 1, \"text\": \"{story}\"}}\n{{\"id\": \"x\", \"text\": \"\"}}\n{{\"id\": \"y\", \"text\": \"{story}!\"}}\n")).unwrap();
    let tsv = folder.join("out.tsv");
    let output = find_reprints(&["--preset", "web", "--tsv", tsv.to_str().unwrap(), lines.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(tsv).unwrap(), "1\t0\nx\t1\ny\t0\n");
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 documents (1 empty)"));
}
