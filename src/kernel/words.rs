//! ASCII text to lower-case words or bare letters, 64 bytes at a time.
//!
//! A block becomes two bit masks, which bytes are letters or digits and which end the scan, and the kept
//! bytes are packed together: every letter and digit, and for words one space after each.

use super::{Backend, Level};

const BLOCK: usize = 64;

/// One block after classification.
struct Block {
    /// Letters in lower case, digits, and a space in place of everything else.
    bytes: [u8; BLOCK],
    /// Bit i: byte i is a letter or digit.
    word: u64,
    /// Bit i: byte i is not ASCII, or a hyphen that ends a line.
    stop: u64,
}

/// Appends the words of `input` in lower case to `bytes`, each followed by a space, and the offset of
/// each one's end to `ends`. Stops at the first byte that is not ASCII and at a hyphen before a
/// line break, and then takes back the word that it stands in. Returns how many bytes of `input` are done.
///
/// `bytes` must be empty, or end with the space after the word that ends at the last of `ends`; so it does
/// again afterwards.
pub(crate) fn scan(backend: Backend, input: &[u8], bytes: &mut Vec<u8>, ends: &mut Vec<usize>) -> usize {
    match backend.level() {
        // SAFETY: the level proves that the CPU has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::scan_avx512::<false>(input, bytes, ends) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::scan_avx2::<false>(input, bytes, ends) },
        Level::Scalar => scan_blocks::<false>(input, bytes, ends, scalar::classify, scalar::pack),
    }
}

/// Appends the letters and digits of `input` in lower case to `bytes`, without spaces, and the offset at which each
/// word begins to `starts`. Stops where [`scan`] does, but takes nothing back. Returns how many bytes of
/// `input` are done.
pub(crate) fn scan_letters(
    backend: Backend,
    input: &[u8],
    bytes: &mut Vec<u8>,
    starts: &mut Vec<usize>,
) -> usize {
    match backend.level() {
        // SAFETY: the level proves that the CPU has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::scan_avx512::<true>(input, bytes, starts) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::scan_avx2::<true>(input, bytes, starts) },
        Level::Scalar => scan_blocks::<true>(input, bytes, starts, scalar::classify, scalar::pack),
    }
}

/// The scan, given how to classify a block and how to pack it.
///
/// `pack(bytes, keep, marks, out, ends, base)` writes the bytes whose bit in `keep` is set to `out`,
/// and for each bit of `marks` (a subset of `keep`) the offset at which that byte lands, plus `base`, to
/// `ends`; it may write up to 64 items beyond what it reports, but no more than 136 bytes and
/// 72 ends in all, and returns how many bytes and ends count.
#[inline(always)]
fn scan_blocks<const LETTERS: bool>(
    input: &[u8],
    bytes: &mut Vec<u8>,
    ends: &mut Vec<usize>,
    classify: impl Fn(&[u8; BLOCK], u8) -> Block,
    pack: impl Fn(&[u8; BLOCK], u64, u64, *mut u8, *mut usize, usize) -> (usize, usize),
) -> usize {
    let mut done = 0;
    let mut in_word = 0_u64;
    // A word of n bytes takes n + 1, and there are no more than half as many words as bytes.
    bytes.reserve(input.len() + 2 * BLOCK + 8);
    loop {
        let rest = &input[done..];
        let mut padded = [b' '; BLOCK];
        let (block, next) = if let Some((block, more)) = rest.split_first_chunk::<BLOCK>() {
            (block, more.first().copied().unwrap_or(b' '))
        } else {
            padded[..rest.len()].copy_from_slice(rest);
            (&padded, b' ')
        };
        let Block { bytes: lower, word, stop } = classify(block, next);
        // All bits below the first stop.
        let before = (stop & stop.wrapping_neg()).wrapping_sub(1);
        let word = word & before;
        let after_word = (word << 1) | in_word;
        let (keep, marks) = if LETTERS {
            (word, word & !after_word)
        } else {
            let separators = !word & after_word & before;
            (word | separators, separators)
        };
        ends.reserve(BLOCK + 8);
        let (old_bytes, old_ends) = (bytes.len(), ends.len());
        let (packed, words) = {
            let out = bytes.spare_capacity_mut().as_mut_ptr().cast();
            let out_ends = ends.spare_capacity_mut().as_mut_ptr().cast();
            pack(&lower, keep, marks, out, out_ends, old_bytes)
        };
        // SAFETY: `pack` has written so many items. Both fit: at most done + 64 bytes are kept of done + 64
        // read, one space may follow, and both reserves leave room for what `pack` may write beyond.
        unsafe {
            bytes.set_len(old_bytes + packed);
            ends.set_len(old_ends + words);
        }
        if stop != 0 {
            let at = done + stop.trailing_zeros() as usize;
            if LETTERS {
                return at;
            }
            let complete = ends.last().map_or(0, |end| end + 1);
            let partial = bytes.len() - complete;
            bytes.truncate(complete);
            return at - partial;
        }
        if rest.len() < BLOCK {
            return input.len();
        }
        in_word = word >> (BLOCK - 1);
        done += BLOCK;
    }
}

