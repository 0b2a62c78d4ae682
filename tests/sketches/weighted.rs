//! The laws of weighted signatures, their accuracy, and the bits that are stored.

use proptest::prelude::*;
use reprint::Backend;
use reprint::codec::Stored;
use reprint::hash::xxh3;
use reprint::shingle::Shingler;
use reprint::sketch::{
    Measure, WeightedMinHasher, WeightedScratch, WeightedSignature, WeightedSignatures, term_counts,
};

const MEASURES: [Measure; 2] = [Measure::WeightedJaccard, Measure::ProbabilityJaccard];

type Items = Vec<(u64, f64)>;

fn hasher(measure: Measure, bins: usize, seed: u64) -> WeightedMinHasher {
    WeightedMinHasher::builder().measure(measure).bins(bins).seed(seed).build().unwrap()
}

fn random(x: u64) -> u64 {
    xxh3(&x.to_le_bytes())
}

/// From 1/16 to 16.
fn weight(x: u64) -> f64 {
    libm::exp2((random(x ^ 0x5eed) >> 11) as f64 / (1_u64 << 53) as f64 * 8.0 - 4.0)
}

/// The exact index of two sets whose elements are distinct and sorted.
fn exact(measure: Measure, a: &[(u64, f64)], b: &[(u64, f64)]) -> f64 {
    let mut both = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let x = a.get(i).map_or(u64::MAX, |item| item.0);
        let y = b.get(j).map_or(u64::MAX, |item| item.0);
        let (mut pair, least) = ((0.0, 0.0), x.min(y));
        if i < a.len() && x == least {
            pair.0 = a[i].1;
            i += 1;
        }
        if j < b.len() && y == least {
            pair.1 = b[j].1;
            j += 1;
        }
        both.push(pair);
    }
    match measure {
        Measure::WeightedJaccard => {
            let least: f64 = both.iter().map(|&(a, b)| f64::min(a, b)).sum();
            let most: f64 = both.iter().map(|&(a, b)| f64::max(a, b)).sum();
            least / most
        }
        Measure::ProbabilityJaccard => {
            // By the ratio r = b/a: where y's is greater than x's, b(y)/b(x) is greater than a(y)/a(x).
            both.sort_by(|x, y| (x.1 / x.0).total_cmp(&(y.1 / y.0)));
            let (mut of_a, mut of_b) = (0.0, both.iter().map(|pair| pair.1).sum::<f64>());
            let mut sum = 0.0;
            for (a, b) in both {
                of_a += a;
                of_b -= b;
                if a > 0.0 && b > 0.0 {
                    sum += 1.0 / (of_a / a + of_b.max(0.0) / b);
                }
            }
            sum
        }
    }
}

#[test]
fn the_fast_oracle_is_the_formula() {
    for trial in 0..50 {
        let set = |side: u64| -> Items {
            (0..12)
                .filter(|x| !random(x + 100 * trial + side).is_multiple_of(3))
                .map(|x| (x, weight(x + trial + side)))
                .collect()
        };
        let (a, b) = (set(1000), set(5000));
        let of = |items: &Items, x: u64| items.iter().find(|item| item.0 == x).map_or(0.0, |item| item.1);
        let term = |x: u64| {
            let (a_x, b_x) = (of(&a, x), of(&b, x));
            let sum: f64 = (0..12).map(|y| f64::max(of(&a, y) / a_x, of(&b, y) / b_x)).sum();
            if a_x > 0.0 && b_x > 0.0 { 1.0 / sum } else { 0.0 }
        };
        let naive: f64 = (0..12).map(term).sum();
        assert!((exact(Measure::ProbabilityJaccard, &a, &b) - naive).abs() < 1e-12);
    }
}

/// Two sets of `n` elements each: those of the first have weights, and in the second
/// - either a share of them is the same and the others are other elements,
/// - or all are the same, and every weight is another.
fn pair(trial: u64, n: u64, share: f64, is_scaled: bool) -> (Items, Items) {
    let mut a: Items = (0..n).map(|i| (random(trial << 32 | i), weight(trial << 32 | i))).collect();
    let mut b = a.clone();
    if is_scaled {
        b.iter_mut().for_each(|item| item.1 *= share * (0.75 + (random(item.0) % 1024) as f64 / 2048.0));
    } else {
        let kept = (n as f64 * 2.0 * share / (1.0 + share)).round() as usize;
        b[kept..].iter_mut().for_each(|item| item.0 = random(item.0));
    }
    a.sort_by_key(|item| item.0);
    b.sort_by_key(|item| item.0);
    (a, b)
}

