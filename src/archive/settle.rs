//! What new documents are copies of, and what that does to the clusters: the rounds and the linkage of a
//! batch, for what a change touches.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::compare::{Judged, Record, Scratch, candidates_of, pair};
use super::log::{Commit, Found};
use super::state::{Known, State};
use super::view::{Scope, View};
use crate::cluster::{Clusters, Link, Linkage};
use crate::corpus::source_key;
use crate::engine::{Outcome, Rounds};
use crate::method::Method;
use crate::parallel::{self, Pool};
use crate::{DocId, Result};

/// A document whose copies are looked for, among those before it or among all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe<'a> {
    pub(super) number: u32,
    pub(super) record: &'a Record,
    pub(super) among_all: bool,
}

/// A document so many times as long as another cannot match it, as in a batch.
const LONGER: u64 = 525;

/// Finds the copies of the probes and the clusters of what is touched, and puts both into the commit.
///
/// `state` has the documents that come, and not those that go; the clusters of what is `touched` are made
/// anew whether or not there is a new match.
pub(super) fn settle(
    method: &Method,
    state: &State,
    probes: &[Probe<'_>],
    touched: &[u32],
    pool: &Pool<Scratch>,
    commit: &mut Commit,
) -> Result<()> {
    let mut settling =
        Settling { method, state, pool, found: HashMap::new(), of: HashMap::new(), labels: BTreeMap::new() };
    if !touched.is_empty() {
        settling.link(touched)?;
    }
    // Those that were linked to what goes look for copies where their cluster was parted.
    let parted = settling.parted(touched);
    let seeks = |probe: &&Probe<'_>| !probe.among_all || parted.contains(&state.cluster(probe.number));
    let probes: Vec<Probe<'_>> = probes.iter().filter(seeks).copied().collect();
    settling.rounds(&probes)?;
    settling.finish(commit);
    Ok(())
}

/// Makes the clusters of what these documents are connected to, and puts the changes into the commit.
pub(super) fn relink(
    method: &Method,
    state: &State,
    touched: &[u32],
    pool: &Pool<Scratch>,
    commit: &mut Commit,
) -> Result<()> {
    let mut settling =
        Settling { method, state, pool, found: HashMap::new(), of: HashMap::new(), labels: BTreeMap::new() };
    settling.link(touched)?;
    settling.finish(commit);
    Ok(())
}

struct Settling<'a> {
    method: &'a Method,
    state: &'a State,
    pool: &'a Pool<Scratch>,
    /// What is new, by pair; and the others of each document.
    found: HashMap<(u32, u32), Found>,
    of: HashMap<u32, Vec<u32>>,
    /// The clusters of the documents that were touched, by their least members.
    labels: BTreeMap<u32, u32>,
}

