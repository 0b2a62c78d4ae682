//! The report as tables.

use std::borrow::Cow;
use std::io::{self, Write};

use super::View;
use crate::verify::{Evidence, Passage};
use crate::{DocId, Report};

impl Report {
    /// Writes a line `id<TAB>cluster` for every document, in the order of the run. No text is needed.
    ///
    /// ```
    /// use reprint::{Finder, Preset};
    ///
    /// let report = Finder::preset(Preset::Web).run(["a b c d e", "a b c d e", "f"])?.with_ids(["x", "y", "z"])?;
    /// let mut table = Vec::new();
    /// report.write_tsv(&mut table).unwrap();
    /// assert_eq!(table, b"x\t0\ny\t0\nz\t1\n");
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the writer, and if an id holds a tab or a line break.
    pub fn write_tsv(&self, out: impl Write) -> io::Result<()> {
        write_clusters(self, |document| self.id(document), out)
    }

    /// Writes the documents as a table with a line of names, in the order of the run. No text is needed.
    ///
    /// | column | is |
    /// |---|---|
    /// | `id`, `bytes` | the id, the length of the text |
    /// | `cluster`, `size` | the number of its cluster, the number of documents there |
    /// | `representative` | 1 if it stands for its cluster, otherwise 0 |
    ///
    /// # Errors
    /// Those of the writer, and if an id holds a tab or a line break.
    pub fn write_documents_tsv(&self, out: impl Write) -> io::Result<()> {
        write_documents(self, |document| self.id(document), out)
    }
}

fn write_clusters<'a>(
    report: &Report,
    id: impl Fn(DocId) -> Cow<'a, str>,
    mut out: impl Write,
) -> io::Result<()> {
    for document in (0..report.clusters().documents() as u32).map(DocId) {
        let cluster = report.clusters().of(document).unwrap_or_default();
        writeln!(out, "{}\t{cluster}", cell(&id(document))?)?;
    }
    out.flush()
}

fn write_documents<'a>(
    report: &Report,
    id: impl Fn(DocId) -> Cow<'a, str>,
    mut out: impl Write,
) -> io::Result<()> {
    writeln!(out, "id\tbytes\tcluster\tsize\trepresentative")?;
    for document in (0..report.clusters().documents() as u32).map(DocId) {
        let cluster = report.clusters().of(document).unwrap_or_default();
        let stands = u8::from(report.representative(cluster) == Some(document));
        let size = report.clusters().members(cluster).len();
        let bytes = report.bytes(document);
        writeln!(out, "{}\t{bytes}\t{cluster}\t{size}\t{stands}", cell(&id(document))?)?;
    }
    out.flush()
}

impl View<'_> {
    /// As [`Report::write_tsv`](crate::Report::write_tsv), with the ids of the view.
    ///
    /// # Errors
    /// Those of the writer, and if an id holds a tab or a line break.
    pub fn write_tsv(&self, out: impl Write) -> io::Result<()> {
        write_clusters(self.report, |document| self.id(document).into(), out)
    }

    /// As [`Report::write_documents_tsv`](crate::Report::write_documents_tsv), with the ids of the view.
    ///
    /// # Errors
    /// Those of the writer, and if an id holds a tab or a line break.
    pub fn write_documents_tsv(&self, out: impl Write) -> io::Result<()> {
        write_documents(self.report, |document| self.id(document).into(), out)
    }

    /// Writes the matches as a table with a line of names, cluster by cluster:
    ///
    /// | column | is |
    /// |---|---|
    /// | `cluster`, `a`, `b`, `score` | the cluster, the ids of the two documents, the score |
    /// | `basis` | by what the pair was judged, a [`Basis`](crate::verify::Basis) |
    /// | `shingles_of_a`, `shingles_of_b`, `shared` | the sizes of the shingle sets; empty where texts were aligned |
    /// | `letters_of_a`, `letters_of_b` | letters of each text |
    /// | `covered_of_a`, `covered_of_b` | letters of each that the other shares |
    /// | `noise` | the share of those that were misread |
    /// | `passages` | the number of shared passages |
    ///
    /// # Errors
    /// Those of the writer, if an id holds a tab or a line break, or if a text cannot be read or two cannot
    /// be aligned.
    pub fn write_matches_tsv(&self, mut out: impl Write) -> io::Result<()> {
        writeln!(
            out,
            "cluster\ta\tb\tscore\tbasis\tshingles_of_a\tshingles_of_b\tshared\tletters_of_a\tletters_of_b\tcovered_of_a\tcovered_of_b\tnoise\tpassages"
        )?;
        let alignments = self.alignments().map_err(io::Error::other)?;
        for (m, al) in self.report.matches().iter().zip(alignments) {
            let cluster = self.report.clusters().of(m.pair.a).unwrap_or_default();
            let shingles = match &m.evidence {
                Evidence::Shingles(s) => format!("{}\t{}\t{}", s.size_of_a(), s.size_of_b(), s.shared()),
                Evidence::Passages(_) | Evidence::Identical => "\t\t".to_owned(),
            };
            writeln!(
                out,
                "{cluster}\t{}\t{}\t{}\t{}\t{shingles}\t{}\t{}\t{}\t{}\t{}\t{}",
                cell(self.id(m.pair.a))?,
                cell(self.id(m.pair.b))?,
                m.score,
                m.basis,
                al.coverage.letters_of_a,
                al.coverage.letters_of_b,
                al.coverage.covered_of_a,
                al.coverage.covered_of_b,
                al.coverage.noise,
                al.passages.len(),
            )?;
        }
        out.flush()
    }

    /// Writes the passages of every match, and the repeats inside single documents, as a table with a line of
    /// names:
    ///
    /// | column | is |
    /// |---|---|
    /// | `a`, `b` | the ids of the two documents; the same id twice for a repeat inside one |
    /// | `a_start`, `a_end`, `b_start`, `b_end` | the passage's bytes in the two original texts |
    /// | `covered` | letters of it that are the same in both |
    ///
    /// # Errors
    /// Those of the writer, if an id holds a tab or a line break, or if a text cannot be read or two cannot
    /// be aligned.
    pub fn write_passages_tsv(&self, mut out: impl Write) -> io::Result<()> {
        writeln!(out, "a\tb\ta_start\ta_end\tb_start\tb_end\tcovered")?;
        let mut write = |a: DocId, b: DocId, passages: &[Passage]| {
            let (a, b) = (cell(self.id(a))?, cell(self.id(b))?);
            passages.iter().try_for_each(|p| {
                let (from, to) = (&p.a, &p.b);
                writeln!(
                    out,
                    "{a}\t{b}\t{}\t{}\t{}\t{}\t{}",
                    from.start, from.end, to.start, to.end, p.covered
                )
            })
        };
        let alignments = self.alignments().map_err(io::Error::other)?;
        for (m, alignment) in self.report.matches().iter().zip(alignments) {
            write(m.pair.a, m.pair.b, &alignment.passages)?;
        }
        for (document, passages) in self.repeats().map_err(io::Error::other)? {
            write(*document, *document, passages)?;
        }
        out.flush()
    }
}

/// An id, if a table can hold it.
fn cell(id: &str) -> io::Result<&str> {
    if id.contains(['\t', '\n', '\r']) {
        let what =
            format!("the id {id:?} holds a tab or a line break, which no table can hold: give another id");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    Ok(id)
}
