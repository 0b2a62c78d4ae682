//! What new documents are copies of, and what that does to the clusters: the rounds and the linkage of a
//! batch, for what a change touches.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::compare::{Judged, Record, Scratch, candidates_of, pair};
use super::log::{Commit, Found};
use super::state::{Known, State};
use super::view::{Scope, View};
use crate::cluster::{Clusters, Finding, Findings, Link};
use crate::corpus::source_key;
use crate::engine::{Outcome, Rounds};
use crate::method::Method;
use crate::parallel::{self, Pool};
use crate::verify::FormEvidence;
use crate::{DocId, Pair, Result};

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

/// The score of two documents, and what they say of a form.
type Says = (f64, FormEvidence);

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
    fn score(&self, a: u32, b: u32) -> Option<Says> {
        let new = self.found.get(&(a.min(b), a.max(b))).map(|found| (found.score, found.form));
        new.or_else(|| {
            let old = self.state.links(a).find(|half| half.other == b)?;
            Some((old.score, old.form))
        })
    }

    /// What is known of a document and others.
    fn found_of(&self, number: u32) -> impl Iterator<Item = Found> + '_ {
        let old = self.state.links(number).map(move |half| half.found(number));
        let new = self.of.get(&number).into_iter().flatten();
        old.chain(
            new.filter_map(move |&other| self.found.get(&(number.min(other), number.max(other))).copied()),
        )
    }

    /// Compares pairs that are not known, and keeps what it finds where `keep` allows it.
    fn compare(&mut self, pairs: &[(u32, u32)], keep: impl Fn(Says) -> bool) -> Result<Vec<Says>> {
        let (state, method) = (self.state, self.method);
        let unknown: Vec<(u32, u32)> =
            pairs.iter().copied().filter(|&(a, b)| self.score(a, b).is_none()).collect();
        let judged = parallel::map(&unknown, None, self.pool, |scratch, _, &(a, b)| -> Result<Judged> {
            let (a, b) = (self.known(a)?, self.known(b)?);
            scratch.judge(method, state, &a, &b, false)
        })?;
        let mut says: HashMap<(u32, u32), Says> = HashMap::new();
        for (&(a, b), judged) in unknown.iter().zip(judged) {
            says.insert((a, b), (judged.score, judged.form));
            if keep((judged.score, judged.form)) {
                let found = judged.found(a, b, state.epoch);
                self.found.insert((found.a, found.b), found);
                self.of.entry(a).or_default().push(b);
                self.of.entry(b).or_default().push(a);
            }
        }
        let known = |&(a, b): &(u32, u32)| says.get(&(a, b)).copied().or_else(|| self.score(a, b));
        Ok(pairs.iter().map(|pair| known(pair).unwrap_or_default()).collect())
    }

    /// The documents that the matches of these lead to, these among them, and who is in one cluster with any
    /// of them: texts that are the same may be together without a match.
    fn component(&self, touched: &[u32]) -> BTreeSet<u32> {
        let threshold = self.method.threshold();
        let mut reached: BTreeSet<u32> = touched.iter().copied().collect();
        let mut open: Vec<u32> = touched.to_vec();
        let mut clusters: HashSet<u32> = HashSet::new();
        while let Some(number) = open.pop() {
            let old = self.state.links(number).filter(|half| half.score >= threshold).map(|half| half.other);
            let new = self.of.get(&number).into_iter().flatten().copied();
            let new =
                new.filter(|&other| self.score(number, other).is_some_and(|(score, _)| score >= threshold));
            open.extend(old.chain(new).filter(|&other| reached.insert(other)));
            if clusters.insert(self.state.cluster(number)) {
                let members = self.state.members(number).filter(|&other| !self.state.removed.contains(other));
                open.extend(members.filter(|&other| reached.insert(other)));
            }
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
        let mut findings: Vec<Finding> = Vec::new();
        let mut others = Findings::default();
        // Others on a form need not be connected: they are known by numbers of their own.
        let mut outside: HashMap<u32, DocId> = HashMap::new();
        let n = firsts.len() as u32;
        for &number in &numbers {
            for found in self.found_of(number) {
                let other = if found.a == number { found.b } else { found.a };
                let next = DocId(n.saturating_add(outside.len() as u32));
                let Some(&x) = nodes.get(&number) else { continue };
                let y = nodes.get(&other).copied().unwrap_or_else(|| *outside.entry(other).or_insert(next));
                if x == y {
                    continue;
                }
                let Found { a, score, noise, mut form, mut extents, .. } = found;
                if (x > y) == (a == number) {
                    form = form.swapped();
                    extents.reverse();
                }
                others.learn_form(Pair::new(x, y), form);
                if a == number && nodes.contains_key(&other) {
                    let link = Link { pair: Pair::new(x, y), score, noise };
                    findings.push(Finding { link, form, extents });
                }
            }
        }
        // Copies of one text found the same.
        findings.sort_unstable_by(|x, y| {
            x.link.pair.cmp(&y.link.pair).then(y.link.score.total_cmp(&x.link.score))
        });
        findings.dedup_by_key(|finding| finding.link.pair);
        let clusters = self.clusters(&firsts, &findings, others)?;
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

    fn clusters(&mut self, firsts: &[u32], findings: &[Finding], mut others: Findings) -> Result<Clusters> {
        let (n, threshold) = (firsts.len() as u32, self.method.threshold());
        if matches!(self.method, Method::Jaccard(_)) {
            let matches = findings.iter().filter(|finding| finding.link.score >= threshold);
            return Ok(Clusters::from_pairs(n, matches.map(|finding| finding.link.pair)));
        }
        let numbers: Vec<u32> = (0..n).collect();
        others.clusters(&numbers, findings, threshold, |pairs| {
            let number = |node: DocId| firsts[node.index()];
            let numbers: Vec<(u32, u32)> =
                pairs.iter().map(|pair| (number(pair.a), number(pair.b))).collect();
            // All of them are kept: the next document of the cluster will ask for them again.
            self.compare(&numbers, |_| true)
        })
    }

    /// Compares the probes with their candidates, round by round, and links what they find.
    fn rounds(&mut self, probes: &[Probe<'_>]) -> Result<()> {
        let (state, method, threshold) = (self.state, self.method, self.method.threshold());
        let candidates = parallel::map(probes, None, self.pool, |scratch, _, probe| -> Result<Vec<u32>> {
            let except = probe.among_all.then_some(probe.number);
            let before = if probe.among_all { u32::MAX } else { probe.number };
            let view = View::new(state, Scope { before, except, ..Scope::ALL }, &probe.record.keys);
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
                // Far below the threshold it tells clustering nothing that asking again would not, but for
                // forms.
                let says = self.compare(&pairs, |(score, form)| {
                    score >= threshold / 2.0 || form.is_form || form.if_many
                })?;
                let outcomes: Vec<Outcome> = says
                    .iter()
                    .map(|&(score, FormEvidence { is_form, .. })| Outcome { score, is_form })
                    .collect();
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
            let clusters = Clusters::from_pairs(n, together.map(|w| Pair::new(w[0].1, w[1].1)));
            if !rounds.reopen(&clusters, matched.iter().map(|&(a, b)| Pair::new(local(a), local(b)))) {
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
            if grew {
                commit.joined.extend(new.into_iter().map(|number| (number, label)));
            } else {
                commit.clusters.push(members);
            }
        }
    }
}

/// The matches of a document, for the report.
pub(super) fn is_match(method: &Method, score: f64) -> bool {
    score >= method.threshold()
}

/// The pair of what was found.
pub(super) fn pair_of(found: &Found) -> Pair {
    pair(found.a, found.b)
}
