//! The examples as programs that people keep: help, inputs of every kind, outputs that are whole and never an input.

mod programs;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use programs::{example, folder, printed, refused};

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
    for run in [
        find_reprints(&[path(&folder)]),
        example("explain_match").args([&a, &b]).output().unwrap(),
        example("find_repeats").arg(&a).output().unwrap(),
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
