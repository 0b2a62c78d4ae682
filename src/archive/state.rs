//! What an archive knows at one time: cheap to copy, and never changed once others can see it.

use std::collections::HashMap;
use std::sync::Arc;

use super::log::{Commit, Found};
use super::paged::{Bits, Paged};
use super::segment::{self, Body, Segment};
use super::store::StoreFile;
use crate::corpus::{About, Statistics};
use crate::hash::xxh3;
use crate::verify::{Basis, Extent, FormEvidence};
use crate::{DocId, Error, Result};

/// No document.
pub(super) const NONE: u32 = u32::MAX;

/// A log that is read.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) file: Arc<dyn StoreFile>,
}

/// A segment, and how many of its documents were removed since it was made.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) segment: Arc<Segment>,
    pub(super) removed: u32,
}

/// The cluster of a document: its least member, and the member behind this one, round and round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    cluster: u32,
    next: u32,
}

impl Default for Place {
    fn default() -> Self {
        Self { cluster: NONE, next: NONE }
    }
}

/// What a document was found to share with another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Half {
    pub(super) score: f64,
    pub(super) noise: f64,
    pub(super) other: u32,
    pub(super) epoch: u32,
    pub(super) form: FormEvidence,
    /// Of the document of the lower number, and of the other.
    pub(super) extents: [Extent; 2],
    pub(super) basis: Basis,
}

impl Half {
    /// The whole of it, of the document that has it.
    pub(super) fn found(&self, number: u32) -> Found {
        let &Self { score, noise, other, epoch, form, extents, basis } = self;
        Found { a: number.min(other), b: number.max(other), score, noise, form, extents, basis, epoch }
    }
}

/// Texts that are not in the log yet: where they will be.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) log: u32,
    pub(super) from: u64,
    pub(super) bytes: Arc<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub(super) struct State {
    /// That of the last commit.
    pub(super) sequence: u64,
    /// The number of the next document.
    pub(super) next: u32,
    pub(super) documents: usize,
    /// By number.
    pub(super) parts: Vec<Part>,
    pub(super) removed: Bits,
    clusters: Paged<Place>,
    links: Paged<Option<Arc<Vec<Half>>>>,
    pub(super) epoch: u32,
    pub(super) statistics: Statistics,
    /// By number.
    pub(super) logs: Arc<Vec<Log>>,
    pub(super) pending: Option<Pending>,
}

/// A document of a state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) number: u32,
    pub(super) segment: &'a Segment,
    pub(super) place: usize,
}

impl<'a> Known<'a> {
    pub(super) fn id(&self) -> &'a str {
        self.segment.id(self.place)
    }

    pub(super) fn body(&self) -> Body {
        self.segment.body(self.place).copied().unwrap_or_default()
    }

    pub(super) fn about(&self) -> About<'a> {
        About {
            document: DocId(self.number),
            id: Some(self.id()),
            source: self.segment.source(self.place),
            date: self.segment.date(self.place),
        }
    }
}

impl State {
    pub(super) fn new(statistics: Statistics) -> Self {
        Self {
            sequence: 0,
            next: 0,
            documents: 0,
            parts: Vec::new(),
            removed: Bits::default(),
            clusters: Paged::default(),
            links: Paged::default(),
            epoch: 0,
            statistics,
            logs: Arc::default(),
            pending: None,
        }
    }

