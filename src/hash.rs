//! Layer 1: every bit that users may store comes from here.
//!
//! Shingles are hashed by XXH3-64 (Collet, xxHash 0.8 specification) with seed 0, so that any other
//! XXH3 library gives the same values. Signatures and band keys are derived from those hashes with the
//! integer functions below, whose constants are part of the format.

/// The version of everything that may be stored: shingle hashes, signatures, band keys.
///
/// It rises when any of those bits change; signatures of different versions refuse to be compared.
///
/// ```
/// assert_eq!(reprint::hash::FORMAT_VERSION, 1);
/// ```
pub const FORMAT_VERSION: u32 = 1;

/// XXH3-64 of `bytes` with seed 0.
///
/// ```
/// // The published XXH3 value of the empty input.
/// assert_eq!(reprint::hash::xxh3(b""), 0x2d06_8005_38d3_94c2);
/// ```
#[inline]
pub fn xxh3(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// SplitMix64's output function (Steele, Lea, Flood 2014): a bijection of 64-bit words in which every
/// input bit reaches every output bit. Turns seeds and counters into constants.
#[inline]
pub(crate) const fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
