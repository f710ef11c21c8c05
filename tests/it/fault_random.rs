//! [`Random`]: moments that differ from test to test, and can be had again.

/// The generator `xorshift64*`.
pub(crate) struct Random(u64);

impl Random {
    /// Seeded by `FAULT_SEED`, or else by the time; a test that fails prints which.
    pub(crate) fn new() -> Self {
        let seed = std::env::var("FAULT_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok())
            .unwrap_or_else(|| {
                let now = std::time::SystemTime::UNIX_EPOCH.elapsed();
                now.expect("it is after 1970").subsec_nanos().into()
            });
        println!("the same again: FAULT_SEED={seed}");
        // Nearby seeds shall differ, and none may be 0.
        Self(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15).rotate_left(31) ^ 0x1234_5678_9abc_def1)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % limit
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("it is below a length")
    }
}
