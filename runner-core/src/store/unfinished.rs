//! [`Unfinished`]: the directory of an attempt that no lock protects.
//!
//! Its name says which process made it. Only on the same machine can anyone tell that this process is gone.

use super::{
    directory::Directory,
    process::{machine, pid},
};
use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

/// Ends the name, which therefore does not end in a key: nobody looks for a result there.
const SUFFIX: &str = ".unfinished";

/// The name `<run>.<machine>-<pid>-<store>.unfinished` taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unfinished {
    /// The first 64 bits of the key.
    pub(super) short: u64,
    /// Not known where it is 0.
    machine: u64,
    pid: i32,
    /// The number of the store in that process.
    store: u64,
}

impl Unfinished {
    /// Returns the name of a directory for the store with this number, beside `run`.
    pub(super) fn name(run: &str, store: u64) -> String {
        let machine = machine().unwrap_or(0);
        format!("{run}.{machine:016x}-{}-{store:016x}{SUFFIX}", pid())
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        let (run, maker) = name.strip_suffix(SUFFIX)?.rsplit_once('.')?;
        let mut parts = maker.split('-');
        let mut part = || parts.next();
        Some(Self {
            short: Directory::parse(run)?.short,
            machine: u64::from_str_radix(part()?, 16).ok()?,
            pid: part()?.parse().ok().filter(|&pid| pid > 0)?,
            store: u64::from_str_radix(part()?, 16).ok()?,
        })
    }

    /// Whether the process that made it is certainly gone.
    pub(super) fn is_abandoned(&self) -> bool {
        machine().is_some_and(|machine| machine == self.machine)
            && kill(Pid::from_raw(self.pid), None) == Err(Errno::ESRCH)
    }
}
