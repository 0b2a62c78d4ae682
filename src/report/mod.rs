//! Layer 9: a run's report for people and programs. The only layer that renders.
//!
//! A [`Report`] knows documents by number. A [`View`] puts it together with their ids and texts, and writes
//! it:
//!
//! - as a page to read ([`View::write_html`], feature `html`),
//! - as JSON ([`View::write_json`]),
//! - as tables: the clusters ([`View::write_tsv`]), the [documents](View::write_documents_tsv), the
//!   [matches](View::write_matches_tsv) and the [passages](View::write_passages_tsv).
//!
//! All of them show the same passages, as byte spans in the original texts. They are found when the first of
//! these is written: each match's two texts are [aligned](crate::verify::align) then, once for all of them.
//!
//! ```
//! use reprint::report::View;
//! use reprint::{Finder, Preset};
//!
//! let ids = ["monday", "tuesday", "wednesday"];
//! let texts = ["the mill burned to the ground last night", "the mill burned to the ground last night", "rain"];
//! let report = Finder::preset(Preset::Web).run(texts)?;
//! let view = View::new(&report, &ids, &texts)?;
//! let mut table = Vec::new();
//! view.write_tsv(&mut table).unwrap();
//! assert_eq!(table, b"monday\t0\ntuesday\t0\nwednesday\t1\n");
//! # Ok::<(), reprint::Error>(())
//! ```

#[cfg(feature = "html")]
mod html;
mod json;
mod passages;
#[cfg(feature = "html")]
mod plots;
mod tsv;

use std::collections::HashMap;

use passages::Passages;

use crate::{DocId, Error, Report, Result};

/// A report together with the ids and the texts of its documents.
#[derive(Clone, Debug)]
pub struct View<'a> {
    report: &'a Report,
    ids: Vec<&'a str>,
    texts: Vec<&'a str>,
    passages: Passages,
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
        Ok(Self {
            report,
            ids,
            texts: texts.iter().map(AsRef::as_ref).collect(),
            passages: Passages::default(),
        })
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
}
