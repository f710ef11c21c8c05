//! [`EventLoop`]: the loop that tells listeners, keeps results durable and obeys signals.

use std::{
    collections::HashMap,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{
    event::{Event, Listener},
    queue::Queue,
    ran::{FailedRun, Outcome},
    signals::{SignalRequest, Signals},
    task::Task,
};
use crate::{api::Urgency, base::Clock, base::Error, store::Failure, value::Key};

/// Interval at which listeners get a tick and signals are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Sleep after a small batch of deferred writes.
const DEFERRED_TICK: Duration = Duration::from_millis(1);
/// From this batch size on, looks again without sleeping.
const DEFERRED_MANY: usize = 8;
/// Maximum time that a stored result waits to be made durable.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// Age of a run from which on a note tells other processes which one is doing it.
const ANNOUNCED_AFTER: Duration = Duration::from_millis(500);
/// A run without a time limit that takes no longer than this is not slow.
const FIRST_MIN: Duration = Duration::from_secs(60);

/// What became of the runs that were tried.
#[derive(Default)]
pub(crate) struct Executed {
    /// By the place among all configs, in the order in which they ended.
    pub(crate) outcomes: Vec<(usize, Outcome)>,
    /// Whether a signal ended it.
    pub(crate) is_interrupted: bool,
}

/// What workers send.
pub(super) enum Message {
    Event(Event),
    Ended(usize, Outcome),
}

/// The loop of the calling thread. It looks at its messages at every tick instead of being woken by each, so that a short run
/// does not cost a switch of threads.
pub(super) struct EventLoop<'a> {
    task: &'a Task,
    queue: &'a Queue,
    receiver: mpsc::Receiver<Message>,
    listener: &'a mut dyn Listener,
    signals: Option<&'a mut Signals>,
    executed: Executed,
    broken: Option<Error>,
    /// Runs that are said to be done and are not, as there was no place for their result.
    spoilt: HashMap<Key, Failure>,
    /// When runs that were asked to stop are given up, on the clock.
    stop_by: Option<Duration>,
    grace: Duration,
    pace: Pace,
}

impl<'a> EventLoop<'a> {
    pub(super) fn new(
        task: &'a Task,
        queue: &'a Queue,
        receiver: mpsc::Receiver<Message>,
        listener: &'a mut dyn Listener,
        signals: Option<&'a mut Signals>,
        longest: Duration,
        grace: Duration,
    ) -> Self {
        Self {
            task,
            queue,
            receiver,
            listener,
            signals,
            executed: Executed::default(),
            broken: None,
            spoilt: HashMap::new(),
            stop_by: None,
            grace,
            pace: Pace::new(longest),
        }
    }

