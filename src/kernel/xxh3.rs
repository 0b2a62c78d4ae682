//! XXH3-64, seed 0, of many short windows of one buffer.
//!
//! Of the word 5-grams of news text 79 in 100 have 17 to 32 bytes and 20 have 33 to 64. XXH3 multiplies two
//! pairs of words for the former and two more, from the middle, for the latter, and to ask each window which
//! it is costs more than the multiplications, since a branch predictor cannot know.
//!
//! - One at a time (portable, and with `mulx`): both are always computed, and the middle is masked away.
//! - AVX-512: a first look at a block of windows lists the long ones, whose middles are hashed eight at a
//!   time; then the ends of all windows, eight at a time. Windows of other lengths are hashed again by the
//!   library.
//!
//! Of the letter grams of text that is half Chinese most have 8 to 16 bytes; for 1 to 16 XXH3 has three ways
//! of its own. Where one of eight windows is so short, AVX-512 goes all three for each. One at a time that
//! does not pay: the length of a gram is much like that of the one before, so that the library's questions
//! are often foreseen. Of lengths that change by 0, 2 or 4 bytes between 8 and 24, a window took 3.9 ns by
//! the library, 3.8 where 4 to 8 and 9 to 16 bytes were both worked out, which cost grams of 8 bytes half as
//! much again; with AVX-512 5.1 and 2.4 (Zen 5).
//!
//! On 2.7 million 5-grams, just scanned, best of many: some 6.4 ns each by the library's function, 6.1 one at
//! a time, 4.2 with AVX-512. What lost: listing the long windows in portable code (9.2: the list's length is
//! not to be foreseen), and `vpmullq`, which keeps one port for four cycles where multiplications of halves
//! share two.

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;
use crate::hash::{SECRET, finish, folded_multiply, xxh3};

/// [`xxh3`] of the bytes from each of `starts` to the one of `ends` at the same place less `gap`, appended to
/// `out`; as many as the shorter slice has.
///
/// # Panics
/// If a window is not inside `bytes`.
pub(crate) fn windows(
    backend: Backend,
    bytes: &[u8],
    starts: &[usize],
    ends: &[usize],
    gap: usize,
    out: &mut Vec<u64>,
) {
    match backend.level() {
        // SAFETY: the level proves that the CPU has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::windows_avx512(bytes, starts, ends, gap, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::windows_bmi2(bytes, starts, ends, gap, out) },
        _ => windows_by_one(bytes, starts, ends, gap, out),
    }
}

/// [`xxh3`] of the `N` bytes from every second byte of `bytes` on, appended to `out`; `N` is even and from 18
/// to 32.
pub(crate) fn every_second<const N: usize>(backend: Backend, bytes: &[u8], out: &mut Vec<u64>) {
    const { assert!(N > 16 && N <= 32 && N.is_multiple_of(2)) };
    match backend.level() {
        // SAFETY: the level proves that the CPU has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::every_second_avx512::<N>(bytes, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::every_second_bmi2::<N>(bytes, out) },
        _ => every_second_by_one::<N>(bytes, out),
    }
}

#[inline(always)]
fn every_second_by_one<const N: usize>(bytes: &[u8], out: &mut Vec<u64>) {
    out.extend(bytes.windows(N).step_by(2).map(|window| {
        let at = window.as_ptr();
        // SAFETY: the window has `N` bytes.
        let mixed = unsafe { mix(at, 0).wrapping_add(mix(at.add(N - 16), 2)) };
        finish(N as u64, mixed)
    }));
}

/// The loop for one window at a time: both halves of a window of 17 to 64 bytes are always hashed, and what
/// does not count is masked away.
#[inline(always)]
fn windows_by_one(bytes: &[u8], starts: &[usize], ends: &[usize], gap: usize, out: &mut Vec<u64>) {
    out.extend(starts.iter().zip(ends).map(|(&start, &end)| {
        let end = end.wrapping_sub(gap);
        let length = end.wrapping_sub(start);
        // (Where `end` fits, the buffer has 32 bytes.)
        if length.wrapping_sub(17) < 48 && end <= bytes.len() && end >= 32 && start <= bytes.len() - 32 {
            // SAFETY: 32 bytes from the start and 32 before the end are inside the buffer, whatever was
            // given.
            unsafe {
                let (head, tail) = (bytes.as_ptr().add(start), bytes.as_ptr().add(end - 32));
                let ends = mix(head, 0).wrapping_add(mix(tail.add(16), 2));
                let middle = mix(head.add(16), 4).wrapping_add(mix(tail, 6));
                let long = u64::from(length > 32).wrapping_neg();
                return finish(length as u64, ends.wrapping_add(middle & long));
            }
        }
        xxh3(&bytes[start..end])
    }));
}

