//! Columns that were read across: the lines of one column, with those of the others between.
//!
//! A line of a narrow column is too short to tell anything by itself. But lines that follow each other in one
//! text, with a line missing at most, and with another column's line between any two in the other text, are
//! one column: chance makes no such series.

use super::{Piece, Span};

/// Letters that two lines of a column may both seem to have, and that may be between them: a line.
const OVER: i64 = 4;
const MISSING: i64 = 30;
/// Letters of the other columns between two lines, at least and at most.
const LEAST: i64 = 12;
const MOST: i64 = 120;
/// Lines from which on a series is a column.
const SERIES: u32 = 6;
/// Lines before one that it may follow: others may begin between.
const LOOK: usize = 8;

/// What may be a line: a chain.
#[derive(Clone, Debug)]
struct Line {
    spans: [Span; 2],
    /// What it is made of; nothing of a chain that is shared anyway.
    pieces: std::ops::Range<usize>,
}

/// The chains of two texts, to find columns among; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    chains: Vec<Line>,
    pieces: Vec<Piece>,
    /// Of each line the lines of the series that ends with it, and the one before it.
    series: Vec<(u32, usize)>,
    /// Whether a line is one of a column.
    found: Vec<bool>,
}

impl Lines {
    pub(super) fn begin(&mut self) {
        self.chains.clear();
        self.pieces.clear();
    }

    /// Adds a chain that is shared.
    pub(super) fn add(&mut self, a: Span, b: Span) {
        self.chains.push(Line { spans: [a, b], pieces: 0..0 });
    }

    /// Adds a chain that is too short.
    pub(super) fn add_short(&mut self, a: Span, b: Span, pieces: &[Piece]) {
        let start = self.pieces.len();
        self.pieces.extend_from_slice(pieces);
        self.chains.push(Line { spans: [a, b], pieces: start..self.pieces.len() });
    }

    /// Tells `see` the pieces of each short chain that is a line of a column. Linear but for sorting.
    pub(super) fn columns(&mut self, mut see: impl FnMut(Span, Span, &[Piece])) {
        let short = self.chains.iter().filter(|line| !line.pieces.is_empty()).count();
        if self.chains.len() < SERIES as usize || short < SERIES as usize / 2 {
            return;
        }
        self.found.clear();
        self.found.resize(self.chains.len(), false);
        for text in [0, 1] {
            self.chains
                .sort_unstable_by_key(|line| (line.spans[text], line.spans[1 - text], line.pieces.start));
            self.series_along(text);
            for last in (0..self.chains.len()).filter(|&last| self.series[last].0 >= SERIES) {
                let mut at = last;
                while !std::mem::replace(&mut self.found[at], true) && self.series[at].0 > 1 {
                    at = self.series[at].1;
                }
            }
            for (line, found) in self.chains.iter().zip(&mut self.found) {
                if std::mem::take(found) && !line.pieces.is_empty() {
                    see(line.spans[0], line.spans[1], &self.pieces[line.pieces.clone()]);
                }
            }
        }
    }

    /// The series whose lines follow each other without a gap in one text.
    fn series_along(&mut self, text: usize) {
        let gap = |x: Span, y: Span| i64::from(y.0) - i64::from(x.1);
        self.series.clear();
        for (n, line) in self.chains.iter().enumerate() {
            let follows = |&before: &usize| {
                let earlier = &self.chains[before].spans;
                let here = gap(earlier[text], line.spans[text]);
                let there = gap(earlier[1 - text], line.spans[1 - text]);
                (-OVER..=MISSING).contains(&here) && (here + LEAST..=MOST).contains(&there)
            };
            let before =
                (n.saturating_sub(LOOK)..n).filter(follows).max_by_key(|&before| self.series[before].0);
            self.series.push(before.map_or((1, n), |before| (self.series[before].0 + 1, before)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &[(Span, Span)]) -> usize {
        let mut all = Lines::default();
        all.begin();
        for &(a, b) in lines {
            all.add_short(a, b, &[Piece { a, b, noise: false }]);
        }
        let mut found = 0;
        all.columns(|_, _, pieces| found += pieces.len());
        found
    }

    #[test]
    fn a_column_is_six_lines_with_others_between() {
        let line = |n: u32| ((20 * n, 20 * n + 20), (45 * n, 45 * n + 20));
        let lines: Vec<(Span, Span)> = (0..6).map(line).collect();
        assert_eq!((found(&lines), found(&lines[1..])), (6, 0));
        let swapped: Vec<(Span, Span)> = lines.iter().map(|&(a, b)| (b, a)).collect();
        assert_eq!(found(&swapped), 6);
        // Nothing stands between them in either text, or in both.
        let straight: Vec<(Span, Span)> = lines.iter().map(|&(a, _)| (a, a)).collect();
        let apart: Vec<(Span, Span)> = lines.iter().map(|&(_, b)| (b, b)).collect();
        assert_eq!((found(&straight), found(&apart)), (0, 0));
        // In any order, with strangers between.
        let mut mixed: Vec<(Span, Span)> = lines.iter().rev().copied().collect();
        mixed.extend([((25, 40), (900, 915)), ((61, 75), (3, 17))]);
        assert_eq!(found(&mixed), 6);
    }
}
