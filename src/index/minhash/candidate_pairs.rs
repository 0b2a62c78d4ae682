//! The pairs of a batch that share a band.

use super::buckets::{Buckets, Keys, Rows};
use super::{Banding, check_bins, check_count};
use crate::error::Result;
use crate::parallel;
use crate::sketch::MinHashSignatures;
use crate::{DocId, Pair};

/// The largest bucket of which [`candidate_pairs`] proposes all pairs.
pub const SMALL_BUCKET: usize = 8;

/// In how many orders [`candidate_pairs`] pairs the neighbours of a larger bucket.
pub const CHAINS: usize = 4;

/// How many bins each of those orders looks at. Of 10,000 documents that agree by chance in two bins of
/// three, ln 10⁴ / ln 1.5 = 23 bins tell every one from the others.
const ORDER_BINS: usize = 32;

fn sort_distinct(pairs: &mut Vec<Pair>) {
    parallel::sort_by_key(pairs, |pair| u64::from(pair.a.0) << 32 | u64::from(pair.b.0));
    pairs.dedup();
}

/// The pairs of documents that share a band, each once, sorted; with a bounded number from any large bucket.
///
/// Documents are numbered by their place among the signatures, and empty ones are in no pair. The result
/// depends on nothing but the signatures and the banding.
///
/// ```
/// use reprint::index::{Banding, candidate_pairs};
/// use reprint::sketch::MinHasher;
/// use reprint::{DocId, Pair};
///
/// let sets = [vec![1, 2, 3], vec![7, 8], vec![1, 2, 3], vec![], vec![]];
/// let signatures = MinHasher::default().sketch_all(&sets);
/// let pairs = candidate_pairs(&signatures, Banding::for_recall(0.8, 0.95, 128)?)?;
/// assert_eq!(pairs, [Pair::new(DocId(0), DocId(2))]);
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Large buckets
///
/// A bucket of *s* documents has *s*²/2 pairs, and one passage that is printed everywhere makes a bucket
/// of everything. Therefore this proposes
///
/// - all pairs of a bucket of at most [`SMALL_BUCKET`] = 8 documents, which is at most 3.5 pairs a document;
/// - in a larger one the neighbours in [`CHAINS`] = 4 orders, which is fewer than 4 pairs a document.
///
/// Order *i* sorts the bucket by the 32 bins that follow the band by *i* quarters of the
/// signature (cyclically), ties by document number, and pairs each document with the next. Documents
/// that agree in many bins have long common beginnings and so lie side by side, as in an LSH Forest
/// (Bawa, Condie, Ganesan 2005); each order is another chance. Exact copies keep the order of their
/// numbers in every order of every band, so that *s* copies yield *s* − 1 pairs in all.
///
/// What it keeps was simulated with 10,000 documents that share a template. Of the pairs of copies
/// that share a band these shares end up connected when the proposed pairs are verified and united; in
/// brackets the pairs proposed per document:
///
/// | bands × rows, resemblance of copies / of others | a star about the lowest number | 4 stars | star and neighbours by number | 1 order | 2 orders | 4 orders |
/// |---|---|---|---|---|---|---|
/// | 13 × 8, 0.85 / 0.67, clusters of 2 | 0.963 (2.1) | 0.963 (6.7) | 0.963 (3.7) | 0.979 (2.0) | 0.987 (3.5) | 0.996 (6.4) |
/// | 8 × 3, 0.60 / 0.43, clusters of 20 | 0.814 (3.5) | 0.816 (9.8) | 0.814 (5.7) | 0.857 (3.4) | 0.930 (5.5) | 0.983 (9.2) |
/// | 3 × 2, 0.82 / 0.33, clusters of 2 | 0.810 (1.5) | 0.810 (5.5) | 0.810 (2.8) | 0.860 (1.2) | 0.966 (2.2) | 0.998 (4.0) |
///
/// A star beside the orders added nothing that was measurable. In a bucket of true copies only, a star is
/// cheaper (at 13 × 8, 3,000 documents at 0.82: 3.6 pairs a document against 16.0), which a verifier
/// wins back by skipping pairs that are already connected. For a scheme of your own, or a second round
/// with other partners, take the [`Buckets`] themselves.
///
/// # Cost
///
/// Time is linear but for the sorts, which only see documents that share a bucket. The memory, with `b`
/// bands and `t` threads:
///
/// | | bytes per document |
/// |---|---|
/// | this, beside the signatures | 8 · min(`b`, 16) + 1 for keys, 2 to 48 · min(`t`, `b`, 16) for a band in work, by the share of documents with company, and 8 for each pair of each band |
/// | [`MinHashIndex::build`](super::MinHashIndex::build) | 16 to 27 · `b` |
/// | [`MinHashIndex::insert`](super::MinHashIndex::insert) one by one | 16 to 54 · `b`, by how full the last doubling left its vectors |
///
/// # Errors
/// When the banding needs more bins than the signatures have, or when there are more than 2³² − 2 of them.
pub fn candidate_pairs(signatures: &MinHashSignatures, banding: Banding) -> Result<Vec<Pair>> {
    pairs(Rows::all(signatures), banding)
}

