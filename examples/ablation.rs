//! What does each rule of the `wire` preset add, and how flat are its constants?
//!
//! `ablation [--flat] [--check] [PATH...]`
//!
//! PATH is a labelled set: a folder with `docs.jsonl` and `gold.tsv` (`id<TAB>cluster` a line). With no PATH the sets are
//! made: scans of one story among others, cut and misread copies, round-ups, quotes and edited copies. Prints the adjusted
//! Rand index of each set with all rules and without each; with `--flat`, too, with each constant at half to twice its
//! value.
//!
//! It measures the code itself, and the code has no switches: a copy of it is made under `target/ablation`, in which the
//! constants named here are read when the program starts, and is built with the profile `quick`. With `--check` it only
//! looks whether all the constants are there.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;
mod scores;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use command::say;
use generated::Language;
use scores::Gold;

type Failure = Box<dyn Error>;

/// A constant by its file, without `src/` and `.rs`, and its name; and another value.
type Setting = (&'static str, &'static str, f64);

const NEVER: f64 = 1e9;

/// The rules, and what makes each say nothing.
const RULES: &[(&str, &[Setting])] = &[
    ("boilerplate", &[("corpus/measure", "BLOCK", NEVER), ("corpus/measure", "BLOCK_OF_FEW", NEVER)]),
    (
        "forms, by the pair and by many",
        &[("verify/forms", "PRIOR", NEVER), ("cluster/findings", "ON_FORM", NEVER)],
    ),
    ("forms by many", &[("cluster/findings", "ON_FORM", NEVER)]),
    (
        "the places of slots, in forms by many",
        &[("cluster/findings", "IN_SLOTS", 0.0), ("cluster/findings", "OF_PAIR", 0.0)],
    ),
    ("letters off for other words", &[("verify/score", "OTHER_WORD", 0.0)]),
    ("words, in abjads", &[("verify/score", "WORDS", NEVER)]),
    (
        "scans, in score and linkage",
        &[
            ("verify/score", "CLEAN", 9.0),
            ("verify/score", "SCAN", 10.0),
            ("cluster/linkage", "CLEAN", 9.0),
            ("cluster/linkage", "NOISY", 10.0),
        ],
    ),
    ("scans, in linkage", &[("cluster/linkage", "CLEAN", 9.0), ("cluster/linkage", "NOISY", 10.0)]),
    (
        "letters enough to tell a scan",
        &[("verify/score", "FEW_LETTERS", -1.0), ("verify/score", "ENOUGH_LETTERS", 0.0)],
    ),
    ("chains that grow in scans", &[("verify/align/mod", "SCANNED", NEVER)]),
    ("letters added to the length", &[("verify/score", "SLACK", 0.0)]),
    ("more weight to the shorter text", &[("verify/score", "SHORTER", 0.5)]),
    ("bridges", &[("cluster/bridges", "PART", -1.0)]),
    ("members' word in linkage", &[("cluster/linkage", "MEAN", 0.0)]),
];

