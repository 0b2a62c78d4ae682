//! Hashes of the windows of nine bytes in a text, of which a part is kept, chosen by the hash.

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;
use crate::hash::folded_multiply;

/// Bytes in a window.
pub(crate) const BYTES: usize = 9;

/// Bytes that must stand behind the last window: reads are of whole words.
pub(crate) const PADDING: usize = 7;

/// Appends to `kept` the windows of `bytes`, but for the last [`PADDING`], whose hash is at most `most`: the
/// hash in the lower 32 bits, where the window begins in the upper.
pub(crate) fn sample(backend: Backend, bytes: &[u8], most: u32, kept: &mut Vec<u64>) {
    match backend.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a backend of this level proves that the CPU has these features.
        Level::Avx512 => unsafe { x86::sample_avx512(bytes, most, kept) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { x86::sample_avx2(bytes, most, kept) },
        _ => sample_from(0, bytes, most, kept),
    }
}

/// What is multiplied with the first eight bytes; the ninth changes its upper half.
const FACTOR: u64 = 0xbf58_476d_1ce4_e5b9;
const SALT: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash of up to nine bytes: the first eight in little-endian order, and one more.
#[inline(always)]
pub(crate) fn hash(eight: u64, ninth: u8) -> u32 {
    (folded_multiply(eight ^ SALT, FACTOR ^ u64::from(ninth) << 32) >> 16) as u32
}

/// Windows that are written at once before the kept ones are counted.
const CHUNK: usize = 64;

