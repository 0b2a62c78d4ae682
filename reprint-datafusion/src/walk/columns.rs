//! Columns that are read and made by walks.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, RecordBatch, RecordBatchOptions, StringArray,
    UInt32Array, UInt64Array,
};
use datafusion::arrow::datatypes::{SchemaRef, UInt32Type, UInt64Type};
use datafusion::common::{Result, internal_err};

/// The columns of a batch by their place.
pub(crate) struct Rows<'a>(pub(crate) &'a RecordBatch);

/// Gives a column as what it is.
macro_rules! columns {
    ($($name:ident $array:ty, $cast:expr;)*) => {
        $(pub(crate) fn $name(&self, place: usize) -> Result<&'a $array> {
            let cast: fn(&'a ArrayRef) -> Option<&'a $array> = $cast;
            let column = self.0.columns().get(place);
            let Some(array) = column.and_then(cast) else {
                let of = column.map(|column| column.data_type());
                return internal_err!("column {place} is {of:?} and was to be {}", stringify!($array));
            };
            Ok(array)
        })*
    };
}

impl<'a> Rows<'a> {
    columns! {
        u64s UInt64Array, |array| array.as_primitive_opt::<UInt64Type>();
        u32s UInt32Array, |array| array.as_primitive_opt::<UInt32Type>();
        keys BinaryArray, |array| array.as_binary_opt::<i32>();
        texts StringArray, |array| array.as_string_opt::<i32>();
        flags BooleanArray, |array| array.as_boolean_opt();
    }
}

/// A batch of columns, which may be of no rows.
pub(super) fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// A batch of pairs of numbers; leaves the vectors empty.
pub(super) fn pairs(schema: &SchemaRef, a: &mut Vec<u64>, b: &mut Vec<u64>) -> Result<RecordBatch> {
    let rows = a.len();
    let column = |values: &mut Vec<u64>| -> ArrayRef { Arc::new(UInt64Array::from(std::mem::take(values))) };
    let columns = vec![column(a), column(b)];
    batch(schema, columns, rows)
}
