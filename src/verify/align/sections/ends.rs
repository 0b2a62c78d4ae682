//! Where sections end.

use super::{Finder, Section, Tokens, take};
use crate::text::Places;

/// Other words that a section goes on over, and the equal words that must follow them.
const SKIPPED: u32 = 4;
const FOLLOWING: u32 = 3;
/// Words by which an end may move to the end of a sentence.
const TO_SENTENCE: u32 = 8;

/// The free words of a text from the end of a section outward.
#[derive(Clone, Copy)]
struct Outward<'a> {
    stems: &'a [u32],
    taken: &'a [bool],
    /// Where the section begins or ends.
    end: u32,
    back: bool,
}

impl Outward<'_> {
    /// The stem of the n-th word, if the text has one that is free.
    fn stem(&self, n: u32) -> Option<u32> {
        let word = if self.back { self.end.checked_sub(n + 1)? } else { self.end + n } as usize;
        (!*self.taken.get(word)?).then(|| self.stems[word])
    }

    fn are_free(&self, from: u32, count: u32) -> bool {
        (from..from + count).all(|n| self.stem(n).is_some())
    }
}

/// How many words of both texts are the same one after the other, or nearly so.
fn go_on(a: Outward<'_>, b: Outward<'_>) -> (u32, u32) {
    let is_equal = |x: u32, y: u32| a.stem(x).is_some_and(|stem| b.stem(y) == Some(stem));
    let (mut x, mut y) = (0, 0);
    loop {
        while is_equal(x, y) {
            (x, y) = (x + 1, y + 1);
        }
        let skips = (1..=2 * SKIPPED)
            .flat_map(|both| (both.saturating_sub(SKIPPED)..=both.min(SKIPPED)).map(move |n| (n, both - n)));
        let follow = |&(in_a, in_b): &(u32, u32)| {
            (0..FOLLOWING).all(|n| is_equal(x + in_a + n, y + in_b + n))
                && a.are_free(x, in_a)
                && b.are_free(y, in_b)
        };
        let Some((in_a, in_b)) = skips.into_iter().find(follow) else { return (x, y) };
        (x, y) = (x + in_a, y + in_b);
    }
}

impl Finder {
    /// Moves the ends of sections outward as long as both texts go on with the same words, weightiest section
    /// first: the words that begin or end a copy may be common ones, which have no dots. Up to [`SKIPPED`]
    /// other words of each text may stand between if [`FOLLOWING`] equal ones follow.
    pub(super) fn go_on(&mut self) {
        let Self { sections, taken: [in_a, in_b], of_a, of_b, .. } = self;
        for Section { a, b, .. } in sections {
            for back in [true, false] {
                let end = |(from, to)| if back { from } else { to };
                let of_a = Outward { stems: of_a, taken: in_a, end: end(*a), back };
                let of_b = Outward { stems: of_b, taken: in_b, end: end(*b), back };
                let (x, y) = go_on(of_a, of_b);
                if back {
                    (a.0, b.0) = (a.0 - x, b.0 - y);
                } else {
                    (a.1, b.1) = (a.1 + x, b.1 + y);
                }
            }
            take(in_a, *a);
            take(in_b, *b);
        }
    }

    /// Moves the ends of sections outward to the ends of sentences, where these are near.
    pub(in super::super) fn end_sentences(&mut self, a: (&str, &Places<'_>), b: (&str, &Places<'_>)) {
        let ends_at = |(text, places): (&str, &Places<'_>), words: &Tokens, word: u32| {
            if word == 0 || word as usize >= words.len() {
                return true;
            }
            let span = |word: u32| {
                let (from, to) = words.letters((word, word + 1));
                places.bytes(from as usize..to as usize)
            };
            let between = text.get(span(word - 1).end..span(word).start).unwrap_or_default();
            between.contains([
                '.', '!', '?', '\u{3002}', '\u{ff01}', '\u{ff1f}', '\u{964}', '\u{61f}', '\u{6d4}',
            ]) || between.contains("\n\n")
        };
        let Self { sections, taken, a: words_a, b: words_b, .. } = self;
        let [taken_a, taken_b] = taken;
        for section in sections {
            for (text, words, taken, span) in
                [(a, &*words_a, &mut *taken_a, &mut section.a), (b, &*words_b, &mut *taken_b, &mut section.b)]
            {
                let free = |word: u32| taken.get(word as usize) == Some(&false);
                let mut start = span.0;
                while !ends_at(text, words, start) && span.0 - start < TO_SENTENCE && free(start - 1) {
                    start -= 1;
                }
                let start = if ends_at(text, words, start) { start } else { span.0 };
                let mut end = span.1;
                while !ends_at(text, words, end) && end - span.1 < TO_SENTENCE && free(end) {
                    end += 1;
                }
                let end = if ends_at(text, words, end) { end } else { span.1 };
                *span = (start, end);
                take(taken, *span);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far two texts of one-letter words go on, of which the first has a taken word.
    fn together(a: &str, b: &str, taken: Option<usize>) -> (u32, u32) {
        let run = |back: bool| {
            let stems = |text: &str| {
                let mut stems: Vec<u32> = text.bytes().map(u32::from).collect();
                if back {
                    stems.reverse();
                }
                stems
            };
            let (a, b, free) = (stems(a), stems(b), vec![false; b.len()]);
            let mut of_a: Vec<bool> = (0..a.len()).map(|word| Some(word) == taken).collect();
            if back {
                of_a.reverse();
            }
            let end = |words: usize| if back { words as u32 } else { 0 };
            let a = Outward { stems: &a, taken: &of_a, end: end(a.len()), back };
            go_on(a, Outward { stems: &b, taken: &free, end: end(b.len()), back })
        };
        assert_eq!(run(true), run(false));
        run(true)
    }

    #[test]
    fn sections_go_on_over_few_other_words() {
        assert_eq!(together("abcdef", "abcdef", None), (6, 6));
        assert_eq!(together("abcXYdef", "abcZdefg", None), (8, 7));
        // Too few follow; too many stand between; nothing follows.
        assert_eq!(together("abcXde", "abcZdef", None), (3, 3));
        assert_eq!(together("abcVWXYZdef", "abcdef", None), (3, 3));
        assert_eq!(together("abc", "abcdef", None), (3, 3));
        // Another section stands there.
        assert_eq!(together("abcdef", "abcdef", Some(4)), (4, 4));
        assert_eq!(together("abcXYdef", "abcZdefg", Some(4)), (3, 3));
    }
}
