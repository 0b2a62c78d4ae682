//! Which letters of two texts lie in shared passages.
//!
//! 1. **Seeds**: letter grams after folding the letters that OCR confuses, one in four by its hash (the same
//!    ones in both texts). A gram that either text has more than 3 times tells no place and is passed over.
//! 2. **Chains**: seeds in order of the first text extend the open chain with the least 4 · drift + gaps.
//! 3. **Refinement**, letter by letter: runs of equal letters are followed to their ends. What lies between
//!    two runs is *noise* (the same text, misread: it is shared) or *replaced* (other words: it is not),
//!    decided by edit distance. Where that shows a scan, chains grow past their ends while the next 32
//!    letters resemble each other.
//!
//! The third step is what separates a bad scan of one story from two stories on one template. Both keep a
//! tenth to a half of their seeds; but between the seeds the scan's letters are alike (similarity 0.6 to 0.9)
//! and the template's are not (0.2 to 0.4).
//!
//! How much is covered is what verdicts read. What is shown are **sections** (`sections.rs`), made of words
//! and of the chains' passages, each place once, and what differs in them (`diff.rs`). They cost more than
//! all the rest, and no verdict reads them: `aligner.rs` lays them for those who ask.
//!
//! Cost: linear. A gram gives at most 9 seeds, each meets at most 32 chains, a run of equal letters is
//! followed once a diagonal, and growing stops when it has looked at four times the letters of both texts.

mod aligner;
mod chains;
mod columns;
mod diff;
mod differences;
mod edit;
mod extent;
mod marks;
mod repeats;
mod runs;
mod sections;
mod seeds;
mod types;

use std::cmp::Reverse;

use crate::kernel::Backend;
use crate::text::{Letters, Script, script};
use crate::{Error, Result};
use chains::{Chain, OpenChains, Seed};
use columns::Lines;
use edit::Edit;
use marks::{Marked, Marks};
use runs::{Runs, equal_run, equal_run_back};
use seeds::{Filter, Grams, Seeds, gram};

pub use aligner::{Aligner, align, repeats};
pub use differences::{Change, Difference, differences};
pub(crate) use extent::Extent;
pub use types::{Alignment, Coverage, Passage};

/// Chains that are open at once.
const OPEN: usize = 32;
/// Letters between two seeds of a chain: with one gram in four sampled, room for a badly scanned line.
const GAP: u32 = 96;
/// Letters by which one side may be longer between two seeds.
const DRIFT: u32 = 20;
/// A gap of so many letters is noise whatever they are: one misread letter leaves 1 to 3.
const fn short_gap(script: Script) -> usize {
    match script {
        Script::Alphabet => 3,
        Script::Abjad => 2,
        Script::Syllabary => 1,
    }
}
/// The similarity (1 − edit distance / letters of the longer side) from which a longer gap is noise. Scans of
/// other scripts than Latin were not at hand; there the bar is set by editing, which leaves gaps less alike.
const fn noise(script: Script) -> f64 {
    match script {
        Script::Alphabet => 0.45,
        Script::Abjad | Script::Syllabary => 0.6,
    }
}
/// The share of misread letters from which two texts are a scan and another: then chains grow past their
/// ends. Of clean texts it makes noise of what is other text, follow-ups most of all: without it the adjusted
/// Rand index of eval/counter is 0.894, with it 0.866; of scans, without it, eval/ocr has 0.997, with it 1.
/// From 0.02 to 0.1 all is the same.
const SCANNED: f64 = 0.05;
/// Letters by which a chain grows at its ends.
const STEP: usize = 32;
/// The similarity that they must have. Unrelated English has 0.35 to 0.45.
const fn grown(script: Script) -> f64 {
    match script {
        Script::Alphabet => 0.58,
        Script::Abjad | Script::Syllabary => 0.7,
    }
}
/// Letters by which the other side may be longer over one step.
const SLACK: usize = 6;
/// A chain that covers fewer letters is chance: about three seeds' worth.
const fn least(script: Script) -> u32 {
    match script {
        Script::Alphabet | Script::Abjad => 24,
        Script::Syllabary => 8,
    }
}

