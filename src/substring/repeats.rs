//! Finds the stretches that occur twice, and says where.

use std::ops::Range;

use super::cut::merge_near;
use super::recurring::{Recurring, recurring};
use super::texts::{Fingerprint, Symbol, Texts};
use crate::{DocId, Error, Result};

/// Marks a window whose fingerprint is that of another text.
const OTHER_TEXT: u64 = 1 << 63;

/// A stretch of one document, in symbols: bytes, or words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Span {
    /// The document.
    pub document: DocId,
    /// From its first symbol to one after its last.
    pub range: Range<usize>,
}

/// A stretch that stood before, in an earlier document or earlier in the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Repeat {
    /// The later occurrence.
    pub copy: Span,
    /// An earlier one, as long. It may overlap with the later: in `aaaa` each `a` but the first is the copy
    /// of the one before.
    pub original: Span,
}

/// Builds a [`RepeatFinder`]; see [`RepeatFinder::builder`].
#[derive(Clone, Copy, Debug)]
pub struct RepeatFinderBuilder {
    length: usize,
    parts: u32,
    mask: u64,
}

impl RepeatFinderBuilder {
    /// The least length of a repeat, in symbols, from 2 up. Default: 200, for bytes.
    #[must_use]
    pub fn length(mut self, length: usize) -> Self {
        self.length = length;
        self
    }

    /// In how many parts the windows are worked on, 1 to 65,536; the result is the same. Default: 1.
    ///
    /// Each part reads the texts twice. The working memory falls as the number of parts grows.
    #[must_use]
    pub fn parts(mut self, parts: u32) -> Self {
        self.parts = parts;
        self
    }

    /// So many bits of a fingerprint count: with few, many windows meet that are not equal.
    #[cfg(test)]
    fn bits(mut self, bits: u32) -> Self {
        self.mask = !u64::MAX.checked_shr(bits).unwrap_or(0);
        self
    }

    /// The finder.
    ///
    /// # Errors
    /// When the length is below 2, or the parts are not 1 to 65,536.
    pub fn build(self) -> Result<RepeatFinder> {
        if self.length < 2 {
            let remedy = "choose 2 or more; 200 bytes or 50 words are usual";
            return Err(Error::parameter("length", self.length, remedy));
        }
        if !(1..=1 << 16).contains(&self.parts) {
            return Err(Error::parameter("parts", self.parts, "choose 1 (all at once) to 65,536"));
        }
        let fingerprint = Fingerprint::new(self.length, self.mask);
        Ok(RepeatFinder { length: self.length, parts: self.parts, fingerprint })
    }
}

/// Finds every stretch of at least L symbols that occurs twice in a corpus.
///
/// A *window* is a stretch of exactly L symbols within one document. A longer stretch occurs twice only if
/// all its windows do, so windows are what is looked for: by fingerprints (Karp and Rabin 1987), each found
/// pair compared symbol by symbol, so that the result is exact. It is that of the suffix array of Lee et al.
/// (2022), which is not needed for it.
///
/// # Cost
/// O(n log n) for n symbols, whatever they are, and beside it O(L) for each stretch found. On all cores with
/// `rayon`.
///
/// # Memory
/// Beside the texts, which may be mapped from a file: 2 to 4 bytes a symbol, and 16 bytes for each window
/// that occurs twice and for one in nine of the others, all of it divided by the number of
/// [parts](RepeatFinderBuilder::parts). What parts do not divide are 16 bytes for each window that was there
/// before, twice that while the list of a further part is joined, and a bit a symbol: they save where little
/// is repeated, and not where most is.
///
/// ```
/// use reprint::substring::RepeatFinder;
///
/// let finder = RepeatFinder::builder().length(20).build()?;
/// let pages = ["Home. All rights reserved, 2024. Rain is due.", "All rights reserved, 2024. Snow is due."];
/// let repeats = finder.find(&pages)?;
///
/// assert_eq!(repeats.repeats().len(), 1);
/// let copy = &repeats.repeats()[0].copy;
/// assert_eq!(&pages[1][copy.range.clone()], "All rights reserved, 2024. ");
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RepeatFinder {
    length: usize,
    parts: u32,
    fingerprint: Fingerprint,
}

impl RepeatFinder {
    /// Length 200, one part, until told otherwise.
    pub fn builder() -> RepeatFinderBuilder {
        RepeatFinderBuilder { length: 200, parts: 1, mask: u64::MAX }
    }

    /// The repeats in `documents`, each a row of bytes or of numbers that stand for words (see
    /// [`Words`](super::Words)).
    ///
    /// # Errors
    /// When there are more than 2³² − 1 documents.
    pub fn find<S: Symbol, D: AsRef<[S]>>(&self, documents: &[D]) -> Result<Repeats> {
        if documents.len() > u32::MAX as usize {
            return Err(Error::too_many("documents", u32::MAX as usize));
        }
        let texts = Texts::new(documents);
        let mut windows = recurring(&texts, self.length, self.fingerprint, self.parts);
        let walk = loop {
            let walk = Walk::new(&texts, self.length, &mut windows);
            if !walk.met_other_text {
                break walk;
            }
            sort_out(&texts, self.length, &mut windows);
        };
        let mut repeated = vec![0_u64; texts.len().div_ceil(64) as usize];
        for window in &windows {
            for position in [window.position, window.first] {
                repeated[(position / 64) as usize] |= 1 << (position % 64);
            }
        }
        let ones = repeated.iter().zip(0..).flat_map(|(&word, i)| ones(word).map(move |bit| 64 * i + bit));
        let repeated = union(&texts, self.length, ones);
        let far = windows.iter().filter(|window| window.position - window.first >= self.length as u64);
        let cuts = union(&texts, self.length, far.map(|window| window.position));
        Ok(Repeats { length: self.length, copies: walk.repeats, repeated, cuts })
    }
}

