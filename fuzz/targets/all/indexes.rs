//! Indexes as sequences of operations, beside a plain list.

use std::collections::BTreeMap;

use reprint::codec::Stored;
use reprint::index::{Banding, HammingIndex, MinHashIndex, PostingsIndex, PostingsRules, band_key};
use reprint::sketch::{
    FracMinHashSignature, FracMinHasher, MinHashSignature, MinHasher, SimHashSignature, SimHasher,
};

use super::bytes::Bytes;

pub(crate) fn indexes(data: &[u8]) {
    let mut bytes = Bytes(data);
    let bands = 1 + bytes.below(8);
    let banding = Banding::new(bands, 1 + bytes.below(4)).expect("within range");
    let hasher = MinHasher::builder().bins(banding.bins()).build().expect("within range");
    let simhasher = SimHasher::<u64>::default();
    let k = bytes.below(17) as u32;
    let frac = FracMinHasher::builder().scale(2).build().expect("within range");
    let mut minhash = MinHashIndex::<String>::new(hasher.params(), banding).expect("they fit");
    let mut hamming = HammingIndex::<String>::new(k).expect("within range");
    let mut postings = PostingsIndex::<String>::new(PostingsRules::default());
    type Signatures = (MinHashSignature, SimHashSignature<u64>, FracMinHashSignature);
    let mut naive: BTreeMap<String, Signatures> = BTreeMap::new();
    while !bytes.is_empty() {
        let operation = bytes.byte();
        let id = format!("{}", bytes.byte() % 24);
        match operation % 8 {
            0..=3 => {
                let elements = bytes.elements();
                let (a, b, c) =
                    (hasher.sketch(&elements), simhasher.sketch(&elements), frac.sketch(&elements));
                let is_there = naive.contains_key(&id);
                if operation % 2 == 0 {
                    assert_eq!(minhash.insert(id.clone(), &a).is_err(), is_there);
                    assert_eq!(hamming.insert(id.clone(), &b).is_err(), is_there);
                    assert_eq!(postings.insert(id.clone(), &c).is_err(), is_there);
                    naive.entry(id).or_insert((a, b, c));
                } else {
                    assert_eq!(minhash.replace(id.clone(), &a), Ok(is_there));
                    assert_eq!(hamming.replace(id.clone(), &b), Ok(is_there));
                    assert_eq!(postings.replace(id.clone(), &c), Ok(is_there));
                    naive.insert(id, (a, b, c));
                }
            }
            4 | 5 => {
                let is_there = naive.remove(&id).is_some();
                assert_eq!(minhash.remove(&id), is_there);
                assert_eq!(hamming.remove(&id), is_there);
                assert_eq!(postings.remove(&id), is_there);
            }
            6 => {
                minhash = Stored::from_bytes(&minhash.to_bytes()).expect("what was written");
                hamming = Stored::from_bytes(&hamming.to_bytes()).expect("what was written");
                postings = Stored::from_bytes(&postings.to_bytes()).expect("what was written");
            }
            _ => {
                let elements = bytes.elements();
                let (a, b, c) =
                    (hasher.sketch(&elements), simhasher.sketch(&elements), frac.sketch(&elements));
                let mut found = Vec::new();
                minhash.query(&a, &mut found).expect("made alike");
                let keys = |signature: &MinHashSignature| -> Vec<u64> {
                    let rows = signature.values().chunks_exact(banding.rows()).take(bands);
                    (0..).zip(rows).map(|(band, rows)| band_key(band, rows)).collect()
                };
                let own = keys(&a);
                let shares = |signature: &MinHashSignature| {
                    !signature.is_empty()
                        && !a.is_empty()
                        && keys(signature).iter().zip(&own).any(|(x, y)| x == y)
                };
                let expected: Vec<String> =
                    naive.iter().filter(|(_, all)| shares(&all.0)).map(|(id, _)| id.clone()).collect();
                assert_eq!(found, expected);

                let mut found = Vec::new();
                hamming.query(&b, &mut found).expect("made alike");
                let mut expected: Vec<(String, u32)> = naive
                    .iter()
                    .filter(|(_, all)| b.bits().is_some() && all.1.bits().is_some())
                    .map(|(id, all)| (id.clone(), all.1.hamming_distance(&b).expect("made alike")))
                    .filter(|&(_, distance)| distance <= k)
                    .collect();
                expected.sort_by(|x, y| (x.1, &x.0).cmp(&(y.1, &y.0)));
                found.sort_by(|x, y| (x.1, &x.0).cmp(&(y.1, &y.0)));
                assert_eq!(found, expected);

                let mut found = Vec::new();
                postings.query(&c, &mut found).expect("made alike");
                assert!(found.iter().all(|candidate| naive.contains_key(&candidate.document)));
            }
        }
        assert_eq!((minhash.len(), hamming.len(), postings.len()), (naive.len(), naive.len(), naive.len()));
    }
}
