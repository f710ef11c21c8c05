//! [`Store`]: the results below one directory.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use super::{
    agreement::Absences,
    batch::Batch,
    checkpoint::CheckpointNotes,
    code::Codes,
    directory::{Digits, Directory, Listings},
    disk::{Access, Disk, Durability, Files},
    failure::Failures,
    layout,
    lock::{Lock, Locks},
    locking::Locking,
    native::Native,
    notes::Notes,
    verified::VerifiedNotes,
};
use crate::{
    base::{Error, Needs},
    value::{Identity, Key},
};

/// Interval at which it is looked whether a process that a dead one left behind lets go of a key.
const LEFT_TICK: Duration = Duration::from_millis(5);

/// The results below one directory, shared by the threads of a process.
pub(crate) struct Store {
    durability: Durability,
    is_absent: bool,
    /// Its absolute path when it was opened, if that could be told: a run may change the working directory.
    root_absolute: Option<PathBuf>,
    pub(super) access: Access,
    pub(super) listings: Listings,
    pub(crate) locking: Arc<Locking>,
    pub(crate) locks: Arc<Locks>,
    pub(crate) batch: Batch,
    pub(crate) failures: Arc<Failures>,
    pub(crate) checkpoints: CheckpointNotes,
    pub(crate) codes: Codes,
    pub(crate) verified: VerifiedNotes,
    /// The runs to keep, whether or not a config reaches them.
    pub(super) kept: Notes,
    pub(super) absences: Absences,
}

impl Store {
    /// Returns whether there is a store at `root`.
    pub(crate) fn is_at(root: &Path) -> bool {
        root.join(layout::INTERNAL).is_dir()
    }

    /// Opens the store below `root`.
    ///
    /// # Errors
    ///
    /// If `root` is no directory, or cannot be made when it is to be written to.
    pub(crate) fn open(root: &Path, access: Access, durability: Durability) -> Result<Self, Error> {
        let disk = Native::open(root, access, durability).map_err(|error| {
            let hint = match error.kind() {
                io::ErrorKind::NotFound => Some("choose another place with --output-dir"),
                io::ErrorKind::AlreadyExists => Some(
                    "there is a link that leads nowhere: make what it leads to, or choose another place with --output-dir",
                ),
                _ => None,
            };
            let error = Error::store("open the output directory", Needs::Both, root, error);
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })?;
        let is_absent = disk.is_absent();
        let mut store = Self::new(Arc::new(disk), root, access);
        store.is_absent = is_absent;
        store.durability = durability;
        store.root_absolute = std::path::absolute(root).ok();
        Ok(store)
    }

    /// Returns whether there is no directory; only a store that is not written to has none.
    pub(crate) fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// Returns the durability with which it was opened.
    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    pub(super) fn new(disk: Arc<dyn Disk>, root: &Path, access: Access) -> Self {
        let locking = Arc::new(Locking::new(Files::new(disk, root)));
        let locks = Arc::new(Locks::new(&locking));
        let failures = Arc::new(Failures::new(&locking));
        Self {
            durability: Durability::Promised,
            is_absent: false,
            root_absolute: None,
            access,
            listings: Listings::new(&locking),
            batch: Batch::new(&locking, &locks, &failures),
            checkpoints: CheckpointNotes::new(&locking),
            codes: Codes::new(&locking),
            verified: VerifiedNotes::new(&locking),
            kept: Notes::new(&locking, layout::KEPT),
            absences: Absences::new(&locking),
            locking,
            locks,
            failures,
        }
    }

    /// Returns the directory as it was given.
    pub(crate) fn root(&self) -> &Path {
        &self.files().root
    }

    /// Returns the absolute path of a path below the directory as it was given.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        match (&self.root_absolute, path.strip_prefix(self.root())) {
            (Some(root), Ok(inside)) if inside.as_os_str().is_empty() => root.clone(),
            (Some(root), Ok(inside)) => root.join(inside),
            _ => path.to_owned(),
        }
    }

    /// Returns the name of the directory in which a run is, or would be.
    #[expect(clippy::unused_self, reason = "where a run is belongs to the store")]
    pub(crate) fn directory_of(&self, identity: &Identity) -> String {
        Directory::name(&identity.name, identity.key, Digits::Short)
    }

    pub(super) fn files(&self) -> &Files {
        &self.locking.files
    }

    /// Locks a key; `None` if another thread or process has it, or a run's process that outlives its parent. Never waits.
    ///
    /// # Errors
    ///
    /// If the file system fails, or gives no locks any more.
    pub(crate) fn lock(&self, key: Key) -> Result<Option<Lock<'_>>, Error> {
        Ok(self.seen(self.locks.lock(key)?))
    }

    /// Locks a key for a run, also if it is locked only by what a dead process left behind; that may take a moment.
    ///
    /// # Errors
    ///
    /// As for [`lock`](Self::lock).
    pub(crate) fn lock_for_run(&self, key: Key) -> Result<Option<Lock<'_>>, Error> {
        loop {
            let lock = self.lock(key)?;
            if lock.is_some() {
                return Ok(lock);
            }
            if !self.locks.is_left_for_now(key)? {
                return Ok(self.seen(self.locks.lock_beside(key)?));
            }
            thread::sleep(LEFT_TICK);
        }
    }

    fn seen<'a>(&self, lock: Option<Lock<'a>>) -> Option<Lock<'a>> {
        if let Some(key) = lock.as_ref().map(|lock| lock.key)
            && self.locks.was_contended(key)
        {
            // The process that had it may have changed its directories and left a note of a failure or a checkpoint.
            self.listings.touch(key.short());
            self.failures.suspect(key);
            self.checkpoints.forget();
        }
        lock
    }

    /// Finds out whether there are locks that every program sees, before anything runs. Returns a note for people if not.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(crate) fn try_locks(&self) -> Result<Option<String>, Error> {
        self.locking.try_locks()?;
        if !self.locking.is_lockless()? {
            self.locks.announcements.register()?;
        }
        self.locking.note()
    }

    /// Removes a checkpoint that a kill left beside the result in `directory`, unless the run is being done again.
    ///
    /// # Errors
    ///
    /// If the result cannot be made durable, or the checkpoint not be removed.
    pub(crate) fn retire_checkpoint(&self, key: Key, directory: &str) -> Result<(), Error> {
        if !self.checkpoints.has(key)? {
            return Ok(());
        }
        let Some(_lock) = self.lock(key)? else {
            return Ok(());
        };
        self.batch.add(directory.to_owned());
        self.batch.flush()?;
        self.checkpoints.remove(key)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.files().root.display())
    }
}
