//! What changes an archive.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::BufRead;
use std::sync::{Arc, MutexGuard};

use super::compare::{Record, Scratch};
use super::disk::Disk;
use super::handle::{Archive, Keeper};
use super::log::{BODIES, Commit, Found};
use super::segment::{Entry, Segment};
use super::settle::{Probe, is_match, relink, settle};
use super::state::{Pending, State};
use crate::corpus::{Document, Documents, Fields, Statistics};
use crate::method::RecordScratch;
use crate::parallel::{self, Pool};
use crate::{DocId, Error, Result};

/// What other statistics changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refreshed {
    /// The number of the statistics.
    pub epoch: u32,
    /// Pairs that were compared again.
    pub compared: usize,
    /// Pairs that were no match and are one.
    pub gained: usize,
    /// Pairs that were a match and are none.
    pub lost: usize,
    /// Documents whose cluster has other members.
    pub moved: usize,
}

/// What a compaction gave back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compaction {
    /// Bytes of the logs before.
    pub before: u64,
    /// Bytes of the logs now.
    pub after: u64,
}

/// The most documents of one commit's segment: more are several segments.
const MOST_AT_ONCE: usize = 1 << 17;
/// Documents that are imported at a time.
const IMPORTED: usize = 1000;
/// The most documents that were ever in an archive.
const MOST_NUMBERS: u32 = u32::MAX - 1;

/// The right to change an archive.
pub(super) struct Writer<'a> {
    pub(super) archive: &'a Archive,
    pub(super) keeper: MutexGuard<'a, Keeper>,
}

