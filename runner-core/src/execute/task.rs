//! [`Task`]: one run from lock to stored result.

// Circle: isolate/slot, isolate/watch, second_look, task: a run in a process of its own and a look at the store are steps of this path, and
// work with what the path began.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::{
    begun::{Beginning, Begun, Beside, Performed, TakenSlot},
    event::{Event, LabelOf, Tell},
    isolate::{Isolation, NoProcess, Slot},
    nesting::Nesting,
    queue::{Job, Trust},
    ran::{DoneRun, FailedRun, Fault, Outcome, Ran, Rerun, StoppedRun},
    second_look::FoundResult,
    verification::{ComparedRun, Second, VerifiedRun, Verify},
};
use crate::{
    api::{
        Cancel, Checkpoints, Context, EncodedOutput, Outline, Progress, Secrets, Shared,
        StoredCheckpoints, Study,
    },
    base::{Clock, Error, Say, close_unread, panic, printable, with_last_words},
    store::{Attempt, Effort, Failure, Finished, LazyBuild, Publication, ResultReader, Store},
    value::{Identity, Origin},
};

/// A run in a process that takes no longer is stored beside the next one: the process waits less.
const STORED_LATER_MAX: Duration = Duration::from_millis(1);

/// What all runs of one invocation have in common.
pub(crate) struct Task {
    pub(crate) store: Arc<Store>,
    pub(crate) origin: Arc<Origin>,
    pub(crate) outline: Outline,
    pub(crate) study: Arc<dyn Study>,
    /// By the place of the run, as in the study.
    pub(crate) identities: Arc<Vec<Identity>>,
    /// What is run again although there is a result.
    pub(crate) rerun: Option<Rerun>,
    /// What the runs are compared with, if they are verified; then `store` is one of their own.
    pub(crate) verify: Option<Verify>,
    /// Whether equal keys mean equal names: false if the name is a field that is left out of the key.
    pub(crate) named_by_key: bool,
    pub(crate) build: Arc<LazyBuild>,
    pub(crate) cancel: Cancel,
    pub(crate) shared: Arc<Shared>,
    /// Which runs get a process of their own.
    pub(crate) isolation: Isolation,
    pub(crate) clock: Clock,
    pub(crate) nesting: Nesting,
    /// The size of the stack that runs have.
    pub(crate) stack_bytes: usize,
    /// The arguments with which a process of a run is started, after the program's name.
    pub(crate) arguments: Vec<std::ffi::OsString>,
    /// `None` in a library call, which leaves it to its caller how the process ends.
    pub(crate) label_of: Option<LabelOf>,
}

