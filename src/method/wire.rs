//! By passages: letter grams, `FracMinHash`, alignment, score.

use std::ops::Range;

use super::{Text, Verdict, is_identical};
use crate::corpus::{self, Boilerplate, Corpus, Statistics, TextEnds, source_key};
use crate::index::{PostingsBatch, PostingsEntry, PostingsParts, PostingsRules};
use crate::parallel::{self, Pool};
use crate::shingle::{ShingleBuffer, Shingler};
use crate::sketch::{FracMinHashSignature, FracMinHasher};
use crate::text::{Letters, Script, script};
use crate::verify::forms::{FormEvidence, SlotReader, SlotWords, Slots};
use crate::verify::identical;
use crate::verify::score::{self, Length};
use crate::verify::words::{self, Frequencies, WeighedWords, WordReader};
use crate::verify::{Basis, Covered, Engine, Evidence, Extent, Seeded, check_length, is_swapped};
use crate::{Backend, DocId, Error, Result};

/// The method of the preset `wire`: how much of the shorter text lies in passages that both share.
///
/// The score is the formula in the [guide](crate::guide#the-score-of-the-wire-preset).
///
/// ```
/// use reprint::method::Wire;
///
/// let wire = Wire::builder().threshold(0.6).build()?;
/// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
/// let other = "The council voted to close the library on Mill Street, and the mayor promised a new one by spring.";
/// let statistics = wire.measure(&[story, other][..])?;
/// assert_eq!(wire.compare(story, story, &statistics)?.score, 1.0);
/// assert!(!wire.compare(story, other, &statistics)?.is_match);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wire {
    shingler: Shingler,
    hasher: FracMinHasher,
    threshold: f64,
    backend: Backend,
}

/// Builds a [`Wire`].
///
/// ```
/// use reprint::method::Wire;
///
/// assert_eq!(Wire::builder().seed(7).build()?.threshold(), 0.5);
/// assert!(Wire::builder().threshold(1.5).build().is_err());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct WireBuilder {
    threshold: f64,
    seed: u64,
}

impl WireBuilder {
    /// The score from which a pair is a match, above 0 and at most 1. Default 0.5.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// The seed of the sketches. Default 0. Another seed misses other pairs.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The method.
    ///
    /// # Errors
    /// If the threshold is not above 0 and at most 1.
    pub fn build(self) -> Result<Wire> {
        Wire {
            shingler: Shingler::letters(),
            hasher: FracMinHasher::builder().seed(self.seed).build()?,
            threshold: self.threshold,
            backend: Backend::detect(),
        }
        .with_threshold(self.threshold)
    }
}

impl Default for Wire {
    /// With the parameters of the preset.
    fn default() -> Self {
        Self {
            shingler: Shingler::letters(),
            hasher: FracMinHasher::default(),
            threshold: score::MATCH,
            backend: Backend::detect(),
        }
    }
}

impl Wire {
    /// The parameters of the preset, until told otherwise.
    pub fn builder() -> WireBuilder {
        WireBuilder { threshold: score::MATCH, seed: 0 }
    }

    pub(crate) fn hasher(&self) -> FracMinHasher {
        self.hasher
    }

    /// The seed of the sketches.
    pub fn seed(&self) -> u64 {
        self.hasher.params().seed()
    }

    /// The score from which a pair is a match.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The same with another threshold.
    ///
    /// # Errors
    /// If it is not above 0 and at most 1.
    pub fn with_threshold(self, threshold: f64) -> Result<Self> {
        if threshold > 0.0 && threshold <= 1.0 {
            Ok(Self { threshold, ..self })
        } else {
            Err(Error::parameter("threshold", threshold, "choose a score above 0 and at most 1"))
        }
    }

    /// What is kept of a text to find its candidates by: the signature of its letter grams, of about 160
    /// values at most.
    ///
    /// ```
    /// use reprint::method::Wire;
    ///
    /// let record = Wire::default().record("The ferry to the islands will not sail before Monday.")?;
    /// assert!(!record.values().is_empty());
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the text is longer than 2³² − 1 bytes.
    pub fn record(&self, text: &str) -> Result<FracMinHashSignature> {
        self.record_with(text, &mut RecordScratch::default())
    }

