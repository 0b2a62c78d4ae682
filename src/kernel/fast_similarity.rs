//! Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017), one value of 32 bits a bin.

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;
use crate::hash::splitmix;

/// A bin that no element has reached. An element whose value is this one is passed over in that round.
const UNFILLED: u32 = u32::MAX;

/// The constants of one hasher: what is added to an element, and one odd multiplier a round, two
/// rounds a bin.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    offset: u64,
    multipliers: Vec<u64>,
}

impl Constants {
    pub(crate) fn new(seed: u64, bins: usize) -> Self {
        let base = splitmix(!seed);
        let multiplier = |round| if round == 0 { 1 } else { splitmix(base.wrapping_add(round)) | 1 };
        Self { offset: splitmix(seed), multipliers: (0..2 * bins as u64).map(multiplier).collect() }
    }
}

/// Kept from call to call, so that no call allocates once the largest set has been seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    /// The elements, mixed; then what is left of larger sets.
    mixed: Vec<u64>,
    /// One a bin, for [`rounds_by_keys`].
    keys: Vec<u64>,
    open: Open,
}

/// The bins that no earlier round has filled.
#[derive(Clone, Debug, Default)]
struct Open {
    /// One bit a bin.
    bits: Vec<u64>,
    left: usize,
    /// Filled in this round: still open to smaller values until it ends.
    filled: Vec<u32>,
    /// The elements that may fall into an open bin in this round; then what earlier rounds left.
    #[cfg(target_arch = "x86_64")]
    hits: Vec<u64>,
    /// Where eight elements hold such ones: the number of the eight, above a bit for each of them.
    #[cfg(target_arch = "x86_64")]
    eights: Vec<usize>,
}

impl Open {
    /// Reads the open bins off `out`.
    #[inline(always)]
    fn reset(&mut self, out: &[u32]) {
        let (chunks, rest) = out.as_chunks::<64>();
        self.bits.clear();
        self.bits.extend(chunks.iter().map(unfilled));
        if !rest.is_empty() {
            let mut last = [0; 64];
            last[..rest.len()].copy_from_slice(rest);
            self.bits.push(unfilled(&last));
        }
        self.left = self.bits.iter().map(|bits| bits.count_ones() as usize).sum();
    }

    #[inline(always)]
    fn end_round(&mut self) {
        for &b in &self.filled {
            self.bits[b as usize / 64] &= !(1 << (b % 64));
        }
        self.left -= self.filled.len();
        self.filled.clear();
    }

    /// Hashes fall into equal parts, a power of two and at most `64 * W`: those that an open bin reaches
    /// into, one bit each, and how far to shift the high 32 bits of a hash for the number of its part.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn parts<const W: usize>(&self, bins: usize) -> ([u64; W], u32) {
        // Two or more, for 32 bits cannot be shifted by 32.
        let count = bins.next_power_of_two().clamp(2, 64 * W);
        let mut parts = [0; W];
        if count == bins {
            parts.iter_mut().zip(&self.bits).for_each(|(part, &bits)| *part = bits);
        } else {
            // Rounded down and up, so that no part is missed; one too many only makes hits that hit nothing.
            let all = (count as u64) << 32;
            let (down, up) = (all / bins as u64, all.div_ceil(bins as u64));
            for (i, &bits) in self.bits.iter().enumerate() {
                let mut bits = bits;
                while bits != 0 {
                    let b = 64 * i as u64 + u64::from(bits.trailing_zeros());
                    let last = (((b + 1) * up - 1) >> 32).min(count as u64 - 1);
                    for part in (b * down) >> 32..=last {
                        parts[part as usize / 64] |= 1 << (part % 64);
                    }
                    bits &= bits - 1;
                }
            }
        }
        (parts, 32 - count.ilog2())
    }

    /// Takes the hash of one element into its bin, if that is open.
    #[inline(always)]
    fn insert(&mut self, hash: u64, out: &mut [u32]) {
        let b = bin(hash, out.len());
        if self.bits[b / 64] >> (b % 64) & 1 == 1 {
            if out[b] == UNFILLED {
                self.filled.push(b as u32);
            }
            out[b] = out[b].min(value(hash));
        }
    }

    /// Where hits are written: there is room for so many.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn room_for_hits(&mut self, elements: usize) -> *mut u64 {
        if self.hits.len() < elements {
            self.hits.resize(elements, 0);
        }
        self.hits.as_mut_ptr()
    }

    /// Takes the first `count` hits into their bins, without a branch for each: whether it is the first in
    /// its bin cannot be foreseen.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    #[allow(clippy::needless_bitwise_bool, reason = "a lazy operator may become a branch")]
    fn insert_hits(&mut self, count: usize, multiplier: u64, out: &mut [u32]) {
        let mut filled = self.filled.len();
        self.filled.resize(filled + count, 0);
        for m in &self.hits[..count] {
            let hash = m.wrapping_mul(multiplier);
            let b = bin(hash, out.len());
            let is_open = self.bits[b / 64] >> (b % 64) & 1 == 1;
            let before = out[b];
            self.filled[filled] = b as u32;
            filled += usize::from(is_open & (before == UNFILLED));
            out[b] = if is_open { before.min(value(hash)) } else { before };
        }
        self.filled.truncate(filled);
    }
}

