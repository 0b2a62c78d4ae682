//! Sections: the stretches of one text that correspond to a stretch of the other.
//!
//! 1. **Dots.** Words are compared by their first six letters (their *stem*). Of a stem that the texts have
//!    `ca` and `cb` times, each of the ca · cb pairs of places is a dot, weighed by how unlikely chance makes
//!    it, −ln of the matches to be expected in a window of 24 × 24 words. Words inside the longer passages
//!    that letters gave are dots too: a text of few words over and over has no others.
//! 2. **Density** of a dot: the weights of the different stems within 12 words of it in both texts.
//! 3. **Cores** are dots that are dense, and the densest of their row and of their column. Cores near each
//!    other are one section, if they tell enough together.
//! 4. A section is trimmed to where its dots stand, joined with the next one over a short gap, and where two
//!    sections hold one place, the weightier one has it. Its ends go on as long as the words are the same,
//!    and to the end of a sentence that is near (`ends.rs`).
//! 5. Texts too short or too repetitive for that have the passages that letters gave, where these are
//!    unlikely enough.
//!
//! The work is linear: a stem gives at most 60 dots, and a dot looks at a window.

mod ends;
mod summary;
mod tokens;

use std::cmp::Reverse;

use super::{Shared, Span};
use crate::text::Letters;
use crate::verify::table::Table;
pub(super) use tokens::{Key, Tokens};

/// Words on both sides of a dot that its density counts.
const NEAR: u32 = 12;
/// The most dots of a stem.
const MOST_DOTS: u32 = 60;
/// Weights are in 1/1024 of a nat: sums are the same in any order.
const NAT: f64 = 1024.0;
/// The least and the most weight of a stem that both texts have once.
const RAREST: (f64, f64) = (5.0, 8.0);
/// Stems that there is room for to begin with.
const FEW_STEMS: usize = 1 << 12;
/// How often the passages that letters gave may lie over each other: more is passed over, so that work stays
/// linear.
const MOST_OVERLAP: usize = 8;
/// The weight of a word in a passage of letters, and the letters that such a passage covers at least. With
/// shorter ones too, what stands by chance in edited copies splits them: plagdet of PAN's corpus of 2013 is
/// .948, with 100, 200 or 400 letters it is .952.
const OF_PASSAGE: f64 = 1.0;
const LONG_PASSAGE: u32 = 100;
/// The density of a core.
const DENSE: f64 = 15.0;
/// Words between cores of one section.
const APART: u32 = 35;
/// What a section must tell.
const ENOUGH: f64 = 75.0;
/// What a word costs when a section is trimmed, as a share of the mean.
const COST: f64 = 0.2;
/// Words over which two sections are joined.
const JOINED: u32 = 60;
/// Of the surprise of equal words one after the other, the part that is left when words follow words as they
/// do in language; and what a passage must tell beyond the places where it might begin.
const LANGUAGE: f64 = 0.35;
const UNLIKELY: f64 = 12.0;
/// A passage that no section has is shown if it is one part in so many of the shorter text, or long.
const OF_TEXT: u32 = 20;
/// Where nothing else is shown, all passages are, if they have one part in so many of the shorter text: a bad
/// scan has few whole words.
const OF_SCAN: u32 = 4;

/// A pair of places with one stem.
#[derive(Clone, Copy, Debug, Default)]
struct Dot {
    i: u32,
    j: u32,
    stem: u32,
    weight: u32,
    density: u32,
}

/// A stretch of words of each text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) a: Span,
    pub(super) b: Span,
    /// What it tells, in nats / 1024.
    pub(super) score: u64,
}

