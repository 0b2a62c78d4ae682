//! The postings index: brute force, the promises about work and order, and the texts that break indexes.

use proptest::prelude::*;
use reprint::index::{PostingsBatch, PostingsCandidate, PostingsIndex, PostingsRules};
use reprint::sketch::{FracMinHashSignature, FracMinHasher};
use reprint::{DocId, hash::xxh3};
use std::collections::{BTreeMap, BTreeSet};

fn set(range: std::ops::Range<u64>) -> Vec<u64> {
    range.map(|i| xxh3(&i.to_le_bytes())).collect()
}

/// A hasher of one scale, so that the oracle needs no scales.
fn plain() -> FracMinHasher {
    FracMinHasher::builder().scale(4).minimum(0).build().unwrap()
}

fn rules(visits: usize) -> PostingsRules {
    PostingsRules::builder().visits(visits).build().unwrap()
}

/// Documents that overlap in runs: a start and a length each, of one long tape.
fn corpus() -> impl Strategy<Value = Vec<FracMinHashSignature>> {
    prop::collection::vec((0u64..600, 0u64..300, 0u64..3), 1..30).prop_map(|documents| {
        let sketch = |(i, (start, len, boilerplate)): (usize, (u64, u64, u64))| {
            // What no other has orders documents of one length.
            let own = 1_000_000 + 100 * i as u64;
            let parts = [set(start..start + len), set(10_000..10_000 + 40 * boilerplate), set(own..own + 9)];
            plain().sketch(&parts.concat())
        };
        documents.into_iter().enumerate().map(sketch).collect()
    })
}

/// An index of documents numbered from 0.
fn index_of(rules: PostingsRules, signatures: &[FracMinHashSignature]) -> PostingsIndex {
    let mut index = PostingsIndex::new(rules);
    index.insert_all((0..).map(DocId).zip(signatures)).unwrap();
    index
}

fn query(index: &PostingsIndex, signature: &FracMinHashSignature) -> Vec<PostingsCandidate> {
    let mut found = Vec::new();
    index.query(signature, &mut found).unwrap();
    found
}

fn holders(signatures: &[FracMinHashSignature]) -> BTreeMap<u64, usize> {
    let mut count = BTreeMap::new();
    signatures.iter().flat_map(FracMinHashSignature::values).for_each(|&v| *count.entry(v).or_default() += 1);
    count
}

