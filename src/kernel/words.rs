//! ASCII text to lower-case words or bare letters, 64 bytes at a time.
//!
//! A block becomes two bit masks, which bytes are letters or digits and which end the scan, and the kept
//! bytes are packed together: every letter and digit, and for words one space after each.

use super::{Backend, Level};

const BLOCK: usize = 64;

/// Bytes that may be read behind a block.
const AFTER: usize = 32;

/// One block after classification.
struct Block {
    /// Letters in lower case, digits, and a space in place of everything else; then room to read on.
    bytes: [u8; BLOCK + AFTER],
    /// Bit i: byte i is a letter or digit.
    word: u64,
    /// Bit i: byte i is not ASCII, or a hyphen that ends a line.
    stop: u64,
}

/// Appends the words of `input` in lower case to `bytes`, each followed by a space, and to `starts` the
/// offset behind that space, where the next word begins. Stops at the first byte that is not ASCII and at a
/// hyphen before a line break, and then takes back the word that it stands in. Returns how many bytes of
/// `input` are done.
///
/// The last of `starts` must be the length of `bytes`, 0 to begin with; so it is again afterwards.
pub(crate) fn scan(backend: Backend, input: &[u8], bytes: &mut Vec<u8>, starts: &mut Vec<usize>) -> usize {
    match backend.level() {
        // SAFETY: the level proves that the CPU has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::scan_avx512::<false>(input, bytes, starts) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::scan_avx2::<false>(input, bytes, starts) },
        #[cfg(target_arch = "x86_64")]
        Level::Sse2 => scan_portably::<false>(input, bytes, starts, x86::classify_sse2),
        Level::Scalar => scan_portably::<false>(input, bytes, starts, scalar::classify),
    }
}

/// Appends the letters and digits of `input` in lower case to `bytes`, without spaces, and the offset at
/// which each word begins to `starts`. Stops where [`scan`] does, but takes nothing back. Returns how many
/// bytes of `input` are done.
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
        #[cfg(target_arch = "x86_64")]
        Level::Sse2 => scan_portably::<true>(input, bytes, starts, x86::classify_sse2),
        Level::Scalar => scan_portably::<true>(input, bytes, starts, scalar::classify),
    }
}

/// The scan without instructions that pack bytes, given how to classify a block.
#[inline(always)]
fn scan_portably<const LETTERS: bool>(
    input: &[u8],
    bytes: &mut Vec<u8>,
    places: &mut Vec<usize>,
    classify: impl Fn(&[u8; BLOCK], u8) -> Block,
) -> usize {
    // SAFETY: `scan_blocks` makes the room that `pack` asks for, and `pack` writes what it reports.
    unsafe {
        scan_blocks::<LETTERS>(input, bytes, places, classify, |bytes, keep, marks, out, places, base| {
            scalar::pack(bytes, keep, marks, out, places, base)
        })
    }
}

