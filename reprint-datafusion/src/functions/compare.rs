//! Two texts by their sets, two sketches by their bits.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, StructArray, UInt32Array};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use reprint::Similarity;
use reprint::shingle::{ShingleSet, Shingler};
use reprint::verify::overlap;

use super::arguments::{Argument, Arguments};
use super::{Function, external};

pub(super) fn functions() -> [Function; 4] {
    use Argument::{Bits, Text};
    [
        Function::new("reprint_shared", &[Text, Text], 0, DataType::Struct(of_shared()), shared),
        Function::new("resemblance", &[Text, Text], 0, DataType::Float64, resemblance),
        Function::new("containment", &[Text, Text], 0, DataType::Float64, containment),
        Function::new("hamming", &[Bits, Bits], 0, DataType::UInt32, hamming),
    ]
}

fn resemblance(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    similarity(arguments, |similarity| similarity.resemblance())
}

fn containment(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    similarity(arguments, |similarity| similarity.containment_of_a())
}

fn similarity(arguments: &Arguments<'_>, of: impl Fn(Similarity) -> f64) -> Result<ArrayRef> {
    let of = |similarity: Option<Similarity>| similarity.map(&of);
    Ok(Arc::new(similarities(arguments)?.into_iter().map(of).collect::<Float64Array>()))
}

/// How alike the two texts of each row are; a text that is the same as in the row before is not read again.
fn similarities(arguments: &Arguments<'_>) -> Result<Vec<Option<Similarity>>> {
    let shingler = Shingler::words(5).map_err(external)?;
    let (a, b) = (arguments.texts(0)?, arguments.texts(1)?);
    let mut last: Option<(&str, ShingleSet)> = None;
    let mut row = |i| {
        let (a, b) = a.get(i).zip(b.get(i))?;
        let (_, of_a) = match last.take() {
            Some(same) if same.0 == a => last.insert(same),
            _ => last.insert((a, shingler.shingle(a))),
        };
        Some(overlap(of_a, &shingler.shingle(b)))
    };
    Ok((0..arguments.rows).map(&mut row).collect())
}

fn of_shared() -> Fields {
    ["score", "covered_of_a", "covered_of_b"]
        .map(|name| Field::new(name, DataType::Float64, true))
        .to_vec()
        .into()
}

/// The resemblance, and the share of each set that the other has, as plans give it for evidence.
fn shared(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let figures: [fn(Similarity) -> f64; 3] =
        [|of| of.resemblance(), |of| of.containment_of_a(), |of| of.containment_of_b()];
    let similarities = similarities(arguments)?;
    let column = |of: fn(Similarity) -> f64| -> ArrayRef {
        Arc::new(similarities.iter().map(|similarity| similarity.map(of)).collect::<Float64Array>())
    };
    let columns = figures.map(column).to_vec();
    Ok(Arc::new(StructArray::try_new_with_length(of_shared(), columns, None, arguments.rows)?))
}

fn hamming(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (a, b) = (arguments.bits(0)?, arguments.bits(1)?);
    let row = |i| Some((a.get(i)? ^ b.get(i)?).count_ones());
    Ok(Arc::new((0..arguments.rows).map(row).collect::<UInt32Array>()))
}
