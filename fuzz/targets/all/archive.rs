//! The archive: what it has after any operations, and files that others wrote: they are refused, or make an archive
//! that can be used.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use reprint::archive::{Archive, Options, Store, StoreFile, StoreWriter};
use reprint::corpus::Document;
use reprint::hash::xxh3;

use super::bytes::Bytes;

/// A folder in memory.
#[derive(Clone, Debug, Default)]
struct Folder(Arc<Mutex<BTreeMap<String, File>>>);

#[derive(Clone, Debug, Default)]
struct File(Arc<Mutex<Vec<u8>>>);

impl Folder {
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, File>> {
        self.0.lock().expect("one thread")
    }

    fn file(&self, name: &str) -> io::Result<File> {
        self.files().get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl File {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().expect("one thread")
    }
}

impl StoreFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = self.bytes();
        let from = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..));
        let from = from.and_then(|bytes| bytes.get(..buffer.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(from);
        Ok(())
    }
}

impl StoreWriter for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes().extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.bytes().truncate(length as usize);
        Ok(())
    }
}

impl Store for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.files().keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        Ok(Arc::new(self.file(name)?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StoreWriter>> {
        let file = File::default();
        self.files().insert(name.to_owned(), file.clone());
        Ok(Box::new(file))
    }

    fn append(&self, name: &str) -> io::Result<Box<dyn StoreWriter>> {
        Ok(Box::new(self.file(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let file = self.files().remove(from).ok_or(io::ErrorKind::NotFound)?;
        self.files().insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files().remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        Ok(Some(Box::new(())))
    }

    fn place(&self, name: &str) -> String {
        name.to_owned()
    }
}

const STORIES: [&str; 4] = [
    "the ferry to the islands will not sail before monday the harbour master said on friday night in the rain",
    "the council voted to close the library on mill street and the mayor promised a new one by the spring",
    "seventeen ships were counted by the keeper of the lighthouse before the fog closed over the bay again",
    "",
];

fn options() -> Options {
    Options::default().log_bytes(2_000)
}

/// Writes the checksums of all frames of a file anew, so that what is changed passes for what was written.
fn mend(bytes: &mut [u8]) {
    let mut rest = bytes;
    while rest.starts_with(b"RPRT") && rest.len() >= 24 {
        let length = u64::from_le_bytes(rest[8..16].try_into().expect("eight bytes"));
        let Some(end) = usize::try_from(length).ok().and_then(|length| length.checked_add(16)) else {
            return;
        };
        if end > rest.len() - 8 {
            return;
        }
        let sum = xxh3(&rest[..end]).to_le_bytes();
        rest[end..end + 8].copy_from_slice(&sum);
        rest = &mut rest[end + 8..];
    }
}

/// All that can be asked; errors are answers.
fn used(archive: &Archive) {
    let snapshot = archive.snapshot();
    let ids: Vec<String> = snapshot.ids().map(str::to_owned).collect();
    for id in &ids {
        let _ = (snapshot.get(id), snapshot.cluster_of(id), snapshot.matches_of(id));
    }
    let _ = (snapshot.clusters(), snapshot.matches(), snapshot.report().is_ok(), snapshot.status());
    let _ = (snapshot.ask(STORIES[0]), snapshot.export(io::sink()), archive.is_empty());
}

pub(crate) fn archive(data: &[u8]) {
    let mut bytes = Bytes(data);
    let folder = Folder::default();
    let store: Arc<dyn Store> = Arc::new(folder.clone());
    let open = || Archive::open_on(&store, &options());
    let mut archive = open().expect("a new folder");
    let mut naive: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..bytes.below(16) {
        let (operation, id) = (bytes.below(8), format!("{}", bytes.below(12)));
        match operation {
            0..=3 => {
                let text = format!("{} {}", STORIES[operation], STORIES[bytes.below(4)]);
                let is_there = archive.replace(Document::new(id.clone(), text.clone())).expect("memory");
                assert_eq!(is_there, naive.insert(id, text).is_some());
            }
            4 | 5 => assert_eq!(archive.remove(&id).expect("memory"), naive.remove(&id).is_some()),
            6 => drop(archive.compact().expect("memory")),
            _ => {
                archive.close().expect("memory");
                archive = open().expect("what was written");
            }
        }
        assert_eq!(archive.len(), naive.len());
    }
    used(&archive);
    for (id, text) in &naive {
        let document = archive.get(id).expect("what was written").expect("a document");
        assert_eq!(document.text(), text);
    }
    archive.close().expect("memory");

    // What others made of the files.
    let names: Vec<String> = folder.files().keys().cloned().collect();
    let is_mended = bytes.flag();
    while !bytes.is_empty() {
        let (edit, name) = (bytes.below(4), &names[bytes.below(names.len())]);
        let file = folder.file(name).expect("it is there");
        let mut content = file.bytes();
        let at = (bytes.word() % (content.len() as u64 + 1)) as usize;
        match edit {
            0 if at < content.len() => content[at] = bytes.byte(),
            1 => content.truncate(at),
            2 => content.insert(at, bytes.byte()),
            _ => {
                let word = bytes.word().to_le_bytes();
                content.iter_mut().skip(at).zip(word).for_each(|(byte, new)| *byte = new);
            }
        }
        if is_mended {
            mend(&mut content);
        }
    }
    if let Ok(archive) = Archive::read_on(&store, &options()) {
        used(&archive);
    }
    if let Ok(archive) = open() {
        used(&archive);
        let _ = archive.insert(Document::new("new", STORIES[1]));
        let _ = archive.compact();
        used(&archive);
    }
}
