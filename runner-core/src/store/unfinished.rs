//! [`Unfinished`]: the directory of an attempt that no lock protects.
//!
//! Its name says which process made it. Only on the same machine can anyone tell that this process is gone.

use std::io;

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

use super::directory::Directory;
use super::{base::Store, failure::pid};
use crate::base::Error;

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

impl Store {
    /// Makes an empty directory that nobody else has, for a run that is to be published in turn. Removes what earlier attempts
    /// left that are certainly over: those of this store, as the key is locked in it, and of processes that are gone.
    pub(super) fn make_unfinished(&self, run: &str, short: u64) -> Result<String, Error> {
        for (name, left) in self.listing()?.unfinished() {
            if left.short == short && left.is_abandoned() {
                self.remove_leftover(name)?;
            }
        }
        let machine = machine().unwrap_or(0);
        let name = format!(
            "{run}.{machine:016x}-{}-{:016x}{SUFFIX}",
            pid(),
            self.number()
        );
        let made = match self.disk.make_directory(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.remove_leftover(&name)?;
                self.disk.make_directory(&name)
            }
            made => made,
        };
        made.map_err(self.at("make", &name))?;
        Ok(name)
    }
}

/// What tells apart the machines, and the parts of one, in which numbers of processes mean different ones; nothing if that is
/// not known.
#[cfg(target_os = "linux")]
pub(super) fn machine() -> Option<u64> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let machine = crate::value::Digest::of(format!("{boot} {}", processes.display()).as_bytes());
    Some(machine.low()).filter(|&machine| machine != 0)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn machine() -> Option<u64> {
    None
}
