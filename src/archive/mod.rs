//! Layer 11: documents on disk, inserted, asked and removed one by one: a living archive.
//!
//! An [`Archive`] is a folder. It keeps texts with their ids, sources and dates, finds the copies of each as
//! it comes, and follows with the clusters. It gives the verdicts of the batch: each match that it stores or
//! answers with is [`Method::compare`](crate::method::Method::compare) of the two texts with the archive's
//! [`Statistics`](crate::corpus::Statistics), to the bit.
//!
//! ```
//! use reprint::archive::{Archive, Options};
//! use reprint::corpus::Document;
//!
//! # let folder = std::env::temp_dir().join(format!("reprint-archive-{}", std::process::id()));
//! # let _ = std::fs::remove_dir_all(&folder);
//! let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
//! let archive = Archive::open(&folder, &Options::default())?;
//! archive.insert(Document::new("gazette-17", story).with_source("Gazette"))?;
//! archive.insert(Document::new("post-3", format!("NO BOATS. {story}")))?;
//! archive.insert(Document::new("post-4", "The council voted to close the library on Mill Street."))?;
//! assert_eq!(archive.cluster_of("post-3").unwrap(), ["gazette-17", "post-3"]);
//!
//! // Asking stores nothing.
//! let answers = archive.ask(&format!("{story} More tomorrow."))?;
//! assert_eq!(answers[0].id, "gazette-17");
//! drop(archive);
//!
//! // It is all there the next time.
//! let archive = Archive::open(&folder, &Options::default())?;
//! assert!(archive.remove("gazette-17")?);
//! assert_eq!(archive.cluster_of("post-3").unwrap(), ["post-3"]);
//! # drop(archive);
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! # One writer, many readers
//!
//! A folder has one writer at a time, in one process: [`Archive::open`] refuses a second one. Readers are as
//! many as you like, in threads ([`Archive::snapshot`]) and in other processes ([`Archive::open_to_read`]). A
//! reader sees the archive as it was after some commit, whatever is written meanwhile; it waits for nobody,
//! and sees a batch as a whole or not at all. [`Archive::refresh`] takes a reader in another process to the
//! latest commit.
//!
//! # What is durable
//!
//! When a call that changes the archive returns, what it did is on disk and synced: it survives the end of
//! the process and the loss of power. A call that fails changes nothing. What was half written is cut off
//! when the archive is opened again. Every byte that is read is covered by a checksum: damage is an error
//! that says where, and never an answer. [`Archive::check`] reads everything.
//!
//! # The files
//!
//! All numbers are little-endian; every value has the frame of the [codec](crate::codec), with its kind, its
//! version and its checksum.
//!
//! | file | holds |
//! |---|---|
//! | `log-NUMBER-VERSION` | a log header (kind 132), and behind it commits (kind 131): all that ever happened |
//! | `segment-NUMBER` | documents and the lists of what they hold (kind 130), from the logs |
//! | `state-NUMBER` | what was removed and found, and the clusters (kind 134), from the logs |
//! | `statistics-EPOCH` | the statistics of an epoch (kind 128) |
//! | `manifest` | which of these count, and how far the segments and the state go in the logs (kind 133) |
//! | `lock` | nothing: the writer has it locked |
//!
//! A **log header** is the archive's own number (`u64`, the same in all its files) and the number of the log
//! (`u32`).
//!
//! A **commit** is the archive's own number and the sequence, one more than that of the commit before
//! (`u64`); the bodies (a list of bytes): of each document its text and then its keys (`u32`), ascending. The
//! documents: a length, and of each its number (`u32`), its id, its optional source (strings), its optional
//! date in days since 1970 (`u32`, two's complement), the bytes of its text, the number of its keys and its
//! scale (`u32`), the XXH3-64 of its text (`u64`), and the low half of that of its keys' bytes (`u32`). The
//! numbers removed (a list of `u32`). Optionally the number of new statistics (`u32`). What comparisons
//! found: a length, and of each the two documents (`u32`), score and noise (`f64`), what they say of a form
//! (three `bool`: that they are two reports on one, that they are if others differ in the same way, that they
//! are if each is known to be on one; and of each a `u64`, with a bit for each word in a slot, that of its
//! number modulo 64), which part of each text is covered (three `u16` each, in 65,535ths:
//! how much, and from where to where most of it), the basis (`u8`: 0 identical, 1 shingles, 2 passages, 3
//! scan, 4 words) and the number of the statistics (`u32`). The clusters that have other members now: a list
//! of lists of `u32`. The documents that were alone and joined a cluster, and the least member of each one's
//! cluster: two lists of `u32`.
//!
//! Keys are, with `wire`, the low 32 bits of the values of the text's
//! [signature](crate::method::Wire::record), and otherwise those of its [band keys](crate::index::band_key).
//!
//! A **segment** is the format version of hashes (`u32`); a length, and of each document its number (`u32`),
//! its id, the place of its source among those below plus 1, or 0 (`u32`), its optional date (`u32`), the
//! number of its log (`u32`), the offset of its text there (`u64`), the bytes of its text, the number of its
//! keys, its scale (`u32`), the two digests (`u64`, `u32`); the sources, a list of strings; and the lists.
//! These are the bits b of their directory and the number of keys (`u32`); the directory, a list of `u32`:
//! where the keys with the same b leading bits begin, and the end; and the lists themselves, a list of bytes.
//! Of each key, ascending: the step from the key before, or from the least with these leading bits; the
//! number of holders less 1; of one holder its place in the segment; of more the length of the steps in
//! bytes, the first place, the step from the first to the last, and the steps from each to the next. These
//! numbers are LEB128.
//!
//! The **state** is the removed numbers that segments still have (a list of `u32`), the clusters (a list of
//! lists of `u32`), and what was found, as in a commit. The **manifest** is the format version of hashes
//! (`u32`); the archive's own number (`u64`); the method in words (a string); the numbers of the logs and
//! their versions (two lists of `u32`); the log (`u32`) and the offset (`u64`) to which segments and state
//! go; the sequence there (`u64`); the number of the next document and of the statistics (`u32`); the numbers
//! of the segments (a list of `u64`), that of the state, or 0, and that of the next file (`u64`).
//!
//! A newer layout is refused with the remedy. [`Snapshot::export`] writes JSON lines that any version reads.
//!
//! # Memory and time
//!
//! The lists, ids, sources, dates and clusters are in memory; texts stay on disk. The example
//! `archive_growth` prints what it costs at any size.

