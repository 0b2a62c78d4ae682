//! A table of 128 bytes, looked up for each byte of a text.

use super::Backend;
#[cfg(target_arch = "x86_64")]
use super::Level;

/// Appends `table[b & 127]` for each byte b to `out`.
pub(crate) fn look_up(backend: Backend, table: &[u8; 128], bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + bytes.len(), 0);
    let out = &mut out[start..];
    match backend.level() {
        // SAFETY: the level proves that the CPU has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::look_up_avx512(table, bytes, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::look_up_avx2(table, bytes, out) },
        _ => look_up_by_one(table, bytes, out),
    }
}

fn look_up_by_one(table: &[u8; 128], bytes: &[u8], out: &mut [u8]) {
    out.iter_mut().zip(bytes).for_each(|(place, byte)| *place = table[usize::from(byte & 127)]);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "vendor intrinsics, whose names say where they come from"
    )]
    use std::arch::x86_64::*;

    use super::look_up_by_one;

    /// Two registers are the whole table.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn look_up_avx512(table: &[u8; 128], bytes: &[u8], out: &mut [u8]) {
        // SAFETY: both halves are inside the table.
        let (low, high) = unsafe {
            (_mm512_loadu_si512(table.as_ptr().cast()), _mm512_loadu_si512(table.as_ptr().add(64).cast()))
        };
        let (chunks, rest) = bytes.as_chunks::<64>();
        let (places, last) = out.as_chunks_mut::<64>();
        for (chunk, place) in chunks.iter().zip(places) {
            // SAFETY: the arrays are as long as the register.
            unsafe {
                let found = _mm512_permutex2var_epi8(low, _mm512_loadu_si512(chunk.as_ptr().cast()), high);
                _mm512_storeu_si512(place.as_mut_ptr().cast(), found);
            }
        }
        look_up_by_one(table, rest, last);
    }

    /// Eight rows of sixteen: a shuffle gives 0 for every byte of another row.
    #[target_feature(enable = "avx2")]
    pub(super) fn look_up_avx2(table: &[u8; 128], bytes: &[u8], out: &mut [u8]) {
        let set = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
        let rows: [__m256i; 8] = std::array::from_fn(|row| {
            // SAFETY: each row is inside the table.
            unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().add(16 * row).cast())) }
        });
        let (chunks, rest) = bytes.as_chunks::<32>();
        let (places, last) = out.as_chunks_mut::<32>();
        for (chunk, place) in chunks.iter().zip(places) {
            // SAFETY: the array is as long as the register.
            let v = unsafe { _mm256_loadu_si256(chunk.as_ptr().cast()) };
            let v = _mm256_and_si256(v, set(127));
            let mut found = _mm256_setzero_si256();
            for (row, &values) in (0_u8..).zip(&rows) {
                // Below 16 in its own row; the addition sets the highest bit of all others.
                let place = _mm256_adds_epu8(_mm256_xor_si256(v, set(16 * row)), set(0x70));
                found = _mm256_or_si256(found, _mm256_shuffle_epi8(values, place));
            }
            // SAFETY: as for the load.
            unsafe { _mm256_storeu_si256(place.as_mut_ptr().cast(), found) };
        }
        look_up_by_one(table, rest, last);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_backend_looks_up(
            table in prop::array::uniform32(any::<[u8; 4]>()),
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let table: [u8; 128] = table.as_flattened().try_into().unwrap();
            let expected: Vec<u8> = bytes.iter().map(|&b| table[usize::from(b) % 128]).collect();
            for backend in Backend::available() {
                let mut out = vec![7];
                look_up(backend, &table, &bytes, &mut out);
                prop_assert_eq!(&out[1..], &expected[..], "{}", backend);
            }
        }
    }
}
