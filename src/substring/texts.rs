//! Documents as one line of positions, and the fingerprints of the windows on it.

use crate::hash::splitmix;

/// The Mersenne prime modulo which fingerprints are polynomials.
const PRIME: u64 = (1 << 61) - 1;

/// Where the polynomial is evaluated: an odd number without structure, below the prime.
const BASE: u64 = 0x1e37_79b9_7f4a_7c15;

/// Streams that are hashed side by side: one waits for its own product, the others use the time.
const LANES: usize = 4;

mod sealed {
    pub trait Sealed {}
}

/// What a document is a row of: bytes, or numbers that stand for words or tokens.
pub trait Symbol: Copy + Ord + Send + Sync + sealed::Sealed {
    /// A number for the symbol; equal symbols have equal numbers.
    #[doc(hidden)]
    fn number(self) -> u64;
}

macro_rules! symbol {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {}
        impl Symbol for $type {
            #[inline]
            fn number(self) -> u64 {
                u64::from(self)
            }
        }
    )*};
}

symbol!(u8, u16, u32, u64);

/// a·b modulo the prime, for a and b of at most 61 bits.
#[inline]
fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    fold((product as u64 & PRIME) + (product >> 61) as u64)
}

/// A number modulo the prime; the prime itself may stay.
#[inline]
fn fold(x: u64) -> u64 {
    (x & PRIME) + (x >> 61)
}

/// Fingerprints of windows of one length (Karp and Rabin 1987).
///
/// A window of symbols s₁ … sₗ has Σ (sᵢ + 1) · Bˡ⁻ⁱ modulo 2⁶¹ − 1, mixed. Two windows of length l that
/// differ have equal fingerprints with a chance of about l / 2⁶¹.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint {
    length: usize,
    /// −Bˡ modulo the prime.
    leaving: u64,
    /// The bits of a fingerprint that count: all but in tests.
    mask: u64,
}

impl Fingerprint {
    pub(super) fn new(length: usize, mask: u64) -> Self {
        // By squaring: whoever asks for a length beyond all texts waits no longer.
        let (mut power, mut square, mut left) = (1, BASE, length);
        while left > 0 {
            if left & 1 == 1 {
                power = multiply(power, square);
            }
            (square, left) = (multiply(square, square), left >> 1);
        }
        Self { length, leaving: PRIME - power % PRIME, mask }
    }

    #[inline]
    fn enter<S: Symbol>(sum: u64, symbol: S) -> u64 {
        fold(multiply(sum, BASE) + fold(symbol.number()) + 1)
    }

    /// The sum of the window one further on.
    #[inline]
    fn slide<S: Symbol>(&self, sum: u64, first: S, next: S) -> u64 {
        let gone = multiply(fold(first.number()) + 1, self.leaving);
        // Below 3 · 2⁶¹ and a little: 63 bits.
        fold(multiply(sum, BASE) + fold(next.number()) + 1 + gone)
    }

    #[inline]
    fn finish(&self, sum: u64) -> u64 {
        // `fold` leaves the prime for 0.
        let sum = if sum >= PRIME { sum - PRIME } else { sum };
        splitmix(sum) & self.mask
    }

    /// The fingerprint of each window of `text`, first to last.
    pub(super) fn windows<S: Symbol>(&self, text: &[S], out: &mut Vec<u64>) {
        let Some(count) = (text.len() + 1).checked_sub(self.length).filter(|&count| count > 0) else {
            out.clear();
            return;
        };
        out.clear();
        out.resize(count, 0);
        let first = |start: usize| {
            text[start..start + self.length].iter().fold(0, |sum, &symbol| Self::enter(sum, symbol))
        };
        let lane = if count >= LANES * self.length.max(64) { count / LANES } else { 0 };
        if lane > 0 {
            let mut sums: [u64; LANES] = std::array::from_fn(|k| first(k * lane));
            let mut outs = out.chunks_exact_mut(lane);
            let outs: [&mut [u64]; LANES] = std::array::from_fn(|_| outs.next().unwrap_or_default());
            let leave: [&[S]; LANES] = std::array::from_fn(|k| &text[k * lane..][..lane]);
            let enter: [&[S]; LANES] = std::array::from_fn(|k| &text[k * lane + self.length - 1..][..lane]);
            for k in 0..LANES {
                outs[k][0] = self.finish(sums[k]);
            }
            for i in 1..lane {
                for k in 0..LANES {
                    sums[k] = self.slide(sums[k], leave[k][i - 1], enter[k][i]);
                    outs[k][i] = self.finish(sums[k]);
                }
            }
        }
        let from = lane * LANES;
        if from < count {
            let mut sum = first(from);
            out[from] = self.finish(sum);
            for i in from + 1..count {
                sum = self.slide(sum, text[i - 1], text[i + self.length - 1]);
                out[i] = self.finish(sum);
            }
        }
    }
}

