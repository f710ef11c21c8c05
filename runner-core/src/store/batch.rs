//! [`Batch`]: the results of finished runs, written and made durable many at a time.
//!
//! The result of a short run is written while the next run goes on.

use std::{
    mem,
    sync::{Arc, Mutex},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use super::{
    disk::Durable,
    failure::{Failure, Failures},
    layout,
    lock::Locks,
    locking::Locking,
    record::Effort,
    run_directory::displaced,
};
use crate::{
    base::{Error, locked},
    value::Key,
};

/// Maximum number of locks held for what is left to write: each lock takes longer the more there are.
const RUNS_MAX: usize = 64;
/// A larger result is written by its run, as what waits takes memory.
const RESULT_BYTES_MAX: usize = 64 << 10;
/// How long the last flush waits for the keys of replaced results that another process has locked.
const BUSY_MAX: Duration = Duration::from_secs(2);
const BUSY_TICK: Duration = Duration::from_millis(1);

/// The results published since the last flush, and those still to be published.
pub(crate) struct Batch {
    locking: Arc<Locking>,
    locks: Arc<Locks>,
    failures: Arc<Failures>,
    published: Mutex<Published>,
    /// `None` while everything is written at once.
    deferrals: Mutex<Option<Deferrals>>,
    displaced: Mutex<Vec<Displaced>>,
}

#[derive(Debug, Default)]
struct Published {
    directories: Vec<String>,
    /// The directories that were set aside for good reruns, which go once these are durable.
    replaced: Vec<(Key, String)>,
}

#[derive(Default)]
struct Deferrals {
    unwritten: Vec<Unwritten>,
    /// The thread that found nothing to write, and is to be woken for it.
    waiter: Option<Thread>,
}

/// The files of a run that is over which are still to be written. The run's lock is held until then, as another process could
/// make the directory another run's.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub(super) key: Key,
    pub(super) directory: String,
    /// The bytes of the result, unless it is published already.
    pub(super) result: Option<Vec<u8>>,
    /// The bytes of `run.json`.
    pub(super) json: Vec<u8>,
    /// For the note of a failure, if there turns out to be no place for the result.
    pub(super) effort: Effort,
}

/// A run whose result has no place, with its failure.
pub(crate) type Displaced = (Key, Failure);

impl Batch {
    pub(super) fn new(
        locking: &Arc<Locking>,
        locks: &Arc<Locks>,
        failures: &Arc<Failures>,
    ) -> Self {
        Self {
            locking: Arc::clone(locking),
            locks: Arc::clone(locks),
            failures: Arc::clone(failures),
            published: Mutex::default(),
            deferrals: Mutex::default(),
            displaced: Mutex::default(),
        }
    }

    /// Makes a result durable with the next flush.
    pub(super) fn add(&self, directory: String) {
        locked(&self.published).directories.push(directory);
    }

    /// Removes a directory once the next flush has made its successor durable.
    pub(super) fn add_replaced(&self, key: Key, directory: String) {
        locked(&self.published).replaced.push((key, directory));
    }

