//! The archive: against a reference, through crashes and faults, and its bytes.

mod crash;
mod faults;
mod model;

use std::path::{Path, PathBuf};

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("reprint-{name}-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

/// So many words from a seeded vocabulary.
fn words(seed: u64, count: usize) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..count)
        .map(|_| {
            let word = next() % 3_000;
            format!(
                "{}{}",
                ["ba", "ke", "lo", "mi", "tu", "sa", "re"][(word % 7) as usize],
                word * 7919 % 10_007
            )
        })
        .collect()
}

/// A version of a story: some of its words left out, others before it.
fn version(story: u64, version: u64) -> String {
    let mut text = words(story, 60);
    match version % 5 {
        0 => {}
        1 => text.truncate(40),
        2 => drop(text.drain(..15)),
        3 => text.splice(0..0, words(1_000 + version, 20)).for_each(drop),
        _ => text.extend(words(story + 1, 60)),
    }
    text.join(" ")
}
