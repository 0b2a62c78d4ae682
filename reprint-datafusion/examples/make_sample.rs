//! Makes a Parquet file of generated stories and their copies: `make_sample OUT.parquet [DOCUMENTS] [WORDS]`.
//!
//! Of three stories one has a copy, a word in a hundred of which is another. Ids are `story-0` and so on, with
//! the number of the story in the column `story`, so that what is found can be checked.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::ArrowWriter;

type Error = Box<dyn std::error::Error>;

/// Rows of a row group.
const ROWS: u64 = 10_000;

/// Words of the vocabulary.
const VOCABULARY: f64 = 50_000.0;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: make_sample OUT.parquet [DOCUMENTS] [WORDS]")?;
    let documents: u64 = arguments.next().map_or(Ok(10_000), |number| number.parse())?;
    let words: u64 = arguments.next().map_or(Ok(60), |number| number.parse())?;
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("story", DataType::UInt64, false),
        Field::new("text", DataType::Utf8, false),
    ]));
    let mut writer = ArrowWriter::try_new(File::create(&path)?, Arc::clone(&schema), None)?;
    for start in (0..documents).step_by(ROWS as usize) {
        let numbers = start..documents.min(start + ROWS);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(numbers.clone().map(|number| format!("story-{number}")))),
            Arc::new(UInt64Array::from_iter_values(numbers.clone().map(story_of))),
            Arc::new(StringArray::from_iter_values(numbers.map(|number| text(number, words)))),
        ];
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
        // Whoever reads holds a row group.
        writer.flush()?;
    }
    writer.close()?;
    println!("{documents} documents in {path}");
    Ok(())
}

/// Of four documents the last is a copy of the first.
fn story_of(number: u64) -> u64 {
    if number % 4 == 3 { number - 3 } else { number }
}

/// The text of a document: its story's words by Zipf's law, with a hundredth of them changed in a copy.
fn text(number: u64, words: u64) -> String {
    let story = story_of(number);
    let word = |i: u64| {
        let hash = mix(mix(story) ^ i);
        let share = (hash >> 11) as f64 / (1_u64 << 53) as f64;
        let changed = number != story && mix(hash ^ number).is_multiple_of(100);
        let rank = VOCABULARY.powf(share) as u64 + u64::from(changed) * 60_000;
        spelled(rank)
    };
    (0..words).map(word).collect::<Vec<_>>().join(" ")
}

/// A word for each number.
fn spelled(mut rank: u64) -> String {
    const SYLLABLES: [&str; 32] = [
        "ba", "be", "bo", "da", "de", "di", "fa", "fe", "ga", "go", "ha", "he", "ka", "ki", "la", "le", "lo",
        "ma", "me", "mi", "na", "ne", "no", "pa", "ra", "re", "ri", "sa", "se", "ta", "te", "to",
    ];
    let mut word = String::new();
    loop {
        word += SYLLABLES[(rank % 32) as usize];
        rank /= 32;
        if rank == 0 {
            return word;
        }
    }
}

/// Numbers that look random (splitmix64, Steele, Lea, Flood 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
