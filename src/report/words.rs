//! Which words differ inside a passage that two texts share.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation;

use crate::verify::Passage;

/// A passage with more differing words than this, on both sides together, is not compared: Myers' method
/// takes up to the square of it, some 30 ms here.
const MOST_WORDS: usize = 4096;

/// Byte spans in the two original texts of the words inside shared passages that the other text does not have.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) a: Vec<Range<usize>>,
    pub(super) b: Vec<Range<usize>>,
    /// Whether all passages were compared.
    pub(super) complete: bool,
}

/// Compares the two sides of each passage word by word, until `steps` comparisons are used up.
///
/// White space does not count. A passage beyond a text's end, or not between two characters of it, is left out.
pub(super) fn changes(a: &str, b: &str, passages: &[Passage], steps: &mut usize) -> Changes {
    let mut changes = Changes { complete: true, ..Changes::default() };
    for passage in passages {
        let (Some(x), Some(y)) = (a.get(passage.a.clone()), b.get(passage.b.clone())) else { continue };
        if x == y {
            continue;
        }
        let (x, y) = (words(x, passage.a.start), words(y, passage.b.start));
        let head = x.iter().zip(&y).take_while(|(x, y)| x.word == y.word).count();
        let (x, y) = (&x[head..], &y[head..]);
        let tail = x.iter().rev().zip(y.iter().rev()).take_while(|(x, y)| x.word == y.word).count();
        let (x, y) = (&x[..x.len() - tail], &y[..y.len() - tail]);
        if *steps == 0 || x.len() + y.len() > MOST_WORDS {
            changes.complete = false;
            continue;
        }
        let mut different = 0;
        for op in capture_diff_slices(Algorithm::Myers, &strings(x), &strings(y)) {
            if op.tag() != DiffTag::Equal {
                different += op.old_range().len() + op.new_range().len();
                changes.a.extend(span(&x[op.old_range()]));
                changes.b.extend(span(&y[op.new_range()]));
            }
        }
        // Myers 1986: O((N + M) D).
        *steps = steps.saturating_sub((x.len() + y.len()) * (different + 1));
    }
    for spans in [&mut changes.a, &mut changes.b] {
        spans.sort_unstable_by_key(|s| (s.start, s.end));
    }
    changes
}

struct Word<'a> {
    word: &'a str,
    /// Where it begins in the original text.
    at: usize,
}

/// What stands between white space; where that is not ASCII, its words by the rules of Unicode (UAX 29), which part Han
/// characters.
fn words(text: &str, offset: usize) -> Vec<Word<'_>> {
    let mut words = Vec::with_capacity(text.len() / 5);
    for chunk in text.split_whitespace() {
        let at = offset + (chunk.as_ptr() as usize - text.as_ptr() as usize);
        if chunk.is_ascii() {
            words.push(Word { word: chunk, at });
        } else {
            words.extend(chunk.split_word_bound_indices().map(|(i, word)| Word { word, at: at + i }));
        }
    }
    words
}

fn strings<'a>(words: &[Word<'a>]) -> Vec<&'a str> {
    words.iter().map(|w| w.word).collect()
}

fn span(words: &[Word<'_>]) -> Option<Range<usize>> {
    let last = words.last()?;
    Some(words.first()?.at..last.at + last.word.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(a: &str, b: &str) -> [Passage; 1] {
        [Passage { a: 0..a.len(), b: 0..b.len(), covered: 0 }]
    }

    #[test]
    fn differing_words_are_named_on_both_sides() {
        let (a, b) = ("the mayor said\non Friday night", "the mayor said on Monday night");
        let changes = changes(a, b, &whole(a, b), &mut 1000);
        let only = |spans: Vec<Range<usize>>| spans.into_iter().map(|s| (s.start, s.end)).collect::<Vec<_>>();
        assert!(changes.complete);
        assert_eq!((only(changes.a), only(changes.b)), (vec![(18, 24)], vec![(18, 24)]));
    }

    #[test]
    fn han_is_compared_by_character() {
        let (a, b) = ("市长星期五宣布", "市长星期一宣布");
        let changes = changes(a, b, &whole(a, b), &mut 1000);
        assert_eq!((&a[changes.a[0].clone()], &b[changes.b[0].clone()]), ("五", "一"));
    }

    #[test]
    fn work_is_bounded() {
        let (a, b) = ("one two three", "four five six");
        assert!(!changes(a, b, &whole(a, b), &mut 0).complete);
        let long = "word ".repeat(MOST_WORDS);
        let other = "other ".repeat(MOST_WORDS);
        assert!(!changes(&long, &other, &whole(&long, &other), &mut 1000).complete);
    }

    proptest! {
        /// What is left when the differing words are taken out is the same on both sides.
        #[test]
        fn the_rest_is_equal(a in "([abc]{1,2} ){0,12}", b in "([abcé]{1,2} ){0,12}") {
            let changes = changes(&a, &b, &whole(&a, &b), &mut usize::MAX.clone());
            let rest = |text: &str, spans: &[Range<usize>]| {
                let kept = words(text, 0).into_iter().filter(|w| !spans.iter().any(|s| s.contains(&w.at)));
                kept.map(|w| w.word.to_owned()).collect::<Vec<_>>()
            };
            prop_assert_eq!(rest(&a, &changes.a), rest(&b, &changes.b));
        }
    }
}
