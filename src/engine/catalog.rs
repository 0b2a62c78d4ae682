//! Known documents in memory, which new texts are compared with.

use std::collections::HashMap;

use super::rounds::{Budget, Outcome};
use crate::codec::{Kind, Layout, Reader, Stored, Writer};
use crate::corpus::{About, Date, Document, Statistics};
use crate::index::{MinHashIndex, PostingsIndex, PostingsRules};
use crate::method::{
    Item, Jaccard, JaccardScratch, Method, RecordScratch, Text, Verdict, Wire, WireScratch, is_blank,
    jaccard_basis, jaccard_score,
};
use crate::{DocId, Error, Result};

/// Known documents, one by one: is this text new, or whose copy is it?
///
/// It gives the verdict of its method, the same to the bit as a run with the same [`Statistics`]. It lives in
/// memory; [`to_bytes`](Self::to_bytes) and [`from_bytes`](Self::from_bytes) store it. Memory: the texts, and
/// what the method's index takes.
///
/// ```
/// use reprint::corpus::{Document, Statistics};
/// use reprint::engine::Catalog;
/// use reprint::method::Wire;
///
/// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
/// let mut catalog = Catalog::new(Wire::default(), Statistics::default())?;
/// catalog.insert(Document::new("gazette", story))?;
/// let answers = catalog.ask(&format!("NO BOATS. {story}"))?;
/// assert_eq!(answers[0].id, "gazette");
/// assert!(answers[0].verdict.is_match);
///
/// let mut later = Catalog::from_bytes(Wire::default(), &catalog.to_bytes())?;
/// assert!(later.remove("gazette"));
/// assert!(later.ask(story)?.is_empty());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    method: Method,
    statistics: Statistics,
    index: Index,
    /// By number; numbers of removed documents are given again.
    documents: Vec<Option<Document>>,
    free: Vec<u32>,
    numbers: HashMap<String, DocId>,
    /// The documents of which no shingle is known, by their text.
    unshingled: HashMap<String, Vec<DocId>>,
}

#[derive(Clone, Debug)]
enum Index {
    Wire(Box<PostingsIndex<DocId>>),
    Jaccard(MinHashIndex<DocId>),
}

/// A document of a catalog or an archive that a text was found to match.
///
/// ```
/// use reprint::Preset;
/// use reprint::corpus::{Document, Statistics};
/// use reprint::engine::{Answer, Catalog};
///
/// let mut catalog = Catalog::new(Preset::Web, Statistics::default())?;
/// catalog.insert(Document::new("monday", "the mill burned to the ground last night"))?;
/// let answers: Vec<Answer> = catalog.ask("the mill burned to the ground last night")?;
/// assert_eq!((answers[0].id.as_str(), answers[0].verdict.score), ("monday", 1.0));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// Its id.
    pub id: String,
    /// What the method says of the known document, first, and the text that was asked about.
    pub verdict: Verdict,
}

/// What is kept of a text.
enum Record {
    Wire(crate::sketch::FracMinHashSignature),
    Jaccard(crate::sketch::MinHashSignature),
}

impl Record {
    fn new(method: &Method, text: &str) -> Result<Self> {
        Ok(match method {
            Method::Wire(wire) => Self::Wire(wire.record_with(text, &mut RecordScratch::default())?),
            Method::Jaccard(jaccard) => Self::Jaccard(jaccard.record(text)),
        })
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Wire(signature) => signature.values().is_empty(),
            Self::Jaccard(signature) => signature.is_empty(),
        }
    }
}

impl Catalog {
    /// An empty catalog. The statistics are those of every verdict that it will give.
    ///
    /// # Errors
    /// If the method's signatures and bands do not fit each other.
    pub fn new(method: impl Into<Method>, statistics: Statistics) -> Result<Self> {
        let method = method.into();
        let index = match &method {
            Method::Wire(_) => Index::Wire(Box::new(PostingsIndex::new(PostingsRules::default()))),
            Method::Jaccard(jaccard) => {
                Index::Jaccard(MinHashIndex::new(jaccard.minhasher().params(), jaccard.banding())?)
            }
        };
        Ok(Self {
            method,
            statistics,
            index,
            documents: Vec::new(),
            free: Vec::new(),
            numbers: HashMap::new(),
            unshingled: HashMap::new(),
        })
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The document with this id.
    pub fn get(&self, id: &str) -> Option<&Document> {
        self.documents.get(self.numbers.get(id)?.index())?.as_ref()
    }

    /// The documents, by id.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let mut all: Vec<&Document> = self.documents.iter().flatten().collect();
        all.sort_unstable_by_key(|document| document.id());
        all.into_iter()
    }

