//! Values that users store: their bytes, known answers, and what is refused; and that every usual format of serde
//! gives back what it was given.

use proptest::prelude::*;
use reprint::codec::Stored;
use reprint::hash::xxh3;
use reprint::index::Banding;
use reprint::shingle::{ShingleSet, Shingler, ShinglerId};
use reprint::sketch::{
    FracMinHashSignature, FracMinHasher, MinHashParams, MinHashScratch, MinHashSignature, MinHashSignatures,
    MinHasher, Scheme, SimHashSignature, SimHasher,
};

/// A frame around `payload`, as the documentation of `codec` draws it.
fn framed(kind: u16, payload: &[&[u8]]) -> Vec<u8> {
    let payload = payload.concat();
    let mut bytes = b"RPRT".to_vec();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(payload);
    bytes.extend(xxh3(&bytes).to_le_bytes());
    bytes
}

/// The bytes of whole values never change within a layout version.
#[test]
fn known_answers() {
    let banding = Banding::new(16, 8).unwrap();
    let whole = [&b"RPRT\x40\0\x01\0\x08\0\0\0\0\0\0\0\x10\0\0\0\x08\0\0\0"[..], &BANDING_SUM.to_le_bytes()];
    assert_eq!(banding.to_bytes(), whole.concat());

    let version = 1_u32.to_le_bytes();
    let (seed, none) = (7_u64.to_le_bytes(), [0; 4]);
    let hasher = MinHasher::builder().scheme(Scheme::Classic).bins(2).seed(7).build().unwrap();
    let signature = hasher.sketch(&[1, 2, 3]);
    let values: Vec<u8> = signature.values().iter().flat_map(|value| value.to_le_bytes()).collect();
    let params: &[&[u8]] = &[&version, &[1], &2_u32.to_le_bytes(), &seed, &none];
    assert_eq!(hasher.params().to_bytes(), framed(1, params));
    let (two, one) = (2_u64.to_le_bytes(), 1_u64.to_le_bytes());
    assert_eq!(signature.to_bytes(), framed(2, &[&params.concat(), &two, &values]));
    assert_eq!(hasher.sketch_all(&[[1, 2, 3]]).to_bytes(), framed(3, &[&params.concat(), &two, &values]));

    let id = Shingler::words(3).unwrap().id();
    assert_eq!(id.get(), 0xb189_865f, "what tells shinglers apart is stored");
    let set = ShingleSet::from_hashes(vec![0b1011]).with_shingler(id);
    let narrow = SimHasher::<u64>::default().sketch(&set);
    let id = id.get().to_le_bytes();
    assert_eq!(narrow.to_bytes(), framed(4, &[&version, &[0; 8], &id, &[0], &0b1011_u64.to_le_bytes()]));
    let empty = SimHasher::<u128>::builder().seed(7).build().unwrap().sketch(&[]);
    assert_eq!(empty.to_bytes(), framed(5, &[&version, &seed, &none, &[1], &[0; 16]]));

    let hasher = FracMinHasher::builder().scale(1).minimum(0).seed(7).build().unwrap();
    let signature = hasher.sketch(&set);
    let params: &[&[u8]] = &[&version, &1_u32.to_le_bytes(), &[0; 4], &seed];
    assert_eq!(hasher.params().to_bytes(), framed(6, &[&params.concat(), &none]));
    let value = signature.values()[0].to_le_bytes();
    let rest: &[&[u8]] = &[&id, &1_u32.to_le_bytes(), &one, &one, &value];
    assert_eq!(signature.to_bytes(), framed(7, &[&params.concat(), &rest.concat()]));
}

/// XXH3-64 of the 24 bytes before it.
const BANDING_SUM: u64 = 0x5592_5df9_763c_6b82;

