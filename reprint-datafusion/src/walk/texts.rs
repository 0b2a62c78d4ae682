//! Texts by their keys, and keys by number.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringBuilder, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;

use super::columns::batch;
use super::{Rows, Step};

/// Keys that are known to have had their text: 2 MB, and enough that a text of one document in a thousand is
/// carried a thousandth as often.
const KNOWN: usize = 1 << 16;

/// Leaves out texts that came shortly before.
pub(super) struct Copies {
    schema: SchemaRef,
    known: HashSet<Vec<u8>>,
}

impl Copies {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, known: HashSet::new() }
    }
}

impl Step for Copies {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (keys, texts, blank) = (columns.keys(0)?, columns.texts(2)?, columns.flags(3)?);
        let mut kept = StringBuilder::new();
        let mut bytes = Vec::with_capacity(rows.num_rows());
        for i in 0..rows.num_rows() {
            let is_text = !blank.value(i) && texts.is_valid(i);
            let is_new = is_text && !self.known.contains(keys.value(i));
            if is_new {
                if self.known.len() >= KNOWN {
                    self.known.clear();
                }
                self.known.insert(keys.value(i).to_vec());
            }
            kept.append_option(is_new.then(|| texts.value(i)));
            let length = if texts.is_valid(i) { texts.value_length(i) } else { 0 };
            bytes.push(u64::from(length.unsigned_abs()));
        }
        let column = |place: usize| Arc::clone(rows.column(place));
        let texts: ArrayRef = Arc::new(kept.finish());
        let bytes: ArrayRef = Arc::new(UInt64Array::from(bytes));
        batch(&self.schema, vec![column(0), column(1), texts, column(3), bytes], rows.num_rows())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }

    fn memory(&self) -> usize {
        self.known.capacity() * 48
    }
}

/// Keeps one text of each key.
pub(super) struct Texts {
    schema: SchemaRef,
    key: Option<Vec<u8>>,
    /// Whether the key's text was given.
    is_given: bool,
}

impl Texts {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, key: None, is_given: false }
    }
}

impl Step for Texts {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (keys, texts, blank) = (columns.keys(0)?, columns.texts(2)?, columns.flags(3)?);
        let mut first = Vec::with_capacity(rows.num_rows());
        let mut kept = StringBuilder::new();
        for i in 0..rows.num_rows() {
            let is_first = self.key.as_deref() != Some(keys.value(i));
            if is_first {
                let key = self.key.get_or_insert_default();
                key.clear();
                key.extend_from_slice(keys.value(i));
                self.is_given = false;
            }
            let text = (!self.is_given && texts.is_valid(i)).then(|| texts.value(i));
            self.is_given |= text.is_some();
            kept.append_option(text);
            first.push(is_first || blank.value(i));
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::clone(rows.column(0)),
            Arc::clone(rows.column(1)),
            Arc::clone(rows.column(4)),
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
