//! The choices named by use.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// What the texts are, from which everything else follows.
///
/// | your texts | copies are | take |
/// |---|---|---|
/// | news, archives, scans | cut, re-headlined, wrapped, misread | `Wire` |
/// | crawled pages, corpora | the same from end to end but for some words | `Web` |
/// | anything | the same but for case, punctuation and spacing | `Strict` |
///
/// When in doubt take `Wire`, the default.
///
/// ```
/// use reprint::Preset;
///
/// assert_eq!("web".parse(), Ok(Preset::Web));
/// assert!("wbe".parse::<Preset>().unwrap_err().to_string().contains("wire, web or strict"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// News stories and archives: copies that were cut, re-headlined, updated, wrapped in site boilerplate,
    /// badly scanned, in any script. Judged by how much of the shorter text lies in passages that both share:
    /// a match from score 0.5 on, by the formula in the [guide](crate::guide#the-score-of-the-wire-preset).
    /// The path: [letter grams](crate::shingle::Shingler::letters),
    /// [`FracMinHasher`](crate::sketch::FracMinHasher), [`PostingsBatch`](crate::index::PostingsBatch),
    /// [alignment](crate::verify::align()), [`Linkage`](crate::cluster::Linkage).
    ///
    /// Its parameters are those of [`Wire`](crate::method::Wire).
    #[default]
    Wire,
    /// Crawled pages and corpora: texts that are nearly the same from end to end. Judged by the resemblance
    /// of their word 5-grams, 0.8 or more. The path: [words](crate::shingle::Shingler::words),
    /// [`MinHasher`](crate::sketch::MinHasher), [`candidate_pairs`](crate::index::candidate_pairs),
    /// [`overlap`](crate::verify::overlap), [`Clusters::from_pairs`](crate::cluster::Clusters::from_pairs).
    /// Its parameters are those of [`Jaccard`](crate::method::Jaccard).
    Web,
    /// The same text but for case, punctuation, spacing and a word in two hundred: as `Web`, with resemblance
    /// 0.95 or more.
    Strict,
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wire => "wire",
            Self::Web => "web",
            Self::Strict => "strict",
        })
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Wire, Self::Web, Self::Strict]
            .into_iter()
            .find(|preset| preset.to_string() == name)
            .ok_or_else(|| Error::parameter("preset", format!("{name:?}"), "choose wire, web or strict"))
    }
}
