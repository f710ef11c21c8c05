//! [`Locks`]: the rights to run and to change the directories of keys, and [`Holder`], the process that has one.
//!
//! The lock itself tells only that a process has it. A process that has runs that take long notes their keys in a file of its
//! own, which counts as long as the process holds the byte of the lock file that belongs to it.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    fmt,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use super::{
    bytes::{from_epoch_ns, since_epoch_ns},
    disk::{Files, LockState, unreadable},
    layout::{self, inside},
    locking::{Locking, PROCESS_BYTES, host, machine, pid},
    notes::JsonNote,
};
use crate::{
    base::{Error, locked, rough_timestamp},
    value::{
        Digest, Key,
        json::{Layout, Object, Shown, json, object},
    },
};

/// The locks of a store.
pub(crate) struct Locks {
    locking: Arc<Locking>,
    pub(crate) announcements: Announcements,
    /// The bytes that this store has locked for keys, and since when.
    held: Mutex<HashMap<u64, SystemTime>>,
    /// The bytes of keys that another process had when this store last tried to lock them.
    contended: Mutex<HashSet<u64>>,
}

/// The lock of a key, where there are locks; elsewhere it excludes only the other threads of this process. It is given back
/// when this is dropped or the process ends, however it ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct Lock<'a> {
    locks: &'a Locks,
    pub(super) key: Key,
    /// Whether it outlives this: it is given back by [`Locks::unlock`].
    pub(super) is_passed_on: bool,
}

/// The lock of one byte, until this is dropped or the process ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct ByteLock<'a> {
    locking: &'a Locking,
    byte: u64,
}

impl Locks {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            locking: Arc::clone(locking),
            announcements: Announcements::new(locking),
            held: Mutex::default(),
            contended: Mutex::default(),
        }
    }

    /// Locks a key; `None` if another thread or process has it, or a run's process that outlives its parent. Never waits.
    pub(super) fn lock(&self, key: Key) -> Result<Option<Lock<'_>>, Error> {
        let byte = key_byte(key);
        // Noted first, as another thread of this process would be given the same lock.
        match locked(&self.held).entry(byte) {
            Entry::Occupied(_) => return Ok(None),
            Entry::Vacant(entry) => entry.insert(SystemTime::now()),
        };
        let is_locked = self.locking.lock(byte);
        if !matches!(is_locked, Ok(true)) {
            locked(&self.held).remove(&byte);
            locked(&self.contended).insert(byte);
            return is_locked.map(|_| None);
        }
        let lock = Lock {
            locks: self,
            key,
            is_passed_on: false,
        };
        // Without locks, each attempt has a directory of its own.
        if !self.locking.is_lockless()? && self.locking.is_locked(code_byte(key))? {
            locked(&self.contended).insert(byte);
            return Ok(None);
        }
        Ok(Some(lock))
    }

    /// Returns whether this store still has a key that it locked.
    pub(super) fn keeps(&self, key: Key) -> Result<LockState, Error> {
        self.locking.keeps(key_byte(key))
    }

    /// Returns whether another process had a key since this was last asked.
    pub(super) fn was_contended(&self, key: Key) -> bool {
        locked(&self.contended).remove(&key_byte(key))
    }

    /// Gives back the lock of a key.
    pub(super) fn unlock(&self, key: Key) {
        let byte = key_byte(key);
        self.announcements.withdraw(key);
        self.locking.unlock(byte);
        locked(&self.held).remove(&byte);
    }

    /// Returns the process that is doing a run, if there is one. Writes nothing.
    ///
    /// # Errors
    ///
    /// If the locks or notes cannot be read.
    pub(crate) fn holder(&self, key: Key) -> Result<Option<Holder>, Error> {
        let byte = key_byte(key);
        if let Some(since) = locked(&self.held).get(&byte) {
            return Ok(Some(Holder::this(*since)));
        }
        if !self.locking.is_locked(byte)? {
            return Ok(None);
        }
        self.announcements.find(key).map(Some)
    }

    /// Notes for other processes that this one is doing a run; for runs that take long.
    ///
    /// # Errors
    ///
    /// If the note cannot be written.
    pub(crate) fn announce(&self, key: Key) -> Result<(), Error> {
        let since = locked(&self.held).get(&key_byte(key)).copied();
        since.map_or(Ok(()), |since| self.announcements.add(key, since))
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
        let number = machine().unwrap_or_else(|| Digest::of(host().as_bytes()).low());
        self.lock_byte(PROCESS_BYTES | (number >> 2))
    }

    fn lock_byte(&self, byte: u64) -> Result<Option<ByteLock<'_>>, Error> {
        let locking = &self.locking;
        let is_locked = locking.lock(byte)?;
        Ok(is_locked.then_some(ByteLock { locking, byte }))
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

