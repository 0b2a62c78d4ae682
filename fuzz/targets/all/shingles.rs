//! Shinglers: every backend, a warm buffer and a fresh one give the same, with repeats or without.

use reprint::Backend;
use reprint::shingle::{ShingleBuffer, Shingler};

use super::bytes::Bytes;

pub(crate) fn shingles(data: &[u8]) {
    let mut bytes = Bytes(data);
    let k = 1 + bytes.below(12);
    let shingler = match bytes.below(3) {
        0 => Shingler::words(k).expect("k is not 0"),
        1 => Shingler::characters(k).expect("k is not 0"),
        _ => Shingler::letters(),
    };
    let texts = bytes.texts(3);
    let mut warm = ShingleBuffer::default();
    for text in &texts {
        let scalar = shingler.clone().with_backend(Backend::SCALAR);
        let expected = scalar.hash_into(text, &mut ShingleBuffer::default()).to_vec();
        for backend in Backend::available() {
            let found = shingler.clone().with_backend(backend);
            assert_eq!(found.hash_into(text, &mut warm), expected, "{backend}");
        }
        let mut set = expected.clone();
        set.sort_unstable();
        set.dedup();
        assert_eq!(shingler.shingle(text).as_slice(), set);
        let counts = shingler.count(text);
        assert_eq!(counts.total(), expected.len() as u64);
        assert!(counts.as_slice().iter().map(|&(hash, _)| hash).eq(set));
    }
}
