//! The path by passages: letter grams, `FracMinHash`, postings, alignment, score, linkage.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Instant;

use super::{Counts, FinderBuilder, Found, Run, StageTimes};
use crate::cluster::{Clusters, Forest, Link, Linkage};
use crate::corpus::{self, Boilerplate, TextEnds};
use crate::index::{PostingsBatch, PostingsCandidate, PostingsEntry, PostingsRules, PostingsScratch};
use crate::parallel::{self, Pool};
use crate::progress::{Stage, Ticker};
use crate::shingle::{ShingleBuffer, Shingler};
use crate::sketch::FracMinHasher;
use crate::text::Letters;
use crate::verify::score::{self, Length};
use crate::verify::words::{self, Frequencies, WeighedWords, WordReader};
use crate::verify::{Alignment, Engine, Evidence, Match, check_length};
use crate::{Backend, DocId, Error, Pair, Result};

/// How much a document may spend on candidates that turn out to be strangers before it is left alone: four, three
/// that share nothing, or sixteen that belong to large groups. Of a story with 100 bad scans each resembles only some; where
/// four candidates of such a group have failed, the next may still be the right one. Two that share nothing would do for
/// clean texts, but of 626 scans in eval/ocr one would lose its copy.
const PATIENCE: u32 = 16;
const STRANGER: u32 = 4;
const STRANGER_WITH_NOTHING: u32 = 6;
const STRANGER_IN_GROUP: u32 = 1;
/// The score below which two texts share nothing to speak of.
const NOTHING: f64 = 0.1;
/// Documents that make a group large.
const LARGE: u32 = 8;

/// A document so many times as long as another cannot match it: the score of a wholly covered text falls with the
/// fifth root of that, and a bad scan's gains 1.75: (1.75 / 0.5)⁵ = 525. It bounds what a document that holds all others costs.
const LONGER: u64 = 525;

/// The parameters of the path.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    shingler: Shingler,
    hasher: FracMinHasher,
    rules: PostingsRules,
    threshold: f64,
    backend: Backend,
    /// Of each document, by number; `u32::MAX` for one that is not known.
    sources: Option<Vec<u32>>,
}

impl Wire {
    pub(super) fn new(builder: &FinderBuilder) -> Result<Self> {
        let threshold = builder.threshold.unwrap_or(score::MATCH);
        if !(threshold > 0.0 && threshold <= 1.0) {
            return Err(Error::parameter("threshold", threshold, "choose a score above 0 and at most 1"));
        }
        for (name, is_set) in [
            ("recall", builder.recall.is_some()),
            ("shingler", builder.shingler.is_some()),
            ("bins", builder.bins.is_some()),
        ] {
            if is_set {
                let remedy = "the wire preset has no such parameter; leave it, or take the web preset";
                return Err(Error::parameter(name, "set", remedy));
            }
        }
        Ok(Self {
            shingler: Shingler::letters(),
            hasher: FracMinHasher::builder().seed(builder.seed.unwrap_or(0)).build()?,
            rules: PostingsRules::default(),
            threshold,
            backend: Backend::detect(),
            sources: builder.sources.clone(),
        })
    }