/// One of the bytes for processes that is as good as never another's.
fn derived_byte(what: &str, number: u64) -> u64 {
    PROCESS_BYTES | (Digest::of(format!("{what} {number:016x}").as_bytes()).low() >> 2)
}

/// The process that is doing a run, as far as it is noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) host: Option<String>,
    pub(crate) pid: Option<u32>,
    pub(crate) since: Option<SystemTime>,
}

/// The file in which this process notes its long runs, and those of others.
pub(crate) struct Announcements {
    locking: Arc<Locking>,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    /// The number that names the file and stands for the byte.
    number: Option<u64>,
    keys: HashSet<Key>,
}

impl Announcements {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            locking: Arc::clone(locking),
            noted: Mutex::default(),
        }
    }

    /// Returns the process that noted that it is doing a run; an unknown one if none did. Writes nothing.
    pub(super) fn find(&self, key: Key) -> Result<Holder, Error> {
        for number in self.processes()? {
            if let Some(note) = self.note(number)?
                && let Some(holder) = holder_in(&note, key)
                && self.locking.is_locked(process_byte(number))?
            {
                return Ok(holder);
            }
        }
        Ok(Holder::default())
    }

    /// Reads the note of a process. One that is damaged, or that this user may not read, tells nothing.
    fn note(&self, number: u64) -> Result<Option<Vec<u8>>, Error> {
        let note = self.locking.files.bytes(&note_path(number), |_| None);
        note.or_else(|error| unreadable(error).map(|_| None))
    }

    /// Returns when the first long run started of the programs that still run; an error if the locks or notes cannot be read.
    pub(crate) fn working_since(&self) -> Result<Option<SystemTime>, Error> {
        let mut first: Option<SystemTime> = None;
        for number in self.processes()? {
            if let Some(note) = self.note(number)?
                && self.locking.is_locked(process_byte(number))?
            {
                let mut lines = note.split(|&byte| byte == b'\n');
                let since = lines.find_map(|line| JsonNote::read(line)?.number("since_ns"));
                first = first.into_iter().chain(since.map(from_epoch_ns)).min();
            }
        }
        Ok(first)
    }

    /// Notes that this process is doing a run.
    pub(super) fn add(&self, key: Key, since: SystemTime) -> Result<(), Error> {
        // Without locks, nothing could tell when a note is outdated.
        if self.locking.is_lockless()? {
            return Ok(());
        }
        let mut noted = locked(&self.noted);
        if noted.keys.contains(&key) {
            return Ok(());
        }
        let number = match noted.number {
            Some(number) => number,
            None => *noted.number.insert(self.start_note()?),
        };
        self.add_line(number, "runs", |line| {
            line.put("key", Shown(key))
                .put("since_ns", since_epoch_ns(since));
        })?;
        noted.keys.insert(key);
        Ok(())
    }

    /// Takes back what was noted of a run.
    pub(super) fn withdraw(&self, key: Key) {
        let mut noted = locked(&self.noted);
        if noted.keys.remove(&key)
            && let Some(number) = noted.number
        {
            // Without the line, the note says too much until the process ends, but only of a key that is locked.
            let _ = self.add_line(number, "ended", |line| {
                line.put("key", Shown(key));
            });
        }
    }

    fn start_note(&self) -> Result<u64, Error> {
        let files = &self.locking.files;
        files
            .make_internal(layout::PROCESSES)
            .map_err(files.at("make", layout::PROCESSES))?;
        self.remove_dead_notes()?;
        let number = self.locking.number();
        if self.locking.lock(process_byte(number))? {
            self.add_line(number, "process", |line| {
                line.put("host", host()).put("pid", pid());
            })?;
        }
        Ok(number)
    }

    /// Removes the notes of processes that were killed.
    fn remove_dead_notes(&self) -> Result<(), Error> {
        let Files { disk, .. } = &self.locking.files;
        for number in self.processes()? {
            let byte = process_byte(number);
            if self.locking.lock(byte)? {
                let _ = disk.remove_file(&note_path(number));
                let unlocked = disk.unlock(byte);
                unlocked.map_err(|error| self.locking.error(error))?;
            }
        }
        Ok(())
    }

    /// Adds a line to this process's file. The last one about a key counts.
    fn add_line(
        &self,
        number: u64,
        kind: &str,
        members: impl FnOnce(&mut Object<'_>),
    ) -> Result<(), Error> {
        let path = note_path(number);
        let line = object(|line| members(line.put("line", kind)));
        let line = json(line, Layout::Compact) + "\n";
        let files = &self.locking.files;
        let added = files.disk.append(&path, line.as_bytes());
        added.map_err(files.at("write", &path))
    }

    fn processes(&self) -> Result<Vec<u64>, Error> {
        let mut numbers = Vec::new();
        self.locking.files.list(layout::PROCESSES, &mut |name| {
            let number = u64::from_str_radix(name, 16).ok();
            numbers.extend(number.filter(|_| name.len() == 16));
        })?;
        Ok(numbers)
    }
}

