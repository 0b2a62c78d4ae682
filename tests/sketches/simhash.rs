//! `SimHash`: golden vectors, laws, and estimates within their stated error.

use proptest::prelude::*;
use reprint::Backend;
use reprint::hash::xxh3;
use reprint::sketch::{SimHashBits, SimHashSignature, SimHasher};

fn hasher<W: SimHashBits>(seed: u64) -> SimHasher<W> {
    SimHasher::builder().seed(seed).build().unwrap()
}

fn hashes(range: std::ops::Range<u32>) -> Vec<u64> {
    range.map(|i| xxh3(&i.to_le_bytes())).collect()
}

#[test]
fn golden_vectors() {
    // XXH3-64 of the numbers from 0 as four little-endian bytes.
    let text = |seed: u64, count: u32| {
        let narrow = hasher::<u64>(seed).sketch(&hashes(0..count)).to_string();
        let wide = hasher::<u128>(seed).sketch(&hashes(0..count)).to_string();
        assert_eq!(narrow, wide[16..], "the low half of 128 bits is the 64 bits");
        wide
    };
    assert_eq!(text(0, 1), "4553ced5c784ca1348b2c92616fc193d");
    assert_eq!(text(0, 100), "cc60e6af62acbf4a5300c3081688c154");
    assert_eq!(text(0, 1_001), "8d43c63f20e2ff966713f0431e60471a");
    assert_eq!(text(1, 1), "e98f22ce9a5727310af34da6b0efea67");
    assert_eq!(text(1, 100), "81c91902be6e7c7c87b74d614406e246");
    assert_eq!(text(u64::MAX, 1_001), "b5c0669319bc738e405205d52b3fc016");

    let weighted: Vec<(u64, u32)> = hashes(0..100).into_iter().zip((1..).map(|w| w * w)).collect();
    assert_eq!(hasher::<u128>(0).sketch_weighted(&weighted).to_string(), "9c34262f02aea5ca9210d30a76a8d1d4");
    assert_eq!(hasher::<u128>(1).sketch_weighted(&weighted).to_string(), "a7e91906beee78f48233c5910403e204");
}

#[test]
fn an_empty_set_is_marked_and_far_from_everything() {
    let hasher = hasher::<u128>(0);
    let (empty, one) = (hasher.sketch(&[]), hasher.sketch(&[0]));
    assert!(empty.is_empty() && empty.bits().is_none() && empty.to_string() == "empty");
    assert_eq!(hasher.sketch_weighted(&[]), empty);
    assert_eq!(hasher.sketch_weighted(&[(7, 0), (8, 0)]), empty);
    assert!(!one.is_empty());
    for (a, b) in [(&empty, &empty), (&empty, &one), (&one, &empty)] {
        assert_eq!(a.hamming_distance(b).unwrap(), 128);
        assert_eq!(a.cosine(b).unwrap().value.to_bits(), 0.0_f64.to_bits());
    }
}

#[test]
fn another_seed_is_refused_by_name() {
    let (a, b) = (hasher::<u64>(3).sketch(&[1]), hasher::<u64>(4).sketch(&[1]));
    for message in [a.hamming_distance(&b).unwrap_err(), a.cosine(&b).unwrap_err()].map(|e| e.to_string()) {
        assert!(message.contains("seed") && message.contains('3') && message.contains('4'), "{message}");
    }
}

#[test]
fn every_backend_gives_the_same_signature() {
    for size in [1, 2, 3, 31, 32, 127, 128, 129, 1_000, 3_333] {
        let set = hashes(0..size);
        let weighted: Vec<(u64, u32)> = set.iter().map(|&h| (h, (h % 1_000) as u32)).collect();
        for seed in [0, 5] {
            let signatures = |backend| {
                let narrow = SimHasher::<u64>::builder().seed(seed).backend(backend).build().unwrap();
                let wide = SimHasher::<u128>::builder().seed(seed).backend(backend).build().unwrap();
                (
                    [narrow.sketch(&set), narrow.sketch_weighted(&weighted)],
                    [wide.sketch(&set), wide.sketch_weighted(&weighted)],
                )
            };
            for backend in Backend::available() {
                assert_eq!(signatures(backend), signatures(Backend::SCALAR), "{backend}, {size} shingles");
            }
        }
    }
}

