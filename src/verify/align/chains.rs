//! Chains: seeds one after the other, in both texts.

use super::seeds::LONGEST_GRAM;
use super::{DRIFT, GAP, NONE, OPEN, Span};

#[derive(Clone, Copy, Debug)]
pub(super) struct Seed {
    pub(super) a: u32,
    pub(super) b: u32,
    /// The seed before it in its chain.
    pub(super) before: u32,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chain {
    pub(super) last: u32,
    pub(super) seeds: u32,
}

/// The chains that the next seeds may extend, the one that was extended last first: where one of them is out
/// of reach, those behind it are too.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenChains(Vec<OpenChain>);

#[derive(Clone, Copy, Debug)]
struct OpenChain {
    /// Where the last seed ends in both texts.
    a_end: u32,
    b_end: u32,
    chain: Chain,
}

impl OpenChains {
    /// Adds a seed to the chain that it extends at the least cost, 4 · drift + gaps, of several the one that
    /// was extended last; or opens one.
    #[allow(
        clippy::needless_bitwise_bool,
        reason = "a lazy operator is a branch, and no one knows what fits"
    )]
    pub(super) fn extend(&mut self, chained: &mut Vec<Seed>, chains: &mut Vec<Chain>, (i, j): Span, g: u32) {
        let (a_end, b_end) = (i + g, j + g);
        let (mut least, mut nearest, mut within_reach) = (u32::MAX, 0, self.0.len());
        for (x, open) in self.0.iter().enumerate() {
            if i > open.a_end.saturating_add(GAP + LONGEST_GRAM) {
                within_reach = x;
                break;
            }
            // Numbers of letters are below 2³², but differences that fit are small: wrapped ones do not.
            let (new_a, new_b) = (a_end.wrapping_sub(open.a_end), b_end.wrapping_sub(open.b_end));
            let drift = new_a.abs_diff(new_b);
            let fits =
                (new_a.wrapping_sub(1) < GAP + g) & (new_b.wrapping_sub(1) < GAP + g) & (drift <= DRIFT);
            let gaps = new_a.saturating_sub(g).wrapping_add(new_b.saturating_sub(g));
            let cost = drift.wrapping_mul(4).wrapping_add(gaps);
            let cost = if fits { cost } else { u32::MAX };
            (least, nearest) = if cost < least { (cost, x) } else { (least, nearest) };
            if cost == 0 {
                break;
            }
        }
        self.close(within_reach, chains);
        let (before, seeds) = if least < u32::MAX {
            let chain = self.0[nearest].chain;
            (chain.last, chain.seeds + 1)
        } else if self.0.len() < OPEN {
            nearest = self.0.len();
            self.0.push(OpenChain { a_end, b_end, chain: Chain { last: NONE, seeds: 0 } });
            (NONE, 1)
        } else {
            return;
        };
        for x in (0..nearest).rev() {
            self.0[x + 1] = self.0[x];
        }
        self.0[0] = OpenChain { a_end, b_end, chain: Chain { last: chained.len() as u32, seeds } };
        chained.push(Seed { a: i, b: j, before });
    }

    /// Closes all but the first. A single seed is no chain.
    pub(super) fn close(&mut self, all_but: usize, chains: &mut Vec<Chain>) {
        for open in &self.0[all_but..] {
            if open.chain.seeds > 1 {
                chains.push(open.chain);
            }
        }
        self.0.truncate(all_but);
    }
}
