//! [`Lock`]: the right to run and to change the directories of one key.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    time::SystemTime,
};

use super::base::{Store, locked};
use crate::{
    base::Error,
    value::{Digest, Key},
};

/// The bytes below this one are locked for keys, those from it on for processes and what they are doing.
pub(super) const PROCESS_BYTES: u64 = 1 << 62;

/// The bytes that this store has locked, and since when.
pub(super) type Held = HashMap<u64, SystemTime>;

/// The lock of a key, where there are locks; elsewhere it excludes only the other threads of this process. It is given back
/// when this is dropped or the process ends, however it ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct Lock<'a> {
    store: &'a Store,
    pub(super) key: Key,
    /// Whether the lock outlives this value, and is [unlocked](Store::unlock) later.
    pub(super) is_passed_on: bool,
}

/// The right of a run's process to call the code of a run. It keeps others from the key even if the process that has the
/// key's lock is gone, until this is dropped or the run's process ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct CodeLock<'a> {
    store: &'a Store,
    byte: u64,
}

impl Store {
    /// Locks a key; `None` if another thread or process has it, or a run's process that outlives its parent. Never waits.
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
            locked(&self.contended).insert(byte);
            return is_locked.map(|_| None);
        }
        let lock = Lock {
            store: self,
            key,
            is_passed_on: false,
        };
        // Without locks, each attempt has a directory of its own.
        if !self.is_lockless()? && self.locking.is_locked(code_byte(key))? {
            locked(&self.contended).insert(byte);
            return Ok(None);
        }
        if locked(&self.contended).remove(&byte) {
            self.forget_key(key);
        }
        Ok(Some(lock))
    }

    /// Locks the byte that tells the processes of runs that this process lives, and returns it.
    ///
    /// It is in the same file as the locks of keys: the system releases all of them at once.
    ///
    /// # Errors
    ///
    /// If the file system fails.
    pub(crate) fn lock_as_parent(&self) -> Result<u64, Error> {
        let byte = derived_byte("parent", self.locking.number());
        // Where this store has it already, some platforms refuse it.
        self.lock_byte(byte)?;
        Ok(byte)
    }

    /// Locks a key's code in a run's process; `None` if another such process has it. `parent` is what
    /// [`lock_as_parent`](Self::lock_as_parent) returned in the process that has the key's lock.
    ///
    /// A process that locks the key later sees this lock, as the parent is known to be alive after it was taken.
    ///
    /// # Errors
    ///
    /// If the file system fails, or the parent is gone.
    pub(crate) fn lock_code(&self, key: Key, parent: u64) -> Result<Option<CodeLock<'_>>, Error> {
        let byte = code_byte(key);
        if !self.lock_byte(byte)? {
            return Ok(None);
        }
        let lock = CodeLock { store: self, byte };
        if !self.is_lockless()? && !self.locking.is_locked(parent)? {
            return Err(Error::usage("the process that started this one is gone"));
        }
        Ok(Some(lock))
    }

    /// Forgets what this store knows of a key that another process had locked: that one may have changed its directories and
    /// left a note of a failure or a checkpoint.
    fn forget_key(&self, key: Key) {
        self.touch(key.short());
        self.failures.know(key, true);
        self.checkpoints.forget();
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

impl Drop for CodeLock<'_> {
    fn drop(&mut self) {
        // If this fails, the lock is given back at the end of the process.
        let _ = self.store.disk.unlock(self.byte);
    }
}

impl fmt::Debug for Lock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lock({})", self.key)
    }
}

/// The byte that stands for a key: from the bits that name its directory, so that its holder is alone there.
pub(super) fn key_byte(key: Key) -> u64 {
    key.short() % PROCESS_BYTES
}

/// The byte that a run's process locks: whatever excludes others from the key's byte excludes them from this one.
fn code_byte(key: Key) -> u64 {
    derived_byte("code", key_byte(key))
}

/// One of the bytes for processes that is as good as never another's.
fn derived_byte(what: &str, number: u64) -> u64 {
    PROCESS_BYTES | (Digest::of(format!("{what} {number:016x}").as_bytes()).low() >> 2)
}
