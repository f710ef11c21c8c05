//! [`Pace`]: the runs that go on for much longer than expected.

use std::time::Duration;

/// A run without a time limit that takes no longer than this is not slow.
const FIRST_MIN: Duration = Duration::from_secs(60);

/// The runs that go on.
#[derive(Debug)]
pub(super) struct Pace {
    runs: Vec<Going>,
    /// The longest that a run is known to have taken.
    longest: Duration,
}

#[derive(Debug)]
struct Going {
    run: usize,
    /// When it started, on the clock of the program.
    since: Duration,
    timeout: Option<Duration>,
    /// The elapsed time at which it is told next.
    next: Duration,
}

/// A run to tell about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slow {
    pub(super) run: usize,
    pub(super) elapsed: Duration,
    pub(super) timeout: Option<Duration>,
}

impl Pace {
    pub(super) fn new(longest: Duration) -> Self {
        Self {
            runs: Vec::new(),
            longest,
        }
    }

    /// A run is slow at half of its time limit; without one, after a minute or twice the longest time that any took before,
    /// whichever is later. It is told again whenever the time has doubled.
    pub(super) fn started(&mut self, run: usize, timeout: Option<Duration>, now: Duration) {
        self.ended(run, Duration::ZERO);
        self.runs.push(Going {
            run,
            since: now,
            timeout,
            next: timeout.map_or(FIRST_MIN.max(self.longest * 2), |timeout| timeout / 2),
        });
    }

    pub(super) fn ended(&mut self, run: usize, duration: Duration) {
        self.runs.retain(|going| going.run != run);
        self.longest = self.longest.max(duration);
    }

    /// Returns the runs that have become slow since the last call.
    pub(super) fn slow(&mut self, now: Duration) -> Vec<Slow> {
        let mut slow = Vec::new();
        for going in &mut self.runs {
            let elapsed = now.saturating_sub(going.since);
            if elapsed < going.next {
                continue;
            }
            while going.next <= elapsed {
                // Even a time limit of nothing is told once.
                going.next = (going.next * 2).max(Duration::from_millis(1));
            }
            slow.push(Slow {
                run: going.run,
                elapsed,
                timeout: going.timeout,
            });
        }
        slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The seconds at which one run is told to be slow, looked at every second.
    fn told(longest: u64, timeout: Option<u64>, seconds: u64) -> Vec<u64> {
        let (mut pace, start) = (Pace::new(SECOND), SECOND * 7);
        pace.ended(8, Duration::from_secs(longest));
        pace.started(7, timeout.map(Duration::from_secs), start);
        (0..seconds)
            .filter(|second| !pace.slow(start + Duration::from_secs(*second)).is_empty())
            .collect()
    }

    #[test]
    fn a_slow_run_is_told_once_a_period() {
        assert_eq!(told(0, None, 500), [60, 120, 240, 480]);
        assert_eq!(told(100, None, 500), [200, 400]);
        assert_eq!(told(100, Some(30), 30), [15]);
    }
}
