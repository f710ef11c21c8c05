//! [`Task`]: one run from lock to stored result.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{
    event::{Event, Tell},
    isolate::{Isolation, Meter},
    rerun::Rerun,
};
use crate::base::{Suspension, panic};
use crate::{
    api::{
        AnyOutput, Cancel, Checkpoints, ConfigOf, Context, EncodedOutput, Outline, Progress,
        Shared, StoredCheckpoints, Study,
    },
    base::Error,
    store::{
        Attempt, Failure, Finished, LazyBuild, Lock, Look, Lookup, Publication, Reader, Record,
        Store, Usage, Wanted,
    },
    value::{Digest, Identity, Key, Origin, Walker, codec},
};

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
    /// Which runs get a process of their own; nothing in such a process.
    pub(crate) isolation: Option<Isolation>,
    /// Whether this process was started for one run at a time; what a run takes of the machine is measured there.
    pub(crate) is_isolated: bool,
    pub(crate) suspension: Suspension,
}

/// What became of one run.
pub(crate) enum Outcome {
    Done(Done),
    Failed {
        failure: Failure,
        duration: Duration,
        usage: Option<Usage>,
        /// What it printed last, unless the failure says so.
        last_lines: Option<String>,
    },
    /// Another process has the key's lock.
    Busy,
    /// The store failed.
    Broken(Error),
}

/// A stored result.
pub(crate) struct Done {
    pub(crate) output: AnyOutput,
    pub(crate) record: Record,
    /// Another process stored it in the meantime.
    pub(crate) elsewhere: bool,
    pub(crate) usage: Option<Usage>,
}

/// What there is once the lock is held.
pub(super) enum SecondLook {
    Done(Done),
    Run {
        /// The valid result that the run is to replace.
        replaces: Option<Record>,
        /// The ids of outputs of this key that are not of today's type.
        refused: Vec<Digest>,
    },
}

/// The error of a run and its backtrace.
type RunError = (String, Option<String>);

impl Task {
    /// Does the run, unless another process is doing it or has done it.
    pub(crate) fn perform(
        &self,
        run: usize,
        slot: usize,
        is_waiting: bool,
        tell: &Tell,
    ) -> Outcome {
        self.try_perform(run, slot, is_waiting, tell)
            .unwrap_or_else(Outcome::Broken)
    }

    fn try_perform(
        &self,
        run: usize,
        slot: usize,
        is_waiting: bool,
        tell: &Tell,
    ) -> Result<Outcome, Error> {
        let identity = &self.identities[run];
        let Some(lock) = self.store.lock(identity.key)? else {
            if !is_waiting {
                let holder = self.store.holder(identity.key)?;
                let holder = holder
                    .map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
                tell(Event::Waiting { run, holder });
            }
            return Ok(Outcome::Busy);
        };
        if is_waiting {
            // Whoever had it may have noted a failure.
            self.store.note_changed(identity.key, true);
        }
        let _alone = if self.outline.is_exclusive {
            let Some(alone) = self.store.lock_machine()? else {
                if !is_waiting {
                    let holder = "another process, whose run measures time".to_owned();
                    tell(Event::Waiting { run, holder });
                }
                return Ok(Outcome::Busy);
            };
            Some(alone)
        } else {
            None
        };
        let config = self.config(run);
        let wanted = self.wanted(run, &config);
        let (replaces, refused) = match self.second_look(&lock, &wanted, run)? {
            SecondLook::Done(done) => {
                tell(Event::Finished {
                    run,
                    duration: done.record.duration,
                    elsewhere: true,
                    attempts: done.record.attempts,
                    usage: None,
                });
                return Ok(Outcome::Done(done));
            }
            SecondLook::Run { replaces, refused } => (replaces, refused),
        };
        let failed = self.store.failure(identity.key)?;
        if let Some(rerun) = &self.rerun {
            let is_old = |saved| rerun.discards(identity.key, saved);
            self.store.discard_checkpoint(identity.key, is_old)?;
        }
        let attempt = self.store.begin(lock, &wanted, replaces.as_ref())?;
        let attempt = attempt.refusing(refused);
        let progress = Arc::new(Progress::new(self.suspension.clone()));
        tell(Event::Started {
            run,
            slot,
            attempt: attempts(failed.as_ref()),
            progress: Arc::clone(&progress),
            out_dir: attempt.directory().to_owned(),
            timeout: None,
            tail: None,
        });
        self.run_attempt(run, attempt, slot, failed.as_ref(), progress, tell)
    }