    /// Adds a document.
    ///
    /// # Errors
    /// If its id is there already, or the text is too long for the method, or the index is full; then nothing
    /// is added.
    pub fn insert(&mut self, document: Document) -> Result<()> {
        if self.numbers.contains_key(document.id()) {
            return Err(Error::known_id(
                document.id(),
                "is in the catalog",
                "remove it first, or call replace",
            ));
        }
        let record = Record::new(&self.method, document.text())?;
        let next = DocId(self.free.last().copied().unwrap_or(self.documents.len() as u32));
        match (&mut self.index, &record) {
            (Index::Wire(index), Record::Wire(signature)) => index.insert(next, signature)?,
            (Index::Jaccard(index), Record::Jaccard(signature)) => index.insert(next, signature)?,
            _ => {}
        }
        if self.free.pop().is_none() {
            self.documents.push(None);
        }
        if record.is_empty() && !is_blank(document.text()) {
            self.unshingled.entry(document.text().to_owned()).or_default().push(next);
        }
        self.numbers.insert(document.id().to_owned(), next);
        self.documents[next.index()] = Some(document);
        Ok(())
    }

    /// Puts a document in the place of the one with its id, or adds it; whether one was replaced.
    ///
    /// # Errors
    /// If the text is too long for the method, or the index is full; then nothing is changed.
    ///
    /// ```
    /// use reprint::Preset;
    /// use reprint::corpus::{Document, Statistics};
    /// use reprint::engine::Catalog;
    ///
    /// let mut catalog = Catalog::new(Preset::Web, Statistics::default())?;
    /// assert!(!catalog.replace(Document::new("a", "the mill burned to the ground last night"))?);
    /// assert!(catalog.replace(Document::new("a", "the ferry will not sail before Monday"))?);
    /// assert!(catalog.ask("the mill burned to the ground last night")?.is_empty());
    /// assert_eq!(catalog.len(), 1);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn replace(&mut self, document: Document) -> Result<bool> {
        if !self.numbers.contains_key(document.id()) {
            return self.insert(document).map(|()| false);
        }
        // What is wrong with the new text shows before the old one is gone.
        Record::new(&self.method, document.text())?;
        self.remove(document.id());
        self.insert(document).map(|()| true)
    }

    /// Removes a document; whether it was there.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(number) = self.numbers.remove(id) else { return false };
        match &mut self.index {
            Index::Wire(index) => index.remove(&number),
            Index::Jaccard(index) => index.remove(&number),
        };
        if let Some(document) = self.documents[number.index()].take()
            && let Some(same) = self.unshingled.get_mut(document.text())
        {
            same.retain(|&other| other != number);
            if same.is_empty() {
                self.unshingled.remove(document.text());
            }
        }
        self.free.push(number.0);
        true
    }

    /// The documents that match a text, the strongest first. Nothing is stored.
    ///
    /// Candidates are compared in the order of their strength, until four were no match, or three that share
    /// nothing.
    ///
    /// # Errors
    /// If the text is too long for the method.
    pub fn ask<'a>(&self, text: impl Into<Text<'a>>) -> Result<Vec<Answer>> {
        self.ask_where(text, |_| true)
    }

    /// As [`ask`](Self::ask), of the documents that `admit` allows: of other sources, of dates within so many
    /// days.
    ///
    /// # Errors
    /// If the text is too long for the method.
    pub fn ask_where<'a>(
        &self,
        text: impl Into<Text<'a>>,
        admit: impl Fn(&About<'_>) -> bool,
    ) -> Result<Vec<Answer>> {
        let text = text.into();
        let record = Record::new(&self.method, text.text)?;
        let mut candidates: Vec<DocId> = self.unshingled.get(text.text).cloned().unwrap_or_default();
        match (&self.index, &record) {
            (Index::Wire(index), Record::Wire(signature)) => {
                let mut found = Vec::new();
                index.query(signature, &mut found)?;
                candidates.extend(found.iter().map(|candidate| candidate.document));
            }
            (Index::Jaccard(index), Record::Jaccard(signature)) => {
                let mut found = Vec::new();
                index.query(signature, &mut found)?;
                candidates.extend(found);
            }
            _ => {}
        }
        let mut judge = Judge::new(&self.method, &self.statistics);
        let mut answers = Vec::new();
        let mut budget = Budget::default();
        for number in candidates {
            let Some(document) = self.documents.get(number.index()).and_then(Option::as_ref) else {
                continue;
            };
            if !admit(&document.about(number)) {
                continue;
            }
            let (verdict, is_form) =
                judge.verdict(Text { text: document.text(), source: document.about(number).source }, text);
            if verdict.is_match {
                answers.push(Answer { id: document.id().to_owned(), verdict });
            } else if matches!(self.method, Method::Wire(_))
                && !budget.spend(Outcome { score: verdict.score, is_form })
            {
                break;
            }
        }
        answers.sort_by(|x, y| y.verdict.score.total_cmp(&x.verdict.score).then_with(|| x.id.cmp(&y.id)));
        Ok(answers)
    }

    /// The catalog as bytes: the frame of the [codec](crate::codec) around its statistics and its documents
    /// by id. What the method keeps of each text is made again when they are read.
    pub fn to_bytes(&self) -> Vec<u8> {
        StoredCatalog { statistics: self.statistics.clone(), documents: self.documents().cloned().collect() }
            .to_bytes()
    }

    /// The catalog that [`to_bytes`](Self::to_bytes) wrote, with the same method.
    ///
    /// # Errors
    /// When the bytes are damaged or of a foreign version, or a document is refused by the method.
    pub fn from_bytes(method: impl Into<Method>, bytes: &[u8]) -> Result<Self> {
        let StoredCatalog { statistics, documents } = StoredCatalog::from_bytes(bytes)?;
        let mut catalog = Self::new(method, statistics)?;
        documents.into_iter().try_for_each(|document| catalog.insert(document))?;
        Ok(catalog)
    }
}

