//! Faults below the archive: writes that fail, disks that are full, power that goes at any moment with what was
//! not synced torn and reordered.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use reprint::ErrorKind;
use reprint::archive::{Archive, Options, Store, StoreFile, StoreWriter};
use reprint::corpus::Document;

use crate::{Folder, version};

/// A disk in memory. What is synced stays; of what is not, a crash keeps some.
#[derive(Debug, Default)]
struct Disk {
    files: Vec<File>,
    names: HashMap<String, usize>,
    /// Those that a crash leaves for certain, and what was done to names since, in order.
    durable_names: HashMap<String, usize>,
    pending_names: Vec<(String, Option<usize>)>,
    locked: bool,
    /// Calls that write, so far.
    calls: u64,
    fault: Option<(u64, Fault)>,
}

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    durable: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// One call fails, half done.
    Once,
    /// All calls fail from then on, half done: a full disk.
    Full,
    /// The power goes.
    Power,
}

#[derive(Clone, Debug, Default)]
struct Faulty(Arc<Mutex<Disk>>);

impl Faulty {
    fn with<R>(&self, f: impl FnOnce(&mut Disk) -> R) -> R {
        f(&mut self.0.lock().unwrap())
    }

    /// Counts a call that writes; the error that it ends with.
    fn call(&self) -> io::Result<()> {
        self.with(|disk| {
            disk.calls += 1;
            match disk.fault {
                Some((at, Fault::Once)) if disk.calls == at => Err(io::ErrorKind::Other.into()),
                Some((at, Fault::Full)) if disk.calls >= at => Err(io::ErrorKind::StorageFull.into()),
                Some((at, Fault::Power)) if disk.calls >= at => Err(io::ErrorKind::BrokenPipe.into()),
                _ => Ok(()),
            }
        })
    }

    /// The disk after the power was gone.
    fn crashed(&self, seed: u64) -> Self {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = move |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below.max(1) as u64) as usize
        };
        self.with(|disk| {
            let mut after = Disk { names: disk.durable_names.clone(), ..Disk::default() };
            let kept = next(disk.pending_names.len() + 1);
            for (name, file) in &disk.pending_names[..kept] {
                match file {
                    Some(file) => drop(after.names.insert(name.clone(), *file)),
                    None => drop(after.names.remove(name)),
                }
            }
            for File { bytes, durable } in &disk.files {
                let longer = bytes.len().saturating_sub(durable.len());
                let mut left = durable.clone();
                if bytes.len() < durable.len() {
                    // Cut short, or not yet.
                    left.truncate(if next(2) == 0 { bytes.len() } else { durable.len() });
                } else {
                    left.extend_from_slice(&bytes[durable.len()..durable.len() + next(longer + 1)]);
                    // Blocks that did not reach the disk, whatever came behind them.
                    for block in left[durable.len()..].chunks_mut(64) {
                        if next(3) == 0 {
                            block.fill(0);
                        }
                    }
                }
                after.files.push(File { durable: left.clone(), bytes: left });
            }
            after.durable_names.clone_from(&after.names);
            Self(Arc::new(Mutex::new(after)))
        })
    }
}

#[derive(Debug)]
struct Handle {
    disk: Faulty,
    file: usize,
}

impl StoreFile for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.with(|disk| disk.files[self.file].bytes.len() as u64))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.disk.with(|disk| {
            let bytes = disk.files[self.file].bytes.get(offset as usize..).unwrap_or_default();
            let bytes = bytes.get(..buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            buffer.copy_from_slice(bytes);
            Ok(())
        })
    }
}

impl StoreWriter for Handle {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let called = self.disk.call();
        let length = if called.is_ok() { bytes.len() } else { bytes.len() / 2 };
        self.disk.with(|disk| disk.files[self.file].bytes.extend_from_slice(&bytes[..length]));
        called
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.call()?;
        self.disk.with(|disk| disk.files[self.file].durable = disk.files[self.file].bytes.clone());
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        // A full disk has room for less.
        let full = self.disk.with(|disk| matches!(disk.fault, Some((_, Fault::Full))));
        if !full {
            self.disk.call()?;
        }
        self.disk.with(|disk| disk.files[self.file].bytes.truncate(length as usize));
        if full {
            self.disk.with(|disk| disk.files[self.file].durable.truncate(length as usize));
        }
        Ok(())
    }
}

/// Gives the lock back.
struct Lock(Faulty);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.with(|disk| disk.locked = false);
    }
}