mod scalar {
    use super::{BLOCK, Block};

    const WORD: u8 = 1;
    const HYPHEN: u8 = 2;
    const LINE_BREAK: u8 = 4;
    const OTHER_SCRIPT: u8 = 8;

    /// The class of each byte, and what takes its place.
    const TABLE: [(u8, u8); 256] = {
        let mut table = [(0, b' '); 256];
        let mut i = 0;
        while i < 256 {
            let byte = i as u8;
            table[i] = match byte {
                b'a'..=b'z' | b'0'..=b'9' => (WORD, byte),
                b'A'..=b'Z' => (WORD, byte + 32),
                b'-' => (HYPHEN, b' '),
                b'\n' | b'\r' => (LINE_BREAK, b' '),
                128.. => (OTHER_SCRIPT, b' '),
                _ => (0, b' '),
            };
            i += 1;
        }
        table
    };

    pub(super) fn classify(block: &[u8; BLOCK], next: u8) -> Block {
        let mut out = Block { bytes: [0; BLOCK], word: 0, stop: 0 };
        let (mut hyphen, mut line_break) = (0_u64, 0_u64);
        for (i, &byte) in block.iter().enumerate() {
            let (class, lower) = TABLE[byte as usize];
            out.bytes[i] = lower;
            out.word |= u64::from(class & WORD != 0) << i;
            hyphen |= u64::from(class & HYPHEN != 0) << i;
            line_break |= u64::from(class & LINE_BREAK != 0) << i;
            out.stop |= u64::from(class & OTHER_SCRIPT != 0) << i;
        }
        let next_breaks = u64::from(TABLE[next as usize].0 & LINE_BREAK != 0);
        out.stop |= hyphen & ((line_break >> 1) | (next_breaks << 63));
        out
    }

    pub(super) fn pack(
        bytes: &[u8; BLOCK],
        mut keep: u64,
        marks: u64,
        out: *mut u8,
        ends: *mut usize,
        base: usize,
    ) -> (usize, usize) {
        let (mut packed, mut words) = (0, 0);
        while keep != 0 {
            let i = keep.trailing_zeros();
            // SAFETY: at most 64 of each are written, which `scan_blocks` has made room for.
            unsafe {
                *out.add(packed) = bytes[i as usize];
                *ends.add(words) = base + packed;
            }
            packed += 1;
            words += ((marks >> i) & 1) as usize;
            keep &= keep - 1;
        }
        (packed, words)
    }
}

