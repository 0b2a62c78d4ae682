//! The examples as programs that people keep: help, inputs of every kind, outputs that are whole and never an input.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Output, Stdio};

use crate::{example, folder, printed, refused};
use flate2::Compression;
use flate2::write::GzEncoder;

const STORY: &str = "the lighthouse keeper counted seventeen ships before the fog closed over the bay again";

fn find_reprints(arguments: &[&str]) -> Output {
    example("find_reprints").args(arguments).output().unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn packed(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn every_example_has_help() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut count = 0;
    for entry in fs::read_dir(examples).unwrap() {
        let source = entry.unwrap().path();
        if source.extension().is_some_and(|e| e == "rs") {
            let name = path(source.file_stem().unwrap().as_ref()).to_owned();
            let help = printed(example(&name).arg("--help").output().unwrap());
            assert!(help.contains(&format!("`{name}")), "{help}");
            count += 1;
        }
    }
    assert!(count >= 19, "{count}");
}

#[test]
fn folders_are_read_in_depth_and_files_may_be_packed() {
    let folder = folder("in-depth");
    fs::create_dir_all(folder.join("1864/november")).unwrap();
    fs::write(folder.join("a.txt"), STORY).unwrap();
    fs::write(folder.join("1864/b.TXT"), STORY).unwrap();
    fs::write(folder.join("1864/november/9.txt.gz"), packed(STORY)).unwrap();
    fs::write(folder.join("1864/notes.md"), "not read").unwrap();
    let tsv = folder.join("out.tsv");
    printed(find_reprints(&["--tsv", path(&tsv), path(&folder)]));
    assert_eq!(fs::read_to_string(&tsv).unwrap(), "1864/b\t0\n1864/november/9\t0\na\t0\n");

    let lines = folder.join("in.jsonl.gz");
    fs::write(&lines, packed(&format!("\u{feff}{{\"id\": 7, \"text\": \"{STORY}\"}}\n"))).unwrap();
    printed(find_reprints(&["--tsv", path(&tsv), path(&lines)]));
    assert_eq!(fs::read_to_string(&tsv).unwrap(), "7\t0\n");

    fs::write(folder.join("cut.txt.gz"), &packed(STORY)[..20]).unwrap();
    refused(&find_reprints(&[path(&folder)]), &["cut.txt.gz"]);
}

#[test]
fn fields_have_names_and_numbers_stay_as_they_are_written() {
    let folder = folder("fields");
    let lines = folder.join("in.jsonl");
    let ids = ["123456789012345678901234567890", "1.0", "1", "1e3", "-0", "\"1e3 \""];
    let line = |id: &&str| {
        format!(
            "{{\"doc\": {id}, \"body\": \"{STORY}\", \"paper\": \"Herald\", \"day\": \"1864-11-09\", \"text\": 5}}\n"
        )
    };
    fs::write(&lines, ids.iter().map(line).collect::<String>()).unwrap();
    let tsv = folder.join("out.tsv");
    let fields = ["--id", "doc", "--text", "body", "--source", "paper", "--date", "day"];
    printed(find_reprints(&[&fields[..], &["--tsv", path(&tsv), path(&lines)]].concat()));
    let table = fs::read_to_string(&tsv).unwrap();
    let found: Vec<&str> = table.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(found, ids.map(|id| id.trim_matches('"')));
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let folder = folder("inputs-stay");
    let file = |name: &str| folder.join(name);
    let all = ["a.txt", "a.md", "a.TXT", "a.jsonl", "a"];
    let text = format!("{{\"id\": \"a\", \"text\": \"{STORY}\"}}\n");
    for name in all {
        fs::write(file(name), &text).unwrap();
        refused(&find_reprints(&["--tsv", path(&file(name))]), &[name, "is there already"]);
    }
    // A table that is an input, and names that lead to one.
    fs::write(file("in.tsv"), &text).unwrap();
    for (number, name) in (0..).zip(["in.tsv", "a.txt"]) {
        let link = file(&format!("link{number}.tsv"));
        #[cfg(unix)]
        std::os::unix::fs::symlink(file(name), &link).unwrap();
        let hard = file(&format!("hard{number}.tsv"));
        fs::hard_link(file(name), &hard).unwrap();
        for output in [&file(name), &link, &hard] {
            refused(&find_reprints(&["--tsv", path(output), path(&file(name))]), &["is what is read"]);
        }
    }
    refused(&find_reprints(&["--tsv", path(&file("link1.tsv"))]), &["link1.tsv", "is there already"]);
    for name in all.iter().chain(&["in.tsv"]) {
        assert_eq!(fs::read_to_string(file(name)).unwrap(), text, "{name}");
    }
}

#[test]
fn outputs_are_whole_and_apart() {
    let folder = folder("outputs");
    let (tsv, same) = (folder.join("out.tsv"), folder.join("../outputs/out.tsv"));
    refused(&find_reprints(&["--tsv", path(&tsv), "--json", path(&same)]), &["two outputs"]);
    refused(&find_reprints(&["--tsv", path(&folder)]), &["is a folder"]);
    assert!(!tsv.exists());

    // What was there stays where the new one cannot be finished, and the new one takes the place of all of it.
    fs::write(&tsv, "old\n".repeat(10_000)).unwrap();
    if Path::new("/dev/full").exists() {
        refused(&find_reprints(&["--tsv", path(&tsv), "--json", "/dev/full"]), &["/dev/full", "No space"]);
        refused(&find_reprints(&["--tsv", "/dev/full"]), &["/dev/full", "No space"]);
        let run = example("find_reprints").stdout(fs::File::create("/dev/full").unwrap()).output().unwrap();
        refused(&run, &["standard output", "No space"]);
    }
    printed(find_reprints(&["--tsv", path(&tsv)]));
    assert_eq!(fs::read_to_string(&tsv).unwrap().lines().count(), 8);
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["out.tsv"], "something is left behind");
}

