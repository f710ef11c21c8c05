//! [`RunTime`]: the time that a run takes, and its limits.

use std::time::Duration;

use super::death::Exceeded;
use crate::api::Sharing;

/// Factor from a run's time limit to the one of its shared values.
const SHARED_FACTOR: u32 = 10;
/// Minimum time limit of shared values: loading a data set takes as long however short the runs are.
const SHARED_MIN: Duration = Duration::from_secs(30);

/// The time that a run takes and may take. What is passed as `now` is on one stopwatch.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunTime {
    limit: Option<Duration>,
    /// Whether the run itself has started.
    is_started: bool,
    since: Duration,
    /// The time that shared values took as far as they are there.
    shared: Duration,
    /// Since when it makes or awaits one.
    sharing: Option<Duration>,
}

impl RunTime {
    /// Counts from zero. What comes before the run itself is not the run's, and is limited as shared values are.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            is_started: false,
            since: Duration::ZERO,
            shared: Duration::ZERO,
            sharing: None,
        }
    }

    /// Counts from now on, as the run itself starts.
    pub(super) fn start(&mut self, now: Duration) {
        *self = Self {
            is_started: true,
            since: now,
            ..Self::new(self.limit)
        };
    }

    pub(super) fn share(&mut self, sharing: Sharing, now: Duration) {
        match sharing {
            Sharing::Began => self.sharing = Some(now),
            Sharing::Ended(shared) => {
                self.shared = shared;
                self.sharing = None;
            }
        }
    }

    /// Returns the run's own part of the time until `now`.
    pub(super) fn own(&self, now: Duration) -> Duration {
        let until = self.sharing.unwrap_or(now);
        until.saturating_sub(self.since + self.shared)
    }

    /// Returns when its time is over, if nothing happens until then.
    pub(super) fn over_at(&self) -> Option<Duration> {
        let limit = self.limit?;
        if !self.is_started {
            return Some(shared_limit(limit));
        }
        Some(match self.sharing {
            Some(since) => since + shared_limit(limit).saturating_sub(self.shared),
            None => self.since + self.shared + limit,
        })
    }

    /// Returns the limit that is exceeded by `now`.
    pub(super) fn exceeded(&self, now: Duration) -> Option<Exceeded> {
        let limit = self.limit.filter(|_| self.over_at() <= Some(now))?;
        if !self.is_started {
            return Some(Exceeded::Start(shared_limit(limit)));
        }
        Some(match self.sharing {
            Some(_) => Exceeded::Shared {
                limit: shared_limit(limit),
                of_run: limit,
            },
            None => Exceeded::Run(limit),
        })
    }
}

fn shared_limit(limit: Duration) -> Duration {
    limit.saturating_mul(SHARED_FACTOR).max(SHARED_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_time_starts_over_with_the_run() {
        let mut time = RunTime::new(Some(seconds(5)));
        assert_eq!(time.over_at(), Some(seconds(50)));
        assert_eq!(time.exceeded(seconds(49)), None);
        let start = Exceeded::Start(seconds(50));
        assert_eq!(time.exceeded(seconds(50)), Some(start));
        time.start(seconds(4));
        assert_eq!(time.over_at(), Some(seconds(9)));
        assert_eq!(time.exceeded(seconds(8)), None);
        assert_eq!(time.exceeded(seconds(9)), Some(Exceeded::Run(seconds(5))));
    }

    #[test]
    fn shared_values_have_a_limit_of_their_own() {
        let mut time = RunTime::new(Some(seconds(5)));
        time.start(seconds(1));
        time.share(Sharing::Began, seconds(2));
        assert_eq!(time.over_at(), Some(seconds(52)));
        time.share(Sharing::Ended(seconds(40)), seconds(42));
        assert_eq!(time.over_at(), Some(seconds(46)));
        assert_eq!(time.own(seconds(43)), seconds(2));
        time.share(Sharing::Began, seconds(43));
        assert_eq!(time.over_at(), Some(seconds(53)), "40 of 50 are used");
        assert_eq!(
            time.exceeded(seconds(53)),
            Some(Exceeded::Shared {
                limit: seconds(50),
                of_run: seconds(5)
            })
        );
    }

    #[test]
    fn what_is_being_shared_is_not_the_runs_own_time() {
        let mut time = RunTime::new(None);
        time.start(seconds(1));
        time.share(Sharing::Began, seconds(3));
        assert_eq!(time.own(seconds(60)), seconds(2));
        assert_eq!((time.over_at(), time.exceeded(seconds(60))), (None, None));
    }

    #[test]
    fn a_short_limit_leaves_time_to_load() {
        let mut time = RunTime::new(Some(Duration::ZERO));
        assert_eq!(time.over_at(), Some(SHARED_MIN));
        time.start(Duration::ZERO);
        time.share(Sharing::Began, Duration::ZERO);
        assert_eq!(time.over_at(), Some(SHARED_MIN));
    }
}
