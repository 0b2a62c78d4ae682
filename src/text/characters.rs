//! What each character becomes under a normaliser's options, looked up by page.
//!
//! A page of 256 characters is worked out from the [tables](super::tables) and `unicode-normalization`
//! when one of its characters is first met, and then read without a lock: a lookup costs about a
//! nanosecond where the tables themselves cost ten to twenty.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::normalize::{Accents, Case, Compatibility, Variants, is_hyphen};
use super::tables::{Properties, WordBreak, fold_case};

/// The choices that say what a character becomes, whatever stands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mapping {
    pub(crate) case: Case,
    pub(crate) compatibility: Compatibility,
    pub(crate) accents: Accents,
    pub(crate) variants: Variants,
}

/// What a character is to the layers above, after its mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// White space and control characters.
    White,
    /// Punctuation, symbols, and whatever else no word is made of.
    Mark,
    /// A letter or digit that joins its neighbours into a word (UAX #29 `ALetter`, `Hebrew_Letter`,
    /// `Numeric`).
    Letter,
    /// Katakana, which joins only its own kind.
    Katakana,
    /// A letter of a script without spaces (Han, Hiragana, Thai, ...): a word of its own.
    Solo,
    /// A kept mark that belongs to the character before it (UAX #29 `Extend`).
    Extend,
}

/// One character of a mapping's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub(crate) char: char,
    /// The character in UTF-8, then zeros, and the length.
    utf8: [u8; 4],
    length: u8,
    pub(crate) class: Class,
    /// May compose or change places with the character before it, so that the canonical form of the
    /// two together has to be worked out.
    pub(crate) unstable: bool,
}

impl Mapped {
    pub(crate) fn new(char: char) -> Self {
        // Of a character that the tables do not have, a newer crate may say that it composes.
        let stable = !Properties::of(char).is_assigned()
            || canonical_combining_class(char) == 0
                && is_nfc_quick(std::iter::once(char)) == IsNormalized::Yes;
        let mut utf8 = [0; 4];
        let length = char.encode_utf8(&mut utf8).len() as u8;
        Self { char, utf8, length, class: class_of(char), unstable: !stable }
    }

    /// The code of a letter or digit; nothing for what is neither.
    pub(crate) fn letter_code(self) -> Option<u16> {
        let is_letter = match self.class {
            Class::White | Class::Mark => false,
            Class::Extend => Properties::of(self.char).is_alphanumeric(),
            Class::Letter | Class::Katakana | Class::Solo => true,
        };
        let code = self.char as u32;
        // The multiplier spreads the planes; what matters is that equal letters stay equal.
        is_letter.then_some((code ^ (code >> 16).wrapping_mul(0x9e35)) as u16)
    }

    /// Appends the character in UTF-8. Always copies four bytes, for that takes no call, and takes back what
    /// does not count: a copy of the right length was a fifth of the time for words of Cyrillic text.
    #[inline]
    pub(crate) fn append_to(self, bytes: &mut Vec<u8>) {
        let length = bytes.len() + usize::from(self.length);
        bytes.extend_from_slice(&self.utf8);
        bytes.truncate(length);
    }
}

/// All that there is to know of a character that stands for itself: for reading text by blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Packed(u64);

impl Packed {
    /// What else is to be known, and only its neighbours tell.
    const SPECIAL: u64 = 1 << 63;
    /// It changes places with another such mark before it.
    const MARK_ON_MARK: u64 = 1 << 62;
    /// It may be a hyphen that ends a line.
    const HYPHEN: u64 = 1 << 61;
    /// It disappears. [`or_before`](Self::or_before) shifts this bit to the place of the first.
    const DROPPED: u64 = Self::MARK_ON_MARK >> 2;
    /// It is a letter or digit.
    const LETTER: u64 = 1 << 56;

    /// The kinds: what is no part of a word, the three classes of letters, and what changes nothing between
    /// words.
    pub(crate) const APART: u64 = 0;
    pub(crate) const SOLO: u64 = 3;
    pub(crate) const EXTEND: u64 = 4;

    fn new(c: char, mapped: &[Mapped]) -> Self {
        let apart = |m: &Mapped| !m.unstable && matches!(m.class, Class::White | Class::Mark);
        let packed = match mapped {
            [] => Self::EXTEND << 52 | Self::DROPPED,
            [first, rest @ ..] if apart(first) && rest.iter().all(apart) => Self::APART << 52,
            [m] if is_nfc_quick(std::iter::once(m.char)) == IsNormalized::Yes => {
                let kind = Self::kind_of(m.class);
                let code = m.letter_code();
                u64::from(u32::from_le_bytes(m.utf8))
                    | u64::from(code.unwrap_or_default()) << 32
                    | u64::from(m.length) << 48
                    | kind << 52
                    | if code.is_some() { Self::LETTER } else { 0 }
                    | if m.unstable { Self::MARK_ON_MARK } else { 0 }
            }
            _ => Self::SPECIAL,
        };
        Self(packed | if is_hyphen(c) { Self::HYPHEN } else { 0 })
    }

