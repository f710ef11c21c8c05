//! What the runs of one process have in common: shared values and the request to stop.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt, mem,
    panic::{AssertUnwindSafe, Location, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    thread::{self, ThreadId},
    time::Duration,
};

use anyhow::anyhow;

use super::progress::Progress;
use crate::base::{catch, helpers_work, locked, panic_message, processor_time};

/// A request to stop, which all clones share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel {
    urgency: Arc<AtomicU8>,
    /// Set by a signal that asks the program to end.
    is_signalled: Arc<AtomicBool>,
    /// The work of the processes that had been waited for before the request.
    helpers: Arc<AtomicU64>,
    /// Whether the run that it was made for has seen it.
    is_seen: Arc<AtomicBool>,
}

/// How urgently runs are asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Urgency {
    /// They may finish what they can within the grace.
    Soon = 1,
    /// Whatever can be ended is ended.
    Now = 2,
}

impl Cancel {
    /// Returns the same request as a further run sees it.
    pub(crate) fn for_run(&self) -> Self {
        Self {
            is_seen: Arc::default(),
            ..self.clone()
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_at_least(Urgency::Soon) || self.is_signalled.load(Ordering::SeqCst)
    }

    /// Returns the flag for signals to set.
    pub(crate) fn signalled(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_signalled)
    }

    /// Returns the same to the code of the run, which then knows.
    pub(crate) fn look(&self) -> bool {
        let is_cancelled = self.is_cancelled();
        if is_cancelled {
            self.is_seen.store(true, Ordering::Relaxed);
        }
        is_cancelled
    }

    pub(crate) fn is_at_least(&self, urgency: Urgency) -> bool {
        self.urgency.load(Ordering::SeqCst) >= urgency as u8
    }

    pub(crate) fn cancel(&self, urgency: Urgency) {
        self.urgency.fetch_max(urgency as u8, Ordering::SeqCst);
    }

    /// Notes which processes have been waited for by now, unless runs are asked to stop.
    pub(crate) fn note_helpers(&self) {
        if !self.is_cancelled() {
            self.helpers.store(helpers_work(), Ordering::Relaxed);
        }
    }

    /// Returns whether the run knows that it is to stop.
    pub(crate) fn is_seen(&self) -> bool {
        self.is_seen.load(Ordering::Relaxed)
    }

    /// Returns whether a helper process of a run has ended since that was noted for the last time.
    pub(crate) fn has_lost_helpers(&self) -> bool {
        helpers_work() != self.helpers.load(Ordering::Relaxed)
    }
}

/// How often a thread that cannot wait makes one value again on top of itself.
const NESTED_MAX: usize = 32;
/// How many threads make one value at most.
const MAKERS_MAX: u32 = 6;
/// How often a thread that waits looks whether anything goes on.
const TICK: Duration = Duration::from_millis(50);

type SharedValue = Arc<dyn Any + Send + Sync>;
type MadeValue = Result<SharedValue, String>;

/// The place in the source that asks for a value, and the type of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CallSite(&'static Location<'static>, TypeId);

/// The values made by `Context::shared`, by the place that asked and the type.
///
/// A run's own thread waits for a value that another thread makes. So does every other thread, such as one of a pool, but it
/// cannot rely on it: it may be this thread that has to do a part of the making, below on its stack. So a thread that finds the value
/// being made on its own stack, or that sees nothing go on for a while, makes it too, and the first value counts.
pub(crate) struct Shared {
    state: Mutex<SharedState>,
    settled: Condvar,
    patience: Patience,
}

#[derive(Default)]
struct SharedState {
    cells: HashMap<CallSite, SharedCell>,
    /// What threads wait for.
    awaited: HashMap<ThreadId, CallSite>,
}

enum SharedCell {
    /// By these threads, by some of them several times.
    Making(Vec<ThreadId>),
    Settled(MadeValue),
}

/// When a thread that waits for others finds that nothing goes on.
#[derive(Clone, Copy)]
struct Patience {
    /// How long it waits if one thread makes the value; twice as long for each one more.
    first: Duration,
    /// What a process that does nothing takes of a processor.
    idle_share: f64,
}

/// A wait for the others, and how much processor time the process had used at its start.
struct Stall {
    patience: Patience,
    makers: u32,
    ticks: u32,
    used: Duration,
}

