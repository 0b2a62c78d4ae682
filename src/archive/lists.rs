//! Which documents of a segment hold a key: sorted lists of steps, which never change.

use crate::codec::{Reader, Writer};
use crate::{Error, Result};

/// Keys of one place of the directory, at least; less than twice as many.
const KEYS_A_PLACE: usize = 2;
const MOST_BITS: u32 = 26;
/// Keys that are looked for at once.
const AT_ONCE: usize = 64;

/// Where a list begins among the bytes, and how many holders it has; none of no list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At {
    start: u32,
    pub(super) len: u32,
}

/// The lists of a segment in one run of bytes, and where in it the keys with the same leading bits begin.
///
/// The lists stand by key, ascending. Of each: the step from the key before, or from the least key of its
/// place in the directory; one less than the number of holders. Of one holder its number follows. Of several
/// the length of their steps in bytes, the first, the step from the first to the last, and then the steps
/// from each to the next. All are LEB128 numbers, which can be read from behind as well.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    bits: u32,
    /// How many keys there are.
    keys: u32,
    /// Where each place begins; at the end the length of the bytes.
    starts: Vec<u32>,
    bytes: Vec<u8>,
}

/// The holders of one key.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a> {
    len: u32,
    first: u32,
    last: u32,
    steps: &'a [u8],
}

fn put(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The number at the front, which is taken off; 0 where there is none.
#[inline]
fn take(bytes: &mut &[u8]) -> u32 {
    match *bytes {
        [byte, rest @ ..] if *byte < 0x80 => {
            *bytes = rest;
            u32::from(*byte)
        }
        _ => take_long(bytes),
    }
}

fn take_long(bytes: &mut &[u8]) -> u32 {
    let (mut number, mut shift) = (0, 0);
    while let [byte, rest @ ..] = *bytes {
        let byte = *byte;
        *bytes = rest;
        number |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            break;
        }
        shift += 7;
    }
    number
}

/// The number at the end, which is taken off.
fn take_last(bytes: &mut &[u8]) -> u32 {
    let Some(whole) = bytes.len().checked_sub(1) else { return 0 };
    let before = bytes[..whole].iter().rposition(|&byte| byte < 0x80);
    let (rest, mut last) = bytes.split_at(before.map_or(0, |at| at + 1));
    *bytes = rest;
    take(&mut last)
}

impl<'a> List<'a> {
    /// Ascending.
    pub(super) fn iter(self) -> impl Iterator<Item = u32> + use<'a> {
        let (mut steps, mut holder) = (self.steps, self.first);
        (0..self.len).map(move |i| {
            if i > 0 {
                holder = holder.wrapping_add(take(&mut steps));
            }
            holder
        })
    }

    /// Descending.
    pub(super) fn rev(self) -> impl Iterator<Item = u32> + use<'a> {
        let (mut steps, mut holder) = (self.steps, self.last);
        (0..self.len).map(move |i| {
            if i > 0 {
                holder = holder.wrapping_sub(take_last(&mut steps));
            }
            holder
        })
    }

    /// Whose bytes these are but for the key.
    #[inline]
    fn take(bytes: &mut &'a [u8]) -> Self {
        let len = take(bytes).saturating_add(1);
        if len == 1 {
            let holder = take(bytes);
            return Self { len, first: holder, last: holder, steps: &[] };
        }
        let length = take(bytes) as usize;
        let first = take(bytes);
        let last = first.wrapping_add(take(bytes));
        let (steps, rest) = bytes.split_at(length.min(bytes.len()));
        *bytes = rest;
        // A step has a byte or more: a damaged number costs no more than the bytes that are there.
        let len = len.min((steps.len() as u32).saturating_add(1));
        Self { len, first, last, steps }
    }
}

