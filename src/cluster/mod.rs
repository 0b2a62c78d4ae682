//! Layer 7: verified matches in, clusters out. Knows ids and strengths only: no text, no hashes.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::{DocId, Pair};

/// A partition of documents into clusters: every document is in just one, often alone.
///
/// Clusters are numbered by their smallest member, members stand in rising order: the numbers depend on
/// the partition only, not on the order in which it was found. Memory: 12 bytes a document.
///
/// ```
/// use reprint::{DocId, Pair, cluster::Clusters};
///
/// let clusters = Clusters::from_pairs(5, [Pair::new(DocId(4), DocId(1)), Pair::new(DocId(1), DocId(3))]);
/// assert_eq!(clusters.len(), 3);
/// assert_eq!(clusters.of(DocId(3)), Some(1));
/// assert_eq!(clusters.members(1), [DocId(1), DocId(3), DocId(4)]);
/// assert_eq!(clusters.multiple().count(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Clusters {
    /// The cluster of each document.
    cluster_of: Vec<u32>,
    /// The documents, cluster by cluster.
    members: Vec<DocId>,
    /// Where each cluster begins in `members`, and at the end their number.
    starts: Vec<u32>,
}

impl Clusters {
    /// The connected components of `pairs` over documents 0 to n − 1. A pair with a number beyond that is
    /// left out.
    ///
    /// Cost: O((n + pairs) α(n)).
    pub fn from_pairs(n: u32, pairs: impl IntoIterator<Item = Pair>) -> Self {
        let mut forest = Forest::new(n);
        for pair in pairs {
            forest.union(pair);
        }
        forest.into_clusters()
    }

    /// The number of clusters, those of one document included.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of documents.
    pub fn documents(&self) -> usize {
        self.cluster_of.len()
    }

    /// The number of the cluster that `document` is in; `None` for a number beyond the documents.
    pub fn of(&self, document: DocId) -> Option<usize> {
        self.cluster_of.get(document.index()).map(|&c| c as usize)
    }

    /// The members of a cluster in rising order; none for a number beyond the clusters.
    pub fn members(&self, cluster: usize) -> &[DocId] {
        match self.starts.get(cluster..cluster.saturating_add(2)) {
            Some(&[start, end]) => &self.members[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The members of each cluster, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[DocId]> {
        (0..self.len()).map(|c| self.members(c))
    }

    /// The numbers of the clusters with two members or more, in order.
    pub fn multiple(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&c| self.members(c).len() > 1)
    }
}

/// A scored match: what clustering by score is given.
///
/// ```
/// use reprint::cluster::Link;
/// use reprint::{DocId, Pair};
///
/// let link = Link { pair: Pair::new(DocId(0), DocId(1)), score: 0.8, noise: 0.0 };
/// assert!(link.score > 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Link {
    /// The two documents.
    pub pair: Pair,
    /// How strong the match is, in \[0, 1\].
    pub score: f64,
    /// How badly the two were read, in \[0, 1\]: see [`Alignment::noise`](crate::verify::Alignment::noise).
    pub noise: f64,
}

/// How scored matches become clusters: merging in descending score, each merger borne out by the members.
///
/// A round-up, a live page or an updated story matches several stories that are not one. So when a match would join
/// two groups, up to 4 members of each are compared with each other, and their mean score must be nearly that of
/// a match (average linkage, Sokal and Michener 1958, on a sample). Bad scans are fragments of one text that
/// need not overlap; the measured noise of the groups' matches eases the demand, down to none. Two single documents
/// need no more than their match, and a match that holds nearly the whole of both needs no other.
///
/// Deterministic: the result depends on the links, not on their order. Cost: O(m log m) for m links, and at most 16
/// comparisons for each merger of two groups.
///
/// ```
/// use reprint::cluster::{Linkage, Link};
/// use reprint::{DocId, Pair};
///
/// let link = |a, b, score| Link { pair: Pair::new(DocId(a), DocId(b)), score, noise: 0.0 };
/// // 0 and 1 are one story, 2 and 3 another; 4 is a round-up that quotes both.
/// let links = [link(0, 1, 0.9), link(2, 3, 0.9), link(0, 4, 0.55), link(2, 4, 0.54)];
/// let clusters = Linkage::new(0.5).cluster(5, &links, |_| 0.1);
/// assert_ne!(clusters.of(DocId(0)), clusters.of(DocId(2)));
/// assert_eq!(clusters.of(DocId(0)), clusters.of(DocId(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linkage {
    threshold: f64,
}

/// The mean score that two clean groups must have, as a share of the threshold. From 0.9 to 1 nothing changes by more
/// than 0.002 in adjusted Rand index on modern wire copy; 0.7 loses 0.017.
const MEAN: f64 = 0.95;
/// The mean noise of the matches up to which that is demanded in full, and from which nothing is.
const CLEAN: f64 = 0.05;
const NOISY: f64 = 0.1;
/// Members of each group that are compared.
const SAMPLE: usize = 4;
/// A match from here on holds nearly the whole of both texts, which no part of a round-up does.
const SURE: f64 = 0.925;
/// Scores count up to this, as a share of the threshold: one perfect copy must not outvote strangers.
const CAP: f64 = 1.5;

