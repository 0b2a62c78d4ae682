//! Queues of numbers, of which two can become one at once.

/// No number.
const NONE: u32 = u32::MAX;

/// Pairing heaps (Fredman, Sedgewick, Sleator, Tarjan 1986) over the numbers 0 to n − 1, each in one queue:
/// the least of a queue is known, two queues become one in O(1), and the least is taken out in amortised
/// O(log n). Memory: 8 bytes a number.
#[derive(Clone, Debug)]
pub(super) struct Queues {
    child: Vec<u32>,
    sibling: Vec<u32>,
}

/// A queue: its least number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Queue(u32);

impl Queue {
    pub(super) const EMPTY: Self = Self(NONE);

    /// The least number.
    pub(super) fn least(self) -> Option<u32> {
        (self.0 != NONE).then_some(self.0)
    }
}

impl Queues {
    /// `n` numbers, each in a queue of its own.
    pub(super) fn new(n: u32) -> Self {
        Self { child: vec![NONE; n as usize], sibling: vec![NONE; n as usize] }
    }

    /// A number as a queue; once.
    pub(super) fn single(number: u32) -> Queue {
        Queue(number)
    }

    /// The two as one.
    pub(super) fn join(&mut self, x: Queue, y: Queue) -> Queue {
        let (low, high) = (x.0.min(y.0), x.0.max(y.0));
        if high != NONE {
            self.sibling[high as usize] = self.child[low as usize];
            self.child[low as usize] = high;
        }
        Queue(low)
    }

    /// What is left without the least.
    pub(super) fn pop(&mut self, queue: Queue) -> Queue {
        let Some(least) = queue.least() else { return queue };
        // In pairs from left to right, which are strung up in reverse; then all into one.
        let mut next = std::mem::replace(&mut self.child[least as usize], NONE);
        let mut pairs = NONE;
        while next != NONE {
            let first = next;
            let second = std::mem::replace(&mut self.sibling[first as usize], NONE);
            next = if second == NONE {
                NONE
            } else {
                std::mem::replace(&mut self.sibling[second as usize], NONE)
            };
            let pair = self.join(Queue(first), Queue(second)).0;
            self.sibling[pair as usize] = pairs;
            pairs = pair;
        }
        let mut all = Queue::EMPTY;
        while pairs != NONE {
            let before = std::mem::replace(&mut self.sibling[pairs as usize], NONE);
            all = self.join(all, Queue(pairs));
            pairs = before;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn queues_are_ordered_sets(steps in prop::collection::vec((0..12_usize, 0..12_usize, any::<bool>()), 0..200)) {
            // Numbers 0 to 59, five to each of twelve queues at first.
            let mut queues = Queues::new(60);
            let mut naive: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); 12];
            let mut heads = [Queue::EMPTY; 12];
            for number in 0..60 {
                let place = (number * 7 % 12) as usize;
                heads[place] = queues.join(Queues::single(number), heads[place]);
                naive[place].insert(number);
            }
            for (x, y, pop) in steps {
                if pop {
                    heads[x] = queues.pop(heads[x]);
                    naive[x].pop_first();
                } else if x != y {
                    let moved = std::mem::replace(&mut heads[y], Queue::EMPTY);
                    heads[x] = queues.join(heads[x], moved);
                    let moved = std::mem::take(&mut naive[y]);
                    naive[x].extend(moved);
                }
                prop_assert_eq!(heads[x].least(), naive[x].first().copied());
                prop_assert_eq!(heads[y].least(), naive[y].first().copied());
            }
        }
    }
}
