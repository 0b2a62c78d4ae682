//! What only plans use: keys of texts, bands by number, the orders of large buckets.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryBuilder, BooleanArray, ListArray, ListBuilder, StructArray, UInt32Builder,
    UInt64Array, UInt64Builder,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, ScalarValue, exec_err};
use reprint::hash::{xxh3, xxh3_128};
use reprint::index::{Banding, CHAINS, band_keys, chain_values};

use super::arguments::{Argument, Arguments};
use super::sketch::values;
use super::{Function, external};

pub(super) fn functions() -> [Function; 6] {
    use Argument::{Bits, Key, Number, Signature, Text};
    let chains = DataType::List(Arc::new(Field::new_list_field(DataType::Struct(of_chain()), false)));
    [
        Function::new("reprint_key", &[Text], 0, DataType::Binary, key),
        Function::new("reprint_is_blank", &[Text], 0, DataType::Boolean, is_blank),
        Function::new("reprint_place", &[Bits, Bits, Key], 0, DataType::UInt64, place),
        Function::new("reprint_buckets", &[Signature, Number, Number], 0, DataType::List(values()), buckets),
        Function::new("reprint_edge_hash", &[Bits, Bits], 0, DataType::UInt64, edge_hash),
        Function::new("reprint_chains", &[Signature, Bits, Number, Number], 0, chains, chain_keys),
    ]
}

/// The key of a text: its XXH3-128, the highest byte first, so that keys sort as numbers do; that of an empty
/// text for null.
fn key(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let texts = arguments.texts(0)?;
    let mut keys = BinaryBuilder::with_capacity(arguments.rows, 16 * arguments.rows);
    for i in 0..arguments.rows {
        keys.append_value(xxh3_128(texts.get(i).unwrap_or_default().as_bytes()).to_be_bytes());
    }
    Ok(Arc::new(keys.finish()))
}

/// Whether a text is a copy of nothing; null is.
fn is_blank(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let texts = arguments.texts(0)?;
    let blank = |i| texts.get(i).is_none_or(|text: &str| text.trim_start().is_empty());
    Ok(Arc::new((0..arguments.rows).map(|i| Some(blank(i))).collect::<BooleanArray>()))
}

/// The number in the whole of what has a number in a range: it is that many behind the beginning of the range,
/// of which the third argument has eight bytes each, the lowest first.
fn place(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (ranges, numbers) = (arguments.bits(0)?, arguments.bits(1)?);
    let Some(ScalarValue::Binary(Some(starts))) = arguments.one(2)? else {
        return exec_err!("reprint_place is called without the beginnings of ranges");
    };
    let (starts, _) = starts.as_chunks::<8>();
    let place = |i| {
        let (range, number) = ranges.get(i).zip(numbers.get(i))?;
        let start = starts.get(usize::try_from(range).ok()?)?;
        Some(u64::from_le_bytes(*start) + number)
    };
    Ok(Arc::new((0..arguments.rows).map(place).collect::<UInt64Array>()))
}

fn banding(arguments: &Arguments<'_>, first: usize) -> Result<Banding> {
    let [bands, rows] = [arguments.number(first, 0)?, arguments.number(first + 1, 0)?]
        .map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    Banding::new(bands, rows).map_err(external)
}

/// The values of a signature that is not empty.
fn filled(row: Option<&[u32]>) -> Option<&[u32]> {
    row.filter(|row| row.first().is_some_and(|&value| value != u32::MAX))
}

fn buckets(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (signatures, banding) = (arguments.signatures(0)?, banding(arguments, 1)?);
    let mut lists = ListBuilder::new(UInt64Builder::new()).with_field(values());
    for i in 0..arguments.rows {
        let row = filled(signatures.get(i));
        lists.values().extend(row.into_iter().flat_map(|row| band_keys(banding, row)).map(Some));
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

/// A hash of two numbers, by which sets of edges are told apart.
fn edge_hash(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (us, vs) = (arguments.bits(0)?, arguments.bits(1)?);
    let hash = |i| {
        let (u, v) = us.get(i).zip(vs.get(i))?;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&u.to_le_bytes());
        bytes[8..].copy_from_slice(&v.to_le_bytes());
        Some(xxh3(&bytes))
    };
    Ok(Arc::new((0..arguments.rows).map(hash).collect::<UInt64Array>()))
}

fn of_chain() -> Fields {
    Fields::from(vec![
        Field::new("chain", DataType::UInt32, false),
        Field::new("order", DataType::Binary, false),
    ])
}

/// What a member of the bucket of a key is sorted by in each of the bucket's orders.
fn chain_keys(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (signatures, keys, banding) = (arguments.signatures(0)?, arguments.bits(1)?, banding(arguments, 2)?);
    let (mut chains, mut orders) = (UInt32Builder::new(), BinaryBuilder::new());
    let mut lengths = Vec::with_capacity(arguments.rows);
    for i in 0..arguments.rows {
        let row = filled(signatures.get(i)).zip(keys.get(i));
        let band = row.and_then(|(row, key)| band_keys(banding, row).position(|of_band| of_band == key));
        let found = row.zip(band);
        lengths.push(if found.is_some() { CHAINS } else { 0 });
        let Some(((row, _), band)) = found else { continue };
        for chain in 0..CHAINS {
            let values = chain_values(banding, band, chain, row);
            // The highest byte first, so that they sort as numbers do.
            let order: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
            chains.append_value(chain as u32);
            orders.append_value(order);
        }
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(chains.finish()), Arc::new(orders.finish())];
    let rows = columns[0].len();
    let items = StructArray::try_new_with_length(of_chain(), columns, None, rows)?;
    let item = Arc::new(Field::new_list_field(DataType::Struct(of_chain()), false));
    Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(items), None)?))
}
