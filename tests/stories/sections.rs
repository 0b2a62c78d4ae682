//! Laws of passages: what `align`, `differences` and `repeats` show.

use std::ops::Range;

use proptest::prelude::*;
use reprint::corpus::Statistics;
use reprint::method::Wire;
use reprint::verify::{Alignment, Difference, align, differences, repeats};

use crate::corpus;
use crate::generated::{self, Language, Random};
use crate::shared::shared;

fn is_letter(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Spans lie in the text, end where words end, and share no place.
fn assert_spans(text: &str, mut spans: Vec<Range<usize>>) {
    spans.sort_by_key(|s| s.start);
    for span in &spans {
        assert!(text.get(span.clone()).is_some_and(|s| !s.is_empty()), "{span:?}");
        for end in [span.start, span.end] {
            let (before, after) = (text[..end].chars().next_back(), text[end..].chars().next());
            let inside = is_letter(before) && is_letter(after) && after.is_some_and(|c| c.is_ascii());
            assert!(!inside, "{span:?} ends inside a word: {:?}", &text[span.clone()]);
        }
    }
    assert!(spans.windows(2).all(|w| w[0].end <= w[1].start), "{spans:?}");
}

fn check(a: &str, b: &str) -> Alignment {
    let found = align(a, b).unwrap();
    assert_spans(a, found.passages.iter().map(|p| p.a.clone()).collect());
    assert_spans(b, found.passages.iter().map(|p| p.b.clone()).collect());
    for p in &found.passages {
        assert_eq!(p.covered, p.equal + p.noise);
    }
    found
}

fn whole(text: &str) {
    let found = check(text, text);
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    assert_eq!(found.passages.len(), 1, "{text:?}");
    let only = &found.passages[0];
    assert_eq!((only.equal, only.noise, only.replaced, only.added, only.left_out), (letters, 0, 0, 0, 0));
    assert_eq!((found.coverage_of_a(), found.coverage_of_b()), (1.0, 1.0));
    assert!(differences(text, text, &found).unwrap().is_empty());
}

#[test]
fn a_text_is_one_passage_of_itself() {
    let sentence = "The ferry will not sail before Monday, the harbour master said.";
    for text in [sentence.to_owned(), [sentence; 3].join(" "), "ab ".repeat(500), "hm".to_owned()] {
        whole(&text);
    }
    for period in 1..24 {
        let unit: String = ('a'..='z').take(period).collect();
        whole(&unit.repeat(60));
        whole(&format!("{unit} ").repeat(60));
    }
}

#[test]
fn a_moved_block_is_a_passage() {
    let language = Language::new();
    let mut random = Random::new(5);
    let [x, y, z] = [(); 3].map(|()| language.story(&mut random, 150));
    let found = check(&format!("{x}{y}{z}"), &format!("{z}{x}{y}"));
    assert_eq!(found.passages.len(), 2);
    assert!(found.passages.iter().map(|p| p.equal).sum::<usize>() > found.coverage.letters_of_a * 99 / 100);
}

/// A copy that begins with common words begins with them, whatever stands before it.
#[test]
fn a_passage_begins_and_ends_where_the_copy_does() {
    let language = Language::new();
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let [story, before, after] = [200, 60, 60].map(|words| language.story(&mut random, words));
        let common = "ba da fa ga ba da fa ga ba da fa ga.\n";
        // Words here and there are others, so that no letters go on for long.
        let mut copy: Vec<&str> = story.split_whitespace().collect();
        copy.iter_mut().skip(4).step_by(8).for_each(|word| *word = "otherwise.");
        let copy = copy.join(" ");
        let page = format!("{common}{before}{common}{copy}\n{common}{after}{common}");
        let found = check(&format!("{common}{story}{common}"), &page);
        let (first, last) = (&found.passages[0], &found.passages[found.passages.len() - 1]);
        let begins = common.len() + before.len();
        let ends = begins + 2 * common.len() + copy.len() - 1;
        assert_eq!((first.a.start, first.b.start), (0, begins), "{seed}");
        assert_eq!((last.a.end, last.b.end), (2 * common.len() + story.len() - 2, ends), "{seed}");
    }
}

