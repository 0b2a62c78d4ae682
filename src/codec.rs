//! Layer 0: stored values as bytes, in a layout that is documented, versioned and checked.
//!
//! [`Stored`] turns a value into bytes and back. The bytes are the same on every machine, can be read by any
//! program that follows the table below, and are refused, with an [`Error`] that says the remedy, when they
//! hold another kind of value, were written by a version that this one does not know, or are damaged.
//!
//! ```
//! use reprint::codec::Stored;
//! use reprint::index::Banding;
//!
//! let banding = Banding::new(16, 8)?;
//! let bytes = banding.to_bytes();
//! assert_eq!(Banding::from_bytes(&bytes)?, banding);
//!
//! // One changed bit is noticed.
//! let mut damaged = bytes;
//! damaged[20] ^= 1;
//! assert!(Banding::from_bytes(&damaged).is_err());
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! # The frame
//!
//! Every value has the same frame. All numbers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `RPRT` in ASCII |
//! | 2 | the kind of value: a `u16` of the table below |
//! | 2 | the version of that kind's layout: a `u16`, 1 or more |
//! | 8 | the length n of the payload: a `u64` |
//! | n | the payload |
//! | 8 | XXH3-64, seed 0, of all bytes before |
//!
//! A payload is a sequence of fields without padding: unsigned integers of 1, 2, 4, 8 or 16 bytes; a `bool`
//! as one byte, 0 or 1; an `f64` as the eight bytes of its IEEE 754 form; a list as its length (`u64`) and
//! then its items; a string as a list of UTF-8 bytes; an optional value as a `bool` that says whether it is
//! there, and then the value. A value within a value has no frame of its own. Each type's documentation or
//! the constants of its file give the order of its fields.
//!
//! # The kinds
//!
//! | number | kind |
//! |---|---|
//! | 1 | `MinHash` parameters |
//! | 2 | `MinHash` signature |
//! | 3 | `MinHash` signatures |
//! | 4 | `SimHash` signature of 64 bits |
//! | 5 | `SimHash` signature of 128 bits |
//! | 6 | `FracMinHash` parameters |
//! | 7 | `FracMinHash` signature |
//! | 16 | weighted `MinHash` parameters |
//! | 17 | weighted `MinHash` signature |
//! | 18 | weighted `MinHash` signatures |
//! | 19 | b-bit parameters |
//! | 20 | b-bit signature |
//! | 21 | b-bit signatures |
//! | 22 | `UltraLogLog` |
//! | 64 | banding |
//! | 65 | `MinHash` index |
//! | 66 | Hamming index of 64-bit signatures |
//! | 67 | Hamming index of 128-bit signatures |
//! | 68 | postings index |
//! | 69 | forest of `MinHash` signatures |
//! | 70 | containment index |
//! | 128 | statistics |
//! | 129 | catalog |
//! | 144 | statistics of parts of a corpus |
//! | 130 | archive segment |
//! | 131 | archive commit |
//! | 132 | archive log |
//! | 133 | archive manifest |
//! | 134 | archive state |

use crate::hash::xxh3;
use crate::{Error, Result};

pub(crate) use private::{Layout, Reader, Writer, check_format_version};

/// The first bytes of every stored value.
pub(crate) const MAGIC: [u8; 4] = *b"RPRT";

/// Bytes before the payload: magic, kind, layout version and length.
pub(crate) const HEADER: usize = 4 + 2 + 2 + 8;

/// Bytes behind the payload.
const CHECKSUM: usize = 8;

