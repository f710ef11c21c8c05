//! The lock of a run that is about to begin, and what the store has of it.

use std::time::Duration;

use super::{
    event::{Event, Tell},
    queue::Job,
    ran::{FailedRun, Outcome},
    task::Task,
};
use crate::{
    base::Error,
    store::{AnyOutput, ByteLock, Failure, Lock, Look, Lookup, Record, ResultReader, Wanted},
    value::{Digest, Key, Walker},
};

/// The lock of a run, and that of the machine.
type RunLocks<'a> = (Lock<'a>, Option<ByteLock<'a>>);

/// A result that counts.
pub(super) struct FoundResult {
    pub(super) output: AnyOutput,
    pub(super) record: Record,
    /// The digest of the output; `None` if several results were decoded to find it.
    pub(super) digest: Option<Digest>,
}

impl Task {
    /// Locks the run, and the machine if the run must be alone there. `None` if another process has one of the locks.
    pub(super) fn lock(
        &self,
        run: usize,
        is_waiting: bool,
        tell: &Tell,
    ) -> Result<Option<RunLocks<'_>>, Error> {
        let key = self.identities[run].key;
        let mut holder = None;
        if let Some(lock) = self.store.lock_for_run(key)? {
            if !self.outline.is_exclusive || self.nesting.is_alone() {
                return Ok(Some((lock, None)));
            }
            let locks = &self.shared_store().locks;
            if let Some(alone) = locks.lock_machine()? {
                return Ok(Some((lock, Some(alone))));
            }
            let left_by = locks.left_by()?;
            holder = Some(format!("another process, whose run measures time{left_by}"));
        }
        self.nesting.may_wait(key)?;
        if !is_waiting {
            if holder.is_none() {
                let known = self.store.locks.holder(key)?;
                holder = known.map(|holder| holder.to_string());
            }
            let holder = holder.unwrap_or_else(|| "another process".to_owned());
            tell(Event::Waiting { run, holder });
        }
        Ok(None)
    }

    /// Notes the failure of a run for which there is no directory.
    pub(super) fn note_unbegun(
        &self,
        key: Key,
        number: u32,
        error: Error,
    ) -> Result<Outcome, Error> {
        let text = format!("{:#}", anyhow::Error::new(error));
        let failure = Failure::now(text, None, number, self.build.get());
        self.store.failures.add(key, &failure, Duration::ZERO)?;
        let failed = FailedRun::spoilt(failure, Duration::ZERO, None);
        Ok(Outcome::Failed(failed))
    }

    /// Returns a run as the store is asked for it.
    pub(super) fn wanted(&self, run: usize) -> Wanted<'_> {
        Wanted {
            identity: &self.identities[run],
            origin: &self.origin,
            code: &self.outline.code,
            named_by_key: self.named_by_key,
            configs: &*self.study,
            run,
        }
    }

    /// Returns the result that the store has now.
    pub(super) fn valid_result(
        &self,
        wanted: &Wanted<'_>,
        run: usize,
        reader: &mut ResultReader,
    ) -> Result<Option<FoundResult>, Error> {
        let (mut walker, mut digests) = (Walker::new(), Vec::new());
        let found = self
            .store
            .find(wanted, reader, Look::Fresh, &mut |bytes, digest| {
                digests.push(digest);
                self.study.decode(run, bytes, digest, &mut walker)
            })?;
        Ok(match found {
            Lookup::Hit { output, record } => Some(FoundResult {
                output: output.value,
                record,
                digest: digests.first().copied().filter(|_| digests.len() == 1),
            }),
            _ => None,
        })
    }

    /// Returns what another process stored meanwhile, without locks, unless it is to be replaced.
    pub(super) fn counting_result(&self, run: usize) -> Result<Option<FoundResult>, Error> {
        let wanted = self.wanted(run);
        let found = self.valid_result(&wanted, run, &mut ResultReader::default())?;
        let key = self.identities[run].key;
        Ok(found.filter(|found| !self.is_to_be_replaced(key, &found.record)))
    }

    /// Returns whether a result is from before an invocation that runs everything again.
    pub(super) fn is_to_be_replaced(&self, key: Key, record: &Record) -> bool {
        let rerun = self.rerun.as_ref();
        rerun.is_some_and(|rerun| rerun.replaces(key, record))
    }

    /// Removes what earlier invocations left of a run that is verified. Before its third run, returns the result of the second, which
    /// is put back.
    pub(super) fn before_verifying(
        &self,
        lock: &Lock<'_>,
        job: &Job,
    ) -> Result<Option<Record>, Error> {
        if job.second.is_none() && job.failures == 0 {
            self.store.wipe(lock)?;
        }
        Ok(job.second.as_ref().map(|second| second.record.clone()))
    }
}
