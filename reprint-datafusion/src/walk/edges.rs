//! Alternating stars: edges that come nearer to the least document of their component with every round.
//!
//! Kiveris, Lattanzi, Mirrokni, Rastogi and Vassilvitskii, *Connected Components in `MapReduce` and Beyond*,
//! 2014. Rows of a document are sorted by neighbour, so that its least neighbour comes first and no other is
//! kept.
//!
//! Where the edges are few, a forest in memory does in one pass what the stars do in some.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;

use super::columns::pairs;
use super::{Rows, Step};

/// Of each document, links its larger neighbours to the least of it and its neighbours.
pub(super) struct LargeStar {
    schema: SchemaRef,
    /// The document, and the least of it and its neighbours.
    center: Option<(u64, u64)>,
    u: Vec<u64>,
    v: Vec<u64>,
}

impl LargeStar {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, center: None, u: Vec::new(), v: Vec::new() }
    }
}

impl Step for LargeStar {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (us, vs) = (columns.u64s(0)?, columns.u64s(1)?);
        for (&u, &v) in us.values().iter().zip(vs.values()) {
            let least = match self.center {
                Some((center, least)) if center == u => least,
                _ => u.min(v),
            };
            self.center = Some((u, least));
            if v > u {
                self.u.push(v);
                self.v.push(least);
            }
        }
        pairs(&self.schema, &mut self.u, &mut self.v)
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}

/// Of each document, links it and its smaller neighbours to the least of these.
pub(super) struct SmallStar {
    schema: SchemaRef,
    center: Option<(u64, u64)>,
    u: Vec<u64>,
    v: Vec<u64>,
}

impl SmallStar {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, center: None, u: Vec::new(), v: Vec::new() }
    }
}

impl Step for SmallStar {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (us, vs) = (columns.u64s(0)?, columns.u64s(1)?);
        for (&u, &v) in us.values().iter().zip(vs.values()) {
            match self.center {
                Some((center, least)) if center == u => {
                    if v != least {
                        self.u.push(v);
                        self.v.push(least);
                    }
                }
                _ => {
                    self.center = Some((u, v));
                    self.u.push(u);
                    self.v.push(v);
                }
            }
        }
        pairs(&self.schema, &mut self.u, &mut self.v)
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}

/// Links each document to the least of its component, in memory.
pub(super) struct Forest {
    schema: SchemaRef,
    /// Of each document a smaller one of its component; of the least itself.
    parents: HashMap<u64, u64>,
    /// Documents that are not the least of theirs, in falling order, once all edges are in.
    members: Option<Vec<u64>>,
}

/// Rows that the forest gives at once.
const GIVEN: usize = 1 << 16;

impl Forest {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, parents: HashMap::new(), members: None }
    }

    fn root(&mut self, document: u64) -> u64 {
        let mut at = document;
        loop {
            let parent = *self.parents.entry(at).or_insert(at);
            if parent == at {
                return at;
            }
            // Halves the way for whoever comes next.
            let above = self.parents.get(&parent).copied().unwrap_or(parent);
            self.parents.insert(at, above);
            at = above;
        }
    }
}

impl Step for Forest {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        for (&u, &v) in columns.u64s(0)?.values().iter().zip(columns.u64s(1)?.values()) {
            let (u, v) = (self.root(u), self.root(v));
            self.parents.insert(u.max(v), u.min(v));
        }
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let mut members = self.members.take().unwrap_or_else(|| {
            let of_others = self.parents.iter().filter(|(document, parent)| document != parent);
            let mut members: Vec<u64> = of_others.map(|(&document, _)| document).collect();
            members.sort_unstable_by(|a, b| b.cmp(a));
            members
        });
        let mut u: Vec<u64> = members.drain(members.len().saturating_sub(GIVEN)..).rev().collect();
        let mut v: Vec<u64> = u.iter().map(|&document| self.root(document)).collect();
        self.members = Some(members);
        pairs(&self.schema, &mut u, &mut v)
    }

    fn memory(&self) -> usize {
        // A table that grows holds its former self as well, and what is given is a list beside it.
        self.parents.capacity() * 30 + self.parents.len() * 8
    }
}