/// A value with a stored form: bytes that are the same on every machine and that are checked when they are
/// read.
///
/// Implemented for the values of this crate alone. With the `serde` feature they can be written in any other
/// format as well; what this one adds is that it is documented [byte by byte](self), and notices damage.
pub trait Stored: Layout {
    /// The value as bytes: the frame of the [module](self) around its fields. O(size of the value).
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes);
        bytes
    }

    /// Appends what [`to_bytes`](Self::to_bytes) gives, for files that hold many values one behind the other.
    fn write_to(&self, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.extend_from_slice(&MAGIC);
        let mut header = Writer { bytes };
        header.u16(Self::KIND as u16);
        header.u16(Self::VERSION);
        header.u64(0);
        let payload = bytes.len();
        self.write(&mut Writer { bytes });
        let length = (bytes.len() - payload) as u64;
        bytes[payload - 8..payload].copy_from_slice(&length.to_le_bytes());
        let sum = xxh3(&bytes[start..]);
        bytes.extend_from_slice(&sum.to_le_bytes());
    }

    /// The value that `bytes` are. Memory stays within a small multiple of the bytes, whatever they claim.
    ///
    /// # Errors
    /// When the bytes are not a stored value, are one of another kind or layout version, are damaged, cut
    /// short or followed by others, or break what such a value promises.
    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (value, rest) = Self::split_from(bytes)?;
        if rest.is_empty() {
            return Ok(value);
        }
        Err(Error::damaged(Self::KIND.name(), format_args!("{} bytes follow its end", rest.len())))
    }

    /// The value with which `bytes` begin, and the bytes behind it.
    ///
    /// ```
    /// use reprint::codec::Stored;
    /// use reprint::index::Banding;
    ///
    /// let mut file = Vec::new();
    /// Banding::new(16, 8)?.write_to(&mut file);
    /// Banding::new(20, 5)?.write_to(&mut file);
    /// let (first, rest) = Banding::split_from(&file)?;
    /// assert_eq!((first.rows(), Banding::from_bytes(rest)?.rows()), (8, 5));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), but bytes may follow.
    fn split_from(bytes: &[u8]) -> Result<(Self, &[u8])> {
        let name = Self::KIND.name();
        let cut = || Error::damaged(name, format_args!("it is cut short: {} bytes are there", bytes.len()));
        if bytes.get(..MAGIC.len()).is_some_and(|start| start != MAGIC) {
            return Err(Error::foreign(name, "bytes that do not begin with RPRT", "give what to_bytes gave"));
        }
        let Some((header, _)) = bytes.split_first_chunk::<HEADER>() else { return Err(cut()) };
        let mut fields = Reader { rest: &header[MAGIC.len()..], name };
        let (kind, version, length) = (fields.u16()?, fields.u16()?, fields.u64()?);
        if kind != Self::KIND as u16 {
            let found = Kind::name_of(kind)
                .map_or_else(|| format!("kind {kind}"), |name| format!("kind {kind}, {name}"));
            return Err(Error::foreign(
                name,
                found,
                "read it as what it is, or with a newer version of reprint",
            ));
        }
        if version != Self::VERSION {
            let found = format_args!(
                "layout version {version}, where this version of reprint writes {}",
                Self::VERSION
            );
            let remedy = "read it with the version of reprint that wrote it, or make it anew from the texts";
            return Err(Error::foreign(name, found, remedy));
        }
        let there = bytes.len() - HEADER;
        let length = usize::try_from(length)
            .ok()
            .filter(|&n| there.checked_sub(CHECKSUM).is_some_and(|most| n <= most));
        let (checked, rest) = bytes.split_at(HEADER + length.ok_or_else(cut)?);
        let Some((sum, rest)) = rest.split_first_chunk::<CHECKSUM>() else { return Err(cut()) };
        if u64::from_le_bytes(*sum) != xxh3(checked) {
            return Err(Error::damaged(name, "its checksum is not that of its bytes"));
        }
        let mut reader = Reader { rest: &checked[HEADER..], name };
        let value = Self::read(&mut reader)?;
        match reader.rest.len() {
            0 => Ok((value, rest)),
            left => Err(reader.broken(format_args!("{left} bytes of its payload are left over"))),
        }
    }
}

impl<T: Layout> Stored for T {}

/// The length of the frame that `bytes` begin with, if it is whole and its checksum is right.
#[cfg(feature = "archive")]
pub(crate) fn intact(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..HEADER).filter(|header| header.starts_with(&MAGIC))?;
    let length = u64::from_le_bytes(*header.last_chunk()?);
    let whole = usize::try_from(length).ok()?.checked_add(HEADER)?;
    let sum = bytes.get(whole..whole.checked_add(CHECKSUM)?)?;
    (sum == xxh3(&bytes[..whole]).to_le_bytes()).then_some(whole + CHECKSUM)
}

/// Makes the enumeration of kinds and their names from one list.
macro_rules! kinds {
    ($($number:literal $kind:ident $name:literal,)*) => {
        /// What stored bytes are. A number is never given twice, nor anew when a kind goes: give each new
        /// kind a line in the table at the top too.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Kind {
            $(#[doc = $name] $kind = $number,)*
        }

        impl Kind {
            /// As errors and the table at the top call it.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The name of a kind that this version knows.
            fn name_of(number: u16) -> Option<&'static str> {
                match number { $($number => Some($name),)* _ => None }
            }
        }

        #[cfg(test)]
        const KINDS: &[Kind] = &[$(Kind::$kind),*];
    };
}

