//! Texts in, clusters out: on real stories where they are at hand, and on our own.

use std::collections::{BTreeSet, HashMap};

use crate::corpus;
use crate::shared::shared;
use reprint::corpus::{Document, Documents};
use reprint::method::{Jaccard, Wire};
use reprint::shingle::{ShingleSet, Shingler};
use reprint::verify::overlap;
use reprint::{DocId, Finder, Pair, Preset, Report};

fn texts(documents: &Documents) -> Vec<&str> {
    documents.iter().map(Document::text).collect()
}

fn run(preset: Preset, texts: &[&str]) -> Report {
    Finder::preset(preset).run(texts).unwrap()
}

/// The clusters as sets of texts' places, under a renumbering.
fn partition(report: &Report, name: impl Fn(usize) -> usize) -> BTreeSet<Vec<usize>> {
    let named = |members: &[DocId]| {
        let mut names: Vec<usize> = members.iter().map(|d| name(d.index())).collect();
        names.sort_unstable();
        names
    };
    report.clusters().iter().map(named).collect()
}

#[test]
fn the_figures_of_the_five_pages() {
    let Some(folder) = shared("wire") else { return };
    let documents = corpus::read(&[folder.display().to_string()]).unwrap();
    let shingler = Shingler::words(5).unwrap();
    let sets: Vec<ShingleSet> = documents.iter().map(|d| shingler.shingle(d.text())).collect();
    let reprint = overlap(&sets[0], &sets[2]);
    assert!((reprint.resemblance() - 0.43).abs() < 0.005, "{reprint:?}");
    assert!((reprint.containment_of_a() - 0.56).abs() < 0.01, "{reprint:?}");
    assert!((reprint.containment_of_b() - 0.65).abs() < 0.015, "{reprint:?}");
    for i in 0..5 {
        for j in i + 1..5 {
            let resemblance = overlap(&sets[i], &sets[j]).resemblance();
            assert!((i, j) == (0, 2) || resemblance < 0.003, "{i} and {j}: {resemblance}");
        }
    }
}

#[test]
fn web_finds_what_comparing_all_pairs_finds() {
    let Some(file) = shared("eval/wire/docs.jsonl") else { return };
    let documents = corpus::read(&[file.display().to_string()]).unwrap();
    let texts = texts(&documents);
    let expected = all_pairs(&texts, 0.8);
    assert!(expected.len() > 100, "{}", expected.len());
    let report = run(Preset::Web, &texts);
    let together = |pair: &&Pair| report.clusters().of(pair.a) == report.clusters().of(pair.b);
    let found = expected.iter().filter(together).count();
    // Recall 0.95 is promised at the threshold itself; most pairs lie above it.
    assert!(found as f64 >= 0.95 * expected.len() as f64, "{found} of {}", expected.len());
    let false_match = report.matches().iter().find(|m| !expected.contains(&m.pair));
    assert_eq!(false_match, None);
}

/// Every pair of texts whose word 5-grams resemble each other so much, by comparing all pairs that
/// share one of their lowest shingles: of two sets with resemblance t, the lowest 1 − t of one and
/// of the other must have an element in common (Chaudhuri, Ganti, Kaushik 2006).
fn all_pairs(texts: &[&str], threshold: f64) -> BTreeSet<Pair> {
    let shingler = Shingler::words(5).unwrap();
    let sets: Vec<ShingleSet> = texts.iter().map(|t| shingler.shingle(t)).collect();
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut pairs = BTreeSet::new();
    for (i, set) in sets.iter().enumerate() {
        let prefix = set.len() - (threshold * set.len() as f64).ceil() as usize + 1;
        let mut seen = BTreeSet::new();
        for &hash in set.as_slice().iter().take(prefix) {
            let before = holders.entry(hash).or_default();
            seen.extend(before.iter().copied());
            before.push(i);
        }
        let alike = seen.into_iter().filter(|&j| overlap(&sets[i], &sets[j]).resemblance() >= threshold);
        pairs.extend(alike.map(|j| Pair::new(DocId(i as u32), DocId(j as u32))));
    }
    pairs
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let documents = corpus::sample_stories();
    let forward = texts(&documents);
    let backward: Vec<&str> = forward.iter().rev().copied().collect();
    for preset in [Preset::Web, Preset::Strict] {
        let last = forward.len() - 1;
        let there = partition(&run(preset, &forward), |i| i);
        let back = partition(&run(preset, &backward), |i| last - i);
        assert_eq!(there, back, "{preset}");
    }
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_does_not_matter() {
    let Some(file) = shared("eval/viral/docs.jsonl") else { return };
    let documents = corpus::read(&[file.display().to_string()]).unwrap();
    let texts = texts(&documents);
    for preset in [Preset::Web, Preset::Strict] {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(preset, &texts))
        };
        let (one, many) = (on(1), on(5));
        assert_eq!(one.clusters(), many.clusters(), "{preset}");
        assert_eq!(one.matches(), many.matches(), "{preset}");
    }
}