/// Means, over pairs of sets of 300 that share `shared`, of: the estimate, its squared error against the true
/// cosine, and the stated error squared.
fn errors<W: SimHashBits>(seed: u64, shared: u32) -> (f64, f64, f64) {
    const PAIRS: u32 = 1_000;
    let hasher = hasher::<W>(seed);
    let truth = f64::from(shared) / 300.0;
    let mut sums = (0.0, 0.0, 0.0);
    for pair in 0..PAIRS {
        let from = pair * 600;
        let a = hasher.sketch(&hashes(from..from + 300));
        let b = hasher.sketch(&hashes(from + 300 - shared..from + 600 - shared));
        let cosine = a.cosine(&b).unwrap();
        sums.0 += cosine.value / f64::from(PAIRS);
        sums.1 += (cosine.value - truth).powi(2) / f64::from(PAIRS);
        sums.2 += cosine.standard_error.powi(2) / f64::from(PAIRS);
    }
    sums
}

/// The stated error errs on the safe side: with 4,000 pairs the true one is 0.99 of it at cosine 0.5 and 0.88
/// to 0.93 at 0.95. With 1,000 the root of a mean square is known within 2.2 % (one standard deviation), so
/// the bounds are four and more of them away; the mean estimate is known within a thirtieth of the error, and
/// its own bias is up to a tenth.
#[test]
fn the_cosine_is_within_its_stated_error() {
    for shared in [150, 210, 255, 285] {
        for (mean, squares, stated) in [
            errors::<u64>(0, shared),
            errors::<u64>(9, shared),
            errors::<u128>(0, shared),
            errors::<u128>(9, shared),
        ] {
            let ratio = (squares / stated).sqrt();
            assert!((0.8..1.1).contains(&ratio), "{shared} shared: {ratio} times the stated error");
            let bias = (mean - f64::from(shared) / 300.0).abs() / stated.sqrt();
            assert!(bias < 0.22, "{shared} shared: mean estimate {mean}");
        }
    }
}

/// ln C(n, k) for k in 0..=n.
fn log_binomials(n: u32) -> Vec<f64> {
    let mut logs = vec![0.0];
    for k in 1..=n {
        logs.push(logs[k as usize - 1] + (f64::from(n - k + 1) / f64::from(k)).ln());
    }
    logs
}

/// The chance that a bit of two sketches agrees, of sets of `n` that share `shared`: both have more than half ones, or
/// neither.
fn agreement(n: u32, shared: u32) -> f64 {
    // How many of so many coins show ones; what is left out comes once in 10^18.
    let coins = |n: u32| -> Vec<(usize, f64)> {
        let chance = |log: f64| (log - f64::from(n) * 2_f64.ln()).exp();
        log_binomials(n).into_iter().map(chance).enumerate().filter(|&(_, p)| p > 1e-18).collect()
    };
    let (common, own) = (coins(shared), coins(n - shared));
    let ones = |in_common: usize| -> f64 {
        own.iter().filter(|(k, _)| 2 * (in_common + k) > n as usize).map(|(_, p)| p).sum()
    };
    let both = |&(k, p): &(usize, f64)| p * (ones(k).powi(2) + (1.0 - ones(k)).powi(2));
    common.iter().map(both).sum()
}

/// For sets of 1 to 100,000 of a resemblance of .01 to .99 the distance is what coins would give: mean and variance of a
/// binomial of 64 draws with the exact chance. Means and mean squares of all pairs lie within 5 of their standard
/// deviations, in which rare differences count by their kurtosis: for normal means a check fails once in 1,700,000. Seed
/// and sets are fixed, so that it fails always or never.
#[test]
fn distances_have_the_exact_mean_and_variance_for_sets_of_any_size() {
    let hasher = hasher::<u64>(5);
    for (n, pairs) in [(1, 20), (5, 300), (20, 300), (100, 300), (500, 300), (5_000, 100), (100_000_u32, 20)]
    {
        let all = hashes(0..2 * n * pairs);
        for j in [0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99] {
            // Of two sets of n that share c n, the resemblance is c / (2 - c).
            let shared = (f64::from(n) * 2.0 * j / (1.0 + j)).round() as u32;
            let chance = agreement(n, shared);
            let distances: Vec<f64> = all
                .chunks_exact(2 * n as usize)
                .map(|elements| {
                    let start = (n - shared) as usize;
                    let (a, b) = (&elements[..n as usize], &elements[start..start + n as usize]);
                    f64::from(hasher.sketch(a).hamming_distance(&hasher.sketch(b)).unwrap())
                })
                .collect();
            let trial = chance * (1.0 - chance);
            let (expected, variance) = (64.0 * (1.0 - chance), 64.0 * trial);
            if trial < 1e-12 {
                assert!(distances.iter().all(|d| (d - expected).abs() < 1e-9), "{n}, {j}");
                continue;
            }
            let count = f64::from(pairs);
            let mean = distances.iter().sum::<f64>() / count;
            let most = 5.0 * (variance / count).sqrt();
            assert!((mean - expected).abs() < most, "{n}, {j}: {mean} for {expected} ± {most}");
            let squares = distances.iter().map(|d| (d - expected).powi(2)).sum::<f64>() / count;
            let fourth = 2.0 + (1.0 - 6.0 * trial) / variance;
            let most = 5.0 * (fourth / count).sqrt();
            assert!((squares / variance - 1.0).abs() < most, "{n}, {j}: {squares} for {variance}");
        }
    }
}

