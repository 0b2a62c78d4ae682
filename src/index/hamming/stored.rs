//! The form in which an index is stored: its signatures, from which the tables are made again.

use super::HammingIndex;
use crate::error::{Error, Result};
use crate::index::ids::Id;
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
