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
    /// What it says beside other comparisons: to [`Rounds::cluster`](crate::engine::Rounds::cluster).
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
        Self { evidence: self.evidence.swapped(), extents: [b, a], ..self }
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
    /// By which the next text is known.
    key: u32,
}

impl std::fmt::Debug for Comparer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparer").field("wire", self.wire).finish_non_exhaustive()
    }
}

impl<'a> Comparer<'a> {
    /// One that compares by this method with these statistics.
    pub fn new(wire: &'a Wire, statistics: &'a Statistics) -> Self {
        Self { wire, statistics, scratch: WireScratch::default(), key: 0 }
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
        let (a, b) = (a.into(), b.into());
        check_length(a.text)?;
        check_length(b.text)?;
        let keys = (self.key, self.key.wrapping_add(1));
        self.key = self.key.wrapping_add(2);
        let (a, b) = (Item::new(keys.0, a), Item::new(keys.1, b));
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
        for a in texts {
            for b in texts {
                let alone = Comparer::new(&wire, &statistics).judge(a, b).unwrap();
                assert_eq!(comparer.judge(a, b).unwrap(), alone);
                assert_eq!(alone.score, wire.compare(a, b, &statistics).unwrap().score);
            }
        }
    }
}
