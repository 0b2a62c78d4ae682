//! Bridges: documents that match two stories which do not match each other.
//!
//! A round-up holds several stories, each as a block of its own. A quoted statement stands as a block in
//! articles that share nothing else. Such a match is true of two texts, and tells nothing of the story that a
//! document is: it joins nothing.

use std::collections::{HashMap, HashSet};

use super::Finding;
use crate::verify::Extent;
use crate::{DocId, Pair, Result};

/// The share of a document at least that lies in the other, for it to be a part of that.
const WHOLE: f64 = 0.75;
/// The share of the other at most, of its letters and from the first to the last of them: a part is a block.
/// A copy from which sentences were left out here and there reaches from end to end.
const PART: f64 = 0.6;
/// Two blocks of which no more than this share of the smaller is common stand in two places.
const COMMON: f64 = 0.1;
/// Documents that hold one share more than that if their score is above the share that it is of either by so
/// much: chance gives a long text some.
const MORE: f64 = 0.1;
/// Matches of one document that are looked at, the strongest, and those of them that are no block: it bounds
/// the comparisons.
const MOST: usize = 8;
const OTHERS: usize = 2;

fn is_block(extent: Extent) -> bool {
    extent.share() <= PART && extent.length() <= PART
}

fn are_apart(x: Extent, y: Extent) -> bool {
    x.common(y) <= COMMON * x.length().min(y.length())
}

/// One side of a match, seen from a document.
#[derive(Clone, Copy, Debug)]
struct Seen<'a> {
    finding: &'a Finding,
    side: usize,
}

impl Seen<'_> {
    fn other(&self) -> DocId {
        if self.side == 0 { self.finding.link.pair.b } else { self.finding.link.pair.a }
    }

    fn here(&self) -> Extent {
        self.finding.extents[self.side]
    }

    fn there(&self) -> Extent {
        self.finding.extents[1 - self.side]
    }

    /// Whether the other document is a block of this one.
    fn holds(&self) -> bool {
        self.there().share() >= WHOLE && is_block(self.here())
    }

    /// Whether this document is a block of the other one.
    fn is_held(&self) -> bool {
        self.here().share() >= WHOLE && is_block(self.there())
    }
}

/// The matches that join nothing. `scores` compares pairs; a score from `threshold` on is a match.
///
/// Comparisons: at most 45 a document that holds others, and 28 one that is held; of most corpora, few.
pub(crate) fn bridges(
    matches: &[Finding],
    threshold: f64,
    mut scores: impl FnMut(&[Pair]) -> Result<Vec<f64>>,
) -> Result<HashSet<Pair>> {
    let mut known: HashMap<Pair, f64> =
        matches.iter().map(|finding| (finding.link.pair, finding.link.score)).collect();
    let mut learn = |known: &mut HashMap<Pair, f64>, mut wanted: Vec<Pair>| -> Result<()> {
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|pair| !known.contains_key(pair));
        let found = scores(&wanted)?;
        known.extend(wanted.into_iter().zip(found));
        Ok(())
    };
    let is_match = |known: &HashMap<Pair, f64>, x: &Seen<'_>, y: &Seen<'_>| {
        let score = known.get(&Pair::new(x.other(), y.other()));
        x.other() == y.other() || score.is_some_and(|&score| score >= threshold)
    };
    let mut dropped = HashSet::new();

    let holders = by_document(matches, &dropped, Seen::holds);
    let places: Vec<Vec<Seen<'_>>> = holders.iter().map(|seen| places(seen)).collect();
    learn(&mut known, places.iter().flat_map(|seen| pairs_apart(seen)).map(|(x, y)| pair(&x, &y)).collect())?;
    for (seen, places) in holders.iter().zip(&places) {
        if pairs_apart(places).any(|(x, y)| !is_match(&known, &x, &y)) {
            dropped.extend(seen.iter().filter(|seen| seen.holds()).map(|seen| seen.finding.link.pair));
        }
    }

    let mut held = by_document(matches, &dropped, Seen::is_held);
    for seen in &mut held {
        seen.retain(Seen::is_held);
        seen.truncate(MOST);
    }
    let pairs = |seen: &[Seen<'_>]| -> Vec<Pair> {
        let all = seen.iter().enumerate();
        all.flat_map(|(i, x)| seen[..i].iter().map(|y| pair(x, y))).collect()
    };
    learn(&mut known, held.iter().flat_map(|seen| pairs(seen)).collect())?;
    for seen in held.iter().filter(|seen| seen.len() > 1) {
        let parted = stories_but_the_largest(seen, |x, y| {
            let quoted = x.there().share().max(y.there().share());
            let score = known.get(&pair(x, y)).copied().unwrap_or(0.0);
            is_match(&known, x, y) || score >= quoted + MORE
        });
        dropped
            .extend(seen.iter().zip(parted).filter(|(_, parted)| *parted).map(|(x, _)| x.finding.link.pair));
    }
    Ok(dropped)
}

/// The other documents of two matches of one.
fn pair(x: &Seen<'_>, y: &Seen<'_>) -> Pair {
    Pair::new(x.other(), y.other())
}

/// Those of the matches of a document that lie in different places.
fn pairs_apart<'a>(seen: &'a [Seen<'a>]) -> impl Iterator<Item = (Seen<'a>, Seen<'a>)> {
    let all = seen.iter().enumerate();
    let pairs = all.flat_map(|(i, &x)| seen[..i].iter().map(move |&y| (x, y)));
    pairs.filter(|(x, y)| are_apart(x.here(), y.here()))
}

