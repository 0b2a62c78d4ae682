//! Cutting spans out of texts.

use std::ops::Range;

use super::Span;

/// Spans in order, each joined with the next of its document when at most `gap` symbols lie between them.
///
/// O(n).
///
/// ```
/// use reprint::DocId;
/// use reprint::substring::{Span, merge_near};
///
/// let span = |document, range| Span { document: DocId(document), range };
/// let spans = [span(0, 0..10), span(0, 13..20), span(1, 22..30)];
/// assert_eq!(merge_near(&spans, 3), [span(0, 0..20), span(1, 22..30)]);
/// assert_eq!(merge_near(&spans, 2), spans);
/// ```
pub fn merge_near(spans: &[Span], gap: usize) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last)
                if last.document == span.document
                    && span.range.start <= last.range.end.saturating_add(gap) =>
            {
                last.range.end = last.range.end.max(span.range.end);
            }
            _ => merged.push(span.clone()),
        }
    }
    merged
}

/// `text` without the byte `ranges`, which are in order. A character of which a part would be cut stays
/// whole; what lies beyond the end counts for nothing.
///
/// O(n).
///
/// ```
/// use reprint::substring::cut_text;
///
/// assert_eq!(cut_text("one, two, three", [3..8]), "one, three");
/// // 1..2 is the first half of the é.
/// assert_eq!(cut_text("né", [1..2]), "né");
/// ```
pub fn cut_text(text: &str, ranges: impl IntoIterator<Item = Range<usize>>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        let start = text.ceil_char_boundary(range.start).max(at);
        let end = text.floor_char_boundary(range.end);
        if start < end {
            kept.push_str(&text[at..start]);
            at = end;
        }
    }
    kept.push_str(&text[at..]);
    kept
}
