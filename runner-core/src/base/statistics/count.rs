//! [`Count`]: how many runs there should be, and are.

use std::fmt;

/// The numbers of runs behind a figure: those that have a result, and those that should.
///
/// Displayed, it is the number of results, and what keeps it from being all.
///
/// ```
/// # use runner_core as runner;
/// # use runner::Count;
/// let count = Count::new(4, 1, 0);
/// assert_eq!((count.planned, count.is_complete()), (5, false));
/// assert_eq!(count.to_string(), "4 of 5, 1 failed");
/// assert_eq!(Count::new(5, 0, 0).to_string(), "5");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Count {
    /// The number of configs.
    pub planned: usize,
    /// The number of those that have a result.
    pub done: usize,
    /// The number of those that failed.
    pub failed: usize,
    /// The number of those that have no result and were not tried.
    pub missing: usize,
}

impl Count {
    /// The count of some runs.
    pub const fn new(done: usize, failed: usize, missing: usize) -> Self {
        Self {
            planned: done + failed + missing,
            done,
            failed,
            missing,
        }
    }

    /// Returns whether every config has a result.
    pub const fn is_complete(&self) -> bool {
        self.done == self.planned
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_complete() {
            return write!(f, "{}", self.done);
        }
        write!(f, "{} of {}", self.done, self.planned)?;
        for (count, word) in [(self.failed, "failed"), (self.missing, "missing")] {
            if count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        Ok(())
    }
}