/// The folded product of the 16 bytes at `at` with two words of the secret.
///
/// # Safety
/// 16 bytes can be read at `at`.
#[inline(always)]
unsafe fn mix(at: *const u8, secret: usize) -> u64 {
    // SAFETY: the caller's promise.
    let (low, high) =
        unsafe { (at.cast::<u64>().read_unaligned(), at.add(8).cast::<u64>().read_unaligned()) };
    folded_multiply(u64::from_le(low) ^ SECRET[secret], u64::from_le(high) ^ SECRET[secret + 1])
}

// Words go into signed lanes and back with the same bits.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::cast_possible_wrap, reason = "lanes are signed in the intrinsics' types only")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "some thirty intrinsics, each with a name that tells where it is from"
    )]
    use std::arch::x86_64::*;

    use super::{SECRET, every_second_by_one, windows_by_one, xxh3};

    /// The portable loop with `mulx`, which leaves its operands where they are.
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn windows_bmi2(
        bytes: &[u8],
        starts: &[usize],
        ends: &[usize],
        gap: usize,
        out: &mut Vec<u64>,
    ) {
        windows_by_one(bytes, starts, ends, gap, out);
    }

    /// Windows that are looked at together: enough that the pipeline seldom runs dry between the steps, few
    /// enough that the block costs a short text nothing. (Of 128, windows of 17 to 32 bytes took 8 % longer
    /// on Zen 5.)
    const BLOCK: usize = 64;

    /// Windows after a first look.
    struct Block {
        /// Where each window begins and ends. Of an odd one, 0 and 16: from every start, and before every
        /// end, 16 bytes are inside the buffer.
        starts: [u64; BLOCK],
        ends: [u64; BLOCK],
        /// Bit i of byte j: window 8 j + i is longer than 32 bytes.
        long: [u8; BLOCK / 8],
        /// Likewise: it has 16 bytes or less.
        short: [u8; BLOCK / 8],
        /// Likewise: it is none for vectors. It has no bytes, or more than 64, or is too near to an end of
        /// the buffer or not inside it.
        odd: [u8; BLOCK / 8],
        /// The 16 bytes of each long window that follow its first 16, and those before its last 16; where the
        /// former begin and the latter end.
        after_head: [u64; BLOCK + 8],
        before_tail: [u64; BLOCK + 8],
        /// What these add to the hash.
        middles: [u64; BLOCK + 8],
    }

    /// The 16 bytes at a start and the 16 before an end of windows `i` and `j`.
    macro_rules! two_windows {
        ($bytes:expr, $starts:expr, $ends:expr, $i:expr, $j:expr) => {{
            let head = |i: usize| _mm_loadu_si128($bytes.add($starts[i] as usize).cast());
            let tail = |i: usize| _mm_loadu_si128($bytes.add($ends[i] as usize - 16).cast());
            let window = |i| _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(head(i)), tail(i));
            _mm512_inserti64x4::<1>(_mm512_castsi256_si512(window($i)), window($j))
        }};
    }

    /// The folded products of windows `i` to `i + 3`: two heads, their tails, and so on.
    macro_rules! four_windows {
        ($bytes:expr, $starts:expr, $ends:expr, $i:expr, $secret:expr) => {{
            let even = two_windows!($bytes, $starts, $ends, $i, $i + 2);
            let odd = two_windows!($bytes, $starts, $ends, $i + 1, $i + 3);
            let s = |i: usize| SECRET[$secret + i] as i64;
            let first = _mm512_setr_epi64(s(0), s(0), s(2), s(2), s(0), s(0), s(2), s(2));
            let second = _mm512_setr_epi64(s(1), s(1), s(3), s(3), s(1), s(1), s(3), s(3));
            folded_multiply(
                _mm512_xor_si512(_mm512_unpacklo_epi64(even, odd), first),
                _mm512_xor_si512(_mm512_unpackhi_epi64(even, odd), second),
            )
        }};
    }

    /// For each of eight windows, the sum of two folded products: of the 16 bytes at `starts` with the words
    /// of the secret from `secret` on, and of the 16 bytes before `ends` with the two words behind these.
    ///
    /// Macros, since a function of an instruction set cannot be told to be inlined, and a call spills the
    /// vectors.
    macro_rules! eight_windows {
        ($bytes:expr, $starts:expr, $ends:expr, $secret:expr) => {{
            let (starts, ends): (&[u64], &[u64]) = (&$starts[..8], &$ends[..8]);
            let low = four_windows!($bytes, starts, ends, 0, $secret);
            let high = four_windows!($bytes, starts, ends, 4, $secret);
            let heads = _mm512_shuffle_i64x2::<0b10_00_10_00>(low, high);
            let tails = _mm512_shuffle_i64x2::<0b11_01_11_01>(low, high);
            _mm512_add_epi64(heads, tails)
        }};
    }

    /// The 8 bytes at each of eight places, `from` bytes on.
    macro_rules! eight_words {
        ($bytes:expr, $places:expr, $from:expr) => {{
            let places: &[u64] = &$places[..8];
            let word = |i: usize| $bytes.add(places[i] as usize).offset($from).cast::<i64>().read_unaligned();
            _mm512_setr_epi64(word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7))
        }};
    }

    /// # Panics
    /// If a window is not inside `bytes`.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn windows_avx512(
        bytes: &[u8],
        starts: &[usize],
        ends: &[usize],
        gap: usize,
        out: &mut Vec<u64>,
    ) {
        let count = starts.len().min(ends.len());
        let (starts, ends) = (&starts[..count], &ends[..count]);
        if bytes.len() < 16 {
            windows_by_one(bytes, starts, ends, gap, out);
            return;
        }
        out.reserve(count + 8);
        let mut block = Block {
            starts: [0; BLOCK],
            ends: [0; BLOCK],
            long: [0; BLOCK / 8],
            short: [0; BLOCK / 8],
            odd: [0; BLOCK / 8],
            after_head: [0; BLOCK + 8],
            before_tail: [16; BLOCK + 8],
            middles: [0; BLOCK + 8],
        };
        for (starts, ends) in starts.chunks(BLOCK).zip(ends.chunks(BLOCK)) {
            let known = out.len();
            // SAFETY: `sort` makes the block for a buffer of this length, which is 16 or more, so that the
            // places in it are inside; there is room for the hashes and 7 more.
            unsafe {
                let longs = sort(bytes.len(), starts, ends, gap, &mut block);
                for i in (0..longs).step_by(8) {
                    let (heads, tails) = (&block.after_head[i..], &block.before_tail[i..]);
                    let middles = eight_windows!(bytes.as_ptr(), heads, tails, 4);
                    _mm512_storeu_si512(block.middles[i..][..8].as_mut_ptr().cast(), middles);
                }
                hash(bytes.as_ptr(), &block, starts.len(), out.as_mut_ptr().add(known));
                out.set_len(known + starts.len());
            }
            for (eight, &odd) in block.odd.iter().enumerate().take(starts.len().div_ceil(8)) {
                let mut odd = odd;
                while odd != 0 {
                    let i = 8 * eight + odd.trailing_zeros() as usize;
                    out[known + i] = xxh3(&bytes[starts[i]..ends[i] - gap]);
                    odd &= odd - 1;
                }
            }
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn every_second_bmi2<const N: usize>(bytes: &[u8], out: &mut Vec<u64>) {
        every_second_by_one::<N>(bytes, out);
    }

    /// Eight windows at a time: their words are picked from one vector of 64 bytes.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2")]
    pub(super) fn every_second_avx512<const N: usize>(bytes: &[u8], out: &mut Vec<u64>) {
        let pairs = bytes.len() / 2;
        let count = (pairs + 1).saturating_sub(N / 2);
        // Lane j: the four pairs of bytes from pair j + `from` on.
        let words = |v: __m512i, from: i64| {
            let lanes = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
            let lanes =
                _mm512_mullo_epi64(_mm512_add_epi64(lanes, set(from as u64)), set(0x1_0001_0001_0001));
            _mm512_permutexvar_epi16(_mm512_add_epi64(lanes, set(0x3_0002_0001_0000)), v)
        };
        let secret = |i: usize| set(SECRET[i]);
        let tail = (N as i64 - 16) / 2;
        out.reserve(count + 8);
        let known = out.len();
        for at in (0..count).step_by(8) {
            let there = (u64::from(u32::MAX) >> (32 - (pairs - at).min(32))) as u32;
            // SAFETY: only pairs of bytes that are there are read; 8 hashes from `at`, which is less than
            // `count`, fit.
            unsafe {
                let v = _mm512_maskz_loadu_epi16(there, bytes.as_ptr().add(2 * at).cast());
                let head = folded_multiply(
                    _mm512_xor_si512(words(v, 0), secret(0)),
                    _mm512_xor_si512(words(v, 4), secret(1)),
                );
                let tail = folded_multiply(
                    _mm512_xor_si512(words(v, tail), secret(2)),
                    _mm512_xor_si512(words(v, tail + 4), secret(3)),
                );
                let hashes = finish(set(N as u64), _mm512_add_epi64(head, tail));
                _mm512_storeu_si512(out.as_mut_ptr().add(known + at).cast(), hashes);
            }
        }
        // SAFETY: so many have been written.
        unsafe { out.set_len(known + count) };
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn set(word: u64) -> __m512i {
        _mm512_set1_epi64(word as i64)
    }

    /// The first eight words, of at least so many.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(words: &[u64]) -> __m512i {
        let words = &words[..8];
        // SAFETY: the slice is as long as the register.
        unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
    }

    /// Fills the block, but for the middles, with windows of a buffer of `length` bytes. Returns how many are
    /// long.
    ///
    /// # Safety
    /// `length` is at least 16, and that of the buffer whose bytes are read by the places in the block.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,popcnt")]
    unsafe fn sort(length: usize, starts: &[usize], ends: &[usize], gap: usize, block: &mut Block) -> usize {
        let count = starts.len().min(ends.len()).min(BLOCK);
        let mut longs = 0;
        for at in (0..count).step_by(8) {
            let there = (0xff_u32 >> (8 - (count - at).min(8))) as u8;
            // SAFETY: of the slices, only the words that are there are read; 8 words from `at` are inside the
            // arrays of `BLOCK`, and from `longs`, which is at most `at`, inside those of 8 more.
            unsafe {
                let start = _mm512_maskz_loadu_epi64(there, starts.as_ptr().add(at).cast());
                let end = _mm512_maskz_loadu_epi64(there, ends.as_ptr().add(at).cast());
                let end = _mm512_sub_epi64(end, set(gap as u64));
                let bytes = _mm512_sub_epi64(end, start);
                let last = set(length as u64 - 16);
                let fit = _mm512_cmplt_epu64_mask(_mm512_sub_epi64(bytes, set(1)), set(64))
                    & _mm512_cmple_epu64_mask(start, last)
                    & _mm512_cmple_epu64_mask(_mm512_sub_epi64(end, set(16)), last);
                let long = _mm512_mask_cmpgt_epu64_mask(fit, bytes, set(32));
                let start = _mm512_maskz_mov_epi64(fit, start);
                let end = _mm512_mask_mov_epi64(set(16), fit, end);
                _mm512_storeu_si512(block.starts.as_mut_ptr().add(at).cast(), start);
                _mm512_storeu_si512(block.ends.as_mut_ptr().add(at).cast(), end);
                // What stands behind the last is read too, and must be inside the buffer.
                let head = _mm512_maskz_compress_epi64(long, _mm512_add_epi64(start, set(16)));
                let tail = _mm512_mask_compress_epi64(set(16), long, _mm512_sub_epi64(end, set(16)));
                _mm512_storeu_si512(block.after_head.as_mut_ptr().add(longs).cast(), head);
                _mm512_storeu_si512(block.before_tail.as_mut_ptr().add(longs).cast(), tail);
                longs += long.count_ones() as usize;
                block.long[at / 8] = long;
                block.short[at / 8] = _mm512_mask_cmple_epu64_mask(fit, bytes, set(16));
                block.odd[at / 8] = there & !fit;
            }
        }
        longs
    }

    /// The hashes of the first `count` windows of a block, but for odd ones. Writes whole vectors.
    ///
    /// # Safety
    /// The block is of this buffer, and there is room for `count` hashes and 7 more.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,popcnt")]
    unsafe fn hash(bytes: *const u8, block: &Block, count: usize, out: *mut u64) {
        let mut longs = 0;
        for at in (0..count.min(BLOCK)).step_by(8) {
            let (long, short) = (block.long[at / 8], block.short[at / 8]);
            let (starts, ends) = (&block.starts[at..], &block.ends[at..]);
            // SAFETY: the caller's promise; 8 words from `at` are inside the arrays of `BLOCK`, and from
            // `longs`, which is at most `at`, inside the one of 8 more.
            unsafe {
                let lengths = _mm512_sub_epi64(load(ends), load(starts));
                let mut hashes = _mm512_setzero_si512();
                if short != 0xff {
                    let mixed = eight_windows!(bytes, starts, ends, 0);
                    let middles = _mm512_maskz_expand_epi64(long, load(&block.middles[longs..]));
                    hashes = finish(lengths, _mm512_add_epi64(mixed, middles));
                }
                if short != 0 {
                    let (first, last) = (eight_words!(bytes, starts, 0), eight_words!(bytes, ends, -8));
                    hashes = _mm512_mask_mov_epi64(hashes, short, shorts(first, last, lengths));
                }
                _mm512_storeu_si512(out.add(at).cast(), hashes);
            }
            longs += long.count_ones() as usize;
        }
    }

    /// The hashes of eight windows of 1 to 16 bytes, given their first and last 8 bytes, which may be others'
    /// too: what XXH3 makes of 9 bytes or more, and what of fewer, is worked out for each.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn shorts(first: __m512i, last: __m512i, lengths: __m512i) -> __m512i {
        let xor = |a: __m512i, b: __m512i| _mm512_xor_si512(a, b);
        // 9 to 16 bytes.
        let (low, high) = (xor(first, set(SECRET[3] ^ SECRET[4])), xor(last, set(SECRET[5] ^ SECRET[6])));
        let reversed = _mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
        let swapped = _mm512_shuffle_epi8(low, _mm512_broadcast_i32x4(reversed));
        let sum = _mm512_add_epi64(_mm512_add_epi64(swapped, high), folded_multiply(low, high));
        let many = avalanche(_mm512_add_epi64(sum, lengths));
        // 4 to 8, or 1 to 3.
        let tiny = _mm512_cmple_epu64_mask(lengths, set(3));
        let either = |few: u64, tiny_one: u64| _mm512_mask_mov_epi64(set(few), tiny, set(tiny_one));
        let few = _mm512_or_si512(_mm512_slli_epi64::<32>(first), _mm512_srli_epi64::<32>(last));
        let middle = _mm512_srlv_epi64(first, _mm512_slli_epi64::<3>(_mm512_srli_epi64::<1>(lengths)));
        let byte = |word: __m512i| _mm512_and_si512(word, set(0xff));
        let outer = _mm512_or_si512(_mm512_slli_epi64::<16>(byte(first)), _mm512_srli_epi64::<56>(last));
        let inner = _mm512_or_si512(_mm512_slli_epi64::<24>(byte(middle)), _mm512_slli_epi64::<8>(lengths));
        let word = _mm512_mask_mov_epi64(few, tiny, _mm512_or_si512(outer, inner));
        let word = xor(word, either(SECRET[1] ^ SECRET[2], (SECRET[0] ^ SECRET[0] >> 32) & 0xffff_ffff));
        let turned = xor(_mm512_rol_epi64::<49>(word), _mm512_rol_epi64::<24>(word));
        let word = xor(word, _mm512_mask_mov_epi64(turned, tiny, _mm512_srli_epi64::<33>(word)));
        let word = multiply(word, either(0x9fb2_1c65_1e98_df25, 0xc2b2_ae3d_27d4_eb4f));
        let shifted = _mm512_srlv_epi64(word, either(35, 29));
        let word = xor(word, _mm512_mask_add_epi64(shifted, !tiny, shifted, lengths));
        let word = multiply(word, either(0x9fb2_1c65_1e98_df25, 0x1656_67b1_9e37_79f9));
        let few = xor(word, _mm512_srlv_epi64(word, either(28, 32)));
        _mm512_mask_mov_epi64(few, _mm512_cmpgt_epu64_mask(lengths, set(8)), many)
    }

    /// [`crate::hash::folded_multiply`] in each lane, from the four products of its halves.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn folded_multiply(a: __m512i, b: __m512i) -> __m512i {
        let (a_high, b_high) = (_mm512_srli_epi64::<32>(a), _mm512_srli_epi64::<32>(b));
        let low = _mm512_mul_epu32(a, b);
        let cross = _mm512_add_epi64(_mm512_mul_epu32(a_high, b), _mm512_srli_epi64::<32>(low));
        let cross_low = _mm512_and_si512(cross, set(0xffff_ffff));
        let other = _mm512_add_epi64(_mm512_mul_epu32(a, b_high), cross_low);
        let carried = _mm512_add_epi64(_mm512_srli_epi64::<32>(cross), _mm512_srli_epi64::<32>(other));
        let high = _mm512_add_epi64(_mm512_mul_epu32(a_high, b_high), carried);
        // The lower half: the low 32 bits of `low`, those of `other` above them.
        let low = _mm512_mask_shuffle_epi32::<0b10_10_00_00>(low, 0xaaaa, other);
        _mm512_xor_si512(high, low)
    }

    /// The lower half of the product in each lane: the three multiplications of halves that count.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn multiply(a: __m512i, b: __m512i) -> __m512i {
        let cross = _mm512_add_epi64(
            _mm512_mul_epu32(_mm512_srli_epi64::<32>(a), b),
            _mm512_mul_epu32(a, _mm512_srli_epi64::<32>(b)),
        );
        _mm512_add_epi64(_mm512_mul_epu32(a, b), _mm512_slli_epi64::<32>(cross))
    }

    /// [`crate::hash::finish`] in each lane, for lengths below 2³².
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn finish(lengths: __m512i, mixed: __m512i) -> __m512i {
        const PRIME: u64 = 0x9e37_79b1_85eb_ca87;
        let high = _mm512_slli_epi64::<32>(_mm512_mul_epu32(lengths, set(PRIME >> 32)));
        let product = _mm512_add_epi64(_mm512_mul_epu32(lengths, set(PRIME)), high);
        avalanche(_mm512_add_epi64(product, mixed))
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn avalanche(sum: __m512i) -> __m512i {
        let word = _mm512_xor_si512(sum, _mm512_srli_epi64::<37>(sum));
        let word = multiply(word, set(0x1656_6791_9e37_79f9));
        _mm512_xor_si512(word, _mm512_srli_epi64::<32>(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix;

    fn bytes(count: u64) -> Vec<u8> {
        (0..count).map(|i| splitmix(i) as u8).collect()
    }

    #[test]
    fn windows_hash_as_the_library_does_on_every_backend() {
        let bytes = bytes(400);
        // All lengths at all places, so that long and odd ones stand among the others in every way.
        let mut windows: Vec<(usize, usize)> =
            (0..=300).flat_map(|start| (0..=100).map(move |length| (start, start + length))).collect();
        windows.sort_by_key(|&(start, end)| splitmix((start * 1000 + end) as u64));
        for gap in [0, 1, 2] {
            let (starts, ends): (Vec<_>, Vec<_>) =
                windows.iter().map(|&(start, end)| (start, end + gap)).unzip();
            let expected: Vec<u64> = windows.iter().map(|&(start, end)| xxh3(&bytes[start..end])).collect();
            for backend in Backend::available() {
                for count in (0..40).chain([127, 128, 129, 1000, windows.len()]) {
                    let mut out = vec![7];
                    super::windows(backend, &bytes, &starts[..count], &ends, gap, &mut out);
                    assert_eq!(out[0], 7);
                    assert_eq!(out[1..], expected[..count], "{backend}, {count}");
                }
            }
        }
    }

    #[test]
    fn windows_of_short_buffers() {
        for length in 0..70 {
            let bytes = bytes(length);
            let all =
                || (0..=bytes.len()).flat_map(|start| (start..=bytes.len()).map(move |end| (start, end)));
            let (starts, ends): (Vec<_>, Vec<_>) = all().unzip();
            let expected: Vec<u64> = all().map(|(start, end)| xxh3(&bytes[start..end])).collect();
            for backend in Backend::available() {
                let mut out = Vec::new();
                windows(backend, &bytes, &starts, &ends, 0, &mut out);
                assert_eq!(out, expected, "{backend}, {length}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "range")]
    fn windows_beyond_the_buffer_are_refused() {
        windows(Backend::detect(), &bytes(100), &[60], &[101], 0, &mut Vec::new());
    }

    #[test]
    fn every_second_byte_on_every_backend() {
        let bytes = bytes(300);
        for backend in Backend::available() {
            for length in 0..300 {
                let bytes = &bytes[..length];
                let mut out = vec![7];
                every_second::<24>(backend, bytes, &mut out);
                every_second::<32>(backend, bytes, &mut out);
                let windows = |n| bytes.windows(n).step_by(2).map(xxh3);
                let expected: Vec<u64> = [7].into_iter().chain(windows(24)).chain(windows(32)).collect();
                assert_eq!(out, expected, "{backend}, {length}");
            }
        }
    }
}
