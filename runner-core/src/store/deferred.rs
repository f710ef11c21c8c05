//! [`Store::defer`]: the `run.json` of a run is written beside the next run.

use super::{
    base::{Store, locked},
    disk::{Create, Durable},
};
use crate::{error::Error, key::Key};

/// How many locks may be held for what is left to do: each lock takes longer the more there are.
const DEFERRED_MAX: usize = 64;

/// The `run.json` of a run that is published. The run's lock is held until it is written, as another process could make
/// the directory another run's.
#[derive(Debug)]
pub(super) struct Deferred {
    pub(super) key: Key,
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

/// What is to be written later; nothing if everything is written at once.
pub(super) type Deferrals = Option<Vec<Deferred>>;

impl Store {
    /// From now on, leaves what is written about published runs to whoever calls [`write_deferred`](Self::write_deferred).
    pub(crate) fn defer(&self) {
        locked(&self.deferred).get_or_insert_default();
    }

    /// Leaves a `run.json` to be written later, together with the lock; answers with it if it has to be written now.
    pub(super) fn put_off(&self, json: Deferred) -> Option<Deferred> {
        match &mut *locked(&self.deferred) {
            Some(deferred) if deferred.len() < DEFERRED_MAX => {
                deferred.push(json);
                None
            }
            _ => Some(json),
        }
    }

    /// Writes what was left to do, and gives back the locks; false if there was nothing.
    ///
    /// # Errors
    ///
    /// If it cannot be written. All locks are given back in any case.
    pub(crate) fn write_deferred(&self) -> Result<bool, Error> {
        let deferred = locked(&self.deferred).as_mut().map(std::mem::take);
        let deferred = deferred.unwrap_or_default();
        let is_any = !deferred.is_empty();
        let mut result = Ok(is_any);
        for Deferred { key, path, bytes } in deferred {
            let written = self
                .disk
                .write(&path, &bytes, Create::Replace, Durable::Later)
                .map_err(self.at("write", &path));
            self.unlock(key);
            if let Err(error) = written {
                result = Err(error);
            }
        }
        result
    }
}
