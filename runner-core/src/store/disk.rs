//! [`Disk`]: the few operations on files that the store is made of. [`Files`]: a disk with errors that name the operation and
//! the path.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use nix::errno::Errno;

use super::{bytes::Unreadable, layout};
use crate::{
    base::{Error, ErrorKind, Needs},
    value::Digest,
};

/// A place for files. All paths are relative to the output directory, which is called `.`.
///
/// Operations on names take effect at once and in order for every process; what survives a crash of the machine is
/// only what was synced. Tests put a disk here that crashes at every operation.
pub(crate) trait Disk: Send + Sync {
    /// Reads a regular file into the start of `buffer`, which grows only when it is full, and returns the number of bytes.
    ///
    /// `claimed` returns the length of the file as its beginning tells it. The end of a file is not asked for if nothing can
    /// follow. A file that is longer than it claims is not read to its end, and one that claims nothing may have
    /// [`UNCLAIMED_BYTES_MAX`] bytes.
    fn read(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
        claimed: fn(&[u8]) -> Option<u64>,
    ) -> io::Result<usize>;

    /// Calls `each` for every name in a directory that is UTF-8, as all names of the store are.
    fn list(&self, path: &str, each: &mut dyn FnMut(&str)) -> io::Result<()>;

    /// Returns whether anything has this name, even a link that leads nowhere.
    fn exists(&self, path: &str) -> io::Result<bool>;

    /// Forgets which names are not in a directory, where the system remembers that though another machine may have made them.
    fn refresh(&self, path: &str) -> io::Result<()>;

    fn make_directory(&self, path: &str) -> io::Result<()>;

    fn write(&self, path: &str, bytes: &[u8], create: Create, durable: Durable) -> io::Result<()>;

    /// Adds to the end of a file, which is made if need be.
    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    fn remove_file(&self, path: &str) -> io::Result<()>;

    /// Removes a directory and what is in it, the result first; a link is removed, not followed.
    fn remove_tree(&self, path: &str) -> io::Result<()>;

    /// Returns the bytes of the files in a directory, links not followed; `None` if it is itself a link or no directory.
    fn tree_bytes(&self, path: &str) -> io::Result<Option<u64>>;

    /// Calls `each` for everything in a run's directory that is the run's own and no directory, with its path inside; links are not
    /// followed.
    fn artifacts(&self, path: &str, each: &mut dyn FnMut(String, Artifact)) -> io::Result<()>;

    /// Returns the digest of a file's content.
    fn digest(&self, path: &str) -> io::Result<Digest>;

    /// Returns whether this user may change the names in a directory.
    fn may_change(&self, path: &str) -> io::Result<bool>;

    /// Returns the user to whom a name belongs, and when what it names was changed last.
    fn owner(&self, path: &str) -> io::Result<(u32, SystemTime)>;

    /// Makes the names in a directory durable.
    fn sync_directory(&self, path: &str) -> io::Result<()>;

    /// Makes the results in these directories durable, with the directories themselves.
    fn sync_runs(&self, directories: &[String]) -> io::Result<()>;

    /// Does the same even with [`Durability::LeftToSystem`], before something durable is removed for these results.
    fn sync_replacing_runs(&self, directories: &[String]) -> io::Result<()>;

    /// Locks one byte of the lock file for this process; false if another one has it. Never waits.
    fn try_lock(&self, byte: u64) -> io::Result<bool>;

    fn unlock(&self, byte: u64) -> io::Result<()>;

    /// Returns whether this process still has a byte that it locked. If the lock file was removed or replaced meanwhile, locks
    /// in the new one everything that this process had.
    fn keeps_lock(&self, byte: u64) -> io::Result<LockState>;

    /// Returns whether another process has this byte. Writes nothing.
    fn is_locked(&self, byte: u64) -> io::Result<bool>;

    /// Keeps a few descriptors for the time when runs have used up all others.
    fn keep_spare(&self) {}