/// The constants whose flatness is measured.
const CONSTANTS: &[(&str, &str)] = &[
    ("verify/score", "PASSAGE"),
    ("verify/score", "WORDS"),
    ("verify/score", "SHORT"),
    ("verify/score", "LONG"),
    ("verify/score", "OTHER_WORD"),
    ("verify/score", "WEAK"),
    ("verify/score", "CLEAN"),
    ("verify/score", "SCAN"),
    ("verify/score", "FEW_LETTERS"),
    ("verify/score", "ENOUGH_LETTERS"),
    ("verify/score", "LIFT"),
    ("verify/score", "SHORTER"),
    ("verify/score", "SLACK"),
    ("verify/forms", "OTHER"),
    ("verify/forms", "MISREAD"),
    ("verify/forms", "SOLID"),
    ("verify/forms", "COVERED"),
    ("verify/forms", "NARROW"),
    ("verify/forms", "FIGURE"),
    ("verify/forms", "WORD"),
    ("verify/forms", "WORDS_TO_A_FIGURE"),
    ("verify/forms", "SAME_FIGURE"),
    ("verify/forms", "MISREAD_WORD"),
    ("verify/forms", "HUNDRED_LETTERS"),
    ("verify/forms", "PRIOR"),
    ("verify/forms", "WORD_OF_MANY"),
    ("verify/forms", "KNOWN"),
    ("verify/forms", "WHOLE"),
    ("verify/forms", "SURE"),
    ("verify/forms", "FORM"),
    ("verify/forms", "CLEAN"),
    ("verify/forms", "SCAN"),
    ("cluster/findings", "ON_FORM"),
    ("cluster/findings", "RECURRING"),
    ("cluster/findings", "IN_SLOTS"),
    ("cluster/findings", "OF_PAIR"),
    ("cluster/bridges", "WHOLE"),
    ("cluster/bridges", "PART"),
    ("cluster/bridges", "COMMON"),
    ("cluster/bridges", "MORE"),
    ("cluster/linkage", "MEAN"),
    ("cluster/linkage", "CLEAN"),
    ("cluster/linkage", "NOISY"),
    ("cluster/linkage", "SURE"),
    ("cluster/linkage", "CAP"),
];
const FACTORS: [f64; 6] = [0.5, 0.8, 0.9, 1.1, 1.25, 2.0];

/// What the copy has beside the code: it prints the clusters of each file of JSON lines.
const PROGRAM: &str = r#"//! Prints the cluster of each text of some files.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let corpus = reprint::corpus::JsonLines::open(&path, &reprint::corpus::Fields::default())?;
        let report = reprint::Finder::preset(reprint::Preset::Wire).run_on(&corpus)?;
        for document in 0..reprint::corpus::Corpus::len(&corpus) as u32 {
            println!("{}", report.clusters().of(reprint::DocId(document)).map_or(-1, |cluster| cluster as i64));
        }
    }
    Ok(())
}
"#;

/// What the copy's constants are read by.
const READ: &str = r#"
pub(crate) fn constant(name: &str, value: f64) -> f64 {
    static SET: std::sync::OnceLock<Vec<(String, f64)>> = std::sync::OnceLock::new();
    let set = SET.get_or_init(|| {
        let all = std::env::var("REPRINT_CONSTANTS").unwrap_or_default();
        let one = |item: &str| item.split_once('=').map(|(name, x)| (name.to_owned(), x.parse().unwrap_or(f64::NAN)));
        all.split(',').filter_map(one).collect()
    });
    set.iter().find(|(set, _)| set == name).map_or(value, |&(_, value)| value)
}
"#;

fn main() -> ExitCode {
    command::run(include_str!("ablation.rs"), run)
}

fn run() -> Result<(), Failure> {
    use lexopt::prelude::*;
    let (mut flat, mut check, mut folders) = (false, false, Vec::new());
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("flat") => flat = true,
            Long("check") => check = true,
            Value(path) => folders.push(PathBuf::from(path)),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let copy = Copy::make()?;
    if check {
        say!("{} constants are there", copy.values.len());
        return Ok(());
    }
    let sets = if folders.is_empty() {
        made(&copy.folder)?
    } else {
        folders.iter().map(|folder| Set::read(folder)).collect::<Result<_, _>>()?
    };
    let program = copy.build()?;
    let names: Vec<&str> = sets.iter().map(|set| &*set.name).collect();
    say!("| without | {} |", names.join(" | "));
    say!("|---|{}", "---|".repeat(sets.len()));
    let whole = measure(&program, &sets, &[])?;
    print("nothing: as it is", &whole, None);
    for (rule, settings) in RULES {
        print(rule, &measure(&program, &sets, settings)?, Some(&whole));
    }
    if flat {
        say!("\n| constant | value | times | {} |", names.join(" | "));
        say!("|---|---|---|{}", "---|".repeat(sets.len()));
        for &(file, name) in CONSTANTS {
            let value = copy.values[&(file, name)];
            for factor in FACTORS {
                let found = measure(&program, &sets, &[(file, name, factor * value)])?;
                print(&format!("`{file}` {name} | {value} | {factor}"), &found, Some(&whole));
            }
        }
    }
    Ok(())
}

