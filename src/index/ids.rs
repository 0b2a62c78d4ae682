//! The caller's ids, each stored once, and the 32-bit slots that stand for them inside an index.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash, RandomState};

use super::table::SlotTable;
use crate::codec::{Reader, Writer};
use crate::{Error, Result};

/// What an index may know a document by: a number, a string, a path, or a type of your own.
///
/// It is implemented for every type that has what it asks. An index stores each id once and clones it into
/// answers: where ids are long strings, `Arc<str>` makes that cheap.
///
/// ```
/// fn takes_ids<I: reprint::index::Id>(_: I) {}
///
/// takes_ids(7_u64);
/// takes_ids("papers/1911-03-25.txt".to_owned());
/// takes_ids(("Herald", 1911));
/// ```
pub trait Id: Clone + Eq + Hash + Ord + Debug {}

impl<I: Clone + Eq + Hash + Ord + Debug> Id for I {}

/// An [`Id`] of which [`Stored`](crate::codec::Stored) writes the bytes: [`u32`], [`u64`],
/// [`DocId`](crate::DocId) and [`String`]. (With serde, whatever it can write.)
///
/// An index is stored with the type of its ids, and is not read with ids of another.
///
/// ```
/// use reprint::codec::Stored;
/// use reprint::index::HammingIndex;
/// use reprint::sketch::SimHasher;
///
/// let mut index = HammingIndex::new(3)?;
/// index.insert("Herald".to_owned(), &SimHasher::<u64>::default().sketch(&[1, 2, 3]))?;
/// let bytes = index.to_bytes();
/// assert!(HammingIndex::<String>::from_bytes(&bytes)?.contains(&"Herald".to_owned()));
/// assert!(HammingIndex::<u64>::from_bytes(&bytes).is_err());
/// # Ok::<(), reprint::Error>(())
/// ```
pub trait StoredId: Id + private::Field {}

impl<I: Id + private::Field> StoredId for I {}

mod private {
    use crate::codec::{Reader, Writer};
    use crate::{DocId, Result};

    /// An id as a field.
    pub trait Field: Sized {
        /// The type of the ids, before a list of them: 0 for `u32`, 1 for `u64`, 2 for strings.
        const TYPE: u8;

