//! [`Task`]: one run from lock to stored result.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{
    event::{Event, Tell},
    isolate::{Isolation, Meter},
    panic,
    rerun::Rerun,
    suspension::Suspension,
};
use crate::{
    canonical::{Leaf, Names, Schema, Walker, leaves, output_shape},
    checkpoint::{Checkpoints, StoredCheckpoints},
    codec,
    context::{Context, Progress},
    error::Error,
    experiment::Experiment,
    key::{Identity, Key, Origin},
    plan::Identified,
    shared::{Cancel, Shared},
    store::{
        Attempt, Failure, Finished, LazyBuild, Lock, Look, Lookup, Reader, Record, Store, Usage,
        Wanted,
    },
    upgrade::Upgrades,
};

/// What all runs of one invocation have in common.
pub(crate) struct Task<E: Experiment> {
    pub(crate) store: Arc<Store>,
    pub(crate) origin: Arc<Origin>,
    pub(crate) schema: Arc<Schema>,
    pub(crate) runs: Arc<Vec<Identified<E::Config>>>,
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
    pub(crate) upgrades: Upgrades<E>,
}

/// What became of one run.
pub(crate) enum Outcome<E: Experiment> {
    Done(Done<E>),
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
pub(crate) struct Done<E: Experiment> {
    pub(crate) output: E::Output,
    pub(crate) record: Record,
    /// Another process stored it in the meantime.
    pub(crate) elsewhere: bool,
    pub(crate) usage: Option<Usage>,
}

/// What there is once the lock is held.
pub(super) enum SecondLook<E: Experiment> {
    Done(Done<E>),
    Run {
        /// The valid result that the run is to replace.
        replaces: Option<Record>,
    },
}

/// The error of a run and its backtrace.
type RunError = (String, Option<String>);

impl<E: Experiment> Task<E> {
    /// Does the run, unless another process is doing it or has done it.
    pub(crate) fn perform(
        &self,
        run: usize,
        slot: usize,
        is_waiting: bool,
        tell: &Tell,
    ) -> Outcome<E> {
        self.try_perform(run, slot, is_waiting, tell)
            .unwrap_or_else(Outcome::Broken)
    }

