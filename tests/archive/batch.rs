//! The archive against the batch: documents that come one by one, in any order, go and come again.

use std::collections::HashMap;
use std::fmt::Write;

use reprint::archive::{Archive, Options, Snapshot};
use reprint::corpus::{Document, Documents, Fields, Statistics};
use reprint::method::{Method, Text, Wire};
use reprint::{DocId, Finder, Preset};

use crate::scores::Gold;
use crate::shared::shared;
use crate::{Folder, version};

/// How many orders are tried of the labelled set: 1 unless it says otherwise.
const ORDERS: &str = "REPRINT_ARCHIVE_ORDERS";

/// A number that looks random.
fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

fn shuffle<T>(items: &mut [T], random: &mut u64) {
    for i in (1..items.len()).rev() {
        items.swap(i, (next(random) % (i as u64 + 1)) as usize);
    }
}

fn text(document: &Document) -> Text<'_> {
    let text = Text::from(document.text());
    document.about(DocId(0)).source.map_or(text, |source| text.with_source(source))
}

/// Every stored match is what comparing the two texts says, to the bit.
fn compare_matches(snapshot: &Snapshot, documents: &HashMap<&str, &Document>) -> usize {
    let matches = snapshot.matches();
    for stored in &matches {
        let (a, b) = (text(documents[&*stored.a]), text(documents[&*stored.b]));
        let verdict = snapshot.method().compare(a, b, snapshot.statistics()).unwrap();
        assert!(verdict.is_match);
        assert_eq!(stored.score.to_bits(), verdict.score.to_bits(), "{} = {}", stored.a, stored.b);
        assert_eq!(stored.basis, verdict.basis);
    }
    matches.len()
}

/// The number of each document's cluster, in the order of `ids`.
fn numbered<'a>(clusters: &[Vec<String>], ids: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let of: HashMap<&str, usize> =
        clusters.iter().enumerate().flat_map(|(i, ids)| ids.iter().map(move |id| (&**id, i))).collect();
    let mut alone = clusters.len()..;
    ids.map(|id| of.get(id).copied().unwrap_or_else(|| alone.next().unwrap())).collect()
}

/// How well the archive agrees with the labels after the documents came one by one, and after half of them went
/// and came again; beside that the batch.
fn run(documents: &Documents, gold: &Gold, method: &Method, orders: u64) {
    let statistics = match method {
        Method::Wire(wire) => wire.measure(documents).unwrap(),
        _ => Statistics::default(),
    };
    let report = Finder::new(method.clone()).statistics(statistics.clone()).run_on(documents).unwrap();
    let place: HashMap<&str, usize> = documents.iter().zip(0..).map(|(d, i)| (d.id(), i)).collect();
    let by_id: HashMap<&str, &Document> = documents.iter().map(|d| (d.id(), d)).collect();
    let ids = || gold.clusters.iter().map(|(id, _)| &**id);
    let of_batch: Vec<usize> =
        ids().map(|id| report.clusters().of(DocId(place[id] as u32)).unwrap()).collect();
    let batch = gold.score(&of_batch);
    println!("batch: {batch:?}");
    let mut random = 0x2545_f491_4f6c_dd1d;
    for order in 0..orders {
        let folder = Folder::new("orders");
        let options = Options::new(method.clone()).statistics(statistics.clone());
        let archive = Archive::open(&folder, &options).unwrap();
        let mut all: Vec<Document> = documents.iter().cloned().collect();
        shuffle(&mut all, &mut random);
        for document in all.clone() {
            archive.insert(document).unwrap();
        }
        let inserted = gold.score(&numbered(&archive.clusters(), ids()));
        let matches = compare_matches(&archive.snapshot(), &by_id);
        assert!(matches > 0);
        shuffle(&mut all, &mut random);
        let half = all.len() / 2;
        for document in &all[..half] {
            assert!(archive.remove(document.id()).unwrap());
        }
        compare_matches(&archive.snapshot(), &by_id);
        for document in all.drain(..half) {
            archive.insert(document).unwrap();
        }
        let again = gold.score(&numbered(&archive.clusters(), ids()));
        compare_matches(&archive.snapshot(), &by_id);
        println!(
            "order {order}: inserted {inserted:?}, half removed and inserted again {again:?}, {matches} matches"
        );
        for scores in [inserted, again] {
            assert!((scores.ari - batch.ari).abs() <= 0.003, "order {order}: {scores:?}, batch {batch:?}");
        }
        assert_eq!(archive.check().unwrap(), []);
    }
}

/// Stories in several versions each, and the gold table of them.
fn generated(stories: u64) -> (Documents, Gold) {
    let (mut documents, mut table) = (Documents::new(), String::new());
    for story in 0..stories {
        for copy in 0..=story % 5 {
            let id = format!("{story}-{copy}");
            // No story goes on with the next one.
            documents.push(Document::new(&*id, version(2 * story + 2_000, copy))).unwrap();
            writeln!(table, "{id}\t{story}").unwrap();
        }
    }
    (documents, Gold::parse(&table, "").unwrap())
}

#[test]
fn stories_one_by_one_are_clustered_as_in_the_batch() {
    let (documents, gold) = generated(60);
    run(&documents, &gold, &Wire::default().into(), 10);
}

#[test]
fn pages_one_by_one_are_clustered_as_in_the_batch() {
    let (documents, gold) = generated(60);
    run(&documents, &gold, &Method::from(Preset::Web).with_threshold(0.5).unwrap(), 3);
}

#[test]
fn labelled_stories_one_by_one_are_clustered_as_in_the_batch() {
    let Some(folder) = shared("eval/wire") else { return };
    let mut documents = Documents::new();
    let lines = std::io::BufReader::new(std::fs::File::open(folder.join("docs.jsonl")).unwrap());
    documents.read_json_lines(lines, "docs.jsonl", &Fields::default()).unwrap();
    let gold = Gold::read(&folder).unwrap();
    let orders = std::env::var(ORDERS).map_or(1, |orders| orders.parse().unwrap());
    run(&documents, &gold, &Wire::default().into(), orders);
}
