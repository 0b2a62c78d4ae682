//! Text in, normalised text and the way back to the original out.

use std::fmt;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::characters::{Characters, Class, Mapped, Mapping};
use super::tables::Properties;

/// What to do with capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Case {
    /// Unicode's full case folding: lower case, `ß` becomes `ss` as `SS` does, a final sigma a sigma.
    Fold,
    /// Leave them.
    Keep,
}

/// What to do with Unicode compatibility forms: ligatures, full-width letters, superscripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Compatibility {
    /// Replace them as NFKC does, and drop invisible characters (soft hyphens, joiners, byte-order
    /// marks, the Arabic tatweel) as `NFKC_Casefold` does.
    Fold,
    /// Leave them.
    Keep,
}

/// What to do with accents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Accents {
    /// Drop combining marks, also those inside composed letters (`é` → `e`), also the vowel points of
    /// Arabic and Hebrew. Vowel signs, nuktas, viramas and kana voicing stay: they make the letter.
    Drop,
    /// Leave them.
    Keep,
}

/// What to do with letters and digits that one script writes in several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Variants {
    /// One form for all: of the Arabic script's yeh (`ي ى ے ی`), kaf (`ك ک ڪ`), heh (`ه ھ ہ ۃ ة ە`) and noon
    /// (`ں ن`), which papers in Urdu, Persian and Arabic type as they please; and ASCII digits for
    /// the decimal digits of any script.
    Fold,
    /// Leave them.
    Keep,
}

/// What to do with punctuation and symbols: whatever is neither letter, digit, mark nor white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Punctuation {
    /// Each becomes white space, so that it parts words.
    Space,
    /// Each disappears, so that it does not.
    Drop,
    /// Leave it.
    Keep,
}

/// What to do with white space and control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WhiteSpace {
    /// A run becomes one space; at the ends of the text, nothing.
    Collapse,
    /// It disappears.
    Drop,
    /// Leave it.
    Keep,
}

/// What to do with a hyphen that ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LineHyphens {
    /// Where a letter, a hyphen (`-`, soft hyphen, U+2010 or `¬`, which scans have in its place), a
    /// line break, any white space and a letter follow one another, only the two letters stay. Letters here
    /// are those of scripts that write words apart.
    Join,
    /// Treat it as any other punctuation.
    Keep,
}

/// The choices of a normaliser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Options {
    pub(crate) mapping: Mapping,
    pub(crate) punctuation: Punctuation,
    pub(crate) white_space: WhiteSpace,
    pub(crate) line_hyphens: LineHyphens,
}

impl Options {
    const WORDS: Self = Self {
        mapping: Mapping {
            case: Case::Fold,
            compatibility: Compatibility::Fold,
            accents: Accents::Drop,
            variants: Variants::Keep,
        },
        punctuation: Punctuation::Space,
        white_space: WhiteSpace::Collapse,
        line_hyphens: LineHyphens::Join,
    };
    const LETTERS: Self = Self {
        mapping: Mapping { variants: Variants::Fold, ..Self::WORDS.mapping },
        punctuation: Punctuation::Drop,
        white_space: WhiteSpace::Drop,
        ..Self::WORDS
    };
    const VERBATIM: Self = Self {
        mapping: Mapping {
            case: Case::Keep,
            compatibility: Compatibility::Keep,
            accents: Accents::Keep,
            variants: Variants::Keep,
        },
        punctuation: Punctuation::Keep,
        white_space: WhiteSpace::Keep,
        line_hyphens: LineHyphens::Keep,
    };

    /// Whether the result is brought into a canonical form, so that neighbours may compose.
    pub(crate) fn is_canonical(self) -> bool {
        self.mapping.compatibility == Compatibility::Fold || self.mapping.accents == Accents::Drop
    }

    /// Whether these are the choices of [`Normalizer::words`], for which there is a faster way.
    pub(crate) fn are_words(self) -> bool {
        self == Self::WORDS
    }
}

