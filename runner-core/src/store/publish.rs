//! [`Attempt::publish`]: from a finished run to its stored result.

use std::io;

use nix::errno::Errno;

use super::{
    agreement,
    aside::LONG_NS,
    attempt::Attempt,
    base::{Store, is_absent},
    batch::Replaced,
    build::Build,
    bytes::{duration_ns, since_epoch_ns},
    deferred::Unwritten,
    disk::{Create, Durable},
    entries::EntriesRef,
    failure::Failure,
    layout::{self, inside},
    record::{Finished, Publication, Record},
    result_file::{Header, ResultFile},
    run_json::{Ending, run_json},
};
use crate::{
    base::{Error, Kind, locked},
    value::{Digest, Leaf},
};

impl Attempt<'_> {
    /// Stores the result, unless the run itself or, without locks, another process has seen to it that it cannot be.
    ///
    /// `counting` finds such a result anew; where there are locks, there can be none. After [`Store::defer`], the result of a
    /// short run may be left to be written by [`Store::write_deferred`], and counts only then.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then what was there before is put back, unless the result itself is in its place.
    pub(crate) fn publish(
        mut self,
        finished: &Finished<'_>,
        counting: &mut dyn FnMut() -> Result<Option<Record>, Error>,
    ) -> Result<Publication, Error> {
        let store = self.store;
        let leaves = self.wanted.leaves();
        if self.wanted.identity.omitted != Digest::default() {
            for absence in agreement::absences(&leaves) {
                store.absences.note(self.wanted.origin, &absence)?;
            }
        }
        let header = self.header(finished);
        let mut left = Unwritten {
            key: header.key,
            directory: self.directory.clone(),
            result: Some(self.result_bytes(finished, header, &leaves)),
            json: run_json(&self.wanted, &ending(finished)),
            attempts: finished.attempts,
            build: finished.build,
            duration: finished.duration,
        };
        // What took a checkpoint may have taken several attempts, however short the last one was.
        let has_checkpoint = store.checkpoints.has(header.key)?;
        let is_long = header.duration_ns > LONG_NS || has_checkpoint;
        if !is_long && self.replaces_nothing() {
            left = match store.put_off(left) {
                Some(left) => left,
                None => return Ok(Publication::Stored(self.leave(header))),
            };
        }
        let result = left.result.take().unwrap_or_default();
        if let Err(error) = store.put_result(&self.directory, &result, when_durable(is_long)) {
            let failure = spoilt(error, finished.attempts, finished.build)?;
            self.fail(
                &failure,
                finished.started,
                finished.duration,
                finished.usage,
            )?;
            return Ok(Publication::Spoilt(failure));
        }
        if let Some(turn) = &self.turn {
            let directory = &self.directory;
            match store.take_turn(directory, turn, header.key, &result, counting)? {
                Some(place) => self.directory = place,
                None => return Ok(Publication::Elsewhere),
            }
        }
        self.is_over = true;
        self.settle(is_long)?;
        if has_checkpoint {
            store.remove_checkpoint(header.key)?;
        }
        left.directory.clone_from(&self.directory);
        match store.put_off(left) {
            None => Ok(Publication::Stored(self.leave(header))),
            Some(left) => {
                store.write_run_json(&self.directory, &left.json)?;
                let directory = std::mem::take(&mut self.directory);
                Ok(Publication::Stored(header.record(directory)))
            }
        }
    }

    fn header(&self, finished: &Finished<'_>) -> Header {
        Header {
            key: self.wanted.identity.key,
            omitted: self.wanted.identity.omitted,
            output: finished.output_digest,
            build: finished.build,
            started_ns: since_epoch_ns(finished.started),
            duration_ns: duration_ns(finished.duration),
            attempts: finished.attempts,
        }
    }

    fn result_bytes(&self, finished: &Finished<'_>, header: Header, leaves: &[Leaf]) -> Vec<u8> {
        let wanted = &self.wanted;
        let entries = EntriesRef {
            experiment: &wanted.origin.experiment,
            version: wanted.origin.version,
            name: &wanted.identity.name,
            leaves,
            config: finished.config_bytes,
            output_shape: &finished.output_shape,
            refused: &self.refused,
        };
        ResultFile {
            header,
            entries: &entries.write(),
            output: finished.output_bytes,
        }
        .write()
    }

    /// Whether the directory is at its final place and there was nothing before it.
    fn replaces_nothing(&self) -> bool {
        self.turn.is_none() && self.aside.is_empty() && self.replaced.is_none()
    }

    /// Ends here with the lock passed on to who writes what is left.
    fn leave(&mut self, header: Header) -> Record {
        self.is_over = true;
        self.lock.is_passed_on = true;
        header.record(std::mem::take(&mut self.directory))
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
}

impl Store {
    /// Writes a result and gives it its name, complete or not at all.
    pub(super) fn put_result(
        &self,
        directory: &str,
        bytes: &[u8],
        durable: Durable,
    ) -> Result<(), Error> {
        let partial = inside(directory, layout::PARTIAL);
        let result = inside(directory, layout::RESULT);
        self.disk
            .write(&partial, bytes, Create::Replace, durable)
            .map_err(self.at("write", &partial))?;
        self.disk
            .rename(&partial, &result)
            .map_err(self.at("publish", &result))
    }

    /// Writes `run.json`, unless the run has moved its directory or has something else of that name: the result, or the note of
    /// the failure, is what counts.
    pub(super) fn write_run_json(&self, directory: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = inside(directory, layout::RUN_JSON);
        let written = self
            .disk
            .write(&path, bytes, Create::Replace, Durable::Later);
        match written {
            Err(error) if is_of_the_run(&error) => Ok(()),
            written => written.map_err(self.at("write", &path)),
        }
    }
}

/// The failure of a run whose result cannot be stored through its own fault.
///
/// # Errors
///
/// The error itself if it is the store's.
pub(super) fn spoilt(error: Error, attempts: u32, build: Build) -> Result<Failure, Error> {
    let Kind::Store {
        operation,
        path,
        source,
        ..
    } = error.kind()
    else {
        return Err(error);
    };
    if !is_of_the_run(source) {
        return Err(error);
    }
    let text = format!(
        "its result has no place: cannot {operation} `{}`: {source}; leave the directory where it is, and the names {}, {} and {} \
         in it to this library",
        path.display(),
        layout::RESULT,
        layout::RUN_JSON,
        layout::PARTIAL
    );
    Ok(Failure::now(text, None, attempts, build))
}

/// Whether an error below a run's directory can only come from what the run did to it.
fn is_of_the_run(error: &io::Error) -> bool {
    is_absent(error)
        || matches!(
            error.kind(),
            io::ErrorKind::IsADirectory
                | io::ErrorKind::AlreadyExists
                | io::ErrorKind::DirectoryNotEmpty
        )
        || error.raw_os_error() == Some(Errno::ELOOP as i32)
}

const fn when_durable(is_long: bool) -> Durable {
    if is_long {
        Durable::Now
    } else {
        Durable::Later
    }
}

fn ending<'a>(finished: &Finished<'a>) -> Ending<'a> {
    Ending {
        started: finished.started,
        duration: finished.duration,
        attempts: finished.attempts,
        build: finished.build,
        usage: finished.usage,
        error: None,
        earlier: finished.earlier,
    }
}
