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

/// A shell that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
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

    /// Returns what to write where flags contradict each other; `name` is the flag that chose the action.
    pub(super) fn contradiction(&self, name: &str) -> Option<String> {
        let is_about_store = matches!(
            self.action,
            Action::Why | Action::Prune(_) | Action::Keep { .. }
        );
        let is_list = matches!(self.action, Action::List | Action::DryRun);
        match self.format {
            Some(_) if is_about_store => {
                return Some(format!("leave `--format` out: `--{name}` has one form"));
            }
            Some(form @ (Format::Csv | Format::Markdown)) if is_list => {
                return Some(format!(
                    "`--{name}` takes `--format table` or `--format json`, not `{}`",
                    form.name()
                ));
            }
            _ => {}
        }
        if self.rerun && self.action == Action::List {
            Some(
                "write `--dry-run --rerun` to see what would run again: `--list` runs nothing"
                    .into(),
            )
        } else if self.rerun && !matches!(self.action, Action::Run | Action::DryRun) {
            Some(format!("leave `--rerun` out: `--{name}` runs nothing"))
        } else if self.events.is_some() && self.action != Action::Run {
            Some(format!("leave `--events` out: `--{name}` runs nothing"))
        } else if matches!(self.action, Action::Prune(_))
            && let Some(flag) = self.narrowing()
        {
            Some(format!(
                "leave {flag} out: `--prune` compares the store with the configs of the program itself"
            ))
        } else if !self.all {
            None
        } else if !matches!(
            self.action,
            Action::List | Action::Report | Action::Keep { .. }
        ) {
            Some(
                "`--all` needs `--list`, `--report` or `--keep`: it is about every stored run"
                    .into(),
            )
        } else if !self.overrides.is_empty() {
            Some(
                "leave `--all` out, or what changes configs: `--all` takes them as they are stored"
                    .into(),
            )
        } else {
            None
        }
    }

    /// Returns the flag that makes the selected configs others than those of the program.
    fn narrowing(&self) -> Option<&'static str> {
        let overrides = &self.overrides;
        [
            (!self.patterns.is_empty(), "the pattern"),
            (!self.wheres.is_empty(), "`--where`"),
            (!overrides.sets.is_empty(), "`--set`"),
            (!overrides.sweeps.is_empty(), "`--sweep`"),
            (overrides.zip, "`--zip`"),
            (overrides.replicates.is_some(), "`--replicates`"),
            (self.configs.is_some(), "`--configs`"),
            (self.all, "`--all`"),
            (self.shard.is_some(), "`--shard`"),
        ]
        .into_iter()
        .find_map(|(is_given, flag)| is_given.then_some(flag))
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