/// Finds sections; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Finder {
    pub(super) key: Key,
    pub(super) a: Tokens,
    pub(super) b: Tokens,
    stems: Table<u64, u32>,
    /// How often each stem stands in either text.
    counts: Vec<[u32; 2]>,
    /// The stem of each word of the texts.
    of_a: Vec<u32>,
    of_b: Vec<u32>,
    /// The first word of the second text with each stem, and the next one behind each word.
    first: Vec<u32>,
    next: Vec<u32>,
    dots: Vec<Dot>,
    columns: Vec<u32>,
    sorted: Vec<Dot>,
    stamps: Vec<u32>,
    best: [Vec<u32>; 2],
    cores: Vec<Dot>,
    parents: Vec<u32>,
    row: Vec<u32>,
    sections: Vec<Section>,
    taken: [Vec<bool>; 2],
    /// Sums of how unlikely the words of the first text are in the second, up to each.
    surprises: Vec<u64>,
    /// What each word of a text tells of its being a summary.
    values: Vec<i64>,
    logarithms: Logarithms,
}

/// The natural logarithms of the first numbers; of 0, none.
#[derive(Clone, Debug)]
struct Logarithms([f64; MOST_DOTS as usize + 1]);

impl Default for Logarithms {
    fn default() -> Self {
        Self(std::array::from_fn(|n| if n > 0 { libm::log(n as f64) } else { 0.0 }))
    }
}

const NONE: u32 = u32::MAX;

impl Finder {
    /// The sections of two texts of which letters gave these passages, in the order of the first.
    pub(super) fn find(&mut self, a: &Letters, b: &Letters, passages: &[Shared]) {
        self.a.read(a, self.key);
        self.b.read(b, self.key);
        self.sections.clear();
        self.count();
        if let [whole] = passages
            && (whole.a, whole.b) == ((0, self.a.count), (0, self.b.count))
        {
            let (a, b) = ((0, self.a.len() as u32), (0, self.b.len() as u32));
            self.sections.push(Section { a, b, score: 0 });
            self.resolve();
            return;
        }
        self.put_dots(passages);
        self.measure();
        self.group();
        join(&mut self.sections, false);
        self.resolve();
        self.add_passages(passages);
        self.add_summary();
        join(&mut self.sections, false);
        self.resolve();
        self.go_on();
        self.sections.sort_unstable_by_key(|s| (s.a, s.b));
    }

    /// Reads the words of one text that is compared with itself.
    pub(super) fn read_both(&mut self, text: &Letters) {
        self.a.read(text, self.key);
    }

    pub(super) fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Numbers the stems and counts them.
    fn count(&mut self) {
        // As long texts have far fewer stems than words, the table grows with these.
        let mut room = self.b.len().min(FEW_STEMS);
        self.stems.begin(room);
        self.counts.clear();
        self.of_b.clear();
        for &stem in &self.b.stems {
            if self.counts.len() == room {
                room *= 2;
                self.stems.make_room(room);
            }
            let place = self.stems.insert(stem);
            let number = self.stems.at_mut(place);
            if *number == 0 {
                self.counts.push([0, 0]);
                *number = self.counts.len() as u32;
            }
            let number = *number as usize - 1;
            self.counts[number][1] += 1;
            self.of_b.push(number as u32);
        }
        self.first.clear();
        self.first.resize(self.counts.len(), NONE);
        self.next.clear();
        self.next.resize(self.of_b.len(), NONE);
        for (j, &number) in self.of_b.iter().enumerate().rev() {
            self.next[j] = std::mem::replace(&mut self.first[number as usize], j as u32);
        }
        self.of_a.clear();
        for &stem in &self.a.stems {
            let number = self.stems.find(stem).map_or(NONE, |place| *self.stems.at_mut(place) - 1);
            if let Some(count) = self.counts.get_mut(number as usize) {
                count[0] += 1;
            }
            self.of_a.push(number);
        }
    }