impl Store for Faulty {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.with(|disk| disk.names.keys().cloned().collect()))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        let file = self.with(|disk| disk.names.get(name).copied()).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(Handle { disk: self.clone(), file }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StoreWriter>> {
        self.call()?;
        let file = self.with(|disk| {
            disk.files.push(File::default());
            let file = disk.files.len() - 1;
            disk.names.insert(name.to_owned(), file);
            disk.pending_names.push((name.to_owned(), Some(file)));
            file
        });
        Ok(Box::new(Handle { disk: self.clone(), file }))
    }

    fn append(&self, name: &str) -> io::Result<Box<dyn StoreWriter>> {
        let file = self.with(|disk| disk.names.get(name).copied()).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Handle { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.call()?;
        self.with(|disk| {
            let file = disk.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            disk.names.insert(to.to_owned(), file);
            disk.pending_names.push((to.to_owned(), Some(file)));
            disk.pending_names.push((from.to_owned(), None));
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.call()?;
        self.with(|disk| {
            disk.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
            disk.pending_names.push((name.to_owned(), None));
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.call()?;
        self.with(|disk| {
            disk.durable_names = disk.names.clone();
            disk.pending_names.clear();
        });
        Ok(())
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        let free = self.with(|disk| !std::mem::replace(&mut disk.locked, true));
        Ok(free.then(|| Box::new(Lock(self.clone())) as Box<dyn Send + Sync>))
    }

    fn place(&self, name: &str) -> String {
        format!("the disk in memory, {name}")
    }
}

fn options() -> Options {
    Options::default().log_bytes(6_000)
}

fn on(disk: Faulty) -> Arc<dyn Store> {
    Arc::new(disk)
}

/// Does something to an archive, and to the documents that it must have then if that goes well.
fn operate(archive: &Archive, operation: u64, documents: &mut Vec<Document>) -> reprint::Result<()> {
    let new = |j: u64| Document::new(format!("{operation}-{j}"), version(operation / 4, j + operation));
    match operation % 7 {
        3 if !documents.is_empty() => {
            let gone: Vec<String> = documents.iter().step_by(3).map(|d| d.id().to_owned()).collect();
            archive.remove_all(gone.iter().map(String::as_str))?;
            documents.retain(|d| !gone.iter().any(|id| id == d.id()));
        }
        5 if !documents.is_empty() => {
            let old = documents[documents.len() / 2].id().to_owned();
            let replacement = Document::new(old.clone(), version(operation, 1));
            archive.replace(replacement.clone())?;
            documents.retain(|d| d.id() != old);
            documents.push(replacement);
        }
        6 => drop(archive.compact()?),
        _ => {
            let batch: Vec<Document> = (0..3).map(new).collect();
            archive.insert_all(batch.clone())?;
            documents.extend(batch);
        }
    }
    Ok(())
}

fn check(archive: &Archive, documents: &[Document], place: &str) {
    let found: Vec<Document> = archive.snapshot().documents().collect::<Result<_, _>>().unwrap();
    assert!(found == documents, "{place}: {:?}", found.iter().map(Document::id).collect::<Vec<_>>());
    assert_eq!(archive.check().unwrap(), [], "{place}");
}

/// Operations of a run, and calls that write in it, about.
const OPERATIONS: u64 = 16;

#[test]
fn a_failing_write_changes_nothing() {
    for fault in [Fault::Once, Fault::Full] {
        let mut failed = 0;
        for at in (1..200).step_by(3) {
            let place = format!("{fault:?} at {at}");
            let disk = Faulty::default();
            let archive = Archive::open_on(&on(disk.clone()), &options()).unwrap();
            let begun = disk.with(|disk| disk.calls);
            disk.with(|disk| disk.fault = Some((begun + at, fault)));
            let mut documents = Vec::new();
            for operation in 0..OPERATIONS {
                if let Err(error) = operate(&archive, operation, &mut documents) {
                    failed += 1;
                    let kinds = [ErrorKind::Full, ErrorKind::Io, ErrorKind::Unsupported];
                    assert!(kinds.contains(&error.kind()), "{place}: {error}");
                    assert!(fault != Fault::Full || error.kind() != ErrorKind::Io, "{place}: {error}");
                }
                let found: Vec<Document> = archive.snapshot().documents().collect::<Result<_, _>>().unwrap();
                assert_eq!(found, documents, "{place}, operation {operation}");
            }
            // There is room again.
            disk.with(|disk| disk.fault = None);
            drop(archive);
            let archive = Archive::open_on(&on(disk), &options()).unwrap();
            check(&archive, &documents, &place);
            operate(&archive, 100, &mut documents).unwrap();
            check(&archive, &documents, &place);
        }
        // What fails behind a commit is no failure of it, and is tried again.
        assert!(failed > 20, "{failed}");
    }
}

#[test]
fn what_was_acknowledged_survives_the_loss_of_power() {
    for at in 1..180 {
        let disk = Faulty::default();
        let mut documents = Vec::new();
        let mut next = None;
        disk.with(|disk| disk.fault = Some((at, Fault::Power)));
        if let Ok(archive) = Archive::open_on(&on(disk.clone()), &options()) {
            for operation in 0..OPERATIONS {
                let mut after = documents.clone();
                let done = operate(&archive, operation, &mut after);
                if done.is_err() {
                    // It may have been done all the same, as a whole.
                    next = Some(expected(&documents, operation));
                    break;
                }
                documents = after;
            }
        }
        for seed in 0..4 {
            let after = disk.crashed(at * 10 + seed);
            let place = format!("power at {at}, {seed}");
            let archive = Archive::open_on(&on(after), &options()).unwrap_or_else(|e| panic!("{place}: {e}"));
            let found: Vec<Document> = archive.snapshot().documents().collect::<Result<_, _>>().unwrap();
            let mut documents = if Some(&found) == next.as_ref() { found } else { documents.clone() };
            check(&archive, &documents, &place);
            operate(&archive, 100, &mut documents).unwrap();
            check(&archive, &documents, &place);
        }
    }
}

/// The documents after an operation, as an archive without faults has them.
fn expected(before: &[Document], operation: u64) -> Vec<Document> {
    let archive = Archive::open_on(&on(Faulty::default()), &options()).unwrap();
    archive.insert_all(before.to_vec()).unwrap();
    let mut documents = before.to_vec();
    operate(&archive, operation, &mut documents).unwrap();
    documents
}

#[test]
fn damage_is_found_and_never_answered_from() {
    let disk = Faulty::default();
    let mut documents = Vec::new();
    let archive = Archive::open_on(&on(disk.clone()), &options()).unwrap();
    (0..OPERATIONS).for_each(|operation| operate(&archive, operation, &mut documents).unwrap());
    archive.close().unwrap();
    let names: Vec<(String, usize)> = disk.with(|disk| disk.names.clone().into_iter().collect());
    let (mut refused, mut reported) = (0, 0);
    for (name, file) in names {
        let length = disk.with(|disk| disk.files[file].bytes.len());
        for at in (0..length).step_by(1 + length / 23) {
            disk.with(|disk| disk.files[file].bytes[at] ^= 0x10);
            match Archive::read_on(&on(disk.clone()), &options()) {
                Err(error) => {
                    refused += 1;
                    let kinds = [ErrorKind::Damaged, ErrorKind::Foreign];
                    assert!(kinds.contains(&error.kind()), "{name} at {at}: {error}");
                    let known = error.to_string().contains(&name);
                    assert!(known || error.to_string().contains("log"), "{name} at {at}: {error}");
                }
                Ok(archive) => {
                    // Not among what was read so far: then it is an error to read it, and a problem.
                    reported += 1;
                    let problems = archive.check().unwrap();
                    assert!(!problems.is_empty(), "{name} at {at}");
                    for document in archive.snapshot().documents().flatten() {
                        assert!(documents.contains(&document), "{name} at {at}");
                    }
                }
            }
            disk.with(|disk| disk.files[file].bytes[at] ^= 0x10);
        }
    }
    assert!(refused > 20 && reported > 20, "{refused} {reported}");
    check(&Archive::open_on(&on(disk), &options()).unwrap(), &documents, "mended");
}

#[test]
fn one_writes_and_many_read() {
    let disk = Faulty::default();
    let store = on(disk.clone());
    let archive = Archive::open_on(&store, &options()).unwrap();
    assert_eq!(Archive::open_on(&store, &options()).unwrap_err().kind(), ErrorKind::Locked);
    let reader = Archive::read_on(&store, &options()).unwrap();
    assert_eq!(reader.insert(Document::new("a", "b")).unwrap_err().kind(), ErrorKind::Unsupported);
    let mut documents = Vec::new();
    for operation in 0..OPERATIONS {
        let before = reader.snapshot();
        let ids: Vec<String> = before.ids().map(str::to_owned).collect();
        operate(&archive, operation, &mut documents).unwrap();
        assert!(before.ids().eq(ids.iter().map(String::as_str)));
        assert!(before.documents().all(|document| document.is_ok()));
        reader.refresh().unwrap();
        assert!(!reader.refresh().unwrap());
        check(&reader, &documents, &format!("operation {operation}"));
    }
    drop(archive);
    Archive::open_on(&store, &options()).unwrap();
    let other = Options::new(reprint::Preset::Web);
    let error = Archive::open_on(&store, &other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    let said = error.to_string();
    let (made, given) = (said.find("was made with wire"), said.find("is opened with jaccard"));
    assert!(made.is_some() && made < given, "{said}");
}

#[test]
fn files_of_others_are_neither_joined_nor_removed() {
    let folder = Folder::new("strangers");
    let path: &std::path::Path = folder.as_ref();
    let open = || Archive::open(path, &options());
    std::fs::create_dir_all(path).unwrap();
    std::fs::write(path.join("log-of-the-day.txt"), "mine").unwrap();
    let error = open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("log-of-the-day.txt"), "{error}");
    assert_eq!(std::fs::read_dir(path).unwrap().count(), 1, "something was written");

    // What begins with a dot is no reason, and what comes later stays.
    std::fs::rename(path.join("log-of-the-day.txt"), path.join(".keep")).unwrap();
    let archive = open().unwrap();
    std::fs::write(path.join("state-of-the-art.txt"), "mine").unwrap();
    let mut documents = Vec::new();
    (0..OPERATIONS).for_each(|operation| operate(&archive, operation, &mut documents).unwrap());
    archive.compact().unwrap();
    drop(archive);
    open().unwrap();
    assert_eq!(std::fs::read_to_string(path.join("state-of-the-art.txt")).unwrap(), "mine");
}
