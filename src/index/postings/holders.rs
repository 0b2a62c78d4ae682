//! Places of documents in as few whole bytes as hold them.

use super::BLOCK;
use crate::kernel::prefetch::prefetch;

/// Numbers below a bound that is known from the start, of 2, 3 or 4 bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holders {
    /// Little-endian, one after the other; and behind the last so many bytes more that blocks may be read.
    bytes: Vec<u8>,
    width: usize,
}

impl Holders {
    /// Of places below `places`.
    pub(super) fn below(places: usize) -> Self {
        let width = match places {
            0..=0x1_0000 => 2,
            0x1_0001..=0x100_0000 => 3,
            _ => 4,
        };
        Self { bytes: Vec::new(), width }
    }

    /// Adds what `fill` writes: at most `most` places. It is given where to write each and how many are kept;
    /// what is written beyond these is overwritten.
    pub(super) fn extend(&mut self, most: usize, fill: impl FnOnce(&mut Places<'_>)) {
        let len = self.bytes.len();
        self.bytes.reserve_exact(self.width * most + 4);
        self.bytes.resize(len + self.width * most + 4, 0);
        let mut places = Places { bytes: &mut self.bytes[len..], width: self.width, kept: 0 };
        fill(&mut places);
        let kept = places.kept;
        self.bytes.truncate(len + self.width * kept);
    }

    /// Adds those of others.
    pub(super) fn append(&mut self, others: &Self) {
        self.bytes.reserve_exact(others.bytes.len());
        self.bytes.extend_from_slice(&others.bytes);
    }

    /// Makes the last block readable: from here on nothing is added.
    pub(super) fn seal(&mut self) {
        self.bytes.reserve_exact(4 * BLOCK + 4);
        self.bytes.resize(self.bytes.len() + 4 * BLOCK + 4, 0);
        self.bytes.shrink_to_fit();
    }

    /// The one at a position.
    #[inline]
    pub(super) fn get(&self, position: usize) -> u32 {
        of_bytes(&self.bytes[position * self.width..], self.width)
    }

    /// Those from a position on, be they of one list or not.
    #[inline]
    pub(super) fn block(&self, position: usize) -> [u32; BLOCK] {
        let bytes = &self.bytes[position * self.width..][..BLOCK * self.width + 4];
        std::array::from_fn(|i| of_bytes(&bytes[i * self.width..], self.width))
    }

    /// Has the place at a position come into the caches.
    #[inline]
    pub(super) fn fetch(&self, position: usize) {
        prefetch(&self.bytes, position * self.width);
    }

    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Room for places.
pub(super) struct Places<'a> {
    bytes: &'a mut [u8],
    width: usize,
    kept: usize,
}

impl Places<'_> {
    /// Writes one, which stays if it is kept.
    #[inline]
    pub(super) fn write(&mut self, place: u32, is_kept: bool) {
        self.bytes[self.kept * self.width..][..4].copy_from_slice(&place.to_le_bytes());
        self.kept += usize::from(is_kept);
    }

    /// How many are kept so far.
    #[inline]
    pub(super) fn kept(&self) -> usize {
        self.kept
    }
}

#[inline]
fn of_bytes(bytes: &[u8], width: usize) -> u32 {
    let word = bytes.first_chunk().map_or(0, |&bytes| u32::from_le_bytes(bytes));
    word & u32::MAX >> (32 - 8 * width as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_come_back(
            bound in prop_oneof![Just(0x1_0000_usize), 0x1_0001..0x100_0001_usize, 0x100_0001..=u32::MAX as usize],
            runs in prop::collection::vec(prop::collection::vec((any::<u32>(), any::<bool>()), 0..30), 0..6),
        ) {
            let mut holders = Holders::below(bound);
            let mut naive = Vec::new();
            for run in &runs {
                holders.extend(run.len(), |places| {
                    for &(place, is_kept) in run {
                        places.write(place % bound as u32, is_kept);
                    }
                });
                naive.extend(run.iter().filter(|place| place.1).map(|&(place, _)| place % bound as u32));
            }
            holders.seal();
            for (position, &place) in naive.iter().enumerate() {
                prop_assert_eq!(holders.get(position), place);
                let block = holders.block(position);
                let rest = BLOCK.min(naive.len() - position);
                prop_assert_eq!(&block[..rest], &naive[position..position + rest]);
            }
        }
    }
}
