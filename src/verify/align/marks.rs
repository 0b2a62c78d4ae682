//! Which letters of a text are shared.

use super::Span;

/// Which letters of a text are shared: one bit a letter.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    equal: Vec<u64>,
    noisy: Vec<u64>,
}

/// Marked letters, and those of them that were read through noise alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marked {
    pub(super) letters: u32,
    pub(super) noisy: u32,
}

impl Marks {
    /// Forgets all marks, for a text of `letters`.
    pub(super) fn begin(&mut self, letters: usize) {
        for bits in [&mut self.equal, &mut self.noisy] {
            bits.clear();
            bits.resize(letters.div_ceil(64), 0);
        }
    }

    pub(super) fn mark(&mut self, (start, end): Span, noise: bool) {
        let bits = if noise { &mut self.noisy } else { &mut self.equal };
        if start >= end {
            return;
        }
        let (start, last) = (start as usize, end as usize - 1);
        let (from, to) = (u64::MAX << (start % 64), u64::MAX >> (63 - last % 64));
        match &mut bits[start / 64..=last / 64] {
            [only] => *only |= from & to,
            [first, between @ .., last] => {
                *first |= from;
                between.fill(u64::MAX);
                *last |= to;
            }
            [] => {}
        }
    }

    pub(super) fn is_marked(&self, letter: u32) -> bool {
        let word = letter as usize / 64;
        (self.equal[word] | self.noisy[word]) >> (letter % 64) & 1 == 1
    }

    /// The shortest stretch that holds a share of what is marked of the letters that count; the first of such.
    pub(super) fn shortest(&self, share: f64, counts: impl Fn(usize) -> bool) -> Span {
        let words = || self.equal.iter().zip(&self.noisy).enumerate();
        let bits = |(word, (equal, noisy)): (usize, (&u64, &u64))| {
            let mut bits = equal | noisy;
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Some(64 * word + bit)
            })
        };
        let letters = || words().flat_map(bits).filter(|&letter| counts(letter));
        let all = letters().count();
        let within = ((share * all as f64).ceil() as usize).max(1);
        let stretches = letters().zip(letters().skip(within - 1));
        let shortest = stretches.min_by_key(|(first, last)| last - first);
        shortest.map_or((0, 0), |(first, last)| (first as u32, last as u32 + 1))
    }

    pub(super) fn covered(&self) -> Marked {
        self.covered_of(|_| u64::MAX)
    }

    /// What is marked of the letters that count.
    pub(super) fn covered_where(&self, counts: impl Fn(usize) -> bool) -> Marked {
        self.covered_of(|word| (0..64).fold(0, |bits, i| bits | u64::from(counts(64 * word + i)) << i))
    }

    /// What is marked of the letters whose bits `counts` gives, 64 at a time.
    fn covered_of(&self, counts: impl Fn(usize) -> u64) -> Marked {
        let words = self.equal.iter().zip(&self.noisy).enumerate();
        words.fold(Marked::default(), |sum, (word, (&equal, &noisy))| {
            let counts = counts(word);
            Marked {
                letters: sum.letters + ((equal | noisy) & counts).count_ones(),
                noisy: sum.noisy + (noisy & !equal & counts).count_ones(),
            }
        })
    }
}
