//! Normaliser and tokeniser with every choice: places in the original, and the ways through a text agree.

use reprint::Backend;
use reprint::shingle::{ShingleBuffer, ShingleSet, Shingler};
use reprint::text::{
    Accents, Case, Compatibility, LineHyphens, Normalizer, Punctuation, Tokenizer, Variants, WhiteSpace,
};

use super::bytes::Bytes;

/// A normaliser of any choice.
pub(crate) fn normalizer(bytes: &mut Bytes<'_>) -> Normalizer {
    let choices = bytes.byte();
    let has = |bit: u8| choices >> bit & 1 == 1;
    let punctuation = [Punctuation::Keep, Punctuation::Drop, Punctuation::Space];
    let white_space = [WhiteSpace::Keep, WhiteSpace::Drop, WhiteSpace::Collapse];
    Normalizer::builder()
        .case(if has(0) { Case::Fold } else { Case::Keep })
        .compatibility(if has(1) { Compatibility::Fold } else { Compatibility::Keep })
        .accents(if has(2) { Accents::Drop } else { Accents::Keep })
        .variants(if has(3) { Variants::Fold } else { Variants::Keep })
        .line_hyphens(if has(4) { LineHyphens::Join } else { LineHyphens::Keep })
        .punctuation(punctuation[bytes.below(3)])
        .white_space(white_space[bytes.below(3)])
        .build()
}

pub(crate) fn text(data: &[u8]) {
    let mut bytes = Bytes(data);
    let normalizer = normalizer(&mut bytes);
    let k = 1 + bytes.below(6);
    let text = String::from_utf8_lossy(bytes.0).into_owned();

    let normalized = normalizer.normalize(&text);
    let said = normalized.as_str();
    let mut last = 0;
    for (at, c) in said.char_indices() {
        let place = normalized.original(at..at + c.len_utf8());
        assert!(place.start <= place.end && last <= place.start, "{place:?} after {last}");
        assert!(text.get(place.clone()).is_some(), "{place:?} is not between characters");
        last = place.start;
    }
    assert_eq!(normalized.original(0..said.len()).end <= text.len(), true);

    for tokenizer in [Tokenizer::Words, Tokenizer::Characters] {
        let (mut last, mut count) = (0, 0);
        for span in tokenizer.spans(said) {
            assert!(last <= span.start && span.start < span.end, "{span:?} after {last}");
            assert!(said.get(span.clone()).is_some());
            (last, count) = (span.end, count + 1);
        }
        assert_eq!(tokenizer.tokens(said).count(), count);
    }

    // Shingles of a text, by every backend, are those of its tokens.
    let shingler = Shingler::words(k).expect("k is not 0").with_normalizer(normalizer);
    let of_tokens = shingler.set_of_tokens(&shingler.tokens(&text)).expect("its own tokens");
    let mut buffer = ShingleBuffer::default();
    for backend in Backend::available() {
        let hashes = shingler.clone().with_backend(backend).hash_into(&text, &mut buffer).to_vec();
        let set = ShingleSet::from_hashes(hashes);
        assert_eq!(set.as_slice(), of_tokens.as_slice(), "{backend}");
    }
}
