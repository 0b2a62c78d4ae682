//! Documents that came one after the other, and the lists of what they hold: never changed, merged and
//! replaced.

use std::sync::OnceLock;

use super::lists::Lists;
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::corpus::Date;
use crate::hash::xxh3;
use crate::index::PostingsDocument;
use crate::{Error, Result};

/// The most documents of a segment that was merged. It bounds the memory of merging, and a window of dates
/// leaves out whole segments: the fewer documents in each, the closer.
pub(super) const MOST: usize = 1 << 18;

/// Where the text of a document is, and behind it its keys, ascending, of 4 bytes each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) log: u32,
    pub(super) offset: u64,
    /// Bytes of the text.
    pub(super) text: u32,
    /// The number of keys.
    pub(super) keys: u32,
    /// That of the signature; 1 where it has none.
    pub(super) scale: u32,
    /// XXH3-64 of the text, and the low half of that of the keys' bytes.
    pub(super) digest: u64,
    pub(super) check: u32,
}

/// The digest of a text, by which identical ones are known and damage is noticed.
pub(super) fn digest(text: &str) -> u64 {
    xxh3(text.as_bytes())
}

/// A document as it comes into a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) number: u32,
    pub(super) id: String,
    pub(super) source: Option<String>,
    pub(super) date: Option<Date>,
    pub(super) body: Body,
    /// Ascending.
    pub(super) keys: Vec<u32>,
}

/// No source.
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// By place; ascending.
    numbers: Vec<u32>,
    bodies: Vec<Body>,
    dates: Vec<Option<Date>>,
    /// Places in `names`.
    sources: Vec<u32>,
    names: Vec<Box<str>>,
    /// The ids one behind the other, and where each ends.
    ids: String,
    ends: Vec<u32>,
    /// The leading half of each id's hash above its place; ascending.
    by_id: Vec<u64>,
    /// Digest and place of the documents without keys; ascending.
    keyless: Vec<(u64, u32)>,
    /// The places of the documents with a date, by it.
    by_date: Vec<u32>,
    lists: Lists,
    /// The number of the file that it was written to.
    pub(super) file: OnceLock<u64>,
}

fn hash(id: &str) -> u64 {
    xxh3(id.as_bytes()) >> 32
}

impl Segment {
    /// Of documents by number.
    pub(super) fn new(entries: &[Entry]) -> Result<Self> {
        let mut segment = Self::default();
        let keys = entries.iter().map(|entry| entry.keys.len()).sum();
        let mut postings: Vec<u64> = Vec::with_capacity(keys);
        for (place, entry) in (0_u32..).zip(entries) {
            segment.push(entry.number, &entry.id, entry.source.as_deref(), entry.date, entry.body)?;
            postings.extend(entry.keys.iter().map(|&key| u64::from(key) << 32 | u64::from(place)));
        }
        crate::parallel::sort(&mut postings);
        segment.lists = Lists::of_sorted(&postings)?;
        segment.finish();
        Ok(segment)
    }

    /// Of several, by number, without the documents that were removed.
    pub(super) fn merged(parts: &[&Self], is_removed: impl Fn(u32) -> bool) -> Result<Self> {
        let mut segment = Self::default();
        let mut places = Vec::with_capacity(parts.len());
        for part in parts {
            let mut of_part = Vec::with_capacity(part.len());
            for place in 0..part.len() {
                let number = part.numbers[place];
                let kept = !is_removed(number);
                of_part.push(kept.then_some(segment.numbers.len() as u32));
                if kept {
                    let (id, source) = (part.id(place), part.source(place));
                    segment.push(number, id, source, part.dates[place], part.bodies[place])?;
                }
            }
            places.push(of_part);
        }
        let lists: Vec<_> =
            parts.iter().zip(&places).map(|(part, places)| (&part.lists, &places[..])).collect();
        segment.lists = Lists::merged(&lists)?;
        segment.finish();
        Ok(segment)
    }

    fn push(
        &mut self,
        number: u32,
        id: &str,
        source: Option<&str>,
        date: Option<Date>,
        body: Body,
    ) -> Result<()> {
        self.numbers.push(number);
        self.bodies.push(body);
        self.dates.push(date);
        let source = source.map_or(NONE, |source| {
            let known = self.names.iter().rposition(|name| **name == *source);
            known.unwrap_or_else(|| {
                self.names.push(source.into());
                self.names.len() - 1
            }) as u32
        });
        self.sources.push(source);
        self.ids.push_str(id);
        let most = u32::MAX as usize;
        self.ends.push(
            u32::try_from(self.ids.len()).map_err(|_| Error::too_many("bytes of ids in a segment", most))?,
        );
        Ok(())
    }

    /// What follows from the documents.
    fn finish(&mut self) {
        let mut by_id: Vec<u64> =
            (0..self.len()).map(|place| hash(self.id(place)) << 32 | place as u64).collect();
        by_id.sort_unstable();
        self.by_id = by_id;
        let keyless = (0_u32..).zip(&self.bodies).filter(|(_, body)| body.keys == 0);
        self.keyless = keyless.map(|(place, body)| (body.digest, place)).collect();
        self.keyless.sort_unstable();
        self.by_date =
            (0..).zip(&self.dates).filter_map(|(place, date): (u32, _)| date.map(|_| place)).collect();
        self.by_date.sort_by_key(|&place| self.dates[place as usize]);
        // Lists that grew by doubling.
        self.numbers.shrink_to_fit();
        self.bodies.shrink_to_fit();
        self.dates.shrink_to_fit();
        self.sources.shrink_to_fit();
        self.ids.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The least and the largest number; none of no documents.
    pub(super) fn bounds(&self) -> Option<(u32, u32)> {
        self.numbers.first().copied().zip(self.numbers.last().copied())
    }

    pub(super) fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// The place of a number.
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        let (first, last) = self.bounds()?;
        if number < first || number > last {
            return None;
        }
        // Where none is missing it is known.
        let guess = (number - first) as usize;
        if self.numbers.get(guess) == Some(&number) {
            return Some(guess);
        }
        self.numbers.binary_search(&number).ok()
    }

