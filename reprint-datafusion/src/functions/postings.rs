//! What only the plan of `wire` uses: records with what a corpus says of them, and candidates.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryBuilder, BooleanBuilder, ListArray, StructArray, UInt64Builder,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use reprint::index::{PostingsJudge, PostingsRules, PostingsSize, SharedValues};

use super::arguments::{Argument, Arguments};
use super::{Function, coerce, external, invoke};
use crate::walk::Linking;

pub(super) fn functions() -> [Function; 1] {
    use Argument::{Bits, Key};
    let returns = DataType::Struct(of_candidate());
    let arguments = &[Bits, Bits, Bits, Bits, Bits, Key, Bits, Bits, Key, Bits, Bits, Bits, Bits];
    [Function::new("reprint_candidate", arguments, 0, returns, candidate)]
}

const NAME: &str = "reprint_wire_record";

/// The records of texts, with the values that stand by what a corpus says.
#[derive(Debug)]
pub(crate) struct WireRecords {
    signature: Signature,
    linking: Arc<Linking>,
}

impl WireRecords {
    pub(crate) fn new(linking: Arc<Linking>) -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable), linking }
    }
}

impl PartialEq for WireRecords {
    fn eq(&self, other: &Self) -> bool {
        self.linking == other.linking
    }
}

impl Eq for WireRecords {}

impl Hash for WireRecords {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.linking.hash(state);
    }
}

fn of_posting() -> Fields {
    Fields::from(vec![
        Field::new("value", DataType::UInt64, false),
        Field::new("skipped", DataType::Boolean, false),
    ])
}

fn of_record() -> Fields {
    let number = |name: &str, nullable| Field::new(name, DataType::UInt64, nullable);
    let posting = Arc::new(Field::new_list_field(DataType::Struct(of_posting()), false));
    Fields::from(vec![
        number("scale", false),
        number("count", false),
        number("digest", false),
        number("letters", true),
        Field::new("keys", DataType::Binary, false),
        Field::new("postings", DataType::List(posting), false),
    ])
}

impl ScalarUDFImpl for WireRecords {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(of_record()))
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        coerce(NAME, &[Argument::Text], 0, given)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(NAME, &args, |arguments| self.records(arguments))
    }
}

impl WireRecords {
    fn records(&self, arguments: &Arguments<'_>) -> Result<ArrayRef> {
        let (wire, boilerplate) = (&self.linking.wire, self.linking.statistics.boilerplate());
        let texts = arguments.texts(0)?;
        let mut numbers: [UInt64Builder; 4] = Default::default();
        let mut packed = BinaryBuilder::new();
        let (mut values, mut skipped) = (UInt64Builder::new(), BooleanBuilder::new());
        let mut lengths = Vec::with_capacity(arguments.rows);
        for i in 0..arguments.rows {
            let text = texts.get(i).unwrap_or_default();
            let record = wire.record(text).map_err(external)?;
            let standing = boilerplate.standing_values(&record, None);
            let mut keys: Vec<u32> = record.values().iter().map(|&value| value as u32).collect();
            for (&key, stands) in keys.iter().zip(standing) {
                values.append_value(u64::from(key));
                skipped.append_value(stands);
            }
            lengths.push(keys.len());
            let digest = record.values().iter().fold(0, |sum: u64, &value| sum.wrapping_add(value));
            numbers[0].append_value(u64::from(record.scale()));
            numbers[1].append_value(keys.len() as u64);
            numbers[2].append_value(digest);
            numbers[3].append_option(wire.digest(text).map_err(external)?);
            keys.sort_unstable();
            packed.append_value(keys.iter().flat_map(|key| key.to_le_bytes()).collect::<Vec<u8>>());
        }
        let postings: Vec<ArrayRef> = vec![Arc::new(values.finish()), Arc::new(skipped.finish())];
        let rows = postings[0].len();
        let postings = StructArray::try_new_with_length(of_posting(), postings, None, rows)?;
        let item = Arc::new(Field::new_list_field(DataType::Struct(of_posting()), false));
        let postings =
            ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(postings), None)?;
        let mut columns: Vec<ArrayRef> =
            numbers.iter_mut().map(|number| Arc::new(number.finish()) as ArrayRef).collect();
        columns.push(Arc::new(packed.finish()));
        columns.push(Arc::new(postings));
        Ok(Arc::new(StructArray::try_new_with_length(of_record(), columns, None, arguments.rows)?))
    }
}

fn of_candidate() -> Fields {
    let number = |name: &str| Field::new(name, DataType::UInt64, false);
    Fields::from(vec![number("strength"), number("shared")])
}

/// Whether what a holder shares makes it a candidate: then what orders it, the least first.
fn candidate(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let bits = |place| arguments.bits(place);
    let documents = bits(0)?.get(0).unwrap_or_default();
    let judge = PostingsJudge::new(PostingsRules::default(), documents);
    let (own_values, own_scale, portions, held) = (bits(1)?, bits(2)?, bits(3)?, bits(4)?);
    let (remaining, other_keys) = (arguments.keys(5)?, arguments.keys(8)?);
    let (other_values, other_scale) = (bits(6)?, bits(7)?);
    let (shared, of_bits, portion, rare) = (bits(9)?, bits(10)?, bits(11)?, bits(12)?);
    let small = |value: Option<u64>| u32::try_from(value.unwrap_or_default()).unwrap_or(u32::MAX);
    let (mut strengths, mut counts) = (UInt64Builder::new(), UInt64Builder::new());
    let mut valid = Vec::with_capacity(arguments.rows);
    for i in 0..arguments.rows {
        let own = PostingsSize { values: small(own_values.get(i)), scale: small(own_scale.get(i)) };
        let other = PostingsSize { values: small(other_values.get(i)), scale: small(other_scale.get(i)) };
        let mut sums = SharedValues {
            values: small(shared.get(i)),
            bits: of_bits.get(i).unwrap_or_default(),
            portion: portion.get(i).unwrap_or_default(),
            rare: rare.get(i).unwrap_or_default(),
        };
        let (keys, _) = other_keys.get(i).unwrap_or_default().as_chunks::<4>();
        let (left, _) = remaining.get(i).unwrap_or_default().as_chunks::<16>();
        for value in left {
            let number = |half: usize| {
                value[8 * half..].first_chunk().map_or(0, |bytes: &[u8; 8]| u64::from_le_bytes(*bytes))
            };
            let key = number(0) as u32;
            if keys.binary_search_by_key(&key, |bytes| u32::from_le_bytes(*bytes)).is_ok() {
                sums.add(judge.weight(number(1)));
            }
        }
        let portions = portions.get(i).unwrap_or_default();
        let found = judge.candidate(own, portions, small(held.get(i)), other, sums);
        strengths.append_value(found.map_or(0, |found| u64::from(u32::MAX - found.strength.to_bits())));
        counts.append_value(found.map_or(0, |found| u64::from(u32::MAX - found.shared)));
        valid.push(found.is_some());
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(strengths.finish()), Arc::new(counts.finish())];
    let nulls = Some(NullBuffer::from(valid));
    let array = StructArray::try_new_with_length(of_candidate(), columns, nulls, arguments.rows)?;
    debug_assert_eq!(array.len(), arguments.rows);
    Ok(Arc::new(array))
}
