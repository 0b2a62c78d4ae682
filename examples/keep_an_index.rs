//! An index that outlives its program: `keep_an_index FILE ID TEXT.txt` compares a text with those of earlier runs.

use reprint::codec::Stored;
use reprint::index::{Banding, MinHashIndex};
use reprint::shingle::Shingler;
use reprint::sketch::MinHasher;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, id, text] = arguments.as_slice() else {
        return Err("usage: keep_an_index FILE ID TEXT.txt".into());
    };
    let hasher = MinHasher::default();
    let mut index = match fs::read(file) {
        Ok(bytes) => MinHashIndex::<String>::from_bytes(&bytes)?,
        Err(_) => MinHashIndex::new(hasher.params(), Banding::for_recall(0.6, 0.95, 128)?)?,
    };
    let signature = hasher.sketch(Shingler::words(3)?.shingle(&fs::read_to_string(text)?).as_slice());
    index.remove(id);
    let mut found = Vec::new();
    index.query(&signature, &mut found)?;
    println!("{id}: of {} stories, {} may be copies: {found:?}", index.len(), found.len());
    index.insert(id.clone(), &signature)?;
    Ok(fs::write(file, index.to_bytes())?)
}