/// Letters are numbered in 32 bits.
pub(crate) const MOST_BYTES: usize = u32::MAX as usize;

/// Refuses a text whose letters cannot be numbered.
pub(crate) fn check_length(text: &str) -> Result<()> {
    if text.len() > MOST_BYTES { Err(Error::too_many("bytes in one text", MOST_BYTES)) } else { Ok(()) }
}

/// Whether two texts are laid the other way round: the longer one is the first, so that what is found is the
/// same in either order.
pub(crate) fn is_swapped(a: &str, b: &str) -> bool {
    (b.len(), b) > (a.len(), a)
}

/// How much of two texts is shared: what verdicts read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Covered {
    /// Letters of each text that lie in shared runs, each counted once.
    pub(crate) a: u32,
    pub(crate) b: u32,
    /// The share of those that were read through noise.
    pub(crate) noise: f64,
}

impl Covered {
    /// The same, of texts of these letters.
    pub(crate) fn of(self, a: &Letters, b: &Letters) -> Coverage {
        Coverage {
            letters_of_a: a.codes().len(),
            letters_of_b: b.codes().len(),
            covered_of_a: self.a as usize,
            covered_of_b: self.b as usize,
            noise: self.noise,
        }
    }
}

/// A range of letters.
type Span = (u32, u32);

/// A stretch of a chain that is shared: equal letters, or noise.
#[derive(Clone, Copy, Debug)]
struct Piece {
    a: Span,
    b: Span,
    noise: bool,
}

/// The letters that pieces share.
fn covered(pieces: &[Piece]) -> u32 {
    pieces.iter().map(|piece| (piece.a.1 - piece.a.0).min(piece.b.1 - piece.b.0)).sum()
}

/// Seeds that are looked at together, to begin with and at most.
const AHEAD: usize = 4;
const MOST_AHEAD: usize = 256;

/// A passage in letters.
#[derive(Clone, Copy, Debug)]
struct Shared {
    a: Span,
    b: Span,
    covered: u32,
}

const NONE: u32 = u32::MAX;

/// A text read for alignment: its letters, and those of its grams that may be seeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seeded {
    letters: Letters,
    grams: Grams,
}

impl Seeded {
    pub(crate) fn fill(&mut self, text: &str, backend: Backend) {
        self.letters.fill(text, backend);
        self.grams.sample(&self.letters, backend);
    }

    pub(crate) fn letters(&self) -> &Letters {
        &self.letters
    }
}

/// Aligns letters; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Engine {
    seeds: Seeds,
    in_a: Filter,
    pairs: Vec<Span>,
    chained: Vec<Seed>,
    open: OpenChains,
    chains: Vec<Chain>,
    path: Vec<Span>,
    pieces: Vec<Piece>,
    marks_a: Marks,
    marks_b: Marks,
    reversed_a: Vec<u16>,
    reversed_b: Vec<u16>,
    runs: Runs,
    lines: Lines,
    edit: Edit,
    /// Letters that growing chains may still look at.
    budget: usize,
    shared: Vec<Shared>,
}

impl Engine {
    /// Aligns two texts.
    pub(crate) fn align(&mut self, a: &Seeded, b: &Seeded) -> Covered {
        let (codes_a, codes_b) = (a.letters.codes(), b.letters.codes());
        if codes_a == codes_b {
            return self.take_whole(codes_a.len());
        }
        self.in_a.fill(a.grams.as_slice());
        self.seeds.meet(a.grams.as_slice(), &self.in_a, b.grams.as_slice());
        self.seeds.pairs(&mut self.pairs);
        self.lay(codes_a, codes_b, true)
    }

    /// Aligns a text with what of it comes again at least so many letters later.
    fn align_with_itself(&mut self, text: &Seeded, apart: u32) {
        self.seeds.earlier(text.grams.as_slice(), apart, &mut self.pairs);
        let codes = text.letters.codes();
        self.lay(codes, codes, false);
    }