/// Bias and variance of the estimate in units of theory: errors divided by √(J(1−J)/k). Their mean over m pairs of a
/// size lies within 4.5 / √m of 0, and the mean of their squares is at most 1 + 4.5 √(3/m): for errors of that
/// variance one such check fails with a probability below 10⁻⁵, and there are 36 of each.
#[test]
fn errors_are_those_of_theory() {
    const BINS: usize = 128;
    for measure in MEASURES {
        let hasher = hasher(measure, BINS, 3);
        let mut scratch = WeightedScratch::default();
        for (size, trials) in
            [(1, 200), (3, 200), (10, 200), (100, 120), (1000, 60), (10_000, 12), (100_000, 3)]
        {
            for is_scaled in [true, false] {
                let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
                for share in [0.01, 0.1, 0.5, 0.9, 0.99] {
                    for trial in 0..trials {
                        let (a, b) = pair(1 + trial + (share * 1e5) as u64, size, share, is_scaled);
                        let j = exact(measure, &a, &b);
                        let (mut x, mut y) = ([0; BINS], [0; BINS]);
                        hasher.sketch_into(&a, &mut scratch, &mut x).unwrap();
                        hasher.sketch_into(&b, &mut scratch, &mut y).unwrap();
                        let equal = x.iter().zip(&y).filter(|(x, y)| x == y).count();
                        let error = equal as f64 / BINS as f64 - j;
                        if j * (1.0 - j) < 1e-9 {
                            assert!(
                                error.abs() < 1e-6,
                                "{measure}, {size} elements: J = {j}, off by {error}"
                            );
                            continue;
                        }
                        let error = error / (j * (1.0 - j) / BINS as f64).sqrt();
                        sum += error;
                        squares += error * error;
                        count += 1.0;
                    }
                }
                if count > 0.0 {
                    let (bias, variance) = (sum / count, squares / count);
                    let what =
                        format!("{measure}, {size} elements, scaled: {is_scaled}: {bias:.3}, {variance:.3}");
                    assert!(bias.abs() < 4.5 / f64::sqrt(count), "bias: {what}");
                    assert!(variance < 1.0 + 4.5 * f64::sqrt(3.0 / count), "variance: {what}");
                }
            }
        }
    }
}

/// In a bin the elements are kept in proportion to their weights, those far apart and those at a lane's ends too.
#[test]
fn elements_are_kept_in_proportion_to_their_weights() {
    let weights = [0.001, 0.75, 1.0, 1.0 + 1.0 / 1024.0, 3.999, 4.0, 60.0];
    for measure in MEASURES {
        let hasher = hasher(measure, 1024, 0);
        let mut kept = [0_u32; 7];
        for trial in 0..60 {
            let items: Items = (0..7).map(|i| (random(trial * 7 + i as u64), weights[i])).collect();
            let all = hasher.sketch(&items).unwrap();
            for (item, kept) in items.iter().zip(&mut kept) {
                let own = hasher.sketch(&[*item]).unwrap();
                *kept += all.values().iter().zip(own.values()).filter(|(x, y)| x == y).count() as u32;
            }
        }
        // A bin keeps one of the points of the element that it keeps of all, and the first of its own.
        let (total, bins) = (weights.iter().sum::<f64>(), 60.0 * 1024.0);
        for (weight, kept) in weights.iter().zip(kept) {
            let share = weight / total;
            let error = (f64::from(kept) / bins - share) / (share * (1.0 - share) / bins).sqrt();
            assert!(error.abs() < 4.5, "{measure}: weight {weight} is kept {kept} times, off by {error}");
        }
        assert_eq!(kept.iter().sum::<u32>(), 60 * 1024);
    }
}

