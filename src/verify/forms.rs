//! Reports on one form: the same words, other facts.
//!
//! Two forecasts, match reports or invoices share their long runs of words and differ in the *slots* between
//! these: each has a short figure or name there, and another one. Copies of one story differ by what is left
//! out, added or misread, and in a figure or two that were corrected.
//!
//! The two texts are compared word by word: a figure is a word, and so is each letter of a script without
//! spaces. Words that both have in order (a longest common subsequence, bit-parallel: Hyyrö 2004) are
//! matched. A stretch without a match that has words on *both* sides, at most [`SLOT`] letters each, between
//! matches, is a slot. It is a conflict of figures where both sides hold digits, and other ones; of words
//! where the sides are not alike; misread where they nearly are.

use std::ops::Range;

use crate::text::{Letters, Script, script};
use crate::verify::table::Table;
use crate::verify::words;

/// Weighed letters that one side of a slot has at most.
const SLOT: usize = 20;
/// Edit similarity below which two words are two words, and from which they are one, misread.
const OTHER: f64 = 0.6;
const MISREAD: f64 = 0.78;
/// Weighed letters from which a run of matched words holds by itself; shorter ones may have met by chance.
const SOLID: usize = 12;
/// Weighed letters that a gap between two solid runs has at most on either side, to be looked into.
const GAP: usize = 160;
/// The share of the shorter side of such a gap that the short runs in it must cover, and the letters up to
/// which they need not.
const COVERED: f64 = 0.3;
const NARROW: usize = 48;
/// Pairs of words that are compared at most, which bounds memory at 4 MB: beyond, there is no verdict on
/// forms.
const MOST: usize = 1 << 24;

/// The evidence that two texts are two reports on one form, in nats: how much likelier the slots are if they
/// are than if one is a copy of the other.
///
/// ```text
/// e = 2.8 · figures + 1.3 · min(words, 4 · figures) − 1.2 · same figures − 2 · misread − 0.8 · letters / 100 − 2.6
/// ```
///
/// A figure that stands in the same place of both differs in one copy of twenty, and in four reports on a
/// form of five: ln 16 = 2.8 where it differs, ln(0.3 / 0.95) = −1.2 where it does not: small figures are the
/// same by chance. Other words count only beside other figures: an edited copy has them too. Forms have a
/// slot every hundred letters or more often, and misread words are a scan's. The last number is what is known
/// beforehand: one or two figures may be a correction.
const FIGURE: f64 = 2.8;
const WORD: f64 = 1.3;
const WORDS_TO_A_FIGURE: u32 = 4;
const SAME_FIGURE: f64 = 1.2;
const MISREAD_WORD: f64 = 2.0;
const HUNDRED_LETTERS: f64 = 0.8;
const PRIOR: f64 = 2.6;
/// A corpus can say that many texts are on one form: they differ from each other in the same places. Then
/// other words count without other figures, and nothing is known beforehand. In texts that are known to be on
/// one, another fact is the rule, not the exception: that much is known beforehand.
const WORD_OF_MANY: f64 = 2.0;
const KNOWN: f64 = 2.4;
/// But so many other figures and no other word are a correction even there.
const CORRECTED: u32 = 2;
/// The share of the longer text's letters that the two must have in common for that.
const WHOLE: f64 = 0.7;
/// From here on a pair is taken for two reports on one form.
const SURE: f64 = 0.5;
/// The evidence from which a score falls, and from which nothing of it is left.
const DOUBT: f64 = 0.0;
const FORM: f64 = 1.5;
/// Misread words to other words and figures: up to here the texts were read well, and from there on one of
/// them is a scan, in which figures are misread as well.
const CLEAN: f64 = 0.2;
const SCAN: f64 = 0.4;

/// What stands in the slots of two texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Slots with other figures.
    pub(crate) figures: u32,
    /// Slots with other words.
    pub(crate) words: u32,
    /// Slots with the same word, misread.
    pub(crate) misread: u32,
    /// Figures that both texts have in the same place.
    pub(crate) same_figures: u32,
    /// Weighed letters of the matched words.
    pub(crate) letters: u32,
    /// Weighed letters of all words of the text that has more.
    pub(crate) of_letters: u32,
    /// Where the slots with others are, as in [`FormEvidence::slots`].
    pub(crate) places: [u64; 2],
}

