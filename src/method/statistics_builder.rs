//! Statistics of texts that come one by one, on many machines.

use std::collections::BTreeMap;

use super::wire::RecordScratch;
use super::{Text, Wire, is_blank};
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::corpus::{Boilerplate, Statistics, TextEnds, source_key};
use crate::hash::xxh3_128;
use crate::index::{PostingsBatch, PostingsEntry, PostingsRules};
use crate::verify::words::Frequencies;
use crate::{Error, Result};

/// The texts of which boilerplate is measured, unless told otherwise.
const SAMPLE: usize = 1 << 16;

/// [`Statistics`] of texts that are given one by one: what is measured of parts of a corpus, on many
/// machines, is merged before it is finished.
///
/// Words are counted in all texts. Boilerplate is measured on the [`sample`](Self::with_sample) of the texts
/// of least XXH3-128, by default 65,536, each text of a source once. So the result depends on the texts, and
/// not on how they were parted nor on their order; and up to so many different texts it is that of
/// [`Wire::measure`]. Memory: 16 MiB, and about 600 bytes a text of the sample.
///
/// ```
/// use reprint::method::{StatisticsBuilder, Wire};
///
/// let wire = Wire::default();
/// let (mut monday, mut tuesday) = (StatisticsBuilder::new(&wire), StatisticsBuilder::new(&wire));
/// monday.add("a story")?;
/// tuesday.add("another story")?;
/// monday.merge(tuesday)?;
/// let all = wire.measure(&["a story", "another story"][..])?;
/// assert_eq!(monday.finish()?.identity(), all.identity());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Debug)]
pub struct StatisticsBuilder {
    wire: Wire,
    words: Frequencies,
    most: usize,
    /// By the hash of the text and its source.
    sample: BTreeMap<(u128, u32), (PostingsEntry, TextEnds)>,
    scratch: RecordScratch,
}

impl StatisticsBuilder {
    /// Of no texts so far.
    pub fn new(wire: &Wire) -> Self {
        Self {
            wire: wire.clone(),
            words: Frequencies::new(),
            most: SAMPLE,
            sample: BTreeMap::new(),
            scratch: RecordScratch::default(),
        }
    }

    /// The same with another size of the sample that boilerplate is measured on.
    #[must_use]
    pub fn with_sample(mut self, most: usize) -> Self {
        self.most = most;
        self.cut();
        self
    }

    /// The texts in the sample so far.
    pub fn sampled(&self) -> usize {
        self.sample.len()
    }

    /// The bytes that it takes, about.
    pub fn memory(&self) -> usize {
        const OF_ENTRY: usize = size_of::<((u128, u32), (PostingsEntry, TextEnds))>() + 16;
        let keys = |(entry, _): &(PostingsEntry, TextEnds)| 4 * entry.keys().len();
        Frequencies::MEMORY + self.sample.values().map(|of| OF_ENTRY + keys(of)).sum::<usize>()
    }

    /// Reads a text. Linear in its length.
    ///
    /// # Errors
    /// If the text is longer than 2³² − 1 bytes; then it does not count.
    pub fn add<'a>(&mut self, text: impl Into<Text<'a>>) -> Result<()> {
        let Text { text, source } = text.into();
        let signature = self.wire.record_with(text, &mut self.scratch)?;
        self.scratch.count_words(&self.words);
        if is_blank(text) {
            return Ok(());
        }
        let key = (xxh3_128(text.as_bytes()), source_key(source));
        let is_full = self.sample.len() >= self.most;
        if is_full && self.sample.last_key_value().is_none_or(|(last, _)| *last < key) {
            return Ok(());
        }
        let ends = self.wire.ends(text, &signature, &self.scratch);
        self.sample.entry(key).or_insert_with(|| (PostingsEntry::new(&signature), ends));
        self.cut();
        Ok(())
    }

    /// Takes in what was measured of other texts. The same in any order of merging.
    ///
    /// # Errors
    /// If the seeds of the methods or the sizes of the samples differ.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        let seed = |builder: &Self| builder.wire.hasher().params().seed();
        if seed(self) != seed(&other) {
            return Err(Error::mismatch("seed", seed(self), seed(&other)));
        }
        if self.most != other.most {
            return Err(Error::mismatch("size of the sample", self.most, other.most));
        }
        self.words.add_counts(&other.words);
        self.sample.extend(other.sample);
        self.cut();
        Ok(())
    }

    /// The statistics of all texts that were given.
    ///
    /// # Errors
    /// If the sample is larger than an index can number.
    pub fn finish(self) -> Result<Statistics> {
        let mut entries = Vec::with_capacity(self.sample.len());
        let (mut ends, mut sources) = (Vec::new(), Vec::new());
        for ((_, source), (entry, end)) in self.sample {
            entries.push(entry);
            ends.push(end);
            sources.push(source);
        }
        let batch = PostingsBatch::of_entries(PostingsRules::default(), &entries)?;
        let sources = sources.iter().any(|&source| source != source_key(None)).then_some(&sources[..]);
        let boilerplate = Boilerplate::measure(&batch, self.wire.hasher(), &ends, sources)?;
        Ok(Statistics::of(self.words, boilerplate))
    }

    fn cut(&mut self) {
        while self.sample.len() > self.most {
            self.sample.pop_last();
        }
    }
}

