//! Functions over columns: those of the core, with its bits.

mod align;
mod arguments;
mod compare;
mod internal;
mod postings;
mod sketch;
mod statistics;
mod wire;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arguments::{Argument, Arguments};
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue, plan_err};
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
pub(crate) use postings::WireRecords;
pub(crate) use statistics::Decoded;
pub(crate) use wire::{basis_name, coverage};

/// Registers every function of this crate.
///
/// Nulls give nulls. A text may be `Utf8`, `LargeUtf8`, `Utf8View` or a dictionary of one of them.
///
/// | function | gives | by the core's |
/// |---|---|---|
/// | `minhash(text [, bins [, seed]])` | `List<UInt32>`: the signature of its word 5-grams, of 128 bins | [`Jaccard::record`](reprint::method::Jaccard::record) |
/// | `simhash(text [, seed])` | `UInt64`: 64 bits of its word 5-grams; null of a text without one | [`SimHasher::sketch`](reprint::sketch::SimHasher::sketch) |
/// | `fracminhash(text [, seed])` | `List<UInt64>`: values of its letter grams, rising | [`Wire::record`](reprint::method::Wire::record) |
/// | `band_keys(signature, threshold [, recall])` | `List<UInt64>`: the keys of its bands; null of an empty signature | [`band_keys`](reprint::index::band_keys) |
/// | `resemblance(a, b)` | `Float64` in \[0, 1\], of their sets of word 5-grams | [`Similarity::resemblance`](reprint::Similarity::resemblance) |
/// | `containment(a, b)` | `Float64` in \[0, 1\]: the share of a's word 5-grams that b has | [`Similarity::containment_of_a`](reprint::Similarity::containment_of_a) |
/// | `hamming(a, b)` | `UInt32`: the bits in which two `UInt64` differ | |
/// | `align(a, b)` | `List<Struct>`: the passages that both share; the fields are those of [`Passage`](reprint::verify::Passage), ends of ranges as `a_start`, `a_end`, `b_start`, `b_end`, all `UInt64` | [`align`](reprint::verify::align()) |
/// | `wire_record(text [, seed])` | `Struct<scale: UInt32, values: List<UInt64>>` | [`Wire::record`](reprint::method::Wire::record) |
/// | `wire_compare(a, b [, statistics [, threshold]])` | `Struct<score: Float64, is_match: Boolean, noise: Float64, is_form: Boolean, basis: Utf8, covered_of_a: Float64, covered_of_b: Float64>` | [`Comparer::judge`](reprint::method::Comparer::judge) |
/// | `corpus_statistics(text)`, an aggregate | `Binary`: the [stored form](reprint::codec) of the statistics of all texts | [`StatisticsBuilder`](reprint::method::StatisticsBuilder) |
///
/// Bins, seeds, thresholds, recalls and statistics are literals or the same for all rows.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> datafusion::error::Result<()> {
/// use datafusion::prelude::SessionContext;
///
/// let mut context = SessionContext::new();
/// reprint_datafusion::register_all(&mut context)?;
/// let answer = context.sql("SELECT resemblance('one two three four five six', 'one two three four five')").await?;
/// let batches = answer.collect().await?;
/// assert_eq!(datafusion::arrow::util::display::array_value_to_string(batches[0].column(0), 0)?, "0.5");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the registry takes no functions.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for function in scalar_functions() {
        registry.register_udf(function)?;
    }
    for function in aggregate_functions() {
        registry.register_udaf(function)?;
    }
    Ok(())
}

/// The scalar functions that [`register_all`] registers.
pub fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    let of = |function| Arc::new(ScalarUDF::new_from_impl(function));
    let mut functions: Vec<Arc<ScalarUDF>> = Vec::new();
    functions.extend(sketch::functions().map(of));
    functions.extend(compare::functions().map(of));
    functions.extend(align::functions().map(of));
    functions.extend(wire::functions().map(of));
    functions.extend(internal::functions().map(of));
    functions.extend(postings::functions().map(of));
    functions.push(Arc::new(ScalarUDF::new_from_impl(wire::WireCompare::default())));
    functions
}

/// The aggregate functions that [`register_all`] registers.
pub fn aggregate_functions() -> Vec<Arc<AggregateUDF>> {
    vec![Arc::new(AggregateUDF::new_from_impl(statistics::CorpusStatistics::default()))]
}

/// A scalar function.
#[derive(Debug)]
struct Function {
    name: &'static str,
    signature: Signature,
    /// The arguments, of which the last so many may be left out.
    arguments: &'static [Argument],
    optional: usize,
    returns: DataType,
    run: fn(&Arguments<'_>) -> Result<ArrayRef>,
}

impl Function {
    fn new(
        name: &'static str,
        arguments: &'static [Argument],
        optional: usize,
        returns: DataType,
        run: fn(&Arguments<'_>) -> Result<ArrayRef>,
    ) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { name, signature, arguments, optional, returns, run }
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        coerce(self.name, self.arguments, self.optional, given)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(self.name, &args, self.run)
    }
}

/// The types that the arguments come as.
fn coerce(
    function: &str,
    arguments: &[Argument],
    optional: usize,
    given: &[DataType],
) -> Result<Vec<DataType>> {
    let (least, most) = (arguments.len() - optional, arguments.len());
    if !(least..=most).contains(&given.len()) {
        let count = if least == most { least.to_string() } else { format!("{least} to {most}") };
        return plan_err!("{function} has {} arguments: give it {count}", given.len());
    }
    let types = arguments.iter().zip(given).enumerate();
    types.map(|(number, (argument, from))| argument.coerce(function, number, from)).collect()
}

/// Runs a function over rows: over one where no argument is a column.
fn invoke(
    function: &'static str,
    args: &ScalarFunctionArgs,
    run: impl FnOnce(&Arguments<'_>) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let is_one = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
    let rows = if is_one { 1 } else { args.number_rows };
    let array = run(&Arguments { function, values: &args.args, rows })?;
    if is_one {
        return ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar);
    }
    Ok(ColumnarValue::Array(array))
}

/// An error of the core, as the engine's.
pub(crate) fn external(error: reprint::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
