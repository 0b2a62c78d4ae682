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

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use passages::Passages;

#[cfg(feature = "html")]
use crate::Preset;
use crate::corpus::Corpus;
#[cfg(feature = "html")]
use crate::corpus::{About, Boilerplate};
use crate::{DocId, Error, Report, Result};

/// A report together with the ids and the texts of its documents.
#[derive(Clone, Debug)]
pub struct View<'a> {
    report: &'a Report,
    ids: Vec<Cow<'a, str>>,
    texts: Texts<'a>,
    /// Who knows more of each document.
    #[cfg(feature = "html")]
    details: Option<Source<'a>>,
    #[cfg(feature = "html")]
    preset: Option<Preset>,
    #[cfg(feature = "html")]
    boilerplate: Option<&'a Boilerplate>,
    passages: Passages,
}

/// The texts in memory, or where they are read again.
#[derive(Clone, Debug)]
enum Texts<'a> {
    Held(Vec<&'a str>),
    Read(Source<'a>),
}

/// A corpus, of which nothing is shown but its size.
#[derive(Clone, Copy)]
struct Source<'a>(&'a dyn Corpus);

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Corpus").field(&self.0.len()).finish()
    }
}

impl<'a> View<'a> {
    /// `ids` and `texts` in the order in which the texts were given to the run.
    ///
    /// # Errors
    /// If there are not as many ids or texts as documents in the report, or if an id is given twice.
    pub fn new(report: &'a Report, ids: &'a [impl AsRef<str>], texts: &'a [impl AsRef<str>]) -> Result<Self> {
        let documents = report.clusters().documents();
        if texts.len() != documents {
            let remedy = "give one for each document of the report, in its order";
            return Err(Error::parameter("number of texts", texts.len(), remedy));
        }
        let texts = Texts::Held(texts.iter().map(AsRef::as_ref).collect());
        Self::of(report, ids.iter().map(|id| id.as_ref().into()).collect(), texts)
    }

    /// The texts of the corpus that the run was over, each read again when it is shown, and what the corpus
    /// knows of its documents. The ids are the report's.
    ///
    /// A page and JSON name the length of each text, and so read all of them once or twice; tables read those
    /// of the matches.
    ///
    /// ```
    /// use reprint::corpus::Files;
    /// use reprint::report::View;
    /// use reprint::{Finder, Preset};
    ///
    /// # let folder = std::env::temp_dir().join(format!("reprint-view-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// for name in ["gazette", "post"] {
    ///     std::fs::write(folder.join(format!("{name}.txt")), "the mill burned to the ground last night").unwrap();
    /// }
    /// let corpus = Files::open(&folder, "txt")?;
    /// let report = Finder::preset(Preset::Wire).run_on(&corpus)?;
    /// let mut table = Vec::new();
    /// View::over(&report, &corpus)?.write_passages_tsv(&mut table).unwrap();
    /// let table = String::from_utf8(table).unwrap();
    /// assert!(table.contains("gazette\tpost"));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the corpus has another number of documents than the report.
    pub fn over(report: &'a Report, corpus: &'a impl Corpus) -> Result<Self> {
        let documents = report.clusters().documents();
        if corpus.len() != documents {
            let remedy = "give the corpus that the run was over";
            return Err(Error::parameter("number of documents", corpus.len(), remedy));
        }
        let ids = (0..documents as u32).map(|document| report.id(DocId(document))).collect();
        let view = Self::of(report, ids, Texts::Read(Source(corpus)))?;
        #[cfg(feature = "html")]
        let view = view.details(corpus)?;
        Ok(view)
    }

    fn of(report: &'a Report, ids: Vec<Cow<'a, str>>, texts: Texts<'a>) -> Result<Self> {
        if ids.len() != report.clusters().documents() {
            let remedy = "give one for each document of the report, in its order";
            return Err(Error::parameter("number of ids", ids.len(), remedy));
        }
        let mut seen = HashMap::with_capacity(ids.len());
        for (i, id) in ids.iter().enumerate() {
            if let Some(first) = seen.insert(id, i) {
                return Err(Error::duplicate_id(
                    id,
                    format_args!("to document {first}"),
                    format_args!("to document {i}"),
                ));
            }
        }
        Ok(Self {
            report,
            ids,
            texts,
            #[cfg(feature = "html")]
            details: None,
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
    pub fn id(&self, document: DocId) -> &str {
        self.ids.get(document.index()).map_or("", |id| id)
    }

    /// The text of a document; empty for a number beyond the documents.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn text(&self, document: DocId) -> Result<Cow<'a, str>> {
        match &self.texts {
            Texts::Held(texts) => Ok(texts.get(document.index()).copied().unwrap_or_default().into()),
            Texts::Read(Source(corpus)) if document.index() < corpus.len() => {
                Ok(corpus.read(document, &mut String::new())?.to_owned().into())
            }
            Texts::Read(_) => Ok(Cow::Borrowed("")),
        }
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
    pub fn details(self, corpus: &'a impl Corpus) -> Result<Self> {
        if corpus.len() != self.ids.len() {
            let remedy = "give the corpus that the run was over";
            return Err(Error::parameter("number of documents", corpus.len(), remedy));
        }
        Ok(Self { details: Some(Source(corpus)), ..self })
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
    /// documents.push(Document::new("a", "a story").with_source("Herald").with_date("1864-11-09".parse()?))?;
    /// documents.push(Document::new("b", "a story").with_source("Courier"))?;
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
        self.details.map_or_else(|| About::new(document), |corpus| corpus.0.about(document))
    }
}
