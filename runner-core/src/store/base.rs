//! [`Store`]: the results below one directory.

// Circle: added, aside, attempt, base, batch, checkpoint, checkpoint_file, deferred, failure, find, holder, listing, lock,
// lockless, native, publish, record, result_file, run_json, turn, unfinished: `Store` owns the state of each of these files,
// and each adds methods to `Store`.

use std::{
    collections::HashSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

pub(super) use crate::base::locked;

use super::directory::{Digits, Directory};
use super::{
    added::Meanings,
    batch::Batch,
    checkpoint::Checkpointed,
    deferred::{Deferrals, Spoilt},
    disk::Disk,
    failure::FailedKeys,
    holder::Announced,
    layout,
    listing::Listing,
    lock::Held,
    lockless::Lockless,
    native::Native,
    result_file,
};
use crate::{base::Error, value::Identity};

/// What a store may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing is made or written; a directory that does not exist is an empty store.
    Read,
    Write,
}

/// Who else is there.
#[derive(Debug, Default)]
struct Company {
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
    /// The directory as it was given, for messages.
    root: PathBuf,
    pub(super) access: Access,
    /// Made when it is first needed.
    listing: RwLock<Option<Arc<Listing>>>,
    /// Who was there before that listing, for [`listing_now`](Self::listing_now).
    company: Mutex<Company>,
    /// The first bits of the keys whose directories this store changed since the listing.
    touched: Mutex<HashSet<u64>>,
    pub(super) lockless: Lockless,
    pub(super) held: Mutex<Held>,
    /// The bytes of keys that another process had when this store last tried to lock them.
    pub(super) contended: Mutex<HashSet<u64>>,
    pub(super) announced: Mutex<Announced>,
    pub(super) batch: Mutex<Batch>,
    pub(super) deferred: Mutex<Option<Deferrals>>,
    /// Runs that failed when what they had left was written.
    pub(super) spoilt: Mutex<Vec<Spoilt>>,
    pub(super) failed: Mutex<FailedKeys>,
    pub(super) checkpointed: Mutex<Checkpointed>,
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
        Self {
            disk,
            durability: Durability::Promised,
            is_absent: false,
            root: root.to_owned(),
            access,
            listing: RwLock::default(),
            company: Mutex::default(),
            touched: Mutex::default(),
            lockless: Lockless::default(),
            held: Mutex::default(),
            contended: Mutex::default(),
            announced: Mutex::default(),
            batch: Mutex::default(),
            deferred: Mutex::default(),
            spoilt: Mutex::default(),
            failed: Mutex::default(),
            checkpointed: Mutex::default(),
            meanings: Mutex::default(),
        }
    }

    /// The directory as it was given.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The name of the directory in which a run is, or would be.
    #[expect(clippy::unused_self, reason = "where a run is belongs to the store")]
    pub(crate) fn directory_of(&self, identity: &Identity) -> String {
        Directory::name(&identity.name, identity.key, Digits::Short)
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
        move |source| Error::store(operation, self.path(path), source)
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
        match self.disk.list(layout::ROOT, &mut |name| listing.add(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result.map_err(self.at("list", layout::ROOT))?,
        }
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
        let mut company = locked(&self.company);
        if !company.has_arrived {
            self.disk.arrive().map_err(|error| self.lock_error(error))?;
            company.has_arrived = true;
        }
        let arrivals = self
            .disk
            .arrivals_if_alone()
            .map_err(|error| self.lock_error(error))?;
        if arrivals.is_some()
            && arrivals == company.arrivals
            && let Some(listing) = self.listing_made()
        {
            return Ok(listing);
        }
        let listing = self.list_again()?;
        company.arrivals = arrivals;
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
        match self.disk.read(path, buffer, result_file::is_whole) {
            Ok(length) => Ok(Some(length)),
            Err(error) if is_absent(&error) => Ok(None),
            // A directory in place of a file holds nothing that could be read.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(Some(0)),
            Err(error) => Err(self.at("read", path)(error)),
        }
    }

    /// Makes a directory of notes, which may be there.
    pub(super) fn make_notes(&self, directory: &str) -> io::Result<()> {
        for directory in [layout::INTERNAL, directory] {
            match self.disk.make_directory(directory) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => result?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.root.display())
    }
}

/// Whether an error says that nothing has this path.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