    /// Puts the dots, in the order of the first text.
    fn put_dots(&mut self, passages: &[Shared]) {
        self.dots.clear();
        let window = 4.0 * f64::from(NEAR * NEAR);
        let places = self.a.len() as f64 * self.b.len() as f64;
        let rarest = libm::log(places.max(1.0) / window).max(RAREST.0);
        let logarithms = &self.logarithms.0;
        let weights: [u32; MOST_DOTS as usize + 1] =
            std::array::from_fn(|pairs| ((rarest - logarithms[pairs]).min(RAREST.1) * NAT) as u32);
        for (&stem, i) in self.of_a.iter().zip(0_u32..) {
            let Some(&[in_a, in_b]) = self.counts.get(stem as usize) else { continue };
            let Some(&weight) = weights.get(in_a.saturating_mul(in_b) as usize) else { continue };
            let mut j = self.first[stem as usize];
            while j != NONE {
                self.dots.push(Dot { i, j, stem, weight, density: 0 });
                j = self.next[j as usize];
            }
        }
        let mut stem = self.counts.len() as u32;
        self.take_none();
        let mut long: Vec<&Shared> = passages.iter().filter(|p| p.covered >= LONG_PASSAGE).collect();
        long.sort_unstable_by_key(|p| (Reverse(p.covered), p.a, p.b));
        let mut budget = MOST_OVERLAP * (self.a.len() + self.b.len());
        for passage in long {
            let (words, others) = (self.a.around(passage.a), self.b.around(passage.b));
            if words.0 >= words.1 || others.0 >= others.1 {
                continue;
            }
            let Some(rest) = budget.checked_sub((words.1 - words.0) as usize) else { continue };
            budget = rest;
            let [in_a, in_b] = &mut self.taken;
            if is_taken(in_a, words) && is_taken(in_b, others) {
                continue;
            }
            take(in_a, words);
            take(in_b, others);
            let letters = u64::from(passage.a.1 - passage.a.0).max(1);
            for i in words.0..words.1 {
                // Where the word would be if the passage were of one measure.
                let at = u64::from(self.a.letters((i, i + 1)).0.max(passage.a.0) - passage.a.0);
                let at = at * u64::from(passage.b.1 - passage.b.0) / letters;
                let j = self.b.holder(passage.b.0 + at as u32).clamp(others.0, others.1 - 1);
                self.dots.push(Dot { i, j, stem, weight: (OF_PASSAGE * NAT) as u32, density: 0 });
                stem += 1;
            }
        }
        self.stamps.clear();
        self.stamps.resize(stem as usize, NONE);
        self.dots.sort_by_key(|dot| (dot.i, dot.j));
    }

    /// Works out densities, dots sorted into columns of so many words.
    fn measure(&mut self) {
        let Self { dots, columns, sorted, stamps, .. } = self;
        stamps.resize(self.counts.len().max(stamps.len()), NONE);
        stamps.fill(NONE);
        let width = NEAR;
        let count = self.b.len() / width as usize + 2;
        columns.clear();
        columns.resize(count + 1, 0);
        for dot in &*dots {
            columns[(dot.j / width) as usize + 1] += 1;
        }
        for c in 1..columns.len() {
            columns[c] += columns[c - 1];
        }
        sorted.clear();
        sorted.resize(dots.len(), Dot::default());
        let mut next = columns.clone();
        for dot in &*dots {
            let at = &mut next[(dot.j / width) as usize];
            sorted[*at as usize] = *dot;
            *at += 1;
        }
        for c in 0..count {
            let around = c.saturating_sub(1)..(c + 2).min(count);
            let mut from = [0, 1, 2].map(|n| columns.get(around.start + n).copied().unwrap_or(0));
            for k in columns[c]..columns[c + 1] {
                let dot = sorted[k as usize];
                let mut density = 0;
                for (n, column) in around.clone().enumerate() {
                    let end = columns[column + 1];
                    while from[n] < end && sorted[from[n] as usize].i + NEAR < dot.i {
                        from[n] += 1;
                    }
                    for other in &sorted[from[n] as usize..end as usize] {
                        if other.i > dot.i + NEAR {
                            break;
                        }
                        let stamp = &mut stamps[other.stem as usize];
                        if other.j.abs_diff(dot.j) <= NEAR && *stamp != k {
                            *stamp = k;
                            density += other.weight;
                        }
                    }
                }
                sorted[k as usize].density = density;
            }
        }
    }

