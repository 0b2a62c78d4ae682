//! The files of an archive: the logs, what is derived from them, and the manifest that names both.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use super::log::{Commit, Found, LogHeader, read_found, write_found};
use super::segment::Segment;
use super::state::{Log, Part, State};
use super::store::{LOCK, Store, StoreFile, StoreWriter};
use crate::codec::{Kind, Layout, MAGIC, Reader, Stored, Writer, intact};
use crate::corpus::Statistics;
use crate::method::Method;
use crate::parallel;
use crate::{Error, Result};

/// What is to be read, and where a log goes on from.
///
/// It is written beside and renamed, so that it is there as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// A number of this archive alone, which is in its logs as well.
    pub(super) archive: u64,
    /// The method's parameters in words.
    pub(super) method: String,
    /// Number and version of each log, by number. Logs that follow have version 0.
    pub(super) logs: Vec<(u32, u32)>,
    /// What the segments and the state say ends here.
    pub(super) tail: Tail,
    pub(super) sequence: u64,
    pub(super) next: u32,
    pub(super) epoch: u32,
    /// The numbers of the files; 0 for no state.
    pub(super) segments: Vec<u64>,
    pub(super) state: u64,
    pub(super) next_file: u64,
}

/// A place in the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) log: u32,
    pub(super) offset: u64,
}

const MANIFEST: &str = "manifest";
const BESIDE: &str = "manifest.new";

pub(super) fn log_name((number, version): (u32, u32)) -> String {
    format!("log-{number:08}-{version}")
}

fn segment_name(file: u64) -> String {
    format!("segment-{file:08}")
}

fn state_name(file: u64) -> String {
    format!("state-{file:08}")
}

fn statistics_name(epoch: u32) -> String {
    format!("statistics-{epoch:08}")
}

/// The format version of hashes; the archive's own number (`u64`); the method in words; the numbers and then
/// the versions of the logs (lists of `u32`); the log (`u32`) and the offset (`u64`) up to which the other
/// files go; the sequence of the last commit there (`u64`), the number of the next document (`u32`), that of
/// the statistics (`u32`); the numbers of the segments (a list of `u64`), that of the state and that of the
/// next file (`u64`).
impl Layout for Manifest {
    const KIND: Kind = Kind::ArchiveManifest;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.format_version();
        out.u64(self.archive);
        out.str(&self.method);
        let (numbers, versions): (Vec<u32>, Vec<u32>) = self.logs.iter().copied().unzip();
        out.u32s(&numbers);
        out.u32s(&versions);
        out.u32(self.tail.log);
        out.u64(self.tail.offset);
        out.u64(self.sequence);
        out.u32(self.next);
        out.u32(self.epoch);
        out.u64s(&self.segments);
        out.u64(self.state);
        out.u64(self.next_file);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let (archive, method) = (from.u64()?, from.str()?.to_owned());
        let (numbers, versions) = (from.u32s()?, from.u32s()?);
        from.check(numbers.len() == versions.len(), "there are not as many versions as logs")?;
        Ok(Self {
            archive,
            method,
            logs: numbers.into_iter().zip(versions).collect(),
            tail: Tail { log: from.u32()?, offset: from.u64()? },
            sequence: from.u64()?,
            next: from.u32()?,
            epoch: from.u32()?,
            segments: from.u64s()?,
            state: from.u64()?,
            next_file: from.u64()?,
        })
    }
}

/// Whether a name is that of a log, a segment, a state or statistics: of another file that begins so, it is
/// not.
fn is_numbered(name: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match name.split_once('-') {
        Some(("log", numbers)) => {
            numbers.split_once('-').is_some_and(|(number, version)| is_number(number) && is_number(version))
        }
        Some(("segment" | "state" | "statistics", number)) => is_number(number),
        _ => false,
    }
}

/// What is known beside the documents.
struct StoredState {
    removed: Vec<u32>,
    clusters: Vec<Vec<u32>>,
    found: Vec<Found>,
}