/// Prints a row; what is the same as in another one, as a dash.
fn print(name: &str, scores: &[f64], as_in: Option<&[f64]>) {
    let cell = |(i, score): (usize, &f64)| match as_in {
        Some(others) if (others[i] - score).abs() < 5e-5 => "–".to_owned(),
        _ => format!("{score:.4}"),
    };
    say!("| {name} | {} |", scores.iter().enumerate().map(cell).collect::<Vec<_>>().join(" | "));
}

struct Set {
    name: String,
    path: PathBuf,
    /// The ids, in the order of the file.
    ids: Vec<String>,
    gold: Gold,
}

impl Set {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("docs.jsonl");
        let documents = corpus::read(&[path.display().to_string()])?;
        let ids = documents.iter().map(|document| document.id().to_owned()).collect();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, path, ids, gold: Gold::read(folder)? })
    }

    fn score(&self, clusters: &[i64]) -> f64 {
        let of: HashMap<&str, i64> =
            self.ids.iter().map(String::as_str).zip(clusters.iter().copied()).collect();
        // A document without letters is in no cluster.
        let mut alone = usize::MAX / 2;
        let number = |(id, _): &(String, String)| {
            of.get(&**id).and_then(|&cluster| usize::try_from(cluster).ok()).unwrap_or_else(|| {
                alone += 1;
                alone
            })
        };
        let predicted: Vec<usize> = self.gold.clusters.iter().map(number).collect();
        self.gold.score(&predicted).ari
    }
}

/// Generated sets, written to files.
fn made(folder: &Path) -> Result<Vec<Set>, Failure> {
    let language = Language::new();
    let sets = [
        ("scans, made", generated::scans(&language, 100)),
        ("archive, made", generated::archive(&language, 1_000)),
        ("sites, made", generated::furniture(&language, 400, 300, 200)),
        ("round-ups, made", generated::round_ups(&language, 20, 1)),
        ("quotes, made", generated::quotes(&language, 20, 5, 170)),
        ("edited, made", generated::edited(&language, 20)),
    ];
    let write = |(name, corpus): (&str, generated::Corpus)| -> Result<Set, Failure> {
        let (mut lines, mut gold) = (String::new(), String::new());
        for (id, (text, label)) in corpus.texts.iter().zip(&corpus.labels).enumerate() {
            writeln!(lines, "{}", serde_json::json!({ "id": id.to_string(), "text": text }))?;
            writeln!(gold, "{id}\t{label}")?;
        }
        let path = folder.join(format!("{name}.jsonl"));
        fs::write(&path, lines)?;
        let ids = (0..corpus.texts.len()).map(|id| id.to_string()).collect();
        Ok(Set { name: name.to_owned(), path, ids, gold: Gold::parse(&gold, "")? })
    };
    sets.into_iter().map(write).collect()
}

/// The adjusted Rand index of each set, with constants of other values.
fn measure(program: &Path, sets: &[Set], settings: &[Setting]) -> Result<Vec<f64>, Failure> {
    let constants: Vec<String> =
        settings.iter().map(|(file, name, value)| format!("{file}::{name}={value}")).collect();
    let output = Command::new(program)
        .env("REPRINT_CONSTANTS", constants.join(","))
        .args(sets.iter().map(|set| &set.path))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let clusters: Vec<i64> =
        String::from_utf8(output.stdout)?.lines().map(str::parse).collect::<Result<_, _>>()?;
    let mut rest = &clusters[..];
    let score = |set: &Set| {
        let (here, behind) =
            rest.split_at_checked(set.ids.len()).ok_or("there are not as many clusters as texts")?;
        rest = behind;
        Ok(set.score(here))
    };
    sets.iter().map(score).collect()
}

/// A copy of the code, and the values of its constants.
struct Copy {
    folder: PathBuf,
    values: BTreeMap<(&'static str, &'static str), f64>,
}

