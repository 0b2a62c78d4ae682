//! Layer 8: documents by number, what is known of each, and what a corpus says of its texts as a whole.
//!
//! A [`Corpus`] hands out texts by number; it need not hold them. Slices and vectors of strings are corpora.
//! Beside them stand
//!
//! - [`Documents`], in memory, with ids, sources and dates,
//! - [`Files`], the text files of a folder, read again whenever a text is asked for,
//! - `JsonLines`, read again from a file whenever a text is asked for (feature `jsonl`).
//!
//! [`Statistics`] are what a corpus says about rarity and standing text. A verdict depends on two texts and
//! on these.

mod boilerplate;
mod date;
mod documents;
mod files;
#[cfg(feature = "jsonl")]
mod jsonl;
mod measure;
mod statistics;
mod values;

pub(crate) use boilerplate::source_key;
pub use boilerplate::{Boilerplate, BoilerplateBlock};
pub use date::Date;
pub use documents::{Document, Documents};
pub use files::Files;
#[cfg(feature = "jsonl")]
pub use jsonl::{Fields, JsonLines};
pub use statistics::Statistics;
pub(crate) use values::{MOST_VALUES, TextEnds, grams, signature};

use crate::{DocId, Result};

/// Documents by number: the text of each, and what else is known of it.
///
/// A run reads each text a few times: to sketch it, and for each comparison. Texts that are not in memory go
/// into the buffer that the caller lends.
///
/// ```
/// use reprint::corpus::Corpus;
/// use reprint::{DocId, Finder, Preset, Result};
///
/// /// Texts that are made when they are asked for.
/// struct Numbers;
///
/// impl Corpus for Numbers {
///     fn len(&self) -> usize {
///         3
///     }
///
///     fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
///         *buffer = format!("the same text for each but for one word at the end {}", document.index() / 2);
///         Ok(buffer)
///     }
/// }
///
/// let report = Finder::preset(Preset::Strict).run_on(&Numbers)?;
/// assert_eq!(report.clusters().of(DocId(0)), report.clusters().of(DocId(1)));
/// # Ok::<(), reprint::Error>(())
/// ```
pub trait Corpus: Sync {
    /// The number of documents.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a document below [`len`](Self::len), put into `buffer` if it is not at hand.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str>;

    /// What is known of a document beside its text. By default its number alone.
    fn about(&self, document: DocId) -> About<'_> {
        About::new(document)
    }

    /// Whether [`about`](Self::about) gives ids, sources or dates.
    fn has_details(&self) -> bool {
        false
    }
}

/// What is known of a document beside its text.
///
/// ```
/// use reprint::DocId;
/// use reprint::corpus::{Corpus, Document, Documents};
///
/// let mut documents = Documents::new();
/// documents.push(Document::new("a-17", "a story").with_source("Gazette"))?;
/// assert_eq!(documents.about(DocId(0)).id, Some("a-17"));
/// assert_eq!(documents.about(DocId(0)).source, Some("Gazette"));
/// assert_eq!(documents.about(DocId(0)).date, None);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct About<'a> {
    /// Its number in the corpus.
    pub document: DocId,
    /// The caller's id.
    pub id: Option<&'a str>,
    /// Where it was printed: the paper, the site.
    pub source: Option<&'a str>,
    /// When it was printed.
    pub date: Option<Date>,
}

impl<'a> About<'a> {
    /// Of a document of which nothing is known but its number.
    pub fn new(document: DocId) -> Self {
        Self { document, id: None, source: None, date: None }
    }

    /// With an id.
    #[must_use]
    pub fn with_id(self, id: &'a str) -> Self {
        Self { id: Some(id), ..self }
    }

    /// With a source.
    #[must_use]
    pub fn with_source(self, source: &'a str) -> Self {
        Self { source: Some(source), ..self }
    }

    /// With a date.
    #[must_use]
    pub fn with_date(self, date: Date) -> Self {
        Self { date: Some(date), ..self }
    }
}

impl<T: AsRef<str> + Sync> Corpus for [T] {
    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    fn read<'a>(&'a self, document: DocId, _: &'a mut String) -> Result<&'a str> {
        Ok(self[document.index()].as_ref())
    }
}

impl<T: AsRef<str> + Sync> Corpus for Vec<T> {
    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        self.as_slice().read(document, buffer)
    }
}

impl<T: AsRef<str> + Sync, const N: usize> Corpus for [T; N] {
    fn len(&self) -> usize {
        N
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        self.as_slice().read(document, buffer)
    }
}

impl<C: Corpus + ?Sized> Corpus for &C {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        (**self).read(document, buffer)
    }

    fn about(&self, document: DocId) -> About<'_> {
        (**self).about(document)
    }

    fn has_details(&self) -> bool {
        (**self).has_details()
    }
}
