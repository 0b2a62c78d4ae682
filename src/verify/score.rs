//! The match score of two aligned texts.
//!
//! ```text
//! A = min(covered_a, covered_b) / (short^0.8 · long^0.2 + 20)       aligned letters
//! W = shared weight / sqrt(weight_a · weight_b)                     rarer words, in any order
//! o = ln(short / 300) / ln(1200 / 300), within 0..1                 how much alignment has to go by
//! m = (noise − 0.1) / (0.2 − 0.1), within 0..1                      is one of them a bad scan?
//! score = (1 − m) · max(A, o·A + (1 − o)·W·0.5/0.33) + m · (1 + 0.75·m) · A, at most 1
//! ```
//!
//! Clean and scanned pairs need two rules, and the pair itself says which it is: `noise` is the share of its
//! aligned letters that were misread. In a scan words are broken, so that W means nothing; seeds are missed, so that A
//! comes out too low; and chance passages do not occur: the largest A of strangers that was seen is 0.11, where running
//! stories in clean text reach 0.72. In clean text a short story has few seeds for a paraphrase to keep and
//! few words that strangers would share; in a long one it is the other way round. Hence `o`.

use super::align::Coverage;

/// The score from which a pair is a match. It is the aligned share A itself in long clean texts.
pub(crate) const MATCH: f64 = 0.5;

/// The weighted overlap of words that is worth as much as an aligned share of [`MATCH`].
const WORDS: f64 = 0.33;
/// Letters up to which words decide, and from which alignment does.
const SHORT: f64 = 300.0;
const LONG: f64 = 1200.0;
/// Noise up to which a pair is clean, and from which it is a scan.
const CLEAN: f64 = 0.1;
const SCAN: f64 = 0.2;
/// What the coverage of a scan gains.
const LIFT: f64 = 0.75;
/// The weight of the shorter text in the length: 1 would take any cut, 0.5 asks for equal lengths.
const SHORTER: f64 = 0.8;
/// Letters added to the length: a shared byline does not make two notices one.
const SLACK: f64 = 20.0;
/// Documents that must hold the commonest word for frequencies to say something, and to be trusted.
const FEW: f64 = 8.0;
const ENOUGH: f64 = 128.0;

/// A pair of texts to be judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence {
    /// What alignment found.
    pub(crate) coverage: Coverage,
    /// The weighed lengths in letters, and how many letters were weighed.
    pub(crate) lengths: [Length; 2],
}

/// The length of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Length {
    pub(crate) letters: u32,
    /// In letters of an alphabet.
    pub(crate) weighed: u32,
}

impl Evidence {
    /// A: the aligned share, of the shorter text mostly, so that a cut copy counts.
    fn aligned_share(&self) -> f64 {
        let covered = |covered: u32, length: Length| {
            f64::from(covered) * f64::from(length.weighed) / f64::from(length.letters.max(1))
        };
        let [a, b] = self.lengths;
        let covered = covered(self.coverage.a, a).min(covered(self.coverage.b, b));
        let (short, long) = (a.weighed.min(b.weighed), a.weighed.max(b.weighed));
        covered / (libm::pow(f64::from(short), SHORTER) * libm::pow(f64::from(long), 1.0 - SHORTER) + SLACK)
    }

    /// m: is it a scan? 0 for a clean pair, 1 for a bad scan.
    fn scan(&self) -> f64 {
        ((self.coverage.noise - CLEAN) / (SCAN - CLEAN)).clamp(0.0, 1.0)
    }

    /// o: the part that alignment has in the verdict on a clean pair. Words have the rest.
    fn alignment_part(&self) -> f64 {
        let [a, b] = self.lengths;
        let short = f64::from(a.weighed.min(b.weighed).max(1));
        (libm::log(short / SHORT) / libm::log(LONG / SHORT)).clamp(0.0, 1.0)
    }

    /// The score, in \[0, 1\]. `words` gives W and the number of documents that hold the commonest word; it
    /// is asked only where words have a part in the verdict.
    pub(crate) fn score(&self, words: impl FnOnce() -> (f64, u32)) -> f64 {
        let (aligned, scan, part) = (self.aligned_share(), self.scan(), self.alignment_part());
        let clean = if scan < 1.0 && part < 1.0 {
            let (overlap, top) = words();
            let trust = (libm::log2(f64::from(top.max(1)) / FEW) / libm::log2(ENOUGH / FEW)).clamp(0.0, 1.0);
            let part = 1.0 - (1.0 - part) * trust;
            aligned.max(part * aligned + (1.0 - part) * overlap * MATCH / WORDS)
        } else {
            aligned
        };
        ((1.0 - scan) * clean + scan * (1.0 + LIFT * scan) * aligned).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(covered: u32, noise: f64, a: u32, b: u32) -> Evidence {
        let length = |letters| Length { letters, weighed: letters };
        Evidence { coverage: Coverage { a: covered, b: covered, noise }, lengths: [length(a), length(b)] }
    }

    #[test]
    fn the_score_is_the_formula() {
        let unasked = || -> (f64, u32) { panic!("words have no part in this") };
        let long = pair(1500, 0.0, 3000, 3000).score(unasked);
        assert!((long - 1500.0 / 3020.0).abs() < 1e-12);
        let cut = pair(1000, 0.0, 1000, 4000);
        let expected = 1000.0 / (1000_f64.powf(0.8) * 4000_f64.powf(0.2) + 20.0);
        assert!((cut.score(|| (0.0, 1000)) - expected).abs() < 1e-9);
        let scan = pair(1000, 0.3, 3000, 3000).score(unasked);
        assert!((scan - 1.75 * 1000.0 / 3020.0).abs() < 1e-12);
        // A paraphrased notice: nothing is aligned, but the rare words are the same.
        assert!((pair(0, 0.0, 300, 300).score(|| (0.33, 1000)) - 0.5).abs() < 1e-12);
        // In a corpus of a few texts, frequencies say nothing.
        assert_eq!(pair(0, 0.0, 300, 300).score(|| (0.9, 8)), 0.0);
        assert_eq!(pair(3000, 0.3, 3000, 3000).score(unasked), 1.0);
        assert_eq!(pair(0, 0.0, 0, 0).score(|| (0.0, 0)), 0.0);
    }
}
