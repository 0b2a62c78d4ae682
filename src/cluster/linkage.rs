//! Linkage: scored matches as clusters, each merger borne out by members of both groups.

use std::collections::HashMap;

use super::queues::{Queue, Queues};
use super::{Clusters, Forest};
use crate::hash::{SecretState, xxh3};
use crate::{DocId, Pair};

/// A scored match: what clustering by score is given.
///
/// ```
/// use reprint::cluster::Link;
/// use reprint::{DocId, Pair};
///
/// let link = Link { pair: Pair::new(DocId(0), DocId(1)), score: 0.8, noise: 0.0 };
/// assert!(link.score > 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Link {
    /// The two documents.
    pub pair: Pair,
    /// How strong the match is, in \[0, 1\].
    pub score: f64,
    /// How badly the two were read, in \[0, 1\]: see [`Alignment::noise`](crate::verify::Alignment::noise).
    pub noise: f64,
}

/// How scored matches become clusters: merging in descending score, each merger borne out by the members.
///
/// A round-up, a live page or an updated story matches several stories that are not one. So when a match
/// would join two groups, up to 4 members of each are compared with each other, and their mean score must be
/// nearly that of a match (average linkage, Sokal and Michener 1958, on a sample). Bad scans are fragments of
/// one text that need not overlap; the measured noise of the groups' matches eases the demand, down to none.
/// Two single documents need no more than their match, and a match that holds nearly the whole of both needs
/// no other.
///
/// Deterministic: the result depends on the links, not on their order; equal scores are taken in the order of
/// their documents' numbers, and which members are compared depends on the numbers of the members alone. So
/// where documents are numbered by what they say, the clusters do not depend on the order of the input. Cost:
/// O(m log m) for m links, and at most 16 comparisons for each merger of two groups.
///
/// [`cluster`](Self::cluster) asks for one comparison after the other. [`begin`](Self::begin) leaves the
/// comparing to you, many pairs at once: on all cores, on several machines, by queries.
///
/// ```
/// use reprint::cluster::{Linkage, Link};
/// use reprint::{DocId, Pair};
///
/// let link = |a, b, score| Link { pair: Pair::new(DocId(a), DocId(b)), score, noise: 0.0 };
/// // 0 and 1 are one story, 2 and 3 another; 4 is a round-up that quotes both.
/// let links = [link(0, 1, 0.9), link(2, 3, 0.9), link(0, 4, 0.55), link(2, 4, 0.54)];
/// let clusters = Linkage::new(0.5).cluster(5, &links, |_| 0.1);
/// assert_ne!(clusters.of(DocId(0)), clusters.of(DocId(2)));
/// assert_eq!(clusters.of(DocId(0)), clusters.of(DocId(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linkage {
    threshold: f64,
}

/// The mean score that two clean groups must have, as a share of the threshold. From 0.9 to 1 nothing changes
/// by more than 0.002 in adjusted Rand index on modern wire copy; 0.7 loses 0.017.
const MEAN: f64 = 0.95;
/// The mean noise of the matches up to which that is demanded in full, and from which nothing is.
const CLEAN: f64 = 0.05;
const NOISY: f64 = 0.1;
/// Members of each group that are compared.
const SAMPLE: usize = 4;
/// A match from here on holds nearly the whole of both texts, which no part of a round-up does.
const SURE: f64 = 0.925;
/// Matches that are taken, the strongest.
const MOST_LINKS: usize = (1 << 31) - 1;
/// Scores count up to this, as a share of the threshold: one perfect copy must not outvote non-matches.
const CAP: f64 = 1.5;

impl Linkage {
    /// Links from `threshold` on are matches.
    pub fn new(threshold: f64) -> Self {
        Self { threshold }
    }

    /// The clusters of documents 0 to n − 1. `score` is asked for pairs that no link tells of.
    ///
    /// Links with a number beyond the documents are left out.
    pub fn cluster(&self, n: u32, links: &[Link], mut score: impl FnMut(Pair) -> f64) -> Clusters {
        let mut linking = self.begin(n, links);
        while !linking.wants().is_empty() {
            let scores: Vec<f64> = linking.wants().iter().map(|&pair| score(pair)).collect();
            linking.learn(&scores);
        }
        linking.finish()
    }

