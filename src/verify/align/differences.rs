//! What differs between two aligned texts, word by word.

use std::ops::Range;

use super::diff::{Differ, Kind, Side, Stretch};
use super::sections::{Key, Tokens};
use super::{Alignment, check_length};
use crate::Result;
use crate::kernel::Backend;
use crate::text::{Letters, Places};

/// How a stretch of one text differs from the other text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Change {
    /// The same words, misread or spelled otherwise.
    Misread,
    /// Other words in their place.
    Replaced,
    /// Words that only the second text has.
    Added,
    /// Words that only the first text has.
    LeftOut,
}

/// Words of one text that the other has otherwise, or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Difference {
    /// What became of them.
    pub change: Change,
    /// The bytes of the words in the first text; an empty range where it has none.
    pub a: Range<usize>,
    /// The same in the second text.
    pub b: Range<usize>,
    /// The number of the passage that they stand in; none for what stands between passages.
    pub passage: Option<usize>,
}

/// What differs between two texts, given their [alignment](super::align): within each passage by words, in
/// its order, and then what stands in no passage, first of the first text.
///
/// Case, punctuation, marks and the places of spaces make no difference. A passage that does not lie in the
/// texts, or not between two characters, is left out. Cost: linear.
///
/// ```
/// use reprint::verify::{Change, align, differences};
///
/// let monday = "The ferry will not sail before Monday, the harbour master said in the town hall.";
/// let friday = "The ferry will not sail before Friday, the harbour master said in the town hall. No more.";
/// let found = differences(monday, friday, &align(monday, friday)?)?;
/// assert_eq!(found[0].change, Change::Misread);
/// assert_eq!((&monday[found[0].a.clone()], &friday[found[0].b.clone()]), ("Monday", "Friday"));
/// assert_eq!(found[1].change, Change::Added);
/// assert_eq!(&friday[found[1].b.clone()], "No more");
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Errors
/// If a text is longer than 2³² − 1 bytes.
pub fn differences(a: &str, b: &str, alignment: &Alignment) -> Result<Vec<Difference>> {
    check_length(a)?;
    check_length(b)?;
    let (mut words_a, mut words_b) = (Words::default(), Words::default());
    let (mut differ, mut stretches, key) = (Differ::default(), Vec::new(), Key::default());
    let mut found = Vec::new();
    for (number, passage) in alignment.passages.iter().enumerate() {
        let (Some(x), Some(y)) = (a.get(passage.a.clone()), b.get(passage.b.clone())) else { continue };
        if x == y {
            continue;
        }
        stretches.clear();
        differ.compare(key, words_a.side(x, key), words_b.side(y, key), &mut stretches);
        let (places_a, places_b) = (Places::of(x), Places::of(y));
        let (mut at_a, mut at_b) = (passage.a.start, passage.b.start);
        for &Stretch { kind, a, b } in &stretches {
            let bytes = |places: &Places<'_>, span: (u32, u32), start: usize, at: &mut usize| {
                if span.0 == span.1 {
                    return *at..*at;
                }
                let bytes = places.bytes(span.0 as usize..span.1 as usize);
                *at = start + bytes.end;
                start + bytes.start..*at
            };
            let (a, b) = (
                bytes(&places_a, a, passage.a.start, &mut at_a),
                bytes(&places_b, b, passage.b.start, &mut at_b),
            );
            let change = match kind {
                Kind::Equal => continue,
                Kind::Misread => Change::Misread,
                Kind::Replaced => Change::Replaced,
                Kind::Added => Change::Added,
                Kind::LeftOut => Change::LeftOut,
            };
            found.push(Difference { change, a, b, passage: Some(number) });
        }
    }
    let alone = |text: &str, spans: Vec<Range<usize>>| between(text, spans);
    let left_out = alone(a, alignment.passages.iter().map(|p| p.a.clone()).collect());
    let added = alone(b, alignment.passages.iter().map(|p| p.b.clone()).collect());
    let only = |change, a, b| Difference { change, a, b, passage: None };
    found.extend(left_out.into_iter().map(|span| only(Change::LeftOut, span, 0..0)));
    found.extend(added.into_iter().map(|span| only(Change::Added, 0..0, span)));
    Ok(found)
}

/// The stretches of a text between these spans that hold words, from the first letter to the last, as within
/// passages.
fn between(text: &str, mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let (mut found, mut at) = (Vec::new(), 0);
    for span in spans.into_iter().chain(std::iter::once(text.len()..text.len())) {
        if let Some(gap) = text.get(at..span.start)
            && gap.chars().any(char::is_alphanumeric)
        {
            let no_letter = |c: char| !c.is_alphanumeric();
            let start = at + (gap.len() - gap.trim_start_matches(no_letter).len());
            found.push(start..start + gap.trim_matches(no_letter).len());
        }
        at = at.max(span.end);
    }
    found
}

/// The words of one side.
#[derive(Default)]
struct Words {
    letters: Letters,
    tokens: Tokens,
}

impl Words {
    fn side(&mut self, text: &str, key: Key) -> Side<'_> {
        self.letters.fill(text, Backend::detect());
        self.tokens.read(&self.letters, key);
        let words = (0, self.tokens.len() as u32);
        Side { codes: self.letters.codes(), tokens: &self.tokens, words }
    }
}
