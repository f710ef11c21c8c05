//! [`Request`]: the settings of one invocation, from the builder and the command line.

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

use crate::{
    base::ColorChoice,
    change::Overrides,
    execute::{Isolation, Processes, SlotsOf},
    plan::Shard,
    report::Format,
    store::{Access, Durability},
};

/// The default of `--grace`.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) action: Action,
    /// Do runs again that have a result.
    pub(crate) rerun: bool,
    /// Labels or parts of them; none select all runs.
    pub(crate) patterns: Vec<String>,
    /// Expressions that all must hold for a selected run.
    pub(crate) wheres: Vec<String>,
    /// Include stored runs that no config reaches.
    pub(crate) all: bool,
    /// File with configs that replace the experiment's own.
    pub(crate) configs: Option<PathBuf>,
    pub(crate) overrides: Overrides,
    /// The flags that change the configs, with their values as they were given.
    pub(crate) changes: Vec<(&'static str, Option<OsString>)>,
    /// The part of the selected runs to do.
    pub(crate) shard: Option<Shard>,
    pub(crate) jobs: Jobs,
    pub(crate) slots_of: SlotsOf,
    /// Without it, the longest first if several go on at a time.
    pub(crate) order: Option<JobOrder>,
    /// Do each run in a process of its own.
    pub(crate) isolate: bool,
    pub(crate) processes: Processes,
    /// Maximum time of a run, which then has a process of its own.
    pub(crate) timeout: Option<Duration>,
    /// Maximum time that runs take to stop once they are asked to.
    pub(crate) grace: Duration,
    /// The size of the stack of a run, if it is asked for.
    pub(crate) stack_bytes: Option<usize>,
    pub(crate) output_dir: PathBuf,
    pub(crate) durability: Durability,
    /// Maximum number of further attempts after a failure.
    pub(crate) retries: u32,
    /// Number of failures after which no run is started.
    pub(crate) failures_max: Option<NonZeroUsize>,
    /// Replaces the experiment's own report.
    pub(crate) format: Option<Format>,
    /// The field by which the rows of the report are ordered, with a `-` before it for the largest first.
    pub(crate) sort: Option<String>,
    /// Maximum number of rows of the report.
    pub(crate) top: Option<NonZeroUsize>,
    /// The file that the report goes to instead of standard output.
    pub(crate) report_to: Option<PathBuf>,
    pub(crate) progress: ProgressMode,
    pub(crate) events: Option<PathBuf>,
    pub(crate) verbosity: Verbosity,
    pub(crate) color: ColorChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Do the runs without a result, then report.
    Run,
    /// Report from the cache.
    Report,
    List,
    DryRun,
    /// Show why configs are not cached.
    Why,
    /// Show or remove directories that no config reaches.
    Prune(Prune),
    /// Keep runs from being pruned, or end that.
    Keep {
        is_kept: bool,
    },
    /// Take results of other code for those of this code.
    Accept,
    /// Run again, and compare with the results.
    Verify(Amount),
}

impl Action {
    /// Returns whether it shows what runs returned.
    pub(crate) fn shows_outputs(self) -> bool {
        matches!(self, Self::Run | Self::Report)
    }

    /// Returns whether it calls the code of runs.
    pub(crate) fn runs(self) -> bool {
        matches!(self, Self::Run | Self::Verify(_))
    }

    /// Returns how it uses the results.
    pub(crate) fn access(self) -> Access {
        match self {
            Self::Run
            | Self::Keep { .. }
            | Self::Accept
            | Self::Prune(Prune { removes: true, .. }) => Access::Write,
            Self::Report
            | Self::List
            | Self::DryRun
            | Self::Why
            | Self::Prune(_)
            | Self::Verify(_) => Access::Read,
        }
    }
}

