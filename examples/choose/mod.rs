//! Which sketch at this memory and this recall: measured on generated pairs of sets.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::command::say;
use reprint::hash::xxh3;
use reprint::sketch::{
    BBitSignature, FracMinHasher, MinHashScratch, MinHasher, SimHashBits, SimHasher, UltraLogLog,
    WeightedMinHasher, WeightedScratch,
};

/// Shingles of a set: those of a long news story.
const SHINGLES: u64 = 1000;

/// Pairs of each resemblance.
const PAIRS: u64 = 400;

type Sets = Vec<Vec<u64>>;

/// A sketch of one size: what it is called, its bytes, and what it gives.
struct Measured {
    name: String,
    bytes: f64,
    nanoseconds: f64,
    /// Of pairs at the threshold, a step below and two steps below.
    estimates: [Vec<f64>; 3],
}

/// Prints the table for signatures of about `bytes` bytes, and pairs of resemblance `threshold`.
pub(crate) fn print_sketches(threshold: f64, recall: f64, bytes: usize) -> Result<(), String> {
    let levels = [threshold, threshold - 0.1, threshold - 0.3].map(|level| level.max(0.0));
    let pairs = levels.map(|level| (0..PAIRS).map(|i| pair(i, level)).collect::<Vec<_>>());
    say!(
        "Which sketch in about {bytes} bytes? Measured on {PAIRS} pairs of sets of {SHINGLES} shingles at each \
         resemblance.\nThe estimate is cut where {recall} of the pairs at {threshold} are above. Then of pairs at the \
         others are above:\n"
    );
    say!(
        "  sketch                      bytes   rms error at {:.2}  false at {:.2}  false at {:.2}  ns a shingle",
        levels[0],
        levels[1],
        levels[2]
    );
    for sketch in sketches(bytes, &pairs).map_err(|error| error.to_string())? {
        let error = |(of, level): (&Vec<f64>, f64)| {
            (of.iter().map(|e| (e - level) * (e - level)).sum::<f64>() / of.len() as f64).sqrt()
        };
        let mut sorted = sketch.estimates[0].clone();
        sorted.sort_by(f64::total_cmp);
        let cut = sorted[((1.0 - recall) * PAIRS as f64) as usize];
        let above = |of: &Vec<f64>| of.iter().filter(|&&e| e >= cut).count() as f64 / of.len() as f64;
        let [at, step, far] = &sketch.estimates;
        say!(
            "  {:<26} {:>6.0}  {:>18.3}  {:>13.3}  {:>13.3}  {:>12.1}",
            sketch.name,
            sketch.bytes,
            error((at, levels[0])),
            above(step),
            above(far),
            sketch.nanoseconds,
        );
    }
    say!(
        "\nA SimHash estimates a cosine, which is turned into the resemblance of sets as large as each other."
    );
    print_sizes();
    Ok(())
}

/// Two sets of [`SHINGLES`] elements each.
fn pair(number: u64, resemblance: f64) -> (Vec<u64>, Vec<u64>) {
    let shared = (SHINGLES as f64 * 2.0 * resemblance / (1.0 + resemblance)).round() as u64;
    let element =
        |i: u64| xxh3(&((number << 32) | ((resemblance * 1000.0) as u64 * 10_000 + i)).to_le_bytes());
    let a = (0..SHINGLES).map(element).collect();
    let b = (SHINGLES - shared..2 * SHINGLES - shared).map(element).collect();
    (a, b)
}

fn sketches(bytes: usize, pairs: &[Vec<(Vec<u64>, Vec<u64>)>; 3]) -> reprint::Result<Vec<Measured>> {
    let sets: Sets = pairs[0].iter().map(|pair| pair.0.clone()).collect();
    let per_shingle = |time: Duration| time.as_nanos() as f64 / (SHINGLES * PAIRS) as f64;
    let mut all = Vec::new();
    for bits in [32, 16, 8, 4, 2, 1] {
        let bins = 8 * bytes / bits;
        if !(1..=65_536).contains(&bins) {
            continue;
        }
        let hasher = MinHasher::builder().bins(bins).build()?;
        let (mut scratch, mut out) = (MinHashScratch::default(), vec![0; bins]);
        let time = least(|| {
            sets.iter().try_for_each(|set| hasher.sketch_into(black_box(set), &mut scratch, &mut out))
        })?;
        let mut estimates = [vec![], vec![], vec![]];
        for (pairs, estimates) in pairs.iter().zip(&mut estimates) {
            for (a, b) in pairs {
                let (a, b) = (hasher.sketch(a), hasher.sketch(b));
                estimates.push(if bits == 32 {
                    a.resemblance(&b)?.value
                } else {
                    BBitSignature::new(&a, bits as u32)?
                        .similarity(&BBitSignature::new(&b, bits as u32)?)?
                        .value
                });
            }
        }
        let name = match bits {
            32 => format!("MinHash, {bins} bins"),
            _ => format!("{bins} bins of {bits} bits"),
        };
        all.push(Measured { name, bytes: bytes as f64, nanoseconds: per_shingle(time), estimates });
    }
    let weighted = WeightedMinHasher::builder().bins((bytes / 4).clamp(1, 65_536)).build()?;
    let items = |set: &Vec<u64>| set.iter().map(|&x| (x, 1.0)).collect::<Vec<_>>();
    let weights: Vec<Vec<(u64, f64)>> = sets.iter().map(items).collect();
    let (mut scratch, mut out) = (WeightedScratch::default(), vec![0; weighted.params().bins()]);
    let time = least(|| {
        weights.iter().try_for_each(|set| weighted.sketch_into(black_box(set), &mut scratch, &mut out))
    })?;
    let estimate = |(a, b): &(Vec<u64>, Vec<u64>)| {
        Ok(weighted.sketch(&items(a))?.similarity(&weighted.sketch(&items(b))?)?.value)
    };
    all.push(Measured {
        name: format!("weighted, {} bins", weighted.params().bins()),
        bytes: 4.0 * weighted.params().bins() as f64,
        nanoseconds: per_shingle(time),
        estimates: estimates(pairs, estimate)?,
    });
    all.push(frac(bytes, pairs, &sets)?);
    all.push(simhash::<u64>("SimHash, 64 bits", 8.0, pairs, &sets)?);
    all.push(simhash::<u128>("SimHash, 128 bits", 16.0, pairs, &sets)?);
    Ok(all)
}

