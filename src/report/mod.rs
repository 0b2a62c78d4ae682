//! Layer 9: a run's report for people and programs. The only layer that renders.
//!
//! A [`Report`] knows documents by number. A [`View`] puts it together with their ids and texts, and writes
//! it: as a table ([`View::write_tsv`]) or as JSON ([`View::write_json`]).
//!
//! ```
//! use reprint::report::View;
//! use reprint::{Finder, Preset};
//!
//! let ids = ["monday", "tuesday", "wednesday"];
//! let texts = ["the mill burned to the ground last night", "the mill burned to the ground last night", "rain"];
//! let report = Finder::preset(Preset::Web).build()?.run(texts)?;
//! let view = View::new(&report, &ids, &texts)?;
//! let mut table = Vec::new();
//! view.write_tsv(&mut table).unwrap();
//! assert_eq!(table, b"monday\t0\ntuesday\t0\nwednesday\t1\n");
//! # Ok::<(), reprint::Error>(())
//! ```

mod json;

use std::collections::HashMap;
use std::io;

use crate::{DocId, Error, Report, Result};

/// A report together with the ids and the texts of its documents.
#[derive(Clone, Debug)]
pub struct View<'a> {
    report: &'a Report,
    ids: Vec<&'a str>,
    texts: Vec<&'a str>,
}

impl<'a> View<'a> {
    /// `ids` and `texts` in the order in which the texts were given to the run.
    ///
    /// # Errors
    /// If there are not as many ids or texts as documents in the report, or if an id is given twice.
    pub fn new(report: &'a Report, ids: &'a [impl AsRef<str>], texts: &'a [impl AsRef<str>]) -> Result<Self> {
        let documents = report.clusters().documents();
        for (what, given) in [("number of ids", ids.len()), ("number of texts", texts.len())] {
            if given != documents {
                return Err(Error::parameter(
                    what,
                    given,
                    "give one for each document of the report, in its order",
                ));
            }
        }
        let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
        let mut seen = HashMap::with_capacity(ids.len());
        for (i, &id) in ids.iter().enumerate() {
            if let Some(first) = seen.insert(id, i) {
                return Err(Error::duplicate_id(id, first, i));
            }
        }
        Ok(Self { report, ids, texts: texts.iter().map(AsRef::as_ref).collect() })
    }

    /// The report.
    pub fn report(&self) -> &'a Report {
        self.report
    }

    /// The id of a document; empty for a number beyond the documents.
    pub fn id(&self, document: DocId) -> &'a str {
        self.ids.get(document.index()).copied().unwrap_or_default()
    }

    /// The text of a document; empty for a number beyond the documents.
    pub fn text(&self, document: DocId) -> &'a str {
        self.texts.get(document.index()).copied().unwrap_or_default()
    }

    /// Writes a line `id<TAB>cluster` for every document, in the order of the run.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_tsv(&self, mut out: impl io::Write) -> io::Result<()> {
        for (i, id) in self.ids.iter().enumerate() {
            if let Some(cluster) = self.report.clusters().of(DocId(i as u32)) {
                writeln!(out, "{id}\t{cluster}")?;
            }
        }
        Ok(())
    }
}