    /// Goes on until no worker is left, or runs that do not stop are given up.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) fn collect(mut self) -> Result<Executed, Error> {
        let mut flushed = Instant::now();
        // A run that is verified may be done again at once.
        if !self.task.outline.is_exclusive && self.task.verify.is_none() {
            self.task.store.batch.defer();
        }
        loop {
            self.task.cancel.note_helpers();
            // First, as a run may have ended since it was asked to.
            self.obey();
            if !self.receive() || self.gives_up() {
                break;
            }
            self.look_at_long_runs();
            self.listener.tick();
            if flushed.elapsed() >= FLUSH_INTERVAL {
                self.keep();
                flushed = Instant::now();
            }
            self.wait();
        }
        let deferred = self.task.store.batch.end_deferring();
        let last_flush = deferred.and_then(|()| self.task.store.batch.flush_last());
        match self.broken {
            Some(error) => Err(error),
            None => last_flush.map(|()| self.executed),
        }
    }

    /// Keeps the locks, and what is published durable.
    fn keep(&mut self) {
        let store = &self.task.store;
        let mut kept = store.locking.keep();
        // Writing beside a run that measures time would disturb it.
        if !self.task.outline.is_exclusive {
            kept = kept.and_then(|()| store.batch.flush());
        }
        if let Err(error) = kept {
            self.fail(error);
        }
    }

    /// Waits for the next tick or the end of a worker. Meanwhile, while there are many short runs, writes what they leave to do.
    fn wait(&mut self) {
        let until = Instant::now() + TICK;
        loop {
            let written = self.write_deferred();
            let start = Instant::now();
            let left = until.saturating_duration_since(start);
            let wait = match written {
                0 => left,
                1..DEFERRED_MANY => left.min(DEFERRED_TICK),
                // There will be more already.
                _ => Duration::ZERO,
            };
            if !wait.is_zero() {
                let clock = &self.task.clock;
                clock.wait(wait, || thread::park_timeout(wait));
            }
            if start.elapsed() < wait || Instant::now() >= until {
                return;
            }
        }
    }

    /// Writes what runs have left to be written. Returns the number of these runs.
    fn write_deferred(&mut self) -> usize {
        self.task
            .store
            .batch
            .write_deferred()
            .unwrap_or_else(|error| {
                self.fail(error);
                0
            })
    }

    /// Takes in what the workers sent; false once all of them are done.
    fn receive(&mut self) -> bool {
        let mut messages = Vec::new();
        let end = loop {
            match self.receiver.try_recv() {
                Ok(message) => messages.push(message),
                Err(end) => break end,
            }
        };
        // Before anybody hears of a run that is done, its result is written.
        self.write_deferred();
        self.spoilt.extend(self.task.store.batch.take_displaced());
        let is_broken = self.broken.is_some();
        for message in messages {
            match message {
                Message::Ended(_, Outcome::Done(_)) if is_broken => {}
                Message::Event(Event::Finished { run, .. })
                    if is_broken || self.spoilt.contains_key(&self.key(run)) => {}
                Message::Event(event) => {
                    self.pace.follow(&event, self.task.clock.now());
                    self.listener.event(&event);
                }
                Message::Ended(run, outcome) => self.end(run, outcome),
            }
        }
        end == mpsc::TryRecvError::Empty
    }

    fn key(&self, run: usize) -> Key {
        self.task.identities[run].key
    }

    /// Tells listeners of runs that have become slow, and notes for other processes those that take long enough to be asked
    /// about.
    fn look_at_long_runs(&mut self) {
        let now = self.task.clock.now();
        for event in self.pace.slow(now) {
            self.listener.event(&event);
        }
        for run in self.pace.unannounced(now) {
            // The note is for people only: a process that wants the run asks for its lock.
            let _ = self.task.store.locks.announce(self.key(run));
        }
    }

    /// Notes how a run ended; one whose result turned out to have no place failed.
    fn end(&mut self, run: usize, outcome: Outcome) {
        self.pace.ended(run, Duration::ZERO);
        let outcome = match (outcome, self.spoilt.remove(&self.key(run))) {
            (Outcome::Done(done), Some(failure)) => {
                self.queue.count_failure();
                let (duration, usage) = (done.record.duration, done.usage);
                Outcome::Failed(FailedRun::spoilt(failure, duration, usage))
            }
            (outcome, _) => outcome,
        };
        match outcome {
            Outcome::Broken(error) => return self.fail(error),
            Outcome::Failed(ref failed) => {
                let failure = &failed.failure;
                self.listener.event(&Event::Failed {
                    run,
                    duration: failed.duration,
                    error: failure.error.clone(),
                    backtrace: failure.backtrace.clone(),
                    attempts: failure.attempts,
                    usage: failed.usage,
                    last_lines: failed.last_lines.clone(),
                });
            }
            Outcome::Stopped(ref stopped) => {
                // What it was a part of, if it was, is not whole either.
                self.task.cancel.look();
                self.listener.event(&Event::Stopped {
                    run,
                    duration: stopped.duration,
                    text: stopped.text.clone(),
                });
            }
            Outcome::Verified(ref verified) => self.listener.event(&Event::Verified {
                run,
                duration: verified.duration,
                finding: verified.finding.clone(),
            }),
            Outcome::Done(_) | Outcome::Busy | Outcome::Differs(_) => {}
        }
        self.executed.outcomes.push((run, outcome));
    }

    /// The store failed: what goes on may try to finish, nothing more is started.
    fn fail(&mut self, error: Error) {
        self.queue.close();
        self.broken.get_or_insert(error);
    }

    /// Does what signals ask: the first lets runs finish what they can within the grace, the second ends them now. The thread that
    /// receives them ends the program at the third.
    fn obey(&mut self) {
        let Some(signals) = &mut self.signals else {
            return;
        };
        let mut is_suspended = false;
        for asked in signals.asked() {
            match asked {
                SignalRequest::Suspend if !Clock::can_be_resumed() => {}
                SignalRequest::Suspend => {
                    signals.pause_keys();
                    is_suspended = true;
                }
                SignalRequest::Status => self.listener.event(&Event::Status),
                SignalRequest::Stop if !self.executed.is_interrupted => {
                    self.executed.is_interrupted = true;
                    self.queue.close();
                    self.task.cancel.cancel(Urgency::Soon);
                    self.stop_by = Some(self.task.clock.now().saturating_add(self.grace));
                    let grace = self.grace;
                    self.listener.event(&Event::Interrupted { grace });
                }
                SignalRequest::Stop => {
                    self.task.cancel.cancel(Urgency::Now);
                    self.stop_by = Some(self.task.clock.now() + TICK * 5);
                }
            }
        }
        if is_suspended {
            self.suspend();
        }
    }

    /// Suspends the program with all that it started until it is resumed.
    fn suspend(&mut self) {
        self.listener.event(&Event::Suspended);
        let mut after = Duration::ZERO;
        let clock = &self.task.clock;
        self.listener.suspend(&mut || after = clock.suspend());
        self.listener.event(&Event::Resumed { after });
    }

    /// Returns whether runs that do not stop are left behind.
    fn gives_up(&mut self) -> bool {
        let now = self.task.clock.now();
        let is_over = self.stop_by.is_some_and(|time| time <= now);
        if is_over && !self.task.cancel.is_at_least(Urgency::Now) {
            // Child processes are ended now; threads cannot be.
            self.task.cancel.cancel(Urgency::Now);
            self.stop_by = Some(now + TICK * 5);
            return false;
        }
        is_over
    }
}

