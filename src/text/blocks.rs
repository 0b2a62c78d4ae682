//! Text that is not ASCII, read by blocks of 64 bytes without a branch for each character.
//!
//! [`Normalizer::walk`] decides by branches, and where scripts alternate the predictor cannot know where a
//! word ends. Here a character is one look-up of all that there is to know about it, and arithmetic: texts
//! that are half Cyrillic become word 5-grams more than twice as fast
//! (`cargo bench --bench stages -- --quick shingle`, before and after). What is not a matter of one character
//! alone (marks that compose, hyphens at line ends, ligatures) goes to `walk` all the same, with the text
//! around it.

use super::characters::{Characters, Packed};
use super::normalize::{Normalizer, Sink};
use crate::kernel::bits::{Bits, bits};

/// Bytes in a block.
pub(super) const BLOCK: usize = 64;

/// Bytes of ASCII for which the kernel of [`crate::kernel::words`] is worth a try: some three words.
const AHEAD: usize = 16;

/// The most words at once that are left to the walk.
const MOST_LEFT_TO_WALK: usize = 64;

/// Takes the characters of a text from [`read`]: blocks of those that stand for themselves, and one by one
/// what [`Normalizer::walk`] makes of the others.
pub(super) trait Reader: Sink {
    /// What a block becomes.
    type Block: Default;
    /// How far that has come; in registers.
    type State: Copy;
    /// What was read up to a place, to go back to.
    type Mark: Copy;

    /// The state at the beginning of a block.
    fn state(&self) -> Self::State;

    /// Puts a character.
    fn put_packed(block: &mut Self::Block, state: Self::State, packed: Packed) -> Self::State;

    /// Takes a whole block.
    fn take(&mut self, block: &Self::Block, state: Self::State);

    /// Whether no word is open.
    fn is_between_words(&self) -> bool;

    /// How much was read.
    fn mark(&self) -> Self::Mark;

    /// Forgets what was read since.
    fn rewind(&mut self, mark: Self::Mark);
}

/// Reads `text` up to where there is enough ASCII ahead for the kernel, between two words, or to its end.
/// Returns how many bytes are done; some, if there are any.
pub(super) fn read<R: Reader>(normalizer: &Normalizer, text: &str, reader: &mut R) -> usize {
    let characters = normalizer.characters();
    let mut block = R::Block::default();
    // From here on text may be read again: nothing in it joins anything before it, but a line that a hyphen
    // ends, if it stands behind a letter.
    let (mut mark, mut after_letter) = ((0, reader.mark()), !reader.is_between_words());
    // Words that are left to the walk when a character asks for its context: twice as many each time, where
    // most do.
    let mut left_to_walk = 1;
    let mut previous = Packed::default();
    let mut at = 0;
    while at < text.len() {
        let bytes = Bytes::at(text.as_bytes(), at);
        if at > 0 && reader.is_between_words() {
            if bytes.others & ((1 << AHEAD) - 1) == 0 {
                return at;
            }
            (mark, after_letter) = ((at, reader.mark()), false);
        }
        let begin = (reader.state(), previous);
        let chosen = bytes.chosen();
        let (state, last, special) = if bytes.astral != 0 {
            put_block::<R>(&bytes, chosen, begin, &mut block, |i| characters.packed(bytes.code(i)))
        } else {
            let codes = bytes.codes(chosen);
            let packed = |i: usize| characters.packed_basic(codes[i % BLOCK]);
            put_block::<R>(&bytes, chosen, begin, &mut block, packed)
        };
        if special {
            reader.rewind(mark.1);
            at = (0..left_to_walk).fold(at + last, |at, _| plain_end(characters, text, at));
            left_to_walk = (2 * left_to_walk).min(MOST_LEFT_TO_WALK);
            normalizer.walk(&text[mark.0..at], after_letter, reader);
            (mark, after_letter) = ((at, reader.mark()), false);
            previous = Packed::default();
        } else {
            reader.take(&block, state.0);
            previous = state.1;
            left_to_walk = 1;
            at += last + bytes.width(last);
        }
    }
    at
}

/// Puts the chosen characters, until one asks for its context. Returns the state and the character before,
/// where the last one begins, and whether that is the one that asks.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the loop over characters, one for each way of looking them up")]
fn put_block<R: Reader>(
    bytes: &Bytes,
    mut left: u64,
    (mut state, mut previous): (R::State, Packed),
    block: &mut R::Block,
    packed: impl Fn(usize) -> Packed,
) -> ((R::State, Packed), usize, bool) {
    let mut last = 0;
    while left != 0 {
        last = left.trailing_zeros() as usize;
        left &= left - 1;
        let packed = packed(last);
        if packed.asks_for_context(previous) && (!packed.is_only_hyphen() || bytes.line_break_behind(last)) {
            return ((state, previous), last, true);
        }
        previous = packed.or_before(previous);
        state = R::put_packed(block, state, packed);
    }
    ((state, previous), last, false)
}