/// What two texts say of a form, read by other comparisons of a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormEvidence {
    /// The pair alone says that they are two reports on one.
    pub(crate) is_form: bool,
    /// They are if several others differ from each of them in the same way.
    pub(crate) if_many: bool,
    /// They are if each is known to be on a form that has slots where these differ.
    pub(crate) of_many: bool,
    /// Of each, a bit for each word in a slot with another figure or word: that of its number among the
    /// words, modulo 64.
    pub(crate) slots: [u64; 2],
}

impl FormEvidence {
    /// The same with the two texts exchanged.
    pub(crate) fn swapped(self) -> Self {
        let [a, b] = self.slots;
        Self { slots: [b, a], ..self }
    }
}

impl Slots {
    /// Takes in which words are in a slot with others.
    fn mark(&mut self, of_a: Range<u32>, of_b: Range<u32>) {
        for (places, words) in self.places.iter_mut().zip([of_a, of_b]) {
            words.for_each(|word| *places |= 1 << (word % 64));
        }
    }

    pub(crate) fn form_evidence(&self) -> FormEvidence {
        FormEvidence {
            is_form: self.form() >= SURE,
            if_many: self.form_if_many() >= SURE,
            of_many: self.form_of_many() >= SURE,
            slots: self.places,
        }
    }

    /// The evidence for two reports on a form, in nats.
    fn evidence(&self) -> f64 {
        let words = self.words.min(WORDS_TO_A_FIGURE * self.figures);
        WORD * f64::from(words) + self.evidence_but_words()
    }

    fn evidence_but_words(&self) -> f64 {
        FIGURE * f64::from(self.figures)
            - SAME_FIGURE * f64::from(self.same_figures)
            - MISREAD_WORD * f64::from(self.misread)
            - HUNDRED_LETTERS * f64::from(self.letters) / 100.0
            - PRIOR
    }

    /// How surely the texts were read well: 0 where one of them is a scan, in \[0, 1\].
    pub(crate) fn read(&self) -> f64 {
        let misread = f64::from(self.misread) / f64::from((self.figures + self.words).max(1));
        1.0 - ((misread - CLEAN) / (SCAN - CLEAN)).clamp(0.0, 1.0)
    }

    /// How surely the texts are two reports on a form, in \[0, 1\].
    pub(crate) fn form(&self) -> f64 {
        self.told_by(self.evidence())
    }

    /// Whether nearly all is the same but for the slots, as in two of many on a form; edited copies leave out
    /// and add.
    fn is_whole(&self) -> bool {
        f64::from(self.letters) >= WHOLE * f64::from(self.of_letters)
    }

    /// How surely the texts are two of many on a form, that is if others differ from them in the same way.
    fn form_if_many(&self) -> f64 {
        if !self.is_whole() {
            return 0.0;
        }
        self.told_by(WORD_OF_MANY * f64::from(self.words) + self.evidence_but_words() + PRIOR)
    }

    /// How surely the texts are two reports on a form that many are known to be on, and both of them.
    fn form_of_many(&self) -> f64 {
        if !self.is_whole() || (self.words == 0 && self.figures <= CORRECTED) {
            return 0.0;
        }
        self.told_by(WORD_OF_MANY * f64::from(self.words) + self.evidence_but_words() + PRIOR + KNOWN)
    }

    fn told_by(&self, evidence: f64) -> f64 {
        self.read() * ((evidence - DOUBT) / (FORM - DOUBT)).clamp(0.0, 1.0)
    }
}

/// Compares texts word by word; holds the buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct SlotReader {
    a: Vec<Token>,
    b: Vec<Token>,
    /// The different words of the first text, numbered from 1, and the number of each of its words, from 0.
    numbers: Table<u32, u32>,
    numbered: Vec<u32>,
    /// A bit for each place of the second text: whether it holds the word of a number.
    equal: Vec<u64>,
    rows: Vec<u64>,
    matched: Vec<(u32, u32)>,
    runs: Vec<Run>,
}

/// The words of a text, read when they are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct SlotWords {
    tokens: Vec<Token>,
    is_read: bool,
}

