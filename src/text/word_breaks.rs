//! Word boundaries by Unicode Standard Annex #29, from the tables of one version.

use std::ops::Range;

use super::tables::{Properties, WordBreak};

/// The pieces between word boundaries, in order: words, and what stands between them.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> + use<'_> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let piece = start..start + first_piece(rest);
        start = piece.end;
        Some(piece)
    })
}

/// The bytes of the first piece of a text that begins at a boundary.
fn first_piece(text: &str) -> usize {
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    let mut state = State::new(Properties::of(first).word_break());
    for (at, c) in chars {
        let properties = Properties::of(c);
        let ahead = || next_letter(&text[at + c.len_utf8()..]);
        if state.breaks_before(properties, ahead) {
            return at;
        }
        state.step(properties.word_break());
    }
    text.len()
}

/// The class of the first character that does not belong to the one before it (rule WB4).
fn next_letter(text: &str) -> WordBreak {
    let classes = text.chars().map(|c| Properties::of(c).word_break());
    classes.into_iter().find(|&class| !is_ignored(class)).unwrap_or(WordBreak::Other)
}

/// What rule WB4 takes for a part of the character before it.
fn is_ignored(class: WordBreak) -> bool {
    matches!(class, WordBreak::Extend | WordBreak::Format | WordBreak::Zwj)
}

fn is_letter(class: WordBreak) -> bool {
    matches!(class, WordBreak::ALetter | WordBreak::HebrewLetter)
}

/// What was read of a piece.
struct State {
    /// The last character.
    last: WordBreak,
    /// The last that is not ignored, and the one before it.
    previous: WordBreak,
    before: WordBreak,
    /// Whether the piece so far ends in an odd number of regional indicators.
    odd_indicators: bool,
}

impl State {
    fn new(first: WordBreak) -> Self {
        let odd_indicators = first == WordBreak::RegionalIndicator;
        Self { last: first, previous: first, before: WordBreak::Other, odd_indicators }
    }

    fn step(&mut self, class: WordBreak) {
        self.last = class;
        if !is_ignored(class) {
            self.odd_indicators = class == WordBreak::RegionalIndicator && !self.odd_indicators;
            self.before = std::mem::replace(&mut self.previous, class);
        }
    }

    /// Whether a boundary stands before a character, given what follows it.
    fn breaks_before(&self, next: Properties, ahead: impl Fn() -> WordBreak) -> bool {
        use WordBreak::{
            Cr, DoubleQuote, ExtendNumLet, HebrewLetter, Katakana, Lf, MidLetter, MidNum, MidNumLet, Newline,
            Numeric, RegionalIndicator, SingleQuote, WSegSpace, Zwj,
        };
        let class = next.word_break();
        let Self { last, previous, before, odd_indicators } = *self;
        // WB3 to WB3d, which see every character.
        match (last, class) {
            (Cr, Lf) | (WSegSpace, WSegSpace) => return false,
            (Cr | Lf | Newline, _) | (_, Cr | Lf | Newline) => return true,
            (Zwj, _) if next.is_pictographic() => return false,
            _ => {}
        }
        if is_ignored(class) {
            return false;
        }
        let mid_letter = |class| matches!(class, MidLetter | MidNumLet | SingleQuote);
        let mid_number = |class| matches!(class, MidNum | MidNumLet | SingleQuote);
        let part_of_word = |class| is_letter(class) || matches!(class, Numeric | Katakana | ExtendNumLet);
        let joins = match (previous, class) {
            // WB5, WB8 to WB10.
            (a, b) if (is_letter(a) || a == Numeric) && (is_letter(b) || b == Numeric) => true,
            // WB7a to WB7c.
            (HebrewLetter, SingleQuote) => true,
            (HebrewLetter, DoubleQuote) => ahead() == HebrewLetter,
            (DoubleQuote, HebrewLetter) if before == HebrewLetter => true,
            // WB6, WB7.
            (a, mid) if is_letter(a) && mid_letter(mid) => is_letter(ahead()),
            (mid, b) if mid_letter(mid) && is_letter(b) && is_letter(before) => true,
            // WB11, WB12.
            (Numeric, mid) if mid_number(mid) => ahead() == Numeric,
            (mid, Numeric) if mid_number(mid) && before == Numeric => true,
            // WB13 to WB13b.
            (Katakana, Katakana) => true,
            (a, ExtendNumLet) => part_of_word(a),
            (ExtendNumLet, b) => part_of_word(b),
            // WB15, WB16.
            (RegionalIndicator, RegionalIndicator) => odd_indicators,
            _ => false,
        };
        !joins
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    /// A few characters of each class, but the joiner: the other implementation takes `1’` before a joiner
    /// and a picture for one piece, which rule WB12 does not.
    const CHARACTERS: &str = "[a-cé中カキאבא1２.,:;'\"’·_\r\n\u{85} \u{3000}\u{301}\u{ad}\u{200c}\u{1f1e6}-\u{1f1e9}😀👩ー゙ｶﾞกิ\u{600}\u{30a}Ａ_-]";

    fn some(most: usize) -> impl Strategy<Value = String> {
        prop::string::string_regex(&format!("{CHARACTERS}{{0,{most}}}")).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn boundaries_are_those_of_another_implementation(
            text in prop_oneof![some(12), some(80), "\\PC{0,40}"],
        ) {
            // It has the same version of Unicode today; where it has not, only characters of both are
            // compared.
            let assigned = |c: &char| Properties::of(*c).is_assigned();
            let text: String = text.chars().filter(assigned).collect();
            let ours: Vec<&str> = pieces(&text).map(|piece| &text[piece]).collect();
            let theirs: Vec<&str> = text.split_word_bounds().collect();
            prop_assert_eq!(ours, theirs, "{:?}", text);
        }
    }

    #[test]
    fn joiners_join_pictures() {
        for (text, expected) in [
            ("👩\u{200d}👩 a", &["👩\u{200d}👩", " ", "a"][..]),
            ("a\u{200d}👩", &["a\u{200d}👩"]),
            ("1’\u{200d}👩", &["1", "’\u{200d}👩"]),
            ("a\u{200d}b’\u{200d}c", &["a\u{200d}b’\u{200d}c"]),
            ("\u{301}a", &["\u{301}", "a"]),
            ("\r\n\u{301}a", &["\r\n", "\u{301}", "a"]),
        ] {
            let found: Vec<&str> = pieces(text).map(|piece| &text[piece]).collect();
            assert_eq!(found, expected);
        }
    }
}
