//! Every index against a plain list of documents, through random sequences of operations.

use std::fmt::Debug;

use proptest::prelude::*;
use reprint::codec::Stored;
use reprint::hash::xxh3;
use reprint::index::{
    Banding, Container, ContainmentIndex, HammingIndex, MinHashForest, MinHashIndex, Neighbour,
    PostingsCandidate, PostingsIndex, PostingsRules,
};
use reprint::sketch::{
    FracMinHashSignature, FracMinHasher, MinHashSignature, MinHasher, SimHashSignature, SimHasher,
};

/// An id that is neither a number nor in the order of insertion.
type Id = String;

fn id(number: u8) -> Id {
    format!("{:x}-{number}", u32::from(number).wrapping_mul(0x9e37_79b1))
}

/// What is done to an index and to the list; numbers stand for ids and texts.
#[derive(Clone, Debug)]
enum Operation {
    Insert(u8, u8),
    InsertAll(Vec<(u8, u8)>),
    Replace(u8, u8),
    Remove(u8),
    Query(u8),
    StoreAndLoad,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let (ids, texts) = (|| 0_u8..40, || 0_u8..60);
    let operation = prop_oneof![
        6 => (ids(), texts()).prop_map(|(id, text)| Operation::Insert(id, text)),
        1 => prop::collection::vec((ids(), texts()), 0..6).prop_map(Operation::InsertAll),
        2 => (ids(), texts()).prop_map(|(id, text)| Operation::Replace(id, text)),
        5 => ids().prop_map(Operation::Remove),
        4 => texts().prop_map(Operation::Query),
        1 => Just(Operation::StoreAndLoad),
    ];
    prop::collection::vec(operation, 1..120)
}

/// What all indexes have, so that one test serves for all.
trait Index: Sized + Clone {
    type Signature: Clone;
    type Answer: PartialEq + Debug;
    fn insert(&mut self, id: Id, signature: &Self::Signature) -> bool;
    fn insert_all(&mut self, documents: &[(Id, Self::Signature)]) -> bool;
    fn replace(&mut self, id: Id, signature: &Self::Signature) -> bool;
    fn remove(&mut self, id: &Id) -> bool;
    fn contains(&self, id: &Id) -> bool;
    fn ids(&self) -> Vec<Id>;
    fn empty(&self) -> Vec<Id>;
    fn counts(&self) -> (usize, bool);
    fn query(&self, signature: &Self::Signature) -> Self::Answer;
    /// The same by comparing all, in the order of insertion.
    fn naive(&self, all: &[(Id, Self::Signature)], signature: &Self::Signature) -> Self::Answer;
    fn store_and_load(self) -> Self;
}

macro_rules! operations {
    ($signature:ty, $answer:ty $(, $asked_for:expr)?) => {
        type Signature = $signature;
        type Answer = $answer;
        fn insert(&mut self, id: Id, signature: &$signature) -> bool {
            self.insert(id, signature).is_ok()
        }
        fn insert_all(&mut self, documents: &[(Id, $signature)]) -> bool {
            self.insert_all(documents.iter().map(|(id, signature)| (id.clone(), signature))).is_ok()
        }
        fn replace(&mut self, id: Id, signature: &$signature) -> bool {
            self.replace(id, signature).unwrap()
        }
        fn remove(&mut self, id: &Id) -> bool {
            self.remove(id)
        }
        fn contains(&self, id: &Id) -> bool {
            self.contains(id)
        }
        fn ids(&self) -> Vec<Id> {
            self.ids().cloned().collect()
        }
        fn empty(&self) -> Vec<Id> {
            self.empty_documents()
        }
        fn counts(&self) -> (usize, bool) {
            (self.len(), self.is_empty())
        }
        fn query(&self, signature: &$signature) -> $answer {
            let mut found = Vec::new();
            self.query(signature, $($asked_for,)? &mut found).unwrap();
            found
        }
        fn store_and_load(self) -> Self {
            stored(self)
        }
    };
}

