//! The batch driver of [`Wire`]: records, postings, rounds of comparisons, linkage.

use std::time::Instant;

use super::order::{Digest, Order, same_text};
use super::{Clustered, Counts, Found, Rounds, Run, StageTimes};
use crate::corpus::{Boilerplate, MOST_VALUES, Statistics, TextEnds, source_key};
use crate::index::{PostingsBatch, PostingsEntry, PostingsParts, PostingsRules, PostingsScratch};
use crate::method::{Item, Judgement, RecordScratch, Text, Wire, WireScratch};
use crate::parallel::{self, Pool};
use crate::progress::{Stage, Ticker};
use crate::verify::words::Frequencies;
use crate::verify::{Match, identical};
use crate::{DocId, Pair, Result};

/// A document so many times as long as another, in shingles, is not compared with it by [`Wire`]: it bounds
/// what a document that holds all others costs. The score of a wholly covered text falls with that to the
/// power −0.16: it is below 0.5 from 76 times on, and of a bad scan, which gains 1.75 at most, from 2,513
/// times on.
///
/// ```
/// assert_eq!(reprint::engine::LONGER, 525);
/// ```
pub const LONGER: u64 = 525;

/// About the bytes that a run takes at its peak for so many documents of so many bytes each: the table of
/// word frequencies and room to work in; for each value 7 (its postings, and its part of the keys, of which a
/// small corpus has the most) and 4 more while it is sketched; for each document what is known of it beside
/// them.
pub(super) fn memory_for(documents: u64, bytes: u64) -> u64 {
    let values = bytes.min(MOST_VALUES as u64);
    let sketched = documents.min(2 * parallel::RUN as u64);
    let of_all = (7 * values + 350).saturating_mul(documents);
    of_all.saturating_add((4 * values + 200) * sketched + Frequencies::MEMORY as u64 + (4 << 20))
}

/// The clusters and matches of a corpus.
pub(super) fn run(wire: &Wire, run: &Run<'_>) -> Result<Found> {
    let mut times = StageTimes::default();
    let mut stage = Instant::now();
    let mut lap = |time: &mut std::time::Duration| {
        *time += stage.elapsed();
        stage = Instant::now();
    };

    let Sketched { digests, bytes, parts, ends, of_letters, words } = sketch(wire, run)?;
    let documents = digests.len();
    let empty = (0..documents).filter(|&number| parts.has_none(number)).count();
    let order = Order::new(&digests, run.admit.is_none(), same_text(run.corpus))?;
    drop(digests);
    let ends = by_place(&ends, &order);
    let same_letters = same_letters(&by_place(&of_letters, &order));
    drop(of_letters);
    let sources = sources(run, &order);
    lap(&mut times.sketch);

    let ticker = run.monitor.stage(Stage::Candidates, order.len() as usize);
    let mut batch = PostingsBatch::of_parts(PostingsRules::default(), parts, order.documents())?;
    let (statistics, is_measured) = match (words, run.statistics) {
        (None, Some(statistics)) => (statistics.clone(), false),
        (words, _) => {
            let boilerplate = Boilerplate::measure(&batch, wire.hasher(), &ends, sources.as_deref())?;
            (Statistics::of(words.unwrap_or_else(Frequencies::new), boilerplate), true)
        }
    };
    drop(ends);
    let may_hold = statistics.boilerplate().skip_in(&mut batch, sources.as_deref())?;
    // A value that one document holds may stand by statistics of other documents.
    let may_hold_boilerplate = if is_measured { by_document(&may_hold, batch.order()) } else { Vec::new() };
    drop(may_hold);
    let mut proposed = 0;
    let mut rounds = Rounds::new(order.len(), wire.threshold());
    parallel::for_each(
        batch.order(),
        Some(&ticker),
        &Pool::default(),
        |scratch, _, &place| {
            let same_letters = same_letters[place.index()];
            Ok((place, candidates(run, &order, &batch, same_letters, scratch, place)))
        },
        |(place, candidates)| {
            proposed += candidates.len();
            rounds.add(place, candidates)
        },
    )?;
    drop((batch, same_letters));
    lap(&mut times.candidates);

    let judge = Judge {
        wire,
        run,
        order: &order,
        statistics: &statistics,
        may_hold_boilerplate: &may_hold_boilerplate,
        pool: Pool::default(),
    };
    let ticker = run.monitor.stage(Stage::Verify, proposed);
    let compared = rounds.compare(|pairs| judge.all(pairs, &ticker))?;
    ticker.finish()?;
    lap(&mut times.verify);

    let ticker = run.monitor.stage(Stage::Cluster, compared.len());
    let places: Vec<u32> = (0..order.len()).collect();
    let Clustered { clusters, mut matches, comparisons: verified } =
        compared.cluster(&places, |pairs| judge.all(pairs, &ticker))?;
    matches.iter_mut().for_each(|found| name_documents(found, &order));
    ticker.finish()?;
    let counts = Counts { documents, empty, candidates: proposed, verified, times, ..Counts::default() };
    let mut found = Found::new(&order, &clusters, matches, bytes, counts, wire.threshold(), None);
    lap(&mut found.counts.times.cluster);
    Ok(found)
}

/// What one reading of all texts gives.
pub(super) struct Sketched {
    pub(super) digests: Vec<Digest>,
    /// The length of each text.
    bytes: Vec<u32>,
    pub(super) parts: PostingsParts,
    ends: Vec<TextEnds>,
    /// A number for the letters of each text.
    of_letters: Vec<Option<u64>>,
    /// Present unless the caller gave statistics.
    words: Option<Frequencies>,
}

