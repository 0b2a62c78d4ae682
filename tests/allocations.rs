//! Shingling and sketching allocate nothing once their buffers have served a text as long, or a set as large.
#![allow(unsafe_code)] // An allocator that counts is `unsafe` by its trait; it only passes on to the system's.

use reprint::Backend;
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::{FracMinHasher, MinHashScratch, MinHasher, Scheme, SimHasher};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on unchanged; the counter needs no allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn warm_buffers_take_a_text_without_allocating() {
    let texts: Vec<String> = [
        "The Mayor spoke at the new bridge on Monday, and said that it would be open-\ned by May. ",
        "Вчера мэр открыл новый мост через реку Йошкар, длина которого — 300 метров. ",
        "افتتح العمدة الجسر الجديد يوم الاثنين وقال إنه يحتاج ٣٠٠ عامل. ",
        "市长星期一为新桥揭幕，并说桥长 300 米。",
        "Naïve cafés, Ελληνικά, हिन्दी, ภาษาไทย, 한국어 and Straße e\u{301}. ",
    ]
    .iter()
    .flat_map(|text| [0, 1, 40].map(|times| text.repeat(times)))
    .collect();
    let shinglers = [Shingler::words(5).unwrap(), Shingler::characters(9).unwrap(), Shingler::letters()];
    let (minhasher, simhasher) = (MinHasher::default(), SimHasher::<u64>::default());
    let fracminhasher = FracMinHasher::default();
    for shingler in shinglers {
        for backend in Backend::available() {
            let shingler = shingler.clone().with_backend(backend);
            let mut buffer = ShingleBuffer::default();
            let (mut scratch, mut bins) = (MinHashScratch::default(), [0; 128]);
            let mut frac = fracminhasher.sketch(&[]);
            let mut round = || {
                let before = ALLOCATIONS.get();
                for text in &texts {
                    let hashes = shingler.hash_into(text, &mut buffer);
                    minhasher.sketch_into(hashes, &mut scratch, &mut bins).unwrap();
                    simhasher.sketch(hashes);
                    fracminhasher.sketch_into(hashes, &mut frac);
                }
                ALLOCATIONS.get() - before
            };
            assert!(round() > 0, "the counter counts");
            assert_eq!(round(), 0, "{shingler:?}");
        }
    }
}

#[test]
fn a_warm_scratch_takes_a_set_without_allocating() {
    let sets: Vec<Vec<u64>> = [0, 1, 5, 20, 100, 500].map(|n| (0..n).collect()).to_vec();
    for scheme in [Scheme::FastSimilarity, Scheme::Classic] {
        for backend in Backend::available() {
            let hasher = MinHasher::builder().scheme(scheme).backend(backend).build().unwrap();
            let (mut scratch, mut out) = (MinHashScratch::default(), [0; 128]);
            let mut round = || {
                let before = ALLOCATIONS.get();
                for set in &sets {
                    hasher.sketch_into(set, &mut scratch, &mut out).unwrap();
                }
                ALLOCATIONS.get() - before
            };
            let cold = round();
            assert_eq!(cold > 0, scheme == Scheme::FastSimilarity, "the counter counts");
            assert_eq!(round(), 0, "{scheme}, {backend}");
        }
    }
}