/// Documents one after another; a position counts symbols from the beginning of the first.
pub(super) struct Texts<'a, S> {
    documents: Vec<&'a [S]>,
    /// Where each begins; one more at the end.
    starts: Vec<u64>,
}

impl<'a, S: Symbol> Texts<'a, S> {
    pub(super) fn new<D: AsRef<[S]>>(documents: &'a [D]) -> Self {
        let documents: Vec<&[S]> = documents.iter().map(AsRef::as_ref).collect();
        let mut starts = Vec::with_capacity(documents.len() + 1);
        let mut sum = 0;
        starts.push(sum);
        for document in &documents {
            sum += document.len() as u64;
            starts.push(sum);
        }
        Self { documents, starts }
    }

    /// The number of positions.
    pub(super) fn len(&self) -> u64 {
        self.starts[self.documents.len()]
    }

    /// The number of windows of `length` symbols.
    pub(super) fn count_windows(&self, length: usize) -> u64 {
        self.documents.iter().map(|document| (document.len() + 1).saturating_sub(length) as u64).sum()
    }

    /// The document of a position, and the place in it.
    pub(super) fn locate(&self, position: u64) -> (usize, usize) {
        let document = self.starts.partition_point(|&start| start <= position).saturating_sub(1);
        (document, (position - self.starts[document]) as usize)
    }

    /// The symbols of a document from a position on.
    pub(super) fn from(&self, position: u64) -> &'a [S] {
        let (document, place) = self.locate(position);
        &self.documents[document][place..]
    }

    /// `f(position, fingerprint)` of each window that begins at `from..to`.
    pub(super) fn fingerprints(
        &self,
        fingerprint: Fingerprint,
        (from, to): (u64, u64),
        room: &mut Vec<u64>,
        mut f: impl FnMut(u64, u64),
    ) {
        let mut document = self.locate(from).0;
        while document < self.documents.len() && self.starts[document] < to {
            let (start, text) = (self.starts[document], self.documents[document]);
            let first = from.max(start) - start;
            let last = (to - start).saturating_add(fingerprint.length as u64 - 1).min(text.len() as u64);
            if first < last {
                fingerprint.windows(&text[first as usize..last as usize], room);
                for (position, &value) in (start + first..).zip(room.iter()) {
                    f(position, value);
                }
            }
            document += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sliding_fingerprint_is_that_of_the_window() {
        let text: Vec<u8> = (0..5_000_u64).map(|i| (splitmix(i) >> 56) as u8).collect();
        for length in [1, 2, 7, 50, 300] {
            let fingerprint = Fingerprint::new(length, u64::MAX);
            let (mut all, mut one) = (Vec::new(), Vec::new());
            for cut in [length, length + 1, 1_000, 5_000] {
                let text = &text[..cut];
                fingerprint.windows(text, &mut all);
                assert_eq!(all.len(), cut + 1 - length);
                for (window, &value) in text.windows(length).zip(&all) {
                    fingerprint.windows(window, &mut one);
                    assert_eq!(one, [value]);
                }
            }
            fingerprint.windows(&text[..length - 1], &mut all);
            assert!(all.is_empty());
        }
        // A length beyond all texts is no more work.
        let (fingerprint, mut all) = (Fingerprint::new(usize::MAX, u64::MAX), vec![1]);
        fingerprint.windows(&text, &mut all);
        assert!(all.is_empty());
    }
}