kinds! {
    // Sketches: 1 to 63.
    1 MinHashParams "`MinHash` parameters",
    2 MinHashSignature "`MinHash` signature",
    3 MinHashSignatures "`MinHash` signatures",
    4 SimHashSignature64 "`SimHash` signature of 64 bits",
    5 SimHashSignature128 "`SimHash` signature of 128 bits",
    6 FracMinHashParams "`FracMinHash` parameters",
    7 FracMinHashSignature "`FracMinHash` signature",
    16 WeightedParams "weighted `MinHash` parameters",
    17 WeightedSignature "weighted `MinHash` signature",
    18 WeightedSignatures "weighted `MinHash` signatures",
    19 BBitParams "b-bit parameters",
    20 BBitSignature "b-bit signature",
    21 BBitSignatures "b-bit signatures",
    22 UltraLogLog "`UltraLogLog`",
    // Indexes: 64 to 127.
    64 Banding "banding",
    65 MinHashIndex "`MinHash` index",
    66 HammingIndex64 "Hamming index of 64-bit signatures",
    67 HammingIndex128 "Hamming index of 128-bit signatures",
    68 PostingsIndex "postings index",
    69 MinHashForest "forest of `MinHash` signatures",
    70 ContainmentIndex "containment index",
    // Clusters, matches, corpora and what else a run keeps: from 128 on.
    128 Statistics "statistics",
    129 Catalog "catalog",
    144 StatisticsBuilder "statistics of parts of a corpus",
    130 ArchiveSegment "archive segment",
    131 ArchiveCommit "archive commit",
    132 ArchiveLog "archive log",
    133 ArchiveManifest "archive manifest",
    134 ArchiveState "archive state",
}

mod private {
    use super::Kind;
    use crate::hash::FORMAT_VERSION;
    use crate::{Error, Result};
    use std::fmt;

    /// A type's fields in bytes: what [`Stored`](super::Stored) puts its frame around.
    ///
    /// `read` takes exactly what `write` wrote, checks every invariant of the type, and never allocates for a
    /// length that it has not compared with the bytes that are left.
    pub trait Layout: Sized {
        /// The number of the type in the table of kinds.
        const KIND: Kind;
        /// Rises with every change of `write`.
        const VERSION: u16;

        /// Appends the fields.
        fn write(&self, out: &mut Writer<'_>);

        /// Reads them.
        ///
        /// # Errors
        /// When bytes are missing or the fields break an invariant of the type.
        fn read(from: &mut Reader<'_>) -> Result<Self>;
    }

    /// Appends fields to a payload.
    #[derive(Debug)]
    pub struct Writer<'a> {
        pub(super) bytes: &'a mut Vec<u8>,
    }

    /// Takes fields off a payload.
    #[derive(Clone, Debug)]
    pub struct Reader<'a> {
        pub(super) rest: &'a [u8],
        /// The value that is read, for errors.
        pub(super) name: &'static str,
    }

    /// A field of fixed width.
    macro_rules! numbers {
        ($($type:ident)*) => {
            impl Writer<'_> {$(
                /// A number.
                pub(crate) fn $type(&mut self, value: $type) {
                    self.bytes.extend_from_slice(&value.to_le_bytes());
                }
            )*}

