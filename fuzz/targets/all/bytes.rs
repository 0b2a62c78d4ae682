//! Bytes as choices, numbers and texts.

/// What is left of an input.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next byte; 0 at the end.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A number below `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(crate) fn word(&mut self) -> u64 {
        (0..8).fold(0, |word, _| word << 8 | u64::from(self.byte()))
    }

    /// Texts: what lies between bytes 0xff, at most so many, the last with all that is left.
    pub(crate) fn texts(&mut self, most: usize) -> Vec<String> {
        let parts = self.0.splitn(most, |&byte| byte == 0xff);
        let texts = parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect();
        self.0 = &[];
        texts
    }

    /// Elements of a set: small numbers, large ones, and hashes; some twice.
    pub(crate) fn elements(&mut self) -> Vec<u64> {
        let count = self.below(80);
        let mut elements = Vec::with_capacity(count);
        for _ in 0..count {
            let element = match self.byte() {
                0..32 => self.word(),
                byte @ 32..64 => u64::from(byte),
                64..72 => u64::MAX - u64::from(self.byte()),
                byte => reprint::hash::xxh3(&[byte, self.byte()]),
            };
            elements.push(element);
        }
        elements
    }
}
