//! The form in which an index is stored: its keys, from which the tables are made again.

use super::bands::BandTable;
use super::{Banding, MinHashIndex, check_bins};
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::error::{Error, Result};
use crate::index::ids::{Id, StoredId, read_ids, write_ids};
use crate::sketch::MinHashParams;

/// The same documents, inserted in the same order, have the same form, whatever was removed between.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename = "MinHashIndex"))]
pub(super) struct Form<I> {
    params: MinHashParams,
    banding: Banding,
    visits: u64,
    /// In the order of insertion.
    ids: Vec<I>,
    /// The places of documents without shingles.
    empty: Vec<u32>,
    /// For each band, the keys of the documents; 0 for the empty.
    keys: Vec<Vec<u64>>,
}

impl<I: Id> From<MinHashIndex<I>> for Form<I> {
    fn from(index: MinHashIndex<I>) -> Self {
        Self::of(&index)
    }
}

impl<I: Id> Form<I> {
    fn of(index: &MinHashIndex<I>) -> Self {
        let MinHashIndex { params, banding, visits, ids, tables, .. } = index;
        let slots = ids.in_order();
        let empty = (0..).zip(&slots).filter(|&(_, &slot)| tables[0].key(slot).is_none());
        let empty = empty.map(|(place, _)| place).collect();
        let keys = |table: &BandTable| slots.iter().map(|&slot| table.key(slot).unwrap_or(0)).collect();
        let keys = tables.iter().map(keys).collect();
        let ids = slots.iter().filter_map(|&slot| ids.get(slot).cloned()).collect();
        Self { params: *params, banding: *banding, visits: *visits as u64, ids, empty, keys }
    }
}

impl<I: Id> TryFrom<Form<I>> for MinHashIndex<I> {
    type Error = Error;

    fn try_from(form: Form<I>) -> Result<Self> {
        let Form { params, banding, visits, ids, empty, keys } = form;
        check_bins(banding, params)?;
        let remedy = "the stored index is damaged; build it again";
        if keys.len() != banding.bands() {
            return Err(Error::parameter("the number of stored bands", keys.len(), remedy));
        }
        if let Some(band) = keys.iter().find(|band| band.len() != ids.len()) {
            return Err(Error::parameter("the number of stored keys of a band", band.len(), remedy));
        }
        let ascending = empty.is_sorted_by(|x, y| x < y);
        if !ascending || empty.last().is_some_and(|&last| last as usize >= ids.len()) {
            return Err(Error::parameter("the list of empty documents", "out of order", remedy));
        }
        let visits = usize::try_from(visits).unwrap_or(usize::MAX);
        let mut index = Self::new(params, banding)?.with_visits(visits)?;
        index.ids.check_new(&ids)?;
        let mut present = vec![true; ids.len()];
        for &place in &empty {
            present[place as usize] = false;
        }
        let band = |keys: Vec<u64>| {
            let keys = keys.into_iter().zip(&present).map(|(key, &present)| present.then_some(key));
            BandTable::new(index.seed, keys)
        };
        let tables = keys.into_iter().map(band).collect();
        index.fill(ids, tables);
        Ok(index)
    }
}

/// The parameters; the banding; visits (`u64`); the type of the ids (`u8`) and the
/// ids, in the order of insertion; a list of `u32`, the places of documents without shingles; for each band a
/// list of `u64`, the keys, 0 for such documents.
impl<I: StoredId> Layout for MinHashIndex<I> {
    const KIND: Kind = Kind::MinHashIndex;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        let Form { params, banding, visits, ids, empty, keys } = Form::of(self);
        out.value(&params);
        out.value(&banding);
        out.u64(visits);
        write_ids(&ids, out);
        out.u32s(&empty);
        for keys in keys {
            out.u64s(&keys);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let params: MinHashParams = from.value()?;
        let banding: Banding = from.value()?;
        let (visits, ids, empty) = (from.u64()?, read_ids(from)?, from.u32s()?);
        let keys = (0..banding.bands()).map(|_| from.u64s()).collect::<Result<_>>()?;
        let form = Form { params, banding, visits, ids, empty, keys };
        Self::try_from(form).map_err(|error| from.broken(error))
    }
}
