//! The one error of the crate: what was wrong, and the remedy.

use std::fmt;

/// The result of every fallible call in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was wrong with the input or the parameters, and what to do about it.
///
/// The kind is private, so that messages can improve without breaking anyone. Every message names
/// the parameter or input, the value that was given, and the remedy.
///
/// ```
/// use reprint::sketch::MinHasher;
///
/// let error = MinHasher::builder().bins(0).build().unwrap_err();
/// assert!(error.to_string().contains("bins"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Kind>);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// A parameter outside its range.
    Parameter { name: &'static str, given: String, remedy: &'static str },
    /// Two sketches that were made differently.
    Mismatch { what: &'static str, left: String, right: String },
    /// An operation that this scheme does not have.
    Unsupported { operation: &'static str, scheme: String, remedy: &'static str },
    #[cfg(feature = "report")]
    /// One id given to two documents.
    DuplicateId { id: String, first: usize, second: usize },
    /// More of something than an index can number.
    TooMany { what: &'static str, most: usize },
    /// Stored bytes of another kind or version.
    Foreign { wanted: &'static str, found: String, remedy: &'static str },
    /// Stored bytes that are not what was written.
    Damaged { wanted: &'static str, what: String },
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

    #[cfg(feature = "report")]
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
            #[cfg(feature = "report")]
            Kind::DuplicateId { id, first, second } => write!(
                f,
                "the id {id:?} is given to document {first} and again to document {second}: ids must be unique"
            ),
            Kind::TooMany { what, most } => {
                write!(f, "more than {most} {what}: split the input")
            }
            Kind::Foreign { wanted, found, remedy } => {
                write!(f, "a stored {wanted} was expected and {found} found: {remedy}")
            }
            Kind::Damaged { wanted, what } => {
                write!(f, "a stored {wanted} is damaged: {what}; take another copy of it, or make it anew")
            }
        }
    }
}

impl std::error::Error for Error {}