#[test]
fn empty_and_short_documents_stay_apart() {
    let texts = ["", "   ", "\u{200b}", "...", "word", "word", "other", ""];
    for preset in [Preset::Web, Preset::Strict] {
        let report = run(preset, &texts);
        assert_eq!(report.counts().documents, 8, "{preset}");
        assert_eq!(report.counts().empty, 5, "{preset}");
        let multiple: Vec<&[DocId]> = report.clusters().iter().filter(|m| m.len() > 1).collect();
        assert_eq!(multiple, [[DocId(4), DocId(5)]], "{preset}");
    }
    assert_eq!(run(Preset::Web, &[]).clusters().len(), 0);
}

#[test]
fn a_long_document_is_one_document() {
    let words: Vec<String> = (0..2_000_000).map(|i| format!("w{}", i % 300_007)).collect();
    let long = words.join(" ");
    let report = run(Preset::Web, &[&long, "short", &long]);
    assert_eq!(report.clusters().members(0), [DocId(0), DocId(2)]);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let error = |builder: reprint::method::JaccardBuilder| builder.build().unwrap_err().to_string();
    for threshold in [0.0, -1.0, 1.5, f64::NAN, f64::INFINITY] {
        let message = error(Jaccard::builder().threshold(threshold));
        assert!(message.contains("threshold"), "{message}");
    }
    for recall in [0.0, 1.0, -0.5, f64::NAN] {
        let message = error(Jaccard::builder().recall(recall));
        assert!(message.contains("recall"), "{message}");
    }
    assert!(error(Jaccard::builder().bins(0)).contains("bins"));
    assert!(error(Jaccard::builder().threshold(0.05).bins(8)).contains("bins"));
}

#[test]
fn representatives_follow_the_rule() {
    use reprint::Representative;
    let texts = [
        "one two three four five six seven eight",
        "one two three four five six seven eight nine",
        "one two three four five six seven eight!!!!!!!!!!!!!!!!!!!",
    ];
    let representative = |rule| {
        let method = Jaccard::builder().threshold(0.7).build().unwrap();
        let finder = Finder::new(method).representative(rule);
        finder.run(texts).unwrap().representative(0)
    };
    assert_eq!(representative(Representative::Earliest), Some(DocId(0)));
    assert_eq!(representative(Representative::Longest), Some(DocId(2)));
    assert_eq!(representative(Representative::MostCentral), Some(DocId(0)));
}

#[test]
fn progress_is_told_and_reaches_its_total() {
    use std::sync::{Arc, Mutex};
    let told: Arc<Mutex<Vec<reprint::Progress>>> = Arc::default();
    let listener = Arc::clone(&told);
    let finder = Finder::preset(Preset::Web).progress(move |p| listener.lock().unwrap().push(p));
    finder.run(["a b c d e f", "a b c d e f"]).unwrap();
    let told = told.lock().unwrap();
    for stage in
        [reprint::Stage::Sketch, reprint::Stage::Candidates, reprint::Stage::Verify, reprint::Stage::Cluster]
    {
        let most = told.iter().filter(|p| p.stage == stage).map(|p| p.done).max();
        let total = told.iter().find(|p| p.stage == stage).map(|p| p.total);
        assert_eq!(most, total, "{stage}");
    }
}

/// Menus of a site are standing text only where the site of each page is known.
#[test]
fn cross_mode_scores_as_a_run_over_both_where_sources_are_known() {
    let words = |seed: usize, n: usize| {
        (0..n).map(|i| format!("w{} ", (i + 7) * seed % 9973)).collect::<Vec<_>>().concat()
    };
    let menu = words(31, 120);
    // The story of page 6 is half of that of page 0.
    let page = |i: usize| match i {
        6 => menu.clone() + &words(1000, 75) + &words(4001, 75),
        _ => menu.clone() + &words(1000 + i * 97, 150),
    };
    let documents = |pages: std::ops::Range<usize>| {
        let mut documents = Documents::new();
        for i in pages {
            documents.push(Document::new(i.to_string(), page(i)).with_source("site")).unwrap();
        }
        documents
    };
    let finder = Finder::new(Wire::builder().threshold(0.1).build().unwrap());
    let report = finder.run_on(&documents(0..12)).unwrap();
    let found = finder.cross(&documents(0..6), &documents(6..12)).unwrap();
    let [m] = report.matches() else { panic!("{:?}", report.matches()) };
    let [crossed] = &found[..] else { panic!("{found:?}") };
    assert_eq!((m.pair.a.0, m.pair.b.0), (0, 6));
    assert_eq!((crossed.known.0, crossed.new.0), (0, 0));
    assert_eq!(m.score.to_bits(), crossed.score.to_bits());
}
