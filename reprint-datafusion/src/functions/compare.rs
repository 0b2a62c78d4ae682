//! Two texts by their sets, two sketches by their bits.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, UInt32Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use reprint::Similarity;
use reprint::shingle::Shingler;
use reprint::verify::overlap;

use super::arguments::{Argument, Arguments};
use super::{Function, external};

pub(super) fn functions() -> [Function; 3] {
    use Argument::{Bits, Text};
    [
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
    let shingler = Shingler::words(5).map_err(external)?;
    let (a, b) = (arguments.texts(0)?, arguments.texts(1)?);
    let row = |i| Some(of(overlap(&shingler.shingle(a.get(i)?), &shingler.shingle(b.get(i)?))));
    Ok(Arc::new(Float64Array::from_iter((0..arguments.rows).map(row))))
}

fn hamming(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (a, b) = (arguments.bits(0)?, arguments.bits(1)?);
    let row = |i| Some((a.get(i)? ^ b.get(i)?).count_ones());
    Ok(Arc::new(UInt32Array::from_iter((0..arguments.rows).map(row))))
}