/// One bit a value, set where it is [`UNFILLED`].
#[inline(always)]
fn unfilled(values: &[u32; 64]) -> u64 {
    let mut flags = [0_u8; 64];
    flags.iter_mut().zip(values).for_each(|(flag, &value)| *flag = u8::from(value == UNFILLED));
    // The multiplication moves the flag in byte j to bit 56 + j.
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    flags.as_chunks::<8>().0.iter().rev().fold(0, |all, eight| all << 8 | bits(eight))
}

/// The bin of a round's hash: its high 32 bits, scaled; below `bins`, which is at most 2^16.
#[inline(always)]
fn bin(hash: u64, bins: usize) -> usize {
    (((hash >> 32) * u64::from(bins as u32)) >> 32) as usize
}

/// The value of a round's hash: bits 16 to 47, below those that choose among up to 2^16 bins.
#[inline(always)]
fn value(hash: u64) -> u32 {
    ((hash >> 16) as u32).min(UNFILLED - 1)
}

/// Fills `out`, one value a bin: all `u32::MAX` for no elements, else none.
pub(crate) fn sketch(
    backend: Backend,
    elements: &[u64],
    constants: &Constants,
    scratch: &mut Scratch,
    out: &mut [u32],
) {
    match backend.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a backend of this level proves that the CPU has these features.
        Level::Avx2 => unsafe { avx2(elements, constants, scratch, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx512 => unsafe { avx512(elements, constants, scratch, out) },
        _ => run(elements, constants, scratch, out, 16, first_round_fused, later_round),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn avx2(elements: &[u64], constants: &Constants, scratch: &mut Scratch, out: &mut [u32]) {
    run(
        elements,
        constants,
        scratch,
        out,
        4,
        |offset, elements, mixed, out| {
            // SAFETY: a bin is a number below 2^32 times that of the bins, divided by 2^32.
            unsafe {
                first_round_by_eights(offset, elements, mixed, out, |hashes, bins| keys_avx2(hashes, bins));
            }
        },
        |multiplier, mixed, open, out| later_round_avx2(multiplier, mixed, open, out),
    );
}

// Without `avx512dq`: its `vpmullq` waits for the register that it overwrites (Golden Cove), which
// made a round of 500 elements take 1,400 cycles where AVX2 took 500.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,avx512f,avx512bw,avx512vl")]
fn avx512(elements: &[u64], constants: &Constants, scratch: &mut Scratch, out: &mut [u32]) {
    run(
        elements,
        constants,
        scratch,
        out,
        4,
        // SAFETY: the one feature beyond those of this function is part of the level.
        |offset, elements, mixed, out| unsafe { first_round_avx512(offset, elements, mixed, out) },
        |multiplier, mixed, open, out| later_round_avx512(multiplier, mixed, open, out),
    );
}

/// With `vpmullq`, which pays here, where the compiler interleaves four of them: 1.29 ns an element, 1.46
/// without.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512dq")]
fn first_round_avx512(offset: u64, elements: &[u64], mixed: &mut [u64], out: &mut [u32]) {
    // SAFETY: a bin is a number below 2^32 times that of the bins, divided by 2^32.
    unsafe { first_round_by_eights(offset, elements, mixed, out, |hashes, bins| keys_avx512(hashes, bins)) };
}

/// Below so many elements there is too little in a round for listing bins and hits: 20 elements took a fifth
/// less where all but one bin in 32 were filled by [`rounds_by_keys`].
const FEW_ELEMENTS: usize = 32;

/// So many elements a bin leave one of 128 bins open once in 70,000 times, unless most of them are the same.
const MANY_A_BIN: usize = 16;

/// Each number once. A text of one word is half a million times the same shingle, and would go through all
/// rounds.
fn distinct(numbers: &mut [u64]) -> &[u64] {
    numbers.sort_unstable();
    let mut count = 0;
    for i in 0..numbers.len() {
        if count == 0 || numbers[i] != numbers[count - 1] {
            numbers[count] = numbers[i];
            count += 1;
        }
    }
    &numbers[..count]
}

/// The whole of the scheme; `first_round` is the first round, `later_round` a later one. More than one open
/// bin in `many` are too many for `later_round`.
#[inline(always)]
fn run(
    elements: &[u64],
    constants: &Constants,
    scratch: &mut Scratch,
    out: &mut [u32],
    many: usize,
    first_round: impl Fn(u64, &[u64], &mut [u64], &mut [u32]),
    later_round: impl Fn(u64, &[u64], &mut Open, &mut [u32]),
) {
    out.fill(UNFILLED);
    if elements.is_empty() || out.is_empty() {
        return;
    }
    let bins = out.len();
    let Scratch { mixed, keys, open } = scratch;
    if mixed.len() < elements.len() {
        mixed.resize(elements.len(), 0);
    }
    let mixed = &mut mixed[..elements.len()];
    first_round(constants.offset, elements, mixed, out);
    open.reset(out);
    let mixed = if open.left > 0 && elements.len() / MANY_A_BIN >= bins { distinct(mixed) } else { &*mixed };
    let mut round = 1;
    let few = bins / if elements.len() < FEW_ELEMENTS { 32 } else { many };
    if open.left > few {
        round = rounds_by_keys(&constants.multipliers, mixed, keys, (open.left, few), out);
        open.reset(out);
    }
    while open.left > 0 && round < bins {
        later_round(constants.multipliers[round], mixed, open, out);
        open.end_round();
        round += 1;
    }
    if open.left > 0 {
        let swept = &constants.multipliers[bins..];
        for (place, &multiplier) in out.iter_mut().zip(swept).filter(|(place, _)| **place == UNFILLED) {
            *place = mixed.iter().fold(UNFILLED, |least, m| least.min(value(m.wrapping_mul(multiplier))));
        }
    }
}

/// Rounds from the second on, without a branch that depends on where an element falls, until of the bins
/// `left` no more than `few` are open. Returns the next round.
#[inline(never)]
fn rounds_by_keys(
    multipliers: &[u64],
    mixed: &[u64],
    keys: &mut Vec<u64>,
    (mut left, few): (usize, usize),
    out: &mut [u32],
) -> usize {
    let bins = out.len();
    keys.clear();
    keys.extend(out.iter().map(|&value| if value == UNFILLED { u64::MAX } else { u64::from(value) }));
    let mut round = 1;
    while round < bins && left > few {
        let multiplier = multipliers[round];
        for m in mixed {
            let hash = m.wrapping_mul(multiplier);
            let key = (round as u64) << 32 | hash >> 16 & 0xffff_ffff;
            // SAFETY: `bin` is below `bins`, and there are as many keys.
            let place = unsafe { keys.get_unchecked_mut(bin(hash, bins)) };
            left -= usize::from(*place == u64::MAX);
            *place = key.min(*place);
        }
        round += 1;
    }
    for (place, &key) in out.iter_mut().zip(keys.iter()) {
        *place = if key == u64::MAX { UNFILLED } else { (key as u32).min(UNFILLED - 1) };
    }
    round
}

/// The first round, where every bin is open and the multiplier is 1: vectors mix eight elements while the
/// eight before go into their bins one by one, for the two wait for different parts of the CPU. By chunks of
/// 64, one after the other, AVX2 took a fifth more (Zen 5). `keys_of` makes a key of each hash: its bin above
/// its value.
///
/// # Safety
/// Every bin in a key is below the number of bins that `keys_of` is given.
#[inline(always)]
#[cfg(target_arch = "x86_64")]
unsafe fn first_round_by_eights(
    offset: u64,
    elements: &[u64],
    mixed: &mut [u64],
    out: &mut [u32],
    keys_of: impl Fn(&[u64; 8], usize) -> [u64; 8],
) {
    let bins = out.len();
    assert!(bins > 0, "a signature has a bin or more");
    let (eights, rest) = elements.as_chunks::<8>();
    let (places, last) = mixed.as_chunks_mut::<8>();
    // These change nothing.
    let mut before = [u64::from(UNFILLED); 8];
    let mut insert = |keys: &[u64; 8]| {
        for &key in keys {
            // SAFETY: the caller's promise; of those that change nothing the bin is 0, which there is.
            let place = unsafe { out.get_unchecked_mut((key >> 32) as usize) };
            *place = (key as u32).min(*place);
        }
    };
    for (eight, place) in eights.iter().zip(places) {
        *place = eight.map(|x| splitmix(x.wrapping_add(offset)));
        let keys = keys_of(place, bins);
        insert(&before);
        before = keys;
    }
    insert(&before);
    first_round_fused(offset, rest, last, out);
}

/// The key of each hash. The compiler's own vectors go through halves of registers: 8 instructions for 4
/// keys, not 5.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn keys_avx2(hashes: &[u64; 8], bins: usize) -> [u64; 8] {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let all_bins = _mm256_set1_epi64x((bins as u64).cast_signed());
    let most = _mm256_set1_epi32((UNFILLED - 1).cast_signed());
    let mut keys = [0; 8];
    for (four, place) in hashes.as_chunks::<4>().0.iter().zip(keys.as_chunks_mut::<4>().0) {
        // SAFETY: the arrays are as long as the register.
        unsafe {
            let hash = _mm256_loadu_si256(four.as_ptr().cast());
            let bin = _mm256_mul_epu32(_mm256_srli_epi64::<32>(hash), all_bins);
            let value = _mm256_min_epu32(_mm256_srli_epi64::<16>(hash), most);
            _mm256_storeu_si256(place.as_mut_ptr().cast(), _mm256_blend_epi32::<0xaa>(value, bin));
        }
    }
    keys
}

/// The same in one vector.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn keys_avx512(hashes: &[u64; 8], bins: usize) -> [u64; 8] {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let mut keys = [0; 8];
    // SAFETY: the arrays are as long as the register.
    unsafe {
        let hash = _mm512_loadu_si512(hashes.as_ptr().cast());
        let bin =
            _mm512_mul_epu32(_mm512_srli_epi64::<32>(hash), _mm512_set1_epi64((bins as u64).cast_signed()));
        let most = _mm512_set1_epi32((UNFILLED - 1).cast_signed());
        let value = _mm512_min_epu32(_mm512_srli_epi64::<16>(hash), most);
        _mm512_storeu_si512(keys.as_mut_ptr().cast(), _mm512_mask_blend_epi32(0xaaaa, value, bin));
    }
    keys
}

/// The same in one loop, for a CPU whose vectors multiply 64 bits no faster than its registers; never
/// inlined, so that the loop has the registers to itself.
#[inline(never)]
fn first_round_fused(offset: u64, elements: &[u64], mixed: &mut [u64], out: &mut [u32]) {
    let bins = out.len();
    assert!(bins > 0, "a signature has a bin or more");
    for (x, mixed) in elements.iter().zip(mixed) {
        *mixed = splitmix(x.wrapping_add(offset));
        // SAFETY: `bin` is below `bins`, which is not 0.
        let place = unsafe { out.get_unchecked_mut(bin(*mixed, bins)) };
        *place = value(*mixed).min(*place);
    }
}

#[inline(always)]
fn later_round(multiplier: u64, mixed: &[u64], open: &mut Open, out: &mut [u32]) {
    for m in mixed {
        open.insert(m.wrapping_mul(multiplier), out);
    }
}

/// Finds the elements that may fall into an open bin eight at a time. They are few: the eights that hold one
/// are listed, then these elements, which go into their bins at last one by one. To insert each when it is
/// found cost a tenth to a fifth more for 400 to 500 elements, since nobody can foresee which of them hit,
/// and to list elements at once, four at a time, a tenth.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn later_round_avx2(multiplier: u64, mixed: &[u64], open: &mut Open, out: &mut [u32]) {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let (parts, shift) = open.parts::<4>(out.len());
    // SAFETY: the array is as long as the register.
    let parts = unsafe { _mm256_loadu_si256(parts.as_ptr().cast()) };
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let low = _mm256_set1_epi32((multiplier as u32).cast_signed());
    let high = _mm256_set1_epi32(((multiplier >> 32) as u32).cast_signed());
    let (eights, rest) = mixed.as_chunks::<8>();
    if open.eights.len() < eights.len() {
        open.eights.resize(eights.len(), 0);
    }
    let mut listed = 0;
    for (i, eight) in eights.iter().enumerate() {
        // SAFETY: each is half of the array.
        let (a, b) = unsafe {
            (_mm256_loadu_ps(eight.as_ptr().cast()), _mm256_loadu_ps(eight.as_ptr().add(4).cast()))
        };
        // The halves of all eight, in the order of the pairs 0, 2, 1, 3: registers shuffle by halves too.
        let lows = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(a, b));
        let highs = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(a, b));
        // The high halves of the products with the multiplier.
        let cross = _mm256_add_epi32(_mm256_mullo_epi32(highs, low), _mm256_mullo_epi32(lows, high));
        let even = _mm256_srli_epi64::<32>(_mm256_mul_epu32(lows, low));
        let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(lows), low);
        let hash = _mm256_add_epi32(cross, _mm256_blend_epi32::<0xaa>(even, odd));
        let part = _mm256_srl_epi32(hash, shift);
        let word = _mm256_permutevar8x32_epi32(parts, _mm256_srli_epi32::<5>(part));
        let bit = _mm256_srlv_epi32(word, _mm256_and_si256(part, _mm256_set1_epi32(31)));
        let hits = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32::<31>(bit)));
        // SAFETY: no more are listed than were looked at before, and there is a place for each.
        unsafe { *open.eights.get_unchecked_mut(listed) = i << 8 | hits as usize };
        listed += usize::from(hits != 0);
    }
    let (place, mut count) = (open.room_for_hits(8 * listed), 0);
    for &eight in &open.eights[..listed] {
        let pairs = eights[eight >> 8].as_chunks::<2>().0;
        // SAFETY: the array is as long as the register.
        let pair = |i: usize| unsafe { _mm_loadu_si128(pairs[i].as_ptr().cast()) };
        for (four, hits) in [
            (_mm256_set_m128i(pair(2), pair(0)), eight & 15),
            (_mm256_set_m128i(pair(3), pair(1)), eight >> 4 & 15),
        ] {
            let order = _mm_cvtsi64_si128(i64::from_le_bytes(PACKING[hits]));
            let packed = _mm256_permutevar8x32_epi32(four, _mm256_cvtepu8_epi32(order));
            // SAFETY: no more are listed than were looked at before, so that the vector ends within the room
            // for all.
            unsafe { _mm256_storeu_si256(place.add(count).cast(), packed) };
            count += hits.count_ones() as usize;
        }
    }
    open.insert_hits(count, multiplier, out);
    later_round(multiplier, rest, open, out);
}

