//! Whether everything is as it must be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::compare::Record;
use super::handle::{Archive, Keeper};
use super::log::{Found, LogHeader};
use super::segment::Segment;
use super::settle::is_match;
use super::state::{Known, State};
use crate::cluster::Forest;
use crate::codec::{Stored, intact};
use crate::method::RecordScratch;
use crate::parallel::{self, Pool};
use crate::{DocId, Pair, Result};

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file, the document or the cluster.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Problems, as they are found.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, place: impl fmt::Display, what: impl fmt::Display) {
        self.0.push(Problem { place: place.to_string(), what: what.to_string() });
    }

    /// Adds a problem unless it holds.
    fn unless(&mut self, holds: bool, place: impl fmt::Display, what: impl fmt::Display) {
        if !holds {
            self.add(place, what);
        }
    }
}

impl Archive {
    /// Reads everything, and says what is not as it must be: nothing, of a sound archive.
    ///
    /// All files with their checksums; all logs from the first commit on, and whether they come to what the
    /// archive says; every text with its digest, its keys, its id and its places in the lists; every match
    /// from both sides; every cluster, whose members must be connected by matches. Who would change the
    /// archive waits meanwhile. O(all bytes), and as much memory as the archive takes.
    ///
    /// # Errors
    /// Those of the system. Damage is no error here, but what is asked for.
    pub fn check(&self) -> Result<Vec<Problem>> {
        let mut problems = Problems::default();
        let keeper = self.keeper();
        let state = self.state();
        keeper.check_files(&state, &mut problems)?;
        self.check_documents(&state, &mut problems)?;
        check_lists(&state, &mut problems);
        check_links(&state, &mut problems);
        self.check_clusters(&state, &mut problems);
        Ok(problems.0)
    }

    /// Each document alone.
    fn check_documents(&self, state: &State, problems: &mut Problems) -> Result<()> {
        let all: Vec<Known<'_>> = state.all().collect();
        let found = parallel::map(
            &all,
            None,
            &Pool::default(),
            |scratch: &mut (RecordScratch, String), _, known| {
                let (reader, text) = scratch;
                let what = match state.text(known, text) {
                    Err(error) => Some(error.to_string()),
                    Ok(text) => {
                        let record = Record::new(&self.method, text, reader)?;
                        let (mut bytes, mut keys) = (Vec::new(), Vec::new());
                        match state.keys(known, &mut bytes, &mut keys) {
                            Err(error) => Some(error.to_string()),
                            Ok(()) => (keys != record.keys || record.scale != known.body().scale)
                                .then(|| "its keys are not those of its text".to_owned()),
                        }
                    }
                };
                let is_found = state.find(known.id()).is_some_and(|found| found.number == known.number);
                Ok::<_, crate::Error>(
                    what.or_else(|| (!is_found).then(|| "it is not found by its id".to_owned())),
                )
            },
        )?;
        for (known, what) in all.iter().zip(found) {
            if let Some(what) = what {
                problems.add(format_args!("document {:?}", known.id()), what);
            }
        }
        problems.unless(all.len() == state.documents, "the archive", "it counts other documents than it has");
        Ok(())
    }

    fn check_clusters(&self, state: &State, problems: &mut Problems) {
        for members in state.clusters() {
            let place = format!("the cluster of document {}", members[0]);
            let ring: BTreeSet<u32> = state.members(members[0]).collect();
            problems.unless(ring.iter().eq(&members), &place, "its members do not lead to each other");
            problems.unless(members.len() > 1, &place, "it has one member");
            let alive = members.iter().all(|&member| state.known(member).is_some());
            problems.unless(alive, &place, "a document that was removed is in it");
            // By matches, and by texts that are the same.
            let node = |number: u32| members.binary_search(&number).ok().map(|at| DocId(at as u32));
            let mut forest = Forest::new(members.len() as u32);
            let mut texts: BTreeMap<u64, u32> = BTreeMap::new();
            for &member in &members {
                let digest = state.known(member).map(|known| known.body().digest);
                let same = digest.map(|digest| *texts.entry(digest).or_insert(member));
                let matches = state.links(member).filter(|half| is_match(&self.method, half.score));
                for other in matches.map(|half| half.other).chain(same).filter(|&other| other != member) {
                    if let Some((a, b)) = node(member).zip(node(other)) {
                        forest.union(Pair::new(a, b));
                    }
                }
            }
            let connected = (0..members.len() as u32).all(|at| forest.root(DocId(at)) == DocId(0));
            problems.unless(connected, &place, "no matches hold it together");
        }
    }
}

