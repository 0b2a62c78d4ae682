//! Where an archive keeps its files.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place for files with names, as an [`Archive`](super::Archive) needs it: a [`Folder`], or one of your
/// own.
///
/// What an archive promises rests on this:
/// - what was appended to a file is there after a crash once [`sync`](StoreWriter::sync) has returned; before
///   that, any part of it may be;
/// - [`rename`](Self::rename) shows the old file or the new one at any time, and both it and a new file's
///   name are there after a crash once [`sync`](Self::sync) has returned.
///
/// Names are letters, digits, `-` and `.`.
pub trait Store: Debug + Send + Sync {
    /// The names of all files, in any order.
    ///
    /// # Errors
    /// Those of the system.
    fn names(&self) -> io::Result<Vec<String>>;

    /// A file to be read, while others append to it.
    ///
    /// # Errors
    /// Those of the system; of kind `NotFound` when there is none.
    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>>;

    /// An empty file to append to, in place of one that is there.
    ///
    /// # Errors
    /// Those of the system.
    fn create(&self, name: &str) -> io::Result<Box<dyn StoreWriter>>;

    /// A file that is there, to append to.
    ///
    /// # Errors
    /// Those of the system.
    fn append(&self, name: &str) -> io::Result<Box<dyn StoreWriter>>;

    /// Gives a file another name, in place of the file that has it.
    ///
    /// # Errors
    /// Those of the system.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. Those who have it open go on reading it.
    ///
    /// # Errors
    /// Those of the system.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes sure that names given and taken are so after a crash.
    ///
    /// # Errors
    /// Those of the system.
    fn sync(&self) -> io::Result<()>;

    /// The right to write, until what is returned is dropped or the process ends; `None` while another has
    /// it.
    ///
    /// # Errors
    /// Those of the system.
    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>>;

    /// What errors call it.
    fn place(&self, name: &str) -> String;
}

/// A file that is read.
pub trait StoreFile: Debug + Send + Sync {
    /// Its length in bytes at this time.
    ///
    /// # Errors
    /// Those of the system.
    fn len(&self) -> io::Result<u64>;

    /// Whether it has no bytes at this time.
    ///
    /// # Errors
    /// Those of the system.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills the buffer with the bytes from a place on.
    ///
    /// # Errors
    /// Those of the system; of kind `UnexpectedEof` when there are not as many.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// A file that grows.
pub trait StoreWriter: Debug + Send {
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// Those of the system; any part of the bytes may then be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes sure that all of it is there after a crash.
    ///
    /// # Errors
    /// Those of the system; what was appended since the last time may then be lost.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts it down to a length.
    ///
    /// # Errors
    /// Those of the system.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// A folder of the file system.
///
/// ```
/// use reprint::archive::{Folder, Store};
///
/// # let path = std::env::temp_dir().join(format!("reprint-folder-{}", std::process::id()));
/// let folder = Folder::create(&path)?;
/// let mut file = folder.create("greeting")?;
/// file.append(b"hello")?;
/// file.sync()?;
/// let mut bytes = [0; 4];
/// folder.open("greeting")?.read_at(&mut bytes, 1)?;
/// assert_eq!(&bytes, b"ello");
/// # std::fs::remove_dir_all(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// The file that the writer has locked.
pub(super) const LOCK: &str = "lock";

impl Folder {
    /// This folder, which is made if it is not there.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        Ok(Self { path: path.as_ref().to_owned() })
    }

    /// This folder, if it is there.
    ///
    /// # Errors
    /// Those of the system; of kind `NotFound` when there is none.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        if fs::metadata(&path)?.is_dir() {
            Ok(Self { path })
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }
}

impl Store for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoreFile>> {
        Ok(Arc::new(OnDisk(File::open(self.path.join(name))?)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StoreWriter>> {
        Ok(Box::new(Growing(File::create(self.path.join(name))?)))
    }

    fn append(&self, name: &str) -> io::Result<Box<dyn StoreWriter>> {
        Ok(Box::new(Growing(OpenOptions::new().append(true).open(self.path.join(name))?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        // Other systems cannot open a folder, and write names with the files.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.path.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn place(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }
}

#[derive(Debug)]
struct OnDisk(File);

impl StoreFile for OnDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, buffer, offset)
    }

    #[cfg(not(unix))]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut file = &self.0;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}

#[derive(Debug)]
struct Growing(File);

impl StoreWriter for Growing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)?;
        // Of a file that was created, and not opened to append, the place to write at stays behind.
        io::Seek::seek(&mut self.0, io::SeekFrom::End(0)).map(drop)
    }
}
