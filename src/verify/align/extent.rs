//! Which part of a text is covered.

use super::Span;
use super::marks::Marks;

/// The share of what is covered that says where it lies: the rest may be phrases here and there.
const MOST_OF_IT: f64 = 0.8;

/// Which part of a text another covers: how much of it, and from where to where most of that lies. In
/// 65,535ths of the text, so that it takes few bytes where it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    share: u16,
    start: u16,
    end: u16,
}

impl Extent {
    pub(crate) const WHOLE: Self = Self { share: u16::MAX, start: 0, end: u16::MAX };

    /// Of a text of so many letters, and which of them stand.
    pub(super) fn new(marks: &Marks, (letters, standing): (usize, &[bool])) -> Self {
        let runs = marks.runs(standing);
        let covered: u32 = runs.iter().map(|run| run.1 - run.0).sum();
        let own = letters - standing.iter().filter(|stands| **stands).count();
        let (start, end) = shortest(&runs, (MOST_OF_IT * f64::from(covered)).ceil() as u32);
        let all = letters as f64;
        Self::of_shares(f64::from(covered) / own.max(1) as f64, f64::from(start) / all, f64::from(end) / all)
    }

    /// From shares, in \[0, 1\].
    pub(crate) fn of_shares(share: f64, start: f64, end: f64) -> Self {
        let [share, start, end] = [share, start, end].map(|x| (x * f64::from(u16::MAX)).round() as u16);
        Self { share, start, end }
    }

    /// Share, start and end, in 65,535ths.
    #[cfg(feature = "archive")]
    pub(crate) fn parts(self) -> [u16; 3] {
        [self.share, self.start, self.end]
    }

    /// From these.
    #[cfg(feature = "archive")]
    pub(crate) fn of_parts([share, start, end]: [u16; 3]) -> Self {
        Self { share, start, end }
    }

    /// The share of the letters that is covered.
    pub(crate) fn share(self) -> f64 {
        f64::from(self.share) / f64::from(u16::MAX)
    }

    /// How much of the text lies between the first and the last of what is covered.
    pub(crate) fn length(self) -> f64 {
        f64::from(self.end.saturating_sub(self.start)) / f64::from(u16::MAX)
    }

    /// How much of the text lies in both.
    pub(crate) fn common(self, other: Self) -> f64 {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        f64::from(end.saturating_sub(start)) / f64::from(u16::MAX)
    }
}

/// The shortest stretch that holds so many letters of the runs, the first of such.
fn shortest(runs: &[Span], letters: u32) -> Span {
    let mut best = (u32::MAX, (0, 0));
    let mut consider = |start: u32, end: u32| best = best.min((end - start, (start, end)));
    // It begins where a run begins, or ends where one ends.
    let (mut first, mut held) = (0, 0);
    for &(start, end) in runs {
        held += end - start;
        while let Some(run) = runs.get(first).filter(|_| held >= letters.max(1)) {
            consider(run.0, end - (held - letters));
            consider(run.0 + (held - letters).min(run.1 - run.0), end);
            held -= run.1 - run.0;
            first += 1;
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_where_most_of_it_lies() {
        let mut marks = Marks::default();
        marks.begin(1000);
        for span in [(10, 20), (100, 200), (230, 330), (900, 925)] {
            marks.mark(span, span.0 == 230);
        }
        let extent = Extent::new(&marks, (1000, &[]));
        assert_eq!(extent, Extent::of_shares(0.235, 0.1, 318.0 / 1000.0));
        // What stands does not count.
        let standing: Vec<bool> = (0..1000).map(|letter| letter < 150).collect();
        assert_eq!(Extent::new(&marks, (1000, &standing)), Extent::of_shares(175.0 / 850.0, 0.15, 0.32));
        assert_eq!(Extent::new(&Marks::default(), (0, &[])), Extent::default());
    }

    #[test]
    fn the_shortest_stretch_is_that_of_all_stretches() {
        let mut random = crate::hash::splitmix(1);
        for _ in 0..200 {
            let mut marks = Marks::default();
            marks.begin(150);
            let mut covered = [false; 150];
            for _ in 0..6 {
                random = crate::hash::splitmix(random);
                let (start, letters) = ((random % 130) as u32, (random >> 32) as u32 % 20);
                marks.mark((start, start + letters), false);
                covered[start as usize..(start + letters) as usize].fill(true);
            }
            let runs = marks.runs(&[]);
            let held = |(start, end): Span| (start..end).filter(|&i| covered[i as usize]).count() as u32;
            for letters in [1, 7, held((0, 150))] {
                if letters > held((0, 150)) || letters == 0 {
                    continue;
                }
                let all = (0..=150).flat_map(|start| (start..=150).map(move |end| (start, end)));
                let best = all.filter(|&span| held(span) >= letters).map(|(start, end)| end - start).min();
                let found = shortest(&runs, letters);
                assert!(held(found) >= letters);
                assert_eq!(Some(found.1 - found.0), best);
            }
        }
    }
}
