//! [`Store`]: the results below one directory.

use std::{
    collections::HashSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

pub(super) use super::files::is_absent;
pub(super) use crate::locked::locked;

use super::{
    added::Meanings,
    batch::Batch,
    deferred::{Deferrals, Spoilt},
    disk::Disk,
    files::Files,
    holder::Announced,
    layout,
    listing::Listing,
    lock::Held,
    lockless::Lockless,
    native::Native,
    notes::Notes,
};
use crate::{
    directory::{Digits, Directory},
    error::Error,
    key::Identity,
};

/// What a store may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing is made or written; a directory that does not exist is an empty store.
    Read,
    Write,
}

/// Other processes that may publish under changing names.
#[derive(Debug, Default)]
struct Presence {
    has_arrived: bool,
    /// How many had ever arrived, if this store was alone.
    arrivals: Option<u64>,
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
    pub(super) files: Arc<Files>,
    pub(super) access: Access,
    /// Made when it is first needed.
    listing: RwLock<Option<Arc<Listing>>>,
    /// Who was there before that listing, for [`listing_now`](Self::listing_now).
    presence: Mutex<Presence>,
    /// The first bits of the keys whose directories this store changed since the listing.
    touched: Mutex<HashSet<u64>>,
    pub(super) lockless: Lockless,
    pub(super) held: Mutex<Held>,
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
    pub(super) meanings: Mutex<Meanings>,
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
        let files = Arc::new(Files::new(Arc::clone(&disk), root));
        Self {
            disk,
            durability: Durability::Promised,
            is_absent: false,
            access,
            listing: RwLock::default(),
            presence: Mutex::default(),
            touched: Mutex::default(),
            lockless: Lockless::default(),
            held: Mutex::default(),
            announced: Mutex::default(),
            batch: Mutex::default(),
            deferred: Mutex::default(),
            spoilt: Mutex::default(),
            failures: Notes::new(&files, layout::FAILED),
            checkpoints: Notes::new(&files, layout::CHECKPOINTS),
            kept: Notes::new(&files, layout::KEPT),
            meanings: Mutex::default(),
            files,
        }
    }

    /// The directory as it was given.
    pub(crate) fn root(&self) -> &Path {
        &self.files.root
    }

    /// The name of the directory in which a run is, or would be.
    #[expect(clippy::unused_self, reason = "where a run is belongs to the store")]
    pub(crate) fn directory_of(&self, identity: &Identity) -> String {
        Directory::name(&identity.name, identity.key, Digits::Short)
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.files.path(path)
    }

    /// Names the operation and the path in an error of the disk.
    pub(super) fn at<'a>(
        &'a self,
        operation: &'static str,
        path: &'a str,
    ) -> impl Fn(io::Error) -> Error + 'a {
        self.files.at(operation, path)
    }

    /// The listing, made now if there was none.
    pub(super) fn listing(&self) -> Result<Arc<Listing>, Error> {
        match self.listing_made() {
            Some(listing) => Ok(listing),
            None => self.list_again(),
        }
    }

    pub(super) fn listing_made(&self) -> Option<Arc<Listing>> {
        self.listing
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Makes the listing anew.
    pub(super) fn list_again(&self) -> Result<Arc<Listing>, Error> {
        let mut listing = Listing::default();
        self.files
            .list(layout::ROOT, &mut |name| listing.add(name))?;
        Ok(self.list_as(listing))
    }

    /// Uses a listing from now on.
    pub(super) fn list_as(&self, listing: Listing) -> Arc<Listing> {
        let listing = Arc::new(listing.finish());
        let mut current = self.listing.write().unwrap_or_else(PoisonError::into_inner);
        *current = Some(Arc::clone(&listing));
        listing
    }

    /// A listing that shows what others published of a key until this store locked it.
    ///
    /// It is made again unless this store was alone when the last one was made and nobody came since: a listing a run would
    /// make many runs quadratic.
    pub(super) fn listing_now(&self) -> Result<Arc<Listing>, Error> {
        let mut presence = locked(&self.presence);
        if !presence.has_arrived {
            self.disk.arrive().map_err(|error| self.lock_error(error))?;
            presence.has_arrived = true;
        }
        let arrivals = self
            .disk
            .arrivals_if_alone()
            .map_err(|error| self.lock_error(error))?;
        if arrivals.is_some()
            && arrivals == presence.arrivals
            && let Some(listing) = self.listing_made()
        {
            return Ok(listing);
        }
        let listing = self.list_again()?;
        presence.arrivals = arrivals;
        Ok(listing)
    }

    pub(super) fn is_touched(&self, short: u64) -> bool {
        locked(&self.touched).contains(&short)
    }

    /// Notes that the listing says nothing of a key any more.
    pub(super) fn touch(&self, short: u64) {
        locked(&self.touched).insert(short);
    }

    /// Reads a file; `None` if there is none.
    pub(super) fn read(&self, path: &str, buffer: &mut Vec<u8>) -> Result<Option<usize>, Error> {
        self.files.read(path, buffer)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.files.root.display())
    }
}