            impl Reader<'_> {$(
                /// A number.
                pub(crate) fn $type(&mut self) -> Result<$type> {
                    self.array().map(<$type>::from_le_bytes)
                }
            )*}
        };
    }

    /// Lists of it.
    macro_rules! lists {
        ($($many:ident $one:ident)*) => {
            impl Writer<'_> {$(
                /// A list.
                pub(crate) fn $many(&mut self, values: &[$one]) {
                    self.length(values.len());
                    self.bytes.reserve(size_of_val(values));
                    for &value in values {
                        self.$one(value);
                    }
                }
            )*}

            impl Reader<'_> {$(
                /// A list.
                pub(crate) fn $many(&mut self) -> Result<Vec<$one>> {
                    let length = self.length(size_of::<$one>())?;
                    let (values, _) = self.take(length * size_of::<$one>())?.as_chunks();
                    Ok(values.iter().map(|&bytes| <$one>::from_le_bytes(bytes)).collect())
                }
            )*}
        };
    }

    numbers!(u8 u16 u32 u64 u128 f64);
    lists!(u8s u8 u32s u32 u64s u64);

    impl Writer<'_> {
        /// A `bool`.
        pub(crate) fn bool(&mut self, value: bool) {
            self.u8(u8::from(value));
        }

        /// The length of a list, before its items.
        pub(crate) fn length(&mut self, length: usize) {
            self.u64(length as u64);
        }

        /// A string.
        pub(crate) fn str(&mut self, text: &str) {
            self.length(text.len());
            self.bytes.extend_from_slice(text.as_bytes());
        }

        /// A list of bytes.
        #[cfg(feature = "archive")]
        pub(crate) fn bytes(&mut self, bytes: &[u8]) {
            self.length(bytes.len());
            self.bytes.extend_from_slice(bytes);
        }

        /// The fields of a value within this one.
        pub(crate) fn value<T: Layout>(&mut self, value: &T) {
            value.write(self);
        }

        /// An optional value, which `some` writes.
        pub(crate) fn option<T>(&mut self, value: Option<T>, some: impl FnOnce(&mut Self, T)) {
            self.bool(value.is_some());
            if let Some(value) = value {
                some(self, value);
            }
        }

        /// The [`FORMAT_VERSION`] by which hashes and signatures are made.
        pub(crate) fn format_version(&mut self) {
            self.u32(FORMAT_VERSION);
        }
    }

    impl<'a> Reader<'a> {
        /// The next bytes.
        fn take(&mut self, count: usize) -> Result<&'a [u8]> {
            let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.ended())?;
            self.rest = rest;
            Ok(taken)
        }

        fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
            let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.ended())?;
            self.rest = rest;
            Ok(*taken)
        }

        fn ended(&self) -> Error {
            self.broken("its fields go on beyond its payload")
        }

        /// The error for fields that break an invariant of the value.
        pub(crate) fn broken(&self, what: impl fmt::Display) -> Error {
            Error::damaged(self.name, what)
        }

        /// Nothing if `holds`, and else the error that says `what`.
        pub(crate) fn check(&self, holds: bool, what: &str) -> Result<()> {
            if holds { Ok(()) } else { Err(self.broken(what)) }
        }

        /// A `bool`.
        pub(crate) fn bool(&mut self) -> Result<bool> {
            match self.u8()? {
                0 => Ok(false),
                1 => Ok(true),
                other => Err(self.broken(format_args!("{other} stands where 0 or 1 must"))),
            }
        }

        /// The length of a list whose items take at least `item` bytes each (at least 1): no more than are
        /// left.
        pub(crate) fn length(&mut self, item: usize) -> Result<usize> {
            let length = self.u64()?;
            let most = self.rest.len() / item.max(1);
            usize::try_from(length).ok().filter(|&length| length <= most).ok_or_else(|| {
                self.broken(format_args!("a list of {length} items stands where {most} have room"))
            })
        }

        /// A string.
        pub(crate) fn str(&mut self) -> Result<&'a str> {
            let length = self.length(1)?;
            let bytes = self.take(length)?;
            std::str::from_utf8(bytes).map_err(|_| self.broken("a string is not UTF-8"))
        }

        /// A list of bytes.
        #[cfg(feature = "archive")]
        pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
            let length = self.length(1)?;
            self.take(length)
        }

        /// The fields of a value within this one.
        pub(crate) fn value<T: Layout>(&mut self) -> Result<T> {
            T::read(self)
        }

        /// An optional value, which `some` reads.
        pub(crate) fn option<T>(&mut self, some: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
            if self.bool()? { some(self).map(Some) } else { Ok(None) }
        }

        /// Nothing if the value was made by this [`FORMAT_VERSION`].
        pub(crate) fn format_version(&mut self) -> Result<()> {
            check_format_version(self.name, self.u32()?)
        }
    }

    /// Nothing if `version` is this [`FORMAT_VERSION`]: the bits of any other mean something else.
    pub(crate) fn check_format_version(name: &'static str, version: u32) -> Result<()> {
        if version == FORMAT_VERSION {
            return Ok(());
        }
        let found = format!("format version {version}, where this version of reprint has {FORMAT_VERSION}");
        Err(Error::foreign(name, found, "make it anew from the texts"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A value with a field of each sort.
    #[derive(Clone, Debug, PartialEq)]
    struct Sample {
        numbers: (u8, u16, u32, u64, u128, f64),
        flag: bool,
        text: String,
        words: Vec<u32>,
        few: Option<u16>,
        /// Samples within samples.
        inner: Vec<Self>,
    }

    impl Layout for Sample {
        const KIND: Kind = Kind::Banding;
        const VERSION: u16 = 3;

        fn write(&self, out: &mut Writer<'_>) {
            let (a, b, c, d, e, f) = self.numbers;
            out.format_version();
            out.u8(a);
            out.u16(b);
            out.u32(c);
            out.u64(d);
            out.u128(e);
            out.f64(f);
            out.bool(self.flag);
            out.str(&self.text);
            out.u32s(&self.words);
            out.option(self.few, Writer::u16);
            out.length(self.inner.len());
            self.inner.iter().for_each(|sample| out.value(sample));
        }

        fn read(from: &mut Reader<'_>) -> Result<Self> {
            from.format_version()?;
            Ok(Self {
                numbers: (from.u8()?, from.u16()?, from.u32()?, from.u64()?, from.u128()?, from.f64()?),
                flag: from.bool()?,
                text: from.str()?.to_owned(),
                words: from.u32s()?,
                few: from.option(Reader::u16)?,
                inner: (0..from.length(1)?).map(|_| from.value()).collect::<Result<_>>()?,
            })
        }
    }

    fn samples() -> impl Strategy<Value = Sample> {
        let leaf = (
            (any::<u8>(), any::<u16>(), any::<u32>(), any::<u64>(), any::<u128>(), -1e9..1e9_f64),
            any::<bool>(),
            "\\PC{0,9}",
            prop::collection::vec(any::<u32>(), 0..9),
            any::<Option<u16>>(),
        )
            .prop_map(|(numbers, flag, text, words, few)| Sample {
                numbers,
                flag,
                text,
                words,
                few,
                inner: Vec::new(),
            });
        (leaf.clone(), prop::collection::vec(leaf, 0..3))
            .prop_map(|(sample, inner)| Sample { inner, ..sample })
    }

    /// The frame around any payload.
    fn framed(kind: u16, version: u16, length: u64, payload: &[u8]) -> Vec<u8> {
        let mut bytes = b"RPRT".to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(version.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(payload);
        bytes.extend(xxh3(&bytes).to_le_bytes());
        bytes
    }

    proptest! {
        #[test]
        fn values_come_back(first in samples(), second in samples()) {
            let bytes = first.to_bytes();
            prop_assert_eq!(&Sample::from_bytes(&bytes).unwrap(), &first);
            let mut both = bytes.clone();
            second.write_to(&mut both);
            let (front, rest) = Sample::split_from(&both).unwrap();
            prop_assert_eq!(front, first);
            prop_assert_eq!(Sample::from_bytes(rest).unwrap(), second);
            prop_assert!(Sample::from_bytes(&both).is_err());
        }

        #[test]
        fn damage_is_noticed(sample in samples(), place in any::<prop::sample::Index>(), change in 1..=255_u8) {
            let bytes = sample.to_bytes();
            let at = place.index(bytes.len());
            let mut changed = bytes.clone();
            changed[at] ^= change;
            prop_assert!(Sample::from_bytes(&changed).is_err());
            prop_assert!(Sample::from_bytes(&bytes[..at]).is_err());
        }

        #[test]
        fn no_payload_panics_or_allocates_what_it_claims(
            payload in prop::collection::vec(prop_oneof![Just(0), Just(1), any::<u8>()], 0..300),
        ) {
            // Right in everything but what it says.
            let mut payload = payload;
            payload.splice(0..0, crate::hash::FORMAT_VERSION.to_le_bytes());
            let bytes = framed(64, 3, payload.len() as u64, &payload);
            if let Ok(sample) = Sample::from_bytes(&bytes) {
                prop_assert_eq!(sample.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn errors_say_what_is_there_and_the_remedy() {
        let text = |bytes: &[u8]| Sample::from_bytes(bytes).unwrap_err().to_string();
        let mut payload = vec![];
        payload.extend(1_u32.to_le_bytes());
        for (bytes, part) in [
            (b"RPR".to_vec(), "cut short"),
            (b"PK\x03\x04 and so on, 30 bytes".to_vec(), "do not begin with RPRT"),
            (framed(2, 1, 0, &[]), "`MinHash` signature"),
            (framed(65_000, 1, 0, &[]), "newer version"),
            (framed(64, 2, 0, &[]), "layout version 2"),
            (framed(64, 3, u64::MAX, &[]), "cut short"),
            (framed(64, 3, 4, &7_u32.to_le_bytes()), "format version 7"),
            (framed(64, 3, 4, &1_u32.to_le_bytes()), "beyond its payload"),
        ] {
            assert!(text(&bytes).contains(part), "{}", text(&bytes));
        }
    }

    #[test]
    fn the_table_names_every_kind() {
        let documentation = include_str!("codec.rs").lines().take_while(|line| line.starts_with("//!"));
        let rows: Vec<&str> = documentation.filter(|line| line.ends_with(" |")).collect();
        let expected = KINDS.iter().map(|&kind| format!("//! | {} | {} |", kind as u16, kind.name()));
        for row in expected {
            assert!(rows.contains(&row.as_str()), "the table at the top lacks {row}");
        }
    }
}