    /// Groups cores into sections.
    fn group(&mut self) {
        let dense = (DENSE * NAT) as u32;
        let Self { sorted, best, cores, parents, row, .. } = self;
        sorted.retain(|dot| dot.density >= dense);
        for (best, words) in best.iter_mut().zip([self.a.len(), self.b.len()]) {
            best.clear();
            best.resize(if sorted.is_empty() { 0 } else { words }, 0);
        }
        let [rows, columns] = best;
        for dot in &*sorted {
            let (row, column) = (&mut rows[dot.i as usize], &mut columns[dot.j as usize]);
            *row = dot.density.max(*row);
            *column = dot.density.max(*column);
        }
        cores.clear();
        let is_core =
            |dot: &&Dot| dot.density >= rows[dot.i as usize] && dot.density >= columns[dot.j as usize];
        cores.extend(sorted.iter().filter(is_core));
        cores.sort_unstable_by_key(|dot| (dot.i, dot.j, dot.stem));
        unite(cores, self.b.len(), parents, &mut self.columns, &mut self.next);
        let mut grouped: Vec<(u32, Dot)> =
            cores.iter().zip(0..).map(|(&dot, k)| (root(parents, k), dot)).collect();
        grouped.sort_by_key(|&(root, _)| root);
        let enough = (ENOUGH * NAT) as u64;
        self.stamps.fill(NONE);
        for (of, group) in (0_u32..).zip(grouped.chunk_by(|x, y| x.0 == y.0)) {
            let mut score = 0;
            for (_, dot) in group {
                if std::mem::replace(&mut self.stamps[dot.stem as usize], of) != of {
                    score += u64::from(dot.weight);
                }
            }
            if group.len() < 2 || score < enough {
                continue;
            }
            let a = trim(row, group.iter().map(|(_, dot)| (dot.i, dot.weight)));
            let b = trim(row, group.iter().map(|(_, dot)| (dot.j, dot.weight)));
            self.sections.push(Section { a, b, score });
        }
    }

    /// Gives each place to one section, the weightiest: of what is left to a section, the longest stretch, if
    /// that is half of it.
    fn resolve(&mut self) {
        self.sections.sort_by_key(|s| (Reverse(s.score), s.a, s.b));
        self.take_none();
        let [in_a, in_b] = &mut self.taken;
        self.sections.retain_mut(|section| {
            let (Some(a), Some(b)) = (longest_free(in_a, section.a, 2), longest_free(in_b, section.b, 2))
            else {
                return false;
            };
            (section.a, section.b) = (a, b);
            take(in_a, a);
            take(in_b, b);
            true
        });
    }

    fn take_none(&mut self) {
        for (taken, words) in self.taken.iter_mut().zip([self.a.len(), self.b.len()]) {
            taken.clear();
            taken.resize(words, false);
        }
    }

    /// Adds what letters gave and no section has, the longest first; of two texts without a section all,
    /// where none of it would be shown.
    fn add_passages(&mut self, passages: &[Shared]) {
        if passages.is_empty() {
            return;
        }
        let whole = self.a.count.min(self.b.count);
        let places = libm::log((self.a.len() as f64 * self.b.len() as f64).max(1.0));
        self.add_up_surprises();
        let mut left: Vec<(bool, u32, Section)> = passages
            .iter()
            .filter_map(|passage| {
                let (a, b) = (self.a.around(passage.a), self.b.around(passage.b));
                if a.0 >= a.1 || b.0 >= b.1 {
                    return None;
                }
                let told = LANGUAGE * self.surprise(a) - places;
                let is_part = told >= UNLIKELY
                    && (OF_TEXT * passage.covered >= whole || passage.covered >= LONG_PASSAGE);
                let is_shown = is_part || 2 * passage.covered >= whole;
                Some((is_shown, passage.covered, Section { a, b, score: (told.max(0.0) * NAT) as u64 }))
            })
            .collect();
        let covered: u64 = passages.iter().map(|passage| u64::from(passage.covered)).sum();
        let nothing = self.sections.is_empty() && left.iter().all(|&(is_shown, ..)| !is_shown);
        if !(nothing && u64::from(OF_SCAN) * covered >= u64::from(whole)) {
            left.retain(|&(is_shown, ..)| is_shown);
        }
        left.sort_by_key(|&(_, covered, s)| (Reverse(covered), s.a, s.b));
        let mut budget = MOST_OVERLAP * (self.a.len() + self.b.len());
        let [in_a, in_b] = &mut self.taken;
        for (.., section) in left {
            let words = (section.a.1 - section.a.0) + (section.b.1 - section.b.0);
            let Some(rest) = budget.checked_sub(words as usize) else { break };
            budget = rest;
            let free = (longest_free(in_a, section.a, 4), longest_free(in_b, section.b, 4));
            if let (Some(a), Some(b)) = free {
                take(in_a, a);
                take(in_b, b);
                self.sections.push(Section { a, b, ..section });
            }
        }
    }

