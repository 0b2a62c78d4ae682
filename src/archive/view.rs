//! The documents that a search may find, and their lists, over all segments.

use super::Window;
use super::lists::List;
use super::segment::Segment;
use super::state::{Part, State};
use crate::Result;
use crate::corpus::About;
use crate::index::{Found, HolderLists, Left, PostingsDocument};

/// The longest list of a segment whose holders are counted one by one, where some of its documents do not
/// count.
const SHORT: usize = 1024;

/// So many times as many holders are looked at as are visited, to find some that are admitted.
const LOOK: usize = 8;

/// What a search may find.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Documents with smaller numbers alone.
    pub(super) before: u32,
    /// But for this one.
    pub(super) except: Option<u32>,
    pub(super) window: Window,
    pub(super) admit: Option<&'a (dyn Fn(&About<'_>) -> bool + Sync)>,
}

impl Scope<'_> {
    pub(super) const ALL: Scope<'static> =
        Scope { before: u32::MAX, except: None, window: Window::ALL, admit: None };
}

/// A segment, and the places in it that may count.
struct Span<'a> {
    segment: &'a Segment,
    places: std::ops::Range<u32>,
    /// How many of these count.
    count: usize,
    /// Whether all documents do.
    whole: bool,
}

pub(super) struct View<'a> {
    state: &'a State,
    scope: Scope<'a>,
    spans: Vec<Span<'a>>,
    documents: usize,
}

impl<'a> View<'a> {
    pub(super) fn new(state: &'a State, scope: Scope<'a>) -> Self {
        let spans: Vec<Span<'a>> = state.parts.iter().filter_map(|part| span(state, part, &scope)).collect();
        let documents = spans.iter().map(|span| span.count).sum();
        Self { state, scope, spans, documents }
    }

    /// Whether the document at a place may be found.
    fn admits(&self, segment: &Segment, place: u32) -> bool {
        let number = segment.numbers()[place as usize];
        if number >= self.scope.before
            || self.scope.except == Some(number)
            || self.state.removed.contains(number)
        {
            return false;
        }
        self.scope.window.holds(segment.date(place as usize))
            && self.scope.admit.is_none_or(|admit| {
                let place = place as usize;
                admit(&super::state::Known { number, segment, place }.about())
            })
    }

    /// The same whether the caller's own rule allows it or not.
    fn counts(&self, segment: &Segment, place: u32) -> bool {
        let number = segment.numbers()[place as usize];
        number < self.scope.before
            && self.scope.except != Some(number)
            && !self.state.removed.contains(number)
            && self.scope.window.holds(segment.date(place as usize))
    }

    /// The documents without keys whose text has a digest.
    pub(super) fn keyless(&self, digest: u64) -> Vec<u32> {
        let of = |span: &Span<'a>| {
            let numbers = span.segment.keyless(digest);
            let admitted = |&number: &u32| {
                span.segment.place(number).is_some_and(|place| self.admits(span.segment, place as u32))
            };
            numbers.filter(admitted).collect::<Vec<_>>()
        };
        self.spans.iter().flat_map(of).collect()
    }
}

/// The part of a segment that a scope reaches.
fn span<'a>(state: &State, part: &'a Part, scope: &Scope<'_>) -> Option<Span<'a>> {
    let segment = &*part.segment;
    let (first, last) = segment.bounds()?;
    if first >= scope.before || !scope.window.meets(segment.dates()) {
        return None;
    }
    let end = segment.numbers().partition_point(|&number| number < scope.before);
    let all_dates = scope.window == Window::ALL;
    let holds_except = scope
        .except
        .is_some_and(|number| (first..=last).contains(&number) && segment.place(number).is_some());
    if all_dates {
        let removed = match part.removed {
            0 => 0,
            removed if end == segment.len() => removed as usize,
            _ => segment.numbers()[..end].iter().filter(|&&number| state.removed.contains(number)).count(),
        };
        let count = end - removed - usize::from(holds_except);
        let whole = end == segment.len() && part.removed == 0 && !holds_except;
        return Some(Span { segment, places: 0..end as u32, count, whole });
    }
    let mut places = 0..0;
    let mut count = 0;
    for place in 0..end {
        let number = segment.numbers()[place];
        let counts = scope.window.holds(segment.date(place))
            && scope.except != Some(number)
            && !state.removed.contains(number);
        if counts {
            if count == 0 {
                places.start = place as u32;
            }
            places.end = place as u32 + 1;
            count += 1;
        }
    }
    (count > 0).then_some(Span { segment, places, count, whole: count == segment.len() })
}

