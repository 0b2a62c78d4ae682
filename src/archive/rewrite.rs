//! Logs without what was removed.

use std::collections::HashMap;
use std::sync::Arc;

use super::disk::{Disk, log_name};
use super::log::{Commit, LogHeader};
use super::segment::Body;
use super::state::{Log, State};
use super::write::Compaction;
use crate::codec::{Stored, intact};
use crate::{Error, Result};

/// Logs are written again when so much of them, one part of so many, is of no use.
const DEAD: u64 = 10;

impl Disk {
    /// Writes logs again of which much is of no use, and then all that is derived from them. The state is
    /// changed only where it goes well.
    pub(super) fn rewrite_logs(&mut self, state: &mut State) -> Result<Compaction> {
        let before = log_bytes(state);
        self.roll(state)?;
        let mut of_use: HashMap<u32, u64> = HashMap::new();
        for body in state.all().map(|known| known.body()) {
            *of_use.entry(body.log).or_default() += u64::from(body.text) + 4 * u64::from(body.keys);
        }
        let mut new = state.clone();
        let mut offsets: HashMap<u32, u64> = HashMap::new();
        let versions = self.manifest.logs.clone();
        let mut written = Vec::new();
        let rewritten = self.rewrite_all(&mut new, &of_use, &mut offsets, &mut written);
        let done = rewritten.and_then(|()| {
            new.relocate(&offsets);
            self.checkpoint(&new)
        });
        match done {
            Ok(()) => {
                *state = new;
                Ok(Compaction { before, after: log_bytes(state) })
            }
            Err(error) => {
                self.manifest.logs = versions;
                for name in written {
                    let _ = self.store.remove(&name);
                }
                Err(error)
            }
        }
    }

    fn rewrite_all(
        &mut self,
        state: &mut State,
        of_use: &HashMap<u32, u64>,
        offsets: &mut HashMap<u32, u64>,
        written: &mut Vec<String>,
    ) -> Result<()> {
        for Log { number, name, file } in Arc::clone(&state.logs).iter() {
            if *number == self.tail.log {
                continue;
            }
            let failed = |error: std::io::Error| Error::io(name, &error);
            let length = file.len().map_err(failed)?;
            let dead = length.saturating_sub(of_use.get(number).copied().unwrap_or(0));
            if dead * DEAD <= length {
                continue;
            }
            let mut bytes = vec![0; length as usize];
            file.read_at(&mut bytes, 0).map_err(failed)?;
            let rewritten = self.rewrite(state, *number, &bytes, offsets).map_err(|error| error.at(name))?;
            let version = self.next_version(*number);
            written.push(log_name((*number, version)));
            self.put_log(state, (*number, version), &rewritten)?;
        }
        Ok(())
    }

    /// A log without what is of no use any more, and where the texts of its documents are then.
    fn rewrite(
        &self,
        state: &State,
        number: u32,
        bytes: &[u8],
        offsets: &mut HashMap<u32, u64>,
    ) -> Result<Vec<u8>> {
        let whole = |at: usize| {
            let what = format_args!("the frame at byte {at} is not what was written");
            intact(&bytes[at..]).ok_or_else(|| Error::damaged("archive log", what))
        };
        let mut out = LogHeader { archive: self.manifest.archive, number }.to_bytes();
        let mut at = whole(0)?;
        while at < bytes.len() {
            let length = whole(at)?;
            let frame = &bytes[at..at + length];
            let commit = Commit::from_bytes(frame)?;
            let mut kept = Commit { archive: commit.archive, sequence: commit.sequence, ..Commit::default() };
            let is_there = |number: &u32| state.known(*number).is_some();
            for entry in &commit.documents {
                if !is_there(&entry.number) {
                    continue;
                }
                let Body { offset, text, keys, .. } = entry.body;
                let start = offset as usize;
                let end = start + text as usize + 4 * keys as usize;
                let body = kept.take_body(entry.body, frame.get(start..end).unwrap_or_default());
                offsets.insert(entry.number, out.len() as u64 + body.offset);
                kept.documents.push(super::segment::Entry { body, ..entry.clone() });
            }
            kept.removed = commit.removed;
            kept.epoch = commit.epoch;
            kept.found = commit.found;
            kept.found.retain(|found| is_there(&found.a) && is_there(&found.b));
            kept.clusters = commit.clusters;
            for members in &mut kept.clusters {
                members.retain(is_there);
            }
            kept.clusters.retain(|members| !members.is_empty());
            kept.joined = commit.joined;
            kept.joined.retain(|(document, cluster)| is_there(document) && is_there(cluster));
            kept.write_to(&mut out);
            at += length;
        }
        Ok(out)
    }
}

fn log_bytes(state: &State) -> u64 {
    state.logs.iter().filter_map(|log| log.file.len().ok()).sum()
}