impl SlotWords {
    /// Forgets the text.
    pub(crate) fn clear(&mut self) {
        self.is_read = false;
    }

    fn take(&mut self, text: &Letters) -> Vec<Token> {
        if !self.is_read {
            read(text, &mut self.tokens);
            self.is_read = true;
        }
        std::mem::take(&mut self.tokens)
    }
}

/// A word, or a letter of a script without spaces.
#[derive(Clone, Copy, Debug)]
struct Token {
    start: u32,
    end: u32,
    hash: u32,
    weight: u32,
    figure: bool,
}

/// Words that match one after the other.
#[derive(Clone, Copy, Debug)]
struct Run {
    a: u32,
    b: u32,
    words: u32,
    letters: usize,
}

fn is_digit(code: u16) -> bool {
    (u16::from(b'0')..=u16::from(b'9')).contains(&code)
}

/// Whether a word has a digit.
fn has_digit(codes: &[u16], word: &Range<usize>) -> bool {
    /// Letters that are looked at in any case: how long a word is cannot be foreseen, but few are longer.
    const MOST: usize = 16;
    match codes[word.start..].first_chunk::<MOST>() {
        Some(letters) if word.len() <= MOST => {
            let length = word.len() as u16;
            let digit = |(i, &code): (u16, _)| u16::from(is_digit(code)) & u16::from(i < length);
            (0..).zip(letters).map(digit).fold(0, |any, digit| any | digit) > 0
        }
        _ => codes[word.clone()].iter().any(|&code| is_digit(code)),
    }
}

/// Cuts a text into words, words into letters and figures.
fn read(text: &Letters, tokens: &mut Vec<Token>) {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Figure,
        Word,
        Syllable,
    }
    let codes = text.codes();
    let kind = |code: u16| match code {
        code if is_digit(code) => Kind::Figure,
        code if script(code) == Script::Syllabary => Kind::Syllable,
        _ => Kind::Word,
    };
    tokens.clear();
    tokens.reserve(text.words().len());
    for word in text.words() {
        if text.is_latin() && !has_digit(codes, &word) {
            tokens.push(Token {
                start: word.start as u32,
                end: word.end as u32,
                hash: words::hash(0, codes, word.clone()),
                weight: word.len() as u32,
                figure: false,
            });
            continue;
        }
        let mut start = word.start;
        while start < word.end {
            let first = kind(codes[start]);
            let mut end = start + 1;
            while end < word.end && first != Kind::Syllable && kind(codes[end]) == first {
                end += 1;
            }
            let weight = if first == Kind::Syllable { 3 } else { end - start };
            tokens.push(Token {
                start: start as u32,
                end: end as u32,
                hash: words::hash(0, codes, start..end),
                weight: weight as u32,
                figure: first == Kind::Figure,
            });
            start = end;
        }
    }
}

fn digits(letters: &[u16]) -> impl Iterator<Item = &u16> {
    letters.iter().filter(|&&code| is_digit(code))
}

fn weight(tokens: &[Token]) -> usize {
    tokens.iter().map(|token| token.weight as usize).sum()
}

impl SlotReader {
    /// Compares two texts, given their words too.
    pub(crate) fn compare(
        &mut self,
        (a, words_a): (&Letters, &mut SlotWords),
        (b, words_b): (&Letters, &mut SlotWords),
    ) -> Slots {
        (self.a, self.b) = (words_a.take(a), words_b.take(b));
        self.match_words();
        self.find_runs();
        let slots = self.slots(a.codes(), b.codes());
        words_a.tokens = std::mem::take(&mut self.a);
        words_b.tokens = std::mem::take(&mut self.b);
        slots
    }