impl Span<'_> {
    fn list(&self, key: u32) -> Option<List<'_>> {
        self.segment.lists().of(key)
    }

    /// The holders within the places, ascending.
    fn holders(&self, list: List<'_>) -> impl Iterator<Item = u32> {
        let (start, end) = (self.places.start, self.places.end);
        list.iter().skip_while(move |&place| place < start).take_while(move |&place| place < end)
    }

    /// The same from behind.
    fn holders_back(&self, list: List<'_>) -> impl Iterator<Item = u32> {
        let (start, end) = (self.places.start, self.places.end);
        list.rev().skip_while(move |&place| place >= end).take_while(move |&place| place >= start)
    }
}

impl HolderLists for View<'_> {
    fn documents(&self) -> usize {
        self.documents
    }

    /// In a segment of which some documents do not count, the length of a list of more than [`SHORT`] holders
    /// stands for all in proportion.
    fn frequency(&self, key: u32) -> usize {
        let of = |span: &Span<'_>| match span.list(key) {
            None => 0,
            Some(list) if span.whole => list.len(),
            Some(list) if list.len() <= SHORT => {
                span.holders(list).filter(|&place| self.counts(span.segment, place)).count()
            }
            Some(list) => (list.len() as u64 * span.count as u64 / span.segment.len().max(1) as u64) as usize,
        };
        self.spans.iter().map(of).sum()
    }

    fn ends(&self, key: u32, visits: usize, out: &mut Vec<u32>) -> usize {
        out.clear();
        let most = if self.scope.admit.is_some() { visits.saturating_mul(LOOK) } else { usize::MAX };
        let mut looked = 0;
        for span in &self.spans {
            if out.len() == visits || looked >= most {
                break;
            }
            let holders = span.list(key).into_iter().flat_map(|list| span.holders(list));
            for place in holders {
                looked += 1;
                if self.admits(span.segment, place) {
                    out.push(span.segment.numbers()[place as usize]);
                }
                if out.len() == visits || looked >= most {
                    break;
                }
            }
        }
        // Fewer than are visited are all there are; or there were too many to look at.
        let head = out.len();
        let last = out.last().copied();
        if head < visits && looked < most {
            return looked;
        }
        let mut back = 0;
        'spans: for span in self.spans.iter().rev() {
            let holders = span.list(key).into_iter().flat_map(|list| span.holders_back(list));
            for place in holders {
                let number = span.segment.numbers()[place as usize];
                if out.len() == head + visits || back >= most || last.is_some_and(|last| number <= last) {
                    break 'spans;
                }
                back += 1;
                if self.admits(span.segment, place) {
                    out.push(number);
                }
            }
        }
        out[head..].reverse();
        looked + back
    }

    fn document(&self, holder: u32) -> PostingsDocument {
        self.state
            .stored(holder)
            .map_or_else(PostingsDocument::default, |known| known.segment.counts(known.place))
    }

    /// From what each holder has, which is read from the log: a few hundred bytes for each, and not a search
    /// in long lists for each of them and each key.
    fn probe(&self, left: Left<'_>, found: &mut [Found]) -> Result<()> {
        let mut wanted: Vec<_> = left.iter().collect();
        wanted.sort_unstable_by_key(|&(key, _)| key);
        let (mut bytes, mut keys) = (Vec::new(), Vec::new());
        for found in found {
            let Some(known) = self.state.stored(found.holder()) else { continue };
            self.state.keys(&known, &mut bytes, &mut keys)?;
            let mut own = keys.iter().copied().peekable();
            for &(key, weight) in &wanted {
                while own.next_if(|&own| own < key).is_some() {}
                if own.peek() == Some(&key) {
                    found.add(weight);
                }
            }
        }
        Ok(())
    }
}