#[test]
fn a_reader_may_stop_early() {
    for (name, arguments) in [
        ("find_reprints", &[][..]),
        ("cut_repeats", &["--length", "10", "--jsonl"]),
        ("explain_match", &["examples/stories/harbour-gazette.txt", "examples/stories/northern-post.txt"]),
        ("choose_threshold", &[]),
        ("nearest_ten", &[]),
    ] {
        let mut run = example(name);
        let run = run.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut run = run.spawn().unwrap();
        drop(run.stdout.take());
        let mut message = String::new();
        run.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        assert!(run.wait().unwrap().success() && !message.contains("panicked"), "{name}: {message}");
    }
}

#[test]
fn a_terminal_does_not_act_on_texts() {
    let folder = folder("escapes");
    let hostile = format!("\u{1b}]0;owned\u{7}\u{9b}2J \u{202e}{STORY}\r\n");
    for name in ["a.txt", "b.txt"] {
        fs::write(folder.join(name), format!("{hostile}{name}")).unwrap();
    }
    let (a, b) = (folder.join("a.txt"), folder.join("b.txt"));
    let twice = folder.join("twice.md");
    let long = include_str!("../../examples/stories/harbour-gazette.txt");
    fs::write(&twice, format!("{hostile}{long}\nSeen elsewhere, too:\n{hostile}{long}")).unwrap();
    for run in [
        find_reprints(&[path(&folder)]),
        example("explain_match").args([&a, &b]).output().unwrap(),
        example("find_repeats").arg(&twice).output().unwrap(),
        example("cut_repeats").args(["--length", "20"]).arg(&folder).output().unwrap(),
    ] {
        let printed = printed(run);
        let acts = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
        assert!(!printed.contains(acts), "{printed:?}");
        assert!(printed.contains("owned"), "{printed}");
    }
    let named = folder.join("\u{1b}[2J.jsonl");
    fs::write(&named, "{").unwrap();
    let message = find_reprints(&[path(&named)]).stderr;
    assert!(!message.contains(&0x1b), "{}", String::from_utf8_lossy(&message));
}

