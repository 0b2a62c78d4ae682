//! The path by passages: letter grams, `FracMinHash`, postings, alignment, score, linkage.

use std::collections::HashMap;
use std::time::Instant;

use super::{Counts, FinderBuilder, Found, Run, StageTimes};
use crate::cluster::{Clusters, Forest, Link, Linkage};
use crate::index::{PostingsBatch, PostingsCandidate, PostingsEntry, PostingsRules, PostingsScratch};
use crate::parallel::{self, Pool};
use crate::progress::{Stage, Ticker};
use crate::shingle::{ShingleBuffer, ShingleSet, Shingler};
use crate::sketch::{FracMinHashSignature, FracMinHasher};
use crate::text::{Letters, Script, script};
use crate::verify::forms::{SlotReader, Slots};
use crate::verify::identical;
use crate::verify::score::{self, Length};
use crate::verify::words::{self, Frequencies, WeighedWords, WordReader};
use crate::verify::{Alignment, Basis, Coverage, Engine, Evidence, Match, check_length};
use crate::{Backend, DocId, Error, Pair, Result};

/// How much a document may spend on candidates that turn out to be strangers before it is left alone: four, three
/// that share nothing, or sixteen that belong to large groups or are reports on one form with it. Of a story with 100 bad scans each resembles only some; where
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

/// A gram in more documents than this belongs to no story: no story was ever printed so often, but site furniture is.
const STANDING: usize = 1000;

/// The share of standing grams from which a document is looked at for them. Turns of phrase (`the company said`) reach a
/// twentieth in 5,000 stories of one agency.
const STANDING_SHARE: f64 = 0.2;

/// About so many values of a document are indexed at most, which bounds the index at 1.4 KB a document. With all of a
/// long document's values the scores of labelled sets are the same to 4 digits; a document that a match may be
/// cut from is at most 32 times as long, which leaves 5 values of the cut.
const MOST_VALUES: usize = 160;

/// Letters beside standing text that make a document one with a text of its own: some thirty words.
const OWN_TEXT: usize = 150;

/// The parameters of the path.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    shingler: Shingler,
    hasher: FracMinHasher,
    rules: PostingsRules,
    threshold: f64,
    backend: Backend,
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
        })
    }

    pub(super) fn run<T: AsRef<str> + Sync>(&self, run: &Run<'_, T>) -> Result<Found> {
        let mut times = StageTimes::default();
        let documents = run.texts.len();
        run.texts.iter().try_for_each(|text| check_length(text.as_ref()))?;

        let start = Instant::now();
        let frequencies = Frequencies::new();
        let (entries, digests): (Vec<_>, Vec<_>) = self.sketch(run, &frequencies).into_iter().unzip();
        let empty = entries.iter().filter(|entry| entry.is_empty()).count();
        times.sketch = start.elapsed();

        let start = Instant::now();
        let batch = PostingsBatch::of_entries(self.rules, entries)?;
        let ticker = run.ticker(Stage::Candidates, documents);
        let candidates = parallel::map(
            batch.order(),
            &ticker,
            &Pool::default(),
            |scratch: &mut PostingsScratch, _, &id| batch.candidates_with(scratch, id),
        );
        times.candidates = start.elapsed();

        let standing = Self::standing(&batch, documents);
        let judge = Judge {
            wire: self,
            texts: run.texts,
            batch: &batch,
            frequencies: &frequencies,
            standing: &standing,
            pool: Pool::default(),
        };
        let proposed: usize = candidates.iter().map(Vec::len).sum();
        let mut search = Search::new(batch.order(), candidates, |document| batch.size(document));
        let mut verified = 0;
        let mut found: Vec<Verdict> = Vec::new();
        let mut asked: HashMap<Pair, f64> = HashMap::new();
        let identical = identical::pairs(&digests);
        let ticker = run.ticker(Stage::Verify, identical.len());
        let verdict = |scratch: &mut Scratch, _, pair: &Pair| judge.verdict(scratch, pair.a, pair.b);
        for verdict in parallel::map(&identical, &ticker, &judge.pool, verdict) {
            // Unless two digests are equal by chance.
            if verdict.link.score >= self.threshold {
                search.connect(verdict.link.pair);
                found.push(verdict);
            }
        }
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

    /// Which documents are to be looked at for standing text.
    fn standing(batch: &PostingsBatch, documents: usize) -> Vec<bool> {
        let ids: Vec<DocId> = (0..documents as u32).map(DocId).collect();
        let share = |&id: &DocId| batch.popular_share(id, STANDING) >= STANDING_SHARE;
        let ticker = Ticker::new(None, Stage::Candidates, 0);
        parallel::map(&ids, &ticker, &Pool::<()>::default(), |(), _, id| share(id))
    }

    /// The signature of a text's shingles: a fixed share of them, within [`MOST_VALUES`] and, of a text that says
    /// the same over and over, of what it says.
    fn signature(&self, shingles: &[u64]) -> FracMinHashSignature {
        let mut signature = self.hasher.sketch(shingles);
        let expected = shingles.len() / signature.scale() as usize;
        if signature.scale() > 1 && signature.values().len() < expected / 2 {
            signature = self.hasher.sketch(ShingleSet::from_hashes(shingles.to_vec()).as_slice());
        }
        let wanted =
            (signature.scale() as usize).saturating_mul(signature.values().len()).div_ceil(MOST_VALUES);
        let scale = u32::try_from(wanted).unwrap_or(u32::MAX);
        if signature.scale() < scale { signature.coarser(scale) } else { signature }
    }

    fn sketch<T: AsRef<str> + Sync>(
        &self,
        run: &Run<'_, T>,
        frequencies: &Frequencies,
    ) -> Vec<(PostingsEntry, Option<u64>)> {
        let ticker = run.ticker(Stage::Sketch, run.texts.len());
        let pool = Pool::<(ShingleBuffer, WordReader)>::default();
        parallel::map(run.texts, &ticker, &pool, |(buffer, reader), _, text| {
            let entry = PostingsEntry::new(&self.signature(self.shingler.hash_into(text.as_ref(), buffer)));
            frequencies.add(buffer.letters(), reader);
            (entry, identical::digest(text.as_ref(), buffer.letters()))
        })
    }
}

