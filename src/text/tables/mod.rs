//! What the normaliser and the tokeniser ask of each character, by one version of Unicode.
//!
//! Shingle hashes are stored, so the answers must not change with the compiler or with another crate.
//! `data.rs` is made by the program in `tools/unicode` from the data of ICU4X at one fixed version; nothing
//! of `char`'s own tables is used but what Unicode promises never to change (control characters).
//!
//! Decomposition and composition come from `unicode-normalization`. Unicode's stability policy fixes them for
//! all characters that a version has: any version of that crate gives the same for characters
//! [assigned](is_assigned) here, and others are never shown to it.

#[allow(clippy::unreadable_literal, reason = "numbers that a program made, and nobody reads")]
mod data;

/// Runs of characters with equal properties: the first of each, shifted by 11, and the properties.
static RUNS: [u32; data::COUNT] = {
    let mut runs = [0; data::COUNT];
    let (mut run, mut first, mut at) = (0, 0, 0);
    while at < data::RUNS.len() {
        let kind = data::RUNS[at];
        let kind = if kind <= b'Z' { kind - b'A' } else { kind - b'g' + 26 };
        at += 1;
        let mut length = 0;
        while at < data::RUNS.len() && matches!(data::RUNS[at], b'0'..=b'9' | b'a'..=b'f') {
            let digit = data::RUNS[at];
            length = length << 4 | (if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 }) as u32;
            at += 1;
        }
        runs[run] = first << 11 | data::KINDS[kind as usize] as u32;
        first += if length == 0 { 1 } else { length };
        run += 1;
    }
    assert!(run == data::COUNT && first == char::MAX as u32 + 1);
    runs
};

/// What Unicode says of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Properties(u32);

impl Properties {
    const ALPHANUMERIC: u32 = 1 << 5;
    const ALPHABETIC: u32 = 1 << 6;
    const MARK: u32 = 1 << 7;
    const WHITE_SPACE: u32 = 1 << 8;
    const PICTOGRAPHIC: u32 = 1 << 9;
    const UNASSIGNED: u32 = 1 << 10;
    const ALL: u32 = (1 << 11) - 1;

    /// Those of `c`. O(log of the number of runs), some twelve steps; one for ASCII.
    #[inline]
    pub(crate) fn of(c: char) -> Self {
        static ASCII: [u16; 128] = {
            let mut table = [0; 128];
            let mut run = 0;
            while run < 128 && RUNS[run] >> 11 < 128 {
                let mut code = (RUNS[run] >> 11) as usize;
                while code < 128 {
                    table[code] = (RUNS[run] & Properties::ALL) as u16;
                    code += 1;
                }
                run += 1;
            }
            table
        };
        let code = c as u32;
        if let Some(&properties) = ASCII.get(code as usize) {
            return Self(u32::from(properties));
        }
        let run = RUNS.partition_point(|run| run >> 11 <= code);
        Self(RUNS[run - 1] & Self::ALL)
    }

    /// The class of UAX #29.
    pub(crate) fn word_break(self) -> WordBreak {
        WordBreak::ALL[(self.0 & 31) as usize]
    }

    /// `Alphabetic`, or a number of any kind.
    pub(crate) fn is_alphanumeric(self) -> bool {
        self.0 & Self::ALPHANUMERIC != 0
    }

    /// `Alphabetic`.
    pub(crate) fn is_alphabetic(self) -> bool {
        self.0 & Self::ALPHABETIC != 0
    }

    /// A mark that belongs to the character before it (`General_Category` M).
    pub(crate) fn is_mark(self) -> bool {
        self.0 & Self::MARK != 0
    }

    /// `White_Space`.
    pub(crate) fn is_white_space(self) -> bool {
        self.0 & Self::WHITE_SPACE != 0
    }

    /// `Extended_Pictographic`.
    pub(crate) fn is_pictographic(self) -> bool {
        self.0 & Self::PICTOGRAPHIC != 0
    }

    /// Whether this version of Unicode has the character. Others are symbols that stand for themselves.
    pub(crate) fn is_assigned(self) -> bool {
        self.0 & Self::UNASSIGNED == 0
    }
}

/// The version of Unicode by which texts are normalised and cut into words: part of
/// [`FORMAT_VERSION`](crate::hash::FORMAT_VERSION), whatever versions the compiler and other crates have.
///
/// Characters that it does not have are symbols: they part words and are no letters.
///
/// ```
/// assert_eq!(reprint::text::UNICODE_VERSION, (17, 0, 0));
/// ```
pub const UNICODE_VERSION: (u8, u8, u8) = data::VERSION;

