//! [`Clock`]: time that goes on only while this process does, and the processes that are suspended with it.

use std::{
    io,
    process::Child,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        signal::{Signal, killpg, raise},
        time::TimeValLike,
    },
    unistd::{Pid, getpgrp, getsid},
};

use super::locked;

/// A wait that takes this much longer than it may was not spent waiting: the process was suspended.
const SLACK: Duration = Duration::from_secs(1);

/// One clock for all threads that start processes or measure time.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<SharedClock>);

#[derive(Debug)]
struct SharedClock {
    start: Instant,
    /// Read while a process is started, so that none is while all are suspended.
    starting: RwLock<()>,
    state: Mutex<Suspensions>,
}

#[derive(Debug, Default)]
struct Suspensions {
    /// The process groups that are suspended with this process.
    groups: Vec<Pid>,
    /// The total time of all suspensions.
    suspended: Duration,
    /// When the waits under way are over at the latest, on this clock.
    due: Vec<Duration>,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(SharedClock {
            start: Instant::now(),
            starting: RwLock::default(),
            state: Mutex::default(),
        }))
    }
}

impl Clock {
    /// The time since the clock was made, less all suspensions.
    pub(crate) fn now(&self) -> Duration {
        self.state().now(self.0.start.elapsed())
    }

    /// Starts a process in a group of its own, which is suspended with this one until it is forgotten.
    pub(crate) fn start(&self, start: impl FnOnce() -> io::Result<Child>) -> io::Result<Child> {
        let starting = self.0.starting.read();
        let child = start()?;
        self.state().groups.extend(group(&child));
        drop(starting);
        Ok(child)
    }

    /// Forgets a process. Must be called before the process is waited for, as its id may be reused after that.
    pub(crate) fn forget(&self, child: &Child) {
        let group = group(child);
        self.state().groups.retain(|other| Some(*other) != group);
    }

    /// Whether a shell can resume this process. None can if it is in the session leader's process group, which is under no
    /// job control.
    pub(crate) fn can_be_resumed() -> bool {
        getsid(None).is_ok_and(|session| session != getpgrp())
    }

    /// Suspends this process and those that it started until it is resumed. Returns how long that took.
    pub(crate) fn suspend(&self) -> Duration {
        let _starting = self
            .0
            .starting
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // The lock is held, so that no thread reads the clock before the suspension is subtracted.
        let mut state = self.state();
        let start = Instant::now();
        state.signal(Signal::SIGSTOP);
        // This cannot fail for a signal that exists.
        let _ = raise(Signal::SIGSTOP);
        state.signal(Signal::SIGCONT);
        let after = start.elapsed();
        state.suspended += after;
        after
    }

    /// Calls `wait`, which waits for at most `limit`. If it takes much longer, the rest was a suspension that this process was
    /// not told of.
    pub(crate) fn wait<R>(&self, limit: Duration, wait: impl FnOnce() -> R) -> R {
        let due = self.state().begin(self.0.start.elapsed(), limit);
        let result = wait();
        self.state().end(self.0.start.elapsed(), due);
        result
    }

    fn state(&self) -> MutexGuard<'_, Suspensions> {
        locked(&self.0.state)
    }
}

impl Suspensions {
    /// The time on the clock at the time `elapsed` since its start.
    fn now(&mut self, elapsed: Duration) -> Duration {
        let now = elapsed.saturating_sub(self.suspended);
        match self.due.iter().min() {
            Some(&due) if now > due + SLACK => {
                self.suspended += now.saturating_sub(due);
                due
            }
            _ => now,
        }
    }

    fn begin(&mut self, elapsed: Duration, limit: Duration) -> Duration {
        let due = self.now(elapsed) + limit;
        self.due.push(due);
        due
    }

    fn end(&mut self, elapsed: Duration, due: Duration) {
        self.now(elapsed);
        if let Some(place) = self.due.iter().position(|&other| other == due) {
            self.due.swap_remove(place);
        }
    }

    fn signal(&self, signal: Signal) {
        for group in &self.groups {
            // All its processes may be gone.
            let _ = killpg(*group, signal);
        }
    }
}

fn group(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().map(Pid::from_raw)
}

/// The last second of the year 9999, since 1970.
const SECONDS_MAX: u64 = 253_402_300_799;

/// Returns a time in UTC, with milliseconds; one before 1970 or after 9999, which nothing can write, is cut to that.
pub(crate) fn timestamp(time: SystemTime) -> humantime::Rfc3339Timestamp {
    humantime::format_rfc3339_millis(writable(time))
}

/// Returns the same in whole seconds, for people.
pub(crate) fn rough_timestamp(time: SystemTime) -> humantime::Rfc3339Timestamp {
    humantime::format_rfc3339_seconds(writable(time))
}

fn writable(time: SystemTime) -> SystemTime {
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS_MAX);
    time.clamp(SystemTime::UNIX_EPOCH, last)
}

/// Returns the processor time that this process has used.
pub(crate) fn processor_time() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
        return Duration::ZERO;
    };
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(micros.try_into().unwrap_or(0))
}

/// Returns a measure of what the processes did that this one has waited for; it grows with each of them.
pub(crate) fn helpers_work() -> u64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    // A process cannot start without page faults.
    usage.map_or(0, |usage| usage.minor_page_faults().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(200);
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_process_that_is_being_started_holds_back_no_thread_that_measures_time() {
        let clock = Clock::default();
        let started = clock.start(|| {
            clock.now();
            Err(io::ErrorKind::WouldBlock.into())
        });
        assert!(started.is_err());
    }

    #[test]
    fn a_wait_within_the_slack_counts() {
        let mut state = Suspensions::default();
        let due = state.begin(Duration::ZERO, LIMIT);
        state.end(LIMIT + SLACK, due);
        assert_eq!(state.now(LIMIT + SLACK), LIMIT + SLACK);
    }

    #[test]
    fn a_suspended_hour_does_not_count_however_many_wait_for_its_end() {
        let mut state = Suspensions::default();
        let first = state.begin(Duration::ZERO, LIMIT);
        let second = state.begin(LIMIT / 2, LIMIT);
        assert_eq!(state.now(HOUR), LIMIT);
        state.end(HOUR, first);
        state.end(HOUR, second);
        assert_eq!(state.now(HOUR + LIMIT), LIMIT * 2);
    }

    #[test]
    fn every_time_is_shown() {
        let seconds = Duration::from_secs(1 << 40);
        for (time, shown) in [
            (SystemTime::UNIX_EPOCH - seconds, "1970-01-01T00:00:00.000Z"),
            (SystemTime::UNIX_EPOCH + seconds, "9999-12-31T23:59:59.000Z"),
            (
                SystemTime::UNIX_EPOCH + seconds / 1024,
                "2004-01-10T13:37:04.000Z",
            ),
        ] {
            assert_eq!(timestamp(time).to_string(), shown);
        }
    }

    #[test]
    fn time_between_waits_always_counts() {
        let mut state = Suspensions::default();
        let due = state.begin(Duration::ZERO, LIMIT);
        state.end(LIMIT, due);
        assert_eq!(state.now(HOUR), HOUR);
    }
}