/// Compares the documents of a catalog with one text.
struct Judge<'a> {
    method: &'a Method,
    statistics: &'a Statistics,
    wire: WireScratch,
    jaccard: JaccardScratch,
    next: u32,
}

impl<'a> Judge<'a> {
    fn new(method: &'a Method, statistics: &'a Statistics) -> Self {
        Self { method, statistics, wire: WireScratch::default(), jaccard: JaccardScratch::default(), next: 1 }
    }

    fn verdict(&mut self, known: Text<'_>, text: Text<'_>) -> (Verdict, bool) {
        // The text has the key 0; each document another.
        self.next = self.next.wrapping_add(1).max(1);
        match self.method {
            Method::Wire(wire) => self.by_wire(wire, known, text),
            Method::Jaccard(jaccard) => (self.by_jaccard(jaccard, known.text, text.text), false),
        }
    }

    fn by_wire(&mut self, wire: &Wire, known: Text<'_>, text: Text<'_>) -> (Verdict, bool) {
        let (known, text) = (Item::new(self.next, known), Item::new(0, text));
        let judged = wire.judge(self.statistics, &mut self.wire, known, text);
        (wire.verdict(&judged), judged.form.is_form)
    }

    fn by_jaccard(&mut self, jaccard: &Jaccard, known: &str, text: &str) -> Verdict {
        let evidence = jaccard.judge(&mut self.jaccard, (0, text), known).swapped();
        let score = jaccard_score(&evidence);
        Verdict { score, is_match: score >= jaccard.threshold(), basis: jaccard_basis(&evidence), evidence }
    }
}

/// The stored form: the statistics; the number of documents; of each its id, its text, its source and its
/// date in days, the last two optional.
struct StoredCatalog {
    statistics: Statistics,
    documents: Vec<Document>,
}

impl Layout for StoredCatalog {
    const KIND: Kind = Kind::Catalog;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.value(&self.statistics);
        out.length(self.documents.len());
        for document in &self.documents {
            let about = document.about(DocId(0));
            out.str(document.id());
            out.str(document.text());
            out.option(about.source, Writer::str);
            out.option(about.date, |out, date| out.u32(date.days().cast_unsigned()));
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let statistics = from.value()?;
        // An id and a text take the bytes of two lengths at least.
        let length = from.length(2 * size_of::<u64>())?;
        let mut documents = Vec::with_capacity(length);
        for _ in 0..length {
            let mut document = Document::new(from.str()?, from.str()?);
            if let Some(source) = from.option(Reader::str)? {
                document = document.with_source(source);
            }
            if let Some(days) = from.option(Reader::u32)? {
                document = document.with_date(Date::from_days(days.cast_signed()));
            }
            documents.push(document);
        }
        Ok(Self { statistics, documents })
    }
}