/// The removed documents that segments still have (a list of `u32`); the clusters (a list of lists of `u32`);
/// what was found, as in a commit.
impl Layout for StoredState {
    const KIND: Kind = Kind::ArchiveState;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        out.u32s(&self.removed);
        out.length(self.clusters.len());
        self.clusters.iter().for_each(|members| out.u32s(members));
        write_found(&self.found, out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let removed = from.u32s()?;
        let clusters = (0..from.length(8)?).map(|_| from.u32s()).collect::<Result<_>>()?;
        Ok(Self { removed, clusters, found: read_found(from)? })
    }
}

/// An archive's files.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) store: Arc<dyn Store>,
    pub(super) manifest: Manifest,
    /// What was read, or written and synced.
    pub(super) tail: Tail,
    /// The log that is written; only for a writer.
    log: Option<Box<dyn StoreWriter>>,
    /// A log is at most so long, but for a single commit.
    most_of_log: u64,
    /// Bytes of the last state, and of the logs since then.
    state_bytes: u64,
    pub(super) since: u64,
    /// Whether a write failed so that what is in the log is not known.
    is_broken: bool,
}

fn io_error(store: &dyn Store, name: &str) -> impl Fn(io::Error) -> Error {
    let place = store.place(name);
    move |error| Error::io(&place, &error)
}

/// The bytes of a file from a place on.
fn read_from(store: &dyn Store, name: &str, file: &dyn StoreFile, offset: u64) -> Result<Vec<u8>> {
    let length = file.len().map_err(io_error(store, name))?.saturating_sub(offset);
    let length = usize::try_from(length).map_err(|_| Error::too_many("bytes in a file", usize::MAX))?;
    let mut bytes = vec![0; length];
    file.read_at(&mut bytes, offset).map_err(io_error(store, name))?;
    Ok(bytes)
}

fn read_file(store: &dyn Store, name: &str) -> Result<Vec<u8>> {
    let file = store.open(name).map_err(io_error(store, name))?;
    read_from(store, name, &*file, 0)
}

/// A stored value from a file; errors say which.
pub(super) fn read_value<T: Stored>(store: &dyn Store, name: &str) -> Result<T> {
    let bytes = read_file(store, name)?;
    T::from_bytes(&bytes).map_err(|error| error.at(store.place(name)))
}

fn write_file(store: &dyn Store, name: &str, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = store.create(name)?;
        file.append(bytes)?;
        file.sync()
    };
    write().map_err(io_error(store, name))
}

