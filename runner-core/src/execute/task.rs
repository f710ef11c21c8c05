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
};
use crate::{
    canonical::{Leaf, Names, Schema, Walker, leaves, output_shape},
    checkpoint::{Checkpoints, StoredCheckpoints},
    codec,
    context::{Context, Progress},
    error::Error,
    experiment::Experiment,
    key::{Identity, Origin},
    plan::Identified,
    shared::{Cancel, Shared},
    store::{Attempt, Build, Failure, Finished, Lock, Look, Lookup, Reader, Record, Store, Wanted},
    upgrade::Upgrades,
};

/// What all runs of one invocation have in common.
pub(crate) struct Task<E: Experiment> {
    pub(crate) store: Arc<Store>,
    pub(crate) origin: Arc<Origin>,
    pub(crate) schema: Arc<Schema>,
    pub(crate) runs: Arc<Vec<Identified<E::Config>>>,
    /// Run again what was stored before `started`.
    pub(crate) rerun: bool,
    pub(crate) started: SystemTime,
    /// Whether equal keys mean equal names: false if the name is a field that is left out of the key.
    pub(crate) named_by_key: bool,
    pub(crate) build: Build,
    pub(crate) cancel: Cancel,
    pub(crate) shared: Arc<Shared>,
    /// Which runs get a process of their own; nothing in such a process.
    pub(crate) isolation: Option<Isolation>,
    /// Whether this process was started for one run at a time; what a run takes of the machine is measured there.
    pub(crate) is_isolated: bool,
    pub(crate) upgrades: Upgrades<E>,
}

/// What became of one run.
pub(crate) enum Outcome<E: Experiment> {
    Done(Done<E>),
    Failed {
        failure: Failure,
        duration: Duration,
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
}

/// What there is once the lock is held.
pub(super) enum SecondLook<E: Experiment> {
    Done(Done<E>),
    Run {
        /// The valid result that the run is to replace.
        replaces: Option<Record>,
    },
}

/// What a run's own code came to.
enum Ran<O> {
    Output(codec::Encoded<O>),
    Error(String, Option<String>),
}

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
        let stored_leaves = || leaves(config, &self.schema, Names::Key);
        let wanted = self.wanted(identity, &stored_leaves);
        let replaces = match self.second_look(&lock, &wanted, config)? {
            SecondLook::Done(done) => {
                tell(Event::Finished {
                    run,
                    duration: done.record.duration,
                    elsewhere: true,
                });
                return Ok(Outcome::Done(done));
            }
            SecondLook::Run { replaces } => replaces,
        };
        let attempts = self
            .store
            .failure(identity.key)?
            .map_or(0, |failure| failure.attempts)
            + 1;
        if self.rerun {
            self.store
                .discard_checkpoint_before(identity.key, self.started)?;
        }
        let attempt = self.store.begin(lock, &wanted, replaces.as_ref())?;
        let progress = Arc::new(Progress::default());
        tell(Event::Started {
            run,
            slot,
            attempt: attempts,
            progress: Arc::clone(&progress),
            out_dir: attempt.directory().to_owned(),
        });
        self.run_attempt(run, attempt, slot, attempts, progress, tell)
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
        if self.is_to_be_replaced(&record) {
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
        Ok(found.filter(|(_, record)| !self.is_to_be_replaced(record)))
    }

    /// Whether a result is from before an invocation that runs everything again.
    pub(super) fn is_to_be_replaced(&self, record: &Record) -> bool {
        self.rerun && record.started < self.started
    }

    fn run_attempt(
        &self,
        run: usize,
        attempt: Attempt<'_>,
        slot: usize,
        attempts: u32,
        progress: Arc<Progress>,
        tell: &Tell,
    ) -> Result<Outcome<E>, Error> {
        let Identified { config, identity } = &self.runs[run];
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
            shared_time: std::sync::Mutex::default(),
        };
        let started = SystemTime::now();
        let meter = self.is_isolated.then(Meter::start);
        let clock = Instant::now();
        let result = contain(|| E::run(config, &context));
        let duration = clock.elapsed().saturating_sub(context.shared_time());
        let usage = meter.map(|meter| meter.stop());
        match encode(result) {
            Ran::Output(encoded) => {
                let config_bytes = postcard::to_stdvec(config).unwrap_or_default();
                let finished = Finished {
                    config,
                    config_bytes: &config_bytes,
                    output_bytes: &encoded.bytes,
                    output_digest: encoded.digest,
                    output_shape: output_shape(&encoded.output),
                    started,
                    duration,
                    attempts,
                    build: self.build,
                    usage,
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
                    },
                    (None, None) => return Ok(Outcome::Busy),
                    (Some(record), _) => Done {
                        output: encoded.output,
                        record,
                        elsewhere: false,
                    },
                };
                tell(Event::Finished {
                    run,
                    duration: done.record.duration,
                    elsewhere: done.elsewhere,
                });
                Ok(Outcome::Done(done))
            }
            Ran::Error(error, backtrace) => {
                let failure = Failure::now(error, backtrace, attempts, self.build);
                attempt.fail(config, &failure, started, duration, usage)?;
                Ok(Outcome::Failed { failure, duration })
            }
        }
    }

    fn checkpoints(&self, run: usize, attempt: u32, tell: &Tell) -> Checkpoints {
        let (runs, tell) = (Arc::clone(&self.runs), Arc::clone(tell));
        Checkpoints::Stored(StoredCheckpoints {
            store: Arc::clone(&self.store),
            key: self.runs[run].identity.key,
            build: self.build,
            attempt,
            config: Box::new(move || Walker::new().value(&runs[run].config)),
            note: Box::new(move |text| tell(Event::Note { run, text })),
            writing: std::sync::Mutex::default(),
        })
    }
}

/// Runs the user's code; a panic becomes an error with the place where it happened.
fn contain<O>(run: impl FnOnce() -> anyhow::Result<O>) -> Result<O, (String, Option<String>)> {
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
    result: Result<O, (String, Option<String>)>,
) -> Ran<O> {
    match result {
        Err((error, backtrace)) => Ran::Error(error, backtrace),
        Ok(output) => match panic::catch(AssertUnwindSafe(|| {
            codec::encode(&output, codec::What::Output)
        })) {
            Ok(Ok(encoded)) => Ran::Output(encoded),
            Ok(Err(error)) => Ran::Error(error, None),
            Err(panic) => Ran::Error(
                format!("panicked while the output was stored: {}", panic.message),
                panic.backtrace,
            ),
        },
    }
}