    /// Adds up how unlikely it is that the other text has the words of the first, were words independent.
    fn add_up_surprises(&mut self) {
        let words = libm::log((self.a.len() + self.b.len()).max(1) as f64);
        let logarithms = &self.logarithms.0;
        let surprise = |logarithm: f64| ((words - logarithm).max(0.0) * NAT) as u64;
        let mut sum = 0;
        self.surprises.clear();
        self.surprises.push(0);
        for &stem in &self.of_a {
            if let Some(&[a, b]) = self.counts.get(stem as usize) {
                // Most words are rare.
                let known = logarithms.get((a + b) as usize).copied();
                sum += surprise(known.unwrap_or_else(|| libm::log(f64::from(a + b))));
            }
            self.surprises.push(sum);
        }
    }

    /// How unlikely it is that the other text has these words of the first, in nats.
    fn surprise(&self, (from, to): Span) -> f64 {
        (self.surprises[to.max(from) as usize] - self.surprises[from as usize]) as f64 / NAT
    }
}

/// The longest stretch of a span that is not taken, if less than a part of the span is.
pub(super) fn longest_free(taken: &[bool], (from, to): Span, part: usize) -> Option<Span> {
    let words = &taken[from as usize..to as usize];
    let count = words.iter().filter(|&&taken| taken).count();
    if words.is_empty() || part * count >= words.len() {
        return None;
    }
    if count == 0 {
        return Some((from, to));
    }
    let (mut best, mut at) = ((from, from), from);
    for stretch in words.chunk_by(|x, y| x == y) {
        let end = at + stretch.len() as u32;
        if !stretch[0] && end - at > best.1 - best.0 {
            best = (at, end);
        }
        at = end;
    }
    Some(best)
}

/// Whether nine tenths of a span are taken.
fn is_taken(taken: &[bool], (from, to): Span) -> bool {
    let count = taken[from as usize..to as usize].iter().filter(|&&taken| taken).count();
    10 * count >= 9 * (to - from) as usize
}

pub(super) fn take(taken: &mut [bool], (from, to): Span) {
    taken[from as usize..to as usize].fill(true);
}

/// Unites cores within [`APART`] words of each other in both texts. Cores come in the order of the first.
///
/// Those of one column of so many words that are near each other in the first text are one group, so that the
/// last one stands for all of them, and one that is near enough for all of the column beside it.
fn unite(cores: &[Dot], words: usize, parents: &mut Vec<u32>, last: &mut Vec<u32>, before: &mut Vec<u32>) {
    parents.clear();
    parents.extend(0..cores.len() as u32);
    // The last core of each column, and the one before each core in its column.
    last.clear();
    last.resize(words / APART as usize + 1, NONE);
    before.clear();
    for (core, k) in cores.iter().zip(0_u32..) {
        let column = (core.j / APART) as usize;
        for &latest in &last[column.saturating_sub(1)..(column + 2).min(last.len())] {
            let mut at = latest;
            while let Some(other) = cores.get(at as usize)
                && other.i + APART >= core.i
            {
                if other.j.abs_diff(core.j) <= APART {
                    let (x, y) = (root(parents, at), root(parents, k));
                    parents[x.max(y) as usize] = x.min(y);
                    break;
                }
                at = before[at as usize];
            }
        }
        before.push(std::mem::replace(&mut last[column], k));
    }
}

