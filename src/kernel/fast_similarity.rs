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
    /// The elements, mixed.
    mixed: Vec<u64>,
    /// One a bin, for [`throw_by_keys`].
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
    hits: Vec<u64>,
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

    /// Which groups of `1 << shift` bins have an open one, as `64 * W` bits, and that shift: the
    /// least with which the bits suffice.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn groups<const W: usize>(&self, bins: usize) -> ([u64; W], u32) {
        let shift = bins.next_power_of_two().ilog2().saturating_sub((64 * W).ilog2());
        let mut groups = [0; W];
        if shift == 0 {
            groups.iter_mut().zip(&self.bits).for_each(|(group, &bits)| *group = bits);
        } else {
            for (i, &bits) in self.bits.iter().enumerate() {
                let mut bits = bits;
                while bits != 0 {
                    let group = (64 * i + bits.trailing_zeros() as usize) >> shift;
                    groups[group / 64] |= 1 << (group % 64);
                    bits &= bits - 1;
                }
            }
        }
        (groups, shift)
    }

    /// Throws one element to its bin, if that is open.
    #[inline(always)]
    fn throw(&mut self, hash: u64, out: &mut [u32]) {
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

    /// Throws the first `count` hits, without a branch for each: whether it is the first in its bin cannot be
    /// foreseen.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    #[allow(clippy::needless_bitwise_bool, reason = "a lazy operator may become a branch")]
    fn throw_hits(&mut self, count: usize, multiplier: u64, out: &mut [u32]) {
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
        _ => run(elements, constants, scratch, out, 16, throw_all_fused, throw_open),
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
            throw_all_chunked(offset, elements, mixed, out, |hashes, bins, keys| {
                keys_avx2(hashes, bins, keys);
            });
        },
        |multiplier, mixed, open, out| throw_open_avx2(multiplier, mixed, open, out),
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
        |offset, elements, mixed, out| unsafe { throw_all_avx512(offset, elements, mixed, out) },
        |multiplier, mixed, open, out| throw_open_avx512(multiplier, mixed, open, out),
    );
}

/// With `vpmullq`, which pays here, where the compiler interleaves four of them: 1.29 ns an element, 1.46
/// without.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512dq")]
fn throw_all_avx512(offset: u64, elements: &[u64], mixed: &mut Vec<u64>, out: &mut [u32]) {
    throw_all_chunked(offset, elements, mixed, out, |hashes, bins, keys| keys_avx512(hashes, bins, keys));
}

