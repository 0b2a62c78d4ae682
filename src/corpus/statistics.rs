//! What a corpus says about rarity and standing text.

use std::sync::Arc;

use super::{Boilerplate, BoilerplateBlock};
use crate::Result;
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::verify::words::Frequencies;

/// What a corpus says about its texts as a whole: how many documents hold each word, and which text stands on
/// many pages beside stories of their own.
///
/// A verdict depends on two texts and on these, and on nothing else. A run measures them on its own corpus,
/// unless it is given others: those of a sample, or of last year.
/// [`Wire::measure`](crate::method::Wire::measure) measures them on any corpus. Memory: 16 MiB, and what
/// boilerplate there is.
///
/// ```
/// use reprint::codec::Stored;
/// use reprint::corpus::Statistics;
/// use reprint::method::Wire;
/// use reprint::{Finder, Preset};
///
/// let last_year = ["a story", "another story"];
/// let statistics = Wire::default().measure(&last_year[..])?;
/// let statistics = Statistics::from_bytes(&statistics.to_bytes())?;
/// let report = Finder::preset(Preset::Wire).statistics(statistics).run(["a new story"])?;
/// assert_eq!(report.counts().documents, 1);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Statistics {
    words: Arc<Frequencies>,
    boilerplate: Arc<Boilerplate>,
}

impl Default for Statistics {
    fn default() -> Self {
        Self::new()
    }
}

impl Statistics {
    /// Those of no corpus: no word is rarer than another, and nothing stands.
    pub fn new() -> Self {
        Self::of(Frequencies::new(), Boilerplate::default())
    }

    pub(crate) fn of(words: Frequencies, boilerplate: Boilerplate) -> Self {
        Self { words: Arc::new(words), boilerplate: Arc::new(boilerplate) }
    }

    /// Those of both corpora. The same in either order.
    ///
    /// ```
    /// use reprint::method::Wire;
    ///
    /// let wire = Wire::default();
    /// let (monday, tuesday) = (wire.measure(&["a story"][..])?, wire.measure(&["another story"][..])?);
    /// let both = monday.merged(&tuesday)?;
    /// assert_eq!(both.identity(), tuesday.merged(&monday)?.identity());
    /// assert_ne!(both.identity(), monday.identity());
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// If they were measured with other seeds.
    pub fn merged(&self, other: &Self) -> Result<Self> {
        let (a, b) = (Boilerplate::clone(&self.boilerplate), Boilerplate::clone(&other.boilerplate));
        Ok(Self::of(self.words.merged(&other.words), a.merged(b)?))
    }

    /// A number that tells statistics apart: equal for what is equal, whatever made it.
    pub fn identity(&self) -> u64 {
        crate::hash::splitmix(self.words.digest()) ^ self.boilerplate.digest()
    }

    /// The boilerplate.
    pub fn boilerplate(&self) -> &Boilerplate {
        &self.boilerplate
    }

    pub(crate) fn words(&self) -> &Frequencies {
        &self.words
    }
}

/// The word slots that any document holds, rising, and how many hold each; the seed of the values of
/// boilerplate; then of each block its source, the letters that a document must have beside it, its carriers
/// and its members.
impl Layout for Statistics {
    const KIND: Kind = Kind::Statistics;
    const VERSION: u16 = 1;

    fn write(&self, out: &mut Writer<'_>) {
        let (slots, counts): (Vec<u32>, Vec<u32>) = self.words.counts().unzip();
        out.u32s(&slots);
        out.u32s(&counts);
        let blocks = self.boilerplate.blocks();
        out.u64(self.boilerplate.seed());
        out.length(blocks.len());
        for block in blocks {
            out.option(block.source(), Writer::u32);
            out.u32(block.least_own);
            out.u32s(block.carriers());
            out.u32s(block.members());
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (slots, counts) = (from.u32s()?, from.u32s()?);
        from.check(slots.len() == counts.len(), "there are not as many counts as words")?;
        let words = Frequencies::of_counts(slots.into_iter().zip(counts));
        let words = words.ok_or_else(|| from.broken("a word's slot is beyond the table"))?;
        let seed = from.u64()?;
        let mut blocks = Vec::new();
        // Whether there is a source, a number and the lengths of two lists.
        for _ in 0..from.length(21)? {
            let (source, least_own) = (from.option(Reader::u32)?, from.u32()?);
            blocks.push(BoilerplateBlock {
                source,
                least_own,
                carriers: from.u32s()?,
                members: from.u32s()?,
            });
        }
        Ok(Self::of(words, Boilerplate::of_blocks(seed, blocks)))
    }
}