impl Disk {
    /// Whether there is an archive.
    ///
    /// # Errors
    /// When there are logs with commits and no manifest.
    pub(super) fn exists(store: &dyn Store) -> Result<bool> {
        match store.open(MANIFEST) {
            Ok(_) => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io_error(store, MANIFEST)(error)),
        }
        let names = store.names().map_err(io_error(store, ""))?;
        for name in names.iter().filter(|name| name.starts_with("log-")) {
            let bytes = read_file(store, name)?;
            if intact(&bytes).is_some_and(|header| bytes.len() > header) {
                let what = format_args!("there is {name} and no manifest");
                return Err(Error::damaged("archive", what).at(store.place(MANIFEST)));
            }
        }
        Ok(false)
    }

    /// Whether an archive has files of this name.
    pub(super) fn is_its_own(name: &str) -> bool {
        is_numbered(name) || [MANIFEST, BESIDE, LOCK].contains(&name)
    }

    /// Makes the files of a new archive.
    pub(super) fn create(store: &dyn Store, method: &Method, statistics: &Statistics) -> Result<()> {
        let archive = new_number();
        write_file(store, &statistics_name(0), &statistics.to_bytes())?;
        let header = LogHeader { archive, number: 1 }.to_bytes();
        write_file(store, &log_name((1, 0)), &header)?;
        let manifest = Manifest {
            archive,
            method: describe(method),
            logs: vec![(1, 0)],
            tail: Tail { log: 1, offset: header.len() as u64 },
            sequence: 0,
            next: 0,
            epoch: 0,
            segments: Vec::new(),
            state: 0,
            next_file: 1,
        };
        write_manifest(store, &manifest)
    }

    /// Reads an archive: its files, and the state that they tell of.
    pub(super) fn open(store: Arc<dyn Store>, method: &Method, most_of_log: u64) -> Result<(Self, State)> {
        let manifest: Manifest = read_value(&*store, MANIFEST)?;
        let described = describe(method);
        if manifest.method != described {
            return Err(Error::opened(store.place(""), manifest.method, described));
        }
        let mut state = State::new(read_value(&*store, &statistics_name(manifest.epoch))?);
        state.epoch = manifest.epoch;
        state.sequence = manifest.sequence;
        state.logs = Arc::new(Vec::new());
        let read = |at: usize| {
            let file = manifest.segments[at];
            let segment: Segment = read_value(&*store, &segment_name(file))?;
            let _ = segment.file.set(file);
            Ok(Arc::new(segment))
        };
        let segments = parallel::tasks(manifest.segments.len(), read).into_iter();
        let segments: Vec<Arc<Segment>> = segments.collect::<Result<_>>()?;
        state.documents = segments.iter().map(|segment| segment.len()).sum();
        state.parts = segments.into_iter().map(|segment| Part { segment, removed: 0 }).collect();
        let mut state_bytes = 0;
        if manifest.state > 0 {
            let name = state_name(manifest.state);
            let bytes = read_file(&*store, &name)?;
            state_bytes = bytes.len() as u64;
            let stored = StoredState::from_bytes(&bytes).map_err(|error| error.at(store.place(&name)))?;
            state.apply(
                &Commit { sequence: manifest.sequence, removed: stored.removed, ..Commit::default() },
                None,
            );
            state.learn_found(&stored.found);
            stored.clusters.iter().for_each(|members| state.set_cluster(members));
        }
        state.next = manifest.next;
        let tail = manifest.tail;
        let mut disk =
            Self { store, manifest, tail, log: None, most_of_log, state_bytes, since: 0, is_broken: false };
        for log in disk.manifest.logs.clone() {
            disk.open_log(&mut state, log)?;
        }
        disk.replay(&mut state)?;
        Ok((disk, state))
    }

    /// Opens a log to read from.
    fn open_log(&self, state: &mut State, log: (u32, u32)) -> Result<()> {
        let name = log_name(log);
        let file = self.store.open(&name).map_err(io_error(&*self.store, &name))?;
        let logs = Arc::make_mut(&mut state.logs);
        logs.retain(|other| other.number != log.0);
        logs.push(Log { number: log.0, name: self.store.place(&name), file });
        logs.sort_unstable_by_key(|log| log.number);
        Ok(())
    }

    fn version(&self, log: u32) -> u32 {
        self.manifest.logs.iter().find(|&&(number, _)| number == log).map_or(0, |&(_, version)| version)
    }

    fn name(&self, log: u32) -> String {
        log_name((log, self.version(log)))
    }

    /// Takes in what was committed behind the tail; says whether there was anything. What a crash left half
    /// written at the very end is passed over.
    pub(super) fn replay(&mut self, state: &mut State) -> Result<bool> {
        let before = state.sequence;
        loop {
            let name = self.name(self.tail.log);
            // First of all: a log that has a next one does not grow.
            let next = self.store.open(&self.name(self.tail.log + 1));
            if let Err(error) = &next
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(Error::io(self.store.place(&name), error));
            }
            if state.logs.binary_search_by_key(&self.tail.log, |log| log.number).is_err() {
                self.open_log(state, (self.tail.log, self.version(self.tail.log)))?;
            }
            let file =
                state.logs.iter().find(|log| log.number == self.tail.log).map(|log| Arc::clone(&log.file));
            let Some(file) = file else { return Ok(false) };
            let length = file.len().map_err(io_error(&*self.store, &name))?;
            if length < self.tail.offset {
                let what = format_args!("{length} bytes are there of {}", self.tail.offset);
                return Err(Error::damaged("archive log", what).at(self.store.place(&name)));
            }
            let bytes = read_from(&*self.store, &name, &*file, self.tail.offset)?;
            let rest = self.replay_bytes(state, &name, &bytes)?;
            if next.is_ok() && rest.is_empty() {
                self.tail = Tail { log: self.tail.log + 1, offset: 0 };
                continue;
            }
            if !rest.is_empty() && (next.is_ok() || self.has_commit(rest)) {
                let what = format_args!("the commit at byte {} is not what was written", self.tail.offset);
                return Err(Error::damaged("archive log", what).at(self.store.place(&name)));
            }
            return Ok(state.sequence > before);
        }
    }

    /// Takes in the commits that bytes behind the tail begin with; what is left of them.
    fn replay_bytes<'b>(&mut self, state: &mut State, name: &str, mut bytes: &'b [u8]) -> Result<&'b [u8]> {
        let at = |error: Error| error.at(self.store.place(name));
        while let Some(length) = intact(bytes) {
            let (frame, rest) = bytes.split_at(length);
            let is_ours = if self.tail.offset == 0 {
                LogHeader::from_bytes(frame).map_err(at)?.archive == self.manifest.archive
            } else {
                self.replay_frame(state, frame, self.tail.log, self.tail.offset).map_err(at)?
            };
            if !is_ours {
                return Err(at(Error::foreign(
                    "archive log",
                    "the log of another archive",
                    "put its own back",
                )));
            }
            self.tail.offset += length as u64;
            self.since += length as u64;
            bytes = rest;
        }
        Ok(bytes)
    }

    /// Takes in the commit at a place of a log; whether it is one of this archive.
    pub(super) fn replay_frame(
        &self,
        state: &mut State,
        frame: &[u8],
        log: u32,
        offset: u64,
    ) -> Result<bool> {
        let commit = Commit::from_bytes(frame)?;
        if commit.archive != self.manifest.archive {
            return Ok(false);
        }
        if commit.sequence != state.sequence + 1 {
            let what = format_args!("commit {} follows commit {}", commit.sequence, state.sequence);
            return Err(Error::damaged("archive log", what));
        }
        let commit = commit.placed(log, offset);
        let segment = Segment::new(&commit.documents)?;
        if let Some(epoch) = commit.epoch.filter(|&epoch| epoch >= self.manifest.epoch) {
            state.statistics = read_value(&*self.store, &statistics_name(epoch))?;
        }
        state.apply(&commit, Some(segment));
        state.merge()?;
        Ok(true)
    }

    /// What is wrong with the files beside the logs.
    pub(super) fn damaged_files(&self) -> Vec<Error> {
        let (store, manifest) = (&*self.store, &self.manifest);
        let mut results = vec![
            read_value::<Manifest>(store, MANIFEST).map(drop),
            read_value::<Statistics>(store, &statistics_name(manifest.epoch)).map(drop),
        ];
        results.extend(
            manifest.segments.iter().map(|&file| read_value::<Segment>(store, &segment_name(file)).map(drop)),
        );
        if manifest.state > 0 {
            results.push(read_value::<StoredState>(store, &state_name(manifest.state)).map(drop));
        }
        results.into_iter().filter_map(Result::err).collect()
    }

    /// Whether a whole commit of this archive is somewhere in bytes.
    fn has_commit(&self, bytes: &[u8]) -> bool {
        let starts = (1..bytes.len()).filter(|&at| bytes[at..].starts_with(&MAGIC));
        let is_commit = |at: usize| {
            intact(&bytes[at..]).is_some_and(|length| {
                Commit::from_bytes(&bytes[at..at + length])
                    .is_ok_and(|commit| commit.archive == self.manifest.archive)
            })
        };
        starts.into_iter().any(is_commit)
    }

    /// Makes the log ready to be written: what a crash left half written is cut off.
    pub(super) fn begin_to_write(&mut self, state: &mut State) -> Result<()> {
        let name = self.name(self.tail.log);
        let begin = || -> io::Result<Box<dyn StoreWriter>> {
            if self.tail.offset > 0 {
                let mut log = self.store.append(&name)?;
                if self.store.open(&name)?.len()? > self.tail.offset {
                    log.truncate(self.tail.offset)?;
                    log.sync()?;
                }
                return Ok(log);
            }
            let header = LogHeader { archive: self.manifest.archive, number: self.tail.log };
            let mut log = self.store.create(&name)?;
            log.append(&header.to_bytes())?;
            log.sync()?;
            self.store.sync()?;
            Ok(log)
        };
        self.log = Some(begin().map_err(io_error(&*self.store, &name))?);
        if self.tail.offset == 0 {
            let header = LogHeader { archive: self.manifest.archive, number: self.tail.log };
            self.tail.offset = header.to_bytes().len() as u64;
            self.open_log(state, (self.tail.log, self.version(self.tail.log)))?;
        }
        Ok(())
    }

    /// Begins another log where this one would become too long by so many bytes.
    pub(super) fn make_room(&mut self, state: &mut State, bytes: u64) -> Result<()> {
        self.check_whole()?;
        let header = LogHeader { archive: self.manifest.archive, number: 0 }.to_bytes().len() as u64;
        if self.tail.offset <= header || self.tail.offset + bytes <= self.most_of_log {
            return Ok(());
        }
        self.roll(state)
    }

    /// Begins another log.
    pub(super) fn roll(&mut self, state: &mut State) -> Result<()> {
        let before = self.tail;
        self.tail = Tail { log: before.log + 1, offset: 0 };
        let begun = self.begin_to_write(state);
        if begun.is_err() {
            // Half a log is none: it is made anew when there is room.
            let _ = self.store.remove(&self.name(self.tail.log));
            self.tail = before;
            let name = self.name(before.log);
            self.log = self.store.append(&name).ok();
            self.is_broken = self.log.is_none();
        }
        begun
    }

    fn check_whole(&self) -> Result<()> {
        if self.is_broken {
            let remedy = "open it again: what was acknowledged is there";
            return Err(Error::unsupported("be written", "an archive whose log could not be mended", remedy));
        }
        Ok(())
    }

    /// Writes a commit, which is durable when this returns.
    pub(super) fn commit(&mut self, commit: &Commit) -> Result<()> {
        self.check_whole()?;
        let bytes = commit.to_bytes();
        let name = self.name(self.tail.log);
        let Some(log) = &mut self.log else {
            return Err(Error::unsupported(
                "change",
                "an archive that was opened for reading",
                "call Archive::open",
            ));
        };
        if let Err(error) = log.append(&bytes).and_then(|()| log.sync()) {
            // Nothing of it may stay, or it would stand before the next commit.
            let mended = log.truncate(self.tail.offset).and_then(|()| log.sync());
            self.is_broken = mended.is_err();
            return Err(io_error(&*self.store, &name)(error));
        }
        self.tail.offset += bytes.len() as u64;
        self.since += bytes.len() as u64;
        Ok(())
    }

    /// Whether so much stands in the logs that is in no segment that opening would take long.
    pub(super) fn is_due(&self) -> bool {
        self.since > self.most_of_log.max(self.state_bytes) / 2
    }

    /// Writes statistics, which are used once a commit says so.
    pub(super) fn write_statistics(&self, epoch: u32, statistics: &Statistics) -> Result<()> {
        write_file(&*self.store, &statistics_name(epoch), &statistics.to_bytes())?;
        self.store.sync().map_err(io_error(&*self.store, ""))
    }

    /// The number of a new file: never one that a segment in memory has, whether or not a manifest names it.
    fn take_number(&mut self) -> u64 {
        self.manifest.next_file += 1;
        self.manifest.next_file - 1
    }

    /// Writes what the logs come to, so that they need not be read from the beginning, and removes files that
    /// are of no use any more.
    pub(super) fn checkpoint(&mut self, state: &State) -> Result<()> {
        let mut segments = Vec::with_capacity(state.parts.len());
        for Part { segment, .. } in &state.parts {
            let file = if let Some(&file) = segment.file.get() {
                file
            } else {
                let file = self.take_number();
                write_file(&*self.store, &segment_name(file), &segment.to_bytes())?;
                let _ = segment.file.set(file);
                file
            };
            segments.push(file);
        }
        let numbers =
            state.parts.iter().filter(|part| part.removed > 0).flat_map(|part| part.segment.numbers());
        let removed = numbers.copied().filter(|&number| state.removed.contains(number)).collect();
        let stored = StoredState { removed, clusters: state.clusters(), found: state.found().collect() };
        let (bytes, file) = (stored.to_bytes(), self.take_number());
        write_file(&*self.store, &state_name(file), &bytes)?;
        let manifest = Manifest {
            logs: state.logs.iter().map(|log| (log.number, self.version(log.number))).collect(),
            tail: self.tail,
            sequence: state.sequence,
            next: state.next,
            epoch: state.epoch,
            segments,
            state: file,
            ..self.manifest.clone()
        };
        write_manifest(&*self.store, &manifest)?;
        self.manifest = manifest;
        self.state_bytes = bytes.len() as u64;
        self.since = 0;
        self.sweep();
        Ok(())
    }

    /// A version of a log that no file has.
    pub(super) fn next_version(&self, log: u32) -> u32 {
        self.version(log) + 1
    }

    /// Writes a version of a log, which is read from then on; the manifest names it with the next checkpoint.
    pub(super) fn put_log(&mut self, state: &mut State, log: (u32, u32), bytes: &[u8]) -> Result<()> {
        write_file(&*self.store, &log_name(log), bytes)?;
        self.manifest.logs.retain(|&(number, _)| number != log.0);
        self.manifest.logs.push(log);
        self.open_log(state, log)
    }

    /// Removes files that the manifest does not name. Where that fails they stay for the next time.
    fn sweep(&self) {
        let manifest = &self.manifest;
        let mut kept: HashSet<String> = manifest.segments.iter().map(|&file| segment_name(file)).collect();
        kept.extend(manifest.logs.iter().map(|&log| log_name(log)));
        kept.insert(state_name(manifest.state));
        kept.insert(statistics_name(manifest.epoch));
        for name in self.store.names().unwrap_or_default() {
            if is_numbered(&name) && !kept.contains(&name) {
                let _ = self.store.remove(&name);
            }
        }
    }
}

