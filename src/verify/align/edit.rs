//! Edit distance of short stretches of letters.

/// Bit-parallel edit distance (Myers 1999, one block) of a pattern of at most 64 letters.
///
/// Letters meet in a table by their low byte: two letters of one script rarely share it, and where they do,
/// two gaps look a little more alike than they are.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    /// Bit i of entry c: the pattern's letter i has the low byte c. All zero between calls.
    equal: [u64; 256],
}

impl Default for Edit {
    fn default() -> Self {
        Self { equal: [0; 256] }
    }
}

/// The longest pattern.
pub(super) const MOST: usize = 64;

impl Edit {
    /// The edit distance of the whole pattern and the whole text.
    pub(super) fn distance(&mut self, pattern: &[u16], text: &[u16]) -> u32 {
        let mut last = pattern.len() as u32;
        self.scan(pattern, text, |distance, _| last = distance);
        last
    }

    /// The least distance of the pattern to a beginning of the text, and the length of the longest such
    /// beginning.
    pub(super) fn best_prefix(&mut self, pattern: &[u16], text: &[u16]) -> (u32, usize) {
        let mut best = (pattern.len() as u32, 0);
        self.scan(pattern, text, |distance, length| {
            if distance <= best.0 {
                best = (distance, length);
            }
        });
        best
    }

    /// Tells `see` the distance of the pattern to each beginning of the text, and its length. A pattern
    /// longer than 64 letters is cut.
    fn scan(&mut self, pattern: &[u16], text: &[u16], mut see: impl FnMut(u32, usize)) {
        let pattern = &pattern[..pattern.len().min(MOST)];
        for (i, &letter) in pattern.iter().enumerate() {
            self.equal[usize::from(letter & 255)] |= 1 << i;
        }
        let top = 1_u64.checked_shl(pattern.len().wrapping_sub(1) as u32).unwrap_or(0);
        // "Pv", "Mv" and so on in the paper: where a column rises and falls.
        let (mut rises, mut falls) = (u64::MAX, 0_u64);
        let mut distance = pattern.len() as u32;
        for (n, &letter) in text.iter().enumerate() {
            let equal = self.equal[usize::from(letter & 255)];
            let vertical = equal | falls;
            let horizontal = ((equal & rises).wrapping_add(rises) ^ rises) | equal;
            let row_rises = falls | !(horizontal | rises);
            let row_falls = rises & horizontal;
            if pattern.is_empty() {
                distance += 1;
            } else {
                distance = distance + u32::from(row_rises & top != 0) - u32::from(row_falls & top != 0);
            }
            // Both are read from their beginnings, so that the first row rises by one a letter.
            let (row_rises, row_falls) = ((row_rises << 1) | 1, row_falls << 1);
            rises = row_falls | !(vertical | row_rises);
            falls = row_rises & vertical;
            see(distance, n + 1);
        }
        for &letter in pattern {
            self.equal[usize::from(letter & 255)] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook table.
    fn table(pattern: &[u16], text: &[u16]) -> u32 {
        let mut row: Vec<u32> = (0..=pattern.len() as u32).collect();
        for (j, t) in text.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = j as u32 + 1;
            for (i, p) in pattern.iter().enumerate() {
                let substituted = diagonal + u32::from(p != t);
                diagonal = row[i + 1];
                row[i + 1] = substituted.min(row[i] + 1).min(diagonal + 1);
            }
        }
        row[pattern.len()]
    }

    proptest! {
        #[test]
        fn distance_is_the_tables(
            pattern in prop::collection::vec(97_u16..101, 0..=64),
            text in prop::collection::vec(97_u16..101, 0..100),
        ) {
            let mut edit = Edit::default();
            prop_assert_eq!(edit.distance(&pattern, &text), table(&pattern, &text));
            let (least, length) = edit.best_prefix(&pattern, &text);
            let all: Vec<u32> = (0..=text.len()).map(|n| table(&pattern, &text[..n])).collect();
            prop_assert_eq!(Some(&least), all.iter().min());
            prop_assert_eq!(all[length], least);
            prop_assert!(edit.equal.iter().all(|&e| e == 0));
        }
    }
}
