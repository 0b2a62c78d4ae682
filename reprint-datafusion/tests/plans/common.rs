//! Generated corpora, tables of them, and partitions to compare.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use datafusion::datasource::MemTable;
use datafusion::prelude::{DataFrame, SessionContext};

/// Numbers that look random and are the same in every run (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// A story of so many words of a vocabulary of 5,000.
    pub(crate) fn story(&mut self, words: u64) -> String {
        let mut word = || {
            let number = self.below(5_000);
            format!("w{}", number * number % 5_000)
        };
        (0..words).map(|_| word()).collect::<Vec<_>>().join(" ")
    }

    /// The story with so many of a thousand words changed.
    pub(crate) fn changed(&mut self, story: &str, of_thousand: u64) -> String {
        let word = |(i, word): (usize, &str)| {
            if self.below(1000) < of_thousand { format!("x{i}") } else { word.to_owned() }
        };
        story.split(' ').enumerate().map(word).collect::<Vec<_>>().join(" ")
    }
}

/// Documents with their ids.
pub(crate) type Documents = Vec<(u64, Option<String>)>;

/// Stories with exact copies, near copies, a template that hundreds fill in, blank texts and short ones.
pub(crate) fn corpus(seed: u64, stories: u64) -> Documents {
    let mut random = Random(seed);
    let mut texts: Vec<Option<String>> = Vec::new();
    for _ in 0..stories {
        let story = random.story(60);
        for _ in 0..random.below(4) {
            let rate = random.below(40);
            texts.push(Some(random.changed(&story, rate)));
        }
        texts.push(Some(story));
    }
    // Buckets of more than eight, whose members are not all copies of each other.
    let template = random.story(80);
    for _ in 0..150 {
        let filled = random.changed(&template, 25);
        texts.push(Some(random.changed(&filled, 8)));
        texts.push(Some(filled));
    }
    let copied = random.story(40);
    texts.extend(std::iter::repeat_n(Some(copied), 40));
    let blank = [None, Some(""), Some("  "), Some("\n"), Some(""), None];
    texts.extend(blank.map(|text| text.map(str::to_owned)));
    let short = ["a", "a", "A", "a b", "a b", "one two three four five", "One two three four five!"];
    texts.extend(short.map(|text| Some(text.to_owned())));
    // Ids in another order than that of the texts.
    let mut ids: Vec<u64> = (0..texts.len() as u64).collect();
    for i in (1..ids.len()).rev() {
        ids.swap(i, random.below(i as u64 + 1) as usize);
    }
    ids.into_iter().zip(texts).collect()
}

/// A table of documents in so many parts, in the order given.
pub(crate) fn table(
    context: &SessionContext,
    documents: &[(u64, Option<String>)],
    parts: usize,
) -> DataFrame {
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::UInt64, true),
        Field::new("text", DataType::Utf8, true),
    ]));
    let part = |documents: &[(u64, Option<String>)]| {
        let ids: ArrayRef = Arc::new(UInt64Array::from_iter_values(documents.iter().map(|d| d.0)));
        let texts: ArrayRef = Arc::new(documents.iter().map(|d| d.1.as_deref()).collect::<StringArray>());
        vec![RecordBatch::try_new(Arc::clone(&schema), vec![ids, texts]).unwrap()]
    };
    let parts = documents.chunks(documents.len().div_ceil(parts).max(1)).map(part).collect();
    context.read_table(Arc::new(MemTable::try_new(Arc::clone(&schema), parts).unwrap())).unwrap()
}

/// The members of each cluster.
pub(crate) type Partition = BTreeSet<Vec<u64>>;

/// The partition that (id, cluster) is.
pub(crate) async fn partition(clusters: DataFrame) -> Partition {
    let clusters = clusters.select_columns(&["id", "cluster"]).unwrap();
    let mut members: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for batch in clusters.collect().await.unwrap() {
        let (ids, clusters) = (batch.column(0), batch.column(1));
        let (ids, clusters) = (ids.as_primitive::<UInt64Type>(), clusters.as_primitive::<UInt64Type>());
        assert_eq!(ids.null_count() + clusters.null_count(), 0);
        for (&id, &cluster) in ids.values().iter().zip(clusters.values()) {
            members.entry(cluster).or_default().push(id);
        }
    }
    members.values_mut().for_each(|members| members.sort_unstable());
    members.into_values().collect()
}

/// The partition that the core makes.
pub(crate) fn partition_of_core(
    documents: &[(u64, Option<String>)],
    method: impl Into<reprint::method::Method>,
) -> Partition {
    let texts: Vec<&str> = documents.iter().map(|d| d.1.as_deref().unwrap_or_default()).collect();
    let report = reprint::Finder::new(method).run(texts).unwrap();
    let members = report.clusters().iter().map(|members| {
        let mut ids: Vec<u64> = members.iter().map(|document| documents[document.index()].0).collect();
        ids.sort_unstable();
        ids
    });
    members.collect()
}