/// The results to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    All,
    /// A part of them, in millionths.
    Share(u32),
    Runs(usize),
    /// As many as took no longer together.
    Time(Duration),
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = text.strip_suffix('%').and_then(|percent| {
            let is_decimal = percent
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
            let percent: f64 = percent.parse().ok().filter(|_| is_decimal)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is from 0 to 1,000,000"
            )]
            let millionths = (percent.min(100.0) * 10_000.0).ceil() as u32;
            (percent <= 100.0).then_some(Self::Share(millionths))
        });
        let runs = || text.parse().ok().map(Self::Runs);
        let time = || humantime::parse_duration(text).ok().map(Self::Time);
        share
            .or_else(runs)
            .or_else(time)
            .filter(|amount| !matches!(amount, Self::Share(0) | Self::Runs(0) | Self::Time(Duration::ZERO)))
            .ok_or_else(|| format!("write a share such as `5%`, a number of runs such as `20`, or a time such as `10m`, not `{text}`"))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prune {
    pub(crate) removes: bool,
    /// Include results of other `VERSION`s.
    pub(crate) old_versions: bool,
    /// Minimum age of what is removed. Without it, what is young or of a program that runs stays.
    pub(crate) older_than: Option<Duration>,
}

/// Number of runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jobs {
    AllCores,
    Exactly(NonZeroUsize),
}

impl Jobs {
    /// 0 means all cores.
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

/// The order in which runs are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobOrder {
    AsGiven,
    /// By their keys, so that early results cover what is swept. It is the same at each start.
    Random,
    Longest,
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
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Quiet,
    Normal,
    /// Every run, and backtraces.
    Verbose,
}

impl Request {
    /// Whether a key may ask for the status: it is shown, and no run shares the standard input with the program.
    pub(crate) fn may_read_keys(&self) -> bool {
        let is_shown = self.verbosity != Verbosity::Quiet && self.progress != ProgressMode::None;
        is_shown && (self.isolate || self.timeout.is_some())
    }

    /// Returns a message if flags contradict each other; `name` is the flag that chose the action.
    pub(super) fn contradiction(&self, name: &str) -> Option<String> {
        let is_about_store = matches!(
            self.action,
            Action::Why | Action::Prune(_) | Action::Keep { .. } | Action::Accept
        );
        let is_list = matches!(
            self.action,
            Action::List | Action::DryRun | Action::Verify(_)
        );
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
        } else if self.rerun && matches!(self.action, Action::Verify(_)) {
            Some(
                "leave `--rerun` or `--verify` out: `--verify` runs again what has a result, and leaves the result as it is"
                    .into(),
            )
        } else if self.rerun && !matches!(self.action, Action::Run | Action::DryRun) {
            Some(format!("leave `--rerun` out: `--{name}` runs nothing"))
        } else if self.report_to.is_some() && !matches!(self.action, Action::Run | Action::Report) {
            Some(format!(
                "leave `--report-to` out: `--{name}` makes no report; write `> FILE`"
            ))
        } else if self.events.is_some() && !self.action.runs() {
            Some(format!("leave `--events` out: `--{name}` runs nothing"))
        } else if (self.sort.is_some() || self.top.is_some()) && !self.action.shows_outputs() {
            let flag = if self.sort.is_some() { "sort" } else { "top" };
            Some(format!(
                "leave `--{flag}` out: it is about the rows of the report, and `--{name}` makes none"
            ))
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

    /// Returns a flag that selects or changes the program's own configs.
    fn narrowing(&self) -> Option<&'static str> {
        let overrides = &self.overrides;
        [
            (!self.patterns.is_empty(), "the pattern"),
            (!overrides.sets.is_empty(), "`--set`"),
            (!overrides.sweeps.is_empty(), "`--sweep`"),
            (!overrides.zips.is_empty(), "`--zip`"),
            (overrides.replicates.is_some(), "`--replicates`"),
            (self.configs.is_some(), "`--configs`"),
            (self.all, "`--all`"),
            (self.shard.is_some(), "`--shard`"),
        ]
        .into_iter()
        .find_map(|(is_given, flag)| is_given.then_some(flag))
    }

    pub(crate) fn isolation(&self) -> Isolation {
        Isolation {
            is_asked: self.isolate,
            processes: self.processes,
            timeout: self.timeout,
            grace: self.grace,
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
            slots_of: SlotsOf::Program,
            order: None,
            isolate: false,
            processes: Processes::Fresh,
            timeout: None,
            grace: GRACE,
            stack_bytes: None,
            output_dir: PathBuf::from("out"),
            durability: Durability::Promised,
            retries: 0,
            failures_max: None,
            format: None,
            sort: None,
            top: None,
            report_to: None,
            progress: ProgressMode::Auto,
            events: None,
            verbosity: Verbosity::Normal,
            color: ColorChoice::Auto,
        }
    }
}