impl Drop for Announcements {
    fn drop(&mut self) {
        if let Some(number) = locked(&self.noted).number {
            // If it stays, the next process that writes such a note removes it.
            let _ = self.locking.files.disk.remove_file(&note_path(number));
            self.locking.unlock(process_byte(number));
        }
    }
}

impl Holder {
    /// This process, which has been doing a run since then.
    pub(super) fn this(since: SystemTime) -> Self {
        Self {
            host: Some(host().to_owned()),
            pid: Some(pid()),
            since: Some(since),
        }
    }

    /// Returns whether it is this process.
    pub(super) fn is_self(&self) -> bool {
        self.pid == Some(pid()) && self.host.as_deref() == Some(host())
    }
}

fn holder_in(note: &[u8], key: Key) -> Option<Holder> {
    let mut holder = Holder::default();
    for line in note.split(|&byte| byte == b'\n') {
        // The last line may still be in the writing.
        let Some(mut line) = JsonNote::read(line) else {
            continue;
        };
        let is_of_key = line.text("key").and_then(|text| Key::parse(&text)) == Some(key);
        match line.text("line").as_deref() {
            Some("process") => {
                holder.host = line.text("host");
                holder.pid = line.number("pid");
            }
            Some("runs") if is_of_key => {
                holder.since = line.number("since_ns").map(from_epoch_ns);
            }
            Some("ended") if is_of_key => holder.since = None,
            _ => {}
        }
    }
    holder.since.is_some().then_some(holder)
}

fn process_byte(number: u64) -> u64 {
    PROCESS_BYTES | (number >> 2)
}

fn note_path(number: u64) -> String {
    inside(layout::PROCESSES, &format!("{number:016x}"))
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("another process")?,
        }
        if let Some(host) = &self.host {
            write!(f, " on {host}")?;
        }
        if let Some(since) = self.since {
            write!(f, " since {}", rough_timestamp(since))?;
        }
        Ok(())
    }
}