/// The choices as digits in a fixed order: part of what tells shinglers apart, and so of the format.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mapping { case, compatibility, accents, variants } = self.mapping;
        let folds = [
            case == Case::Fold,
            compatibility == Compatibility::Fold,
            accents == Accents::Drop,
            variants == Variants::Fold,
            self.line_hyphens == LineHyphens::Join,
        ];
        folds.iter().try_for_each(|&fold| write!(f, "{}", u8::from(fold)))?;
        let punctuation = match self.punctuation {
            Punctuation::Keep => 0,
            Punctuation::Drop => 1,
            Punctuation::Space => 2,
        };
        let white_space = match self.white_space {
            WhiteSpace::Keep => 0,
            WhiteSpace::Drop => 1,
            WhiteSpace::Collapse => 2,
        };
        write!(f, "{punctuation}{white_space}")
    }
}

/// Removes the differences between texts that do not make them different texts.
///
/// The result depends on the text and the options only; its exact bytes are part of
/// [`FORMAT_VERSION`](crate::hash::FORMAT_VERSION), which fixes the
/// [version of Unicode](super::UNICODE_VERSION) too.
///
/// Cost: linear in the text. Tables of 256 characters are made when one of them is first met, once a process.
///
/// ```
/// use reprint::text::{Normalizer, Punctuation, WhiteSpace};
///
/// assert_eq!(Normalizer::words().normalize("Mr. O’Brien’s  CAFÉ").as_str(), "mr o brien s cafe");
/// assert_eq!(Normalizer::letters().normalize("Mr. O’Brien’s  CAFÉ").as_str(), "mrobrienscafe");
/// assert_eq!(Normalizer::verbatim().normalize("Mr. O’Brien").as_str(), "Mr. O’Brien");
///
/// let own = Normalizer::builder().punctuation(Punctuation::Keep).build();
/// assert_eq!(own.normalize("Mr. O’Brien’s  CAFÉ").as_str(), "mr. o’brien’s cafe");
/// ```
#[derive(Clone, Copy)]
pub struct Normalizer {
    options: Options,
    characters: &'static Characters,
}

impl fmt::Debug for Normalizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Normalizer").field(&self.options).finish()
    }
}

impl PartialEq for Normalizer {
    fn eq(&self, other: &Self) -> bool {
        self.options == other.options
    }
}

impl Eq for Normalizer {}

impl Default for Normalizer {
    /// [`Normalizer::words`].
    fn default() -> Self {
        Self::words()
    }
}

impl Normalizer {
    /// Words in lower case, parted by single spaces: no accents, no punctuation, hyphenated line ends joined.
    ///
    /// ```
    /// let n = reprint::text::Normalizer::words();
    /// assert_eq!(n.normalize("Vio-\nlent\tpas\u{ad}sion!").as_str(), "violent passion");
    /// ```
    pub fn words() -> Self {
        Self::new(Options::WORDS)
    }

    /// Only the letters and digits, without spaces: nothing that a scanner's missing or extra space can
    /// disturb. Letters with several forms are brought to one ([`Variants::Fold`]).
    ///
    /// ```
    /// let n = reprint::text::Normalizer::letters();
    /// assert_eq!(n.normalize("The  15 ﬁne men.").as_str(), "the15finemen");
    /// ```
    pub fn letters() -> Self {
        Self::new(Options::LETTERS)
    }

    /// Nothing changes.
    ///
    /// ```
    /// let n = reprint::text::Normalizer::verbatim();
    /// assert_eq!(n.normalize(" As\nit IS ").as_str(), " As\nit IS ");
    /// ```
    pub fn verbatim() -> Self {
        Self::new(Options::VERBATIM)
    }

    /// Starts from [`words`](Self::words); each choice can be changed.
    ///
    /// ```
    /// use reprint::text::{Accents, Case, Normalizer};
    ///
    /// let n = Normalizer::builder().case(Case::Keep).accents(Accents::Keep).build();
    /// assert_eq!(n.normalize("É. Zola").as_str(), "É Zola");
    /// ```
    pub fn builder() -> NormalizerBuilder {
        NormalizerBuilder(Options::WORDS)
    }