fn items() -> impl Strategy<Value = Items> {
    prop::collection::vec((0..200_u64, prop_oneof![1 => Just(0.0), 4 => 1e-6..1e-3, 9 => 0.1..100.0]), 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn neither_order_nor_zeros_nor_backend_nor_repeats_matter(items in items(), bins in 1..200_usize, seed: u64) {
        for measure in MEASURES {
            let signature = hasher(measure, bins, seed).sketch(&items).unwrap();
            let mut other = items.clone();
            other.reverse();
            prop_assert_eq!(&hasher(measure, bins, seed).sketch(&other).unwrap(), &signature);
            other.extend(items.iter().map(|item| (item.0, item.1 / 2.0)).filter(|item| item.1 > 1e-9));
            other.extend((1000..1010).map(|x| (x, 0.0)));
            other.sort_by_key(|item| item.0.wrapping_mul(0x9e37_79b9));
            for backend in Backend::available() {
                let builder = WeightedMinHasher::builder().measure(measure).bins(bins).seed(seed);
                let again = builder.backend(backend).build().unwrap().sketch(&other).unwrap();
                prop_assert_eq!(&again, &signature, "{}", backend);
            }
            let is_empty = items.iter().all(|item| item.1 == 0.0);
            prop_assert_eq!(signature.is_empty(), is_empty);
            prop_assert_eq!(signature.values().contains(&u32::MAX), is_empty);
            prop_assert_eq!(signature.similarity(&signature).unwrap().value, if is_empty { 0.0 } else { 1.0 });
        }
    }

    #[test]
    fn a_scale_does_not_matter_to_the_probability_index(items in items(), power in -300..300_i32) {
        let hasher = hasher(Measure::ProbabilityJaccard, 64, 0);
        let scaled: Items = items.iter().map(|item| (item.0, item.1 * libm::exp2(f64::from(power)))).collect();
        prop_assert_eq!(hasher.sketch(&scaled).unwrap(), hasher.sketch(&items).unwrap());
    }

    #[test]
    fn tables_are_their_rows(sets in prop::collection::vec(items(), 0..6)) {
        for measure in MEASURES {
            let hasher = hasher(measure, 32, 1);
            let table = hasher.sketch_all(&sets).unwrap();
            let mut pushed = WeightedSignatures::new(hasher.params());
            for (i, set) in sets.iter().enumerate() {
                let signature = hasher.sketch(set).unwrap();
                prop_assert_eq!(table.row(i), signature.values());
                prop_assert_eq!(table.similarity(i, 0), signature.similarity(&table.signature(0)).unwrap());
                pushed.push(&signature).unwrap();
                prop_assert_eq!(WeightedSignature::from_bytes(&signature.to_bytes()).unwrap(), signature);
            }
            prop_assert_eq!(WeightedSignatures::from_bytes(&table.to_bytes()).unwrap(), table.clone());
            prop_assert_eq!(WeightedSignatures::from_values(table.params(), table.values().to_vec()).unwrap(), pushed);
        }
    }
}

#[test]
fn extreme_weights_end() {
    for items in [
        vec![(1, 2.0_f64.powi(-31)), (2, 4_294_967_295.9)],
        vec![(1, 2.0_f64.powi(-31))],
        vec![(1, 4_294_967_295.9)],
        vec![(7, 3.0); 5000],
        (0..10_000).map(|x| (x, if x == 77 { 4e9 } else { 1e-9 })).collect(),
    ] {
        for measure in MEASURES {
            for bins in [1, 2, 300] {
                assert!(!hasher(measure, bins, 0).sketch(&items).unwrap().is_empty());
            }
        }
    }
    let items = [(1, 2.0_f64.powi(-500)), (2, 2.0_f64.powi(499)), (3, 1.0)];
    assert!(!hasher(Measure::ProbabilityJaccard, 9, 0).sketch(&items).unwrap().is_empty());
}

#[test]
fn wrong_weights_bins_and_partners_are_told() {
    for measure in MEASURES {
        let hasher = hasher(measure, 8, 0);
        for wrong in
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e-300, 1e300, f64::MIN_POSITIVE / 2.0]
        {
            let message = hasher.sketch(&[(1, 1.0), (2, wrong)]).unwrap_err().to_string();
            // Tiny and huge numbers by their power of ten: no one counts 300 zeros.
            let is_plain = !wrong.is_finite() || wrong.abs() == 1.0;
            let told = if is_plain { wrong.to_string() } else { format!("{wrong:e}") };
            assert!(message.contains(&told) && message.len() < 200, "{message}");
            assert!(hasher.sketch_all(&[vec![(1, 1.0)], vec![(2, wrong)]]).is_err());
        }
        assert!(hasher.sketch_into(&[], &mut WeightedScratch::default(), &mut [0; 7]).is_err());
        assert!(WeightedSignatures::from_values(hasher.params(), vec![0; 7]).is_err());
        assert!(
            WeightedSignatures::from_values(hasher.params(), [vec![0; 7], vec![u32::MAX]].concat()).is_err()
        );
    }
    for bins in [0, 65_537] {
        assert!(WeightedMinHasher::builder().bins(bins).build().unwrap_err().to_string().contains("bins"));
    }
    let [one, other] = MEASURES.map(|measure| hasher(measure, 8, 0).sketch(&[(1, 1.0)]).unwrap());
    assert!(one.similarity(&other).unwrap_err().to_string().contains("measure"));
}

