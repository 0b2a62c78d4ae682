//! An archive as it was after some commit.

use std::io::Write;
use std::sync::Arc;

use super::Window;
use super::compare::{Record, Scratch, candidates_of};
use super::settle::{is_match, pair_of};
use super::state::{Known, State};
use super::view::{Scope, View};
use crate::cluster::Clusters;
use crate::corpus::{About, Corpus, Date, Document, Statistics};
use crate::engine::{Answer, Budget, Outcome};
use crate::method::{Method, RecordScratch, Text, Verdict};
use crate::parallel::{self, Pool};
use crate::verify::{Basis, Match};
use crate::{DocId, Error, Pair, Report, Result};

/// An archive as it was after some commit: it goes on saying the same, whatever is written meanwhile.
///
/// Cheap to take and to copy. It keeps the room of what was removed since for as long as it lives.
///
/// ```
/// use reprint::archive::{Archive, Options};
/// use reprint::corpus::Document;
///
/// # let folder = std::env::temp_dir().join(format!("reprint-snapshot-{}", std::process::id()));
/// # let _ = std::fs::remove_dir_all(&folder);
/// let archive = Archive::open(&folder, &Options::default())?;
/// archive.insert(Document::new("a", "The ferry will not sail before Monday, the harbour master said."))?;
/// let before = archive.snapshot();
/// archive.remove("a")?;
/// assert_eq!((before.len(), archive.len()), (1, 0));
/// assert!(before.get("a")?.unwrap().text().starts_with("The ferry"));
/// # drop(archive);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    pub(super) state: Arc<State>,
    pub(super) method: Arc<Method>,
    pub(super) pool: Arc<Pool<(Scratch, RecordScratch)>>,
}

/// A match that an archive has stored.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredMatch {
    /// The id of the document that was inserted first.
    pub a: String,
    /// The id of the other.
    pub b: String,
    /// The score of the verdict.
    pub score: f64,
    /// By what the pair was judged.
    pub basis: Basis,
    /// The number of the statistics by which it was judged.
    pub epoch: u32,
}

