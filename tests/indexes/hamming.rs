//! `HammingIndex`: complete and exact against comparing everything.

use std::collections::BTreeMap;

use proptest::prelude::*;
use reprint::DocId;
use reprint::index::{HammingIndex, nearest};
use reprint::sketch::{SimHashBits, SimHashSignature, SimHasher};

/// With seed 0, the 64-bit signature of one hash is that hash.
fn narrow(bits: u64) -> SimHashSignature<u64> {
    SimHasher::builder().build().unwrap().sketch(&[bits])
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let x = (*state ^ (*state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 32)
}

/// Signatures at every distance: half are copies of earlier ones with up to `2 k + 1` bits changed, some with
/// none.
fn clustered(count: u32, k: u32, seed: u64) -> Vec<(DocId, SimHashSignature<u64>)> {
    let mut state = seed;
    let mut bits: Vec<u64> = Vec::new();
    for _ in 0..count {
        let mut value = random(&mut state);
        if let Some(&earlier) = bits.get(random(&mut state) as usize % (2 * bits.len() + 1)) {
            value = earlier;
            for _ in 0..random(&mut state) % u64::from(2 * k + 2) {
                value ^= 1 << (random(&mut state) % 64);
            }
        }
        bits.push(value);
    }
    (0..).map(DocId).zip(bits.into_iter().map(narrow)).collect()
}

/// 128-bit signatures that differ in few bits: sets of 41 hashes of which up to three are exchanged.
fn wide(count: u32) -> Vec<(DocId, SimHashSignature<u128>)> {
    let hasher = SimHasher::<u128>::builder().seed(5).build().unwrap();
    let set = |id: u32| -> Vec<u64> {
        (0..41)
            .map(|i| if i < id % 4 { u64::from(1_000_000 + id / 2) } else { u64::from(id / 8 * 100 + i) })
            .collect()
    };
    (0..count).map(|id| (DocId(id), hasher.sketch(&set(id)))).collect()
}

fn near<W: SimHashBits>(
    k: u32,
    all: &[(DocId, SimHashSignature<W>)],
    to: &SimHashSignature<W>,
) -> Vec<(DocId, u32)> {
    all.iter().map(|(id, s)| (*id, s.hamming_distance(to).unwrap())).filter(|&(_, d)| d <= k).collect()
}

fn naive_pairs<W: SimHashBits>(k: u32, all: &[(DocId, SimHashSignature<W>)]) -> Vec<(DocId, DocId, u32)> {
    let with = |(i, a): (usize, &(DocId, SimHashSignature<W>))| -> Vec<_> {
        near(k, &all[i + 1..], &a.1).into_iter().map(|(id, d)| (a.0.min(id), a.0.max(id), d)).collect()
    };
    all.iter().enumerate().flat_map(with).collect()
}

fn built<W: SimHashBits>(k: u32, all: &[(DocId, SimHashSignature<W>)]) -> HammingIndex<DocId, W> {
    HammingIndex::build(k, all.iter().map(|(id, s)| (*id, s))).unwrap()
}

fn inserted<W: SimHashBits>(k: u32, all: &[(DocId, SimHashSignature<W>)]) -> HammingIndex<DocId, W> {
    let mut index = HammingIndex::new(k).unwrap();
    for (id, s) in all {
        index.insert(*id, s).unwrap();
    }
    index
}

fn query<W: SimHashBits>(
    index: &HammingIndex<DocId, W>,
    signature: &SimHashSignature<W>,
) -> Vec<(DocId, u32)> {
    let mut found = vec![(DocId(99), 99)];
    index.query(signature, &mut found).unwrap();
    found
}

fn every_pair<W: SimHashBits>(index: &HammingIndex<DocId, W>) -> Vec<(DocId, DocId, u32)> {
    let mut pairs = Vec::new();
    index.for_each_pair(|&a, &b, distance| pairs.push((a, b, distance)));
    pairs.sort_unstable();
    pairs
}

/// The pairs that `pairs()` promises: one hub for each signature.
fn naive_stars<W: SimHashBits>(k: u32, all: &[(DocId, SimHashSignature<W>)]) -> Vec<(DocId, DocId, u32)> {
    let mut hubs = BTreeMap::new();
    for (id, s) in all.iter().rev() {
        hubs.extend(s.bits().map(|bits| (bits, *id)));
    }
    let is_hub = |id: DocId| hubs.values().any(|&hub| hub == id);
    let kept = |&(a, b, d): &(DocId, DocId, u32)| is_hub(a) && (d == 0 || is_hub(b));
    naive_pairs(k, all).into_iter().filter(kept).collect()
}

fn check<W: SimHashBits>(k: u32, all: &[(DocId, SimHashSignature<W>)]) {
    let indexes = [built(k, all), inserted(k, all)];
    let (every, stars) = (naive_pairs(k, all), naive_stars(k, all));
    for index in &indexes {
        assert_eq!((index.len(), index.max_distance()), (all.len(), k));
        assert_eq!(every_pair(index), every, "k = {k}");
        assert_eq!(index.pairs(), stars, "k = {k}");
        for (_, signature) in all.iter().step_by(all.len() / 60 + 1) {
            assert_eq!(query(index, signature), near(k, all, signature), "k = {k}");
        }
    }
}

#[test]
fn complete_and_exact_for_every_k_of_64_bits() {
    for k in 0..=HammingIndex::<DocId, u64>::MAX_DISTANCE {
        check(k, &clustered(400, k, u64::from(k)));
    }
}

#[test]
fn complete_and_exact_for_128_bits() {
    for k in [0, 1, 2, 3, 5, 8, 13, 21, 32] {
        check(k, &wide(300));
    }
}

/// Thousands of signatures bring more and wider blocks into play.
#[test]
fn complete_and_exact_for_more_signatures() {
    for k in [1, 3, 6, 9] {
        let all = clustered(3_000, k, 77);
        let (built, inserted) = (built(k, &all), inserted(k, &all));
        assert!(built.tables() > 0);
        for (_, signature) in all.iter().step_by(41) {
            let expected = near(k, &all, signature);
            assert_eq!(query(&built, signature), expected, "k = {k}");
            assert_eq!(query(&inserted, signature), expected, "k = {k}");
        }
        let pairs = every_pair(&built);
        assert_eq!(pairs, every_pair(&inserted), "k = {k}");
        assert_eq!(pairs, naive_pairs(k, &all), "k = {k}");
    }
}

/// Skewed bits: all signatures agree outside of twelve bits, so most blocks of most pairs are equal.
#[test]
fn complete_and_exact_for_skewed_signatures() {
    let all: Vec<_> = (0..400_u64).map(|i| (DocId(i as u32), narrow((i * 7 % 4_096) << 26))).collect();
    for k in [0, 1, 2, 3, 7] {
        check(k, &all);
    }
}

#[test]
fn equal_signatures_cost_a_star() {
    const COUNT: u32 = 200_000;
    let (same, close) = (narrow(u64::MAX), narrow(u64::MAX - 1));
    let index =
        HammingIndex::build(3, (0..COUNT).map(|id| (DocId(id), if id == 7 { &close } else { &same })));
    let index = index.unwrap();
    assert_eq!((index.len(), index.distinct()), (COUNT as usize, 2));
    let expected: Vec<_> = (1..COUNT).map(|id| (DocId(0), DocId(id), u32::from(id == 7))).collect();
    assert_eq!(index.pairs(), expected);
}

#[test]
fn empty_signatures_are_never_returned() {
    let hasher = SimHasher::<u64>::builder().build().unwrap();
    let (empty, zero) = (hasher.sketch(&[]), narrow(0));
    let mut index = HammingIndex::new(HammingIndex::<DocId, u64>::MAX_DISTANCE).unwrap();
    for id in 0..5 {
        index.insert(DocId(id), &empty).unwrap();
    }
    assert_eq!((index.len(), index.distinct(), index.pairs()), (5, 0, vec![]));
    assert_eq!(index.empty_documents(), (0..5).map(DocId).collect::<Vec<_>>());
    index.insert(DocId(5), &zero).unwrap();
    assert_eq!(query(&index, &empty), []);
    assert_eq!(query(&index, &zero), [(DocId(5), 0)]);
    let built = HammingIndex::build(3, [(DocId(0), &empty), (DocId(1), &zero), (DocId(2), &empty)]).unwrap();
    assert_eq!((built.len(), built.distinct(), built.pairs()), (3, 1, vec![]));
}

#[test]
fn an_id_is_taken_once_and_may_be_replaced() {
    let mut index = HammingIndex::new(3).unwrap();
    index.insert("a", &narrow(0b1)).unwrap();
    let error = index.insert("a", &narrow(0b11)).unwrap_err().to_string();
    assert!(error.contains("\"a\"") && error.contains("replace"), "{error}");
    assert!(!index.replace("b", &narrow(0b111)).unwrap());
    assert!(index.replace("a", &narrow(0b11)).unwrap());
    assert_eq!(index.pairs(), [("a", "b", 1)]);
    assert_eq!(index.ids().collect::<Vec<_>>(), [&"b", &"a"]);
    assert!(index.remove(&"b") && !index.remove(&"b") && !index.contains(&"b"));
    assert_eq!((index.len(), index.distinct()), (1, 1));
}

#[test]
fn limits_and_mismatches_say_what_is_wrong() {
    for (k, error) in [
        (17, HammingIndex::<DocId, u64>::new(17).unwrap_err()),
        (33, HammingIndex::<DocId, u128>::new(33).unwrap_err()),
        (u32::MAX, HammingIndex::<DocId, u64>::build(u32::MAX, []).unwrap_err()),
    ] {
        assert!(error.to_string().contains(&k.to_string()), "{error}");
    }
    let other = SimHasher::<u64>::builder().seed(9).build().unwrap().sketch(&[1]);
    let mut index = HammingIndex::new(3).unwrap();
    assert_eq!(query(&index, &other), []);
    index.insert(DocId(0), &narrow(1)).unwrap();
    let mut found = vec![(DocId(7), 7)];
    let batch = [(DocId(5), &narrow(5)), (DocId(1), &other)];
    for error in [
        index.insert(DocId(1), &other).unwrap_err(),
        index.replace(DocId(0), &other).unwrap_err(),
        index.insert_all(batch).unwrap_err(),
        index.query(&other, &mut found).unwrap_err(),
        index.nearest(&other, 1, &mut found).unwrap_err(),
    ] {
        assert!(error.to_string().contains("seed"), "{error}");
    }
    assert_eq!((index.len(), found), (1, vec![(DocId(7), 7)]));
    assert!(HammingIndex::build(3, [(DocId(0), &narrow(1)), (DocId(1), &other)]).is_err());
}

/// By comparing all: nearest first, those of equal distance as they came.
fn naive_nearest(
    all: &[(DocId, SimHashSignature)],
    to: &SimHashSignature,
    count: usize,
) -> Vec<(DocId, u32)> {
    let mut found = near(64, all, to);
    found.sort_by_key(|&(_, distance)| distance);
    found.truncate(count);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_nearest_are_those_of_comparing_all(seed: u64, size in 1_u32..600, k in 0_u32..8, count in 0_usize..40) {
        let mut all = clustered(size, k, seed);
        // Ids that do not come in the order of insertion.
        all.iter_mut().for_each(|(id, _)| id.0 = id.0.wrapping_mul(0x9e37_79b1));
        let rows: Vec<SimHashSignature> = all.iter().map(|(_, signature)| *signature).collect();
        let indexes = [built(k, &all), inserted(k, &all)];
        for (_, asked) in clustered(20, k, seed ^ 1).iter().chain(all.iter().step_by(29)) {
            let expected = naive_nearest(&all, asked, count);
            for index in &indexes {
                let mut found = vec![(DocId(1), 1)];
                index.nearest(asked, count, &mut found).unwrap();
                prop_assert_eq!(&found, &expected);
            }
            let mut places = vec![(1, 1)];
            nearest(&rows, asked, count, &mut places).unwrap();
            let found: Vec<_> = places.into_iter().map(|(place, distance)| (all[place].0, distance)).collect();
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn any_signatures(bits in prop::collection::vec(prop_oneof![any::<u64>(), 0_u64..256], 0..80), k in 0_u32..=16) {
        let all: Vec<_> = (0..).map(DocId).zip(bits.into_iter().map(narrow)).collect();
        check(k, &all);
    }

    #[test]
    fn input_order_does_not_show(seed: u64, k in 0_u32..=6) {
        let mut all = clustered(300, k, seed);
        let pairs = built(k, &all).pairs();
        all.reverse();
        prop_assert_eq!(built(k, &all).pairs(), pairs.clone());
        prop_assert_eq!(inserted(k, &all).pairs(), pairs);
    }
}