    pub(super) fn run<T: AsRef<str> + Sync>(&self, run: &Run<'_, T>) -> Result<Found> {
        let mut times = StageTimes::default();
        let documents = run.texts.len();
        run.texts.iter().try_for_each(|text| check_length(text.as_ref()))?;

        let start = Instant::now();
        let frequencies = Frequencies::new();
        let sketched = self.sketch(run, &frequencies);
        let (entries, ends): (Vec<PostingsEntry>, Vec<TextEnds>) = sketched.into_iter().unzip();
        let empty = entries.iter().filter(|entry| entry.is_empty()).count();
        times.sketch = start.elapsed();

        let start = Instant::now();
        let mut batch = PostingsBatch::of_entries(self.rules, entries)?;
        let sources = self.sources_of(documents)?;
        let boilerplate = Boilerplate::measure(&batch, self.hasher, &ends, sources);
        drop(ends);
        let (standing, skipped) = boilerplate.in_batch(&batch, sources);
        batch.skip(skipped);
        let ticker = run.ticker(Stage::Candidates, documents);
        let candidates = parallel::map(
            batch.order(),
            &ticker,
            &Pool::default(),
            |scratch: &mut PostingsScratch, _, &id| batch.candidates_with(scratch, id),
        );
        times.candidates = start.elapsed();

        let judge = Judge {
            wire: self,
            texts: run.texts,
            batch: &batch,
            frequencies: &frequencies,
            boilerplate: &boilerplate,
            sources,
            standing: &standing,
            pool: Pool::default(),
        };
        let proposed: usize = candidates.iter().map(Vec::len).sum();
        let mut search = Search::new(batch.order(), candidates, |document| batch.size(document));
        let mut verified = 0;
        let mut found: Vec<Verdict> = Vec::new();
        let mut asked: HashMap<Pair, f64> = HashMap::new();
        let clusters = loop {
            let start = Instant::now();
            loop {
                let tasks = search.next_tasks();
                if tasks.is_empty() {
                    break;
                }
                let ticker = run.ticker(Stage::Verify, tasks.len());
                let verdicts = judge.judge(&tasks, &ticker);
                verified += tasks.len();
                search.learn(&tasks, &verdicts, self.threshold);
                // A pair far below the threshold tells clustering nothing that asking again would not.
                found.extend(verdicts.into_iter().filter(|v| v.link.score >= self.threshold / 2.0));
            }
            times.verify += start.elapsed();

            let start = Instant::now();
            let links: Vec<Link> = found.iter().map(|v| v.link).collect();
            let ticker = run.ticker(Stage::Cluster, links.len());
            let clusters = Linkage::new(self.threshold).cluster(documents as u32, &links, |pair| {
                *asked.entry(pair).or_insert_with(|| {
                    verified += 1;
                    judge.pool.with(|scratch| judge.verdict(scratch, pair.a, pair.b)).link.score
                })
            });
            ticker.add(links.len());
            let matches = links.iter().filter(|l| l.score >= self.threshold).map(|l| l.pair);
            let again = search.reopen(&clusters, matches);
            times.cluster += start.elapsed();
            if !again {
                break clusters;
            }
        };

        let start = Instant::now();
        let together = |pair: Pair| clusters.of(pair.a) == clusters.of(pair.b);
        let matches: Vec<Match> =
            found.into_iter().filter(|v| together(v.link.pair)).filter_map(Verdict::into_match).collect();
        times.cluster += start.elapsed();

        let counts = Counts {
            documents,
            empty,
            candidates: proposed,
            verified,
            matches: matches.len(),
            clusters: clusters.multiple().count(),
            clustered: clusters.multiple().map(|c| clusters.members(c).len()).sum(),
            times,
        };
        Ok(Found { clusters, matches, counts, threshold: self.threshold, banding: None })
    }

    /// The sources of so many documents, if they are known.
    fn sources_of(&self, documents: usize) -> Result<Option<&[u32]>> {
        match &self.sources {
            Some(sources) if sources.len() != documents => {
                Err(Error::parameter("sources", sources.len(), "give one for each text"))
            }
            sources => Ok(sources.as_deref()),
        }
    }

    fn sketch<T: AsRef<str> + Sync>(
        &self,
        run: &Run<'_, T>,
        frequencies: &Frequencies,
    ) -> Vec<(PostingsEntry, TextEnds)> {
        let ticker = run.ticker(Stage::Sketch, run.texts.len());
        let pool = Pool::<(ShingleBuffer, WordReader)>::default();
        parallel::map(run.texts, &ticker, &pool, |(buffer, reader), _, text| {
            self.shingler.hash_into(text.as_ref(), buffer);
            let signature = corpus::signature(self.hasher, buffer.hashes());
            let ends = TextEnds::new(text.as_ref(), buffer, self.hasher, signature.scale());
            frequencies.add(buffer.letters(), reader);
            (PostingsEntry::new(&signature), ends)
        })
    }
}

/// What was found out about a pair.
struct Verdict {
    link: Link,
    /// Present from the threshold on.
    alignment: Option<Alignment>,
}

impl Verdict {
    fn into_match(self) -> Option<Match> {
        let Self { link, alignment } = self;
        Some(Match { pair: link.pair, score: link.score, evidence: Evidence::Passages(alignment?) })
    }
}

/// Which candidate each document tries next. In rounds: what one round finds out saves comparisons in the next, and
/// the result does not depend on how a round's work is shared out.
struct Search {
    forest: Forest,
    /// The number of documents in the group of each root.
    sizes: Vec<u32>,
    seekers: Vec<Seeker>,
}

