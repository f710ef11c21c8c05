//! The engine: a queue of jobs, a worker a slot, and one loop that tells listeners and keeps results durable.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use super::{
    event::{Event, Listener},
    isolate::Isolated,
    task::{Outcome, Task},
};
use crate::{error::Error, experiment::Experiment};

/// How often listeners are given time.
const TICK: Duration = Duration::from_millis(100);
/// The longest that a stored result waits to be made durable.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// How long a run that another process is doing is left alone before it is looked at again.
const BUSY_DELAY: Duration = Duration::from_millis(100);

/// A run to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    /// The place among all configs.
    pub(crate) run: usize,
    /// Not before this time; set when another process was found to be doing the run.
    not_before: Option<Instant>,
}

impl Job {
    pub(crate) const fn new(run: usize) -> Self {
        Self {
            run,
            not_before: None,
        }
    }
}

enum Message<E: Experiment> {
    Event(Event),
    Ended(usize, Outcome<E>),
}

/// Does all jobs, `slots` at a time; the outcomes are in the order in which they ended.
///
/// # Errors
///
/// If the store fails. No further run is started then; what had finished before is kept.
pub(crate) fn execute<E: Experiment>(
    task: &Task<E>,
    jobs: Vec<Job>,
    slots: usize,
    listener: &mut dyn Listener,
) -> Result<Vec<(usize, Outcome<E>)>, Error> {
    let slots = slots.min(jobs.len());
    let queue = Mutex::new(VecDeque::from(jobs));
    let (sender, receiver) = mpsc::channel();
    let collector = thread::current();
    thread::scope(|scope| {
        for slot in 0..slots {
            let sender = sender.clone();
            let (queue, collector) = (&queue, &collector);
            scope.spawn(move || {
                work(task, queue, slot, &sender);
                drop(sender);
                collector.unpark();
            });
        }
        drop(sender);
        collect(task, &receiver, listener)
    })
}

/// One worker: takes jobs until none is left or the store fails.
fn work<E: Experiment>(
    task: &Task<E>,
    queue: &Mutex<VecDeque<Job>>,
    slot: usize,
    sender: &mpsc::Sender<Message<E>>,
) {
    let mut isolated = Isolated::new(task, slot);
    while let Some(job) = next(task, queue) {
        let tell = |event| {
            // The collector outlives every worker, so this cannot fail.
            let _ = sender.send(Message::Event(event));
        };
        match isolated.perform(job.run, job.not_before.is_some(), &tell) {
            Outcome::Busy => {
                let later = Job {
                    not_before: Some(Instant::now() + BUSY_DELAY),
                    ..job
                };
                queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_back(later);
            }
            outcome => {
                if matches!(outcome, Outcome::Broken(_)) {
                    task.cancel.cancel();
                }
                let _ = sender.send(Message::Ended(job.run, outcome));
            }
        }
    }
}

/// The next job that may be started, waiting for its time if need be.
fn next<E: Experiment>(task: &Task<E>, queue: &Mutex<VecDeque<Job>>) -> Option<Job> {
    loop {
        if task.cancel.is_cancelled() {
            return None;
        }
        let now = Instant::now();
        let wait = {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let ready = queue
                .iter()
                .position(|job| job.not_before.is_none_or(|time| time <= now));
            if let Some(index) = ready {
                return queue.remove(index);
            }
            queue
                .iter()
                .filter_map(|job| job.not_before)
                .min()?
                .saturating_duration_since(now)
        };
        thread::sleep(wait.min(TICK));
    }
}

/// The loop of the calling thread. It looks at its messages at every tick instead of being woken by each, so that a short run
/// does not cost a switch of threads.
fn collect<E: Experiment>(
    task: &Task<E>,
    receiver: &mpsc::Receiver<Message<E>>,
    listener: &mut dyn Listener,
) -> Result<Vec<(usize, Outcome<E>)>, Error> {
    let mut outcomes = Vec::new();
    let mut broken = None;
    let mut flushed = Instant::now();
    let mut is_open = true;
    while is_open {
        loop {
            match receiver.try_recv() {
                Ok(Message::Event(event)) => listener.event(&event),
                Ok(Message::Ended(_, Outcome::Broken(error))) => {
                    broken.get_or_insert(error);
                }
                Ok(Message::Ended(run, outcome)) => outcomes.push((run, outcome)),
                Err(mpsc::TryRecvError::Empty) => break,
                Err(mpsc::TryRecvError::Disconnected) => {
                    is_open = false;
                    break;
                }
            }
        }
        if is_open {
            listener.tick();
            if flushed.elapsed() >= FLUSH_INTERVAL {
                if let Err(error) = task.store.flush() {
                    task.cancel.cancel();
                    broken.get_or_insert(error);
                }
                flushed = Instant::now();
            }
            thread::park_timeout(TICK);
        }
    }
    let last_flush = task.store.flush();
    match broken {
        Some(error) => Err(error),
        None => last_flush.map(|()| outcomes),
    }
}
