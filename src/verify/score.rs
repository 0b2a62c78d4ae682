//! The match score of two aligned texts.
//!
//! ```text
//! c = min(covered_a, covered_b)                                     aligned letters, less 4 for each other word in a slot
//! l = short^0.84 · long^0.16                                        of so many
//! A = c / (l + 20 · (1 − (c / l)⁴))                                 the aligned share
//! W = shared weight / sqrt(weight_a · weight_b)                     rarer words, in any order, in abjads alone
//! o = ln(short / 300) / ln(1200 / 300), within 0..1                 how much alignment has to go by
//! t = (c − 30) / (80 − 30), within 0..1                             letters enough to tell a scan
//! m = t · (noise − 0.1) / (0.2 − 0.1), within 0..1                  is one of them a bad scan?
//! f = how surely these are two reports on a form                    see `forms`
//! clean = max(A, o·A + (1 − o)·W·min(1, A/0.1)·0.5/0.33)
//!                                                                   and A alone where c < 30
//! score = (1 − f) · ((1 − m) · clean + m · (1 + 0.75·m) · A), at most 1
//! ```
//!
//! Letters are weighed: three letters of an alphabet say what one Han letter, kana or Hangul syllable says.
//! Texts of the same letters score 1.
//!
//! Clean and scanned pairs need two rules, and the pair itself says which it is: `noise` is the share of its
//! aligned letters that were misread. In a scan seeds are missed, so that A comes out too low, and chance
//! passages do not occur: the largest A of two stories that was seen is 0.11, where running stories in clean
//! text reach 0.72.
//!
//! In Arabic and Hebrew script copies are edited more, and a short one leaves alignment little to hold on to;
//! its names and rare words stay. There, and only there, shared words support what some passage says: in
//! other scripts two short stories about the same people share as many rare words as a copy does.

use super::Basis;
use super::align::Covered;
use super::forms::Slots;

/// The score from which a pair is a match. It is the aligned share A itself in long clean texts.
pub(crate) const MATCH: f64 = 0.5;

/// The aligned share from which words count in full: without a passage they count nothing.
const PASSAGE: f64 = 0.1;
/// The weighted overlap of words that is worth as much as an aligned share of [`MATCH`].
const WORDS: f64 = 0.33;
/// Letters up to which words decide, and from which alignment does.
const SHORT: f64 = 300.0;
const LONG: f64 = 1200.0;
/// Letters that each word counts against the aligned ones that has another in its place: it tells against
/// more than its own letters. In 15 words of clean text it makes precision .99 of .96.
const OTHER_WORD: f64 = 4.0;
/// A score so low is no match, whatever stands in the slots.
const WEAK: f64 = 0.45;
/// Noise up to which a pair is clean, and from which it is a scan.
const CLEAN: f64 = 0.1;
const SCAN: f64 = 0.2;
/// Aligned letters up to which noise tells nothing and words support nothing, and from which noise does.
const FEW_LETTERS: f64 = 30.0;
const ENOUGH_LETTERS: f64 = 80.0;
/// What the coverage of a scan gains.
const LIFT: f64 = 0.75;
/// The weight of the shorter text in the length: 1 would take any cut, 0.5 asks for equal lengths.
const SHORTER: f64 = 0.84;
/// Letters added to the length: a shared byline does not make two notices one.
const SLACK: f64 = 20.0;
/// Documents that must hold the commonest word for frequencies to say something, and to be trusted.
const FEW: f64 = 8.0;
const ENOUGH: f64 = 128.0;

/// A pair of texts to be judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence {
    /// What alignment found, in weighed letters.
    coverage: Covered,
    lengths: [Length; 2],
    /// l: of the shorter text mostly.
    length: f64,
}

/// The length of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Length {
    /// In letters of an alphabet.
    pub(crate) weighed: u32,
    /// Whether most letters are of an abjad.
    pub(crate) is_abjad: bool,
}

impl Evidence {
    pub(crate) fn new(coverage: Covered, lengths: [Length; 2]) -> Self {
        let [short, long] = short_and_long(lengths).map(f64::from);
        let length = libm::pow(short, SHORTER) * libm::pow(long, 1.0 - SHORTER);
        Self { coverage, lengths, length }
    }

    /// A: the aligned share, of the shorter text mostly, so that a cut copy counts.
    pub(crate) fn aligned_share(&self) -> f64 {
        self.share_less(0.0)
    }

    /// The same, with so many letters less.
    fn share_less(&self, letters: f64) -> f64 {
        let covered = (f64::from(self.coverage.a.min(self.coverage.b)) - letters).max(0.0);
        let whole = if self.length > 0.0 { (covered / self.length).min(1.0) } else { 0.0 };
        covered / (self.length + SLACK * (1.0 - whole * whole * whole * whole))
    }

    /// m: is it a scan? 0 for a clean pair, 1 for a bad scan.
    fn scan(&self) -> f64 {
        let covered = f64::from(self.coverage.a.min(self.coverage.b));
        let told = ((covered - FEW_LETTERS) / (ENOUGH_LETTERS - FEW_LETTERS)).clamp(0.0, 1.0);
        told * self.misread()
    }

    /// Whether it looks like a scan, however little there is to tell it by.
    fn misread(&self) -> f64 {
        ((self.coverage.noise - CLEAN) / (SCAN - CLEAN)).clamp(0.0, 1.0)
    }