/// The same, but hits are listed at once, which one instruction does.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,avx512f,avx512bw,avx512vl")]
fn later_round_avx512(multiplier: u64, mixed: &[u64], open: &mut Open, out: &mut [u32]) {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let (parts, shift) = open.parts::<8>(out.len());
    // SAFETY: the array is as long as the register.
    let parts = unsafe { _mm512_loadu_si512(parts.as_ptr().cast()) };
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let low = _mm512_set1_epi64(multiplier.cast_signed());
    let high = _mm512_srli_epi64::<32>(low);
    let one = _mm512_set1_epi64(1);
    let (place, mut count) = (open.room_for_hits(mixed.len()), 0);
    let (eights, rest) = mixed.as_chunks::<8>();
    for eight in eights {
        // SAFETY: the array is as long as the register.
        let m = unsafe { _mm512_loadu_si512(eight.as_ptr().cast()) };
        let cross =
            _mm512_add_epi64(_mm512_mul_epu32(_mm512_srli_epi64::<32>(m), low), _mm512_mul_epu32(m, high));
        let hash = _mm512_add_epi64(_mm512_srli_epi64::<32>(_mm512_mul_epu32(m, low)), cross);
        let part = _mm512_srl_epi32(hash, shift);
        let word = _mm512_permutexvar_epi64(_mm512_srli_epi64::<6>(part), parts);
        let hits = _mm512_test_epi64_mask(_mm512_rorv_epi64(word, part), one);
        // SAFETY: no more are listed than were looked at before, so that the vector ends within the room for
        // all.
        unsafe { _mm512_storeu_si512(place.add(count).cast(), _mm512_maskz_compress_epi64(hits, m)) };
        count += hits.count_ones() as usize;
    }
    open.insert_hits(count, multiplier, out);
    later_round(multiplier, rest, open, out);
}

