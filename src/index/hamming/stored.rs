//! The form in which an index is stored: its signatures, from which the tables are made again.

use super::HammingIndex;
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::error::{Error, Result};
use crate::index::ids::{Id, StoredId, read_ids, write_ids};
use crate::sketch::{SimHashBits, SimHashSignature};

/// The same documents, inserted in the same order, have the same form, whatever was removed between.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename = "HammingIndex"))]
#[cfg_attr(
    feature = "serde",
    serde(bound(
        serialize = "I: serde::Serialize, W: SimHashBits + serde::Serialize",
        deserialize = "I: serde::Deserialize<'de>, W: SimHashBits + serde::Deserialize<'de>"
    ))
)]
pub(super) struct Form<I, W: SimHashBits> {
    most: u32,
    /// A signature that says how all were made, once there was one.
    sample: Option<SimHashSignature<W>>,
    /// In the order of insertion.
    ids: Vec<I>,
    /// The signatures; none of an empty document.
    bits: Vec<Option<W>>,
}

impl<I: Id, W: SimHashBits> From<HammingIndex<I, W>> for Form<I, W> {
    fn from(index: HammingIndex<I, W>) -> Self {
        Self::of(&index)
    }
}

impl<I: Id, W: SimHashBits> Form<I, W> {
    fn of(index: &HammingIndex<I, W>) -> Self {
        let slots = index.ids.in_order();
        let ids = slots.iter().filter_map(|&slot| index.ids.get(slot).cloned()).collect();
        let bits = slots.iter().map(|&slot| index.word_of(slot)).collect();
        Self { most: index.most, sample: index.sample, ids, bits }
    }
}

impl<I: Id, W: SimHashBits> TryFrom<Form<I, W>> for HammingIndex<I, W> {
    type Error = Error;

    fn try_from(form: Form<I, W>) -> Result<Self> {
        let Form { most, sample, ids, bits } = form;
        let mut index = Self::new(most)?;
        let remedy = "the stored index is damaged; build it again";
        if bits.len() != ids.len() {
            return Err(Error::parameter("the number of stored signatures", bits.len(), remedy));
        }
        match &sample {
            Some(sample) => index.check(sample)?,
            None if ids.is_empty() => {}
            None => return Err(Error::parameter("how stored signatures were made", "not said", remedy)),
        }
        index.sample = sample;
        index.ids.check_new(&ids)?;
        index.fill(ids, &bits);
        Ok(index)
    }
}

/// The format version; `k` (`u32`); an optional [`SimHashSignature`], one of those that were inserted, which
/// says how all were made; the type of the ids (`u8`) and the ids, in the order of insertion; for each an
/// optional signature, in 2 or 4 `u32`, the lowest bits first, which is none for an empty one.
impl<I: StoredId, W: SimHashBits> Layout for HammingIndex<I, W> {
    const KIND: Kind = if W::WIDTH == 64 { Kind::HammingIndex64 } else { Kind::HammingIndex128 };
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        let Form { most, sample, ids, bits } = Form::of(self);
        out.format_version();
        out.u32(most);
        out.option(sample, |out, sample| out.value(&sample));
        write_ids(&ids, out);
        for word in bits {
            out.option(word, |out, word| {
                (0..W::WIDTH).step_by(32).for_each(|from| out.u32(word.window(from)));
            });
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let most = from.u32()?;
        let sample = from.option(Reader::value)?;
        let ids: Vec<I> = read_ids(from)?;
        let word = |from: &mut Reader<'_>| {
            let halves = (0..W::WIDTH).step_by(64).map(|_| {
                let (low, high) = (from.u32()?, from.u32()?);
                Ok(u64::from(low) | u64::from(high) << 32)
            });
            let halves = halves.collect::<Result<Vec<u64>>>()?;
            Ok(W::from_halves(|half| halves[half]))
        };
        let bits = ids.iter().map(|_| from.option(word)).collect::<Result<_>>()?;
        Self::try_from(Form { most, sample, ids, bits }).map_err(|error| from.broken(error))
    }
}
