//! The laws of `MinHash` signatures, their accuracy, and the bits that are stored.
#![allow(clippy::float_cmp)] // Estimates of 0 and 1 are exact.

use proptest::prelude::*;
use reprint::Backend;
use reprint::hash::xxh3;
use reprint::sketch::{MinHashScratch, MinHashSignatures, MinHasher, Scheme};
use std::collections::HashSet;

const SCHEMES: [Scheme; 2] = [Scheme::FastSimilarity, Scheme::Classic];

fn hasher(scheme: Scheme, bins: usize, seed: u64) -> MinHasher {
    MinHasher::builder().scheme(scheme).bins(bins).seed(seed).build().unwrap()
}

fn random(x: u64) -> u64 {
    xxh3(&x.to_le_bytes())
}

/// The values of three sets, so that no release changes them unseen.
#[test]
fn golden_vectors() {
    let digest = |scheme, bins, seed, set: &[u64]| {
        let signature = hasher(scheme, bins, seed).sketch(set);
        let bytes: Vec<u8> = signature.values().iter().flat_map(|v| v.to_le_bytes()).collect();
        (signature.values()[0], xxh3(&bytes))
    };
    let few = [1, 2, 3];
    let many: Vec<u64> = (0..1000).map(random).collect();
    for (scheme, bins, seed, set, expected) in GOLDEN {
        let set = if set == "few" { &few[..] } else { &many };
        assert_eq!(
            digest(scheme, bins, seed, set),
            expected,
            "{scheme}, {bins} bins, seed {seed}, {}",
            set.len()
        );
    }
}

