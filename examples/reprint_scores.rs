//! How well are known reprints found, beside simpler methods?
//!
//! `reprint_scores [PATH...]`
//!
//! PATH is a labelled set, or a folder of such sets: a set is a folder with `gold.tsv` (`id<TAB>cluster` a line),
//! `docs.jsonl` or `.txt` files, and perhaps `ignore_pairs.tsv` (`id<TAB>id`). A set `wire` beside a PATH is
//! taken too. With no PATH the sets are made: scans of one story among others, an archive with cut, misread and
//! re-headlined copies, and pages of sites with the same text around each story. Prints a table of each set alone, and one
//! of all sets in one corpus.

#[path = "command/mod.rs"]
mod command;
#[path = "corpus/mod.rs"]
#[allow(dead_code, reason = "other examples use more of it")]
mod corpus;
#[path = "generated/mod.rs"]
#[allow(dead_code, reason = "other examples use the rest")]
mod generated;
mod scores;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use command::say;
use generated::Language;
use reprint::cluster::Clusters;
use reprint::shingle::{ShingleSet, Shingler};
use reprint::{DocId, Finder, Pair, Preset};
use scores::{Gold, Scores};

/// Thresholds of resemblance that are tried; each set takes the one that suits it best.
const THRESHOLDS: [f64; 9] = [0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8];

struct Set {
    name: String,
    texts: Vec<String>,
    gold: Gold,
}

/// The clusters that a method found, and what that took.
struct Found {
    clusters: Clusters,
    candidates: usize,
    verified: usize,
    time: Duration,
}

fn main() -> ExitCode {
    command::run(include_str!("reprint_scores.rs"), || {
        Ok(run(&std::env::args().skip(1).collect::<Vec<_>>())?)
    })
}

fn run(arguments: &[String]) -> Result<(), String> {
    let sets: Vec<Set> = if arguments.is_empty() {
        let language = Language::new();
        let made = |(name, corpus)| Set::made(name, corpus);
        let sets = [
            ("scans, made", generated::scans(&language, 100)),
            ("archive, made", generated::archive(&language, 1_000)),
            ("sites, made", generated::furniture(&language, 400, 300, 200)),
        ];
        sets.into_iter().map(made).collect::<Result<_, _>>()?
    } else {
        folders(arguments)?.iter().map(|folder| Set::read(folder)).collect::<Result<_, _>>()?
    };
    say!("| set | documents | method | ARI | precision | recall | candidates/doc | compared/doc | time |");
    say!("|---|---|---|---|---|---|---|---|---|");
    for set in &sets {
        let texts: Vec<&str> = set.texts.iter().map(String::as_str).collect();
        for (method, preset) in [("wire", Preset::Wire), ("MinHash LSH, words 5, 0.8", Preset::Web)] {
            let found = by_preset(preset, &texts)?;
            set.print(method, &set.score(&found.clusters, 0), &found);
        }
        for k in [5, 3] {
            let exact = Exact::new(k, &texts)?;
            let scored = THRESHOLDS.map(|threshold| {
                let found = exact.clusters(threshold);
                (set.score(&found.clusters, 0), threshold, found)
            });
            let best = scored.iter().reduce(|x, y| if y.0.ari > x.0.ari { y } else { x });
            if let Some((scores, threshold, found)) = best {
                set.print(&format!("exact, words {k}, best: {threshold}"), scores, found);
            }
        }
    }
    say!("\nAll sets in one corpus:\n");
    together(&sets)
}

/// Scores all sets as one corpus.
fn together(sets: &[Set]) -> Result<(), String> {
    let texts: Vec<&str> = sets.iter().flat_map(|set| &set.texts).map(String::as_str).collect();
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    say!("| method | {} | pairs across | candidates/doc | compared/doc | time |", names.join(" | "));
    say!("|---|{}---|---|---|---|", "---|".repeat(sets.len()));
    let print = |method: &str, found: &Found| {
        let mut first = 0;
        let mut columns = Vec::new();
        for set in sets {
            columns.push(format!("{:.4}", set.score(&found.clusters, first).ari));
            first += set.texts.len();
        }
        say!(
            "| {method} | {} | {} | {} |",
            columns.join(" | "),
            pairs_across(sets, &found.clusters),
            found.cost(texts.len())
        );
    };
    print("wire", &by_preset(Preset::Wire, &texts)?);
    print("MinHash LSH, words 5, 0.8", &by_preset(Preset::Web, &texts)?);
    for k in [5, 3] {
        let exact = Exact::new(k, &texts)?;
        for threshold in THRESHOLDS {
            print(&format!("exact, words {k}, {threshold}"), &exact.clusters(threshold));
        }
    }
    Ok(())
}

/// The pairs of documents in one cluster that come from two sets.
fn pairs_across(sets: &[Set], clusters: &Clusters) -> usize {
    let set_of: Vec<usize> =
        sets.iter().enumerate().flat_map(|(i, set)| set.texts.iter().map(move |_| i)).collect();
    let across = |members: &[DocId]| {
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for member in members {
            *sizes.entry(set_of[member.index()]).or_default() += 1;
        }
        let within: usize = sizes.values().map(|n| n * n).sum();
        (members.len() * members.len() - within) / 2
    };
    clusters.iter().map(across).sum()
}

