//! Comparing what a run gave with what is stored of it.

use std::{any::Any, panic::AssertUnwindSafe};

use super::{
    begun::Begun,
    task::Task,
    verification::{ComparedRun, Differing, Second, Third, Verification, Verify},
};
use crate::{
    api::EncodedOutput,
    base::{Error, catch, locked},
    store::{
        AnyOutput, ArtifactDifference, Decoded, Look, Lookup, Record, ResultReader, Store,
        VerifiedNote,
    },
    value::{AnyValue, Differences, RunPaths, Walker},
};

impl Task {
    /// Returns the store whose directory and locks programs share: that of the results.
    pub(super) fn shared_store(&self) -> &Store {
        match &self.verify {
            Some(verify) if verify.is_writable => &verify.stored,
            _ => &self.store,
        }
    }

    /// Compares what a run gave with what is stored of it.
    ///
    /// # Errors
    ///
    /// If a store fails.
    pub(super) fn compare(
        &self,
        begun: &Begun<'_>,
        encoded: &EncodedOutput,
    ) -> Result<ComparedRun, Error> {
        if let Some(verify) = &self.verify {
            return match &begun.second {
                None => self.compare_with_stored(verify, begun, encoded),
                Some(second) => self.compare_with_second(verify, begun, encoded, second),
            };
        }
        let Some((digest, directory)) = &begun.before else {
            return Ok(ComparedRun::Nothing);
        };
        if *digest == encoded.digest {
            return Ok(ComparedRun::Replaces(Differences::default()));
        }
        let directory = begun.attempt.replaced().unwrap_or(directory);
        let differences = self.differences_from(begun.run, directory, encoded)?;
        Ok(differences.map_or(ComparedRun::Nothing, ComparedRun::Replaces))
    }

    fn compare_with_stored(
        &self,
        verify: &Verify,
        begun: &Begun<'_>,
        encoded: &EncodedOutput,
    ) -> Result<ComparedRun, Error> {
        let key = self.identities[begun.run].key;
        let mut found = self.difference_from_stored(verify, begun, encoded, Look::Listed);
        let is_same = matches!(&found, Ok((_, values, artifacts)) if values.count == 0 && artifacts.is_empty());
        let lock = || verify.stored.lock(key);
        let lock = (verify.is_writable && !is_same).then(lock).transpose()?;
        found = match &lock {
            None => found,
            // It may just have been replaced, which the lock keeps others from.
            Some(Some(_)) => self.difference_from_stored(verify, begun, encoded, Look::Fresh),
            Some(None) => Err("another process is doing the run again".to_owned()),
        };
        let (record, values, artifacts) = match found {
            Ok(found) => found,
            Err(reason) => return Ok(ComparedRun::Verified(Verification::Skipped(reason))),
        };
        if values.count == 0 && artifacts.is_empty() {
            self.note(verify, begun.run, &record, None);
            return Ok(ComparedRun::Verified(Verification::Same));
        }
        let differing = Box::new(Differing {
            values,
            artifacts,
            third: Third::NotRun,
            stored: record,
            directory: begun.attempt.directory().to_owned(),
        });
        self.note(verify, begun.run, &differing.stored, Some(&differing));
        Ok(ComparedRun::Differs(differing))
    }

    fn compare_with_second(
        &self,
        verify: &Verify,
        begun: &Begun<'_>,
        encoded: &EncodedOutput,
        second: &Second,
    ) -> Result<ComparedRun, Error> {
        let directory = begun.attempt.replaced();
        let directory = directory.unwrap_or(&second.record.directory);
        let again = (&*self.store, begun.attempt.directory_name());
        let place = self.place(begun.run);
        let artifacts = self.store.artifact_differences(directory, again, &place)?;
        let values = self.differences_from(begun.run, directory, encoded)?;
        let is_same = artifacts.is_empty() && values.is_some_and(|values| values.count == 0);
        let third = if is_same { Third::Same } else { Third::Differs };
        let verified = second.finding(third);
        if let Verification::Differs(differing) = &verified.finding {
            self.note(verify, begun.run, &differing.stored, Some(differing));
        }
        Ok(ComparedRun::Verified(verified.finding))
    }

    /// Returns the stored result with what differs from it, or the reason why that cannot be told.
    fn difference_from_stored(
        &self,
        verify: &Verify,
        begun: &Begun<'_>,
        encoded: &EncodedOutput,
        look: Look,
    ) -> Result<(Record, Differences, Vec<ArtifactDifference>), String> {
        let unreadable = |error: Error| format!("{:#}", anyhow::Error::new(error));
        let (wanted, mut walker) = (self.wanted(begun.run), Walker::new());
        let mut reader = ResultReader::default();
        let found = verify
            .stored
            .find(&wanted, &mut reader, look, &mut |bytes, digest| {
                if digest == encoded.digest {
                    return Ok(the_same());
                }
                self.study.decode(begun.run, bytes, digest, &mut walker)
            });
        // What it has read may be large.
        drop(reader);
        let Lookup::Hit { output, record } = found.map_err(unreadable)? else {
            return Err("its result is gone".to_owned());
        };
        let values = self.value_differences(begun.run, &*output.value, &*encoded.output);
        let again = (&*self.store, begun.attempt.directory_name());
        let place = self.place(begun.run);
        let stored = &verify.stored;
        let artifacts = stored.artifact_differences(&record.directory, again, &place);
        Ok((record, values, artifacts.map_err(unreadable)?))
    }

    /// Compares an output with that in a directory, if that can be read.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn differences_from(
        &self,
        run: usize,
        directory: &str,
        encoded: &EncodedOutput,
    ) -> Result<Option<Differences>, Error> {
        let before = self.store.output_in(directory, |bytes, digest| {
            if digest == encoded.digest {
                return Some(the_same());
            }
            let decoded = self.study.decode(run, bytes, digest, &mut Walker::new());
            decoded.ok()
        })?;
        Ok(before.map(|before| self.value_differences(run, &*before.value, &*encoded.output)))
    }

    /// Compares outputs as the experiment does.
    pub(super) fn value_differences(
        &self,
        run: usize,
        before: &dyn AnyValue,
        now: &dyn AnyValue,
    ) -> Differences {
        let reproduces = || {
            let same = catch(AssertUnwindSafe(|| self.study.reproduces(before, now)));
            same.unwrap_or(false)
        };
        if is_the_same(before) || reproduces() {
            return Differences::default();
        }
        Differences::of(before, now, &self.place(run))
    }

    fn place(&self, run: usize) -> RunPaths {
        RunPaths::new(self.identities[run].key.short())
    }

    /// Notes what came of verifying a run, as far as this user may.
    fn note(&self, verify: &Verify, run: usize, stored: &Record, differing: Option<&Differing>) {
        if !verify.is_writable {
            return;
        }
        let difference = differing.map(|differing| {
            let mut lines = differing.lines();
            lines.push(differing.third.to_string());
            lines.join("\n")
        });
        let code = self.outline.code.digest();
        let note = VerifiedNote::now(stored, code, self.build.get(), difference);
        let key = self.identities[run].key;
        if let Err(error) = verify.stored.verified.put(key, &note) {
            locked(&verify.unnoted).get_or_insert(error);
        }
    }
}

/// In place of an output with the same digest.
#[derive(serde::Serialize)]
struct Same;

fn is_the_same(output: &dyn AnyValue) -> bool {
    let output: &dyn Any = output;
    output.is::<Same>()
}

fn the_same() -> Decoded {
    let value: AnyOutput = Box::new(Same);
    Decoded {
        value,
        is_upgraded: false,
    }
}