    fn new(options: Options) -> Self {
        Self { options, characters: Characters::of(options.mapping) }
    }

    pub(crate) fn options(&self) -> Options {
        self.options
    }

    pub(super) fn characters(&self) -> &'static Characters {
        self.characters
    }

    /// The normalised form of `text`, with the way back.
    pub fn normalize(&self, text: &str) -> NormalizedText {
        let mut out = NormalizedText::default();
        self.normalize_into(text, &mut out);
        out
    }

    /// As [`normalize`](Self::normalize), into a buffer whose memory is used again.
    ///
    /// ```
    /// use reprint::text::{NormalizedText, Normalizer};
    ///
    /// let (normalizer, mut buffer) = (Normalizer::words(), NormalizedText::default());
    /// for text in ["One!", "Two!"] {
    ///     normalizer.normalize_into(text, &mut buffer);
    ///     assert_eq!(buffer.as_str(), text.trim_end_matches('!').to_lowercase());
    /// }
    /// ```
    pub fn normalize_into(&self, text: &str, out: &mut NormalizedText) {
        out.clear();
        self.walk(text, false, &mut Writer { options: &self.options, out, space: None });
        out.original_length = text.len();
    }

    /// Calls `sink` for each character of the result, in order, with the bytes of the original it came from.
    /// A hyphen at the beginning may end a line if the text stands behind a letter.
    pub(super) fn walk(&self, text: &str, mut after_letter: bool, sink: &mut impl Sink) {
        let join_hyphens = self.options.line_hyphens == LineHyphens::Join;
        let canonical = self.options.is_canonical();
        // What the last character became: not yet in the sink, because the next might compose with it.
        let mut held: (&[Mapped], Range<usize>) = (&[], 0..0);
        let mut chars = text.chars();
        let mut position = 0;
        while let Some(c) = chars.next() {
            let here = position..text.len() - chars.as_str().len();
            position = here.end;
            let mapped = self.characters.fate(c);
            // The usual case: one letter or space for one, which has nothing to do with its neighbours.
            if let [one] = mapped
                && !one.unstable
                && one.class != Class::Mark
            {
                for m in held.0 {
                    sink.put(*m, held.1.clone());
                }
                held = (mapped, here);
                if one.class != Class::Extend {
                    after_letter = one.class == Class::Letter;
                }
                continue;
            }
            let may_be_hyphen = mapped.last().is_none_or(|m| m.class == Class::Mark);
            if may_be_hyphen
                && after_letter
                && join_hyphens
                && is_hyphen(c)
                && let Some(next_line) = self.line_break_before_letter(&text[position..])
            {
                position += next_line;
                chars = text[position..].chars();
                continue;
            }
            let [first, ..] = mapped else { continue };
            if canonical && first.unstable && !held.0.is_empty() {
                position = self.compose(text, held.1.start, position, sink, &mut after_letter);
                chars = text[position..].chars();
                held.0 = &[];
                continue;
            }
            put_all(sink, &held);
            held = (mapped, here);
            after_letter = ends_in_letter(mapped, after_letter);
        }
        put_all(sink, &held);
    }

    /// Handles a stretch of characters that compose or change places with one another: what begins at
    /// `start`, up to the next character after `seen` that starts anew. Returns where that is.
    #[cold]
    fn compose(
        &self,
        text: &str,
        start: usize,
        seen: usize,
        sink: &mut impl Sink,
        after_letter: &mut bool,
    ) -> usize {
        let ends_before = |&(i, c): &(usize, char)| match self.characters.fate(c) {
            [first, ..] => !first.unstable,
            [] => is_hyphen(c) && self.line_break_before_letter(&text[seen + i + c.len_utf8()..]).is_some(),
        };
        let end = text[seen..].char_indices().find(ends_before).map_or(text.len(), |(i, _)| seen + i);
        // A first character that the tables do not have composes with nothing.
        let first = text[start..].chars().next().filter(|&c| !Properties::of(c).is_assigned());
        for m in first.map_or(&[][..], |c| self.characters.fate(c)) {
            sink.put(*m, start..end);
        }
        let known = &text[start + first.map_or(0, char::len_utf8)..end];
        let mapped = known.chars().flat_map(|c| self.characters.fate(c)).map(|m| m.char);
        for c in mapped.nfc() {
            // What the mapping leaves as it is stands in the table; working it out allocates.
            let mapped = match self.characters.fate(c) {
                [one] if one.char == c => *one,
                _ => Mapped::new(c),
            };
            *after_letter = ends_in_letter(&[mapped], *after_letter);
            sink.put(mapped, start..end);
        }
        end
    }

    /// If `rest` begins with a line break and the next line with a letter: how many bytes stand before it.
    pub(super) fn line_break_before_letter(&self, rest: &str) -> Option<usize> {
        let line = rest.strip_prefix('\r').unwrap_or(rest).strip_prefix('\n')?;
        let next = line.trim_start_matches(|c| Properties::of(c).is_white_space());
        let letter = next.chars().next().filter(|&c| Properties::of(c).is_alphabetic())?;
        let joins = |m: &Mapped| m.class == Class::Letter && !m.unstable;
        self.characters.fate(letter).first().is_some_and(joins).then(|| rest.len() - next.len())
    }
}