/// The rules of the documentation, in floats, for two documents whose values are all visited. Nothing
/// where rounding decides.
fn oracle(
    a: &FracMinHashSignature,
    b: &FracMinHashSignature,
    n: usize,
    holders: &BTreeMap<u64, usize>,
) -> Option<(usize, f64, bool)> {
    let b_values: BTreeSet<_> = b.values().iter().collect();
    let shared: Vec<_> = a.values().iter().filter(|value| b_values.contains(value)).collect();
    let log = ((n + 1024) as f64).log2();
    let bits: f64 = shared.iter().map(|value| log - (holders[value] as f64).log2()).sum();
    let share = shared.len() as f64 / a.values().len().min(b.values().len()).max(1) as f64;
    // The portion that asks is of the document's own signature.
    let portion = shared.len() as f64 / a.values().len().max(1) as f64;
    // Stirling's formula, as the rules have it.
    let m = shared.len().max(1) as f64;
    let held = a.values().iter().filter(|value| holders[value] > 1).count();
    let chances = a.values().len().min(b.values().len()).min(held) as f64;
    let ways = m * (std::f64::consts::E * (chances / m).max(1.0)).log2()
        - (2.0 * std::f64::consts::PI * m).log2() / 2.0;
    let needed = ways + 1.5 * (log - 10.0) + 5.0;
    let doubt = 0.02 * (shared.len() + 1) as f64;
    let sure = (bits - needed).abs() > doubt || share >= 0.5;
    let enough = shared.len() >= 2 && (share >= 0.04 || portion >= 0.04) && (bits >= needed || share >= 0.5);
    sure.then_some((shared.len(), bits, enough))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn batch_agrees_with_brute_force(signatures in corpus()) {
        let everything = PostingsRules::builder().visits(100).most_candidates(1000).build().unwrap();
        let batch = PostingsBatch::build(everything, &signatures).unwrap();
        let holders = holders(&signatures);
        let sizes: Vec<_> = batch.order().iter().map(|id| signatures[id.index()].values().len()).collect();
        prop_assert!(sizes.is_sorted_by(|a, b| a >= b));
        for (place, &id) in batch.order().iter().enumerate() {
            let found: BTreeMap<DocId, PostingsCandidate> =
                batch.candidates(id).into_iter().map(|c| (c.document, c)).collect();
            for &other in &batch.order()[..place] {
                let (a, b) = (&signatures[id.index()], &signatures[other.index()]);
                let Some((shared, bits, enough)) = oracle(a, b, signatures.len(), &holders) else { continue };
                let candidate = found.get(&other);
                prop_assert_eq!(candidate.is_some(), enough, "{} {} {}", id, other, bits);
                if let Some(candidate) = candidate {
                    prop_assert_eq!(candidate.shared as usize, shared);
                    prop_assert!((f64::from(candidate.information) - bits).abs() <= 0.01 * (shared + 1) as f64);
                }
            }
            // Nothing that is not before it, and not itself.
            prop_assert!(found.keys().all(|other| batch.order()[..place].contains(other)));
        }
    }

    #[test]
    fn a_query_is_answered_as_the_last_of_a_batch(signatures in corpus(), visits in 1usize..40) {
        let batch = PostingsBatch::build(rules(visits), &signatures).unwrap();
        let (last, before) = batch.order().split_last().unwrap();
        let mut index = PostingsIndex::new(rules(visits));
        for &id in before {
            index.insert(id, &signatures[id.index()]).unwrap();
        }
        prop_assert_eq!(query(&index, &signatures[last.index()]), batch.candidates(*last));
    }

    #[test]
    fn input_order_does_not_matter(signatures in corpus(), visits in 1usize..20, turn in 0usize..40) {
        let batch = PostingsBatch::build(rules(visits), &signatures).unwrap();
        let turn = turn % signatures.len();
        let turned: Vec<_> = [&signatures[turn..], &signatures[..turn]].concat();
        let other = PostingsBatch::build(rules(visits), &turned).unwrap();
        let back = |id: DocId| DocId(((id.index() + turn) % signatures.len()) as u32);
        prop_assert_eq!(other.order().iter().map(|&id| back(id)).collect::<Vec<_>>(), batch.order());
        for &id in other.order() {
            let found: Vec<_> = other
                .candidates(id)
                .into_iter()
                .map(|c| PostingsCandidate { document: back(c.document), ..c })
                .collect();
            prop_assert_eq!(found, batch.candidates(back(id)));
        }
    }

    #[test]
    fn visits_are_bounded_and_frequencies_exact(signatures in corpus(), visits in 1usize..6) {
        let index = index_of(rules(visits), &signatures);
        let (ids, batch) = index.clone().into_batch();
        prop_assert!(ids.into_iter().eq((0..signatures.len() as u32).map(DocId)));
        for (value, count) in holders(&signatures) {
            prop_assert_eq!(index.frequency(value), count);
            prop_assert_eq!(batch.frequency(value), if count > 1 { count } else { 0 });
        }
        for (i, signature) in signatures.iter().enumerate() {
            prop_assert!(batch.visit_count(DocId(i as u32)) <= 2 * visits * signature.values().len());
        }
    }
}

/// Small signatures in such numbers that recent values are merged several times.
#[test]
fn inserting_one_by_one_or_together_is_the_same() {
    let hasher = FracMinHasher::default();
    let story =
        |i: u64| hasher.sketch(&[set(i * 50..i * 50 + 90), set(1_000_000..1_000_005 + i % 9)].concat());
    let signatures: Vec<_> = (0..500).map(story).collect();
    let mut one = PostingsIndex::default();
    for (i, signature) in signatures.iter().enumerate() {
        one.insert(DocId(i as u32), signature).unwrap();
    }
    let mut together = PostingsIndex::default();
    let mut numbered = (0..).map(DocId).zip(&signatures).peekable();
    while numbered.peek().is_some() {
        together.insert_all(numbered.by_ref().take(64)).unwrap();
    }
    assert_eq!(one.len(), 500);
    for signature in &signatures {
        assert_eq!(query(&one, signature), query(&together, signature));
    }
    let (one, together) = (one.into_batch().1, together.into_batch().1);
    assert_eq!(one.order(), together.order());
    assert_eq!(one.all_candidates(), together.all_candidates());
    // All but those that are longer than both neighbours, one in nine.
    assert!(one.all_candidates().iter().filter(|found| !found.is_empty()).count() > 430);
}