    /// Chains the pairs of places and refines the chains. Two texts (`apart`) may begin and end alike; one
    /// text does so with itself.
    fn lay(&mut self, a: &[u16], b: &[u16], apart: bool) -> Covered {
        self.chain(a);
        let mut chains = std::mem::take(&mut self.chains);
        let mut found = self.trace(a, b, &chains, apart, false);
        if found.noise >= SCANNED {
            chains.sort_unstable_by_key(|c| (Reverse(c.seeds), c.last));
            found = self.trace(a, b, &chains, apart, true);
        }
        self.chains = chains;
        self.shared.sort_unstable_by_key(|s| (s.a, s.b, s.covered));
        self.shared.dedup_by_key(|s| (s.a, s.b));
        found
    }

    /// Two equal texts share everything.
    fn take_whole(&mut self, letters: usize) -> Covered {
        let whole = (0, letters as u32);
        self.shared.clear();
        self.runs.begin(0);
        for marks in [&mut self.marks_a, &mut self.marks_b] {
            marks.begin(letters);
        }
        self.mark_run(whole, whole);
        coverage(self.marks_a.covered(), self.marks_b.covered())
    }

    /// Turns chains into shared passages, which may grow past noise at their ends: then the longest should be
    /// the first.
    fn trace(&mut self, a: &[u16], b: &[u16], chains: &[Chain], apart: bool, may_grow: bool) -> Covered {
        self.shared.clear();
        self.budget = if may_grow { 4 * (a.len() + b.len()) } else { 0 };
        self.marks_a.begin(a.len());
        self.marks_b.begin(b.len());
        self.runs.begin(chains.len());
        self.lines.begin();
        if apart {
            self.mark_ends(a, b);
        }
        for &chain in chains {
            self.refine(a, b, chain);
        }
        if apart {
            self.mark_columns();
        }
        coverage(self.marks_a.covered(), self.marks_b.covered())
    }

    /// How much of the letters that count the last alignment covers.
    pub(crate) fn coverage_where(
        &self,
        counts_in_a: impl Fn(usize) -> bool,
        counts_in_b: impl Fn(usize) -> bool,
    ) -> Covered {
        coverage(self.marks_a.covered_where(counts_in_a), self.marks_b.covered_where(counts_in_b))
    }

    /// Which part of each text the last alignment covers. Of each: its letters, and which of them stand; none
    /// are told of where none does.
    pub(crate) fn extents(&self, [a, b]: [(usize, &[bool]); 2]) -> [Extent; 2] {
        [Extent::new(&self.marks_a, a), Extent::new(&self.marks_b, b)]
    }

    /// Strings the seeds together.
    fn chain(&mut self, a: &[u16]) {
        let Self { pairs, open, chains, chained, .. } = self;
        chains.clear();
        chained.clear();
        for &(i, j) in &*pairs {
            open.extend(chained, chains, (i, j), gram(script(a[i as usize])) as u32);
        }
        open.close(0, chains);
    }

    /// Marks what both texts begin and end with, if it is half of one of them: a text of a few letters over
    /// and over has too few grams to be seen.
    fn mark_ends(&mut self, a: &[u16], b: &[u16]) {
        let shorter = a.len().min(b.len());
        let head = equal_run(a, b);
        let (rest_a, rest_b) = (&a[head as usize..], &b[head as usize..]);
        let tail = equal_run_back(rest_a, rest_b);
        if 2 * (head + tail) as usize >= shorter {
            let (m, n) = (a.len() as u32, b.len() as u32);
            self.mark_run((0, head), (0, head));
            self.mark_run((m - tail, m), (n - tail, n));
        }
    }

    /// Marks chains that are too short by themselves, where they are the lines of a column.
    fn mark_columns(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.columns(|a, b, pieces| {
            pieces.iter().for_each(|&piece| {
                self.mark(piece);
            });
            self.shared.push(Shared { a, b, covered: covered(pieces) });
        });
        self.lines = lines;
    }