    fn try_perform(
        &self,
        run: usize,
        slot: usize,
        is_waiting: bool,
        tell: &Tell,
    ) -> Result<Outcome<E>, Error> {
        let Identified { config, identity } = &self.runs[run];
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
        let _alone = if E::EXCLUSIVE {
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
        let stored_leaves = || leaves(config, &self.schema, Names::Key);
        let wanted = self.wanted(identity, &stored_leaves);
        let replaces = match self.second_look(&lock, &wanted, config)? {
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
            SecondLook::Run { replaces } => replaces,
        };
        let failed = self.store.failure(identity.key)?;
        if let Some(rerun) = &self.rerun {
            let is_old = |saved| rerun.discards(identity.key, saved);
            self.store.discard_checkpoint(identity.key, is_old)?;
        }
        let attempt = self.store.begin(lock, &wanted, replaces.as_ref())?;
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
        config: &E::Config,
    ) -> Result<SecondLook<E>, Error> {
        let Some((output, mut record)) = self.valid_result(wanted, config)? else {
            return Ok(SecondLook::Run { replaces: None });
        };
        if self.is_to_be_replaced(wanted.identity.key, &record) {
            return Ok(SecondLook::Run {
                replaces: Some(record),
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

    /// A run as the store is asked for it.
    pub(super) fn wanted<'w>(
        &'w self,
        identity: &'w Identity,
        leaves: &'w dyn Fn() -> Vec<Leaf>,
    ) -> Wanted<'w> {
        Wanted {
            identity,
            origin: &self.origin,
            named_by_key: self.named_by_key,
            leaves,
        }
    }

    /// What the store has now.
    pub(super) fn valid_result(
        &self,
        wanted: &Wanted<'_>,
        config: &E::Config,
    ) -> Result<Option<(E::Output, Record)>, Error> {
        let mut walker = Walker::new();
        let found = self.store.find(
            wanted,
            &mut Reader::default(),
            Look::Fresh,
            |bytes, digest| self.upgrades.decode(bytes, digest, config, &mut walker),
        )?;
        Ok(match found {
            Lookup::Hit { output, record } => Some((output, record)),
            _ => None,
        })
    }

    /// What another process stored meanwhile, without locks, unless it is to be replaced.
    fn counting_result(&self, run: usize) -> Result<Option<(E::Output, Record)>, Error> {
        let Identified { config, identity } = &self.runs[run];
        let stored_leaves = || leaves(config, &self.schema, Names::Key);
        let found = self.valid_result(&self.wanted(identity, &stored_leaves), config)?;
        Ok(found.filter(|(_, record)| !self.is_to_be_replaced(identity.key, record)))
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
    ) -> Result<Outcome<E>, Error> {
        let Identified { config, identity } = &self.runs[run];
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
        };
        let started = SystemTime::now();
        let meter = self.is_isolated.then(Meter::start);
        let (clock, suspended) = (Instant::now(), self.suspension.total());
        let result = contain(|| E::run(config, &context));
        let not_its_own =
            context.progress.shared_time() + self.suspension.total().saturating_sub(suspended);
        let duration = clock.elapsed().saturating_sub(not_its_own);
        let usage = meter.map(|meter| meter.stop());
        let encoded = encode(result).and_then(|output| {
            let config_bytes = codec::encode_config(config).map_err(|error| (error, None))?;
            Ok((output, config_bytes))
        });
        match encoded {
            Ok((encoded, config_bytes)) => {
                let finished = Finished {
                    config,
                    config_bytes: &config_bytes,
                    output_bytes: &encoded.bytes,
                    output_digest: encoded.digest,
                    output_shape: output_shape(&encoded.output),
                    started,
                    duration,
                    attempts,
                    build: self.build.get(),
                    usage,
                    earlier: failed.map_or(&[], |failure| &failure.history),
                };
                let mut faster = None;
                let record = attempt.publish(&finished, || {
                    faster = self.counting_result(run)?;
                    Ok(faster.as_ref().map(|(_, record)| record.clone()))
                })?;
                let done = match (record, faster) {
                    (None, Some((output, record))) => Done {
                        output,
                        record,
                        elsewhere: true,
                        usage: None,
                    },
                    (None, None) => return Ok(Outcome::Busy),
                    (Some(record), _) => Done {
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
                attempt.fail(config, &failure, started, duration, usage)?;
                Ok(Outcome::Failed {
                    failure,
                    duration,
                    usage,
                    last_lines: None,
                })
            }
        }
    }

    fn checkpoints(&self, run: usize, attempt: u32, tell: &Tell) -> Checkpoints {
        let (runs, tell) = (Arc::clone(&self.runs), Arc::clone(tell));
        Checkpoints::Stored(StoredCheckpoints {
            store: Arc::clone(&self.store),
            key: self.runs[run].identity.key,
            build: Arc::clone(&self.build),
            attempt,
            config: Box::new(move || Walker::new().value(&runs[run].config)),
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
fn contain<O>(run: impl FnOnce() -> anyhow::Result<O>) -> Result<O, RunError> {
    match panic::catch(AssertUnwindSafe(run)) {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => {
            let backtrace = error.backtrace();
            let backtrace = (backtrace.status() == std::backtrace::BacktraceStatus::Captured)
                .then(|| backtrace.to_string());
            Err((format!("{error:#}"), backtrace))
        }
        Err(panic) => Err((format!("panicked: {}", panic.message), panic.backtrace)),
    }
}

/// Encodes what the run gave; a panic in the output's own `Serialize` is the run's failure too.
fn encode<O: serde::Serialize + serde::de::DeserializeOwned>(
    result: Result<O, RunError>,
) -> Result<codec::Encoded<O>, RunError> {
    let output = result?;
    match panic::catch(AssertUnwindSafe(|| {
        codec::encode(&output, codec::What::Output)
    })) {
        Ok(Ok(encoded)) => Ok(encoded),
        Ok(Err(error)) => Err((error, None)),
        Err(panic) => Err((
            format!("panicked while the output was stored: {}", panic.message),
            panic.backtrace,
        )),
    }
}
