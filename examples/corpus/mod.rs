//! Reads documents for the examples: text files, folders of them, JSON lines.

use std::fs::{self, File};
use std::io::{BufReader, stdin};
use std::path::Path;

use reprint::corpus::{Corpus, Document, Documents, Fields};

/// The documents of all `paths`: a text file (its id is the file's stem), a folder (its `.txt` files by name, in depth;
/// their ids are their paths below it), a `.jsonl` file with `id`, `text` and perhaps `source` and `date` in each line,
/// or `-` for such lines from standard input. With no path the sample stories.
///
/// Nothing is skipped: whatever cannot be read is an error that says where.
pub(crate) fn read(paths: &[String]) -> Result<Documents, String> {
    if paths.is_empty() {
        return Ok(sample_stories());
    }
    let mut documents = Documents::new();
    for path in paths {
        let (documents, fields) = (&mut documents, Fields::default());
        if path == "-" {
            documents
                .read_json_lines(stdin().lock(), "standard input", &fields)
                .map_err(|e| e.to_string())?;
        } else if Path::new(path).is_dir() {
            add_folder(documents, Path::new(path))?;
        } else if Path::new(path).extension().is_some_and(|e| e == "jsonl") {
            let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
            documents.read_json_lines(BufReader::new(file), path, &fields).map_err(|e| e.to_string())?;
        } else {
            let stem = Path::new(path).file_stem().unwrap_or_default();
            add_file(documents, stem.to_string_lossy().into_owned(), Path::new(path))?;
        }
    }
    if documents.is_empty() {
        return Err(format!("{}: no documents; put at least one text there", paths.join(", ")));
    }
    if let Some(document) = documents.iter().find(|document| document.id().contains(['\t', '\n', '\r'])) {
        let (id, paths) = (document.id(), paths.join(", "));
        return Err(format!(
            "{paths}: the id {id:?} holds a tab or a line break, which would break the tables"
        ));
    }
    Ok(documents)
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

fn add_folder(documents: &mut Documents, folder: &Path) -> Result<(), String> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in entries.map_err(|error| format!("{}: {error}", next.display()))? {
            let kind = entry.file_type().map_err(|error| format!("{}: {error}", entry.path().display()))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|e| e == "txt") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no .txt file in this folder", folder.display()));
    }
    for file in files {
        let below = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
        add_file(documents, below.to_string_lossy().into_owned(), &file)?;
    }
    Ok(())
}

fn add_file(documents: &mut Documents, id: String, path: &Path) -> Result<(), String> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let (good, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let line = good.split(|&b| b == b'\n').count();
        format!("{name}:{line}: not UTF-8 ({}); convert it first, for example with iconv", error.utf8_error())
    })?;
    documents.push(Document::new(id, text)).map_err(|error| format!("{name}: {error}"))?;
    Ok(())
}
