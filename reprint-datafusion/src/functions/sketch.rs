//! Sketches of texts.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ListBuilder, UInt32Builder, UInt64Array, UInt64Builder};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use reprint::index::{Banding, band_keys};
use reprint::method::{Jaccard, Wire};
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::{MinHashScratch, SimHasher};

use super::arguments::{Argument, Arguments, item};
use super::{Function, external};

pub(super) fn functions() -> [Function; 4] {
    use Argument::{Number, Share, Signature, Text};
    [
        Function::new("minhash", &[Text, Number, Number], 2, DataType::List(item()), minhash),
        Function::new("simhash", &[Text, Number], 1, DataType::UInt64, simhash),
        Function::new("fracminhash", &[Text, Number], 1, DataType::List(values()), fracminhash),
        Function::new("band_keys", &[Signature, Share, Share], 1, DataType::List(values()), keys),
    ]
}

/// The items of a list of 64 bits each.
pub(super) fn values() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::UInt64, false))
}

fn minhash(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let bins = usize::try_from(arguments.number(1, 128)?).unwrap_or(usize::MAX);
    // The threshold decides bands alone; any will do that so many bins can find.
    let jaccard = Jaccard::builder().threshold(1.0).recall(0.5).bins(bins).seed(arguments.number(2, 0)?);
    let jaccard = jaccard.build().map_err(external)?;
    let (mut shingles, mut scratch) = (ShingleBuffer::default(), MinHashScratch::default());
    let mut row = vec![0; bins];
    let texts = arguments.texts(0)?;
    let values = UInt32Builder::with_capacity(arguments.rows.saturating_mul(bins));
    let mut lists = ListBuilder::with_capacity(values, arguments.rows).with_field(item());
    for i in 0..arguments.rows {
        if let Some(text) = texts.get(i) {
            let hashes = jaccard.shingler().hash_into(text, &mut shingles);
            jaccard.minhasher().sketch_into(hashes, &mut scratch, &mut row).map_err(external)?;
            lists.values().append_slice(&row);
        }
        lists.append(texts.get(i).is_some());
    }
    Ok(Arc::new(lists.finish()))
}

fn simhash(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let shingler = Shingler::words(5).map_err(external)?;
    let hasher = SimHasher::<u64>::builder().seed(arguments.number(1, 0)?).build().map_err(external)?;
    let mut shingles = ShingleBuffer::default();
    let texts = arguments.texts(0)?;
    let bits = |i| hasher.sketch(shingler.hash_into(texts.get(i)?, &mut shingles)).bits();
    Ok(Arc::new(UInt64Array::from_iter((0..arguments.rows).map(bits))))
}

fn fracminhash(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let wire = Wire::builder().seed(arguments.number(1, 0)?).build().map_err(external)?;
    let texts = arguments.texts(0)?;
    let mut lists = ListBuilder::new(UInt64Builder::new()).with_field(values());
    for i in 0..arguments.rows {
        if let Some(text) = texts.get(i) {
            lists.values().append_slice(wire.record(text).map_err(external)?.values());
        }
        lists.append(texts.get(i).is_some());
    }
    Ok(Arc::new(lists.finish()))
}

fn keys(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let signatures = arguments.signatures(0)?;
    let (threshold, recall) = (arguments.share(1, 0.8)?, arguments.share(2, 0.95)?);
    // All signatures of a column are of one length; a batch of others is made right by asking anew.
    let mut banding: Option<(usize, Banding)> = None;
    let mut lists = ListBuilder::new(UInt64Builder::new()).with_field(values());
    for i in 0..arguments.rows {
        // An empty document's bins are full of what no shingle takes: it is a copy of nothing.
        let signature = signatures.get(i).filter(|row| row.first().is_some_and(|&value| value != u32::MAX));
        if let Some(row) = signature {
            let of_row = match banding {
                Some((bins, banding)) if bins == row.len() => banding,
                _ => Banding::for_recall(threshold, recall, row.len()).map_err(external)?,
            };
            banding = Some((row.len(), of_row));
            lists.values().extend(band_keys(of_row, row).map(Some));
        }
        lists.append(signature.is_some());
    }
    Ok(Arc::new(lists.finish()))
}
