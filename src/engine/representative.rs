//! Which member stands for its cluster.

use crate::DocId;
use crate::cluster::Clusters;
use crate::verify::Match;

/// Which member stands for its cluster.
///
/// ```
/// use reprint::{Finder, Preset, Representative};
///
/// let texts = ["a b c d e f g h i j", "a b c d e f g h i j k"];
/// let finder = Finder::preset(Preset::Web).representative(Representative::Longest);
/// let report = finder.run(texts)?;
/// assert_eq!(report.representative(0).unwrap().index(), 1);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Representative {
    /// The first in the input.
    Earliest,
    /// The one with the most bytes; of equals the first.
    #[default]
    Longest,
    /// The one whose matches' scores add up to most; of equals the first.
    MostCentral,
}

impl Representative {
    /// The member that stands for each cluster; `bytes` are the lengths of the texts.
    pub(super) fn choose(self, clusters: &Clusters, matches: &[Match], bytes: &[u32]) -> Vec<DocId> {
        let weights: Vec<f64> = match self {
            Self::Earliest => vec![0.0; clusters.documents()],
            Self::Longest => {
                let length = |document: usize| f64::from(bytes.get(document).copied().unwrap_or_default());
                (0..clusters.documents()).map(length).collect()
            }
            Self::MostCentral => {
                let mut sums = vec![0.0; clusters.documents()];
                for m in matches {
                    sums[m.pair.a.index()] += m.score;
                    sums[m.pair.b.index()] += m.score;
                }
                sums
            }
        };
        let first_of_best = |best: DocId, &document: &DocId| {
            if weights[document.index()] > weights[best.index()] { document } else { best }
        };
        clusters
            .iter()
            .filter_map(|members| Some(members.iter().fold(*members.first()?, first_of_best)))
            .collect()
    }
}