/// The `Word_Break` classes of UAX #29, in the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordBreak {
    Other,
    Cr,
    Lf,
    Newline,
    Extend,
    Zwj,
    Format,
    RegionalIndicator,
    Katakana,
    HebrewLetter,
    ALetter,
    SingleQuote,
    DoubleQuote,
    MidNumLet,
    MidLetter,
    MidNum,
    Numeric,
    ExtendNumLet,
    WSegSpace,
}

impl WordBreak {
    /// By number; those behind the last are never met.
    const ALL: [Self; 32] = {
        let mut all = [Self::Other; 32];
        let known = [
            Self::Other,
            Self::Cr,
            Self::Lf,
            Self::Newline,
            Self::Extend,
            Self::Zwj,
            Self::Format,
            Self::RegionalIndicator,
            Self::Katakana,
            Self::HebrewLetter,
            Self::ALetter,
            Self::SingleQuote,
            Self::DoubleQuote,
            Self::MidNumLet,
            Self::MidLetter,
            Self::MidNum,
            Self::Numeric,
            Self::ExtendNumLet,
            Self::WSegSpace,
        ];
        let mut i = 0;
        while i < known.len() {
            all[i] = known[i];
            i += 1;
        }
        all
    };
}

/// Calls `put` for each character of the full case folding of `c` (`CaseFolding.txt`, C and F): `ß` gives
/// two.
pub(crate) fn fold_case(c: char, mut put: impl FnMut(char)) {
    if c.is_ascii() {
        return put(c.to_ascii_lowercase());
    }
    let code = c as u32;
    let after = data::FOLDS.partition_point(|&(first, ..)| first <= code);
    if let Some(&(first, last, step, delta)) = data::FOLDS[..after].last()
        && code <= last
        && (code - first).is_multiple_of(step)
    {
        return put(code.checked_add_signed(delta).and_then(char::from_u32).unwrap_or(c));
    }
    match data::LONG_FOLDS.binary_search_by_key(&c, |&(from, _)| from) {
        Ok(at) => data::LONG_FOLDS[at].1.chars().for_each(put),
        Err(_) => put(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        text.chars().for_each(|c| fold_case(c, |c| out.push(c)));
        out
    }

    #[test]
    fn case_folds_in_full() {
        assert_eq!(folded("Straße"), folded("STRASSE"));
        assert_eq!(
            folded("ΌΣΟΣ όσος ẞ ŉ ΐ İ ﬁ Ꭰꭰ ſ K"),
            "όσοσ όσοσ ss ʼn ι\u{308}\u{301} i\u{307} fi ᎠᎠ s k"
        );
        assert_eq!(folded("Ǆ ǅ ǆ Ѐ Ӂ 𐐀 ı"), "ǆ ǆ ǆ ѐ ӂ 𐐨 ı");
    }

    /// Where the compiler has the same version as the tables, it says the same of each character; where it
    /// has another, the same of those that both have, but for the few whose properties were mended.
    #[test]
    fn the_compiler_agrees() {
        let (mut differing, mut assigned) = (0, 0);
        for c in '\0'..=char::MAX {
            let properties = Properties::of(c);
            assigned += u32::from(properties.is_assigned());
            let agrees = properties.is_alphanumeric() == c.is_alphanumeric()
                && properties.is_alphabetic() == c.is_alphabetic()
                && properties.is_white_space() == c.is_whitespace();
            let known = properties.is_assigned();
            differing += u32::from(!agrees && (known || char::UNICODE_VERSION == UNICODE_VERSION));
        }
        assert_eq!(assigned, 297_334, "characters of Unicode 17, and surrogates less");
        let most = if char::UNICODE_VERSION == UNICODE_VERSION { 0 } else { 50 };
        assert!(differing <= most, "{differing} characters");
    }

    #[test]
    fn each_class_has_its_characters() {
        for (c, class) in [
            ('\r', WordBreak::Cr),
            ('\u{85}', WordBreak::Newline),
            ('\u{301}', WordBreak::Extend),
            ('\u{200d}', WordBreak::Zwj),
            ('\u{ad}', WordBreak::Format),
            ('\u{1f1e6}', WordBreak::RegionalIndicator),
            ('カ', WordBreak::Katakana),
            ('א', WordBreak::HebrewLetter),
            ('é', WordBreak::ALetter),
            ('中', WordBreak::Other),
            ('\'', WordBreak::SingleQuote),
            ('"', WordBreak::DoubleQuote),
            ('.', WordBreak::MidNumLet),
            (':', WordBreak::MidLetter),
            (',', WordBreak::MidNum),
            ('7', WordBreak::Numeric),
            ('_', WordBreak::ExtendNumLet),
            (' ', WordBreak::WSegSpace),
        ] {
            assert_eq!(Properties::of(c).word_break(), class, "{c:?}");
        }
        assert!(Properties::of('😀').is_pictographic() && !Properties::of('\u{b53}').is_assigned());
    }
}
