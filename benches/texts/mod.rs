//! The texts and the stages that `stages` and `bounds` time.

#[path = "../../examples/corpus/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod corpus;
#[path = "../../examples/generated/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod generated;

use std::hint::black_box;
use std::path::Path;

use reprint::Backend;
use reprint::hash::xxh3;
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::{MinHashScratch, MinHasher, SimHasher};

/// Real stories where they are at hand, generated ones where not; and which of the two.
pub(crate) fn corpus() -> (&'static str, Vec<String>) {
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/eval/wire/docs.jsonl");
    if Path::new(real).exists() {
        let documents = corpus::read(&[real.to_owned()]).expect("a corpus of JSON lines");
        ("news", documents.into_iter().map(reprint::corpus::Document::into_text).collect())
    } else {
        ("generated", generated::archive(&generated::Language::new(), 1_000).texts)
    }
}

/// The word 5-grams of the texts.
pub(crate) fn shingles(texts: &[String]) -> u64 {
    let (shingler, mut buffer) = (words(5), ShingleBuffer::default());
    texts.iter().map(|t| shingler.hash_into(t, &mut buffer).len() as u64).sum()
}

fn words(k: usize) -> Shingler {
    Shingler::words(k).expect("k is not 0")
}

type Run = Box<dyn FnMut(&[String]) -> u64>;

/// A stage, from the texts to a number that depends on all that it made.
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) run: Run,
}

impl Stage {
    fn new(name: impl Into<String>, mut run: impl FnMut(&str) -> u64 + 'static) -> Self {
        let run = move |texts: &[String]| texts.iter().fold(0, |all: u64, text| all.wrapping_add(run(text)));
        Self { name: name.into(), run: Box::new(run) }
    }
}

/// Reading, one XXH3 over each text, and for each backend: tokenising, shingles, signatures.
pub(crate) fn stages() -> Vec<Stage> {
    let read = |text: &str| {
        let (eights, rest) = text.as_bytes().as_chunks::<8>();
        let sum = eights.iter().fold(0, |sum: u64, eight| sum.wrapping_add(u64::from_le_bytes(*eight)));
        rest.iter().fold(sum, |sum, &byte| sum + u64::from(byte))
    };
    let mut stages = vec![
        Stage::new("memory read", move |text| read(black_box(text))),
        Stage::new("one XXH3 a text", |text| xxh3(black_box(text).as_bytes())),
    ];
    for backend in Backend::available() {
        let shingler = |k| words(k).with_backend(backend);
        // One shingle of all words: what is left is tokenising and one XXH3 over the words.
        let (all, mut buffer) = (shingler(usize::MAX), ShingleBuffer::default());
        let run = move |text: &str| all.hash_into(text, &mut buffer).iter().sum();
        stages.push(Stage::new(format!("words, one XXH3/{backend}"), run));

        let (grams, mut buffer) = (shingler(5), ShingleBuffer::default());
        let run = move |text: &str| grams.hash_into(text, &mut buffer).last().copied().unwrap_or(0);
        stages.push(Stage::new(format!("shingles/{backend}"), run));

        let (grams, mut buffer) = (shingler(5), ShingleBuffer::default());
        let hasher = SimHasher::<u64>::builder().backend(backend).build().expect("any seed will do");
        let run = move |text: &str| hasher.sketch(grams.hash_into(text, &mut buffer)).bits().unwrap_or(0);
        stages.push(Stage::new(format!("SimHash 64/{backend}"), run));

        let (grams, mut buffer) = (shingler(5), ShingleBuffer::default());
        let hasher = MinHasher::builder().backend(backend).build().expect("the defaults are in range");
        let (mut scratch, mut bins) = (MinHashScratch::default(), [0; 128]);
        let run = move |text: &str| {
            let hashes = grams.hash_into(text, &mut buffer);
            hasher.sketch_into(hashes, &mut scratch, &mut bins).expect("128 bins");
            u64::from(bins[0])
        };
        stages.push(Stage::new(format!("MinHash 128/{backend}"), run));
    }
    stages
}

/// Seeded texts of 500 words, every other word of ASCII, the rest of another script.
#[allow(dead_code, reason = "`bounds` has no use for it")]
pub(crate) fn scripts() -> Vec<(&'static str, Vec<String>)> {
    let mut state = 4_u64;
    let mut below = move |n: usize| {
        state = xxh3(&state.to_le_bytes());
        (state % n as u64) as usize
    };
    let mut texts = |first: char, letters: usize, longest: usize| {
        let mut text = || {
            let mut text = String::new();
            for word in 0..500 {
                let (first, letters, longest) =
                    if word % 2 == 0 { ('a', 26, 9) } else { (first, letters, longest) };
                for _ in 0..=below(longest) {
                    text.extend(char::from_u32(first as u32 + below(letters) as u32));
                }
                text.push_str(["., ", ". ", " ", " ", " ", " ", " ", " ", " "][below(9)]);
            }
            text
        };
        (0..200).map(|_| text()).collect::<Vec<_>>()
    };
    vec![
        ("Cyrillic", texts('а', 32, 11)),
        ("Arabic", texts('ب', 18, 8)),
        ("Chinese", texts('一', 2_000, 5)),
        ("accents", texts('à', 30, 9)),
    ]
}
