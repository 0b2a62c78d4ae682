//! The forest against a map of signatures, and where all are alike.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::sketch::MinHasher;

const LEAST: Path = Path { key: 0, tie: 0, group: 0 };

fn is_bare(tree: &Tree<Path>) -> bool {
    tree.around(LEAST).0.next().is_none()
}

fn set(from: u64, to: u64) -> Vec<u64> {
    (from..to).map(splitmix).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u8, u64),
    Remove(u8),
    Query(u64, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..30_u8, 0..12_u64).prop_map(|(id, start)| Step::Insert(id, start)),
        1 => (0..30_u8).prop_map(Step::Remove),
        2 => (0..12_u64, 0..9_usize).prop_map(|(start, count)| Step::Query(start, count)),
    ];
    prop::collection::vec(step, 0..60)
}

/// Sets by number; those of 11 are empty.
fn signature(hasher: &MinHasher, start: u64) -> MinHashSignature {
    hasher.sketch(&set(start * 40, if start == 11 { 440 } else { start * 40 + 200 }))
}

proptest! {
    /// Any sequence of steps leaves what a map would; with so few sets every neighbour that shares a path is
    /// compared.
    #[test]
    fn the_same_as_a_map_that_compares_all(steps in steps()) {
        let hasher = MinHasher::default();
        let mut forest = MinHashForest::new(hasher.params()).unwrap();
        let mut model: BTreeMap<u8, MinHashSignature> = BTreeMap::new();
        let mut nearest = Vec::new();
        for step in steps {
            match step {
                Step::Insert(id, start) => {
                    let was_there = model.insert(id, signature(&hasher, start)).is_some();
                    prop_assert_eq!(forest.replace(id, &signature(&hasher, start)).unwrap(), was_there);
                }
                Step::Remove(id) => prop_assert_eq!(forest.remove(&id), model.remove(&id).is_some()),
                Step::Query(start, count) => {
                    let asked = signature(&hasher, start);
                    forest.query(&asked, count, &mut nearest).unwrap();
                    let shares_a_path = |other: &MinHashSignature| {
                        let paths = asked.values().chunks(DEPTH).zip(other.values().chunks(DEPTH));
                        !asked.is_empty() && !other.is_empty() && { paths }.any(|(a, b)| (key(a) ^ key(b)).leading_zeros() >= bits_of(1))
                    };
                    let mut all: Vec<(u8, f64)> = model
                        .iter()
                        .filter(|(_, other)| shares_a_path(other))
                        .map(|(&id, other)| (id, asked.resemblance(other).unwrap().value))
                        .filter(|&(_, resemblance)| resemblance > 0.0)
                        .collect();
                    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                    all.truncate(count);
                    let found: Vec<(u8, f64)> = nearest.iter().map(|n| (n.id, n.resemblance)).collect();
                    prop_assert_eq!(found, all);
                }
            }
            prop_assert_eq!(forest.len(), model.len());
            prop_assert!((0..30).all(|id| forest.contains(&id) == model.contains_key(&id)));
        }
        let ids: Vec<u8> = model.keys().copied().collect();
        prop_assert!(ids.iter().all(|id| forest.remove(id)));
        prop_assert!(forest.is_empty() && forest.groups.iter().all(Option::is_none) && forest.trees.iter().all(is_bare));
    }
}

/// Near copies of one text: prefixes are popular, and the order of insertion does not show.
#[test]
fn the_order_of_insertion_does_not_show() {
    let hasher = MinHasher::default();
    let near = |i: u64| hasher.sketch(&[set(0, 300), set(10_000 + i, 10_003 + i)].concat());
    let mut forests = [(); 2].map(|()| MinHashForest::new(hasher.params()).unwrap());
    for i in 0..2_000 {
        forests[0].insert(i, &near(i)).unwrap();
        forests[1].insert(1_999 - i, &near(1_999 - i)).unwrap();
    }
    for i in 0..1_000 {
        forests[0].remove(&i);
        forests[1].remove(&(999 - i));
    }
    for i in (0..2_000).step_by(97) {
        let [mut a, mut b] = [Vec::new(), Vec::new()];
        forests[0].query(&near(i), 10, &mut a).unwrap();
        forests[1].query(&near(i), 10, &mut b).unwrap();
        assert_eq!(a, b);
        assert_eq!(a.len(), 10);
    }
}

#[test]
fn all_equal_is_one_place() {
    let hasher = MinHasher::default();
    let signature = hasher.sketch(&set(0, 100));
    let mut forest = MinHashForest::new(hasher.params()).unwrap();
    for id in 0..50_000_u32 {
        forest.insert(id, &signature).unwrap();
    }
    assert_eq!(forest.trees[0].around(LEAST).0.count(), 1);
    let mut nearest = Vec::new();
    for _ in 0..1_000 {
        forest.query(&signature, 3, &mut nearest).unwrap();
    }
    assert!(nearest.iter().map(|n| n.id).eq(0..3));
}

#[test]
fn other_parameters_are_refused() {
    let mut forest = MinHashForest::<u8>::new(MinHasher::default().params()).unwrap();
    let other = MinHasher::builder().seed(7).build().unwrap().sketch(&[1, 2]);
    assert!(forest.insert(0, &other).is_err());
    assert!(forest.query(&other, 1, &mut Vec::new()).is_err());
    assert!(MinHashForest::<u8>::new(MinHasher::builder().bins(7).build().unwrap().params()).is_err());
}
