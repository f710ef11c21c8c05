//! The engine: workers that take jobs from a queue, each one place for runs at a time.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use nix::unistd::geteuid;

use super::{
    begun::{Beginning, Begun, Beside, Performed, TakenSlot},
    crew::{Retreat, lost, no_process, no_thread},
    event::{Event, Listener, Tell},
    event_loop::{EventLoop, Executed, Message},
    isolate::{Processes, Slot},
    queue::{Capacity, Job, Queue, Trust},
    ran::{FailedRun, Outcome, Ran},
    signals::Signals,
    task::Task,
    verification::Third,
};
use crate::{
    api::Cost,
    base::{Error, panic},
};

/// The delay before a run that another process is doing is looked at again.
const BUSY_DELAY: Duration = Duration::from_millis(100);
/// The first delay before it is looked again for a slot that no other program has; it doubles, up to that of busy runs.
const SLOT_DELAY: Duration = Duration::from_millis(1);

/// How runs are done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// The number of runs at a time.
    pub(crate) slots: usize,
    pub(crate) slots_of: SlotsOf,
    /// The number of times that a run that fails is tried again.
    pub(crate) retries: u32,
    /// The number of failures after which nothing more is started.
    pub(crate) failures_max: usize,
    /// Maximum time that runs take to stop once they are asked to.
    pub(crate) grace: Duration,
    /// The longest time that a run is known to have taken.
    pub(crate) longest: Duration,
}

/// The programs among whose runs no two have the same slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotsOf {
    Program,
    /// All those of the machine on the directory that ask for it.
    Machine,
}

/// Does all jobs as `policy` says.
///
/// # Errors
///
/// If the store fails. No further run is started then; what had finished before is kept.
pub(crate) fn execute(
    task: &Arc<Task>,
    jobs: Vec<Job>,
    policy: Policy,
    listener: &mut dyn Listener,
    mut signals: Option<&mut Signals>,
) -> Result<Executed, Error> {
    if let Some(signals) = &mut signals {
        signals.watch(&task.cancel);
    }
    let user = geteuid();
    let workers = policy.slots.min(jobs.len());
    let capacity = Capacity {
        slots: policy.slots,
        memory_bytes: super::machine::memory_bytes(),
        is_exclusive: task.outline.is_exclusive,
    };
    let queue = Arc::new(Queue::new(jobs, capacity, policy.failures_max));
    let (sender, receiver) = mpsc::channel();
    for slot in 0..workers {
        let worker = Worker {
            task: Arc::clone(task),
            queue: Arc::clone(&queue),
            slot,
            // A run inside a run is in the slot of that one.
            shared_slots: (policy.slots_of == SlotsOf::Machine && task.nesting.around().is_empty())
                .then_some(policy.slots),
            retries: policy.retries,
            sender: sender.clone(),
        };
        let collector = thread::current();
        queue.add_worker();
        // Not a scoped thread: a run that does not stop when it is asked to must not keep the program from ending.
        let thread = thread::Builder::new().name(format!("slot {slot}"));
        let started = thread.stack_size(task.stack_bytes).spawn(move || {
            worker.work();
            drop(worker);
            collector.unpark();
        });
        match started {
            Ok(_) => {}
            Err(error) if slot == 0 => return Err(no_thread(error)),
            // The machine has no room for more; those that there are do all runs.
            Err(_) => {
                queue.remove_worker();
                break;
            }
        }
    }
    drop(sender);
    let Policy { longest, grace, .. } = policy;
    let events = EventLoop::new(task, &queue, receiver, listener, signals, longest, grace);
    events.collect().map_err(|error| {
        if geteuid() == user {
            return error;
        }
        error.with_hint(
            "a run has made this the program of another user: give runs a process of their own with --isolate",
        )
    })
}

/// One of the places for runs at a time.
struct Worker {
    task: Arc<Task>,
    queue: Arc<Queue>,
    slot: usize,
    /// The number of slots, if programs share them.
    shared_slots: Option<usize>,
    retries: u32,
    sender: mpsc::Sender<Message>,
}

