//! [`Attempt`]: a run that is being done, from its empty directory to its stored result.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Serialize;

use super::{
    aside::{Aside, Cleared, LONG_NS},
    base::{Store, locked},
    batch::Replaced,
    deferred::Deferred,
    disk::{Create, Durable},
    entries::EntriesRef,
    failure::Failure,
    find::is_aside,
    layout::{self, inside},
    lock::Lock,
    record::{Finished, Record, Wanted},
    result_file::{Header, ResultFile, duration_ns, since_epoch_ns},
    run_json::{Ending, run_json},
    turn::Turn,
    usage::Usage,
};
use crate::{
    canonical::{Digest, Leaf},
    directory::{Digits, Directory},
    error::Error,
    key::Identity,
};

/// A run that is being done. Dropped without a result, it puts back what was there before.
#[must_use = "dropping it abandons the run"]
pub(crate) struct Attempt<'a> {
    store: &'a Store,
    lock: Lock<'a>,
    wanted: &'a Wanted<'a>,
    directory: String,
    path: PathBuf,
    /// Where it goes when it is published without locks.
    turn: Option<Turn>,
    /// What goes back unless a result is stored.
    aside: Vec<Aside>,
    /// What goes once a result is durable.
    replaced: Option<String>,
    is_over: bool,
}

impl Store {
    /// Makes a fresh directory for a run. What has a result there is set aside; what has none is removed.
    ///
    /// `replaces` is the valid result, if any, that this run is to replace: it goes once the new one is durable. Without
    /// locks nothing is moved or removed.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub(crate) fn begin<'a>(
        &'a self,
        lock: Lock<'a>,
        wanted: &'a Wanted<'a>,
        replaces: Option<&Record>,
    ) -> Result<Attempt<'a>, Error> {
        let key = wanted.identity.key;
        let mut attempt = Attempt {
            store: self,
            lock,
            wanted,
            directory: self.directory_of(wanted.identity),
            path: PathBuf::new(),
            turn: None,
            aside: Vec::new(),
            replaced: replaces
                .filter(|record| record.aside)
                .map(|record| record.directory.clone()),
            is_over: false,
        };
        if self.is_lockless()? {
            let turn = Turn::new(wanted, replaces.is_some());
            attempt.directory = self.make_unfinished(&turn.run, key.short())?;
            attempt.turn = Some(turn);
            attempt.replaced = None;
        } else {
            attempt.clear_place(replaces)?;
            self.touch(key.short());
        }
        attempt.path = self.path(&attempt.directory);
        Ok(attempt)
    }
}

