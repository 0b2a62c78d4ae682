//! The ten stories nearest to the first one, by `SimHash`.
//!
//! `nearest_ten [PATH...]`: text files, folders of them or `.jsonl` files; with none, the stories of the crate.

#[path = "corpus/mod.rs"]
mod corpus;

use reprint::index::HammingIndex;
use reprint::shingle::Shingler;
use reprint::sketch::SimHasher;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (shingler, hasher) = (Shingler::letters(), SimHasher::<u64>::default());
    let mut index = HammingIndex::new(3)?;
    let stories = corpus::read(&std::env::args().skip(1).collect::<Vec<_>>())?;
    for story in &stories {
        index.insert(story.id(), &hasher.sketch(shingler.shingle(story.text()).as_slice()))?;
    }
    let first = stories.iter().next().ok_or("no stories")?;
    let mut found = Vec::new();
    index.nearest(&hasher.sketch(shingler.shingle(first.text()).as_slice()), 10, &mut found)?;
    for (id, distance) in found {
        println!("{distance:2} of 64 bits from {}: {id}", first.id());
    }
    Ok(())
}
