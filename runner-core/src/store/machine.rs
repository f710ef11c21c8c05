//! [`Store::lock_machine`]: one run at a time on a machine.

use std::fmt;

use super::{
    base::Store,
    lock::PROCESS_BYTES,
    process::{self, host},
};
use crate::{base::Error, value::Digest};

/// The right to be the only run that measures time, among those of all processes on this machine that store here. It is given
/// back when this is dropped or the process ends.
#[must_use = "it is given back when it is dropped"]
pub(crate) struct MachineLock<'a>(&'a Store);

impl Store {
    /// Locks this machine; `None` if another process has it. The threads of this process do not exclude each other.
    ///
    /// # Errors
    ///
    /// If the file system fails, or gives no locks any more.
    pub(crate) fn lock_machine(&self) -> Result<Option<MachineLock<'_>>, Error> {
        Ok(self
            .locking
            .lock(machine_byte())?
            .then_some(MachineLock(self)))
    }
}

impl Drop for MachineLock<'_> {
    fn drop(&mut self) {
        // If this fails, the lock is given back at the end of the process.
        let _ = self.0.disk.unlock(machine_byte());
    }
}

impl fmt::Debug for MachineLock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MachineLock")
    }
}

/// The byte that stands for this machine, among those that stand for processes.
fn machine_byte() -> u64 {
    let machine = process::machine();
    let number = machine.unwrap_or_else(|| Digest::of(host().as_bytes()).low());
    PROCESS_BYTES | (number >> 2)
}
