//! Normaliser, tokeniser and shingler against plain versions of themselves, on every backend.

use proptest::prelude::*;
use reprint::Backend;
use reprint::hash::xxh3;
use reprint::shingle::{ShingleBuffer, Shingler};
use reprint::text::{
    Accents, Case, Compatibility, NormalizedText, Normalizer, Punctuation, Tokenizer, UNICODE_VERSION,
    WhiteSpace,
};
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Pieces that meet each other in unkind ways.
fn nasty_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-zA-Z0-9]{1,12}",
        6 => "[ \t\n.,;:'\"!?()_$+-]{1,3}",
        2 => Just("-\n".to_owned()),
        1 => Just("\u{ad}\r\n  ".to_owned()),
        1 => Just("¬\n\n".to_owned()),
        1 => "[éüñøßİıſςΣΩйёЖ]{1,4}",
        1 => "[\u{300}\u{301}\u{323}\u{327}\u{64b}\u{654}\u{5b0}]{1,3}",
        1 => "[中文報紙東京でカタカナがｶﾞ゙]{1,5}",
        1 => "[한국어\u{1100}\u{1161}\u{11a8}]{1,4}",
        1 => "[ไทยภาษากิ]{1,5}",
        1 => "[हिन्दीज़]{1,5}",
        // Longer than a block that is read at once.
        1 => "[а-яё]{20,80}|[一-龥。，]{10,50}|[à-ü ]{10,90}|[ज़क़्ि़\u{200d}]{20,40}",
        1 => "[العربيةاردوکی\u{200c}]{1,5}",
        1 => "[ﬁ½①Ⅳﷺ㎏Ａ１]{1,3}",
        1 => "[“”‘’—…€°\u{a0}\u{3000}\u{200b}\u{feff}]{1,3}",
        // Of any script, but for Cherokee and old Cyrillic, whose folding is not lower case.
        1 => "\\PC".prop_filter("folding is not lower case", |text| !text.contains(unusual_case)),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// What full case folding and lower case do not agree on.
fn unusual_case(c: char) -> bool {
    matches!(c, '\u{13a0}'..='\u{13ff}' | '\u{1c80}'..='\u{1c8f}' | '\u{ab70}'..='\u{abbf}')
}

/// Text of several scripts in which most characters stand for themselves, so that whole blocks of it do.
fn mild_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[а-яё]{1,12} ",
        8 => "[a-z]{1,9}[.,]? ",
        4 => "[à-ü]{1,9} ",
        4 => "[一-龥]{1,5}[。， ]?",
        2 => "[ء-ي]{1,9} ",
        2 => "[ァ-ヲーa]{1,9} ",
        2 => "[กขคิ]{1,6}",
        // Marks that change places, with what disappears between them.
        1 => "ক[\u{9bc}\u{9cd}\u{200d}]{1,3} ",
        1 => "[a-zа-я]{2,5}[-¬\u{ad}\u{2010}]\r?\n *",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// The lines joined at hyphens, said as a loop over characters.
fn join_lines(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut i = 0;
    while i < chars.len() {
        let after_letter = out
            .nfkd()
            .filter(|&c| !drops(c))
            .nfc()
            .filter(|&c| !is_combining_mark(c))
            .last()
            .is_some_and(letter_like);
        if "-\u{ad}\u{2010}\u{ac}".contains(chars[i]) && after_letter {
            let rest: String = chars[i + 1..].iter().collect();
            let line = rest.strip_prefix("\r\n").or(rest.strip_prefix('\n'));
            let stable = |c: char| {
                is_nfc_quick(lower(c).nfkd().filter(|&c| !drops(c)).nfc().take(1)) == IsNormalized::Yes
            };
            let joins = |c: char| {
                c.is_alphabetic()
                    && lower(c).nfkd().filter(|&c| !drops(c)).nfc().next().is_some_and(letter_like)
                    && stable(c)
            };
            if let Some(next) = line.map(str::trim_start).filter(|l| l.starts_with(joins)) {
                i = chars.len() - next.chars().count();
                continue;
            }
        }
        out.push(chars[i]);
        i += 1;
    }
    out
}

/// A letter or digit of a script with spaces.
fn letter_like(c: char) -> bool {
    let alone = |text: String| Tokenizer::Words.tokens(&text).count() == 1;
    c.is_alphanumeric() && !is_combining_mark(c) && alone(format!("a{c}")) && alone(format!("{c}a"))
}

