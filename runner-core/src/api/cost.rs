//! [`Cost`]: what a run takes of the machine.

use std::num::NonZeroUsize;

/// What a run takes of the machine while it goes on: as many of the `--jobs` places as it has threads, and memory.
///
/// ```
/// # use runner_core as runner;
/// use runner::Cost;
///
/// let cost = Cost::new().slots(4).memory_bytes(2 << 30);
/// assert_eq!(cost, Cost::default().memory_bytes(2 << 30).slots(4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Cost {
    pub(crate) slots: NonZeroUsize,
    pub(crate) memory_bytes: u64,
}

impl Cost {
    /// One place and no memory worth counting.
    pub const fn new() -> Self {
        Self {
            slots: NonZeroUsize::MIN,
            memory_bytes: 0,
        }
    }

    /// How many of the places for runs at a time it takes; at least 1, and at most as many as there are.
    pub const fn slots(mut self, slots: usize) -> Self {
        if let Some(slots) = NonZeroUsize::new(slots) {
            self.slots = slots;
        }
        self
    }

    /// How much memory it takes at most, in bytes. Runs are started only while their sum is within the machine's memory, or
    /// within what the program's container or job is limited to (on Linux, by its control groups); one that takes more than that goes on
    /// alone.
    pub const fn memory_bytes(mut self, memory_bytes: u64) -> Self {
        self.memory_bytes = memory_bytes;
        self
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self::new()
    }
}
