//! How well a clustering agrees with a gold one: adjusted Rand index, pair precision and pair recall.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

/// What is known of the right clusters of some documents.
///
/// A document in a cluster named `?...` counts as a different story from all outside that cluster, and its pairs
/// within the cluster count neither way; nor do ignored pairs, nor pairs of a document in the cluster `-`.
#[derive(Debug, Default)]
pub(crate) struct Gold {
    /// The id and the cluster of each document.
    pub(crate) clusters: Vec<(String, String)>,
    ignored: Vec<(usize, usize)>,
}

/// The agreement of a clustering with [`Gold`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scores {
    /// The adjusted Rand index (Hubert and Arabie 1985) of the documents whose cluster is known.
    pub(crate) ari: f64,
    /// The share of the pairs put together that belong together; 1 when there are none.
    pub(crate) precision: f64,
    /// The share of the pairs that belong together that were put together; 1 when there are none.
    pub(crate) recall: f64,
}

impl Gold {
    /// Reads `gold.tsv` and, if it is there, `ignore_pairs.tsv` of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let table = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
        };
        let ignored =
            if folder.join("ignore_pairs.tsv").exists() { table("ignore_pairs.tsv")? } else { String::new() };
        Self::parse(&table("gold.tsv")?, &ignored).map_err(|e| format!("{}: {e}", folder.display()))
    }

    /// From tables of `id<TAB>cluster` and `id<TAB>id`; blank lines and those that begin with `#` are passed over.
    pub(crate) fn parse(gold: &str, ignored: &str) -> Result<Self, String> {
        let clusters = rows(gold)?;
        let places: HashMap<&str, usize> =
            clusters.iter().enumerate().map(|(i, (id, _))| (id.as_str(), i)).collect();
        if places.len() < clusters.len() {
            return Err("an id stands twice in the gold table; each must have one line".into());
        }
        let place = |id: &String| {
            places.get(id.as_str()).copied().ok_or_else(|| format!("{id}: not in the gold table"))
        };
        let pairs: BTreeSet<(usize, usize)> = rows(ignored)?
            .iter()
            .map(|(a, b)| Ok((place(a)?, place(b)?)))
            .map(|pair: Result<_, String>| pair.map(|(a, b)| (a.min(b), a.max(b))))
            .collect::<Result<_, _>>()?;
        Ok(Self { ignored: pairs.into_iter().collect(), clusters })
    }

    /// Scores a clustering: the number of each document's cluster, in the order of [`Gold::clusters`].
    pub(crate) fn score(&self, predicted: &[usize]) -> Scores {
        let scored = self.count(predicted, |cluster| cluster != "-");
        let sure = self.count(predicted, |cluster| cluster != "-" && !is_open(cluster));
        let share = |part: i64, whole: i64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        Scores {
            ari: sure.adjusted_rand_index(),
            precision: share(scored.both, scored.predicted),
            recall: share(scored.both, scored.gold),
        }
    }

    /// The pairs of the documents whose gold cluster `counts`.
    fn count(&self, predicted: &[usize], counts: impl Fn(&str) -> bool) -> Pairs {
        let (mut cells, mut gold, mut guess) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut documents = 0;
        for ((_, cluster), &p) in self.clusters.iter().zip(predicted).filter(|((_, c), _)| counts(c)) {
            *cells.entry((cluster.as_str(), p)).or_insert(0) += 1;
            *gold.entry(cluster.as_str()).or_insert(0) += 1;
            *guess.entry(p).or_insert(0) += 1;
            documents += 1;
        }
        let sum = |known: bool| -> i64 {
            cells.iter().filter(|((c, _), _)| is_open(c) != known).map(|(_, &n)| pairs(n)).sum()
        };
        let gold_pairs = |known: bool| -> i64 {
            gold.iter().filter(|(c, _)| is_open(c) != known).map(|(_, &n)| pairs(n)).sum()
        };
        let mut counted = Pairs {
            both: sum(true),
            predicted: guess.values().map(|&n| pairs(n)).sum::<i64>() - sum(false),
            gold: gold_pairs(true),
            all: pairs(documents) - gold_pairs(false),
        };
        for &(a, b) in &self.ignored {
            let (x, y) = (&self.clusters[a].1, &self.clusters[b].1);
            if !counts(x) || !counts(y) || (x == y && is_open(x)) {
                continue;
            }
            let (gold, guess) = (x == y, predicted[a] == predicted[b]);
            counted.all -= 1;
            counted.gold -= i64::from(gold);
            counted.predicted -= i64::from(guess);
            counted.both -= i64::from(gold && guess);
        }
        counted
    }
}

/// How many pairs of documents there are of each kind.
struct Pairs {
    /// Together in gold and in the prediction.
    both: i64,
    predicted: i64,
    gold: i64,
    all: i64,
}

impl Pairs {
    fn adjusted_rand_index(&self) -> f64 {
        let (wrong, missed) = (self.predicted - self.both, self.gold - self.both);
        let apart = self.all - self.both - wrong - missed;
        let [both, wrong, missed, apart] = [self.both, wrong, missed, apart].map(|n| n as f64);
        let most = (both + missed) * (missed + apart) + (both + wrong) * (wrong + apart);
        if most == 0.0 { 1.0 } else { 2.0 * (both * apart - missed * wrong) / most }
    }
}

fn is_open(cluster: &str) -> bool {
    cluster.starts_with('?')
}

fn pairs(documents: i64) -> i64 {
    documents * (documents - 1) / 2
}

fn rows(table: &str) -> Result<Vec<(String, String)>, String> {
    let lines =
        table.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let row = |(i, line): (usize, &str)| match line.split('\t').collect::<Vec<_>>()[..] {
        [a, b] if !a.is_empty() && !b.is_empty() => Ok((a.to_owned(), b.to_owned())),
        _ => Err(format!("line {}: not two values with a tab between them: {line:?}", i + 1)),
    };
    lines.map(row).collect()
}
