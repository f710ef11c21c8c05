//! [`Task`]: one run from lock to stored result.

// Circle: isolate/slot, isolate/watch, task: a run in a process of its own is one step of this path, and works with what the path began.

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
    ran::{DoneRun, FailedRun, Outcome, Ran, Rerun, StoppedRun},
};
use crate::{
    api::{
        Cancel, Checkpoints, Context, Outline, Progress, Secrets, Shared, StoredCheckpoints, Study,
    },
    base::{Clock, Error, Say, close_unread, panic, printable, with_last_words},
    store::{
        AnyOutput, ByteLock, Effort, Failure, Finished, LazyBuild, Lock, Look, Lookup, Publication,
        Record, ResultReader, Store, Wanted,
    },
    value::{Identity, Key, Origin, Walker},
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

/// The lock of a run, and that of the machine.
type RunLocks<'a> = (Lock<'a>, Option<ByteLock<'a>>);

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
        // Another process may have stored the result between the plan and the lock.
        let mut reader = ResultReader::default();
        let mut found = self.valid_result(&wanted, run, &mut reader)?;
        let is_replaced = |(_, record): &mut (_, _)| self.is_to_be_replaced(key, record);
        let replaces = found.take_if(is_replaced).map(|(_, record)| record);
        if let Some((output, mut record)) = found {
            record = self.store.restore(&lock, &record)?;
            let done = DoneRun::elsewhere(output, record);
            tell_finished(run, &done, tell);
            return Ok(Beginning::Ended(Outcome::Done(done)));
        }
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
        let mut counting = || Ok(self.counting_result(run)?.map(|(_, record)| record));
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

    /// Locks the run, and the machine if the run must be alone there. `None` if another process has one of the locks.
    fn lock(
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
            if let Some(alone) = self.store.locks.lock_machine()? {
                return Ok(Some((lock, Some(alone))));
            }
            let left_by = self.store.locks.left_by()?;
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
    fn note_unbegun(&self, key: Key, number: u32, error: Error) -> Result<Outcome, Error> {
        let text = format!("{:#}", anyhow::Error::new(error));
        let failure = Failure::now(text, None, number, self.build.get());
        self.store.failures.add(key, &failure, Duration::ZERO)?;
        let failed = FailedRun::spoilt(failure, Duration::ZERO, None);
        Ok(Outcome::Failed(failed))
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

    /// Stores what came of a run: its output or its failure.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(super) fn store(&self, begun: Begun<'_>, ran: Ran) -> Result<Outcome, Error> {
        let Begun {
            run,
            number,
            mut attempt,
            tell,
            ..
        } = begun;
        let effort = Effort {
            started: ran.started,
            duration: ran.duration,
            attempts: number,
            build: self.build.get(),
            usage: ran.usage,
        };
        let encoded = match ran.result {
            Ok(encoded) => encoded,
            Err(fault) if fault.is_stop => {
                attempt.abandon()?;
                return Ok(Outcome::Stopped(StoppedRun {
                    duration: ran.duration,
                    text: fault.text,
                }));
            }
            Err(fault) if fault.is_of_closed_pipe() && close_unread() => {
                // Again, and what it prints goes nowhere: what it computes is wanted.
                attempt.abandon()?;
                return Ok(Outcome::Busy);
            }
            Err(fault) => {
                let mut text = format!("{}{}", fault.text, fault.printed);
                if let Some(output) = fault.unstorable {
                    text.push_str(&attempt.keep_unstorable(&output));
                }
                let failure = Failure::now(text, fault.backtrace, number, effort.build);
                attempt.fail(&failure, &effort)?;
                return Ok(Outcome::Failed(Box::new(FailedRun {
                    failure,
                    duration: ran.duration,
                    usage: ran.usage,
                    last_lines: ran.last_lines,
                })));
            }
        };
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
        let published = attempt.publish(finished, &mut || {
            faster = self.counting_result(run)?;
            Ok(faster.as_ref().map(|(_, record)| record.clone()))
        })?;
        let done = match (published, faster) {
            (Publication::Displaced(failure), _) => {
                return Ok(Outcome::Failed(FailedRun::spoilt(
                    failure,
                    ran.duration,
                    ran.usage,
                )));
            }
            (Publication::Elsewhere, Some((output, record))) => DoneRun::elsewhere(output, record),
            (Publication::Elsewhere, None) => return Ok(Outcome::Busy),
            (Publication::Taken, _) => {
                tell(Event::taken(run));
                return Ok(Outcome::Busy);
            }
            (Publication::Stored(record), _) => DoneRun {
                output: encoded.output,
                record,
                elsewhere: false,
                usage: ran.usage,
            },
        };
        tell_finished(run, &done, tell);
        Ok(Outcome::Done(done))
    }

    /// Returns a run as the store is asked for it.
    fn wanted(&self, run: usize) -> Wanted<'_> {
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
    fn valid_result(
        &self,
        wanted: &Wanted<'_>,
        run: usize,
        reader: &mut ResultReader,
    ) -> Result<Option<(AnyOutput, Record)>, Error> {
        let mut walker = Walker::new();
        let found = self
            .store
            .find(wanted, reader, Look::Fresh, &mut |bytes, digest| {
                self.study.decode(run, bytes, digest, &mut walker)
            })?;
        Ok(match found {
            Lookup::Hit { output, record } => Some((output.value, record)),
            _ => None,
        })
    }

    /// Returns what another process stored meanwhile, without locks, unless it is to be replaced.
    fn counting_result(&self, run: usize) -> Result<Option<(AnyOutput, Record)>, Error> {
        let wanted = self.wanted(run);
        let found = self.valid_result(&wanted, run, &mut ResultReader::default())?;
        let key = self.identities[run].key;
        Ok(found.filter(|(_, record)| !self.is_to_be_replaced(key, record)))
    }

    /// Returns whether a result is from before an invocation that runs everything again.
    fn is_to_be_replaced(&self, key: Key, record: &Record) -> bool {
        let rerun = self.rerun.as_ref();
        rerun.is_some_and(|rerun| rerun.replaces(key, record))
    }
}

fn tell_finished(run: usize, done: &DoneRun, tell: &Tell) {
    tell(Event::Finished {
        run,
        duration: done.record.duration,
        elsewhere: done.elsewhere,
        attempts: done.record.attempts,
        usage: done.usage,
    });
}
