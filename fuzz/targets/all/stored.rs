//! Stored values: whatever bytes say, they are refused or make a value that can be used and comes out as it went in.

use reprint::codec::Stored;
use reprint::corpus::Statistics;
use reprint::engine::Catalog;
use reprint::hash::xxh3;
use reprint::index::{Banding, HammingIndex, MinHashIndex, PostingsIndex};
use reprint::method::Wire;
use reprint::sketch::{
    BBitSignature, BBitSignatures, FracMinHashSignature, MinHashSignature, MinHashSignatures, MinHasher,
    SimHashSignature, UltraLogLog, WeightedSignature, WeightedSignatures,
};
use reprint::{DocId, Similarity};
use serde::de::DeserializeOwned;

use super::bytes::Bytes;

/// A frame around a payload, as the documentation of `codec` draws it.
fn framed(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"RPRT".to_vec();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(payload);
    bytes.extend(xxh3(&bytes).to_le_bytes());
    bytes
}

fn read<T: Stored>(bytes: &[u8], used: impl FnOnce(&mut T)) {
    if let Ok(mut value) = T::from_bytes(bytes) {
        let again = T::from_bytes(&value.to_bytes()).expect("what was written");
        assert_eq!(again.to_bytes(), value.to_bytes());
        used(&mut value);
    }
}

fn json<T: DeserializeOwned>(text: &[u8], used: impl FnOnce(&mut T)) {
    if let Ok(mut value) = serde_json::from_slice(text) {
        used(&mut value);
    }
}

fn minhash_used(signature: &mut MinHashSignature) {
    let known = signature.params().check_same(&signature.params()).is_ok();
    match signature.resemblance(signature) {
        Ok(estimate) => assert!(known && (signature.is_empty() || estimate.value == 1.0)),
        Err(_) => assert!(!known || signature.is_empty()),
    }
}

fn index_used(index: &mut MinHashIndex<String>) {
    let params = index.params();
    let hasher = MinHasher::builder().scheme(params.scheme()).bins(params.bins()).seed(params.seed()).build();
    let signature = hasher.expect("its own parameters").sketch(&[1, 2, 3]);
    let mut found = Vec::new();
    if index.query(&signature, &mut found).is_ok() {
        let ids: Vec<String> = index.ids().cloned().collect();
        assert_eq!(ids.len(), index.len());
        assert!(ids.iter().all(|id| index.remove(id)));
        assert!(index.is_empty());
    }
}

fn hamming_used(index: &mut HammingIndex<DocId>) {
    assert!(index.pairs().iter().all(|&(_, _, distance)| distance <= index.max_distance()));
    let ids: Vec<DocId> = index.ids().copied().collect();
    assert!(ids.iter().all(|id| index.remove(id)) && index.is_empty());
}

fn postings_used(index: &mut PostingsIndex<u64>) {
    let ids: Vec<u64> = index.ids().copied().collect();
    assert_eq!(ids.len(), index.len());
    assert!(ids.iter().all(|id| index.remove(id)) && index.is_empty());
}

pub(crate) fn stored(data: &[u8]) {
    let mut bytes = Bytes(data);
    let which = bytes.byte();
    let whole = |kind| framed(kind, &data[1.min(data.len())..]);
    match which % 20 {
        0 => read(&whole(2), minhash_used),
        1 => read(&whole(3), |all: &mut MinHashSignatures| {
            (0..all.len().min(4)).for_each(|i| minhash_used(&mut all.signature(i)));
        }),
        // A signature of several shinglers can be compared with none; one of an empty set is as far as can be from all.
        2 => read(&whole(4), |one: &mut SimHashSignature<u64>| {
            let known = one.params().check_same(&one.params()).is_ok();
            let apart = if one.bits().is_some() { 0 } else { 64 };
            assert_eq!(one.hamming_distance(one).ok(), known.then_some(apart));
        }),
        3 => read(&whole(5), |one: &mut SimHashSignature<u128>| {
            let known = one.params().check_same(&one.params()).is_ok();
            let apart = if one.bits().is_some() { 0 } else { 128 };
            assert_eq!(one.hamming_distance(one).ok(), known.then_some(apart));
        }),
        4 => read(&whole(7), |one: &mut FracMinHashSignature| {
            let known = one.params().check_comparable(&one.params()).is_ok();
            assert_eq!(one.shared(one).ok(), known.then_some(one.values().len()));
        }),
        5 => read(&whole(17), |one: &mut WeightedSignature| {
            let known = one.params().check_same(&one.params()).is_ok();
            assert!(one.is_empty() || one.similarity(one).is_ok() == known);
        }),
        6 => read(&whole(18), |all: &mut WeightedSignatures| {
            assert_eq!(all.rows().len(), all.len());
        }),
        7 => read(&whole(20), |one: &mut BBitSignature| {
            let known = one.params().check_same(&one.params()).is_ok();
            assert!(one.is_empty() || one.similarity(one).is_ok() == known);
        }),
        8 => read(&whole(21), |all: &mut BBitSignatures| {
            (0..all.len().min(4)).for_each(|i| drop(all.signature(i)));
        }),
        9 => read(&whole(22), |one: &mut UltraLogLog| {
            one.add(&[1, 2, 3]).unwrap();
            assert!(one.size().value >= 1.0);
        }),
        10 => read(&whole(64), |banding: &mut Banding| {
            assert!((0.0..=1.0).contains(&banding.probability(0.5)));
        }),
        11 => read(&whole(65), index_used),
        12 => read(&whole(66), hamming_used),
        13 => read(&whole(68), postings_used),
        14 => {
            if let Ok(statistics) = Statistics::from_bytes(&whole(128)) {
                statistics.boilerplate().spans("a story of some words", Some("Herald"));
            }
        }
        15 => {
            if let Ok(catalog) = Catalog::from_bytes(Wire::default(), &whole(129)) {
                catalog.ask("a story of some words").expect("a short text");
            }
        }
        16 => json(bytes.0, |s: &mut Similarity| {
            assert!((0.0..=1.0).contains(&s.resemblance()) && s.containment() <= 1.0);
        }),
        17 => json(bytes.0, index_used),
        18 => json(bytes.0, hamming_used),
        _ => json(bytes.0, minhash_used),
    }
}
