//! The bytes on disk: an archive that was written once is read for ever, the same calls write the same bytes, and a
//! reader that follows the documentation alone finds what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use reprint::ErrorKind;
use reprint::archive::{Archive, Options};
use reprint::corpus::{Date, Document, Fields, Statistics};
use reprint::hash::xxh3;
use reprint::method::Wire;

use crate::Folder;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/archive");
/// Where to write the golden files anew, after a change of the layout that has a version of its own.
const WRITE: &str = "REPRINT_ARCHIVE_WRITE_GOLDEN";

fn options() -> Options {
    Options::default().log_bytes(8_000)
}

/// The stories that come with the examples.
fn stories() -> Vec<Document> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/stories");
    let names =
        ["bridge-follow-up", "chess-club", "harbour-gazette", "northern-post", "old-scan", "orchard-daily"];
    let story = |(day, name): (i32, &str)| {
        let text = fs::read_to_string(folder.join(name).with_extension("txt")).unwrap();
        let document = Document::new(name, text);
        match day % 3 {
            0 => document,
            1 => document.with_source("a paper").with_date(Date::from_days(day - 2)),
            _ => document.with_date(Date::from_days(day)),
        }
    };
    (0..).zip(names).map(story).collect()
}

/// An archive with all that the files can hold, left as the loss of power would leave it.
fn write(folder: &Path) {
    let archive = Archive::open(folder, &options()).unwrap();
    let stories = stories();
    archive.insert_all(stories[..3].to_vec()).unwrap();
    archive.insert(stories[3].clone()).unwrap();
    archive.insert(Document::new("short", "No.")).unwrap();
    archive.insert(Document::new("blank", "")).unwrap();
    archive.remove("chess-club").unwrap();
    let texts: Vec<&str> = stories.iter().map(Document::text).collect();
    archive.refresh_statistics(Wire::default().measure(&texts).unwrap()).unwrap();
    archive.compact().unwrap();
    archive.insert_all(stories[4..].to_vec()).unwrap();
    archive.remove("short").unwrap();
    archive.close().unwrap();
    let archive = Archive::open(folder, &options()).unwrap();
    archive.replace(Document::new("old-scan", stories[4].text()).with_source("another")).unwrap();
    archive.insert(Document::new("again", stories[2].text())).unwrap();
    // Nothing is written at its end.
    std::mem::forget(archive);
}

fn files(folder: impl AsRef<Path>) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let named = files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()));
    named.filter(|(name, _)| name != "lock").collect()
}

fn copy(to: &Folder) {
    fs::create_dir_all(to).unwrap();
    for (name, bytes) in files(GOLDEN) {
        fs::write(to.as_ref().join(name), bytes).unwrap();
    }
}

/// What must be in it.
fn expected() -> Vec<Document> {
    let stories = stories();
    let mut all = vec![stories[0].clone(), stories[2].clone(), stories[3].clone()];
    all.push(Document::new("blank", ""));
    all.push(stories[5].clone());
    all.push(Document::new("old-scan", stories[4].text()).with_source("another"));
    all.push(Document::new("again", stories[2].text()));
    all
}

#[test]
fn an_archive_of_this_layout_is_read() {
    if let Ok(folder) = std::env::var(WRITE) {
        write(folder.as_ref());
    }
    let folder = Folder::new("golden");
    copy(&folder);
    for archive in [Archive::open_to_read(&folder, &options()), Archive::open(&folder, &options())] {
        let archive = archive.unwrap();
        let documents: Vec<Document> = archive.snapshot().documents().collect::<Result<_, _>>().unwrap();
        assert_eq!(documents, expected());
        assert_eq!(archive.clusters(), [["harbour-gazette", "northern-post", "old-scan", "again"]]);
        assert_eq!(archive.snapshot().status().epoch, 1);
        assert_eq!(archive.check().unwrap(), []);
    }
}

#[test]
fn the_same_calls_write_the_same_bytes() {
    let folder = Folder::new("same-bytes");
    write(folder.as_ref());
    let (written, golden) = (files(&folder), files(GOLDEN));
    assert_eq!(written.keys().collect::<Vec<_>>(), golden.keys().collect::<Vec<_>>());
    let number = archive_number(&golden["manifest"]);
    for (name, bytes) in written {
        assert!(with_number(&bytes, number) == golden[&name], "{name}");
    }
}