/// The groups while they grow.
struct Groups {
    of: Vec<u32>,
    members: Vec<Vec<u32>>,
    /// Sum and number of the noise of each group's matches.
    noise: Vec<(f64, f64)>,
}

impl Linkage {
    /// Links from `threshold` on are matches.
    pub fn new(threshold: f64) -> Self {
        Self { threshold }
    }

    /// The clusters of documents 0 to n − 1. `score` is asked for pairs that no link tells of.
    ///
    /// Links with a number beyond the documents are left out.
    pub fn cluster(&self, n: u32, links: &[Link], mut score: impl FnMut(Pair) -> f64) -> Clusters {
        let mut known: HashMap<Pair, f64, BuildHasherDefault<ahash::AHasher>> =
            links.iter().map(|l| (l.pair, l.score)).collect();
        let valid = |l: &&Link| l.score >= self.threshold && l.pair.b.0 < n && l.pair.a != l.pair.b;
        let mut order: Vec<&Link> = links.iter().filter(valid).collect();
        order.sort_unstable_by(|x, y| y.score.total_cmp(&x.score).then(x.pair.cmp(&y.pair)));
        let mut groups = Groups {
            of: (0..n).collect(),
            members: (0..n).map(|i| vec![i]).collect(),
            noise: vec![(0.0, 0.0); n as usize],
        };
        let mut forest = Forest::new(n);
        for link in order {
            let mut score = |pair| *known.entry(pair).or_insert_with(|| score(pair));
            if groups.join(link, self.threshold, &mut score) {
                forest.union(link.pair);
            }
        }
        forest.into_clusters()
    }
}

impl Groups {
    /// Joins the groups of a link's documents, if they are two and their members bear it out.
    fn join(&mut self, link: &Link, threshold: f64, score: &mut impl FnMut(Pair) -> f64) -> bool {
        let (x, y) = (self.of[link.pair.a.index()] as usize, self.of[link.pair.b.index()] as usize);
        if x == y {
            return false;
        }
        let (large, small) =
            if (self.members[x].len(), y) >= (self.members[y].len(), x) { (x, y) } else { (y, x) };
        let noise = (self.noise[x].0 + self.noise[y].0 + link.noise, self.noise[x].1 + self.noise[y].1 + 1.0);
        let eased = ((noise.0 / noise.1 - CLEAN) / (NOISY - CLEAN)).clamp(0.0, 1.0);
        let demanded = MEAN * threshold * (1.0 - eased);
        let unasked = demanded == 0.0 || link.score >= SURE.max(threshold) || self.members[large].len() == 1;
        if !unasked && self.mean(large, small, CAP * threshold, score) < demanded {
            return false;
        }
        let moved = std::mem::take(&mut self.members[small]);
        for &member in &moved {
            self.of[member as usize] = large as u32;
        }
        self.members[large].extend(moved);
        self.noise[large] = noise;
        true
    }

    fn mean(&self, x: usize, y: usize, cap: f64, score: &mut impl FnMut(Pair) -> f64) -> f64 {
        let (xs, ys) = (spread(&self.members[x]), spread(&self.members[y]));
        let pairs = xs.iter().flat_map(|&a| ys.iter().map(move |&b| Pair::new(DocId(a), DocId(b))));
        let sum: f64 = pairs.map(|pair| score(pair).min(cap)).sum();
        sum / (xs.len() * ys.len()) as f64
    }
}

/// Up to [`SAMPLE`] members, evenly spread.
fn spread(members: &[u32]) -> Vec<u32> {
    let n = members.len().min(SAMPLE);
    (0..n).map(|i| members[i * members.len() / n]).collect()
}

/// Disjoint sets by union with path halving (Tarjan, van Leeuwen 1984); each set's root is its smallest member,
/// so that the order of unions never shows.
#[derive(Clone, Debug)]
pub(crate) struct Forest {
    parent: Vec<u32>,
}

impl Forest {
    pub(crate) fn new(n: u32) -> Self {
        Self { parent: (0..n).collect() }
    }

    pub(crate) fn root(&mut self, document: DocId) -> DocId {
        let mut x = document.index();
        while self.parent[x] as usize != x {
            let grandparent = self.parent[self.parent[x] as usize];
            self.parent[x] = grandparent;
            x = grandparent as usize;
        }
        DocId(x as u32)
    }

    /// Joins the sets of the two, and tells whether they were apart.
    pub(crate) fn union(&mut self, pair: Pair) -> bool {
        if pair.b.index() >= self.parent.len() {
            return false;
        }
        let (a, b) = (self.root(pair.a), self.root(pair.b));
        self.parent[a.max(b).index()] = a.min(b).0;
        a != b
    }

