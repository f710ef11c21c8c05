//! [`Store`]: the results below one directory.

// Circle: absences, agreement, aside, attempt, base, batch, deferred, failure, files, holder, listing, lock, locking, native,
// notes, publish, reader, record, result_file, run_json, turn: `Store` owns the state of each of these files, and each adds
// methods to `Store`.

use std::{
    collections::HashSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

pub(super) use super::files::is_absent;
pub(super) use crate::base::locked;

use super::{
    absences::Absences,
    batch::Batch,
    deferred::{Deferrals, Spoilt},
    directory::{Digits, Directory},
    disk::Disk,
    files::Files,
    holder::Announced,
    layout,
    listing::{Listing, Listings},
    lock::Held,
    locking::Locking,
    native::Native,
    notes::Notes,
};
use crate::{base::Error, value::Identity};

/// What a store may do.
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

/// The results below one directory, shared by the threads of a process.
pub(crate) struct Store {
    pub(super) disk: Arc<dyn Disk>,
    durability: Durability,
    is_absent: bool,
    pub(super) access: Access,
    pub(super) listings: Listings,
    pub(super) locking: Arc<Locking>,
    pub(super) held: Mutex<Held>,
    /// The bytes of keys that another process had when this store last tried to lock them.
    pub(super) contended: Mutex<HashSet<u64>>,
    pub(super) announced: Mutex<Announced>,
    pub(super) batch: Mutex<Batch>,
    pub(super) deferred: Mutex<Option<Deferrals>>,
    /// Runs that failed when what they had left was written.
    pub(super) spoilt: Mutex<Vec<Spoilt>>,
    /// How runs failed last.
    pub(super) failures: Notes,
    pub(super) checkpoints: Notes,
    /// The runs to keep, whether or not a config reaches them.
    pub(super) kept: Notes,
    pub(super) absences: Absences,
}

impl Store {
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
            let error = Error::store("open the output directory", root, error);
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })?;
        let is_absent = disk.is_absent();
        let mut store = Self::new(Arc::new(disk), root, access);
        store.is_absent = is_absent;
        store.durability = durability;
        Ok(store)
    }

    /// Whether there is no directory; only a store that is not written to has none.
    pub(crate) fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// What was asked for when it was opened.
    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    pub(super) fn new(disk: Arc<dyn Disk>, root: &Path, access: Access) -> Self {
        let locking = Arc::new(Locking::new(Files::new(Arc::clone(&disk), root)));
        Self {
            disk,
            durability: Durability::Promised,
            is_absent: false,
            access,
            listings: Listings::new(&locking),
            held: Mutex::default(),
            contended: Mutex::default(),
            announced: Mutex::default(),
            batch: Mutex::default(),
            deferred: Mutex::default(),
            spoilt: Mutex::default(),
            failures: Notes::new(&locking, layout::FAILED),
            checkpoints: Notes::new(&locking, layout::CHECKPOINTS),
            kept: Notes::new(&locking, layout::KEPT),
            absences: Absences::new(&locking),
            locking,
        }
    }

    /// The directory as it was given.
    pub(crate) fn root(&self) -> &Path {
        &self.files().root
    }

    /// The name of the directory in which a run is, or would be.
    #[expect(clippy::unused_self, reason = "where a run is belongs to the store")]
    pub(crate) fn directory_of(&self, identity: &Identity) -> String {
        Directory::name(&identity.name, identity.key, Digits::Short)
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.files().path(path)
    }

    /// Names the operation and the path in an error of the disk.
    pub(super) fn at<'a>(
        &'a self,
        operation: &'static str,
        path: &'a str,
    ) -> impl Fn(io::Error) -> Error + 'a {
        self.files().at(operation, path)
    }

    /// Tries whether there are locks, before anything runs. Returns a note for people if there are none.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(crate) fn try_locks(&self) -> Result<Option<String>, Error> {
        self.locking.try_locks()
    }

    pub(super) fn is_lockless(&self) -> Result<bool, Error> {
        self.locking.is_lockless()
    }

    pub(super) fn lock_byte(&self, byte: u64) -> Result<bool, Error> {
        self.locking.lock(byte)
    }

    pub(super) fn listing_made(&self) -> Option<Arc<Listing>> {
        self.listings.last()
    }

    pub(super) fn touch(&self, short: u64) {
        self.listings.touch(short);
    }

    fn files(&self) -> &Files {
        &self.locking.files
    }

    /// Reads a file; `None` if there is none.
    pub(super) fn read(&self, path: &str, buffer: &mut Vec<u8>) -> Result<Option<usize>, Error> {
        self.files().read(path, buffer)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.files().root.display())
    }
}
