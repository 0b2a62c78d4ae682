//! What differs, by words, between two stretches of text.
//!
//! Words in a row that both have at the beginning and at the end are set aside. What is left is compared
//! exactly where it is short (longest common subsequence, by letters); a long one is parted at the words that
//! both have once (patience diff, Cohen); where there are none, Myers' greedy method (1986) goes on in steps
//! of at most 64 differences. So the work is linear, whatever the texts.

use super::edit::{self, Edit};
use super::sections::{Key, Tokens};
use super::{Span, noise};
use crate::text::script;
use crate::verify::table::Table;

/// What became of a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The same letters.
    Equal,
    /// The same text, misread or spelled otherwise.
    Misread,
    /// Other text on both sides.
    Replaced,
    /// Only in the second text.
    Added,
    /// Only in the first text.
    LeftOut,
}

/// A stretch in letters of both texts; the side that does not have it is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) kind: Kind,
    pub(super) a: Span,
    pub(super) b: Span,
}

/// Compared words, at most, in an exact comparison.
const EXACT: usize = 4096;
/// Differences that one step of the greedy method goes through.
const STEP: usize = 64;
/// How often what is left is parted at words that stand once.
const DEPTH: usize = 8;
/// Letters of two stretches that are compared as one.
const LONGEST: u32 = 96;

/// Compares words; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Differ {
    edit: Edit,
    x: Vec<u64>,
    y: Vec<u64>,
    once: Table<u64, Once>,
    table: Vec<u32>,
    matched: Vec<(usize, usize)>,
}

/// Where a word stands in each side, plus one; the largest number if more than once.
#[derive(Clone, Copy, Debug, Default)]
struct Once {
    x: u32,
    y: u32,
}

/// Words of a text.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) codes: &'a [u16],
    pub(super) tokens: &'a Tokens,
    pub(super) words: Span,
}

impl Side<'_> {
    fn letters(&self, from: usize, to: usize) -> Span {
        self.tokens.letters((self.words.0 + from as u32, self.words.0 + to as u32))
    }

    fn codes(&self, span: Span) -> &[u16] {
        &self.codes[span.0 as usize..span.1 as usize]
    }

    fn hashes(&self, key: Key, out: &mut Vec<u64>) {
        out.clear();
        let words = (self.words.1 - self.words.0) as usize;
        out.extend((0..words).map(|word| key.hash_word(self.codes(self.letters(word, word + 1)))));
    }
}

impl Differ {
    /// Puts the stretches of two sides into `out`, in order; those of one kind that touch are one.
    pub(super) fn compare(&mut self, key: Key, a: Side<'_>, b: Side<'_>, out: &mut Vec<Stretch>) {
        let (mut x, mut y) = (std::mem::take(&mut self.x), std::mem::take(&mut self.y));
        a.hashes(key, &mut x);
        b.hashes(key, &mut y);
        self.matched.clear();
        self.match_words(&x, &y, (0, 0), 0);
        let matched = std::mem::take(&mut self.matched);
        let (mut i, mut j) = (0, 0);
        for &(next_i, next_j) in matched.iter().chain([&(x.len(), y.len())]) {
            self.gap((&a, i, next_i), (&b, j, next_j), out);
            if next_i < x.len() && next_j < y.len() {
                let (span_a, span_b) = (a.letters(next_i, next_i + 1), b.letters(next_j, next_j + 1));
                push(out, Stretch { kind: Kind::Equal, a: span_a, b: span_b });
            }
            (i, j) = (next_i + 1, next_j + 1);
        }
        (self.x, self.y, self.matched) = (x, y, matched);
    }

