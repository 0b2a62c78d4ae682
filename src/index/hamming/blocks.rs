//! Which bits of a signature are looked up, and how far around.

use crate::sketch::SimHashBits;

/// A stretch of bits of the signature and how far from equal two of them may be there.
#[derive(Clone, Debug)]
pub(super) struct Block {
    shift: u32,
    /// At most 31.
    pub(super) bits: u32,
    radius: u32,
    /// Every value of `bits` bits with at most `radius` ones.
    pub(super) flips: Vec<u32>,
}

impl Block {
    #[inline]
    pub(super) fn key<W: SimHashBits>(&self, word: W) -> u32 {
        word.window(self.shift) & ((1 << self.bits) - 1)
    }

    /// Does a look-up for one of the two in this block's table find the other?
    #[inline]
    pub(super) fn finds<W: SimHashBits>(&self, a: W, b: W) -> bool {
        (self.key(a) ^ self.key(b)).count_ones() <= self.radius
    }
}

/// Bits that give `slots` signatures about one place each in a table: log2, rounded up.
fn bits_for(slots: usize) -> u32 {
    slots.next_power_of_two().trailing_zeros().clamp(1, 31)
}

/// The blocks with the least cost for a query among `slots` signatures; none where comparing all is best.
pub(super) fn choose_blocks(width: u32, k: u32, slots: usize) -> Vec<Block> {
    /// Look-ups around a value that are kept for a block (256 KiB).
    const MOST_FLIPS: f64 = 65_536.0;

    // Comparing a signature in its turn (3 ns), against a look-up or a candidate, which go to memory out
    // of turn: 5 to 15 ns while all is in the cache of a core, 60 and more when not.
    let scan = if slots <= 1 << 16 { 0.25 } else { 0.0625 };
    let mut best = Vec::new();
    let mut least = scan * slots as f64;
    for count in 1..=k + 1 {
        let bits = (width / count).min(bits_for(slots));
        // `larger` blocks have radius `part`, the others one less: Σ (radius + 1) = k + 1.
        let (part, larger) = ((k + 1) / count, (k + 1) % count);
        let radius = |at: u32| if at < larger { part } else { part - 1 };
        let lookups = |radius: u32| (0..=radius).map(|ones| binomial(bits, ones)).sum::<f64>();
        let all: f64 = (0..count).map(|at| lookups(radius(at))).sum();
        let cost = all * (1.0 + slots as f64 / f64::from(1_u32 << bits));
        if cost < least && lookups(radius(0)) <= MOST_FLIPS {
            least = cost;
            best = (0..count)
                .map(|at| Block { shift: at * (width / count), bits, radius: radius(at), flips: Vec::new() })
                .collect();
        }
    }
    for block in &mut best {
        block.flips = flips(block.bits, block.radius);
    }
    best
}

pub(super) fn expected_candidates(blocks: &[Block], slots: usize) -> f64 {
    let found = |block: &Block| block.flips.len() as f64 / f64::from(1_u32 << block.bits);
    let share = if blocks.is_empty() { 1.0 } else { blocks.iter().map(found).sum() };
    share * slots as f64
}

/// n over k.
pub(super) fn binomial(n: u32, k: u32) -> f64 {
    (0..k).map(|i| (f64::from(n) - f64::from(i)) / f64::from(i + 1)).product()
}

/// Every value of `bits` bits with at most `radius` ones, fewest ones first.
fn flips(bits: u32, radius: u32) -> Vec<u32> {
    let mut all = vec![0_u32];
    let mut from = 0;
    for _ in 0..radius {
        // Each value with one bit more, above its highest.
        let to = all.len();
        for at in from..to {
            let value = all[at];
            all.extend((u32::BITS - value.leading_zeros()..bits).map(|bit| value | 1 << bit));
        }
        from = to;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flips_are_the_values_with_few_ones() {
        for bits in 1..=10 {
            for radius in 0..=bits {
                let mut found = flips(bits, radius);
                assert!(found.is_sorted_by_key(|value| value.count_ones()));
                found.sort_unstable();
                let expected: Vec<u32> = (0..1 << bits).filter(|v: &u32| v.count_ones() <= radius).collect();
                assert_eq!(found, expected);
                let size: f64 = (0..=radius).map(|ones| binomial(bits, ones)).sum();
                assert!((size - found.len() as f64).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn blocks_are_apart_and_their_radii_suffice() {
        for width in [64, 128] {
            for k in 0..=width / 4 {
                for slots in [1, 300, 5_000, 1_000_000, 100_000_000] {
                    let blocks = choose_blocks(width, k, slots);
                    assert!(blocks.is_empty() || blocks.iter().map(|b| b.radius + 1).sum::<u32>() == k + 1);
                    for (at, block) in blocks.iter().enumerate() {
                        let end = blocks.get(at + 1).map_or(width, |next| next.shift);
                        assert!(block.bits >= 1 && block.shift + block.bits <= end);
                    }
                }
            }
        }
    }

    #[test]
    fn tables_are_used_where_they_pay() {
        assert!(choose_blocks(64, 16, 1_000).is_empty());
        assert!(choose_blocks(64, 16, 1_000_000).is_empty());
        assert_eq!(choose_blocks(64, 0, 1_000_000).len(), 1);
        assert_eq!(choose_blocks(64, 3, 1_000_000).len(), 3);
        assert_eq!(choose_blocks(64, 10, 1_000_000).len(), 3);
    }
}
