//! Comparisons, many of them, with room that is used again.

use super::wire::{Item, Judged, WireScratch};
use super::{Text, Wire};
use crate::Result;
use crate::corpus::Statistics;
use crate::verify::{Basis, Evidence, Extent, FormEvidence, check_length};

/// What a comparison found, without the passages that show it.
///
/// ```
/// use reprint::corpus::Statistics;
/// use reprint::method::{Comparer, Judgement, Wire};
///
/// let (wire, statistics) = (Wire::default(), Statistics::default());
/// let Judgement { score, is_form, .. } = Comparer::new(&wire, &statistics).judge("one text", "one text")?;
/// assert_eq!((score, is_form), (1.0, false));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Judgement {
    /// The score, in \[0, 1\]: that of [`Wire::compare`].
    pub score: f64,
    /// How badly what both share was read, in \[0, 1\]: what a [`Link`](crate::cluster::Link) tells.
    pub noise: f64,
    /// Whether the two are reports on one form: what an [`Outcome`](crate::engine::Outcome) tells.
    pub is_form: bool,
    /// By what the pair was judged.
    pub basis: Basis,
    /// The figures from which the score comes.
    pub evidence: Evidence,
    /// What it says beside other comparisons: to [`Compared::cluster`](crate::engine::Compared::cluster).
    pub(crate) form: FormEvidence,
    pub(crate) extents: [Extent; 2],
}

impl Judgement {
    /// The same with the two texts exchanged.
    ///
    /// ```
    /// use reprint::corpus::Statistics;
    /// use reprint::method::{Comparer, Wire};
    ///
    /// let (wire, statistics) = (Wire::default(), Statistics::default());
    /// let mut comparer = Comparer::new(&wire, &statistics);
    /// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
    /// let copy = format!("NO BOATS. {story}");
    /// assert_eq!(comparer.judge(story, &copy)?.swapped(), comparer.judge(&copy, story)?);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    #[must_use]
    pub fn swapped(self) -> Self {
        let [a, b] = self.extents;
        Self { evidence: self.evidence.swapped(), form: self.form.swapped(), extents: [b, a], ..self }
    }
}

impl From<Judged> for Judgement {
    fn from(Judged { score, noise, form, basis, evidence, extents }: Judged) -> Self {
        Self { score, noise, is_form: form.is_form, basis, evidence, form, extents }
    }
}

/// Compares one pair after another by [`Wire`], with the same statistics and the same memory.
///
/// It is for those who drive [`Rounds`](crate::engine::Rounds) themselves.
///
/// ```
/// use reprint::corpus::Statistics;
/// use reprint::method::{Comparer, Wire};
///
/// let (wire, statistics) = (Wire::default(), Statistics::default());
/// let mut comparer = Comparer::new(&wire, &statistics);
/// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
/// let copy = format!("NO BOATS. {story}");
/// let judged = comparer.judge(story, &copy)?;
/// assert_eq!(judged.score, wire.compare(story, &copy, &statistics)?.score);
/// # Ok::<(), reprint::Error>(())
/// ```
pub struct Comparer<'a> {
    wire: &'a Wire,
    statistics: &'a Statistics,
    scratch: WireScratch,
}

impl std::fmt::Debug for Comparer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparer").field("wire", self.wire).finish_non_exhaustive()
    }
}

impl<'a> Comparer<'a> {
    /// One that compares by this method with these statistics.
    pub fn new(wire: &'a Wire, statistics: &'a Statistics) -> Self {
        Self { wire, statistics, scratch: WireScratch::default() }
    }

    /// The method.
    pub fn wire(&self) -> &Wire {
        self.wire
    }

    /// Compares two texts: the same in either order. Linear in their lengths.
    ///
    /// # Errors
    /// If a text is longer than 2³² − 1 bytes.
    pub fn judge<'t>(&mut self, a: impl Into<Text<'t>>, b: impl Into<Text<'t>>) -> Result<Judgement> {
        self.scratch.forget();
        let judged = self.judge_known((0, a.into()), (1, b.into()));
        self.scratch.forget();
        judged
    }

    /// The same of texts that are known by numbers, a number for each text: one of the last two is not read
    /// again. So comparisons of one text should follow each other.
    ///
    /// ```
    /// use reprint::corpus::Statistics;
    /// use reprint::method::{Comparer, Wire};
    ///
    /// let (wire, statistics) = (Wire::default(), Statistics::default());
    /// let mut comparer = Comparer::new(&wire, &statistics);
    /// let texts = ["a story of the day", "A story of the day!", "the weather"];
    /// let mut score = |a: u32, b: u32| {
    ///     let known = |number: u32| (number, texts[number as usize].into());
    ///     comparer.judge_known(known(a), known(b)).map(|judged| judged.score)
    /// };
    /// assert_eq!((score(0, 1)?, score(0, 2)?), (1.0, 0.0));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`judge`](Self::judge).
    pub fn judge_known(&mut self, a: (u32, Text<'_>), b: (u32, Text<'_>)) -> Result<Judgement> {
        check_length(a.1.text)?;
        check_length(b.1.text)?;
        let (a, b) = (Item::new(a.0, a.1), Item::new(b.0, b.1));
        Ok(self.wire.judge(self.statistics, &mut self.scratch, a, b).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_comparison_leaves_anything_to_the_next() {
        let texts = [
            "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.",
            "NO BOATS. The ferry to the islands will not sail before Monday, the harbour-master said Friday.",
            "The council voted to close the library on Mill Street; the mayor promised a new one by spring.",
            "",
            "?!",
        ];
        let wire = Wire::default();
        let statistics = wire.measure(&texts[..]).unwrap();
        let mut comparer = Comparer::new(&wire, &statistics);
        let mut knowing = Comparer::new(&wire, &statistics);
        for (i, a) in (0..).zip(texts) {
            for (j, b) in (0..).zip(texts) {
                let alone = Comparer::new(&wire, &statistics).judge(a, b).unwrap();
                assert_eq!(comparer.judge(a, b).unwrap(), alone);
                assert_eq!(knowing.judge_known((i, a.into()), (j, b.into())).unwrap(), alone);
                assert_eq!(alone.swapped(), comparer.judge(b, a).unwrap());
                assert_eq!(alone.score, wire.compare(a, b, &statistics).unwrap().score);
            }
        }
    }
}