/// The whole of the scheme; `throw_all` is the first round, `throw_open` a later one. More than one open bin in `many`
/// are too many for `throw_open`.
#[inline(always)]
fn run(
    elements: &[u64],
    constants: &Constants,
    scratch: &mut Scratch,
    out: &mut [u32],
    many: usize,
    throw_all: impl Fn(u64, &[u64], &mut Vec<u64>, &mut [u32]),
    throw_open: impl Fn(u64, &[u64], &mut Open, &mut [u32]),
) {
    out.fill(UNFILLED);
    if elements.is_empty() {
        return;
    }
    let bins = out.len();
    let Scratch { mixed, keys, open } = scratch;
    mixed.clear();
    throw_all(constants.offset, elements, mixed, out);
    open.reset(out);
    let mut round = 1;
    if open.left > bins / many {
        round = throw_by_keys(&constants.multipliers, mixed, keys, (open.left, bins / many), out);
        open.reset(out);
    }
    while open.left > 0 && round < bins {
        throw_open(constants.multipliers[round], mixed, open, out);
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

/// Rounds from the second on, without a branch that depends on where an element falls, until of the bins `left` no more
/// than `few` are open. Returns the next round.
#[inline(never)]
fn throw_by_keys(
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

/// The first round, where every bin is open and the multiplier is 1: hashes by vectors, then
/// throws one by one. `keys_of` makes a key of each hash: its bin above its value.
#[inline(always)]
#[cfg(target_arch = "x86_64")]
fn throw_all_chunked(
    offset: u64,
    elements: &[u64],
    mixed: &mut Vec<u64>,
    out: &mut [u32],
    keys_of: impl Fn(&[u64], usize, &mut [u64]),
) {
    let bins = out.len();
    let mut keys = [0_u64; 64];
    for elements in elements.chunks(keys.len()) {
        let start = mixed.len();
        mixed.extend(elements.iter().map(|x| splitmix(x.wrapping_add(offset))));
        let keys = &mut keys[..elements.len()];
        keys_of(&mixed[start..], bins, keys);
        for &mut key in keys {
            // SAFETY: `bin` is below `bins`.
            let place = unsafe { out.get_unchecked_mut((key >> 32) as usize) };
            *place = (key as u32).min(*place);
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn key(hash: u64, bins: usize) -> u64 {
    (bin(hash, bins) as u64) << 32 | u64::from(value(hash))
}

/// [`key`] of each hash. The compiler's own vectors go through halves of registers: 8 instructions for 4 keys, not 5.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn keys_avx2(hashes: &[u64], bins: usize, keys: &mut [u64]) {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let (fours, rest) = hashes.as_chunks::<4>();
    let (places, last) = keys.as_chunks_mut::<4>();
    let all_bins = _mm256_set1_epi64x((bins as u64).cast_signed());
    let most = _mm256_set1_epi32((UNFILLED - 1).cast_signed());
    for (four, place) in fours.iter().zip(places) {
        // SAFETY: the arrays are as long as the register.
        unsafe {
            let hash = _mm256_loadu_si256(four.as_ptr().cast());
            let bin = _mm256_mul_epu32(_mm256_srli_epi64::<32>(hash), all_bins);
            let value = _mm256_min_epu32(_mm256_srli_epi64::<16>(hash), most);
            _mm256_storeu_si256(place.as_mut_ptr().cast(), _mm256_blend_epi32::<0xaa>(value, bin));
        }
    }
    last.iter_mut().zip(rest).for_each(|(place, &hash)| *place = key(hash, bins));
}

/// The same, eight at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn keys_avx512(hashes: &[u64], bins: usize, keys: &mut [u64]) {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let (eights, rest) = hashes.as_chunks::<8>();
    let (places, last) = keys.as_chunks_mut::<8>();
    let all_bins = _mm512_set1_epi64((bins as u64).cast_signed());
    let most = _mm512_set1_epi32((UNFILLED - 1).cast_signed());
    for (eight, place) in eights.iter().zip(places) {
        // SAFETY: the arrays are as long as the register.
        unsafe {
            let hash = _mm512_loadu_si512(eight.as_ptr().cast());
            let bin = _mm512_mul_epu32(_mm512_srli_epi64::<32>(hash), all_bins);
            let value = _mm512_min_epu32(_mm512_srli_epi64::<16>(hash), most);
            _mm512_storeu_si512(place.as_mut_ptr().cast(), _mm512_mask_blend_epi32(0xaaaa, value, bin));
        }
    }
    last.iter_mut().zip(rest).for_each(|(place, &hash)| *place = key(hash, bins));
}

/// The same in one loop, for a CPU whose vectors multiply 64 bits no faster than its registers.
#[inline(always)]
fn throw_all_fused(offset: u64, elements: &[u64], mixed: &mut Vec<u64>, out: &mut [u32]) {
    let bins = out.len();
    mixed.extend(elements.iter().map(|x| {
        let hash = splitmix(x.wrapping_add(offset));
        // SAFETY: `bin` is below `bins`.
        let place = unsafe { out.get_unchecked_mut(bin(hash, bins)) };
        *place = value(hash).min(*place);
        hash
    }));
}

#[inline(always)]
fn throw_open(multiplier: u64, mixed: &[u64], open: &mut Open, out: &mut [u32]) {
    for m in mixed {
        open.throw(m.wrapping_mul(multiplier), out);
    }
}

/// Finds the elements that may fall into an open bin four at a time; they are few, and are listed, and then thrown one by
/// one: to throw each when it is found cost a tenth to a fifth more for 400 to 500 elements, since nobody can foresee
/// which four hold one.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn throw_open_avx2(multiplier: u64, mixed: &[u64], open: &mut Open, out: &mut [u32]) {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let (groups, shift) = open.groups::<4>(out.len());
    // SAFETY: the array is as long as the register.
    let groups = unsafe { _mm256_loadu_si256(groups.as_ptr().cast()) };
    let shift = _mm_cvtsi32_si128(32 + shift.cast_signed());
    let bins = _mm256_set1_epi64x((out.len() as u64).cast_signed());
    let low = _mm256_set1_epi64x(multiplier.cast_signed());
    let high = _mm256_srli_epi64::<32>(low);
    let (place, mut count) = (open.room_for_hits(mixed.len()), 0);
    let (fours, rest) = mixed.as_chunks::<4>();
    for four in fours {
        // SAFETY: the array is as long as the register.
        let m = unsafe { _mm256_loadu_si256(four.as_ptr().cast()) };
        // The high half of the product, in the low half of each lane.
        let cross =
            _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64::<32>(m), low), _mm256_mul_epu32(m, high));
        let hash = _mm256_add_epi64(_mm256_srli_epi64::<32>(_mm256_mul_epu32(m, low)), cross);
        let group = _mm256_srl_epi64(_mm256_mul_epu32(hash, bins), shift);
        let word = _mm256_permutevar8x32_epi32(groups, _mm256_srli_epi64::<5>(group));
        let bit = _mm256_srlv_epi32(word, _mm256_and_si256(group, _mm256_set1_epi64x(31)));
        let hits = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_slli_epi64::<63>(bit)));
        let order = _mm_cvtsi64_si128(i64::from_le_bytes(PACKING[hits as usize]));
        let packed = _mm256_permutevar8x32_epi32(m, _mm256_cvtepu8_epi32(order));
        // SAFETY: no more are listed than were looked at before, so that the vector ends within the room for all.
        unsafe { _mm256_storeu_si256(place.add(count).cast(), packed) };
        count += hits.count_ones() as usize;
    }
    open.throw_hits(count, multiplier, out);
    throw_open(multiplier, rest, open, out);
}