impl Shared {
    /// Returns the value of `place`, made by `make` if this is the first time; others wait meanwhile. `progress` is told of the
    /// time, unless the value is there already. `is_own` says whether this is the run's own thread.
    pub(crate) fn get<T: Send + Sync + 'static>(
        &self,
        place: &'static Location<'static>,
        make: impl FnOnce() -> anyhow::Result<T>,
        is_own: bool,
        progress: &Progress,
    ) -> anyhow::Result<Arc<T>> {
        let cell = CallSite(place, TypeId::of::<T>());
        let prefix = format_args!("cannot make the shared value at {place}: ");
        let mut make = Some(make);
        let mut make = || match catch_unwind(AssertUnwindSafe(make.take()?)) {
            Ok(Ok(value)) => Some(Ok(Arc::new(value) as SharedValue)),
            Ok(Err(error)) => {
                let text = format!("{error:#}");
                let stripped = text.strip_prefix(&prefix.to_string());
                Some(Err(stripped.unwrap_or(&text).to_owned()))
            }
            Err(payload) => {
                let text = format!("panicked: {}", panic_message(&*payload));
                if !(payload.is::<&str>() || payload.is::<String>()) {
                    // To drop it would call the user's code, which may panic again.
                    mem::forget(payload);
                }
                Some(Err(text))
            }
        };
        let known = match locked(&self.state).cells.get(&cell) {
            Some(SharedCell::Settled(result)) => Some(result.clone()),
            _ => None,
        };
        let result =
            known.unwrap_or_else(|| progress.share(|| self.obtain(cell, is_own, &mut make)));
        match result {
            Ok(value) => value
                .downcast::<T>()
                .map_err(|_| anyhow!("the shared value at {place} has another type")),
            Err(error) => Err(anyhow!("{prefix}{error}")),
        }
    }

    /// Makes a value or waits for it.
    fn obtain(
        &self,
        place: CallSite,
        is_own: bool,
        make: &mut dyn FnMut() -> Option<MadeValue>,
    ) -> MadeValue {
        let me = thread::current().id();
        let mut stall = None;
        let mut state = locked(&self.state);
        loop {
            let makers = match state.cells.get(&place) {
                Some(SharedCell::Settled(result)) => return result.clone(),
                Some(SharedCell::Making(makers)) => makers,
                None => break,
            };
            let nested = makers.iter().filter(|&&maker| maker == me).count();
            if nested > 0 || state.is_stuck(me, place) {
                if is_own || nested > NESTED_MAX {
                    return Err("it is needed to make itself".to_owned());
                }
                break;
            }
            let makers = distinct(makers);
            state.awaited.insert(me, place);
            let is_tick;
            (state, is_tick) = self.wait(state, is_own);
            state.awaited.remove(&me);
            if !is_tick {
                continue;
            }
            let stall = stall.get_or_insert_with(|| Stall::new(self.patience, makers));
            if stall.is_over(makers) {
                if makers >= MAKERS_MAX {
                    return Err(format!(
                        "{makers} threads make it and nothing goes on: it may be needed to make itself, in another thread"
                    ));
                }
                break;
            }
        }
        let cell = state
            .cells
            .entry(place)
            .or_insert_with(|| SharedCell::Making(Vec::new()));
        match cell {
            SharedCell::Settled(result) => return result.clone(),
            SharedCell::Making(makers) => makers.push(me),
        }
        drop(state);
        let result = make().unwrap_or_else(|| Err("it was made before".to_owned()));
        self.settle(place, me, result)
    }

    /// Waits until a value is there, or for a tick in a thread that must not rely on that; returns whether it was a tick.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, SharedState>,
        is_own: bool,
    ) -> (MutexGuard<'a, SharedState>, bool) {
        if is_own {
            let waited = self.settled.wait(state);
            (waited.unwrap_or_else(PoisonError::into_inner), false)
        } else {
            let waited = self.settled.wait_timeout(state, TICK);
            let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            (state, timeout.timed_out())
        }
    }

    /// Keeps what a thread made, unless another one was faster, and returns what counts for it.
    fn settle(&self, place: CallSite, me: ThreadId, result: MadeValue) -> MadeValue {
        let mut state = locked(&self.state);
        match state.cells.get_mut(&place) {
            Some(SharedCell::Settled(first)) => {
                let first = first.clone();
                drop(state);
                // A panic of a value that nobody has seen is nobody's.
                let _ = catch(AssertUnwindSafe(|| drop(result)));
                first
            }
            Some(cell @ SharedCell::Making(_)) => {
                let others = cell.without(me);
                if result.is_ok() || others == 0 {
                    *cell = SharedCell::Settled(result.clone());
                    self.settled.notify_all();
                }
                result
            }
            None => result,
        }
    }

    /// Drops the values, and returns what is to be said about those that panic. That is done in a thread of its own: this one may be one
    /// in which they must not be dropped, as a runtime must not inside of another one.
    pub(crate) fn release(&self) -> Vec<String> {
        let cells = mem::take(&mut locked(&self.state).cells);
        let mut values: Vec<(CallSite, SharedValue)> = cells
            .into_iter()
            .filter_map(|(place, cell)| match cell {
                SharedCell::Settled(Ok(value)) => Some((place, value)),
                SharedCell::Settled(Err(_)) | SharedCell::Making(_) => None,
            })
            .collect();
        if values.is_empty() {
            return Vec::new();
        }
        values.sort_by_key(|(place, _)| place.0);
        let values = Arc::new(Mutex::new(values));
        let theirs = Arc::clone(&values);
        let dropping = thread::Builder::new().spawn(move || drop_each(&theirs));
        let dropped = dropping.ok().and_then(|thread| thread.join().ok());
        dropped.unwrap_or_else(|| drop_each(&values))
    }
}

