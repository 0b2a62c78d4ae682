//! Layer 1: every bit that users may store comes from here.
//!
//! Shingles are hashed by XXH3-64 (Collet, `xxHash` 0.8 specification) with seed 0, so that any other
//! XXH3 library gives the same values. Signatures and band keys are derived from those hashes with the
//! integer functions below, whose constants are part of the format.

use std::hash::BuildHasher;

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

/// XXH3-128 of `bytes` with seed 0: runs number documents in the order of this number of their texts.
///
/// ```
/// // The published XXH3 value of the empty input.
/// assert_eq!(reprint::hash::xxh3_128(b""), 0x99aa_06d3_0147_98d8_6001_c324_468d_497f);
/// ```
#[inline]
pub fn xxh3_128(bytes: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(bytes)
}

/// `SplitMix64`'s output function (Steele, Lea, Flood 2014): a bijection of 64-bit words in which every
/// input bit reaches every output bit. Turns seeds and counters into constants.
#[inline]
pub(crate) const fn splitmix(x: u64) -> u64 {
    let [step, first, second] = SPLITMIX;
    let x = x.wrapping_add(step);
    let x = (x ^ (x >> 30)).wrapping_mul(first);
    let x = (x ^ (x >> 27)).wrapping_mul(second);
    x ^ (x >> 31)
}

/// What [`splitmix`] adds, and its two factors.
pub(crate) const SPLITMIX: [u64; 3] = [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];

/// Where a window's 64-bit words meet the first 64 bytes of XXH3's default secret.
pub(crate) const SECRET: [u64; 8] = [
    0xbe4b_a423_396c_feb8,
    0x1cad_21f7_2c81_017c,
    0xdb97_9083_e96d_d4de,
    0x1f67_b3b7_a4a4_4072,
    0x78e5_c0cc_4ee6_79cb,
    0x2172_ffcc_7dd0_5a82,
    0x8e24_43f7_7446_08b8,
    0x4c26_3a81_e690_35e0,
];

/// The end of XXH3 for up to 128 bytes, given their length and the sum of their mixed words.
#[inline]
pub(crate) fn finish(length: u64, mixed: u64) -> u64 {
    let sum = length.wrapping_mul(0x9e37_79b1_85eb_ca87).wrapping_add(mixed);
    let sum = (sum ^ (sum >> 37)).wrapping_mul(0x1656_6791_9e37_79f9);
    sum ^ (sum >> 32)
}

/// The key of a hash table, which nobody can know before the program runs: so that nobody can choose texts,
/// ids or signatures that fall into neighbouring slots. Another one each time that it is made.
///
/// No answer may depend on it: such tables are asked for a key, and what is listed from them is sorted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secret(u64, u64);

impl Default for Secret {
    fn default() -> Self {
        let state = std::hash::RandomState::new();
        Self(state.hash_one(0_u32), state.hash_one(1_u32) | 1)
    }
}

impl Secret {
    /// The place of a key: every bit of it depends on all of the key. Twice, since what one product makes of
    /// keys in even steps are places in even steps, of which one secret in four has too few.
    #[inline]
    pub(crate) fn hash(self, key: u64) -> u64 {
        folded_multiply(folded_multiply(key ^ self.0, self.1), 0x9e37_79b9_7f4a_7c15)
    }
}

/// What the hash maps of std are built with where their keys are short and many: `ahash`, whose key is a
/// secret.
#[derive(Clone, Debug)]
pub(crate) struct SecretState(ahash::RandomState);

impl Default for SecretState {
    fn default() -> Self {
        let state = std::hash::RandomState::new();
        let [a, b, c, d] = [0_u8, 1, 2, 3].map(|i| state.hash_one(i));
        Self(ahash::RandomState::with_seeds(a, b, c, d))
    }
}

impl BuildHasher for SecretState {
    type Hasher = ahash::AHasher;

    #[inline]
    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

/// Four letters as one number: one load, where the compiler sees it.
#[inline]
pub(crate) fn pack([a, b, c, d]: [u16; 4]) -> u64 {
    u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48
}

/// The 128-bit product of two words, its halves combined by exclusive or.
#[inline]
pub(crate) const fn folded_multiply(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::SecretState;

    #[test]
    fn a_state_gives_the_same_again_and_another_state_does_not() {
        let (one, other) = (SecretState::default(), SecretState::default());
        let hashes = |state: &SecretState| {
            [state.hash_one(7_u64), state.hash_one((7_u32, 8_u32)), state.hash_one("7")]
        };
        assert_eq!(hashes(&one), hashes(&one.clone()));
        assert!(hashes(&one).iter().zip(hashes(&other)).all(|(a, b)| *a != b));
    }
}