    /// Marks a run of equal letters, and notes it as shared if any of it is new.
    fn mark_run(&mut self, a: Span, b: Span) {
        if a.1 > a.0 && self.mark(Piece { a, b, noise: false }) {
            self.shared.push(Shared { a, b, covered: a.1 - a.0 });
        }
    }

    /// Marks a piece; whether any of it is new, as far as that is known.
    fn mark(&mut self, Piece { a, b, noise }: Piece) -> bool {
        let new = if noise { a } else { self.runs.unmarked(a, b) };
        let (before, after) = (new.0 - a.0, a.1 - new.1);
        self.marks_a.mark(new, noise);
        self.marks_b.mark((b.0 + before, b.1 - after), noise);
        new.1 > new.0
    }

    /// Turns a chain into pieces of shared letters and marks them.
    fn refine(&mut self, a: &[u16], b: &[u16], chain: Chain) {
        if self.mark_straight(a, b, chain) {
            return;
        }
        self.pieces.clear();
        self.path.clear();
        let mut at = chain.last;
        while let Some(seed) = self.chained.get(at as usize) {
            self.path.push((seed.a, seed.b));
            at = seed.before;
        }
        self.path.reverse();
        let path = std::mem::take(&mut self.path);
        let Some(&(i, j)) = path.first() else { return };
        let kind = script(a[i as usize]);
        let g = gram(kind) as u32;
        let (a_start, b_start) = self.grow_left(a, b, (i, j));
        self.piece((i, i + g), (j, j + g), false);
        let mut end = (i + g, j + g);
        let (mut seeds, mut ahead) = (&path[1..], AHEAD);
        while !seeds.is_empty() {
            (end, ahead) = self.run_along(a, b, end, &mut seeds, ahead);
            if let Some((&seed, rest)) = seeds.split_first() {
                end = self.join(a, b, end, seed);
                seeds = rest;
            }
        }
        self.path = path;
        let (a_end, b_end) = self.grow_right(a, b, end);
        let covered = covered(&self.pieces);
        if covered < least(kind) {
            self.lines.add_short((a_start, a_end), (b_start, b_end), &self.pieces);
            return;
        }
        self.lines.add((a_start, a_end), (b_start, b_end));
        for n in 0..self.pieces.len() {
            self.mark(self.pieces[n]);
        }
        // A seed matches folded letters: a passage begins and ends where the letters themselves are equal.
        let differ_at_start = |&n: &u32| a[(a_start + n) as usize] != b[(b_start + n) as usize];
        let before =
            (0..g.min(a_end - a_start).min(b_end - b_start)).take_while(differ_at_start).count() as u32;
        let (a_start, b_start) = (a_start + before, b_start + before);
        let differ_at_end = |&n: &u32| a[(a_end - 1 - n) as usize] != b[(b_end - 1 - n) as usize];
        let after = (0..g.min(a_end - a_start).min(b_end - b_start)).take_while(differ_at_end).count() as u32;
        self.shared.push(Shared { a: (a_start, a_end - after), b: (b_start, b_end - after), covered });
    }

    /// Marks a chain of equal letters from its first seed to its last, as most chains are; whether it is one.
    /// Where it may grow past noise, it is left.
    fn mark_straight(&mut self, a: &[u16], b: &[u16], chain: Chain) -> bool {
        let Some(&last) = self.chained.get(chain.last as usize) else { return false };
        let mut first = last;
        while let Some(&seed) = self.chained.get(first.before as usize) {
            if last.a.wrapping_sub(seed.a) != last.b.wrapping_sub(seed.b) {
                return false;
            }
            first = seed;
        }
        let kind = script(a[first.a as usize]);
        let right = self.runs.right(a, b, (first.a, first.b));
        if self.budget > 0 || right < last.a - first.a + gram(kind) as u32 {
            return false;
        }
        let left = self.runs.left(a, b, (first.a, first.b));
        let (a, b) = ((first.a - left, first.a + right), (first.b - left, first.b + right));
        let covered = left + right;
        if covered >= least(kind) {
            self.lines.add(a, b);
            self.mark_run(a, b);
        } else {
            self.lines.add_short(a, b, &[Piece { a, b, noise: false }]);
        }
        true
    }