impl Lists {
    /// Of holders above which their keys stand, ascending.
    pub(super) fn of_sorted(postings: &[u64]) -> Result<Self> {
        let key = |posting: u64| (posting >> 32) as u32;
        let distinct = postings.chunk_by(|&x, &y| key(x) == key(y)).count();
        let mut builder = Builder::new(distinct, 5 * postings.len());
        let mut holders = Vec::new();
        for run in postings.chunk_by(|&x, &y| key(x) == key(y)) {
            holders.clear();
            holders.extend(run.iter().map(|&posting| posting as u32));
            builder.push(key(run[0]), &holders)?;
        }
        Ok(builder.finish())
    }

    /// Of several, each with what its holders are called now; those that have no new number are left out.
    /// Numbers rise within the lists of one, and from each to the next.
    pub(super) fn merged(parts: &[(&Self, &[Option<u32>])]) -> Result<Self> {
        let keys = parts.iter().map(|(lists, _)| lists.keys as usize).sum();
        let mut builder = Builder::new(keys, parts.iter().map(|(lists, _)| lists.bytes.len()).sum());
        let mut walks: Vec<_> = parts.iter().map(|(lists, _)| lists.iter().peekable()).collect();
        let mut holders = Vec::new();
        while let Some(key) = walks.iter_mut().filter_map(|walk| walk.peek().map(|&(key, _)| key)).min() {
            holders.clear();
            for (walk, (_, numbers)) in walks.iter_mut().zip(parts) {
                if let Some((_, list)) = walk.next_if(|&(next, _)| next == key) {
                    holders.extend(list.iter().filter_map(|holder| *numbers.get(holder as usize)?));
                }
            }
            if !holders.is_empty() {
                builder.push(key, &holders)?;
            }
        }
        Ok(builder.finish())
    }

    fn place(&self, key: u32) -> usize {
        (u64::from(key) << self.bits >> 32) as usize
    }

    /// The holders of a key, if there are any.
    #[cfg(test)]
    pub(super) fn of(&self, key: u32) -> Option<List<'_>> {
        let mut found = Vec::new();
        self.find(&[key], &mut found);
        self.at(found[0])
    }

    /// Where the list of each key begins, put behind what `found` has.
    ///
    /// Keys stand at random places of a large memory, and the processor waits for each: many are looked for
    /// at once, so that it waits for them together.
    pub(super) fn find(&self, keys: &[u32], found: &mut Vec<At>) {
        for keys in keys.chunks(AT_ONCE) {
            let mut ranges = [(0, 0); AT_ONCE];
            for (range, &key) in ranges.iter_mut().zip(keys) {
                let place = self.place(key);
                if let Some(&[start, end]) = self.starts.get(place..place + 2) {
                    *range = (start, end);
                }
            }
            let touched = ranges.iter().map(|&(start, _)| self.bytes.get(start as usize).copied());
            std::hint::black_box(touched.fold(0, |sum, byte| sum ^ byte.unwrap_or_default()));
            found.extend(keys.iter().zip(&ranges).map(|(&key, &range)| self.find_in(range, key)));
        }
    }

    /// Where the list of a key begins, of those of its place in the directory.
    #[inline]
    fn find_in(&self, (start, end): (u32, u32), key: u32) -> At {
        let mut bytes = self.bytes.get(start as usize..end as usize).unwrap_or_default();
        let mut next = ((self.place(key) as u64) << 32 >> self.bits) as u32;
        while !bytes.is_empty() {
            next = next.wrapping_add(take(&mut bytes));
            if next > key {
                break;
            }
            if next == key {
                let start = end - bytes.len() as u32;
                return At { start, len: take(&mut bytes).saturating_add(1) };
            }
            List::take(&mut bytes);
        }
        At::default()
    }

    /// The list that begins at a place.
    #[inline]
    pub(super) fn at(&self, at: At) -> Option<List<'_>> {
        if at.len == 0 {
            return None;
        }
        Some(List::take(&mut self.bytes.get(at.start as usize..)?))
    }

    /// Every list with its key, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, List<'_>)> {
        let places = self.starts.windows(2).enumerate();
        places.flat_map(|(place, range)| {
            let mut bytes = self.bytes.get(range[0] as usize..range[1] as usize).unwrap_or_default();
            let mut key = ((place as u64) << 32 >> self.bits) as u32;
            std::iter::from_fn(move || {
                (!bytes.is_empty()).then(|| {
                    key = key.wrapping_add(take(&mut bytes));
                    (key, List::take(&mut bytes))
                })
            })
        })
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        4 * self.starts.capacity() + self.bytes.capacity()
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.u32(self.bits);
        out.u32(self.keys);
        out.u32s(&self.starts);
        out.bytes(&self.bytes);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (bits, keys) = (from.u32()?, from.u32()?);
        let (starts, bytes) = (from.u32s()?, from.bytes()?.to_vec());
        let places =
            starts.is_empty() && bytes.is_empty() || bits <= MOST_BITS && starts.len() == (1 << bits) + 1;
        from.check(places, "the directory of its lists has another length")?;
        let within = starts.is_sorted() && starts.last().is_none_or(|&end| end as usize == bytes.len());
        from.check(within, "the directory of its lists leads beyond them")?;
        from.check(keys as usize <= bytes.len(), "it has more keys than bytes of lists")?;
        Ok(Self { bits, keys, starts, bytes })
    }
}

