//! Layer 1: the hot loops. The only folder with `unsafe` in it.
//!
//! Plain slices in, plain slices out: no type of the layers above is known here. Each operation is a
//! file: a portable function that is the reference, one function for each instruction set
//! that earns its keep, and a dispatcher that takes a [`Backend`] (`prefetch` is a hint alone). Every backend
//! gives the same bits; the tests at the end of each file hold them to it.
#![allow(unsafe_code)]
// A loop gets the instruction set of the `#[target_feature]` function that it is inlined into, or none.
#![allow(clippy::inline_always)]

pub(crate) mod bits;
mod cells;
pub(crate) mod classic;
pub(crate) mod fast_similarity;
pub(crate) mod fracminhash;
pub(crate) mod grams;
pub(crate) mod look_up;
pub(crate) mod planes;
pub(crate) mod prefetch;
pub(crate) mod simhash;
pub(crate) mod sort;
pub(crate) mod weighted;
pub(crate) mod words;
pub(crate) mod xxh3;

use std::fmt;

/// An instruction set that this CPU has. Holding one proves it: the only ways to get one are
/// [`detect`](Self::detect) and [`available`](Self::available).
///
/// ```
/// use reprint::Backend;
///
/// let best = Backend::detect();
/// assert!(Backend::available().any(|b| b == best));
/// // The portable one is always there, and the results are the same bits with each.
/// assert!(Backend::available().any(|b| b == Backend::SCALAR));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backend(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Level {
    Scalar,
    /// What every x86-64 has. Only the scan of bytes needs more than the compiler makes of portable code.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Backend {
    /// Portable code, on every machine; the reference for all others.
    pub const SCALAR: Self = Self(Level::Scalar);

    /// The fastest backend of this CPU. The first call asks the CPU; later ones read the answer.
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::SCALAR)
    }

    /// Every backend of this CPU, the slowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let levels = [
            Some(Level::Scalar),
            #[cfg(target_arch = "x86_64")]
            Some(Level::Sse2),
            #[cfg(target_arch = "x86_64")]
            has_avx2().then_some(Level::Avx2),
            #[cfg(target_arch = "x86_64")]
            has_avx512().then_some(Level::Avx512),
        ];
        levels.into_iter().flatten().map(Self)
    }

    /// The instruction set to run; always one that this CPU has.
    #[inline]
    pub(crate) fn level(self) -> Level {
        self.0
    }
}

/// The subset that Haswell (2013) and Zen (2017) brought.
#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
}

/// The subset that Ice Lake (2019) and Zen 4 (2022) brought; older AVX-512 runs as AVX2.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512cd")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
}

impl Default for Backend {
    fn default() -> Self {
        Self::detect()
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Level::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Level::Sse2 => "sse2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        })
    }
}