    /// Says what the words between two equal ones are: long gaps in parts of some letters.
    fn gap(
        &mut self,
        (a, i, i_end): (&Side<'_>, usize, usize),
        (b, j, j_end): (&Side<'_>, usize, usize),
        out: &mut Vec<Stretch>,
    ) {
        let (i_end, j_end) = (i_end.max(i), j_end.max(j));
        let (whole_a, whole_b) = (a.letters(i, i_end), b.letters(j, j_end));
        let longest = (whole_a.1 - whole_a.0).max(whole_b.1 - whole_b.0);
        let parts = longest.div_ceil(LONGEST).max(1) as usize;
        let at = |from: usize, to: usize, n: usize| from + (to - from) * n / parts;
        for n in 0..parts {
            let span_a = a.letters(at(i, i_end, n), at(i, i_end, n + 1));
            let span_b = b.letters(at(j, j_end, n), at(j, j_end, n + 1));
            let kind = match (span_a.0 < span_a.1, span_b.0 < span_b.1) {
                (false, false) => continue,
                (false, true) => Kind::Added,
                (true, false) => Kind::LeftOut,
                (true, true) => self.kind(a.codes(span_a), b.codes(span_b)),
            };
            push(out, Stretch { kind, a: span_a, b: span_b });
        }
    }

    fn kind(&mut self, x: &[u16], y: &[u16]) -> Kind {
        let digit = |c: &u16| (u16::from(b'0')..=u16::from(b'9')).contains(c);
        if x == y {
            return Kind::Equal;
        }
        // Other figures are other facts.
        if x.iter().any(digit) && y.iter().any(digit) {
            return Kind::Replaced;
        }
        let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
        let distance = if short.len() <= edit::MOST {
            self.edit.distance(short, long)
        } else {
            let ((s0, s1), (l0, l1)) = (short.split_at(short.len() / 2), long.split_at(long.len() / 2));
            self.edit.distance(s0, l0) + self.edit.distance(s1, l1)
        };
        let alike = 1.0 - f64::from(distance) / long.len() as f64;
        let least = long.first().map_or(1.0, |&code| noise(script(code)));
        if alike >= least { Kind::Misread } else { Kind::Replaced }
    }

    /// Notes equal words of both sides, in order of both.
    fn match_words(&mut self, x: &[u64], y: &[u64], (i, j): (usize, usize), depth: usize) {
        let head = x.iter().zip(y).take_while(|(x, y)| x == y).count();
        self.matched.extend((0..head).map(|n| (i + n, j + n)));
        let (x, y, i, j) = (&x[head..], &y[head..], i + head, j + head);
        let tail = x.iter().rev().zip(y.iter().rev()).take_while(|(x, y)| x == y).count();
        let (m, n) = (x.len() - tail, y.len() - tail);
        self.match_rest(&x[..m], &y[..n], (i, j), depth);
        self.matched.extend((0..tail).map(|k| (i + m + k, j + n + k)));
    }

    fn match_rest(&mut self, x: &[u64], y: &[u64], (i, j): (usize, usize), depth: usize) {
        if x.is_empty() || y.is_empty() {
            return;
        }
        if x.len().saturating_mul(y.len()) <= EXACT {
            self.match_exactly(x, y, (i, j));
            return;
        }
        let anchors = if depth < DEPTH { self.anchors(x, y) } else { Vec::new() };
        if anchors.is_empty() {
            self.match_greedily(x, y, (i, j));
            return;
        }
        let (mut p, mut q) = (0, 0);
        for (next_p, next_q) in anchors {
            self.match_words(&x[p..next_p], &y[q..next_q], (i + p, j + q), depth + 1);
            self.matched.push((i + next_p, j + next_q));
            (p, q) = (next_p + 1, next_q + 1);
        }
        self.match_words(&x[p..], &y[q..], (i + p, j + q), depth + 1);
    }

    /// The words that both sides have once, as many as stand in one order.
    fn anchors(&mut self, x: &[u64], y: &[u64]) -> Vec<(usize, usize)> {
        const MANY: u32 = u32::MAX;
        self.once.begin(x.len() + y.len());
        for (&word, at) in x.iter().zip(1..) {
            let place = self.once.insert(word);
            let once = self.once.at_mut(place);
            once.x = if once.x == 0 { at } else { MANY };
        }
        for (&word, at) in y.iter().zip(1..) {
            let place = self.once.insert(word);
            let once = self.once.at_mut(place);
            once.y = if once.y == 0 { at } else { MANY };
        }
        let mut pairs = Vec::new();
        for (&word, p) in x.iter().zip(0..) {
            if let Some(place) = self.once.find(word)
                && let Once { x, y: q } = *self.once.at_mut(place)
                && ![0, MANY].contains(&x)
                && ![0, MANY].contains(&q)
            {
                pairs.push((p, q as usize - 1));
            }
        }
        longest_rising(&pairs)
    }

    /// The common subsequence of most words.
    fn match_exactly(&mut self, x: &[u64], y: &[u64], (i, j): (usize, usize)) {
        let width = y.len() + 1;
        self.table.clear();
        self.table.resize((x.len() + 1) * width, 0);
        for p in (0..x.len()).rev() {
            for q in (0..y.len()).rev() {
                self.table[p * width + q] = if x[p] == y[q] {
                    self.table[(p + 1) * width + q + 1] + 1
                } else {
                    self.table[(p + 1) * width + q].max(self.table[p * width + q + 1])
                };
            }
        }
        let (mut p, mut q) = (0, 0);
        while p < x.len() && q < y.len() {
            if x[p] == y[q] {
                self.matched.push((i + p, j + q));
                (p, q) = (p + 1, q + 1);
            } else if self.table[(p + 1) * width + q] >= self.table[p * width + q + 1] {
                p += 1;
            } else {
                q += 1;
            }
        }
    }

    /// Myers' method, which after some differences keeps the path that came farthest.
    fn match_greedily(&mut self, x: &[u64], y: &[u64], (i, j): (usize, usize)) {
        let (mut p, mut q) = (0, 0);
        while p < x.len() && q < y.len() {
            let (dp, dq) = self.step(&x[p..], &y[q..], (i + p, j + q));
            (p, q) = (p + dp, q + dq);
        }
    }

    /// One step: how far it came on both sides.
    fn step(&mut self, x: &[u64], y: &[u64], (i, j): (usize, usize)) -> (usize, usize) {
        const CENTRE: usize = STEP + 1;
        // far[d][k]: how far on x the path of d differences came on diagonal k, plus one.
        let mut far = vec![[0_usize; 2 * STEP + 3]; STEP + 1];
        // Where the path of d differences begins on diagonal k, and the diagonal that it comes from.
        let start = |far: &[[usize; 2 * STEP + 3]], d: usize, k: usize| {
            if d == 0 {
                return Some((0, k));
            }
            let (below, above) = (far[d - 1][k - 1], far[d - 1][k + 1]);
            let from_below = (below > 0 && below <= x.len()).then_some((below, k - 1));
            let from_above = (above > 0 && above + CENTRE <= y.len() + k + 1).then(|| (above - 1, k + 1));
            from_below.max(from_above)
        };
        let (mut best, mut end) = ((0, 0), (0, CENTRE));
        'differences: for d in 0..=STEP {
            for k in (CENTRE - d..=CENTRE + d).step_by(2) {
                let Some((mut p, _)) = start(&far, d, k) else { continue };
                let mut q = p + CENTRE - k;
                while p < x.len() && q < y.len() && x[p] == y[q] {
                    (p, q) = (p + 1, q + 1);
                }
                far[d][k] = p + 1;
                if p + q > best.0 + best.1 {
                    (best, end) = ((p, q), (d, k));
                }
                if p == x.len() && q == y.len() {
                    break 'differences;
                }
            }
        }
        let ((mut d, mut k), mut p, known) = (end, best.0, self.matched.len());
        while let Some((from, before)) = start(&far, d, k) {
            while p > from {
                p -= 1;
                self.matched.push((i + p, j + p + CENTRE - k));
            }
            if d == 0 {
                break;
            }
            (d, k) = (d - 1, before);
            p = far[d][k] - 1;
        }
        self.matched[known..].reverse();
        best
    }
}

/// Adds a stretch, to the last one if that is of its kind.
fn push(out: &mut Vec<Stretch>, stretch: Stretch) {
    match out.last_mut() {
        Some(last) if last.kind == stretch.kind && (last.a.1, last.b.1) == (stretch.a.0, stretch.b.0) => {
            (last.a.1, last.b.1) = (stretch.a.1, stretch.b.1);
        }
        _ => out.push(stretch),
    }
}

/// The longest subsequence of pairs, in order of the first number, that rises in the second (patience
/// sorting).
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length the pair with the least second number that ends such a subsequence; and the pair before
    // each.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) =
        (Vec::new(), Vec::with_capacity(pairs.len()));
    for (n, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end: &usize| pairs[end].1 < pair.1);
        before.push(length.checked_sub(1).map(|l| ends[l]));
        if length == ends.len() {
            ends.push(n);
        } else {
            ends[length] = n;
        }
    }
    let mut at = ends.last().copied();
    let mut rising = Vec::with_capacity(ends.len());
    while let Some(n) = at {
        rising.push(pairs[n]);
        at = before[n];
    }
    rising.reverse();
    rising
}