impl Worker {
    /// Takes jobs until none is left.
    fn work(&self) {
        let events = self.sender.clone();
        let tell: Tell = Arc::new(move |event| {
            // The receiver is gone if the program ends without waiting for this run.
            let _ = events.send(Message::Event(event));
        });
        let mut slot = Slot::new(&self.task);
        let mut shift = Shift::new(self, &tell);
        loop {
            let Some((job, begun)) = shift.next_job() else {
                if shift.over.is_some() {
                    shift.store();
                    continue;
                }
                self.give_up_retries();
                break;
            };
            shift.current = Some((job.cost, job.trust));
            let performed = panic::catch(AssertUnwindSafe(|| {
                let begun = if let Some(begun) = begun {
                    begun
                } else {
                    let Some(taken) = self.take_slot(&job, &mut shift)? else {
                        return Ok(Performed::Ended(Outcome::Busy));
                    };
                    let before = &mut || shift.store();
                    match self.task.begin(&job, taken, &tell, before)? {
                        Beginning::Begun(begun) => begun,
                        Beginning::Ended(outcome) => return Ok(Performed::Ended(outcome)),
                    }
                };
                self.task.carry_out(*begun, &mut slot, &mut shift)
            }));
            shift.store();
            // The user's code is caught further inside; this keeps the program from waiting for a worker that is gone.
            let performed = performed.unwrap_or_else(|panic| Err(lost(&panic)));
            if !matches!(performed, Ok(Performed::Over(_))) {
                shift.give_back();
            }
            match performed {
                Ok(Performed::Over(run)) => shift.hand_over(job, run),
                Ok(Performed::Ended(outcome)) => self.end(job, outcome),
                Ok(Performed::NoRoom(reason)) => {
                    if !self.makes_room(job, &reason) {
                        break;
                    }
                }
                Err(error) => self.end(job, Outcome::Broken(error)),
            }
        }
    }

    /// Returns the slot of a run, where programs share them as soon as there is one; `None` if nothing more is started meanwhile.
    fn take_slot<'a>(
        &'a self,
        job: &Job,
        shift: &mut Shift<'a>,
    ) -> Result<Option<TakenSlot<'a>>, Error> {
        let Some(slots) = self.shared_slots else {
            let (number, locks) = (self.slot, None);
            return Ok(Some(TakenSlot { number, locks }));
        };
        let locks = &self.task.shared_store().locks;
        let (mut turn, mut delay) = (None, SLOT_DELAY);
        while !self.queue.is_closed() {
            turn = turn.map_or_else(|| locks.lock_slot_turn(slots), |turn| Ok(Some(turn)))?;
            if turn.is_some()
                && let Some((number, locks)) =
                    locks.lock_slots(job.cost.slots.get().min(slots), slots)?
            {
                let locks = Some(locks);
                return Ok(Some(TakenSlot { number, locks }));
            }
            shift.store();
            if delay == BUSY_DELAY && !shift.is_wait_told {
                shift.is_wait_told = true;
                let holder = format!("a slot that another program has{}", locks.left_by()?);
                let run = job.run;
                self.send(Message::Event(Event::Waiting { run, holder }));
            }
            thread::sleep(delay);
            delay = (delay * 2).min(BUSY_DELAY);
        }
        Ok(None)
    }

    /// Puts a job back for whose process there is no room. Returns false if this worker is one too many, or the last that gives up.
    fn makes_room(&self, job: Job, reason: &str) -> bool {
        let run = job.run;
        let retreat = self.queue.retreat(job);
        if retreat == Retreat::GiveUp {
            self.send(Message::Ended(run, Outcome::Broken(no_process(reason))));
        } else {
            self.send(Message::Event(Event::Waiting {
                run,
                holder: format!("no room for its process: {reason}"),
            }));
        }
        matches!(retreat, Retreat::Wait)
    }

    /// Stores what came of a run whose job is finished.
    fn store(&self, job: Job, (begun, ran): (Begun<'_>, Ran)) {
        let stored = panic::catch(AssertUnwindSafe(|| self.task.store(begun, ran)));
        let stored = stored.unwrap_or_else(|panic| Err(lost(&panic)));
        let outcome = stored.unwrap_or_else(Outcome::Broken);
        self.queue.resume(&job);
        self.end(job, outcome);
    }

    fn end(&self, job: Job, outcome: Outcome) {
        match outcome {
            Outcome::Busy => {
                let job = Job {
                    is_waiting: true,
                    ..job
                };
                self.queue.put_back(job, BUSY_DELAY);
            }
            Outcome::Failed(failed) => self.fail(&job, failed),
            Outcome::Differs(second) => {
                let run = job.run;
                let text = "it differs from what is stored, and is run a third time".to_owned();
                self.send(Message::Event(Event::Note { run, text }));
                self.queue.finish(&job);
                let third = Job::new(run, job.cost, job.trust);
                self.queue.give_back(Job {
                    second: Some(second.into()),
                    ..third
                });
            }
            outcome => {
                let outcome = match (outcome, &job.second) {
                    (Outcome::Stopped(_), Some(second)) => {
                        Outcome::Verified(second.finding(Third::NotRun))
                    }
                    (outcome, _) => outcome,
                };
                self.send(Message::Ended(job.run, outcome));
                self.queue.finish(&job);
            }
        }
    }

    /// Puts a job back that failed, if it is to be tried again.
    fn fail(&self, job: &Job, failed: Box<FailedRun>) {
        let key = self.task.identities[job.run].key;
        match job.retry_delay(self.retries, key) {
            Some(delay) if !self.task.cancel.is_cancelled() => {
                self.send(Message::Event(Event::Retrying {
                    run: job.run,
                    error: failed.failure.error.clone(),
                    delay,
                }));
                let job = Job {
                    failures: job.failures + 1,
                    failed: Some(failed),
                    second: job.second.clone(),
                    ..Job::new(job.run, job.cost, job.trust)
                };
                self.queue.put_back(job, delay);
            }
            _ => {
                let outcome = match &job.second {
                    Some(second) => {
                        let third = Third::Failed(failed.failure.error);
                        Outcome::Verified(second.finding(third))
                    }
                    None => Outcome::Failed(failed),
                };
                self.send(Message::Ended(job.run, outcome));
                self.queue.fail(job);
            }
        }
    }

    /// Tells of the runs that are not tried again after all, as nothing more is started.
    fn give_up_retries(&self) {
        while let Some((run, outcome)) = self.queue.take_tried() {
            self.send(Message::Ended(run, outcome));
        }
    }

    fn send(&self, message: Message) {
        // The receiver is gone if the program ends without waiting for this run.
        let _ = self.sender.send(message);
    }
}

