//! The front door.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::jaccard::Items;
use super::{Report, Representative, jaccard, wire};
use crate::corpus::{About, Corpus, Statistics};
use crate::method::{Method, Preset};
use crate::progress::{Callback, Monitor, Progress, ProgressAnswer};
use crate::{DocId, Error, Result};

/// Finds the copies among texts: a method, and how a run of it goes.
///
/// Make one from a [`Preset`], or from a [`Method`](crate::method::Method) with parameters of your own, then
/// [`run`](Self::run) it. The result depends on the texts, what is known of them and the parameters: not on
/// their order, the number of threads or the machine.
///
/// ```
/// use reprint::method::Jaccard;
/// use reprint::{DocId, Finder};
///
/// let stories = [
///     "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.",
///     "FERRY STOPPED. The ferry to the islands will not sail before Monday, the harbour-master said on Friday night.",
///     "The council voted to close the library on Mill Street, and the mayor promised a new one by spring.",
/// ];
/// let method = Jaccard::builder().threshold(0.6).recall(0.99).build()?;
/// let report = Finder::new(method).run(stories)?;
/// assert_eq!(report.clusters().len(), 2);
/// assert_eq!(report.clusters().members(0), [DocId(0), DocId(1)]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a finder does nothing until it is run"]
pub struct Finder {
    method: Method,
    representative: Representative,
    progress: Option<Arc<Callback>>,
    admit: Option<Arc<Admit>>,
    statistics: Option<Statistics>,
}

/// Whether two documents may be compared.
type Admit = dyn Fn(&About<'_>, &About<'_>) -> bool + Send + Sync;

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finder")
            .field("method", &self.method)
            .field("representative", &self.representative)
            .finish_non_exhaustive()
    }
}

/// Documents are numbered in 32 bits, of which the indexes keep two values for themselves.
const MOST_DOCUMENTS: usize = u32::MAX as usize - 1;

impl Finder {
    /// A finder by a preset.
    pub fn preset(preset: Preset) -> Self {
        Self::new(preset)
    }

    /// A finder by a method.
    pub fn new(method: impl Into<Method>) -> Self {
        Self {
            method: method.into(),
            representative: Representative::default(),
            progress: None,
            admit: None,
            statistics: None,
        }
    }

    /// Which member stands for a cluster. Default: [`Representative::Longest`].
    pub fn representative(mut self, representative: Representative) -> Self {
        self.representative = representative;
        self
    }

    /// A function that is told how far the run has come, from any of its threads but one at a time, once for
    /// some hundred documents or pairs. It can [stop the run](ProgressAnswer).
    pub fn progress<A: ProgressAnswer>(
        mut self,
        callback: impl Fn(Progress) -> A + Send + Sync + 'static,
    ) -> Self {
        self.progress = Some(Arc::new(move |progress| -> ControlFlow<()> { callback(progress).flow() }));
        self
    }