    /// o: the part that alignment has in the verdict on a clean pair. Words have the rest.
    fn alignment_part(&self) -> f64 {
        if !self.lengths.iter().all(|length| length.is_abjad) {
            return 1.0;
        }
        let short = f64::from(short_and_long(self.lengths)[0].max(1));
        (libm::log(short / SHORT) / libm::log(LONG / SHORT)).clamp(0.0, 1.0)
    }

    /// How much speaks for one story, if the pair is clean and no form. `words` gives W and the number of
    /// documents that hold the commonest word; it is asked only where words have a part in the verdict.
    pub(crate) fn clean(&self, words: impl FnOnce() -> (f64, u32)) -> f64 {
        let (aligned, part) = (self.aligned_share(), self.alignment_part());
        let covered = f64::from(self.coverage.a.min(self.coverage.b));
        if self.scan() == 1.0 || part == 1.0 || covered < FEW_LETTERS {
            return aligned;
        }
        let (overlap, top) = words();
        let trust = (libm::log2(f64::from(top.max(1)) / FEW) / libm::log2(ENOUGH / FEW)).clamp(0.0, 1.0);
        let part = 1.0 - (1.0 - part) * trust;
        let overlap = overlap * (aligned / PASSAGE).min(1.0);
        aligned.max(part * aligned + (1.0 - part) * overlap * MATCH / WORDS)
    }

    /// What most of the score comes from, given what [`clean`](Self::clean) gave.
    pub(crate) fn basis(&self, clean: f64) -> Basis {
        if self.scan() >= 0.5 {
            Basis::Scan
        } else if clean > self.aligned_share() {
            Basis::Words
        } else {
            Basis::Passages
        }
    }

    /// Whether it matters what stands in the slots of the two, when so much speaks for one story.
    pub(crate) fn needs_slots(&self, clean: f64) -> bool {
        clean >= WEAK || (1.0 + LIFT * self.scan()) * self.aligned_share() >= WEAK
    }

    /// The score, in \[0, 1\], from what [`clean`](Self::clean) gave and what stands in the slots.
    pub(crate) fn score(&self, clean: f64, slots: &Slots) -> f64 {
        let (scan, aligned) = (self.scan(), self.aligned_share());
        let scanned = (1.0 + LIFT * scan) * aligned;
        let other_words = OTHER_WORD * slots.read() * (1.0 - self.misread()) * f64::from(slots.words);
        let clean = clean - (aligned - self.share_less(other_words));
        ((1.0 - slots.form()) * ((1.0 - scan) * clean + scan * scanned)).clamp(0.0, 1.0)
    }
}

fn short_and_long([a, b]: [Length; 2]) -> [u32; 2] {
    [a.weighed.min(b.weighed), a.weighed.max(b.weighed)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(covered: u32, noise: f64, a: u32, b: u32) -> Evidence {
        let length = |weighed| Length { weighed, is_abjad: true };
        Evidence::new(Covered { a: covered, b: covered, noise }, [length(a), length(b)])
    }

    fn score(evidence: Evidence, words: impl FnOnce() -> (f64, u32)) -> f64 {
        evidence.score(evidence.clean(words), &Slots::default())
    }

    #[test]
    fn the_score_is_the_formula() {
        let unasked = || -> (f64, u32) { panic!("words have no part in this") };
        let near = |score: f64, expected: f64| assert!((score - expected).abs() < 1e-9, "{score} {expected}");
        near(score(pair(1500, 0.0, 3000, 3000), unasked), 1500.0 / 3018.75);
        let length = libm::pow(1000.0, 0.84) * libm::pow(4000.0, 0.16);
        let cut = 1000.0 / (length + 20.0 * (1.0 - libm::pow(1000.0 / length, 4.0)));
        near(score(pair(1000, 0.0, 1000, 4000), || (0.0, 1000)), cut);
        let scan = pair(1000, 0.3, 3000, 3000);
        near(score(scan, unasked), 1.75 * scan.aligned_share());
        // A paraphrased notice: little is aligned, but the rare words are the same.
        let notice = pair(60, 0.0, 300, 300);
        near(score(notice, || (0.33, 1000)), 0.5);
        // In a corpus of a few texts, frequencies say nothing.
        near(score(notice, || (0.9, 8)), notice.aligned_share());
        // Words alone never match, and in other scripts they have no part.
        near(score(pair(0, 0.0, 300, 300), unasked), 0.0);
        let mut latin = notice;
        latin.lengths[0].is_abjad = false;
        near(score(latin, unasked), latin.aligned_share());
        near(score(pair(3000, 0.3, 3000, 3000), unasked), 1.0);
        near(score(pair(0, 0.0, 0, 0), unasked), 0.0);
        // The whole of a text is the whole, however short.
        near(score(pair(7, 0.0, 7, 7), || (0.0, 0)), 1.0);
        // Reports on a form are none of one story.
        let form = Slots { figures: 9, ..Slots::default() };
        near(pair(900, 0.0, 1200, 1200).score(0.7, &form), 0.0);
        // Other words in a few places are edits, and count a little.
        let story = pair(1200, 0.0, 1200, 1200);
        let edited = story.score(1.0, &Slots { words: 3, ..Slots::default() });
        near(edited, pair(1188, 0.0, 1200, 1200).aligned_share());
    }
}