/// What a worker has begun and not finished while it waits for a run.
struct Shift<'a> {
    worker: &'a Worker,
    tell: &'a Tell,
    /// What the job takes that goes on.
    current: Option<(Cost, Trust)>,
    /// A run that is over and stored beside the next one.
    over: Option<(Job, Box<(Begun<'a>, Ran)>)>,
    /// A run that has begun and starts once the one that goes on is over, so that its process need not wait for that. Only where
    /// runs are short: it is reserved meanwhile.
    next: Option<(Job, Box<Begun<'a>>)>,
    is_brisk: bool,
    /// Whether it was told that runs wait for slots.
    is_wait_told: bool,
}

impl<'a> Shift<'a> {
    fn new(worker: &'a Worker, tell: &'a Tell) -> Self {
        Self {
            worker,
            tell,
            current: None,
            over: None,
            next: None,
            is_brisk: false,
            is_wait_told: false,
        }
    }

    /// Returns a job, and its run if that has begun.
    fn next_job(&mut self) -> Option<(Job, Option<Box<Begun<'a>>>)> {
        if let Some((job, begun)) = self.next.take() {
            return Some((job, Some(begun)));
        }
        let queue = &self.worker.queue;
        let job = match self.over {
            Some(_) => queue.take_now(),
            None => queue.take(),
        };
        job.map(|job| (job, None))
    }

    /// Stores the run that is over.
    fn store(&mut self) {
        if let Some((job, run)) = self.over.take() {
            self.worker.store(job, *run);
        }
    }

    /// Begins the next run.
    fn begin_next(&mut self) {
        let task = &self.worker.task;
        let is_kept = task.isolation.processes == Processes::Kept && !task.outline.is_exclusive;
        // Slots that programs share are for runs that go on.
        let is_open = is_kept && self.is_brisk && self.worker.shared_slots.is_none();
        let Some(current) = self.current.filter(|_| is_open) else {
            return;
        };
        let Some(job) = self.worker.queue.take_ahead(current) else {
            return;
        };
        let begun = panic::catch(AssertUnwindSafe(|| {
            let (number, locks) = (self.worker.slot, None);
            task.begin(&job, TakenSlot { number, locks }, self.tell, &mut || {})
        }));
        let outcome = match begun.unwrap_or_else(|panic| Err(lost(&panic))) {
            Ok(Beginning::Begun(begun)) => {
                self.next = Some((job, begun));
                return;
            }
            Ok(Beginning::Ended(outcome)) => outcome,
            Err(error) => Outcome::Broken(error),
        };
        self.worker.queue.resume(&job);
        self.worker.end(job, outcome);
    }

    /// Goes on from a short run to the next one.
    fn hand_over(&mut self, job: Job, run: Box<(Begun<'a>, Ran)>) {
        self.is_brisk = true;
        let queue = &self.worker.queue;
        match &self.next {
            None => queue.finish(&job),
            Some((next, _)) if queue.hand_over(&job, next) => {}
            Some(_) => self.give_back(),
        }
        self.over = Some((job, run));
    }

    /// Gives back the run that has begun, as if it had not.
    fn give_back(&mut self) {
        self.is_brisk = false;
        let Some((job, begun)) = self.next.take() else {
            return;
        };
        match begun.attempt.withdraw() {
            Ok(()) => self.worker.queue.give_back(job),
            Err(error) => {
                let broken = Message::Ended(job.run, Outcome::Broken(error));
                self.worker.send(broken);
            }
        }
    }
}

impl Beside for Shift<'_> {
    fn ordered(&mut self) -> bool {
        self.store();
        self.begin_next();
        self.worker.queue.has_more()
    }

    fn holds_next(&self) -> bool {
        self.next.is_some()
    }

    fn is_late(&mut self) {
        self.give_back();
    }
}
