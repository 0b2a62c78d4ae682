//! Documents that stay in a file of JSON lines.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Deserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{About, Corpus, Date, Document, Documents};
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
    /// The field of the id, a string or a number; each line must have it. A number is kept as it is written,
    /// however many digits it has.
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
/// What stays in memory is 24 bytes a document, its id, and each source once. The file must not change while
/// it is read.
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
    /// If the file cannot be read or is a pipe; if a line is no JSON object with an id and a text, has one of
    /// the fields twice, is 4 GiB or longer or not UTF-8; if a date is none, or an id is given twice. Errors
    /// name the file and the line.
    pub fn open(path: impl AsRef<Path>, fields: &Fields) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let at = |error: std::io::Error| Error::io(path.display(), &error);
        // To open a pipe would wait for who writes to it.
        if !std::fs::metadata(&path).map_err(at)?.is_file() {
            return Err(Error::file(
                path.display(),
                "is a folder, a pipe or a device; give a file, since its texts are read again",
            ));
        }
        let file = File::open(&path).map_err(at)?;
        let mut corpus = Self {
            path,
            files: Mutex::default(),
            text: fields.text.clone(),
            lines: Vec::new(),
            ids: Vec::new(),
            sources: Vec::new(),
        };
        let mut seen = HashMap::new();
        let mut numbers = HashMap::new();
        let name = corpus.path.display().to_string();
        let reader = BufReader::with_capacity(1 << 20, file);
        each_line(reader, &name, fields, |number, parsed, (start, length)| {
            let length =
                u32::try_from(length).map_err(|_| Error::too_many("bytes in one line", u32::MAX as usize))?;
            let source = parsed.source.map_or(0, |source| {
                *numbers.entry(source.clone()).or_insert_with(|| {
                    corpus.sources.push(source.into());
                    corpus.sources.len() as u32
                })
            });
            if let Some(first) = seen.insert(parsed.id.clone(), number) {
                let line = |number| format!("at {name}:{number}");
                return Err(Error::duplicate_id(&parsed.id, line(first), line(number)));
            }
            if corpus.lines.len() >= u32::MAX as usize {
                return Err(Error::too_many("documents", u32::MAX as usize));
            }
            corpus.ids.push(parsed.id.into());
            corpus.lines.push(Line { start, length, source, date: parsed.date });
            Ok(())
        })?;
        Ok(corpus)
    }

    fn read_line(&self, line: Line, document: DocId) -> Result<Vec<u8>> {
        let at = |error: std::io::Error| Error::io(self.path.display(), &error);
        let files = || self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let file = files().pop();
        let mut file = file.map_or_else(|| File::open(&self.path), Ok).map_err(at)?;
        let mut bytes = vec![0; line.length as usize];
        file.seek(SeekFrom::Start(line.start)).map_err(at)?;
        file.read_exact(&mut bytes)
            .map_err(|error| Error::io(format!("{}: document {document}", self.path.display()), &error))?;
        files().push(file);
        Ok(bytes)
    }
}

/// What a line says.
struct Parsed {
    id: String,
    text: String,
    source: Option<String>,
    date: Option<Date>,
}

/// Hands each line that is not blank to `take`: its number from 1 on, what it says, and its first byte and
/// length.
fn each_line(
    mut reader: impl BufRead,
    name: &str,
    fields: &Fields,
    mut take: impl FnMut(usize, Parsed, (u64, usize)) -> Result<()>,
) -> Result<()> {
    let (mut bytes, mut start) = (Vec::new(), 0_u64);
    for number in 1_usize.. {
        bytes.clear();
        let place = format!("{name}:{number}");
        let read = reader.read_until(b'\n', &mut bytes).map_err(|error| Error::io(&place, &error))?;
        if read == 0 {
            break;
        }
        let line = line_of(&bytes, number == 1).map_err(|reason| Error::input(&place, reason))?;
        if !line.trim().is_empty() {
            let parsed = parse(line, fields).map_err(|reason| Error::input(&place, reason))?;
            take(number, parsed, (start, read))?;
        }
        start += read as u64;
    }
    Ok(())
}

fn parse(line: &str, fields: &Fields) -> Result<Parsed, String> {
    let Fields { id, text, source, date } = fields;
    let [id_value, text_value, source_value, date_value] = values_of(line, [id, text, source, date])?;
    let optional = |field: &str, value: Option<&RawValue>| match value.map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(value) => {
            string(value).map(Some).map_err(|why| wrong(field, value, &why, "a string, or leave it out"))
        }
    };
    let (source, date) = (optional(source, source_value)?, optional(date, date_value)?);
    let date = date.map(|date| date.parse::<Date>()).transpose().map_err(|error| error.to_string())?;
    let id_value = id_value.ok_or_else(|| missing(id))?.get();
    let id = match id_value.as_bytes() {
        // As it is written: 1.0 is not 1, and no digit is lost of one that no machine number can hold.
        [b'-' | b'0'..=b'9', ..] => id_value.to_owned(),
        _ => string(id_value).map_err(|why| wrong(id, id_value, &why, "a string or a number"))?,
    };
    Ok(Parsed { id, text: text_of(text, text_value)?, source, date })
}

