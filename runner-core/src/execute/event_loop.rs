//! [`EventLoop`]: the loop that tells listeners, keeps results durable and obeys signals.

use std::{
    collections::HashMap,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{
    event::{Event, GRACE, Listener},
    queue::Queue,
    ran::{FailedRun, Outcome},
    signals::{SignalRequest, Signals},
    slow::{Pace, Slow},
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

/// What became of the runs that were tried.
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

impl Message {
    fn tells_of_a_result(&self) -> bool {
        matches!(
            self,
            Self::Event(Event::Finished { .. }) | Self::Ended(_, Outcome::Done(_))
        )
    }
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
    /// The runs that go on without others having been told, and since when.
    unannounced: Vec<(usize, Instant)>,
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
    ) -> Self {
        Self {
            task,
            queue,
            receiver,
            listener,
            signals,
            executed: Executed {
                outcomes: Vec::new(),
                is_interrupted: false,
            },
            broken: None,
            spoilt: HashMap::new(),
            stop_by: None,
            unannounced: Vec::new(),
            pace: Pace::new(longest),
        }
    }
}

impl EventLoop<'_> {
    /// Goes on until no worker is left, or runs that do not stop are given up.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) fn collect(mut self) -> Result<Executed, Error> {
        let mut flushed = Instant::now();
        if !self.task.outline.is_exclusive {
            self.task.store.batch.defer();
        }
        while self.receive() && !self.gives_up() {
            self.obey();
            self.announce();
            self.tell_slow();
            self.listener.tick();
            // Writing beside a run that measures time would disturb it.
            if flushed.elapsed() >= FLUSH_INTERVAL && !self.task.outline.is_exclusive {
                if let Err(error) = self.task.store.batch.flush() {
                    self.fail(error);
                }
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

    /// What becomes of a message now that the results before it are written: a run whose result turned out to have no place failed.
    fn after_writing(&mut self, message: Message) -> Option<Message> {
        if self.spoilt.is_empty() {
            return Some(message);
        }
        let key_of = |run: usize| self.task.identities[run].key;
        match message {
            Message::Event(Event::Finished { run, .. })
                if self.spoilt.contains_key(&key_of(run)) =>
            {
                None
            }
            Message::Ended(run, Outcome::Done(done)) => {
                Some(match self.spoilt.remove(&key_of(run)) {
                    None => Message::Ended(run, Outcome::Done(done)),
                    Some(failure) => {
                        self.queue.count_failure();
                        Message::Ended(
                            run,
                            Outcome::Failed(FailedRun::spoilt(
                                failure,
                                done.record.duration,
                                done.usage,
                            )),
                        )
                    }
                })
            }
            message => Some(message),
        }
    }

    /// Takes in what the workers sent; false once all of them are done.
    fn receive(&mut self) -> bool {
        let mut messages = Vec::new();
        let is_more = loop {
            match self.receiver.try_recv() {
                Ok(message) => messages.push(message),
                Err(mpsc::TryRecvError::Empty) => break true,
                Err(mpsc::TryRecvError::Disconnected) => break false,
            }
        };
        // Before anybody hears of a run that is done, its result is written.
        self.write_deferred();
        self.spoilt.extend(self.task.store.batch.take_displaced());
        if self.broken.is_some() {
            messages.retain(|message| !message.tells_of_a_result());
        }
        for message in messages {
            let Some(message) = self.after_writing(message) else {
                continue;
            };
            match message {
                Message::Event(event) => {
                    self.follow(&event);
                    self.listener.event(&event);
                }
                Message::Ended(run, outcome) => self.end(run, outcome),
            }
        }
        is_more
    }

    /// Keeps in mind which runs go on.
    fn follow(&mut self, event: &Event) {
        match event {
            Event::Started { run, timeout, .. } => {
                self.unannounced.push((*run, Instant::now()));
                self.pace.started(*run, *timeout, self.task.clock.now());
            }
            Event::Finished { run, duration, .. } => self.pace.ended(*run, *duration),
            Event::Retrying { run, .. } => self.pace.ended(*run, Duration::ZERO),
            _ => {}
        }
    }

    fn tell_slow(&mut self) {
        for slow in self.pace.slow(self.task.clock.now()) {
            let Slow {
                run,
                elapsed,
                timeout,
            } = slow;
            self.listener.event(&Event::Slow {
                run,
                elapsed,
                timeout,
            });
        }
    }

    /// Notes, for other processes, the runs that take long enough to be asked about.
    fn announce(&mut self) {
        let task = self.task;
        self.unannounced.retain(|(run, since)| {
            let is_long = since.elapsed() >= ANNOUNCED_AFTER;
            if is_long {
                // The note is for people only: a process that wants the run asks for its lock.
                let _ = task.store.locks.announce(task.identities[*run].key);
            }
            !is_long
        });
    }

    fn end(&mut self, run: usize, outcome: Outcome) {
        self.unannounced.retain(|(other, _)| *other != run);
        self.pace.ended(run, Duration::ZERO);
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
            Outcome::Done(_) | Outcome::Busy => {}
        }
        self.executed.outcomes.push((run, outcome));
    }

    /// The store failed: what goes on may try to finish, nothing more is started.
    fn fail(&mut self, error: Error) {
        self.queue.close();
        self.broken.get_or_insert(error);
    }

    /// Does what signals ask: the first lets runs finish what they can within the grace, the second ends them now, and a
    /// third ends the program on the spot.
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
                    self.stop_by = Some(self.task.clock.now() + GRACE);
                    self.listener.event(&Event::Interrupted { grace: GRACE });
                }
                SignalRequest::Stop => {
                    self.task.cancel.cancel(Urgency::Now);
                    self.stop_by = Some(self.task.clock.now() + TICK * 5);
                    signals.warn_last();
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

    /// Whether runs that do not stop are left behind.
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