impl Attempt<'_> {
    /// The run's own directory, below the root as it was given.
    pub(crate) fn directory(&self) -> &Path {
        &self.path
    }

    /// Makes its directory where the result will be, and takes everything else of this key out of the way.
    fn clear_place(&mut self, replaces: Option<&Record>) -> Result<(), Error> {
        let Identity { key, name, .. } = self.wanted.identity;
        if let Some(listing) = self.store.listing_made() {
            for directory in listing.of(key.short()) {
                let of_another_key = Directory::parse(directory)
                    .and_then(|parsed| parsed.full)
                    .is_some_and(|full| full != *key);
                if directory != self.directory && !is_aside(directory) && !of_another_key {
                    self.clear(directory, replaces)?;
                }
            }
        }
        if !self.make_directory(replaces)? {
            self.directory = Directory::name(name, *key, Digits::Full);
            self.make_directory(replaces)?;
        }
        Ok(())
    }

    /// Makes the directory; false if the name belongs to another key.
    fn make_directory(&mut self, replaces: Option<&Record>) -> Result<bool, Error> {
        let disk = &self.store.disk;
        let directory = self.directory.clone();
        let made = match disk.make_directory(&directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if self.clear(&directory, replaces)? == Cleared::Foreign {
                    return Ok(false);
                }
                disk.make_directory(&directory)
            }
            made => made,
        };
        made.map_err(self.store.at("make", &directory))?;
        Ok(true)
    }

    fn clear(&mut self, directory: &str, replaces: Option<&Record>) -> Result<Cleared, Error> {
        let cleared = self.store.clear(directory, self.wanted.identity.key)?;
        if let Cleared::Aside(aside) = &cleared {
            self.store.touch(self.wanted.identity.key.short());
            if replaces.is_some_and(|record| record.directory == aside.from) {
                self.replaced = Some(aside.to.clone());
            }
            self.aside.push(aside.clone());
        }
        Ok(cleared)
    }

    /// Stores the result; `None` if without locks another process was faster, whose result counts.
    ///
    /// `counting` finds such a result anew; where there are locks, there can be none.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then what was there before is put back, unless the result itself is in its place.
    pub(crate) fn publish<C: Serialize>(
        mut self,
        finished: &Finished<'_, C>,
        mut counting: impl FnMut() -> Result<Option<Record>, Error>,
    ) -> Result<Option<Record>, Error> {
        let leaves = (self.wanted.leaves)();
        if self.wanted.identity.omitted != Digest::default() {
            self.store.remember_omitted(self.wanted, &leaves)?;
        }
        let header = Header {
            key: self.wanted.identity.key,
            omitted: self.wanted.identity.omitted,
            output: finished.output_digest,
            build: finished.build,
            started_ns: since_epoch_ns(finished.started),
            duration_ns: duration_ns(finished.duration),
            attempts: finished.attempts,
        };
        let bytes = result_bytes(self.wanted, finished, header, &leaves);
        // What took a checkpoint may have taken several attempts, however short the last one was.
        let has_checkpoint = self.store.has_checkpoint(header.key)?;
        let is_long = header.duration_ns > LONG_NS || has_checkpoint;
        self.put_result(
            &bytes,
            if is_long {
                Durable::Now
            } else {
                Durable::Later
            },
        )?;
        if let Some(turn) = &self.turn {
            let taken =
                self.store
                    .take_turn(&self.directory, turn, header.key, &bytes, &mut counting)?;
            match taken {
                Some(place) => self.directory = place,
                None => return Ok(None),
            }
        }
        self.is_over = true;
        self.settle(is_long)?;
        if has_checkpoint {
            self.store.remove_checkpoint(header.key)?;
        }
        let ending = Ending {
            started: finished.started,
            duration: finished.duration,
            attempts: finished.attempts,
            build: finished.build,
            usage: finished.usage,
            error: None,
            earlier: finished.earlier,
        };
        let path = inside(&self.directory, layout::RUN_JSON);
        let bytes = run_json(self.wanted, finished.config, &ending);
        let json = Deferred {
            key: header.key,
            path,
            bytes,
        };
        match self.store.put_off(json) {
            None => self.lock.is_passed_on = true,
            Some(Deferred { path, bytes, .. }) => self.write_run_json(&path, &bytes)?,
        }
        Ok(Some(header.record(std::mem::take(&mut self.directory))))
    }

    /// Writes the result and gives it its name, complete or not at all.
    fn put_result(&self, bytes: &[u8], durable: Durable) -> Result<(), Error> {
        let disk = &self.store.disk;
        let partial = inside(&self.directory, layout::PARTIAL);
        let result = inside(&self.directory, layout::RESULT);
        disk.write(&partial, bytes, Create::Replace, durable)
            .map_err(self.store.at("write", &partial))?;
        disk.rename(&partial, &result)
            .map_err(self.store.at("publish", &result))
    }

    /// Makes a published result durable, now or with the next batch.
    fn settle(&mut self, is_long: bool) -> Result<(), Error> {
        let store = self.store;
        let key = self.lock.key;
        store.forget_failure(key)?;
        let replaced = self.replaced.take();
        if is_long {
            for directory in [self.directory.as_str(), layout::ROOT] {
                store
                    .disk
                    .sync_directory(directory)
                    .map_err(store.at("sync", directory))?;
            }
        }
        if !is_long || replaced.is_some() {
            let mut batch = locked(&store.batch);
            batch.directories.push(self.directory.clone());
            batch
                .replaced
                .extend(replaced.map(|directory| Replaced { key, directory }));
        }
        Ok(())
    }

    fn write_run_json(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        self.store
            .disk
            .write(path, bytes, Create::Replace, Durable::Later)
            .map_err(self.store.at("write", path))
    }

    /// Notes that the run failed. An older result that was set aside is put back, and the attempt's own files go; otherwise
    /// they stay until the run is tried again.
    ///
    /// # Errors
    ///
    /// If the store cannot be written; an older result is put back in any case.
    pub(crate) fn fail<C: Serialize>(
        mut self,
        config: &C,
        failure: &Failure,
        started: SystemTime,
        duration: Duration,
        usage: Option<Usage>,
    ) -> Result<(), Error> {
        self.is_over = true;
        let has_older = match &self.turn {
            Some(turn) => turn.has_older,
            None => self.aside.iter().any(|aside| aside.is_readable),
        };
        let put_back = if has_older { self.give_up() } else { Ok(()) };
        let earlier = self.store.note_failure(self.lock.key, failure, duration)?;
        put_back?;
        if has_older {
            return Ok(());
        }
        let ending = Ending {
            started,
            duration,
            attempts: failure.attempts,
            build: failure.build,
            usage,
            error: Some((&failure.error, failure.backtrace.as_deref())),
            earlier: &earlier,
        };
        let path = inside(&self.directory, layout::RUN_JSON);
        self.write_run_json(&path, &run_json(self.wanted, config, &ending))
    }
}

impl Attempt<'_> {
    /// Puts back what was there before, and removes the attempt's own files if they are in its way or nobody's.
    fn give_up(&self) -> Result<(), Error> {
        match self.turn {
            Some(_) => self.store.remove_leftover(&self.directory),
            None => self.store.put_back(&self.directory, &self.aside),
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            // What cannot be put back stays where it is, and is found there.
            let _ = self.give_up();
        }
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({})", self.directory)
    }
}

fn result_bytes<C>(
    wanted: &Wanted<'_>,
    finished: &Finished<'_, C>,
    header: Header,
    leaves: &[Leaf],
) -> Vec<u8> {
    let entries = EntriesRef {
        experiment: &wanted.origin.experiment,
        version: wanted.origin.version,
        name: &wanted.identity.name,
        leaves,
        config: finished.config_bytes,
        output_shape: &finished.output_shape,
    };
    ResultFile {
        header,
        entries: &entries.write(),
        output: finished.output_bytes,
    }
    .write()
}