fn frac(bytes: usize, pairs: &[Vec<(Vec<u64>, Vec<u64>)>; 3], sets: &Sets) -> reprint::Result<Measured> {
    let scale = (SHINGLES as usize * 8 / bytes).max(1) as u32;
    let hasher = FracMinHasher::builder().scale(scale).minimum(0).build()?;
    let mut bytes = 0;
    let time = least(|| {
        bytes = sets.iter().map(|set| 8 * hasher.sketch(black_box(set)).values().len()).sum();
        Ok(())
    })?;
    let estimate = |(a, b): &(Vec<u64>, Vec<u64>)| Ok(hasher.sketch(a).resemblance(&hasher.sketch(b))?.value);
    Ok(Measured {
        name: format!("FracMinHash, scale {scale}"),
        bytes: bytes as f64 / sets.len() as f64,
        nanoseconds: time.as_nanos() as f64 / (SHINGLES * PAIRS) as f64,
        estimates: estimates(pairs, estimate)?,
    })
}

fn simhash<W: SimHashBits>(
    name: &str,
    bytes: f64,
    pairs: &[Vec<(Vec<u64>, Vec<u64>)>; 3],
    sets: &Sets,
) -> reprint::Result<Measured> {
    let hasher = SimHasher::<W>::builder().build()?;
    let time = least(|| {
        sets.iter().for_each(|set| {
            black_box(hasher.sketch(black_box(set)));
        });
        Ok(())
    })?;
    // Of sets as large as each other with resemblance J the cosine is 2J/(1+J); back to J, for the one scale.
    let estimate = |(a, b): &(Vec<u64>, Vec<u64>)| {
        let cosine = hasher.sketch(a).cosine(&hasher.sketch(b))?.value.max(0.0);
        Ok(cosine / (2.0 - cosine))
    };
    Ok(Measured {
        name: name.to_owned(),
        bytes,
        nanoseconds: time.as_nanos() as f64 / (SHINGLES * PAIRS) as f64,
        estimates: estimates(pairs, estimate)?,
    })
}

fn estimates(
    pairs: &[Vec<(Vec<u64>, Vec<u64>)>; 3],
    estimate: impl Fn(&(Vec<u64>, Vec<u64>)) -> reprint::Result<f64>,
) -> reprint::Result<[Vec<f64>; 3]> {
    let mut all = [vec![], vec![], vec![]];
    for (pairs, all) in pairs.iter().zip(&mut all) {
        *all = pairs.iter().map(&estimate).collect::<reprint::Result<_>>()?;
    }
    Ok(all)
}

/// The least time of five.
fn least(mut work: impl FnMut() -> reprint::Result<()>) -> reprint::Result<Duration> {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        work()?;
        least = least.min(start.elapsed());
    }
    Ok(least)
}

/// The sizes of sets, which none of the above tells but `FracMinHash`.
fn print_sizes() {
    say!("\nHow many distinct shingles? UltraLogLog, root mean square of the relative error over 50 sets:\n");
    say!("  precision   bytes     1,000   100,000");
    for precision in [8, 10, 12] {
        let errors = [1000_u64, 100_000].map(|size| {
            let error = |trial: u64| {
                let builder = UltraLogLog::builder().precision(precision).seed(trial);
                let hasher = builder.hasher().expect("the precision is in range");
                hasher.sketch(&(0..size).collect::<Vec<_>>()).size().value / size as f64 - 1.0
            };
            100.0 * ((0..50).map(error).map(|error| error * error).sum::<f64>() / 50.0).sqrt()
        });
        say!("  {precision:>9}  {:>6}  {:>6.2} %  {:>6.2} %", 1 << precision, errors[0], errors[1]);
    }
}