/// A document and the candidates that it has not tried, the strongest last.
struct Seeker {
    document: DocId,
    candidates: Vec<DocId>,
    /// Those passed over because they were connected already, the strongest first.
    connected: Vec<DocId>,
    /// What it has spent of its [`PATIENCE`].
    spent: u32,
}

/// A comparison to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Task {
    candidate: DocId,
    document: DocId,
    seeker: usize,
}

impl Search {
    /// `size` is the length of a document.
    fn new(order: &[DocId], candidates: Vec<Vec<PostingsCandidate>>, size: impl Fn(DocId) -> u64) -> Self {
        let seeker = |(&document, candidates): (&DocId, Vec<PostingsCandidate>)| {
            // The candidates come before the document in the order: they are as long or longer.
            let longest = size(document).saturating_mul(LONGER);
            let within_reach =
                candidates.into_iter().rev().map(|c| c.document).filter(|&c| size(c) <= longest);
            Seeker { document, candidates: within_reach.collect(), connected: Vec::new(), spent: 0 }
        };
        let seekers = order.iter().zip(candidates).map(seeker).filter(|s| !s.candidates.is_empty()).collect();
        Self { forest: Forest::new(order.len() as u32), sizes: vec![1; order.len()], seekers }
    }

    /// For each document the next candidate that it is not yet connected to. Comparisons with one candidate
    /// stand together.
    fn next_tasks(&mut self) -> Vec<Task> {
        let Self { forest, seekers, .. } = self;
        let next = |(seeker, s): (usize, &mut Seeker)| {
            while let Some(candidate) = s.candidates.pop() {
                if forest.root(candidate) != forest.root(s.document) {
                    return Some(Task { candidate, document: s.document, seeker });
                }
                s.connected.push(candidate);
            }
            None
        };
        let mut tasks: Vec<Task> = seekers.iter_mut().enumerate().filter_map(next).collect();
        tasks.sort_unstable();
        tasks
    }

    /// Goes on from clusters that part what was connected: two stories that one round-up holds. The documents whose
    /// match was parted try the candidates that they seemed to be connected to. Whether any has such.
    fn reopen(&mut self, clusters: &Clusters, matches: impl Iterator<Item = Pair>) -> bool {
        let mut parted = vec![false; clusters.documents()];
        for pair in matches.filter(|pair| clusters.of(pair.a) != clusters.of(pair.b)) {
            parted[pair.a.index()] = true;
            parted[pair.b.index()] = true;
        }
        self.forest = Forest::new(clusters.documents() as u32);
        self.sizes.fill(1);
        for pair in clusters.iter().flat_map(|members| members.windows(2)) {
            self.connect(Pair::new(pair[0], pair[1]));
        }
        let mut again = false;
        for seeker in self.seekers.iter_mut().filter(|s| s.spent < PATIENCE && parted[s.document.index()]) {
            let apart = |&candidate: &DocId| clusters.of(candidate) != clusters.of(seeker.document);
            again |= seeker.connected.iter().any(apart);
            seeker.candidates.extend(seeker.connected.drain(..).rev());
        }
        again
    }

    /// Takes in what the comparisons of a round said.
    fn learn(&mut self, tasks: &[Task], verdicts: &[Verdict], threshold: f64) {
        for (task, verdict) in tasks.iter().zip(verdicts) {
            if verdict.link.score >= threshold {
                self.connect(verdict.link.pair);
                continue;
            }
            let group = self.sizes[self.forest.root(task.candidate).index()];
            let seeker = &mut self.seekers[task.seeker];
            seeker.spent += match verdict.link.score {
                _ if group >= LARGE => STRANGER_IN_GROUP,
                ..NOTHING => STRANGER_WITH_NOTHING,
                _ => STRANGER,
            };
            if seeker.spent >= PATIENCE {
                seeker.candidates.clear();
            }
        }
    }

    fn connect(&mut self, pair: Pair) {
        let sizes =
            self.sizes[self.forest.root(pair.a).index()] + self.sizes[self.forest.root(pair.b).index()];
        if self.forest.union(pair) {
            self.sizes[self.forest.root(pair.a).index()] = sizes;
        }
    }
}

