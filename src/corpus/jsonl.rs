//! Documents that stay in a file of JSON lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::{About, Corpus, Date};
use crate::{DocId, Error, Result};

/// The names of the fields of a JSON line.
///
/// ```
/// use reprint::corpus::Fields;
///
/// let fields = Fields::default().id("doc_id").text("body").source("paper").date("issued");
/// # let _ = fields;
/// ```
#[derive(Clone, Debug)]
pub struct Fields {
    id: String,
    text: String,
    source: String,
    date: String,
}

impl Default for Fields {
    /// `id`, `text`, `source` and `date`.
    fn default() -> Self {
        Self { id: "id".into(), text: "text".into(), source: "source".into(), date: "date".into() }
    }
}

impl Fields {
    /// The field of the id, a string or a number; each line must have it.
    #[must_use]
    pub fn id(self, name: impl Into<String>) -> Self {
        Self { id: name.into(), ..self }
    }

    /// The field of the text, a string; each line must have it.
    #[must_use]
    pub fn text(self, name: impl Into<String>) -> Self {
        Self { text: name.into(), ..self }
    }

    /// The field of the source, a string; lines may lack it.
    #[must_use]
    pub fn source(self, name: impl Into<String>) -> Self {
        Self { source: name.into(), ..self }
    }

    /// The field of the date, a string `YYYY-MM-DD`; lines may lack it.
    #[must_use]
    pub fn date(self, name: impl Into<String>) -> Self {
        Self { date: name.into(), ..self }
    }
}

/// Documents in a file of JSON lines, of which the texts are read again whenever they are asked for.
///
/// What stays in memory is 24 bytes a document, its id, and each source once. The file must not change while it
/// is read.
///
/// ```
/// use reprint::corpus::{Corpus, Fields, JsonLines};
/// use reprint::{Finder, Preset};
///
/// # let folder = std::env::temp_dir().join(format!("reprint-jsonl-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// let path = folder.join("docs.jsonl");
/// std::fs::write(&path, "{\"id\": 1, \"text\": \"a b c d e f\"}\n{\"id\": 2, \"text\": \"a b c d e f\"}\n").unwrap();
/// let corpus = JsonLines::open(&path, &Fields::default())?;
/// assert_eq!(corpus.len(), 2);
/// let report = Finder::preset(Preset::Web).run_on(&corpus)?;
/// assert_eq!(report.cluster_of("1"), report.cluster_of("2"));
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Debug)]
pub struct JsonLines {
    path: PathBuf,
    /// A file for each thread that reads at once.
    files: Mutex<Vec<File>>,
    text: String,
    lines: Vec<Line>,
    ids: Vec<Box<str>>,
    sources: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    start: u64,
    length: u32,
    /// One more than the source's number; 0 for none.
    source: u32,
    date: Option<Date>,
}

impl JsonLines {
    /// Reads the file once, to learn where each line is.
    ///
    /// # Errors
    /// If the file cannot be read, a line is no JSON object with an id and a text, is 4 GiB or longer or not UTF-8, a date
    /// is none, or an id is given twice. Errors name the file and the line.
    pub fn open(path: impl AsRef<Path>, fields: &Fields) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let file = File::open(&path).map_err(|error| Error::io(path.display(), error))?;
        let mut corpus = Self {
            path,
            files: Mutex::default(),
            text: fields.text.clone(),
            lines: Vec::new(),
            ids: Vec::new(),
            sources: Vec::new(),
        };
        let mut seen = std::collections::HashMap::new();
        let mut numbers = std::collections::HashMap::new();
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let (mut bytes, mut start) = (Vec::new(), 0_u64);
        for number in 1_usize.. {
            bytes.clear();
            let place = || format!("{}:{number}", corpus.path.display());
            let read = reader.read_until(b'\n', &mut bytes).map_err(|error| Error::io(place(), error))?;
            if read == 0 {
                break;
            }
            let line_start = start;
            start += read as u64;
            let line = line_of(&bytes, number == 1).map_err(|reason| Error::input(place(), reason))?;
            if line.trim().is_empty() {
                continue;
            }
            let length =
                u32::try_from(read).map_err(|_| Error::too_many("bytes in one line", u32::MAX as usize))?;
            let value: Value = serde_json::from_str(line).map_err(|error| Error::input(place(), error))?;
            let id = id_of(&value, &fields.id).ok_or_else(|| Error::input(place(), missing(&fields.id)))?;
            if value.get(&fields.text).and_then(Value::as_str).is_none() {
                return Err(Error::input(place(), missing(&fields.text)));
            }
            let date = match value.get(&fields.date) {
                None | Some(Value::Null) => None,
                Some(date) => {
                    let date = date.as_str().unwrap_or_default().parse::<Date>();
                    Some(date.map_err(|error| Error::input(place(), error))?)
                }
            };
            let source = value.get(&fields.source).and_then(Value::as_str).map_or(0, |source| {
                *numbers.entry(source.to_owned()).or_insert_with(|| {
                    corpus.sources.push(source.into());
                    corpus.sources.len() as u32
                })
            });
            if let Some(first) = seen.insert(id.clone(), corpus.lines.len()) {
                return Err(Error::duplicate_id(&id, first, corpus.lines.len()));
            }
            corpus.ids.push(id.into());
            corpus.lines.push(Line { start: line_start, length, source, date });
        }
        Ok(corpus)
    }

    fn read_line(&self, line: Line, document: DocId) -> Result<Vec<u8>> {
        let at = |error| Error::io(self.path.display(), error);
        let files = || self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let file = files().pop();
        let mut file = file.map_or_else(|| File::open(&self.path), Ok).map_err(at)?;
        let mut bytes = vec![0; line.length as usize];
        file.seek(SeekFrom::Start(line.start)).map_err(at)?;
        file.read_exact(&mut bytes)
            .map_err(|error| Error::io(format!("{}: document {document}", self.path.display()), error))?;
        files().push(file);
        Ok(bytes)
    }
}

/// The text of a line; a mark of the byte order may begin the first.
fn line_of(bytes: &[u8], is_first: bool) -> Result<&str, String> {
    let line = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 ({error}); convert it first, for example with iconv"))?;
    Ok(if is_first { line.trim_start_matches('\u{feff}') } else { line })
}

fn missing(field: &str) -> String {
    format!("no {field:?}; each line is {{\"id\": \"...\", \"text\": \"...\"}}")
}

fn id_of(value: &Value, field: &str) -> Option<String> {
    match value.get(field)? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

impl Corpus for JsonLines {
    fn len(&self) -> usize {
        self.lines.len()
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        let bytes = self.read_line(self.lines[document.index()], document)?;
        let place = || format!("{}: document {document}", self.path.display());
        let line = line_of(&bytes, document.0 == 0).map_err(|reason| Error::input(place(), reason))?;
        let value: Value = serde_json::from_str(line).map_err(|error| Error::input(place(), error))?;
        match value {
            Value::Object(mut fields) => match fields.remove(&self.text) {
                Some(Value::String(text)) => *buffer = text,
                _ => return Err(Error::input(place(), missing(&self.text))),
            },
            _ => return Err(Error::input(place(), missing(&self.text))),
        }
        Ok(buffer)
    }

    fn about(&self, document: DocId) -> About<'_> {
        let Line { source, date, .. } = self.lines[document.index()];
        let source = (source as usize).checked_sub(1).map(|source| &*self.sources[source]);
        About { document, id: Some(&self.ids[document.index()]), source, date }
    }

    fn has_details(&self) -> bool {
        true
    }
}
