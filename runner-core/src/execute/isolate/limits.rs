//! [`Isolation`]: which runs get a process of their own, and what limits they have there.

use std::time::Duration;

/// What an invocation asks of processes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Isolation {
    /// Every run gets a process of its own.
    pub(crate) is_asked: bool,
    /// The longest that any run may take; the experiment may ask for less.
    pub(crate) timeout: Option<Duration>,
    /// Whether what runs print is shown.
    pub(crate) shows_output: bool,
}

impl Isolation {
    /// The longest that a run may take whose experiment asks for `own`.
    pub(super) fn timeout(self, own: Option<Duration>) -> Option<Duration> {
        match (self.timeout, own) {
            (Some(timeout), Some(own)) => Some(timeout.min(own)),
            (timeout, own) => timeout.or(own),
        }
    }

    /// Whether a run gets a process of its own whose experiment asks for the time limit `own`.
    pub(super) fn applies(self, own: Option<Duration>) -> bool {
        self.is_asked || self.timeout(own).is_some()
    }
}