        fn write(&self, out: &mut Writer<'_>);

        /// # Errors
        /// When bytes are missing, or are not such an id.
        fn read(from: &mut Reader<'_>) -> Result<Self>;
    }

    impl Field for u32 {
        const TYPE: u8 = 0;

        fn write(&self, out: &mut Writer<'_>) {
            out.u32(*self);
        }

        fn read(from: &mut Reader<'_>) -> Result<Self> {
            from.u32()
        }
    }

    impl Field for DocId {
        const TYPE: u8 = 0;

        fn write(&self, out: &mut Writer<'_>) {
            out.u32(self.0);
        }

        fn read(from: &mut Reader<'_>) -> Result<Self> {
            from.u32().map(Self)
        }
    }

    impl Field for u64 {
        const TYPE: u8 = 1;

        fn write(&self, out: &mut Writer<'_>) {
            out.u64(*self);
        }

        fn read(from: &mut Reader<'_>) -> Result<Self> {
            from.u64()
        }
    }

    impl Field for String {
        const TYPE: u8 = 2;

        fn write(&self, out: &mut Writer<'_>) {
            out.str(self);
        }

        fn read(from: &mut Reader<'_>) -> Result<Self> {
            from.str().map(str::to_owned)
        }
    }
}

/// The type of ids, and a list of them.
pub(super) fn write_ids<I: StoredId>(ids: &[I], out: &mut Writer<'_>) {
    out.u8(I::TYPE);
    out.length(ids.len());
    for id in ids {
        id.write(out);
    }
}

/// What [`write_ids`] wrote.
pub(super) fn read_ids<I: StoredId>(from: &mut Reader<'_>) -> Result<Vec<I>> {
    let found = from.u8()?;
    if found != I::TYPE {
        let known = ["u32 or DocId", "u64", "String"].get(usize::from(found));
        let remedy = "name the type of its ids where it is read";
        return Err(match known {
            Some(known) => {
                Error::foreign("index with ids of the type asked for", format_args!("ids of {known}"), remedy)
            }
            None => Error::foreign("index with ids of a known type", format_args!("type {found}"), remedy),
        });
    }
    let length = from.length(4)?;
    (0..length).map(|_| I::read(from)).collect()
}

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// The most documents of an index: two slots are no document.
pub(super) const MOST: usize = u32::MAX as usize - 1;

/// Ids by slot, and slots by id.
#[derive(Clone, Debug)]
pub(super) struct Ids<I> {
    held: Vec<Option<Held<I>>>,
    table: SlotTable,
    /// Slots to be used again, the last first.
    free: Vec<u32>,
    state: RandomState,
    next_age: u64,
    len: usize,
    most: usize,
}

#[derive(Clone, Debug)]
struct Held<I> {
    id: I,
    /// Rises from insertion to insertion.
    age: u64,
}

impl<I> Default for Ids<I> {
    fn default() -> Self {
        Self {
            held: Vec::new(),
            table: SlotTable::default(),
            free: Vec::new(),
            state: RandomState::new(),
            next_age: 0,
            len: 0,
            most: MOST,
        }
    }
}

impl<I: Id> Ids<I> {
    /// The same with a lower limit, for tests.
    #[cfg(test)]
    pub(super) fn limit(&mut self, most: usize) {
        self.most = most;
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Slots in use and free: all are below this.
    pub(super) fn slots(&self) -> usize {
        self.held.len()
    }

    fn hash_of(&self, slot: u32) -> u64 {
        self.held[slot as usize].as_ref().map_or(0, |held| self.state.hash_one(&held.id))
    }

    pub(super) fn slot(&self, id: &I) -> Option<u32> {
        self.table.find(self.state.hash_one(id), |slot| self.get(slot) == Some(id))
    }

    pub(super) fn contains(&self, id: &I) -> bool {
        self.slot(id).is_some()
    }

    /// The id in a slot, if there is one.
    #[inline]
    pub(super) fn get(&self, slot: u32) -> Option<&I> {
        self.held.get(slot as usize)?.as_ref().map(|held| &held.id)
    }

    /// When the id in a slot came, as a number that rises.
    pub(super) fn age(&self, slot: u32) -> u64 {
        self.held[slot as usize].as_ref().map_or(u64::MAX, |held| held.age)
    }

    /// Can these ids be added, all of them?
    ///
    /// # Errors
    /// When one of them is there or comes twice, or when they are too many.
    pub(super) fn check_new(&self, ids: &[I]) -> Result<()> {
        if self.len + ids.len() > self.most {
            return Err(Error::too_many("documents in one index", self.most));
        }
        if let Some(id) = ids.iter().find(|id| self.slot(id).is_some()) {
            return Err(Error::known_id(id, "is in the index", "remove it first, or call replace"));
        }
        if ids.len() > 1 {
            let mut seen = HashSet::with_capacity(ids.len());
            if let Some(id) = ids.iter().find(|id| !seen.insert(*id)) {
                return Err(Error::known_id(
                    id,
                    "comes twice in one batch",
                    "give each document an id of its own",
                ));
            }
        }
        Ok(())
    }

    /// Can this id be added, or take the place of the same one? Says whether that is there.
    ///
    /// # Errors
    /// When it is not, and there are too many.
    pub(super) fn check_replacing(&self, id: &I) -> Result<bool> {
        let is_there = self.contains(id);
        if !is_there {
            self.check_new(std::slice::from_ref(id))?;
        }
        Ok(is_there)
    }

    /// Adds an id that [`check_new`](Self::check_new) found new, and gives its slot.
    pub(super) fn insert(&mut self, id: I) -> u32 {
        let hash = self.state.hash_one(&id);
        let held = Some(Held { id, age: self.next_age });
        self.next_age += 1;
        let slot = if let Some(slot) = self.free.pop() {
            self.held[slot as usize] = held;
            slot
        } else {
            self.held.push(held);
            self.held.len() as u32 - 1
        };
        let Self { table, held, state, .. } = self;
        let hash_of = |slot: u32| held[slot as usize].as_ref().map_or(0, |held| state.hash_one(&held.id));
        table.insert(hash, slot, hash_of);
        self.len += 1;
        slot
    }

    /// Removes an id, if it is there, and gives the slot it had, which is not used again before
    /// [`release`](Self::release).
    pub(super) fn remove(&mut self, id: &I) -> Option<u32> {
        let slot = self.slot(id)?;
        let mut table = std::mem::take(&mut self.table);
        table.remove(self.state.hash_one(id), slot, |slot| self.hash_of(slot));
        self.table = table;
        self.held[slot as usize] = None;
        self.len -= 1;
        Some(slot)
    }

    /// Lets a slot be used again.
    pub(super) fn release(&mut self, slot: u32) {
        self.free.push(slot);
    }

    /// The same without ids.
    pub(super) fn emptied(&self) -> Self {
        Self { most: self.most, ..Self::default() }
    }

    /// The most documents.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Gives the ids slots 0, 1, ... in the order of those they have, and says which these were.
    pub(super) fn pack(&mut self) -> Vec<u32> {
        let mut kept = Vec::with_capacity(self.len);
        let mut packed = self.emptied();
        for (slot, held) in (0..).zip(std::mem::take(&mut self.held)) {
            if let Some(held) = held {
                packed.insert(held.id);
                kept.push(slot);
            }
        }
        packed.shrink();
        *self = packed;
        kept
    }

    /// All ids by slot.
    pub(super) fn into_ids(self) -> Vec<I> {
        self.held.into_iter().flatten().map(|held| held.id).collect()
    }

    /// The slots in use, those of the earliest insertions first.
    pub(super) fn in_order(&self) -> Vec<u32> {
        let mut slots: Vec<u32> =
            (0..self.held.len() as u32).filter(|&slot| self.get(slot).is_some()).collect();
        slots.sort_unstable_by_key(|&slot| self.age(slot));
        slots
    }

    /// The slots in use, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &I)> {
        (0..).zip(&self.held).filter_map(|(slot, held)| Some((slot, &held.as_ref()?.id)))
    }