    /// Returns why locks are known to be seen by this machine or this mount alone.
    fn near_locks(&self) -> Option<String> {
        None
    }

    /// Lets others know, until the process ends, that this one may publish runs under changing names.
    fn arrive(&self) -> io::Result<()>;

    /// Returns the number of arrivals ever, if this process is the only one there now; `None` if it is not, or that cannot be known.
    fn arrivals_if_alone(&self) -> io::Result<Option<u64>>;
}

/// What is in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Artifact {
    /// A file with so many bytes.
    File(u64),
    /// A link and where it leads.
    Link(String),
    Other,
}

/// Maximum length of a file that does not tell its length: more than any note has.
pub(super) const UNCLAIMED_BYTES_MAX: u64 = 64 << 20;

/// The treatment of a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    /// It is written over.
    Replace,
    /// It stays, and the operation fails.
    New,
}

/// The state of a byte that was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockState {
    /// It was locked all the time.
    Kept,
    /// It is locked in the file that took the place of the lock file; another process may have had it in between.
    Renewed,
    /// Another process has it in that file.
    Lost,
}

/// Whether an operation returns before its effect is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durable {
    Now,
    Later,
}

/// The use that a store makes of its directory.
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

/// The files below the output directory.
pub(super) struct Files {
    pub(super) disk: Arc<dyn Disk>,
    /// The directory as it was given, for messages.
    pub(super) root: PathBuf,
}

