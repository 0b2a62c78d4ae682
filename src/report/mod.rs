//! Layer 11: a run's report for people and programs. The only layer that renders.
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

#[cfg(feature = "html")]
use crate::Preset;
#[cfg(feature = "html")]
use crate::corpus::{About, Boilerplate, Corpus};
use crate::{DocId, Error, Report, Result};

/// A report together with the ids and the texts of its documents.
#[derive(Clone, Debug)]
pub struct View<'a> {
    report: &'a Report,
    ids: Vec<&'a str>,
    texts: Vec<&'a str>,
    /// What else is known of each document; empty where nothing is.
    #[cfg(feature = "html")]
    about: Vec<About<'a>>,
    #[cfg(feature = "html")]
    preset: Option<Preset>,
    #[cfg(feature = "html")]
    boilerplate: Option<&'a Boilerplate>,
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
            #[cfg(feature = "html")]
            about: Vec::new(),
            #[cfg(feature = "html")]
            preset: None,
            #[cfg(feature = "html")]
            boilerplate: None,
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

/// What a page says beside what the report knows.
#[cfg(feature = "html")]
impl<'a> View<'a> {
    /// With the sources and dates of the corpus that the run was over: the page shows them, marks the
    /// earliest document of each cluster and draws its timeline.
    ///
    /// # Errors
    /// If the corpus has another number of documents than the report.
    pub fn details(self, corpus: &'a (impl Corpus + ?Sized)) -> Result<Self> {
        if corpus.len() != self.ids.len() {
            let remedy = "give the corpus that the run was over";
            return Err(Error::parameter("number of documents", corpus.len(), remedy));
        }
        let about = (0..corpus.len() as u32).map(|document| corpus.about(DocId(document))).collect();
        Ok(Self { about, ..self })
    }

    /// With the preset of the run, which the page names.
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        Self { preset: Some(preset), ..self }
    }

    /// With the boilerplate of the run's [statistics](crate::corpus::Statistics), which the page marks in the
    /// texts.
    ///
    /// ```
    /// use reprint::corpus::{Corpus, Document, Documents};
    /// use reprint::method::Wire;
    /// use reprint::report::View;
    /// use reprint::{Finder, Preset};
    ///
    /// let mut documents = Documents::new();
    /// documents.push(Document::new("a", "a story").source("Herald").date("1864-11-09".parse()?))?;
    /// documents.push(Document::new("b", "a story").source("Courier"))?;
    /// let statistics = Wire::default().measure(&documents)?;
    /// let report = Finder::preset(Preset::Wire).statistics(statistics.clone()).run_on(&documents)?;
    /// let (ids, texts): (Vec<&str>, Vec<&str>) = documents.iter().map(|d| (d.id(), d.text())).unzip();
    /// let view = View::new(&report, &ids, &texts)?
    ///     .details(&documents)?
    ///     .preset(Preset::Wire)
    ///     .boilerplate(statistics.boilerplate());
    /// # let _ = view;
    /// # Ok::<(), reprint::Error>(())
    /// ```
    #[must_use]
    pub fn boilerplate(self, boilerplate: &'a Boilerplate) -> Self {
        Self { boilerplate: Some(boilerplate), ..self }
    }

    /// What is known of a document; its number alone where nothing is.
    fn about(&self, document: DocId) -> About<'a> {
        self.about.get(document.index()).copied().unwrap_or_else(|| About::new(document))
    }
}