    /// A number for the letters of a text, or for its characters where it has no letter: texts whose letters
    /// are the same are candidates of each other, however short they are. None of a blank text.
    ///
    /// ```
    /// use reprint::method::Wire;
    ///
    /// let wire = Wire::default();
    /// assert_eq!(wire.digest("No boats!")?, wire.digest("NO BOATS")?);
    /// assert_ne!(wire.digest("No boats!")?, wire.digest("No boat!")?);
    /// assert_eq!(wire.digest(" ")?, None);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the text is longer than 2³² − 1 bytes.
    pub fn digest(&self, text: &str) -> Result<Option<u64>> {
        let mut scratch = RecordScratch::default();
        self.record_with(text, &mut scratch)?;
        Ok(scratch.digest(text))
    }

    /// As [`record`](Self::record); the letters stay in the scratch space.
    pub(crate) fn record_with(
        &self,
        text: &str,
        scratch: &mut RecordScratch,
    ) -> Result<FracMinHashSignature> {
        check_length(text)?;
        self.shingler.hash_into(text, &mut scratch.shingles);
        Ok(corpus::signature(self.hasher, scratch.shingles.hashes()))
    }

    /// The verdict on two texts: the same, to the bit, that any run gives with these statistics. The passages
    /// by which it judged are those that [`align`](crate::verify::align) shows.
    ///
    /// Linear in the lengths of the texts.
    ///
    /// # Errors
    /// If a text is longer than 2³² − 1 bytes.
    pub fn compare<'a>(
        &self,
        a: impl Into<Text<'a>>,
        b: impl Into<Text<'a>>,
        statistics: &Statistics,
    ) -> Result<Verdict> {
        let (a, b) = (a.into(), b.into());
        check_length(a.text)?;
        check_length(b.text)?;
        let judged = self.judge(statistics, &mut WireScratch::default(), Item::new(0, a), Item::new(1, b));
        Ok(self.verdict(&judged))
    }

    pub(crate) fn verdict(&self, &Judged { score, basis, evidence, .. }: &Judged) -> Verdict {
        Verdict { score, is_match: score >= self.threshold, basis, evidence }
    }

    /// Judges two texts, the same in either order: the longer one is laid first. A text is known by its key:
    /// one of the last two is not read again.
    pub(crate) fn judge(
        &self,
        statistics: &Statistics,
        scratch: &mut WireScratch,
        a: Item<'_>,
        b: Item<'_>,
    ) -> Judged {
        if is_identical(a.text, b.text) {
            return Judged::IDENTICAL;
        }
        let swapped = is_swapped(a.text, b.text);
        let (a, b) = if swapped { (b, a) } else { (a, b) };
        let WireScratch { engine, a: side_a, b: side_b, reader, shingles, slots } = scratch;
        if side_b.key == Some(a.key) || side_a.key == Some(b.key) {
            std::mem::swap(side_a, side_b);
        }
        self.read(statistics, side_a, a, shingles);
        self.read(statistics, side_b, b, shingles);
        if identical::are_identical((a.text, side_a.letters()), (b.text, side_b.letters())) {
            let evidence = Evidence::Passages(identical::coverage(a.text, side_a.letters()));
            return Judged { evidence, ..Judged::IDENTICAL };
        }
        let covered = engine.align(&side_a.read, &side_b.read);
        let of_own = if side_a.standing.is_empty() && side_b.standing.is_empty() {
            covered
        } else {
            engine.coverage_where(|letter| side_a.is_own(letter), |letter| side_b.is_own(letter))
        };
        let of_own = side_a.weigh(side_b, engine, of_own);
        let evidence = score::Evidence::new(of_own, [side_a.length(), side_b.length()]);
        let clean = evidence.clean(|| {
            let a = side_a.words(statistics.words(), reader);
            let b = side_b.words(statistics.words(), reader);
            (words::overlap(a, b), words::top(a, b))
        });
        // Where all letters of one text are equal, the other has no other words in their place.
        let is_whole = [(covered.a, side_a.letters()), (covered.b, side_b.letters())]
            .iter()
            .any(|(covered, letters)| *covered as usize == letters.codes().len());
        let in_slots = if evidence.needs_slots(clean) && !(is_whole && covered.noise == 0.0) {
            slots.compare(
                (side_a.read.letters(), &mut side_a.slots),
                (side_b.read.letters(), &mut side_b.slots),
            )
        } else {
            Slots::default()
        };
        let mut form = in_slots.form_evidence();
        form.if_many &= of_own.noise < MISREAD;
        if swapped {
            form = form.swapped();
        }
        let found = Evidence::Passages(covered.of(side_a.letters(), side_b.letters()));
        let score = evidence.score(clean, &in_slots);
        let mut extents = [Extent::default(); 2];
        if score >= self.threshold {
            let letters = [&*side_a, &*side_b].map(|side| (side.letters().codes().len(), &*side.standing));
            extents = engine.extents(letters);
            if swapped {
                extents.reverse();
            }
        }
        Judged {
            score,
            noise: of_own.noise,
            form,
            basis: evidence.basis(clean),
            evidence: if swapped { found.swapped() } else { found },
            extents,
        }
    }

    /// Reads a text, and which of its letters stand, unless it is the one that was read last.
    fn read(&self, statistics: &Statistics, side: &mut Side, item: Item<'_>, shingles: &mut ShingleBuffer) {
        if side.key == Some(item.key) {
            return;
        }
        side.key = Some(item.key);
        side.has_words = false;
        side.slots.clear();
        side.read.fill(item.text, self.backend);
        side.standing.clear();
        if !item.may_hold_boilerplate || statistics.boilerplate().is_empty() {
            return;
        }
        self.shingler.hash_into(item.text, shingles);
        let scale = corpus::signature(self.hasher, shingles.hashes()).scale();
        corpus::grams(self.hasher, shingles, scale, &mut side.grams);
        statistics.boilerplate().marks(
            side.read.letters().codes().len(),
            &side.grams,
            item.source(),
            &mut side.standing,
        );
    }

    /// The bytes of a text that stand, by these statistics: its boilerplate, to be cut out or shown.
    ///
    /// ```
    /// use reprint::corpus::Statistics;
    /// use reprint::method::Wire;
    ///
    /// // Nothing is known to stand.
    /// assert!(Wire::default().boilerplate("All rights reserved. A story.", &Statistics::default())?.is_empty());
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the text is longer than 2³² − 1 bytes.
    pub fn boilerplate<'a>(
        &self,
        text: impl Into<Text<'a>>,
        statistics: &Statistics,
    ) -> Result<Vec<Range<usize>>> {
        let text = text.into();
        check_length(text.text)?;
        Ok(statistics.boilerplate().spans(text.text, text.source))
    }

    /// What a corpus says about rarity and standing text. Each text is read once; on all cores.
    ///
    /// # Errors
    /// If a text cannot be read or is longer than 2³² − 1 bytes.
    pub fn measure(&self, corpus: &(impl Corpus + ?Sized)) -> Result<Statistics> {
        let words = Frequencies::new();
        let documents: Vec<DocId> = (0..corpus.len() as u32).map(DocId).collect();
        let pool = Pool::<(String, RecordScratch)>::default();
        let mut parts = PostingsParts::new(documents.len());
        let (mut ends, mut sources) = (Vec::new(), Vec::new());
        parallel::for_each(
            &documents,
            None,
            &pool,
            |(buffer, scratch), _, &document| -> Result<_> {
                let text = corpus.read(document, buffer)?;
                let signature = self.record_with(text, scratch)?;
                scratch.count_words(&words);
                let ends = self.ends(text, &signature, scratch);
                Ok((PostingsEntry::new(&signature), ends, source_key(corpus.about(document).source)))
            },
            |(entry, end, source)| {
                parts.push(&entry);
                ends.push(end);
                sources.push(source);
                Ok(())
            },
        )?;
        let batch = PostingsBatch::of_parts(PostingsRules::default(), parts, &documents)?;
        let sources = sources.iter().any(|&source| source != source_key(None)).then_some(&sources[..]);
        Ok(Statistics::of(words, Boilerplate::measure(&batch, self.hasher, &ends, sources)?))
    }

    /// What the text begins and ends with whose record was made last, given again.
    pub(crate) fn ends(
        &self,
        text: &str,
        record: &FracMinHashSignature,
        scratch: &RecordScratch,
    ) -> TextEnds {
        TextEnds::new(text, &scratch.shingles, self.hasher, record.scale())
    }
}