    /// Begins to cluster documents 0 to n − 1: as [`cluster`](Self::cluster), with comparisons that you make.
    ///
    /// Links with a number beyond the documents are left out; so are the weakest where more than 2³¹ − 1 are
    /// matches.
    ///
    /// ```
    /// use reprint::cluster::{Link, Linkage};
    /// use reprint::{DocId, Pair};
    ///
    /// let link = |a, b, score| Link { pair: Pair::new(DocId(a), DocId(b)), score, noise: 0.0 };
    /// let links = [link(0, 1, 0.9), link(2, 3, 0.9), link(1, 2, 0.6), link(4, 5, 0.9), link(6, 7, 0.8), link(5, 6, 0.6)];
    /// let mut linking = Linkage::new(0.5).begin(8, &links);
    /// // Two pairs of groups may become one: all that decides it is asked for at once.
    /// assert_eq!(linking.wants().len(), 6);
    /// while !linking.wants().is_empty() {
    ///     let scores: Vec<f64> =
    ///         linking.wants().iter().map(|pair| if pair.a < DocId(4) { 0.6 } else { 0.1 }).collect();
    ///     linking.learn(&scores);
    /// }
    /// let clusters = linking.finish();
    /// assert_eq!(clusters.members(0), [DocId(0), DocId(1), DocId(2), DocId(3)]);
    /// assert_eq!(clusters.members(1), [DocId(4), DocId(5)]);
    /// ```
    pub fn begin(&self, n: u32, links: &[Link]) -> Linking {
        Linking::new(self.threshold, (0..n).collect(), links)
    }

    /// As [`begin`](Self::begin), of documents that are part of a larger corpus: `numbers` are theirs there,
    /// rising, and by them members are chosen. So what is linked part by part, where no link leads from one
    /// part to another, is linked as the whole.
    ///
    /// ```
    /// use reprint::cluster::{Link, Linkage};
    /// use reprint::{DocId, Pair};
    ///
    /// let link = Link { pair: Pair::new(DocId(0), DocId(1)), score: 0.9, noise: 0.0 };
    /// let clusters = Linkage::new(0.5).begin_numbered(&[17, 90], &[link]).finish();
    /// assert_eq!(clusters.len(), 1);
    /// ```
    pub fn begin_numbered(&self, numbers: &[u32], links: &[Link]) -> Linking {
        Linking::new(self.threshold, numbers.to_vec(), links)
    }
}

/// A clustering by [`Linkage`] on its way: it asks for pairs, is told their scores, and has no comparing of
/// its own.
///
/// A link is decided when all earlier ones that touch its two groups are: then the groups are what they are
/// when links are taken one by one, and so are the clusters. Links of groups that do not touch are decided
/// side by side; the pairs that they ask for are those of [`wants`](Self::wants). They are asked for once
/// each.
///
/// Memory: 52 bytes a document, about 80 a link.
#[derive(Clone, Debug)]
pub struct Linking {
    threshold: f64,
    /// By which members are chosen.
    numbers: Vec<u32>,
    /// The strongest first.
    links: Vec<Link>,
    known: HashMap<Pair, f64, SecretState>,
    forest: Forest,
    /// By the least member of each group.
    groups: Vec<Group>,
    /// The undecided links of each group: each link by two numbers, twice its place and one more.
    queues: Queues,
    /// The links that wait for scores, and the pairs that they ask for.
    waiting: Vec<u32>,
    wants: Vec<Pair>,
}

/// Documents that belong together, while links are taken in.
#[derive(Clone, Copy, Debug)]
struct Group {
    sample: Sample,
    /// Sum and number of the noise of its matches.
    noise: (f64, f64),
    queue: Queue,
    /// Whether the first of its links waits for scores.
    waits: bool,
}

/// The members of a group that are compared: those with the least hash of their number, so that it depends on
/// nothing but which members there are, changes seldom as the group grows, and costs the same for a group of
/// a million.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    members: [u32; SAMPLE],
    len: u32,
}

impl Sample {
    fn of(member: u32) -> Self {
        Self { members: [member; SAMPLE], len: 1 }
    }

    /// By the hash.
    fn members(&self) -> &[u32] {
        &self.members[..self.len as usize]
    }