impl Task {
    /// Begins the run, unless another process is doing it or has done it. `before` is called before a run that may end the program.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) fn begin<'a>(
        &'a self,
        job: &Job,
        slot: TakenSlot<'a>,
        tell: &'a Tell,
        before: &mut dyn FnMut(),
    ) -> Result<Beginning<'a>, Error> {
        let run = job.run;
        let key = self.identities[run].key;
        let Some((lock, alone)) = self.lock(run, job.is_waiting, tell)? else {
            return Ok(Beginning::Ended(Outcome::Busy));
        };
        let wanted = self.wanted(run);
        let mut reader = ResultReader::default();
        let (replaces, digest) = if self.verify.is_some() {
            (self.before_verifying(&lock, job)?, None)
        } else {
            // Another process may have stored the result between the plan and the lock.
            let mut found = self.valid_result(&wanted, run, &mut reader)?;
            let is_replaced = |found: &mut FoundResult| self.is_to_be_replaced(key, &found.record);
            let replaced = found.take_if(is_replaced);
            if let Some(mut found) = found {
                found.record = self.store.restore(&lock, &found.record)?;
                let done = DoneRun::elsewhere(found.output, found.record);
                tell_finished(run, &done, tell);
                return Ok(Beginning::Ended(Outcome::Done(done)));
            }
            replaced.map_or((None, None), |found| (Some(found.record), found.digest))
        };
        let earlier = self.store.failures.get(key)?;
        if let Some(rerun) = &self.rerun {
            let is_old = |saved| rerun.discards(key, saved);
            self.store.checkpoints.discard(key, is_old)?;
        }
        if job.trust != Trust::Full {
            // If this run ends the program, nothing that is done is lost, and the next start knows.
            before();
            self.store.batch.flush()?;
            self.store.failures.begin_again(key)?;
        }
        let number = earlier.as_ref().map_or(0, |failure| failure.attempts) + 1;
        let mut counting = || Ok(self.counting_result(run)?.map(|found| found.record));
        let begun = self
            .store
            .begin(lock, &wanted, replaces.as_ref(), &mut counting);
        let attempt = match begun {
            Err(error) if error.is_of_one_run() => {
                return self.note_unbegun(key, number, error).map(Beginning::Ended);
            }
            begun => match begun? {
                Some(attempt) => attempt,
                None => return Ok(Beginning::Ended(Outcome::Busy)),
            },
        };
        let config = self.study.encode_config(run, Secrets::LeftOut);
        Ok(Beginning::Begun(Box::new(Begun {
            run,
            slot,
            number,
            attempt: attempt.refusing(reader.refused),
            config: config.as_ref().cloned().unwrap_or_default(),
            own_timeout: config.and_then(|_| self.own_timeout(run)),
            earlier,
            before: digest.zip(replaces.map(|record| record.directory)),
            second: job.second.clone(),
            tell,
            _alone: alone,
        })))
    }

    /// Does a run that has begun. If it has a process of its own, `beside` is told of it.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) fn carry_out<'a>(
        &'a self,
        mut begun: Begun<'a>,
        slot: &mut Slot<'_>,
        beside: &mut dyn Beside,
    ) -> Result<Performed<'a>, Error> {
        let ran = match begun.own_timeout.clone() {
            Err(error) => Ran::not_started(error),
            Ok(own) if !self.isolation.applies(own) => self.run_here(&begun),
            Ok(own) => {
                let timeout = self.isolation.timeout(own);
                let ran = match slot.run(&begun, timeout, beside)? {
                    Ok(ran) => ran,
                    Err(NoProcess(reason)) => {
                        begun.attempt.withdraw()?;
                        return Ok(Performed::NoRoom(reason));
                    }
                };
                let is_short = ran.result.is_ok() && ran.duration <= STORED_LATER_MAX;
                if is_short && !self.outline.is_exclusive {
                    begun.slot.locks = None;
                    return Ok(Performed::Over(Box::new((begun, ran))));
                }
                ran
            }
        };
        Ok(Performed::Ended(self.store(begun, ran)?))
    }

    /// Asks the experiment, whose code may panic, how long a run may take.
    fn own_timeout(&self, run: usize) -> Result<Option<Duration>, String> {
        panic::catch(AssertUnwindSafe(|| self.study.timeout(run)))
            .map_err(|panic| format!("`Experiment::timeout` panicked: {}", panic.message))
    }

    /// Runs the user's code in this thread.
    fn run_here(&self, begun: &Begun<'_>) -> Ran {
        let (run, slot, tell) = (begun.run, begun.slot.number, begun.tell);
        let identity = &self.identities[run];
        let (study, told) = (Arc::clone(&self.study), Arc::clone(tell));
        let context = Context {
            out_dir: self.store.absolute(begun.attempt.directory()),
            name: identity.name.to_string(),
            key: identity.key,
            seed: identity.seed,
            slot,
            attempt: begun.number,
            is_isolated: false,
            cancel: self.cancel.for_run(),
            shared: Arc::clone(&self.shared),
            progress: Arc::new(Progress::new(self.clock.clone())),
            checkpoints: Checkpoints::Stored(StoredCheckpoints {
                store: Arc::clone(&self.store),
                key: identity.key,
                build: Arc::clone(&self.build),
                attempt: begun.number,
                config: Box::new(move || study.config(run).whole_digest()),
                note: Box::new(move |text| told(Event::Note { run, text })),
                saved: Mutex::default(),
            }),
            thread: thread::current().id(),
        };
        tell(Event::Started {
            run,
            slot,
            attempt: begun.number,
            progress: Arc::clone(&context.progress),
            timeout: None,
            tail: None,
        });
        let _inside = self.nesting.enter(context.key, &context.cancel);
        let ran = || Ran::of(&*self.study, run, &context, &self.clock, None);
        match self.last_words(begun) {
            Some(say) => with_last_words(say, ran),
            None => ran(),
        }
    }

    /// Returns what is done if the run ends the whole program: to note that as its failure, and to keep what others have stored.
    fn last_words(&self, begun: &Begun<'_>) -> Option<Say> {
        let label_of = self.label_of.clone()?;
        let (store, build) = (Arc::clone(&self.store), Arc::clone(&self.build));
        let (run, number) = (begun.run, begun.number);
        let (key, clock, start) = (
            self.identities[run].key,
            self.clock.clone(),
            self.clock.now(),
        );
        Some(Box::new(move |reason| {
            let elapsed = clock.now().saturating_sub(start);
            let failure = Failure::now(reason.to_owned(), None, number, build.get());
            let _ = store.failures.add(key, &failure, elapsed);
            let deferred = store.batch.write_deferred();
            let _ = deferred.and_then(|_| store.batch.flush_last());
            let (label, reason) = (label_of(run), printable(reason));
            format!(
                "error: the run `{}` {reason}, and with it all others; with --isolate it fails alone",
                printable(&label)
            )
        }))
    }

    /// Stores what came of a run: its output or its failure. One that is verified is compared.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) fn store(&self, begun: Begun<'_>, ran: Ran) -> Result<Outcome, Error> {
        let compared = match &ran.result {
            Ok(encoded) => self.compare(&begun, encoded)?,
            Err(_) => ComparedRun::Nothing,
        };
        let effort = Effort {
            started: ran.started,
            duration: ran.duration,
            attempts: begun.number,
            build: self.build.get(),
            usage: ran.usage,
        };
        match (ran.result, compared) {
            (Err(fault), _) => self.fail(begun.attempt, fault, &effort, ran.last_lines),
            (Ok(_), ComparedRun::Verified(finding)) => {
                begun.attempt.withdraw()?;
                self.store
                    .forget_checkpoint(self.identities[begun.run].key)?;
                let duration = ran.duration;
                Ok(Outcome::Verified(VerifiedRun { finding, duration }))
            }
            (Ok(encoded), compared) => self.publish(begun, encoded, effort, compared),
        }
    }

    /// Notes the failure of a run, unless it was asked to stop.
    fn fail(
        &self,
        mut attempt: Attempt<'_>,
        fault: Fault,
        effort: &Effort,
        last_lines: Option<String>,
    ) -> Result<Outcome, Error> {
        if fault.is_stop {
            if self.verify.is_some() {
                attempt.withdraw()?;
            } else {
                attempt.abandon()?;
            }
            return Ok(Outcome::Stopped(StoppedRun {
                duration: effort.duration,
                text: fault.text,
            }));
        }
        if fault.is_of_closed_pipe() && close_unread() {
            // Again, and what it prints goes nowhere: what it computes is wanted.
            attempt.abandon()?;
            return Ok(Outcome::Busy);
        }
        let mut text = format!("{}{}", fault.text, fault.printed);
        if let Some(output) = fault.unstorable {
            text.push_str(&attempt.keep_unstorable(&output));
        }
        let failure = Failure::now(text, fault.backtrace, effort.attempts, effort.build);
        attempt.fail(&failure, effort)?;
        Ok(Outcome::Failed(Box::new(FailedRun {
            failure,
            duration: effort.duration,
            usage: effort.usage,
            last_lines,
        })))
    }

    fn publish(
        &self,
        begun: Begun<'_>,
        encoded: EncodedOutput,
        effort: Effort,
        compared: ComparedRun,
    ) -> Result<Outcome, Error> {
        let (run, tell) = (begun.run, begun.tell);
        let finished = Finished {
            config_bytes: &begun.config,
            output_bytes: encoded.bytes,
            output_digest: encoded.digest,
            output_shape: encoded.shape,
            effort,
            earlier: begun
                .earlier
                .as_ref()
                .map_or(&[], |failure| &failure.history),
        };
        let mut faster = None;
        let published = begun.attempt.publish(finished, &mut || {
            faster = self.counting_result(run)?;
            Ok(faster.as_ref().map(|found| found.record.clone()))
        })?;
        let Effort {
            duration, usage, ..
        } = effort;
        let done = match (published, faster) {
            (Publication::Displaced(failure), _) => {
                return Ok(Outcome::Failed(FailedRun::spoilt(failure, duration, usage)));
            }
            (Publication::Elsewhere, Some(found)) => DoneRun {
                differences: Some(self.value_differences(run, &*found.output, &*encoded.output)),
                ..DoneRun::elsewhere(found.output, found.record)
            },
            (Publication::Elsewhere, None) => return Ok(Outcome::Busy),
            (Publication::Taken, _) => {
                tell(Event::taken(run));
                return Ok(Outcome::Busy);
            }
            (Publication::Stored(record), _) => match compared {
                ComparedRun::Differs(differing) => {
                    return Ok(Outcome::Differs(Box::new(Second {
                        differing: *differing,
                        record,
                        duration,
                    })));
                }
                compared => DoneRun {
                    output: encoded.output,
                    record,
                    elsewhere: false,
                    usage,
                    differences: compared.differences(),
                },
            },
        };
        tell_finished(run, &done, tell);
        Ok(Outcome::Done(done))
    }
}

fn tell_finished(run: usize, done: &DoneRun, tell: &Tell) {
    tell(Event::Finished {
        run,
        duration: done.record.duration,
        elsewhere: done.elsewhere,
        attempts: done.record.attempts,
        usage: done.usage,
        is_same: done
            .differences
            .as_ref()
            .map(|differences| differences.count == 0),
    });
}
