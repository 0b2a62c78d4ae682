//! A writing process is killed at random moments. What it had acknowledged is there, and nothing by halves.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use reprint::archive::{Archive, Options};
use reprint::corpus::Document;

use crate::{Folder, version};

/// The folder and the first operation, for the process that writes.
const FOLDER: &str = "REPRINT_ARCHIVE_CRASH_FOLDER";
const FIRST: &str = "REPRINT_ARCHIVE_CRASH_FIRST";
/// How often a process is killed: 100 unless it says otherwise.
const KILLS: &str = "REPRINT_ARCHIVE_KILLS";

fn options() -> Options {
    Options::default().log_bytes(60_000)
}

/// Documents of one operation.
const BATCH: u64 = 7;

/// What the operation of a number does to the ids that are there: it adds a batch, and every fourth removes
/// part of an earlier one. Every eleventh compacts as well.
fn ids(operation: u64) -> Vec<String> {
    let added = (0..=operation).flat_map(|i| (0..BATCH).map(move |j| (i, j)));
    let is_removed = |i: u64, j: u64| {
        let by = 4 * (i / 2) + 3;
        j < 3 && by > i && by <= operation && removed_by(by) == i
    };
    let mut ids: Vec<String> =
        added.filter(|&(i, j)| !is_removed(i, j)).map(|(i, j)| format!("{i}-{j}")).collect();
    ids.sort();
    ids
}

/// The operation of whose batch another one, of those that remove, takes the first three.
fn removed_by(operation: u64) -> u64 {
    operation / 4 * 2
}

fn operate(archive: &Archive, operation: u64) {
    let documents =
        (0..BATCH).map(|j| Document::new(format!("{operation}-{j}"), version(operation / 3, j + operation)));
    if operation % 4 == 3 {
        let removed: Vec<String> = (0..3).map(|j| format!("{}-{j}", removed_by(operation))).collect();
        archive.remove_all(removed.iter().map(String::as_str)).unwrap();
    }
    archive.insert_all(documents).unwrap();
    if operation % 11 == 10 {
        archive.compact().unwrap();
    }
}

/// The process that writes; of no use by itself.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let archive = Archive::open(&folder, &options()).unwrap();
    for operation in first.. {
        operate(&archive, operation);
        println!("\ndone {operation}");
    }
}

/// The last operation that is done, and whether half of the next is: its removal.
fn state_of(folder: &Path, acknowledged: Option<u64>) -> u64 {
    let archive = Archive::open(folder, &options()).unwrap();
    assert_eq!(archive.check().unwrap(), []);
    let mut found: Vec<String> = archive.snapshot().ids().map(str::to_owned).collect();
    found.sort();
    let next = acknowledged.map_or(0, |done| done + 1);
    if acknowledged.map_or(found.is_empty(), |done| found == ids(done)) {
        return next;
    }
    if found == ids(next) {
        return next + 1;
    }
    // An operation that removes and adds is two commits.
    let removed: Vec<String> = (0..3).map(|j| format!("{}-{j}", removed_by(next))).collect();
    let mut half = ids(next - 1);
    half.retain(|id| !removed.contains(id));
    assert!(next % 4 == 3 && found == half, "after operation {acknowledged:?} there is {found:?}");
    let documents = (0..BATCH).map(|j| Document::new(format!("{next}-{j}"), version(next / 3, j + next)));
    archive.insert_all(documents).unwrap();
    next + 1
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let kills: u64 = std::env::var(KILLS).map_or(100, |kills| kills.parse().unwrap());
    let mut folder = Folder::new("crash");
    let (mut next, mut random) = (0_u64, 0x2545_f491_4f6c_dd1d_u64);
    for kill in 0..kills {
        if next > 60 {
            // So that opening and checking do not take longer and longer.
            (folder, next) = (Folder::new("crash"), 0);
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::child", "--exact", "--nocapture", "--test-threads", "1"])
            .env(FOLDER, folder.as_ref())
            .env(FIRST, next.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = next.checked_sub(1);
        let mut note = |line: &str| {
            if let Some(done) = line.strip_prefix("done ") {
                acknowledged = Some(done.parse().unwrap());
            }
        };
        // Some time after some acknowledgement, or before the first.
        let wanted = random % 6;
        let mut seen = 0;
        while seen < wanted {
            let line = lines.next().unwrap().unwrap();
            seen += u64::from(line.starts_with("done "));
            note(&line);
        }
        std::thread::sleep(Duration::from_micros(random / 8 % 30_000));
        child.kill().unwrap();
        child.wait().unwrap();
        lines.map_while(Result::ok).for_each(|line| note(&line));
        next = state_of(folder.as_ref(), acknowledged);
        assert!(next > 0 || kill < kills);
    }
}