fn drop_each(values: &Mutex<Vec<(CallSite, SharedValue)>>) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let Some((place, value)) = locked(values).pop() else {
            return told;
        };
        if let Err(panic) = catch(AssertUnwindSafe(|| drop(value))) {
            told.push(format!(
                "the shared value at {} panicked when it was dropped: {}",
                place.0, panic.message
            ));
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            settled: Condvar::new(),
            patience: Patience {
                first: Duration::from_secs(1),
                idle_share: 0.02,
            },
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.release();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl SharedState {
    /// Returns whether `place` will never have a value if `thread` waits for it: whether each thread that makes it waits for
    /// `thread`, maybe through others.
    fn is_stuck(&self, thread: ThreadId, place: CallSite) -> bool {
        let mut seen = vec![place];
        let mut next = 0;
        while let Some(place) = seen.get(next) {
            let Some(SharedCell::Making(makers)) = self.cells.get(place) else {
                return false;
            };
            for &maker in makers {
                match self.awaited.get(&maker) {
                    _ if maker == thread => {}
                    Some(&awaited) if seen.contains(&awaited) => {}
                    Some(&awaited) => seen.push(awaited),
                    None => return false,
                }
            }
            next += 1;
        }
        true
    }
}

impl SharedCell {
    /// Takes one making by `thread` away, and returns how many there are still.
    fn without(&mut self, thread: ThreadId) -> usize {
        let Self::Making(makers) = self else { return 0 };
        if let Some(last) = makers.iter().rposition(|&maker| maker == thread) {
            makers.remove(last);
        }
        makers.len()
    }
}

fn distinct(makers: &[ThreadId]) -> u32 {
    let first = |&(at, maker): &(usize, &ThreadId)| !makers[..at].contains(maker);
    makers.iter().enumerate().filter(first).map(|_| 1).sum()
}

impl Stall {
    fn new(patience: Patience, makers: u32) -> Self {
        Self {
            patience,
            makers,
            ticks: 0,
            used: processor_time(),
        }
    }

    /// Counts a tick; returns whether so many have passed in which the process did nothing. A process that was suspended meanwhile
    /// has had one.
    fn is_over(&mut self, makers: u32) -> bool {
        self.ticks += 1;
        let patience = self.patience.first * (1 << (makers - 1).min(MAKERS_MAX));
        if self.makers == makers && TICK * self.ticks < patience {
            return false;
        }
        let used = processor_time().saturating_sub(self.used);
        let is_idle = used <= patience.mul_f64(self.patience.idle_share);
        let is_over = self.makers == makers && is_idle;
        *self = Self::new(self.patience, makers);
        is_over
    }
}

#[cfg(test)]
mod tests;
