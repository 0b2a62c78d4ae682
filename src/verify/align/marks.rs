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

    /// The marked letters of those that do not stand, as runs.
    pub(super) fn runs(&self, standing: &[bool]) -> Vec<Span> {
        let mut runs: Vec<Span> = Vec::new();
        for (word, (&equal, &noisy)) in self.equal.iter().zip(&self.noisy).enumerate() {
            let mut bits = equal | noisy;
            for (i, _) in standing.iter().skip(64 * word).take(64).enumerate().filter(|(_, stands)| **stands)
            {
                bits &= !(1 << i);
            }
            while bits != 0 {
                let first = bits.trailing_zeros();
                let behind = first + (bits >> first).trailing_ones();
                bits = if behind < 64 { bits >> behind << behind } else { 0 };
                let (start, end) = (64 * word as u32 + first, 64 * word as u32 + behind);
                match runs.last_mut() {
                    Some(last) if last.1 == start => last.1 = end,
                    _ => runs.push((start, end)),
                }
            }
        }
        runs
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
