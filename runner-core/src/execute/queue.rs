//! [`Queue`]: which job may start next.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    crew::{Crew, Retreat},
    ran::{FailedRun, Outcome},
    verification::{Second, Third},
};
use crate::{api::Cost, base::locked, value::Digest, value::Key};

/// The delay before the first retry; each further one waits twice as long.
const RETRY_DELAY_FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const RETRY_DELAY_MAX: Duration = Duration::from_secs(60);

/// How sure it is that a run does not end the whole program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    #[default]
    Full,
    /// A program ended while the run was going on: it starts when those that are trusted are over.
    Less,
    /// The same happened again: it starts when all others are over, and alone.
    Least,
}

/// A run to do.
#[derive(Debug)]
pub(crate) struct Job {
    /// The place among all configs.
    pub(crate) run: usize,
    pub(crate) cost: Cost,
    pub(crate) trust: Trust,
    /// The number of its failures in this invocation, and the last one.
    pub(super) failures: u32,
    pub(super) failed: Option<Box<FailedRun>>,
    /// The second run, if it is verified and this is to be the third.
    pub(super) second: Option<Arc<Second>>,
    /// Whether another process was found to be doing the run.
    pub(super) is_waiting: bool,
    pub(super) not_before: Option<Instant>,
}

impl Job {
    pub(crate) const fn new(run: usize, cost: Cost, trust: Trust) -> Self {
        Self {
            run,
            cost,
            trust,
            failures: 0,
            failed: None,
            second: None,
            is_waiting: false,
            not_before: None,
        }
    }

    fn is_ready(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|time| time <= now)
    }

    /// Returns how long to wait before the job is tried again after a failure; `None` if it is not.
    ///
    /// The delay grows exponentially, with a jitter between half and all of it, so that runs that failed for one reason do
    /// not all come back at once.
    pub(super) fn retry_delay(&self, retries: u32, key: Key) -> Option<Duration> {
        if self.failures >= retries {
            return None;
        }
        let full = RETRY_DELAY_FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(RETRY_DELAY_MAX);
        let mut bytes = key.as_u128().to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.failures.to_le_bytes());
        // From 0 to 1, the same every time for the same run and attempt.
        let jitter = f64::from((Digest::of(&bytes).low() >> 32) as u32) / f64::from(u32::MAX);
        Some(full.mul_f64(0.5 + jitter / 2.0))
    }
}

/// What all runs at a time may take together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) slots: usize,
    pub(crate) memory_bytes: u64,
    /// Every run is alone.
    pub(crate) is_exclusive: bool,
}

/// The jobs that wait, and what those that go on take.
///
/// Jobs start in their order. One that does not fit yet holds back those behind it, so that it cannot be passed for ever.
#[derive(Debug)]
pub(super) struct Queue {
    capacity: Capacity,
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    waiting: VecDeque<Job>,
    running: usize,
    /// Those of them that are fully trusted.
    trusted: usize,
    slots: usize,
    memory_bytes: u64,
    is_closed: bool,
    /// The number of further failures after which nothing more is started.
    failures_left: usize,
    /// The number of workers that wait.
    idle: usize,
    crew: Crew,
}

impl QueueState {
    /// Returns the trust in the jobs that come next.
    fn next_trust(&self) -> Trust {
        let waiting = self.waiting.iter().map(|job| job.trust);
        // Mostly the first one is, and there may be very many.
        if waiting.clone().any(|trust| trust == Trust::Full) {
            return Trust::Full;
        }
        waiting.min().unwrap_or_default()
    }

    fn count_failure(&mut self) {
        self.failures_left = self.failures_left.saturating_sub(1);
        self.is_closed |= self.failures_left == 0;
    }
}

impl Queue {
    pub(super) fn new(jobs: Vec<Job>, capacity: Capacity, failures_max: usize) -> Self {
        Self {
            capacity,
            state: Mutex::new(QueueState {
                waiting: jobs.into(),
                failures_left: failures_max,
                ..QueueState::default()
            }),
            changed: Condvar::new(),
        }
    }

    /// Takes the next job, as soon as it may start; `None` when there is none left or the queue is closed.
    pub(super) fn take(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            if let Some(job) = self.take_ready(&mut state, now) {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            let trust = state.next_trust();
            let mut next = state.waiting.iter().filter(|job| job.trust == trust);
            let delay = if next.clone().any(|job| job.is_ready(now)) {
                // The end of a run makes room.
                None
            } else {
                let next = next.by_ref().filter_map(|job| job.not_before).min();
                // A run that goes on may come back to be tried again.
                if next.is_none() && state.running == 0 {
                    return None;
                }
                next.map(|time| time.saturating_duration_since(now))
            };
            state = self.wait(state, delay);
        }
    }

    /// Takes the next job if it may start now.
    pub(super) fn take_now(&self) -> Option<Job> {
        self.take_ready(&mut self.state(), Instant::now())
    }

    fn take_ready(&self, state: &mut QueueState, now: Instant) -> Option<Job> {
        if state.is_closed {
            return None;
        }
        let trust = state.next_trust();
        let is_next = |job: &Job| job.trust == trust && job.is_ready(now);
        let place = state.waiting.iter().position(is_next)?;
        let is_early = match trust {
            Trust::Full => false,
            Trust::Less => state.trusted > 0,
            Trust::Least => state.running > 0,
        };
        if is_early || !self.fits(state, state.waiting[place].cost) {
            return None;
        }
        let job = state.waiting.remove(place)?;
        self.occupy(state, &job);
        Some(job)
    }

