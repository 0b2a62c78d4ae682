//! What made a set of hashes.

use std::fmt;
use std::num::NonZeroU32;

use crate::hash::xxh3;
use crate::{Error, Result};

/// Tells hashes of one making from those of another: sets and signatures carry it, and refuse to be compared
/// where it differs, for they would share nothing whatever the texts.
///
/// A [`Shingler`](super::Shingler) [has one](super::Shingler::id), from its normaliser, unit and k. Features
/// of your own get one by [name](Self::named). Hashes given as a slice of `u64` have none, and are compared
/// with all: the caller answers for them.
///
/// It is 32 bits of a hash: two makings have the same by chance once in four milliards.
///
/// ```
/// use reprint::shingle::{Shingler, ShinglerId};
///
/// assert_ne!(Shingler::words(3)?.id(), Shingler::words(5)?.id());
/// assert_eq!(ShinglerId::named("stems, 3 words"), ShinglerId::named("stems, 3 words"));
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ShinglerId(NonZeroU32);

impl ShinglerId {
    /// Of hashes that are not all of one making: equal to nothing.
    const SEVERAL: Self = Self(NonZeroU32::MIN);

    /// For features of your own making, by a name that says how they are made. It changes when they do.
    pub fn named(name: &str) -> Self {
        Self::of(&format!("named {name}"))
    }

    /// The number that is stored.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// The stored number; 0 stands for none.
    pub(crate) fn from_stored(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// What is stored of one that may not be there.
    pub(crate) fn to_stored(id: Option<Self>) -> u32 {
        id.map_or(0, Self::get)
    }

    pub(super) fn of(description: &str) -> Self {
        let hash = (xxh3(description.as_bytes()) >> 32) as u32;
        Self(NonZeroU32::new(hash).unwrap_or(NonZeroU32::MAX).max(NonZeroU32::MIN.saturating_add(1)))
    }
}

/// Eight hexadecimal digits; `several` of hashes that are not all of one making.
impl fmt::Display for ShinglerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::SEVERAL {
            return f.write_str("several");
        }
        write!(f, "{:08x}", self.0)
    }
}

/// The shingler of hashes from two places, where that of either may be unknown.
///
/// # Errors
/// When both are known and differ.
pub(crate) fn check_shinglers(a: Option<ShinglerId>, b: Option<ShinglerId>) -> Result<Option<ShinglerId>> {
    match (a, b) {
        (Some(a), Some(b)) if a != b || a == ShinglerId::SEVERAL => Err(Error::mismatch("shingler", a, b)),
        _ => Ok(a.or(b)),
    }
}

/// The shingler of many sets: the one that is known of them, and [`ShinglerId::SEVERAL`] if they have more
/// than one.
pub(crate) fn common_shingler(ids: impl Iterator<Item = Option<ShinglerId>>) -> Option<ShinglerId> {
    ids.flatten().reduce(|all, id| if all == id { all } else { ShinglerId::SEVERAL })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_several_makings_are_comparable_with_none() {
        let ids = ["stems", "words"].map(|name| Some(ShinglerId::named(name)));
        let several = common_shingler(ids.into_iter());
        assert_eq!(common_shingler([ids[0], None, ids[0]].into_iter()), ids[0]);
        assert_eq!(check_shinglers(ids[0], None).unwrap(), ids[0]);
        for (a, b) in [(several, several), (several, ids[0]), (ids[0], ids[1])] {
            let refused = check_shinglers(a, b).unwrap_err().to_string();
            assert_eq!(refused.contains("several"), a == several, "{refused}");
        }
    }
}