    /// Looks whether another process stored the result between the plan and the lock.
    pub(super) fn second_look(
        &self,
        lock: &Lock<'_>,
        wanted: &Wanted<'_>,
        run: usize,
    ) -> Result<SecondLook, Error> {
        let mut reader = Reader::default();
        let Some((output, mut record)) = self.valid_result(wanted, run, &mut reader)? else {
            return Ok(SecondLook::Run {
                replaces: None,
                refused: reader.refused,
            });
        };
        if self.is_to_be_replaced(wanted.identity.key, &record) {
            return Ok(SecondLook::Run {
                replaces: Some(record),
                refused: reader.refused,
            });
        }
        if record.aside {
            record = self.store.restore(lock, &record)?;
        }
        Ok(SecondLook::Done(Done {
            output,
            record,
            elsewhere: true,
            usage: None,
        }))
    }

    pub(super) fn config(&self, run: usize) -> ConfigOf<'_> {
        ConfigOf {
            study: &*self.study,
            run,
        }
    }

    /// A run as the store is asked for it.
    pub(super) fn wanted<'w>(&'w self, run: usize, config: &'w ConfigOf<'_>) -> Wanted<'w> {
        Wanted {
            identity: &self.identities[run],
            origin: &self.origin,
            named_by_key: self.named_by_key,
            config,
        }
    }

    /// What the store has now.
    pub(super) fn valid_result(
        &self,
        wanted: &Wanted<'_>,
        run: usize,
        reader: &mut Reader,
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

    /// What another process stored meanwhile, without locks, unless it is to be replaced.
    fn counting_result(&self, run: usize) -> Result<Option<(AnyOutput, Record)>, Error> {
        let config = self.config(run);
        let wanted = self.wanted(run, &config);
        let found = self.valid_result(&wanted, run, &mut Reader::default())?;
        let key = self.identities[run].key;
        Ok(found.filter(|(_, record)| !self.is_to_be_replaced(key, record)))
    }

    /// Whether a result is from before an invocation that runs everything again.
    fn is_to_be_replaced(&self, key: Key, record: &Record) -> bool {
        let rerun = self.rerun.as_ref();
        rerun.is_some_and(|rerun| rerun.replaces(key, record))
    }

    fn run_attempt(
        &self,
        run: usize,
        attempt: Attempt<'_>,
        slot: usize,
        failed: Option<&Failure>,
        progress: Arc<Progress>,
        tell: &Tell,
    ) -> Result<Outcome, Error> {
        let identity = &self.identities[run];
        let attempts = attempts(failed);
        let context = Context {
            out_dir: attempt.directory().to_owned(),
            name: identity.name.clone(),
            key: identity.key,
            seed: identity.seed,
            slot,
            attempt: attempts,
            is_isolated: self.is_isolated,
            cancel: self.cancel.clone(),
            shared: Arc::clone(&self.shared),
            progress,
            checkpoints: self.checkpoints(run, attempts, tell),
            thread: std::thread::current().id(),
        };
        let started = SystemTime::now();
        let meter = self.is_isolated.then(Meter::start);
        let (clock, suspended) = (Instant::now(), self.suspension.total());
        let result = contain(|| self.study.run(run, &context));
        let not_its_own =
            context.progress.shared_time() + self.suspension.total().saturating_sub(suspended);
        let duration = clock.elapsed().saturating_sub(not_its_own);
        let usage = meter.map(|meter| meter.stop());
        let encoded = self.encode(result).and_then(|output| {
            let config_bytes = self
                .study
                .encode_config(run, codec::buffer())
                .map_err(|error| (error, None))?;
            Ok((output, config_bytes))
        });
        match encoded {
            Ok((encoded, config_bytes)) => {
                let finished = Finished {
                    config_bytes: &config_bytes,
                    output_bytes: &encoded.bytes,
                    output_digest: encoded.digest,
                    output_shape: encoded.shape,
                    started,
                    duration,
                    attempts,
                    build: self.build.get(),
                    usage,
                    earlier: failed.map_or(&[], |failure| &failure.history),
                };
                let mut faster = None;
                let published = attempt.publish(&finished, &mut || {
                    faster = self.counting_result(run)?;
                    Ok(faster.as_ref().map(|(_, record)| record.clone()))
                })?;
                let done = match (published, faster) {
                    (Publication::Spoilt(failure), _) => {
                        return Ok(Outcome::Failed {
                            failure,
                            duration,
                            usage,
                            last_lines: None,
                        });
                    }
                    (Publication::Elsewhere, Some((output, record))) => Done {
                        output,
                        record,
                        elsewhere: true,
                        usage: None,
                    },
                    (Publication::Elsewhere, None) => return Ok(Outcome::Busy),
                    (Publication::Stored(record), _) => Done {
                        output: encoded.output,
                        record,
                        elsewhere: false,
                        usage,
                    },
                };
                tell(Event::Finished {
                    run,
                    duration: done.record.duration,
                    elsewhere: done.elsewhere,
                    attempts,
                    usage,
                });
                Ok(Outcome::Done(done))
            }
            Err((error, backtrace)) => {
                let failure = Failure::now(error, backtrace, attempts, self.build.get());
                attempt.fail(&failure, started, duration, usage)?;
                Ok(Outcome::Failed {
                    failure,
                    duration,
                    usage,
                    last_lines: None,
                })
            }
        }
    }

    /// Encodes what the run gave; a panic in the output's own `Serialize` is the run's failure too.
    fn encode(&self, result: Result<AnyOutput, RunError>) -> Result<EncodedOutput, RunError> {
        let output = result?;
        match panic::catch(AssertUnwindSafe(|| self.study.encode(output))) {
            Ok(Ok(encoded)) => Ok(encoded),
            Ok(Err(error)) => Err((error, None)),
            Err(panic) => Err((
                format!("panicked while the output was stored: {}", panic.message),
                panic.backtrace,
            )),
        }
    }

    fn checkpoints(&self, run: usize, attempt: u32, tell: &Tell) -> Checkpoints {
        let (study, tell) = (Arc::clone(&self.study), Arc::clone(tell));
        Checkpoints::Stored(StoredCheckpoints {
            store: Arc::clone(&self.store),
            key: self.identities[run].key,
            build: Arc::clone(&self.build),
            attempt,
            config: Box::new(move || study.config_digest(run)),
            note: Box::new(move |text| tell(Event::Note { run, text })),
            writing: std::sync::Mutex::default(),
        })
    }
}

/// Which attempt follows after this failure, counted from 1.
fn attempts(failed: Option<&Failure>) -> u32 {
    failed.map_or(0, |failure| failure.attempts) + 1
}

/// Runs the user's code; a panic becomes an error with the place where it happened.
fn contain(run: impl FnOnce() -> anyhow::Result<AnyOutput>) -> Result<AnyOutput, RunError> {
    match panic::catch(AssertUnwindSafe(run)) {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(describe(error)),
        Err(panic) => Err((format!("panicked: {}", panic.message), panic.backtrace)),
    }
}

/// What an error says. To show and to drop it is the user's code as well.
fn describe(error: anyhow::Error) -> RunError {
    let described = panic::catch(AssertUnwindSafe(|| {
        let backtrace = error.backtrace();
        let backtrace = (backtrace.status() == std::backtrace::BacktraceStatus::Captured)
            .then(|| backtrace.to_string());
        let text = format!("{error:#}");
        drop(error);
        (text, backtrace)
    }));
    described.unwrap_or_else(|panic| {
        let text = format!(
            "it failed with an error that cannot be shown: panicked: {}",
            panic.message
        );
        (text, panic.backtrace)
    })
}
