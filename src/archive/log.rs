//! The log: all that was ever committed, one frame behind the other. What else an archive keeps follows from
//! it.

use super::segment::{Body, Entry};
use crate::Result;
use crate::codec::{HEADER, Kind, Layout, Reader, Writer};
use crate::corpus::Date;
use crate::hash::xxh3;
use crate::verify::{Basis, Extent, FormEvidence};

/// Where the bodies of a commit begin within its frame: behind the archive's own number, the sequence and
/// their length.
pub(super) const BODIES: u64 = HEADER as u64 + 24;

/// What a log begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogHeader {
    pub(super) archive: u64,
    pub(super) number: u32,
}

/// The archive's own number (`u64`), and the log's (`u32`).
impl Layout for LogHeader {
    const KIND: Kind = Kind::ArchiveLog;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.u64(self.archive);
        out.u32(self.number);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { archive: from.u64()?, number: from.u32()? })
    }
}

/// What two documents were found to share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) score: f64,
    pub(super) noise: f64,
    pub(super) form: FormEvidence,
    /// Of the first document and of the second, as far as it is a match.
    pub(super) extents: [Extent; 2],
    pub(super) basis: Basis,
    /// That of the statistics.
    pub(super) epoch: u32,
}

/// What was changed at once: all of it, or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Commit {
    pub(super) archive: u64,
    /// One more than that of the commit before.
    pub(super) sequence: u64,
    /// The texts and keys of the documents, one behind the other. Not kept when a commit is read.
    pub(super) bodies: Vec<u8>,
    /// Their bodies' offsets count from the frame's beginning.
    pub(super) documents: Vec<Entry>,
    pub(super) removed: Vec<u32>,
    /// Other statistics from here on; what was found by those before does not count any more.
    pub(super) epoch: Option<u32>,
    pub(super) found: Vec<Found>,
    /// Clusters that have these members now.
    pub(super) clusters: Vec<Vec<u32>>,
    /// Documents that were alone, each with the least member of the cluster that it came into.
    pub(super) joined: Vec<(u32, u32)>,
}

impl Commit {
    /// Adds a text and its keys to the bodies; what is known of it.
    pub(super) fn add_body(&mut self, text: &str, digest: u64, keys: &[u32], scale: u32) -> Body {
        let offset = BODIES + self.bodies.len() as u64;
        self.bodies.extend_from_slice(text.as_bytes());
        let before = self.bodies.len();
        keys.iter().for_each(|key| self.bodies.extend_from_slice(&key.to_le_bytes()));
        let check = xxh3(&self.bodies[before..]) as u32;
        // A text of a method is shorter than 2^32 bytes.
        Body { log: 0, offset, text: text.len() as u32, keys: keys.len() as u32, scale, digest, check }
    }

    /// Adds a text with its keys as another commit has it.
    pub(super) fn take_body(&mut self, body: Body, bytes: &[u8]) -> Body {
        let offset = BODIES + self.bodies.len() as u64;
        self.bodies.extend_from_slice(bytes);
        Body { offset, ..body }
    }

    /// Of a frame that was read from a place of a log.
    pub(super) fn placed(mut self, log: u32, offset: u64) -> Self {
        for entry in &mut self.documents {
            entry.body.log = log;
            entry.body.offset += offset;
        }
        self
    }
}

const BASES: [Basis; 5] = [Basis::Identical, Basis::Shingles, Basis::Passages, Basis::Scan, Basis::Words];

