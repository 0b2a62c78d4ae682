//! Summaries: a stretch of one text that has the rarer words of all of the other, which is much longer. Both
//! are one section, whatever sentences they share.
//!
//! A word of l letters that its text has n times, and the other text too, tells min(0.8 (l − 1), 7) / √n
//! nats. The stretch is the one with the largest sum of what each word tells, less the text's mean and
//! [`cost`](Summary::cost). Of a copy the same words stand in one place of the other text, so that little is
//! left beside it.

use super::{Finder, NAT, NONE, Section, Span};

/// What makes a stretch of one text a summary of the other.
struct Summary {
    /// What its words tell beyond the text's mean, in nats, and what each word costs beside the mean.
    enough: f64,
    cost: f64,
    /// The fewest and the most words of it, and the fewest of the other text.
    least: usize,
    most: usize,
    other: usize,
    /// How many times longer the other text is, at least and at most.
    longer: [usize; 2],
    /// Tenths of the other text that have a share in it, each three tenths of the mean or more.
    tenths: usize,
    /// What its words tell beside those that stand in one place of the other text, as long as it, in nats. A
    /// copy, edited or not, has nearly all of its words from one place.
    beside: f64,
}

const SUMMARY: Summary = Summary {
    enough: 60.0,
    cost: 0.4,
    least: 40,
    most: 400,
    other: 150,
    longer: [3, 30],
    tenths: 5,
    beside: 30.0,
};

impl Finder {
    /// Where one text is a summary of the other, that is one section: of the stretch and of all the other
    /// text. None is where a section would be lost by it, since it lies elsewhere.
    pub(super) fn add_summary(&mut self) {
        for swapped in [false, true] {
            let Some(stretch) = self.summary(swapped) else { continue };
            let whole = (0, if swapped { self.a.len() } else { self.b.len() } as u32);
            let is_elsewhere = |s: &Section| {
                let here = if swapped { s.b } else { s.a };
                here.1 <= stretch.0 || stretch.1 <= here.0
            };
            if self.sections.iter().any(is_elsewhere) {
                continue;
            }
            let score = self.sections.iter().map(|s| s.score).sum::<u64>() + 1;
            let (a, b) = if swapped { (whole, stretch) } else { (stretch, whole) };
            self.sections = vec![Section { a, b, score }];
            return;
        }
    }

    /// The stretch of one text that has the rarer words of all of the other one, if it is much longer.
    fn summary(&mut self, swapped: bool) -> Option<Span> {
        let (text, other) = if swapped { (&self.b, &self.a) } else { (&self.a, &self.b) };
        let (words, others) = (text.len(), other.len());
        let [least, most] = SUMMARY.longer;
        if others < SUMMARY.other.max(least * SUMMARY.least) || words < SUMMARY.least || others > most * words
        {
            return None;
        }
        let of_text = if swapped { &self.of_b } else { &self.of_a };
        let told: [f64; 11] =
            std::array::from_fn(|letters| (0.8 * (letters as f64 - 1.0)).clamp(0.0, 7.0) * NAT);
        let root = |count: u32| 1.0 / f64::from(count).sqrt();
        let shares: [f64; 16] = std::array::from_fn(|count| root(count.max(1) as u32));
        let share = |count: u32| shares.get(count as usize).copied().unwrap_or_else(|| root(count));
        let value = |(&stem, word): (&u32, u32)| {
            let Some(&[a, b]) = self.counts.get(stem as usize) else { return 0 };
            let (here, there) = if swapped { (b, a) } else { (a, b) };
            if there == 0 {
                return 0;
            }
            let (start, end) = text.letters((word, word + 1));
            (told[(end - start).min(10) as usize] * share(here)) as i64
        };
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        values.extend(of_text.iter().zip(0..).map(value));
        let span = self.summary_by(&values, swapped);
        self.values = values;
        span
    }

    /// The same by what each word tells.
    fn summary_by(&mut self, values: &[i64], swapped: bool) -> Option<Span> {
        let (words, others) = (values.len(), if swapped { self.a.len() } else { self.b.len() });
        let of_text = if swapped { &self.of_b } else { &self.of_a };
        let of_other = if swapped { &self.of_a } else { &self.of_b };
        let value = |word: usize| values[word];
        let sum: i64 = values.iter().sum();
        let mean = sum / i64::try_from(words).unwrap_or(i64::MAX);
        let cost = mean + (SUMMARY.cost * NAT) as i64;
        let (mut best, mut sum, mut start, mut span) = (0, 0, 0, (0, 0));
        for word in 0..words {
            if sum <= 0 {
                (sum, start) = (0, word);
            }
            sum += value(word) - cost;
            if sum > best {
                (best, span) = (sum, (start, word + 1));
            }
        }
        let length = span.1 - span.0;
        if (best as f64) < SUMMARY.enough * NAT
            || !(SUMMARY.least..=SUMMARY.most).contains(&length)
            || !(SUMMARY.longer[0] * length..=SUMMARY.longer[1] * length).contains(&others)
        {
            return None;
        }
        // All parts of the other text must have a share in it.
        self.stamps.resize(self.counts.len().max(self.stamps.len()), NONE);
        self.stamps.fill(NONE);
        for (&stem, word) in of_text[span.0..span.1].iter().zip(span.0 as u32..) {
            if let Some(stamp) = self.stamps.get_mut(stem as usize) {
                *stamp = word;
            }
        }
        let (stamps, counts) = (&self.stamps, &self.counts);
        let weight = |word: usize| {
            let stem = of_other[word] as usize;
            let Some(&from) = stamps.get(stem).filter(|&&from| from != NONE) else { return 0 };
            value(from as usize) / i64::from(counts[stem][usize::from(!swapped)].max(1))
        };
        let (mut tenths, mut within, mut densest) = ([0_i64; 10], 0, (0, length));
        for word in 0..others {
            let weight_here = weight(word);
            tenths[word * 10 / others] += weight_here;
            within += weight_here - word.checked_sub(length).map_or(0, weight);
            if within > densest.0 {
                densest = (within, word + 1);
            }
        }
        let mean_tenth = tenths.iter().sum::<i64>() / 10;
        if tenths.iter().filter(|&&tenth| 10 * tenth >= 3 * mean_tenth).count() < SUMMARY.tenths {
            return None;
        }
        for &stem in &of_other[densest.1.saturating_sub(length)..densest.1] {
            if let Some(stamp) = self.stamps.get_mut(stem as usize) {
                *stamp = NONE;
            }
        }
        let is_beside = |&word: &usize| self.stamps.get(of_text[word] as usize) != Some(&NONE);
        let beside: i64 = (span.0..span.1).filter(is_beside).map(|word| value(word) - mean).sum();
        (beside as f64 >= SUMMARY.beside * NAT).then_some((span.0 as u32, span.1 as u32))
    }
}
