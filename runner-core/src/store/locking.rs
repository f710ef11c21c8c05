//! [`Locking`]: whether the file system gives locks, what a store does where it refuses them, and the names of this process and
//! machine.
//!
//! A store that is refused its first lock leaves a mark. From then on every process publishes in turns, which needs no
//! locks: one that is granted all the same only saves work.

use std::{
    io,
    sync::{OnceLock, PoisonError, RwLock},
    time::SystemTime,
};

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

use super::{
    bytes::since_epoch_ns,
    disk::{Create, Durable, Files, LockState},
    layout,
};
use crate::{base::Error, value::Digest};

/// The bytes below this one are locked for keys, those from it on for processes and what they are doing.
pub(super) const PROCESS_BYTES: u64 = 1 << 62;
/// A byte that is locked only to see whether that works.
const TRIAL_BYTE: u64 = (1 << 63) - 2;

const MARK: &str = "Runs are published without locks in this directory from now on";

/// The bytes of the lock file, as far as there are locks.
pub(crate) struct Locking {
    pub(super) files: Files,
    known: RwLock<LockSupport>,
    number: OnceLock<u64>,
}

/// Knowledge of the locks of a file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LockSupport {
    #[default]
    Nothing,
    /// There is no mark, and this store has not tried.
    Unmarked,
    Given,
    Refused,
}

impl Locking {
    pub(super) fn new(files: Files) -> Self {
        Self {
            files,
            known: RwLock::default(),
            number: OnceLock::new(),
        }
    }

    /// Tries whether there are locks, and looks how far they reach.
    pub(super) fn try_locks(&self) -> Result<(), Error> {
        // Another process may have left the mark since this store looked.
        self.learn(LockSupport::Nothing);
        if self.lock(TRIAL_BYTE)? {
            self.unlock(TRIAL_BYTE);
        }
        self.files.disk.keep_spare();
        match self.files.disk.near_locks() {
            Some(why) if !self.is_lockless()? => self.mark(&why),
            _ => Ok(()),
        }
    }

    /// Returns a note for people if there are no locks.
    pub(super) fn note(&self) -> Result<Option<String>, Error> {
        if !self.is_lockless()? {
            return Ok(None);
        }
        Ok(Some(format!(
            "`{}` has no locks that every program sees ({} says why): what several processes run at the same time may run \
             twice, and one result of each counts",
            self.files.root.display(),
            layout::LOCKLESS,
        )))
    }

    /// Returns whether runs are published in turns, as a store was refused a lock.
    pub(super) fn is_lockless(&self) -> Result<bool, Error> {
        match self.known() {
            LockSupport::Given | LockSupport::Unmarked => return Ok(false),
            LockSupport::Refused => return Ok(true),
            LockSupport::Nothing => {}
        }
        let is_marked = self.files.exists(layout::LOCKLESS)?;
        self.learn(if is_marked {
            LockSupport::Refused
        } else {
            LockSupport::Unmarked
        });
        Ok(is_marked)
    }

    /// Locks a byte; false if another process has it. Where the first lock is refused, every byte is free.
    pub(super) fn lock(&self, byte: u64) -> Result<bool, Error> {
        let is_lockless = self.is_lockless()?;
        match self.files.disk.try_lock(byte) {
            Err(error) if is_lockless && is_refused(&error) => Ok(true),
            // Locks that worked and then do not are an error: their holders rely on them.
            Err(error) if self.known() == LockSupport::Unmarked && is_refused(&error) => {
                self.mark(&format!("a lock was refused on {}: {error}", host()))?;
                Ok(true)
            }
            Err(error) => Err(self.error(error)),
            Ok(is_locked) => {
                if !is_lockless {
                    self.learn(LockSupport::Given);
                }
                Ok(is_locked)
            }
        }
    }

    /// Returns whether this store still has a byte that it locked; see [`Disk::keeps_lock`](super::disk::Disk::keeps_lock).
    pub(super) fn keeps(&self, byte: u64) -> Result<LockState, Error> {
        if self.is_lockless()? {
            return Ok(LockState::Kept);
        }
        let kept = self.files.disk.keeps_lock(byte);
        kept.map_err(|error| self.error(error))
    }

