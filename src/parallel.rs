//! Layer 1: the loops that run on all cores; the only place that knows about `rayon`.
//!
//! Results stand in the order of the input, so they are the same with any number of threads and with
//! none. Work goes out in chunks, each with a scratch space from a [`Pool`].

use std::sync::{Mutex, PoisonError};

use crate::progress::Ticker;
use crate::{Error, Result};

/// Scratch spaces that were used before: a warm one allocates nothing. Locked twice for a chunk of work.
#[derive(Debug, Default)]
pub(crate) struct Pool<S>(Mutex<Vec<S>>);

impl<S: Default> Pool<S> {
    /// `f` with a scratch space that no one else has.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let spaces = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let space = spaces().pop();
        let mut space = space.unwrap_or_default();
        let result = f(&mut space);
        spaces().push(space);
        result
    }
}

/// Items in a chunk: a sixty-fourth of all, so that 16 cores share them evenly; at least 16, to outweigh the
/// handing out; at most 256, which is about a millisecond of sketching news stories.
fn chunk_size(items: usize) -> usize {
    (items / 64).clamp(16, 256)
}

/// `f(scratch, i, item)` of each item, in order; or the error of the first chunk that has one.
///
/// The ticker is told of each chunk unless it is `None`.
pub(crate) fn map<T, S, R, E>(
    items: &[T],
    ticker: Option<&Ticker<'_>>,
    pool: &Pool<S>,
    f: impl Fn(&mut S, usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E>
where
    T: Sync,
    S: Default + Send,
    R: Send,
    E: From<Error> + Send,
{
    let size = chunk_size(items.len());
    let chunk = |(number, chunk): (usize, &[T])| -> Result<Vec<R>, E> {
        ticker.map_or(Ok(()), Ticker::check)?;
        let numbered = chunk.iter().enumerate();
        let results = pool.with(|scratch| {
            numbered.map(|(i, item)| f(scratch, number * size + i, item)).collect::<Result<Vec<R>, E>>()
        })?;
        ticker.map_or(Ok(()), |ticker| ticker.add(chunk.len()))?;
        Ok(results)
    };
    #[cfg(feature = "rayon")]
    let chunks: Vec<Result<Vec<R>, E>> = {
        use rayon::prelude::*;
        items.par_chunks(size).enumerate().map(chunk).collect()
    };
    #[cfg(not(feature = "rayon"))]
    let chunks: Vec<Result<Vec<R>, E>> = items.chunks(size).enumerate().map(chunk).collect();
    let mut results = Vec::with_capacity(items.len());
    for chunk in chunks {
        results.extend(chunk?);
    }
    Ok(results)
}

/// Items whose results are made at a time, where not all need be in memory; those of two runs are.
pub(crate) const RUN: usize = 1 << 13;

/// As [`map`], but hands the results to `take` in order, [`RUN`] after [`RUN`], and keeps none. Those of a run
/// are taken while the next one is worked on.
pub(crate) fn for_each<T, S, R, E>(
    items: &[T],
    ticker: Option<&Ticker<'_>>,
    pool: &Pool<S>,
    f: impl Fn(&mut S, usize, &T) -> Result<R, E> + Sync,
    mut take: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E>
where
    T: Sync,
    S: Default + Send,
    R: Send,
    E: From<Error> + Send,
{
    let mut before = Vec::new();
    for (number, run) in items.chunks(RUN).enumerate() {
        let results = std::mem::take(&mut before);
        let (taken, results) = join(
            || results.into_iter().try_for_each(&mut take),
            || map(run, ticker, pool, |scratch, i, item| f(scratch, number * RUN + i, item)),
        );
        taken?;
        before = results?;
    }
    before.into_iter().try_for_each(take)
}

/// Both, at once where there are cores for it.
fn join<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    #[cfg(feature = "rayon")]
    return rayon::join(a, b);
    #[cfg(not(feature = "rayon"))]
    (a(), b())
}

/// `f(item)` of each item, in order.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_iter().with_min_len(16).map(f).collect()
    }
    #[cfg(not(feature = "rayon"))]
    items.iter().map(f).collect()
}

/// `f(scratch, item)` of each item, in order. Scratch is made anew for each share of the work.
pub(crate) fn each_with<T: Sync, S: Default, R: Send>(
    items: &[T],
    f: impl Fn(&mut S, &T) -> R + Sync + Send,
) -> Vec<R> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_iter().map_init(S::default, f).collect()
    }
    #[cfg(not(feature = "rayon"))]
    {
        let mut scratch = S::default();
        items.iter().map(|item| f(&mut scratch, item)).collect()
    }
}

/// `f(scratch, item, row)` of each item, where row i of `out` is `width` values long.
pub(crate) fn each_row<T: Sync, S: Default, V: Send>(
    items: &[T],
    out: &mut [V],
    width: usize,
    f: impl Fn(&mut S, &T, &mut [V]) + Sync + Send,
) {
    let f = |scratch: &mut S, (item, row): (&T, &mut [V])| f(scratch, item, row);
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_iter().zip(out.par_chunks_exact_mut(width)).for_each_init(S::default, f);
    }
    #[cfg(not(feature = "rayon"))]
    {
        let mut scratch = S::default();
        items.iter().zip(out.chunks_exact_mut(width)).for_each(|row| f(&mut scratch, row));
    }
}

