//! [`Announcements`]: notes about the processes that store here and their long runs; [`Holder`], the process that has a run.
//!
//! A lock itself tells only that a process has it. So each process that is to run something has a file of its own, which counts
//! as long as the process holds the byte of the lock file that belongs to it. A process that lives without holding that byte, as far as
//! can be seen here, is the proof that locks are not seen by everybody.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use super::{
    bytes::{from_epoch_ns, since_epoch_ns},
    disk::unreadable,
    layout::{self, inside},
    locking::{Locking, PROCESS_BYTES, host, is_over, machine, pid, process_start},
    notes::JsonNote,
};
use crate::{
    base::{Error, locked, rough_timestamp},
    value::{
        Key,
        json::{Layout, Object, Shown, json, object},
    },
};

/// How long a process may take to end, or to lock its byte again after the lock file was removed.
const ENDING_MAX: Duration = Duration::from_millis(1500);
const ENDING_TICK: Duration = Duration::from_millis(50);
/// How long it takes until every process has seen that locks do not hold: they look every second.
const NOTICED_AFTER: Duration = Duration::from_millis(1100);

/// The process that is doing a run, as far as it is noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) host: Option<String>,
    pub(crate) pid: Option<u32>,
    pub(crate) since: Option<SystemTime>,
    /// Whether it is gone for certain: a process that it left behind has its locks then.
    pub(crate) is_gone: bool,
    /// A process that is gone, and may have left behind what has the lock, if that is not known.
    pub(crate) left_by: Option<u32>,
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

    /// Returns the process that noted that it is doing a run, one that is not gone if there is one. Short runs are not noted: if
    /// none is, but all processes that are to run something are gone, it is one of these. Otherwise it is unknown. Writes nothing.
    pub(super) fn find(&self, key: Key) -> Result<Holder, Error> {
        let (mut gone, mut left, mut lives) = (None, None, false);
        for number in self.processes()? {
            let Some(note) = self.note(number)? else {
                continue;
            };
            if !self.locking.is_locked(process_byte(number))? {
                continue;
            }
            let is_gone = Author::read(&note).is_some_and(|author| author.is_gone());
            let mut holder = holder_in(&note, key);
            holder.is_gone = is_gone;
            match (holder.since.is_some(), is_gone) {
                (true, false) => return Ok(holder),
                (true, true) => gone = Some(holder),
                (false, true) => left = Some(holder),
                (false, false) => lives = true,
            }
        }
        Ok(match (gone, left) {
            (Some(gone), _) => gone,
            (None, Some(left)) if lives => Holder {
                left_by: left.pid,
                ..Holder::default()
            },
            (None, left) => left.unwrap_or_default(),
        })
    }

    /// Returns a process that is gone while something that it left behind still has its locks.
    pub(crate) fn left_by(&self) -> Result<Option<u32>, Error> {
        for number in self.processes()? {
            if let Some(author) = self.note(number)?.and_then(|note| Author::read(&note))
                && self.locking.is_locked(process_byte(number))?
                && author.is_gone()
            {
                return Ok(Some(author.pid));
            }
        }
        Ok(None)
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
            None => *noted.number.insert(self.write_note()?),
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

    /// Notes that this process is at work here, and looks at those of others: at the latest of two sees the other one.
    pub(super) fn register(&self) -> Result<(), Error> {
        let own = {
            let mut noted = locked(&self.noted);
            match noted.number {
                Some(number) => number,
                None => *noted.number.insert(self.write_note()?),
            }
        };
        for number in self.processes()? {
            if number != own {
                self.look_at(number)?;
            }
        }
        Ok(())
    }

    fn write_note(&self) -> Result<u64, Error> {
        let files = &self.locking.files;
        files
            .make_internal(layout::PROCESSES)
            .map_err(files.at("make", layout::PROCESSES))?;
        let number = self.locking.number();
        if self.locking.lock(process_byte(number))? {
            self.add_line(number, "process", |line| {
                line.put("host", host())
                    .put("pid", pid())
                    .put_some(
                        "machine",
                        machine()
                            .map(|machine| format!("{machine:016x}"))
                            .as_deref(),
                    )
                    .put_some("start", process_start(pid()));
            })?;
        }
        Ok(number)
    }

    /// Removes the note of a process that was killed. If the process lives, its lock cannot be seen here: notes that for all.
    fn look_at(&self, number: u64) -> Result<(), Error> {
        let mut living = None;
        for _ in 0..ENDING_MAX.as_millis() / ENDING_TICK.as_millis() {
            if self.locking.is_locked(process_byte(number))? || self.locking.is_lockless()? {
                return Ok(());
            }
            living = self.living(number)?;
            if living.is_none() {
                // Without its lock, which would look as if something that the process left behind had it.
                let _ = self.locking.files.disk.remove_file(&note_path(number));
                return Ok(());
            }
            thread::sleep(ENDING_TICK);
        }
        living.map_or(Ok(()), |pid| {
            let why = format!(
                "process {} on {} does not see the locks of process {pid} there",
                self::pid(),
                host()
            );
            self.locking.mark(&why)?;
            thread::sleep(NOTICED_AFTER);
            Ok(())
        })
    }

    /// Returns the number of a process on this machine that has written a note and lives.
    fn living(&self, number: u64) -> Result<Option<u32>, Error> {
        let note = self.note(number)?;
        Ok(note.and_then(|note| Author::read(&note)?.living()))
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
            is_gone: false,
            left_by: None,
        }
    }

    /// Returns whether it is this process.
    pub(super) fn is_self(&self) -> bool {
        self.pid == Some(pid()) && self.host.as_deref() == Some(host())
    }
}

/// The process that wrote a note, as it can be told from all others.
struct Author {
    machine: u64,
    pid: u32,
    start: u64,
}

impl Author {
    fn read(note: &[u8]) -> Option<Self> {
        let mut line = JsonNote::read(note.split(|&byte| byte == b'\n').next()?)?;
        Some(Self {
            machine: u64::from_str_radix(&line.text("machine")?, 16).ok()?,
            pid: line.number("pid")?,
            start: line.number("start")?,
        })
    }

    /// Returns whether it is of this machine and has ended.
    fn is_gone(&self) -> bool {
        machine() == Some(self.machine)
            && process_start(self.pid)
                .map_or_else(|| is_over(self.pid), |start| start != self.start)
    }

    /// Returns its number if it lives on this machine.
    fn living(&self) -> Option<u32> {
        let is_here = machine() == Some(self.machine);
        (is_here && process_start(self.pid) == Some(self.start)).then_some(self.pid)
    }
}

/// Returns the process of a note, and since when it has been doing a run.
fn holder_in(note: &[u8], key: Key) -> Holder {
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
    holder
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
        if self.is_gone {
            f.write_str(
                ", which is gone: a process that it left behind has its lock (`fuser .runner/locks` names it); end that one",
            )?;
        }
        match self.left_by {
            Some(pid) => write!(f, "{}", LeftBy(pid)),
            None => Ok(()),
        }
    }
}

/// Says that a lock may belong to what a process left behind.
pub(crate) struct LeftBy(pub(crate) u32);

impl fmt::Display for LeftBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            ", perhaps one that process {} left behind, which is gone: `fuser .runner/locks` names it, then end it",
            self.0
        )
    }
}
