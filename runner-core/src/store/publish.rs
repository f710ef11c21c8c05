//! [`Attempt::publish`]: from a finished run to its stored result.

use std::mem;

use super::{
    agreement,
    aside::LONG_NS,
    attempt::Attempt,
    batch::Unwritten,
    bytes::{duration_ns, since_epoch_ns},
    directory::Unfinished,
    disk::Durable,
    layout,
    record::{Counting, Finished, Publication, Record},
    result_file::{Header, ResultEntries},
    run_directory::{displaced, run_json},
    turn::Turn,
};
use crate::{
    base::Error,
    value::{Digest, Leaf},
};

impl Attempt<'_> {
    /// Stores the result, unless the run itself or, without locks, another process has seen to it that it cannot be.
    ///
    /// `counting` finds such a result anew; where there are locks, there can be none. After [`Batch::defer`](super::batch::Batch::defer), the
    /// result of a short run may be left to be written later, and counts only then.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then what was there before is put back, unless the result itself is in its place.
    pub(crate) fn publish(
        mut self,
        mut finished: Finished<'_>,
        counting: &mut Counting<'_>,
    ) -> Result<Publication, Error> {
        let store = self.store;
        let leaves = self.wanted.leaves();
        if self.wanted.identity.omitted != Digest::default() {
            for absence in agreement::absences(&leaves) {
                store.absences.note(self.wanted.origin, &absence)?;
            }
        }
        if self.is_taken()? {
            self.is_over = true;
            return Ok(Publication::Taken);
        }
        // Meanwhile, another process may have found out that locks do not hold here.
        if self.turn.is_none() && store.locking.is_lockless()? {
            if self.replaces_nothing() {
                let turn = Turn::new(&self.wanted, false);
                // A result at the usual place would count at once.
                let own = Unfinished::name(&turn.run, store.locking.number());
                store.files().rename(&self.directory, &own)?;
                (self.directory, self.turn) = (own, Some(turn));
            } else if counting()?.is_some() {
                return Ok(Publication::Elsewhere);
            }
        }
        store.codes.keep(self.wanted.code);
        let header = self.header(&finished);
        let mut left = Unwritten {
            key: header.key,
            directory: self.directory.clone(),
            result: Some(self.result_bytes(&mut finished, header, &leaves)),
            json: run_json(&self.wanted, &finished.effort, finished.earlier, None),
            effort: finished.effort,
        };
        // A run that saved a checkpoint may have taken several attempts, however short the last one was.
        let has_checkpoint = store.checkpoints.has(header.key)?;
        let is_long = header.duration_ns > LONG_NS || has_checkpoint;
        if !is_long && self.replaces_nothing() {
            left = match store.batch.put_off(left) {
                Some(left) => left,
                None => return Ok(Publication::Stored(self.leave(header))),
            };
        }
        let result = left.result.take().unwrap_or_default();
        let durable = if is_long {
            Durable::Now
        } else {
            Durable::Later
        };
        let put = store.files().put_result(&self.directory, &result, durable);
        if let Err(error) = put {
            let failure = displaced(error, &finished.effort)?;
            self.fail(&failure, &finished.effort)?;
            return Ok(Publication::Displaced(failure));
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
            store.checkpoints.remove(header.key)?;
        }
        left.directory.clone_from(&self.directory);
        match store.batch.put_off(left) {
            None => Ok(Publication::Stored(self.leave(header))),
            Some(left) => {
                store.files().put_run_json(&self.directory, &left.json)?;
                let directory = std::mem::take(&mut self.directory);
                Ok(Publication::Stored(self.record(header, directory)))
            }
        }
    }

    fn header(&self, finished: &Finished<'_>) -> Header {
        Header {
            key: self.wanted.identity.key,
            omitted: self.wanted.identity.omitted,
            output: finished.output_digest,
            build: finished.effort.build,
            started_ns: since_epoch_ns(finished.effort.started),
            duration_ns: duration_ns(finished.effort.duration),
            attempts: finished.effort.attempts,
        }
    }

    fn result_bytes(
        &self,
        finished: &mut Finished<'_>,
        header: Header,
        leaves: &[Leaf],
    ) -> Vec<u8> {
        let wanted = &self.wanted;
        let entries = ResultEntries {
            experiment: &wanted.origin.experiment,
            version: wanted.origin.version,
            name: &wanted.identity.name,
            leaves: leaves.into(),
            config: finished.config_bytes,
            output_shape: (&finished.output_shape).into(),
            refused: (&self.refused).into(),
            code: wanted.code.digest(),
        };
        let entries = entries.write();
        header.file(&entries, mem::take(&mut finished.output_bytes))
    }

    /// Returns whether the directory is at its final place and there was nothing before it.
    fn replaces_nothing(&self) -> bool {
        self.turn.is_none() && self.aside.is_empty() && self.replaced.is_none()
    }

    /// Ends the attempt and passes the lock on to the thread that writes the rest.
    fn leave(&mut self, header: Header) -> Record {
        self.is_over = true;
        self.lock.is_passed_on = true;
        let directory = std::mem::take(&mut self.directory);
        self.record(header, directory)
    }

    fn record(&self, header: Header, directory: String) -> Record {
        header.record(directory, self.wanted.code.digest())
    }

    /// Makes a published result durable, now or with the next batch.
    fn settle(&mut self, is_long: bool) -> Result<(), Error> {
        let store = self.store;
        let key = self.lock.key;
        store.failures.remove(key)?;
        let replaced = self.replaced.take();
        if is_long {
            for directory in [self.directory.as_str(), layout::ROOT] {
                store.files().sync_directory(directory)?;
            }
        }
        if !is_long || replaced.is_some() {
            store.batch.add(self.directory.clone());
        }
        if let Some(directory) = replaced {
            store.batch.add_replaced(key, directory);
        }
        Ok(())
    }
}
