//! The aligner: spans lie in both texts between characters, in order and apart; what is covered is counted once; a warm
//! aligner finds what a fresh one does.

use std::ops::Range;

use reprint::verify::{Aligner, align, differences};

use super::bytes::Bytes;

fn assert_apart(text: &str, mut spans: Vec<Range<usize>>) {
    spans.sort_by_key(|span| (span.start, span.end));
    for span in &spans {
        assert!(text.get(span.clone()).is_some_and(|part| !part.is_empty()), "{span:?}");
    }
    assert!(spans.windows(2).all(|two| two[0].end <= two[1].start), "{spans:?}");
}

pub(crate) fn aligner(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (copies, moved) = (bytes.below(4), bytes.flag());
    let mut texts = bytes.texts(2);
    let mut b = texts.pop().unwrap_or_default();
    let a = texts.pop().unwrap_or_default();
    // Copies of one text within the other, as reprints are.
    for _ in 0..copies {
        b = if moved { format!("{b} {a}") } else { format!("{a} {b}") };
    }
    if a.len() + b.len() > 1 << 14 {
        return;
    }
    let mut warm = Aligner::default();
    for (x, y) in [(&a, &b), (&b, &a), (&a, &a)] {
        let found = align(x, y).expect("short texts");
        assert_eq!(warm.align(x, y).expect("short texts"), found);
        assert_apart(x, found.passages.iter().map(|passage| passage.a.clone()).collect());
        assert_apart(y, found.passages.iter().map(|passage| passage.b.clone()).collect());
        assert!(
            found.coverage.covered_of_a <= found.coverage.letters_of_a
                && found.coverage.covered_of_b <= found.coverage.letters_of_b
        );
        assert!((0.0..=1.0).contains(&found.coverage_of_a()) && (0.0..=1.0).contains(&found.coverage.noise));
        for difference in differences(x, y, &found).expect("texts of the alignment") {
            assert!(x.get(difference.a.clone()).is_some() && y.get(difference.b.clone()).is_some());
        }
        for repeat in warm.repeats(x).expect("short texts") {
            assert!(x.get(repeat.a.clone()).is_some() && x.get(repeat.b.clone()).is_some());
        }
    }
}
