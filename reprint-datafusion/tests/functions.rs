//! Functions give the core's bits, whatever type the texts come as.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, LargeStringArray, RecordBatch, StringArray, StringViewArray,
};
use datafusion::arrow::datatypes::{Float64Type, Int32Type, UInt32Type, UInt64Type};
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::prelude::SessionContext;
use reprint::codec::Stored;
use reprint::corpus::Statistics;
use reprint::index::{Banding, band_keys};
use reprint::method::{Jaccard, Wire};
use reprint::shingle::Shingler;
use reprint::sketch::SimHasher;
use reprint::verify::{Evidence, align, overlap};

const STORY: &str =
    "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
const COPY: &str =
    "NO BOATS. The ferry to the islands will not sail before Monday, the harbour-master said Friday.";
const OTHER: &str =
    "The council voted to close the library on Mill Street, and the mayor promised a new one.";

const TEXTS: [Option<&str>; 7] =
    [Some(STORY), Some(COPY), None, Some(""), Some(OTHER), Some("港からの船は月曜日まで出ない"), Some("a b")];

/// The texts as each type, with the next text beside each, wrapping.
fn tables() -> Vec<ArrayRef> {
    vec![
        Arc::new(StringArray::from_iter(TEXTS)),
        Arc::new(LargeStringArray::from_iter(TEXTS)),
        Arc::new(StringViewArray::from_iter(TEXTS)),
        Arc::new(DictionaryArray::<Int32Type>::from_iter(TEXTS)),
    ]
}

async fn ask(texts: &ArrayRef, query: &str) -> ArrayRef {
    let mut context = SessionContext::new();
    reprint_datafusion::register_all(&mut context).unwrap();
    let mut rotated: Vec<Option<&str>> = TEXTS.to_vec();
    rotated.rotate_left(1);
    let other: ArrayRef = Arc::new(StringArray::from_iter(rotated));
    let batch = RecordBatch::try_from_iter([("a", Arc::clone(texts)), ("b", other)]).unwrap();
    context.register_batch("t", batch).unwrap();
    let found = context.sql(&format!("SELECT {query} FROM t")).await.unwrap().collect().await.unwrap();
    Arc::clone(found[0].column(0))
}

#[tokio::test]
async fn sketches_are_those_of_the_core() {
    let (jaccard, wire, shingler) = (Jaccard::web(), Wire::default(), Shingler::words(5).unwrap());
    let simhasher = SimHasher::<u64>::builder().build().unwrap();
    let banding = Banding::for_recall(0.8, 0.95, 128).unwrap();
    for texts in tables() {
        let minhashes = ask(&texts, "minhash(a)").await;
        let simhashes = ask(&texts, "simhash(a)").await;
        let fracminhashes = ask(&texts, "fracminhash(a)").await;
        let records = ask(&texts, "wire_record(a)").await;
        let keys = ask(&texts, "band_keys(minhash(a), 0.8)").await;
        for (i, text) in TEXTS.iter().enumerate() {
            let Some(text) = text else {
                let all = [&minhashes, &simhashes, &fracminhashes, &records, &keys];
                assert!(all.iter().all(|column| column.is_null(i)));
                continue;
            };
            let signature = jaccard.record(text);
            let row = minhashes.as_list::<i32>().value(i);
            assert_eq!(row.as_primitive::<UInt32Type>().values(), signature.values());
            let bits = simhasher.sketch(&shingler.shingle(text)).bits();
            let found = simhashes.as_primitive::<UInt64Type>();
            assert_eq!(found.is_valid(i).then(|| found.value(i)), bits);
            let record = wire.record(text).unwrap();
            let row = fracminhashes.as_list::<i32>().value(i);
            assert_eq!(row.as_primitive::<UInt64Type>().values(), record.values());
            let scale = records.as_struct().column(0).as_primitive::<UInt32Type>().value(i);
            let row = records.as_struct().column(1).as_list::<i32>().value(i);
            assert_eq!(row.as_primitive::<UInt64Type>().values(), record.values());
            assert_eq!(scale, record.scale());
            if signature.is_empty() {
                assert!(keys.is_null(i));
            } else {
                let row = keys.as_list::<i32>().value(i);
                let expected: Vec<u64> = band_keys(banding, signature.values()).collect();
                assert_eq!(row.as_primitive::<UInt64Type>().values(), &expected[..]);
            }
        }
    }
}