/// Through bytes and, with serde, through JSON.
#[allow(clippy::needless_pass_by_value, reason = "what comes back takes its place")]
fn stored<T: Stored + Json>(index: T) -> T {
    let bytes = index.to_bytes();
    let index = T::from_bytes(&bytes).unwrap();
    assert_eq!(index.to_bytes(), bytes);
    json(index)
}

#[cfg(feature = "serde")]
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "serde")]
trait Json: Serialize + DeserializeOwned {}

#[cfg(feature = "serde")]
impl<T: Serialize + DeserializeOwned> Json for T {}

#[cfg(not(feature = "serde"))]
trait Json {}

#[cfg(not(feature = "serde"))]
impl<T> Json for T {}

#[cfg(feature = "serde")]
#[allow(clippy::needless_pass_by_value, reason = "what comes back takes its place")]
fn json<T: Json>(index: T) -> T {
    let text = serde_json::to_string(&index).unwrap();
    let index: T = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&index).unwrap(), text);
    index
}

#[cfg(not(feature = "serde"))]
fn json<T>(index: T) -> T {
    index
}

impl Index for MinHashIndex<Id> {
    operations!(MinHashSignature, Vec<Id>);

    fn naive(&self, all: &[(Id, MinHashSignature)], asked: &MinHashSignature) -> Vec<Id> {
        let mut found = Vec::new();
        for band in 0..self.banding().bands() {
            let rows = |s: &MinHashSignature| {
                s.values()[band * self.banding().rows()..][..self.banding().rows()].to_vec()
            };
            let shares = |s: &MinHashSignature| !asked.is_empty() && rows(s) == rows(asked);
            let bucket: Vec<&Id> = all.iter().filter(|(_, s)| shares(s)).map(|(id, _)| id).collect();
            found.extend(
                bucket.iter().take(self.visits()).chain(bucket.iter().rev().take(self.visits())).copied(),
            );
        }
        found.sort();
        found.dedup();
        found.into_iter().cloned().collect()
    }
}

impl Index for HammingIndex<Id> {
    operations!(SimHashSignature, Vec<(Id, u32)>);

    fn naive(&self, all: &[(Id, SimHashSignature)], asked: &SimHashSignature) -> Vec<(Id, u32)> {
        let distances = all.iter().map(|(id, s)| (id.clone(), s.hamming_distance(asked).unwrap()));
        let mut near: Vec<_> = distances.clone().filter(|(_, d)| *d < 64 || !asked.is_empty()).collect();
        near.retain(|(id, _)| !all.iter().any(|(other, s)| other == id && s.is_empty()));
        near.sort_by_key(|&(_, distance)| distance);
        near.truncate(if asked.is_empty() { 0 } else { 5 });
        let mut nearest = Vec::new();
        self.nearest(asked, 5, &mut nearest).unwrap();
        assert_eq!(nearest, near);
        let mut found: Vec<_> = distances.filter(|(_, d)| *d <= self.max_distance()).collect();
        found.sort();
        found
    }
}

impl Index for PostingsIndex<Id> {
    operations!(FracMinHashSignature, Vec<PostingsCandidate<Id>>);

    /// A new index of the same documents; `postings.rs` compares such a one with a batch and with the rules.
    fn naive(&self, all: &[(Id, FracMinHashSignature)], asked: &FracMinHashSignature) -> Self::Answer {
        let mut index = PostingsIndex::new(self.rules());
        for (id, signature) in all {
            index.insert(id.clone(), signature).unwrap();
        }
        for &value in asked.values() {
            let holders = all.iter().filter(|(_, s)| s.values().contains(&value)).count();
            assert_eq!((self.frequency(value), index.frequency(value)), (holders, holders));
        }
        Index::query(&index, asked)
    }
}

impl Index for MinHashForest<Id> {
    operations!(MinHashSignature, Vec<Neighbour<Id>>, 5);

