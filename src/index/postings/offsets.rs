//! Where lists begin and end, 64 bits each, in the memory of 32.

/// Numbers that never fall, each kept as its low 32 bits; and the places from which on the high half is one
/// more.
///
/// Memory: 4 bytes a number, and 4 for each 2³² that the last one comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offsets {
    low: Vec<u32>,
    /// Ascending; a place stands here as often as the high half grows there.
    steps: Vec<u32>,
}

impl Offsets {
    /// A 0, and after each length what it and those before come to.
    pub(super) fn of_lengths(mut lengths: Vec<u32>) -> Self {
        lengths.reserve_exact(1);
        let mut steps = Vec::new();
        let mut sum = 0_u64;
        for (place, length) in (0..).zip(&mut lengths) {
            steps.resize((sum >> 32) as usize, place);
            sum += u64::from(std::mem::replace(length, sum as u32));
        }
        steps.resize((sum >> 32) as usize, lengths.len() as u32);
        lengths.push(sum as u32);
        lengths.shrink_to_fit();
        Self { low: lengths, steps }
    }

    /// The number at a place.
    #[inline]
    pub(super) fn get(&self, place: usize) -> usize {
        let high = match &self.steps[..] {
            [] => 0,
            steps => steps.partition_point(|&step| step as usize <= place) as u64,
        };
        (high << 32 | u64::from(self.low[place])) as usize
    }

    /// From the number at a place to the next.
    #[inline]
    pub(super) fn range(&self, place: usize) -> std::ops::Range<usize> {
        self.get(place)..self.get(place + 1)
    }

    /// The bytes that they take.
    pub(super) fn memory(&self) -> usize {
        4 * (self.low.capacity() + self.steps.capacity())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_come_back(
            lengths in prop::collection::vec(prop_oneof![0..9_u32, any::<u32>(), Just(u32::MAX)], 0..60),
        ) {
            let offsets = Offsets::of_lengths(lengths.clone());
            prop_assert_eq!(offsets.get(0), 0);
            let mut sum = 0_u64;
            for (place, &length) in lengths.iter().enumerate() {
                let end = sum + u64::from(length);
                prop_assert_eq!(offsets.range(place), sum as usize..end as usize);
                sum = end;
            }
        }
    }
}
