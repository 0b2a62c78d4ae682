//! Buckets of bands as pairs, as the core makes them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use reprint::index::SMALL_BUCKET;

use super::columns::{batch, pairs};
use super::{Rows, Step};

/// Gives all pairs of a small bucket, and the members of a large one.
pub(super) struct Buckets {
    schema: SchemaRef,
    key: Option<u64>,
    /// Those of the bucket that were not given yet.
    members: Vec<u64>,
    is_large: bool,
    a: Vec<u64>,
    b: Vec<Option<u64>>,
    keys: Vec<u64>,
}

impl Buckets {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            key: None,
            members: Vec::new(),
            is_large: false,
            a: Vec::new(),
            b: Vec::new(),
            keys: Vec::new(),
        }
    }

    fn give(&mut self, a: u64, b: Option<u64>) {
        self.a.push(a);
        self.b.push(b);
        self.keys.push(self.key.unwrap_or_default());
    }

    fn add(&mut self, key: u64, member: u64) {
        if self.key != Some(key) {
            self.close();
            self.key = Some(key);
        }
        self.members.push(member);
        if self.is_large || self.members.len() > SMALL_BUCKET {
            self.is_large = true;
            for member in std::mem::take(&mut self.members) {
                self.give(member, None);
            }
        }
    }

    fn close(&mut self) {
        let mut members = std::mem::take(&mut self.members);
        members.sort_unstable();
        for (i, &a) in members.iter().enumerate() {
            for &b in &members[i + 1..] {
                self.give(a, Some(b));
            }
        }
        self.is_large = false;
    }

    fn given(&mut self) -> Result<RecordBatch> {
        let rows = self.a.len();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt64Array::from(std::mem::take(&mut self.a))),
            Arc::new(UInt64Array::from(std::mem::take(&mut self.b))),
            Arc::new(UInt64Array::from(std::mem::take(&mut self.keys))),
        ];
        batch(&self.schema, columns, rows)
    }
}

impl Step for Buckets {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        for (&key, &place) in columns.u64s(0)?.values().iter().zip(columns.u64s(1)?.values()) {
            self.add(key, place);
        }
        self.given()
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        self.close();
        self.given()
    }
}

/// Pairs each member of a large bucket with the next in one of its orders.
pub(super) struct Neighbours {
    schema: SchemaRef,
    last: Option<((u64, u32), u64)>,
    a: Vec<u64>,
    b: Vec<u64>,
}

impl Neighbours {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, last: None, a: Vec::new(), b: Vec::new() }
    }
}

impl Step for Neighbours {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (keys, chains, places) = (columns.u64s(0)?, columns.u32s(1)?, columns.u64s(3)?);
        for i in 0..rows.num_rows() {
            let (order, place) = ((keys.value(i), chains.value(i)), places.value(i));
            if let Some((_, last)) = self.last.filter(|&(of, last)| of == order && last != place) {
                self.a.push(last.min(place));
                self.b.push(last.max(place));
            }
            self.last = Some((order, place));
        }
        pairs(&self.schema, &mut self.a, &mut self.b)
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        pairs(&self.schema, &mut self.a, &mut self.b)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Array;
    use datafusion::arrow::datatypes::{DataType, Field, Schema};

    use super::super::Walk;
    use super::*;

    #[test]
    fn buckets_cost_linear_work() {
        let buckets = [(1, 1_u64), (2, 8), (3, 9), (4, 1000)];
        let rows: Vec<(u64, u64)> =
            buckets.into_iter().flat_map(|(key, members)| (0..members).map(move |m| (key, m))).collect();
        let field = |name| Field::new(name, DataType::UInt64, false);
        let input = Arc::new(Schema::new(vec![field("key"), field("place")]));
        // The same, however rows come.
        for size in [1, 3, 5000] {
            let mut step = Buckets::new(Walk::Buckets.gives(&input).unwrap());
            let (mut linked, mut large) = (0, 0);
            let mut take = |given: RecordBatch| {
                let b = Rows(&given).u64s(1).unwrap();
                linked += b.len() - b.null_count();
                large += b.null_count();
            };
            for rows in rows.chunks(size) {
                let columns: Vec<ArrayRef> = vec![
                    Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.0))),
                    Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.1))),
                ];
                take(step.push(&RecordBatch::try_new(Arc::clone(&input), columns).unwrap()).unwrap());
            }
            take(step.finish().unwrap());
            assert_eq!((linked, large), (28, 1009));
        }
    }
}
