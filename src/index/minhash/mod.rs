//! Candidates among `MinHash` signatures: a batch at once, or an index to which documents are added.
//!
//! [`candidate_pairs`] is for a whole collection at hand: it sorts the keys of each band and keeps no
//! index. [`MinHashIndex`] is for asking one document at a time against those already known.
//!
//! Both cut each signature into the bands of a [`Banding`] and hash each band to a 64-bit
//! [`band_key`]. The documents that have a key in common form a *bucket* of that band. Keys of
//! different rows are equal once in 2⁶⁴, so that a bucket is in practice the documents whose rows agree.

mod bands;
mod buckets;
mod candidate_pairs;
mod index;
mod stored;

pub use buckets::Buckets;
pub(crate) use candidate_pairs::candidate_pairs_in;
pub use candidate_pairs::{CHAINS, SMALL_BUCKET, candidate_pairs, chain_values};
pub use index::MinHashIndex;

use super::Banding;
use super::ids::MOST;
use crate::error::{Error, Result};
use crate::hash::{splitmix, xxh3};
use crate::sketch::MinHashParams;

/// The key of a band of a signature: equal for equal rows of the same band.
///
/// It may be stored: the key is the XXH3-64 (seed 0) of the rows as little-endian 32-bit numbers, XOR the
/// `SplitMix64` output (Steele, Lea, Flood 2014) for the state `band`, and is part of
/// [`FORMAT_VERSION`](crate::hash::FORMAT_VERSION) 1. The second part keeps equal rows of different
/// bands apart, so that one table may hold all bands. Bands are numbered from 0, and band `i` of `r`
/// rows holds the bins from `i`·`r`.
///
/// ```
/// use reprint::index::band_key;
///
/// assert_ne!(band_key(0, &[1, 2, 3]), band_key(1, &[1, 2, 3]));
/// assert_ne!(band_key(0, &[1, 2, 3]), band_key(0, &[3, 2, 1]));
/// ```
pub fn band_key(band: usize, rows: &[u32]) -> u64 {
    let mut bytes = Vec::new();
    little_endian(rows, &mut bytes);
    key_of_bytes(band, &bytes)
}

// Rejected: a folded multiply over pairs of 64-bit words, 16 bands of 8 rows in 146 ns a document instead of
// 165 (10,000 documents, band by band), too little to give up a key that any XXH3 library can make.
#[inline]
fn key_of_bytes(band: usize, rows: &[u8]) -> u64 {
    xxh3(rows) ^ splitmix(band as u64)
}

fn little_endian(values: &[u32], bytes: &mut Vec<u8>) {
    bytes.resize(4 * values.len(), 0);
    for (out, value) in bytes.chunks_exact_mut(4).zip(values) {
        out.copy_from_slice(&value.to_le_bytes());
    }
}

/// An empty document's row is filled with the largest value, which no shingle's bin takes.
fn is_empty(row: &[u32]) -> bool {
    row.first().is_none_or(|&value| value == u32::MAX)
}

fn check_bins(banding: Banding, params: MinHashParams) -> Result<()> {
    if banding.bins() <= params.bins() {
        return Ok(());
    }
    let given = format!("{banding}, {} bins", banding.bins());
    let remedy = "the signatures have fewer bins; choose fewer bands or rows, or sketch with more bins";
    Err(Error::parameter("banding", given, remedy))
}

fn check_count(documents: usize) -> Result<()> {
    if documents <= MOST { Ok(()) } else { Err(Error::too_many("documents", MOST)) }
}

fn check_band(banding: Banding, band: usize) -> Result<()> {
    if band < banding.bands() {
        return Ok(());
    }
    Err(Error::parameter("band", band, "bands are numbered from 0; give one below the number of bands"))
}

/// The [`band_key`] of each band of a signature's values, in order: of as many bands as the values fill.
///
/// An empty document's values give keys as others do: leave it out, or all empty documents share a bucket.
///
/// ```
/// use reprint::index::{Banding, band_key, band_keys};
///
/// let keys: Vec<u64> = band_keys(Banding::new(2, 3)?, &[1, 2, 3, 4, 5, 6, 7]).collect();
/// assert_eq!(keys, [band_key(0, &[1, 2, 3]), band_key(1, &[4, 5, 6])]);
/// # Ok::<(), reprint::Error>(())
/// ```
pub fn band_keys(banding: Banding, values: &[u32]) -> impl Iterator<Item = u64> {
    let mut bytes = Vec::new();
    let bands = values.chunks_exact(banding.rows()).take(banding.bands());
    bands.enumerate().map(move |(band, rows)| {
        little_endian(rows, &mut bytes);
        key_of_bytes(band, &bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_row_is_hashed_whole() {
        // Beyond the 240 bytes where XXH3 changes its ways.
        let mut rows: Vec<u32> = (0..100).collect();
        let key = band_key(3, &rows);
        rows[99] += 1;
        assert_ne!(band_key(3, &rows), key);
    }
}
