//! On all cores with the `rayon` feature, on one without it, and the same results.

#[cfg(feature = "rayon")]
use rayon::prelude::*;

/// `f` of 0 to `count`, in that order.
pub(super) fn map<T: Send>(count: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(feature = "rayon")]
    return (0..count).into_par_iter().map(f).collect();
    #[cfg(not(feature = "rayon"))]
    return (0..count).map(f).collect();
}

/// Sorts; equal values are indistinguishable.
pub(super) fn sort<T: Ord + Send>(values: &mut [T]) {
    #[cfg(feature = "rayon")]
    values.par_sort_unstable();
    #[cfg(not(feature = "rayon"))]
    values.sort_unstable();
}
