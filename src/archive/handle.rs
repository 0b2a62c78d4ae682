//! The archive as its users have it.

use std::io::BufRead;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::compare::Scratch;
use super::disk::Disk;
use super::snapshot::Snapshot;
use super::state::State;
use super::store::{Folder, Store};
use super::write::{Compaction, Refreshed, Writer};
use crate::corpus::{Document, Fields, Statistics};
use crate::engine::Answer;
use crate::method::{Method, Text, Wire};
use crate::parallel::Pool;
use crate::{Error, Report, Result};

/// How an archive is opened: the method, and what a new one begins with.
///
/// ```
/// use reprint::Preset;
/// use reprint::archive::Options;
///
/// let options = Options::new(Preset::Web).log_bytes(1 << 20);
/// assert_eq!(options.method().threshold(), 0.8);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    method: Method,
    statistics: Statistics,
    log_bytes: u64,
}

impl Default for Options {
    /// The method of the preset `wire`, and the statistics of no corpus.
    fn default() -> Self {
        Self::new(Wire::default())
    }
}

/// Bytes of a log.
const LOG_BYTES: u64 = 64 << 20;

impl Options {
    /// With a method. An archive is always opened with the one that it was made with.
    pub fn new(method: impl Into<Method>) -> Self {
        Self { method: method.into(), statistics: Statistics::default(), log_bytes: LOG_BYTES }
    }

    /// The statistics that a new archive begins with; of one that is there they change nothing
    /// ([`Archive::refresh_statistics`] does). Default: those of no corpus.
    #[must_use]
    pub fn statistics(self, statistics: Statistics) -> Self {
        Self { statistics, ..self }
    }

    /// How long a log file becomes, in bytes. Opening reads at most about half as much again. Default: 64
    /// MiB.
    #[must_use]
    pub fn log_bytes(self, log_bytes: u64) -> Self {
        Self { log_bytes, ..self }
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }
}

/// Documents on disk: inserted, asked and removed one by one, with the verdicts and clusters of the batch.
///
/// See the [module](super) for what it promises. It is shared by threads as it is: those that change it wait
/// for each other, those that ask wait for nobody.
///
/// # Clusters
/// A new document is compared with candidates as in a batch: the strongest first, those that are connected to
/// it already left out, until its budget is spent. Then the linkage of the batch is applied to the documents
/// that its matches lead to, and asks for the comparisons that it wants. What is removed leaves its links
/// behind; where that parts a cluster, those that were linked to it look for copies anew. All that was
/// compared is stored with its score, so that nothing is compared twice.
pub struct Archive {
    pub(super) method: Arc<Method>,
    /// What readers see.
    current: RwLock<Arc<State>>,
    keeper: Mutex<Keeper>,
    pub(super) pool: Arc<Pool<(Scratch, crate::method::RecordScratch)>>,
}

/// Who may change the files.
pub(super) struct Keeper {
    pub(super) disk: Disk,
    /// `None` for a reader.
    lock: Option<Box<dyn Send + Sync>>,
    options: Options,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive")
            .field("commits", &self.state().sequence)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Refuses to make an archive among files of others, where a path was mistyped. What begins with a dot is
/// nobody's.
fn refuse_strangers(path: &Path) -> Result<()> {
    let failed = |error: std::io::Error| Error::io(path.display(), &error);
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with('.') || name == "lost+found" || Disk::is_its_own(&name)) {
            let remedy = "give the folder of an archive, an empty one, or one that is not there yet";
            return Err(Error::file(path.display(), format_args!("holds {name:?} and no archive; {remedy}")));
        }
    }
    Ok(())
}

/// How often a reader tries again to open an archive whose files change under it.
const TRIES: usize = 20;

