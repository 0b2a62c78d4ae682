//! Statistics of a corpus: an aggregate, and their stored form as arguments.

use std::mem::size_of_val;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};
use reprint::codec::Stored;
use reprint::corpus::Statistics;
use reprint::hash::xxh3;
use reprint::method::{StatisticsBuilder, Wire};

use super::arguments::Argument;
use super::{coerce, external};

/// Statistics that were read from their stored form: the last ones, since a column of comparisons has the
/// same for all rows, and reading them takes milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Decoded(Mutex<Option<(u64, usize, Arc<Statistics>)>>);

impl Decoded {
    /// What these bytes are.
    pub(crate) fn get(&self, bytes: &[u8]) -> Result<Arc<Statistics>> {
        let hash = xxh3(bytes);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, statistics)) = last.as_ref().filter(|last| (last.0, last.1) == (hash, bytes.len()))
        {
            return Ok(Arc::clone(statistics));
        }
        let statistics = Arc::new(Statistics::from_bytes(bytes).map_err(external)?);
        *last = Some((hash, bytes.len(), Arc::clone(&statistics)));
        Ok(statistics)
    }
}

/// `corpus_statistics`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct CorpusStatistics {
    signature: Signature,
}

impl Default for CorpusStatistics {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for CorpusStatistics {
    fn name(&self) -> &'static str {
        "corpus_statistics"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        coerce(self.name(), &[Argument::Text], 0, given)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "parts"), DataType::Binary, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return exec_err!("corpus_statistics counts every text: leave DISTINCT out");
        }
        Ok(Box::new(Counting(Some(StatisticsBuilder::new(&Wire::default())))))
    }
}

/// What is counted so far; `None` when it was given away.
#[derive(Debug)]
struct Counting(Option<StatisticsBuilder>);

impl Counting {
    fn builder(&mut self) -> &mut StatisticsBuilder {
        self.0.get_or_insert_with(|| StatisticsBuilder::new(&Wire::default()))
    }
}

impl Accumulator for Counting {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [texts] = values else {
            return exec_err!("corpus_statistics has {} arguments: give it 1", values.len());
        };
        let builder = self.builder();
        for text in texts.as_string_view().iter().flatten() {
            builder.add(text).map_err(external)?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let builder = self.0.take().unwrap_or_else(|| StatisticsBuilder::new(&Wire::default()));
        Ok(ScalarValue::Binary(Some(builder.finish().map_err(external)?.to_bytes())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.as_ref().map_or(0, StatisticsBuilder::memory)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.builder().to_bytes()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(parts) = states.first() else { return Ok(()) };
        for part in parts.as_binary::<i32>().iter().flatten() {
            let part = StatisticsBuilder::from_bytes(part).map_err(external)?;
            self.builder().merge(part).map_err(external)?;
        }
        Ok(())
    }
}
