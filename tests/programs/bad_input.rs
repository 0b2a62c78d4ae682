//! What `find_reprints` says to input that it cannot use: a clear error, a status of its own, no panic.

use std::fs;

use crate::{example, folder};

#[track_caller]
fn refused(arguments: &[&str], mentions: &[&str]) {
    let output = example("find_reprints").args(arguments).output().unwrap();
    crate::refused(&output, mentions);
}

#[test]
fn an_empty_folder() {
    let folder = folder("empty");
    refused(&[folder.to_str().unwrap()], &["empty", "no .txt file"]);
}

#[test]
fn a_path_that_is_not_there() {
    refused(&["no-such-file.txt"], &["no-such-file.txt", "look at the path"]);
    refused(&["--on-disk", "no-such-file.jsonl"], &["no-such-file.jsonl", "look at the path"]);
    refused(&["no-such-file.jsonl"], &["no-such-file.jsonl", "look at the path"]);
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
        ("not-json", "id,text", "at column 1; each line is"),
        ("id-is-null", "{\"id\": null, \"text\": \"t\"}", "\"id\" is null: give a string or a number"),
        ("id-is-an-object", "{\"id\": {}, \"text\": \"t\"}", "\"id\" is {}: give a string or a number"),
        ("id-is-true", "{\"id\": true, \"text\": \"t\"}", "\"id\" is true: give a string or a number"),
        ("text-is-null", "{\"id\": \"a\", \"text\": null}", "\"text\" is null: give a string"),
        ("text-is-a-list", "{\"id\": \"a\", \"text\": [\"t\"]}", "\"text\" is [\"t\"]: give a string"),
        (
            "half-a-pair",
            "{\"id\": \"a\", \"text\": \"\\ud800\"}",
            "\"text\" is \"\\ud800\" (unexpected end of hex escape",
        ),
        ("no-such-day", "{\"id\": \"a\", \"text\": \"t\", \"date\": \"1900-02-29\"}", "no such day"),
        ("no-id", "{\"text\": \"t\"}", "no \"id\""),
        ("no-text", "{\"id\": \"a\"}", "no \"text\""),
        ("not-an-object", "[1]", "\"id\""),
        ("text-is-a-number", "{\"id\": \"a\", \"text\": 5}", "\"text\" is 5: give a string"),
        ("field-twice", "{\"id\": \"a\", \"text\": \"t\", \"id\": \"b\"}", "\"id\" is there twice"),
        ("date-is-none", "{\"id\": \"a\", \"text\": \"t\", \"date\": \"9.11.1864\"}", "9.11.1864"),
        ("source-is-a-list", "{\"id\": \"a\", \"text\": \"t\", \"source\": [1]}", "\"source\" is [1]"),
        ("more-behind", "{\"id\": \"a\", \"text\": \"t\"} {}", "trailing"),
        ("escape-in-id", "{\"id\": \"a\\u001b[2J\", \"text\": \"t\"}", "control character"),
        ("tab-in-id", "{\"id\": \"a\\tb\", \"text\": \"t\"}", "tab"),
        ("id-twice", "{\"id\": \"first\", \"text\": \"t\"}", "ids must be unique"),
    ] {
        let file = folder.join(format!("{name}.jsonl"));
        fs::write(&file, format!("{{\"id\": \"first\", \"text\": \"t\"}}\n\n{line}\n")).unwrap();
        // An id that no table can hold is found when all lines are read.
        let place = if ["tab", "control character"].contains(&mention) {
            format!("{name}.jsonl")
        } else {
            format!("{name}.jsonl:3")
        };
        refused(&[file.to_str().unwrap()], &[&place, mention]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8() {
    use std::os::unix::ffi::OsStrExt;

    let folder = folder("names");
    fs::write(folder.join(std::ffi::OsStr::from_bytes(b"\xfe.txt")), "one").unwrap();
    for options in [&[][..], &["--on-disk"]] {
        refused(
            &[options, &[folder.to_str().unwrap()]].concat(),
            &["the name is not UTF-8", "rename the file"],
        );
    }
}

#[test]
fn one_id_in_two_lines() {
    let folder = folder("same-file");
    let lines = folder.join("a.jsonl");
    fs::write(&lines, "{\"id\": \"x\", \"text\": \"one\"}\n\n{\"id\": \"x\", \"text\": \"two\"}\n").unwrap();
    let lines = lines.to_str().unwrap();
    refused(&[lines], &["\"x\"", "to document 0", "a.jsonl:3", "ids must be unique"]);
    refused(&["--on-disk", lines], &["\"x\"", "a.jsonl:1", "a.jsonl:3", "ids must be unique"]);
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
    refused(&["--tsv", "-"], &["-: ", "/dev/stdout"]);
    refused(&["--tsv", "/no/such/folder/out.tsv"], &["/no/such/folder/out.tsv", "look at the path"]);
}

#[test]
fn good_input_is_written_whole() {
    let folder = folder("good");
    let lines = folder.join("in.jsonl");
    let story = "the lighthouse keeper counted seventeen ships before the fog closed over the bay again";
    fs::write(&lines, format!("{{\"id\": 1, \"text\": \"{story}\"}}\n{{\"id\": \"x\", \"text\": \"\"}}\n{{\"id\": \"y\", \"text\": \"{story}!\"}}\n")).unwrap();
    let tsv = folder.join("out.tsv");
    let mut run = example("find_reprints");
    let run = run.args(["--preset", "web", "--tsv", tsv.to_str().unwrap(), lines.to_str().unwrap()]);
    let printed = crate::printed(run.output().unwrap());
    assert_eq!(fs::read_to_string(tsv).unwrap(), "1\t0\nx\t1\ny\t0\n");
    assert!(printed.contains("3 documents (1 empty)"), "{printed}");
}