#[test]
fn clusters_are_counted_from_one_on_and_tables_say_their_number() {
    let out = folder("numbers").join("out.tsv");
    let numbers = |arguments: &[&str]| {
        let printed = printed(find_reprints(arguments));
        let headings = printed.lines().filter(|line| line.starts_with("Cluster ")).map(str::to_owned);
        headings.collect::<Vec<_>>()
    };
    assert_eq!(numbers(&[]), ["Cluster 1: 3 documents", "Cluster 2: 2 documents"]);
    let found = numbers(&["--tsv", path(&out)]);
    let table = fs::read_to_string(&out).unwrap();
    for (heading, member) in found.iter().zip(["old-scan", "valley-herald"]) {
        let row = table.lines().find(|row| row.starts_with(member)).unwrap();
        let number = row.split('\t').next_back().unwrap();
        assert!(heading.contains(&format!("({number} in the tables)")), "{heading}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_table_goes_through_a_pipe() {
    let printed = printed(find_reprints(&["--tsv", "/dev/stdout"]));
    assert!(printed.contains("\nbridge-follow-up\t0\n"), "{printed}");
}

/// Lines for `archive listen`, and what the answer names.
const WRONG: [(&str, &str); 6] = [
    ("{\"ask\": \"t\", \"source\": 5}", "source"),
    ("{\"ask\": \"t\", \"date\": 20240101}", "date"),
    ("{\"ask\": \"t\", \"date\": \"2024-02-30\"}", "no such day"),
    ("{\"ask\": \"t\", \"date\": \"2024-02-03\", \"days\": -1}", "days"),
    ("{\"ask\": \"t\", \"dat\": \"2024-02-03\"}", "dat"),
    ("{\"ask\": \"t\", \"remove\": \"a\"}", "one of"),
];

#[test]
fn a_line_that_is_wrong_is_answered_and_the_next_one_too() {
    let folder = folder("listen");
    let mut run = example("archive");
    let run = run.arg(path(&folder.join("kept"))).arg("listen");
    let mut run = run.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let add = format!("{{\"add\": {{\"id\": \"a\", \"text\": \"{STORY}\"}}}}\n");
    let mut lines = b"\xff\xfe\nnot json\n{\"ask\": 5}\n".to_vec();
    lines.extend(add.as_bytes());
    // Nothing is left out in silence.
    for (wrong, _) in WRONG {
        writeln!(lines, "{wrong}").unwrap();
    }
    lines.extend(b"{\"add\": {\"id\": 123456789012345678901234567890, \"text\": \"t\"}}\n");
    lines.extend(b"{\"cluster_of\": \"123456789012345678901234567890\"}\n");
    run.stdin.take().unwrap().write_all(&lines).unwrap();
    let answers = printed(run.wait_with_output().unwrap());
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), 4 + WRONG.len() + 2, "{answers:?}");
    assert!(answers[0].contains("error") && answers[0].contains("not UTF-8"), "{}", answers[0]);
    assert!(answers[1].contains("error") && answers[2].contains("error"), "{answers:?}");
    assert_eq!(answers[3], "{\"added\":1}");
    for (answer, (wrong, mention)) in answers[4..].iter().zip(WRONG) {
        assert!(answer.contains("error") && answer.contains(mention), "{wrong}: {answer}");
    }
    assert!(answers[answers.len() - 1].contains("123456789012345678901234567890"), "{answers:?}");
}

#[cfg(unix)]
#[test]
fn nobody_waits_for_a_pipe_without_a_writer() {
    let folder = folder("pipes");
    let pipe = folder.join("a.txt");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    refused(&find_reprints(&[path(&folder)]), &["a.txt", "is no file"]);
    let fields = reprint::corpus::Fields::default();
    let error = reprint::corpus::JsonLines::open(&pipe, &fields).unwrap_err().to_string();
    assert!(error.contains("a.txt") && error.contains("pipe"), "{error}");
}

#[test]
fn sizes_of_nothing() {
    refused(&example("growth").arg("0").output().unwrap(), &["0 documents"]);
}

#[test]
fn an_index_that_is_none_is_not_lost() {
    let folder = folder("index");
    let (index, text) = (folder.join("kept"), folder.join("a.txt"));
    fs::write(&text, STORY).unwrap();
    let keep = |index: &Path, id: &str| {
        let mut run = example("keep_an_index");
        run.args([path(index), id, path(&text)]).output().unwrap()
    };
    assert!(printed(keep(&index, "first")).contains("of 0 stories"));
    assert!(printed(keep(&index, "again")).contains("of 1 stories, 1 may be copies"));
    refused(&keep(&text, "x"), &["a.txt", "`MinHash` index"]);
    assert_eq!(fs::read_to_string(&text).unwrap(), STORY);
}