    /// So few documents are compared all, those that agree in the first bin of one of the two trees.
    fn naive(&self, all: &[(Id, MinHashSignature)], asked: &MinHashSignature) -> Self::Answer {
        let meets = |s: &MinHashSignature| {
            [0, 8].iter().any(|&bin| s.values()[bin] == asked.values()[bin]) && !s.is_empty()
        };
        let near = all
            .iter()
            .filter(|(_, s)| meets(s))
            .map(|(id, s)| Neighbour { id: id.clone(), resemblance: s.resemblance(asked).unwrap().value });
        let mut near: Vec<_> = near.collect();
        near.sort_by(|a, b| b.resemblance.total_cmp(&a.resemblance).then_with(|| a.id.cmp(&b.id)));
        near.truncate(5);
        near
    }
}

impl Index for ContainmentIndex<Id> {
    operations!(FracMinHashSignature, Vec<Container<Id>>, 0.4);

    fn naive(&self, all: &[(Id, FracMinHashSignature)], asked: &FracMinHashSignature) -> Self::Answer {
        let mut found: Vec<_> = all
            .iter()
            .map(|(id, s)| Container { id: id.clone(), containment: asked.containment_in(s).unwrap() })
            .filter(|container| container.containment.value >= 0.4)
            .collect();
        found.sort_by(|a, b| {
            b.containment.value.total_cmp(&a.containment.value).then_with(|| a.id.cmp(&b.id))
        });
        found
    }
}