/// Whether the last character that is not a mark on another is a letter, given whether it was so before.
fn ends_in_letter(mapped: &[Mapped], before: bool) -> bool {
    match mapped.iter().rev().find(|m| m.class != Class::Extend) {
        Some(m) => m.class == Class::Letter,
        None => before,
    }
}

#[inline(never)]
fn put_all(sink: &mut impl Sink, (mapped, from): &(&[Mapped], Range<usize>)) {
    for m in *mapped {
        sink.put(*m, from.clone());
    }
}

/// Takes the characters of a normalised text one by one.
pub(crate) trait Sink {
    fn put(&mut self, mapped: Mapped, from: Range<usize>);
}

pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{ad}' | '\u{2010}' | '\u{ac}')
}

/// Applies the choices about punctuation and white space, and keeps the map.
struct Writer<'a> {
    options: &'a Options,
    out: &'a mut NormalizedText,
    /// Collapsed white space that is written when something follows it.
    space: Option<Range<usize>>,
}

impl Sink for Writer<'_> {
    fn put(&mut self, mapped: Mapped, from: Range<usize>) {
        let white = match (mapped.class, self.options.punctuation) {
            (Class::White, _) | (Class::Mark, Punctuation::Space) => true,
            (Class::Mark, Punctuation::Drop) => return,
            _ => false,
        };
        if white {
            match self.options.white_space {
                WhiteSpace::Drop => {}
                WhiteSpace::Keep if mapped.class == Class::White => self.out.push(mapped.char, from),
                WhiteSpace::Keep => self.out.push(' ', from),
                WhiteSpace::Collapse if self.out.text.is_empty() => {}
                WhiteSpace::Collapse => {
                    self.space = Some(self.space.as_ref().map_or(from.start, |s| s.start)..from.end);
                }
            }
            return;
        }
        if let Some(space) = self.space.take() {
            self.out.push(' ', space);
        }
        self.out.push(mapped.char, from);
    }
}

/// The choices of a [`Normalizer`], to be changed one by one.
///
/// ```
/// use reprint::text::{Compatibility, LineHyphens, Normalizer};
///
/// let n = Normalizer::builder().compatibility(Compatibility::Keep).line_hyphens(LineHyphens::Keep).build();
/// assert_eq!(n.normalize("①-\nfold").as_str(), "① fold");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct NormalizerBuilder(Options);

impl NormalizerBuilder {
    /// What to do with capital letters. Default: [`Case::Fold`].
    pub fn case(mut self, case: Case) -> Self {
        self.0.mapping.case = case;
        self
    }

    /// What to do with compatibility forms and invisible characters. Default: [`Compatibility::Fold`].
    pub fn compatibility(mut self, compatibility: Compatibility) -> Self {
        self.0.mapping.compatibility = compatibility;
        self
    }