/// The values of two sets, so that no release changes them unseen: the first, and XXH3 of all in little-endian bytes.
#[test]
fn golden_vectors() {
    let few: Items = vec![(1, 1.0), (2, 0.3), (3, 7.5)];
    let many: Items = (0..1000).map(|x| (random(x), (1 + x % 37) as f64 / 4.0)).collect();
    let mut found = Vec::new();
    for measure in MEASURES {
        for (bins, seed) in [(1, 0), (100, 7), (128, 0), (1000, u64::MAX)] {
            for set in [&few, &many] {
                let signature = hasher(measure, bins, seed).sketch(set).unwrap();
                let bytes: Vec<u8> = signature.values().iter().flat_map(|v| v.to_le_bytes()).collect();
                found.push((signature.values()[0], xxh3(&bytes)));
            }
        }
    }
    assert_eq!(found, GOLDEN, "{found:#x?}");
}

const GOLDEN: [(u32, u64); 16] = [
    (0x1711_f1a2, 0x4295_7ed7_c24c_2bf8),
    (0xa0fd_01a0, 0x975a_a524_d8ba_5626),
    (0x0281_a45a, 0x36bb_17b6_7bf4_7c6a),
    (0x499e_1eda, 0xe03c_e395_323a_7170),
    (0x6be5_1ba4, 0xf076_20fa_7220_1d05),
    (0xb635_c228, 0xc5ee_a6e6_65a2_d364),
    (0x3b7c_7290, 0x6035_0040_d385_8954),
    (0xea9f_2e57, 0xeb65_0d48_e863_cf67),
    (0xf8c1_15e4, 0xed48_9b37_4620_1e05),
    (0x6fcc_c4fd, 0xb620_ad13_0e5b_aceb),
    (0xb7c2_d5f8, 0x9b08_fc19_d0c3_fd4b),
    (0xa4e5_916f, 0x2498_1adf_42a6_f41d),
    (0x565f_783f, 0xdf19_1973_6439_70a4),
    (0xcd50_a9f5, 0x5637_d14e_cd9c_fa3d),
    (0xd8f0_517a, 0x9261_134e_2277_3d42),
    (0xa32e_ab90, 0x6e09_c37e_6034_2ddd),
];

#[test]
fn signatures_know_their_shingler() {
    let hasher = WeightedMinHasher::default();
    let text = "the ferry sails at nine and the bridge is stuck";
    let weights = |words| term_counts(&Shingler::words(words).unwrap().count(text));
    let [one, two] = [1, 2].map(|words| hasher.sketch(&weights(words)).unwrap());
    assert!(one.similarity(&two).unwrap_err().to_string().contains("shingler"));
    assert_eq!(WeightedSignature::from_bytes(&one.to_bytes()).unwrap(), one);

    let unknown = hasher.sketch(weights(1).as_slice()).unwrap();
    assert_eq!(one.similarity(&unknown).unwrap().value, 1.0);
    let mut table = hasher.sketch_all(&[weights(1)]).unwrap();
    table.push(&unknown).unwrap();
    assert!(table.push(&two).is_err());
    assert_eq!(table.len(), 2);
    // Rows of two shinglers can be compared with none.
    let mixed = hasher.sketch_all(&[weights(1), weights(2)]).unwrap();
    assert!(hasher.sketch_all(&[weights(1)]).unwrap().append(&mixed).is_err());
}
