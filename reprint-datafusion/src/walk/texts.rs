//! Texts by their keys, and in the order of these.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringBuilder, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;

use super::columns::batch;
use super::{Rows, Step};

/// Keys that are known to have had their text, at most: enough that a text of one document in a thousand is
/// carried a thousandth as often.
const KNOWN: usize = 1 << 16;

/// Leading bits of a key that say in which part of their order it is: so many tasks can number documents at once.
pub(crate) const RANGE_BITS: u32 = 12;

/// The part of the order of keys that one is in: keys are hashes, so parts are about equal.
fn range(key: &[u8]) -> u64 {
    let mut leading = [0; 8];
    leading.iter_mut().zip(key).for_each(|(byte, &of_key)| *byte = of_key);
    u64::from_be_bytes(leading) >> (64 - RANGE_BITS)
}

/// Tells ranges, and leaves out texts that came shortly before.
pub(super) struct Copies {
    schema: SchemaRef,
    /// The last key of each that ends alike: keys are hashes already.
    known: Vec<Option<u128>>,
}

impl Copies {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, known: vec![None; KNOWN] }
    }

    /// Whether the text of a key was not carried shortly before; from now on it was.
    fn is_new(&mut self, key: &[u8]) -> bool {
        let key = key.iter().fold(0, |number, &byte| number << 8 | u128::from(byte));
        self.known[key as usize % KNOWN].replace(key) != Some(key)
    }
}

impl Step for Copies {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (keys, texts, blank) = (columns.keys(0)?, columns.texts(2)?, columns.flags(3)?);
        let mut kept = StringBuilder::new();
        let mut bytes = Vec::with_capacity(rows.num_rows());
        let mut ranges = Vec::with_capacity(rows.num_rows());
        for i in 0..rows.num_rows() {
            ranges.push(range(keys.value(i)));
            let is_text = !blank.value(i) && texts.is_valid(i);
            let is_new = is_text && self.is_new(keys.value(i));
            kept.append_option(is_new.then(|| texts.value(i)));
            let length = if texts.is_valid(i) { texts.value_length(i) } else { 0 };
            bytes.push(u64::from(length.unsigned_abs()));
        }
        let column = |place: usize| Arc::clone(rows.column(place));
        let texts: ArrayRef = Arc::new(kept.finish());
        let [ranges, bytes] =
            [ranges, bytes].map(|numbers| -> ArrayRef { Arc::new(UInt64Array::from(numbers)) });
        batch(&self.schema, vec![ranges, column(0), column(1), texts, column(3), bytes], rows.num_rows())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }

    fn memory(&self) -> usize {
        size_of::<Option<u128>>() * self.known.len()
    }
}

/// Keeps one text of each key, and numbers the places of each range.
pub(super) struct Texts {
    schema: SchemaRef,
    range: Option<u64>,
    key: Vec<u8>,
    /// Whether the key's text was given.
    is_given: bool,
    /// The places of the range so far.
    places: u64,
}

impl Texts {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, range: None, key: Vec::new(), is_given: false, places: 0 }
    }
}

impl Step for Texts {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (ranges, keys) = (columns.u64s(0)?, columns.keys(1)?);
        let (texts, blank) = (columns.texts(3)?, columns.flags(4)?);
        let mut first = Vec::with_capacity(rows.num_rows());
        let mut places = Vec::with_capacity(rows.num_rows());
        let mut kept = StringBuilder::new();
        for i in 0..rows.num_rows() {
            if self.range != Some(ranges.value(i)) {
                self.range = Some(ranges.value(i));
                self.places = 0;
            }
            let is_first = self.places == 0 || self.key != keys.value(i);
            if is_first {
                self.key.clear();
                self.key.extend_from_slice(keys.value(i));
                self.is_given = false;
            }
            let text = (!self.is_given && texts.is_valid(i)).then(|| texts.value(i));
            self.is_given |= text.is_some();
            kept.append_option(text);
            let is_place = is_first || blank.value(i);
            self.places += u64::from(is_place);
            first.push(is_place);
            places.push(self.places - 1);
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::clone(rows.column(0)),
            Arc::new(UInt64Array::from(places)),
            Arc::clone(rows.column(2)),
            Arc::clone(rows.column(5)),
            Arc::new(kept.finish()),
            Arc::new(BooleanArray::from(first)),
        ];
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