/// The same, eight at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,avx512f,avx512bw,avx512vl")]
fn throw_open_avx512(multiplier: u64, mixed: &[u64], open: &mut Open, out: &mut [u32]) {
    #[allow(clippy::wildcard_imports)] // Vendor intrinsics, whose names say where they come from.
    use std::arch::x86_64::*;

    let (groups, shift) = open.groups::<8>(out.len());
    // SAFETY: the array is as long as the register.
    let groups = unsafe { _mm512_loadu_si512(groups.as_ptr().cast()) };
    let shift = _mm_cvtsi32_si128(32 + shift.cast_signed());
    let bins = _mm512_set1_epi64((out.len() as u64).cast_signed());
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
        let group = _mm512_srl_epi64(_mm512_mul_epu32(hash, bins), shift);
        let word = _mm512_permutexvar_epi64(_mm512_srli_epi64::<6>(group), groups);
        let hits = _mm512_test_epi64_mask(_mm512_rorv_epi64(word, group), one);
        // SAFETY: no more are listed than were looked at before, so that the vector ends within the room for all.
        unsafe { _mm512_storeu_si512(place.add(count).cast(), _mm512_maskz_compress_epi64(hits, m)) };
        count += hits.count_ones() as usize;
    }
    open.throw_hits(count, multiplier, out);
    throw_open(multiplier, rest, open, out);
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

    /// Straight from the definition: the least (round, value) among what each bin was thrown.
    fn oracle(elements: &[u64], c: &Constants, bins: usize) -> Vec<u32> {
        let mixed: Vec<u64> = elements.iter().map(|x| splitmix(x.wrapping_add(c.offset))).collect();
        let least = |b: usize| {
            let hashes =
                (0..2 * bins).flat_map(|i| mixed.iter().map(move |m| (i, m.wrapping_mul(c.multipliers[i]))));
            let thrown = hashes.filter(|&(i, h)| if i < bins { bin(h, bins) == b } else { i - bins == b });
            thrown.map(|(i, h)| (i, value(h))).min().map_or(UNFILLED, |(_, value)| value)
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
