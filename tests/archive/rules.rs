//! What all comparisons say of a match, round-ups, quotes and forms, holds in an archive as in a batch, in
//! whatever order the documents come.

use std::collections::BTreeSet;

use reprint::archive::{Archive, Options};
use reprint::corpus::{Document, Statistics};
use reprint::method::{Method, Wire};
use reprint::{Finder, Preset};

use crate::{Folder, words};

fn story(seed: u64, count: usize) -> String {
    format!("{}. ", words(1000 + seed, count).join(" "))
}

/// Three prints each of four stories, and a round-up of all; a statement, and articles that quote it; notices
/// without figures on a form, one of them printed twice.
fn texts() -> Vec<String> {
    let mut texts = Vec::new();
    for n in 0..4 {
        texts.extend((0..3).map(|print| format!("{}{}", story(50 + 4 * n + print, 4), story(n, 80))));
    }
    texts.push((0..4).map(|n| story(n, 80)).collect());
    texts.push(story(10, 60));
    texts.extend((0..3).map(|n| format!("{}{}{}", story(20 + n, 50), story(10, 60), story(30 + n, 50))));
    let name = |n: u64| words(7000 + n, 1).concat();
    let notice = |n: u64| {
        format!(
            "The family of {} of {} ask all who knew them to come to the church of {} on Monday. There will be no \
             flowers. Friends are asked to meet {} at the gate of the yard before the bells begin to ring.",
            name(n),
            name(100 + n),
            name(200 + n),
            name(300 + n)
        )
    };
    texts.extend((0..8).map(notice));
    texts.push(format!("Obituary. {}", notice(3)));
    texts
}

type Partition = BTreeSet<BTreeSet<String>>;

fn of_batch(texts: &[String], statistics: &Statistics) -> Partition {
    let report = Finder::preset(Preset::Wire).statistics(statistics.clone()).run(texts).unwrap();
    let clusters = report.clusters().iter().filter(|members| members.len() > 1);
    clusters.map(|members| members.iter().map(|d| format!("d{}", d.index())).collect()).collect()
}

fn of_archive(texts: &[String], statistics: &Statistics, order: &[usize], at_once: usize) -> Partition {
    let folder = Folder::new("rules");
    let options = Options::new(Method::Wire(Wire::default())).statistics(statistics.clone());
    let archive = Archive::open(&folder, &options).unwrap();
    for some in order.chunks(at_once) {
        archive.insert_all(some.iter().map(|&i| Document::new(format!("d{i}"), &*texts[i]))).unwrap();
    }
    let clusters = archive.snapshot().clusters();
    clusters.into_iter().filter(|c| c.len() > 1).map(|c| c.into_iter().collect()).collect()
}

#[test]
fn an_archive_joins_what_a_batch_joins() {
    let texts = texts();
    let statistics = Wire::default().measure(&texts[..]).unwrap();
    let expected: Partition = [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8], vec![9, 10, 11], vec![20, 25]]
        .iter()
        .map(|members| members.iter().map(|i| format!("d{i}")).collect())
        .collect();
    assert_eq!(of_batch(&texts, &statistics), expected);
    let mut order: Vec<usize> = (0..texts.len()).collect();
    for (turn, at_once) in [(0, 100), (0, 1), (7, 1), (11, 5), (19, 3)] {
        order.rotate_left(turn);
        order.swap(turn % 5, texts.len() - 1);
        assert_eq!(of_archive(&texts, &statistics, &order, at_once), expected, "{at_once} at once");
    }
}