/// Whether the lists hold what the documents hold, and nothing else.
fn check_lists(state: &State, problems: &mut Problems) {
    let (mut bytes, mut keys) = (Vec::new(), Vec::new());
    for part in &state.parts {
        let segment: &Segment = &part.segment;
        let mut postings: Vec<(u32, u32)> = Vec::new();
        for (place, &number) in (0..).zip(segment.numbers()) {
            let known = Known { number, segment, place: place as usize };
            if state.keys(&known, &mut bytes, &mut keys).is_ok() {
                postings.extend(keys.iter().map(|&key| (key, place)));
            }
        }
        postings.sort_unstable();
        let listed =
            segment.lists().iter().flat_map(|(key, list)| list.iter().map(move |place| (key, place)));
        let place =
            format!("the segment from document {}", segment.numbers().first().copied().unwrap_or_default());
        problems.unless(listed.eq(postings), place, "its lists are not those of its documents");
        let removed = segment.numbers().iter().filter(|&&number| state.removed.contains(number)).count();
        problems.unless(
            removed == part.removed as usize,
            "a segment",
            "it counts other removed documents than it has",
        );
    }
}

fn check_links(state: &State, problems: &mut Problems) {
    for known in state.all() {
        for half in state.links(known.number) {
            let back = state.links(half.other).find(|other| other.other == known.number);
            let same = back.is_some_and(|other| other.score.to_bits() == half.score.to_bits());
            let place = format!("document {:?}", known.id());
            problems.unless(
                same,
                &place,
                format_args!("document {} does not know of their match", half.other),
            );
            problems.unless(
                state.known(half.other).is_some(),
                &place,
                "it matches a document that is not there",
            );
            problems.unless(half.epoch == state.epoch, &place, "a match is from other statistics");
        }
    }
}

impl Keeper {
    fn check_files(&self, state: &State, problems: &mut Problems) -> Result<()> {
        for error in self.disk.damaged_files() {
            problems.add("a file", error);
        }
        let mut again = State::new(state.statistics.clone());
        again.logs = std::sync::Arc::clone(&state.logs);
        for log in state.logs.iter() {
            let failed = |error: std::io::Error| crate::Error::io(&log.name, &error);
            let length = log.file.len().map_err(failed)?;
            let end =
                if log.number == self.disk.tail.log { length.min(self.disk.tail.offset) } else { length };
            let mut bytes = vec![0; end as usize];
            log.file.read_at(&mut bytes, 0).map_err(failed)?;
            let mut at = 0;
            while at < bytes.len() {
                let Some(length) = intact(&bytes[at..]) else {
                    problems.add(&log.name, format_args!("the frame at byte {at} is not what was written"));
                    break;
                };
                let frame = &bytes[at..at + length];
                let read = if at == 0 {
                    LogHeader::from_bytes(frame).map(|header| {
                        header.archive == self.disk.manifest.archive && header.number == log.number
                    })
                } else {
                    self.disk.replay_frame(&mut again, frame, log.number, at as u64)
                };
                match read {
                    Ok(true) => {}
                    Ok(false) => {
                        problems.add(&log.name, format_args!("the frame at byte {at} belongs elsewhere"));
                    }
                    Err(error) => problems.add(&log.name, error),
                }
                at += length;
            }
        }
        let place = "the logs";
        problems.unless(again.sequence == state.sequence, place, "they come to another number of commits");
        let ids = |state: &State| {
            state.all().map(|known| (known.number, known.id().to_owned(), known.body())).collect::<Vec<_>>()
        };
        problems.unless(ids(&again) == ids(state), place, "they come to other documents");
        problems.unless(again.clusters() == state.clusters(), place, "they come to other clusters");
        let found = |state: &State| {
            let mut found: Vec<Found> = state.found().collect();
            found.sort_unstable_by_key(|found| (found.a, found.b));
            found
        };
        problems.unless(found(&again) == found(state), place, "they come to other matches");
        Ok(())
    }
}