/// The scan, given how to classify a block and how to pack it.
///
/// `pack(bytes, keep, marks, out, places, base)` writes the bytes whose bit in `keep` is set to `out`,
/// and for each bit of `marks` (a subset of `keep`) the offset at which that byte lands, plus `base`, to
/// `places`; it may write up to 64 items beyond what it reports, but no more than 136 bytes and
/// 72 places in all, and returns how many bytes and places count.
///
/// # Safety
/// `pack` does so for every block: what it says that it has written is taken for written.
#[inline(always)]
unsafe fn scan_blocks<const LETTERS: bool>(
    input: &[u8],
    bytes: &mut Vec<u8>,
    places: &mut Vec<usize>,
    classify: impl Fn(&[u8; BLOCK], u8) -> Block,
    pack: impl Fn(&[u8; BLOCK + AFTER], u64, u64, *mut u8, *mut usize, usize) -> (usize, usize),
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
        places.reserve(BLOCK + 8);
        let (old_bytes, old_places) = (bytes.len(), places.len());
        let (packed, words) = {
            let out = bytes.spare_capacity_mut().as_mut_ptr().cast();
            let out_places = places.spare_capacity_mut().as_mut_ptr().cast();
            // Of words, not where the space is but the place behind it.
            pack(&lower, keep, marks, out, out_places, old_bytes + usize::from(!LETTERS))
        };
        // SAFETY: `pack` has written so many items. Both fit: at most done + 64 bytes are kept of done + 64
        // read, one space may follow, and both reserves leave room for what `pack` may write beyond.
        unsafe {
            bytes.set_len(old_bytes + packed);
            places.set_len(old_places + words);
        }
        if stop != 0 {
            let at = done + stop.trailing_zeros() as usize;
            if LETTERS {
                return at;
            }
            let complete = places.last().copied().unwrap_or(0);
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

/// Eight bytes in a word at a time, so that it is good on every machine: on ARM too, where a kernel of NEON
/// instructions would be unsafe code that nobody here can run.
mod scalar {
    use super::{AFTER, BLOCK, Block};

    /// The same byte in all eight places.
    const fn all(byte: u8) -> u64 {
        0x0101_0101_0101_0101 * byte as u64
    }

    /// For eight bytes below 128, the highest bit of each: whether it is at least `least`.
    fn at_least(eight: u64, least: u8) -> u64 {
        eight + all(128 - least)
    }

    fn within(eight: u64, low: u8, high: u8) -> u64 {
        at_least(eight, low) & !at_least(eight, high + 1) & all(128)
    }

    /// The highest bits of eight bytes as the bits of one, given that the other bits are 0.
    fn gather(eight: u64) -> u64 {
        (eight >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }

    #[inline]
    pub(super) fn classify(block: &[u8; BLOCK], next: u8) -> Block {
        let mut out = Block { bytes: [0; BLOCK + AFTER], word: 0, stop: 0 };
        let mut hyphen = 0;
        let eights = block.as_chunks::<8>().0.iter().zip(out.bytes.as_chunks_mut::<8>().0);
        for (i, (eight, place)) in eights.enumerate() {
            let bytes = u64::from_le_bytes(*eight);
            // What stands in place of a byte that is not ASCII does not matter: the scan stops there.
            let ascii = bytes & all(127);
            // Digits have the bit that makes a capital a small letter.
            let lower = ascii | all(0x20);
            let word = within(lower, b'a', b'z') | within(ascii, b'0', b'9');
            let kept = (word >> 7) * 255;
            *place = (lower & kept | all(b' ') & !kept).to_le_bytes();
            out.word |= gather(word) << (8 * i);
            out.stop |= gather(bytes & all(128)) << (8 * i);
            hyphen |= gather(!at_least(ascii ^ all(b'-'), 1) & all(128)) << (8 * i);
        }
        if hyphen != 0 {
            out.stop |= ends_line(block, next, hyphen);
        }
        out
    }

    /// Which hyphens stand before a line break.
    #[cold]
    fn ends_line(block: &[u8; BLOCK], next: u8, hyphen: u64) -> u64 {
        let follows = block[1..].iter().chain([&next]).enumerate();
        let breaks = follows.fold(0, |bits, (i, byte)| bits | u64::from(matches!(byte, b'\n' | b'\r')) << i);
        hyphen & breaks
    }

    /// Copies runs of kept bytes: in text, only punctuation before a space and line ends part them.
    ///
    /// # Safety
    /// There is room for 128 bytes at `out` and 64 places at `places`.
    #[inline]
    pub(super) unsafe fn pack(
        bytes: &[u8; BLOCK + AFTER],
        mut keep: u64,
        marks: u64,
        out: *mut u8,
        places: *mut usize,
        base: usize,
    ) -> (usize, usize) {
        let (mut packed, mut words) = (0, 0);
        while keep != 0 {
            let start = keep.trailing_zeros() as usize;
            let length = (!(keep >> start)).trailing_zeros() as usize;
            let run = (u64::MAX >> (BLOCK - length)) << start;
            let mut at = 0;
            while at < length {
                // SAFETY: of a block of 64 bytes, 32 are copied from one that is inside it, and those behind
                // the block can be read. At most 64 are packed, and 32 written behind them.
                unsafe { bytes.as_ptr().add(start + at).copy_to_nonoverlapping(out.add(packed + at), 32) };
                at += 32;
            }
            let mut marks = marks & run;
            while marks != 0 {
                // SAFETY: there are at most 64 marks.
                unsafe { *places.add(words) = base + packed + marks.trailing_zeros() as usize - start };
                words += 1;
                marks &= marks - 1;
            }
            packed += length;
            keep &= !run;
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

    use super::{AFTER, BLOCK, Block, scan_blocks};

    /// The part of the instruction set that all of x86-64 has; packing is as in portable code.
    pub(super) fn classify_sse2(block: &[u8; BLOCK], next: u8) -> Block {
        let mut out = Block { bytes: [0; BLOCK + AFTER], word: 0, stop: 0 };
        let (mut hyphen, mut line_break) = (0_u64, 0_u64);
        for at in (0..BLOCK).step_by(16) {
            // SAFETY: SSE2 is on every x86-64; 16 bytes from `at` are inside both arrays.
            unsafe {
                let v = _mm_loadu_si128(block.as_ptr().add(at).cast());
                let set = |byte: u8| _mm_set1_epi8(byte as i8);
                // Signed comparisons: a byte that is not ASCII is below every letter.
                let within = |v, low: u8, high: u8| {
                    _mm_and_si128(_mm_cmpgt_epi8(v, set(low - 1)), _mm_cmpgt_epi8(set(high + 1), v))
                };
                // Digits have the bit that makes a capital a small letter.
                let lower = _mm_or_si128(v, set(0x20));
                let word = _mm_or_si128(within(lower, b'a', b'z'), within(v, b'0', b'9'));
                let kept = _mm_or_si128(_mm_and_si128(word, lower), _mm_andnot_si128(word, set(b' ')));
                _mm_storeu_si128(out.bytes.as_mut_ptr().add(at).cast(), kept);
                let mask = |v| u64::from(_mm_movemask_epi8(v) as u16) << at;
                let is = |byte: u8| _mm_cmpeq_epi8(v, set(byte));
                out.word |= mask(word);
                out.stop |= mask(v);
                hyphen |= mask(is(b'-'));
                line_break |= mask(_mm_or_si128(is(b'\n'), is(b'\r')));
            }
        }
        out.stop |= hyphen & ((line_break >> 1) | (u64::from(matches!(next, b'\n' | b'\r')) << 63));
        out
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn scan_avx2<const LETTERS: bool>(
        input: &[u8],
        bytes: &mut Vec<u8>,
        places: &mut Vec<usize>,
    ) -> usize {
        // SAFETY: `scan_blocks` makes the room that `pack_avx2` asks for, which writes what it reports.
        unsafe {
            scan_blocks::<LETTERS>(
                input,
                bytes,
                places,
                |block, next| classify_avx2(block, next),
                |bytes, keep, marks, out, places, base| pack_avx2(bytes, keep, marks, out, places, base),
            )
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn classify_avx2(block: &[u8; BLOCK], next: u8) -> Block {
        let mut out = Block { bytes: [0; BLOCK + AFTER], word: 0, stop: 0 };
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
    /// There is room for 72 bytes at `out` and 72 places at `places`.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    unsafe fn pack_avx2(
        bytes: &[u8; BLOCK + AFTER],
        keep: u64,
        marks: u64,
        out: *mut u8,
        places: *mut usize,
        base: usize,
    ) -> (usize, usize) {
        let mut packed = 0;
        for (i, eight) in bytes[..BLOCK].as_chunks::<8>().0.iter().enumerate() {
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
                    *places.add(written + i) = base + marks.trailing_zeros() as usize;
                }
                marks &= marks.wrapping_sub(1);
            }
            written += 8;
        }
        (packed, words)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn scan_avx512<const LETTERS: bool>(
        input: &[u8],
        bytes: &mut Vec<u8>,
        places: &mut Vec<usize>,
    ) -> usize {
        // SAFETY: `scan_blocks` makes the room that `pack_avx512` asks for, which writes what it reports.
        unsafe {
            scan_blocks::<LETTERS>(
                input,
                bytes,
                places,
                |block, next| classify_avx512(block, next),
                |bytes, keep, marks, out, places, base| pack_avx512(bytes, keep, marks, out, places, base),
            )
        }
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
        let mut out = Block { bytes: [0; BLOCK + AFTER], word, stop: _mm512_movepi8_mask(v) };
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
    /// There is room for 64 bytes at `out` and 32 places at `places`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
    unsafe fn pack_avx512(
        bytes: &[u8; BLOCK + AFTER],
        keep: u64,
        marks: u64,
        out: *mut u8,
        places: *mut usize,
        base: usize,
    ) -> (usize, usize) {
        const NUMBERS: [u8; BLOCK] = {
            let mut numbers = [0; BLOCK];
            let mut i = 0;
            while i < BLOCK {
                numbers[i] = i as u8;
                i += 1;
            }
            numbers
        };
        let words = marks.count_ones() as usize;
        // SAFETY: whole blocks of 64 bytes are read and written; of the places, two vectors of 8 at a time up
        // to 32.
        unsafe {
            let v = _mm512_loadu_si512(bytes.as_ptr().cast());
            _mm512_storeu_si512(out.cast(), _mm512_maskz_compress_epi8(keep, v));
            let numbers = _mm512_loadu_si512(NUMBERS.as_ptr().cast());
            let marks = _mm512_maskz_compress_epi8(_pext_u64(marks, keep), numbers);
            let base = _mm512_set1_epi64(base as i64);
            let write = |at: usize, eight: __m128i| {
                let eight = _mm512_add_epi64(base, _mm512_cvtepu8_epi64(eight));
                _mm512_storeu_si512(places.add(at).cast(), eight);
            };
            let marks = _mm512_castsi512_si256(marks);
            let low = _mm256_castsi256_si128(marks);
            // 64 bytes of English hold some 11 words: the branch predictor cannot tell whether there are more
            // than 8.
            write(0, low);
            write(8, _mm_srli_si128::<8>(low));
            if words > 16 {
                let high = _mm256_extracti128_si256::<1>(marks);
                write(16, high);
                write(24, _mm_srli_si128::<8>(high));
            }
        }
        (keep.count_ones() as usize, words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix;

    /// Text with everything that the scan looks at, up to its first stop in about every third text.
    fn text(seed: u64) -> Vec<u8> {
        let byte = |i: u64| match splitmix(seed << 32 | i) % 40 {
            0..16 => b'a' + (i % 26) as u8,
            16..20 => b'A' + (i % 26) as u8,
            20..22 => b'0' + (i % 10) as u8,
            22..30 => b' ',
            30 => b'\n',
            31 if seed.is_multiple_of(3) => 128 + (i % 128) as u8,
            31..33 if seed % 3 < 2 => b'-',
            n => n as u8 * 3,
        };
        (0..splitmix(seed) % 400).map(byte).collect()
    }

    /// Where the first byte stands that is not ASCII or is a hyphen at a line's end.
    fn stop(input: &[u8]) -> usize {
        let breaks = |i: usize| matches!(input.get(i + 1), Some(b'\n' | b'\r'));
        let stops = |i: &usize| !input[*i].is_ascii() || input[*i] == b'-' && breaks(*i);
        (0..input.len()).find(stops).unwrap_or(input.len())
    }

    #[test]
    fn words_are_the_runs_of_letters_and_digits() {
        for input in (0..2_000).map(text) {
            let stop = stop(&input);
            let letter = |i: &usize| input[*i].is_ascii_alphanumeric();
            // The word in which the scan stops is taken back.
            let partial = if stop < input.len() { (0..stop).rev().take_while(letter).count() } else { 0 };
            let (mut bytes, mut starts) = (Vec::new(), vec![0]);
            let words = input[..stop - partial].split(|b| !b.is_ascii_alphanumeric());
            for word in words.filter(|word| !word.is_empty()) {
                bytes.extend(word.to_ascii_lowercase());
                bytes.push(b' ');
                starts.push(bytes.len());
            }
            for backend in Backend::available() {
                let mut found = (Vec::new(), vec![0]);
                assert_eq!(scan(backend, &input, &mut found.0, &mut found.1), stop - partial, "{backend}");
                assert_eq!(found, (bytes.clone(), starts.clone()), "{backend}");
            }
        }
    }

    #[test]
    fn letters_are_those_up_to_the_stop() {
        for input in (0..2_000).map(text) {
            let stop = stop(&input);
            let (mut bytes, mut starts) = (Vec::new(), Vec::new());
            for word in input[..stop].split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
                starts.push(bytes.len());
                bytes.extend(word.to_ascii_lowercase());
            }
            for backend in Backend::available() {
                let mut found = (Vec::new(), Vec::new());
                assert_eq!(scan_letters(backend, &input, &mut found.0, &mut found.1), stop, "{backend}");
                assert_eq!(found, (bytes.clone(), starts.clone()), "{backend}");
            }
        }
    }
}
