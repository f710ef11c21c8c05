//! [`Request`]: what one invocation is asked to do, from the builder and the command line.

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf, time::Duration};

use crate::{
    base::ColorChoice,
    change::Overrides,
    execute::Isolation,
    plan::Shard,
    report::Format,
    store::{Access, Durability},
};

/// Everything that an invocation is asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) action: Action,
    /// Run again even what has a result.
    pub(crate) rerun: bool,
    /// Parts of labels, or whole ones: `cli::select` says what they select. None select all.
    pub(crate) patterns: Vec<String>,
    /// Expressions that select runs, all of which must hold.
    pub(crate) wheres: Vec<String>,
    /// Also what is stored and not listed.
    pub(crate) all: bool,
    /// A file with the configs, in place of the experiment's own.
    pub(crate) configs: Option<PathBuf>,
    /// What is changed about every config.
    pub(crate) overrides: Overrides,
    /// The flags that make the configs other than the source says, with their values, as they were given.
    pub(crate) changes: Vec<(&'static str, Option<OsString>)>,
    /// Of what is selected, only this part.
    pub(crate) shard: Option<Shard>,
    pub(crate) jobs: Jobs,
    /// Every run in a process of its own.
    pub(crate) isolate: bool,
    /// The longest that a run may take, which then has a process of its own.
    pub(crate) timeout: Option<Duration>,
    pub(crate) output_dir: PathBuf,
    pub(crate) durability: Durability,
    /// How often a run that fails is tried again.
    pub(crate) retries: u32,
    /// After so many failures no further run is started.
    pub(crate) failures_max: Option<NonZeroUsize>,
    /// In place of the experiment's own report.
    pub(crate) format: Option<Format>,
    pub(crate) progress: ProgressMode,
    /// The file that events go to.
    pub(crate) events: Option<PathBuf>,
    pub(crate) verbosity: Verbosity,
    pub(crate) color: ColorChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Run what has no result, then report.
    Run,
    /// Report on what is there.
    Report,
    /// Show every config and its state.
    List,
    /// Show what would run.
    DryRun,
    /// Show why what is not cached is not.
    Why,
    /// Show or remove what no config reaches.
    Prune(Prune),
    /// Keep runs from being pruned, or no longer.
    Keep { is_kept: bool },
}

impl Action {
    /// Whether the store is written to.
    pub(crate) fn access(self) -> Access {
        match self {
            Self::Run | Self::Keep { .. } | Self::Prune(Prune { removes: true, .. }) => {
                Access::Write
            }
            Self::Report | Self::List | Self::DryRun | Self::Why | Self::Prune(_) => Access::Read,
        }
    }
}

/// How far pruning goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prune {
    /// Remove, not only show.
    pub(crate) removes: bool,
    /// Results of other `VERSION`s too.
    pub(crate) old_versions: bool,
}

/// How many runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jobs {
    AllCores,
    Exactly(NonZeroUsize),
}

impl Jobs {
    /// From a number as the command line takes it: 0 means all cores.
    pub(crate) fn from_number(number: usize) -> Self {
        NonZeroUsize::new(number).map_or(Self::AllCores, Self::Exactly)
    }

    pub(crate) fn get(self) -> usize {
        match self {
            Self::AllCores => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            Self::Exactly(number) => number.get(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, plain lines elsewhere.
    Auto,
    Bar,
    Plain,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Only errors.
    Quiet,
    Normal,
    /// Backtraces and reasons too.
    Verbose,
}

impl Request {
    /// Whether a key may ask for the status: somebody sees it, and no run shares the standard input with the program.
    pub(crate) fn may_read_keys(&self) -> bool {
        let is_shown = self.verbosity != Verbosity::Quiet && self.progress != ProgressMode::None;
        is_shown && (self.isolate || self.timeout.is_some())
    }

    /// What is asked of processes.
    pub(crate) fn isolation(&self) -> Isolation {
        Isolation {
            is_asked: self.isolate,
            timeout: self.timeout,
            shows_output: self.verbosity == Verbosity::Verbose
                || (self.verbosity == Verbosity::Normal && self.jobs.get() == 1),
        }
    }
}

impl Default for Request {
    fn default() -> Self {
        Self {
            action: Action::Run,
            rerun: false,
            patterns: Vec::new(),
            wheres: Vec::new(),
            all: false,
            configs: None,
            overrides: Overrides::default(),
            changes: Vec::new(),
            shard: None,
            jobs: Jobs::from_number(1),
            isolate: false,
            timeout: None,
            output_dir: PathBuf::from("out"),
            durability: Durability::Promised,
            retries: 0,
            failures_max: None,
            format: None,
            progress: ProgressMode::Auto,
            events: None,
            verbosity: Verbosity::Normal,
            color: ColorChoice::Auto,
        }
    }
}
