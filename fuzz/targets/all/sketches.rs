//! Sketchers: order, repeats and backends do not show; a union is the union of sketches; a naive version agrees.

use reprint::Backend;
use reprint::shingle::ShingleSet;
use reprint::sketch::{FracMinHasher, MinHasher, Scheme, SimHasher, UltraLogLog};

use super::bytes::Bytes;

pub(crate) fn sketches(data: &[u8]) {
    let mut bytes = Bytes(data);
    let seed = bytes.word();
    let bins = 1 + bytes.below(200);
    let (a, b) = (bytes.elements(), bytes.elements());
    let both: Vec<u64> = a.iter().chain(&b).copied().collect();
    let backwards: Vec<u64> = a.iter().rev().chain(&a).copied().collect();
    let set = ShingleSet::from_hashes(a.clone());

    for scheme in [Scheme::FastSimilarity, Scheme::Classic] {
        let hasher = |backend| {
            let builder = MinHasher::builder().scheme(scheme).bins(bins).seed(seed);
            builder.backend(backend).build().expect("bins within range")
        };
        let expected = hasher(Backend::SCALAR).sketch(&a);
        for backend in Backend::available() {
            let hasher = hasher(backend);
            assert_eq!(hasher.sketch(&a), expected, "{backend}");
            assert_eq!(hasher.sketch(&backwards), expected, "{backend}");
            let all = hasher.sketch_all(&[&a, &both]);
            assert_eq!(all.signature(0), expected, "{backend}");
        }
        let hasher = hasher(Backend::detect());
        let other = hasher.sketch(&b);
        let resemblance = expected.resemblance(&other).expect("made alike").value;
        assert_eq!(other.resemblance(&expected).expect("made alike").value, resemblance);
        assert!((0.0..=1.0).contains(&resemblance));
        if scheme == Scheme::Classic {
            let mut union = expected.clone();
            union.merge(&other).expect("made alike");
            assert_eq!(union, hasher.sketch(&both));
        }
    }

    let hasher = FracMinHasher::builder().scale(1 + u32::from(bytes.byte())).minimum(u32::from(bytes.byte()));
    let hasher = hasher.seed(seed).build().expect("within range");
    let (x, y) = (hasher.sketch(&a), hasher.sketch(&b));
    assert_eq!(hasher.sketch(&backwards).values(), hasher.sketch(&[&a[..], &a[..]].concat()).values());
    assert!(x.values().is_sorted() && x.values().len() <= set.len());
    let shared = x.shared(&y).expect("made alike");
    let scale = x.scale().max(y.scale());
    let kept = |values: &[u64]| values.iter().filter(|&&v| v <= u64::MAX / u64::from(scale)).count();
    assert!(shared <= kept(x.values()).min(kept(y.values())));
    assert_eq!(shared, y.shared(&x).expect("made alike"));

    let hasher = SimHasher::<u64>::builder().seed(seed).build().expect("any seed");
    let bits = hasher.sketch(&a).bits();
    assert_eq!(bits.is_none(), a.is_empty());
    assert_eq!(bits, hasher.sketch(&a.iter().rev().copied().collect::<Vec<_>>()).bits());

    let sketch = |elements: &[u64]| {
        let mut sketch = UltraLogLog::builder().seed(seed).build().expect("the usual precision");
        sketch.add(elements).unwrap();
        sketch
    };
    let mut union = sketch(&a);
    union.merge(&sketch(&b)).expect("made alike");
    assert_eq!(union.registers(), sketch(&both).registers());
}