    /// Makes everything durable that was published before, then removes what it replaced.
    ///
    /// # Errors
    ///
    /// If the disk cannot be synced. What was published is then as durable as the system makes it on its own, and what it
    /// replaced stays: after a failed sync, a later one that succeeds proves nothing.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        let busy = self.flush_but_busy()?;
        locked(&self.published).replaced.extend(busy);
        Ok(())
    }

    /// Flushes for the last time: waits a moment for the keys that another process has locked, unless it is doing a long run. What
    /// stays is removed by `--prune`.
    ///
    /// # Errors
    ///
    /// As for [`flush`](Self::flush).
    pub(crate) fn flush_last(&self) -> Result<(), Error> {
        let mut busy = self.flush_but_busy()?;
        let start = Instant::now();
        while self.is_soon_free(&busy)? && start.elapsed() < BUSY_MAX {
            thread::sleep(BUSY_TICK);
            busy = self.remove_replaced(busy)?;
        }
        Ok(())
    }

    /// Flushes, and returns the replaced directories whose keys are locked.
    fn flush_but_busy(&self) -> Result<Vec<(Key, String)>, Error> {
        self.write_deferred()?;
        let Published {
            directories,
            replaced,
        } = mem::take(&mut *locked(&self.published));
        if directories.is_empty() && replaced.is_empty() {
            return Ok(replaced);
        }
        let files = &self.locking.files;
        let synced = if replaced.is_empty() {
            files.disk.sync_runs(&directories)
        } else {
            files.disk.sync_replacing_runs(&directories)
        };
        synced.map_err(files.at("sync", layout::ROOT))?;
        self.remove_replaced(replaced)
    }

    /// Removes directories whose successors are durable, and returns those whose keys are locked: by this process, which is still
    /// at work there, or by another one, which may be about to put them back.
    fn remove_replaced(&self, replaced: Vec<(Key, String)>) -> Result<Vec<(Key, String)>, Error> {
        if self.locking.is_lockless()? {
            return Ok(Vec::new());
        }
        let mut busy = Vec::new();
        for (key, directory) in replaced {
            if let Some(_lock) = self.locks.lock(key)? {
                // It is no loss if a part stays: `--prune` finds it.
                let _ = self.locking.files.disk.remove_tree(&directory);
            } else {
                busy.push((key, directory));
            }
        }
        Ok(busy)
    }

    /// Returns whether one of the directories has a key that no long run and no run of this process keeps locked.
    fn is_soon_free(&self, busy: &[(Key, String)]) -> Result<bool, Error> {
        for (key, _) in busy {
            let holder = self.locks.holder(*key)?;
            if holder.is_none_or(|holder| holder.since.is_none()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// From now on, leaves what short runs store to be written by [`write_deferred`](Self::write_deferred).
    pub(crate) fn defer(&self) {
        locked(&self.deferrals).get_or_insert_default();
    }

    /// From now on, leaves nothing to be written later, and writes what was left.
    ///
    /// # Errors
    ///
    /// If it cannot be written. All locks are given back in any case.
    pub(crate) fn end_deferring(&self) -> Result<(), Error> {
        let deferrals = locked(&self.deferrals).take();
        self.write_all(deferrals.unwrap_or_default().unwritten)
    }

    /// Leaves something to be written later, together with the lock; gives it back if it has to be written now.
    pub(super) fn put_off(&self, unwritten: Unwritten) -> Option<Unwritten> {
        let mut deferrals = locked(&self.deferrals);
        let Some(deferrals) = &mut *deferrals else {
            return Some(unwritten);
        };
        let result_bytes = unwritten.result.as_ref().map_or(0, Vec::len);
        if result_bytes > RESULT_BYTES_MAX || deferrals.unwritten.len() >= RUNS_MAX {
            return Some(unwritten);
        }
        deferrals.unwritten.push(unwritten);
        if let Some(waiter) = deferrals.waiter.take() {
            waiter.unpark();
        }
        None
    }

    /// Writes what was left, gives back the locks, and returns the number of runs. If there was nothing, the calling thread is
    /// unparked as soon as there is: what has no result yet must not wait while later runs fill the disk.
    ///
    /// # Errors
    ///
    /// If it cannot be written. All locks are given back in any case.
    pub(crate) fn write_deferred(&self) -> Result<usize, Error> {
        let unwritten = match &mut *locked(&self.deferrals) {
            Some(deferrals) => {
                if deferrals.unwritten.is_empty() {
                    deferrals.waiter = Some(thread::current());
                }
                mem::take(&mut deferrals.unwritten)
            }
            None => Vec::new(),
        };
        let runs = unwritten.len();
        self.write_all(unwritten).map(|()| runs)
    }

    /// Returns the runs among those that were left whose result has no place, through their own fault; each is noted as failed.
    /// Each is returned once, whichever thread wrote what was left.
    pub(crate) fn take_displaced(&self) -> Vec<Displaced> {
        mem::take(&mut locked(&self.displaced))
    }

    fn write_all(&self, unwritten: Vec<Unwritten>) -> Result<(), Error> {
        let mut result = Ok(());
        for left in unwritten {
            match self.write(&left) {
                Ok(None) => {}
                Ok(Some(failure)) => locked(&self.displaced).push((left.key, failure)),
                Err(error) => result = Err(error),
            }
            self.locks.unlock(left.key);
        }
        result
    }

    /// Writes what is left of a run; returns its failure if there is no place for its result.
    fn write(&self, left: &Unwritten) -> Result<Option<Failure>, Error> {
        let files = &self.locking.files;
        if let Some(result) = &left.result {
            if let Err(error) = files.put_result(&left.directory, result, Durable::Later) {
                let failure = displaced(error, &left.effort)?;
                self.failures
                    .add(left.key, &failure, left.effort.duration)?;
                return Ok(Some(failure));
            }
            self.failures.remove(left.key)?;
            self.add(left.directory.clone());
        }
        files.put_run_json(&left.directory, &left.json)?;
        Ok(None)
    }
}
