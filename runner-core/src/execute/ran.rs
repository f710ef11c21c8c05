//! [`Ran`]: what the user's code made of a run, in this process or in one of its own; [`Rerun`]: which earlier ones it replaces.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{
    machine::{self, Meter},
    signals::STOPPING,
    verification::{Second, VerifiedRun},
};
use crate::{
    api::{Cancel, Context, EncodedOutput, Study, UnstorableOutput},
    base::{Clock, Error, panic},
    store::{AnyOutput, Failure, Record, Usage},
    value::{Differences, Key},
};

/// A run that is over and not stored yet.
pub(super) struct Ran {
    pub(super) result: Result<EncodedOutput, Fault>,
    pub(super) started: SystemTime,
    /// The run's own time: without shared values and suspensions.
    pub(super) duration: Duration,
    /// Known of a run in a process of its own.
    pub(super) usage: Option<Usage>,
    /// What the run printed last, unless the fault says so.
    pub(super) last_lines: Option<String>,
}

/// Why a run has no output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fault {
    pub(super) text: String,
    pub(super) backtrace: Option<String>,
    /// The end of what a process printed that died, as it follows the text in the error.
    pub(super) printed: String,
    /// Whether the run ended since it was asked to stop, which is no failure.
    pub(super) is_stop: bool,
    /// The output as JSON for people, if there is one that cannot be stored.
    pub(super) unstorable: Option<String>,
}

/// What became of one run.
pub(crate) enum Outcome {
    Done(DoneRun),
    Failed(Box<FailedRun>),
    /// It was asked to stop before it was done: as if it had not been tried.
    Stopped(StoppedRun),
    Verified(VerifiedRun),
    /// It was verified and differs: it is to be run a third time.
    Differs(Box<Second>),
    /// Another process has the key's lock.
    Busy,
    /// The store failed.
    Broken(Error),
}

/// A stored result.
pub(crate) struct DoneRun {
    pub(crate) output: AnyOutput,
    pub(crate) record: Record,
    /// Another process stored it in the meantime.
    pub(crate) elsewhere: bool,
    pub(crate) usage: Option<Usage>,
    /// How the output differs from that of the result before, if there was one.
    pub(crate) differences: Option<Differences>,
}

/// A failure, which is noted.
#[derive(Debug)]
pub(crate) struct FailedRun {
    pub(crate) failure: Failure,
    pub(crate) duration: Duration,
    pub(crate) usage: Option<Usage>,
    /// What it printed last, unless the failure says so.
    pub(crate) last_lines: Option<String>,
}

/// A run that was asked to stop.
#[derive(Debug)]
pub(crate) struct StoppedRun {
    pub(super) duration: Duration,
    /// How it ended.
    pub(super) text: String,
}

impl Ran {
    /// Calls the user's code, and encodes and proves its output. `meter` measures a run in a process of its own.
    pub(super) fn of(
        study: &dyn Study,
        run: usize,
        context: &Context,
        clock: &Clock,
        meter: Option<&mut Meter>,
    ) -> Self {
        let started = SystemTime::now();
        let start = clock.now();
        let result = contain(|| study.run(run, context));
        let elapsed = clock.now().saturating_sub(start);
        let result = match judge_stop(&context.cancel, context.is_isolated, &result) {
            Some(stop) => Err(stop),
            None => result.and_then(|output| encode(study, output)),
        };
        Self {
            duration: elapsed.saturating_sub(context.progress.shared_time()),
            usage: meter.map(Meter::stop),
            result,
            started,
            last_lines: None,
        }
    }

    /// Makes the end of a run that did not come as far as the user's code.
    pub(super) fn not_started(error: String) -> Self {
        Self {
            result: Err(Fault::new(error)),
            started: SystemTime::now(),
            duration: Duration::ZERO,
            usage: None,
            last_lines: None,
        }
    }
}

impl DoneRun {
    /// Makes the end of a run whose result another process stored.
    pub(super) fn elsewhere(output: AnyOutput, record: Record) -> Self {
        Self {
            output,
            record,
            elsewhere: true,
            usage: None,
            differences: None,
        }
    }
}

impl FailedRun {
    /// Makes the failure of a run whose result has no place.
    pub(super) fn spoilt(failure: Failure, duration: Duration, usage: Option<Usage>) -> Box<Self> {
        Box::new(Self {
            failure,
            duration,
            usage,
            last_lines: None,
        })
    }
}

impl Fault {
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            backtrace: None,
            printed: String::new(),
            is_stop: false,
            unstorable: None,
        }
    }

    /// Returns whether the run panicked as it printed to a pipe that nothing reads.
    pub(super) fn is_of_closed_pipe(&self) -> bool {
        self.text.starts_with("panicked: failed printing to std")
            && self.text.contains("Broken pipe")
    }

    /// Makes the end of a run that was asked to stop.
    pub(super) fn stop(text: String) -> Self {
        Self {
            is_stop: true,
            ..Self::new(text)
        }
    }

    fn panic(prefix: &str, panic: panic::Panic) -> Self {
        Self {
            backtrace: panic.backtrace,
            ..Self::new(format!("{prefix}{}", panic.message))
        }
    }
}

