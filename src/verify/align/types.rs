//! What an alignment is.

use std::ops::Range;

use super::diff::{Kind, Stretch};

/// How much of two texts is shared.
///
/// Letters are what is left of a text by [`Normalizer::letters`](crate::text::Normalizer::letters).
///
/// ```
/// use reprint::verify::align;
///
/// let wire = "The ferry will not sail before Monday, the harbour master said.";
/// let coverage = align(wire, &format!("{wire} Nobody was hurt when the bridge on the river jammed."))?.coverage;
/// assert_eq!(coverage.coverage_of_a(), 1.0);
/// assert!(coverage.coverage_of_b() < 0.6);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Coverage {
    /// Letters of each text.
    pub letters_of_a: usize,
    /// As above.
    pub letters_of_b: usize,
    /// Letters of each text that the other shares, each counted once.
    pub covered_of_a: usize,
    /// As above.
    pub covered_of_b: usize,
    /// The share of the covered letters that were not equal but misread, in \[0, 1\]: 0 for clean copies, 0.1
    /// to 0.5 for bad scans.
    pub noise: f64,
}

impl Coverage {
    /// The share of the first text's letters that the second shares, in \[0, 1\].
    pub fn coverage_of_a(&self) -> f64 {
        share(self.covered_of_a, self.letters_of_a)
    }

    /// The share of the second text's letters that the first shares, in \[0, 1\].
    pub fn coverage_of_b(&self) -> f64 {
        share(self.covered_of_b, self.letters_of_b)
    }

    /// The same with the two texts exchanged.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self {
            letters_of_a: self.letters_of_b,
            letters_of_b: self.letters_of_a,
            covered_of_a: self.covered_of_b,
            covered_of_b: self.covered_of_a,
            noise: self.noise,
        }
    }
}

/// Two texts laid side by side: the passages they share, and how much of each text is covered.
///
/// ```
/// use reprint::verify::align;
///
/// let wire = "The ferry will not sail before Monday, the harbour master said. Nobody was hurt when the bridge jammed.";
/// let paper = "No boats! The ferry will not sail before Monday, the harbour-master said.";
/// let alignment = align(wire, paper)?;
/// let passage = &alignment.passages[0];
/// assert_eq!(&wire[passage.a.clone()], "The ferry will not sail before Monday, the harbour master said");
/// assert_eq!(&paper[passage.b.clone()], "The ferry will not sail before Monday, the harbour-master said");
/// assert!(alignment.coverage_of_b() > 0.8);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Alignment {
    /// The passages, in the order of the first text: each place of each text in one of them at most.
    pub passages: Vec<Passage>,
    /// How much of each text the other shares.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub coverage: Coverage,
}

impl Alignment {
    /// The share of the first text's letters that the second shares, in \[0, 1\].
    pub fn coverage_of_a(&self) -> f64 {
        self.coverage.coverage_of_a()
    }

    /// The share of the second text's letters that the first shares, in \[0, 1\].
    pub fn coverage_of_b(&self) -> f64 {
        self.coverage.coverage_of_b()
    }

    /// The same with the two texts exchanged; the passages in the order of what is then the first.
    #[must_use]
    pub fn swapped(self) -> Self {
        let mut passages: Vec<Passage> = self.passages.into_iter().map(Passage::swapped).collect();
        passages.sort_unstable_by_key(|p| (p.a.start, p.a.end, p.b.start, p.b.end));
        Self { passages, coverage: self.coverage.swapped() }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A section: the longest stretch of a text that corresponds to a stretch of another, or of the same text.
///
/// What it holds is counted in letters, a stretch that differs by those of its longer side. The kinds of
/// difference, with their places, are what [`differences`](crate::verify::differences) gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Passage {
    /// Its bytes in the first original text; both ends are ends of words, in scripts without spaces of
    /// letters.
    pub a: Range<usize>,
    /// Its bytes in the second original text, or those of its second place in the same text.
    pub b: Range<usize>,
    /// Letters that are the same in both, misread ones included: `equal` and `noise`.
    pub covered: usize,
    /// Letters that are equal.
    pub equal: usize,
    /// Letters of words that are misread, or spelled otherwise.
    pub noise: usize,
    /// Letters of words that have others in their place.
    pub replaced: usize,
    /// Letters of words that only the second text has.
    pub added: usize,
    /// Letters of words that only the first text has.
    pub left_out: usize,
}

impl Passage {
    pub(super) fn new(a: Range<usize>, b: Range<usize>, stretches: &[Stretch]) -> Self {
        let mut passage = Self { a, b, ..Self::default() };
        for stretch in stretches {
            let letters = (stretch.a.1 - stretch.a.0).max(stretch.b.1 - stretch.b.0) as usize;
            let count = match stretch.kind {
                Kind::Equal => &mut passage.equal,
                Kind::Misread => &mut passage.noise,
                Kind::Replaced => &mut passage.replaced,
                Kind::Added => &mut passage.added,
                Kind::LeftOut => &mut passage.left_out,
            };
            *count += letters;
        }
        passage.covered = passage.equal + passage.noise;
        passage
    }

    /// The same with the two texts exchanged.
    fn swapped(self) -> Self {
        Self { a: self.b, b: self.a, added: self.left_out, left_out: self.added, ..self }
    }
}
