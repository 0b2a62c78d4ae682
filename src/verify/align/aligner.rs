//! Two texts laid side by side for those who ask: sections, in bytes.

use super::diff::{Differ, Side, Stretch};
use super::sections::{self, Section};
use super::types::{Alignment, Passage};
use super::{Engine, Seeded, check_length, is_swapped};
use crate::Result;
use crate::kernel::Backend;
use crate::text::Places;
use crate::verify::identical;

/// Lays two texts side by side. For many pairs keep an [`Aligner`].
///
/// The result is the same in either order, but for the names of the two. It is what the method
/// [`Wire`](crate::method::Wire) judges by, passages included: its evidence is the
/// [`coverage`](Alignment::coverage) of it.
///
/// Cost: linear in both texts, in time and memory: at most some 35 bytes for each byte of both texts, where
/// nearly every word of one answers to one of the other, and 17 where the texts have little in common.
///
/// # Errors
/// If a text is longer than 2³² − 1 bytes.
pub fn align(a: &str, b: &str) -> Result<Alignment> {
    Aligner::default().align(a, b)
}

/// The passages that a text has more than once, at least 200 letters apart: an article pasted twice into one
/// page.
///
/// Each later place is the `b` of one passage, whose `a` is the first place of it. Of a text that is nothing
/// but one passage over and over, each turn after the first is one.
///
/// ```
/// use reprint::verify::repeats;
///
/// let article: String = (0..60).map(|i| format!("word{i} ")).collect();
/// let page = format!("Header. {article} Advertisement. {article}");
/// let found = repeats(&page)?;
/// assert_eq!(found.len(), 1);
/// assert_eq!(&page[found[0].a.clone()], article.trim());
/// assert_eq!(&page[found[0].b.clone()], article.trim());
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Errors
/// If the text is longer than 2³² − 1 bytes.
pub fn repeats(text: &str) -> Result<Vec<Passage>> {
    Aligner::default().repeats(text)
}

/// Aligns texts, with buffers that are used again.
///
/// ```
/// let mut aligner = reprint::verify::Aligner::default();
/// let story = "a story of some length that is printed here and there";
/// for paper in [story, "something else altogether, of about the same length, but other"] {
///     let alignment = aligner.align(story, paper)?;
///     assert_eq!(alignment.coverage_of_a() > 0.5, paper == story);
/// }
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Aligner {
    a: Seeded,
    b: Seeded,
    pub(super) engine: Engine,
    pub(super) finder: sections::Finder,
    pub(super) differ: Differ,
    pub(super) stretches: Vec<Stretch>,
}

impl Aligner {
    /// As [`align`](fn@align).
    ///
    /// # Errors
    /// If a text is longer than 2³² − 1 bytes.
    pub fn align(&mut self, a: &str, b: &str) -> Result<Alignment> {
        check_length(a)?;
        check_length(b)?;
        Ok(if is_swapped(a, b) { self.lay(b, a).swapped() } else { self.lay(a, b) })
    }

    /// As [`repeats`].
    ///
    /// # Errors
    /// If the text is longer than 2³² − 1 bytes.
    pub fn repeats(&mut self, text: &str) -> Result<Vec<Passage>> {
        check_length(text)?;
        let mut read = std::mem::take(&mut self.a);
        read.fill(text, Backend::detect());
        let found = self.repeats_in(text, &read);
        self.a = read;
        Ok(found)
    }

    fn lay(&mut self, text_a: &str, text_b: &str) -> Alignment {
        let Self { a, b, engine, finder, differ, stretches } = self;
        let backend = Backend::detect();
        a.fill(text_a, backend);
        b.fill(text_b, backend);
        let (letters_a, letters_b) = (a.letters(), b.letters());
        if identical::are_identical((text_a, letters_a), (text_b, letters_b)) {
            return identical::alignment((text_a, letters_a), (text_b, letters_b));
        }
        let covered = engine.align(a, b);
        let (a, b) = (letters_a, letters_b);
        let (places_a, places_b) = (Places::of(text_a), Places::of(text_b));
        finder.find(a, b, &engine.shared);
        finder.end_sentences((text_a, &places_a), (text_b, &places_b));
        let passage = |section: &Section| {
            let side_a = Side { codes: a.codes(), tokens: &finder.a, words: section.a };
            let side_b = Side { codes: b.codes(), tokens: &finder.b, words: section.b };
            stretches.clear();
            differ.compare(finder.key, side_a, side_b, stretches);
            let (x, y) = (finder.a.letters(section.a), finder.b.letters(section.b));
            let (x, y) = (x.0 as usize..x.1 as usize, y.0 as usize..y.1 as usize);
            Passage::new(places_a.bytes(x), places_b.bytes(y), stretches)
        };
        let passages = finder.sections().iter().map(passage).collect();
        Alignment { passages, coverage: covered.of(a, b) }
    }
}