/// The archive's own number in a manifest: behind the frame's head and the version of hashes.
fn archive_number(manifest: &[u8]) -> [u8; 8] {
    manifest[20..28].try_into().unwrap()
}

/// The frames of a file, with another number of the archive.
fn with_number(bytes: &[u8], number: [u8; 8]) -> Vec<u8> {
    let mut out = Vec::new();
    for frame in frames(bytes) {
        let from = out.len();
        out.extend_from_slice(frame.bytes);
        match frame.kind {
            131 | 132 => out[from + 16..from + 24].copy_from_slice(&number),
            133 => out[from + 20..from + 28].copy_from_slice(&number),
            _ => {}
        }
        let sum = xxh3(&out[from..out.len() - 8]);
        let at = out.len() - 8;
        out[at..].copy_from_slice(&sum.to_le_bytes());
    }
    out
}

struct Frame<'a> {
    kind: u16,
    bytes: &'a [u8],
    payload: Payload<'a>,
}

/// As the documentation of `codec` draws them.
fn frames(mut bytes: &[u8]) -> Vec<Frame<'_>> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        assert_eq!(&bytes[..4], b"RPRT");
        let kind = u16::from_le_bytes(bytes[4..6].try_into().unwrap());
        let version = if matches!(kind, 131 | 134) { 2 } else { 1 };
        assert_eq!(bytes[6..8], [version, 0]);
        let length = u64::from_le_bytes(bytes[8..16].try_into().unwrap()) as usize;
        let (frame, rest) = bytes.split_at(16 + length + 8);
        assert_eq!(frame[16 + length..], xxh3(&frame[..16 + length]).to_le_bytes());
        frames.push(Frame { kind, bytes: frame, payload: Payload(&frame[16..16 + length]) });
        bytes = rest;
    }
    frames
}

/// What is left of a payload.
struct Payload<'a>(&'a [u8]);

impl<'a> Payload<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = self.u64() as usize;
        self.take(length)
    }

    fn string(&mut self) -> String {
        String::from_utf8(self.bytes().to_vec()).unwrap()
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take(2).try_into().unwrap())
    }

    fn list(&mut self) -> Vec<u32> {
        (0..self.u64()).map(|_| self.u32()).collect()
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        match self.u8() {
            0 => None,
            one => {
                assert_eq!(one, 1);
                Some(read(self))
            }
        }
    }

    fn leb128(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.u8();
            number |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return number;
            }
        }
    }
}