    /// A longest common subsequence of the words.
    fn match_words(&mut self) {
        let Self { a, b, numbers, numbered, equal, rows, matched, .. } = self;
        matched.clear();
        let (mut head, mut tail) = (0, 0);
        while head < a.len().min(b.len()) && a[head].hash == b[head].hash {
            head += 1;
        }
        while tail < a.len().min(b.len()) - head && a[a.len() - 1 - tail].hash == b[b.len() - 1 - tail].hash {
            tail += 1;
        }
        matched.extend((0..head as u32).map(|i| (i, i)));
        let (x, y) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
        let blocks = y.len().div_ceil(64);
        if !x.is_empty() && !y.is_empty() && x.len().saturating_mul(blocks * 64) <= MOST {
            numbers.begin(x.len());
            numbered.clear();
            let mut different = 0;
            for token in x {
                let place = numbers.insert(token.hash);
                let number = numbers.at_mut(place);
                if *number == 0 {
                    different += 1;
                    *number = different;
                }
                numbered.push(*number - 1);
            }
            equal.clear();
            equal.resize(blocks * different as usize, 0);
            for (token, j) in y.iter().zip(0..) {
                if let Some(place) = numbers.find(token.hash) {
                    equal[blocks * (*numbers.at_mut(place) as usize - 1) + j / 64] |= 1 << (j % 64);
                }
            }
            rows.resize(rows.len().max(blocks * (x.len() + 1)), 0);
            rows[..blocks].fill(u64::MAX);
            for (i, &number) in numbered.iter().enumerate() {
                let (above, row) = rows[blocks * i..][..2 * blocks].split_at_mut(blocks);
                let mut carry = false;
                for ((&v, &m), below) in above.iter().zip(&equal[blocks * number as usize..]).zip(row) {
                    let (sum, over) = v.overflowing_add(v & m);
                    let (sum, over_again) = sum.overflowing_add(u64::from(carry));
                    carry = over | over_again;
                    *below = sum | (v & !m);
                }
            }
            // Back from the end. A zero in row i at place j: a match more than without word j.
            let first = matched.len();
            let (mut i, mut j) = (x.len(), y.len());
            while i > 0 && j > 0 {
                if x[i - 1].hash == y[j - 1].hash {
                    (i, j) = (i - 1, j - 1);
                    matched.push(((head + i) as u32, (head + j) as u32));
                } else if rows[blocks * i + (j - 1) / 64] >> ((j - 1) % 64) & 1 == 1 {
                    j -= 1;
                } else {
                    i -= 1;
                }
            }
            matched[first..].reverse();
        }
        let ends = ((a.len() - tail) as u32, (b.len() - tail) as u32);
        matched.extend((0..tail as u32).map(|k| (ends.0 + k, ends.1 + k)));
    }

    fn find_runs(&mut self) {
        self.runs.clear();
        for &(i, j) in &self.matched {
            let letters = self.a[i as usize].weight as usize;
            match self.runs.last_mut() {
                Some(run) if run.a + run.words == i && run.b + run.words == j => {
                    run.words += 1;
                    run.letters += letters;
                }
                _ => self.runs.push(Run { a: i, b: j, words: 1, letters }),
            }
        }
    }

    /// Looks into the gaps between solid runs, and before the first and behind the last.
    fn slots(&self, a: &[u16], b: &[u16]) -> Slots {
        let of_letters = weight(&self.a).max(weight(&self.b));
        let mut slots = Slots { of_letters: of_letters as u32, ..Slots::default() };
        let add = |slots: &mut Slots, run: &Run| {
            slots.letters += run.letters as u32;
            let words = &self.a[run.a as usize..(run.a + run.words) as usize];
            // `14.30` is one figure.
            let begins = |(i, token): (usize, &Token)| token.figure && (i == 0 || !words[i - 1].figure);
            slots.same_figures += words.iter().enumerate().filter(|&word| begins(word)).count() as u32;
        };
        let end = Run { a: self.a.len() as u32, b: self.b.len() as u32, words: 0, letters: 0 };
        let solid = self.runs.iter().enumerate().filter(|(_, run)| run.letters >= SOLID);
        if solid.clone().next().is_none() {
            return slots;
        }
        let (mut i, mut j, mut behind) = (0, 0, 0);
        for (next, run) in solid.chain([(self.runs.len(), &end)]) {
            let between = &self.runs[behind..next];
            let wide = [weight(tokens(&self.a, &(i..run.a))), weight(tokens(&self.b, &(j..run.b)))];
            let covered: usize = between.iter().map(|run| run.letters).sum();
            let [short, long] = [wide[0].min(wide[1]), wide[0].max(wide[1])];
            let is_known = long <= GAP && (short <= NARROW || covered as f64 >= COVERED * short as f64);
            let between = if is_known { between } else { &[] };
            for run in between.iter().chain([run]) {
                self.slot(&mut slots, (a, i..run.a), (b, j..run.b));
                (i, j) = (run.a + run.words, run.b + run.words);
                add(&mut slots, run);
            }
            behind = next + 1;
        }
        slots
    }