    /// A document by number, removed or not, if a segment has it.
    pub(super) fn stored(&self, number: u32) -> Option<Known<'_>> {
        let part =
            self.parts.partition_point(|part| part.segment.bounds().is_none_or(|(_, last)| last < number));
        let segment = &*self.parts.get(part)?.segment;
        Some(Known { number, segment, place: segment.place(number)? })
    }

    /// A document by number that was not removed.
    pub(super) fn known(&self, number: u32) -> Option<Known<'_>> {
        if self.removed.contains(number) { None } else { self.stored(number) }
    }

    /// A document by its id.
    pub(super) fn find(&self, id: &str) -> Option<Known<'_>> {
        let numbers = self.parts.iter().rev().flat_map(|part| part.segment.with_id(id));
        let mut kept = numbers.filter(|&number| !self.removed.contains(number));
        self.known(kept.next()?)
    }

    /// The documents by number.
    pub(super) fn all(&self) -> impl Iterator<Item = Known<'_>> {
        let places =
            self.parts.iter().flat_map(|part| (0..part.segment.len()).map(|place| (&*part.segment, place)));
        let known = places.map(|(segment, place)| Known { number: segment.numbers()[place], segment, place });
        known.filter(|known| !self.removed.contains(known.number))
    }

    /// Refuses a stretch that a log does not have, before there is room made for it: a damaged length costs
    /// no memory. What is short needs no look at the file.
    fn check_room(&self, log: u32, offset: u64, length: u64) -> Result<()> {
        const SHORT: u64 = 1 << 20;
        if length <= SHORT {
            return Ok(());
        }
        let pending = self.pending.as_ref().filter(|pending| pending.log == log && pending.from <= offset);
        let pending = pending.map_or(0, |pending| pending.from + pending.bytes.len() as u64);
        let written = match self.logs.binary_search_by_key(&log, |log| log.number) {
            Ok(at) => self.logs[at].file.len().map_err(|error| Error::io(&self.logs[at].name, &error))?,
            Err(_) => 0,
        };
        if offset.saturating_add(length) > pending.max(written) {
            return Err(Error::damaged(
                "archive log",
                format_args!("log {log} ends before a text that it holds"),
            ));
        }
        Ok(())
    }

    fn read(&self, log: u32, offset: u64, buffer: &mut [u8]) -> Result<()> {
        if let Some(pending) =
            self.pending.as_ref().filter(|pending| pending.log == log && pending.from <= offset)
        {
            let start = (offset - pending.from) as usize;
            if let Some(bytes) = pending.bytes.get(start..start + buffer.len()) {
                buffer.copy_from_slice(bytes);
                return Ok(());
            }
        }
        let Ok(at) = self.logs.binary_search_by_key(&log, |log| log.number) else {
            return Err(Error::damaged("archive log", format_args!("log {log} is not there")));
        };
        let log = &self.logs[at];
        log.file.read_at(buffer, offset).map_err(|error| Error::io(&log.name, &error))
    }

    /// The text of a document, put into `buffer`.
    pub(super) fn text<'b>(&self, known: &Known<'_>, buffer: &'b mut String) -> Result<&'b str> {
        let body = known.body();
        self.check_room(body.log, body.offset, u64::from(body.text))?;
        let mut bytes = std::mem::take(buffer).into_bytes();
        bytes.resize(body.text as usize, 0);
        self.read(body.log, body.offset, &mut bytes)?;
        let text = String::from_utf8(bytes).ok().filter(|text| segment::digest(text) == body.digest);
        *buffer = text.ok_or_else(|| damaged("the letters", known, body.log))?;
        Ok(buffer)
    }

    /// The keys of a document, ascending, put into `keys`.
    pub(super) fn keys(&self, known: &Known<'_>, bytes: &mut Vec<u8>, keys: &mut Vec<u32>) -> Result<()> {
        let body = known.body();
        let (offset, length) = (body.offset.saturating_add(u64::from(body.text)), 4 * u64::from(body.keys));
        self.check_room(body.log, offset, length)?;
        bytes.resize(length as usize, 0);
        self.read(body.log, offset, bytes)?;
        if xxh3(bytes) as u32 != body.check {
            return Err(damaged("the keys", known, body.log));
        }
        keys.clear();
        keys.extend(bytes.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes)));
        Ok(())
    }

    /// The least member of the cluster of a document.
    pub(super) fn cluster(&self, number: u32) -> u32 {
        self.clusters.get(number as usize).map(|place| place.cluster).filter(|&c| c != NONE).unwrap_or(number)
    }

    /// The members of the cluster of a document, from this one on.
    pub(super) fn members(&self, number: u32) -> impl Iterator<Item = u32> + '_ {
        let next = move |&member: &u32| {
            let next = self.clusters.get(member as usize).map(|place| place.next);
            next.filter(|&next| next != number && next != NONE)
        };
        std::iter::successors(Some(number), next)
    }

    /// What a document was found to share with those that were not removed.
    pub(super) fn links(&self, number: u32) -> impl Iterator<Item = &Half> + '_ {
        let links = self.links.get(number as usize).and_then(Option::as_deref).into_iter().flatten();
        links.filter(|half| !self.removed.contains(half.other))
    }

    /// All that was found of documents that were not removed.
    pub(super) fn found(&self) -> impl Iterator<Item = Found> + '_ {
        let of = move |(a, links): (u32, &'_ Option<Arc<Vec<Half>>>)| {
            let halves: &[Half] =
                links.as_ref().filter(|_| !self.removed.contains(a)).map_or(&[], |links| links);
            let firsts =
                halves.iter().filter(move |half| a < half.other && !self.removed.contains(half.other));
            let found = firsts.map(move |half| half.found(a));
            found.collect::<Vec<_>>()
        };
        self.links.iter().flat_map(of)
    }

    /// The clusters of two members or more, by the least of each; members ascending.
    pub(super) fn clusters(&self) -> Vec<Vec<u32>> {
        let mut clusters: HashMap<u32, Vec<u32>> = HashMap::new();
        for (number, place) in self.clusters.iter().filter(|(_, place)| place.cluster != NONE) {
            clusters.entry(place.cluster).or_default().push(number);
        }
        let mut clusters: Vec<Vec<u32>> = clusters.into_values().collect();
        clusters.sort_unstable();
        clusters
    }

    /// Takes in a commit: all but the documents, whose segment is given.
    pub(super) fn apply(&mut self, commit: &Commit, segment: Option<Segment>) {
        self.sequence = commit.sequence;
        for &number in &commit.removed {
            self.remove(number);
        }
        if let Some(segment) = segment {
            self.add(segment);
        }
        self.learn(commit);
    }

    pub(super) fn remove(&mut self, number: u32) {
        let at =
            self.parts.partition_point(|part| part.segment.bounds().is_none_or(|(_, last)| last < number));
        let is_there = self.parts.get(at).is_some_and(|part| part.segment.place(number).is_some());
        if is_there && !self.removed.contains(number) {
            self.parts[at].removed += 1;
            self.documents -= 1;
        }
        self.removed.insert(number);
        if self.clusters.get(number as usize).is_some_and(|place| place.cluster != NONE) {
            *self.clusters.get_mut(number as usize) = Place::default();
        }
        if self.links.get(number as usize).is_some_and(Option::is_some) {
            *self.links.get_mut(number as usize) = None;
        }
    }

    /// Adds documents, whose numbers are above all others.
    pub(super) fn add(&mut self, segment: Segment) {
        if let Some((_, last)) = segment.bounds() {
            self.next = self.next.max(last + 1);
            self.documents += segment.len();
            self.parts.push(Part { segment: Arc::new(segment), removed: 0 });
        }
    }

    /// Takes in what a commit found.
    pub(super) fn learn(&mut self, commit: &Commit) {
        if let Some(epoch) = commit.epoch {
            self.epoch = epoch;
            self.links = Paged::default();
        }
        self.learn_found(&commit.found);
        for members in &commit.clusters {
            self.set_cluster(members);
        }
        for &(number, cluster) in &commit.joined {
            let first = self.clusters.get(cluster as usize).copied().unwrap_or_default();
            let next = if first.next == NONE { cluster } else { first.next };
            *self.clusters.get_mut(cluster as usize) = Place { cluster, next: number };
            *self.clusters.get_mut(number as usize) = Place { cluster, next };
        }
    }

    pub(super) fn learn_found(&mut self, all: &[Found]) {
        for &Found { a, b, score, noise, form, extents, basis, epoch } in all {
            for (one, other) in [(a, b), (b, a)] {
                let links = self.links.get_mut(one as usize).get_or_insert_default();
                let links = Arc::make_mut(links);
                links.retain(|half| half.other != other);
                links.push(Half { score, noise, other, epoch, form, extents, basis });
            }
        }
    }

    /// Makes documents a cluster.
    pub(super) fn set_cluster(&mut self, members: &[u32]) {
        if let [alone] = members {
            *self.clusters.get_mut(*alone as usize) = Place::default();
            return;
        }
        let cluster = members.iter().copied().min().unwrap_or(NONE);
        for (i, &member) in members.iter().enumerate() {
            let next = members[(i + 1) % members.len()];
            *self.clusters.get_mut(member as usize) = Place { cluster, next };
        }
    }

    /// Two or more segments that are better one, if there are such: neighbours of which each is at most twice
    /// as large as those behind it together, or one of which an eighth was removed.
    pub(super) fn to_merge(&self, most: usize) -> Option<std::ops::Range<usize>> {
        let size = |part: &Part| part.segment.len() - part.removed as usize;
        let littered = |part: &Part| 8 * part.removed as usize > part.segment.len();
        let mut from = self.parts.len();
        let mut sum = 0;
        while from > 0
            && (from == self.parts.len() || size(&self.parts[from - 1]) <= 2 * sum)
            && sum + size(&self.parts[from - 1]) <= most
        {
            from -= 1;
            sum += size(&self.parts[from]);
        }
        if from + 1 < self.parts.len() {
            return Some(from..self.parts.len());
        }
        let at = self.parts.iter().position(littered)?;
        Some(at..at + 1)
    }

    /// Puts a merged segment in the place of its parts.
    pub(super) fn replace(&mut self, parts: std::ops::Range<usize>, merged: Segment) {
        let removed = merged.numbers().iter().filter(|&&number| self.removed.contains(number)).count() as u32;
        let part = (merged.len() > 0).then(|| Part { segment: Arc::new(merged), removed });
        self.parts.splice(parts, part);
    }

    /// Says where texts are now, by number.
    pub(super) fn relocate(&mut self, offsets: &HashMap<u32, u64>) {
        for part in &mut self.parts {
            if part.segment.numbers().iter().any(|number| offsets.contains_key(number)) {
                part.segment = Arc::new(part.segment.relocated(offsets));
            }
        }
    }

    /// Bytes on the heap, about.
    pub(super) fn memory(&self) -> usize {
        let links = self.links.iter().filter_map(|(_, links)| links.as_ref());
        let links: usize = links.map(|links| 40 + size_of::<Half>() * links.capacity()).sum();
        self.parts.iter().map(|part| part.segment.memory()).sum::<usize>() + links + 16 * self.next as usize
    }

    /// Merges segments until none are better one.
    pub(super) fn merge(&mut self) -> Result<()> {
        while let Some(range) = self.to_merge(segment::MOST) {
            let parts: Vec<&Segment> = self.parts[range.clone()].iter().map(|part| &*part.segment).collect();
            let merged = Segment::merged(&parts, |number| self.removed.contains(number))?;
            self.replace(range, merged);
        }
        Ok(())
    }
}

fn damaged(what: &str, known: &Known<'_>, log: u32) -> Error {
    let id = known.id();
    Error::damaged(
        "archive log",
        format_args!("{what} of {id:?} in log {log} are not those that were written"),
    )
}
