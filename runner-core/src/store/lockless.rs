//! [`Locking`]: whether the file system gives locks, and what a store does where it refuses them.
//!
//! A store that is refused its first lock leaves a mark, and from then on everyone publishes in turns, which needs no locks: one
//! that is granted all the same only saves work.

use std::{
    io,
    sync::{OnceLock, PoisonError, RwLock},
    time::SystemTime,
};

use nix::errno::Errno;

use super::{
    base::Store,
    disk::{Create, Durable},
    failure::{host, pid},
    layout,
    result_file::since_epoch_ns,
};
use crate::{base::Error, value::Digest};

/// A byte that is locked only to see whether that works.
const TRIAL_BYTE: u64 = (1 << 63) - 2;

const MARK: &str = "A process could not lock files in this directory, so runs are published without locks from now on.\n";

/// What is known of the locks of a file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Locking {
    #[default]
    Unknown,
    /// Nobody was refused a lock, as far as the mark tells; this store has not tried.
    Unmarked,
    Given,
    Refused,
}

/// What a store knows of locks, and what it is known by where there are none.
#[derive(Debug, Default)]
pub(super) struct Lockless {
    locking: RwLock<Locking>,
    number: OnceLock<u64>,
}

impl Store {
    /// Tries whether there are locks, before anything runs; answers with what people should know if there are none.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(crate) fn try_locks(&self) -> Result<Option<String>, Error> {
        // Another process may have left the mark since this store looked.
        self.learn(Locking::Unknown);
        if self.lock_byte(TRIAL_BYTE)? {
            let _ = self.disk.unlock(TRIAL_BYTE);
        }
        Ok(self.is_lockless()?.then(|| {
            format!(
                "`{}` has no locks (they were refused, see {}): what several processes run at the same time may run twice, \
                 and one result of each counts",
                self.root().display(),
                layout::LOCKLESS,
            )
        }))
    }

    /// Whether runs are published in turns, as locks were refused to somebody.
    pub(super) fn is_lockless(&self) -> Result<bool, Error> {
        match self.locking() {
            Locking::Given | Locking::Unmarked => return Ok(false),
            Locking::Refused => return Ok(true),
            Locking::Unknown => {}
        }
        let is_marked = self
            .disk
            .exists(layout::LOCKLESS)
            .map_err(self.at("look for", layout::LOCKLESS))?;
        self.learn(if is_marked {
            Locking::Refused
        } else {
            Locking::Unmarked
        });
        Ok(is_marked)
    }

    /// Locks a byte; false if another process has it. Where the first lock is refused, every byte is free.
    pub(super) fn lock_byte(&self, byte: u64) -> Result<bool, Error> {
        let is_lockless = self.is_lockless()?;
        match self.disk.try_lock(byte) {
            Err(error) if is_lockless && is_refused(&error) => Ok(true),
            // Locks that worked and then do not are an error: who has one relies on it.
            Err(error) if self.locking() == Locking::Unmarked && is_refused(&error) => {
                self.mark()?;
                Ok(true)
            }
            Err(error) => Err(self.lock_error(error)),
            Ok(is_locked) => {
                if !is_lockless {
                    self.learn(Locking::Given);
                }
                Ok(is_locked)
            }
        }
    }

    /// Tells everyone, durably and before anything is published without locks.
    fn mark(&self) -> Result<(), Error> {
        let write = || {
            self.make_notes(layout::INTERNAL)?;
            let bytes = MARK.as_bytes();
            self.disk
                .write(layout::LOCKLESS, bytes, Create::Replace, Durable::Now)?;
            self.disk.sync_directory(layout::INTERNAL)?;
            self.disk.sync_directory(layout::ROOT)
        };
        write().map_err(self.at("note that there are no locks in", layout::LOCKLESS))?;
        self.learn(Locking::Refused);
        Ok(())
    }

    /// A number that no other store has, wherever it is.
    pub(super) fn number(&self) -> u64 {
        *self.lockless.number.get_or_init(|| {
            let now = since_epoch_ns(SystemTime::now());
            let who = format!("{} {} {now} {:p}", host(), pid(), self);
            Digest::of(who.as_bytes()).low()
        })
    }

    /// The name under which a file is written that then takes the place of `path`: with locks, nobody else writes it.
    pub(super) fn partial_of(&self, path: &str) -> Result<String, Error> {
        Ok(if self.is_lockless()? {
            format!("{path}.{:016x}.partial", self.number())
        } else {
            format!("{path}.partial")
        })
    }

    fn locking(&self) -> Locking {
        let locking = self.lockless.locking.read();
        *locking.unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, locking: Locking) {
        let current = self.lockless.locking.write();
        *current.unwrap_or_else(PoisonError::into_inner) = locking;
    }
}

/// Whether an error says that the file system has no locks.
pub(super) fn is_refused(error: &io::Error) -> bool {
    let refused = [
        Errno::ENOLCK,
        Errno::ENOTSUP,
        Errno::EOPNOTSUPP,
        Errno::EINVAL,
        Errno::ENOSYS,
    ];
    refused
        .iter()
        .any(|&errno| error.raw_os_error() == Some(errno as i32))
}
