//! What a run found.

use std::ops::Range;
use std::time::Duration;

use super::Representative;
use super::order::Order;
use crate::cluster::Clusters;
use crate::corpus::Corpus;
use crate::index::Banding;
use crate::verify::{Basis, Evidence, Match};
use crate::{DocId, Error, Pair, Result};

/// What a driver finds.
pub(super) struct Found {
    clusters: Clusters,
    matches: Vec<Match>,
    /// The length of each text.
    bytes: Vec<u32>,
    pub(super) counts: Counts,
    threshold: f64,
    /// Where candidates came from bands.
    banding: Option<Banding>,
}

impl Found {
    /// From clusters of places and matches of documents; what shares a place comes together too.
    pub(super) fn new(
        order: &Order,
        places: &Clusters,
        mut matches: Vec<Match>,
        bytes: Vec<u32>,
        counts: Counts,
        threshold: f64,
        banding: Option<Banding>,
    ) -> Self {
        let document = |place: DocId| order.document(place);
        let of_places = places
            .iter()
            .flat_map(|members| members.windows(2))
            .map(|w| Pair::new(document(w[0]), document(w[1])));
        let clusters = Clusters::from_pairs(bytes.len() as u32, of_places.chain(order.copies()));
        let copy = |pair| Match { pair, score: 1.0, basis: Basis::Identical, evidence: Evidence::Identical };
        matches.extend(order.copies().map(copy));
        Self { clusters, matches, bytes, counts, threshold, banding }
    }
}

/// The clusters of a run, the matches that hold them together, and what it took.
///
/// ```
/// use reprint::{Finder, Preset};
///
/// let texts = ["one two three four five six", "one two three four five six", ""];
/// let report = Finder::preset(Preset::Strict).run(texts)?;
/// assert_eq!(report.clusters().multiple().count(), 1);
/// assert_eq!(report.matches().len(), 1);
/// assert_eq!(report.matches()[0].score, 1.0);
/// assert_eq!((report.counts().documents, report.counts().empty), (3, 1));
/// // One document of each cluster is kept.
/// assert_eq!(report.survivors().map(|document| document.index()).collect::<Vec<_>>(), [0, 2]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Report {
    clusters: Clusters,
    representatives: Vec<DocId>,
    /// By cluster, then by pair.
    matches: Vec<Match>,
    /// Where each cluster's matches begin, and at the end their number.
    match_starts: Vec<usize>,
    /// The length of each text; empty where the report was made of matches alone.
    bytes: Vec<u32>,
    ids: Option<Ids>,
    counts: Counts,
    threshold: f64,
    banding: Option<Banding>,
}

/// The caller's ids.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
struct Ids {
    /// By document.
    ids: Vec<Box<str>>,
    /// The documents in the order of their ids.
    #[cfg_attr(feature = "serde", serde(skip))]
    sorted: Vec<DocId>,
}

impl Ids {
    fn new(ids: Vec<Box<str>>) -> Result<Self> {
        let mut sorted: Vec<DocId> = (0..ids.len() as u32).map(DocId).collect();
        sorted.sort_by_key(|document| &ids[document.index()]);
        if let Some(same) = sorted.windows(2).find(|w| ids[w[0].index()] == ids[w[1].index()]) {
            let [first, second] = [same[0], same[1]].map(|document| format!("to document {document}"));
            return Err(Error::duplicate_id(&ids[same[0].index()], first, second));
        }
        Ok(Self { ids, sorted })
    }

    fn find(&self, id: &str) -> Option<DocId> {
        let found = self.sorted.binary_search_by_key(&id, |document| &self.ids[document.index()]);
        found.ok().map(|at| self.sorted[at])
    }
}

impl Report {
    pub(super) fn new(found: Found, rule: Representative) -> Self {
        let Found { clusters, mut matches, bytes, mut counts, threshold, banding } = found;
        let representatives = rule.choose(&clusters, &matches, &bytes);
        let cluster_of = |m: &Match| clusters.of(m.pair.a);
        matches.sort_by_key(|m| (cluster_of(m), m.pair));
        let match_starts =
            (0..=clusters.len()).map(|c| matches.partition_point(|m| cluster_of(m) < Some(c))).collect();
        counts.matches = matches.len();
        counts.clusters = clusters.multiple().count();
        counts.clustered = clusters.multiple().map(|c| clusters.members(c).len()).sum();
        Self {
            clusters,
            representatives,
            matches,
            match_starts,
            bytes,
            ids: None,
            counts,
            threshold,
            banding,
        }
    }