    /// The kind of the characters of a class.
    pub(crate) fn kind_of(class: Class) -> u64 {
        match class {
            Class::White | Class::Mark => Self::APART,
            Class::Letter => 1,
            Class::Katakana => 2,
            Class::Solo => Self::SOLO,
            Class::Extend => Self::EXTEND,
        }
    }

    /// The character in UTF-8, then zeros.
    #[inline]
    pub(crate) fn utf8(self) -> [u8; 4] {
        (self.0 as u32).to_le_bytes()
    }

    /// The bytes of that which count.
    #[inline]
    pub(crate) fn length(self) -> usize {
        (self.0 >> 48 & 7) as usize
    }

    /// Its kind.
    #[inline]
    pub(crate) fn kind(self) -> u64 {
        self.0 >> 52 & 7
    }

    /// Its code, where [`is_letter`](Self::is_letter).
    #[inline]
    pub(crate) fn code(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Whether it is a letter or digit.
    #[inline]
    pub(crate) fn is_letter(self) -> bool {
        self.0 & Self::LETTER != 0
    }

    /// Whether it is no part of a word, whatever stands beside it.
    pub(crate) fn is_apart(self) -> bool {
        self.kind() == Self::APART && self.0 & (Self::SPECIAL | Self::HYPHEN) == 0
    }

    /// Whether what it becomes may depend on what stands before or behind it, given the character before.
    #[inline]
    pub(crate) fn asks_for_context(self, before: Self) -> bool {
        self.0 & (Self::SPECIAL | Self::HYPHEN | before.0 & Self::MARK_ON_MARK) != 0
    }

    /// The character before the next: this one, and where it disappears, a mark before it too.
    #[inline]
    pub(crate) fn or_before(self, before: Self) -> Self {
        Self(self.0 | self.0 << 2 & Self::MARK_ON_MARK & before.0)
    }

    /// Whether nothing is left of it, whatever stands beside it.
    pub(crate) fn is_dropped(self) -> bool {
        self.0 & (Self::DROPPED | Self::HYPHEN) == Self::DROPPED
    }

    /// Whether it depends on no more than whether a line ends behind it.
    pub(crate) fn is_only_hyphen(self) -> bool {
        self.0 & Self::HYPHEN != 0 && self.0 & Self::SPECIAL == 0
    }
}

const PAGE: usize = 256;
const PAGES: usize = 0x11_0000 / PAGE;

/// The fates of all characters under one set of choices about case, forms and accents.
pub(crate) struct Characters {
    mapping: Mapping,
    pages: Box<[OnceLock<Box<Page>>]>,
    /// The fates of the characters of the basic plane, in one word each; special, where their page was never
    /// met. 512 KiB, for which Chinese text is read a tenth faster than by pages.
    basic: Box<[AtomicU64]>,
}

/// The fates of 256 characters: number `i` becomes `mapped[starts[i]..starts[i + 1]]`.
struct Page {
    starts: [u16; PAGE + 1],
    mapped: Vec<Mapped>,
    packed: [Packed; PAGE],
}

impl Characters {
    /// The table of these choices, which the whole process shares.
    pub(crate) fn of(mapping: Mapping) -> &'static Self {
        static TABLES: [OnceLock<Characters>; 16] = [const { OnceLock::new() }; 16];
        let number = usize::from(mapping.case == Case::Fold)
            | usize::from(mapping.compatibility == Compatibility::Fold) << 1
            | usize::from(mapping.accents == Accents::Drop) << 2
            | usize::from(mapping.variants == Variants::Fold) << 3;
        TABLES[number].get_or_init(|| Self {
            mapping,
            pages: (0..PAGES).map(|_| OnceLock::new()).collect(),
            basic: (0..=u16::MAX).map(|_| AtomicU64::new(Packed::SPECIAL)).collect(),
        })
    }

    /// What `c` becomes: nothing, one character (the usual case), or several (`ﬁ` → `fi`).
    #[inline]
    pub(crate) fn fate(&self, c: char) -> &[Mapped] {
        let code = c as usize;
        self.page(code / PAGE).fate(code % PAGE)
    }

    /// The same in one word.
    pub(crate) fn packed_or_made(&self, c: char) -> Packed {
        let code = c as usize;
        self.page(code / PAGE).packed[code % PAGE]
    }

    /// The same for a code point, if one of its page was met before; a special one if not.
    #[inline]
    pub(crate) fn packed(&self, code: u32) -> Packed {
        let code = code as usize;
        let page = self.pages.get(code / PAGE).and_then(OnceLock::get);
        page.map_or(Packed(Packed::SPECIAL), |page| page.packed[code % PAGE])
    }