    /// That of both groups together.
    fn merge(&self, other: &Self, numbers: &[u32]) -> Self {
        let by_hash = |&member: &u32| {
            let number = numbers.get(member as usize).copied().unwrap_or(member);
            (xxh3(&number.to_le_bytes()), member)
        };
        let mut all = [0; 2 * SAMPLE];
        let count = self.members().len() + other.members().len();
        all[..self.members().len()].copy_from_slice(self.members());
        all[self.members().len()..count].copy_from_slice(other.members());
        all[..count].sort_unstable_by_key(by_hash);
        let mut merged = Self::of(all[0]);
        merged.len = count.min(SAMPLE) as u32;
        merged.members.copy_from_slice(&all[..SAMPLE]);
        merged
    }
}

/// Whether a link joins its groups.
enum Decision {
    Join,
    Part,
    /// After these comparisons it can be told.
    Ask,
}

impl Linking {
    fn new(threshold: f64, numbers: Vec<u32>, links: &[Link]) -> Self {
        let n = numbers.len() as u32;
        let mut known = HashMap::with_capacity_and_hasher(links.len(), SecretState::default());
        for link in links {
            let score = known.entry(Pair::new(link.pair.a, link.pair.b)).or_insert(link.score);
            *score = link.score.max(*score);
        }
        let valid = |link: &&Link| {
            let Pair { a, b } = link.pair;
            link.score >= threshold && a.max(b).0 < n && a != b
        };
        let mut links: Vec<Link> = links.iter().filter(valid).copied().collect();
        let order = |x: &Link, y: &Link| {
            let strongest = y.score.total_cmp(&x.score).then(x.pair.cmp(&y.pair));
            strongest.then(x.noise.total_cmp(&y.noise))
        };
        links.sort_unstable_by(order);
        // The queues number both ends of each.
        links.truncate(MOST_LINKS);
        let mut queues = Queues::new(2 * links.len() as u32);
        let single =
            |i| Group { sample: Sample::of(i), noise: (0.0, 0.0), queue: Queue::EMPTY, waits: false };
        let mut groups: Vec<Group> = (0..n).map(single).collect();
        for (i, link) in (0..links.len() as u32).zip(&links).rev() {
            for (side, document) in [(0, link.pair.a), (1, link.pair.b)] {
                let queue = &mut groups[document.index()].queue;
                *queue = queues.join(Queues::single(2 * i + side), *queue);
            }
        }
        let forest = Forest::new(n);
        let (waiting, wants) = (Vec::new(), Vec::new());
        let mut linking = Self { threshold, numbers, links, known, forest, groups, queues, waiting, wants };
        linking.decide((0..n).collect());
        linking
    }

    /// The pairs whose scores it needs to go on, each once; none when all is decided.
    pub fn wants(&self) -> &[Pair] {
        &self.wants
    }

    /// Takes in the scores of the pairs of [`wants`](Self::wants), in their order. Those that are missing at
    /// the end are wanted again.
    pub fn learn(&mut self, scores: &[f64]) {
        self.known.extend(self.wants.drain(..).zip(scores.iter().copied()));
        let waiting = std::mem::take(&mut self.waiting);
        let mut documents = Vec::with_capacity(waiting.len());
        for link in waiting {
            let Pair { a, b } = self.links[link as usize].pair;
            for document in [a, b] {
                let group = self.forest.root(document).index();
                self.groups[group].waits = false;
            }
            documents.push(a.0);
        }
        self.decide(documents);
    }

    /// The clusters; links that still wait for scores join nothing.
    pub fn finish(self) -> Clusters {
        Clusters::of_forest(self.forest)
    }

    /// Decides what can be decided from the groups of these documents on.
    fn decide(&mut self, mut documents: Vec<u32>) {
        // From behind, so that the least comes first.
        documents.reverse();
        while let Some(document) = documents.pop() {
            let group = self.forest.root(DocId(document)).index();
            let Some(number) = self.groups[group].queue.least().filter(|_| !self.groups[group].waits) else {
                continue;
            };
            let link = self.links[number as usize / 2];
            let [x, y] = [link.pair.a, link.pair.b].map(|document| self.forest.root(document).index());
            if x == y {
                self.pop(group);
                documents.push(document);
                continue;
            }
            let first = |queue: Queue| queue.least().map(|number| number / 2);
            if first(self.groups[x].queue) != first(self.groups[y].queue) {
                // It comes again when the other group has come so far.
                continue;
            }
            match self.judge(&link, x, y) {
                Decision::Ask => {
                    self.waiting.push(number / 2);
                    self.groups[x].waits = true;
                    self.groups[y].waits = true;
                    continue;
                }
                Decision::Join => {
                    self.pop(x);
                    self.pop(y);
                    self.join(&link, x, y);
                }
                Decision::Part => {
                    self.pop(x);
                    self.pop(y);
                }
            }
            documents.extend([link.pair.a.0, link.pair.b.0]);
        }
    }

