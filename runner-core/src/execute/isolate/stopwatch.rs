//! [`Stopwatch`]: time that leaves out when the program was suspended.

use std::time::{Duration, Instant};

/// A tick that is so much longer than it was asked to be was not spent waiting.
const SLACK: Duration = Duration::from_secs(1);

/// Adds up ticks.
#[derive(Debug)]
pub(super) struct Stopwatch {
    last: Instant,
    elapsed: Duration,
}

impl Stopwatch {
    pub(super) fn start(now: Instant) -> Self {
        Self {
            last: now,
            elapsed: Duration::ZERO,
        }
    }

    /// Time has passed, of which at most `asked` was to be waited.
    pub(super) fn tick(&mut self, now: Instant, asked: Duration) {
        let tick = now.saturating_duration_since(self.last);
        self.last = now;
        self.elapsed += if tick > asked + SLACK { asked } else { tick };
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspended_hour_does_not_count() {
        let start = Instant::now();
        let tick = Duration::from_millis(100);
        let mut watch = Stopwatch::start(start);
        watch.tick(start + tick, tick);
        watch.tick(start + tick + Duration::from_secs(3600), tick);
        watch.tick(start + tick * 3 + Duration::from_secs(3600), tick);
        assert_eq!(watch.elapsed(), tick * 4);
    }
}
