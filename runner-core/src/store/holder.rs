//! [`Holder`]: the process that is doing a run.
//!
//! The lock itself tells only that a process has it. A process that has runs that take long notes their keys in a file of its
//! own, which counts as long as the process holds the byte of the lock file that belongs to it.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use super::{
    bytes::{from_epoch_ns, since_epoch_ns},
    files::Files,
    layout::{self, inside},
    locking::{Locking, PROCESS_BYTES},
    notes::JsonNote,
    process::{host, pid},
};
use crate::{
    base::{Error, locked},
    value::{
        Key,
        json::{Layout, Object, Shown, json, object},
    },
};

/// The process that is doing a run, as far as it is noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) host: Option<String>,
    pub(crate) pid: Option<u32>,
    pub(crate) since: Option<SystemTime>,
}

/// The file in which this process notes its long runs, and those of others.
pub(super) struct Announcements {
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
            if let Some(note) = self.locking.files.bytes(&note_path(number))?
                && let Some(holder) = holder_in(&note, key)
                && self.locking.is_locked(process_byte(number))?
            {
                return Ok(holder);
            }
        }
        Ok(Holder::default())
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
            write!(f, " since {}", humantime::format_rfc3339_seconds(since))?;
        }
        Ok(())
    }
}