    /// What to do with accents. Default: [`Accents::Drop`].
    pub fn accents(mut self, accents: Accents) -> Self {
        self.0.mapping.accents = accents;
        self
    }

    /// What to do with letters and digits that are written in several ways. Default: [`Variants::Keep`].
    pub fn variants(mut self, variants: Variants) -> Self {
        self.0.mapping.variants = variants;
        self
    }

    /// What to do with punctuation and symbols. Default: [`Punctuation::Space`].
    pub fn punctuation(mut self, punctuation: Punctuation) -> Self {
        self.0.punctuation = punctuation;
        self
    }

    /// What to do with white space. Default: [`WhiteSpace::Collapse`].
    pub fn white_space(mut self, white_space: WhiteSpace) -> Self {
        self.0.white_space = white_space;
        self
    }

    /// What to do with hyphens at line ends. Default: [`LineHyphens::Join`].
    pub fn line_hyphens(mut self, line_hyphens: LineHyphens) -> Self {
        self.0.line_hyphens = line_hyphens;
        self
    }

    /// The normaliser. Every combination of choices is valid.
    pub fn build(self) -> Normalizer {
        Normalizer::new(self.0)
    }
}

/// A normalised text and the map from its bytes to the bytes of the original.
///
/// Memory: the text, and 24 bytes for each place where the two stop running in step.
///
/// ```
/// let original = "The “Café” burned.";
/// let text = reprint::text::Normalizer::words().normalize(original);
/// let at = text.as_str().find("cafe").unwrap();
/// assert_eq!(&original[text.original(at..at + 4)], "Café");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NormalizedText {
    text: String,
    segments: Vec<Segment>,
    /// Where the next byte of the original would continue the last segment.
    expected: usize,
    original_length: usize,
}

/// From `normalized` on, up to the next segment, the text came from `original`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    normalized: usize,
    original: usize,
    /// 0: byte for byte. Else the whole segment came from so many bytes of the original, as one.
    whole: usize,
}

impl NormalizedText {
    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing is left of the text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The bytes of the original from which `range` of the normalised text came: the smallest range
    /// that covers every character touched. An empty or reversed range gives an empty one; offsets beyond the
    /// end are taken as the end.
    ///
    /// Both ends of the result are character boundaries. Cost: O(log n).
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.text.len());
        if range.start >= end {
            let at = self.start_of(range.start);
            return at..at;
        }
        self.start_of(range.start)..self.end_of(end - 1)
    }

    fn segment(&self, offset: usize) -> Option<&Segment> {
        let after = self.segments.partition_point(|s| s.normalized <= offset);
        self.segments[..after].last()
    }

    fn start_of(&self, offset: usize) -> usize {
        if offset >= self.text.len() {
            return self.original_length;
        }
        let offset = self.text.floor_char_boundary(offset);
        self.segment(offset)
            .map_or(0, |s| if s.whole > 0 { s.original } else { s.original + offset - s.normalized })
    }

    /// The end of the character that holds the byte at `offset`.
    fn end_of(&self, offset: usize) -> usize {
        let end = self.text.ceil_char_boundary(offset + 1);
        self.segment(offset)
            .map_or(0, |s| if s.whole > 0 { s.original + s.whole } else { s.original + end - s.normalized })
    }

    fn clear(&mut self) {
        self.text.clear();
        self.segments.clear();
        self.expected = 0;
        self.original_length = 0;
    }

    fn push(&mut self, c: char, from: Range<usize>) {
        let in_step = from.len() == c.len_utf8();
        let previous = self.segments.last().copied();
        let continues = match previous {
            Some(s) if s.whole == 0 => in_step && self.expected == from.start,
            Some(s) => s.original == from.start && s.whole == from.len(),
            None => false,
        };
        if !continues {
            let whole = if in_step { 0 } else { from.len() };
            self.segments.push(Segment { normalized: self.text.len(), original: from.start, whole });
        }
        self.expected = from.end;
        self.text.push(c);
    }
}