    pub(crate) fn into_clusters(mut self) -> Clusters {
        let n = self.parent.len() as u32;
        let mut cluster_of: Vec<u32> = Vec::with_capacity(n as usize);
        let mut sizes: Vec<u32> = Vec::new();
        for document in 0..n {
            let root = self.root(DocId(document)).0;
            let cluster = if root == document {
                sizes.push(0);
                sizes.len() as u32 - 1
            } else {
                cluster_of[root as usize]
            };
            sizes[cluster as usize] += 1;
            cluster_of.push(cluster);
        }
        let mut starts = vec![0; sizes.len() + 1];
        for (i, size) in sizes.iter().enumerate() {
            starts[i + 1] = starts[i] + size;
        }
        let mut next = starts.clone();
        let mut members = vec![DocId(0); n as usize];
        for (document, &cluster) in cluster_of.iter().enumerate() {
            members[next[cluster as usize] as usize] = DocId(document as u32);
            next[cluster as usize] += 1;
        }
        Clusters { cluster_of, members, starts }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(a: u32, b: u32, score: f64, noise: f64) -> Link {
        Link { pair: Pair::new(DocId(a), DocId(b)), score, noise }
    }

    #[test]
    fn noise_eases_the_demand() {
        let chain = |noise| -> Vec<Link> { (0..9).map(|i| link(i, i + 1, 0.6, noise)).collect() };
        let linkage = Linkage::new(0.5);
        assert_eq!(linkage.cluster(10, &chain(0.2), |_| 0.0).len(), 1);
        assert!(linkage.cluster(10, &chain(0.0), |_| 0.0).len() > 3);
    }

    #[test]
    fn comparisons_are_bounded() {
        let links: Vec<Link> = (1..1000).map(|i| link(0, i, 0.6, 0.0)).collect();
        let mut asked = 0;
        let clusters = Linkage::new(0.5).cluster(1000, &links, |_| {
            asked += 1;
            0.6
        });
        assert_eq!(clusters.len(), 1);
        assert!(asked <= 16 * 1000, "{asked}");
    }

    proptest! {
        #[test]
        fn the_order_of_links_does_not_matter(
            edges in prop::collection::vec((0_u32..20, 0_u32..20, 0.3_f64..1.0, 0.0_f64..0.15), 0..40),
            swaps in prop::collection::vec((0_usize..40, 0_usize..40), 40),
        ) {
            let mut links: Vec<Link> = edges.iter().map(|&(a, b, score, noise)| link(a, b, score, noise)).collect();
            links.sort_by_key(|l| l.pair);
            links.dedup_by_key(|l| l.pair);
            let score = |pair: Pair| f64::from((pair.a.0 * 7 + pair.b.0) % 10) / 10.0;
            let linkage = Linkage::new(0.5);
            let once = linkage.cluster(20, &links, score);
            for (i, j) in swaps {
                if i < links.len() && j < links.len() {
                    links.swap(i, j);
                }
            }
            prop_assert_eq!(&linkage.cluster(20, &links, score), &once);
            // No cluster is larger than the connected components.
            let matches = links.iter().filter(|l| l.score >= 0.5).map(|l| l.pair);
            let components = Clusters::from_pairs(20, matches);
            for members in once.iter() {
                prop_assert!(members.iter().all(|&m| components.of(m) == components.of(members[0])));
            }
        }

        #[test]
        fn clusters_are_the_connected_components(
            n in 1_u32..40,
            edges in prop::collection::vec((0_u32..40, 0_u32..40), 0..40),
        ) {
            let pairs: Vec<Pair> = edges.into_iter().map(|(x, y)| Pair::new(DocId(x), DocId(y))).collect();
            let clusters = Clusters::from_pairs(n, pairs.iter().copied());
            // The oracle: spread the smallest number along the pairs until nothing changes.
            let mut label: Vec<u32> = (0..n).collect();
            for _ in 0..n {
                for p in pairs.iter().filter(|p| p.b.0 < n) {
                    let low = label[p.a.index()].min(label[p.b.index()]);
                    label[p.a.index()] = low;
                    label[p.b.index()] = low;
                }
            }
            for x in 0..n {
                for y in 0..n {
                    let together = clusters.of(DocId(x)) == clusters.of(DocId(y));
                    prop_assert_eq!(together, label[x as usize] == label[y as usize]);
                }
                let own = clusters.of(DocId(x)).unwrap();
                prop_assert!(clusters.members(own).contains(&DocId(x)));
            }
            let listed: usize = clusters.iter().map(<[DocId]>::len).sum();
            prop_assert_eq!(listed, n as usize);
            prop_assert!(clusters.iter().all(<[DocId]>::is_sorted));
            prop_assert!(clusters.iter().map(|m| m[0]).is_sorted());
        }
    }
}