/// What a JSON string says.
///
/// # Errors
/// If it is none, nothing; if it cannot be a text, why: half of a pair of surrogates.
fn string(value: &str) -> Result<String, String> {
    serde_json::from_str(value)
        .map_err(|error| if value.starts_with('"') { said(&error) } else { String::new() })
}

/// The text, where its field is.
fn text_of(name: &str, value: Option<&RawValue>) -> Result<String, String> {
    let value = value.ok_or_else(|| missing(name))?.get();
    string(value).map_err(|why| wrong(name, value, &why, "a string"))
}

/// Of a field that is there, with a value that it cannot have.
fn wrong(name: &str, value: &str, why: &str, give: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    format!("{name:?} is {}{why}: give {give}", beginning(value))
}

/// What the parser says, without the number of a line: it sees one alone.
fn said(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = error.to_string();
    match said.strip_suffix(&place) {
        Some(said) => format!("{said} at column {}", error.column()),
        None => said,
    }
}

/// Of a line that is no object.
fn no_json(error: &serde_json::Error) -> String {
    format!("{}; {EACH_LINE}", said(error))
}

/// The beginning of a value, for errors.
fn beginning(value: &str) -> String {
    const MOST: usize = 60;
    let dots = if value.chars().nth(MOST).is_some() { "…" } else { "" };
    value.chars().take(MOST).chain(dots.chars()).collect()
}

/// The values of some fields of the object that a line is.
///
/// # Errors
/// If it is no object, or if it has one of the fields twice: which of the two is meant, nobody can know.
fn values_of<'a, const N: usize>(
    line: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], String> {
    let mut from = serde_json::Deserializer::from_str(line);
    let values = from.deserialize_map(Members(names)).map_err(|error| no_json(&error))?;
    from.end().map_err(|error| no_json(&error))?;
    Ok(values)
}

/// The names of the members of an object that are wanted.
struct Members<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> Visitor<'de> for Members<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object such as {\"id\": \"...\", \"text\": \"...\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = [None; N];
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if !self.0.contains(&&*name) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value()?;
            for (slot, _) in values.iter_mut().zip(self.0).filter(|(_, wanted)| **wanted == *name) {
                if slot.replace(value).is_some() {
                    return Err(A::Error::custom(format_args!("the field {name:?} is there twice")));
                }
            }
        }
        Ok(values)
    }
}

impl Documents {
    /// Adds the documents of JSON lines; `name` stands for them in errors.
    ///
    /// ```
    /// use reprint::corpus::{Corpus, Documents, Fields};
    ///
    /// let lines = "{\"id\": 1, \"text\": \"a story\", \"date\": \"1864-11-09\"}\n{\"id\": \"b\", \"text\": \"\"}\n";
    /// let mut documents = Documents::new();
    /// documents.read_json_lines(lines.as_bytes(), "lines", &Fields::default())?;
    /// assert_eq!(documents.len(), 2);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`JsonLines::open`]; the documents before the line in error are there then.
    pub fn read_json_lines(&mut self, lines: impl BufRead, name: &str, fields: &Fields) -> Result<()> {
        each_line(lines, name, fields, |number, Parsed { id, text, source, date }, _| {
            let mut document = Document::new(id, text);
            if let Some(source) = source {
                document = document.with_source(source);
            }
            if let Some(date) = date {
                document = document.with_date(date);
            }
            let place = format!("at {name}:{number}");
            self.push_at(document, &place)?;
            Ok(())
        })
    }
}

/// The text of a line; a mark of the byte order may begin the first.
fn line_of(bytes: &[u8], is_first: bool) -> Result<&str, String> {
    let line = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 ({error}); convert it first, for example with iconv"))?;
    let line = line.trim_end_matches(['\n', '\r']);
    Ok(if is_first { line.trim_start_matches('\u{feff}') } else { line })
}

const EACH_LINE: &str = "each line is {\"id\": \"...\", \"text\": \"...\"}";

fn missing(field: &str) -> String {
    format!("no {field:?}; {EACH_LINE}")
}

impl Corpus for JsonLines {
    fn len(&self) -> usize {
        self.lines.len()
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        let bytes = self.read_line(self.lines[document.index()], document)?;
        let place = || format!("{}: document {document}", self.path.display());
        let line = line_of(&bytes, document.0 == 0).map_err(|reason| Error::input(place(), reason))?;
        let [text] = values_of(line, [&self.text]).map_err(|reason| Error::input(place(), reason))?;
        *buffer = text_of(&self.text, text).map_err(|reason| Error::input(place(), reason))?;
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
