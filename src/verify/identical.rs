//! Texts that are the same, letter by letter, whatever their length.
//!
//! A gram says nothing of a text that is shorter than it, and of a text that says one thing over and over,
//! grams tell no place. So such texts meet by a digest of the whole, before any search. Texts without a
//! letter (emoji, a row of dashes) are the same where their characters are.

use std::collections::HashMap;

use crate::hash::{SECRET, folded_multiply, pack, xxh3};
use crate::text::{Letters, Places};
use crate::verify::{Alignment, Coverage, Passage};
use crate::{DocId, Pair};

/// A number for the letters of a text, or for its characters where it has no letter; none of a text of
/// nothing but space.
pub(crate) fn digest(text: &str, letters: &Letters) -> Option<u64> {
    let codes = letters.codes();
    if codes.is_empty() {
        return digest_of_characters(text);
    }
    let (fours, rest) = codes.as_chunks::<4>();
    let (blocks, fours) = fours.as_chunks::<4>();
    // Four chains of multiplications, which wait for each other only at the end; no letters make a factor 0
    // but those that equal a chain's own state.
    let mut hashes = [codes.len() as u64 ^ SECRET[2], SECRET[0], SECRET[1], SECRET[4]];
    for block in blocks {
        for (hash, four) in hashes.iter_mut().zip(block) {
            *hash = folded_multiply(*hash ^ pack(*four), SECRET[3]);
        }
    }
    let of_blocks = hashes.iter().fold(SECRET[5], |all, hash| folded_multiply(all ^ hash, SECRET[3]));
    let of_fours = fours.iter().fold(of_blocks, |hash, four| folded_multiply(hash ^ pack(*four), SECRET[3]));
    let rest = rest.iter().fold(0, |packed, &code| packed << 16 | u64::from(code));
    Some(folded_multiply(of_fours ^ rest, SECRET[2]))
}

/// A number for the characters of a text; none of a text of nothing but space.
pub(crate) fn digest_of_characters(text: &str) -> Option<u64> {
    let text = text.trim();
    (!text.is_empty()).then(|| xxh3(text.as_bytes()))
}

/// Each document with the first one that has its digest.
///
/// Cost: linear.
pub(crate) fn pairs(digests: &[Option<u64>]) -> Vec<Pair> {
    let mut first: HashMap<u64, DocId> = HashMap::with_capacity(digests.len());
    let pair = |(digest, id): (&Option<u64>, u32)| {
        let &mut first = first.entry((*digest)?).or_insert(DocId(id));
        (first != DocId(id)).then(|| Pair::new(first, DocId(id)))
    };
    digests.iter().zip(0..).filter_map(pair).collect()
}

/// Whether two texts are the same.
pub(crate) fn are_identical(a: (&str, &Letters), b: (&str, &Letters)) -> bool {
    let (x, y) = (a.1.codes(), b.1.codes());
    x == y && (!x.is_empty() || !a.0.trim().is_empty() && a.0.trim() == b.0.trim())
}

/// How much of two texts is shared that are. Where there is no letter, characters count.
pub(crate) fn coverage(text: &str, letters: &Letters) -> Coverage {
    let letters = letters.codes().len();
    let all = if letters > 0 { letters } else { text.trim().chars().count() };
    Coverage { letters_of_a: all, letters_of_b: all, covered_of_a: all, covered_of_b: all, noise: 0.0 }
}

/// The alignment of two texts that are: one passage, from the first letter to the last; of one text with
/// itself, all of it.
pub(crate) fn alignment(a: (&str, &Letters), b: (&str, &Letters)) -> Alignment {
    let letters = a.1.codes().len();
    let trimmed = |text: &str| {
        let start = text.len() - text.trim_start().len();
        start..start + text.trim().len()
    };
    let whole = |text: &str| {
        if a.0 == b.0 {
            0..text.len()
        } else if letters > 0 {
            Places::of(text).bytes(0..letters)
        } else {
            trimmed(text)
        }
    };
    let coverage = coverage(a.0, a.1);
    let covered = coverage.covered_of_a;
    Alignment {
        passages: vec![Passage {
            a: whole(a.0),
            b: whole(b.0),
            covered,
            equal: covered,
            noise: 0,
            replaced: 0,
            added: 0,
            left_out: 0,
        }],
        coverage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backend;

    fn letters(text: &str) -> Letters {
        let mut letters = Letters::default();
        letters.fill(text, Backend::detect());
        letters
    }

    /// Letters that equal a constant of the digest make no factor 0 that wipes out what came before.
    #[test]
    fn no_constant_wipes_out_a_text() {
        for secret in SECRET {
            let codes: Vec<u16> = (0..4).map(|i| (secret >> (16 * i)) as u16).collect();
            let Ok(letters_of_secret) = String::from_utf16(&codes) else { continue };
            for place in 0..8 {
                let text = |first: char| {
                    let filler: String = std::iter::repeat_n(first, 4 * place).collect();
                    format!("{first}{filler}{letters_of_secret}and what goes on behind it")
                };
                let [x, y] = ['b', 'c'].map(text);
                assert_ne!(digest(&x, &letters(&x)), digest(&y, &letters(&y)), "{secret:x} {place}");
            }
        }
    }

    #[test]
    fn texts_are_identical_where_their_letters_are() {
        let texts =
            ["Ab, c", "ab-c", "abd", "😀 😀", " 😀 😀\n", "😀", " \n", " \n", "", "aaaaa", "aaaa", "AAAAA"];
        let read = texts.map(letters);
        for (x, a) in texts.iter().zip(&read) {
            for (y, b) in texts.iter().zip(&read) {
                let same = digest(x, a).is_some() && digest(x, a) == digest(y, b);
                assert_eq!(are_identical((x, a), (y, b)), same, "{x:?} {y:?}");
                if same {
                    let found = alignment((x, a), (y, b));
                    assert_eq!((found.coverage_of_a(), found.coverage_of_b()), (1.0, 1.0));
                    assert!(found.coverage.covered_of_a > 0);
                    let shown = &x[found.passages[0].a.clone()];
                    assert!(x == y || shown.trim() == shown);
                }
            }
        }
        let digests: Vec<Option<u64>> =
            texts.iter().zip(&read).map(|(text, letters)| digest(text, letters)).collect();
        let expected = [(0, 1), (3, 4), (9, 11)].map(|(a, b)| Pair::new(DocId(a), DocId(b)));
        assert_eq!(pairs(&digests), expected);
    }
}