fn write_manifest(store: &dyn Store, manifest: &Manifest) -> Result<()> {
    write_file(store, BESIDE, &manifest.to_bytes())?;
    // What it names must be there before it is.
    let rename = || {
        store.sync()?;
        store.rename(BESIDE, MANIFEST)?;
        store.sync()
    };
    rename().map_err(io_error(store, MANIFEST))
}

/// A number that no other archive has, as far as that can be had without asking anyone.
fn new_number() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::time::SystemTime::now())
}

/// What the matches of an archive depend on beside its statistics.
fn describe(method: &Method) -> String {
    match method {
        Method::Wire(wire) => {
            let params = wire.hasher().params();
            let (threshold, seed) = (wire.threshold(), params.seed());
            format!(
                "wire, threshold {threshold}, seed {seed}, scale {}, minimum {}",
                params.scale(),
                params.minimum()
            )
        }
        Method::Jaccard(jaccard) => {
            let (banding, params) = (jaccard.banding(), jaccard.minhasher().params());
            format!(
                "jaccard, threshold {}, shingler {}, seed {}, bins {}, bands {}, rows {}",
                jaccard.threshold(),
                jaccard.shingler().id(),
                params.seed(),
                params.bins(),
                banding.bands(),
                banding.rows()
            )
        }
    }
}
