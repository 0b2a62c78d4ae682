//! Layer 1: the two loops that run on all cores; the only place that knows about `rayon`.
//!
//! Results stand in the order of the input, so they are the same with any number of threads and with
//! none. Work goes out in chunks, each with a scratch space of its own.

use crate::Result;
use crate::progress::Ticker;

/// Items in a chunk: a sixty-fourth of all, so that 16 cores share them evenly; at least 16, to outweigh the handing out
/// and a scratch space of its own; at most 256, which is about a millisecond of sketching news stories.
fn chunk_size(items: usize) -> usize {
    (items / 64).clamp(16, 256)
}

/// `f(scratch, i, item)` of each item, in order.
pub(crate) fn map<T, S, R>(
    items: &[T],
    ticker: &Ticker<'_>,
    scratch: impl Fn() -> S + Sync,
    f: impl Fn(&mut S, usize, &T) -> R + Sync,
) -> Vec<R>
where
    T: Sync,
    R: Send,
{
    let size = chunk_size(items.len());
    let chunk = |(number, chunk): (usize, &[T])| {
        let mut scratch = scratch();
        let numbered = chunk.iter().enumerate();
        let results: Vec<R> = numbered.map(|(i, item)| f(&mut scratch, number * size + i, item)).collect();
        ticker.add(chunk.len());
        results
    };
    #[cfg(feature = "rayon")]
    let chunks: Vec<Vec<R>> = {
        use rayon::prelude::*;
        items.par_chunks(size).enumerate().map(chunk).collect()
    };
    #[cfg(not(feature = "rayon"))]
    let chunks: Vec<Vec<R>> = items.chunks(size).enumerate().map(chunk).collect();
    chunks.into_iter().flatten().collect()
}

/// `f(scratch, item, row)` of each item, where row i of `out` is `width` values long.
pub(crate) fn fill_rows<T, S, V>(
    items: &[T],
    out: &mut [V],
    width: usize,
    ticker: &Ticker<'_>,
    scratch: impl Fn() -> S + Sync,
    f: impl Fn(&mut S, &T, &mut [V]) -> Result<()> + Sync,
) -> Result<()>
where
    T: Sync,
    V: Send,
{
    let chunk = |(items, rows): (&[T], &mut [V])| {
        let mut scratch = scratch();
        ticker.add(items.len());
        items.iter().zip(rows.chunks_mut(width.max(1))).try_for_each(|(item, row)| f(&mut scratch, item, row))
    };
    let size = chunk_size(items.len());
    let rows = width.max(1) * size;
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_chunks(size).zip(out.par_chunks_mut(rows)).try_for_each(chunk)
    }
    #[cfg(not(feature = "rayon"))]
    items.chunks(size).zip(out.chunks_mut(rows)).try_for_each(chunk)
}