    fn piece(&mut self, a: Span, b: Span, noise: bool) {
        match self.pieces.last_mut() {
            // Equal letters go on.
            Some(last) if !noise && !last.noise && (last.a.1, last.b.1) == (a.0, b.0) => {
                (last.a.1, last.b.1) = (a.1, b.1);
            }
            _ if a.1 > a.0 || b.1 > b.0 => self.pieces.push(Piece { a, b, noise }),
            _ => {}
        }
    }

    /// Goes on through equal letters, past as many as `ahead` of the seeds, if these lie on one diagonal: in
    /// clean text most do, and one long comparison is cheaper than one for each. Takes the seeds that are
    /// passed; returns how many to try next.
    fn run_along(
        &mut self,
        a: &[u16],
        b: &[u16],
        (ea, eb): Span,
        seeds: &mut &[Span],
        ahead: usize,
    ) -> (Span, usize) {
        let end_of = |&(i, _): &Span| i + gram(script(a[i as usize])) as u32;
        let on_diagonal = |&&(i, j): &&Span| i.wrapping_sub(j) == ea.wrapping_sub(eb);
        let along = seeds.iter().take(ahead).take_while(on_diagonal);
        let target = along.map(end_of).max().unwrap_or(ea).max(ea);
        let run = equal_run(&a[ea as usize..target as usize], &b[eb as usize..(eb + (target - ea)) as usize]);
        self.piece((ea, ea + run), (eb, eb + run), false);
        let end = (ea + run, eb + run);
        let passed = seeds.iter().take(ahead).take_while(on_diagonal).take_while(|s| end_of(s) <= end.0);
        *seeds = &seeds[passed.count()..];
        (end, if end.0 == target { (2 * ahead).min(MOST_AHEAD) } else { AHEAD })
    }

    /// Goes on from the end of one seed to the end of the next.
    fn join(&mut self, a: &[u16], b: &[u16], end: Span, (i, j): Span) -> Span {
        let (mut ea, mut eb) = end;
        let g = gram(script(a[i as usize])) as u32;
        let (ta, tb) = (i + g, j + g);
        if ta <= ea || tb <= eb {
            return end;
        }
        let run = equal_run(&a[ea as usize..ta as usize], &b[eb as usize..tb as usize]);
        self.piece((ea, ea + run), (eb, eb + run), false);
        (ea, eb) = (ea + run, eb + run);
        if ea == ta || eb == tb {
            return (ea, eb);
        }
        // Inside the seed, on its diagonal: what differs there is an OCR confusion.
        if ea > i && Some(ea - i) == eb.checked_sub(j) {
            self.piece((ea, ta), (eb, tb), true);
            return (ta, tb);
        }
        // Where the seed begins, past both ends, on its own diagonal.
        let over = ea.saturating_sub(i).max(eb.saturating_sub(j));
        let (sa, sb) = (i + over, j + over);
        let run = equal_run_back(&a[ea as usize..sa as usize], &b[eb as usize..sb as usize]);
        let (ga, gb) = (sa - run, sb - run);
        if self.is_noise(&a[ea as usize..ga as usize], &b[eb as usize..gb as usize]) {
            self.piece((ea, ga), (eb, gb), true);
        }
        self.piece((ga, sa), (gb, sb), false);
        self.piece((sa, ta), (sb, sb + (ta - sa)), false);
        (ta, sb + (ta - sa))
    }

