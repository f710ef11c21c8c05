//! [`Disk`]: the few operations on files that the store is made of.

use std::io;

/// A place for files. All paths are relative to the output directory, which is called `.`.
///
/// Operations on names take effect at once and in order for every process; what survives a crash of the machine is
/// only what was synced. Tests put a disk here that crashes at every operation.
pub(crate) trait Disk: Send + Sync {
    /// Reads a file into the start of `buffer`, which grows only when it is full, and returns their number.
    ///
    /// Asks for the end of the file unless `is_whole` says that nothing can follow.
    fn read(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
        is_whole: fn(&[u8]) -> bool,
    ) -> io::Result<usize>;

    /// Calls `each` for every name in a directory that is UTF-8, as all names of the store are.
    fn list(&self, path: &str, each: &mut dyn FnMut(&str)) -> io::Result<()>;

    /// Returns whether anything has this name, even a link that leads nowhere.
    fn exists(&self, path: &str) -> io::Result<bool>;

    fn make_directory(&self, path: &str) -> io::Result<()>;

    fn write(&self, path: &str, bytes: &[u8], create: Create, durable: Durable) -> io::Result<()>;

    /// Adds to the end of a file, which is made if need be.
    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    fn remove_file(&self, path: &str) -> io::Result<()>;

    /// Removes a directory and what is in it; a link is removed, not followed.
    fn remove_tree(&self, path: &str) -> io::Result<()>;

    /// The bytes of the files in a directory, links not followed; `None` if it is itself a link or no directory.
    fn tree_bytes(&self, path: &str) -> io::Result<Option<u64>>;

    /// Makes the names in a directory durable.
    fn sync_directory(&self, path: &str) -> io::Result<()>;

    /// Makes the results in these directories durable, with the directories themselves.
    fn sync_runs(&self, directories: &[String]) -> io::Result<()>;

    /// The same even with [`Durability::LeftToSystem`], before something durable is removed for these results.
    fn sync_replacing_runs(&self, directories: &[String]) -> io::Result<()>;

    /// Locks one byte of the lock file for this process; false if another one has it. Never waits.
    fn try_lock(&self, byte: u64) -> io::Result<bool>;

    fn unlock(&self, byte: u64) -> io::Result<()>;

    /// Returns whether another process has this byte. Writes nothing.
    fn is_locked(&self, byte: u64) -> io::Result<bool>;

    /// Lets others know, until the process ends, that this one may publish runs under changing names.
    fn arrive(&self) -> io::Result<()>;

    /// Returns the number of arrivals ever, if this process is the only one there now; `None` if it is not, or that cannot be known.
    fn arrivals_if_alone(&self) -> io::Result<Option<u64>>;
}

/// The treatment of a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    /// It is written over.
    Replace,
    /// It stays, and the operation fails.
    New,
}

/// Whether an operation returns before its effect is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durable {
    Now,
    Later,
}

/// How a store may use its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing is made or written; a directory that does not exist is an empty store.
    Read,
    Write,
}

/// Whether a result counts only when it is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Promised,
    /// It counts at once; a crash of the machine may lose the last of them.
    LeftToSystem,
}