fn run<X: Index>(mut index: X, operations: &[Operation], text: impl Fn(u8) -> X::Signature) {
    let mut all: Vec<(Id, X::Signature)> = Vec::new();
    let known = |all: &[(Id, X::Signature)], id: &Id| all.iter().any(|(other, _)| other == id);
    for operation in operations {
        match operation {
            &Operation::Insert(number, of) => {
                let new = !known(&all, &id(number));
                assert_eq!(index.insert(id(number), &text(of)), new);
                all.extend(new.then(|| (id(number), text(of))));
            }
            Operation::InsertAll(documents) => {
                let batch: Vec<_> = documents.iter().map(|&(number, of)| (id(number), text(of))).collect();
                let new = |(at, (id, _)): (usize, &(Id, X::Signature))| {
                    !known(&all, id) && !known(&batch[..at], id)
                };
                let fits = batch.iter().enumerate().all(new);
                assert_eq!(index.insert_all(&batch), fits);
                all.extend(if fits { batch } else { Vec::new() });
            }
            &Operation::Replace(number, of) => {
                assert_eq!(index.replace(id(number), &text(of)), known(&all, &id(number)));
                all.retain(|(other, _)| *other != id(number));
                all.push((id(number), text(of)));
            }
            &Operation::Remove(number) => {
                assert_eq!(index.remove(&id(number)), known(&all, &id(number)));
                all.retain(|(other, _)| *other != id(number));
            }
            &Operation::Query(of) => assert_eq!(index.query(&text(of)), index.naive(&all, &text(of))),
            Operation::StoreAndLoad => index = index.store_and_load(),
        }
        assert_eq!(index.ids(), all.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
        assert_eq!(index.counts(), (all.len(), all.is_empty()));
        assert_eq!(index.contains(&id(7)), known(&all, &id(7)));
    }
    for of in 0..60 {
        assert_eq!(index.query(&text(of)), index.naive(&all, &text(of)));
    }
    let none = text(0);
    let mut empty: Vec<Id> = Vec::new();
    for (id, signature) in &all {
        let mut alone = index.clone();
        alone.ids().iter().filter(|other| *other != id).for_each(|other| assert!(alone.remove(other)));
        if !alone.empty().is_empty() {
            assert!(alone.query(signature) == alone.query(&none));
            empty.push(id.clone());
        }
    }
    empty.sort();
    assert_eq!(index.empty(), empty);
}

/// Sixty texts: one in ten is empty, the others are of ten kinds that resemble each other.
fn shingles(text: u8) -> Vec<u64> {
    let number = |i: u64| xxh3(&i.to_le_bytes());
    if text.is_multiple_of(10) {
        return Vec::new();
    }
    let kind = u64::from(text % 5) * 1_000;
    (kind..kind + 60)
        .chain(90_000 + u64::from(text / 8) * 100..90_000 + u64::from(text / 8) * 100 + 4)
        .map(number)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn min_hash(operations in operations(), visits in 1_usize..6, rows in 1_usize..4) {
        let hasher = MinHasher::builder().bins(12).build().unwrap();
        let index = MinHashIndex::new(hasher.params(), Banding::new(12 / rows, rows).unwrap()).unwrap();
        run(index.with_visits(visits).unwrap(), &operations, |text| hasher.sketch(&shingles(text)));
    }

    #[test]
    fn hamming(operations in operations(), k in 0_u32..9) {
        let hasher = SimHasher::<u64>::default();
        run(HammingIndex::new(k).unwrap(), &operations, |text| hasher.sketch(&shingles(text)));
    }

    #[test]
    fn postings(operations in operations(), visits in 1_usize..6) {
        let hasher = FracMinHasher::builder().scale(2).minimum(0).build().unwrap();
        let rules = PostingsRules::builder().visits(visits).build().unwrap();
        run(PostingsIndex::new(rules), &operations, |text| hasher.sketch(&shingles(text)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forest(operations in operations()) {
        let hasher = MinHasher::builder().bins(16).build().unwrap();
        run(MinHashForest::new(hasher.params()).unwrap(), &operations, |text| hasher.sketch(&shingles(text)));
    }

    #[test]
    fn containment(operations in operations(), scale in 1_u32..4) {
        let hasher = FracMinHasher::builder().scale(scale).minimum(20).build().unwrap();
        run(ContainmentIndex::new(), &operations, |text| hasher.sketch(&shingles(text)));
    }
}

/// A window that slides over many documents: slots are used again, lists pass from short to long and back, removed
/// values are cleared away; the answers are those of an index of the window alone.
#[test]
fn a_sliding_window_leaves_nothing_behind() {
    let hasher = FracMinHasher::builder().scale(1).minimum(0).build().unwrap();
    let text = |i: u64| -> Vec<u64> {
        let popular = 0..30 + i % 3;
        let own = 1_000 + i / 4 * 100..1_000 + i / 4 * 100 + 40;
        popular.chain(own).map(|i: u64| xxh3(&i.to_le_bytes())).collect()
    };
    let rules = PostingsRules::builder().visits(3).build().unwrap();
    let mut index = PostingsIndex::new(rules);
    let mut memory = Vec::new();
    for i in 0..3_000_u64 {
        index.insert(i, &hasher.sketch(&text(i))).unwrap();
        if i >= 400 {
            assert!(index.remove(&(i - 400)));
        }
        if i % 500 == 499 {
            let window = i.saturating_sub(399)..=i;
            let mut fresh = PostingsIndex::new(rules);
            let signatures: Vec<_> = window.clone().map(|i| hasher.sketch(&text(i))).collect();
            fresh.insert_all(window.clone().zip(&signatures)).unwrap();
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            for signature in signatures.iter().step_by(13) {
                index.query(signature, &mut found).unwrap();
                fresh.query(signature, &mut expected).unwrap();
                assert_eq!(found, expected);
                assert!(!found.is_empty());
            }
            memory.push(index.memory());
            let (ids, batch) = index.clone().into_batch();
            assert_eq!(ids, window.collect::<Vec<_>>());
            assert_eq!(batch.all_candidates(), fresh.into_batch().1.all_candidates());
        }
    }
    assert!(memory.iter().all(|&bytes| bytes < 3 * memory[0]), "{memory:?}");
}
