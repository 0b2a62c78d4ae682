//! Layer 8: the front door. One path from texts to verified clusters, in parallel; the only layer that knows
//! all the others.

mod jaccard;
mod preset;
mod report;
mod wire;

use std::fmt;
use std::sync::Arc;

pub use preset::{Preset, Representative};
pub use report::{Counts, Report, StageTimes};

use crate::progress::{Callback, Progress, Stage, Ticker};
use crate::shingle::Shingler;
use crate::{Error, Result};

/// Finds the copies among texts: the one path from texts to verified clusters, with its parameters.
///
/// Build one from a [`Preset`], then [`run`](Self::run) it. The result depends on the texts, their order (which
/// numbers them) and the parameters, never on the number of threads or the machine.
///
/// ```
/// use reprint::{DocId, Finder, Preset};
///
/// let stories = [
///     "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.",
///     "FERRY STOPPED. The ferry to the islands will not sail before Monday, the harbour-master said on Friday night.",
///     "The council voted to close the library on Mill Street, and the mayor promised a new one by spring.",
/// ];
/// let report = Finder::preset(Preset::Web).threshold(0.6).build()?.run(stories)?;
/// assert_eq!(report.clusters().len(), 2);
/// assert_eq!(report.clusters().members(0), [DocId(0), DocId(1)]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone)]
pub struct Finder {
    method: Method,
    representative: Representative,
    progress: Option<Arc<Callback>>,
}

/// How texts are compared.
#[derive(Clone, Debug)]
enum Method {
    /// By the resemblance of whole shingle sets.
    Jaccard(jaccard::Jaccard),
    /// By the passages that two texts share.
    Wire(wire::Wire),
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finder")
            .field("method", &self.method)
            .field("representative", &self.representative)
            .finish_non_exhaustive()
    }
}

impl Finder {
    /// A builder with the parameters of `preset`, each of which can be changed.
    pub fn preset(preset: Preset) -> FinderBuilder {
        FinderBuilder { preset, ..FinderBuilder::default() }
    }

    /// The clusters of `texts`, numbered in their order.
    ///
    /// Texts are kept until the run ends, and are read again when pairs are verified. Pass references to keep
    /// your own (`finder.run(&texts)`).
    ///
    /// # Errors
    /// If there are more than 2³² − 2 texts.
    pub fn run<I>(&self, texts: I) -> Result<Report>
    where
        I: IntoIterator,
        I::Item: AsRef<str> + Send + Sync,
    {
        let texts: Vec<I::Item> = texts.into_iter().collect();
        if texts.len() > MOST_DOCUMENTS {
            return Err(Error::too_many("texts in one run", MOST_DOCUMENTS));
        }
        let run = Run { texts: &texts, progress: self.progress.as_deref() };
        let found = match &self.method {
            Method::Jaccard(jaccard) => jaccard.run(&run)?,
            Method::Wire(wire) => wire.run(&run)?,
        };
        Ok(Report::new(found, &texts, self.representative))
    }
}

/// Documents are numbered in 32 bits, of which the indexes keep two values for themselves.
const MOST_DOCUMENTS: usize = u32::MAX as usize - 1;

/// What a method is given.
struct Run<'a, T> {
    texts: &'a [T],
    progress: Option<&'a Callback>,
}

impl<'a, T> Run<'a, T> {
    fn ticker(&self, stage: Stage, total: usize) -> Ticker<'a> {
        Ticker::new(self.progress, stage, total)
    }
}

/// What a method finds.
struct Found {
    clusters: crate::cluster::Clusters,
    matches: Vec<crate::verify::Match>,
    counts: Counts,
    threshold: f64,
    /// Where candidates came from bands.
    banding: Option<crate::index::Banding>,
}

/// The parameters of a [`Finder`], each set by the preset unless changed.
///
/// ```
/// use reprint::{Finder, Preset, shingle::Shingler};
///
/// let finder = Finder::preset(Preset::Web)
///     .shingler(Shingler::words(3)?)
///     .threshold(0.7)
///     .recall(0.99)
///     .progress(|progress| eprintln!("{progress}"))
///     .build()?;
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct FinderBuilder {
    preset: Preset,
    threshold: Option<f64>,
    recall: Option<f64>,
    shingler: Option<Shingler>,
    bins: Option<usize>,
    seed: Option<u64>,
    representative: Representative,
    progress: Option<Arc<Callback>>,
    sources: Option<Vec<u32>>,
}

impl fmt::Debug for FinderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinderBuilder")
            .field("preset", &self.preset)
            .field("threshold", &self.threshold)
            .field("recall", &self.recall)
            .field("shingler", &self.shingler)
            .field("bins", &self.bins)
            .field("seed", &self.seed)
            .field("representative", &self.representative)
            .finish_non_exhaustive()
    }
}

impl FinderBuilder {
    /// The score from which a pair is a match, above 0 and at most 1.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// The probability, above 0 and below 1, with which a pair *at* the threshold is to be found; pairs above it
    /// are found more surely. Default 0.95.
    pub fn recall(mut self, recall: f64) -> Self {
        self.recall = Some(recall);
        self
    }

    /// How texts become shingles. Default: word 5-grams.
    pub fn shingler(mut self, shingler: Shingler) -> Self {
        self.shingler = Some(shingler);
        self
    }

    /// The number of bins that a `MinHash` signature may have, 4 bytes each. Default 128.
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = Some(bins);
        self
    }

    /// The seed of the sketches. Default 0. Another seed misses other pairs.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Which member stands for a cluster. Default: [`Representative::Longest`].
    pub fn representative(mut self, representative: Representative) -> Self {
        self.representative = representative;
        self
    }

    /// The source of each text, such as its site, by number: `u32::MAX` for one that is not known.
    #[doc(hidden)]
    pub fn sources(mut self, sources: Vec<u32>) -> Self {
        self.sources = Some(sources);
        self
    }

    /// A function that is told how far the run has come, from any of its threads, once for some hundred documents
    /// or pairs.
    pub fn progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// The finder.
    ///
    /// # Errors
    /// If a parameter is out of its range, if no choice of bands reaches the recall with so many bins,
    /// or if a parameter was set that the preset's method does not have.
    pub fn build(self) -> Result<Finder> {
        let method = match self.preset {
            Preset::Wire => Method::Wire(wire::Wire::new(&self)?),
            Preset::Web | Preset::Strict => Method::Jaccard(jaccard::Jaccard::new(&self)?),
        };
        Ok(Finder { method, representative: self.representative, progress: self.progress })
    }
}
