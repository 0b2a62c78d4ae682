//! What a cluster opens into: its members, each beside the representative, and the evidence.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::ops::Range;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;

use super::words::{evidence, rounded, title};
use crate::corpus::Date;
use crate::report::View;
use crate::verify::{Aligner, Alignment, Difference, Passage, differences};
use crate::{DocId, Pair, Result};

/// Members of one cluster that are named in the list and whose texts are compared.
pub(super) const MOST_MEMBERS: usize = 200;

/// Matches of one cluster whose evidence is shown.
const MOST_LINKS: usize = 1_000;

/// Bytes of one text.
pub(super) const MOST_TEXT: usize = 64 << 10;

/// Packing is a third of the work at this level; the next one saves a tenth of the page and doubles it.
const LEVEL: u32 = 1;

impl View<'_> {
    /// What a cluster opens into, and the texts for it.
    pub(super) fn detail(
        &self,
        cluster: usize,
        alignments: &[Alignment],
        aligner: &mut Aligner,
    ) -> Result<(Head<'_>, Vec<Cow<'_, str>>)> {
        let report = self.report;
        let members = report.clusters().members(cluster);
        let representative = report.representative(cluster).unwrap_or(DocId(0));
        let matches = report.matches_in(cluster);
        let start = report.match_range(cluster).start;

        let others = members.iter().copied().filter(|&d| d != representative);
        let shown: Vec<DocId> = [representative].into_iter().chain(others).take(MOST_MEMBERS).collect();
        let lengths = members.iter().map(|&d| Ok((d, self.text(d)?.len())));
        let lengths: HashMap<DocId, usize> = lengths.collect::<Result<_>>()?;
        let length = |d: DocId| lengths.get(&d).copied().unwrap_or_default();
        let texts = shown.iter().map(|&d| self.text(d).map(shortened));
        let texts: Vec<Cow<'_, str>> = texts.collect::<Result<_>>()?;
        let with_text = shown.iter().zip(&texts);
        let mut documents: Vec<Document<'_>> =
            with_text.map(|(&d, text)| self.shown_document(d, text, length(d))).collect();
        let of_all = |d: DocId| (self.about(d).date, length(d));
        mark_extremes(&mut documents, &shown, members.iter().map(|&d| of_all(d)), of_all);

        let mut compared = Vec::with_capacity(shown.len());
        for (&member, text) in shown.iter().zip(&texts).skip(1) {
            let pair = Pair::new(representative, member);
            let direct = matches.binary_search_by_key(&pair, |m| m.pair).ok();
            let mut alignment = if let Some(known) = direct.and_then(|i| alignments.get(start + i)) {
                known.clone()
            } else {
                aligner.align(&self.text(pair.a)?, &self.text(pair.b)?)?
            };
            if representative != pair.a {
                alignment = alignment.swapped();
            }
            let score = direct.and_then(|i| matches.get(i)).map(|m| rounded(m.score));
            compared.push(Compared::new([&texts[0], text], &alignment, score)?);
        }

        let number: HashMap<DocId, usize> = shown.iter().enumerate().map(|(i, &d)| (d, i)).collect();
        let links = matches.iter().zip(alignments.get(start..).unwrap_or_default()).take(MOST_LINKS);
        let links = links.map(|(m, alignment)| Link {
            a: number.get(&m.pair.a).map_or(Name::Id(self.id(m.pair.a)), |&i| Name::Shown(i)),
            b: number.get(&m.pair.b).map_or(Name::Id(self.id(m.pair.b)), |&i| Name::Shown(i)),
            score: rounded(m.score),
            evidence: evidence(m, alignment),
        });
        let head = Head {
            documents,
            compared,
            links: links.collect(),
            members_left_out: members.len() - texts.len(),
            links_left_out: matches.len().saturating_sub(MOST_LINKS),
        };
        Ok((head, texts))
    }

    /// A document as the page shows it, of which so much of the text is there, of so many bytes.
    pub(super) fn shown_document(&self, document: DocId, text: &str, bytes: usize) -> Document<'_> {
        let about = self.about(document);
        let standing = self.boilerplate.map(|boilerplate| boilerplate.spans(text, about.source));
        Document {
            id: self.id(document),
            title: title(text),
            source: about.source,
            date: about.date.map(|date| date.to_string()),
            earliest: false,
            longest: false,
            shown: text.len(),
            bytes,
            standing: standing.unwrap_or_default().into_iter().map(|span| [span.start, span.end]).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Head<'a> {
    /// The representative first.
    documents: Vec<Document<'a>>,
    /// All but the first of the documents with the first.
    compared: Vec<Compared>,
    links: Vec<Link<'a>>,
    members_left_out: usize,
    links_left_out: usize,
}

