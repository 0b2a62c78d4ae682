//! Reads documents for the examples: text files, folders of them, JSON lines, all of them packed by gzip or not.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use reprint::corpus::{Corpus, Document, Documents, Fields};

/// What is to be read.
///
/// A path is a text file (its id is its name without the ending), a folder (its `.txt` files, in depth and by name; their
/// ids are their paths below it, without the ending), a `.jsonl` file with `id`, `text` and perhaps `source` and `date`
/// in each line, or `-` for such lines from standard input. Files may be packed: `.txt.gz`, `.jsonl.gz`.
///
/// Nothing is skipped: whatever cannot be read is an error that says where.
#[derive(Default)]
pub(crate) struct Input {
    paths: Vec<String>,
    fields: Fields,
}

impl Input {
    /// From the command line of an example that has no options but those of its input.
    pub(crate) fn from_arguments() -> Result<Self, Box<dyn Error>> {
        use lexopt::prelude::*;
        let mut input = Self::default();
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long(name @ ("id" | "text" | "source" | "date")) => {
                    let name = name.to_owned();
                    input.field(&name, &arguments.value()?.string()?);
                }
                Value(path) => input.path(path.string()?),
                _ => return Err(argument.unexpected().into()),
            }
        }
        Ok(input)
    }

    /// Adds a path.
    pub(crate) fn path(&mut self, path: String) {
        self.paths.push(path);
    }

    /// Says by which name the lines have `id`, `text`, `source` or `date`.
    pub(crate) fn field(&mut self, field: &str, name: &str) {
        let fields = std::mem::take(&mut self.fields);
        self.fields = match field {
            "id" => fields.id(name),
            "text" => fields.text(name),
            "source" => fields.source(name),
            _ => fields.date(name),
        };
    }

    /// The path, if there is just one, and the fields of its lines.
    pub(crate) fn only_path(&self) -> Option<(&Path, &Fields)> {
        match &self.paths[..] {
            [path] if path != "-" => Some((Path::new(path), &self.fields)),
            _ => None,
        }
    }

    /// The files that will be read.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, String> {
        let mut files = Vec::new();
        for path in self.paths.iter().filter(|path| *path != "-") {
            if Path::new(path).is_dir() {
                files.extend(text_files(Path::new(path))?);
            } else {
                files.push(path.into());
            }
        }
        Ok(files)
    }

    /// The documents of all paths; with no path the sample stories.
    pub(crate) fn read(&self) -> Result<Documents, String> {
        if self.paths.is_empty() {
            return Ok(sample_stories());
        }
        let mut documents = Documents::new();
        for path in &self.paths {
            self.read_path(path, &mut documents)?;
        }
        let paths = || self.paths.join(", ");
        if documents.is_empty() {
            return Err(format!("{}: no documents; put at least one text there", paths()));
        }
        if let Some(document) = documents.iter().find(|document| document.id().contains(char::is_control)) {
            let id = document.id();
            return Err(format!(
                "{}: the id {id:?} holds a tab, a line break or another control character, which would break tables and \
                 terminals; give it another",
                paths()
            ));
        }
        Ok(documents)
    }

    fn read_path(&self, path: &str, documents: &mut Documents) -> Result<(), String> {
        let of_lines = |error: reprint::Error| error.to_string();
        let file = Path::new(path);
        if path == "-" {
            documents.read_json_lines(stdin().lock(), "standard input", &self.fields).map_err(of_lines)
        } else if file.is_dir() {
            for below in text_files(file)? {
                add_file(documents, &without_ending(below.strip_prefix(file).unwrap_or(&below)), &below)?;
            }
            Ok(())
        } else if has_ending(file, "jsonl") {
            let lines = open(file).map_err(|error| failed(file, &error))?;
            documents.read_json_lines(lines, path, &self.fields).map_err(of_lines)
        } else {
            add_file(documents, &without_ending(Path::new(file.file_name().unwrap_or_default())), file)
        }
    }
}

/// The documents of all `paths`, as [`Input`] reads them.
pub(crate) fn read(paths: &[String]) -> Result<Documents, String> {
    Input { paths: paths.to_owned(), ..Input::default() }.read()
}

/// The stories that come with the crate, written for it.
pub(crate) fn sample_stories() -> Documents {
    macro_rules! stories {
        ($($name:literal),*) => {
            [$(Document::new($name, include_str!(concat!("../stories/", $name, ".txt")))),*]
        };
    }
    let mut documents = Documents::new();
    for story in stories!(
        "bridge-follow-up",
        "chess-club",
        "harbour-gazette",
        "market-notes",
        "northern-post",
        "old-scan",
        "orchard-daily",
        "valley-herald"
    ) {
        let _ = documents.push(story);
    }
    documents
}

/// The `.txt` files of a folder, in depth and by name. Links to files are followed, links to folders are not.
fn text_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in entries.map_err(|error| failed(&next, &error))? {
            let path = entry.path();
            let failed = |error| failed(&path, &error);
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(path);
            } else if has_ending(&path, "txt") {
                // Of a pipe nobody may write to it, and whoever reads would wait for ever.
                if !fs::metadata(&path).map_err(failed)?.is_file() {
                    return Err(format!("{}: is no file; take it out of the folder", path.display()));
                }
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no .txt file in this folder", folder.display()));
    }
    Ok(files)
}

/// A path without `.gz`, if it ends so.
fn unpacked(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")) {
        path.with_extension("")
    } else {
        path.into()
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    unpacked(path).extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}

fn without_ending(path: &Path) -> PathBuf {
    unpacked(path).with_extension("")
}

fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let packed = unpacked(path) != path;
    Ok(if packed { Box::new(BufReader::new(MultiGzDecoder::new(file))) } else { Box::new(file) })
}

/// What the system says of a path, and what can be done.
fn failed(path: &Path, error: &std::io::Error) -> String {
    reprint::Error::io(path.display(), error).to_string()
}

fn add_file(documents: &mut Documents, id: &Path, path: &Path) -> Result<(), String> {
    let name = path.display();
    let id = id.to_str().ok_or_else(|| format!("{name}: the name is not UTF-8; rename the file"))?;
    let mut bytes = Vec::new();
    let read = open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map_err(|error| failed(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let (good, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let line = good.split(|&b| b == b'\n').count();
        format!("{name}:{line}: not UTF-8 ({}); convert it first, for example with iconv", error.utf8_error())
    })?;
    documents.push(Document::new(id, text)).map_err(|error| format!("{name}: {error}"))?;
    Ok(())
}
