//! [`Progress`]: how far a run says it is, and what of its time is not its own.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, OnceLock},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::base::{Clock, locked};

/// The progress that a run tells, and the part of its time that is not its own.
#[derive(Default)]
pub(crate) struct Progress {
    steps: Mutex<Option<(u64, u64)>>,
    shared: Mutex<SharedTime>,
    clock: Clock,
    /// Told when making or awaiting shared values begins and ends.
    on_sharing: OnceLock<OnSharing>,
}

type OnSharing = Box<dyn Fn(Sharing) + Send + Sync>;

/// The work of a run on shared values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sharing {
    /// It makes or awaits one from now on.
    Began,
    /// It does no more, and has done so for this long in all.
    Ended(Duration),
}

/// The time in which a run makes or awaits shared values.
#[derive(Debug, Default)]
struct SharedTime {
    total: Duration,
    /// The number of its threads that do so now, and the start of that.
    callers: u32,
    since: Option<Duration>,
}

impl Progress {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            ..Self::default()
        }
    }

    pub(crate) fn get(&self) -> Option<(u64, u64)> {
        *locked(&self.steps)
    }

    pub(crate) fn set(&self, done: u64, total: u64) {
        *locked(&self.steps) = Some((done, total));
    }

    /// The time that shared values have taken so far.
    pub(crate) fn shared_time(&self) -> Duration {
        let shared = self.shared();
        let now = shared.since.map(|since| self.elapsed(since));
        shared.total + now.unwrap_or_default()
    }

    fn elapsed(&self, since: Duration) -> Duration {
        self.clock.now().saturating_sub(since)
    }

    /// Tells `told` of the shared values that the run makes or awaits. Only the first one to ask is told.
    pub(crate) fn tell_sharing(&self, told: impl Fn(Sharing) + Send + Sync + 'static) {
        let _ = self.on_sharing.set(Box::new(told));
    }

    /// Counts the time of `get` as that of shared values.
    pub(crate) fn share<R>(&self, get: impl FnOnce() -> R) -> R {
        // Told under the lock, so that the word of one thread cannot overtake that of another.
        let tell = |sharing| {
            if let Some(told) = self.on_sharing.get() {
                told(sharing);
            }
        };
        {
            let mut shared = self.shared();
            shared.callers += 1;
            if shared.since.is_none() {
                shared.since = Some(self.clock.now());
                tell(Sharing::Began);
            }
        }
        let value = get();
        let mut shared = self.shared();
        shared.callers -= 1;
        if shared.callers == 0
            && let Some(since) = shared.since.take()
        {
            shared.total += self.elapsed(since);
            tell(Sharing::Ended(shared.total));
        }
        value
    }

    fn shared(&self) -> MutexGuard<'_, SharedTime> {
        locked(&self.shared)
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("steps", &self.steps)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}