/// What was found out about a pair.
struct Verdict {
    link: Link,
    /// How surely the two are reports on one form.
    form: f64,
    basis: Basis,
    /// Present from the threshold on.
    alignment: Option<Alignment>,
}

impl Verdict {
    fn into_match(self) -> Option<Match> {
        let Self { link, alignment, basis, .. } = self;
        Some(Match { pair: link.pair, score: link.score, basis, evidence: Evidence::Passages(alignment?) })
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
                _ if group >= LARGE || verdict.form >= 0.5 => STRANGER_IN_GROUP,
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
    /// Which documents are to be looked at for standing text.
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
    /// Which letters stand in [`STANDING`] documents; empty when the document has no text of its own beside them, or
    /// no such letters.
    standing: Vec<bool>,
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
    slots: SlotReader,
}

impl<T: AsRef<str> + Sync> Judge<'_, T> {
    fn judge(&self, tasks: &[Task], ticker: &Ticker<'_>) -> Vec<Verdict> {
        parallel::map(tasks, ticker, &self.pool, |scratch, _, task| {
            self.verdict(scratch, task.candidate, task.document)
        })
    }

    /// Compares two documents. Those that are compared with the same first one should follow each other.
    fn verdict(&self, scratch: &mut Scratch, a: DocId, b: DocId) -> Verdict {
        let Scratch { engine, a: side_a, b: side_b, buffer, reader, slots } = scratch;
        if side_a.document != Some(a) {
            self.read(a, side_a, buffer);
            engine.hold(&side_a.letters);
        }
        self.read(b, side_b, buffer);
        let (text_a, text_b) = ((self.text(a), &side_a.letters), (self.text(b), &side_b.letters));
        if identical::are_identical(text_a, text_b) {
            let (first, second) = if a < b { (text_a, text_b) } else { (text_b, text_a) };
            let link = Link { pair: Pair::new(a, b), score: 1.0, noise: 0.0 };
            let alignment = Some(identical::alignment(first, second));
            return Verdict { link, form: 0.0, basis: Basis::Identical, alignment };
        }
        let whole = engine.align_held(&side_a.letters, &side_b.letters);
        let coverage = if side_a.standing.is_empty() && side_b.standing.is_empty() {
            whole
        } else {
            engine.coverage_where(|i| side_a.is_own(i), |i| side_b.is_own(i))
        };
        let coverage = side_a.weigh(side_b, engine, coverage);
        let evidence = score::Evidence { coverage, lengths: [side_a.length, side_b.length] };
        let clean = evidence.clean(|| {
            let a = side_a.words(self.frequencies, reader);
            let b = side_b.words(self.frequencies, reader);
            (words::overlap(a, b), words::top(a, b))
        });
        let in_slots = if evidence.needs_slots(clean) {
            slots.compare(&side_a.letters, &side_b.letters)
        } else {
            Slots::default()
        };
        let (score, form) = (evidence.score(clean, &in_slots), in_slots.form());
        let alignment = (score >= self.wire.threshold).then(|| {
            let alignment =
                engine.alignment(&whole, (self.text(a), &side_a.letters), (self.text(b), &side_b.letters));
            if a < b { alignment } else { alignment.swapped() }
        });
        Verdict {
            link: Link { pair: Pair::new(a, b), score, noise: coverage.noise },
            form,
            basis: evidence.basis(clean),
            alignment,
        }
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
        if !self.standing[document.index()] {
            return;
        }
        side.standing.resize(side.letters.codes().len(), false);
        self.wire.shingler.hash_into(self.text(document), buffer);
        let (hashes, ends) = buffer.letter_grams();
        let scale = self.batch.scale(document);
        // What lies between a standing gram and one that is not may be either: it tells nothing, so it is left out with
        // what stands.
        let (mut decided, mut after_standing) = (0, false);
        let indexed = |&(_, value): &(usize, u64)| value <= u64::MAX / u64::from(scale);
        for (start, value) in self.wire.hasher.kept(hashes).filter(indexed) {
            let stands = self.batch.frequency(value) > STANDING;
            if stands || after_standing {
                let end = if stands { ends[start] } else { start.max(decided) };
                side.standing[decided..end].fill(true);
            }
            decided = decided.max(ends[start]);
            after_standing = stands;
        }
        if after_standing {
            side.standing[decided..].fill(true);
        }
        if side.standing.iter().filter(|&&standing| !standing).count() < OWN_TEXT {
            side.standing.clear();
        }
    }
}