impl Default for RepeatFinder {
    fn default() -> Self {
        Self { length: 200, parts: 1, fingerprint: Fingerprint::new(200, u64::MAX) }
    }
}

/// The numbers of the bits that are set.
fn ones(mut word: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        word &= word.checked_sub(1)?;
        Some(u64::from(bit))
    })
}

/// The stretches that windows of ascending positions cover.
fn union<S: Symbol>(texts: &Texts<'_, S>, length: usize, windows: impl Iterator<Item = u64>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    // Where the last span ends, counted over all documents.
    let mut end = 0;
    for position in windows {
        match spans.last_mut() {
            // A window that begins within the last span is of its document.
            Some(last) if position < end => {
                let more = position + length as u64 - end;
                last.range.end += more as usize;
                end += more;
            }
            _ => {
                let (document, place) = texts.locate(position);
                let next = Span { document: DocId(document as u32), range: place..place + length };
                match spans.last_mut() {
                    Some(last) if last.document == next.document && last.range.end == place => {
                        last.range.end = next.range.end;
                    }
                    _ => spans.push(next),
                }
                end = position + length as u64;
            }
        }
    }
    spans
}

/// Gives windows of one fingerprint and several texts the first of their own text, or drops those that have
/// none.
fn sort_out<S: Symbol>(texts: &Texts<'_, S>, length: usize, windows: &mut Vec<Recurring>) {
    let (mut others, mut right): (Vec<_>, Vec<_>) =
        std::mem::take(windows).into_iter().partition(|window| window.first & OTHER_TEXT != 0);
    let text = |window: &Recurring| texts.from(window.position).split_at(length).0;
    others.sort_unstable_by(|a, b| {
        (a.first, text(a)).cmp(&(b.first, text(b))).then(a.position.cmp(&b.position))
    });
    for same in others.chunk_by(|a, b| a.first == b.first && text(a) == text(b)) {
        let first = same[0].position;
        right.extend(same[1..].iter().map(|window| Recurring { first, ..*window }));
    }
    right.sort_unstable();
    *windows = right;
}

/// From windows to stretches: one goes on as long as the earlier text does.
struct Walk {
    repeats: Vec<Repeat>,
    met_other_text: bool,
}

impl Walk {
    /// Compares each window with an earlier one and marks those that are not equal.
    fn new<S: Symbol>(texts: &Texts<'_, S>, length: usize, windows: &mut [Recurring]) -> Self {
        let mut walk = Self { repeats: Vec::new(), met_other_text: false };
        // The last window and the earlier one that it equals; the place of the latter among `windows`.
        let mut last: Option<(u64, u64)> = None;
        let mut at = 0;
        let (mut copy, mut original): (&[S], &[S]) = (&[], &[]);
        for i in 0..windows.len() {
            let Recurring { position, first } = windows[i];
            if let Some((before, source)) = last
                && before + 1 == position
                && copy.len() > length
                && original.len() > length
            {
                let next = source + 1;
                while windows[at].position < next {
                    at += 1;
                }
                let kind = if windows[at].position == next { windows[at].first } else { next };
                if kind == first && copy[length] == original[length] {
                    (copy, original) = (&copy[1..], &original[1..]);
                    last = Some((position, next));
                    if let Some(Repeat { copy, original }) = walk.repeats.last_mut() {
                        copy.range.end += 1;
                        original.range.end += 1;
                    }
                    continue;
                }
            }
            (copy, original) = (texts.from(position), texts.from(first));
            if copy[..length] != original[..length] {
                windows[i].first |= OTHER_TEXT;
                walk.met_other_text = true;
                last = None;
                continue;
            }
            last = Some((position, first));
            at = windows.partition_point(|window| window.position < first);
            let span = |position| {
                let (document, place) = texts.locate(position);
                Span { document: DocId(document as u32), range: place..place + length }
            };
            walk.repeats.push(Repeat { copy: span(position), original: span(first) });
        }
        walk
    }
}

/// What [`RepeatFinder::find`] found: stretches of at least L symbols that occur twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Repeats {
    length: usize,
    copies: Vec<Repeat>,
    repeated: Vec<Span>,
    cuts: Vec<Span>,
}

impl Repeats {
    /// The least length, L.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Each stretch that stood before, with an earlier place of it, by the place of the copy.
    ///
    /// Each window that is not the first of its kind is in exactly one of them as a window. A stretch ends
    /// where the earlier text goes on differently; the next may overlap with it. Their number is at most that
    /// of the windows, however many occurrences there are: a stretch with m occurrences gives m − 1.
    pub fn repeats(&self) -> &[Repeat] {
        &self.copies
    }

    /// All that lies in some window that occurs twice, its first occurrence included: by document, in order,
    /// apart.
    pub fn repeated(&self) -> &[Span] {
        &self.repeated
    }

    /// What to cut so that one occurrence of each stretch remains (Lee et al. 2022): by document, in order,
    /// apart.
    ///
    /// That is each window whose first occurrence lies wholly before it. So each symbol that is cut has an
    /// equal one, amid the same text, that stays; and of `aaaa…` one window stays. After the cut, what stood
    /// on both its sides meets, and may form new repeats.
    pub fn cuts(&self) -> &[Span] {
        &self.cuts
    }

    /// As [`cuts`](Self::cuts), and with them what lies between two that are at most `gap` symbols apart,
    /// such as a date between two repeated lines.
    pub fn cuts_within(&self, gap: usize) -> Vec<Span> {
        merge_near(&self.cuts, gap)
    }
}

#[cfg(test)]
#[path = "repeats_tests.rs"]
mod tests;
