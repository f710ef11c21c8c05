//! [`Attempt`]: a run that is being done, from its empty directory to its stored result.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::{
    aside::{Aside, Cleared},
    base::Store,
    directory::{Digits, Directory},
    disk::{Create, Durable, LockState},
    failure::Failure,
    layout::{self, inside},
    lock::Lock,
    record::{Counting, Effort, Record, Wanted},
    run_directory::{run_json, stopped_json},
    turn::Turn,
};
use crate::{
    base::Error,
    value::{Digest, Identity},
};

/// A run that is being done. Dropped without a result, it puts back what was there before.
#[must_use = "dropping it abandons the run"]
pub(crate) struct Attempt<'a> {
    pub(super) store: &'a Store,
    pub(super) lock: Lock<'a>,
    pub(super) wanted: Wanted<'a>,
    pub(super) directory: String,
    path: PathBuf,
    /// The places to publish it to without locks.
    pub(super) turn: Option<Turn>,
    /// The directories to put back unless a result is stored.
    pub(super) aside: Vec<Aside>,
    /// The directory to remove once a result is durable.
    pub(super) replaced: Option<String>,
    /// The ids of outputs of this key that are not of today's type.
    pub(super) refused: Vec<Digest>,
    pub(super) is_over: bool,
}

impl Store {
    /// Makes a fresh directory for a run. Sets aside a directory of its name that has a result, and removes one that has none.
    ///
    /// `replaces` is the valid result, if any, that this run is to replace: it goes once the new one is durable. Without
    /// locks nothing is moved or removed. `counting` finds a result anew that is not to be replaced: `None` if there is one,
    /// which a look before could not see.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub(crate) fn begin<'a>(
        &'a self,
        lock: Lock<'a>,
        wanted: &Wanted<'a>,
        replaces: Option<&Record>,
        counting: &mut Counting<'_>,
    ) -> Result<Option<Attempt<'a>>, Error> {
        let key = &wanted.identity.key;
        let mut attempt = Attempt {
            store: self,
            lock,
            wanted: *wanted,
            directory: self.directory_of(wanted.identity),
            path: PathBuf::new(),
            turn: None,
            aside: Vec::new(),
            replaced: replaces
                .filter(|record| record.aside)
                .map(|record| record.directory.clone()),
            refused: Vec::new(),
            is_over: false,
        };
        let is_beside = attempt.lock.is_beside;
        if is_beside || self.locking.is_lockless()? {
            let in_place = |record: &&Record| {
                let parsed = Directory::parse(&record.directory);
                parsed.is_some_and(|parsed| parsed.aside.is_none() && parsed.turn.is_none())
            };
            // Where there are locks, the usual place comes before `+N`.
            if let Some(record) = replaces.filter(in_place)
                && is_beside
                && !self.locking.is_lockless()?
            {
                self.set_aside(&record.directory, *key, true)?;
                self.listings.touch(key.short());
            }
            let turn = Turn::new(wanted, replaces.is_some());
            attempt.directory = self.make_unfinished(&turn.run, key.short())?;
            attempt.turn = Some(turn);
            attempt.replaced = None;
        } else {
            if !attempt.clear_place(replaces, counting)? {
                return Ok(None);
            }
            self.listings.touch(key.short());
        }
        attempt.path = self.files().path(&attempt.directory);
        Ok(Some(attempt))
    }
}