/// The components that candidates of a batch make.
fn components(batch: &PostingsBatch) -> usize {
    fn root(parents: &[usize], mut i: usize) -> usize {
        while parents[i] != i {
            i = parents[i];
        }
        i
    }
    let mut parents: Vec<usize> = (0..batch.order().len()).collect();
    for (&id, found) in batch.order().iter().zip(batch.all_candidates()) {
        for candidate in found {
            let (a, b) = (root(&parents, id.index()), root(&parents, candidate.document.index()));
            parents[a] = b;
        }
    }
    parents.iter().enumerate().filter(|(i, parent)| i == *parent).count()
}

#[test]
fn copies_of_one_text_stay_together() {
    let signature = FracMinHasher::default().sketch(&set(0..1200));
    let values = signature.values().len();
    for n in [2, 100, 500] {
        let batch = PostingsBatch::build(PostingsRules::default(), &vec![signature.clone(); n]).unwrap();
        assert_eq!(components(&batch), 1);
        // Linear: no document visits more for there being more copies.
        assert!((0..n).all(|i| batch.visit_count(DocId(i as u32)) <= 48 * values));
        assert_eq!(batch.frequency(signature.values()[0]), n);
    }
}

#[test]
fn a_noisy_cluster_larger_than_the_visits_stays_together() {
    // 300 copies that each keep a third of the text's shingles, every one another third.
    let text = set(0..1800);
    let copy = |i: u64| {
        let keep = |j: &u64| xxh3(&[i.to_le_bytes(), j.to_le_bytes()].concat()).is_multiple_of(3);
        let kept: Vec<u64> = (0..1800).filter(keep).map(|j| text[j as usize]).collect();
        FracMinHasher::default().sketch(&[kept, set(10_000 * (i + 1)..10_000 * (i + 1) + 1200)].concat())
    };
    let batch = PostingsBatch::build(rules(8), &(0..300).map(copy).collect::<Vec<_>>()).unwrap();
    assert_eq!(components(&batch), 1);
}

#[test]
fn rare_values_decide_among_pages_of_one_template() {
    // 600 pages of one template of 4,000 shingles with 400 of their own; every sixth has a copy that
    // keeps a third of these; 1,200 strangers, to whom the template is rare.
    let template = set(0..4000);
    let own = |i: u64| 100_000 + 1000 * i;
    let page = |i: u64| [template.clone(), set(own(i)..own(i) + 400)].concat();
    let copy = |i: u64| {
        [template.clone(), set(own(i)..own(i) + 130), set(own(5000 + i)..own(5000 + i) + 200)].concat()
    };
    let mut documents: Vec<Vec<u64>> = (0..600).map(page).collect();
    documents.extend((0..600).step_by(6).map(copy));
    documents.extend((0..1200).map(|i| set(own(9000 + i)..own(9000 + i) + 500)));
    let batch = PostingsBatch::build(rules(8), &FracMinHasher::default().sketch_all(&documents)).unwrap();
    for i in 0..100 {
        let (page, copy) = (DocId(6 * i), DocId(600 + i));
        let pair = |x: DocId, y: DocId| batch.candidates(x).first().is_some_and(|c| c.document == y);
        assert!(pair(copy, page) || pair(page, copy), "{page} {copy}");
    }
}

#[test]
fn a_document_that_holds_all_others_is_the_source_of_each() {
    let mut documents: Vec<_> = (0..200).map(|i| set(500 * i..500 * i + 500)).collect();
    documents.push(set(0..100_000));
    let batch =
        PostingsBatch::build(PostingsRules::default(), &FracMinHasher::default().sketch_all(&documents))
            .unwrap();
    assert_eq!(batch.order()[0], DocId(200));
    for i in 0..200 {
        let found = batch.candidates(DocId(i));
        assert_eq!(found.iter().map(|c| c.document).collect::<Vec<_>>(), [DocId(200)]);
        assert!((f64::from(found[0].share) - 1.0).abs() < 0.4);
    }
}

#[test]
fn short_and_long_scales_meet() {
    // 96 of the long document's 6,000 shingles: scale 1 meets scale 12.
    let hasher = FracMinHasher::default();
    let (short, long) = (hasher.sketch(&set(0..960)), hasher.sketch(&set(0..6000)));
    assert_eq!((short.scale(), long.scale()), (10, 12));
    let batch = PostingsBatch::build(PostingsRules::default(), &[short.clone(), long.clone()]).unwrap();
    let found = batch.candidates(DocId(0));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].shared as usize, short.shared(&long).unwrap());
    assert!((0.75..1.25).contains(&found[0].share), "{}", found[0].share);
}