/// As [`each_row`] for what may fail and may be stopped; and what `f` gives of each item, in order.
pub(crate) fn fill_rows<T, S, V, R>(
    items: &[T],
    out: &mut [V],
    width: usize,
    ticker: &Ticker<'_>,
    pool: &Pool<S>,
    f: impl Fn(&mut S, &T, &mut [V]) -> Result<R> + Sync,
) -> Result<Vec<R>>
where
    T: Sync,
    S: Default + Send,
    V: Send,
    R: Send,
{
    let chunk = |(items, rows): (&[T], &mut [V])| -> Result<Vec<R>> {
        ticker.check()?;
        let pairs = items.iter().zip(rows.chunks_mut(width.max(1)));
        let results =
            pool.with(|scratch| pairs.map(|(item, row)| f(scratch, item, row)).collect::<Result<Vec<R>>>())?;
        ticker.add(items.len())?;
        Ok(results)
    };
    let size = chunk_size(items.len());
    let rows = width.max(1) * size;
    #[cfg(feature = "rayon")]
    let chunks: Vec<Result<Vec<R>>> = {
        use rayon::prelude::*;
        items.par_chunks(size).zip(out.par_chunks_mut(rows)).map(chunk).collect()
    };
    #[cfg(not(feature = "rayon"))]
    let chunks: Vec<Result<Vec<R>>> = items.chunks(size).zip(out.chunks_mut(rows)).map(chunk).collect();
    let mut results = Vec::with_capacity(items.len());
    for chunk in chunks {
        results.extend(chunk?);
    }
    Ok(results)
}

/// `f(i)` of each i below `count`, in order; each is a task of its own, so let it be worth one.
pub(crate) fn tasks<R: Send>(count: usize, f: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        (0..count).into_par_iter().map(f).collect()
    }
    #[cfg(not(feature = "rayon"))]
    (0..count).map(f).collect()
}

/// `f(i, item)` of each item, which it may change; each is a task of its own.
pub(crate) fn change<T: Send>(items: &mut [T], f: impl Fn(usize, &mut T) + Send + Sync) {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.par_iter_mut().enumerate().for_each(|(i, item)| f(i, item));
    }
    #[cfg(not(feature = "rayon"))]
    items.iter_mut().enumerate().for_each(|(i, item)| f(i, item));
}

/// `add(sum, i, item)` of the items, in order, on some sums that each begin at the default; then the sums
/// joined, in order. How many sums there are depends on the cores, so let that not show in what comes out.
pub(crate) fn fold<T: Send, S: Default + Send, R: Send>(
    items: Vec<T>,
    add: impl Fn(S, usize, T) -> S + Sync + Send,
    finish: impl Fn(S) -> R + Sync + Send,
    join: impl Fn(R, R) -> R + Sync + Send,
) -> Option<R> {
    let add = |sum: S, (i, item): (usize, T)| add(sum, i, item);
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.into_par_iter().enumerate().fold(S::default, add).map(finish).reduce_with(join)
    }
    #[cfg(not(feature = "rayon"))]
    {
        let sum = finish(items.into_iter().enumerate().fold(S::default(), add));
        [sum].into_iter().reduce(join)
    }
}

/// Sorts by a key items of which those of one key cannot be told apart.
pub(crate) fn sort_by_key<T: Send, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K + Sync) {
    #[cfg(feature = "rayon")]
    rayon::slice::ParallelSliceMut::par_sort_unstable_by_key(items, key);
    #[cfg(not(feature = "rayon"))]
    items.sort_unstable_by_key(key);
}

/// Sorts items of which equal ones cannot be told apart.
pub(crate) fn sort<T: Ord + Send>(items: &mut [T]) {
    #[cfg(feature = "rayon")]
    rayon::slice::ParallelSliceMut::par_sort_unstable(items);
    #[cfg(not(feature = "rayon"))]
    items.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a loop in turn would give.
    #[test]
    fn results_stand_in_the_order_of_the_input() {
        for count in [0, 1, 15, 1_000] {
            let items: Vec<u32> = (0..count).map(|i| i ^ 5).collect();
            let doubled: Vec<u32> = items.iter().map(|item| 2 * item).collect();
            assert_eq!(each(&items, |item| 2 * item), doubled);
            let with_scratch = each_with(&items, |scratch: &mut Vec<u32>, item| {
                scratch.push(*item);
                2 * item
            });
            assert_eq!(with_scratch, doubled);

            let mut rows = vec![0; 3 * items.len()];
            each_row(&items, &mut rows, 3, |(): &mut (), item, row| row.fill(*item));
            assert!(rows.chunks_exact(3).zip(&items).all(|(row, item)| row == [*item; 3]));

            let add = |mut list: Vec<(usize, u32)>, i, item| {
                list.push((i, item));
                list
            };
            let folded = fold(items.clone(), add, |list| list, |a, b| [a, b].concat());
            let numbered: Vec<(usize, u32)> = items.iter().copied().enumerate().collect();
            assert_eq!(folded.unwrap_or_default(), numbered);

            let mut sorted = items;
            sort_by_key(&mut sorted, |item| u32::MAX - item);
            assert!(sorted.is_sorted_by(|a, b| a > b));
        }
    }
}