impl Attempt<'_> {
    /// Remembers in the result that these outputs of the same key are not of its type.
    pub(crate) fn refusing(mut self, mut outputs: Vec<Digest>) -> Self {
        outputs.sort_unstable();
        outputs.dedup();
        self.refused = outputs;
        self
    }

    /// The run's own directory, below the root as it was given.
    pub(crate) fn directory(&self) -> &Path {
        &self.path
    }

    /// The name of that directory in the store.
    pub(crate) fn directory_name(&self) -> &str {
        &self.directory
    }

    /// Returns where the result was set aside that this run is to replace.
    pub(crate) fn replaced(&self) -> Option<&str> {
        self.replaced.as_deref()
    }

    /// Adds to what the run printed; false if that cannot be written, for lack of space perhaps, which fails no run.
    pub(crate) fn append_log(&self, bytes: &[u8]) -> bool {
        let path = inside(&self.directory, layout::RUN_LOG);
        self.store.files().disk.append(&path, bytes).is_ok()
    }

    /// Ends as if the run had not been tried: puts an older result back. Otherwise what the attempt wrote stays until the
    /// run is tried again.
    ///
    /// # Errors
    ///
    /// If the older result cannot be put back; it is found where it was set aside.
    pub(crate) fn abandon(mut self) -> Result<(), Error> {
        self.is_over = true;
        if self.has_older() {
            return self.give_up();
        }
        // Without this it would look as if the program had been killed.
        let json = stopped_json(&self.wanted);
        self.store.files().put_run_json(&self.directory, &json)
    }

    /// Ends as if it had not begun: removes its directory, and puts an older result back.
    ///
    /// # Errors
    ///
    /// As for [`abandon`](Self::abandon).
    pub(crate) fn withdraw(mut self) -> Result<(), Error> {
        self.is_over = true;
        if self.turn.is_none() && !self.has_older() && !self.is_taken()? {
            return self.store.files().remove_leftover(&self.directory);
        }
        self.give_up()
    }

    /// Makes its directory where the result will be, and takes everything else of this key out of the way; false if there is a
    /// result that counts.
    fn clear_place(
        &mut self,
        replaces: Option<&Record>,
        counting: &mut Counting<'_>,
    ) -> Result<bool, Error> {
        let Identity { key, name, .. } = self.wanted.identity;
        if let Some(listing) = self.store.listings.last() {
            for directory in listing.of(key.short()) {
                let of_another_key = Directory::parse(directory)
                    .and_then(|parsed| parsed.full)
                    .is_some_and(|full| full != *key);
                if directory != self.directory && !Directory::is_aside(directory) && !of_another_key
                {
                    self.clear(directory, replaces)?;
                }
            }
        }
        let mut made = self.make_directory(replaces, counting)?;
        if made == RunPlace::Foreign {
            self.directory = Directory::name(name, *key, Digits::Full);
            made = self.make_directory(replaces, counting)?;
        }
        if made == RunPlace::Foreign {
            let taken = io::Error::from(io::ErrorKind::AlreadyExists);
            let error = self.store.files().at("make", &self.directory)(taken);
            return Err(error
                .with_hint("what is there belongs to another user or run: move it away")
                .of_one_run());
        }
        Ok(made == RunPlace::Empty)
    }

    fn make_directory(
        &mut self,
        replaces: Option<&Record>,
        counting: &mut Counting<'_>,
    ) -> Result<RunPlace, Error> {
        let files = self.store.files();
        let directory = self.directory.clone();
        let made = match files.disk.make_directory(&directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // It may have been hidden: on NFS a name that was not there a minute ago can seem to be missing still.
                // And what was published beside a lock that a dead process left is at a later place.
                if !self.store.later_places(&self.wanted)?.is_empty() {
                    self.store.listings.touch(self.lock.key.short());
                }
                let is_known = replaces.is_some_and(|record| record.directory == directory);
                if !is_known && counting()?.is_some() {
                    return Ok(RunPlace::Counting);
                }
                if self.clear(&directory, replaces)? == Cleared::Foreign {
                    return Ok(RunPlace::Foreign);
                }
                files.disk.make_directory(&directory)
            }
            made => made,
        };
        made.map_err(files.at("make", &directory))?;
        Ok(RunPlace::Empty)
    }

    fn clear(&mut self, directory: &str, replaces: Option<&Record>) -> Result<Cleared, Error> {
        let cleared = self.store.clear(directory, self.wanted.identity.key)?;
        if let Cleared::Aside(aside) = &cleared {
            self.store.listings.touch(self.wanted.identity.key.short());
            if replaces.is_some_and(|record| record.directory == aside.from) {
                self.replaced = Some(aside.to.clone());
            }
            self.aside.push(aside.clone());
        }
        Ok(cleared)
    }

    /// Keeps an output that cannot be stored, in a form for people, where later attempts leave it alone. Returns what the failure
    /// says of that.
    pub(crate) fn keep_unstorable(&mut self, output: &str) -> String {
        match self.write_unstorable(output) {
            Ok(path) => format!("; what the run returned is in `{}`", path.display()),
            Err(error) => format!("; it cannot be kept for people either: {error}"),
        }
    }

    fn write_unstorable(&mut self, output: &str) -> Result<PathBuf, Error> {
        let (store, file) = (self.store, layout::UNSTORABLE);
        if self.is_taken()? {
            let taken = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(
                store.files().at("keep the output in", &self.directory)(taken)
                    .with_hint("another process has this run now"),
            );
        }
        let path = inside(&self.directory, file);
        let disk = &store.files().disk;
        disk.write(&path, output.as_bytes(), Create::Replace, Durable::Now)
            .map_err(store.files().at("write", &path))?;
        let has_older = self.has_older();
        // What is put back would take its place, and a directory of this attempt alone is removed by the next one.
        let place = match &self.turn {
            None if !has_older => self.directory.clone(),
            turn => {
                let run = turn.as_ref().map_or(&self.directory, |turn| &turn.run);
                let aside = store.set_aside_as(run, &self.directory, self.lock.key, false)?;
                aside.to
            }
        };
        if !has_older {
            self.directory.clone_from(&place);
        }
        Ok(store.files().path(&inside(&place, file)))
    }

    /// Notes that the run failed. An older result that was set aside is put back, and the attempt's own files go; otherwise
    /// they stay until the run is tried again.
    ///
    /// # Errors
    ///
    /// If the store cannot be written; an older result is put back in any case.
    pub(crate) fn fail(mut self, failure: &Failure, effort: &Effort) -> Result<(), Error> {
        self.is_over = true;
        let is_taken = self.is_taken()?;
        let has_older = self.has_older();
        let put_back = if has_older { self.give_up() } else { Ok(()) };
        let Self { store, wanted, .. } = self;
        let key = wanted.identity.key;
        let earlier = store.failures.add(key, failure, effort.duration)?;
        put_back?;
        if has_older || is_taken {
            return Ok(());
        }
        let json = run_json(&wanted, effort, &earlier, Some(failure));
        store.files().put_run_json(&self.directory, &json)
    }

    /// Returns whether there is a result that counts unless this attempt stores one.
    fn has_older(&self) -> bool {
        match &self.turn {
            Some(turn) => turn.has_older,
            None => self.aside.iter().any(|aside| aside.is_readable),
        }
    }

    /// Puts back what was there before, and removes the attempt's own files if they are in its way, or in a directory that only
    /// this attempt has.
    fn give_up(&self) -> Result<(), Error> {
        match self.turn {
            Some(_) => self.store.files().remove_leftover(&self.directory),
            None if self.is_taken()? => Ok(()),
            None => self.store.put_back(&self.directory, &self.aside),
        }
    }

    /// Returns whether another process has this run, or has done it, since the lock file was removed or replaced.
    pub(super) fn is_taken(&self) -> Result<bool, Error> {
        match self.store.locks.keeps(self.lock.key)? {
            LockState::Kept => Ok(false),
            LockState::Lost => Ok(true),
            LockState::Renewed => {
                // No attempt has these before it is over.
                let [result, json] = [layout::RESULT, layout::RUN_JSON]
                    .map(|file| self.store.files().exists(&inside(&self.directory, file)));
                Ok(result? || json?)
            }
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            // A result that cannot be put back is found where it was set aside.
            let _ = self.give_up();
        }
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({})", self.directory)
    }
}

/// The directory for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunPlace {
    Empty,
    /// Its name belongs to another key.
    Foreign,
    /// It holds a result that counts.
    Counting,
}
