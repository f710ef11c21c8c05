//! What the runs of one process have in common: shared values and the request to stop.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    panic::{AssertUnwindSafe, Location, catch_unwind},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use anyhow::anyhow;

use super::progress::Progress;
use crate::base::{locked, panic_message};

/// A request to stop, seen by everyone who holds a clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel(Arc<AtomicU8>);

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
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_at_least(Urgency::Soon)
    }

    pub(crate) fn is_at_least(&self, urgency: Urgency) -> bool {
        self.0.load(Ordering::Relaxed) >= urgency as u8
    }

    pub(crate) fn cancel(&self, urgency: Urgency) {
        self.0.fetch_max(urgency as u8, Ordering::Relaxed);
    }
}

type Place = (&'static str, u32, u32, TypeId);
type Cell = Arc<OnceLock<Result<Arc<dyn Any + Send + Sync>, String>>>;

/// The values made by `Context::shared`, by the place that asked and the type.
#[derive(Default)]
pub(crate) struct Shared(Mutex<HashMap<Place, Cell>>);

impl Shared {
    /// The value of `place`, made by `make` if this is the first time; others wait meanwhile. `progress` is told of the time,
    /// unless the value is there already.
    pub(crate) fn get<T: Send + Sync + 'static>(
        &self,
        place: &Location<'static>,
        make: impl FnOnce() -> anyhow::Result<T>,
        progress: &Progress,
    ) -> anyhow::Result<Arc<T>> {
        let cell = {
            let place = (
                place.file(),
                place.line(),
                place.column(),
                TypeId::of::<T>(),
            );
            let mut cells = locked(&self.0);
            Arc::clone(cells.entry(place).or_default())
        };
        let make = || match catch_unwind(AssertUnwindSafe(make)) {
            Ok(Ok(value)) => Ok(Arc::new(value) as Arc<dyn Any + Send + Sync>),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(payload) => Err(format!("panicked: {}", panic_message(&*payload))),
        };
        let value = match cell.get() {
            Some(value) => value,
            None => progress.share(|| cell.get_or_init(make)),
        };
        match value {
            Ok(value) => Arc::clone(value)
                .downcast::<T>()
                .map_err(|_| anyhow!("the shared value at {place} has another type")),
            Err(error) => Err(anyhow!("cannot make the shared value at {place}: {error}")),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
