//! Reads documents for the examples: text files, folders of them, JSON lines.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs;
use std::io::Read;
use std::path::Path;

/// A text and the name by which its reader knows it.
pub(crate) struct Document {
    #[allow(dead_code, reason = "`throughput` names no document")]
    pub(crate) id: String,
    pub(crate) text: String,
    /// The site or paper that it is from, if that is known.
    #[allow(dead_code, reason = "few examples use it")]
    pub(crate) source: Option<String>,
}

/// The sources by number, in order of their first documents; `None` when none is known.
#[allow(dead_code, reason = "few examples use it")]
pub(crate) fn sources(documents: &[Document]) -> Option<Vec<u32>> {
    let mut numbers = HashMap::new();
    let mut number = |source: &Option<String>| {
        let Some(source) = source else { return u32::MAX };
        let next = numbers.len() as u32;
        *numbers.entry(source.clone()).or_insert(next)
    };
    let sources: Vec<u32> = documents.iter().map(|document| number(&document.source)).collect();
    (!numbers.is_empty()).then_some(sources)
}

/// The documents of all `paths`: a text file (its id is the file's stem), a folder (its `.txt` files by name),
/// a `.jsonl` file with `id`, `text` and perhaps `source` in each line, or `-` for such lines from standard input. With no path the
/// sample stories.
///
/// Nothing is skipped: whatever cannot be read is an error that says where.
pub(crate) fn read(paths: &[String]) -> Result<Vec<Document>, String> {
    if paths.is_empty() {
        return Ok(sample_stories());
    }
    let mut corpus = Corpus::default();
    for path in paths {
        if path == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(at("standard input"))?;
            corpus.add_lines("standard input", bytes)?;
        } else if Path::new(path).is_dir() {
            corpus.add_folder(Path::new(path))?;
        } else {
            corpus.add_file(Path::new(path))?;
        }
    }
    if corpus.documents.is_empty() {
        return Err(format!("{}: no documents; put at least one text there", paths.join(", ")));
    }
    Ok(corpus.documents)
}

/// The stories that come with the crate, written for it.
pub(crate) fn sample_stories() -> Vec<Document> {
    macro_rules! stories {
        ($($name:literal),*) => {
            [$(($name, include_str!(concat!("../stories/", $name, ".txt")))),*]
        };
    }
    let stories = stories!(
        "bridge-follow-up",
        "chess-club",
        "harbour-gazette",
        "market-notes",
        "northern-post",
        "old-scan",
        "orchard-daily",
        "valley-herald"
    );
    stories.map(|(id, text)| Document { id: id.to_owned(), text: text.to_owned(), source: None }).into()
}

#[derive(Default)]
struct Corpus {
    documents: Vec<Document>,
    /// Where each id was first seen.
    seen: HashMap<String, String>,
}

impl Corpus {
    fn add_folder(&mut self, folder: &Path) -> Result<(), String> {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut files: Vec<_> = entries
            .map_err(at(folder.display()))?
            .into_iter()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "txt"))
            .collect();
        files.sort();
        if files.is_empty() {
            return Err(format!("{}: no .txt file in this folder", folder.display()));
        }
        files.iter().try_for_each(|file| self.add_file(file))
    }

    fn add_file(&mut self, file: &Path) -> Result<(), String> {
        let name = file.display().to_string();
        let bytes = fs::read(file).map_err(at(&name))?;
        if file.extension().is_some_and(|e| e == "jsonl") {
            return self.add_lines(&name, bytes);
        }
        let id = file.file_stem().map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into_owned());
        let text = text_of(&name, bytes)?;
        self.add(id, text, None, &name)
    }

    fn add_lines(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        for (i, line) in text_of(name, bytes)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
        {
            let place = format!("{name}:{}", i + 1);
            let value: serde_json::Value = serde_json::from_str(line).map_err(at(&place))?;
            let field = |key: &str| match &value[key] {
                serde_json::Value::String(s) => Ok(s.clone()),
                serde_json::Value::Number(n) if key == "id" => Ok(n.to_string()),
                _ => Err(format!("{place}: no {key:?}; each line is {{\"id\": \"...\", \"text\": \"...\"}}")),
            };
            let source = match &value["source"] {
                serde_json::Value::Null => None,
                serde_json::Value::String(source) => Some(source.clone()),
                other => return Err(format!("{place}: \"source\" is {other}; give a text, or leave it out")),
            };
            self.add(field("id")?, field("text")?, source, &place)?;
        }
        Ok(())
    }

    fn add(&mut self, id: String, text: String, source: Option<String>, place: &str) -> Result<(), String> {
        if id.contains(['\t', '\n', '\r']) {
            return Err(format!(
                "{place}: the id {id:?} holds a tab or a line break, which would break the tables"
            ));
        }
        if let Some(first) = self.seen.insert(id.clone(), place.to_owned()) {
            return Err(format!("{place}: the id {id:?} was given before, at {first}; ids must be unique"));
        }
        self.documents.push(Document { id, text, source });
        Ok(())
    }
}

fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let (good, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let line = good.split(|&b| b == b'\n').count();
        format!("{name}:{line}: not UTF-8 ({}); convert it first, for example with iconv", error.utf8_error())
    })
}

fn at<E: Display>(place: impl Display) -> impl FnOnce(E) -> String {
    move |error| format!("{place}: {error}")
}
