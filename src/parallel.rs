//! Layer 1: the two loops that run on all cores; the only place that knows about `rayon`.
//!
//! Results stand in the order of the input, so they are the same with any number of threads and with
//! none. Work goes out in chunks, each with a scratch space of its own.

use crate::Result;
use crate::progress::Ticker;

/// Documents in a chunk: enough that a chunk outweighs the handing out (256 news stories are about a
/// millisecond of sketching), few enough that 16 cores share 50,000 documents evenly.
const CHUNK: usize = 256;

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
    let chunk = |(number, chunk): (usize, &[T])| {
        let mut scratch = scratch();
        let numbered = chunk.iter().enumerate();
        let results: Vec<R> = numbered.map(|(i, item)| f(&mut scratch, number * CHUNK + i, item)).collect();
        ticker.add(chunk.len());
        results
    };
    #[cfg(feature = "rayon")]
    let chunks: Vec<Vec<R>> = {
        use rayon::prelude::*;
        items.par_chunks(CHUNK).enumerate().map(chunk).collect()
    };
    #[cfg(not(feature = "rayon"))]
    let chunks: Vec<Vec<R>> = items.chunks(CHUNK).enumerate().map(chunk).collect();
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
    let rows = width.max(1) * CHUNK;
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_chunks(CHUNK).zip(out.par_chunks_mut(rows)).try_for_each(chunk)
    }
    #[cfg(not(feature = "rayon"))]
    items.chunks(CHUNK).zip(out.chunks_mut(rows)).try_for_each(chunk)
}