#[test]
fn a_log_is_as_it_is_documented() {
    let golden = files(GOLDEN);
    let number = u64::from_le_bytes(archive_number(&golden["manifest"]));
    let logs = golden.iter().filter(|(name, _)| name.starts_with("log-"));
    let (mut documents, mut clusters): (BTreeMap<u32, Document>, _) = (BTreeMap::new(), BTreeMap::new());
    let (mut sequence, mut matches) = (0, 0);
    for ((name, bytes), log) in logs.zip(1..) {
        let mut all = frames(bytes).into_iter();
        let mut header = all.next().unwrap();
        assert_eq!((header.kind, header.payload.u64(), header.payload.u32()), (132, number, log), "{name}");
        for Frame { kind, payload: mut from, .. } in all {
            assert_eq!((kind, from.u64()), (131, number));
            sequence += 1;
            assert_eq!(from.u64(), sequence);
            let mut bodies = Payload(from.bytes());
            for _ in 0..from.u64() {
                let (number, id) = (from.u32(), from.string());
                let (source, date) = (from.option(Payload::string), from.option(Payload::u32));
                let (text, keys, scale) = (from.u32(), from.u32(), from.u32());
                let (digest, check) = (from.u64(), from.u32());
                let (text, keys) = (bodies.take(text as usize), bodies.take(4 * keys as usize));
                assert_eq!((digest, check), (xxh3(text), xxh3(keys) as u32));
                assert!(scale > 0);
                let keys: Vec<u32> = keys.as_chunks().0.iter().map(|&key| u32::from_le_bytes(key)).collect();
                assert!(keys.is_sorted());
                let mut document = Document::new(id, String::from_utf8(text.to_vec()).unwrap());
                document = source.into_iter().fold(document, Document::with_source);
                document = date
                    .into_iter()
                    .fold(document, |d, days| d.with_date(Date::from_days(days.cast_signed())));
                documents.insert(number, document);
            }
            assert!(bodies.0.is_empty());
            from.list().iter().for_each(|number| drop(documents.remove(number)));
            if let Some(epoch) = from.option(Payload::u32) {
                assert_eq!(epoch, 1);
            }
            for _ in 0..from.u64() {
                let (a, b, score, noise) = (from.u32(), from.u32(), from.f64(), from.f64());
                let form: [u8; 3] = std::array::from_fn(|_| from.u8());
                let slots: [u64; 2] = std::array::from_fn(|_| from.u64());
                let extents: [u16; 6] = std::array::from_fn(|_| from.u16());
                let (basis, epoch) = (from.u8(), from.u32());
                assert!(a < b && (0.0..=1.0).contains(&score) && (0.0..=1.0).contains(&noise));
                assert!(form == [0; 3] && (slots[0] == 0) == (slots[1] == 0) && basis < 5 && epoch < 2);
                assert!(extents.as_chunks().0.iter().all(|[_, start, end]: &[u16; 3]| start <= end));
                matches += usize::from(score >= 0.5);
            }
            for _ in 0..from.u64() {
                let members = from.list();
                let least = *members.iter().min().unwrap();
                clusters.extend(members.into_iter().map(|member| (member, least)));
            }
            let (joined, least) = (from.list(), from.list());
            for (number, least) in joined.into_iter().zip(least) {
                clusters.insert(number, least);
                clusters.insert(least, least);
            }
            assert!(from.0.is_empty());
        }
    }
    assert_eq!(documents.values().cloned().collect::<Vec<_>>(), expected());
    assert!(matches >= 3);
    let together: Vec<&str> = documents
        .iter()
        .filter(|(number, _)| {
            clusters.get(number).is_some_and(|least| clusters.values().filter(|of| *of == least).count() > 1)
        })
        .map(|(_, document)| document.id())
        .collect();
    assert_eq!(together, ["harbour-gazette", "northern-post", "old-scan", "again"]);
}

#[test]
fn a_segment_is_as_it_is_documented() {
    let golden = files(GOLDEN);
    let (name, bytes) = golden.iter().find(|(name, _)| name.starts_with("segment-")).unwrap();
    let mut all = frames(bytes);
    assert_eq!((all.len(), all[0].kind), (1, 130), "{name}");
    let from = &mut all[0].payload;
    assert_eq!(from.u32(), 1);
    let mut keys: Vec<(u32, u32)> = Vec::new();
    let mut sources = Vec::new();
    for place in 0..from.u64() as u32 {
        let (_, _, source) = (from.u32(), from.string(), from.u32());
        sources.push(source);
        let _ = from.option(Payload::u32);
        let (log, offset) = (from.u32(), from.u64() as usize);
        let (text, count, _) = (from.u32() as usize, from.u32() as usize, from.u32());
        let (digest, check) = (from.u64(), from.u32());
        let of_log = golden.iter().find(|(name, _)| name.starts_with(&format!("log-{log:08}-"))).unwrap().1;
        let body = &of_log[offset..offset + text + 4 * count];
        assert_eq!((digest, check), (xxh3(&body[..text]), xxh3(&body[text..]) as u32));
        keys.extend(body[text..].as_chunks().0.iter().map(|&key| (u32::from_le_bytes(key), place)));
    }
    keys.sort_unstable();
    let names: Vec<String> = (0..from.u64()).map(|_| from.string()).collect();
    assert!(sources.iter().all(|&source| source as usize <= names.len()));
    let (bits, count) = (from.u32(), from.u32());
    let (directory, lists) = (from.list(), from.bytes());
    assert!(from.0.is_empty());
    assert_eq!(directory.len(), (1 << bits) + 1);
    let (mut read, mut distinct): (Vec<(u32, u32)>, u32) = (Vec::new(), 0);
    for (place, range) in (0_u64..).zip(directory.windows(2)) {
        let mut from = Payload(&lists[range[0] as usize..range[1] as usize]);
        let mut key = (place << 32 >> bits) as u32;
        while !from.0.is_empty() {
            key += from.leb128();
            distinct += 1;
            let holders = from.leb128() + 1;
            if holders == 1 {
                read.push((key, from.leb128()));
                continue;
            }
            let (length, first) = (from.leb128() as usize, from.leb128());
            let last = first + from.leb128();
            let mut steps = Payload(from.take(length));
            let mut holder = first;
            read.push((key, holder));
            while !steps.0.is_empty() {
                holder += steps.leb128();
                read.push((key, holder));
            }
            assert_eq!(holder, last);
        }
    }
    assert_eq!((read, distinct), (keys, count));
}