/// What an archive holds, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Documents.
    pub documents: usize,
    /// Documents that were removed and whose room was not given back.
    pub removed: usize,
    /// Changes that were committed.
    pub commits: u64,
    /// The number of the statistics.
    pub epoch: u32,
    /// Segments.
    pub segments: usize,
    /// Bytes of the texts.
    pub text_bytes: u64,
    /// Bytes of the logs, texts among them.
    pub log_bytes: u64,
    /// Bytes in memory that grow with the documents, about.
    pub memory: usize,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("commits", &self.state.sequence)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    /// The number of documents.
    pub fn len(&self) -> usize {
        self.state.documents
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a document with this id.
    pub fn contains(&self, id: &str) -> bool {
        self.state.find(id).is_some()
    }

    /// The document with this id.
    ///
    /// # Errors
    /// If its text cannot be read, or is not what was written.
    pub fn get(&self, id: &str) -> Result<Option<Document>> {
        self.state.find(id).map(|known| self.document(&known)).transpose()
    }

    fn document(&self, known: &Known<'_>) -> Result<Document> {
        let mut text = String::new();
        self.state.text(known, &mut text)?;
        let about = known.about();
        let mut document = Document::new(known.id(), text);
        if let Some(source) = about.source {
            document = document.with_source(source);
        }
        if let Some(date) = about.date {
            document = document.with_date(date);
        }
        Ok(document)
    }

    /// The documents, in the order of insertion. Each text is read when it comes.
    ///
    /// # Errors
    /// An item is an error if its text cannot be read, or is not what was written.
    pub fn documents(&self) -> impl Iterator<Item = Result<Document>> + '_ {
        self.state.all().map(|known| self.document(&known))
    }

    /// The ids, in the order of insertion.
    pub fn ids(&self) -> impl Iterator<Item = &str> + '_ {
        self.state.all().map(|known| known.id())
    }

    /// The documents of a day and later, in the order of insertion.
    ///
    /// # Errors
    /// As [`documents`](Self::documents).
    pub fn since(&self, date: Date) -> impl Iterator<Item = Result<Document>> + '_ {
        let window = Window::since(date);
        let dated = self.state.all().filter(move |known| window.holds(known.about().date));
        dated.map(|known| self.document(&known))
    }

    /// The documents that match a text, the strongest first. Nothing is stored.
    ///
    /// Candidates are compared in the order of their strength, until four were no match, or three that share
    /// nothing. With `web` and `strict` at most 64 are compared, those that share most bands.
    ///
    /// # Errors
    /// If the text is too long for the method, or one that it is compared with cannot be read.
    pub fn ask<'a>(&self, text: impl Into<Text<'a>>) -> Result<Vec<Answer>> {
        self.answers(text.into(), Scope::ALL)
    }

    /// As [`ask`](Self::ask), of the documents within a window of days that `admit` allows: of other sources,
    /// with other ids.
    ///
    /// Others are left out before anything is counted: those outside of the window cost nothing but for those
    /// in the same segments, and the rarity of what is shared is judged by the documents within. Of each
    /// value eight times as many holders are looked at as are visited, to find some that `admit` allows.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_where<'a>(
        &self,
        text: impl Into<Text<'a>>,
        window: Window,
        admit: impl Fn(&About<'_>) -> bool + Sync,
    ) -> Result<Vec<Answer>> {
        self.answers(text.into(), Scope { window, admit: Some(&admit), ..Scope::ALL })
    }

    fn answers(&self, text: Text<'_>, scope: Scope<'_>) -> Result<Vec<Answer>> {
        self.pool.with(|(scratch, reader)| {
            scratch.forget();
            let record = Record::new(&self.method, text.text, reader)?;
            let view = View::new(&self.state, scope, &record.keys);
            let candidates = candidates_of(&self.method, &record, &view, &mut scratch.postings)?;
            let mut answers = Vec::new();
            let mut budget = Budget::default();
            for number in candidates {
                let Some(known) = self.state.known(number) else { continue };
                let judged = scratch.judge_text(&self.method, &self.state, &known, text)?;
                let is_match = is_match(&self.method, judged.score);
                if let (true, Some(evidence)) = (is_match, judged.evidence) {
                    let verdict = Verdict { score: judged.score, is_match, basis: judged.basis, evidence };
                    answers.push(Answer { id: known.id().to_owned(), verdict });
                } else if matches!(*self.method, Method::Wire(_))
                    && !budget.spend(Outcome { score: judged.score, is_form: judged.form.is_form })
                {
                    break;
                }
            }
            answers.sort_by(|x, y| y.verdict.score.total_cmp(&x.verdict.score).then_with(|| x.id.cmp(&y.id)));
            Ok(answers)
        })
    }

    fn ids_of(&self, mut numbers: Vec<u32>) -> Vec<String> {
        numbers.sort_unstable();
        numbers.into_iter().filter_map(|number| Some(self.state.known(number)?.id().to_owned())).collect()
    }

    /// The ids of the cluster that the document with this id is in, itself among them, in the order of
    /// insertion.
    pub fn cluster_of(&self, id: &str) -> Option<Vec<String>> {
        let known = self.state.find(id)?;
        Some(self.ids_of(self.state.members(known.number).collect()))
    }

    /// The ids of each cluster of two documents or more; clusters by their first member, members in the order
    /// of insertion.
    pub fn clusters(&self) -> Vec<Vec<String>> {
        self.state.clusters().into_iter().map(|members| self.ids_of(members)).collect()
    }

    /// The matches that are stored of the document with this id, by the other document's insertion.
    pub fn matches_of(&self, id: &str) -> Vec<StoredMatch> {
        let Some(known) = self.state.find(id) else { return Vec::new() };
        let links = self.state.links(known.number).filter(|half| is_match(&self.method, half.score));
        let mut matches: Vec<_> = links.map(|half| (half.other, *half)).collect();
        matches.sort_unstable_by_key(|&(other, _)| other);
        let of = |(other, half): (u32, super::state::Half)| {
            let other = self.state.known(other)?;
            let (a, b) = if known.number < other.number { (known, other) } else { (other, known) };
            let (a, b) = (a.id().to_owned(), b.id().to_owned());
            Some(StoredMatch { a, b, score: half.score, basis: half.basis, epoch: half.epoch })
        };
        matches.into_iter().filter_map(of).collect()
    }

    /// All matches that are stored. Enough of them to connect every cluster; not every pair of a large one.
    pub fn matches(&self) -> Vec<StoredMatch> {
        let found = self.state.found().filter(|found| is_match(&self.method, found.score));
        let of = |found: super::log::Found| {
            let id = |number| Some(self.state.known(number)?.id().to_owned());
            let (score, basis, epoch) = (found.score, found.basis, found.epoch);
            Some(StoredMatch { a: id(found.a)?, b: id(found.b)?, score, basis, epoch })
        };
        found.filter_map(of).collect()
    }

    /// The clusters and matches as the report of a run, with the archive's ids, documents in the order of
    /// insertion; it goes into the same tables and pages. The evidence of every match is made again from the
    /// texts, on all cores.
    ///
    /// # Errors
    /// If a text cannot be read.
    pub fn report(&self) -> Result<Report> {
        let corpus = self.dense();
        let place = |number: u32| corpus.numbers.binary_search(&number).ok().map(|place| DocId(place as u32));
        let together: Vec<Pair> = self
            .state
            .clusters()
            .iter()
            .flat_map(|members| members.windows(2))
            .filter_map(|w| Some(Pair::new(place(w[0])?, place(w[1])?)))
            .collect();
        let clusters = Clusters::from_pairs(corpus.len() as u32, together);
        let found: Vec<super::log::Found> = self
            .state
            .found()
            .filter(|found| is_match(&self.method, found.score))
            .filter(|found| self.state.cluster(found.a) == self.state.cluster(found.b))
            .collect();
        let matches =
            parallel::map(&found, None, &Pool::<Scratch>::default(), |scratch, _, found| -> Result<_> {
                let (Some(a), Some(b)) = (self.state.known(found.a), self.state.known(found.b)) else {
                    return Ok(None);
                };
                let judged = scratch.judge(&self.method, &self.state, &a, &b, true)?;
                let pair = pair_of(found);
                let pair = place(pair.a.0).zip(place(pair.b.0)).map(|(a, b)| Pair::new(a, b));
                let evidence = pair.zip(judged.evidence);
                Ok(evidence.map(|(pair, evidence)| Match {
                    pair,
                    score: judged.score,
                    basis: judged.basis,
                    evidence,
                }))
            })?;
        let bytes = self.state.all().map(|known| known.body().text).collect();
        let banding = match &*self.method {
            Method::Jaccard(jaccard) => Some(jaccard.banding()),
            Method::Wire(_) => None,
        };
        let matches = matches.into_iter().flatten().collect();
        let report = Report::of_clusters(clusters, matches, bytes, self.method.threshold(), banding);
        report.with_ids(self.state.all().map(|known| known.id()))
    }

    /// The documents as a corpus, numbered in the order of insertion; texts are read when they are asked for.
    pub fn corpus(&self) -> impl Corpus + '_ + use<'_> {
        self.dense()
    }

    fn dense(&self) -> Dense<'_> {
        Dense { snapshot: self, numbers: self.state.all().map(|known| known.number).collect() }
    }

    /// The statistics of every verdict.
    pub fn statistics(&self) -> &Statistics {
        &self.state.statistics
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// What there is, in numbers. O(n).
    pub fn status(&self) -> Status {
        let state = &self.state;
        let logs = state.logs.iter().filter_map(|log| log.file.len().ok());
        Status {
            documents: state.documents,
            removed: state.parts.iter().map(|part| part.removed as usize).sum(),
            commits: state.sequence,
            epoch: state.epoch,
            segments: state.parts.len(),
            text_bytes: state.all().map(|known| u64::from(known.body().text)).sum(),
            log_bytes: logs.sum(),
            memory: state.memory(),
        }
    }

    /// Writes the documents as JSON lines with `id`, `text`, and `source` and `date` where they are known;
    /// tells how many. Any version reads them, [`Archive::import`](super::Archive::import) among others.
    ///
    /// # Errors
    /// Those of the writer, and if a text cannot be read.
    pub fn export(&self, mut out: impl Write) -> Result<usize> {
        let failed = |error: std::io::Error| Error::io("the export", &error);
        let mut count = 0;
        for known in self.state.all() {
            let document = self.document(&known)?;
            let about = known.about();
            let mut line = serde_json::Map::new();
            line.insert("id".into(), document.id().into());
            line.insert("text".into(), document.text().into());
            if let Some(source) = about.source {
                line.insert("source".into(), source.into());
            }
            if let Some(date) = about.date {
                line.insert("date".into(), date.to_string().into());
            }
            writeln!(out, "{}", serde_json::Value::Object(line)).map_err(failed)?;
            count += 1;
        }
        out.flush().map_err(failed)?;
        Ok(count)
    }
}

/// The documents of a snapshot by place.
struct Dense<'a> {
    snapshot: &'a Snapshot,
    numbers: Vec<u32>,
}

impl Dense<'_> {
    fn known(&self, document: DocId) -> Option<Known<'_>> {
        self.snapshot.state.known(*self.numbers.get(document.index())?)
    }
}

impl Corpus for Dense<'_> {
    fn len(&self) -> usize {
        self.numbers.len()
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        let known = self
            .known(document)
            .ok_or_else(|| Error::parameter("document", document, "give one below len"))?;
        self.snapshot.state.text(&known, buffer)
    }

    fn about(&self, document: DocId) -> About<'_> {
        self.known(document).map_or_else(|| About::new(document), |known| About { document, ..known.about() })
    }

    fn has_details(&self) -> bool {
        true
    }
}