/// Compares pairs.
struct Judge<'a, T> {
    wire: &'a Wire,
    texts: &'a [T],
    batch: &'a PostingsBatch,
    frequencies: &'a Frequencies,
    boilerplate: &'a Boilerplate,
    sources: Option<&'a [u32]>,
    /// By place in the batch, which documents are to be looked at for boilerplate.
    standing: &'a [bool],
    pool: Pool<Scratch>,
}

/// A text that is being compared.
#[derive(Default)]
struct Side {
    document: Option<DocId>,
    letters: Letters,
    words: WeighedWords,
    has_words: bool,
    /// Which letters are boilerplate; empty when none are.
    standing: Vec<bool>,
    grams: Vec<(Range<usize>, u64)>,
    length: Length,
}

/// What comparing uses again.
#[derive(Default)]
struct Scratch {
    engine: Engine,
    a: Side,
    b: Side,
    buffer: ShingleBuffer,
    reader: WordReader,
}

impl<T: AsRef<str> + Sync> Judge<'_, T> {
    fn judge(&self, tasks: &[Task], ticker: &Ticker<'_>) -> Vec<Verdict> {
        parallel::map(tasks, ticker, &self.pool, |scratch, _, task| {
            self.verdict(scratch, task.candidate, task.document)
        })
    }

    /// Compares two documents. Those that are compared with the same first one should follow each other.
    fn verdict(&self, scratch: &mut Scratch, a: DocId, b: DocId) -> Verdict {
        let Scratch { engine, a: side_a, b: side_b, buffer, reader } = scratch;
        if side_a.document != Some(a) {
            self.read(a, side_a, buffer);
            engine.hold(&side_a.letters);
        }
        self.read(b, side_b, buffer);
        let whole = engine.align_held(&side_a.letters, &side_b.letters);
        let coverage = if side_a.standing.is_empty() && side_b.standing.is_empty() {
            whole
        } else {
            engine.coverage_where(|i| side_a.is_own(i), |i| side_b.is_own(i))
        };
        let evidence = score::Evidence { coverage, lengths: [side_a.length, side_b.length] };
        let score = evidence.score(|| {
            let a = side_a.words(self.frequencies, reader);
            let b = side_b.words(self.frequencies, reader);
            (words::overlap(a, b), words::top(a, b))
        });
        let alignment = (score >= self.wire.threshold).then(|| {
            let alignment =
                engine.alignment(&whole, (self.text(a), &side_a.letters), (self.text(b), &side_b.letters));
            if a < b { alignment } else { alignment.swapped() }
        });
        Verdict { link: Link { pair: Pair::new(a, b), score, noise: coverage.noise }, alignment }
    }

    fn text(&self, document: DocId) -> &str {
        self.texts[document.index()].as_ref()
    }

    fn read(&self, document: DocId, side: &mut Side, buffer: &mut ShingleBuffer) {
        side.document = Some(document);
        side.has_words = false;
        side.letters.fill(self.text(document), self.wire.backend);
        self.mark_standing(document, side, buffer);
        side.length = side.own_length();
    }

    fn mark_standing(&self, document: DocId, side: &mut Side, buffer: &mut ShingleBuffer) {
        side.standing.clear();
        if !self.standing[self.batch.place(document)] {
            return;
        }
        let source = self.sources.map(|of| of[document.index()]).filter(|&source| source != u32::MAX);
        self.wire.shingler.hash_into(self.text(document), buffer);
        corpus::grams(self.wire.hasher, buffer, self.batch.scale(document), &mut side.grams);
        self.boilerplate.marks(side.letters.codes().len(), &side.grams, source, &mut side.standing);
    }
}

impl Side {
    /// The words, read when they are asked for.
    fn words(&mut self, frequencies: &Frequencies, reader: &mut WordReader) -> &WeighedWords {
        if !self.has_words {
            frequencies.weigh(&self.letters, &self.standing, reader, &mut self.words);
            self.has_words = true;
        }
        &self.words
    }

    fn is_own(&self, letter: usize) -> bool {
        self.standing.get(letter) != Some(&true)
    }

    fn own_length(&self) -> Length {
        let letters = self.letters.codes().len();
        let own = letters - self.standing.iter().filter(|&&standing| standing).count();
        let weighed = (self.letters.weighed_length() * own).div_ceil(letters.max(1));
        Length { letters: own as u32, weighed: u32::try_from(weighed).unwrap_or(u32::MAX) }
    }
}
