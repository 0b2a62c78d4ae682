//! The preset `wire`: records and comparisons.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, ListBuilder, StringBuilder, StructArray, UInt32Builder,
    UInt64Builder,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use reprint::corpus::Statistics;
use reprint::method::{Comparer, Wire};
use reprint::verify::{Basis, Evidence};

use super::arguments::{Argument, Arguments};
use super::sketch::values;
use super::{Decoded, Function, coerce, external, invoke};

pub(super) fn functions() -> [Function; 1] {
    use Argument::{Number, Text};
    [Function::new("wire_record", &[Text, Number], 1, DataType::Struct(of_record()), record)]
}

fn of_record() -> Fields {
    let values = Field::new("values", DataType::List(values()), false);
    Fields::from(vec![Field::new("scale", DataType::UInt32, false), values])
}

fn record(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let wire = Wire::builder().seed(arguments.number(1, 0)?).build().map_err(external)?;
    let texts = arguments.texts(0)?;
    let mut scales = UInt32Builder::with_capacity(arguments.rows);
    let mut lists = ListBuilder::new(UInt64Builder::new()).with_field(values());
    let mut valid = Vec::with_capacity(arguments.rows);
    for i in 0..arguments.rows {
        let mut scale = 0;
        if let Some(text) = texts.get(i) {
            let record = wire.record(text).map_err(external)?;
            scale = record.scale();
            lists.values().append_slice(record.values());
        }
        lists.append(true);
        scales.append_value(scale);
        valid.push(texts.get(i).is_some());
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(scales.finish()), Arc::new(lists.finish())];
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(StructArray::try_new_with_length(of_record(), columns, nulls, arguments.rows)?))
}

const NAME: &str = "wire_compare";

/// `wire_compare`, which keeps the statistics that it read last.
#[derive(Debug)]
pub(super) struct WireCompare {
    signature: Signature,
    decoded: Decoded,
}

impl Default for WireCompare {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable), decoded: Decoded::default() }
    }
}

impl PartialEq for WireCompare {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for WireCompare {}

impl std::hash::Hash for WireCompare {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        NAME.hash(state);
    }
}

fn of_verdict() -> Fields {
    Fields::from(vec![
        Field::new("score", DataType::Float64, false),
        Field::new("is_match", DataType::Boolean, false),
        Field::new("noise", DataType::Float64, false),
        Field::new("is_form", DataType::Boolean, false),
        Field::new("basis", DataType::Utf8, false),
        Field::new("covered_of_a", DataType::Float64, false),
        Field::new("covered_of_b", DataType::Float64, false),
    ])
}

/// The name of a basis: that of the core's JSON.
pub(crate) fn basis_name(basis: Basis) -> &'static str {
    match basis {
        Basis::Identical => "identical",
        Basis::Shingles => "shingles",
        Basis::Passages => "passages",
        Basis::Scan => "scan",
        Basis::Words => "words",
        _ => "other",
    }
}

/// The share of the first text that the second covers, that of the second, and the noise.
pub(crate) fn coverage(evidence: &Evidence) -> [f64; 3] {
    match evidence {
        Evidence::Shingles(of) => [of.containment_of_a(), of.containment_of_b(), 0.0],
        Evidence::Passages(of) => [of.coverage_of_a(), of.coverage_of_b(), of.noise],
        _ => [1.0, 1.0, 0.0],
    }
}

impl ScalarUDFImpl for WireCompare {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(of_verdict()))
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        use Argument::{Share, Statistics, Text};
        coerce(NAME, &[Text, Text, Statistics, Share], 2, given)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(NAME, &args, |arguments| self.compare(arguments))
    }
}

impl WireCompare {
    fn compare(&self, arguments: &Arguments<'_>) -> Result<ArrayRef> {
        let threshold = arguments.share(3, Wire::default().threshold())?;
        let wire = Wire::default().with_threshold(threshold).map_err(external)?;
        let statistics = match arguments.one(2)? {
            Some(ScalarValue::LargeBinary(Some(bytes))) => self.decoded.get(bytes)?,
            _ => Arc::new(Statistics::default()),
        };
        let mut comparer = Comparer::new(&wire, &statistics);
        let (a, b) = (arguments.texts(0)?, arguments.texts(1)?);
        let mut scores = Float64Builder::with_capacity(arguments.rows);
        let mut matches = BooleanBuilder::with_capacity(arguments.rows);
        let mut noises = Float64Builder::with_capacity(arguments.rows);
        let mut forms = BooleanBuilder::with_capacity(arguments.rows);
        let mut bases = StringBuilder::new();
        let mut covered = [Float64Builder::new(), Float64Builder::new()];
        let mut valid = Vec::with_capacity(arguments.rows);
        for i in 0..arguments.rows {
            let texts = a.get(i).zip(b.get(i));
            let judged = texts.map(|(a, b)| comparer.judge(a, b)).transpose().map_err(external)?;
            scores.append_value(judged.map_or(0.0, |judged| judged.score));
            matches.append_value(judged.is_some_and(|judged| judged.score >= threshold));
            noises.append_value(judged.map_or(0.0, |judged| judged.noise));
            forms.append_value(judged.is_some_and(|judged| judged.is_form));
            bases.append_value(judged.map_or("", |judged| basis_name(judged.basis)));
            let [of_a, of_b, _] = judged.map_or([0.0; 3], |judged| coverage(&judged.evidence));
            covered.iter_mut().zip([of_a, of_b]).for_each(|(column, share)| column.append_value(share));
            valid.push(judged.is_some());
        }
        let [of_a, of_b] = covered.each_mut().map(Float64Builder::finish);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(scores.finish()),
            Arc::new(matches.finish()),
            Arc::new(noises.finish()),
            Arc::new(forms.finish()),
            Arc::new(bases.finish()),
            Arc::new(of_a),
            Arc::new(of_b),
        ];
        let nulls = Some(NullBuffer::from(valid));
        let array = StructArray::try_new_with_length(of_verdict(), columns, nulls, arguments.rows)?;
        debug_assert_eq!(array.len(), arguments.rows);
        Ok(Arc::new(array))
    }
}
