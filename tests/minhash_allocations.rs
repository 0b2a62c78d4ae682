//! Sketching allocates nothing once the scratch has served a set as large.
#![allow(unsafe_code)] // An allocator that counts is `unsafe` by its trait; it only passes on to the system's.

use reprint::Backend;
use reprint::sketch::{MinHashScratch, MinHasher, Scheme};
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
fn no_allocation_when_warm() {
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