/// The windows from the one that begins at `first`.
///
/// Each is written and only a kept one moves the end on: a branch on a bit of a hash would be mispredicted at
/// every fourth byte, which costs more than the rest.
#[inline(always)]
fn sample_from(first: usize, bytes: &[u8], most: u32, kept: &mut Vec<u64>) {
    let windows = bytes.get(first..).unwrap_or_default().windows(BYTES + PADDING);
    let mut windows = windows.zip(first as u64..);
    let mut chunk = [0; CHUNK];
    loop {
        let mut count = 0;
        let mut seen = 0;
        for (window, at) in windows.by_ref().take(CHUNK) {
            let eight = window.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
            let hash = hash(eight, window[8]);
            chunk[count % CHUNK] = at << 32 | u64::from(hash);
            count += usize::from(hash <= most);
            seen += 1;
        }
        kept.extend_from_slice(&chunk[..count]);
        if seen < CHUNK {
            return;
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "some twenty intrinsics, each with a name that tells where it is from"
    )]
    use std::arch::x86_64::*;

    use super::{BYTES, FACTOR, PADDING, SALT, sample_from};

    /// For each set of four lanes the halves of those in it, one after the other.
    const PACK: [[u32; 8]; 16] = {
        let mut pack = [[0; 8]; 16];
        let mut set = 0;
        while set < 16 {
            let (mut lane, mut count) = (0, 0);
            while lane < 4 {
                if set >> lane & 1 == 1 {
                    pack[set][2 * count] = 2 * lane;
                    pack[set][2 * count + 1] = 2 * lane + 1;
                    count += 1;
                }
                lane += 1;
            }
            set += 1;
        }
        pack
    };

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load_half<T, const N: usize>(values: &[T; N]) -> __m256i {
        const { assert!(N * size_of::<T>() >= 32) };
        // SAFETY: 32 bytes are read of as many or more.
        unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
    }

    /// Four windows at a time.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    pub(super) fn sample_avx2(bytes: &[u8], most: u32, kept: &mut Vec<u64>) {
        const LANES: usize = 4;
        let all = |x: u64| _mm256_set1_epi64x(x.cast_signed());
        let (eights, ninths) = (load_half(&EIGHTS), load_half(&NINTHS));
        let (low, limit) = (all(0xffff_ffff), all(u64::from(most)));
        let (salt, factor_low, factor_high) = (all(SALT), all(FACTOR), all(FACTOR >> 32));
        let mut places = _mm256_slli_epi64::<32>(_mm256_set_epi64x(3, 2, 1, 0));
        let mut at = 0;
        kept.reserve(bytes.len() + LANES);
        while let Some(sixteen) =
            bytes.get(at..at + LANES + BYTES + PADDING - 1).and_then(|b| b.first_chunk::<16>())
        {
            // SAFETY: 16 bytes are read of 16.
            let v = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(sixteen.as_ptr().cast()) });
            // The product of x and y, each of two halves; `vpmuludq` sees lower halves only.
            let x = _mm256_xor_si256(_mm256_shuffle_epi8(v, eights), salt);
            let x_high = _mm256_srli_epi64::<32>(x);
            let y_high = _mm256_xor_si256(_mm256_shuffle_epi8(v, ninths), factor_high);
            let low_low = _mm256_mul_epu32(x, factor_low);
            let high_low = _mm256_mul_epu32(x_high, factor_low);
            let low_high = _mm256_mul_epu32(x, y_high);
            let high_high = _mm256_mul_epu32(x_high, y_high);
            let middle = _mm256_add_epi64(high_low, _mm256_srli_epi64::<32>(low_low));
            let other = _mm256_add_epi64(low_high, _mm256_and_si256(middle, low));
            let carried = _mm256_add_epi64(_mm256_srli_epi64::<32>(middle), _mm256_srli_epi64::<32>(other));
            let upper = _mm256_add_epi64(high_high, carried);
            let lower = _mm256_or_si256(_mm256_slli_epi64::<32>(other), _mm256_and_si256(low_low, low));
            let hash = _mm256_and_si256(_mm256_srli_epi64::<16>(_mm256_xor_si256(upper, lower)), low);
            let fails = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(hash, limit)));
            let passes = (!fails & 15) as usize;
            let packed = _mm256_permutevar8x32_epi32(_mm256_or_si256(hash, places), load_half(&PACK[passes]));
            let end = kept.spare_capacity_mut();
            debug_assert!(end.len() >= LANES);
            // SAFETY: of `bytes.len() + 4` places at most `at` are taken, and 4 are written; those that count
            // are within them.
            unsafe {
                _mm256_storeu_si256(end.as_mut_ptr().cast(), packed);
                kept.set_len(kept.len() + passes.count_ones() as usize);
            }
            places = _mm256_add_epi64(places, all((LANES as u64) << 32));
            at += LANES;
        }
        sample_from(at, bytes, most, kept);
    }

    /// Windows in a block.
    const BLOCK: usize = 8;

    /// For each of the eight lanes the places of its bytes among sixteen: the window's first eight.
    const EIGHTS: [u8; 64] = {
        let mut places = [0; 64];
        let mut i = 0;
        while i < 64 {
            places[i] = (i / 8 + i % 8) as u8;
            i += 1;
        }
        places
    };

    /// The same for the ninth alone; what is over 127 gives 0.
    const NINTHS: [u8; 64] = {
        let mut places = [128; 64];
        let mut lane = 0;
        while lane < 8 {
            places[8 * lane] = lane as u8 + 8;
            lane += 1;
        }
        places
    };

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(bytes: &[u8; 64]) -> __m512i {
        // SAFETY: 64 bytes are read of 64.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    /// Eight windows at a time.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,avx512f,avx512bw,avx512vl")]
    pub(super) fn sample_avx512(bytes: &[u8], most: u32, kept: &mut Vec<u64>) {
        let all = |x: u64| _mm512_set1_epi64(x.cast_signed());
        let (eights, ninths) = (load(&EIGHTS), load(&NINTHS));
        let (low, limit) = (all(0xffff_ffff), all(u64::from(most)));
        let (salt, factor_low, factor_high) = (all(SALT), all(FACTOR), all(FACTOR >> 32));
        let mut places = _mm512_slli_epi64::<32>(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
        let mut at = 0;
        kept.reserve(bytes.len() + BLOCK);
        while let Some(sixteen) =
            bytes.get(at..at + BLOCK + BYTES + PADDING - 1).and_then(|b| b.first_chunk::<16>())
        {
            // SAFETY: 16 bytes are read of 16.
            let v = _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(sixteen.as_ptr().cast()) });
            // The product of x and y, each of two halves; `vpmuludq` sees lower halves only.
            let x = _mm512_xor_si512(_mm512_shuffle_epi8(v, eights), salt);
            let x_high = _mm512_srli_epi64::<32>(x);
            let y_high = _mm512_xor_si512(_mm512_shuffle_epi8(v, ninths), factor_high);
            let low_low = _mm512_mul_epu32(x, factor_low);
            let high_low = _mm512_mul_epu32(x_high, factor_low);
            let low_high = _mm512_mul_epu32(x, y_high);
            let high_high = _mm512_mul_epu32(x_high, y_high);
            let middle = _mm512_add_epi64(high_low, _mm512_srli_epi64::<32>(low_low));
            let other = _mm512_add_epi64(low_high, _mm512_and_si512(middle, low));
            let carried = _mm512_add_epi64(_mm512_srli_epi64::<32>(middle), _mm512_srli_epi64::<32>(other));
            let upper = _mm512_add_epi64(high_high, carried);
            let lower = _mm512_or_si512(_mm512_slli_epi64::<32>(other), _mm512_and_si512(low_low, low));
            let hash = _mm512_and_si512(_mm512_srli_epi64::<16>(_mm512_xor_si512(upper, lower)), low);
            let passes = _mm512_cmple_epu64_mask(hash, limit);
            let packed = _mm512_maskz_compress_epi64(passes, _mm512_or_si512(hash, places));
            let end = kept.spare_capacity_mut();
            debug_assert!(end.len() >= BLOCK);
            // SAFETY: of `bytes.len() + 8` places at most `at` are taken, and 8 are written; those that count
            // are within them.
            unsafe {
                _mm512_storeu_si512(end.as_mut_ptr().cast(), packed);
                kept.set_len(kept.len() + passes.count_ones() as usize);
            }
            places = _mm512_add_epi64(places, all((BLOCK as u64) << 32));
            at += BLOCK;
        }
        sample_from(at, bytes, most, kept);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_backend_keeps_what_the_plain_loop_keeps(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            most in prop_oneof![Just(0), Just(u32::MAX / 4), Just(u32::MAX), any::<u32>()],
        ) {
            let plain: Vec<u64> = bytes
                .windows(BYTES + PADDING)
                .zip(0..)
                .map(|(w, at)| (at, hash(u64::from_le_bytes(w[..8].try_into().unwrap()), w[8])))
                .filter(|&(_, hash)| hash <= most)
                .map(|(at, hash)| at << 32 | u64::from(hash))
                .collect();
            for backend in Backend::available() {
                let mut kept = vec![7];
                sample(backend, &bytes, most, &mut kept);
                prop_assert_eq!(&kept[1..], &plain[..], "{}", backend);
            }
        }
    }
}
