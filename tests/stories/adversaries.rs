//! Corpora made to mislead the `wire` preset: right clusters, and work that is bounded by the size. The full sizes are in
//! `examples/scaling.rs`.

use crate::generated::{self, Corpus, Language};
use reprint::{DocId, Finder, Preset, Report};

fn run(corpus: &Corpus) -> (Report, (usize, usize)) {
    let report = Finder::preset(Preset::Wire).run(&corpus.texts).unwrap();
    let predicted: Vec<usize> =
        (0..corpus.texts.len() as u32).map(|d| report.clusters().of(DocId(d)).unwrap()).collect();
    let errors = corpus.errors(&predicted);
    (report, errors)
}

fn compared_per_document(report: &Report) -> f64 {
    report.counts().verified as f64 / report.counts().documents as f64
}

#[test]
fn site_furniture_joins_nothing_and_hides_nothing() {
    let language = Language::new();
    let furniture = generated::furniture(&language, 1_100, 500, 200);
    // Among so many common words, those that a page has to itself are five short stretches.
    let scattered = generated::scattered(&language, 1_100, 1_500, 200);
    for corpus in [furniture, scattered] {
        let (report, errors) = run(&corpus);
        assert_eq!(errors, (0, 0));
        assert!(compared_per_document(&report) < 5.0, "{:?}", report.counts());
    }
}

#[test]
fn a_document_that_holds_all_others_joins_none() {
    let (report, errors) = run(&generated::holder(&Language::new(), 100));
    assert_eq!(errors, (0, 0));
    assert!(compared_per_document(&report) < 2.0);
    // Beyond 525 times the length it is not even compared.
    let (report, errors) = run(&generated::holder(&Language::new(), 800));
    assert_eq!(errors, (0, 0));
    assert!(compared_per_document(&report) < 0.5, "{:?}", report.counts());
}

#[test]
fn edited_copies_are_one_story_and_notices_are_not() {
    let language = Language::new();
    // Two words of its own in each copy, wherever they are; two words in the same places of each notice.
    assert_eq!(run(&generated::edited(&language, 30)).1, (0, 0));
    // Of 840 pairs: a word may look like the one it stands for.
    let (together, apart) = run(&generated::notices(&language, 30)).1;
    assert!(together < 840 / 50 && apart == 0, "{together} {apart}");
}

#[test]
fn a_line_over_and_over_is_a_copy_of_itself_only() {
    let (_, errors) = run(&generated::one_line(&Language::new(), 20_000));
    assert_eq!(errors, (0, 0));
}

#[test]
fn many_copies_are_one_cluster() {
    let language = Language::new();
    for copies in [300, 1_200] {
        let (report, errors) = run(&generated::copies(&language, copies));
        assert_eq!(errors, (0, 0));
        assert!(compared_per_document(&report) < 1.0, "{:?}", report.counts());
    }
}

#[test]
fn scans_of_one_story_are_one_cluster() {
    let (report, errors) = run(&generated::scans(&Language::new(), 300));
    assert_eq!(errors, (0, 0));
    assert!(compared_per_document(&report) < 1.0, "{:?}", report.counts());
}

#[test]
fn round_ups_bring_no_stories_together() {
    let language = Language::new();
    for (papers, round_ups) in [(1, 1), (2, 1), (20, 1), (40, 2)] {
        let corpus = generated::round_ups(&language, papers, round_ups);
        let (report, (_, apart)) = run(&corpus);
        assert_eq!(apart, 0, "{papers} papers");
        for members in report.clusters().iter() {
            let mut stories: Vec<usize> =
                members.iter().map(|d| corpus.labels[d.index()]).filter(|&label| label < 5).collect();
            stories.dedup();
            assert!(stories.len() <= 1, "{papers} papers: {stories:?}");
        }
    }
}

#[test]
fn a_statement_stays_with_none_of_the_articles_that_quote_it() {
    for (articles, own) in [(3, 200), (5, 300), (8, 450), (8, 700)] {
        let (_, errors) = run(&generated::quotes(&Language::new(), 20, articles, own));
        assert_eq!(errors, (0, 0), "{articles} articles, {own} words");
    }
}

#[test]
fn comparisons_stay_few_among_strangers() {
    let (report, errors) = run(&generated::archive(&Language::new(), 2_000));
    assert_eq!(errors, (0, 0));
    assert!(compared_per_document(&report) < 2.0, "{:?}", report.counts());
}
