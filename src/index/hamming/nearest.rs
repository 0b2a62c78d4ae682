//! The documents nearest to a signature: among rows of signatures, and through an index.

use super::HammingIndex;
use crate::Result;
use crate::index::ids::{Id, NONE};
use crate::index::ring::Links;
use crate::sketch::{SimHashBits, SimHashSignature};

/// The `count` signatures nearest to one, by comparing all: their places and distances in bits, in place of
/// what `found` held; nearest first, those of equal distance by place.
///
/// Empty signatures are near nothing and are left out. Exact. O(n), and the memory of the answer: for a few
/// queries of up to some millions of signatures no index is needed.
///
/// # Errors
/// When seed or format version differ; then `found` is as it was.
///
/// ```
/// use reprint::index::nearest;
/// use reprint::sketch::SimHasher;
///
/// let hasher = SimHasher::<u64>::builder().build()?;
/// let rows = [0b0000, 0b0111, 0b0001, 0b1000].map(|bits| hasher.sketch(&[bits]));
/// let mut found = Vec::new();
/// nearest(&rows, &hasher.sketch(&[0b0011]), 3, &mut found)?;
/// assert_eq!(found, [(1, 1), (2, 1), (0, 2)]);
/// # Ok::<(), reprint::Error>(())
/// ```
pub fn nearest<W: SimHashBits>(
    rows: &[SimHashSignature<W>],
    signature: &SimHashSignature<W>,
    count: usize,
    found: &mut Vec<(usize, u32)>,
) -> Result<()> {
    rows.iter().try_for_each(|row| row.hamming_distance(signature).map(drop))?;
    found.clear();
    let Some(word) = signature.bits() else {
        return Ok(());
    };
    let distances = || {
        let bits = rows.iter().map(SimHashSignature::bits).enumerate();
        bits.filter_map(|(place, bits)| Some((place, word.distance(bits?))))
    };
    let most = farthest::<W>(distances().map(|(_, distance)| distance), count);
    // Of those at the largest distance the first ones fill up.
    let within = distances().filter(|&(_, distance)| distance < most).count();
    let mut last = count.saturating_sub(within);
    found.extend(distances().filter(|&(_, distance)| {
        let fills = distance == most && last > 0;
        last -= usize::from(fills);
        distance < most || fills
    }));
    found.sort_unstable_by_key(|&(place, distance)| (distance, place));
    Ok(())
}

/// The least distance within which `count` of the distances are, or the width.
fn farthest<W: SimHashBits>(distances: impl Iterator<Item = u32>, count: usize) -> u32 {
    let mut counts = vec![0_usize; W::WIDTH as usize + 1];
    distances.for_each(|distance| counts[distance as usize] += 1);
    let mut sum = 0;
    let reached = |&at: &usize| {
        sum += counts[at];
        sum >= count
    };
    (0..counts.len()).find(reached).map_or(W::WIDTH, |at| at as u32)
}

impl<I: Id, W: SimHashBits> HammingIndex<I, W> {
    /// The `count` documents nearest to a signature, with their distances in bits, in place of what `found`
    /// held: nearest first, those of equal distance in the order of insertion.
    ///
    /// Exact, at any distance. Where `count` documents are within [`max_distance`](Self::max_distance) it
    /// costs a query, however many are equal; otherwise all different signatures are compared. An empty
    /// signature is near nothing.
    ///
    /// # Errors
    /// When seed or format version differ from those of the signatures that are here; then `found` is as it
    /// was.
    ///
    /// ```
    /// use reprint::index::HammingIndex;
    /// use reprint::sketch::SimHasher;
    ///
    /// let hasher = SimHasher::<u64>::builder().build()?;
    /// let mut index = HammingIndex::new(3)?;
    /// for (id, bits) in [("a", 0b0000), ("b", u64::MAX), ("c", 0b0001)] {
    ///     index.insert(id, &hasher.sketch(&[bits]))?;
    /// }
    /// let mut found = Vec::new();
    /// index.nearest(&hasher.sketch(&[0b0011]), 3, &mut found)?;
    /// assert_eq!(found, [("c", 1), ("a", 2), ("b", 62)]);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn nearest(
        &self,
        signature: &SimHashSignature<W>,
        count: usize,
        found: &mut Vec<(I, u32)>,
    ) -> Result<()> {
        self.check(signature)?;
        found.clear();
        let Some(word) = signature.bits() else {
            return Ok(());
        };
        let mut near = self.near(word);
        if self.documents_of(&near, count) < count {
            let slots = (0..).zip(self.words.iter().zip(&self.firsts));
            let taken = slots.filter(|(_, (_, first))| **first != NONE);
            near = taken.map(|(slot, (&other, _))| (slot, word.distance(other))).collect();
        }
        near.sort_unstable_by_key(|&(_, distance)| distance);
        let mut left = count;
        for equal in near.chunk_by(|x, y| x.1 == y.1) {
            if left == 0 {
                break;
            }
            let first = |&(slot, _): &(u32, u32)| self.entries.ring(self.firsts[slot as usize]).take(left);
            let mut documents: Vec<(u64, u32)> =
                equal.iter().flat_map(first).map(|document| (self.ids.age(document), document)).collect();
            if documents.len() > left {
                documents.select_nth_unstable(left);
                documents.truncate(left);
            }
            documents.sort_unstable();
            left -= documents.len();
            let ids = documents.iter().filter_map(|&(_, document)| self.ids.get(document).cloned());
            found.extend(ids.map(|id| (id, equal[0].1)));
        }
        Ok(())
    }

    /// The documents of these slots, counted to `enough`.
    fn documents_of(&self, near: &[(u32, u32)], enough: usize) -> usize {
        let of = |&(slot, _): &(u32, u32)| self.entries.ring(self.firsts[slot as usize]);
        near.iter().flat_map(of).take(enough).count()
    }
}