#[test]
fn another_version_is_refused_with_the_remedy() {
    for name in ["manifest", "log-00000001-0", "statistics-00000001"] {
        let folder = Folder::new("version");
        copy(&folder);
        let Some((path, mut bytes)) = files(&folder)
            .remove_entry(name)
            .or_else(|| files(&folder).into_iter().find(|(other, _)| other.starts_with(&name[..4])))
        else {
            panic!("no {name}")
        };
        bytes[6] = 9;
        let length = u64::from_le_bytes(bytes[8..16].try_into().unwrap()) as usize + 16;
        let sum = xxh3(&bytes[..length]).to_le_bytes();
        bytes[length..length + 8].copy_from_slice(&sum);
        fs::write(folder.as_ref().join(&path), bytes).unwrap();
        match Archive::open_to_read(&folder, &options()) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Foreign, "{path}: {error}");
                assert!(error.to_string().contains("version"), "{path}: {error}");
            }
            // A log that no opening reads is read by the check.
            Ok(archive) => assert!(!archive.check().unwrap().is_empty(), "{path}"),
        }
    }
}

#[test]
fn what_is_exported_is_imported() {
    let (folder, other) = (Folder::new("export"), Folder::new("import"));
    copy(&folder);
    let archive = Archive::open_to_read(&folder, &options()).unwrap();
    let mut lines = Vec::new();
    assert_eq!(archive.snapshot().export(&mut lines).unwrap(), expected().len());
    let statistics: Statistics = archive.snapshot().statistics().clone();
    let copy = Archive::open(&other, &Options::default().statistics(statistics)).unwrap();
    assert_eq!(copy.import(&lines[..], "the export", &Fields::default()).unwrap(), expected().len());
    assert_eq!(copy.clusters(), archive.clusters());
    assert_eq!(copy.import(&lines[..], "the export", &Fields::default()).unwrap(), 0);
    let changed = lines.replace_first();
    let error = copy.import(&changed[..], "changed", &Fields::default()).unwrap_err();
    assert!(error.to_string().contains("bridge-follow-up"), "{error}");
    assert_eq!(copy.check().unwrap(), []);
}

#[test]
fn every_day_is_exported_and_imported() {
    let (folder, other) = (Folder::new("export-days"), Folder::new("import-days"));
    let archive = Archive::open(&folder, &options()).unwrap();
    for days in [i32::MIN, -719_529, -719_528, -719_163, -719_162, 0, 2_932_896, 2_932_897, i32::MAX] {
        let text = format!("the ferry of day {days} did not sail");
        archive.insert(Document::new(days.to_string(), text).with_date(Date::from_days(days))).unwrap();
    }
    let mut lines = Vec::new();
    archive.snapshot().export(&mut lines).unwrap();
    let copy = Archive::open(&other, &options()).unwrap();
    copy.import(&lines[..], "the export", &Fields::default()).unwrap();
    let documents =
        |archive: &Archive| archive.snapshot().documents().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(documents(&copy), documents(&archive));
}

trait ReplaceFirst {
    /// The lines with another text in the first.
    fn replace_first(&self) -> Vec<u8>;
}

impl ReplaceFirst for Vec<u8> {
    fn replace_first(&self) -> Vec<u8> {
        String::from_utf8(self.clone())
            .unwrap()
            .replacen("\"text\":\"", "\"text\":\"And so: ", 1)
            .into_bytes()
    }
}
