//! Finds the copies of a text among millions: which documents are the same text, printed again, and which
//! passages they share.
//!
//! It was made for reprinted news, whose copies are cut, re-headlined, updated, badly scanned or wrapped in
//! site boilerplate; it serves as well for crawled pages that are nearly the same from end to end.
//!
//! # Three types
//!
//! - a [`Finder`] is built from
//! - a [`Preset`], which says what the texts are, and gives
//! - a [`Report`]: clusters, the verified matches that hold them together, and what the run did.
//!
//! ```
//! use reprint::{Finder, Preset, Report};
//!
//! let stories = [
//!     "The ferry to the islands will not sail before Monday, the harbour master said on Friday. \
//!      Nobody was hurt when the swing bridge jammed. A jack is to be brought by barge.",
//!     "BRIDGE STUCK FAST. The ferry to the islands will not sail before Monday, the harbour-master said Friday. \
//!      Nobody was hurt when the swing bridge jammed.",
//!     "The council voted to close the library on Mill Street, and the mayor promised a new one by spring.",
//!     "Tbe fcrry to tbe islauds will not sail bcfore Monday, tbe harbour mastcr said on Fnday. \
//!      Nobody was hurt whcn tbe swing bridge jammcd. A jack is to be brougbt by bargc.",
//! ];
//! let report: Report = Finder::preset(Preset::Wire).run(stories)?;
//!
//! // One cluster of two or more: the story, a shortened copy and a bad scan.
//! let clusters = report.clusters();
//! let copies: Vec<usize> = clusters.multiple().collect();
//! assert_eq!(copies.len(), 1);
//! assert_eq!(clusters.members(copies[0]).len(), 3);
//!
//! // Each match says how strong it is and why.
//! for m in report.matches_in(copies[0]) {
//!     println!("{} = {}, score {:.2}: {:?}", m.pair.a, m.pair.b, m.score, m.evidence);
//! }
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! That is all that most programs need. [`Preset`] says which preset to choose; the [`guide`] goes from a
//! folder of stories to tuning the pieces, with what it is not good for; [`performance`] tells what it costs.
//!
//! # The modules
//!
//! The types above call those below. A text goes down this list, and each line is one step:
//!
//! | module | step |
//! |---|---|
//! | [`text`] | what counts as the same text: normalise, split into words, characters or letters |
//! | [`shingle`] | tokens to a set of 64-bit hashes |
//! | [`sketch`] | such a set to a small signature; *which sketch should you use?* |
//! | [`index`] | signatures to candidate pairs, without comparing all |
//! | [`verify`] | candidate pairs to matches, with the evidence; two texts laid side by side; repeats in one |
//! | [`cluster`] | matches to clusters |
//! | [`corpus`] | documents with ids, sources and dates; what many say: [`Statistics`](corpus::Statistics) |
//! | [`method`] | the verdict of each preset on any two texts |
//! | [`engine`] | the runs: [`Finder`] and what it is made of |
//! | [`codec`] | the bytes of stored values |
//! | [`substring`] | exact repeats over a corpus, and what to cut |
//! | `archive` | documents on disk, inserted, asked and removed one by one (feature `archive`) |
//! | `report` | a run's report as tables, as JSON, as a page (features `report` and `html`) |
//!
//! All but `report` can be left alone by users of [`Finder`]. They are public for those who have signatures
//! to store, an index to keep or another measure to judge by, and each is of use without the others: `index`
//! takes signatures and gives candidates, whatever the shingles were; `verify::align` takes two texts.
//! [`hash`] says where all stored bits come from.
//!
//! # Promises
//!
//! - **The same result everywhere.** It depends on the texts, their order and the parameters; not on the
//!   machine, the instruction set, the number of threads, the run, or whether `rayon` is there.
//! - **Stored bits stay.** Shingle hashes, signatures and band keys are fixed by [`hash::FORMAT_VERSION`].
//!   Signatures carry how they were made, and refuse to be compared with others.
//! - **No panics** but for the number of a row beyond a table, as indexing does. Parameters are checked when
//!   something is built; an [`Error`] names what was wrong and the remedy.
//! - **Empty texts are copies of nothing**, not of each other.
//! - **It is a library.** It prints nothing, reads no environment and sets no global.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `rayon` | yes | all cores |
//! | `serde` | no | `Serialize` and `Deserialize` for every value a user may store |
//! | `jsonl` | no | documents read again from a file of JSON lines (`corpus::JsonLines`); with it `serde` |
//! | `archive` | no | the module `archive`: an index of documents on disk that grows, shrinks and survives a crash |
//! | `report` | no | the module `report`: a run as tables and as JSON |
//! | `html` | no | a run as one page that opens from disk |

#[cfg(feature = "archive")]
pub mod archive;
pub mod cluster;
pub mod codec;
pub mod corpus;
pub mod engine;
mod error;
pub mod guide;
pub mod hash;
mod id;
pub mod index;
mod kernel;
pub mod method;
mod parallel;
pub mod performance;
mod progress;
#[cfg(feature = "report")]
pub mod report;
pub mod shingle;
mod similarity;
pub mod sketch;
pub mod substring;
pub mod text;
pub mod verify;

pub use engine::{Cluster, Counts, CrossMatch, Finder, Report, Representative, StageTimes};
pub use error::{Error, ErrorKind, Result};
pub use id::{DocId, Pair};
pub use kernel::Backend;
pub use method::Preset;
pub use progress::{Progress, ProgressAnswer, Stage};
pub use similarity::{Estimate, Similarity};

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
