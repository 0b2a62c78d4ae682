//! The report as JSON.

use std::io;

use serde::Serialize;

use super::View;
use crate::verify::{Alignment, Evidence, Match};
use crate::{Counts, DocId, Similarity};

/// The version of the JSON's shape: rises when a field changes its meaning or goes.
pub(super) const VERSION: u32 = 1;

impl View<'_> {
    /// Writes the report as one JSON object:
    ///
    /// | field | is |
    /// |---|---|
    /// | `format`, `version` | `"reprint-report"`, 1 |
    /// | `counts` | the fields of [`Counts`]; `seconds` for each stage |
    /// | `documents` | in the order of the run: `id`, `bytes`, `cluster` |
    /// | `clusters` | those of two or more: `cluster`, `representative`, `members` (ids), `matches` |
    /// | `matches` | `a`, `b` (ids), `score`, and the figures of the evidence |
    ///
    /// The evidence of shingle sets is `shingles`: `a`, `b`, `shared` (counts), `resemblance`,
    /// `containment_of_a`, `containment_of_b`. That of aligned texts is `alignment`: `letters_of_a`,
    /// `letters_of_b`, `covered_of_a`, `covered_of_b`, `noise`, and `passages` with byte spans in the original
    /// texts: `a` and `b` (each `start`, `end`) and `covered` (letters).
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_json(&self, out: impl io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(out, &self.page()).map_err(io::Error::from)
    }

    fn page(&self) -> Page<'_> {
        let clusters = self.report.clusters();
        let documents = self.ids.iter().enumerate().map(|(i, id)| Document {
            id,
            bytes: self.texts[i].len(),
            cluster: clusters.of(DocId(i as u32)).unwrap_or_default(),
        });
        let clusters = clusters.multiple().map(|cluster| Cluster {
            cluster,
            representative: self.report.representative(cluster).map_or("", |d| self.id(d)),
            members: clusters.members(cluster).iter().map(|&d| self.id(d)).collect(),
            matches: self.report.matches_in(cluster).iter().map(|m| self.link(m)).collect(),
        });
        Page {
            format: "reprint-report",
            version: VERSION,
            counts: self.report.counts(),
            documents: documents.collect(),
            clusters: clusters.collect(),
        }
    }

    fn link<'b>(&'b self, m: &'b Match) -> Link<'b> {
        let (shingles, alignment) = match &m.evidence {
            Evidence::Shingles(s) => (Some(Shingles::new(s)), None),
            Evidence::Passages(alignment) => (None, Some(alignment)),
        };
        Link { a: self.id(m.pair.a), b: self.id(m.pair.b), score: m.score, shingles, alignment }
    }
}

#[derive(Serialize)]
struct Page<'a> {
    format: &'static str,
    version: u32,
    counts: &'a Counts,
    documents: Vec<Document<'a>>,
    clusters: Vec<Cluster<'a>>,
}

#[derive(Serialize)]
struct Document<'a> {
    id: &'a str,
    bytes: usize,
    cluster: usize,
}

#[derive(Serialize)]
struct Cluster<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    shingles: Option<Shingles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alignment: Option<&'a Alignment>,
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
