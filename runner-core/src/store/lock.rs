//! [`Locks`]: the rights to run and to change the directories of keys.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    fmt,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant, SystemTime},
};

use super::{
    announcements::{Announcements, Holder, LeftBy},
    disk::LockState,
    locking::{Locking, PROCESS_BYTES, host, machine},
};
use crate::{
    base::{Error, locked},
    value::{Digest, Key},
};

/// Maximum time for which a process keeps the locks of its parent that was killed while it started it.
const STARTING_MAX: Duration = Duration::from_millis(500);

/// The locks of a store.
pub(crate) struct Locks {
    locking: Arc<Locking>,
    pub(crate) announcements: Announcements,
    /// By the byte of each key that this store has locked, and by bytes that are no key's.
    held: Mutex<HashMap<u64, HeldByte>>,
    /// The bytes of keys that another process had when this store last tried to lock them.
    contended: Mutex<HashSet<u64>>,
    /// When this store first found a key locked by what a dead process left behind.
    left_since: OnceLock<Instant>,
}

/// What this store has locked.
#[derive(Clone, Copy)]
struct HeldByte {
    /// For a key, its own byte or the one beside it.
    byte: u64,
    since: SystemTime,
}

/// The lock of a key, where there are locks; elsewhere it excludes only the other threads of this process. It is given back
/// when this is dropped or the process ends, however it ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct Lock<'a> {
    locks: &'a Locks,
    pub(super) key: Key,
    /// Whether a process that a dead one left behind has the key's own byte, and may still write to the run's directory.
    pub(super) is_beside: bool,
    /// Whether it outlives this: it is given back by [`Locks::unlock`].
    pub(super) is_passed_on: bool,
}

/// The lock of one byte, until this is dropped or the process ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct ByteLock<'a> {
    locking: &'a Locking,
    byte: u64,
}

/// Locks of bytes that exclude the other threads of this process too, until this is dropped or the process ends.
#[must_use = "they are given back when this is dropped"]
pub(crate) struct SlotLocks<'a> {
    locks: &'a Locks,
    bytes: Vec<u64>,
}

/// The holder of a byte that was to be locked.
enum Held {
    ByThis,
    /// Another thread of this process.
    ByThread,
    Elsewhere,
}