fn drops(c: char) -> bool {
    !matches!(canonical_combining_class(c), 0 | 6..=9)
        || "\u{ad}\u{34f}\u{61c}\u{640}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{3164}\u{feff}\u{ffa0}".contains(c)
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// Full case folding, for characters that lower case all but folds.
fn lower(c: char) -> impl Iterator<Item = char> + Clone {
    let lower = c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c });
    lower.flat_map(|c| [if c == 'ß' { 's' } else { c }].into_iter().chain((c == 'ß').then_some('s')))
}

/// The whole definition of [`Normalizer::words`], slowly.
fn words_oracle(text: &str) -> String {
    let mapped: String = join_lines(text).nfkd().filter(|&c| !drops(c)).flat_map(lower).nfc().collect();
    let spaced: String =
        mapped.chars().map(|c| if c.is_alphanumeric() || is_combining_mark(c) { c } else { ' ' }).collect();
    spaced.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

proptest! {
    #[test]
    fn words_are_the_definition(text in nasty_text()) {
        let normalized = Normalizer::words().normalize(&text);
        prop_assert_eq!(normalized.as_str(), words_oracle(&text));
    }

    #[test]
    fn letters_are_words_without_their_spaces(text in nasty_text()) {
        let normalizer = Normalizer::builder()
            .punctuation(Punctuation::Drop)
            .white_space(WhiteSpace::Drop)
            .build();
        let letters = normalizer.normalize(&text);
        let words = words_oracle(&text);
        // A mark that had a space before it may now stand behind a letter and compose with it.
        let joined: String = words.chars().filter(|&c| c != ' ').nfc().collect();
        prop_assert_eq!(letters.as_str().nfc().collect::<String>(), joined);
    }

    #[test]
    fn the_fast_words_are_the_tokens_of_the_normalised_text(
        text in prop_oneof![nasty_text(), mild_text()],
    ) {
        let normalized = Normalizer::words().normalize(&text);
        let expected: Vec<u64> =
            Tokenizer::Words.tokens(normalized.as_str()).map(|t| xxh3(t.as_bytes())).collect();
        for backend in Backend::available() {
            let shingler = Shingler::words(1).unwrap().with_backend(backend);
            let mut buffer = ShingleBuffer::default();
            prop_assert_eq!(shingler.hash_into(&text, &mut buffer), &expected[..], "{}", backend);
        }
    }

    #[test]
    fn ascii_of_any_length_gives_the_same_words(text in "[a-zA-Z0-9 .,\n-]{0,400}") {
        let normalized = Normalizer::words().normalize(&text);
        let words: Vec<&str> = normalized.as_str().split(' ').filter(|w| !w.is_empty()).collect();
        let k = 3.min(words.len().max(1));
        let expected: Vec<u64> = words.windows(k).map(|w| xxh3(w.join(" ").as_bytes())).collect();
        for backend in Backend::available() {
            let shingler = Shingler::words(3).unwrap().with_backend(backend);
            let mut buffer = ShingleBuffer::default();
            prop_assert_eq!(shingler.hash_into(&text, &mut buffer), &expected[..], "{}", backend);
        }
    }

    #[test]
    fn character_shingles_of_ascii_are_windows(text in "[a-zA-Z0-9 .,\n-]{0,200}", k in 1_usize..80) {
        let normalized = Normalizer::words().normalize(&text);
        let bytes = normalized.as_str().as_bytes();
        let expected: Vec<u64> = bytes.windows(k.min(bytes.len()).max(1)).map(xxh3).collect();
        for backend in Backend::available() {
            let shingler = Shingler::characters(k).unwrap().with_backend(backend);
            let mut buffer = ShingleBuffer::default();
            prop_assert_eq!(shingler.hash_into(&text, &mut buffer), &expected[..], "{}", backend);
        }
    }

    #[test]
    fn character_shingles_are_windows(text in nasty_text(), k in 1_usize..12) {
        let normalized = Normalizer::words().normalize(&text);
        let chars: Vec<char> = normalized.as_str().chars().collect();
        let expected: Vec<u64> = chars
            .windows(k.min(chars.len()).max(1))
            .map(|w| xxh3(w.iter().collect::<String>().as_bytes()))
            .collect();
        let mut buffer = ShingleBuffer::default();
        prop_assert_eq!(Shingler::characters(k).unwrap().hash_into(&text, &mut buffer), &expected[..]);
    }

    #[test]
    fn the_map_leads_back(text in nasty_text(), at in 0_usize..200, length in 0_usize..50) {
        for normalizer in [Normalizer::words(), Normalizer::letters(), Normalizer::verbatim()] {
            let normalized = normalizer.normalize(&text);
            let range = normalized.original(at..at + length);
            prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            prop_assert!(range.start <= range.end);
            // Each character of the result is found in the normalised form of the bytes that it came from.
            for (start, c) in normalized.as_str().char_indices().filter(|(_, c)| *c != ' ') {
                let from = normalized.original(start..start + 1);
                let again = normalizer.normalize(&text[from.clone()]);
                prop_assert!(again.as_str().contains(c), "{c:?} from {:?}", &text[from]);
            }
        }
    }

    #[test]
    fn verbatim_changes_nothing(text in any::<String>()) {
        let normalized = Normalizer::verbatim().normalize(&text);
        prop_assert_eq!(normalized.as_str(), &text);
    }
}

/// The fast ways through a text against the reference, for each character there is, in contexts that tell its class.
#[test]
fn every_character_is_the_same_both_ways() {
    let (mut buffer, mut normalized) = (ShingleBuffer::default(), NormalizedText::default());
    let normalizer = Normalizer::words();
    let (words, characters) = (Shingler::words(1).unwrap(), Shingler::characters(1).unwrap());
    let portable = words.clone().with_backend(Backend::SCALAR);
    let assigned = ('\0'..='\u{3ffff}').chain('\u{e0000}'..='\u{e0fff}').chain(['\u{f0000}', '\u{10ffff}']);
    for c in assigned {
        // Twice: pages of the tables are filled when they are first met.
        let text = format!("ka{c}ar {c} ア{c}ア क{c}к 1{c}2-{c}\n{c} ש{c}ש.{c}{c}");
        for _ in 0..2 {
            normalizer.normalize_into(&text, &mut normalized);
            let expected: Vec<u64> =
                Tokenizer::Words.tokens(normalized.as_str()).map(|t| xxh3(t.as_bytes())).collect();
            assert_eq!(words.hash_into(&text, &mut buffer), &expected[..], "{c:?}");
            assert_eq!(portable.hash_into(&text, &mut buffer), &expected[..], "{c:?}");
            let expected: Vec<u64> =
                normalized.as_str().chars().map(|c| xxh3(c.encode_utf8(&mut [0; 4]).as_bytes())).collect();
            assert_eq!(characters.hash_into(&text, &mut buffer), &expected[..], "{c:?}");
        }
    }
}

/// Which characters are letters does not depend on the compiler or on other crates.
#[test]
fn what_unicode_17_does_not_have_is_no_letter() {
    assert_eq!(UNICODE_VERSION, (17, 0, 0));
    let words = |text: &str| Normalizer::words().normalize(text).as_str().to_owned();
    // Letters or marks since Unicode 18.
    for c in ['\u{b53}', '\u{b54}', '\u{11df0}'] {
        assert_eq!(words(&format!("a{c}b")), "a b", "{c:?}");
    }
    // Since Unicode 17.
    assert_eq!(words("\u{11db0}"), "\u{11db0}");
}

#[test]
fn case_folds_in_full() {
    let shingler = Shingler::words(1).unwrap();
    assert_eq!(shingler.shingle("Die Straße am Fluß"), shingler.shingle("DIE STRASSE AM FLUSS"));
    assert_eq!(shingler.shingle("ΟΔΥΣΣΕΥΣ"), shingler.shingle("Οδυσσεύς"));
    let letters = Shingler::letters();
    assert_eq!(letters.shingle("In der langen Straße"), letters.shingle("IN DER LANGEN STRASSE"));
}

/// A digest of the normalised form of every character: the whole of what stored bits owe to Unicode.
#[test]
fn every_character_is_pinned() {
    let digest = |normalizer: Normalizer| {
        let (mut all, mut normalized) = (Vec::new(), NormalizedText::default());
        for c in '\0'..=char::MAX {
            normalizer.normalize_into(&format!("a{c}\u{301}{c}-\n{c}"), &mut normalized);
            all.extend(normalized.as_str().bytes().chain(*b"\n"));
            let tokens = Tokenizer::Words.spans(normalized.as_str());
            all.extend(tokens.flat_map(|span| [span.start as u8, span.end as u8]));
        }
        xxh3(&all)
    };
    let other = Normalizer::builder().accents(Accents::Keep).punctuation(Punctuation::Keep);
    let digests = [
        Normalizer::words(),
        Normalizer::letters(),
        other.clone().build(),
        other.clone().compatibility(Compatibility::Keep).build(),
        other.case(Case::Keep).build(),
    ]
    .map(digest);
    assert_eq!(format!("{digests:x?}"), format!("{PINNED:x?}"));
}

/// Of words, letters, and three normalisers that keep accents and punctuation: case and forms folded, forms kept, case
/// kept.
const PINNED: [u64; 5] = [
    0xce4c_34a9_d3eb_f715,
    0xc29f_201c_d986_7fbb,
    0x4988_b977_0810_91f1,
    0x7f4f_48a3_5c1a_11cb,
    0xbe73_f4c7_33f9_435a,
];

#[test]
fn hyphens_at_line_ends_join() {
    let words = |text| Normalizer::words().normalize(text).as_str().to_owned();
    assert_eq!(words("vio-\nlent"), "violent");
    assert_eq!(words("vio\u{ad}\r\n   lent"), "violent");
    assert_eq!(words("vio¬\nlent"), "violent");
    assert_eq!(words("vio- lent"), "vio lent");
    assert_eq!(words("1914-\n1918"), "1914 1918");
    assert_eq!(words("-\nlent"), "lent");
}

#[test]
fn marks_change_places_around_what_disappears() {
    let shingler = Shingler::words(1).unwrap();
    // The tables of these characters are made when they are first met.
    shingler.shingle("\u{200d} \u{ad} ক \u{951}");
    for dropped in ["\u{200d}", "\u{ad}", "\u{951}", "\u{200d}\u{ad}"] {
        let text = format!("ক\u{9cd}{dropped}\u{9bc}");
        let normalized = Normalizer::words().normalize(&text);
        assert_eq!(normalized.as_str(), "ক\u{9bc}\u{9cd}");
        assert_eq!(shingler.shingle(&text).as_slice(), [xxh3(normalized.as_str().as_bytes())]);
    }
}

#[test]
fn letters_come_in_one_form() {
    let letters = |text| Normalizer::letters().normalize(text).as_str().to_owned();
    assert_eq!(letters("كيف حالك ١٩٢٤"), letters("کیف حالک ۱۹۲۴"));
    assert_eq!(letters("१२ ３"), "123");
}

#[test]
fn short_texts_have_one_shingle_and_empty_ones_none() {
    let shingler = Shingler::words(5).unwrap();
    assert_eq!(shingler.shingle("Two words").as_slice(), [xxh3(b"two words")]);
    assert_eq!(shingler.shingle("").len(), 0);
    assert_eq!(shingler.shingle(" ... --- !\n").len(), 0);
    assert_eq!(Shingler::characters(5).unwrap().shingle("").len(), 0);
    assert!(Shingler::words(0).unwrap_err().to_string().contains('k'));
}

/// Whatever a user has stored must be found again: these values never change within a format version.
#[test]
fn shingle_hashes_are_pinned() {
    assert_eq!(reprint::hash::FORMAT_VERSION, 1);
    let text = "The Café’s “owl-light” vio-\nlent 東京 １２3";
    let normalized = Normalizer::words().normalize(text);
    assert_eq!(normalized.as_str(), "the cafe s owl light violent 東京 123");
    let shingles = |shingler: Shingler| shingler.hash_into(text, &mut ShingleBuffer::default()).to_vec();
    assert_eq!(
        shingles(Shingler::words(5).unwrap()),
        [
            xxh3("the cafe s owl light".as_bytes()),
            xxh3("cafe s owl light violent".as_bytes()),
            xxh3("s owl light violent 東".as_bytes()),
            xxh3("owl light violent 東 京".as_bytes()),
            xxh3("light violent 東 京 123".as_bytes()),
        ]
    );
    // Computed with the xxhash package of Python: xxhash.xxh3_64_intdigest.
    assert_eq!(xxh3("the cafe s owl light".as_bytes()), 0x7bb7_35c4_7949_7836);
    assert_eq!(xxh3("light violent 東 京 123".as_bytes()), 0x8696_5592_193e_b065);
    assert_eq!(xxh3("a".repeat(65).as_bytes()), 0xfcf3_52f3_db82_a064);
}
