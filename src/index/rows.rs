//! Candidates among weighted signatures and b-bit signatures, by the bands of `MinHash`.
//!
//! A bin of theirs agrees with a known probability, as one of `MinHash` does, and that is all that bands
//! need.

use super::{Banding, candidate_pairs};
use crate::sketch::{BBitSignatures, MinHashSignatures, MinHasher, WeightedSignatures};
use crate::{Pair, Result};

/// The pairs of weighted signatures that share a band, as [`candidate_pairs`] gives those of sets.
///
/// The probability that a pair is found is the [`Banding`]'s at its weighted or probability Jaccard index.
/// Needs 4 bytes a bin for a copy of the values besides.
///
/// ```
/// use reprint::index::{Banding, weighted_candidate_pairs};
/// use reprint::sketch::WeightedMinHasher;
/// use reprint::{DocId, Pair};
///
/// let sets = [vec![(1, 2.0), (2, 1.0)], vec![(3, 1.0)], vec![(1, 2.0), (2, 1.0)]];
/// let signatures = WeightedMinHasher::default().sketch_all(&sets)?;
/// let pairs = weighted_candidate_pairs(&signatures, Banding::new(16, 8)?)?;
/// assert_eq!(pairs, [Pair::new(DocId(0), DocId(2))]);
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Errors
/// As [`candidate_pairs`].
pub fn weighted_candidate_pairs(signatures: &WeightedSignatures, banding: Banding) -> Result<Vec<Pair>> {
    pairs(signatures.params().bins(), signatures.values().to_vec(), banding)
}

/// The pairs of b-bit signatures that share a band, as [`candidate_pairs`] gives those of whole ones.
///
/// A pair of similarity J is found with the [`Banding`]'s probability at its
/// [agreement](crate::sketch::BBitParams::agreement): choose the banding for that of the threshold. Bands of
/// r rows of b bits tell at most 2^(rb) sets apart: with fewer than the documents, most pairs become
/// candidates. Needs 4 bytes a bin for the values besides.
///
/// ```
/// use reprint::index::{Banding, bbit_candidate_pairs};
/// use reprint::sketch::{BBitSignatures, MinHasher};
/// use reprint::{DocId, Pair};
///
/// let sets = [vec![1, 2, 3], vec![4], vec![], vec![1, 2, 3], vec![]];
/// let cut = BBitSignatures::new(&MinHasher::default().sketch_all(&sets), 4)?;
/// let banding = Banding::for_recall(cut.params().agreement(0.8), 0.95, 128)?;
/// assert_eq!(bbit_candidate_pairs(&cut, banding)?, [Pair::new(DocId(0), DocId(3))]);
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Errors
/// As [`candidate_pairs`].
pub fn bbit_candidate_pairs(signatures: &BBitSignatures, banding: Banding) -> Result<Vec<Pair>> {
    pairs(signatures.params().bins(), signatures.expanded().collect(), banding)
}

fn pairs(bins: usize, values: Vec<u32>, banding: Banding) -> Result<Vec<Pair>> {
    let params = MinHasher::builder().bins(bins).build()?.params();
    candidate_pairs(&MinHashSignatures::from_values(params, values)?, banding)
}
