use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// For each document, whether something holds for each symbol.
type Marks = Vec<Vec<bool>>;

/// By all windows: is each symbol repeated, is it to be cut; and the windows that are not the first of their
/// kind.
fn naive(documents: &[Vec<u8>], length: usize) -> (Marks, Marks, Vec<(usize, usize)>) {
    let mut kinds: HashMap<&[u8], Vec<(usize, usize)>> = HashMap::new();
    for (d, document) in documents.iter().enumerate() {
        for (i, window) in document.windows(length).enumerate() {
            kinds.entry(window).or_default().push((d, i));
        }
    }
    let empty = || -> Marks { documents.iter().map(|d| vec![false; d.len()]).collect() };
    let (mut repeated, mut cut, mut later) = (empty(), empty(), Vec::new());
    for places in kinds.values().filter(|places| places.len() > 1) {
        for &(d, i) in places {
            repeated[d][i..i + length].fill(true);
            if d != places[0].0 || i >= places[0].1 + length {
                cut[d][i..i + length].fill(true);
            }
        }
        later.extend(&places[1..]);
    }
    later.sort_unstable();
    (repeated, cut, later)
}

fn covered(documents: &[Vec<u8>], spans: &[Span]) -> Marks {
    let mut all: Marks = documents.iter().map(|d| vec![false; d.len()]).collect();
    for span in spans {
        all[span.document.index()][span.range.clone()].fill(true);
    }
    all
}

fn check(documents: &[Vec<u8>], length: usize, parts: u32, bits: u32) {
    let finder = RepeatFinder::builder().length(length).parts(parts).bits(bits).build().unwrap();
    let found = finder.find(documents).unwrap();
    let (repeated, cut, later) = naive(documents, length);
    assert_eq!(covered(documents, found.repeated()), repeated);
    assert_eq!(covered(documents, found.cuts()), cut);
    for spans in [found.repeated(), found.cuts()] {
        assert!(spans.windows(2).all(|w| {
            w[0].document < w[1].document
                || w[0].document == w[1].document && w[0].range.end < w[1].range.start
        }));
    }
    let mut windows = Vec::new();
    for Repeat { copy, original } in found.repeats() {
        assert!((original.document, original.range.start) < (copy.document, copy.range.start));
        let text = |span: &Span| &documents[span.document.index()][span.range.clone()];
        assert_eq!(text(copy), text(original));
        windows.extend((copy.range.start..=copy.range.end - length).map(|i| (copy.document.index(), i)));
    }
    assert_eq!(windows, later);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_same_as_all_windows_compared(
        documents in prop::collection::vec(prop::collection::vec(b'a'..b'd', 0..60), 0..8),
        length in 2..9_usize,
        parts in 1..5_u32,
        bits in prop::sample::select(vec![1, 3, 6, 64]),
    ) {
        check(&documents, length, parts, bits);
    }

    #[test]
    fn the_same_where_passages_were_pasted(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..6),
        order in prop::collection::vec(prop::collection::vec(0..6_usize, 0..6), 0..6),
        length in 2..30_usize,
    ) {
        let paste = |order: &Vec<usize>| order.iter().flat_map(|i| pieces[i % pieces.len()].clone()).collect();
        let documents: Vec<Vec<u8>> = order.iter().map(paste).collect();
        check(&documents, length, 1, 64);
        check(&documents, length, 3, 4);
    }

    /// What is cut stands elsewhere and stays there, with a window around it.
    #[test]
    fn one_remains(
        documents in prop::collection::vec(prop::collection::vec(b'a'..b'c', 0..60), 0..8),
        length in 2..9_usize,
    ) {
        let found = RepeatFinder::builder().length(length).build().unwrap().find(&documents).unwrap();
        let cut = covered(&documents, found.cuts());
        for document in 0..documents.len() {
            for place in 0..documents[document].len() {
                let mut at = (document, place);
                while cut[at.0][at.1] {
                    let holds = |r: &&Repeat| r.copy.document.index() == at.0 && r.copy.range.contains(&at.1);
                    let Repeat { copy, original } = found.repeats().iter().find(holds).unwrap();
                    at = (original.document.index(), original.range.start + at.1 - copy.range.start);
                }
                prop_assert_eq!(documents[at.0][at.1], documents[document][place]);
            }
        }
    }
}

#[test]
fn one_letter_and_periods_give_one_stretch() {
    let finder = RepeatFinder::builder().length(50).build().unwrap();
    for period in [1, 2, 7, 49, 50, 51, 500] {
        let unit: Vec<u8> = (0..period).map(|i| crate::hash::splitmix(i as u64) as u8).collect();
        let text: Vec<u8> = unit.iter().copied().cycle().take(300_000).collect();
        let found = finder.find(&[&text]).unwrap();
        assert_eq!(found.repeats().len(), 1, "{period}");
        assert_eq!(found.repeats()[0].copy.range, period..300_000);
        assert_eq!(found.repeated(), [Span { document: DocId(0), range: 0..300_000 }]);
        // The first window that does not overlap with its first occurrence.
        let kept = period * 50_usize.div_ceil(period);
        assert_eq!(found.cuts(), [Span { document: DocId(0), range: kept..300_000 }]);
    }
}

#[test]
fn all_documents_equal() {
    let document: Vec<u8> = (0..300_u64).map(|i| crate::hash::splitmix(i) as u8).collect();
    let documents = vec![document; 2_000];
    let found = RepeatFinder::builder().length(50).build().unwrap().find(&documents).unwrap();
    assert_eq!(found.repeats().len(), 1_999);
    assert!(found.repeats().iter().all(|r| r.copy.range == (0..300) && r.original.document == DocId(0)));
    assert_eq!(found.cuts().len(), 1_999);
    assert_eq!(found.repeated().len(), 2_000);
}

#[test]
fn parameters_are_checked() {
    for wrong in [RepeatFinder::builder().length(1), RepeatFinder::builder().parts(0)] {
        assert!(wrong.build().is_err());
    }
}
