//! [`Crew`]: how many workers there are on a machine that may have no room for the processes of all their runs.

use std::{
    io,
    time::{Duration, Instant},
};

use crate::base::{Error, ErrorKind, panic};

/// Minimum time between two workers that leave.
const LEAVE_INTERVAL: Duration = Duration::from_millis(20);
/// The delay before the last worker looks for room again; each further one is twice as long.
const DELAY_FIRST: Duration = Duration::from_millis(100);
/// The number of times that the last worker does so, which takes three seconds.
const TRIES: u32 = 5;

/// What a worker is to do that found no room for a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retreat {
    /// To take a job again.
    Wait,
    /// To leave the others more room.
    Leave,
    GiveUp,
}

#[derive(Debug, Default)]
pub(super) struct Crew {
    pub(super) workers: usize,
    /// When a worker last left.
    left: Option<Instant>,
    /// The number of times in a row that the only worker found no room.
    futile: u32,
}

impl Crew {
    /// Returns what a worker is to do that found no room, and the delay before its job may be started again. Workers leave one
    /// after another, so that no more do than must; the last one tries again, as another program may take the room.
    pub(super) fn retreat(&mut self, now: Instant) -> (Retreat, Duration) {
        if self.workers == 1 {
            let delay = DELAY_FIRST.saturating_mul(1 << self.futile.min(TRIES));
            self.futile += 1;
            let gives_up = self.futile > TRIES;
            return (
                if gives_up {
                    Retreat::GiveUp
                } else {
                    Retreat::Wait
                },
                delay,
            );
        }
        let is_soon = self.left.is_some_and(|left| now < left + LEAVE_INTERVAL);
        if is_soon {
            return (Retreat::Wait, LEAVE_INTERVAL);
        }
        self.left = Some(now);
        self.workers -= 1;
        (Retreat::Leave, LEAVE_INTERVAL)
    }

    /// Notes that a run had room.
    pub(super) fn found(&mut self) {
        self.futile = 0;
    }

    /// Returns whether there was too little.
    pub(super) fn is_scarce(&self) -> bool {
        self.left.is_some() || self.futile > 0
    }
}

/// Returns the error of a machine on which no process can be started.
pub(super) fn no_process(reason: &str) -> Error {
    ErrorKind::Experiment(anyhow::anyhow!(
        "no process can be started for a run, not even for one at a time: {reason} (what had finished is kept)"
    ))
    .into()
}

/// Returns the error of a machine on which no thread can be started.
pub(super) fn no_thread(error: io::Error) -> Error {
    let error = anyhow::Error::new(error);
    ErrorKind::Experiment(
        error.context("cannot start a thread for runs (does a limit, as of `ulimit`, forbid it?)"),
    )
    .into()
}

/// Returns the error of a worker that panicked outside the user's code.
pub(super) fn lost(panic: &panic::Panic) -> Error {
    ErrorKind::Experiment(anyhow::anyhow!(
        "a run ended in a panic that nobody expected: {}",
        panic.message
    ))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_leave_one_after_another_and_the_last_gives_up() {
        let mut crew = Crew {
            workers: 3,
            ..Crew::default()
        };
        let start = Instant::now();
        let mut retreat = |millis| crew.retreat(start + Duration::from_millis(millis)).0;
        assert_eq!(retreat(0), Retreat::Leave);
        assert_eq!(retreat(5), Retreat::Wait, "the one that left makes room");
        assert_eq!(retreat(25), Retreat::Leave);
        for millis in 30..30 + u64::from(TRIES) {
            assert_eq!(retreat(millis), Retreat::Wait);
        }
        assert_eq!(retreat(50), Retreat::GiveUp);
    }

    #[test]
    fn a_run_that_had_room_starts_the_tries_anew() {
        let mut crew = Crew {
            workers: 1,
            ..Crew::default()
        };
        let now = Instant::now();
        for _ in 0..TRIES {
            assert_eq!(crew.retreat(now).0, Retreat::Wait);
        }
        crew.found();
        assert_eq!(crew.retreat(now), (Retreat::Wait, DELAY_FIRST));
    }
}