impl Locks {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            locking: Arc::clone(locking),
            announcements: Announcements::new(locking),
            held: Mutex::default(),
            contended: Mutex::default(),
            left_since: OnceLock::new(),
        }
    }

    /// Locks a key; `None` if another thread or process has it, or a run's process that outlives its parent. Never waits.
    pub(super) fn lock(&self, key: Key) -> Result<Option<Lock<'_>>, Error> {
        self.lock_with(key, false)
    }

    /// Returns whether the process that has a key is gone, and what keeps the lock may be a process that it was about to start and
    /// that has not begun yet, which lets go of it in a moment.
    pub(super) fn is_left_for_now(&self, key: Key) -> Result<bool, Error> {
        if !self.announcements.find(key)?.is_gone {
            return Ok(false);
        }
        Ok(self.left_since.get_or_init(Instant::now).elapsed() < STARTING_MAX)
    }

    /// Locks the byte beside that of a key, if the process that has the key is gone for certain, and only what it left behind
    /// keeps the lock; otherwise `None`, as well as if another process was faster. Never waits.
    pub(super) fn lock_beside(&self, key: Key) -> Result<Option<Lock<'_>>, Error> {
        if !self.announcements.find(key)?.is_gone {
            return Ok(None);
        }
        let lock = self.lock_with(key, true)?;
        // It has the lock still, so all who lock the key later see the byte beside it.
        Ok(match lock {
            Some(lock) if self.announcements.find(key)?.is_gone => Some(lock),
            _ => None,
        })
    }

    fn lock_with(&self, key: Key, is_beside: bool) -> Result<Option<Lock<'_>>, Error> {
        let own = key_byte(key);
        let byte = if is_beside { beside_byte(key) } else { own };
        match self.hold(own, byte) {
            Ok(Held::ByThis) => {}
            Ok(Held::ByThread) => return Ok(None),
            elsewhere => {
                locked(&self.contended).insert(own);
                return elsewhere.map(|_| None);
            }
        }
        let lock = Lock {
            locks: self,
            key,
            is_beside,
            is_passed_on: false,
        };
        // Without locks, each attempt has a directory of its own.
        if !self.locking.is_lockless()?
            && (self.locking.is_locked(code_byte(key))?
                || !is_beside && self.locking.is_locked(beside_byte(key))?)
        {
            locked(&self.contended).insert(own);
            return Ok(None);
        }
        Ok(Some(lock))
    }

    /// Returns whether this store still has a key that it locked.
    pub(super) fn keeps(&self, key: Key) -> Result<LockState, Error> {
        let held = self.held(key);
        self.locking
            .keeps(held.map_or(key_byte(key), |held| held.byte))
    }

    fn held(&self, key: Key) -> Option<HeldByte> {
        locked(&self.held).get(&key_byte(key)).copied()
    }

    /// Returns whether another process had a key since this was last asked.
    pub(super) fn was_contended(&self, key: Key) -> bool {
        locked(&self.contended).remove(&key_byte(key))
    }

    /// Gives back the lock of a key.
    pub(super) fn unlock(&self, key: Key) {
        self.announcements.withdraw(key);
        self.release(key_byte(key));
    }

    /// Locks a byte under the name of another or the same one, unless another thread of this process has that name already.
    fn hold(&self, name: u64, byte: u64) -> Result<Held, Error> {
        // Noted first, as another thread of this process would be given the same lock.
        match locked(&self.held).entry(name) {
            Entry::Occupied(_) => return Ok(Held::ByThread),
            Entry::Vacant(entry) => entry.insert(HeldByte {
                byte,
                since: SystemTime::now(),
            }),
        };
        let is_locked = self.locking.lock(byte);
        if matches!(is_locked, Ok(true)) {
            return Ok(Held::ByThis);
        }
        locked(&self.held).remove(&name);
        is_locked.map(|_| Held::Elsewhere)
    }

    fn release(&self, name: u64) {
        let held = locked(&self.held).get(&name).copied();
        self.locking.unlock(held.map_or(name, |held| held.byte));
        locked(&self.held).remove(&name);
    }

    /// Returns the process that is doing a run, if there is one. Writes nothing.
    ///
    /// # Errors
    ///
    /// If the locks or notes cannot be read.
    pub(crate) fn holder(&self, key: Key) -> Result<Option<Holder>, Error> {
        if let Some(held) = self.held(key) {
            return Ok(Some(Holder::this(held.since)));
        }
        if !self.locking.is_locked(key_byte(key))? && !self.locking.is_locked(beside_byte(key))? {
            return Ok(None);
        }
        self.announcements.find(key).map(Some)
    }

    /// Returns what is said of a lock whose holder is not known, if it may belong to what a process that is gone left behind.
    ///
    /// # Errors
    ///
    /// If the locks or notes cannot be read.
    pub(crate) fn left_by(&self) -> Result<String, Error> {
        let left_by = self.announcements.left_by()?;
        Ok(left_by.map_or_else(String::new, |pid| LeftBy(pid).to_string()))
    }

    /// Notes for other processes that this one is doing a run; for runs that take long.
    ///
    /// # Errors
    ///
    /// If the note cannot be written.
    pub(crate) fn announce(&self, key: Key) -> Result<(), Error> {
        self.held(key)
            .map_or(Ok(()), |held| self.announcements.add(key, held.since))
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
        self.locking.lock(byte)?;
        Ok(byte)
    }

    /// Locks the right of a run's process to call the code of a run; `None` if another such process has it. `parent` is what
    /// [`lock_as_parent`](Self::lock_as_parent) returned in the process that has the key's lock.
    ///
    /// It keeps others from the key even if that process is gone: all who lock the key later see this lock, as the parent is
    /// known to be alive after it was taken.
    ///
    /// # Errors
    ///
    /// If the file system fails, or the parent is gone.
    pub(crate) fn lock_code(&self, key: Key, parent: u64) -> Result<Option<ByteLock<'_>>, Error> {
        let Some(lock) = self.lock_byte(code_byte(key))? else {
            return Ok(None);
        };
        if !self.locking.is_lockless()? && !self.locking.is_locked(parent)? {
            return Err(Error::usage("the process that started this one is gone"));
        }
        Ok(Some(lock))
    }

    /// Locks the right to be the only run that measures time, among those of all processes on this machine that store here;
    /// `None` if another process has it. The threads of this process do not exclude each other.
    ///
    /// # Errors
    ///
    /// If the file system fails, or gives no locks any more.
    pub(crate) fn lock_machine(&self) -> Result<Option<ByteLock<'_>>, Error> {
        self.lock_byte(PROCESS_BYTES | (machine_number() >> 2))
    }

    /// Locks the right to take the next of the slots below `slots`; `None` if another thread or process of this machine has it.
    /// Those that wait for a slot hold it, so that none of them is passed for ever.
    ///
    /// # Errors
    ///
    /// If the file system fails, or gives no locks any more.
    pub(crate) fn lock_slot_turn(&self, slots: usize) -> Result<Option<SlotLocks<'_>>, Error> {
        let mut turn = SlotLocks::new(self);
        let byte = derived_byte(&format!("slot turn {slots}"), machine_number());
        Ok(turn.add(byte)?.then_some(turn))
    }

    /// Locks the first `count` free slots below `slots`, which all threads and processes have in common that store here on this
    /// machine. Returns the number of the first one with the locks; `None` if not so many are free.
    ///
    /// # Errors
    ///
    /// If the file system fails, or gives no locks any more.
    pub(crate) fn lock_slots(
        &self,
        count: usize,
        slots: usize,
    ) -> Result<Option<(usize, SlotLocks<'_>)>, Error> {
        let mut taken = SlotLocks::new(self);
        let mut first = None;
        for number in 0..slots {
            if taken.add(derived_byte(&format!("slot {number}"), machine_number()))? {
                first = first.or(Some(number));
                if taken.bytes.len() == count {
                    break;
                }
            }
        }
        let is_enough = taken.bytes.len() == count;
        Ok(first.filter(|_| is_enough).map(|first| (first, taken)))
    }

    fn lock_byte(&self, byte: u64) -> Result<Option<ByteLock<'_>>, Error> {
        let locking = &self.locking;
        let is_locked = locking.lock(byte)?;
        Ok(is_locked.then_some(ByteLock { locking, byte }))
    }
}

