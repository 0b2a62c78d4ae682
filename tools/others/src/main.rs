//! The same work by this library and by gaoya and txtfp, in turn, on one thread: `others [CORPUS.jsonl]`
//!
//! Prints the table of speeds in the README, documents a second. Each work is done fifteen times by each library, one
//! after the other, and the best time of each counts. Each splits words its own way, as its documentation shows.
//! With no CORPUS (an object with `text` in each line) it takes 2,000 generated stories.
//!
//! The works are text to a `MinHash` signature of 128 values of word 5-grams, text to a `SimHash` of 64 bits of them,
//! and text to clusters at resemblance 0.8. The others estimate the resemblance by the signatures, in 16 bands of 8.

#[path = "../../../examples/generated/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod generated;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use gaoya::simhash::{SimHash, SimHashBits, SimSipHasher64};
use gaoya::text::{shingle_tokens, whitespace_split};
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::MinHashScratch;
use reprint::{Finder, Preset};
use txtfp::{Canonicalizer, Fingerprinter, LshIndexBuilder, ShingleTokenizer, WordTokenizer};

/// So often is each work done.
const PASSES: u32 = 15;

/// What a library makes of the texts; the number keeps the compiler from leaving it out.
type Work<'a> = Box<dyn Fn() -> usize + 'a>;

fn main() -> Result<(), Box<dyn Error>> {
    let texts = match std::env::args().nth(1) {
        None => generated::archive(&generated::Language::new(), 2_000).texts,
        Some(path) => {
            let corpus = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
            corpus.lines().map(text).collect::<Result<_, _>>()?
        }
    };
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{} texts, {bytes} bytes; the best of {PASSES}\n", texts.len());
    println!("| work | `reprint` | gaoya | txtfp |\n|---|---|---|---|");
    let (ours, gaoya, txtfp) = (ours(&texts)?, gaoya(&texts), txtfp(&texts));
    let works = ["text to MinHash, 128 values", "text to SimHash, 64 bits", "text to clusters at 0.8"];
    for (work, name) in works.into_iter().enumerate() {
        let [ours, gaoya, txtfp] = turns([&ours[work], &gaoya[work], &txtfp[work]])
            .map(|time| texts.len() as f64 / time.as_secs_f64());
        let times = |other: f64| format!("{other:.0} ({:.0} times)", ours / other);
        println!("| {name} | {ours:.0} | {} | {} |", times(gaoya), times(txtfp));
    }
    Ok(())
}

fn text(line: &str) -> Result<String, Box<dyn Error>> {
    let line: serde_json::Value = serde_json::from_str(line)?;
    Ok(line["text"].as_str().ok_or("a line without `text`")?.to_owned())
}