impl Archive {
    /// Opens the archive in a folder to read and to write; makes it if the folder is empty or not there.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) if the folder holds other files and no archive,
    /// [`Locked`](crate::ErrorKind::Locked) if another has it open to write,
    /// [`Mismatch`](crate::ErrorKind::Mismatch) if it was made with another method,
    /// [`Foreign`](crate::ErrorKind::Foreign) if a newer version wrote it,
    /// [`Damaged`](crate::ErrorKind::Damaged) if a file is not what was written, and those of the system.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self> {
        let path = path.as_ref();
        let folder = Folder::create(path).map_err(|error| Error::io(path.display(), &error))?;
        if !Disk::exists(&folder)? {
            refuse_strangers(path)?;
        }
        let store: Arc<dyn Store> = Arc::new(folder);
        Self::open_on(&store, options)
    }

    /// As [`open`](Self::open), on a store of your own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(store: &Arc<dyn Store>, options: &Options) -> Result<Self> {
        let lock = store.lock().map_err(|error| Error::io(store.place(""), &error))?;
        let lock = lock.ok_or_else(|| Error::locked(store.place("")))?;
        if !Disk::exists(&**store)? {
            Disk::create(&**store, &options.method, &options.statistics)?;
        }
        let (mut disk, mut state) = Disk::open(Arc::clone(store), &options.method, options.log_bytes)?;
        disk.begin_to_write(&mut state)?;
        let archive = Self::of(disk, state, Some(lock), options);
        Ok(archive)
    }

    /// Opens the archive in a folder to read it, while another writes it or none does.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for the lock; and if there is no archive.
    pub fn open_to_read(path: impl AsRef<Path>, options: &Options) -> Result<Self> {
        let path = path.as_ref();
        let folder = Folder::open(path).map_err(|error| Error::io(path.display(), &error))?;
        let store: Arc<dyn Store> = Arc::new(folder);
        Self::read_on(&store, options)
    }

    /// As [`open_to_read`](Self::open_to_read), on a store of your own.
    ///
    /// # Errors
    /// As [`open_to_read`](Self::open_to_read).
    pub fn read_on(store: &Arc<dyn Store>, options: &Options) -> Result<Self> {
        let (disk, state) = Self::read(store, options)?;
        Ok(Self::of(disk, state, None, options))
    }

    fn read(store: &Arc<dyn Store>, options: &Options) -> Result<(Disk, State)> {
        let open = || Disk::open(Arc::clone(store), &options.method, options.log_bytes);
        let mut opened = open();
        for _ in 0..TRIES {
            // Files that the manifest named may be gone when they are opened: then there is another manifest.
            if opened.as_ref().err().is_none_or(|error| error.kind() != crate::ErrorKind::Io) {
                break;
            }
            opened = open();
        }
        opened
    }

    fn of(disk: Disk, state: State, lock: Option<Box<dyn Send + Sync>>, options: &Options) -> Self {
        Self {
            method: Arc::new(options.method.clone()),
            current: RwLock::new(Arc::new(state)),
            keeper: Mutex::new(Keeper { disk, lock, options: options.clone() }),
            pool: Arc::default(),
        }
    }

    pub(super) fn state(&self) -> Arc<State> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn publish(&self, state: State) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }

    pub(super) fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to change it.
    fn writer(&self) -> Result<Writer<'_>> {
        let keeper = self.keeper();
        if keeper.lock.is_none() {
            let remedy = "open it with Archive::open";
            return Err(Error::unsupported("be changed", "an archive that was opened to be read", remedy));
        }
        Ok(Writer { archive: self, keeper })
    }

    /// The archive as it is now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { state: self.state(), method: Arc::clone(&self.method), pool: Arc::clone(&self.pool) }
    }

    /// Takes in what another process has committed since this one opened the archive; says whether there was
    /// anything. Of a writer there is nothing to take in.
    ///
    /// # Errors
    /// As [`open_to_read`](Self::open_to_read); then the archive goes on as it was.
    pub fn refresh(&self) -> Result<bool> {
        let mut keeper = self.keeper();
        if keeper.lock.is_some() {
            return Ok(false);
        }
        let mut state = State::clone(&self.state());
        if let Ok(changed) = keeper.disk.replay(&mut state) {
            if changed {
                self.publish(state);
            }
            return Ok(changed);
        }
        // The logs that it was reading may have given way to others.
        let (store, options) = (Arc::clone(&keeper.disk.store), keeper.options.clone());
        let (disk, state) = Self::read(&store, &options)?;
        let changed = state.sequence != self.state().sequence;
        keeper.disk = disk;
        self.publish(state);
        Ok(changed)
    }

    /// Adds a document, which is durable when this returns.
    ///
    /// # Errors
    /// If its id is there already, or the text is too long for the method, and those of the system; then
    /// nothing is added.
    pub fn insert(&self, document: Document) -> Result<()> {
        self.insert_all([document]).map(drop)
    }

    /// Adds documents, all of them or none; they are durable when this returns. Tells how many they are. On
    /// all cores.
    ///
    /// A thousand at a time cost much less than one at a time, which waits for the disk once for each.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), and if an id comes twice.
    pub fn insert_all(&self, documents: impl IntoIterator<Item = Document>) -> Result<usize> {
        self.writer()?.insert_all(&documents.into_iter().collect::<Vec<_>>())
    }

    /// Removes a document; whether it was there.
    ///
    /// # Errors
    /// Those of the system, and if a text that must be compared again cannot be read; then nothing is
    /// removed.
    pub fn remove(&self, id: &str) -> Result<bool> {
        Ok(self.remove_all([id])? > 0)
    }

    /// Removes documents, all of them at once; tells how many were there.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    pub fn remove_all<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Result<usize> {
        self.writer()?.remove_all(ids)
    }

    /// Puts a document in the place of that with its id, or adds it; whether there was one. At no time is
    /// neither there.
    ///
    /// # Errors
    /// As [`insert`](Self::insert) but for the id.
    pub fn replace(&self, document: Document) -> Result<bool> {
        self.writer()?.replace(document)
    }

    /// Judges by other statistics from here on: all that is stored is compared anew with them, and the
    /// clusters are made of that. Begins the next epoch. Says what it changed.
    ///
    /// Pairs that were far from a match, and so are not stored, are not compared again.
    ///
    /// ```no_run
    /// use reprint::archive::{Archive, Options};
    /// use reprint::method::Wire;
    ///
    /// let archive = Archive::open("stories", &Options::default())?;
    /// let statistics = Wire::default().measure(&archive.snapshot().corpus())?;
    /// let refreshed = archive.refresh_statistics(statistics)?;
    /// println!("epoch {}: {} matches gained, {} lost", refreshed.epoch, refreshed.gained, refreshed.lost);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the system, and if a text cannot be read; then nothing is changed.
    pub fn refresh_statistics(&self, statistics: Statistics) -> Result<Refreshed> {
        self.writer()?.refresh_statistics(statistics)
    }

    /// Gives back the room of what was removed, in memory and on disk. Readers go on reading what they have.
    ///
    /// Logs of which more than a tenth is of no use are written again.
    ///
    /// # Errors
    /// Those of the system; then the archive is as it was.
    pub fn compact(&self) -> Result<Compaction> {
        self.writer()?.compact()
    }

    /// Adds documents from JSON lines, as [`Snapshot::export`] or anyone else wrote them, a thousand at a
    /// time; tells how many. A line whose id is there is skipped if the text, the source and the date are the
    /// same.
    ///
    /// # Errors
    /// If a line is no document, or its id is there with something else; what was before it is added then.
    pub fn import(&self, lines: impl BufRead, name: &str, fields: &Fields) -> Result<usize> {
        self.writer()?.import(lines, name, fields)
    }

    /// Writes down what the logs come to, so that the next opening need not read them, and closes. To drop an
    /// archive does the same, and cannot say whether it went well; nothing is lost either way.
    ///
    /// # Errors
    /// Those of the system.
    pub fn close(self) -> Result<()> {
        self.checkpoint()
    }

    fn checkpoint(&self) -> Result<()> {
        let mut keeper = self.keeper();
        if keeper.lock.is_some() && keeper.disk.since > 0 {
            keeper.disk.checkpoint(&self.state())?;
        }
        Ok(())
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.state().documents
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The document with this id, now.
    ///
    /// # Errors
    /// As [`Snapshot::get`].
    pub fn get(&self, id: &str) -> Result<Option<Document>> {
        self.snapshot().get(id)
    }

    /// The documents that match a text, now, the strongest first: see [`Snapshot::ask`].
    ///
    /// # Errors
    /// As [`Snapshot::ask`].
    pub fn ask<'a>(&self, text: impl Into<Text<'a>>) -> Result<Vec<Answer>> {
        self.snapshot().ask(text)
    }

    /// The ids of a document's cluster, now: see [`Snapshot::cluster_of`].
    pub fn cluster_of(&self, id: &str) -> Option<Vec<String>> {
        self.snapshot().cluster_of(id)
    }

    /// The clusters of two documents or more, now: see [`Snapshot::clusters`].
    pub fn clusters(&self) -> Vec<Vec<String>> {
        self.snapshot().clusters()
    }

    /// The clusters and matches as the report of a run: see [`Snapshot::report`].
    ///
    /// # Errors
    /// As [`Snapshot::report`].
    pub fn report(&self) -> Result<Report> {
        self.snapshot().report()
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        // What was acknowledged is in the logs.
        let _ = self.checkpoint();
    }
}
