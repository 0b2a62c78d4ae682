//! A living archive: documents that come all day, on disk, and questions about them.
//!
//! An [`Archive`](crate::archive::Archive) is a folder. It keeps texts, finds the copies of each as it comes,
//! follows with the clusters, and forgets what is removed. It needs the feature `archive`.
//!
//! # From the command line
//!
//! ```sh
//! cargo run --release --example archive -- stories add monday.jsonl
//! cargo run --release --example archive -- stories ask new.txt
//! cargo run --release --example archive -- stories clusters --tsv clusters.tsv --html clusters.html
//! cargo run --release --example watch_feed -- tuesday.jsonl --archive stories
//! ```
//!
//! `monday.jsonl` and `tuesday.jsonl` are JSON lines of yours, each with an `id` and a `text`; without a name
//! the examples take the stories that come with them. `add` of what is there with the same text changes
//! nothing, so a feed can be added again and again.
//!
//! # A service in 30 lines
//!
//! Each connection sends lines of an id, a tab and a text, and is answered each with the ids of what the text
//! is a copy of. The archive is shared by the threads as it is: those that ask wait for nobody.
//!
//! ```no_run
//! use std::io::{BufRead, BufReader, Write};
//! use std::net::{TcpListener, TcpStream};
//!
//! use reprint::archive::{Archive, Options};
//! use reprint::corpus::Document;
//!
//! fn serve(archive: &Archive, stream: TcpStream) -> Result<(), Box<dyn std::error::Error>> {
//!     for line in BufReader::new(stream.try_clone()?).lines() {
//!         let line = line?;
//!         let Some((id, text)) = line.split_once('\t') else {
//!             writeln!(&stream, "error: send an id, a tab and a text")?;
//!             continue;
//!         };
//!         let copies: Vec<String> = archive.ask(text)?.into_iter().map(|answer| answer.id).collect();
//!         archive.replace(Document::new(id, text))?;
//!         writeln!(&stream, "{}", copies.join(" "))?;
//!     }
//!     Ok(())
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let archive = Archive::open("stories", &Options::default())?;
//!     let listener = TcpListener::bind("127.0.0.1:7878")?;
//!     std::thread::scope(|scope| loop {
//!         let (stream, archive) = (listener.accept()?.0, &archive);
//!         scope.spawn(move || serve(archive, stream).unwrap_or_else(|error| eprintln!("{error}")));
//!     })
//! }
//! ```
//!
//! # Insert many at once
//!
//! What a call did is on disk and synced when it returns. That costs one wait for the disk for each call, so
//! insert a thousand documents at a time where you can ([`insert_all`](crate::archive::Archive::insert_all)):
//! all of them are there afterwards, or none.
//!
//! # Which statistics?
//!
//! With `wire`, how rare words are and which text is boilerplate is part of the verdict. A batch measures
//! that on its corpus; an archive keeps what it was given
//! ([`Options::statistics`](crate::archive::Options::statistics)) until it is told otherwise, so that a
//! verdict of today is one of tomorrow. Give a new archive those of a corpus of its kind. Later, measure what
//! is there, and say so:
//!
//! ```no_run
//! use reprint::archive::{Archive, Options};
//! use reprint::method::Wire;
//!
//! let archive = Archive::open("stories", &Options::default())?;
//! let statistics = Wire::default().measure(&archive.snapshot().corpus())?;
//! let changed = archive.refresh_statistics(statistics)?;
//! println!("{} matches gained, {} lost", changed.gained, changed.lost);
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! # Who printed ours, this week?
//!
//! A snapshot can be asked within a [`Window`](crate::archive::Window) of days, and by a rule of your own.
//! What is outside of the window costs nothing.
//!
//! ```
//! use reprint::archive::{Archive, Options, Window};
//! use reprint::corpus::Document;
//!
//! # let folder = std::env::temp_dir().join(format!("reprint-guide-{}", std::process::id()));
//! # let _ = std::fs::remove_dir_all(&folder);
//! let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
//! let archive = Archive::open(&folder, &Options::default())?;
//! let document = |id: &str, source: &str, date: &str| {
//!     Ok::<_, reprint::Error>(Document::new(id, story).with_source(source).with_date(date.parse()?))
//! };
//! archive.insert_all([
//!     document("a", "Gazette", "1864-11-09")?,
//!     document("b", "Post", "1864-11-11")?,
//!     document("c", "Post", "1864-12-24")?,
//! ])?;
//! let week = Window::around("1864-11-09".parse()?, 7);
//! let answers = archive.snapshot().ask_where(story, week, |about| about.source != Some("Gazette"))?;
//! assert_eq!(answers.iter().map(|answer| &*answer.id).collect::<Vec<_>>(), ["b"]);
//! # drop(archive);
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! # Readers beside the writer
//!
//! One process writes. Others open the folder with [`open_to_read`](crate::archive::Archive::open_to_read),
//! see whole batches only, and take in what is new with [`refresh`](crate::archive::Archive::refresh). A
//! [`Snapshot`](crate::archive::Snapshot) goes on saying the same for as long as you keep it: take one for
//! each question that needs several calls.
//!
//! # Backups and upgrades
//!
//! [`export`](crate::archive::Snapshot::export) writes JSON lines that any version reads, and
//! [`import`](crate::archive::Archive::import) takes them in again. [`check`](crate::archive::Archive::check)
//! reads everything and says what is wrong. [`compact`](crate::archive::Archive::compact) gives back the room
//! of what was removed.