type Golden = (Scheme, usize, u64, &'static str, (u32, u64));

/// Scheme, bins, seed, set; the first value, and XXH3 of all values in little-endian bytes.
const GOLDEN: [Golden; 24] = [
    (Scheme::FastSimilarity, 1, 0, "few", (0x111e_3b41, 0x98c7_25cd_9897_8270)),
    (Scheme::FastSimilarity, 1, 0, "many", (0x004b_d51f, 0xc955_94ca_d0d2_59f7)),
    (Scheme::FastSimilarity, 64, 0, "few", (0x93c8_ba06, 0xc992_ab76_edb5_df7b)),
    (Scheme::FastSimilarity, 64, 0, "many", (0x12e6_9e4a, 0x25b1_0330_f664_7758)),
    (Scheme::FastSimilarity, 100, 7, "few", (0xb3eb_03ec, 0x36ae_973d_5ad0_69a5)),
    (Scheme::FastSimilarity, 100, 7, "many", (0x03bd_2a4e, 0x06c2_7e8e_ce6d_5d80)),
    (Scheme::FastSimilarity, 128, 0, "few", (0x93c8_ba06, 0x694b_a718_d1c7_87a8)),
    (Scheme::FastSimilarity, 128, 0, "many", (0x12e6_9e4a, 0x3db5_a1d9_a721_f8d8)),
    (Scheme::FastSimilarity, 128, u64::MAX, "few", (0x9b2c_0135, 0x0aa9_3894_2d30_6118)),
    (Scheme::FastSimilarity, 128, u64::MAX, "many", (0x0ab9_0159, 0x3807_e659_345b_8eab)),
    (Scheme::FastSimilarity, 1000, 1, "few", (0xb541_c3f4, 0x6978_ef47_d8ab_0b8c)),
    (Scheme::FastSimilarity, 1000, 1, "many", (0x66d8_1e08, 0xa8fb_dbba_8b06_8a8b)),
    (Scheme::Classic, 1, 0, "few", (0x0ffd_046c, 0x52ec_ae9f_7ec3_c73b)),
    (Scheme::Classic, 1, 0, "many", (0x001e_2c5c, 0x94f5_f914_3698_3cdd)),
    (Scheme::Classic, 64, 0, "few", (0x0ffd_046c, 0x4e57_8f37_a630_c26a)),
    (Scheme::Classic, 64, 0, "many", (0x001e_2c5c, 0xd535_1b48_171b_0199)),
    (Scheme::Classic, 100, 7, "few", (0x7e06_4622, 0xf1d9_52f3_83f5_4354)),
    (Scheme::Classic, 100, 7, "many", (0x0024_d3e4, 0x1933_16c4_4039_3a8e)),
    (Scheme::Classic, 128, 0, "few", (0x0ffd_046c, 0xd804_53d2_847b_b662)),
    (Scheme::Classic, 128, 0, "many", (0x001e_2c5c, 0x619d_6068_8e75_3928)),
    (Scheme::Classic, 128, u64::MAX, "few", (0x22c6_fa6a, 0x5eac_b5ef_fcdd_8ed2)),
    (Scheme::Classic, 128, u64::MAX, "many", (0x00eb_c533, 0x2f30_8cd5_fb53_5938)),
    (Scheme::Classic, 1000, 1, "few", (0x5597_0d72, 0xa60d_f4bc_494c_70ad)),
    (Scheme::Classic, 1000, 1, "many", (0x003f_67c3, 0x5c8e_71af_889a_8c02)),
];

/// Sets of `n` elements in all, whose resemblance is `shared` / `n`. What is not shared is split between both.
fn pair(elements: &[u64], shared: usize) -> (Vec<u64>, Vec<u64>) {
    let (common, rest) = elements.split_at(shared);
    let (a, b) = rest.split_at(rest.len() / 2);
    ([common, a].concat(), [common, b].concat())
}

/// How far a sum of independent yes-or-no trials of this variance in all is from its mean, but for one time in
/// 100,000 at most: Bernstein's inequality, which holds for rare trials too.
fn bernstein(variance: f64) -> f64 {
    let log = 200_000_f64.ln();
    log / 3.0 + (log * log / 9.0 + 2.0 * log * variance).sqrt()
}

/// Bias and variance of the estimate over many pairs, in units of theory: errors divided by √(J(1−J)/k).
/// An unbiased scheme of that variance fails the check of the bias at one size and resemblance less than once
/// in 100,000 ([`bernstein`]); the mean of the squared errors over all resemblances of a size may be above 1 by
/// 4.5 of its standard deviations, in which rare agreement counts by its kurtosis. The seeds are fixed, so that
/// a check fails always or never.
fn check_accuracy(input: &str, element: impl Fn(u64) -> u64) {
    const BINS: usize = 64;
    for scheme in SCHEMES {
        let sizes = [(1, 20), (5, 200), (20, 150), (100, 60), (500, 24), (5_000, 16), (100_000_u32, 8)];
        for (n, pairs) in sizes {
            let (mut all, mut all_squares, mut fourth) = (0.0, 0.0, 0.0);
            for j in [0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99] {
                let shared = (f64::from(n) * j).round() as usize;
                let j = shared as f64 / f64::from(n);
                let trial = j * (1.0 - j);
                let deviation = (trial / BINS as f64).sqrt();
                let mut sum = 0.0;
                for p in 0..pairs {
                    // Each pair has elements of its own; the seed changes too, as structured input repeats.
                    let elements: Vec<u64> =
                        (0..u64::from(n)).map(|i| element(p * u64::from(n) + i)).collect();
                    let hasher = hasher(scheme, BINS, p);
                    let (a, b) = pair(&elements, shared);
                    let error = hasher.sketch(&a).resemblance(&hasher.sketch(&b)).unwrap().value - j;
                    if deviation == 0.0 {
                        assert_eq!(error, 0.0, "{scheme}, {input}, {n} elements, resemblance {j}");
                    } else {
                        sum += error / deviation;
                        all_squares += (error / deviation).powi(2);
                        all += 1.0;
                        fourth += 2.0 + (1.0 - 6.0 * trial) / (BINS as f64 * trial);
                    }
                }
                if deviation == 0.0 {
                    continue;
                }
                // In bins of all pairs.
                let bias = sum * deviation * BINS as f64;
                let most = bernstein((BINS as u64 * pairs) as f64 * trial);
                assert!(bias.abs() <= most, "{scheme}, {input}, {n} elements, resemblance {j}: bias {bias}");
            }
            if all > 0.0 {
                let variance: f64 = all_squares / all;
                println!("{scheme}, {input}, {n} elements: standard error {:.3} of theory", variance.sqrt());
                let most = 1.0 + 4.5 * f64::sqrt(fourth) / all;
                assert!(variance <= most, "{scheme}, {input}, {n} elements: variance {variance} of theory");
            }
        }
    }
}

#[test]
fn accuracy_on_hashes() {
    check_accuracy("hashes", random);
}

#[test]
fn accuracy_on_numbers_in_a_row() {
    check_accuracy("0, 1, 2, ...", |i| i);
}

#[test]
fn accuracy_on_multiples_of_two_to_the_32() {
    check_accuracy("multiples of 2^32", |i| i << 32);
}

#[test]
fn accuracy_on_bytes_repeated() {
    check_accuracy("multiples of 0x0101010101010101", |i| i.wrapping_mul(0x0101_0101_0101_0101));
}

/// With k = 128 and J = 0.5 the standard error of Fast Similarity Sketching is below that of classic
/// `MinHash`: 0.71, 0.72 and 0.88 of it at 20, 100 and 500 elements.
#[test]
fn fast_similarity_is_more_accurate_on_small_sets() {
    for (n, most) in [(20, 0.78), (100, 0.81), (500, 0.97)] {
        let pairs = 300;
        let squares: f64 = (0..pairs)
            .map(|p| {
                let hasher = hasher(Scheme::FastSimilarity, 128, p);
                let (a, b) = pair(&(0..n).map(|i| random(p << 32 | i)).collect::<Vec<_>>(), n as usize / 2);
                (hasher.sketch(&a).resemblance(&hasher.sketch(&b)).unwrap().value - 0.5).powi(2)
            })
            .sum();
        let ratio = (squares / pairs as f64 / (0.25 / 128.0)).sqrt();
        println!("{n} elements: {ratio:.3}");
        assert!(ratio < most, "{n} elements: {ratio}");
    }
}

#[test]
fn bins_agree_independently_enough_for_bands() {
    // 16 bands of 8 rows: a pair of resemblance J becomes a candidate with probability 1 − (1 − J⁸)¹⁶.
    for (n, shared) in [(20, 16), (100, 70)] {
        let j = f64::from(shared) / f64::from(n);
        let theory = 1.0 - (1.0 - j.powi(8)).powi(16);
        let pairs = 400;
        for scheme in SCHEMES {
            let hits = (0..pairs)
                .filter(|&p| {
                    let hasher = hasher(scheme, 128, p);
                    let elements: Vec<u64> = (0..n as u64).map(|i| random(p << 32 | i)).collect();
                    let (a, b) = pair(&elements, shared as usize);
                    let (a, b) = (hasher.sketch(&a), hasher.sketch(&b));
                    a.values().chunks(8).zip(b.values().chunks(8)).any(|(a, b)| a == b)
                })
                .count();
            let rate = hits as f64 / pairs as f64;
            let error = (theory * (1.0 - theory) / pairs as f64).sqrt();
            assert!((rate - theory).abs() < 4.5 * error, "{scheme}, {n}: {rate} instead of {theory}");
        }
    }
}

#[test]
fn the_empty_set_resembles_nothing() {
    for scheme in SCHEMES {
        let hasher = hasher(scheme, 32, 0);
        let (empty, other) = (hasher.sketch(&[]), hasher.sketch(&[1]));
        assert!(empty.is_empty() && !other.is_empty());
        assert_eq!(empty.values(), [u32::MAX; 32]);
        assert_eq!(empty.resemblance(&empty).unwrap().value, 0.0);
        assert_eq!(empty.resemblance(&other).unwrap().value, 0.0);
        assert_eq!(other.resemblance(&other).unwrap().value, 1.0);
    }
}

#[test]
fn different_parameters_are_refused_by_name() {
    let base = hasher(Scheme::FastSimilarity, 64, 1).sketch(&[1]);
    for (other, what) in [
        (hasher(Scheme::Classic, 64, 1), "scheme"),
        (hasher(Scheme::FastSimilarity, 65, 1), "bins"),
        (hasher(Scheme::FastSimilarity, 64, 2), "seed"),
    ] {
        let message = base.resemblance(&other.sketch(&[1])).unwrap_err().to_string();
        assert!(message.contains(what), "{message}");
        assert!(MinHashSignatures::new(other.params()).push(&base).is_err());
        assert!(other.update(&mut base.clone(), &[2]).is_err());
    }
    for bins in [0, 65_537, usize::MAX] {
        let message = MinHasher::builder().bins(bins).build().unwrap_err().to_string();
        assert!(message.contains("bins") && message.contains(&bins.to_string()), "{message}");
    }
    let hasher = hasher(Scheme::Classic, 64, 0);
    assert!(hasher.sketch_into(&[1], &mut MinHashScratch::default(), &mut [0; 63]).is_err());
    assert!(MinHashSignatures::from_values(hasher.params(), vec![1; 65]).is_err());
}

#[test]
fn fast_similarity_can_neither_merge_nor_update() {
    let hasher = MinHasher::default();
    let mut signature = hasher.sketch(&[1]);
    let other = signature.clone();
    assert!(signature.merge(&other).unwrap_err().to_string().contains("merge"));
    assert!(hasher.update(&mut signature, &[2]).unwrap_err().to_string().contains("update"));
    assert_eq!(signature, other);
}

#[cfg(feature = "serde")]
#[test]
fn stored_signatures_come_back_and_damaged_ones_do_not() {
    use reprint::sketch::MinHashSignature;

    for scheme in SCHEMES {
        let hasher = hasher(scheme, 3, 5);
        let signature = hasher.sketch(&[1, 2]);
        let text = serde_json::to_string(&signature).unwrap();
        assert_eq!(serde_json::from_str::<MinHashSignature>(&text).unwrap(), signature);
        let table = hasher.sketch_all(&[vec![1], vec![], vec![2]]);
        let text = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<MinHashSignatures>(&text).unwrap(), table);
    }
    let params =
        |bins: u32| format!(r#"{{"scheme":"Classic","bins":{bins},"seed":0,"version":1,"shingler":null}}"#);
    let signature = |bins, values: &str| {
        let text = format!(r#"{{"params":{},"values":{values}}}"#, params(bins));
        (
            serde_json::from_str::<MinHashSignature>(&text).is_ok(),
            serde_json::from_str::<MinHashSignatures>(&text).is_ok(),
        )
    };
    assert_eq!(signature(2, "[1,2]"), (true, true));
    assert_eq!(signature(2, "[1,2,3,4]"), (false, true));
    assert_eq!(signature(2, "[1]"), (false, false));
    assert_eq!(signature(0, "[]"), (false, false));
    assert_eq!(signature(2, "[1,4294967295]"), (false, false));
    assert_eq!(signature(2, "[4294967295,4294967295]"), (true, true));
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() }
}

fn any_hasher() -> impl Strategy<Value = MinHasher> {
    let scheme = prop_oneof![Just(Scheme::FastSimilarity), Just(Scheme::Classic)];
    (scheme, 1_usize..200, any::<u64>()).prop_map(|(scheme, bins, seed)| hasher(scheme, bins, seed))
}

/// From few different numbers, so that sets overlap.
fn any_set() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(prop_oneof![0_u64..40, any::<u64>()], 0..150)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn order_and_repeats_do_not_matter(hasher in any_hasher(), set in any_set()) {
        let mut other = [&set[..], &set].concat();
        other.reverse();
        let distinct: Vec<u64> = set.iter().copied().collect::<HashSet<_>>().into_iter().collect();
        prop_assert_eq!(hasher.sketch(&set), hasher.sketch(&other));
        prop_assert_eq!(hasher.sketch(&set), hasher.sketch(&distinct));
    }

    #[test]
    fn resemblance_is_symmetric_bounded_and_one_with_itself(hasher in any_hasher(), a in any_set(), b in any_set()) {
        let (x, y) = (hasher.sketch(&a), hasher.sketch(&b));
        let xy = x.resemblance(&y).unwrap();
        prop_assert_eq!(xy, y.resemblance(&x).unwrap());
        prop_assert!((0.0..=1.0).contains(&xy.value) && (0.0..=0.5).contains(&xy.standard_error));
        prop_assert_eq!(x.resemblance(&x).unwrap().value, if a.is_empty() { 0.0 } else { 1.0 });
        prop_assert_eq!(x.is_empty(), a.is_empty());
        prop_assert_eq!(x.values().contains(&u32::MAX), a.is_empty());
    }

    #[test]
    fn every_backend_and_every_way_gives_the_same_bits(hasher in any_hasher(), sets in prop::collection::vec(any_set(), 0..6)) {
        let params = hasher.params();
        let table = hasher.sketch_all(&sets);
        let (mut one_by_one, mut pushed) = (MinHashSignatures::new(params), MinHashSignatures::new(params));
        let mut scratch = MinHashScratch::default();
        for (i, set) in sets.iter().enumerate() {
            let signature = hasher.sketch(set);
            prop_assert_eq!(table.row(i), signature.values());
            prop_assert_eq!(table.is_empty_row(i), set.is_empty());
            prop_assert_eq!(&table.signature(i), &signature);
            prop_assert_eq!(table.resemblance(i, 0), signature.resemblance(&hasher.sketch(&sets[0])).unwrap());
            one_by_one.push(&signature).unwrap();
            pushed.push_set(&hasher, set, &mut scratch).unwrap();
        }
        prop_assert_eq!(table.len(), sets.len());
        prop_assert_eq!(table.get(sets.len()), None);
        prop_assert_eq!(&table, &one_by_one);
        prop_assert_eq!(&table, &pushed);
        let (front, back) = sets.split_at(sets.len() / 2);
        let mut chunks = hasher.sketch_all(front);
        chunks.append(&hasher.sketch_all(back)).unwrap();
        prop_assert_eq!(&table, &chunks);
        for backend in Backend::available() {
            let builder = MinHasher::builder().scheme(params.scheme()).bins(params.bins()).seed(params.seed());
            prop_assert_eq!(&table, &builder.backend(backend).build().unwrap().sketch_all(&sets));
        }
    }

    #[test]
    fn classic_merge_and_update_give_the_sketch_of_the_union(bins in 1_usize..200, a in any_set(), b in any_set()) {
        let hasher = hasher(Scheme::Classic, bins, 3);
        let union = hasher.sketch(&[&a[..], &b].concat());
        let mut merged = hasher.sketch(&a);
        merged.merge(&hasher.sketch(&b)).unwrap();
        prop_assert_eq!(&merged, &union);
        let mut updated = hasher.sketch(&a);
        hasher.update(&mut updated, &b).unwrap();
        prop_assert_eq!(&updated, &union);
    }
}