/// Why the docs ask for a seed where values are not hashes: the high bits of counters are never set.
#[test]
fn a_seed_makes_signatures_of_counters_usable() {
    let sets: Vec<Vec<u64>> = (0..20).map(|i| (i * 1_000..i * 1_000 + 301).collect()).collect();
    let closest = |seed: u64| {
        let signatures: Vec<SimHashSignature> = sets.iter().map(|set| hasher(seed).sketch(set)).collect();
        let distances = signatures.iter().enumerate().flat_map(|(i, a)| {
            signatures[..i].iter().map(|b| a.hamming_distance(b).unwrap()).collect::<Vec<_>>()
        });
        distances.min().unwrap()
    };
    assert!(closest(0) < 5);
    // 190 pairs at 32 ± 4: the closest is 16 or less once in 250 runs of this; the seed is fixed.
    assert!(closest(1) > 16);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_does_not_matter(mut set in prop::collection::vec((any::<u64>(), any::<u32>()), 0..300), seed: u64) {
        let plain = |set: &[(u64, u32)]| {
            let set: Vec<u64> = set.iter().map(|x| x.0).collect();
            (hasher::<u64>(seed).sketch(&set), hasher::<u128>(seed).sketch(&set))
        };
        let weighted = hasher::<u128>(seed).sketch_weighted(&set);
        let unweighted = plain(&set);
        set.sort_unstable();
        prop_assert_eq!(hasher::<u128>(seed).sketch_weighted(&set), weighted);
        prop_assert_eq!(plain(&set), unweighted);
    }

    #[test]
    fn weight_w_is_w_repeats(set in prop::collection::vec((any::<u64>(), 0_u32..6), 0..100), seed in 0_u64..3) {
        let repeated: Vec<u64> = set.iter().flat_map(|&(h, w)| std::iter::repeat_n(h, w as usize)).collect();
        prop_assert_eq!(hasher::<u64>(seed).sketch_weighted(&set), hasher::<u64>(seed).sketch(&repeated));
        prop_assert_eq!(hasher::<u128>(seed).sketch_weighted(&set), hasher::<u128>(seed).sketch(&repeated));
    }

    #[test]
    fn distance_is_a_metric(
        a in prop::collection::vec(any::<u64>(), 1..50),
        b in prop::collection::vec(any::<u64>(), 1..50),
        c in prop::collection::vec(any::<u64>(), 1..50),
        seed in 0_u64..3,
    ) {
        let [a, b, c] = [a, b, c].map(|set| hasher::<u128>(seed).sketch(&set));
        let d = |x: &SimHashSignature<u128>, y: &SimHashSignature<u128>| x.hamming_distance(y).unwrap();
        prop_assert_eq!(d(&a, &a), 0);
        prop_assert_eq!(d(&a, &b), d(&b, &a));
        prop_assert_eq!(d(&a, &b), (a.bits().unwrap() ^ b.bits().unwrap()).count_ones());
        prop_assert!(d(&a, &c) <= d(&a, &b) + d(&b, &c));
        let cosine = a.cosine(&b).unwrap();
        prop_assert!((0.0..=1.0).contains(&cosine.value) && cosine.standard_error > 0.0);
        prop_assert_eq!(cosine, b.cosine(&a).unwrap());
    }
}

#[cfg(feature = "serde")]
#[test]
fn stored_signatures_come_back_and_bad_ones_do_not() {
    for set in [&[][..], &[0], &[1, 2, u64::MAX]] {
        let (narrow, wide) = (hasher::<u64>(6).sketch(set), hasher::<u128>(6).sketch(set));
        let text = serde_json::to_string(&narrow).unwrap();
        assert_eq!(serde_json::from_str::<SimHashSignature<u64>>(&text).unwrap(), narrow);
        assert!(
            serde_json::from_str::<SimHashSignature<u128>>(&text).unwrap_err().to_string().contains("width")
        );
        let text = serde_json::to_string(&wide).unwrap();
        assert_eq!(serde_json::from_str::<SimHashSignature<u128>>(&text).unwrap(), wide);
    }
    let text = serde_json::to_string(&hasher::<u64>(6).sketch(&[])).unwrap();
    assert_eq!(text, r#"{"version":1,"width":64,"seed":6,"shingler":null,"bits":null}"#);
}
