//! Directories that are set aside as `~N`, and put back.

use std::io;

use super::{
    base::Store,
    bytes::Unreadable,
    directory::Directory,
    disk::{Access, is_absent},
    layout::{self, inside},
    lock::Lock,
    reader::ResultReader,
    record::Record,
};
use crate::{
    base::{Error, ErrorKind},
    value::Key,
};

/// A run that takes longer is made durable before it counts, and before what it replaces is moved.
pub(super) const LONG_NS: u64 = 50_000_000;

/// A directory that was renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aside {
    pub(super) from: String,
    pub(super) to: String,
    /// Whether it holds a result that may be put back.
    pub(super) is_readable: bool,
}

/// The end of a directory that was in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cleared {
    /// It held no result, and is gone.
    Removed,
    Aside(Aside),
    /// It holds the result of another key, or belongs to another user, and stays.
    Foreign,
}

impl Store {
    /// Puts a result that was found set aside back to its place, where there is none or a damaged one, which is set aside
    /// instead. Returns where it is then.
    ///
    /// That is where a process was killed between setting it aside and storing a new one, or the machine before that was durable.
    ///
    /// # Errors
    ///
    /// If the directory cannot be renamed.
    pub(crate) fn restore(&self, lock: &Lock<'_>, record: &Record) -> Result<Record, Error> {
        let Some((place, _)) = record.directory.rsplit_once('~').filter(|_| record.aside) else {
            return Ok(record.clone());
        };
        // Nothing is moved that another process may be looking at without a lock.
        if lock.is_beside || self.locking.is_lockless()? {
            return Ok(record.clone());
        }
        self.files().refresh(place)?;
        let mut reader = ResultReader::default();
        match reader.result_in(self.files(), place)? {
            None => {}
            Some(Err(Unreadable::Damaged(_))) => drop(self.set_aside(place, lock.key, false)?),
            Some(Ok(_) | Err(Unreadable::Format(_) | Unreadable::Forbidden(_))) => {
                return Ok(record.clone());
            }
        }
        self.listings.touch(lock.key.short());
        self.files().remove_leftover(place)?;
        self.files().rename(&record.directory, place)?;
        Ok(Record {
            directory: place.to_owned(),
            aside: false,
            ..record.clone()
        })
    }

    /// Does the same for a result that a lookup found set aside, as a killed rerun leaves it, unless another process is at work
    /// there, or the disk does not take it: it counts where it is.
    pub(crate) fn put_right(&self, key: Key, record: Record) -> Record {
        if !record.aside || self.access == Access::Read {
            return record;
        }
        match self.lock(key) {
            Ok(Some(lock)) => self.restore(&lock, &record).unwrap_or(record),
            Ok(None) | Err(_) => record,
        }
    }

    /// Takes what is called `directory` out of the way, under the lock of `key`.
    pub(super) fn clear(&self, directory: &str, key: Key) -> Result<Cleared, Error> {
        let mut reader = ResultReader::default();
        let Some(read) = reader.result_in(self.files(), directory)? else {
            let unstorable = inside(directory, layout::UNSTORABLE);
            if self.files().exists(&unstorable).unwrap_or(false) {
                return self.set_aside(directory, key, false).map(Cleared::Aside);
            }
            return match self.files().disk.remove_tree(directory) {
                // A file is in its place, which is not the store's to remove.
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                    self.set_aside(directory, key, false).map(Cleared::Aside)
                }
                // Another user has something there.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    match self.set_aside(directory, key, false) {
                        Err(error) if error.is_of_one_run() => Ok(Cleared::Foreign),
                        aside => aside.map(Cleared::Aside),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Cleared::Removed),
                result => result.map(|()| Cleared::Removed).map_err(
                    self.files()
                        .at("remove what is left of a run in", directory),
                ),
            };
        };
        match read {
            Ok(file) if file.header.key != key => Ok(Cleared::Foreign),
            Ok(file) => {
                let aside = self.set_aside(directory, key, true)?;
                // On a disk that may forget this and keep what comes after, the old result would be out of reach.
                if file.header.duration_ns > LONG_NS {
                    self.files().sync_directory(layout::ROOT)?;
                }
                Ok(Cleared::Aside(aside))
            }
            Err(Unreadable::Format(_)) => self.set_aside(directory, key, true).map(Cleared::Aside),
            Err(Unreadable::Damaged(_)) => {
                self.set_aside(directory, key, false).map(Cleared::Aside)
            }
            Err(Unreadable::Forbidden(_)) => Ok(Cleared::Foreign),
        }
    }

    /// Renames a directory to the next free `~N`. The key's lock keeps others from doing so.
    pub(super) fn set_aside(
        &self,
        directory: &str,
        key: Key,
        is_readable: bool,
    ) -> Result<Aside, Error> {
        self.set_aside_as(directory, directory, key, is_readable)
    }

    /// Renames a directory to the next free `<run>~N`.
    pub(super) fn set_aside_as(
        &self,
        run: &str,
        directory: &str,
        key: Key,
        is_readable: bool,
    ) -> Result<Aside, Error> {
        let listing = self.listings.get()?;
        let newest = listing
            .of(key.short())
            .filter_map(|name| Directory::parse(name)?.aside)
            .max();
        let mut number = newest.unwrap_or(0);
        loop {
            number = number.checked_add(1).ok_or_else(|| {
                self.files().at("find a free name beside", directory)(
                    io::ErrorKind::AlreadyExists.into(),
                )
            })?;
            let to = format!("{run}~{number}");
            if !self.files().exists(&to)? {
                let renamed = self.files().rename(directory, &to);
                renamed.map_err(|error| match error.kind() {
                    ErrorKind::Store { source, .. } if stays(source) => error.of_one_run(),
                    _ => error,
                })?;
                return Ok(Aside {
                    from: directory.to_owned(),
                    to,
                    is_readable,
                });
            }
        }
    }

    /// Removes the leftovers of an attempt and puts back what was set aside for it.
    pub(super) fn put_back(&self, attempt: &str, aside: &[Aside]) -> Result<(), Error> {
        for aside in aside.iter().filter(|aside| aside.is_readable) {
            if aside.from == attempt {
                self.files().remove_leftover(attempt)?;
            }
            match self.files().disk.rename(&aside.to, &aside.from) {
                Err(error) if is_absent(&error) => {}
                result => result.map_err(self.files().at("rename", &aside.to))?,
            }
        }
        Ok(())
    }
}

/// Returns whether an error says that this one directory cannot be renamed.
fn stays(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::CrossesDevices
            | io::ErrorKind::ResourceBusy
    )
}
