//! The targets of `fuzz/` on their seeds and on changes of them: what a fuzzer does, but the same each time and for
//! seconds. `FUZZ_SECONDS` asks for more of it.

#[path = "../fuzz/targets/all/mod.rs"]
mod all;

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

/// Changes of each seed, where no time is asked for.
const CHANGES: u64 = 100;

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut seeds: Vec<Vec<u8>> =
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    seeds.sort();
    seeds.push(Vec::new());
    seeds.iter().for_each(|seed| target(seed));
    let seconds = env::var("FUZZ_SECONDS").ok().map(|seconds| seconds.parse().expect("a number of seconds"));
    let (start, enough) = (Instant::now(), Duration::from_secs(seconds.unwrap_or(0)));
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below.max(1)
    };
    let mut round = 0;
    while round < CHANGES || start.elapsed() < enough {
        for i in 0..seeds.len() {
            let mut data = seeds[i].clone();
            for _ in 0..=next(6) {
                let at = next(data.len() + 1);
                match next(6) {
                    0 => data.insert(at, next(256) as u8),
                    1 if at < data.len() => data[at] = next(256) as u8,
                    2 if at < data.len() => data[at] ^= 1 << next(8),
                    3 => data.truncate(at),
                    4 => {
                        let other = &seeds[next(seeds.len())];
                        let from = next(other.len() + 1);
                        data.splice(at..at, other[from..].iter().take(next(64)).copied());
                    }
                    _ => {
                        let end = at + next(data.len() - at + 1);
                        data.drain(at..end);
                    }
                }
            }
            target(&data);
        }
        round += 1;
    }
}

macro_rules! targets {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name), all::$name::$name);
        }
    )*};
}

targets! { text shingles sketches indexes aligner finder stored report archive }
