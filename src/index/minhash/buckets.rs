//! The documents that agree in a band, for all signatures of a batch at once.

use super::{Banding, check_band, check_bins, check_count, is_empty, key_of_bytes, little_endian};
use crate::DocId;
use crate::error::Result;
use crate::kernel::prefetch::prefetch;
use crate::parallel;
use crate::sketch::{MinHashParams, MinHashSignatures};

/// Bands whose keys are made in one pass over the signatures. One band a pass keeps less in memory but
/// reads a whole cache line, or four, for a few rows: 490 ns a document for 16 bands of 8 rows of
/// 1,000,000 documents, where this takes 77 ns.
const BANDS_A_PASS: usize = 16;

/// Documents whose keys lie together, band by band: 8 KiB a band, so that writing 16 of them at a time
/// stays in the cache, and reading one band is sequential.
const TILE: usize = 1024;

/// The bins in a line of the caches, and the signatures that are on their way at a time.
const LINE: usize = 16;
const AHEAD: usize = 8;

/// Signatures, one for each document, which need not stand in the order of the documents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) signatures: &'a MinHashSignatures,
    /// The signature of each document; that of its number where there is none.
    pub(super) order: Option<&'a [DocId]>,
}

impl<'a> Rows<'a> {
    /// The signatures in the order in which they stand.
    pub(super) fn all(signatures: &'a MinHashSignatures) -> Self {
        Self { signatures, order: None }
    }

    pub(super) fn len(self) -> usize {
        self.order.map_or(self.signatures.len(), <[DocId]>::len)
    }

    pub(super) fn row(self, document: usize) -> &'a [u32] {
        self.signatures.row(self.order.map_or(document, |order| order[document].index()))
    }

    pub(super) fn params(self) -> MinHashParams {
        self.signatures.params()
    }

    /// Has a signature come into the caches that will be read soon. Those that are read as they stand come by
    /// themselves.
    fn fetch(self, document: usize) {
        if let Some(row) = self.order.and_then(|order| order.get(document)) {
            let bins = self.params().bins();
            let row = row.index() * bins..(row.index() + 1) * bins;
            row.step_by(LINE).for_each(|bin| prefetch(self.signatures.values(), bin));
        }
    }
}

/// The keys of some consecutive bands of all documents.
///
/// Tiles of [`TILE`] documents (the last may be shorter); in a tile band after band; in a band a key a
/// document. The keys of empty documents are not to be used.
pub(super) struct Keys {
    bands: usize,
    values: Vec<u64>,
    pub(super) present: Vec<bool>,
}

impl Keys {
    /// Of the `bands` bands from `first`.
    fn new(signatures: Rows<'_>, banding: Banding, first: usize, bands: usize) -> Self {
        let (rows, n) = (banding.rows(), signatures.len());
        let mut keys = vec![0; n * bands];
        let mut present = vec![false; n];
        let mut tiles: Vec<_> = keys.chunks_mut(TILE * bands).zip(present.chunks_mut(TILE)).collect();
        parallel::change(&mut tiles, |tile, (keys, present)| {
            let documents = present.len();
            let mut bytes = Vec::new();
            for (document, present) in present.iter_mut().enumerate() {
                signatures.fetch(tile * TILE + document + AHEAD);
                let row = signatures.row(tile * TILE + document);
                *present = !is_empty(row);
                little_endian(&row[first * rows..(first + bands) * rows], &mut bytes);
                for (band, bytes) in bytes.chunks_exact(4 * rows).enumerate() {
                    keys[band * documents + document] = key_of_bytes(first + band, bytes);
                }
            }
        });
        Self { bands, values: keys, present }
    }

    /// Band by band in passes: `f` of the number and the keys of each.
    pub(super) fn each_band<R: Send>(
        signatures: Rows<'_>,
        banding: Banding,
        mut take: impl FnMut(Vec<R>),
        f: impl Fn(usize, Band<'_>) -> R + Send + Sync,
    ) {
        for first in (0..banding.bands()).step_by(BANDS_A_PASS) {
            let bands = BANDS_A_PASS.min(banding.bands() - first);
            let keys = Self::new(signatures, banding, first, bands);
            take(parallel::tasks(bands, |band| f(first + band, Band { keys: &keys, band })));
        }
    }
}

/// The keys of one band of all documents.
#[derive(Clone, Copy)]
pub(super) struct Band<'a> {
    pub(super) keys: &'a Keys,
    band: usize,
}

impl<'a> Band<'a> {
    fn len(self) -> usize {
        self.keys.present.len()
    }

    /// Key after key, those of empty documents among them.
    pub(super) fn iter(self) -> impl Iterator<Item = u64> + 'a {
        self.keys
            .values
            .chunks(TILE * self.keys.bands)
            .flat_map(move |tile| {
                let documents = tile.len() / self.keys.bands;
                &tile[self.band * documents..][..documents]
            })
            .copied()
    }
}