    /// Looks whether another process has found out that locks do not hold here, and whether the lock file was removed or replaced.
    /// If so, locks in the new one what this store has, before another program can.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(crate) fn keep(&self) -> Result<(), Error> {
        if !self.is_lockless()? && self.files.exists(layout::LOCKLESS)? {
            self.learn(LockSupport::Refused);
        }
        self.keeps(TRIAL_BYTE).map(|_| ())
    }

    /// Tells every process, durably and before anything is published without locks.
    pub(super) fn mark(&self, why: &str) -> Result<(), Error> {
        let Files { disk, .. } = &self.files;
        self.files
            .make_internal(layout::INTERNAL)
            .and_then(|()| {
                let text = format!("{MARK}: {why}.\n");
                disk.write(
                    layout::LOCKLESS,
                    text.as_bytes(),
                    Create::Replace,
                    Durable::Now,
                )
            })
            .and_then(|()| disk.sync_directory(layout::INTERNAL))
            .and_then(|()| disk.sync_directory(layout::ROOT))
            .map_err(
                self.files
                    .at("note that there are no locks in", layout::LOCKLESS),
            )?;
        self.learn(LockSupport::Refused);
        Ok(())
    }

    pub(super) fn unlock(&self, byte: u64) {
        // If this fails, the lock is given back at the end of the process.
        let _ = self.files.disk.unlock(byte);
    }

    /// Returns whether another process has this byte. Writes nothing.
    pub(super) fn is_locked(&self, byte: u64) -> Result<bool, Error> {
        match self.files.disk.is_locked(byte) {
            // Nothing can tell.
            Err(error) if is_refused(&error) => Ok(false),
            result => result.map_err(|error| self.error(error)),
        }
    }

    /// Names the lock file in an error of the disk.
    pub(super) fn error(&self, error: io::Error) -> Error {
        let is_refused = is_refused(&error);
        let is_absent = error.kind() == io::ErrorKind::NotFound;
        let error = self.files.at("lock", layout::LOCKS)(error);
        if is_absent {
            return error.with_hint("there is a link that leads nowhere: remove it");
        }
        if is_refused {
            error.with_hint(
                "locks worked here before: what had finished is kept, so start again; for NFS, look whether its lock service \
                 is running",
            )
        } else {
            error
        }
    }

    /// A number that no other store has, wherever it is.
    pub(super) fn number(&self) -> u64 {
        *self.number.get_or_init(|| {
            let now = since_epoch_ns(SystemTime::now());
            let who = format!("{} {} {now} {:p}", host(), pid(), self);
            Digest::of(who.as_bytes()).low()
        })
    }

    fn known(&self) -> LockSupport {
        let known = self.known.read();
        *known.unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, known: LockSupport) {
        let current = self.known.write();
        *current.unwrap_or_else(PoisonError::into_inner) = known;
    }
}

/// Returns whether an error says that the file system has no locks.
pub(super) fn is_refused(error: &io::Error) -> bool {
    let refused = [
        Errno::ENOLCK,
        Errno::ENOTSUP,
        Errno::EOPNOTSUPP,
        Errno::EINVAL,
        Errno::ENOSYS,
    ];
    let is_one = |errno: &Errno| error.raw_os_error() == Some(*errno as i32);
    // The kernel's own `ENOTSUPP`, which NFS lets through.
    refused.iter().any(is_one) || error.raw_os_error() == Some(524)
}

/// The name of this machine.
pub(super) fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        nix::unistd::gethostname().map_or_else(
            |_| "unknown".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    })
}

/// The number of this process, without a system call each time.
pub(super) fn pid() -> u32 {
    static PID: OnceLock<u32> = OnceLock::new();
    *PID.get_or_init(std::process::id)
}

/// A number for this machine, or the part of it in which process numbers mean the same processes; `None` if it is unknown.
#[cfg(target_os = "linux")]
pub(super) fn machine() -> Option<u64> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let machine = Digest::of(format!("{boot} {}", processes.display()).as_bytes());
    Some(machine.low()).filter(|&machine| machine != 0)
}

/// When a process on this machine was started, in ticks since its boot; `None` if it is gone or has ended, or that is unknown.
pub(super) fn process_start(pid: u32) -> Option<u64> {
    let (start, is_over) = process_stat(pid)?;
    (!is_over).then_some(start)
}

/// Returns whether there is certainly no such process on this machine, or only its remains. Those of other users may be hidden.
pub(super) fn is_over(pid: u32) -> bool {
    let known = i32::try_from(pid).map(Pid::from_raw);
    known.is_ok_and(|pid| kill(pid, None) == Err(Errno::ESRCH))
        || process_stat(pid).is_some_and(|(_, is_over)| is_over)
}

/// Returns the start of a process and whether it has ended and is still known.
#[cfg(target_os = "linux")]
fn process_stat(pid: u32) -> Option<(u64, bool)> {
    let about = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before may hold anything.
    let mut fields = about.rsplit_once(')')?.1.split_whitespace();
    let is_over = matches!(fields.next()?, "Z" | "X");
    Some((fields.nth(18)?.parse().ok()?, is_over))
}

#[cfg(not(target_os = "linux"))]
fn process_stat(_: u32) -> Option<(u64, bool)> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn machine() -> Option<u64> {
    None
}
