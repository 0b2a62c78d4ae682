//! Documents in memory, with the caller's ids.

use std::collections::HashMap;

use super::{About, Corpus, Date};
use crate::{DocId, Error, Result};

/// A document as it is given: an id, a text, and optionally where and when it was printed.
///
/// ```
/// use reprint::corpus::Document;
///
/// let document = Document::new("a-17", "The ferry will not sail.").with_source("Gazette").with_date("1864-11-09".parse()?);
/// assert_eq!(document.id(), "a-17");
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Document {
    id: String,
    text: String,
    #[cfg_attr(feature = "serde", serde(default))]
    source: Option<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    date: Option<Date>,
}

impl Document {
    /// A document of which no source and no date is known.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), text: text.into(), source: None, date: None }
    }

    /// The same with its source: the paper or the site that printed it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same with its date.
    #[must_use]
    pub fn with_date(mut self, date: Date) -> Self {
        self.date = Some(date);
        self
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The source, if it is known.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The date, if it is known.
    pub const fn date(&self) -> Option<Date> {
        self.date
    }

    /// The text alone.
    pub fn into_text(self) -> String {
        self.text
    }

    /// What is known beside the text, of the document of this number.
    pub fn about(&self, document: DocId) -> About<'_> {
        About { document, id: Some(&self.id), source: self.source.as_deref(), date: self.date }
    }
}

/// Documents in memory, numbered in the order in which they came, each with an id of its own.
///
/// ```
/// use reprint::corpus::{Document, Documents};
/// use reprint::{Finder, Preset};
///
/// let text = "The ferry to the islands will not sail before Monday, the harbour master said on Friday.";
/// let mut documents = Documents::new();
/// documents.push(Document::new("monday", text))?;
/// documents.push(Document::new("tuesday", text))?;
/// documents.push(Document::new("wednesday", "rain"))?;
/// let report = Finder::preset(Preset::Wire).run_on(&documents)?;
/// let cluster = report.cluster(report.cluster_of("tuesday").unwrap()).unwrap();
/// assert_eq!(cluster.ids().collect::<Vec<_>>(), ["monday", "tuesday"]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Documents {
    documents: Vec<Document>,
    numbers: HashMap<String, DocId>,
}

impl Documents {
    /// No documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document, and tells its number.
    ///
    /// # Errors
    /// If the id was given before, or there are 2³² − 1 documents; then nothing is added.
    pub fn push(&mut self, document: Document) -> Result<DocId> {
        self.push_at(document, "")
    }

    /// As [`push`](Self::push), of a document that stands at a place.
    pub(super) fn push_at(&mut self, document: Document, place: &str) -> Result<DocId> {
        let number = u32::try_from(self.documents.len()).ok().filter(|&number| number < u32::MAX);
        let number = DocId(number.ok_or_else(|| Error::too_many("documents", u32::MAX as usize))?);
        if let Some(first) = self.numbers.get(&document.id) {
            let place = if place.is_empty() { format!("to document {number}") } else { place.to_owned() };
            return Err(Error::duplicate_id(&document.id, format_args!("to document {first}"), place));
        }
        self.numbers.insert(document.id.clone(), number);
        self.documents.push(document);
        Ok(number)
    }

    /// The number of the document with this id.
    pub fn number(&self, id: &str) -> Option<DocId> {
        self.numbers.get(id).copied()
    }

    /// The documents in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Document> {
        self.documents.iter()
    }
}

impl IntoIterator for Documents {
    type Item = Document;
    type IntoIter = std::vec::IntoIter<Document>;

    fn into_iter(self) -> Self::IntoIter {
        self.documents.into_iter()
    }
}

impl<'a> IntoIterator for &'a Documents {
    type Item = &'a Document;
    type IntoIter = std::slice::Iter<'a, Document>;

    fn into_iter(self) -> Self::IntoIter {
        self.documents.iter()
    }
}

impl Corpus for Documents {
    fn len(&self) -> usize {
        self.documents.len()
    }

    fn read<'a>(&'a self, document: DocId, _: &'a mut String) -> Result<&'a str> {
        Ok(&self.documents[document.index()].text)
    }

    fn about(&self, document: DocId) -> About<'_> {
        self.documents[document.index()].about(document)
    }

    fn has_details(&self) -> bool {
        true
    }
}