/// The buckets of one band that hold two documents or more.
///
/// [`candidate_pairs`](crate::index::candidate_pairs) looks at a bounded number of pairs of each; here are
/// the buckets whole, for those who want other pairs. Each is sorted by document number; they come in the
/// order of their keys.
///
/// ```
/// use reprint::DocId;
/// use reprint::index::{Banding, Buckets};
/// use reprint::sketch::MinHasher;
///
/// let sets = [vec![1, 2, 3], vec![7, 8], vec![1, 2, 3], vec![]];
/// let signatures = MinHasher::default().sketch_all(&sets);
/// let buckets = Buckets::of_band(&signatures, Banding::new(16, 8)?, 0)?;
/// assert_eq!(buckets.iter().collect::<Vec<_>>(), [[DocId(0), DocId(2)]]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    documents: Vec<DocId>,
    /// Where each bucket ends among the documents.
    ends: Vec<u32>,
}

impl Buckets {
    /// The buckets of band number `band` (from 0), made from that band's rows alone.
    ///
    /// Empty documents are in no bucket.
    ///
    /// # Errors
    /// When `band` is not below the number of bands, when the banding needs more bins than the signatures
    /// have, or when there are more than 2³² − 2 signatures.
    pub fn of_band(signatures: &MinHashSignatures, banding: Banding, band: usize) -> Result<Self> {
        check_bins(banding, signatures.params())?;
        check_count(signatures.len())?;
        check_band(banding, band)?;
        Ok(Self::new(Band { keys: &Keys::new(Rows::all(signatures), banding, band, 1), band: 0 }))
    }

    pub(super) fn new(band: Band<'_>) -> Self {
        let mut entries = shared(band);
        entries.sort_unstable();
        let mut buckets = Self::default();
        for bucket in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|bucket| bucket.len() > 1) {
            buckets.documents.extend(bucket.iter().map(|&entry| DocId(entry as u32)));
            buckets.ends.push(buckets.documents.len() as u32);
        }
        buckets
    }

    /// How many buckets there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no two documents share a bucket.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bucket after bucket, each two documents or more, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &[DocId]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.documents[start as usize..end as usize])
    }
}

/// The documents whose key may be another's, too: the key, then the number in the lower 32 bits.
///
/// Most documents are alone with their key. Two bits in a table of 8 to 16 slots a document, "seen" and
/// "seen again", leave out all but one in eight of those, at a third of what sorting them would cost:
/// 4 / 10 / 12 ns a document among 10,000 / 100,000 / 1,000,000 without copies.
// Rejected: all sorted, 24 / 30 / 39 ns as (key, number), 12 / 17 / 24 ns as 64 bits of half a key and the
// number; a radix sort of those by three digits of 11 bits, 11 / 12 / 30 ns. Behind the table half keys,
// whose other half must be looked up, take as long as these entries.
fn shared(band: Band<'_>) -> Vec<u128> {
    let present = || band.iter().zip(&band.keys.present).enumerate().filter(|(_, (_, present))| **present);
    let slots = (8 * band.len()).next_power_of_two().max(64);
    let place = |key: u64| {
        let slot = (key >> (64 - slots.trailing_zeros())) as usize;
        (slot / 32, 2 * (slot % 32))
    };
    let mut seen = vec![0_u64; slots / 32];
    for (_, (key, _)) in present() {
        let (word, bit) = place(key);
        let again = (seen[word] >> bit & 1) << 1;
        seen[word] |= (1 | again) << bit;
    }
    let again = present().filter(|&(_, (key, _))| {
        let (word, bit) = place(key);
        seen[word] >> bit & 2 != 0
    });
    again.map(|(document, (key, _))| u128::from(key) << 32 | document as u128).collect()
}

#[cfg(test)]
mod tests {
    use super::super::band_key;
    use super::*;
    use crate::hash::splitmix;
    use crate::sketch::MinHasher;

    #[test]
    fn tiles_are_read_as_they_were_written() {
        let hasher = MinHasher::builder().bins(12).build().unwrap();
        let sets: Vec<Vec<u64>> = (0..TILE as u64 + 77).map(|i| vec![splitmix(i)]).collect();
        let signatures = hasher.sketch_all(&sets);
        let banding = Banding::new(4, 3).unwrap();
        let keys = Keys::new(Rows::all(&signatures), banding, 1, 2);
        for band in 0..2 {
            let band_keys = Band { keys: &keys, band };
            let listed: Vec<u64> = band_keys.iter().collect();
            assert_eq!(listed.len(), sets.len());
            for (document, &key) in listed.iter().enumerate() {
                let rows = &signatures.row(document)[(1 + band) * 3..][..3];
                assert_eq!(key, band_key(1 + band, rows));
            }
        }
    }

    #[test]
    fn half_equal_keys_are_told_apart() {
        // Four keys of one upper half and two lower halves: two buckets.
        let keys = vec![5 << 32 | 1, 5 << 32 | 2, 5 << 32 | 1, 5 << 32 | 2, 6 << 32];
        let keys = Keys { bands: 1, present: vec![true; keys.len()], values: keys };
        let buckets = Buckets::new(Band { keys: &keys, band: 0 });
        let found: Vec<&[DocId]> = buckets.iter().collect();
        assert_eq!(found, [[DocId(0), DocId(2)], [DocId(1), DocId(3)]]);
    }
}