    /// Whether two documents may be compared: documents of other sources, of dates within so many days, of
    /// one language. Asked before candidates are counted, in either order of the two.
    ///
    /// ```
    /// use reprint::corpus::{Document, Documents};
    /// use reprint::{Finder, Preset};
    ///
    /// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
    /// let mut documents = Documents::new();
    /// for (id, day) in [("first", "1864-11-09"), ("second", "1864-11-10"), ("later", "1865-03-01")] {
    ///     documents.push(Document::new(id, story).with_date(day.parse()?))?;
    /// }
    /// let within_three_days = Finder::preset(Preset::Wire)
    ///     .admit(|a, b| a.date.zip(b.date).is_some_and(|(a, b)| a.is_within(3, b)));
    /// let report = within_three_days.run_on(&documents)?;
    /// assert_eq!(report.cluster_of("first"), report.cluster_of("second"));
    /// assert_ne!(report.cluster_of("first"), report.cluster_of("later"));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn admit(mut self, admit: impl Fn(&About<'_>, &About<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.admit = Some(Arc::new(admit));
        self
    }

    /// What is known of rarity and standing text, in place of what the run would measure on its own corpus.
    pub fn statistics(mut self, statistics: Statistics) -> Self {
        self.statistics = Some(statistics);
        self
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// About how many bytes a run takes at its peak beside the texts, for so many documents with so many
    /// bytes of text in all: more than it takes, less than twice as much, where pairs are not many times the
    /// documents.
    ///
    /// ```
    /// use reprint::{Finder, Preset};
    ///
    /// // A million stories of 300 words.
    /// let bytes = Finder::preset(Preset::Wire).memory_for(1_000_000, 2_500_000_000);
    /// assert!((1_000_000_000..1_600_000_000).contains(&bytes));
    /// ```
    pub fn memory_for(&self, documents: usize, bytes: u64) -> u64 {
        let documents = documents as u64;
        match &self.method {
            Method::Wire(_) => wire::memory_for(documents, bytes.div_ceil(documents.max(1))),
            Method::Jaccard(jaccard) => {
                let (bins, bands) = (jaccard.minhasher().params().bins(), jaccard.banding().bands());
                documents.saturating_mul((4 * bins + 8 * bands + 100) as u64)
            }
        }
    }

    /// The clusters of `texts`, numbered in their order.
    ///
    /// Texts are kept until the run ends, and are read again when pairs are verified. Pass references to keep
    /// your own (`finder.run(&texts)`).
    ///
    /// # Errors
    /// If there are more than 2³² − 2 texts, if one is too long for the method, or if the progress callback
    /// stops the run.
    pub fn run<I>(&self, texts: I) -> Result<Report>
    where
        I: IntoIterator,
        I::Item: AsRef<str> + Send + Sync,
    {
        let texts: Vec<I::Item> = texts.into_iter().collect();
        self.run_on(&texts)
    }

    /// The clusters of a corpus, whose texts need not be in memory. The report speaks in its ids.
    ///
    /// # Errors
    /// As [`run`](Self::run), and if a text cannot be read or an id is given twice.
    pub fn run_on<C: Corpus>(&self, corpus: &C) -> Result<Report> {
        let run = self.begin(corpus)?;
        let found = match &self.method {
            Method::Wire(wire) => wire::run(wire, &run)?,
            Method::Jaccard(jaccard) => jaccard::run(jaccard, Items::Texts(corpus), &run)?,
        };
        Report::new(found, self.representative).with_ids_of(corpus)
    }

    /// The clusters of the caller's own features: of each document a set of 64-bit hashes, in any order. For
    /// the methods that go by resemblance alone.
    ///
    /// ```
    /// use reprint::{Finder, Preset};
    ///
    /// let sets: Vec<Vec<u64>> = vec![(0..100).collect(), (5..105).collect(), (500..600).collect()];
    /// let report = Finder::preset(Preset::Web).run_features(&sets)?;
    /// assert_eq!(report.clusters().len(), 2);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run), and for a method that needs texts.
    pub fn run_features<S: AsRef<[u64]>>(&self, sets: &[S]) -> Result<Report> {
        let Method::Jaccard(jaccard) = &self.method else {
            let remedy = "give it texts, or take a method that goes by resemblance, such as Jaccard";
            return Err(Error::unsupported("cluster features", "the wire method", remedy));
        };
        let sets: Vec<&[u64]> = sets.iter().map(AsRef::as_ref).collect();
        let places: Vec<&str> = vec![""; sets.len()];
        let run = self.begin(&places)?;
        Ok(Report::new(jaccard::run(jaccard, Items::Features(&sets), &run)?, self.representative))
    }

    pub(super) fn begin<'a>(&'a self, corpus: &'a dyn Corpus) -> Result<Run<'a>> {
        if corpus.len() > MOST_DOCUMENTS {
            return Err(Error::too_many("texts in one run", MOST_DOCUMENTS));
        }
        Ok(Run {
            corpus,
            monitor: Monitor::new(self.progress.as_deref()),
            admit: self.admit.as_deref(),
            statistics: self.statistics.as_ref(),
        })
    }
}

/// What a driver is given.
pub(super) struct Run<'a> {
    pub(super) corpus: &'a dyn Corpus,
    pub(super) monitor: Monitor<'a>,
    pub(super) admit: Option<&'a Admit>,
    pub(super) statistics: Option<&'a Statistics>,
}

impl Run<'_> {
    pub(super) fn documents(&self) -> Vec<DocId> {
        (0..self.corpus.len() as u32).map(DocId).collect()
    }

    /// Whether two documents may be compared.
    pub(super) fn admits(&self, a: DocId, b: DocId) -> bool {
        self.admit.is_none_or(|admit| admit(&self.corpus.about(a), &self.corpus.about(b)))
    }
}
