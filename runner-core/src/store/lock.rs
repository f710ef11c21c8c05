//! [`Lock`]: the right to run and to change the directories of one key.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    time::SystemTime,
};

use super::base::{Store, locked};
use crate::{base::Error, value::Key};

/// The bytes below this one are locked for keys, those from it on for processes.
pub(super) const PROCESS_BYTES: u64 = 1 << 62;

/// The bytes that this store has locked, and since when.
pub(super) type Held = HashMap<u64, SystemTime>;

/// The lock of a key, where there are locks; elsewhere it excludes only the other threads of this process. It is given back
/// when this is dropped or the process ends, however it ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct Lock<'a> {
    store: &'a Store,
    pub(super) key: Key,
    /// Whether it outlives this: somebody else will [unlock](Store::unlock) the key.
    pub(super) is_passed_on: bool,
}

impl Store {
    /// Locks a key; `None` if another thread or process has it. Never waits.
    ///
    /// # Errors
    ///
    /// If the file system fails, or gives no locks any more.
    pub(crate) fn lock(&self, key: Key) -> Result<Option<Lock<'_>>, Error> {
        let byte = key_byte(key);
        // Noted first, as another thread of this process would be given the same lock.
        match locked(&self.held).entry(byte) {
            Entry::Occupied(_) => return Ok(None),
            Entry::Vacant(entry) => entry.insert(SystemTime::now()),
        };
        let is_locked = self.lock_byte(byte);
        if !matches!(is_locked, Ok(true)) {
            locked(&self.held).remove(&byte);
            return is_locked.map(|_| None);
        }
        Ok(Some(Lock {
            store: self,
            key,
            is_passed_on: false,
        }))
    }

    /// Gives back the lock of a key.
    pub(super) fn unlock(&self, key: Key) {
        let byte = key_byte(key);
        self.withdraw(key);
        // If this fails, the lock is given back at the end of the process.
        let _ = self.disk.unlock(byte);
        locked(&self.held).remove(&byte);
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if !self.is_passed_on {
            self.store.unlock(self.key);
        }
    }
}

impl fmt::Debug for Lock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lock({})", self.key)
    }
}

/// The byte that stands for a key: from the bits that name its directory, so that whoever holds it is alone there.
pub(super) fn key_byte(key: Key) -> u64 {
    key.short() % PROCESS_BYTES
}
