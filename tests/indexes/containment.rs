//! Short queries find the long documents that hold them, by the way that the guide shows.

use crate::generated::{Language, Random};
use reprint::index::PostingsIndex;
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::sketch::FracMinHasher;
use reprint::verify::Aligner;

#[test]
fn ten_to_fifty_words_find_their_document_and_their_place() {
    let language = Language::new();
    let mut random = Random::new(13);
    let documents: Vec<String> = (0..60).map(|_| language.story(&mut random, 4_000)).collect();
    let (shingler, hasher) = (Shingler::letters(), FracMinHasher::for_queries());
    let (mut index, mut buffer, mut aligner) =
        (PostingsIndex::default(), ShingleBuffer::default(), Aligner::default());
    for (number, text) in documents.iter().enumerate() {
        index.insert(number, &hasher.sketch(shingler.hash_into(text, &mut buffer))).unwrap();
    }
    for length in [10, 20, 50] {
        let mut placed = 0;
        for (number, text) in documents.iter().enumerate() {
            let words: Vec<&str> = text.split_whitespace().collect();
            let from = random.below(words.len() - length);
            let query = words[from..from + length].join(" ");
            let mut found = Vec::new();
            index.query(&hasher.sketch(shingler.hash_into(&query, &mut buffer)), &mut found).unwrap();
            assert_eq!(found.first().map(|c| c.document), Some(number), "{query}");
            let alignment = aligner.align(&query, text).unwrap();
            let at = words[..from].iter().map(|word| word.len() + 1).sum::<usize>();
            placed += usize::from(alignment.passages.iter().any(|p| p.b.contains(&(at + query.len() / 2))));
        }
        assert!(placed >= 58, "{placed} of 60 queries of {length} words were placed");
    }
}