mod check;
mod compare;
mod disk;
mod handle;
mod lists;
mod log;
mod paged;
mod rewrite;
mod segment;
mod settle;
mod snapshot;
mod state;
mod store;
mod view;
mod write;

pub use crate::engine::Answer;
pub use check::Problem;
pub use handle::{Archive, Options};
pub use snapshot::{Snapshot, Status, StoredMatch};
pub use store::{Folder, Store, StoreFile, StoreWriter};
pub use write::{Compaction, Refreshed};

use crate::corpus::Date;

/// Days that a document's date must be within. Of a document without a date nothing is known: it is in no
/// window but that of [all](Self::ALL).
///
/// ```
/// use reprint::archive::Window;
///
/// let window = Window::around("1864-11-09".parse()?, 3);
/// assert!(window.holds(Some("1864-11-12".parse()?)));
/// assert!(!window.holds(Some("1864-11-13".parse()?)) && !window.holds(None));
/// assert!(Window::ALL.holds(None));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    days: Option<(i32, i32)>,
}

impl Window {
    /// Every document, those without a date too.
    pub const ALL: Self = Self { days: None };

    /// From a day to another, both among them.
    pub const fn between(first: Date, last: Date) -> Self {
        Self { days: Some((first.days(), last.days())) }
    }

    /// A day and so many before and after it.
    pub const fn around(date: Date, days: u32) -> Self {
        let days = if days > i32::MAX as u32 { i32::MAX } else { days.cast_signed() };
        Self { days: Some((date.days().saturating_sub(days), date.days().saturating_add(days))) }
    }

    /// From a day on.
    pub const fn since(date: Date) -> Self {
        Self { days: Some((date.days(), i32::MAX)) }
    }

    /// Whether a date is within.
    pub fn holds(&self, date: Option<Date>) -> bool {
        self.days.is_none_or(|(first, last)| date.is_some_and(|date| (first..=last).contains(&date.days())))
    }

    /// The first and the last day; `None` of all documents.
    fn bounds(&self) -> Option<(Date, Date)> {
        self.days.map(|(first, last)| (Date::from_days(first), Date::from_days(last)))
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::ALL
    }
}