    /// Returns whether a job waits that will be started, as far as can be told, and there is room for its process beside others.
    pub(super) fn has_more(&self) -> bool {
        let state = self.state();
        !state.is_closed && !state.waiting.is_empty() && !state.crew.is_scarce()
    }

    /// Takes a job that starts when `current` is over, and takes no more than that does. It takes nothing yet.
    pub(super) fn take_ahead(&self, current: (Cost, Trust)) -> Option<Job> {
        let mut state = self.state();
        let first = state.waiting.front()?;
        let (cost, trust) = current;
        let is_next = first.trust == Trust::Full
            && trust == Trust::Full
            && first.is_ready(Instant::now())
            && self.slots(first.cost) <= self.slots(cost)
            && first.cost.memory_bytes <= cost.memory_bytes;
        if state.is_closed || state.crew.is_scarce() || !is_next {
            return None;
        }
        state.waiting.pop_front()
    }

    /// Gives what a job took, which is over, to one that was taken ahead. Returns false if nothing more is started.
    pub(super) fn hand_over(&self, job: &Job, next: &Job) -> bool {
        let mut state = self.state();
        state.crew.found();
        self.release(&mut state, job);
        if state.is_closed {
            return false;
        }
        self.occupy(&mut state, next);
        true
    }

    /// Gives a job back that was taken ahead.
    pub(super) fn give_back(&self, job: Job) {
        self.change(|state| state.waiting.push_front(job));
    }

    /// Takes again what a job gave back that is not over after all.
    pub(super) fn resume(&self, job: &Job) {
        self.occupy(&mut self.state(), job);
    }

    /// Gives back what a job took, once it is over.
    pub(super) fn finish(&self, job: &Job) {
        self.change(|state| {
            state.crew.found();
            self.release(state, job);
        });
    }

    pub(super) fn add_worker(&self) {
        self.state().crew.workers += 1;
    }

    pub(super) fn remove_worker(&self) {
        self.state().crew.workers -= 1;
    }

    /// Puts a job back, to be started first, for whose process there was no room.
    pub(super) fn retreat(&self, mut job: Job) -> Retreat {
        let now = Instant::now();
        let mut retreat = Retreat::Wait;
        self.change(|state| {
            self.release(state, &job);
            let (decided, delay) = state.crew.retreat(now);
            retreat = decided;
            job.not_before = Some(now + delay);
            state.waiting.push_front(job);
        });
        retreat
    }

    /// Gives back what a job took, to be started again after `delay`.
    pub(super) fn put_back(&self, mut job: Job, delay: Duration) {
        job.not_before = Some(Instant::now() + delay);
        self.change(|state| {
            self.release(state, &job);
            state.waiting.push_back(job);
        });
    }

    /// Gives back what a job took that failed for good. After the last failure that is allowed, nothing more is started, not even
    /// what would be taken before anybody else hears of it.
    pub(super) fn fail(&self, job: &Job) {
        self.change(|state| {
            state.count_failure();
            self.release(state, job);
        });
    }

    /// Takes a job out that was begun and waits to be tried again. Returns its place and what has become of it so far.
    pub(super) fn take_tried(&self) -> Option<(usize, Outcome)> {
        let mut state = self.state();
        let is_tried = |job: &Job| job.failed.is_some() || job.second.is_some();
        let place = state.waiting.iter().position(is_tried)?;
        let job = state.waiting.remove(place)?;
        let verified = job.second.map(|second| second.finding(Third::NotRun));
        let outcome = verified.map(Outcome::Verified);
        Some((job.run, outcome.or(job.failed.map(Outcome::Failed))?))
    }

    /// Counts a failure of a job that has given back what it took.
    pub(super) fn count_failure(&self) {
        self.change(QueueState::count_failure);
    }

    /// Returns whether nothing more is started.
    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Starts nothing more.
    pub(super) fn close(&self) {
        self.change(|state| state.is_closed = true);
    }

    /// Changes the state and wakes the workers that wait, if any: it is a system call, and mostly all of them are busy.
    fn change(&self, change: impl FnOnce(&mut QueueState)) {
        let mut state = self.state();
        change(&mut state);
        if state.idle > 0 {
            self.changed.notify_all();
        }
    }

    /// Waits until something changes, or for `delay`.
    fn wait<'a>(
        &self,
        mut state: MutexGuard<'a, QueueState>,
        delay: Option<Duration>,
    ) -> MutexGuard<'a, QueueState> {
        state.idle += 1;
        let waited = self
            .changed
            .wait_timeout(state, delay.unwrap_or(Duration::MAX));
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        state
    }

    fn fits(&self, state: &QueueState, cost: Cost) -> bool {
        let Capacity {
            slots,
            memory_bytes,
            is_exclusive,
        } = self.capacity;
        state.running == 0
            || (!is_exclusive
                && state.slots + self.slots(cost) <= slots
                && state.memory_bytes.saturating_add(cost.memory_bytes) <= memory_bytes)
    }

    fn slots(&self, cost: Cost) -> usize {
        cost.slots.get().min(self.capacity.slots)
    }

    fn occupy(&self, state: &mut QueueState, job: &Job) {
        state.running += 1;
        state.trusted += usize::from(job.trust == Trust::Full);
        state.slots += self.slots(job.cost);
        state.memory_bytes += job.cost.memory_bytes;
    }

    fn release(&self, state: &mut QueueState, job: &Job) {
        state.running -= 1;
        state.trusted -= usize::from(job.trust == Trust::Full);
        state.slots -= self.slots(job.cost);
        state.memory_bytes -= job.cost.memory_bytes;
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        locked(&self.state)
    }
}

#[cfg(test)]
mod tests;