pub(super) fn sketch(wire: &Wire, run: &Run<'_>) -> Result<Sketched> {
    let documents = run.documents();
    let ticker = run.monitor.stage(Stage::Sketch, documents.len());
    let pool = Pool::<(String, RecordScratch)>::default();
    // Words are counted unless the caller has counted them.
    let words = run.statistics.is_none().then(Frequencies::new);
    let room = documents.len();
    let mut sketched = Sketched {
        digests: Vec::with_capacity(room),
        bytes: Vec::with_capacity(room),
        parts: PostingsParts::new(room),
        ends: Vec::with_capacity(room),
        of_letters: Vec::with_capacity(room),
        words: None,
    };
    parallel::for_each(
        &documents,
        Some(&ticker),
        &pool,
        |(buffer, scratch), _, &document| {
            let text = run.corpus.read(document, buffer)?;
            let signature = wire.record_with(text, scratch)?;
            if let Some(words) = &words {
                scratch.count_words(words);
            }
            let (entry, ends) = (PostingsEntry::new(&signature), wire.ends(text, &signature, scratch));
            let digest = Digest::new(text, &run.corpus.about(document));
            Ok((digest, text.len() as u32, entry, ends, scratch.digest(text)))
        },
        |(digest, bytes, entry, ends, of_letters)| {
            sketched.digests.push(digest);
            sketched.bytes.push(bytes);
            sketched.parts.push(&entry);
            sketched.ends.push(ends);
            sketched.of_letters.push(of_letters);
            Ok(())
        },
    )?;
    Ok(Sketched { words, ..sketched })
}

fn by_place<T: Copy>(of_documents: &[T], order: &Order) -> Vec<T> {
    order.documents().iter().map(|document| of_documents[document.index()]).collect()
}

/// The same by number of document.
fn by_document(of_order: &[bool], order: &[DocId]) -> Vec<bool> {
    let mut of_documents = vec![false; of_order.len()];
    for (&document, &value) in order.iter().zip(of_order) {
        of_documents[document.index()] = value;
    }
    of_documents
}

/// For each place the first one whose text has the same letters, if there is one before it.
fn same_letters(digests: &[Option<u64>]) -> Vec<Option<DocId>> {
    let mut first = vec![None; digests.len()];
    for pair in identical::pairs(digests) {
        first[pair.b.index()] = Some(pair.a);
    }
    first
}

/// The sources by place; `None` when none is known.
fn sources(run: &Run<'_>, order: &Order) -> Option<Vec<u32>> {
    if !run.corpus.has_details() {
        return None;
    }
    let source = |&document: &DocId| source_key(run.corpus.about(document).source);
    let sources: Vec<u32> = order.documents().iter().map(source).collect();
    sources.iter().any(|&source| source != source_key(None)).then_some(sources)
}

/// The candidates of the document at a place, the strongest first: those with the same text before all
/// others.
fn candidates(
    run: &Run<'_>,
    order: &Order,
    batch: &PostingsBatch,
    same_letters: Option<DocId>,
    scratch: &mut PostingsScratch,
    place: DocId,
) -> Vec<DocId> {
    let admits = |x: DocId, y: DocId| run.admits(order.document(x), order.document(y));
    let admitted = |&other: &DocId| admits(place, other);
    let mut candidates: Vec<DocId> = order.twins(place).filter(admitted).take(4).collect();
    if let Some(same) = same_letters.filter(admitted).filter(|same| !candidates.contains(same)) {
        candidates.push(same);
    }
    // Candidates come before the document in the order: they are as long or longer.
    let longest = batch.size(place).saturating_mul(LONGER);
    let found = if run.admit.is_some() {
        batch.candidates_admitted(scratch, place, &admits)
    } else {
        batch.candidates_with(scratch, place)
    };
    let within_reach = found.into_iter().map(|c| c.document).filter(|&other| batch.size(other) <= longest);
    let twins = candidates.len();
    for other in within_reach {
        if !candidates[..twins].contains(&other) {
            candidates.push(other);
        }
    }
    candidates
}

/// Makes a match of places one of documents.
fn name_documents(found: &mut Match, order: &Order) {
    let (a, b) = (order.document(found.pair.a), order.document(found.pair.b));
    found.pair = Pair::new(a, b);
    if a > b {
        found.evidence = found.evidence.swapped();
    }
}

/// Compares the documents of places.
struct Judge<'a> {
    wire: &'a Wire,
    run: &'a Run<'a>,
    order: &'a Order,
    statistics: &'a Statistics,
    /// By place, whether a document may hold boilerplate; empty when that is not known.
    may_hold_boilerplate: &'a [bool],
    pool: Pool<Scratch>,
}

#[derive(Default)]
struct Scratch {
    wire: WireScratch,
    a: String,
    b: String,
}

impl Judge<'_> {
    /// Compares the documents of places, the pairs of one first place after each other.
    fn all(&self, pairs: &[Pair], ticker: &Ticker<'_>) -> Result<Vec<Judgement>> {
        parallel::map(pairs, Some(ticker), &self.pool, |scratch, _, &pair| self.judge(scratch, pair))
    }

    fn judge(&self, scratch: &mut Scratch, pair: Pair) -> Result<Judgement> {
        let Scratch { wire, a, b } = scratch;
        let a = self.run.corpus.read(self.order.document(pair.a), a)?;
        let b = self.run.corpus.read(self.order.document(pair.b), b)?;
        let item = |place: DocId, text| {
            let source = self.run.corpus.about(self.order.document(place)).source;
            let may_hold = self.may_hold_boilerplate.get(place.index()) != Some(&false);
            Item::new(place.0, Text { text, source }).which_may_hold_boilerplate(may_hold)
        };
        Ok(self.wire.judge(self.statistics, wire, item(pair.a, a), item(pair.b, b)).into())
    }
}
