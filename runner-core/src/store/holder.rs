//! [`Holder`]: who is doing a run.
//!
//! The lock itself tells only that somebody has it. A process that has runs that take long notes their keys in a file of its
//! own, which counts as long as the process holds the byte of the lock file that belongs to it.

use std::{
    collections::HashSet,
    fmt, io,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{
    base::Store,
    failure::{host, parse_key, pid},
    layout::{self, inside},
    lock::{PROCESS_BYTES, key_byte},
    result_file::since_epoch_ns,
};
use crate::base::locked;
use crate::{base::Error, value::Key};

/// Who is doing a run; what was not noted is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) host: Option<String>,
    pub(crate) pid: Option<u32>,
    pub(crate) since: Option<SystemTime>,
}

/// What this process has noted.
#[derive(Debug, Default)]
pub(super) struct Announced {
    /// The number that names the file and stands for the byte.
    number: Option<u64>,
    keys: HashSet<Key>,
}

/// A line of a process's file. They are only ever added; the last one about a key counts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "lowercase")]
enum Line {
    Process { host: String, pid: u32 },
    Runs { key: String, since_ns: u64 },
    Ended { key: String },
}

impl Store {
    /// Who is doing a run, if somebody is. Writes nothing.
    ///
    /// # Errors
    ///
    /// If the locks or notes cannot be read.
    pub(crate) fn holder(&self, key: Key) -> Result<Option<Holder>, Error> {
        if let Some(since) = locked(&self.held).get(&key_byte(key)) {
            return Ok(Some(Holder {
                host: Some(host().to_owned()),
                pid: Some(pid()),
                since: Some(*since),
            }));
        }
        if !self.is_locked(key_byte(key))? {
            return Ok(None);
        }
        for number in self.processes()? {
            let path = note_path(number);
            let mut buffer = Vec::new();
            if let Some(length) = self.read(&path, &mut buffer)?
                && let Some(holder) = holder_in(&buffer[..length], key)
                && self.is_locked(process_byte(number))?
            {
                return Ok(Some(holder));
            }
        }
        Ok(Some(Holder::default()))
    }

    /// Notes that this process is doing a run, for those who look; for runs that take long.
    ///
    /// # Errors
    ///
    /// If the note cannot be written.
    pub(crate) fn announce(&self, key: Key) -> Result<(), Error> {
        let Some(since) = locked(&self.held).get(&key_byte(key)).copied() else {
            return Ok(());
        };
        // Without locks, nobody could tell when a note is outdated.
        if self.is_lockless()? {
            return Ok(());
        }
        let mut announced = locked(&self.announced);
        if announced.keys.contains(&key) {
            return Ok(());
        }
        let number = match announced.number {
            Some(number) => number,
            None => *announced.number.insert(self.start_note()?),
        };
        let line = Line::Runs {
            key: key.to_string(),
            since_ns: since_epoch_ns(since),
        };
        self.add_line(number, &line)?;
        announced.keys.insert(key);
        Ok(())
    }

    /// Takes back what was noted of a run.
    pub(super) fn withdraw(&self, key: Key) {
        let mut announced = locked(&self.announced);
        if announced.keys.remove(&key)
            && let Some(number) = announced.number
        {
            let line = Line::Ended {
                key: key.to_string(),
            };
            // Without the line, the note says too much until the process ends, but only of a key that someone holds.
            let _ = self.add_line(number, &line);
        }
    }

    fn start_note(&self) -> Result<u64, Error> {
        self.make_notes(layout::PROCESSES)
            .map_err(self.at("make", layout::PROCESSES))?;
        self.remove_dead_notes()?;
        let number = self.number();
        if self.lock_byte(process_byte(number))? {
            let process = Line::Process {
                host: host().to_owned(),
                pid: pid(),
            };
            self.add_line(number, &process)?;
        }
        Ok(number)
    }

    /// Removes the notes of processes that were killed.
    fn remove_dead_notes(&self) -> Result<(), Error> {
        for number in self.processes()? {
            let byte = process_byte(number);
            if self.lock_byte(byte)? {
                let _ = self.disk.remove_file(&note_path(number));
                self.disk
                    .unlock(byte)
                    .map_err(|error| self.lock_error(error))?;
            }
        }
        Ok(())
    }

    fn add_line(&self, number: u64, line: &Line) -> Result<(), Error> {
        let path = note_path(number);
        let mut bytes = serde_json::to_vec(line).unwrap_or_default();
        bytes.push(b'\n');
        self.disk
            .append(&path, &bytes)
            .map_err(self.at("write", &path))
    }

    fn processes(&self) -> Result<Vec<u64>, Error> {
        let mut numbers = Vec::new();
        let listed = self.disk.list(layout::PROCESSES, &mut |name| {
            numbers.extend(
                u64::from_str_radix(name, 16)
                    .ok()
                    .filter(|_| name.len() == 16),
            );
        });
        match listed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(numbers),
            result => result
                .map(|()| numbers)
                .map_err(self.at("list", layout::PROCESSES)),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(number) = locked(&self.announced).number {
            // What stays is removed by the next process that writes such a note.
            let _ = self.disk.remove_file(&note_path(number));
            let _ = self.disk.unlock(process_byte(number));
        }
    }
}

impl Holder {
    /// Whether it is this process.
    pub(super) fn is_self(&self) -> bool {
        self.pid == Some(pid()) && self.host.as_deref() == Some(host())
    }
}

fn holder_in(note: &[u8], key: Key) -> Option<Holder> {
    let mut holder = Holder::default();
    for line in note.split(|&byte| byte == b'\n') {
        // The last line may still be in the writing.
        match serde_json::from_slice(line) {
            Ok(Line::Process { host, pid }) => {
                holder.host = Some(host);
                holder.pid = Some(pid);
            }
            Ok(Line::Runs {
                key: text,
                since_ns,
            }) if parse_key(&text) == Some(key) => {
                holder.since = Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(since_ns));
            }
            Ok(Line::Ended { key: text }) if parse_key(&text) == Some(key) => holder.since = None,
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
