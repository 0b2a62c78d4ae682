//! Indexes take the memory that they say.
#![allow(unsafe_code)] // An allocator that counts is `unsafe` by its trait; it only passes on to the system's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use reprint::hash::xxh3;
use reprint::index::{
    Banding, ContainmentIndex, HammingIndex, MinHashForest, MinHashIndex, PostingsIndex, PostingsRules,
};
use reprint::sketch::{FracMinHasher, MinHasher, SimHasher};

struct Counting;

/// Bytes that all threads have allocated and not given back. One test in this file, so that no other allocates.
static HELD: AtomicUsize = AtomicUsize::new(0);

fn held() -> usize {
    HELD.load(Ordering::SeqCst)
}

// SAFETY: every call is passed on unchanged; the counter needs no allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::SeqCst);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `memory` of each index says, beside what the allocator counted, after insertions and after removals: the same but for
/// 64 KiB of the pool of threads, and within a sixteenth for the lists of the postings index.
#[test]
fn indexes_take_the_memory_that_they_say() {
    let set = |i: u64| -> Vec<u64> {
        (0..60)
            .map(|k| if k < 40 { ((i / 8) << 20) | k } else { (i << 32) | k })
            .map(|x| xxh3(&x.to_le_bytes()))
            .collect()
    };
    macro_rules! check {
        ($index:expr, $hasher:expr, $slack:expr) => {{
            let signatures: Vec<_> = (0..3_000).map(|i| $hasher.sketch(&set(i))).collect();
            let before = held();
            let mut index = $index;
            for (id, signature) in (0..3_000_u32).zip(&signatures) {
                index.insert(id, signature).unwrap();
            }
            let full = (index.memory(), held() - before);
            (0..3_000).step_by(3).for_each(|id| assert!(index.remove(&id)));
            for (said, held) in [full, (index.memory(), held() - before)] {
                println!(
                    "{}: {} bytes a document said, {} held",
                    stringify!($index),
                    said / 3_000,
                    held / 3_000
                );
                assert!(
                    said.abs_diff(held) <= 65_536 + held / 16 * $slack,
                    "{}: {said}, {held}",
                    stringify!($index)
                );
            }
            drop(index);
        }};
    }
    let (min, frac) = (MinHasher::default(), FracMinHasher::builder().scale(2).minimum(0).build().unwrap());
    check!(MinHashIndex::new(min.params(), Banding::new(16, 8).unwrap()).unwrap(), min, 0);
    check!(MinHashForest::new(min.params()).unwrap(), min, 0);
    check!(HammingIndex::new(3).unwrap(), SimHasher::<u64>::default(), 0);
    check!(ContainmentIndex::new(), frac, 0);
    check!(PostingsIndex::new(PostingsRules::default()), frac, 1);
}
