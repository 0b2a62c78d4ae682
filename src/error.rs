//! The one error of the crate: what was wrong, and the remedy.

use std::fmt;
use std::io;

/// The result of every fallible call in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was wrong with the input or the parameters, and what to do about it.
///
/// Every message names the parameter or input, the value that was given, and the remedy; of a file that
/// cannot be read or written, the remedy where one is known.
/// [`kind`](Error::kind) says what sort of error it is. `Debug` shows the message too, so that a `main` that
/// returns a [`Result`] prints it.
///
/// ```
/// use reprint::{ErrorKind, sketch::MinHasher};
///
/// let error = MinHasher::builder().bins(0).build().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Parameter);
/// assert!(error.to_string().contains("bins"));
/// assert_eq!(format!("{error:?}"), error.to_string());
/// ```
#[derive(Clone, PartialEq)]
pub struct Error(Box<Kind>);

/// The sort of an [`Error`].
///
/// ```
/// use reprint::{ErrorKind, Preset};
///
/// assert_eq!("wbe".parse::<Preset>().unwrap_err().kind(), ErrorKind::Parameter);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter outside its range.
    Parameter,
    /// Two values that were made differently.
    Mismatch,
    /// An operation that a scheme or a method does not have.
    Unsupported,
    /// One id given to two documents.
    DuplicateId,
    /// More of something than can be numbered.
    TooMany,
    /// A run was stopped by its progress callback.
    Cancelled,
    /// A file could not be read or written.
    Io,
    /// A document that is not what its format says.
    Input,
    /// Stored bytes of another kind or version.
    Foreign,
    /// Stored bytes that are not what was written.
    Damaged,
    /// Something that one program at a time may write, and another is writing.
    Locked,
    /// There is no room left to write to.
    Full,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// A parameter outside its range.
    Parameter { name: &'static str, given: String, remedy: &'static str },
    /// Two sketches that were made differently.
    Mismatch { what: &'static str, left: String, right: String, remedy: &'static str },
    /// What is stored was made in one way and is opened in another.
    #[cfg(feature = "archive")]
    Opened { what: String, made: String, given: String },
    /// An operation that this scheme does not have.
    Unsupported { operation: &'static str, scheme: String, remedy: &'static str },
    /// One id given to two documents: where, and what to do.
    DuplicateId { id: String, place: String, remedy: &'static str },
    /// More of something than an index can number.
    TooMany { what: &'static str, most: usize },
    /// The progress callback stopped the run.
    Cancelled,
    /// A file that could not be read or written: where, what the system said, and of what sort that is.
    Io { place: String, reason: String, sort: Option<io::ErrorKind> },
    /// A document that is not what its format says: where, and what is wrong.
    Input { place: String, reason: String },
    /// Stored bytes of another kind or version.
    Foreign { wanted: &'static str, found: String, remedy: &'static str },
    /// Stored bytes that are not what was written.
    Damaged { wanted: &'static str, what: String },
    /// Another program writes there.
    #[cfg(feature = "archive")]
    Locked { place: String },
    /// No room left.
    Full { place: String, reason: String },
}

impl Error {
    pub(crate) fn parameter(name: &'static str, given: impl fmt::Display, remedy: &'static str) -> Self {
        let mut given = given.to_string();
        // Hundreds of digits of a tiny or huge number say less than its power of ten.
        if given.len() > 24
            && let Ok(number) = given.parse::<f64>()
        {
            given = format!("{number:e}");
        }
        Self(Box::new(Kind::Parameter { name, given, remedy }))
    }

    pub(crate) fn mismatch(what: &'static str, left: impl fmt::Display, right: impl fmt::Display) -> Self {
        let (left, right) = (left.to_string(), right.to_string());
        Self(Box::new(Kind::Mismatch { what, left, right, remedy: "make both with the same parameters" }))
    }

    /// Of two that were made by different versions of the crate.
    pub(crate) fn versions(what: &'static str, left: u32, right: u32) -> Self {
        let (left, right) = (left.to_string(), right.to_string());
        let remedy = "make the older one again from its texts";
        Self(Box::new(Kind::Mismatch { what, left, right, remedy }))
    }

    pub(crate) fn unsupported(
        operation: &'static str,
        scheme: impl fmt::Display,
        remedy: &'static str,
    ) -> Self {
        Self(Box::new(Kind::Unsupported { operation, scheme: scheme.to_string(), remedy }))
    }

    /// Of an id that two documents of one input have: which these are.
    pub(crate) fn duplicate_id(
        id: impl fmt::Debug,
        first: impl fmt::Display,
        second: impl fmt::Display,
    ) -> Self {
        let place = format!("is given {first} and again {second}");
        Self(Box::new(Kind::DuplicateId { id: format!("{id:?}"), place, remedy: "ids must be unique" }))
    }

    /// Of an id that is known already: where, and what can be done.
    pub(crate) fn known_id(id: impl fmt::Debug, place: impl fmt::Display, remedy: &'static str) -> Self {
        Self(Box::new(Kind::DuplicateId { id: format!("{id:?}"), place: place.to_string(), remedy }))
    }

    pub(crate) fn too_many(what: &'static str, most: usize) -> Self {
        Self(Box::new(Kind::TooMany { what, most }))
    }

    pub(crate) fn foreign(wanted: &'static str, found: impl fmt::Display, remedy: &'static str) -> Self {
        Self(Box::new(Kind::Foreign { wanted, found: found.to_string(), remedy }))
    }

    pub(crate) fn damaged(wanted: &'static str, what: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Damaged { wanted, what: what.to_string() }))
    }

    pub(crate) fn cancelled() -> Self {
        Self(Box::new(Kind::Cancelled))
    }

    /// Of a file that cannot be used, why, and what can be done.
    #[cfg(feature = "jsonl")]
    pub(crate) fn file(place: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Io { place: place.to_string(), reason: reason.to_string(), sort: None }))
    }

    /// For a [`Corpus`](crate::corpus::Corpus) of your own: what the system said about a file or whatever
    /// else stands at a place, with what can be done where that is known. Of kind [`ErrorKind::Io`], or
    /// [`ErrorKind::Full`].
    ///
    /// ```
    /// use reprint::{Error, ErrorKind};
    ///
    /// let error = std::fs::read("no/such/file.txt").map_err(|error| Error::io("no/such/file.txt", &error)).unwrap_err();
    /// assert_eq!((error.kind(), error.io_kind()), (ErrorKind::Io, Some(std::io::ErrorKind::NotFound)));
    /// ```
    pub fn io(place: impl fmt::Display, error: &io::Error) -> Self {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        // An error with words of its own says what can be done as well.
        let remedy = if error.get_ref().is_none() { remedy(error.kind()) } else { "" };
        let (place, reason) = (place.to_string(), format!("{error}{remedy}"));
        Self(Box::new(match error.kind() {
            StorageFull | QuotaExceeded => Kind::Full { place, reason },
            sort => Kind::Io { place, reason, sort: Some(sort) },
        }))
    }

    /// For a [`Corpus`](crate::corpus::Corpus) of your own: a text that cannot be used, where it stands and
    /// why, with what can be done. Of kind [`ErrorKind::Input`].
    ///
    /// ```
    /// use reprint::{Error, ErrorKind};
    ///
    /// let error = Error::input("row 17", "the text is missing; fill the column `text`");
    /// assert_eq!(error.kind(), ErrorKind::Input);
    /// assert!(error.to_string().contains("row 17"));
    /// ```
    pub fn input(place: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Input { place: place.to_string(), reason: reason.to_string() }))
    }

    #[cfg(feature = "archive")]
    pub(crate) fn opened(what: impl fmt::Display, made: impl fmt::Display, given: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Opened {
            what: what.to_string(),
            made: made.to_string(),
            given: given.to_string(),
        }))
    }

    #[cfg(feature = "archive")]
    pub(crate) fn locked(place: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Locked { place: place.to_string() }))
    }

    /// The same for stored bytes, with the file that they are from.
    #[cfg(feature = "archive")]
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        match &mut *self.0 {
            Kind::Damaged { what, .. } => *what = format!("{place}: {what}"),
            Kind::Foreign { found, .. } => *found = format!("{place}: {found}"),
            _ => {}
        }
        self
    }

    /// What the system said of a file that could not be read or written, if it did.
    ///
    /// ```
    /// use reprint::corpus::Files;
    ///
    /// let error = Files::open("no/such/folder", "txt").unwrap_err();
    /// assert_eq!(error.io_kind(), Some(std::io::ErrorKind::NotFound));
    /// ```
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match &*self.0 {
            Kind::Io { sort, .. } => *sort,
            Kind::Full { .. } => Some(io::ErrorKind::StorageFull),
            _ => None,
        }
    }

    /// The sort of this error.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Kind::Parameter { .. } => ErrorKind::Parameter,
            Kind::Mismatch { .. } => ErrorKind::Mismatch,
            #[cfg(feature = "archive")]
            Kind::Opened { .. } => ErrorKind::Mismatch,
            Kind::Unsupported { .. } => ErrorKind::Unsupported,
            Kind::DuplicateId { .. } => ErrorKind::DuplicateId,
            Kind::TooMany { .. } => ErrorKind::TooMany,
            Kind::Cancelled => ErrorKind::Cancelled,
            Kind::Io { .. } => ErrorKind::Io,
            Kind::Input { .. } => ErrorKind::Input,
            Kind::Foreign { .. } => ErrorKind::Foreign,
            Kind::Damaged { .. } => ErrorKind::Damaged,
            #[cfg(feature = "archive")]
            Kind::Locked { .. } => ErrorKind::Locked,
            Kind::Full { .. } => ErrorKind::Full,
        }
    }
}