/// As [`candidate_pairs`], of documents whose signatures stand in another order: that of document i where
/// `order[i]` says.
pub(crate) fn candidate_pairs_in(
    signatures: &MinHashSignatures,
    order: &[DocId],
    banding: Banding,
) -> Result<Vec<Pair>> {
    pairs(Rows { signatures, order: Some(order) }, banding)
}

fn pairs(signatures: Rows<'_>, banding: Banding) -> Result<Vec<Pair>> {
    check_bins(banding, signatures.params())?;
    check_count(signatures.len())?;
    let mut pairs = Vec::new();
    let take = |bands: Vec<Vec<Pair>>| {
        for band in bands {
            pairs.extend(band);
        }
        sort_distinct(&mut pairs);
    };
    Keys::each_band(signatures, banding, take, |number, band| {
        let mut pairs = Vec::new();
        for bucket in Buckets::new(band).iter() {
            if bucket.len() <= SMALL_BUCKET {
                for (i, &a) in bucket.iter().enumerate() {
                    pairs.extend(bucket[i + 1..].iter().map(|&b| Pair { a, b }));
                }
            } else {
                pairs.extend(link(signatures, (number + 1) * banding.rows(), bucket));
            }
        }
        pairs
    });
    Ok(pairs)
}

/// The values by which a large bucket is sorted in one of its [`CHAINS`] orders, of a document whose
/// signature has these values: what an engine sorts by that finds [`candidate_pairs`] in columns.
///
/// Documents of a bucket of `band`, sorted by these and then by number, are paired with the next. Empty for
/// no values. Bands and chains are numbered from 0.
///
/// ```
/// use reprint::index::{Banding, chain_values};
///
/// let row: Vec<u32> = (0..64).collect();
/// let values = chain_values(Banding::new(8, 8)?, 0, 1, &row);
/// assert_eq!(values, (24..56).collect::<Vec<u32>>());
/// # Ok::<(), reprint::Error>(())
/// ```
pub fn chain_values(banding: Banding, band: usize, chain: usize, values: &[u32]) -> Vec<u32> {
    if values.is_empty() {
        return Vec::new();
    }
    let window = window(band.saturating_add(1).saturating_mul(banding.rows()), chain, values.len());
    values.iter().cycle().skip(window.start).take(window.len()).copied().collect()
}

/// The bins that an order looks at, of so many, those over the end meaning those from 0 on.
fn window(after: usize, chain: usize, bins: usize) -> std::ops::Range<usize> {
    let start = after.saturating_add(chain.saturating_mul(bins) / CHAINS) % bins;
    start..start + ORDER_BINS.min(bins)
}

/// The neighbours of a large bucket in each of the orders that begin at the bin `after` the band.
fn link(signatures: Rows<'_>, after: usize, bucket: &[DocId]) -> Vec<Pair> {
    let bins = signatures.params().bins();
    let (mut order, mut neighbours) = (Vec::<(u64, DocId)>::new(), Vec::new());
    for chain in 0..CHAINS {
        let std::ops::Range { start, end } = window(after, chain, bins);
        // The bins from `start` and, where they run over the end, those from 0.
        let window = |document: DocId| {
            let row = signatures.row(document.index());
            (&row[start..end.min(bins)], &row[..end.saturating_sub(bins)])
        };
        order.clear();
        // Two values beside the number, so that most comparisons leave the signatures alone.
        order.extend(bucket.iter().map(|&document| {
            let (from, before) = window(document);
            let head =
                from.iter().chain(before).take(2).fold(0, |head, &value| head << 32 | u64::from(value));
            (head, document)
        }));
        order.sort_unstable_by(|x, y| {
            let rest = || window(x.1).cmp(&window(y.1));
            x.0.cmp(&y.0).then_with(rest).then(x.1.cmp(&y.1))
        });
        neighbours.extend(order.windows(2).map(|next| Pair::new(next[0].1, next[1].1)));
    }
    // Copies come in the same order each time; without this a band of them would hold four of each pair.
    neighbours.sort_unstable();
    neighbours.dedup();
    neighbours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix;
    use crate::sketch::MinHasher;

    #[test]
    fn an_order_is_as_if_the_signatures_stood_in_it() {
        // Small buckets and a large one, copies, and signatures of nothing; some have no place in the order.
        let sets: Vec<Vec<u64>> = (0..60_u64)
            .map(|i| (0..i % 7 * 9).map(|value| splitmix(value + i % 5 * (i / 40))).collect())
            .collect();
        let hasher = MinHasher::builder().bins(64).build().unwrap();
        let order: Vec<DocId> = (0..50).map(|i| DocId(i * 23 % 60)).collect();
        let in_order: Vec<&Vec<u64>> = order.iter().map(|id| &sets[id.index()]).collect();
        let banding = Banding::new(16, 4).unwrap();
        let expected = candidate_pairs(&hasher.sketch_all(&in_order), banding).unwrap();
        let pairs = candidate_pairs_in(&hasher.sketch_all(&sets), &order, banding).unwrap();
        assert_eq!(pairs, expected);
        assert!(pairs.len() > 60);
    }
}