/// Returns the stop of a run that was asked to stop: unless it has a result that cannot have been cut short by that.
fn judge_stop(
    cancel: &Cancel,
    is_isolated: bool,
    result: &Result<AnyOutput, Fault>,
) -> Option<Fault> {
    let text = match result {
        Err(fault) => cancel.is_cancelled().then(|| fault.text.clone()),
        Ok(_) if cancel.is_seen() => Some(
            "its result does not count: `is_cancelled` told it to stop before, so that it may be cut short"
                .to_owned(),
        ),
        // A terminal sends its signal to the helpers of runs in threads too.
        Ok(_) if !is_isolated && cancel.has_lost_helpers() && is_asked(cancel) => Some(
            "its result does not count: a process that a run had started ended after the signal, perhaps by it"
                .to_owned(),
        ),
        Ok(_) => None,
    };
    text.map(Fault::stop)
}

/// Returns whether the program was asked to end, also if that has not reached it yet.
fn is_asked(cancel: &Cancel) -> bool {
    let pending = machine::signals("ShdPnd");
    let is_pending = |signal| pending & machine::signal_bit(signal) != 0;
    STOPPING.into_iter().any(is_pending) || cancel.is_cancelled()
}

/// Calls the user's code; a panic becomes a fault with the place where it happened.
fn contain(run: impl FnOnce() -> anyhow::Result<AnyOutput>) -> Result<AnyOutput, Fault> {
    match panic::catch(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(describe),
        Err(panic) => Err(Fault::panic("panicked: ", panic)),
    }
}

/// Encodes what the run returned; a panic in the output's own `Serialize` is the run's too.
fn encode(study: &dyn Study, output: AnyOutput) -> Result<EncodedOutput, Fault> {
    match panic::catch(AssertUnwindSafe(move || study.encode(&*output))) {
        Ok(encoded) => encoded.map_err(|UnstorableOutput { error, readable }| Fault {
            unstorable: readable,
            ..Fault::new(error)
        }),
        Err(panic) => Err(Fault::panic(
            "panicked while the output was stored: ",
            panic,
        )),
    }
}

/// Reads what an error says. To show and to drop it is the user's code as well.
fn describe(error: anyhow::Error) -> Fault {
    let described = panic::catch(AssertUnwindSafe(|| {
        let backtrace = error.backtrace();
        let backtrace = (backtrace.status() == std::backtrace::BacktraceStatus::Captured)
            .then(|| backtrace.to_string());
        let text = format!("{error:#}");
        drop(error);
        Fault {
            backtrace,
            ..Fault::new(text)
        }
    }));
    described.unwrap_or_else(|panic| Fault {
        backtrace: panic.backtrace,
        ..Fault::new(format!(
            "it failed with an error that cannot be shown: panicked: {}",
            panic.message
        ))
    })
}

/// What there was when the invocation started. It is known by the times that it names itself, so that a clock that was set back
/// since, or will be, makes nothing of before look newer.
#[derive(Clone, Debug)]
pub(crate) struct Rerun {
    pub(crate) started: SystemTime,
    pub(crate) found: HashMap<Key, PriorRun>,
}

/// What there was of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PriorRun {
    /// When the run started that has a result.
    pub(crate) result: Option<SystemTime>,
    /// When its checkpoint was saved.
    pub(crate) checkpoint: Option<SystemTime>,
}

impl Rerun {
    /// Returns whether a result is from before the invocation.
    pub(crate) fn replaces(&self, key: Key, record: &Record) -> bool {
        record.started < self.started || self.found(key).result == Some(record.started)
    }

    /// Returns whether a checkpoint that was saved at this time is from before the invocation.
    pub(crate) fn discards(&self, key: Key, saved: SystemTime) -> bool {
        saved < self.started || self.found(key).checkpoint == Some(saved)
    }

    pub(crate) fn found(&self, key: Key) -> PriorRun {
        self.found.get(&key).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::Build;

    const KEY: Key = Key::from_u128(7);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn check(result: u64, is_replaced: bool) {
        let found = PriorRun {
            result: Some(at(9_000)),
            checkpoint: Some(at(9_001)),
        };
        let rerun = Rerun {
            started: at(5_000),
            found: HashMap::from([(KEY, found)]),
        };
        let record = Record {
            directory: "run".to_owned(),
            started: at(result),
            duration: Duration::ZERO,
            build: Build { fingerprint: 0 },
            attempts: 1,
            code: 0,
            aside: false,
        };
        assert_eq!(rerun.replaces(KEY, &record), is_replaced, "{result}");
        assert_eq!(rerun.discards(KEY, at(result + 1)), is_replaced, "{result}");
        assert!(!rerun.replaces(Key::from_u128(8), &record) || result < 5_000);
    }

    #[test]
    fn what_is_older_is_replaced() {
        check(4_000, true);
        check(6_000, false);
    }

    #[test]
    fn what_was_there_is_replaced_even_if_it_looks_newer() {
        check(9_000, true);
        check(9_500, false);
    }
}