/// A text that is compared, and the key by which it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    key: u32,
    text: &'a str,
    source: u32,
    may_hold_boilerplate: bool,
}

impl<'a> Item<'a> {
    pub(crate) fn new(key: u32, text: Text<'a>) -> Self {
        Self { key, text: text.text, source: source_key(text.source), may_hold_boilerplate: true }
    }

    /// The same, of which it may be known that it holds no boilerplate.
    pub(crate) fn which_may_hold_boilerplate(self, may: bool) -> Self {
        Self { may_hold_boilerplate: may, ..self }
    }

    fn source(&self) -> Option<u32> {
        (self.source != source_key(None)).then_some(self.source)
    }
}

/// What a comparison found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) score: f64,
    pub(crate) noise: f64,
    pub(crate) form: FormEvidence,
    pub(crate) basis: Basis,
    pub(crate) evidence: Evidence,
    /// What of the first text and of the second is covered, letters of their own; of a match only.
    pub(crate) extents: [Extent; 2],
}

impl Judged {
    const IDENTICAL: Self = Self {
        score: 1.0,
        noise: 0.0,
        form: FormEvidence { is_form: false, if_many: false, of_many: false, slots: [0; 2] },
        basis: Basis::Identical,
        evidence: Evidence::Identical,
        extents: [Extent::WHOLE; 2],
    };
}

