//! A partition of documents.

use super::Forest;
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
        Self::of_forest(forest)
    }

    /// The sets of a forest.
    pub(super) fn of_forest(mut forest: Forest) -> Self {
        let n = forest.len();
        let mut cluster_of: Vec<u32> = Vec::with_capacity(n as usize);
        let mut sizes: Vec<u32> = Vec::new();
        for document in 0..n {
            let root = forest.root(DocId(document)).0;
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
        Self { cluster_of, members, starts }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
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

    #[test]
    fn pairs_beyond_the_documents_or_in_falling_order_do_no_harm() {
        let pair = |a, b| Pair { a: DocId(a), b: DocId(b) };
        let clusters =
            Clusters::from_pairs(4, [pair(3, 1), pair(9, 0), pair(0, 4), pair(2, 2), pair(u32::MAX, 0)]);
        assert_eq!(clusters.len(), 3);
        assert_eq!(clusters.members(1), [DocId(1), DocId(3)]);
        assert!(Clusters::from_pairs(0, [pair(0, 0)]).is_empty());
    }
}