/// What can be done about what the system says of a file.
fn remedy(sort: io::ErrorKind) -> &'static str {
    use io::ErrorKind::{
        AlreadyExists, IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem,
        UnexpectedEof,
    };
    match sort {
        NotFound => "; look at the path, or make what it names first",
        PermissionDenied => "; ask for the right to it, or take another path",
        AlreadyExists => "; take another path, or move what is there away",
        NotADirectory => "; give a folder",
        IsADirectory => "; give a file",
        ReadOnlyFilesystem => "; take a path that can be written to",
        UnexpectedEof => "; it was made shorter meanwhile, or was not written to its end",
        _ => "",
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Parameter { name, given, remedy } => {
                write!(f, "{name} is {given}: {remedy}")
            }
            Kind::Mismatch { what, left, right, remedy } => {
                write!(f, "the {what} differs: {left} on one side, {right} on the other; {remedy}")
            }
            Kind::Unsupported { operation, scheme, remedy } => {
                write!(f, "{scheme} cannot {operation}: {remedy}")
            }
            #[cfg(feature = "archive")]
            Kind::Opened { what, made, given } => {
                write!(
                    f,
                    "{what} was made with {made}, and is opened with {given}: open it with what it was made with"
                )
            }
            Kind::DuplicateId { id, place, remedy } => write!(f, "the id {id} {place}: {remedy}"),
            Kind::TooMany { what, most } => {
                write!(f, "more than {most} {what}: split the input")
            }
            Kind::Cancelled => f.write_str("the run was stopped by its progress callback: start it again"),
            Kind::Io { place, reason, .. } | Kind::Input { place, reason } => write!(f, "{place}: {reason}"),
            Kind::Foreign { wanted, found, remedy } => {
                write!(f, "a stored {wanted} was expected and {found} found: {remedy}")
            }
            Kind::Damaged { wanted, what } => {
                write!(f, "a stored {wanted} is damaged: {what}; take another copy of it, or make it anew")
            }
            #[cfg(feature = "archive")]
            Kind::Locked { place } => {
                write!(
                    f,
                    "{place} is being written by another: wait until it is done, or open it for reading"
                )
            }
            Kind::Full { place, reason } => {
                write!(f, "{place}: {reason}; nothing was changed: make room and try again")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    /// Of the sort that the system gave, if it did.
    fn from(error: Error) -> Self {
        Self::new(error.io_kind().unwrap_or(io::ErrorKind::Other), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_many_digits_are_told_by_their_power_of_ten() {
        let said = |given: f64| Error::parameter("weight", given, "scale it").to_string();
        assert_eq!(said(f64::from_bits(1)), "weight is 5e-324: scale it");
        assert_eq!(said(1e300), "weight is 1e300: scale it");
        assert_eq!(said(0.25), "weight is 0.25: scale it");
        let digits = "1".repeat(30);
        assert!(Error::parameter("id", format!("{digits:?}"), "no").to_string().contains(&digits));
    }

    #[test]
    fn what_the_system_says_has_a_remedy_and_keeps_its_sort() {
        use io::ErrorKind::{AlreadyExists, Interrupted, NotADirectory, NotFound, PermissionDenied};
        for (sort, remedy) in [
            (NotFound, "look at the path"),
            (PermissionDenied, "ask for the right"),
            (AlreadyExists, "take another path"),
            (NotADirectory, "give a folder"),
        ] {
            let error = Error::io("stories/a.txt", &sort.into());
            assert!(error.to_string().starts_with("stories/a.txt: "), "{error}");
            assert!(error.to_string().contains(remedy), "{error}");
            assert_eq!((error.kind(), error.io_kind()), (ErrorKind::Io, Some(sort)));
            assert_eq!(io::Error::from(error).kind(), sort);
        }
        assert_eq!(Error::io("a", &Interrupted.into()).io_kind(), Some(Interrupted));
        let full = Error::io("a", &io::ErrorKind::StorageFull.into());
        assert_eq!(
            (full.kind(), io::Error::from(full).kind()),
            (ErrorKind::Full, io::ErrorKind::StorageFull)
        );
    }
}