impl Files {
    pub(super) fn new(disk: Arc<dyn Disk>, root: &Path) -> Self {
        Self {
            disk,
            root: root.to_owned(),
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        match path {
            layout::ROOT => self.root.clone(),
            path => self.root.join(path),
        }
    }

    /// Names the operation and the path in an error of the disk.
    pub(super) fn at<'a>(
        &'a self,
        operation: &'static str,
        path: &'a str,
    ) -> impl Fn(io::Error) -> Error + 'a {
        move |source| self.error(operation, Needs::Writing, path, source)
    }

    /// Names the same in an error of an operation that only reads.
    pub(super) fn reading<'a>(
        &'a self,
        operation: &'static str,
        path: &'a str,
    ) -> impl Fn(io::Error) -> Error + 'a {
        move |source| self.error(operation, Needs::Reading, path, source)
    }

    fn error(&self, operation: &'static str, needs: Needs, path: &str, source: io::Error) -> Error {
        let is_used_up = source.raw_os_error() == Some(Errno::EMFILE as i32);
        let error = Error::store(operation, needs, self.path(path), source);
        if is_used_up {
            error.with_hint(
                "runs of this program keep too many files open: close them, give runs a process of their own with --isolate, \
                 or raise the limit with `ulimit -n`",
            )
        } else {
            error
        }
    }

    /// Calls `each` for every name in a directory; one that does not exist is empty.
    pub(super) fn list(&self, directory: &str, each: &mut dyn FnMut(&str)) -> Result<(), Error> {
        match self.disk.list(directory, each) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            listed => listed.map_err(self.reading("list", directory)),
        }
    }

    /// Reads a file into the start of `buffer` and returns its length, as [`Disk::read`] does; `None` if there is no file.
    pub(super) fn read(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
        claimed: fn(&[u8]) -> Option<u64>,
    ) -> Result<Option<usize>, Error> {
        match self.disk.read(path, buffer, claimed) {
            Ok(length) => Ok(Some(length)),
            Err(error) if is_absent(&error) => Ok(None),
            // A directory in place of a file holds nothing that could be read.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(Some(0)),
            Err(error) => Err(self.reading("read", path)(error)),
        }
    }

    /// Reads a file that is read once; `None` if there is none.
    pub(super) fn bytes(
        &self,
        path: &str,
        claimed: fn(&[u8]) -> Option<u64>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let mut bytes = Vec::new();
        let length = self.read(path, &mut bytes, claimed)?;
        Ok(length.map(|length| {
            bytes.truncate(length);
            bytes
        }))
    }

    /// Returns whether anything has this name.
    pub(super) fn exists(&self, path: &str) -> Result<bool, Error> {
        self.disk
            .exists(path)
            .map_err(self.reading("look for", path))
    }

    /// Makes sure that what other machines have put into a run's directory until now is seen.
    pub(super) fn refresh(&self, directory: &str) -> Result<(), Error> {
        for path in [layout::ROOT, directory] {
            match self.disk.refresh(path) {
                Err(error) if is_absent(&error) => {}
                refreshed => refreshed.map_err(self.reading("open", path))?,
            }
        }
        Ok(())
    }

    /// Returns the bytes of the files in a directory; `None` if it is gone, a link or no directory, or closed to this user.
    pub(super) fn tree_bytes(&self, directory: &str) -> Result<Option<u64>, Error> {
        match self.disk.tree_bytes(directory) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
                ) =>
            {
                Ok(None)
            }
            measured => measured.map_err(self.reading("measure", directory)),
        }
    }

    /// Returns the user to whom a directory belongs, and when it was changed last; `None` if it is gone.
    pub(super) fn owner(&self, directory: &str) -> Result<Option<(u32, SystemTime)>, Error> {
        match self.disk.owner(directory) {
            Err(error) if is_absent(&error) => Ok(None),
            owner => owner.map(Some).map_err(self.reading("look at", directory)),
        }
    }

    /// Writes a file in a directory below `.runner/`, which is made if need be.
    pub(super) fn write_in(
        &self,
        directory: &str,
        path: &str,
        bytes: &[u8],
        create: Create,
        durable: Durable,
    ) -> io::Result<()> {
        match self.disk.write(path, bytes, create, durable) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_internal(directory)?;
                self.disk.write(path, bytes, create, durable)
            }
            written => written,
        }
    }

    /// Makes a directory below `.runner/`, unless it is there.
    pub(super) fn make_internal(&self, directory: &str) -> io::Result<()> {
        for directory in [layout::INTERNAL, directory] {
            match self.disk.make_directory(directory) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
        }
        Ok(())
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        self.disk.rename(from, to).map_err(self.at("rename", from))
    }

    pub(super) fn sync_directory(&self, path: &str) -> Result<(), Error> {
        let synced = self.disk.sync_directory(path);
        synced.map_err(self.at("sync", path))
    }

    /// Removes a run's directory that has no result.
    pub(super) fn remove_leftover(&self, directory: &str) -> Result<(), Error> {
        match self.disk.remove_tree(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // The run left a file in place of its directory.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                self.disk.remove_file(directory)
            }
            removed => removed,
        }
        .map_err(self.at("remove what is left of a run in", directory))
    }

    /// Removes a file, unless it is gone.
    pub(super) fn remove_file(&self, path: &str) -> io::Result<()> {
        match self.disk.remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

/// Returns why one file cannot be read.
///
/// # Errors
///
/// The error itself if it says something about more than this file.
pub(super) fn unreadable(error: Error) -> Result<Unreadable, Error> {
    let ErrorKind::Store { source, .. } = error.kind() else {
        return Err(error);
    };
    let reason = format!("it cannot be read: {source}");
    let is_odd = matches!(
        source.kind(),
        io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::WouldBlock
    );
    // A socket, a link to itself or a device.
    let odd = [Errno::ENXIO, Errno::ELOOP, Errno::ENODEV, Errno::ENOTTY];
    let is_one = |errno: &Errno| source.raw_os_error() == Some(*errno as i32);
    match source.kind() {
        io::ErrorKind::PermissionDenied => Ok(Unreadable::Forbidden(reason)),
        _ if is_odd || odd.iter().any(is_one) => Ok(Unreadable::Damaged(reason)),
        _ => Err(error),
    }
}

/// Returns whether an error says that nothing has this path.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