/// Where a word behind `special` ends whose last letter and the character behind it stand for themselves.
fn plain_end(characters: &Characters, text: &str, special: usize) -> usize {
    let mut after_letter = false;
    let ends_word = |&(_, c): &(usize, char)| {
        let packed = characters.packed_or_made(c);
        let ends = after_letter && packed.is_apart();
        after_letter = if packed.is_dropped() { after_letter } else { packed.is_letter() };
        ends
    };
    text[special..].char_indices().find(ends_word).map_or(text.len(), |(i, _)| special + i)
}

/// 64 bytes of a text from the beginning of a character on.
struct Bytes {
    /// The bytes, some behind them, and zeros behind the text.
    text: [u8; BLOCK + 8],
    /// Bit i: a character begins at byte i.
    starts: u64,
    /// Bit i: byte i is not ASCII.
    others: u64,
    /// Bit i: byte i is a space or an ASCII control character.
    spaces: u64,
    /// Bit i: with byte i begins a character of four bytes.
    astral: u64,
}

impl Bytes {
    fn at(text: &[u8], at: usize) -> Self {
        let rest = &text[at..];
        let mut text = [0; BLOCK + 8];
        match rest.first_chunk() {
            Some(bytes) => text = *bytes,
            None => text[..rest.len()].copy_from_slice(rest),
        }
        let Bits { upper: [others, second, third, fourth], spaces } =
            text.first_chunk().map_or_else(Bits::default, bits);
        let there = u64::MAX >> (BLOCK - rest.len().clamp(1, BLOCK));
        Self {
            text,
            starts: (!others | second) & there,
            others,
            spaces: spaces & there,
            astral: others & second & third & fourth,
        }
    }

    /// The characters to read at once: up to a space, so that most blocks begin between words, and not far
    /// beyond the last one that is not ASCII.
    fn chosen(&self) -> u64 {
        // The places with no other character in the 15 before them.
        let near = [1, 2, 4, 8].into_iter().fold(self.others, |near, shift| near | near << shift);
        let before = (self.others & self.others.wrapping_neg()).wrapping_sub(1);
        let far = (near | if self.others == 0 { 0 } else { before }).trailing_ones();
        let behind = if far < 64 { self.spaces & u64::MAX << far.saturating_sub(15) } else { 0 };
        let end = match (behind, self.spaces) {
            (0, 0) => 63,
            (0, spaces) => spaces.ilog2(),
            (behind, _) => behind.trailing_zeros(),
        };
        self.starts & u64::MAX >> (63 - end)
    }

    /// For each byte with which one of the chosen characters begins, that character, if none has four bytes.
    /// All bytes are taken for beginnings, for that needs no branch, and goes by vectors.
    fn codes(&self, chosen: u64) -> [u16; BLOCK] {
        const PART: usize = 16;
        let mut codes = [0; BLOCK];
        let parts = (BLOCK - chosen.leading_zeros() as usize).div_ceil(PART);
        for (part, codes) in codes.as_chunks_mut::<PART>().0.iter_mut().take(parts).enumerate() {
            let text = &self.text[PART * part..][..PART + 2];
            for (code, three) in codes.iter_mut().zip(text.windows(3)) {
                let [first, second, third] = [three[0], three[1], three[2]].map(u16::from);
                let mask = |is: bool| u16::from(is).wrapping_neg();
                let (second, third) = (second & 0x3f, third & 0x3f);
                let (one, two) = (mask(first < 0x80), mask(first < 0xe0));
                let of_two = (first & 0x1f) << 6 | second;
                let of_three = first << 12 | second << 6 | third;
                *code = first & one | of_two & two & !one | of_three & !two;
            }
        }
        codes
    }

    /// The character that begins at byte `i`.
    #[inline]
    fn code(&self, i: usize) -> u32 {
        /// By the upper half of the first byte: the bits of the character, and how far up they stand.
        const BITS: [u32; 16] = {
            let mut bits = [0x7f << 18; 16];
            (bits[0xc], bits[0xd]) = (0x1f << 18 | 0x3f << 12, 0x1f << 18 | 0x3f << 12);
            bits[0xe] = 0xf << 18 | 0x3f << 12 | 0x3f << 6;
            bits[0xf] = 0x7 << 18 | 0x3f << 12 | 0x3f << 6 | 0x3f;
            bits
        };
        const SHIFTS: [u32; 16] = [18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 12, 12, 6, 0];
        let i = i % BLOCK;
        let four = u32::from_be_bytes([self.text[i], self.text[i + 1], self.text[i + 2], self.text[i + 3]]);
        let first = (four >> 28) as usize;
        let bits = four >> 6 & 0x01fc_0000 | four >> 4 & 0x3_f000 | four >> 2 & 0xfc0 | four & 0x3f;
        (bits & BITS[first]) >> SHIFTS[first]
    }

    /// The bytes of the character that begins at byte `i`.
    fn width(&self, i: usize) -> usize {
        self.text[i].leading_ones().max(1) as usize
    }

    /// Whether a line ends behind the character that begins at byte `i`.
    fn line_break_behind(&self, i: usize) -> bool {
        matches!(self.text[i + self.width(i)], b'\n' | b'\r')
    }
}
