//! The documents that a search may find, and their lists, over all segments.

use super::Window;
use super::lists::{At, List};
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
    /// Whether all at these places do, and whether all of the segment do.
    all: bool,
    whole: bool,
    /// Where the lists of the keys begin, by key.
    lists: Vec<At>,
}

pub(super) struct View<'a> {
    state: &'a State,
    scope: Scope<'a>,
    spans: Vec<Span<'a>>,
    documents: usize,
    /// Those that are asked about, ascending.
    keys: &'a [u32],
}

impl<'a> View<'a> {
    /// What a scope lets a search for these keys find, which ascend.
    pub(super) fn new(state: &'a State, scope: Scope<'a>, keys: &'a [u32]) -> Self {
        let mut spans: Vec<Span<'a>> =
            state.parts.iter().filter_map(|part| span(state, part, &scope)).collect();
        for span in &mut spans {
            span.lists.reserve(keys.len());
            span.segment.lists().find(keys, &mut span.lists);
        }
        let documents = spans.iter().map(|span| span.count).sum();
        Self { state, scope, spans, documents, keys }
    }

    /// The lists of a key, each with its segment.
    fn lists(&self, key: u32) -> impl DoubleEndedIterator<Item = (&Span<'a>, List<'a>)> {
        let at = self.keys.binary_search(&key).ok();
        self.spans.iter().filter_map(move |span| Some((span, span.list(at?)?)))
    }

    /// Whether the document at a place may be found.
    fn admits(&self, span: &Span<'_>, place: u32) -> bool {
        if span.all && self.scope.admit.is_none() {
            return span.places.contains(&place);
        }
        let segment = span.segment;
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
                span.segment.place(number).is_some_and(|place| self.admits(span, place as u32))
            };
            numbers.filter(admitted).collect::<Vec<_>>()
        };
        self.spans.iter().flat_map(of).collect()
    }
}

/// The part of a segment that a scope reaches. Of a window of dates, only the documents within are looked at.
fn span<'a>(state: &State, part: &'a Part, scope: &Scope<'_>) -> Option<Span<'a>> {
    let segment = &*part.segment;
    let (first, last) = segment.bounds()?;
    if first >= scope.before {
        return None;
    }
    let mut span = Span { segment, places: 0..0, count: 0, all: false, whole: false, lists: Vec::new() };
    if let Some((from, to)) = scope.window.bounds() {
        for &place in segment.within(from, to) {
            let number = segment.numbers()[place as usize];
            if number < scope.before && scope.except != Some(number) && !state.removed.contains(number) {
                let start = if span.count == 0 { place } else { span.places.start.min(place) };
                span.places = start..span.places.end.max(place + 1);
                span.count += 1;
            }
        }
        span.all = span.count == span.places.len();
        span.whole = span.count == segment.len();
        return (span.count > 0).then_some(span);
    }
    let end = segment.numbers().partition_point(|&number| number < scope.before);
    let holds_except = scope
        .except
        .is_some_and(|number| (first..=last).contains(&number) && segment.place(number).is_some());
    let removed = match part.removed {
        0 => 0,
        removed if end == segment.len() => removed as usize,
        _ => segment.numbers()[..end].iter().filter(|&&number| state.removed.contains(number)).count(),
    };
    span.places = 0..end as u32;
    span.count = end - removed - usize::from(holds_except);
    span.all = span.count == end;
    span.whole = span.count == segment.len();
    Some(span)
}

impl<'a> Span<'a> {
    /// The list of the key at a place among those that are asked about.
    #[inline]
    fn list(&self, at: usize) -> Option<List<'a>> {
        let segment: &'a Segment = self.segment;
        segment.lists().at(*self.lists.get(at)?)
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
        let Ok(at) = self.keys.binary_search(&key) else { return 0 };
        let of = |span: &Span<'_>| {
            let len = span.lists[at].len as usize;
            if span.whole || len == 0 {
                len
            } else if len <= SHORT {
                let Some(list) = span.list(at) else { return 0 };
                let counts = |&place: &u32| span.all || self.counts(span.segment, place);
                span.holders(list).filter(counts).count()
            } else {
                (len as u64 * span.count as u64 / span.segment.len().max(1) as u64) as usize
            }
        };
        self.spans.iter().map(of).sum()
    }

    fn ends(&self, key: u32, visits: usize, out: &mut Vec<u32>) -> usize {
        out.clear();
        let most = if self.scope.admit.is_some() { visits.saturating_mul(LOOK) } else { usize::MAX };
        let mut looked = 0;
        for (span, list) in self.lists(key) {
            if out.len() == visits || looked >= most {
                break;
            }
            for place in span.holders(list) {
                looked += 1;
                if self.admits(span, place) {
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
        'spans: for (span, list) in self.lists(key).rev() {
            for place in span.holders_back(list) {
                let number = span.segment.numbers()[place as usize];
                if out.len() == head + visits || back >= most || last.is_some_and(|last| number <= last) {
                    break 'spans;
                }
                back += 1;
                if self.admits(span, place) {
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