/// Lists on their way, by key.
struct Builder {
    lists: Lists,
    /// The key before, or the least key of its place in the directory.
    next: u32,
    place: usize,
    /// Used again for each list.
    steps: Vec<u8>,
}

impl Builder {
    /// For at most so many keys, of about so many bytes.
    fn new(keys: usize, bytes: usize) -> Self {
        let bits = (keys / KEYS_A_PLACE).max(1).ilog2().min(MOST_BITS);
        let lists = Lists {
            bits,
            keys: 0,
            starts: Vec::with_capacity((1 << bits) + 1),
            bytes: Vec::with_capacity(bytes),
        };
        Self { lists, next: 0, place: 0, steps: Vec::new() }
    }

    /// Takes a key above all before it, and its holders, ascending; of a damaged file they may be in no order.
    fn push(&mut self, key: u32, holders: &[u32]) -> Result<()> {
        let place = self.lists.place(key);
        let Lists { bits, keys, starts, bytes } = &mut self.lists;
        let is_next = *keys == 0 || place > self.place || key > self.next;
        if !is_next || !holders.is_sorted() {
            return Err(Error::damaged("archive segment", "its lists are in no order"));
        }
        if *keys == 0 || place != self.place {
            starts.resize(place + 1, bytes.len() as u32);
            self.place = place;
            self.next = ((place as u64) << 32 >> *bits) as u32;
        }
        *keys += 1;
        put(bytes, key - self.next);
        self.next = key;
        put(bytes, holders.len() as u32 - 1);
        if let [holder] = holders {
            put(bytes, *holder);
        } else {
            let (first, last) = (holders[0], holders[holders.len() - 1]);
            self.steps.clear();
            holders.windows(2).for_each(|pair| put(&mut self.steps, pair[1] - pair[0]));
            put(bytes, self.steps.len() as u32);
            put(bytes, first);
            put(bytes, last - first);
            bytes.extend_from_slice(&self.steps);
        }
        if bytes.len() > u32::MAX as usize {
            return Err(Error::too_many("bytes in the lists of a segment", u32::MAX as usize));
        }
        Ok(())
    }

