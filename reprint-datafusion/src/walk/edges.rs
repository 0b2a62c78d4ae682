//! Alternating stars: edges that come nearer to the least document of their component with every round.
//!
//! Kiveris, Lattanzi, Mirrokni, Rastogi and Vassilvitskii, *Connected Components in `MapReduce` and Beyond*,
//! 2014. Rows of a document are sorted by neighbour, so that its least neighbour comes first and no other is
//! kept.

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
