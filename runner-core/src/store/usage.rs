//! [`Usage`]: what a run took of the machine, as far as a process of its own tells.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The processor time and the memory of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// Of all threads, and of the programs that the run started and waited for.
    pub(crate) cpu: Duration,
    /// The most that the process had at a time.
    pub(crate) peak_memory_bytes: u64,
}