/// The archive's own number and the sequence (`u64`); the bodies: a list of bytes, of each document its text
/// and then its keys as `u32`, ascending. The documents: of each its number (`u32`), its id, its optional
/// source, its optional date in days (`u32`), the bytes of its text, the number of its keys and its scale
/// (`u32`), the digest of its text (`u64`) and that of its keys (`u32`). The numbers removed (a list of
/// `u32`). The optional number of new statistics (`u32`). What was found: of each the two documents (`u32`),
/// score and noise (`f64`), what they say of a form (three `bool`: that they are on one, that they are if
/// others differ in the same way, and that they are if each is known to be on one; of each a `u64` of the
/// words in slots), which part of each is covered (of each three `u16`, in 65,535ths: how much, from where
/// and to where most of it), the basis (`u8`: 0 identical, 1 shingles, 2 passages, 3 scan, 4 words), the
/// number of the statistics (`u32`). The clusters: a list of lists of `u32`. The documents that joined one,
/// and then the least members of these: two lists of `u32`.
impl Layout for Commit {
    const KIND: Kind = Kind::ArchiveCommit;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        out.u64(self.archive);
        out.u64(self.sequence);
        out.bytes(&self.bodies);
        out.length(self.documents.len());
        for Entry { number, id, source, date, body, .. } in &self.documents {
            out.u32(*number);
            out.str(id);
            out.option(source.as_deref(), Writer::str);
            out.option(*date, |out, date| out.u32(date.days().cast_unsigned()));
            out.u32(body.text);
            out.u32(body.keys);
            out.u32(body.scale);
            out.u64(body.digest);
            out.u32(body.check);
        }
        out.u32s(&self.removed);
        out.option(self.epoch, Writer::u32);
        write_found(&self.found, out);
        out.length(self.clusters.len());
        self.clusters.iter().for_each(|members| out.u32s(members));
        let (documents, clusters): (Vec<u32>, Vec<u32>) = self.joined.iter().copied().unzip();
        out.u32s(&documents);
        out.u32s(&clusters);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (archive, sequence) = (from.u64()?, from.u64()?);
        let bodies = from.bytes()?;
        let (mut at, mut documents) = (0, Vec::new());
        for _ in 0..from.length(38)? {
            let number = from.u32()?;
            let id = from.str()?.to_owned();
            let source = from.option(Reader::str)?.map(str::to_owned);
            let date = from.option(Reader::u32)?.map(|days| Date::from_days(days.cast_signed()));
            let (text, count, scale) = (from.u32()?, from.u32()?, from.u32()?);
            let (digest, check) = (from.u64()?, from.u32()?);
            let start = at + text as usize;
            let end = start + 4 * count as usize;
            let keys =
                bodies.get(start..end).ok_or_else(|| from.broken("a text goes on beyond the others"))?;
            let keys: Vec<u32> = keys.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect();
            let body = Body { log: 0, offset: BODIES + at as u64, text, keys: count, scale, digest, check };
            documents.push(Entry { number, id, source, date, body, keys });
            at = end;
        }
        from.check(at == bodies.len(), "there are other texts than those of its documents")?;
        let (removed, epoch, found) = (from.u32s()?, from.option(Reader::u32)?, read_found(from)?);
        let clusters = (0..from.length(8)?).map(|_| from.u32s()).collect::<Result<Vec<_>>>()?;
        let joined = (from.u32s()?, from.u32s()?);
        from.check(
            joined.0.len() == joined.1.len(),
            "there are not as many clusters as documents that joined",
        )?;
        let joined = joined.0.into_iter().zip(joined.1).collect();
        Ok(Self { archive, sequence, bodies: Vec::new(), documents, removed, epoch, found, clusters, joined })
    }
}

/// What was found, as commits and the state have it.
pub(super) fn write_found(all: &[Found], out: &mut Writer<'_>) {
    out.length(all.len());
    for found in all {
        out.u32(found.a);
        out.u32(found.b);
        out.f64(found.score);
        out.f64(found.noise);
        let FormEvidence { is_form, if_many, of_many, slots } = found.form;
        [is_form, if_many, of_many].into_iter().for_each(|says| out.bool(says));
        slots.into_iter().for_each(|slots| out.u64(slots));
        found.extents.iter().flat_map(|extent| extent.parts()).for_each(|part| out.u16(part));
        out.u8(BASES.iter().position(|&basis| basis == found.basis).unwrap_or_default() as u8);
        out.u32(found.epoch);
    }
}

pub(super) fn read_found(from: &mut Reader<'_>) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for _ in 0..from.length(60)? {
        let (a, b, score, noise) = (from.u32()?, from.u32()?, from.f64()?, from.f64()?);
        let [is_form, if_many, of_many] = [from.bool()?, from.bool()?, from.bool()?];
        let form = FormEvidence { is_form, if_many, of_many, slots: [from.u64()?, from.u64()?] };
        let mut extent =
            || -> Result<Extent> { Ok(Extent::of_parts([from.u16()?, from.u16()?, from.u16()?])) };
        let extents = [extent()?, extent()?];
        let basis = BASES.get(usize::from(from.u8()?)).copied();
        let basis = basis.ok_or_else(|| from.broken("a match has a basis that is none"))?;
        all.push(Found { a, b, score, noise, form, extents, basis, epoch: from.u32()? });
    }
    Ok(all)
}