#[test]
fn a_damaged_copy_is_one_passage_and_another_story_none() {
    let language = Language::new();
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let (story, other) = (language.story(&mut random, 300), language.story(&mut random, 300));
        let copy = generated::misread(&mut random, &story, 0.05);
        let page = format!("{}{copy}{}", language.story(&mut random, 80), language.story(&mut random, 80));
        let found = check(&story, &page);
        assert_eq!(found.passages.len(), 1, "{seed}");
        assert!(found.passages[0].covered > found.coverage.letters_of_a * 8 / 10, "{:?}", found.passages);
        assert_eq!(check(&story, &other).passages.len(), 0, "{seed}");
    }
}

/// A text of few words over and over has no rare ones: what letters gave holds it together.
#[test]
fn a_long_text_of_few_words_is_one_passage() {
    let mut random = Random::new(11);
    let words: Vec<String> = (0..150).map(|n| format!("word{}", n * n * 7919 % 10_007)).collect();
    let text: Vec<&str> = (0..20_000).map(|_| words[random.below(words.len())].as_str()).collect();
    let mut copy = text.clone();
    for place in (0..copy.len()).step_by(40) {
        copy[place] = "otherwise";
    }
    let found = check(&text.join(" "), &copy.join(" "));
    assert_eq!(found.passages.len(), 1);
    assert!(found.passages[0].a.len() > text.join(" ").len() * 99 / 100);
}

/// A summary, in the words of all of a text, belongs to all of it; a copy of one stretch does not, and neither
/// do both together.
#[test]
fn a_summary_is_one_passage_with_all_of_the_text() {
    let language = Language::new();
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let [text, before, after] = [700, 200, 200].map(|words| language.story(&mut random, words));
        let mut summary: Vec<&str> = text.split_whitespace().step_by(7).collect();
        for tenth in summary.chunks_mut(10) {
            random.shuffle(tenth);
        }
        let summary = summary.join(" ").replace('.', "");
        let stretch: String = generated::sentences(&text)[10..16].concat();
        let whole =
            |page: String| check(&page, &text).passages.iter().any(|p| p.b.len() * 10 > text.len() * 9);
        assert!(whole(format!("{before}{summary}.\n{after}")), "{seed}");
        assert!(!whole(format!("{before}{stretch}{after}")), "{seed}");
        assert!(!whole(format!("{stretch}{before}{summary}.\n{after}")), "{seed}");
    }
}

/// Within a passage no word is struck out that the other text has at the same place: what stands between two
/// equal words has no word in common, in its order.
fn assert_only_differences_are_struck(a: &str, b: &str, found: &Alignment) {
    let all = differences(a, b, found).unwrap();
    let no_letter =
        |text: &str, from: usize, to: usize| !text[from..to.max(from)].contains(char::is_alphanumeric);
    let touch = |x: &Difference, y: &Difference| {
        x.passage.is_some()
            && x.passage == y.passage
            && no_letter(a, x.a.end, y.a.start)
            && no_letter(b, x.b.end, y.b.start)
    };
    for gap in all.chunk_by(touch) {
        let words = |text: &str, span: fn(&Difference) -> &Range<usize>| -> Vec<String> {
            let text = gap.iter().map(|d| &text[span(d).clone()]).collect::<Vec<_>>().join(" ");
            text.split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_lowercase)
                .collect()
        };
        let (x, y) = (words(a, |d| &d.a), words(b, |d| &d.b));
        if gap[0].passage.is_some() {
            assert_eq!(in_common(&x, &y), 0, "{x:?} {y:?}");
        }
    }
}

/// The words of the longest common subsequence.
fn in_common(x: &[String], y: &[String]) -> usize {
    let mut lengths = vec![0; y.len() + 1];
    for word in x {
        let mut before = 0;
        for (at, other) in y.iter().enumerate() {
            let above = lengths[at + 1];
            lengths[at + 1] = if word == other { before + 1 } else { above.max(lengths[at]) };
            before = above;
        }
    }
    lengths[y.len()]
}