    /// All ids, those of the earliest insertions first.
    pub(super) fn by_age(&self) -> impl Iterator<Item = &I> {
        self.in_order().into_iter().filter_map(|slot| self.get(slot))
    }

    /// Clones of the ids of those slots in use that are wanted, ascending.
    pub(super) fn wanted(&self, is_wanted: impl Fn(u32) -> bool) -> Vec<I> {
        let mut ids = Vec::new();
        self.list(self.iter().map(|(slot, _)| slot).filter(|&slot| is_wanted(slot)), &mut ids);
        ids
    }

    /// Clones of the ids of `slots`, ascending, in place of what `out` held.
    pub(super) fn list(&self, slots: impl IntoIterator<Item = u32>, out: &mut Vec<I>) {
        out.clear();
        out.extend(slots.into_iter().filter_map(|slot| self.get(slot).cloned()));
        out.sort_unstable();
    }

    /// Bytes on the heap; what ids hold on the heap themselves is not known here.
    pub(super) fn memory(&self) -> usize {
        size_of::<Option<Held<I>>>() * self.held.capacity() + self.table.memory() + 4 * self.free.capacity()
    }

    /// Gives back room that is not needed.
    pub(super) fn shrink(&mut self) {
        self.held.shrink_to_fit();
        let mut table = std::mem::take(&mut self.table);
        table.shrink(|slot| self.hash_of(slot));
        self.table = table;
    }
}
