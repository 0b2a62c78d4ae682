//! What a text has in more than one place.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::aligner::Aligner;
use super::diff::Side;
use super::sections::{Section, join, longest_free, take};
use super::types::Passage;
use super::{Seeded, Shared, Span};
use crate::text::Places;

/// Letters that must lie between the beginnings of two places of a passage.
const APART: u32 = 200;

impl Aligner {
    /// The passages that come again at least [`APART`] letters later, each place once, with the first place
    /// of each.
    pub(super) fn repeats_in(&mut self, text: &str, read: &Seeded) -> Vec<Passage> {
        self.engine.align_with_itself(read, APART);
        let letters = read.letters();
        self.finder.read_both(letters);
        let mut sections: Vec<Section> =
            self.engine.shared.iter().flat_map(copies).filter_map(|(a, b)| self.in_words(a, b)).collect();
        join(&mut sections, true);
        sections.sort_by_key(|s| (s.b.0, Reverse(s.b.1 - s.b.0), s.a));
        let mut taken = vec![false; self.finder.a.len()];
        // Of each later place, by its beginning, its end and the first place that it repeats.
        let mut known: BTreeMap<u32, (u32, Span)> = BTreeMap::new();
        sections.retain_mut(|section| {
            let Some(b) = longest_free(&taken, section.b, 2) else { return false };
            let length = section.a.1 - section.a.0;
            let first = section.a.0 + (b.0 - section.b.0).min(length - 1);
            let last = (first + (b.1 - b.0)).min(section.a.1);
            section.b = b;
            section.a = (first, last);
            // A chance word more or less at the ends does not make it another place.
            let nearest =
                known.range(..=first).next_back().into_iter().chain(known.range(first + 1..).next());
            let shared =
                |&(&from, &(end, _)): &(&u32, &(u32, Span))| end.min(last).saturating_sub(from.max(first));
            if let Some(place @ (&from, &(end, origin))) = nearest.max_by_key(shared)
                && 4 * shared(&place) >= 3 * (last - first).max(end - from)
            {
                section.a = origin;
            } else if let Some((&from, &(end, origin))) = known.range(..=first).next_back()
                && last <= end
                && origin.0 + (first - from) < origin.1
            {
                section.a = (origin.0 + (first - from), (origin.0 + (last - from)).min(origin.1));
            }
            take(&mut taken, b);
            known.insert(b.0, (b.1, section.a));
            section.a.1 <= self.finder.a.len() as u32
        });
        sections.sort_by_key(|s| (s.a, s.b));
        let places = Places::of(text);
        let Self { finder, differ, stretches, .. } = self;
        let passage = |section: &Section| {
            let side = |words| Side { codes: letters.codes(), tokens: &finder.a, words };
            stretches.clear();
            differ.compare(finder.key, side(section.a), side(section.b), stretches);
            let bytes = |words: Span| {
                let (from, to) = finder.a.letters(words);
                places.bytes(from as usize..to as usize)
            };
            Passage::new(bytes(section.a), bytes(section.b), stretches)
        };
        sections.iter().map(passage).collect()
    }

    fn in_words(&self, a: Span, b: Span) -> Option<Section> {
        let (a, b) = (self.finder.a.around(a), self.finder.a.around(b));
        (a.0 < a.1 && b.0 < b.1).then_some(Section { a, b, score: u64::from(b.1 - b.0) })
    }
}

/// The two places of a passage; of one that runs into itself, its first turn with each that follows.
fn copies(&Shared { a, b, .. }: &Shared) -> impl Iterator<Item = (Span, Span)> + use<> {
    let turn = b.0 - a.0;
    let runs_on = a.1 > b.0;
    let turns = if runs_on { (b.1 - a.0).div_ceil(turn).max(2) } else { 2 };
    (1..turns).map(move |n| {
        if !runs_on {
            return (a, b);
        }
        let from = a.0 + n * turn;
        let to = (from + turn).min(b.1);
        ((a.0, a.0 + (to - from)), (from, to))
    })
}
