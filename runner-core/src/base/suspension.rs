//! [`Suspension`]: the processes that stop and go on with this one, and how long they were stopped.

use std::{
    io,
    process::Child,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg, raise},
    unistd::{Pid, getpgrp, getsid},
};

use super::parallel::locked;

/// A wait that is so much longer than it was asked to be was not spent waiting.
pub(crate) const SLACK: Duration = Duration::from_secs(1);

/// Shared by everyone who starts processes or measures time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspension(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The process groups that stop with this process.
    groups: Vec<Pid>,
    total: Duration,
    /// Since when somebody waits, and for how long at most.
    wait: Option<(Instant, Duration)>,
}

impl Suspension {
    /// How long this process was suspended so far. Who measures time asks before and after.
    pub(crate) fn total(&self) -> Duration {
        let mut state = self.state();
        state.settle(Instant::now());
        state.total
    }

    /// Starts a process in a group of its own, which stops with this one until it is forgotten.
    pub(crate) fn start(&self, start: impl FnOnce() -> io::Result<Child>) -> io::Result<Child> {
        // Nothing is started while all is stopped.
        let mut state = self.state();
        let child = start()?;
        state.groups.extend(group(&child));
        Ok(child)
    }

    /// To be called before the process is waited for, as its number may be another's after that.
    pub(crate) fn forget(&self, child: &Child) {
        let group = group(child);
        self.state().groups.retain(|other| Some(*other) != group);
    }

    /// Whether somebody could let this process go on: not in the process group of a session's leader, which is nobody's job.
    pub(crate) fn is_possible() -> bool {
        getsid(None).is_ok_and(|session| session != getpgrp())
    }

    /// Stops this process and those that it started until somebody lets it go on; answers how long that took.
    pub(crate) fn suspend(&self) -> Duration {
        // Held meanwhile: who goes on first must not measure time before the suspension is counted.
        let mut state = self.state();
        let start = Instant::now();
        state.signal(Signal::SIGSTOP);
        // This cannot fail for a signal that exists.
        let _ = raise(Signal::SIGSTOP);
        state.signal(Signal::SIGCONT);
        let after = start.elapsed();
        state.total += after;
        after
    }

    /// Waits, by `wait`, for at most `asked`. Where nobody is told of a suspension, it is known by how much longer that took.
    pub(crate) fn wait<R>(&self, asked: Duration, wait: impl FnOnce() -> R) -> R {
        self.state().wait = Some((Instant::now(), asked));
        let result = wait();
        let mut state = self.state();
        state.settle(Instant::now());
        state.wait = None;
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.0)
    }
}

impl State {
    fn signal(&self, signal: Signal) {
        for group in &self.groups {
            // Nobody may be left.
            let _ = killpg(*group, signal);
        }
    }

    fn settle(&mut self, now: Instant) {
        if let Some((since, asked)) = &mut self.wait {
            let waited = now.saturating_duration_since(*since);
            if waited > *asked + SLACK {
                self.total += waited.saturating_sub(*asked);
                *since = now;
            }
        }
    }
}

fn group(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().map(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_is_too_long_counts_once() {
        let start = Instant::now();
        let asked = Duration::from_millis(200);
        let mut state = State {
            wait: Some((start, asked)),
            ..State::default()
        };
        state.settle(start + asked + SLACK);
        assert_eq!(state.total, Duration::ZERO);
        let later = start + Duration::from_secs(3600);
        state.settle(later);
        state.settle(later + asked);
        assert_eq!(state.total + asked, Duration::from_secs(3600));
    }
}