// Bytes go into signed lanes and back with the same bits.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::cast_possible_wrap, reason = "lanes are signed in the intrinsics' types only")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "some thirty intrinsics, each with a name that tells where it is from"
    )]
    use std::arch::x86_64::*;

    use super::{BLOCK, Block, scan_blocks};

    /// # Safety
    /// The CPU has AVX2 and BMI2.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) unsafe fn scan_avx2<const LETTERS: bool>(
        input: &[u8],
        bytes: &mut Vec<u8>,
        ends: &mut Vec<usize>,
    ) -> usize {
        scan_blocks::<LETTERS>(
            input,
            bytes,
            ends,
            |block, next| classify_avx2(block, next),
            // SAFETY: `scan_blocks` makes the room that `pack_avx2` asks for.
            |bytes, keep, marks, out, ends, base| unsafe { pack_avx2(bytes, keep, marks, out, ends, base) },
        )
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn classify_avx2(block: &[u8; BLOCK], next: u8) -> Block {
        let mut out = Block { bytes: [0; BLOCK], word: 0, stop: 0 };
        let (mut hyphen, mut line_break) = (0_u64, 0_u64);
        for half in 0..2 {
            let at = half * 32;
            // SAFETY: 32 bytes from `at` are inside both arrays of 64.
            let v = unsafe { _mm256_loadu_si256(block.as_ptr().add(at).cast()) };
            // Signed comparisons: a byte that is not ASCII is below every letter.
            let within = |v, low: u8, high: u8| {
                let above = _mm256_cmpgt_epi8(v, _mm256_set1_epi8(low as i8 - 1));
                let below = _mm256_cmpgt_epi8(_mm256_set1_epi8(high as i8 + 1), v);
                _mm256_and_si256(above, below)
            };
            let upper = within(v, b'A', b'Z');
            let lower = _mm256_or_si256(v, _mm256_and_si256(upper, _mm256_set1_epi8(0x20)));
            let word = _mm256_or_si256(within(lower, b'a', b'z'), within(v, b'0', b'9'));
            let kept = _mm256_blendv_epi8(_mm256_set1_epi8(b' ' as i8), lower, word);
            // SAFETY: as for the load.
            unsafe { _mm256_storeu_si256(out.bytes.as_mut_ptr().add(at).cast(), kept) };
            let mask = |v| u64::from(_mm256_movemask_epi8(v) as u32) << at;
            let is = |byte: u8| _mm256_cmpeq_epi8(v, _mm256_set1_epi8(byte as i8));
            out.word |= mask(word);
            out.stop |= mask(v);
            hyphen |= mask(is(b'-'));
            line_break |= mask(_mm256_or_si256(is(b'\n'), is(b'\r')));
        }
        out.stop |= hyphen & ((line_break >> 1) | (u64::from(matches!(next, b'\n' | b'\r')) << 63));
        out
    }

    /// For each 8-bit mask, the places of its set bits in order: a byte shuffle that packs them.
    static SHUFFLES: [[u8; 8]; 256] = {
        let mut table = [[0x80; 8]; 256];
        let mut mask = 0;
        while mask < 256 {
            let (mut bit, mut n) = (0, 0);
            while bit < 8 {
                if mask >> bit & 1 == 1 {
                    table[mask][n] = bit as u8;
                    n += 1;
                }
                bit += 1;
            }
            mask += 1;
        }
        table
    };

    /// Eight bytes at a time by a table of shuffles: `pext` would do, but takes hundreds of cycles on
    /// the first two generations of Zen.
    ///
    /// # Safety
    /// There is room for 72 bytes at `out` and 72 ends at `ends`.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    unsafe fn pack_avx2(
        bytes: &[u8; BLOCK],
        keep: u64,
        marks: u64,
        out: *mut u8,
        ends: *mut usize,
        base: usize,
    ) -> (usize, usize) {
        let mut packed = 0;
        for (i, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let mask = (keep >> (8 * i)) as u8;
            let v = _mm_cvtsi64_si128(i64::from_le_bytes(*eight));
            let shuffle = _mm_cvtsi64_si128(i64::from_le_bytes(SHUFFLES[mask as usize]));
            // SAFETY: `packed` is at most 56 here, and 8 bytes are written.
            unsafe {
                out.add(packed)
                    .cast::<i64>()
                    .write_unaligned(_mm_cvtsi128_si64(_mm_shuffle_epi8(v, shuffle)));
            };
            packed += mask.count_ones() as usize;
        }
        let mut marks = _pext_u64(marks, keep);
        let words = marks.count_ones() as usize;
        let mut written = 0;
        while written < words {
            for i in 0..8 {
                // SAFETY: at most 32 separators stand in 64 bytes, so that no more than 40 are written.
                unsafe {
                    *ends.add(written + i) = base + marks.trailing_zeros() as usize;
                }
                marks &= marks.wrapping_sub(1);
            }
            written += 8;
        }
        (packed, words)
    }

    /// # Safety
    /// The CPU has AVX-512 with VBMI2, and BMI2.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) unsafe fn scan_avx512<const LETTERS: bool>(
        input: &[u8],
        bytes: &mut Vec<u8>,
        ends: &mut Vec<usize>,
    ) -> usize {
        scan_blocks::<LETTERS>(
            input,
            bytes,
            ends,
            |block, next| classify_avx512(block, next),
            // SAFETY: `scan_blocks` makes the room that `pack_avx512` asks for.
            |bytes, keep, marks, out, ends, base| unsafe { pack_avx512(bytes, keep, marks, out, ends, base) },
        )
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn classify_avx512(block: &[u8; BLOCK], next: u8) -> Block {
        // SAFETY: the array has 64 bytes.
        let v = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let set = |byte: u8| _mm512_set1_epi8(byte as i8);
        let within =
            |v, low: u8, high: u8| _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, set(low)), set(high - low));
        let lower = to_lower(v, within(v, b'A', b'Z'));
        let word = within(lower, b'a', b'z') | within(v, b'0', b'9');
        let mut out = Block { bytes: [0; BLOCK], word, stop: _mm512_movepi8_mask(v) };
        let kept = _mm512_mask_blend_epi8(word, set(b' '), lower);
        // SAFETY: the array has 64 bytes.
        unsafe { _mm512_storeu_si512(out.bytes.as_mut_ptr().cast(), kept) };
        let hyphen = _mm512_cmpeq_epi8_mask(v, set(b'-'));
        if hyphen != 0 {
            let line_break = _mm512_cmpeq_epi8_mask(v, set(b'\n')) | _mm512_cmpeq_epi8_mask(v, set(b'\r'));
            out.stop |= hyphen & ((line_break >> 1) | (u64::from(matches!(next, b'\n' | b'\r')) << 63));
        }
        out
    }

    /// Sets bit 5 of the bytes in `upper`: ASCII capitals to lower case.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn to_lower(v: __m512i, upper: __mmask64) -> __m512i {
        _mm512_mask_add_epi8(v, upper, v, _mm512_set1_epi8(0x20))
    }

    /// # Safety
    /// There is room for 64 bytes at `out` and 32 ends at `ends`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
    unsafe fn pack_avx512(
        bytes: &[u8; BLOCK],
        keep: u64,
        marks: u64,
        out: *mut u8,
        ends: *mut usize,
        base: usize,
    ) -> (usize, usize) {
        const PLACES: [u8; BLOCK] = {
            let mut places = [0; BLOCK];
            let mut i = 0;
            while i < BLOCK {
                places[i] = i as u8;
                i += 1;
            }
            places
        };
        let words = marks.count_ones() as usize;
        // SAFETY: whole blocks of 64 bytes are read and written; of the ends, whole vectors of 8 up to 32.
        unsafe {
            let v = _mm512_loadu_si512(bytes.as_ptr().cast());
            _mm512_storeu_si512(out.cast(), _mm512_maskz_compress_epi8(keep, v));
            let places = _mm512_loadu_si512(PLACES.as_ptr().cast());
            let mut marks =
                _mm512_castsi512_si256(_mm512_maskz_compress_epi8(_pext_u64(marks, keep), places));
            let base = _mm512_set1_epi64(base as i64);
            let mut written = 0;
            loop {
                let eight = _mm512_cvtepu8_epi64(_mm256_castsi256_si128(marks));
                _mm512_storeu_si512(ends.add(written).cast(), _mm512_add_epi64(base, eight));
                written += 8;
                if written >= words {
                    break;
                }
                marks = _mm256_permute4x64_epi64::<0b11_11_10_01>(marks);
            }
        }
        (keep.count_ones() as usize, words)
    }
}