/// The runs that go on, and which of them do so for long.
#[derive(Debug)]
struct Pace {
    runs: Vec<LongRun>,
    /// The longest that a run is known to have taken.
    longest: Duration,
}

#[derive(Debug)]
struct LongRun {
    run: usize,
    /// When it started, on the clock of the program.
    since: Duration,
    timeout: Option<Duration>,
    /// The elapsed time at which it is slow next.
    next: Duration,
    is_announced: bool,
}

impl Pace {
    fn new(longest: Duration) -> Self {
        Self {
            runs: Vec::new(),
            longest,
        }
    }

    fn follow(&mut self, event: &Event, now: Duration) {
        match event {
            Event::Started { run, timeout, .. } => self.started(*run, *timeout, now),
            Event::Finished { run, duration, .. } => self.ended(*run, *duration),
            Event::Retrying { run, .. } => self.ended(*run, Duration::ZERO),
            _ => {}
        }
    }

    /// Expects a run to be slow at half of its time limit; without one, after a minute or twice the longest time that any took
    /// before, whichever is later; and again whenever the time has doubled.
    fn started(&mut self, run: usize, timeout: Option<Duration>, now: Duration) {
        self.ended(run, Duration::ZERO);
        self.runs.push(LongRun {
            run,
            since: now,
            timeout,
            next: timeout.map_or(FIRST_MIN.max(self.longest * 2), |timeout| timeout / 2),
            is_announced: false,
        });
    }

    fn ended(&mut self, run: usize, duration: Duration) {
        self.runs.retain(|going| going.run != run);
        self.longest = self.longest.max(duration);
    }

    /// Returns an event for each run that has become slow since the last call.
    fn slow(&mut self, now: Duration) -> Vec<Event> {
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
            slow.push(Event::Slow {
                run: going.run,
                elapsed,
                timeout: going.timeout,
            });
        }
        slow
    }

    /// Returns the runs that have become long enough to be announced since the last call.
    fn unannounced(&mut self, now: Duration) -> Vec<usize> {
        let is_long = |going: &&mut LongRun| {
            !going.is_announced && now.saturating_sub(going.since) >= ANNOUNCED_AFTER
        };
        let announce = |going: &mut LongRun| {
            going.is_announced = true;
            going.run
        };
        self.runs.iter_mut().filter(is_long).map(announce).collect()
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