    fn pop(&mut self, group: usize) {
        let queue = &mut self.groups[group].queue;
        *queue = self.queues.pop(*queue);
    }

    /// Whether the members of two groups bear out a link between them.
    fn judge(&mut self, link: &Link, x: usize, y: usize) -> Decision {
        let demanded = demanded(self.noise(link, x, y), self.threshold);
        let [xs, ys] = [x, y].map(|group| self.groups[group].sample);
        let singles = xs.len.max(ys.len) == 1;
        if demanded == 0.0 || link.score >= SURE.max(self.threshold) || singles {
            return Decision::Join;
        }
        let (wanted, mut sum) = (self.wants.len(), 0.0);
        for pair in pairs(&xs, &ys) {
            match self.known.get(&pair) {
                Some(score) => sum += score.min(CAP * self.threshold),
                None => self.wants.push(pair),
            }
        }
        if self.wants.len() > wanted {
            return Decision::Ask;
        }
        let mean = sum / f64::from(xs.len * ys.len);
        if mean < demanded { Decision::Part } else { Decision::Join }
    }

    /// Sum and number of the noise of the group that a link would make.
    fn noise(&self, link: &Link, x: usize, y: usize) -> (f64, f64) {
        let [x, y] = [x, y].map(|group| self.groups[group].noise);
        (x.0 + y.0 + link.noise, x.1 + y.1 + 1.0)
    }

    fn join(&mut self, link: &Link, x: usize, y: usize) {
        let noise = self.noise(link, x, y);
        let [a, b] = [x, y].map(|group| self.groups[group]);
        self.forest.union(link.pair);
        let queue = self.queues.join(a.queue, b.queue);
        self.groups[x.min(y)] =
            Group { sample: a.sample.merge(&b.sample, &self.numbers), noise, queue, waits: false };
    }
}

/// The mean score that members of two groups must have, by the noise of their matches.
fn demanded(noise: (f64, f64), threshold: f64) -> f64 {
    let eased = ((noise.0 / noise.1 - CLEAN) / (NOISY - CLEAN)).clamp(0.0, 1.0);
    MEAN * threshold * (1.0 - eased)
}