#[tokio::test]
async fn comparisons_are_those_of_the_core() {
    let shingler = Shingler::words(5).unwrap();
    let wire = Wire::default();
    for texts in tables() {
        let resemblances = ask(&texts, "resemblance(a, b)").await;
        let containments = ask(&texts, "containment(a, b)").await;
        let passages = ask(&texts, "align(a, b)").await;
        let verdicts = ask(&texts, "wire_compare(a, b)").await;
        for (i, a) in TEXTS.iter().enumerate() {
            let (Some(a), Some(b)) = (a, TEXTS[(i + 1) % TEXTS.len()]) else {
                let all = [&resemblances, &containments, &passages, &verdicts];
                assert!(all.iter().all(|column| column.is_null(i)));
                continue;
            };
            let similarity = overlap(&shingler.shingle(a), &shingler.shingle(b));
            let number = |column: &ArrayRef| column.as_primitive::<Float64Type>().value(i);
            assert_eq!(number(&resemblances), similarity.resemblance());
            assert_eq!(number(&containments), similarity.containment_of_a());
            let expected = align(a, b).unwrap().passages;
            let row = passages.as_list::<i32>().value(i);
            let column = |name: &str| {
                row.as_struct().column_by_name(name).unwrap().as_primitive::<UInt64Type>().values().to_vec()
            };
            let of = |f: fn(&reprint::verify::Passage) -> usize| -> Vec<u64> {
                expected.iter().map(|passage| f(passage) as u64).collect()
            };
            assert_eq!(column("a_start"), of(|p| p.a.start));
            assert_eq!(column("a_end"), of(|p| p.a.end));
            assert_eq!(column("b_start"), of(|p| p.b.start));
            assert_eq!(column("b_end"), of(|p| p.b.end));
            assert_eq!(column("covered"), of(|p| p.covered));
            assert_eq!(column("equal"), of(|p| p.equal));
            assert_eq!(column("noise"), of(|p| p.noise));
            assert_eq!(column("replaced"), of(|p| p.replaced));
            assert_eq!(column("added"), of(|p| p.added));
            assert_eq!(column("left_out"), of(|p| p.left_out));
            let verdict = wire.compare(*a, b, &Statistics::default()).unwrap();
            assert_eq!(number(verdicts.as_struct().column(0)), verdict.score);
            assert_eq!(verdicts.as_struct().column(1).as_boolean().value(i), verdict.is_match);
            let covered = match verdict.evidence {
                Evidence::Passages(of) => [of.coverage_of_a(), of.coverage_of_b()],
                _ => [1.0, 1.0],
            };
            let column = |name: &str| verdicts.as_struct().column_by_name(name).unwrap();
            assert_eq!(["covered_of_a", "covered_of_b"].map(|name| number(column(name))), covered);
        }
    }
}

#[tokio::test]
async fn statistics_are_those_of_the_core() {
    let texts: Vec<&str> = TEXTS.iter().flatten().copied().collect();
    let expected = Wire::default().measure(&texts[..]).unwrap();
    for texts in tables() {
        let found = ask(&texts, "corpus_statistics(a)").await;
        let found = Statistics::from_bytes(found.as_binary::<i32>().value(0)).unwrap();
        assert_eq!(found.identity(), expected.identity());
        let score = "get_field(wire_compare(a, b, (SELECT corpus_statistics(a) FROM t)), 'score')";
        let scores = ask(&texts, score).await;
        let verdict = Wire::default().compare(STORY, COPY, &expected).unwrap();
        assert_eq!(scores.as_primitive::<Float64Type>().value(0), verdict.score);
    }
}

#[tokio::test]
async fn parts_of_statistics_merge() {
    let mut context = SessionContext::new();
    reprint_datafusion::register_all(&mut context).unwrap();
    let stories: Vec<String> = (0..200).map(|i| format!("{STORY} Number {i}. {OTHER}")).collect();
    let expected = Wire::default().measure(&stories).unwrap();
    let table: ArrayRef = Arc::new(StringArray::from_iter_values(&stories));
    let whole = RecordBatch::try_from_iter([("a", table)]).unwrap();
    let parts = (0..8).map(|i| vec![whole.slice(25 * i, 25)]).collect();
    let table = datafusion::datasource::MemTable::try_new(whole.schema(), parts).unwrap();
    context.register_table("t", Arc::new(table)).unwrap();
    let found = context.sql("SELECT corpus_statistics(a) FROM t").await.unwrap().collect().await.unwrap();
    let found = Statistics::from_bytes(found[0].column(0).as_binary::<i32>().value(0)).unwrap();
    assert_eq!(found.identity(), expected.identity());
}

#[tokio::test]
async fn hamming_counts_bits() {
    let texts = tables().remove(0);
    let found = ask(&texts, "hamming(simhash(a), simhash(b))").await;
    let same = ask(&texts, "hamming(simhash(a), simhash(a))").await;
    assert_eq!(same.as_primitive::<UInt32Type>().value(0), 0);
    assert!(found.as_primitive::<UInt32Type>().value(0) > 0);
    assert!(same.is_null(2) && same.is_null(3));
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_refused() {
    let mut context = SessionContext::new();
    reprint_datafusion::register_all(&mut context).unwrap();
    let error = async |query: &str| match context.sql(&format!("SELECT {query}")).await {
        Err(error) => error.to_string(),
        Ok(table) => table.collect().await.unwrap_err().to_string(),
    };
    for (query, said) in [
        ("minhash(7)", "argument 1 of minhash is Int64"),
        ("minhash('a', 0)", "bins"),
        ("resemblance('a')", "resemblance has 1 arguments: give it 2"),
        ("band_keys(minhash('a b c d e'), 0.01)", "recall"),
        ("band_keys('a', 0.8)", "argument 1 of band_keys is Utf8"),
        ("wire_compare('a', 'b', arrow_cast('no statistics', 'Binary'))", "statistics"),
        ("wire_compare('a', 'b', NULL, 1.5)", "threshold"),
    ] {
        let found = error(query).await;
        assert!(found.contains(said), "{query}: {found}");
    }
    assert!(context.udfs().contains("wire_compare"));
}