    /// Is a gap between two runs the same text misread, or other text?
    fn is_noise(&mut self, x: &[u16], y: &[u16]) -> bool {
        let digit = |c: &u16| (u16::from(b'0')..=u16::from(b'9')).contains(c);
        // Other figures are other facts: tables and match reports differ in little else.
        if x.iter().any(digit) && y.iter().any(digit) {
            return false;
        }
        let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
        let Some(&first) = long.first() else { return true };
        let kind = script(first);
        if long.len() <= short_gap(kind) {
            return true;
        }
        if short.is_empty() {
            return false;
        }
        let distance = if short.len() <= edit::MOST {
            self.edit.distance(short, long)
        } else {
            let ((s0, s1), (l0, l1)) = (short.split_at(short.len() / 2), long.split_at(long.len() / 2));
            self.edit.distance(s0, l0) + self.edit.distance(s1, l1)
        };
        1.0 - f64::from(distance) / long.len() as f64 >= noise(kind)
    }

    fn grow_right(&mut self, a: &[u16], b: &[u16], end: Span) -> Span {
        let (mut ea, mut eb) = end;
        loop {
            let run = self.runs.right(a, b, (ea, eb));
            self.piece((ea, ea + run), (eb, eb + run), false);
            (ea, eb) = (ea + run, eb + run);
            let (x, y) = (&a[ea as usize..], &b[eb as usize..]);
            let n = STEP.min(x.len());
            if n < STEP / 2 || y.is_empty() || !self.afford(run as usize + n) {
                return (ea, eb);
            }
            if self.marks_a.is_marked(ea) && self.marks_b.is_marked(eb) {
                return (ea, eb);
            }
            let Some(used) = step(&mut self.edit, &x[..n], &y[..y.len().min(n + SLACK)]) else {
                return (ea, eb);
            };
            let next = (ea + n as u32, eb + used);
            self.piece((ea, next.0), (eb, next.1), true);
            (ea, eb) = next;
        }
    }

    fn grow_left(&mut self, a: &[u16], b: &[u16], start: Span) -> Span {
        let (mut sa, mut sb) = start;
        loop {
            let run = self.runs.left(a, b, (sa, sb));
            self.piece((sa - run, sa), (sb - run, sb), false);
            (sa, sb) = (sa - run, sb - run);
            let (x, y) = (&a[..sa as usize], &b[..sb as usize]);
            let n = STEP.min(x.len());
            if n < STEP / 2 || y.is_empty() || !self.afford(run as usize + n) {
                return (sa, sb);
            }
            if self.marks_a.is_marked(sa - 1) && self.marks_b.is_marked(sb - 1) {
                return (sa, sb);
            }
            self.reversed_a.clear();
            self.reversed_a.extend(x[x.len() - n..].iter().rev());
            self.reversed_b.clear();
            self.reversed_b.extend(y[y.len() - y.len().min(n + SLACK)..].iter().rev());
            let Some(used) = step(&mut self.edit, &self.reversed_a, &self.reversed_b) else {
                return (sa, sb);
            };
            let next = (sa - n as u32, sb - used);
            self.piece((next.0, sa), (next.1, sb), true);
            (sa, sb) = next;
        }
    }

    fn afford(&mut self, letters: usize) -> bool {
        let affordable = self.budget >= letters;
        self.budget = self.budget.saturating_sub(letters);
        affordable
    }
}

fn coverage(a: Marked, b: Marked) -> Covered {
    let (letters, noisy) = (a.letters + b.letters, a.noisy + b.noisy);
    let noise = if letters == 0 { 0.0 } else { f64::from(noisy) / f64::from(letters) };
    Covered { a: a.letters, b: b.letters, noise }
}

/// How many letters of `y` the step `x` answers to, if it resembles a beginning of it.
fn step(edit: &mut Edit, x: &[u16], y: &[u16]) -> Option<u32> {
    let (distance, used) = edit.best_prefix(x, y);
    let similar = 1.0 - f64::from(distance) / x.len() as f64 >= grown(script(*x.first()?));
    (used > 0 && similar).then_some(used as u32)
}
