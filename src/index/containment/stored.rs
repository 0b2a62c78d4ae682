//! The form in which a containment index is stored: its signatures, from which the postings are made again.

use super::{ContainmentIndex, Set};
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::error::{Error, Result};
use crate::index::ids::{Id, StoredId, read_ids, write_ids};
use crate::sketch::{FracMinHashParams, FracMinHashSignature};

/// The same documents, inserted in the same order, have the same form, whatever was removed between.
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename = "ContainmentIndex")
)]
pub(super) struct Form<I> {
    /// How the signatures were made, once there was one.
    params: Option<FracMinHashParams>,
    /// In the order of insertion.
    ids: Vec<I>,
    /// Of each document: the scale, the size and the values.
    sets: Vec<(u32, u64, Vec<u64>)>,
}

impl<I: Id> From<ContainmentIndex<I>> for Form<I> {
    fn from(index: ContainmentIndex<I>) -> Self {
        Self::of(&index)
    }
}

impl<I: Id> Form<I> {
    fn of(index: &ContainmentIndex<I>) -> Self {
        let slots = index.ids.in_order();
        let ids = slots.iter().filter_map(|&slot| index.ids.get(slot).cloned()).collect();
        let set = |&slot: &u32| {
            let Set { scale, size, numbers } = &index.sets[slot as usize];
            (*scale, *size, numbers.iter().map(|&number| index.holders.value(number)).collect())
        };
        Self { params: index.params, ids, sets: slots.iter().map(set).collect() }
    }
}

impl<I: Id> TryFrom<Form<I>> for ContainmentIndex<I> {
    type Error = Error;

    fn try_from(Form { params, ids, sets }: Form<I>) -> Result<Self> {
        let remedy = "the stored index is damaged; build it again";
        if sets.len() != ids.len() {
            return Err(Error::parameter("the number of stored sets", sets.len(), remedy));
        }
        let Some(params) = params else {
            return if ids.is_empty() {
                Ok(Self::new())
            } else {
                Err(Error::parameter("how stored signatures were made", "not said", remedy))
            };
        };
        let of_parts = |(scale, size, values)| FracMinHashSignature::of_parts(params, scale, size, values);
        let signatures: Vec<_> = sets.into_iter().map(of_parts).collect::<Result<_>>()?;
        let mut index = Self::new();
        index.insert_all(ids.into_iter().zip(&signatures))?;
        index.params = Some(params);
        Ok(index)
    }
}

/// The format version; optional parameters, of the first signature that came; the type of the ids (`u8`) and
/// the ids, in the order of insertion; for each the scale (`u32`), the size (`u64`) and a list of `u64`, the
/// values.
impl<I: StoredId> Layout for ContainmentIndex<I> {
    const KIND: Kind = Kind::ContainmentIndex;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        let Form { params, ids, sets } = Form::of(self);
        out.format_version();
        out.option(params, |out, params| out.value(&params));
        write_ids(&ids, out);
        for (scale, size, values) in sets {
            out.u32(scale);
            out.u64(size);
            out.u64s(&values);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let params = from.option(Reader::value)?;
        let ids: Vec<I> = read_ids(from)?;
        let sets = ids.iter().map(|_| Ok((from.u32()?, from.u64()?, from.u64s()?))).collect::<Result<_>>()?;
        Self::try_from(Form { params, ids, sets }).map_err(|error| from.broken(error))
    }
}
