//! The form in which a forest is stored: its signatures, from which the trees are made again.

use super::MinHashForest;
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::error::{Error, Result};
use crate::index::ids::{Id, StoredId, read_ids, write_ids};
use crate::sketch::{MinHashParams, MinHashSignatures};

/// The same documents, inserted in the same order, have the same form, whatever was removed between.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename = "MinHashForest"))]
pub(super) struct Form<I> {
    params: MinHashParams,
    /// In the order of insertion.
    ids: Vec<I>,
    /// The values of each document's signature, one row after the other.
    values: Vec<u32>,
}

impl<I: Id> From<MinHashForest<I>> for Form<I> {
    fn from(index: MinHashForest<I>) -> Self {
        Self::of(&index)
    }
}

impl<I: Id> Form<I> {
    fn of(index: &MinHashForest<I>) -> Self {
        let slots = index.ids.in_order();
        let mut values = Vec::with_capacity(slots.len() * index.params.bins());
        for &slot in &slots {
            match index.row(slot) {
                Some(row) => values.extend_from_slice(row),
                None => values.extend(std::iter::repeat_n(u32::MAX, index.params.bins())),
            }
        }
        let ids = slots.iter().filter_map(|&slot| index.ids.get(slot).cloned()).collect();
        Self { params: index.params, ids, values }
    }
}

impl<I: Id> TryFrom<Form<I>> for MinHashForest<I> {
    type Error = Error;

    fn try_from(Form { params, ids, values }: Form<I>) -> Result<Self> {
        let mut index = Self::new(params)?;
        let rows = MinHashSignatures::from_values(params, values)?;
        if rows.len() != ids.len() {
            let remedy = "the stored index is damaged; build it again";
            return Err(Error::parameter("the number of stored signatures", rows.len(), remedy));
        }
        index.ids.check_new(&ids)?;
        ids.into_iter().zip(rows.rows()).for_each(|(id, row)| index.add(id, row));
        Ok(index)
    }
}

/// The parameters; the type of the ids (`u8`) and the ids, in the order of insertion; a list of `u32`, the
/// values of each document's signature, one row after the other.
impl<I: StoredId> Layout for MinHashForest<I> {
    const KIND: Kind = Kind::MinHashForest;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        let Form { params, ids, values } = Form::of(self);
        out.value(&params);
        write_ids(&ids, out);
        out.u32s(&values);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (params, ids, values) = (from.value()?, read_ids(from)?, from.u32s()?);
        Self::try_from(Form { params, ids, values }).map_err(|error| from.broken(error))
    }
}
