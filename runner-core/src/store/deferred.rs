//! [`Store::defer`]: what a run leaves to be written is written beside what comes next.

use std::{
    thread::{self, Thread},
    time::Duration,
};

use super::{base::Store, build::Build, disk::Durable, failure::Failure, publish::spoilt};
use crate::{
    base::{Error, locked},
    value::Key,
};

/// How many locks may be held for what is left to write: each lock takes longer the more there are.
const RUNS_MAX: usize = 64;
/// A larger result is written by its run, as what waits takes memory.
const RESULT_BYTES_MAX: usize = 64 << 10;

/// What is left to write about a run that is over. The run's lock is held until then, as another process could make
/// the directory another run's.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub(super) key: Key,
    pub(super) directory: String,
    /// The bytes of the result, unless it is published already.
    pub(super) result: Option<Vec<u8>>,
    /// The bytes of `run.json`.
    pub(super) json: Vec<u8>,
    /// For the note of a failure, if there turns out to be no place for the result.
    pub(super) attempts: u32,
    pub(super) build: Build,
    pub(super) duration: Duration,
}

/// A run whose result has no place, with its failure.
pub(crate) type Spoilt = (Key, Failure);

/// What is to be written later; nothing if everything is written at once.
#[derive(Debug, Default)]
pub(super) struct Deferrals {
    unwritten: Vec<Unwritten>,
    /// Who found nothing to write, and is to be woken for it.
    waiter: Option<Thread>,
}

impl Store {
    /// From now on, leaves what short runs store to be written by [`write_deferred`](Self::write_deferred).
    pub(crate) fn defer(&self) {
        locked(&self.deferred).get_or_insert_default();
    }

    /// From now on, leaves nothing to be written later, and writes what was left.
    ///
    /// # Errors
    ///
    /// If it cannot be written. All locks are given back in any case.
    pub(crate) fn end_deferring(&self) -> Result<(), Error> {
        let deferrals = locked(&self.deferred).take();
        let unwritten = deferrals.map_or_else(Vec::new, |deferrals| deferrals.unwritten);
        self.write_all(unwritten)
    }

    /// Leaves something to be written later, together with the lock; gives it back if it has to be written now.
    pub(super) fn put_off(&self, unwritten: Unwritten) -> Option<Unwritten> {
        let mut deferred = locked(&self.deferred);
        let Some(Deferrals {
            unwritten: waiting,
            waiter,
        }) = &mut *deferred
        else {
            return Some(unwritten);
        };
        let result_bytes = unwritten.result.as_ref().map_or(0, Vec::len);
        if result_bytes > RESULT_BYTES_MAX || waiting.len() >= RUNS_MAX {
            return Some(unwritten);
        }
        waiting.push(unwritten);
        if let Some(waiter) = waiter.take() {
            waiter.unpark();
        }
        None
    }

    /// Writes what was left, and gives back the locks. Returns the number of runs. If there was nothing, the calling thread is unparked
    /// as soon as there is: what has no result yet must not wait while later runs fill the disk.
    ///
    /// # Errors
    ///
    /// If it cannot be written. All locks are given back in any case.
    pub(crate) fn write_deferred(&self) -> Result<usize, Error> {
        let unwritten = match &mut *locked(&self.deferred) {
            Some(deferrals) => {
                if deferrals.unwritten.is_empty() {
                    deferrals.waiter = Some(thread::current());
                }
                std::mem::take(&mut deferrals.unwritten)
            }
            None => Vec::new(),
        };
        let runs = unwritten.len();
        self.write_all(unwritten).map(|()| runs)
    }

    /// The runs among those that were left whose result has no place, through their own fault; each is noted as failed. They are
    /// told once, whichever thread wrote what was left.
    pub(crate) fn take_spoilt(&self) -> Vec<Spoilt> {
        std::mem::take(&mut locked(&self.spoilt))
    }

    fn write_all(&self, unwritten: Vec<Unwritten>) -> Result<(), Error> {
        let mut result = Ok(());
        for left in unwritten {
            match self.write(&left) {
                Ok(None) => {}
                Ok(Some(failure)) => locked(&self.spoilt).push((left.key, failure)),
                Err(error) => result = Err(error),
            }
            self.unlock(left.key);
        }
        result
    }

    /// Writes what is left of a run. Returns its failure if there is no place for its result.
    fn write(&self, left: &Unwritten) -> Result<Option<Failure>, Error> {
        if let Some(result) = &left.result {
            if let Err(error) = self.put_result(&left.directory, result, Durable::Later) {
                let failure = spoilt(error, left.attempts, left.build)?;
                self.note_failure(left.key, &failure, left.duration)?;
                return Ok(Some(failure));
            }
            self.forget_failure(left.key)?;
            locked(&self.batch).directories.push(left.directory.clone());
        }
        self.write_run_json(&left.directory, &left.json)?;
        Ok(None)
    }
}