    /// Takes in a stretch without a match.
    fn slot(&self, slots: &mut Slots, (a, of_a): (&[u16], Range<u32>), (b, of_b): (&[u16], Range<u32>)) {
        let (x, y) = (tokens(&self.a, &of_a), tokens(&self.b, &of_b));
        let (&[first_x, .., last_x] | &[first_x @ last_x]) = x else { return };
        let (&[first_y, .., last_y] | &[first_y @ last_y]) = y else { return };
        if weight(x).max(weight(y)) > SLOT {
            // More than a slot: but a figure beside words that both texts have is in a place that both have.
            let starts = of_a.start > 0 && of_b.start > 0 && first_x.figure && first_y.figure;
            let ends = (of_a.end as usize) < self.a.len() && (of_b.end as usize) < self.b.len();
            let ends = ends && last_x.figure && last_y.figure;
            slots.figures += u32::from(starts) + u32::from(ends);
            if starts {
                slots.mark(of_a.start..of_a.start + 1, of_b.start..of_b.start + 1);
            }
            if ends {
                slots.mark(of_a.end - 1..of_a.end, of_b.end - 1..of_b.end);
            }
            return;
        }
        let figures = |tokens: &[Token]| tokens.iter().any(|token| token.figure);
        let letters_of_x = &a[first_x.start as usize..last_x.end as usize];
        let letters_of_y = &b[first_y.start as usize..last_y.end as usize];
        let is_other = if figures(x) && figures(y) {
            let is_other = !digits(letters_of_x).eq(digits(letters_of_y));
            slots.figures += u32::from(is_other);
            is_other
        } else if !figures(x) && !figures(y) {
            let alike = similarity(letters_of_x, letters_of_y);
            slots.words += u32::from(alike < OTHER);
            slots.misread += u32::from(alike >= MISREAD);
            alike < OTHER
        } else {
            false
        };
        if is_other {
            slots.mark(of_a, of_b);
        }
    }
}

fn tokens<'a>(tokens: &'a [Token], range: &Range<u32>) -> &'a [Token] {
    &tokens[range.start as usize..range.end as usize]
}

/// 1 − edit distance / letters of the longer one, of short words.
fn similarity(x: &[u16], y: &[u16]) -> f64 {
    let mut row = [0_usize; SLOT + 1];
    let y = &y[..y.len().min(SLOT)];
    let row = &mut row[..=y.len()];
    row.iter_mut().enumerate().for_each(|(j, cost)| *cost = j);
    for (i, &c) in x.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &d) in y.iter().enumerate() {
            let cost = (diagonal + usize::from(c != d)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    1.0 - row[y.len()] as f64 / x.len().max(y.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens_of(words: &[u32]) -> Vec<Token> {
        let token = |&hash: &u32| Token { start: 0, end: 1, hash, weight: 1, figure: false };
        words.iter().map(token).collect()
    }

    /// The length of a longest common subsequence.
    fn naive(a: &[u32], b: &[u32]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let above = row.clone();
            for (j, y) in b.iter().enumerate() {
                row[j + 1] = if x == y { above[j] + 1 } else { above[j + 1].max(row[j]) };
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn as_many_words_are_matched_as_can_be(
            rounds in prop::collection::vec(
                (prop::collection::vec(0..12_u32, 0..150), prop::collection::vec(0..12_u32, 0..150)), 1..4),
        ) {
            let mut reader = SlotReader::default();
            for (a, b) in &rounds {
                (reader.a, reader.b) = (tokens_of(a), tokens_of(b));
                reader.match_words();
                prop_assert!(reader.matched.is_sorted_by(|x, y| x.0 < y.0 && x.1 < y.1));
                prop_assert!(reader.matched.iter().all(|&(i, j)| a[i as usize] == b[j as usize]));
                prop_assert_eq!(reader.matched.len(), naive(a, b));
            }
        }
    }
}