/// For each mask of four lanes of 64 bits, the halves of the lanes that are set, in order.
#[cfg(target_arch = "x86_64")]
static PACKING: [[u8; 8]; 16] = {
    let mut table = [[0; 8]; 16];
    let mut mask = 0;
    while mask < 16 {
        let (mut lane, mut n) = (0, 0);
        while lane < 4 {
            if mask >> lane & 1 == 1 {
                table[mask][n] = 2 * lane;
                table[mask][n + 1] = 2 * lane + 1;
                n += 2;
            }
            lane += 1;
        }
        mask += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight from the definition: the least (round, value) among what is hashed into each bin.
    fn oracle(elements: &[u64], c: &Constants, bins: usize) -> Vec<u32> {
        let mixed: Vec<u64> = elements.iter().map(|x| splitmix(x.wrapping_add(c.offset))).collect();
        let least = |b: usize| {
            let hashes =
                (0..2 * bins).flat_map(|i| mixed.iter().map(move |m| (i, m.wrapping_mul(c.multipliers[i]))));
            let hashed = hashes.filter(|&(i, h)| if i < bins { bin(h, bins) == b } else { i - bins == b });
            hashed.map(|(i, h)| (i, value(h))).min().map_or(UNFILLED, |(_, value)| value)
        };
        (0..bins).map(least).collect()
    }

    #[test]
    fn every_backend_equals_the_definition() {
        let mut scratch = Scratch::default();
        for bins in [1, 2, 3, 63, 64, 65, 100, 130, 600] {
            let constants = Constants::new(bins as u64, bins);
            for len in [0, 1, 2, 7, 9, 20, 65, 200] {
                let elements: Vec<u64> = (0..len).map(|x| splitmix(x) >> (x % 64)).collect();
                let expected = oracle(&elements, &constants, bins);
                for backend in Backend::available() {
                    let mut values = vec![7; bins];
                    sketch(backend, &elements, &constants, &mut scratch, &mut values);
                    assert_eq!(values, expected, "{backend}, {bins} bins, {len} elements");
                }
            }
        }
    }

    #[test]
    fn elements_count_once_however_often_they_come() {
        let mut scratch = Scratch::default();
        for (bins, kinds) in [(1, 1), (64, 1), (64, 2), (100, 7), (130, 40)] {
            let constants = Constants::new(5, bins);
            let kinds: Vec<u64> = (0..kinds).map(splitmix).collect();
            let expected = oracle(&kinds, &constants, bins);
            for len in [MANY_A_BIN * bins - 1, MANY_A_BIN * bins, 40 * bins + 3] {
                let elements: Vec<u64> = (0..len.max(kinds.len())).map(|i| kinds[i % kinds.len()]).collect();
                for backend in Backend::available() {
                    let mut values = vec![7; bins];
                    sketch(backend, &elements, &constants, &mut scratch, &mut values);
                    assert_eq!(values, expected, "{backend}, {bins} bins, {len} elements");
                }
            }
        }
    }

    /// More bins than a register has bits: each bit then stands for a group of bins.
    #[test]
    fn every_backend_equals_scalar_with_many_bins() {
        let mut scratch = Scratch::default();
        for bins in [255, 256, 257, 511, 512, 513, 1000, 5000, 65_536] {
            let constants = Constants::new(0, bins);
            let elements: Vec<u64> = (0..2 * bins as u64 + 5).collect();
            let mut expected = vec![0; bins];
            sketch(Backend::SCALAR, &elements, &constants, &mut scratch, &mut expected);
            assert!(!expected.contains(&UNFILLED));
            for backend in Backend::available() {
                let mut values = vec![0; bins];
                sketch(backend, &elements, &constants, &mut scratch, &mut values);
                assert_eq!(values, expected, "{backend}, {bins} bins");
            }
        }
    }
}
