//! Texts by their keys, and keys by number.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringBuilder, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;

use super::columns::batch;
use super::{Rows, Step};

/// Keeps the text of the first of each key.
pub(super) struct Texts {
    schema: SchemaRef,
    key: Option<Vec<u8>>,
}

impl Texts {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, key: None }
    }
}

impl Step for Texts {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (keys, texts, blank) = (columns.keys(0)?, columns.texts(2)?, columns.flags(3)?);
        let mut first = Vec::with_capacity(rows.num_rows());
        let mut kept = StringBuilder::new();
        for i in 0..rows.num_rows() {
            let is_first = blank.value(i) || self.key.as_deref() != Some(keys.value(i));
            if is_first {
                let key = self.key.get_or_insert_default();
                key.clear();
                key.extend_from_slice(keys.value(i));
            }
            kept.append_option((is_first && !blank.value(i)).then(|| texts.value(i)));
            first.push(is_first);
        }
        let bytes = (0..rows.num_rows()).map(|i| if texts.is_null(i) { 0 } else { texts.value_length(i) });
        let columns: Vec<ArrayRef> = vec![
            Arc::clone(rows.column(0)),
            Arc::clone(rows.column(1)),
            Arc::new(UInt64Array::from_iter_values(bytes.map(|bytes| u64::from(bytes.unsigned_abs())))),
            Arc::new(kept.finish()),
            Arc::new(BooleanArray::from(first)),
        ];
        batch(&self.schema, columns, rows.num_rows())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}

/// Numbers what is a place.
pub(super) struct Number {
    schema: SchemaRef,
    /// The places so far.
    places: u64,
}

impl Number {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, places: 0 }
    }
}

impl Step for Number {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let is_place = Rows(rows).flags(2)?;
        let place = |i| {
            self.places += u64::from(is_place.value(i));
            // The first row of all is a place.
            self.places.saturating_sub(1)
        };
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(UInt64Array::from_iter_values((0..rows.num_rows()).map(place)))];
        columns.extend(rows.columns().iter().map(Arc::clone));
        batch(&self.schema, columns, rows.num_rows())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}

/// Marks the first of each cluster.
pub(super) struct Survivors {
    schema: SchemaRef,
    cluster: Option<u64>,
}

impl Survivors {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, cluster: None }
    }
}

impl Step for Survivors {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let is_first = |&cluster: &u64| self.cluster.replace(cluster) != Some(cluster);
        let first: BooleanArray = Rows(rows).u64s(0)?.values().iter().map(is_first).map(Some).collect();
        let columns: Vec<ArrayRef> =
            vec![Arc::clone(rows.column(2)), Arc::clone(rows.column(0)), Arc::new(first)];
        batch(&self.schema, columns, rows.num_rows())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}
