//! Disjoint sets.

use crate::{DocId, Pair};

/// Disjoint sets by union with path halving (Tarjan, van Leeuwen 1984); each set's root is its smallest
/// member, so that the order of unions never shows.
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

    /// The number of documents.
    pub(super) fn len(&self) -> u32 {
        self.parent.len() as u32
    }

    /// Joins the sets of the two, and tells whether they were apart. Nothing for a number beyond the
    /// documents.
    pub(crate) fn union(&mut self, pair: Pair) -> bool {
        if pair.a.max(pair.b).index() >= self.parent.len() {
            return false;
        }
        let (a, b) = (self.root(pair.a), self.root(pair.b));
        self.parent[a.max(b).index()] = a.min(b).0;
        a != b
    }
}