/// The best time of each, taken in turn.
fn turns(works: [&Work<'_>; 3]) -> [Duration; 3] {
    let mut best = [Duration::MAX; 3];
    for _ in 0..PASSES {
        for (work, best) in works.iter().zip(&mut best) {
            let start = Instant::now();
            black_box(work());
            *best = start.elapsed().min(*best);
        }
    }
    best
}

fn ours(texts: &[String]) -> Result<[Work<'_>; 3], Box<dyn Error>> {
    let words = Shingler::words(5)?;
    let minhasher = reprint::sketch::MinHasher::default();
    let simhasher = reprint::sketch::SimHasher::<u64>::default();
    let finder = Finder::preset(Preset::Web);
    let of_words = words.clone();
    let minhash = move || {
        let (mut buffer, mut scratch) = (ShingleBuffer::default(), MinHashScratch::default());
        let mut row = [0; 128];
        let mut sum = 0;
        for text in texts {
            let shingles = of_words.hash_into(text, &mut buffer);
            sum += usize::from(minhasher.sketch_into(shingles, &mut scratch, &mut row).is_ok());
            sum ^= row[0] as usize;
        }
        sum
    };
    let simhash = move || {
        let mut buffer = ShingleBuffer::default();
        let bits = |text: &String| simhasher.sketch(words.hash_into(text, &mut buffer)).bits();
        texts.iter().filter_map(bits).fold(0, |sum, bits| sum ^ bits as usize)
    };
    let clusters = move || finder.run(texts).map_or(0, |report| report.clusters().len());
    Ok([Box::new(minhash), Box::new(simhash), Box::new(clusters)])
}

fn gaoya(texts: &[String]) -> [Work<'_>; 3] {
    use gaoya::minhash::{MinHashIndex, MinHasher, MinHasher32};
    fn sign(hasher: &MinHasher32<impl std::hash::BuildHasher>, text: &str) -> Vec<u32> {
        let words: Vec<&str> = whitespace_split(text).collect();
        hasher.create_signature(shingle_tokens(&words, 5))
    }
    let minhash = || {
        let hasher = MinHasher32::new(128);
        texts.iter().fold(0, |sum, text| sum ^ sign(&hasher, text)[0] as usize)
    };
    let simhash = || {
        let hasher = SimHash::<SimSipHasher64, u64, 64>::new(SimSipHasher64::new(5, 6));
        let distance = |text: &String| {
            let words: Vec<&str> = whitespace_split(text).collect();
            hasher.create_signature(shingle_tokens(&words, 5)).hamming_distance(&0)
        };
        texts.iter().map(distance).sum()
    };
    let clusters = || {
        let hasher = MinHasher32::new(128);
        let signatures: Vec<_> = texts.iter().map(|text| sign(&hasher, text)).collect();
        let mut index: MinHashIndex<u32, usize> = MinHashIndex::new(16, 8, 0.8);
        for (id, signature) in signatures.iter().enumerate() {
            index.insert(id, signature.clone());
        }
        let similar =
            |(id, signature)| index.query_owned(signature).into_iter().map(move |other| (id, other));
        groups(texts.len(), signatures.iter().enumerate().flat_map(similar))
    };
    [Box::new(minhash), Box::new(simhash), Box::new(clusters)]
}

fn txtfp(texts: &[String]) -> [Work<'_>; 3] {
    use txtfp::{MinHashFingerprinter, SimHashFingerprinter};
    let words = || ShingleTokenizer { k: 5, inner: WordTokenizer };
    let minhash = move || {
        let hasher = MinHashFingerprinter::<_, 128>::new(Canonicalizer::default(), words());
        let signatures = texts.iter().filter_map(|text| hasher.fingerprint(text).ok());
        signatures.fold(0, |sum, signature| sum ^ signature.hashes[0] as usize)
    };
    let simhash = move || {
        let hasher = SimHashFingerprinter::new(Canonicalizer::default(), words());
        let signatures = texts.iter().filter_map(|text| hasher.fingerprint(text).ok());
        signatures.fold(0, |sum, signature| sum ^ signature.0 as usize)
    };
    let clusters = move || {
        let hasher = MinHashFingerprinter::<_, 128>::new(Canonicalizer::default(), words());
        let signatures: Vec<_> = texts.iter().map(|text| hasher.fingerprint(text).ok()).collect();
        let signatures = || (0_u64..).zip(&signatures).filter_map(|(id, s)| Some((id, s.as_ref()?)));
        let mut index = LshIndexBuilder::new(16, 8).build::<128>();
        for (id, signature) in signatures() {
            index.insert(id, *signature);
        }
        let similar = |(id, signature)| {
            index
                .query_with_threshold(signature, 0.8)
                .into_iter()
                .map(move |other| (id as usize, other as usize))
        };
        groups(texts.len(), signatures().flat_map(similar))
    };
    [Box::new(minhash), Box::new(simhash), Box::new(clusters)]
}

/// Of `count` things, so many groups when those of each pair belong together.
fn groups(count: usize, pairs: impl Iterator<Item = (usize, usize)>) -> usize {
    fn first(of: &mut [usize], mut one: usize) -> usize {
        while of[one] != one {
            of[one] = of[of[one]];
            one = of[one];
        }
        one
    }
    let mut of: Vec<usize> = (0..count).collect();
    for (a, b) in pairs {
        let (a, b) = (first(&mut of, a), first(&mut of, b));
        of[a.max(b)] = a.min(b);
    }
    (0..count).map(|one| first(&mut of, one)).collect::<BTreeSet<_>>().len()
}