impl Side {
    /// The words, read when they are asked for.
    fn words(&mut self, frequencies: &Frequencies, reader: &mut WordReader) -> &WeighedWords {
        if !self.has_words {
            frequencies.weigh(&self.letters, reader, &mut self.words);
            self.has_words = true;
        }
        &self.words
    }

    fn is_own(&self, letter: usize) -> bool {
        self.standing.get(letter) != Some(&true)
    }

    fn own_length(&self) -> Length {
        let codes = self.letters.codes();
        if self.letters.is_latin() && self.standing.is_empty() {
            return Length { weighed: codes.len() as u32, is_abjad: false };
        }
        let own = || codes.iter().enumerate().filter(|&(i, _)| self.is_own(i)).map(|(_, &code)| script(code));
        let count = |wanted| own().filter(|&script| script == wanted).count();
        let weighed = own().count() + 2 * count(Script::Syllabary);
        let is_abjad = 2 * count(Script::Abjad) > codes.len();
        Length { weighed: u32::try_from(weighed).unwrap_or(u32::MAX), is_abjad }
    }

    /// What is covered of the letters that count, in letters of an alphabet.
    fn weigh(&self, other: &Self, engine: &Engine, letters: Coverage) -> Coverage {
        if self.letters.is_latin() || other.letters.is_latin() {
            return letters;
        }
        let is_syllable = |side: &Self, i: usize| {
            side.letters.codes().get(i).is_some_and(|&code| script(code) == Script::Syllabary)
                && side.is_own(i)
        };
        let syllables = engine.coverage_where(|i| is_syllable(self, i), |i| is_syllable(other, i));
        let weigh = |letters: u32, syllables: u32| letters.saturating_add(syllables.saturating_mul(2));
        Coverage { a: weigh(letters.a, syllables.a), b: weigh(letters.b, syllables.b), ..letters }
    }
}
