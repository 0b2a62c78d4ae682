//! Runs of equal letters, followed to their ends once each.

use std::hash::{BuildHasher, RandomState};

use super::Span;
use crate::verify::table::Table;

/// A run is kept when it is so long; a shorter one costs less to compare again.
const LONG: usize = 512;

/// The longest runs of equal letters that are known, one a diagonal.
///
/// Two long texts meet in many chains of one run; without this each of them would compare the run to its end,
/// which is the square of the text's length.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    known: Table<u32, Run>,
    /// A secret factor, so that no text can be written whose diagonals all go to one place.
    key: u32,
}

/// A run in letters of the first text, and the part of it that was marked.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    span: Span,
    marked: Span,
}

impl Default for Runs {
    fn default() -> Self {
        Self { known: Table::default(), key: RandomState::new().hash_one(0) as u32 | 1 }
    }
}

impl Runs {
    /// Forgets all runs, and makes room for those of so many chains.
    pub(super) fn begin(&mut self, chains: usize) {
        // The first and the last run of a chain, and the ends of the texts.
        self.known.begin(2 * chains + 2);
    }

    /// The key of the diagonal of a place: a bijection.
    fn key(&self, (i, j): Span) -> u32 {
        let diagonal = i.wrapping_sub(j).wrapping_mul(self.key);
        (diagonal ^ diagonal >> 15).wrapping_mul(0x2c1b_3c6d)
    }

    /// The run around a place, as long as it is on both sides.
    fn around(&mut self, a: &[u16], b: &[u16], (i, j): Span) -> Span {
        let place = self.known.insert(self.key((i, j)));
        let known = self.known.at_mut(place);
        let (start, end) = known.span;
        if start >= end || i < start || i > end {
            let left = equal_run_back(&a[..i as usize], &b[..j as usize]);
            let right = equal_run(&a[i as usize..], &b[j as usize..]);
            *known = Run { span: (i - left, i + right), marked: (i, i) };
        }
        known.span
    }

    /// The number of letters that are equal from (i, j) on.
    pub(super) fn right(&mut self, a: &[u16], b: &[u16], (i, j): Span) -> u32 {
        let (x, y) = (&a[i as usize..], &b[j as usize..]);
        let run = equal_run(&x[..x.len().min(LONG)], y);
        if (run as usize) < LONG { run } else { self.around(a, b, (i, j)).1 - i }
    }

    /// The number of letters that are equal before (i, j).
    pub(super) fn left(&mut self, a: &[u16], b: &[u16], (i, j): Span) -> u32 {
        let (x, y) = (&a[..i as usize], &b[..j as usize]);
        let run = equal_run_back(&x[x.len().saturating_sub(LONG)..], y);
        if (run as usize) < LONG { run } else { i - self.around(a, b, (i, j)).0 }
    }

    /// Which part of an equal stretch that is to be marked is not marked yet.
    pub(super) fn unmarked(&mut self, a: Span, b: Span) -> Span {
        if ((a.1 - a.0) as usize) < LONG {
            return a;
        }
        let Some(place) = self.known.find(self.key((a.0, b.0))) else { return a };
        let run = self.known.at_mut(place);
        let (start, end) = run.marked;
        if a.0 < run.span.0 || a.1 > run.span.1 || run.span.0 >= run.span.1 {
            return a;
        }
        let part = match (a.0 >= start, a.1 <= end) {
            _ if start >= end || a.1 < start || a.0 > end => {
                run.marked = a;
                return a;
            }
            (true, true) => (a.0, a.0),
            (true, false) => (end, a.1),
            (false, true) => (a.0, start),
            (false, false) => a,
        };
        run.marked = (start.min(a.0), end.max(a.1));
        part
    }
}

/// The number of letters that are equal from the beginning on.
pub(super) fn equal_run(x: &[u16], y: &[u16]) -> u32 {
    let n = x.len().min(y.len());
    let ((fours_x, rest_x), (fours_y, rest_y)) = (x[..n].as_chunks(), y[..n].as_chunks());
    for (i, (p, q)) in fours_x.iter().zip(fours_y).enumerate() {
        let different = pack(*p) ^ pack(*q);
        if different != 0 {
            return (4 * i) as u32 + different.trailing_zeros() / 16;
        }
    }
    (n - rest_x.len() + rest_x.iter().zip(rest_y).take_while(|(p, q)| p == q).count()) as u32
}

/// The number of letters that are equal from the end back.
pub(super) fn equal_run_back(x: &[u16], y: &[u16]) -> u32 {
    let n = x.len().min(y.len());
    let ((rest_x, fours_x), (rest_y, fours_y)) =
        (x[x.len() - n..].as_rchunks(), y[y.len() - n..].as_rchunks());
    for (i, (p, q)) in fours_x.iter().zip(fours_y).rev().enumerate() {
        let different = pack(*p) ^ pack(*q);
        if different != 0 {
            return (4 * i) as u32 + different.leading_zeros() / 16;
        }
    }
    let rest = rest_x.iter().rev().zip(rest_y.iter().rev());
    (n - rest_x.len() + rest.take_while(|(p, q)| p == q).count()) as u32
}

/// Four letters as one number, the first lowest.
fn pack([a, b, c, d]: [u16; 4]) -> u64 {
    u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48
}
