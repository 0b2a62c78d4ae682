//! The one error of the crate: what was wrong, and the remedy.

use std::fmt;

/// The result of every fallible call in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was wrong with the input or the parameters, and what to do about it.
///
/// Every message names the parameter or input, the value that was given, and the remedy.
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
    Mismatch { what: &'static str, left: String, right: String },
    /// An operation that this scheme does not have.
    Unsupported { operation: &'static str, scheme: String, remedy: &'static str },
    /// One id given to two documents.
    DuplicateId { id: String, first: usize, second: usize },
    /// More of something than an index can number.
    TooMany { what: &'static str, most: usize },
    /// The progress callback stopped the run.
    Cancelled,
    /// A file that could not be read or written: where, and what the system said.
    Io { place: String, reason: String },
    /// A document that is not what its format says: where, and what is wrong.
    Input { place: String, reason: String },
    /// Stored bytes of another kind or version.
    Foreign { wanted: &'static str, found: String, remedy: &'static str },
    /// Stored bytes that are not what was written.
    Damaged { wanted: &'static str, what: String },
    /// Another program writes there.
    #[cfg_attr(
        not(feature = "archive"),
        allow(dead_code, reason = "archives are locked with that feature alone")
    )]
    Locked { place: String },
    /// No room left.
    #[cfg_attr(
        not(feature = "archive"),
        allow(dead_code, reason = "archives fill disks with that feature alone")
    )]
    Full { place: String, reason: String },
}

impl Error {
    pub(crate) fn parameter(name: &'static str, given: impl fmt::Display, remedy: &'static str) -> Self {
        Self(Box::new(Kind::Parameter { name, given: given.to_string(), remedy }))
    }

    pub(crate) fn mismatch(what: &'static str, left: impl fmt::Display, right: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Mismatch { what, left: left.to_string(), right: right.to_string() }))
    }

    pub(crate) fn unsupported(
        operation: &'static str,
        scheme: impl fmt::Display,
        remedy: &'static str,
    ) -> Self {
        Self(Box::new(Kind::Unsupported { operation, scheme: scheme.to_string(), remedy }))
    }

    pub(crate) fn duplicate_id(id: impl fmt::Display, first: usize, second: usize) -> Self {
        Self(Box::new(Kind::DuplicateId { id: id.to_string(), first, second }))
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

    pub(crate) fn io(place: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Io { place: place.to_string(), reason: reason.to_string() }))
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

    /// What the system said about a file.
    #[cfg(feature = "archive")]
    pub(crate) fn of_io(place: impl fmt::Display, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        let (place, reason) = (place.to_string(), error.to_string());
        Self(Box::new(match error.kind() {
            StorageFull | QuotaExceeded => Kind::Full { place, reason },
            _ => Kind::Io { place, reason },
        }))
    }

    /// The sort of this error.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Kind::Parameter { .. } => ErrorKind::Parameter,
            Kind::Mismatch { .. } => ErrorKind::Mismatch,
            Kind::Unsupported { .. } => ErrorKind::Unsupported,
            Kind::DuplicateId { .. } => ErrorKind::DuplicateId,
            Kind::TooMany { .. } => ErrorKind::TooMany,
            Kind::Cancelled => ErrorKind::Cancelled,
            Kind::Io { .. } => ErrorKind::Io,
            Kind::Input { .. } => ErrorKind::Input,
            Kind::Foreign { .. } => ErrorKind::Foreign,
            Kind::Damaged { .. } => ErrorKind::Damaged,
            Kind::Locked { .. } => ErrorKind::Locked,
            Kind::Full { .. } => ErrorKind::Full,
        }
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
            Kind::Mismatch { what, left, right } => write!(
                f,
                "the {what} differs: {left} on one side, {right} on the other; make both with the same parameters"
            ),
            Kind::Unsupported { operation, scheme, remedy } => {
                write!(f, "{scheme} cannot {operation}: {remedy}")
            }
            Kind::DuplicateId { id, first, second } => write!(
                f,
                "the id {id:?} is given to document {first} and again to document {second}: ids must be unique"
            ),
            Kind::TooMany { what, most } => {
                write!(f, "more than {most} {what}: split the input")
            }
            Kind::Cancelled => f.write_str("the run was stopped by its progress callback: start it again"),
            Kind::Io { place, reason } | Kind::Input { place, reason } => write!(f, "{place}: {reason}"),
            Kind::Foreign { wanted, found, remedy } => {
                write!(f, "a stored {wanted} was expected and {found} found: {remedy}")
            }
            Kind::Damaged { wanted, what } => {
                write!(f, "a stored {wanted} is damaged: {what}; take another copy of it, or make it anew")
            }
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

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}
