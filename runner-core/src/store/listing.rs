//! [`Listings`]: the run directories of a store, by the first 64 bits of the key.

use std::{
    cmp::Reverse,
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use super::{directory::Directory, directory::Unfinished, layout, locking::Locking};
use crate::base::{Error, locked};

/// The last listing of a store, and where it is outdated.
pub(super) struct Listings {
    locking: Arc<Locking>,
    /// Made when it is first needed.
    last: RwLock<Option<Arc<Listing>>>,
    presence: Mutex<Presence>,
    /// The first bits of the keys whose directories this store changed since the listing.
    touched: Mutex<HashSet<u64>>,
}

/// Other processes that may publish under changing names.
#[derive(Debug, Default)]
struct Presence {
    has_arrived: bool,
    /// The number of arrivals before the last listing, if this store was alone.
    arrivals: Option<u64>,
}

/// The run directories of a store, compactly: a hundred thousand take a few megabytes.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: String,
    /// By key; of one key, the directories in use come before those set aside. The newest are first: those published without
    /// locks, from the last turn on, before the one that needs none.
    entries: Vec<ListedDirectory>,
    /// The directories of attempts without locks.
    unfinished: Vec<(String, Unfinished)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ListedDirectory {
    short: u64,
    turn: Option<u32>,
    aside: Option<u32>,
    start: usize,
    bytes: u8,
}

impl Listings {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            locking: Arc::clone(locking),
            last: RwLock::default(),
            presence: Mutex::default(),
            touched: Mutex::default(),
        }
    }

    /// Returns the listing, made now if there was none.
    pub(super) fn get(&self) -> Result<Arc<Listing>, Error> {
        match self.last() {
            Some(listing) => Ok(listing),
            None => self.again(),
        }
    }

    pub(super) fn last(&self) -> Option<Arc<Listing>> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Makes the listing anew.
    pub(super) fn again(&self) -> Result<Arc<Listing>, Error> {
        let mut listing = Listing::default();
        let files = &self.locking.files;
        files.list(layout::ROOT, &mut |name| listing.add(name))?;
        let listing = Arc::new(listing.finish());
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Arc::clone(&listing));
        Ok(listing)
    }

    /// Returns a listing that shows what others published of a key until this store locked it.
    ///
    /// It is made again unless this store was alone when the last one was made and no other has come since: a listing a run
    /// would make many runs quadratic.
    pub(super) fn fresh(&self) -> Result<Arc<Listing>, Error> {
        let disk = &self.locking.files.disk;
        let mut presence = locked(&self.presence);
        if !presence.has_arrived {
            disk.arrive().map_err(|error| self.locking.error(error))?;
            presence.has_arrived = true;
        }
        let arrivals = disk
            .arrivals_if_alone()
            .map_err(|error| self.locking.error(error))?;
        if arrivals.is_some()
            && arrivals == presence.arrivals
            && let Some(listing) = self.last()
        {
            return Ok(listing);
        }
        let listing = self.again()?;
        presence.arrivals = arrivals;
        Ok(listing)
    }

    pub(super) fn is_touched(&self, short: u64) -> bool {
        locked(&self.touched).contains(&short)
    }

    /// Notes that the listing is wrong about a key from now on.
    pub(super) fn touch(&self, short: u64) {
        locked(&self.touched).insert(short);
    }
}

impl Listing {
    /// Adds a name; what is no run's directory is left out.
    pub(super) fn add(&mut self, name: &str) {
        let Some(directory) = Directory::parse(name) else {
            let unfinished = Unfinished::parse(name);
            let unfinished = unfinished.map(|parsed| (name.to_owned(), parsed));
            self.unfinished.extend(unfinished);
            return;
        };
        // No file system has longer names.
        let Ok(bytes) = u8::try_from(name.len()) else {
            return;
        };
        self.entries.push(ListedDirectory {
            short: directory.short,
            turn: directory.turn,
            aside: directory.aside,
            start: self.names.len(),
            bytes,
        });
        self.names.push_str(name);
    }

    /// Makes the listing ready to be asked.
    pub(super) fn finish(mut self) -> Self {
        self.entries.sort_unstable_by_key(|entry| {
            (
                entry.short,
                entry.aside.is_some(),
                Reverse(entry.turn),
                Reverse(entry.aside),
                entry.start,
            )
        });
        self.unfinished
            .sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.names.shrink_to_fit();
        self.entries.shrink_to_fit();
        self
    }

    /// The directories of a key, those in use first, then those set aside, each from the newest on.
    pub(super) fn of(&self, short: u64) -> impl Iterator<Item = &str> {
        let start = self.entries.partition_point(|entry| entry.short < short);
        self.entries[start..]
            .iter()
            .take_while(move |entry| entry.short == short)
            .map(|entry| self.name(entry))
    }

    /// All directories, by key.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| self.name(entry))
    }

    /// The directories of attempts without locks, in the order of their names.
    pub(super) fn unfinished(&self) -> &[(String, Unfinished)] {
        &self.unfinished
    }

    fn name(&self, entry: &ListedDirectory) -> &str {
        &self.names[entry.start..entry.start + usize::from(entry.bytes)]
    }
}