#[test]
fn signatures_know_their_shingler() {
    let text = "The ferry to the islands will not sail before Monday, the harbour master said on Friday.";
    let [three, five] = [3, 5].map(|k| Shingler::words(k).unwrap().shingle(text));
    let plain = three.as_slice();
    let refused = |result: reprint::Result<()>| result.unwrap_err().to_string().contains("shingler");

    let min = MinHasher::builder().scheme(Scheme::Classic).build().unwrap();
    let [mut a, b] = [&three, &five].map(|set| min.sketch(set));
    assert!(refused(a.resemblance(&b).map(|_| ())));
    assert_eq!(a.resemblance(&min.sketch(plain)).unwrap().value, 1.0);
    assert!(refused(a.merge(&b)) && refused(min.update(&mut a, &five)));
    let mixed = min.sketch_all(&[&three, &five]);
    assert!(refused(mixed.params().check_same(&a.params())));
    let mut table = min.sketch_all(&[&three]);
    assert!(refused(table.push(&b)) && refused(table.append(&mixed)));
    // What is added to plain hashes brings its shingler along.
    let mut table = MinHashSignatures::new(min.params());
    table.push(&a).unwrap();
    assert!(refused(table.push_set(&min, &five, &mut MinHashScratch::default())));

    let frac = FracMinHasher::default();
    let [a, b] = [&three, &five].map(|set| frac.sketch(set));
    assert!(refused(a.containment_in(&b).map(|_| ())) && refused(a.resemblance(&b).map(|_| ())));
    assert_eq!(a.shared(&frac.sketch(plain)).unwrap(), a.values().len());

    let sim = SimHasher::<u64>::default();
    let [a, b] = [&three, &five].map(|set| sim.sketch(set));
    assert!(refused(a.hamming_distance(&b).map(|_| ())) && refused(a.cosine(&b).map(|_| ())));
    let picture = SimHashSignature::from_bits(7, ShinglerId::named("pHash"));
    assert!(refused(a.hamming_distance(&picture).map(|_| ())));
    assert_eq!(picture.bits(), Some(7));
}