#[test]
fn passages_of_all_matches_share_no_place_end_with_words_and_strike_out_only_what_differs() {
    for set in ["viral", "ocr", "counter", "wire"] {
        let Some(file) = shared(&format!("eval/{set}/docs.jsonl")) else { return };
        let documents = corpus::read(&[file.display().to_string()]).unwrap();
        let texts: Vec<&str> = documents.iter().map(reprint::corpus::Document::text).collect();
        let report = reprint::Finder::new(reprint::Preset::Wire).run(&texts[..]).unwrap();
        assert!(report.matches().len() > 20, "{set}");
        for found in report.matches() {
            let (a, b) = (texts[found.pair.a.index()], texts[found.pair.b.index()]);
            let alignment = check(a, b);
            assert!(!alignment.passages.is_empty(), "{set}: {found:?}");
            // In scans a word goes on behind a hyphen at the end of its line.
            if ["counter", "wire"].contains(&set) {
                assert_only_differences_are_struck(a, b, &alignment);
            }
        }
    }
}

/// Bad scans have few whole words: what makes them a match is shown, however little it tells.
#[test]
fn each_match_of_bad_scans_has_a_passage() {
    let language = Language::new();
    let (wire, mut matches) = (Wire::default(), 0);
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let story = language.story(&mut random, 40 + seed as usize % 60);
        let [a, b] = [0.2, 0.2].map(|rate| generated::misread(&mut random, &story, rate));
        if wire.compare(&a, &b, &Statistics::default()).unwrap().score >= wire.threshold() {
            matches += 1;
            assert!(!check(&a, &b).passages.is_empty(), "{seed}");
        }
    }
    assert!(matches > 50, "{matches}");
}

#[test]
fn repeats_name_each_later_place_once() {
    let language = Language::new();
    let mut random = Random::new(9);
    let story = language.story(&mut random, 120);
    for times in [2, 3, 5, 40] {
        let parts: Vec<String> =
            (0..times).map(|_| format!("{}{story}", language.story(&mut random, 20))).collect();
        let text = parts.concat();
        let found = repeats(&text).unwrap();
        assert_eq!(found.len(), times - 1, "{times}");
        assert_spans(&text, found.iter().map(|p| p.b.clone()).collect());
        assert!(found.iter().all(|p| p.a == found[0].a), "{found:?}");
        // Nothing but repetition.
        let found = repeats(&story.repeat(times)).unwrap();
        assert_eq!(found.len(), times - 1, "{times}");
    }
    assert!(repeats(&story).unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_letter_has_one_kind(
        a in "([a-e]{1,3} ){0,60}", b in "([a-e]{1,3}[ ,]){0,60}", common in "([a-z]{1,7} ){0,30}"
    ) {
        let (a, b) = (format!("{a}{common}"), format!("{common}{b}"));
        let found = check(&a, &b);
        for p in &found.passages {
            let letters = |text: &str, span: &Range<usize>| {
                text[span.clone()].chars().filter(|c| c.is_alphanumeric()).count()
            };
            let (x, y) = (letters(&a, &p.a), letters(&b, &p.b));
            prop_assert!(x >= p.equal + p.left_out && x <= p.covered + p.replaced + p.left_out);
            prop_assert!(y >= p.equal + p.added && y <= p.covered + p.replaced + p.added);
        }
        // Without what differs, a passage is the same on both sides.
        let differ = differences(&a, &b, &found).unwrap();
        for (n, p) in found.passages.iter().enumerate() {
            let rest = |text: &str, span: &Range<usize>, side: fn(&Difference) -> &Range<usize>| {
                let out: Vec<Range<usize>> =
                    differ.iter().filter(|d| d.passage == Some(n)).map(|d| side(d).clone()).collect();
                let kept = span.clone().filter(|at| !out.iter().any(|s| s.contains(at)));
                kept.filter_map(|at| text[at..].chars().next()).filter(|c| c.is_alphanumeric()).collect::<String>()
            };
            prop_assert_eq!(rest(&a, &p.a, |d| &d.a), rest(&b, &p.b, |d| &d.b));
        }
    }
}