/// The seed, the size of the sample, the word slots that any text holds, rising, and how many hold each; then
/// of each text of the sample its hash and source, what its values are, what it begins and ends with.
impl Layout for StatisticsBuilder {
    const KIND: Kind = Kind::StatisticsBuilder;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        out.u64(self.wire.hasher().params().seed());
        out.u64(self.most as u64);
        let (slots, counts): (Vec<u32>, Vec<u32>) = self.words.counts().unzip();
        out.u32s(&slots);
        out.u32s(&counts);
        out.length(self.sample.len());
        for (&(hash, source), (entry, ends)) in &self.sample {
            out.u128(hash);
            out.u32(source);
            let (scale, digest) = entry.scale_and_digest();
            out.u32(scale);
            out.u64(digest);
            out.u32s(entry.keys());
            ends.keys.iter().for_each(|&key| out.u32(key));
            out.u32(ends.comment);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let wire = Wire::builder().seed(from.u64()?).build()?;
        let most = usize::try_from(from.u64()?).unwrap_or(usize::MAX);
        let (slots, counts) = (from.u32s()?, from.u32s()?);
        from.check(slots.len() == counts.len(), "there are not as many counts as words")?;
        let words = Frequencies::of_counts(slots.into_iter().zip(counts));
        let words = words.ok_or_else(|| from.broken("a word's slot is beyond the table"))?;
        let mut sample = BTreeMap::new();
        for _ in 0..from.length(60)? {
            let key = (from.u128()?, from.u32()?);
            let (scale, digest) = (from.u32()?, from.u64()?);
            let entry = PostingsEntry::of_parts(scale, digest, from.u32s()?);
            let keys = [from.u32()?, from.u32()?, from.u32()?, from.u32()?];
            sample.insert(key, (entry, TextEnds { keys, comment: from.u32()? }));
        }
        from.check(sample.len() <= most, "the sample is larger than it may be")?;
        Ok(Self { wire, words, most, sample, scratch: RecordScratch::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Stored;
    use crate::hash::splitmix;

    /// Pages of one form, so that something stands.
    fn pages() -> Vec<String> {
        let words = |seed: u64, count: u64| -> String {
            let word = |i: u64| format!("w{:x} ", splitmix(splitmix(seed) ^ i) >> 40);
            (0..count).map(word).collect()
        };
        (0..30).map(|page| format!("{}{}{}", words(1, 60), words(1000 + page, 80), words(2, 60))).collect()
    }

    fn builder(texts: &[String]) -> StatisticsBuilder {
        let mut builder = StatisticsBuilder::new(&Wire::default());
        texts.iter().for_each(|text| builder.add(text).unwrap());
        builder
    }

    #[test]
    fn parts_in_any_order_are_the_whole() {
        let mut texts = pages();
        texts.extend(["", "  ", "a short one", "a short one"].map(String::from));
        let whole = Wire::default().measure(&texts).unwrap();
        assert!(!whole.boilerplate().is_empty());
        for cut in [0, 1, 7, 20, texts.len()] {
            let (a, b) = texts.split_at(cut);
            let (mut a, b) = (builder(b), builder(a));
            // As it goes from machine to machine.
            a.merge(StatisticsBuilder::from_bytes(&b.to_bytes()).unwrap()).unwrap();
            assert_eq!(a.sampled(), 31);
            assert_eq!(a.finish().unwrap().identity(), whole.identity());
        }
    }

    #[test]
    fn a_sample_does_not_depend_on_the_order() {
        let texts = pages();
        let of = |texts: &mut dyn Iterator<Item = &String>| {
            let mut builder = StatisticsBuilder::new(&Wire::default()).with_sample(20);
            texts.for_each(|text| builder.add(text).unwrap());
            assert_eq!(builder.sampled(), 20);
            builder.finish().unwrap().identity()
        };
        assert_eq!(of(&mut texts.iter()), of(&mut texts.iter().rev()));
    }

    #[test]
    fn what_was_made_otherwise_is_refused() {
        let wire = Wire::builder().seed(7).build().unwrap();
        assert!(builder(&[]).merge(StatisticsBuilder::new(&wire)).is_err());
        assert!(builder(&[]).merge(builder(&[]).with_sample(3)).is_err());
        let mut bytes = builder(&pages()).to_bytes();
        bytes[40] ^= 1;
        assert!(StatisticsBuilder::from_bytes(&bytes).is_err());
    }
}
