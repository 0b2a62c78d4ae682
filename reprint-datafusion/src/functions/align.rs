//! The passages that two texts share.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ListArray, StructArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use reprint::verify::{Aligner, Passage};

use super::arguments::{Argument, Arguments};
use super::{Function, external};

pub(super) fn functions() -> [Function; 1] {
    let item = Field::new_list_field(DataType::Struct(fields()), false);
    let returns = DataType::List(Arc::new(item));
    [Function::new("align", &[Argument::Text, Argument::Text], 0, returns, align)]
}

/// A field of a passage and its name.
type Column = (&'static str, fn(&Passage) -> usize);

const COLUMNS: [Column; 10] = [
    ("a_start", |passage| passage.a.start),
    ("a_end", |passage| passage.a.end),
    ("b_start", |passage| passage.b.start),
    ("b_end", |passage| passage.b.end),
    ("covered", |passage| passage.covered),
    ("equal", |passage| passage.equal),
    ("noise", |passage| passage.noise),
    ("replaced", |passage| passage.replaced),
    ("added", |passage| passage.added),
    ("left_out", |passage| passage.left_out),
];

fn fields() -> Fields {
    COLUMNS.iter().map(|(name, _)| Field::new(*name, DataType::UInt64, false)).collect()
}

fn align(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (a, b) = (arguments.texts(0)?, arguments.texts(1)?);
    let mut aligner = Aligner::default();
    let mut passages: Vec<Passage> = Vec::new();
    let (mut lengths, mut valid) = (Vec::new(), Vec::new());
    for i in 0..arguments.rows {
        let before = passages.len();
        let texts = a.get(i).zip(b.get(i));
        if let Some((a, b)) = texts {
            passages.extend(aligner.align(a, b).map_err(external)?.passages);
        }
        lengths.push(passages.len() - before);
        valid.push(texts.is_some());
    }
    let column = |(_, of): &Column| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(passages.iter().map(|passage| of(passage) as u64)))
    };
    let fields = fields();
    let passages = StructArray::try_new_with_length(
        fields.clone(),
        COLUMNS.iter().map(column).collect(),
        None,
        passages.len(),
    )?;
    let item = Arc::new(Field::new_list_field(DataType::Struct(fields), false));
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(passages), nulls)?))
}