/// The strongest match of a document for each place at which it holds a block, and two of those that are no
/// block.
fn places<'a>(seen: &[Seen<'a>]) -> Vec<Seen<'a>> {
    let mut places: Vec<Seen<'a>> = Vec::new();
    for block in seen.iter().filter(|seen| seen.holds()) {
        if places.len() < MOST && places.iter().all(|place| are_apart(place.here(), block.here())) {
            places.push(*block);
        }
    }
    let others = seen.iter().filter(|seen| !seen.holds() && seen.there().share() >= PART);
    places.extend(others.take(OTHERS));
    places
}

/// The matches of each document with one or more that `counts` is true of, the strongest first; of none that
/// has but one match.
fn by_document<'a>(
    matches: &'a [Finding],
    dropped: &HashSet<Pair>,
    counts: impl Fn(&Seen<'a>) -> bool,
) -> Vec<Vec<Seen<'a>>> {
    let left = matches.iter().filter(|finding| !dropped.contains(&finding.link.pair));
    let sides = left.flat_map(|finding| [0, 1].map(|side| Seen { finding, side }));
    let document =
        |seen: &Seen<'_>| if seen.side == 0 { seen.finding.link.pair.a } else { seen.finding.link.pair.b };
    let some: HashSet<DocId> =
        sides.clone().filter(|seen| counts(seen)).map(|seen| document(&seen)).collect();
    let mut all: Vec<Seen<'_>> = sides.filter(|seen| some.contains(&document(seen))).collect();
    all.sort_by(|x, y| {
        let strongest = y
            .finding
            .link
            .score
            .total_cmp(&x.finding.link.score)
            .then(x.finding.link.pair.cmp(&y.finding.link.pair));
        document(x).cmp(&document(y)).then(strongest)
    });
    let documents = all.chunk_by(|x, y| document(x) == document(y)).filter(|seen| seen.len() > 1);
    documents.map(<[Seen<'_>]>::to_vec).collect()
}

/// Which of the documents that hold one are not of the story that most of them are; all, when no story has
/// two of them, or no more than another one.
fn stories_but_the_largest(seen: &[Seen<'_>], is_match: impl Fn(&Seen<'_>, &Seen<'_>) -> bool) -> Vec<bool> {
    let mut stories: Vec<usize> = (0..seen.len()).collect();
    for i in 0..seen.len() {
        for j in 0..i {
            if stories[i] != stories[j] && is_match(&seen[i], &seen[j]) {
                let (from, to) = (stories[i], stories[j]);
                stories.iter_mut().filter(|story| **story == from).for_each(|story| *story = to);
            }
        }
    }
    let size = |story: usize| stories.iter().filter(|&&other| other == story).count();
    let largest = stories.iter().map(|&story| size(story)).max().unwrap_or(0);
    let first = stories.iter().copied().find(|&story| size(story) == largest).unwrap_or(0);
    let only = stories.iter().all(|&story| story == first || size(story) < largest);
    let stays = |story: usize| story == first && only && (largest > 1 || seen.len() == 1);
    stories.iter().map(|&story| !stays(story)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Link;
    use crate::verify::FormEvidence;

    /// The first document's share from where to where is the whole of the second.
    fn holds(whole: u32, part: u32, from_to: std::ops::Range<f64>) -> Finding {
        let share = from_to.end - from_to.start;
        let mut extents = [Extent::of_shares(share, from_to.start, from_to.end), Extent::WHOLE];
        let pair = Pair::new(DocId(whole), DocId(part));
        if pair.a != DocId(whole) {
            extents.reverse();
        }
        Finding { link: Link { pair, score: 0.8, noise: 0.0 }, form: FormEvidence::default(), extents }
    }

    fn dropped(matches: &[Finding], same: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let score = |pair: &Pair| f64::from(u8::from(same.contains(&(pair.a.0, pair.b.0))));
        let found = bridges(matches, 0.5, |pairs| Ok(pairs.iter().map(score).collect())).unwrap();
        let mut found: Vec<(u32, u32)> = found.into_iter().map(|pair| (pair.a.0, pair.b.0)).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn a_roundup_joins_none_of_its_stories() {
        let stories = [holds(9, 1, 0.0..0.3), holds(9, 2, 0.3..0.6), holds(9, 3, 0.6..0.9)];
        assert_eq!(dropped(&stories, &[]), [(1, 9), (2, 9), (3, 9)]);
        // One story, cut in three.
        assert_eq!(dropped(&stories, &[(1, 2), (1, 3), (2, 3)]), []);
        // A story in a longer text, and its copy.
        assert_eq!(dropped(&[holds(9, 1, 0.0..0.3), holds(9, 2, 0.01..0.3)], &[]), []);
        // What is cut here and there is no block.
        assert_eq!(dropped(&[holds(9, 1, 0.0..0.9), holds(9, 2, 0.3..0.5)], &[]), []);
        let mut cut = holds(9, 1, 0.0..0.9);
        cut.extents[1] = Extent::of_shares(0.3, 0.0, 0.9);
        assert_eq!(dropped(&[cut, holds(9, 2, 0.95..1.0)], &[]), [(2, 9)]);
    }

    #[test]
    fn a_quote_joins_no_articles() {
        let quoted = [holds(1, 9, 0.1..0.4), holds(2, 9, 0.5..0.7), holds(3, 9, 0.2..0.4)];
        assert_eq!(dropped(&quoted, &[]), [(1, 9), (2, 9), (3, 9)]);
        // Two of the articles are one story, of which it is a part.
        assert_eq!(dropped(&quoted, &[(1, 3)]), [(2, 9)]);
        assert_eq!(dropped(&quoted[..1], &[]), []);
    }
}