#[test]
fn empty_and_absent_documents_have_no_candidates() {
    let hasher = FracMinHasher::default();
    let empty = hasher.sketch(&[]);
    let signatures = [empty.clone(), empty.clone(), hasher.sketch(&set(0..300))];
    let batch = PostingsBatch::build(PostingsRules::default(), &signatures).unwrap();
    assert!(batch.all_candidates().iter().all(Vec::is_empty));
    assert!(batch.candidates(DocId(99)).is_empty());
    assert_eq!(batch.visit_count(DocId(99)), 0);
    let index = PostingsIndex::default();
    assert!(query(&index, &empty).is_empty());
    assert!(query(&index, &signatures[2]).is_empty());
    assert!(index.into_batch().1.all_candidates().is_empty());
}

#[test]
fn wrong_input_is_refused_and_leaves_the_index_as_it_was() {
    let ours = FracMinHasher::default();
    let theirs = FracMinHasher::builder().seed(1).build().unwrap();
    let (mine, few) = (ours.sketch(&set(0..300)), ours.sketch(&set(5..9)));
    let mut index = PostingsIndex::default();
    index.insert("a", &mine).unwrap();
    let other = theirs.sketch(&set(0..300));
    let mut found = Vec::new();
    for error in [
        index.insert("b", &other).unwrap_err(),
        index.replace("a", &other).unwrap_err(),
        index.insert_all([("b", &few), ("c", &other)]).unwrap_err(),
        index.query(&other, &mut found).unwrap_err(),
        PostingsIndex::default().insert_all([("b", &few), ("c", &other)]).unwrap_err(),
    ] {
        assert!(error.to_string().contains("seed"), "{error}");
    }
    assert!(index.insert("a", &few).unwrap_err().to_string().contains("\"a\""));
    assert!(index.insert_all([("b", &few), ("b", &few)]).unwrap_err().to_string().contains("comes twice"));
    assert_eq!((index.len(), index.contains(&"b")), (1, false));
    index.query(&mine, &mut found).unwrap();
    assert_eq!(found.len(), 1);
    let builder = PostingsRules::builder;
    assert!(builder().visits(0).build().unwrap_err().to_string().contains("visits is 0"));
    assert!(builder().min_share(1.5).build().is_err() && builder().min_share(f64::NAN).build().is_err());
    assert!(builder().margin(f64::INFINITY).build().is_err());
}

#[test]
fn most_candidates_keeps_the_strongest() {
    let documents: Vec<_> = (0..30).map(|i| set(i * 20..i * 20 + 1000)).collect();
    let signatures = FracMinHasher::default().sketch_all(&documents);
    let few = PostingsRules::builder().most_candidates(3).build().unwrap();
    let few = PostingsBatch::build(few, &signatures).unwrap();
    let all = PostingsBatch::build(PostingsRules::default(), &signatures).unwrap();
    for &id in all.order() {
        let found = all.candidates(id);
        assert!(found.is_sorted_by(|a, b| a.strength >= b.strength));
        assert_eq!(few.candidates(id), found[..found.len().min(3)]);
    }
}

fn golden_batch(rules: PostingsRules) -> PostingsBatch {
    let documents: Vec<_> =
        (0..60).map(|i| [set(i * 30..i * 30 + 400), set(90_000..90_100)].concat()).collect();
    PostingsBatch::build(rules, &FracMinHasher::default().sketch_all(&documents)).unwrap()
}

/// All bits of all candidates as one number.
fn fingerprint(batch: &PostingsBatch) -> u64 {
    let mut bytes = Vec::new();
    for (id, found) in batch.order().iter().zip(batch.all_candidates()) {
        bytes.extend(id.0.to_le_bytes());
        for c in found {
            let floats = [c.share, c.information, c.strength].map(f32::to_bits);
            [c.document.0, c.shared].iter().chain(&floats).for_each(|x| bytes.extend(x.to_le_bytes()));
        }
    }
    xxh3(&bytes)
}

#[test]
fn golden_candidates() {
    assert_eq!(fingerprint(&golden_batch(rules(4))), GOLDEN);
    // As it was before the visits of a document were bounded.
    let unbounded = PostingsRules::builder().visits(4).document_visits(100_000).build().unwrap();
    assert_eq!(fingerprint(&golden_batch(unbounded)), GOLDEN_UNBOUNDED);
}

/// Change with any bit of any candidate: a change that is meant is a change of the format.
const GOLDEN: u64 = 13_719_876_685_092_811_382;
const GOLDEN_UNBOUNDED: u64 = 8_613_933_501_643_717_769;

#[cfg(feature = "rayon")]
#[test]
fn thread_counts_do_not_matter() {
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| fingerprint(&golden_batch(rules(4)))), GOLDEN);
    }
}