impl<'a> Head<'a> {
    pub(super) fn of_one(document: Document<'a>) -> Self {
        let documents = vec![document];
        Self { documents, compared: Vec::new(), links: Vec::new(), members_left_out: 0, links_left_out: 0 }
    }
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    id: &'a str,
    title: String,
    source: Option<&'a str>,
    date: Option<String>,
    /// Of the dates of the whole cluster, where they differ; of the texts, where they differ in length.
    earliest: bool,
    longest: bool,
    /// How many of its bytes are here.
    shown: usize,
    bytes: usize,
    /// What of it is boilerplate.
    standing: Vec<[usize; 2]>,
}

/// The representative and a member.
#[derive(Serialize)]
pub(super) struct Compared {
    /// Start and end in the representative, start and end in the member, letters covered.
    passages: Vec<[usize; 5]>,
    /// Reworded spans in the representative and in the member.
    changes: [Vec<[usize; 2]>; 2],
    coverage: [f64; 2],
    /// Passages beyond the part of the texts that is shown.
    passages_left_out: usize,
    /// Where the two are a match.
    score: Option<f64>,
}

impl Compared {
    fn new(texts: [&str; 2], alignment: &Alignment, score: Option<f64>) -> Result<Self> {
        let passages = within(texts, &alignment.passages);
        let mut differences = differences(texts[0], texts[1], alignment)?;
        differences.retain(|d| d.passage.is_some());
        let changes = |side: fn(&Difference) -> &Range<usize>| {
            let mut spans: Vec<[usize; 2]> =
                differences.iter().map(side).filter(|s| !s.is_empty()).map(|s| [s.start, s.end]).collect();
            spans.sort_unstable();
            spans
        };
        Ok(Self {
            passages_left_out: alignment.passages.len() - passages.len(),
            passages,
            changes: [changes(|d| &d.a), changes(|d| &d.b)],
            coverage: [rounded(alignment.coverage_of_a()), rounded(alignment.coverage_of_b())],
            score,
        })
    }
}

#[derive(Serialize)]
pub(super) struct Link<'a> {
    a: Name<'a>,
    b: Name<'a>,
    score: f64,
    evidence: String,
}

/// A document by its place among those shown, or by its id.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Name<'a> {
    Shown(usize),
    Id(&'a str),
}

/// Marks the earliest and the longest among documents that are shown; `all` are the dates and lengths of the
/// whole cluster.
fn mark_extremes(
    documents: &mut [Document<'_>],
    shown: &[DocId],
    all: impl Iterator<Item = (Option<Date>, usize)>,
    of: impl Fn(DocId) -> (Option<Date>, usize),
) {
    let (dates, lengths): (Vec<Option<Date>>, Vec<usize>) = all.unzip();
    let dates: Vec<Date> = dates.into_iter().flatten().collect();
    let earliest = dates.iter().min().filter(|&first| dates.iter().any(|date| date > first));
    let longest = lengths.iter().max().filter(|&most| lengths.iter().any(|length| length < most));
    for (document, &number) in documents.iter_mut().zip(shown) {
        let (date, length) = of(number);
        document.earliest = date.is_some() && date.as_ref() == earliest;
        document.longest = Some(&length) == longest;
    }
}

/// Packs a head and its texts.
pub(super) fn pack(head: &Head<'_>, texts: &[impl AsRef<str>]) -> io::Result<String> {
    let head = serde_json::to_vec(head)?;
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    packer.write_all(&(head.len() as u32).to_le_bytes())?;
    packer.write_all(&head)?;
    for text in texts {
        packer.write_all(text.as_ref().as_bytes())?;
    }
    Ok(BASE64_STANDARD.encode(packer.finish()?))
}

/// The passages that lie in these texts or parts of texts.
pub(super) fn within(texts: [&str; 2], passages: &[Passage]) -> Vec<[usize; 5]> {
    let lie = passages.iter().filter(|p| p.a.end <= texts[0].len() && p.b.end <= texts[1].len());
    lie.map(|p| [p.a.start, p.a.end, p.b.start, p.b.end, p.covered]).collect()
}

fn shortened(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => beginning(text).into(),
        Cow::Owned(mut text) => {
            text.truncate(beginning(&text).len());
            text.into()
        }
    }
}

/// As much of a text as the page shows.
pub(super) fn beginning(text: &str) -> &str {
    let most = MOST_TEXT.min(text.len());
    // A character has at most four bytes.
    let end = (most.saturating_sub(3)..=most).rev().find(|&i| text.is_char_boundary(i));
    &text[..end.unwrap_or_default()]
}