    /// The same for a character of the basic plane, with less to look up.
    #[inline]
    pub(crate) fn packed_basic(&self, code: u16) -> Packed {
        // A word is all that there is to read, so that no order of memory matters.
        let packed = self.basic.get(usize::from(code)).map(|packed| packed.load(Relaxed));
        Packed(packed.unwrap_or(Packed::SPECIAL))
    }

    #[inline]
    fn page(&self, number: usize) -> &Page {
        self.pages[number].get_or_init(|| {
            let page = Page::new(number, self.mapping);
            let places = self.basic.chunks_exact(PAGE).nth(number).unwrap_or_default();
            places.iter().zip(&page.packed).for_each(|(place, packed)| place.store(packed.0, Relaxed));
            Box::new(page)
        })
    }
}

impl Page {
    fn new(number: usize, mapping: Mapping) -> Self {
        let mut page = Self {
            starts: [0; PAGE + 1],
            mapped: Vec::with_capacity(PAGE),
            packed: [Packed::default(); PAGE],
        };
        for i in 0..PAGE {
            if let Some(c) = char::from_u32((number * PAGE + i) as u32) {
                let known = page.mapped.len();
                page.mapped.extend(map_character(c, mapping).chars().map(Mapped::new));
                page.packed[i] = Packed::new(c, &page.mapped[known..]);
            }
            // No character becomes more than 18, so that 16 bits are enough.
            page.starts[i + 1] = page.mapped.len() as u16;
        }
        page
    }

    #[inline]
    fn fate(&self, i: usize) -> &[Mapped] {
        &self.mapped[usize::from(self.starts[i])..usize::from(self.starts[i + 1])]
    }
}

/// The slow, plain definition of the mapping: decompose, drop, fold, compose. The tables hold it
/// character by character; `normalize` mends the places where neighbours interact.
fn map_character(c: char, options: Mapping) -> String {
    let is_kept = |c: char| {
        !(options.accents == Accents::Drop && is_accent(c)
            || options.compatibility == Compatibility::Fold && is_ignorable(c))
    };
    let mut folded = String::new();
    let mut fold = |c: char| {
        let put = |c| folded.push(if options.variants == Variants::Fold { variant(c) } else { c });
        if options.case == Case::Fold { fold_case(c, put) } else { Some(c).into_iter().for_each(put) }
    };
    let one = std::iter::once(c);
    match (options.compatibility, options.accents) {
        // What a newer version of Unicode has stays as it is.
        _ if !Properties::of(c).is_assigned() => return one.filter(|&c| is_kept(c)).collect(),
        (Compatibility::Fold, _) => one.nfkd().filter(|&c| is_kept(c)).for_each(&mut fold),
        (Compatibility::Keep, Accents::Drop) => one.nfd().filter(|&c| is_kept(c)).for_each(&mut fold),
        // Nothing asks for another form: leave the one that is there.
        (Compatibility::Keep, Accents::Keep) => {
            fold(c);
            return folded;
        }
    }
    folded.nfc().collect()
}

/// The letter or digit that stands for all ways of writing it.
fn variant(c: char) -> char {
    match c {
        'ي' | 'ى' | 'ے' => 'ی',
        'ك' | 'ڪ' => 'ک',
        'ه' | 'ھ' | 'ە' | 'ۃ' | 'ة' => 'ہ',
        'ں' => 'ن',
        _ => digit(c).unwrap_or(c),
    }
}

/// The ASCII digit for a decimal digit of another script.
fn digit(c: char) -> Option<char> {
    /// The zeros of Arabic (two sets), Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu,
    /// Kannada, Malayalam, Thai, Lao, Tibetan, Burmese and Khmer.
    const ZEROS: [u32; 16] = [
        0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
        0x1040, 0x17e0,
    ];
    let zero = ZEROS.into_iter().find(|&zero| (zero..zero + 10).contains(&(c as u32)))?;
    char::from_digit(c as u32 - zero, 10)
}

/// Combining marks that stand above, below or through a letter. Kept: marks of class 0 (vowel signs),
/// 6 to 9 (nukta, kana voicing, virama), without which a letter would be another letter.
fn is_accent(c: char) -> bool {
    Properties::of(c).is_assigned() && !matches!(canonical_combining_class(c), 0 | 6..=9)
}

/// The characters with the property `Default_Ignorable_Code_Point`, which `NFKC_Casefold` also
/// removes, and the Arabic tatweel, which only stretches a line.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn class_of(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
            '!'..='~' => Class::Mark,
            _ => Class::White,
        };
    }
    let properties = Properties::of(c);
    // (That control characters stay what they are is promised.)
    if properties.is_white_space() || c.is_control() {
        return Class::White;
    }
    if properties.is_mark() {
        return Class::Extend;
    }
    if !properties.is_alphanumeric() {
        return Class::Mark;
    }
    match properties.word_break() {
        WordBreak::ALetter | WordBreak::HebrewLetter | WordBreak::Numeric | WordBreak::ExtendNumLet => {
            Class::Letter
        }
        WordBreak::Katakana => Class::Katakana,
        _ => Class::Solo,
    }
}