/// Each of one with each of the other.
fn pairs(xs: &Sample, ys: &Sample) -> impl Iterator<Item = Pair> {
    xs.members().iter().flat_map(|&a| ys.members().iter().map(move |&b| Pair::new(DocId(a), DocId(b))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(a: u32, b: u32, score: f64, noise: f64) -> Link {
        Link { pair: Pair::new(DocId(a), DocId(b)), score, noise }
    }

    /// Links one by one, members in full.
    fn reference(threshold: f64, n: u32, links: &[Link], mut score: impl FnMut(Pair) -> f64) -> Clusters {
        let mut known: HashMap<Pair, f64> = HashMap::new();
        for link in links {
            let best = known.entry(link.pair).or_insert(link.score);
            *best = best.max(link.score);
        }
        let mut order: Vec<&Link> =
            links.iter().filter(|l| l.score >= threshold && l.pair.b.0 < n && l.pair.a != l.pair.b).collect();
        order.sort_by(|x, y| {
            y.score.total_cmp(&x.score).then(x.pair.cmp(&y.pair)).then(x.noise.total_cmp(&y.noise))
        });
        let mut groups: Vec<(Vec<u32>, (f64, f64))> = (0..n).map(|i| (vec![i], (0.0, 0.0))).collect();
        let place = |groups: &[(Vec<u32>, (f64, f64))], document: DocId| {
            groups.iter().position(|(members, _)| members.contains(&document.0)).unwrap()
        };
        for link in order {
            let (x, y) = (place(&groups, link.pair.a), place(&groups, link.pair.b));
            if x == y {
                continue;
            }
            let (a, b) = (&groups[x], &groups[y]);
            let noise = (a.1.0 + b.1.0 + link.noise, a.1.1 + b.1.1 + 1.0);
            let demanded = demanded(noise, threshold);
            if demanded != 0.0 && link.score < SURE.max(threshold) && a.0.len().max(b.0.len()) > 1 {
                let sample = |members: &[u32]| {
                    let mut members = members.to_vec();
                    members.sort_by_key(|member| (xxh3(&member.to_le_bytes()), *member));
                    members.truncate(SAMPLE);
                    members
                };
                let (xs, ys) = (sample(&a.0), sample(&b.0));
                let mut sum = 0.0;
                for &x in &xs {
                    for &y in &ys {
                        let pair = Pair::new(DocId(x), DocId(y));
                        sum += known.entry(pair).or_insert_with(|| score(pair)).min(CAP * threshold);
                    }
                }
                if sum / ((xs.len() * ys.len()) as f64) < demanded {
                    continue;
                }
            }
            let moved = std::mem::take(&mut groups[y].0);
            groups[x].0.extend(moved);
            groups[x].1 = noise;
        }
        let pairs = groups.iter().flat_map(|(members, _)| members.windows(2));
        Clusters::from_pairs(n, pairs.map(|pair| Pair::new(DocId(pair[0]), DocId(pair[1]))))
    }

    #[test]
    fn noise_eases_the_demand() {
        let chain = |noise| -> Vec<Link> { (0..9).map(|i| link(i, i + 1, 0.6, noise)).collect() };
        let linkage = Linkage::new(0.5);
        assert_eq!(linkage.cluster(10, &chain(0.2), |_| 0.0).len(), 1);
        assert!(linkage.cluster(10, &chain(0.0), |_| 0.0).len() > 3);
    }

    #[test]
    fn comparisons_are_bounded() {
        let links: Vec<Link> = (1..1000).map(|i| link(0, i, 0.6, 0.0)).collect();
        let mut asked = 0;
        let clusters = Linkage::new(0.5).cluster(1000, &links, |_| {
            asked += 1;
            0.6
        });
        assert_eq!(clusters.len(), 1);
        assert!(asked <= 16 * 1000, "{asked}");
    }

    #[test]
    fn groups_that_do_not_touch_ask_at_once() {
        // A thousand groups of two pairs each.
        let links = |i: u32| {
            [
                link(4 * i, 4 * i + 1, 0.9, 0.0),
                link(4 * i + 2, 4 * i + 3, 0.9, 0.0),
                link(4 * i, 4 * i + 2, 0.6, 0.0),
            ]
        };
        let links: Vec<Link> = (0..1000).flat_map(links).collect();
        let mut linking = Linkage::new(0.5).begin(4000, &links);
        assert_eq!(linking.wants().len(), 3000);
        linking.learn(&vec![0.6; 2999]);
        // What is missing is wanted again.
        assert_eq!(linking.wants().len(), 1);
        linking.learn(&[0.6; 9]);
        assert!(linking.wants().is_empty());
        assert_eq!(linking.finish().len(), 1000);
    }

    #[test]
    fn a_group_of_many_costs_no_more_a_member() {
        // Each match is its turn's weakest and asks, so that there are as many rounds as members.
        let links: Vec<Link> =
            (1..50_000).map(|i| link(i - 1, i, 0.9 - 0.000_001 * f64::from(i), 0.0)).collect();
        assert_eq!(Linkage::new(0.5).cluster(50_000, &links, |_| 0.7).len(), 1);
        let wrong =
            [link(7, 9, 0.8, 0.0), link(3, 70, 0.9, 0.0), link(80, 70, 0.9, 0.0), link(5, 5, 0.9, 0.0)];
        assert_eq!(Linkage::new(0.5).cluster(10, &wrong, |_| 0.7).len(), 9);
        let falling = Link { pair: Pair { a: DocId(9), b: DocId(7) }, ..wrong[0] };
        assert_eq!(Linkage::new(0.5).cluster(10, &[falling], |_| 0.7).len(), 9);
        assert!(Linkage::new(0.5).cluster(0, &wrong, |_| 0.7).is_empty());
    }

    proptest! {
        #[test]
        fn all_at_once_is_as_one_by_one(
            // Few scores, so that many are equal; pairs stand twice, beyond the documents, and twice the same
            // document.
            edges in prop::collection::vec((0_u32..42, 0_u32..42, 50_u32..100, 0_u32..4), 0..120),
            seed in any::<u32>(),
        ) {
            let links: Vec<Link> = edges
                .iter()
                .map(|&(a, b, score, noise)| link(a, b, f64::from(score / 5) / 20.0, f64::from(noise) / 30.0))
                .collect();
            let score = |pair: Pair| {
                f64::from((pair.a.0 * 7 + pair.b.0 * 31 + seed % 1000) % 10) / 10.0
            };
            let mut asked = Vec::new();
            let found = Linkage::new(0.5).cluster(40, &links, |pair| {
                asked.push(pair);
                score(pair)
            });
            prop_assert_eq!(&found, &reference(0.5, 40, &links, score));
            let count = asked.len();
            asked.sort_unstable();
            asked.dedup();
            prop_assert_eq!(asked.len(), count);
        }

        #[test]
        fn part_by_part_is_as_the_whole(
            // Links within every third document: three parts.
            edges in prop::collection::vec((0_u32..14, 0_u32..14, 0_u32..3, 50_u32..100, 0_u32..4), 0..120),
        ) {
            let all: Vec<Link> = edges
                .iter()
                .map(|&(a, b, part, score, noise)| {
                    link(3 * a + part, 3 * b + part, f64::from(score) / 100.0, f64::from(noise) / 30.0)
                })
                .collect();
            let score = |pair: Pair| f64::from((pair.a.0 * 7 + pair.b.0 * 31) % 10) / 10.0;
            let whole = Linkage::new(0.5).cluster(42, &all, score);
            for part in 0..3 {
                let numbers: Vec<u32> = (0..14).map(|i| 3 * i + part).collect();
                let of_part = all.iter().filter(|link| link.pair.a.0 % 3 == part).map(|link| {
                    let Pair { a, b } = link.pair;
                    Link { pair: Pair { a: DocId(a.0 / 3), b: DocId(b.0 / 3) }, ..*link }
                });
                let number = |document: DocId| DocId(numbers[document.index()]);
                let of_part: Vec<Link> = of_part.collect();
                let mut linking = Linkage::new(0.5).begin_numbered(&numbers, &of_part);
                while !linking.wants().is_empty() {
                    let wants = linking.wants().iter();
                    let scores: Vec<f64> =
                        wants.map(|pair| score(Pair::new(number(pair.a), number(pair.b)))).collect();
                    linking.learn(&scores);
                }
                let clusters = linking.finish();
                for members in clusters.iter() {
                    let cluster = whole.of(number(members[0])).unwrap();
                    let of_part: Vec<DocId> = members.iter().copied().map(number).collect();
                    prop_assert_eq!(whole.members(cluster), &of_part[..]);
                }
            }
        }

        #[test]
        fn the_order_of_links_does_not_matter(
            edges in prop::collection::vec((0_u32..20, 0_u32..20, 0.3_f64..1.0, 0.0_f64..0.15), 0..40),
            swaps in prop::collection::vec((0_usize..40, 0_usize..40), 40),
        ) {
            let mut links: Vec<Link> = edges.iter().map(|&(a, b, score, noise)| link(a, b, score, noise)).collect();
            links.sort_by_key(|l| l.pair);
            links.dedup_by_key(|l| l.pair);
            let score = |pair: Pair| f64::from((pair.a.0 * 7 + pair.b.0) % 10) / 10.0;
            let linkage = Linkage::new(0.5);
            let once = linkage.cluster(20, &links, score);
            for (i, j) in swaps {
                if i < links.len() && j < links.len() {
                    links.swap(i, j);
                }
            }
            prop_assert_eq!(&linkage.cluster(20, &links, score), &once);
            // No cluster is larger than the connected components.
            let matches = links.iter().filter(|l| l.score >= 0.5).map(|l| l.pair);
            let components = Clusters::from_pairs(20, matches);
            for members in once.iter() {
                prop_assert!(members.iter().all(|&m| components.of(m) == components.of(members[0])));
            }
        }
    }
}
