//! One process writes, others read: each sees whole batches, and none waits.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use reprint::ErrorKind;
use reprint::archive::{Archive, Options};
use reprint::corpus::Document;

use crate::{Folder, version};

/// The folder, for the process that writes.
const FOLDER: &str = "REPRINT_ARCHIVE_READ_FOLDER";
const BATCH: usize = 5;
const BATCHES: u64 = 60;

fn options() -> Options {
    Options::default().log_bytes(40_000)
}

/// The process that writes; of no use by itself.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let archive = Archive::open(&folder, &options()).unwrap();
    println!("\nopen");
    for batch in 0..BATCHES {
        let ids: Vec<String> = (0..BATCH).map(|i| format!("{batch}-{i}")).collect();
        let documents =
            ids.iter().zip(0..).map(|(id, v)| Document::new(&**id, version(batch % 9, v + batch)));
        archive.insert_all(documents).unwrap();
        if batch % 5 == 4 {
            archive
                .remove_all(
                    (0..BATCH)
                        .map(|i| format!("{}-{i}", batch - 2))
                        .collect::<Vec<_>>()
                        .iter()
                        .map(String::as_str),
                )
                .unwrap();
        }
        if batch % 16 == 15 {
            archive.compact().unwrap();
        }
    }
    archive.close().unwrap();
}

/// Looks at the latest snapshot; how many batches it has seen, of those that are written.
fn look(reader: &Archive) -> usize {
    let snapshot = reader.snapshot();
    let ids: Vec<&str> = snapshot.ids().collect();
    assert_eq!(ids.len() % BATCH, 0, "{ids:?}");
    for batch in ids.chunks(BATCH) {
        let number = batch[0].split_once('-').unwrap().0;
        let whole = (0..BATCH).map(|i| format!("{number}-{i}"));
        assert!(whole.eq(batch.iter().copied()), "{batch:?}");
    }
    for document in snapshot.documents() {
        assert!(!document.unwrap().text().is_empty());
    }
    for cluster in snapshot.clusters() {
        assert!(cluster.len() > 1 && cluster.iter().all(|id| snapshot.contains(id)));
    }
    assert!(snapshot.ask(&version(3, 1)).is_ok());
    ids.last().map_or(0, |id| id.split_once('-').unwrap().0.parse::<usize>().unwrap() + 1)
}

#[test]
fn readers_in_other_processes_see_whole_batches() {
    let folder = Folder::new("processes");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["processes::child", "--exact", "--nocapture", "--test-threads", "1"])
        .env(FOLDER, folder.as_ref())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while lines.next().unwrap().unwrap() != "open" {}
    let second = Archive::open(&folder, &options()).map(drop);
    assert!(
        second.is_ok() && child.try_wait().unwrap().is_some()
            || second.unwrap_err().kind() == ErrorKind::Locked
    );
    let readers: Vec<_> = (0..3)
        .map(|reader| {
            let folder = folder.as_ref().to_owned();
            std::thread::spawn(move || {
                let kept = Archive::open_to_read(&folder, &options()).unwrap();
                let (mut seen, mut different) = (look(&kept), 0);
                while seen < BATCHES as usize {
                    // One goes on from what it has, the others begin anew.
                    let now = if reader == 0 {
                        kept.refresh().unwrap();
                        look(&kept)
                    } else {
                        look(&Archive::open_to_read(&folder, &options()).unwrap())
                    };
                    assert!(now >= seen);
                    different += usize::from(now > seen);
                    seen = now;
                }
                different
            })
        })
        .collect();
    let different: usize = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
    assert!(different > 3, "{different}");
    assert!(child.wait().unwrap().success());
    let archive = Archive::open(&folder, &options()).unwrap();
    assert_eq!(archive.check().unwrap(), []);
}