impl Copy {
    fn make() -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let folder = root.join("target").join("ablation");
        if folder.join("src").exists() {
            fs::remove_dir_all(folder.join("src"))?;
        }
        copy_all(&root.join("src"), &folder.join("src"))?;
        for name in ["README.md", "Cargo.lock"] {
            fs::copy(root.join(name), folder.join(name))?;
        }
        fs::write(folder.join("Cargo.toml"), alone(&fs::read_to_string(root.join("Cargo.toml"))?))?;
        fs::create_dir_all(folder.join("src").join("bin"))?;
        fs::write(folder.join("src").join("bin").join("clusters.rs"), PROGRAM)?;
        let lib = folder.join("src").join("lib.rs");
        fs::write(&lib, fs::read_to_string(&lib)? + READ)?;

        let mut names: Vec<(&str, &str)> = CONSTANTS.to_vec();
        names.extend(
            RULES.iter().flat_map(|(_, settings)| settings.iter().map(|&(file, name, _)| (file, name))),
        );
        names.sort_unstable();
        names.dedup();
        let mut values = BTreeMap::new();
        for of_file in names.chunk_by(|x, y| x.0 == y.0) {
            let file = of_file[0].0;
            let path = folder.join("src").join(file).with_extension("rs");
            let mut source = fs::read_to_string(&path)?;
            for &(_, name) in of_file {
                let (changed, value) = read_when_it_starts(&source, file, name)
                    .ok_or_else(|| format!("src/{file}.rs: there is no constant {name}"))?;
                source = changed;
                values.insert((file, name), value);
            }
            fs::write(path, source)?;
        }
        Ok(Self { folder, values })
    }

    /// Builds the copy; the path of the program.
    fn build(&self) -> Result<PathBuf, Failure> {
        let arguments =
            ["build", "--quiet", "--profile", "quick", "--features", "jsonl", "--bin", "clusters"];
        let status = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(&self.folder)
            .env("RUSTFLAGS", "--cap-lints allow")
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .status()?;
        if !status.success() {
            return Err("the copy of the code does not build".into());
        }
        Ok(self
            .folder
            .join("target")
            .join("quick")
            .join("clusters")
            .with_extension(std::env::consts::EXE_EXTENSION))
    }
}

/// The manifest without what the copy lacks: other packages, and what only tests need.
fn alone(manifest: &str) -> String {
    let mut kept = String::new();
    let mut section = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let is_of_workspace = section == "[workspace]" && line != "[workspace]";
        if !is_of_workspace && section != "[dev-dependencies]" {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The source, with a constant read when the program starts, and the constant's value. Its name stays that of its value;
/// tests, behind the code, are left alone.
fn read_when_it_starts(source: &str, file: &str, name: &str) -> Option<(String, f64)> {
    let code = source.find("#[cfg(test)]").unwrap_or(source.len());
    let (code, tests) = source.split_at(code);
    let definition = code.lines().find(|line| {
        let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
        line.strip_prefix("const ")
            .and_then(|line| line.strip_prefix(name))
            .is_some_and(|l| l.starts_with(": "))
    })?;
    let (kind, value) = definition.split_once(": ")?.1.trim_end_matches(';').split_once(" = ")?;
    let value: f64 = value.parse().ok()?;
    let read = format!("(crate::constant(\"{file}::{name}\", {name} as f64) as {kind})");
    let mut changed = String::new();
    for line in code.lines() {
        if line == definition || line.trim_start().starts_with("//") {
            changed.push_str(line);
        } else {
            changed.push_str(&with_word(line, name, &read));
        }
        changed.push('\n');
    }
    Some((changed + tests, value))
}

/// A line with a word replaced where it stands alone: not in longer names, paths or strings.
fn with_word(line: &str, word: &str, by: &str) -> String {
    let mut changed = String::new();
    let mut at = 0;
    for (place, _) in line.match_indices(word) {
        let before = line[..place].chars().next_back();
        let after = line[place + word.len()..].chars().next();
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_:\"`".contains(c));
        if !is_part(before) && !is_part(after) {
            changed.push_str(&line[at..place]);
            changed.push_str(by);
            at = place + word.len();
        }
    }
    changed + &line[at..]
}

fn copy_all(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