impl<'a> SlotLocks<'a> {
    const fn new(locks: &'a Locks) -> Self {
        Self {
            locks,
            bytes: Vec::new(),
        }
    }

    /// Locks a byte too. Returns false if another thread or process has it.
    fn add(&mut self, byte: u64) -> Result<bool, Error> {
        let is_held = matches!(self.locks.hold(byte, byte)?, Held::ByThis);
        if is_held {
            self.bytes.push(byte);
        }
        Ok(is_held)
    }
}

impl Drop for SlotLocks<'_> {
    fn drop(&mut self) {
        for &byte in &self.bytes {
            self.locks.release(byte);
        }
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if !self.is_passed_on {
            self.locks.unlock(self.key);
        }
    }
}

impl Drop for ByteLock<'_> {
    fn drop(&mut self) {
        self.locking.unlock(self.byte);
    }
}

impl fmt::Debug for Lock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lock({})", self.key)
    }
}

/// The byte that stands for a key: from the bits that name its directory, so that its holder is alone there.
fn key_byte(key: Key) -> u64 {
    key.short() % PROCESS_BYTES
}

/// The byte that a run's process locks: whatever excludes others from the key's byte excludes them from this one.
fn code_byte(key: Key) -> u64 {
    derived_byte("code", key_byte(key))
}

/// The byte that the next program locks where only what a dead process left behind has the key's.
fn beside_byte(key: Key) -> u64 {
    derived_byte("beside", key_byte(key))
}

/// A number for this machine, without a look at it each time.
fn machine_number() -> u64 {
    static NUMBER: OnceLock<u64> = OnceLock::new();
    *NUMBER.get_or_init(|| machine().unwrap_or_else(|| Digest::of(host().as_bytes()).low()))
}

/// One of the bytes for processes that is as good as never another's.
fn derived_byte(what: &str, number: u64) -> u64 {
    PROCESS_BYTES | (Digest::of(format!("{what} {number:016x}").as_bytes()).low() >> 2)
}
