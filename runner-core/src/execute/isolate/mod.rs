//! Runs in processes of their own.
//!
//! A child is the same program, started again. It is told over a socket, its standard input until then, which config to run;
//! it runs the user's code and returns the bytes of the output. All else is done by the parent, with the code that runs in
//! threads use.
//!
//! - Parent: a [`Slot`] keeps a `Child`, and for each run a `Watch` over its words, its output and its time.
//! - Child: [`enter`] never returns there; `worker` takes orders, `guard` watches for the parent's end and for SIGTERM.

use std::time::Duration;

mod child;
mod death;
mod guard;
mod log;
mod message;
mod run_time;
mod slot;
mod watch;
mod worker;

pub(crate) use child::arguments;
pub(crate) use death::PRINTED;
pub(crate) use log::LogTail;
pub(super) use slot::NoProcess;
pub(crate) use slot::Slot;
pub(crate) use worker::{enter, is_worker_of_another};

/// Which runs get a process of their own, and which limits they have there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Isolation {
    /// Every run gets a process of its own.
    pub(crate) is_asked: bool,
    pub(crate) processes: Processes,
    /// The longest that any run may take; the experiment may ask for less.
    pub(crate) timeout: Option<Duration>,
    /// Maximum time that a run takes to stop once it is asked to.
    pub(crate) grace: Duration,
    /// Whether what runs print is shown.
    pub(crate) shows_output: bool,
}

/// Whether a process does more than one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Processes {
    /// Each run has a process that has done nothing else.
    #[default]
    Fresh,
    /// A process is kept for the next run, with all that a run leaves in it, unless the run fails.
    Kept,
}

impl Isolation {
    /// Returns the longest that a run may take whose experiment asks for `own`.
    pub(super) fn timeout(self, own: Option<Duration>) -> Option<Duration> {
        match (self.timeout, own) {
            (Some(timeout), Some(own)) => Some(timeout.min(own)),
            (timeout, own) => timeout.or(own),
        }
    }

    /// Returns whether a run gets a process of its own whose experiment asks for the time limit `own`.
    pub(super) fn applies(self, own: Option<Duration>) -> bool {
        self.is_asked || self.timeout(own).is_some()
    }
}