    /// A report of the caller's own matches over documents 0 to n − 1, as a run would have made it: clusters
    /// are their connected components, and the first member stands for each.
    ///
    /// ```
    /// use reprint::verify::{Basis, Evidence, Match};
    /// use reprint::{DocId, Pair, Report, Similarity};
    ///
    /// let evidence = Evidence::Shingles(Similarity::new(10, 10, 9));
    /// let pair = Pair::new(DocId(2), DocId(0));
    /// let matches = vec![Match { pair, score: 0.82, basis: Basis::Shingles, evidence }];
    /// let report = Report::from_matches(3, matches, 0.8)?.with_ids(["a", "b", "c"])?;
    /// assert_eq!(report.cluster_of("c"), Some(0));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a match has a document beyond n, or one with itself.
    pub fn from_matches(n: u32, matches: Vec<Match>, threshold: f64) -> Result<Self> {
        for pair in matches.iter().map(|m| m.pair) {
            if pair.a.0.max(pair.b.0) >= n || pair.a == pair.b {
                let given = format!("{} = {}", pair.a, pair.b);
                return Err(Error::parameter(
                    "match",
                    given,
                    "give two documents below the number of documents",
                ));
            }
        }
        let clusters = Clusters::from_pairs(n, matches.iter().map(|m| m.pair));
        let counts = Counts { documents: n as usize, ..Counts::default() };
        let found = Found { clusters, matches, bytes: Vec::new(), counts, threshold, banding: None };
        Ok(Self::new(found, Representative::Earliest))
    }

    /// A report of clusters that were made elsewhere, with the matches within them.
    #[cfg(feature = "archive")]
    pub(crate) fn of_clusters(
        clusters: Clusters,
        matches: Vec<Match>,
        bytes: Vec<u32>,
        threshold: f64,
        banding: Option<Banding>,
    ) -> Self {
        let counts = Counts { documents: bytes.len(), ..Counts::default() };
        Self::new(Found { clusters, matches, bytes, counts, threshold, banding }, Representative::default())
    }

    /// A report of these matches, as a run over these texts would have made it.
    #[cfg(all(test, feature = "report"))]
    pub(crate) fn of_texts(texts: &[&str], matches: Vec<Match>, threshold: f64) -> Self {
        let clusters = Clusters::from_pairs(texts.len() as u32, matches.iter().map(|m| m.pair));
        let bytes = texts.iter().map(|text| text.len() as u32).collect();
        let counts = Counts { documents: texts.len(), ..Counts::default() };
        let found = Found { clusters, matches, bytes, counts, threshold, banding: None };
        Self::new(found, Representative::default())
    }

    /// The same report, which speaks in these ids: one for each document, in their order.
    ///
    /// # Errors
    /// If there are not as many ids as documents, or one is given twice.
    pub fn with_ids<I>(self, ids: I) -> Result<Self>
    where
        I: IntoIterator,
        I::Item: Into<Box<str>>,
    {
        let ids: Vec<Box<str>> = ids.into_iter().map(Into::into).collect();
        if ids.len() != self.clusters.documents() {
            let remedy = "give one for each document of the report, in its order";
            return Err(Error::parameter("number of ids", ids.len(), remedy));
        }
        Ok(Self { ids: Some(Ids::new(ids)?), ..self })
    }

    pub(super) fn with_ids_of(self, corpus: &dyn Corpus) -> Result<Self> {
        if !corpus.has_details() {
            return Ok(self);
        }
        let id = |document: u32| {
            let id = corpus.about(DocId(document)).id.map(Box::from);
            id.unwrap_or_else(|| document.to_string().into_boxed_str())
        };
        self.with_ids((0..corpus.len() as u32).map(id).collect::<Vec<Box<str>>>())
    }