impl Writer<'_> {
    fn disk(&mut self) -> &mut Disk {
        &mut self.keeper.disk
    }

    pub(super) fn insert_all(&mut self, documents: &[Document]) -> Result<usize> {
        let state = self.archive.state();
        let mut seen = HashMap::with_capacity(documents.len());
        for (at, document) in documents.iter().enumerate() {
            if state.find(document.id()).is_some() {
                return Err(Error::known_id(
                    document.id(),
                    "is in the archive",
                    "remove it first, or call replace",
                ));
            }
            if let Some(first) = seen.insert(document.id(), at) {
                return Err(Error::duplicate_id(
                    document.id(),
                    format_args!("to document {first} of the batch"),
                    format_args!("to document {at}"),
                ));
            }
        }
        let count = documents.len();
        if count > 0 {
            self.change(&[], documents)?;
        }
        Ok(count)
    }

    pub(super) fn remove_all<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) -> Result<usize> {
        let state = self.archive.state();
        let numbers = ids.into_iter().filter_map(|id| state.find(id)).map(|known| known.number);
        let numbers: Vec<u32> = numbers.collect::<BTreeSet<u32>>().into_iter().collect();
        if !numbers.is_empty() {
            self.change(&numbers, &[])?;
        }
        Ok(numbers.len())
    }

    pub(super) fn replace(&mut self, document: Document) -> Result<bool> {
        let number = self.archive.state().find(document.id()).map(|known| known.number);
        self.change(number.as_slice(), &[document])?;
        Ok(number.is_some())
    }

    pub(super) fn import(&mut self, lines: impl BufRead, name: &str, fields: &Fields) -> Result<usize> {
        let mut documents = Documents::new();
        documents.read_json_lines(lines, name, fields)?;
        let mut new = Vec::new();
        let mut count = 0;
        let snapshot = self.archive.snapshot();
        for document in documents {
            match snapshot.get(document.id())? {
                Some(known) if known == document => {}
                Some(_) => {
                    self.insert_all(&std::mem::take(&mut new))?;
                    let remedy =
                        "it is there with another text, source or date: replace it, or give another id";
                    return Err(Error::parameter(
                        "the id of a document",
                        format!("{:?}", document.id()),
                        remedy,
                    ));
                }
                None => new.push(document),
            }
            if new.len() == IMPORTED {
                count += self.insert_all(&std::mem::take(&mut new))?;
            }
        }
        Ok(count + self.insert_all(&new)?)
    }

    /// A commit to be made, and the state that it is made in, which has room in its log.
    fn begin(&mut self, bytes: usize) -> Result<(Commit, State)> {
        let mut state = State::clone(&self.archive.state());
        let logs = state.logs.len();
        self.disk().make_room(&mut state, bytes as u64)?;
        if state.logs.len() != logs {
            self.archive.publish(state.clone());
        }
        let archive = self.disk().manifest.archive;
        Ok((Commit { archive, sequence: state.sequence + 1, ..Commit::default() }, state))
    }

    /// Removes documents and adds others, in one commit.
    fn change(&mut self, removed: &[u32], documents: &[Document]) -> Result<()> {
        let method = Arc::clone(&self.archive.method);
        let records =
            parallel::map(documents, None, &Pool::<RecordScratch>::default(), |scratch, _, document| {
                Record::new(&method, document.text(), scratch)
            })?;
        let bytes =
            documents.iter().zip(&records).map(|(d, r)| d.text().len() + 4 * r.keys.len() + 256).sum();
        let (mut commit, mut state) = self.begin(bytes)?;
        if documents.len() > (MOST_NUMBERS - state.next) as usize {
            return Err(Error::too_many("documents ever inserted", MOST_NUMBERS as usize));
        }
        for ((number, document), record) in (state.next..).zip(documents).zip(&records) {
            let body = commit.add_body(document.text(), record.digest, &record.keys, record.scale);
            let about = document.about(DocId(number));
            let (id, source) = (document.id().to_owned(), about.source.map(str::to_owned));
            let keys = record.keys.clone();
            commit.documents.push(Entry { number, id, source, date: about.date, body, keys });
        }
        let tail = self.disk().tail;
        commit = commit.placed(tail.log, tail.offset);
        commit.removed = removed.to_vec();
        let bytes = Arc::new(std::mem::take(&mut commit.bodies));
        state.pending =
            Some(Pending { log: tail.log, from: tail.offset + BODIES, bytes: Arc::clone(&bytes) });

        // Who was together with what goes, and who was linked to it.
        let gone: HashSet<u32> = removed.iter().copied().collect();
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        let mut linked: BTreeSet<u32> = BTreeSet::new();
        for &number in removed {
            touched.extend(state.members(number).filter(|member| !gone.contains(member)));
            let matches = state.links(number).filter(|half| is_match(&method, half.score));
            linked.extend(matches.map(|half| half.other).filter(|other| !gone.contains(other)));
        }
        removed.iter().for_each(|&number| state.remove(number));
        for entries in commit.documents.chunks(MOST_AT_ONCE) {
            state.add(Segment::new(entries)?);
        }
        let mut of_linked = Vec::with_capacity(linked.len());
        let mut buffer = Vec::new();
        for number in linked {
            if let Some(known) = state.known(number) {
                let body = known.body();
                let mut record = Record { scale: body.scale, digest: body.digest, ..Record::default() };
                state.keys(&known, &mut buffer, &mut record.keys)?;
                of_linked.push((number, record));
            }
        }
        let new = commit.documents.iter().zip(&records);
        let mut probes: Vec<Probe<'_>> = of_linked
            .iter()
            .map(|(number, record)| Probe { number: *number, record, among_all: true })
            .collect();
        probes.extend(new.map(|(entry, record)| Probe { number: entry.number, record, among_all: false }));
        let touched: Vec<u32> = touched.into_iter().collect();
        let mut settled = Commit::default();
        settle(&method, &state, &probes, &touched, &Pool::default(), &mut settled)?;
        (commit.found, commit.clusters, commit.joined) = (settled.found, settled.clusters, settled.joined);

        state.pending = None;
        commit.bodies = Arc::try_unwrap(bytes).unwrap_or_else(|bytes| bytes.to_vec());
        self.finish(&commit, state)
    }

    /// Writes a commit whose documents are in the state already, and shows it.
    fn finish(&mut self, commit: &Commit, mut state: State) -> Result<()> {
        self.disk().commit(commit)?;
        state.sequence = commit.sequence;
        state.learn(commit);
        state.merge()?;
        self.archive.publish(state);
        if self.disk().is_due() {
            // What failed here is tried again: the commit is in the log.
            let _ = self.keeper.disk.checkpoint(&self.archive.state());
        }
        Ok(())
    }

    pub(super) fn refresh_statistics(&mut self, statistics: Statistics) -> Result<Refreshed> {
        let method = Arc::clone(&self.archive.method);
        let (mut commit, mut state) = self.begin(0)?;
        let before: Vec<Found> = state.found().collect();
        let epoch = state.epoch + 1;
        self.disk().write_statistics(epoch, &statistics)?;
        (state.statistics, state.epoch) = (statistics, epoch);
        let judged =
            parallel::map(&before, None, &Pool::<Scratch>::default(), |scratch, _, found| -> Result<_> {
                let (Some(a), Some(b)) = (state.known(found.a), state.known(found.b)) else {
                    return Ok(*found);
                };
                let judged = scratch.judge(&method, &state, &a, &b, false)?;
                Ok(judged.found(found.a, found.b, epoch))
            })?;
        let mut refreshed = Refreshed { epoch, compared: judged.len(), ..Refreshed::default() };
        for (old, new) in before.iter().zip(&judged) {
            let (was, is) = (is_match(&method, old.score), is_match(&method, new.score));
            refreshed.gained += usize::from(is && !was);
            refreshed.lost += usize::from(was && !is);
        }
        commit.epoch = Some(epoch);
        state.learn(&Commit { epoch: Some(epoch), found: judged.clone(), ..Commit::default() });
        let touched: BTreeSet<u32> = judged.iter().flat_map(|found| [found.a, found.b]).collect();
        relink(&method, &state, &touched.into_iter().collect::<Vec<_>>(), &Pool::default(), &mut commit)?;
        refreshed.moved = commit.clusters.iter().map(Vec::len).sum::<usize>() + commit.joined.len();
        // What the linkage asked for is behind what was known.
        commit.found.splice(0..0, judged);
        self.finish(&commit, state)?;
        Ok(refreshed)
    }

    pub(super) fn compact(&mut self) -> Result<Compaction> {
        let mut state = State::clone(&self.archive.state());
        while let Some(at) = state.parts.iter().position(|part| part.removed > 0) {
            let merged =
                Segment::merged(&[&state.parts[at].segment], |number| state.removed.contains(number))?;
            state.replace(at..at + 1, merged);
        }
        let compaction = self.disk().rewrite_logs(&mut state);
        // Logs may have been begun even where nothing else was done.
        self.archive.publish(state);
        compaction
    }
}
