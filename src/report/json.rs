//! The report as JSON.

use std::io;

use serde::Serialize;

use super::View;
use crate::index::Banding;
use crate::verify::{Alignment, Basis, Evidence, Match, Passage};
use crate::{Counts, DocId, Result, Similarity, StageTimes};

/// The version of the JSON's shape: rises when a field changes its meaning or goes.
pub(super) const VERSION: u32 = 1;

impl View<'_> {
    /// Writes the report as one JSON object:
    ///
    /// | field | is |
    /// |---|---|
    /// | `format`, `version` | `"reprint-report"`, 1; the version rises when a field changes its meaning or goes |
    /// | `threshold` | the score from which a pair was a match |
    /// | `banding` | `bands` and `rows`, where candidates came from bands; otherwise null |
    /// | `counts` | the counts of [`Counts`] by their names |
    /// | `seconds` | how long each stage took: `sketch`, `candidates`, `verify`, `cluster` |
    /// | `documents` | in the order of the run: `id`, `bytes`, `cluster`, and `repeats` where the text holds something twice |
    /// | `clusters` | those of two or more: `cluster`, `representative`, `members` (ids), `matches` |
    ///
    /// A match:
    ///
    /// | field | is |
    /// |---|---|
    /// | `a`, `b`, `score` | the ids of the two documents, the score |
    /// | `basis` | by what the pair was judged, a [`Basis`]: `"identical"`, `"shingles"`, `"passages"`, `"scan"` or `"words"` |
    /// | `judged_by` | `"shingles"`, `"passages"` or `"identity"` (byte for byte): from which of the following the score comes |
    /// | `shingles` | only where judged by them: `a`, `b`, `shared` (counts), `resemblance`, `containment_of_a`, `containment_of_b` |
    /// | `alignment` | `letters_of_a`, `letters_of_b`, `covered_of_a`, `covered_of_b` (letters), `noise` and `passages` |
    ///
    /// A passage, and a repeat: `a` and `b` (each `start` and `end`, bytes of the original UTF-8 text,
    /// between two characters) and how many letters of it are `equal`, `noise` (misread), `replaced`, `added`
    /// and `left_out`; `covered` is the first two together. The spans of a repeat are two places of one text.
    ///
    /// # Errors
    /// Those of the writer, and if a text cannot be read or two cannot be aligned.
    pub fn write_json(&self, mut out: impl io::Write) -> io::Result<()> {
        let page = self.page().map_err(io::Error::other)?;
        serde_json::to_writer_pretty(&mut out, &page).map_err(io::Error::from)?;
        out.flush()
    }

    fn page(&self) -> Result<Page<'_>> {
        let alignments = self.alignments()?;
        let mut repeats = self.repeats()?.iter().peekable();
        let clusters = self.report.clusters();
        let documents = self.ids.iter().enumerate().map(|(i, id)| {
            let document = DocId(i as u32);
            let repeats = repeats.next_if(|(repeating, _)| *repeating == document);
            Ok(Document {
                id,
                bytes: self.text(document)?.len(),
                cluster: clusters.of(document).unwrap_or_default(),
                repeats: repeats.map_or(&[], |(_, passages)| passages),
            })
        });
        let documents = documents.collect::<Result<_>>()?;
        let link = |i: usize| Some(self.link(self.report.matches().get(i)?, alignments.get(i)?));
        let clusters = clusters.multiple().map(|cluster| Group {
            cluster,
            representative: self.report.representative(cluster).map_or("", |d| self.id(d)),
            members: clusters.members(cluster).iter().map(|&d| self.id(d)).collect(),
            matches: self.report.match_range(cluster).filter_map(link).collect(),
        });
        let counts = self.report.counts();
        Ok(Page {
            format: "reprint-report",
            version: VERSION,
            threshold: self.report.threshold(),
            banding: self.report.banding(),
            counts: Counted::new(counts),
            seconds: Seconds::new(&counts.times),
            documents,
            clusters: clusters.collect(),
        })
    }

    fn link<'b>(&'b self, m: &'b Match, alignment: &'b Alignment) -> Link<'b> {
        let (judged_by, shingles) = match &m.evidence {
            Evidence::Shingles(s) => ("shingles", Some(Shingles::new(s))),
            Evidence::Passages(_) => ("passages", None),
            Evidence::Identical => ("identity", None),
        };
        let (a, b) = (self.id(m.pair.a), self.id(m.pair.b));
        Link { a, b, score: m.score, basis: m.basis, judged_by, shingles, alignment }
    }
}

#[derive(Serialize)]
struct Page<'a> {
    format: &'static str,
    version: u32,
    threshold: f64,
    banding: Option<Banding>,
    counts: Counted,
    seconds: Seconds,
    documents: Vec<Document<'a>>,
    clusters: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Counted {
    documents: usize,
    empty: usize,
    candidates: usize,
    verified: usize,
    matches: usize,
    clusters: usize,
    clustered: usize,
}

impl Counted {
    fn new(counts: &Counts) -> Self {
        let &Counts { documents, empty, candidates, verified, matches, clusters, clustered, times: _ } =
            counts;
        Self { documents, empty, candidates, verified, matches, clusters, clustered }
    }
}

#[derive(Serialize)]
struct Seconds {
    sketch: f64,
    candidates: f64,
    verify: f64,
    cluster: f64,
}

impl Seconds {
    fn new(times: &StageTimes) -> Self {
        Self {
            sketch: times.sketch.as_secs_f64(),
            candidates: times.candidates.as_secs_f64(),
            verify: times.verify.as_secs_f64(),
            cluster: times.cluster.as_secs_f64(),
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    id: &'a str,
    bytes: usize,
    cluster: usize,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    repeats: &'a [Passage],
}

#[derive(Serialize)]
struct Group<'a> {
    cluster: usize,
    representative: &'a str,
    members: Vec<&'a str>,
    matches: Vec<Link<'a>>,
}

#[derive(Serialize)]
struct Link<'a> {
    a: &'a str,
    b: &'a str,
    score: f64,
    basis: Basis,
    judged_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shingles: Option<Shingles>,
    alignment: &'a Alignment,
}

#[derive(Serialize)]
struct Shingles {
    a: usize,
    b: usize,
    shared: usize,
    resemblance: f64,
    containment_of_a: f64,
    containment_of_b: f64,
}

impl Shingles {
    fn new(s: &Similarity) -> Self {
        Self {
            a: s.size_of_a(),
            b: s.size_of_b(),
            shared: s.shared(),
            resemblance: s.resemblance(),
            containment_of_a: s.containment_of_a(),
            containment_of_b: s.containment_of_b(),
        }
    }
}