/// The folders of labelled sets in or under the given ones, and beside them.
fn folders(arguments: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        let entries = path.read_dir().map_err(|e| format!("{argument}: {e}"))?;
        let mut inside: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        inside.sort();
        let candidates = [path.to_owned()].into_iter().chain(inside).chain([path.join("../wire")]);
        found.extend(candidates.filter(|folder| folder.join("gold.tsv").exists()));
    }
    if found.is_empty() {
        return Err(
            "no set: name a folder that holds gold.tsv with docs.jsonl, or a folder of such folders".into()
        );
    }
    Ok(found)
}

impl Set {
    /// A generated corpus, whose right clusters are known.
    fn made(name: &str, corpus: generated::Corpus) -> Result<Self, String> {
        let rows = corpus.labels.iter().enumerate().map(|(i, label)| format!("{i}\t{label}\n"));
        let gold = Gold::parse(&rows.collect::<String>(), "")?;
        Ok(Self { name: name.to_owned(), texts: corpus.texts, gold })
    }

    fn read(folder: &Path) -> Result<Self, String> {
        let lines = folder.join("docs.jsonl");
        let source = if lines.exists() { &lines } else { folder };
        let documents = corpus::read(&[source.display().to_string()])?;
        let gold = Gold::read(folder)?;
        let mut texts: HashMap<String, String> =
            documents.into_iter().map(|d| (d.id().to_owned(), d.into_text())).collect();
        let text = |(id, _): &(String, String)| {
            texts
                .remove(id)
                .ok_or_else(|| format!("{}: {id} has a gold cluster, but no text", folder.display()))
        };
        let texts: Vec<String> = gold.clusters.iter().map(text).collect::<Result<_, _>>()?;
        let stem = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = if lines.exists() { stem } else { format!("{stem}, {} pages", texts.len()) };
        Ok(Self { name, texts, gold })
    }

    /// The scores of clusters in which this set's documents begin at number `first`.
    fn score(&self, clusters: &Clusters, first: usize) -> Scores {
        let numbers = first..first + self.texts.len();
        let predicted: Vec<usize> =
            numbers.filter_map(|document| clusters.of(DocId(document as u32))).collect();
        self.gold.score(&predicted)
    }

    fn print(&self, method: &str, scores: &Scores, found: &Found) {
        let (name, documents) = (&self.name, self.texts.len());
        let Scores { ari, precision, recall } = scores;
        let cost = found.cost(documents);
        say!("| {name} | {documents} | {method} | {ari:.4} | {precision:.4} | {recall:.4} | {cost} |");
    }
}

impl Found {
    fn cost(&self, documents: usize) -> String {
        let each = |count: usize| count as f64 / documents.max(1) as f64;
        format!("{:.1} | {:.2} | {:.2?}", each(self.candidates), each(self.verified), self.time)
    }
}

fn by_preset(preset: Preset, texts: &[&str]) -> Result<Found, String> {
    let start = Instant::now();
    let finder = Finder::preset(preset);
    let report = finder.run(texts).map_err(|e| e.to_string())?;
    let counts = report.counts();
    Ok(Found {
        clusters: report.clusters().clone(),
        candidates: counts.candidates,
        verified: counts.verified,
        time: start.elapsed(),
    })
}

/// Every pair of texts that shares a shingle, and its resemblance from the least threshold on.
struct Exact {
    documents: usize,
    pairs: Vec<(Pair, f64)>,
    compared: usize,
    time: Duration,
}

impl Exact {
    fn new(k: usize, texts: &[&str]) -> Result<Self, String> {
        let start = Instant::now();
        let shingler = Shingler::words(k).map_err(|e| e.to_string())?;
        let sets: Vec<ShingleSet> = texts.iter().map(|text| shingler.shingle(text)).collect();
        let mut holders: HashMap<u64, Vec<u32>> = HashMap::new();
        let mut shared = vec![0_u32; sets.len()];
        let (mut pairs, mut compared) = (Vec::new(), 0);
        for (i, set) in sets.iter().enumerate() {
            let mut touched = Vec::new();
            for &hash in set.as_slice() {
                let before = holders.entry(hash).or_default();
                for &j in before.iter() {
                    if shared[j as usize] == 0 {
                        touched.push(j);
                    }
                    shared[j as usize] += 1;
                }
                before.push(i as u32);
            }
            compared += touched.len();
            for j in touched {
                let both = std::mem::take(&mut shared[j as usize]) as usize;
                let resemblance = both as f64 / (set.len() + sets[j as usize].len() - both) as f64;
                if resemblance >= THRESHOLDS[0] {
                    pairs.push((Pair::new(DocId(j), DocId(i as u32)), resemblance));
                }
            }
        }
        Ok(Self { documents: texts.len(), pairs, compared, time: start.elapsed() })
    }

    /// The connected components of the pairs from a threshold on.
    fn clusters(&self, threshold: f64) -> Found {
        let alike =
            self.pairs.iter().filter(|(_, resemblance)| *resemblance >= threshold).map(|&(pair, _)| pair);
        Found {
            clusters: Clusters::from_pairs(self.documents as u32, alike),
            candidates: self.compared,
            verified: self.compared,
            time: self.time,
        }
    }
}
