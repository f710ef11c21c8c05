//! [`Event`]: everything that the engine tells; every display is a listener.

use std::{fmt, sync::Arc, time::Duration};

use super::{isolate::LogTail, verification::Verification};
use crate::{api::Progress, store::Usage};

/// Finds the label of a run by its place among all configs; labels are computed only when they are shown.
pub(crate) type LabelOf = Arc<dyn Fn(usize) -> String + Send + Sync>;

/// Sends an event to the listeners; a run may do so at any time.
pub(crate) type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// Something that happened, in the order in which it happened. A run is named by its place among all configs.
#[derive(Clone)]
pub(crate) enum Event {
    /// Before the first run starts.
    Planned {
        /// How many runs were asked for.
        selected: usize,
        /// How many of them have a result already.
        cached: usize,
        /// How many will be done now.
        to_run: usize,
        /// How many run at a time.
        jobs: usize,
        label_of: LabelOf,
        /// Those to run that have a result, in order.
        rerun: Vec<usize>,
        /// How they were chosen, if they are verified.
        chosen: Option<String>,
    },
    Started {
        run: usize,
        slot: usize,
        attempt: u32,
        progress: Arc<Progress>,
        /// The longest that it may take.
        timeout: Option<Duration>,
        /// The end of what it prints, if it has a process of its own.
        tail: Option<LogTail>,
    },
    /// A run goes on for much longer than was to be expected; told again when it has taken twice as long.
    Slow {
        run: usize,
        elapsed: Duration,
        timeout: Option<Duration>,
    },
    /// A run in a process of its own printed whole lines.
    Output { run: usize, bytes: Vec<u8> },
    /// Another process is doing this run, or there is no room for its process; it is looked at again later.
    Waiting { run: usize, holder: String },
    /// A result is stored, by this process or, if `elsewhere`, by another one in the meantime.
    Finished {
        run: usize,
        duration: Duration,
        elsewhere: bool,
        /// How often it was tried, by all invocations together.
        attempts: u32,
        usage: Option<Usage>,
        /// Whether its output is that of the result before, if there was one.
        is_same: Option<bool>,
    },
    /// A run was done again and compared with its result.
    Verified {
        run: usize,
        duration: Duration,
        finding: Verification,
    },
    /// A run failed and is tried again after the delay.
    Retrying {
        run: usize,
        error: String,
        delay: Duration,
    },
    /// A signal asked the program to end: nothing more is started, and runs may finish within the grace.
    Interrupted { grace: Duration },
    /// A run ended without a result since it was asked to stop. It has not failed.
    Stopped {
        run: usize,
        duration: Duration,
        /// How it ended.
        text: String,
    },
    /// A signal or a key asked what is going on.
    Status,
    /// The program is about to be suspended, with all that runs.
    Suspended,
    /// It goes on, after this time.
    Resumed { after: Duration },
    Failed {
        run: usize,
        duration: Duration,
        error: String,
        backtrace: Option<String>,
        /// How often it was tried, by all invocations together.
        attempts: u32,
        usage: Option<Usage>,
        /// The last lines that it printed, unless the error has them.
        last_lines: Option<String>,
    },
    /// Something that the user should know about a run that goes on.
    Note { run: usize, text: String },
    /// After the last run, before the report.
    Ended { totals: Totals },
}

/// What became of the runs that were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) cached: usize,
    pub(crate) finished: usize,
    /// How many of those needed more than one attempt.
    pub(crate) retried: usize,
    pub(crate) failed: usize,
    /// Ended without a result since they were asked to stop.
    pub(crate) stopped: usize,
    /// Not tried: interrupted, or not to be run.
    pub(crate) missing: usize,
    /// Verified, and the same as what is stored, or not.
    pub(crate) same: usize,
    pub(crate) differ: usize,
    /// Not compared.
    pub(crate) skipped: usize,
    /// Whether runs are missing since enough had failed.
    pub(crate) is_given_up: bool,
    pub(crate) elapsed: Duration,
}

/// Receives every event, on one thread, and a tick at least four times a second.
pub(crate) trait Listener {
    fn event(&mut self, event: &Event);

    /// Time has passed.
    fn tick(&mut self) {}

    /// Leaves the terminal to others until `stop` returns.
    fn suspend(&mut self, stop: &mut dyn FnMut()) {
        stop();
    }
}

/// A listener that shows nothing.
pub(crate) struct Silent;

impl Listener for Silent {
    fn event(&mut self, _: &Event) {}
}

impl Event {
    /// Tells that another program has a run too.
    pub(super) fn taken(run: usize) -> Self {
        let text = "another program has begun it too, as the lock file in `.runner/` was removed or replaced: what is stored of \
                    it counts";
        Self::Note {
            run,
            text: text.to_owned(),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned { to_run, .. } => write!(f, "Planned({to_run})"),
            Self::Started { run, slot, .. } => write!(f, "Started({run}, {slot})"),
            Self::Output { run, .. } => write!(f, "Output({run})"),
            Self::Slow { run, elapsed, .. } => write!(f, "Slow({run}, {elapsed:?})"),
            Self::Waiting { run, .. } => write!(f, "Waiting({run})"),
            Self::Finished { run, .. } => write!(f, "Finished({run})"),
            Self::Verified { run, .. } => write!(f, "Verified({run})"),
            Self::Retrying { run, .. } => write!(f, "Retrying({run})"),
            Self::Interrupted { .. } => f.write_str("Interrupted"),
            Self::Stopped { run, .. } => write!(f, "Stopped({run})"),
            Self::Status => f.write_str("Status"),
            Self::Suspended => f.write_str("Suspended"),
            Self::Resumed { after } => write!(f, "Resumed({after:?})"),
            Self::Failed { run, error, .. } => write!(f, "Failed({run}, {error})"),
            Self::Note { run, text } => write!(f, "Note({run}, {text})"),
            Self::Ended { totals } => write!(f, "Ended({totals:?})"),
        }
    }
}
