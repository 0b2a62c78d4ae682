//! A list that is cheap to copy and to change: pages that copies share until one of them changes.

use std::sync::Arc;

/// Items of a page.
const PAGE: usize = 512;

/// Items by number; those that were never set are the default.
///
/// A copy costs a count for each page, a change to a copy one page.
#[derive(Clone, Debug)]
pub(super) struct Paged<T> {
    /// `None` where nothing was set: a file may number its documents as high as it likes.
    pages: Vec<Option<Arc<Vec<T>>>>,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T: Clone + Default> Paged<T> {
    /// The item of a number; `None` where nothing of its page was set.
    pub(super) fn get(&self, number: usize) -> Option<&T> {
        self.pages.get(number / PAGE)?.as_ref()?.get(number % PAGE)
    }

    /// The same to be changed; the list grows as it must.
    pub(super) fn get_mut(&mut self, number: usize) -> &mut T {
        let page = number / PAGE;
        if self.pages.len() <= page {
            self.pages.resize(page + 1, None);
        }
        let page = self.pages[page].get_or_insert_with(|| Arc::new(vec![T::default(); PAGE]));
        &mut Arc::make_mut(page)[number % PAGE]
    }

    /// The items that were given, and defaults beside them in their pages, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let pages = self.pages.iter().enumerate().filter_map(|(number, page)| Some((number, page.as_ref()?)));
        pages.flat_map(|(number, page)| {
            page.iter().enumerate().map(move |(i, item)| ((number * PAGE + i) as u32, item))
        })
    }
}

/// A set of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Paged<u64>);

impl Bits {
    pub(super) fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub(super) fn insert(&mut self, number: u32) {
        *self.0.get_mut(number as usize / 64) |= 1 << (number % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_change() {
        let mut list = Paged::<u32>::default();
        *list.get_mut(3 * PAGE + 1) = 7;
        let copy = list.clone();
        *list.get_mut(3 * PAGE + 1) = 8;
        *list.get_mut(5) = 9;
        assert_eq!((copy.get(3 * PAGE + 1), copy.get(5), copy.get(9 * PAGE)), (Some(&7), None, None));
        assert_eq!((list.get(3 * PAGE + 1), list.get(5)), (Some(&8), Some(&9)));
        assert_eq!(
            list.iter().filter(|&(_, &item)| item > 0).map(|(number, _)| number).collect::<Vec<_>>(),
            [5, 1537]
        );
        assert_eq!(list.iter().count(), 2 * PAGE);
        let mut bits = Bits::default();
        bits.insert(100_000);
        assert!(bits.contains(100_000) && !bits.contains(99_999) && !bits.contains(u32::MAX));
    }
}