    /// The clusters; each document is in one, often alone.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// A cluster with all that is known of it; `None` for a number beyond the clusters.
    ///
    /// ```
    /// use reprint::corpus::{Document, Documents};
    /// use reprint::{Finder, Preset};
    ///
    /// let mut documents = Documents::new();
    /// for id in ["monday", "tuesday"] {
    ///     documents.push(Document::new(id, "one two three four five six seven"))?;
    /// }
    /// let report = Finder::preset(Preset::Strict).run_on(&documents)?;
    /// let cluster = report.cluster(0).unwrap();
    /// assert_eq!(cluster.ids().collect::<Vec<_>>(), ["monday", "tuesday"]);
    /// assert_eq!(report.id(cluster.representative()), "monday");
    /// assert_eq!(cluster.matches().len(), 1);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn cluster(&self, cluster: usize) -> Option<Cluster<'_>> {
        (cluster < self.clusters.len()).then_some(Cluster { report: self, number: cluster })
    }

    /// The number of the cluster that the document with this id is in.
    pub fn cluster_of(&self, id: &str) -> Option<usize> {
        self.clusters.of(self.document(id)?)
    }

    /// The document with this id. Ids are those of the corpus, or else the documents' numbers.
    pub fn document(&self, id: &str) -> Option<DocId> {
        match &self.ids {
            Some(ids) => ids.find(id),
            None => id
                .parse()
                .ok()
                .map(DocId)
                .filter(|d| d.index() < self.clusters.documents() && d.to_string() == id),
        }
    }

    /// The id of a document: the caller's, or else its number.
    pub fn id(&self, document: DocId) -> std::borrow::Cow<'_, str> {
        let ids = self.ids.as_ref().and_then(|ids| ids.ids.get(document.index()));
        ids.map_or_else(|| document.to_string().into(), |id| (&**id).into())
    }

    /// The length of a document's text in bytes; 0 where the report was made of matches alone.
    pub fn bytes(&self, document: DocId) -> usize {
        self.bytes.get(document.index()).copied().unwrap_or_default() as usize
    }

    /// The documents to keep if one of each cluster is kept: the representatives, in the order of the input.
    pub fn survivors(&self) -> impl Iterator<Item = DocId> + '_ {
        let documents = (0..self.clusters.documents() as u32).map(DocId);
        documents.filter(|&d| self.clusters.of(d).and_then(|c| self.representative(c)) == Some(d))
    }

    /// The document that stands for a cluster; `None` for a number beyond the clusters.
    pub fn representative(&self, cluster: usize) -> Option<DocId> {
        self.representatives.get(cluster).copied()
    }

    /// The verified matches, cluster by cluster and within one by pair. Enough of them to connect every
    /// cluster; not every pair of a large one.
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// The matches that hold a cluster together; none for a number beyond the clusters.
    pub fn matches_in(&self, cluster: usize) -> &[Match] {
        self.matches.get(self.match_range(cluster)).unwrap_or_default()
    }

    /// Where the matches of a cluster stand in [`matches`](Self::matches); nowhere for a number beyond the
    /// clusters.
    pub fn match_range(&self, cluster: usize) -> Range<usize> {
        match self.match_starts.get(cluster..cluster.saturating_add(2)) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        }
    }

    /// The score from which a pair was a match.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The bands whose agreement made pairs candidates: their [S-curve](Banding::probability) tells how
    /// surely a pair was found. `None` for a method without bands.
    ///
    /// ```
    /// use reprint::{Finder, Preset};
    ///
    /// let report = Finder::preset(Preset::Web).run(["a story"])?;
    /// assert!(report.banding().unwrap().probability(report.threshold()) >= 0.95);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn banding(&self) -> Option<Banding> {
        self.banding
    }

    /// What the run did, in numbers.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// A cluster of a report: its members, who stands for it, and what holds it together.
///
/// ```
/// use reprint::{Finder, Preset};
///
/// let report = Finder::preset(Preset::Strict).run(["one two three four five", "one two three four five"])?;
/// assert_eq!(report.cluster(0).unwrap().members().len(), 2);
/// assert!(report.cluster(1).is_none());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cluster<'a> {
    report: &'a Report,
    number: usize,
}

impl<'a> Cluster<'a> {
    /// Its number in the report.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Its members in rising order.
    pub fn members(&self) -> &'a [DocId] {
        self.report.clusters.members(self.number)
    }

    /// The ids of its members, in their order.
    pub fn ids(&self) -> impl Iterator<Item = std::borrow::Cow<'a, str>> + use<'a> {
        let report = self.report;
        self.members().iter().map(move |&member| report.id(member))
    }

    /// The member that stands for it.
    pub fn representative(&self) -> DocId {
        self.report.representatives[self.number]
    }

    /// The matches that hold it together.
    pub fn matches(&self) -> &'a [Match] {
        self.report.matches_in(self.number)
    }
}

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Counts {
    /// Texts given.
    pub documents: usize,
    /// Texts without a single shingle: never copies of anything.
    pub empty: usize,
    /// Pairs that the index proposed.
    pub candidates: usize,
    /// Pairs that were compared exactly.
    pub verified: usize,
    /// Pairs that passed.
    pub matches: usize,
    /// Clusters of two documents or more.
    pub clusters: usize,
    /// Documents in those clusters.
    pub clustered: usize,
    /// How long each stage took.
    pub times: StageTimes,
}

/// How long each stage of a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct StageTimes {
    /// Texts to signatures.
    pub sketch: Duration,
    /// Signatures to candidates.
    pub candidates: Duration,
    /// Candidates to matches.
    pub verify: Duration,
    /// Matches to clusters.
    pub cluster: Duration,
}