/// The root of a group.
fn root(parents: &mut [u32], mut k: u32) -> u32 {
    while parents[k as usize] != k {
        parents[k as usize] = parents[parents[k as usize] as usize];
        k = parents[k as usize];
    }
    k
}

/// The stretch with the largest sum of the largest weight of each place, less a cost a word.
fn trim(row: &mut Vec<u32>, dots: impl Iterator<Item = (u32, u32)> + Clone) -> Span {
    let first = dots.clone().map(|d| d.0).min().unwrap_or(0);
    let last = dots.clone().map(|d| d.0).max().unwrap_or(0);
    row.clear();
    row.resize((last - first) as usize + 1, 0);
    for (at, weight) in dots {
        let of = &mut row[(at - first) as usize];
        *of = weight.max(*of);
    }
    let sum: u64 = row.iter().map(|&w| u64::from(w)).sum();
    let cost = (COST * sum as f64 / row.len() as f64) as i64;
    let (mut best, mut sum, mut start, mut span) = (i64::MIN, 0, first, (first, first + 1));
    for (&weight, at) in row.iter().zip(first..) {
        if sum <= 0 {
            (sum, start) = (0, at);
        }
        sum += i64::from(weight) - cost;
        if sum > best {
            (best, span) = (sum, (start, at + 1));
        }
    }
    span
}

/// Joins sections over short gaps; of one text only where the two places do not run into each other.
pub(super) fn join(sections: &mut Vec<Section>, of_one_text: bool) {
    let length = |s: Span| s.1 - s.0;
    sections.sort_by_key(|s| (s.a, s.b));
    let mut out: Vec<Section> = Vec::new();
    for &next in &*sections {
        // The section before may be any of the last few: moved blocks stand between.
        let near = |s: &Section| {
            let shortest = length(s.a).min(length(s.b)).min(length(next.a)).min(length(next.b));
            // Within one text, what lies between a line of the head and the article is no part of either
            // copy.
            let longest_gap = JOINED.min(if of_one_text { shortest / 2 } else { 2 * shortest });
            let gap = |x: Span, y: Span| y.0.saturating_sub(x.1).max(x.0.saturating_sub(y.1));
            let swapped = next.b.0 < s.b.0;
            gap(s.a, next.a) <= longest_gap
                && gap(s.b, next.b) <= longest_gap
                && !(swapped && shortest >= JOINED)
                && (!of_one_text || (s.a.1 <= next.a.0 && s.b.1 <= next.b.0 && next.a.1 <= s.b.0))
        };
        match out.iter_mut().rev().take(4).find(|s| near(s)) {
            Some(s) => {
                s.a = (s.a.0.min(next.a.0), s.a.1.max(next.a.1));
                s.b = (s.b.0.min(next.b.0), s.b.1.max(next.b.1));
                s.score += next.score;
            }
            None => out.push(next),
        }
    }
    *sections = out;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cores_near_each_other_are_one_group(
            mut places in prop::collection::vec((0_u32..300, 0_u32..300), 0..60),
        ) {
            places.sort_unstable();
            let cores: Vec<Dot> = places.iter().map(|&(i, j)| Dot { i, j, ..Dot::default() }).collect();
            let (mut ours, mut naive) = (Vec::new(), (0..cores.len()).collect::<Vec<_>>());
            unite(&cores, 300, &mut ours, &mut vec![7; 3], &mut vec![7; 3]);
            for (k, x) in cores.iter().enumerate() {
                for (l, y) in cores.iter().enumerate() {
                    if x.i.abs_diff(y.i) <= APART && x.j.abs_diff(y.j) <= APART && naive[k] != naive[l] {
                        let (from, to) = (naive[k].max(naive[l]), naive[k].min(naive[l]));
                        naive.iter_mut().filter(|of| **of == from).for_each(|of| *of = to);
                    }
                }
            }
            let ours: Vec<usize> = (0..cores.len() as u32).map(|k| root(&mut ours, k) as usize).collect();
            prop_assert_eq!(ours, naive);
        }
    }
}