/// The value comes back from its bytes, and not from damaged ones.
fn back<T: Stored + PartialEq + std::fmt::Debug>(value: &T, damage: prop::sample::Index) {
    let mut bytes = value.to_bytes();
    assert_eq!(&T::from_bytes(&bytes).unwrap(), value);
    let at = damage.index(bytes.len());
    assert!(T::from_bytes(&bytes[..at]).is_err());
    bytes[at] ^= 0x10;
    assert!(T::from_bytes(&bytes).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn stored_bytes_come_back(
        set in prop::collection::vec(any::<u64>(), 0..40),
        seed: u64,
        name in any::<Option<u8>>(),
        damage in any::<prop::sample::Index>(),
    ) {
        let mut set = ShingleSet::from_hashes(set);
        if let Some(name) = name {
            set = set.with_shingler(ShinglerId::named(&name.to_string()));
        }
        let min = MinHasher::builder().seed(seed).bins(9).build().unwrap();
        back(&min.sketch(&set), damage);
        back(&min.sketch(&set).params(), damage);
        back(&min.sketch_all(&[&set, &set]), damage);
        let frac = FracMinHasher::builder().seed(seed).minimum(7).build().unwrap();
        back(&frac.sketch(&set), damage);
        back(&frac.sketch(&set).params(), damage);
        back(&SimHasher::<u64>::builder().seed(seed).build().unwrap().sketch(&set), damage);
        back(&SimHasher::<u128>::builder().seed(seed).build().unwrap().sketch(&set), damage);
    }
}

#[test]
fn invariants_are_checked_behind_a_right_checksum() {
    let version = 1_u32.to_le_bytes();
    let seed = [0; 8];
    // No bins; a scheme that there is not; a foreign format version.
    for (version, scheme, bins) in [(1_u32, 0, 0_u32), (1, 2, 9), (2, 0, 9)] {
        let bytes = framed(1, &[&version.to_le_bytes(), &[scheme], &bins.to_le_bytes(), &seed, &[0; 4]]);
        assert!(MinHashParams::from_bytes(&bytes).is_err());
    }
    // A row that is not whole; a length that nothing is behind.
    let params: &[&[u8]] = &[&version, &[0], &2_u32.to_le_bytes(), &seed, &[0; 4]];
    for (length, values) in [(3_u64, 3), (u64::MAX, 0), (1 << 60, 1)] {
        let bytes = framed(3, &[&params.concat(), &length.to_le_bytes(), &vec![1; 4 * values]]);
        assert!(MinHashSignatures::from_bytes(&bytes).is_err());
        let bytes = framed(2, &[&params.concat(), &length.to_le_bytes(), &vec![1; 4 * values]]);
        assert!(MinHashSignature::from_bytes(&bytes).is_err());
    }
    // Values that do not rise; more values than the set has; one that the scale does not keep.
    let params: &[&[u8]] = &[&version, &1_u32.to_le_bytes(), &[0; 4], &seed, &[0; 4]];
    for (scale, size, values) in
        [(1_u32, 5_u64, [4_u64, 4]), (1, 1, [4, 5]), (2, 5, [4, u64::MAX]), (0, 5, [4, 5])]
    {
        let values: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let rest: &[&[u8]] = &[&scale.to_le_bytes(), &size.to_le_bytes(), &2_u64.to_le_bytes(), &values];
        assert!(FracMinHashSignature::from_bytes(&framed(7, &[&params.concat(), &rest.concat()])).is_err());
    }
    // Empty, but with bits.
    let bytes = framed(4, &[&version, &seed, &[0; 4], &[1], &[1; 8]]);
    assert!(SimHashSignature::<u64>::from_bytes(&bytes).is_err());
    assert!(Banding::from_bytes(&framed(64, &[&[0; 8]])).is_err());
}

#[cfg(feature = "serde")]
#[test]
fn every_usual_format_of_serde_gives_it_back() {
    fn back<T: serde::Serialize + serde::de::DeserializeOwned + Clone + PartialEq + std::fmt::Debug>(
        value: &T,
    ) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
        let bytes = bincode1::serialize(value).unwrap();
        assert_eq!(&bincode1::deserialize::<T>(&bytes).unwrap(), value);
        let bytes = bincode2::serde::encode_to_vec(value, bincode2::config::standard()).unwrap();
        let read = bincode2::serde::decode_from_slice(&bytes, bincode2::config::standard());
        assert_eq!(read.unwrap(), (value.clone(), bytes.len()));
        assert_eq!(&postcard::from_bytes::<T>(&postcard::to_stdvec(value).unwrap()).unwrap(), value);
        assert_eq!(&rmp_serde::from_slice::<T>(&rmp_serde::to_vec(value).unwrap()).unwrap(), value);
        assert_eq!(&rmp_serde::from_slice::<T>(&rmp_serde::to_vec_named(value).unwrap()).unwrap(), value);
    }
    let shingler = Shingler::words(2).unwrap();
    back(&shingler.id());
    back(&Banding::new(20, 5).unwrap());
    for text in ["", "to be or not to be, that is the question"] {
        let set = shingler.shingle(text);
        back(&set);
        back(&shingler.count(text));
        for scheme in [Scheme::FastSimilarity, Scheme::Classic] {
            let hasher = MinHasher::builder().scheme(scheme).bins(16).build().unwrap();
            back(&hasher.params());
            back(&hasher.sketch(&set));
            back(&hasher.sketch(set.as_slice()));
            back(&hasher.sketch_all(&[&set, &set]));
        }
        back(&FracMinHasher::default().params());
        back(&FracMinHasher::default().sketch(&set));
        back(&SimHasher::<u64>::default().sketch(&set));
        back(&SimHasher::<u128>::default().sketch(&set));
        back(&SimHasher::<u128>::default().sketch(set.as_slice()));
    }
}
