//! Texts for fuzzing: random bytes, words of a grammar, and mutations of such texts. Every test run has the same texts.

/// A deterministic random number generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % end.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }

    /// Returns a text of `words`, of bytes, or of both.
    pub(crate) fn text(&mut self, words: &[&str]) -> String {
        let mut bytes = Vec::new();
        match self.below(4) {
            0 => (0..self.below(24)).for_each(|_| bytes.push(self.byte())),
            way => {
                for _ in 0..=self.below(14) {
                    bytes.extend_from_slice(words[self.below(words.len())].as_bytes());
                }
                if way == 1 {
                    self.change(&mut bytes);
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Changes, removes, doubles or inserts a few bytes.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() + 1);
            match self.below(4) {
                0 => bytes.insert(at, self.byte()),
                1 => bytes.truncate(at),
                2 => {
                    let tail = bytes[at..].to_vec();
                    bytes.extend(tail);
                }
                _ => {
                    if at < bytes.len() {
                        bytes[at] = self.byte();
                    }
                }
            }
        }
    }
}