impl<'a> Settling<'a> {
    fn known(&self, number: u32) -> Result<Known<'a>> {
        let known = self.state.known(number);
        known.ok_or_else(|| crate::Error::damaged("archive", format_args!("document {number} is not there")))
    }

    fn label(&self, number: u32) -> u32 {
        self.labels.get(&number).copied().unwrap_or_else(|| self.state.cluster(number))
    }

    /// What is known of two documents.
    fn score(&self, a: u32, b: u32) -> Option<Outcome> {
        let new = self.found.get(&(a.min(b), a.max(b)));
        let new = new.map(|found| Outcome { score: found.score, is_form: found.is_form });
        new.or_else(|| {
            let old = self.state.links(a).find(|half| half.other == b)?;
            Some(Outcome { score: old.score, is_form: old.is_form })
        })
    }

    /// Compares pairs that are not known, and keeps what it finds where `keep` allows it.
    fn compare(&mut self, pairs: &[(u32, u32)], keep: impl Fn(f64) -> bool) -> Result<Vec<Outcome>> {
        let (state, method) = (self.state, self.method);
        let unknown: Vec<(u32, u32)> =
            pairs.iter().copied().filter(|&(a, b)| self.score(a, b).is_none()).collect();
        let judged = parallel::map(&unknown, None, self.pool, |scratch, _, &(a, b)| -> Result<Judged> {
            let (a, b) = (self.known(a)?, self.known(b)?);
            scratch.judge(method, state, &a, &b, false)
        })?;
        let mut outcomes: HashMap<(u32, u32), Outcome> = HashMap::new();
        for (&(a, b), judged) in unknown.iter().zip(judged) {
            let Judged { score, noise, is_form, basis, .. } = judged;
            outcomes.insert((a, b), Outcome { score, is_form });
            if keep(score) {
                let (a, b) = (a.min(b), a.max(b));
                self.found.insert((a, b), Found { a, b, score, noise, is_form, basis, epoch: state.epoch });
                self.of.entry(a).or_default().push(b);
                self.of.entry(b).or_default().push(a);
            }
        }
        let known = |&(a, b): &(u32, u32)| outcomes.get(&(a, b)).copied().or_else(|| self.score(a, b));
        Ok(pairs.iter().map(|pair| known(pair).unwrap_or(Outcome::from(0.0))).collect())
    }

    /// The documents that the matches of these lead to, these among them.
    fn component(&self, touched: &[u32]) -> BTreeSet<u32> {
        let threshold = self.method.threshold();
        let mut reached: BTreeSet<u32> = touched.iter().copied().collect();
        let mut open: Vec<u32> = touched.to_vec();
        while let Some(number) = open.pop() {
            let old = self.state.links(number).filter(|half| half.score >= threshold).map(|half| half.other);
            let new = self.of.get(&number).into_iter().flatten().copied();
            let new = new.filter(|&other| self.score(number, other).is_some_and(|of| of.score >= threshold));
            open.extend(old.chain(new).filter(|&other| reached.insert(other)));
        }
        reached
    }

    /// Makes the clusters of what these documents are connected to.
    fn link(&mut self, touched: &[u32]) -> Result<()> {
        let numbers = self.component(touched);
        // By what they say, so that the order of insertion decides nothing; a text of a source stands once.
        let mut order: Vec<_> = Vec::with_capacity(numbers.len());
        for &number in &numbers {
            let known = self.known(number)?;
            let about = known.about();
            order.push(((known.body().digest, source_key(about.source)), about.date, number));
        }
        order.sort_unstable();
        let mut nodes: HashMap<u32, DocId> = HashMap::with_capacity(order.len());
        let mut firsts: Vec<u32> = Vec::new();
        for same in order.chunk_by(|x, y| x.0 == y.0) {
            nodes.extend(same.iter().map(|&(_, _, number)| (number, DocId(firsts.len() as u32))));
            firsts.push(same[0].2);
        }
        let mut links: Vec<Link> = Vec::new();
        let mut add = |a: u32, b: u32, score: f64, noise: f64| {
            if let (Some(&x), Some(&y)) = (nodes.get(&a), nodes.get(&b))
                && x != y
            {
                links.push(Link { pair: crate::Pair::new(x, y), score, noise });
            }
        };
        for &number in &numbers {
            for half in self.state.links(number).filter(|half| number < half.other) {
                add(number, half.other, half.score, half.noise);
            }
            for &other in self.of.get(&number).into_iter().flatten().filter(|&&other| number < other) {
                if let Some(found) = self.found.get(&(number, other)) {
                    add(number, other, found.score, found.noise);
                }
            }
        }
        let clusters = self.clusters(&firsts, &links)?;
        let mut least: Vec<u32> = vec![u32::MAX; clusters.len()];
        let of = |number: u32| nodes.get(&number).and_then(|&node| clusters.of(node));
        for &number in &numbers {
            if let Some(cluster) = of(number) {
                least[cluster] = least[cluster].min(number);
            }
        }
        self.labels.extend(numbers.iter().filter_map(|&number| Some((number, least[of(number)?]))));
        Ok(())
    }

    fn clusters(&mut self, firsts: &[u32], links: &[Link]) -> Result<Clusters> {
        let (n, threshold) = (firsts.len() as u32, self.method.threshold());
        if matches!(self.method, Method::Jaccard(_)) {
            let matches = links.iter().filter(|link| link.score >= threshold);
            return Ok(Clusters::from_pairs(n, matches.map(|link| link.pair)));
        }
        let mut linking = Linkage::new(threshold).begin(n, links);
        while !linking.wants().is_empty() {
            let number = |node: DocId| firsts[node.index()];
            let pairs: Vec<(u32, u32)> =
                linking.wants().iter().map(|pair| (number(pair.a), number(pair.b))).collect();
            // All of them are kept: the next document of the cluster will ask for them again.
            let outcomes = self.compare(&pairs, |_| true)?;
            linking.learn(&outcomes.iter().map(|outcome| outcome.score).collect::<Vec<_>>());
        }
        Ok(linking.finish())
    }

    /// Compares the probes with their candidates, round by round, and links what they find.
    fn rounds(&mut self, probes: &[Probe<'_>]) -> Result<()> {
        let (state, method, threshold) = (self.state, self.method, self.method.threshold());
        let candidates = parallel::map(probes, None, self.pool, |scratch, _, probe| -> Result<Vec<u32>> {
            let except = probe.among_all.then_some(probe.number);
            let before = if probe.among_all { u32::MAX } else { probe.number };
            let view = View::new(state, Scope { before, except, ..Scope::ALL });
            let size = |known: &Known<'_>| u64::from(known.body().keys) * u64::from(known.body().scale);
            let own = size(&self.known(probe.number)?).max(1);
            let mut found = candidates_of(method, probe.record, &view, &mut scratch.postings)?;
            found.retain(|&number| {
                state.known(number).is_some_and(|known| {
                    let other = size(&known).max(1);
                    other.max(own) / other.min(own) <= LONGER
                })
            });
            Ok(found)
        })?;
        let mut numbers: Vec<u32> = probes.iter().map(|probe| probe.number).collect();
        numbers.extend(candidates.iter().flatten());
        numbers.sort_unstable();
        numbers.dedup();
        let local = |number: u32| DocId(numbers.partition_point(|&other| other < number) as u32);
        let n = numbers.len() as u32;
        let mut rounds = Rounds::new(n, threshold);
        if matches!(method, Method::Jaccard(_)) {
            rounds = rounds.without_budget();
        }
        self.join(&mut rounds, &numbers);
        for (probe, candidates) in probes.iter().zip(candidates) {
            rounds.add(local(probe.number), candidates.into_iter().map(local))?;
        }
        let number = |node: DocId| numbers[node.index()];
        let mut matched: BTreeSet<(u32, u32)> = BTreeSet::new();
        loop {
            let mut new: BTreeSet<u32> = BTreeSet::new();
            while !rounds.wants().is_empty() {
                let pairs: Vec<(u32, u32)> =
                    rounds.wants().iter().map(|c| (number(c.candidate), number(c.document))).collect();
                // Far below the threshold it tells clustering nothing that asking again would not.
                let outcomes = self.compare(&pairs, |score| score >= threshold / 2.0)?;
                for (&(a, b), _) in
                    pairs.iter().zip(&outcomes).filter(|(_, outcome)| outcome.score >= threshold)
                {
                    matched.insert((a, b));
                    new.extend([a, b]);
                }
                rounds.learn(&outcomes)?;
            }
            if new.is_empty() {
                return Ok(());
            }
            self.link(&new.into_iter().collect::<Vec<_>>())?;
            let mut by_label: Vec<(u32, DocId)> =
                numbers.iter().map(|&number| (self.label(number), local(number))).collect();
            by_label.sort_unstable();
            let together = by_label.windows(2).filter(|w| w[0].0 == w[1].0);
            let clusters = Clusters::from_pairs(n, together.map(|w| crate::Pair::new(w[0].1, w[1].1)));
            if !rounds.reopen(&clusters, matched.iter().map(|&(a, b)| crate::Pair::new(local(a), local(b)))) {
                return Ok(());
            }
            self.join(&mut rounds, &numbers);
        }
    }

    /// Tells rounds over these documents which clusters they are in.
    fn join(&self, rounds: &mut Rounds, numbers: &[u32]) {
        let mut groups: BTreeMap<u32, Vec<DocId>> = BTreeMap::new();
        for (node, &number) in (0..).map(DocId).zip(numbers) {
            groups.entry(self.label(number)).or_default().push(node);
        }
        for (label, members) in groups {
            // It matters whether they are eight.
            let size = self.state.members(label).take(8).count().max(members.len());
            rounds.join(&members, size as u32);
        }
    }

    /// The clusters, as they were called before, of which not all members are together any more.
    fn parted(&self, touched: &[u32]) -> HashSet<u32> {
        let mut now: HashMap<u32, u32> = HashMap::new();
        let mut parted = HashSet::new();
        for &number in touched {
            let label = self.label(number);
            if *now.entry(self.state.cluster(number)).or_insert(label) != label {
                parted.insert(self.state.cluster(number));
            }
        }
        parted
    }

    fn finish(self, commit: &mut Commit) {
        self.changes(commit);
        let mut found: Vec<Found> = self.found.into_values().collect();
        found.sort_unstable_by_key(|found| (found.a, found.b));
        commit.found.extend(found);
    }

    /// The clusters that are others than before.
    fn changes(&self, commit: &mut Commit) {
        let mut clusters: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (&number, &label) in &self.labels {
            clusters.entry(label).or_default().push(number);
        }
        for (label, members) in clusters {
            let before: HashSet<u32> = self.state.members(label).collect();
            let was_cluster = self.state.cluster(label) == label;
            let new: Vec<u32> = members.iter().copied().filter(|number| !before.contains(number)).collect();
            let is_alone = |&number: &u32| self.state.members(number).take(2).count() == 1;
            let grew = was_cluster && new.len() + before.len() == members.len() && new.iter().all(is_alone);
            if !grew {
                commit.clusters.push(members);
            } else {
                commit.joined.extend(new.into_iter().map(|number| (number, label)));
            }
        }
    }
}

/// The matches of a document, for the report.
pub(super) fn is_match(method: &Method, score: f64) -> bool {
    score >= method.threshold()
}

/// The pair of what was found.
pub(super) fn pair_of(found: &Found) -> crate::Pair {
    pair(found.a, found.b)
}
