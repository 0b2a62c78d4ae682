//! What a corpus says about rarity.

use std::sync::Arc;

use super::Corpus;
use crate::parallel::{self, Pool};
use crate::text::Letters;
use crate::verify::words::{Frequencies, WordReader};
use crate::{Backend, DocId, Result};

/// What a corpus says about its texts as a whole: how many documents hold each word.
///
/// A verdict depends on two texts and on these, and on nothing else. A run measures them on its own corpus, unless it
/// is given others: those of a sample, or of last year. Memory: 16 MiB.
///
/// ```
/// use reprint::corpus::Statistics;
/// use reprint::{Finder, Preset};
///
/// let last_year = ["a story", "another story"];
/// let statistics = Statistics::measure(&last_year[..])?;
/// let report = Finder::preset(Preset::Wire).statistics(statistics).run(["a new story"])?;
/// assert_eq!(report.counts().documents, 1);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Statistics {
    words: Arc<Frequencies>,
}

impl Default for Statistics {
    fn default() -> Self {
        Self::new()
    }
}

impl Statistics {
    /// Those of no corpus: no word is rarer than another.
    pub fn new() -> Self {
        Self { words: Arc::new(Frequencies::new()) }
    }

    /// Those of a corpus. Each text is read once; on all cores.
    ///
    /// # Errors
    /// If a text cannot be read or is longer than 2³² − 1 bytes.
    pub fn measure(corpus: &(impl Corpus + ?Sized)) -> Result<Self> {
        let words = Frequencies::new();
        let documents: Vec<DocId> = (0..corpus.len() as u32).map(DocId).collect();
        let pool = Pool::<(String, Letters, WordReader)>::default();
        let backend = Backend::detect();
        parallel::map(&documents, None, &pool, |(buffer, letters, reader), _, &document| {
            let text = corpus.read(document, buffer)?;
            crate::verify::check_length(text)?;
            letters.fill(text, backend);
            words.add(letters, reader);
            Ok(())
        })?;
        Ok(Self::of_words(words))
    }

    pub(crate) fn of_words(words: Frequencies) -> Self {
        Self { words: Arc::new(words) }
    }

    pub(crate) fn words(&self) -> &Frequencies {
        &self.words
    }
}