    fn finish(self) -> Lists {
        let Self { mut lists, .. } = self;
        lists.starts.resize((1 << lists.bits) + 1, lists.bytes.len() as u32);
        lists.bytes.shrink_to_fit();
        lists
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn postings() -> impl Strategy<Value = Vec<u64>> {
        let key = prop_oneof![Just(0), Just(u32::MAX), 0..40_u32, any::<u32>()];
        let holder = prop_oneof![0..200_u32, any::<u32>()];
        prop::collection::vec((key, holder), 0..400).prop_map(|mut all| {
            all.sort_unstable();
            all.into_iter().map(|(key, holder)| u64::from(key) << 32 | u64::from(holder)).collect()
        })
    }

    fn of(postings: &[u64], key: u32) -> Vec<u32> {
        postings.iter().filter(|&&p| (p >> 32) as u32 == key).map(|&p| p as u32).collect()
    }

    proptest! {
        #[test]
        fn lists_are_those_of_the_postings(postings in postings(), other in any::<u32>()) {
            let lists = Lists::of_sorted(&postings).unwrap();
            for key in postings.iter().map(|&p| (p >> 32) as u32).chain([other]) {
                let naive = of(&postings, key);
                let list = lists.of(key);
                prop_assert_eq!(list.map_or(0, |list| list.len as usize), naive.len());
                let forward: Vec<u32> = list.into_iter().flat_map(List::iter).collect();
                let mut backward: Vec<u32> = list.into_iter().flat_map(List::rev).collect();
                backward.reverse();
                prop_assert_eq!(&forward, &naive);
                prop_assert_eq!(&backward, &naive);
            }
            let all: Vec<u64> = lists
                .iter()
                .flat_map(|(key, list)| list.iter().map(move |holder| u64::from(key) << 32 | u64::from(holder)))
                .collect();
            prop_assert_eq!(all, postings);
        }

        #[test]
        fn merged_lists_are_those_of_all(first in postings(), second in postings()) {
            let small = |all: Vec<u64>| all.into_iter().filter(|&p| p as u32 <= 199).collect::<Vec<u64>>();
            let (first, second) = (small(first), small(second));
            let numbers = |from: u32| (0..200).map(move |i| (i % 3 != 1).then_some(from + i)).collect::<Vec<_>>();
            let [x, y] = [&first, &second].map(|all| Lists::of_sorted(all).unwrap());
            let merged = Lists::merged(&[(&x, &numbers(0)), (&y, &numbers(200))]).unwrap();
            let kept = |all: Vec<u64>, by: u64| all.into_iter().filter(|&p| p as u32 % 3 != 1).map(move |p| p + by);
            let mut naive: Vec<u64> = kept(first, 0).chain(kept(second, 200)).collect();
            naive.sort_unstable();
            let all: Vec<u64> = merged
                .iter()
                .flat_map(|(key, list)| list.iter().map(move |holder| u64::from(key) << 32 | u64::from(holder)))
                .collect();
            prop_assert_eq!(all, naive);
        }

        #[test]
        fn merging_no_bytes_panics(bits in 0..6_u32, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let starts = (0..=1_u32 << bits).map(|i| (i * bytes.len() as u32) >> bits).collect();
            let lists = Lists { bits, keys: 9, starts, bytes };
            let numbers: Vec<Option<u32>> = (0..100).map(Some).collect();
            let good = Lists::of_sorted(&[1, 7 << 32 | 2, 7 << 32 | 4, u64::MAX << 32]).unwrap();
            let merged = Lists::merged(&[(&good, &numbers), (&lists, &numbers)]);
            // What is in order is kept, and nothing else is.
            let is_sorted = |lists: &Lists| lists.iter().map(|(key, _)| key).is_sorted_by(|a, b| a < b);
            prop_assert!(merged.is_err() || is_sorted(&merged.unwrap()));
        }

        #[test]
        fn no_bytes_panic(bits in 0..6_u32, bytes in prop::collection::vec(any::<u8>(), 0..200), key in any::<u32>()) {
            let starts = (0..=1_u32 << bits).map(|i| (i * bytes.len() as u32) >> bits).collect();
            let lists = Lists { bits, keys: 0, starts, bytes };
            lists.of(key).into_iter().for_each(|list| {
                list.iter().take(1000).for_each(drop);
                list.rev().take(1000).for_each(drop);
            });
            assert!(lists.iter().count() < 1000);
        }
    }
}
