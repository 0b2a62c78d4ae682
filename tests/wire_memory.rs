//! What the `wire` preset takes beside the texts: less than 2 KB a document at its peak, from sketching to the clusters.
#![allow(unsafe_code)] // An allocator that counts is `unsafe` by its trait; it only passes on to the system's.

#[path = "../examples/generated/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod generated;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use generated::{Language, Random};
use reprint::index::{PostingsBatch, PostingsIndex, PostingsRules};
use reprint::shingle::Shingler;
use reprint::sketch::{FracMinHashSignature, FracMinHasher};
use reprint::{DocId, Finder, Preset};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on unchanged; the counters need no allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }

    // A large block grows by new pages, not by a copy beside it.
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > layout.size() {
            let now = NOW.fetch_add(size - layout.size(), Relaxed) + size - layout.size();
            PEAK.fetch_max(now, Relaxed);
        } else {
            NOW.fetch_sub(layout.size() - size, Relaxed);
        }
        // SAFETY: the caller's promise.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most bytes that were held at once while `f` ran, beside those before it, and those that its result holds.
fn bytes<R>(f: impl FnOnce() -> R) -> (usize, usize) {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = f();
    let (peak, resting) = (PEAK.load(Relaxed) - before, NOW.load(Relaxed) - before);
    drop(result);
    (peak, resting)
}

/// The bytes that each document more takes, so that what does not grow with them drops out.
fn bytes_a_document<T, R>(documents: &[T], f: impl Fn(&[T]) -> R) -> (usize, usize) {
    let half = documents.len() / 2;
    f(documents);
    let (small, large) = (bytes(|| f(&documents[..half])), bytes(|| f(documents)));
    ((large.0 - small.0) / half, (large.1 - small.1) / half)
}

/// Stories of about 2,350 letters, each `times` times.
fn stories(times: usize) -> Vec<String> {
    let (language, mut random) = (Language::new(), Random::new(2350));
    let stories: Vec<String> = (0..3_000 / times).map(|_| language.story(&mut random, 318)).collect();
    let letters = stories.iter().flat_map(|story| story.chars()).filter(|c| c.is_alphabetic()).count();
    assert!((2_250..2_450).contains(&(letters / stories.len())), "{}", letters / stories.len());
    stories.iter().flat_map(|story| vec![story.clone(); times]).collect()
}

/// The same story again and again.
fn alike() -> Vec<String> {
    vec![stories(1).swap_remove(0); 3_000]
}

/// Stories that 500 words of their site, the same on each page, stand around.
fn in_boilerplate() -> Vec<String> {
    let furniture = Language::new().story(&mut Random::new(7), 500);
    let (top, bottom) = furniture.split_at(furniture.floor_char_boundary(furniture.len() / 2));
    stories(1).iter().map(|story| format!("{top}\n{story}\n{bottom}")).collect()
}

/// One test, since all share the counters.
#[test]
fn a_document_takes_less_than_two_kilobytes() {
    // Its words are few, so that its grams are counted as a set too, which takes most.
    let long = stories(1).concat();
    let (peak, resting) = bytes(|| Finder::preset(Preset::Wire).run([&long]).unwrap());
    println!("one text of {} bytes: {peak} bytes at the peak, {resting} in the report", long.len());
    assert!(peak < 26 * long.len(), "{peak}");

    for (name, texts) in [("all alike", alike()), ("in boilerplate", in_boilerplate())] {
        let finder = Finder::preset(Preset::Wire);
        let (peak, resting) = bytes_a_document(&texts, |texts| finder.run(texts).unwrap());
        println!("{name}: {peak} bytes a document at the peak, {resting} in the report");
        assert!(peak < 2048 && resting < 400, "{peak} {resting}");
    }
    for times in [1, 2] {
        let texts = stories(times);
        let finder = Finder::preset(Preset::Wire);
        let (peak, resting) = bytes_a_document(&texts, |texts| finder.run(texts).unwrap());
        println!(
            "each {times} times, whole run: {peak} bytes a document at the peak, {resting} in the report"
        );
        // So few documents are sketched at once: their sketches are there beside the postings, and as many parts
        // of these are under way as there are threads.
        assert!((600..2048).contains(&peak), "{peak}");
        for preset in [Preset::Wire, Preset::Web] {
            let finder = Finder::preset(preset);
            let text = texts.iter().map(|text| text.len() as u64).sum();
            let (peak, _) = bytes(|| finder.run(&texts).unwrap());
            let estimate = finder.memory_for(texts.len(), text) as usize;
            println!("each {times} times, {preset}: {peak} bytes at the peak, {estimate} estimated");
            assert!((estimate / 2..=estimate).contains(&peak), "{preset}: {peak} of {estimate}");
        }
        assert!(resting < 400, "{resting}");

        let (shingler, hasher) = (Shingler::letters(), FracMinHasher::default());
        let signatures: Vec<FracMinHashSignature> =
            texts.iter().map(|text| hasher.sketch(shingler.shingle(text).as_slice())).collect();
        let rules = PostingsRules::default();
        let (peak, resting) =
            bytes_a_document(&signatures, |signatures| PostingsBatch::build(rules, signatures).unwrap());
        println!("each {times} times, batch: {peak} at the peak of building, {resting} at rest");
        assert!(peak < 2048 && resting < 2048, "{peak} {resting}");

        let (peak, resting) = bytes_a_document(&signatures, |signatures| {
            let mut index = PostingsIndex::new(rules);
            index.insert_all((0_u32..).map(DocId).zip(signatures)).unwrap();
            index
        });
        println!("each {times} times, index: {peak} at the peak of building, {resting} at rest");
        // Ids, and what removal needs, beside the values.
        assert!(peak < 2304 && resting < 2304, "{peak} {resting}");
    }
}