/// Noise from which other words may be misread ones.
const MISREAD: f64 = 0.1;

/// What making records uses again.
#[derive(Debug, Default)]
pub(crate) struct RecordScratch {
    shingles: ShingleBuffer,
    reader: WordReader,
}

impl RecordScratch {
    /// A number for the letters of the text whose record was made last, given again.
    pub(crate) fn digest(&self, text: &str) -> Option<u64> {
        identical::digest(text, self.shingles.letters())
    }

    /// Counts the words of the text whose record was made last.
    pub(crate) fn count_words(&mut self, words: &Frequencies) {
        words.add(self.shingles.letters(), &mut self.reader);
    }
}

/// What comparing uses again.
#[derive(Default)]
pub(crate) struct WireScratch {
    engine: Engine,
    a: Side,
    b: Side,
    reader: WordReader,
    shingles: ShingleBuffer,
    slots: SlotReader,
}

impl WireScratch {
    /// Forgets the texts that it has read, so that their keys may be given to others.
    pub(crate) fn forget(&mut self) {
        self.a.key = None;
        self.b.key = None;
    }
}

/// A text that is being compared.
#[derive(Default)]
struct Side {
    key: Option<u32>,
    read: Seeded,
    slots: SlotWords,
    words: WeighedWords,
    has_words: bool,
    /// Which letters are boilerplate; empty when none are.
    standing: Vec<bool>,
    grams: Vec<(Range<usize>, u64)>,
}

impl Side {
    fn letters(&self) -> &Letters {
        self.read.letters()
    }

    /// The words, read when they are asked for.
    fn words(&mut self, frequencies: &Frequencies, reader: &mut WordReader) -> &WeighedWords {
        if !self.has_words {
            frequencies.weigh(self.read.letters(), &self.standing, reader, &mut self.words);
            self.has_words = true;
        }
        &self.words
    }

    fn is_own(&self, letter: usize) -> bool {
        self.standing.get(letter) != Some(&true)
    }

    fn length(&self) -> Length {
        let codes = self.letters().codes();
        if self.letters().is_latin() && self.standing.is_empty() {
            return Length { weighed: codes.len() as u32, is_abjad: false };
        }
        let own = || codes.iter().enumerate().filter(|&(i, _)| self.is_own(i)).map(|(_, &code)| script(code));
        let count = |wanted| own().filter(|&script| script == wanted).count();
        let weighed = own().count() + 2 * count(Script::Syllabary);
        let is_abjad = 2 * count(Script::Abjad) > codes.len();
        Length { weighed: u32::try_from(weighed).unwrap_or(u32::MAX), is_abjad }
    }

    /// What is covered of the letters that count, in letters of an alphabet.
    fn weigh(&self, other: &Self, engine: &Engine, letters: Covered) -> Covered {
        if self.letters().is_latin() || other.letters().is_latin() {
            return letters;
        }
        let is_syllable = |side: &Self, i: usize| {
            side.letters().codes().get(i).is_some_and(|&code| script(code) == Script::Syllabary)
                && side.is_own(i)
        };
        let syllables = engine.coverage_where(|i| is_syllable(self, i), |i| is_syllable(other, i));
        let weigh = |letters: u32, syllables: u32| letters.saturating_add(syllables.saturating_mul(2));
        Covered { a: weigh(letters.a, syllables.a), b: weigh(letters.b, syllables.b), ..letters }
    }
}
