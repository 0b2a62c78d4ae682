//! The laws of b-bit signatures, their accuracy, and the bits that are stored.

use proptest::prelude::*;
use reprint::codec::Stored;
use reprint::hash::xxh3;
use reprint::index::{Banding, bbit_candidate_pairs, candidate_pairs, weighted_candidate_pairs};
use reprint::shingle::Shingler;
use reprint::sketch::{
    BBitParams, BBitSignature, BBitSignatures, BBitSource, MinHasher, Scheme, WeightedMinHasher,
};

const BITS: [u32; 5] = [1, 2, 4, 8, 16];

fn random(x: u64) -> u64 {
    xxh3(&x.to_le_bytes())
}

/// Two sets with `union` elements in all, of which `shared` are in both.
fn pair(trial: u64, union: u64, shared: u64) -> (Vec<u64>, Vec<u64>) {
    let elements: Vec<u64> = (0..union).map(|i| random(trial << 32 | i)).collect();
    let (common, rest) = elements.split_at(shared as usize);
    let (a, b) = rest.split_at(rest.len() / 2);
    ([common, a].concat(), [common, b].concat())
}

/// The share of bins that agree against P = 2⁻ᵇ + (1 − 2⁻ᵇ) J, in units of √(P(1−P)/k): over m pairs the mean lies within
/// 4.5 / √m of 0 and the mean square is at most 1 + 4.5 √(3/m). One such check fails with a probability below 10⁻⁵.
#[test]
fn errors_are_those_of_theory() {
    for scheme in [Scheme::FastSimilarity, Scheme::Classic] {
        let hasher = MinHasher::builder().scheme(scheme).bins(200).seed(5).build().unwrap();
        for (union, trials) in [(2, 150), (10, 150), (100, 80), (1000, 40), (10_000, 8), (100_000, 2)] {
            for bits in BITS {
                let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
                for share in [0.0, 0.01, 0.1, 0.5, 0.9, 0.99] {
                    let shared = (union as f64 * share).round() as u64;
                    let j = shared as f64 / union as f64;
                    if shared == union {
                        continue;
                    }
                    for trial in 0..trials {
                        let (a, b) = pair(
                            trial + 1000 * (u64::from(bits) + 100 * (share * 100.0) as u64),
                            union,
                            shared,
                        );
                        let cut = |set: &[u64]| BBitSignature::new(&hasher.sketch(set), bits).unwrap();
                        let (a, b) = (cut(&a), cut(&b));
                        let p = a.params().agreement(j);
                        let error = a.equal_bins(&b).unwrap() as f64 / 200.0 - p;
                        let error = error / (p * (1.0 - p) / 200.0).sqrt();
                        sum += error;
                        squares += error * error;
                        count += 1.0;
                    }
                }
                let (bias, variance) = (sum / count, squares / count);
                let what = format!("{scheme}, {union} elements, {bits} bits: {bias:.3}, {variance:.3}");
                assert!(bias.abs() < 4.5 / f64::sqrt(count), "bias: {what}");
                // Rare agreements by chance, 16 bits without a shared element, have a heavy tail of squares.
                let rare = if bits >= 8 { 40.0 } else { 3.0 };
                assert!(variance < 1.0 + 4.5 * f64::sqrt(rare / count), "variance: {what}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_cut_signature_has_the_cut_values(
        sets in prop::collection::vec(prop::collection::vec(0..300_u64, 0..40), 1..6),
        bins in 1..200_usize,
        bits in prop::sample::select(BITS.to_vec()),
    ) {
        let hasher = MinHasher::builder().bins(bins).build().unwrap();
        let table = hasher.sketch_all(&sets);
        let cut = BBitSignatures::new(&table, bits).unwrap();
        let mut pushed = BBitSignatures::new(&hasher.sketch_all::<Vec<u64>>(&[]), bits).unwrap();
        for (i, set) in sets.iter().enumerate() {
            let signature = BBitSignature::new(&hasher.sketch(set), bits).unwrap();
            prop_assert_eq!(&cut.signature(i), &signature);
            pushed.push(&signature).unwrap();
            prop_assert_eq!(signature.is_empty(), set.is_empty());
            let counts = cut.equal_bins(&signature).unwrap();
            for (j, &count) in counts.iter().enumerate() {
                let other = cut.signature(j);
                prop_assert_eq!(count as usize, signature.equal_bins(&other).unwrap());
                prop_assert_eq!(cut.similarity(i, j), signature.similarity(&other).unwrap());
                let naive = (0..bins).filter(|&bin| signature.value(bin) == other.value(bin)).count();
                let is_empty = set.is_empty() || sets[j].is_empty();
                prop_assert_eq!(count as usize, if is_empty { 0 } else { naive });
                let whole = table.row(i).iter().zip(table.row(j)).filter(|(x, y)| x == y).count();
                prop_assert!(is_empty || whole <= count as usize);
            }
            prop_assert_eq!(signature.value(bins), None);
            prop_assert_eq!(BBitSignature::from_bytes(&signature.to_bytes()).unwrap(), signature);
        }
        prop_assert_eq!(BBitSignatures::from_bytes(&cut.to_bytes()).unwrap(), cut.clone());
        prop_assert_eq!(pushed, cut);
    }
}

#[test]
fn pairs_that_share_a_band_share_it_when_cut() {
    let sets: Vec<Vec<u64>> =
        (0..120).map(|i| (0..40).map(|x| random(i / 3 * 1000 + x + i % 3 * 4)).collect()).collect();
    let table = MinHasher::default().sketch_all(&sets);
    let banding = Banding::new(16, 8).unwrap();
    let whole = candidate_pairs(&table, banding).unwrap();
    assert!(whole.len() > 60);
    for bits in BITS {
        let cut = bbit_candidate_pairs(&BBitSignatures::new(&table, bits).unwrap(), banding).unwrap();
        // Of large buckets only some pairs are named: those of one bit.
        assert!(bits == 1 || whole.iter().all(|pair| cut.contains(pair)), "{bits} bits");
        assert!(bits < 4 || cut.len() < whole.len() + 40, "{bits} bits: {}", cut.len());
    }
    let weighted: Vec<Vec<(u64, f64)>> =
        sets.iter().map(|set| set.iter().map(|&x| (x, 1.0 + (x % 5) as f64)).collect()).collect();
    let table = WeightedMinHasher::default().sketch_all(&weighted).unwrap();
    let whole = weighted_candidate_pairs(&table, banding).unwrap();
    let cut = bbit_candidate_pairs(&BBitSignatures::of_weighted(&table, 16).unwrap(), banding).unwrap();
    assert!(whole.len() > 60);
    assert_eq!(whole, cut);
}

#[test]
fn wrong_bits_and_partners_are_told() {
    let signature = MinHasher::default().sketch(&[1, 2, 3]);
    for bits in [0, 3, 5, 17, 32, 257] {
        let message = BBitSignature::new(&signature, bits).unwrap_err().to_string();
        assert!(message.contains(&bits.to_string()), "{message}");
    }
    let cut = |bits| BBitSignature::new(&signature, bits).unwrap();
    assert!(cut(1).similarity(&cut(2)).unwrap_err().to_string().contains("bits"));
    let seeded = MinHasher::builder().seed(1).build().unwrap().sketch(&[1, 2, 3]);
    assert!(
        cut(1).similarity(&BBitSignature::new(&seeded, 1).unwrap()).unwrap_err().to_string().contains("seed")
    );
    let weighted = WeightedMinHasher::default().sketch(&[(1, 1.0)]).unwrap();
    let weighted = BBitSignature::of_weighted(&weighted, 1).unwrap();
    assert!(cut(1).similarity(&weighted).is_err());
    assert!(matches!(weighted.params().source(), BBitSource::Weighted(_)));
    assert_eq!(BBitParams::from_bytes(&weighted.params().to_bytes()).unwrap(), weighted.params());
    let stored = |words| {
        let set = Shingler::words(words).unwrap().shingle("the ferry sails at nine");
        let cut = BBitSignature::new(&MinHasher::default().sketch(&set), 4).unwrap();
        BBitSignature::from_bytes(&cut.to_bytes()).unwrap()
    };
    assert!(stored(1).similarity(&stored(2)).unwrap_err().to_string().contains("shingler"));
    let unknown = MinHasher::default().sketch_all(&[vec![1, 2, 3]]);
    let mut table = BBitSignatures::new(&unknown, 4).unwrap();
    table.push(&stored(1)).unwrap();
    assert!(table.push(&stored(2)).is_err());
    assert_eq!(table.len(), 2);
}

/// XXH3 of the words of two signatures, so that no release changes them unseen.
#[test]
fn golden_vectors() {
    let many: Vec<u64> = (0..1000).map(random).collect();
    let found = BITS.map(|bits| {
        [&[1, 2, 3][..], &many].map(|set| {
            let hasher = MinHasher::builder().bins(100).build().unwrap();
            let signature = BBitSignature::new(&hasher.sketch(set), bits).unwrap();
            xxh3(&signature.words().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>())
        })
    });
    assert_eq!(found, GOLDEN, "{found:#x?}");
}

const GOLDEN: [[u64; 2]; 5] = [
    [0xcc07_0a1b_bfb1_98b4, 0x2ff1_57d3_c117_1845],
    [0xd48d_2a1c_64af_164d, 0xa4cc_87bd_3af1_1bd1],
    [0x5f1a_e07c_b053_0edd, 0x8d85_a26a_494c_b28f],
    [0x09ab_e09d_4bd3_1699, 0xcc5c_f705_dafe_91fe],
    [0x11c4_2abd_3c3f_4ca1, 0x496d_4346_1add_18f3],
];
