//! Which values of a text a corpus knows it by, and where in the text they are.

use std::ops::Range;

use crate::Backend;
use crate::shingle::{ShingleBuffer, ShingleSet};
use crate::sketch::{FracMinHashSignature, FracMinHasher};
use crate::text::Letters;

/// About so many values of a document are indexed at most, which bounds the index at 1.4 KB a document. With
/// all of a long document's values the scores of labelled sets are the same to 4 digits; a document that a
/// match may be cut from is at most 32 times as long, which leaves 5 values of the cut.
pub(crate) const MOST_VALUES: usize = 160;

/// The signature of a text's shingles: a fixed share of them, within [`MOST_VALUES`] and, of a text that says
/// the same over and over, of what it says.
pub(crate) fn signature(hasher: FracMinHasher, shingles: &[u64]) -> FracMinHashSignature {
    let mut signature = hasher.sketch(shingles);
    let expected = shingles.len() / signature.scale() as usize;
    if signature.scale() > 1 && signature.values().len() < expected / 2 {
        signature = hasher.sketch(ShingleSet::from_hashes(shingles.to_vec()).as_slice());
    }
    let wanted = (signature.scale() as usize).saturating_mul(signature.values().len()).div_ceil(MOST_VALUES);
    let scale = u32::try_from(wanted).unwrap_or(u32::MAX);
    if signature.scale() < scale { signature.coarser(scale) } else { signature }
}

/// The letter grams of the text last hashed that a scale keeps: the letters of each, and its value.
pub(crate) fn grams(
    hasher: FracMinHasher,
    buffer: &ShingleBuffer,
    scale: u32,
    grams: &mut Vec<(Range<usize>, u64)>,
) {
    let (hashes, all) = buffer.letter_grams();
    grams.clear();
    grams.extend(hasher.kept_at(scale, hashes).map(|(start, value)| (start..all.end(start), value)));
}

/// What a text begins and ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextEnds {
    /// The keys of the first two values, and of the last two.
    pub(crate) keys: [u32; 4],
    /// The values within the comment that a source file begins with.
    pub(crate) comment: u32,
}

impl TextEnds {
    /// Of the text last hashed, whose values are those of a scale.
    pub(crate) fn new(text: &str, buffer: &ShingleBuffer, hasher: FracMinHasher, scale: u32) -> Self {
        let values = hasher.kept_at(scale, buffer.hashes());
        let mut keys = [0; 4];
        let (head, foot) = keys.split_at_mut(2);
        head.iter_mut().zip(values.clone()).for_each(|(key, (_, value))| *key = value as u32);
        foot.iter_mut().zip(values.clone().rev()).for_each(|(key, (_, value))| *key = value as u32);
        let comment = match first_comment(text) {
            "" => 0,
            comment => {
                let mut letters = Letters::default();
                letters.fill(comment, Backend::detect());
                values.take_while(|&(start, _)| start < letters.codes().len()).count() as u32
            }
        };
        Self { keys, comment }
    }
}

/// The comment of two lines or more, or of one long line, that a source file begins with, or nothing: lines
/// that begin with one mark, or all up to the end of a comment of many lines or a string of three quotes.
/// Empty lines and a first line with `#!` belong to it.
fn first_comment(text: &str) -> &str {
    /// What opens a comment of many lines, and what closes it.
    const OPEN: [(&str, &str); 8] = [
        ("/*", "*/"),
        ("<!--", "-->"),
        ("(*", "*)"),
        ("{-", "-}"),
        ("#|", "|#"),
        ("--[[", "]]"),
        ("\"\"\"", "\"\"\""),
        ("'''", "'''"),
    ];
    const LINE: [&str; 10] = ["//", "#", "--", ";", "%", "!", "REM ", "rem ", "@rem ", "dnl "];
    /// One line of so many bytes is no title.
    const LONG: usize = 200;
    let is_long = |comment: &str| comment.lines().count() > 1 || comment.len() >= LONG;
    let body = text.trim_start();
    for (open, close) in OPEN {
        if let Some(inside) = body.strip_prefix(open) {
            let end = inside.find(close).map_or(0, |end| end + close.len());
            let comment = &inside[..end];
            return if is_long(comment) { &text[..text.len() - inside.len() + end] } else { "" };
        }
    }
    let Some(mark) = LINE.into_iter().find(|mark| body.starts_with(mark)) else { return "" };
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        match line.trim_start() {
            "" => {}
            line if line.starts_with(mark) => {}
            _ => break,
        }
        end += line.len();
    }
    if is_long(text[..end].trim()) { &text[..end] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_those_of_many_languages() {
        let of = first_comment;
        assert_eq!(of("// one\n// two\n\nfn main() {}\n// three\n"), "// one\n// two\n\n");
        assert_eq!(of("#!/bin/sh\n# two\nexit\n"), "#!/bin/sh\n# two\n");
        assert_eq!(of("\n/*\n * one\n */\nint x;\n"), "\n/*\n * one\n */");
        assert_eq!(of("<!-- one\ntwo -->\n<p>"), "<!-- one\ntwo -->");
        assert_eq!(of("-- a\n-- b"), "-- a\n-- b");
        assert_eq!(of("REM a\nREM b\nREMARK = 1\n"), "REM a\nREM b\n");
        let long = format!("# {}\n", "One long line. ".repeat(20));
        assert_eq!(of(&format!("{long}x = 1\n")), long);
        // One line is no more than a title, and a comment that does not end is none.
        for text in
            ["", "# Title\n\nText.\n", "/* one */ int x;\nint y;\n", "/* one\ntwo", "Text.\n# a\n# b\n"]
        {
            assert_eq!(of(text), "", "{text}");
        }
    }

    #[test]
    fn ends_are_the_first_and_last_values() {
        let text = "// The ferry to the islands\n// will not sail\nbefore Monday morning, said the master";
        let mut buffer = ShingleBuffer::default();
        crate::shingle::Shingler::letters().hash_into(text, &mut buffer);
        let hasher = FracMinHasher::default();
        let values: Vec<u32> = hasher.kept_at(1, buffer.hashes()).map(|(_, value)| value as u32).collect();
        let ends = TextEnds::new(text, &buffer, hasher, 1);
        let n = values.len();
        assert_eq!(ends.keys, [values[0], values[1], values[n - 1], values[n - 2]]);
        let letters = "TheferrytotheislandsWillnotsail".len();
        assert_eq!(ends.comment as usize, letters);
        assert_eq!(TextEnds::new("", &ShingleBuffer::default(), hasher, 1), TextEnds::default());
    }
}