    pub(super) fn id(&self, place: usize) -> &str {
        let start = if place == 0 { 0 } else { self.ends.get(place - 1).copied().unwrap_or_default() };
        let end = self.ends.get(place).copied().unwrap_or_default();
        self.ids.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(super) fn source(&self, place: usize) -> Option<&str> {
        self.names.get(*self.sources.get(place)? as usize).map(|name| &**name)
    }

    pub(super) fn date(&self, place: usize) -> Option<Date> {
        self.dates.get(place).copied().flatten()
    }

    pub(super) fn body(&self, place: usize) -> Option<&Body> {
        self.bodies.get(place)
    }

    pub(super) fn lists(&self) -> &Lists {
        &self.lists
    }

    /// The places of the documents of these days, the last among them, by date.
    pub(super) fn within(&self, first: Date, last: Date) -> &[u32] {
        let date = |&place: &u32| self.dates[place as usize];
        let from = self.by_date.partition_point(|place| date(place) < Some(first));
        let count = self.by_date[from..].partition_point(|place| date(place) <= Some(last));
        &self.by_date[from..from + count]
    }

    /// What the postings know of a document.
    pub(super) fn counts(&self, place: usize) -> PostingsDocument {
        let body = self.bodies.get(place).copied().unwrap_or_default();
        PostingsDocument::of_counts(body.keys, body.scale)
    }

    /// The numbers of the documents with an id: one at most that was not removed.
    pub(super) fn with_id<'a>(&'a self, id: &'a str) -> impl Iterator<Item = u32> + 'a {
        let hash = hash(id);
        let from = self.by_id.partition_point(|&entry| entry >> 32 < hash);
        let places = self.by_id[from..].iter().take_while(move |&&entry| entry >> 32 == hash);
        let is_it = move |&place: &usize| self.id(place) == id;
        places.map(|&entry| entry as u32 as usize).filter(is_it).map(|place| self.numbers[place])
    }

    /// The numbers of the documents without keys whose text has this digest.
    pub(super) fn keyless(&self, digest: u64) -> impl Iterator<Item = u32> + '_ {
        let from = self.keyless.partition_point(|&(other, _)| other < digest);
        let same = self.keyless[from..].iter().take_while(move |&&(other, _)| other == digest);
        same.map(|&(_, place)| self.numbers[place as usize])
    }

    /// The same with texts in other places of their logs.
    pub(super) fn relocated(&self, offsets: &std::collections::HashMap<u32, u64>) -> Self {
        let mut segment = Self { file: OnceLock::new(), ..self.clone() };
        for (number, body) in segment.numbers.iter().zip(&mut segment.bodies) {
            body.offset = offsets.get(number).copied().unwrap_or(body.offset);
        }
        segment
    }

    /// Bytes on the heap, about.
    pub(super) fn memory(&self) -> usize {
        let each = size_of::<Body>() + size_of::<Option<Date>>() + 4 + 4 + 4 + 4 + 8;
        each * self.len() + self.ids.len() + 16 * self.keyless.len() + self.lists.memory()
    }
}

/// The format version of hashes; the number of documents, and of each its number, its id, the place of its
/// source among those that follow plus 1 or 0, its optional date in days, its log, the offset there, the
/// bytes of its text, its number of keys, its scale, the digest of its text and that of its keys; the
/// sources; then the lists: the bits of the directory, the number of keys, the directory, the bytes.
impl Layout for Segment {
    const KIND: Kind = Kind::ArchiveSegment;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.format_version();
        out.length(self.len());
        for place in 0..self.len() {
            out.u32(self.numbers[place]);
            out.str(self.id(place));
            out.u32(self.sources[place].wrapping_add(1));
            out.option(self.dates[place], |out, date| out.u32(date.days().cast_unsigned()));
            let Body { log, offset, text, keys, scale, digest, check } = self.bodies[place];
            out.u32(log);
            out.u64(offset);
            out.u32(text);
            out.u32(keys);
            out.u32(scale);
            out.u64(digest);
            out.u32(check);
        }
        out.length(self.names.len());
        self.names.iter().for_each(|name| out.str(name));
        self.lists.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let mut segment = Self::default();
        for _ in 0..from.length(49)? {
            let number = from.u32()?;
            from.check(
                segment.numbers.last().is_none_or(|&last| last < number),
                "its documents are out of order",
            )?;
            let id = from.str()?;
            let source = from.u32()?.wrapping_sub(1);
            let date = from.option(Reader::u32)?.map(|days| Date::from_days(days.cast_signed()));
            let body = Body {
                log: from.u32()?,
                offset: from.u64()?,
                text: from.u32()?,
                keys: from.u32()?,
                scale: from.u32()?,
                digest: from.u64()?,
                check: from.u32()?,
            };
            segment.push(number, id, None, date, body)?;
            if let Some(last) = segment.sources.last_mut() {
                *last = source;
            }
        }
        for _ in 0..from.length(8)? {
            segment.names.push(from.str()?.into());
        }
        let names = segment.names.len();
        let known = segment.sources.iter().all(|&source| source == NONE || (source as usize) < names);
        from.check(known, "a document's source is not there")?;
        segment.lists = Lists::read(from)?;
        segment.finish();
        Ok(segment)
    }
}
