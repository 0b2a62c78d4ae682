//! Layer 1: every bit that users may store comes from here.
//!
//! Shingles are hashed by XXH3-64 (Collet, `xxHash` 0.8 specification) with seed 0, so that any other
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

/// `SplitMix64`'s output function (Steele, Lea, Flood 2014): a bijection of 64-bit words in which every
/// input bit reaches every output bit. Turns seeds and counters into constants.
#[inline]
pub(crate) const fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Where a window's 64-bit words meet the first 64 bytes of XXH3's default secret.
const SECRET: [u64; 8] = [
    0xbe4b_a423_396c_feb8,
    0x1cad_21f7_2c81_017c,
    0xdb97_9083_e96d_d4de,
    0x1f67_b3b7_a4a4_4072,
    0x78e5_c0cc_4ee6_79cb,
    0x2172_ffcc_7dd0_5a82,
    0x8e24_43f7_7446_08b8,
    0x4c26_3a81_e690_35e0,
];

/// [`xxh3`] of each window of `bytes`, appended to `out`.
///
/// A window of 17 to 64 bytes, as word 5-grams are, is hashed without asking whether it is longer than
/// 32: both halves are always computed and one is masked away. The question would be answered wrongly by the
/// branch predictor at every third window, which cost more than the two multiplications.
#[inline]
pub(crate) fn xxh3_windows(bytes: &[u8], windows: impl Iterator<Item = (usize, usize)>, out: &mut Vec<u64>) {
    out.extend(windows.map(|(start, end)| {
        if end - start > 16
            && end - start <= 64
            && let (Some(head), Some(tail)) = (bytes[start..].first_chunk(), bytes[..end].last_chunk())
        {
            return xxh3_17_to_64(head, tail, (end - start) as u64);
        }
        xxh3(&bytes[start..end])
    }));
}

/// [`xxh3`] of the `N` bytes from every second byte on, 17 ≤ `N` ≤ 32, appended to `out`.
#[inline]
pub(crate) fn xxh3_every_second<const N: usize>(bytes: &[u8], out: &mut Vec<u64>) {
    const { assert!(N > 16 && N <= 32) };
    out.extend(bytes.windows(N).step_by(2).map(|window| {
        let mix = |at: usize, secret: usize| {
            folded_multiply(word(window, at) ^ SECRET[secret], word(window, at + 8) ^ SECRET[secret + 1])
        };
        finish(N as u64, mix(0, 0).wrapping_add(mix(N - 16, 2)))
    }));
}

/// The 64-bit word that begins at a byte, in little-endian order.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// The end of XXH3 for up to 128 bytes, given their length and the sum of their mixed words.
#[inline]
fn finish(length: u64, mixed: u64) -> u64 {
    let sum = length.wrapping_mul(0x9e37_79b1_85eb_ca87).wrapping_add(mixed);
    let sum = (sum ^ (sum >> 37)).wrapping_mul(0x1656_6791_9e37_79f9);
    sum ^ (sum >> 32)
}

/// XXH3's function for 17 to 64 bytes, given the first and the last 32 bytes at its ends; of a
/// shorter window than 32 bytes these reach beyond it, into bytes that do not count.
#[inline]
fn xxh3_17_to_64(head: &[u8; 32], tail: &[u8; 32], length: u64) -> u64 {
    let mix = |half: &[u8; 32], at: usize, secret: usize| {
        folded_multiply(word(half, at) ^ SECRET[secret], word(half, at + 8) ^ SECRET[secret + 1])
    };
    let ends = mix(head, 0, 0).wrapping_add(mix(tail, 16, 2));
    let middle = mix(head, 16, 4).wrapping_add(mix(tail, 0, 6));
    let long = u64::from(length > 32).wrapping_neg();
    finish(length, ends.wrapping_add(middle & long))
}

/// The 128-bit product of two words, its halves combined by exclusive or.
#[inline]
pub(crate) const fn folded_multiply(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_hash_as_the_library_does() {
        let bytes: Vec<u8> = (0..400_u64).map(|i| splitmix(i) as u8).collect();
        let windows = || (0..300).flat_map(|start| (0..=100).map(move |length| (start, start + length)));
        let mut out = Vec::new();
        xxh3_windows(&bytes, windows(), &mut out);
        let expected: Vec<u64> = windows().map(|(start, end)| xxh3(&bytes[start..end])).collect();
        assert_eq!(out, expected);
        for bytes in [&bytes[..], &bytes[..24], &bytes[..23], &[]] {
            out.clear();
            xxh3_every_second::<24>(bytes, &mut out);
            let expected: Vec<u64> = bytes.windows(24).step_by(2).map(xxh3).collect();
            assert_eq!(out, expected);
        }
    }
}
