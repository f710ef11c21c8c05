//! [`Runner`]: the builder, and [`main`].

use std::{ffi::OsString, marker::PhantomData, path::PathBuf, process::ExitCode, time::Duration};

use super::{
    chosen::OwnConfigs,
    planned::{Planned, plan},
    program::{self, Invocation, MakeReport, make_report},
};
use crate::{
    api::{Experiment, Outline, Runs, Typed},
    base::{ColorChoice, Error, Style, exit},
    cli::{self, Action, Jobs, Program, Request},
    execute::{self, Processes, Silent, SlotsOf},
    store::Durability,
};

/// Makes a complete program of an experiment: parses the command line, runs every config that has no result, reports.
///
/// ```no_run
/// # use runner_core as runner;
/// # use runner::{Config, Context, Experiment};
/// # fn example<Training: Experiment>() -> std::process::ExitCode {
/// // fn main() -> std::process::ExitCode {
/// runner::main::<Training>()
/// // }
/// # }
/// ```
///
/// The exit code is one of [`exit`].
pub fn main<E: Experiment>() -> ExitCode {
    Runner::<E>::new().main()
}

/// Does the work of a process that was started for a single run, as `--isolate` does; elsewhere it returns at once.
///
/// A `main` that does other work before it comes to [`main`] should call it first, so that such a process does not do that
/// work too. With several experiments, call it once for each.
///
/// ```no_run
/// # use runner_core as runner;
/// # use runner::Experiment;
/// # fn example<Training: Experiment>() -> std::process::ExitCode {
/// // fn main() -> std::process::ExitCode {
/// runner::init::<Training>();
/// println!("training on this machine");
/// runner::main::<Training>()
/// // }
/// # }
/// ```
pub fn init<E: Experiment>() {
    enter(&Outline::of::<E>());
}

/// Does the work of the process of a run, if this is one.
fn enter(outline: &Outline) {
    if let Err(error) = execute::enter(outline) {
        let program = Program::new(std::env::args_os().next(), &outline.short_name());
        cli::print_error(&error, &program, Style::for_stderr(ColorChoice::Auto));
        std::process::exit(i32::from(exit::USAGE));
    }
}

/// An experiment with other configs, another report or other settings than its own, as a program or inside one.
///
/// End with [`main`](Self::main) for a program, or with [`run`](Self::run) for a value.
#[must_use = "a runner does nothing until `main()` or `run()` is called"]
pub struct Runner<E: Experiment> {
    untyped: UntypedRunner,
    experiment: PhantomData<E>,
}

/// A [`Runner`] without its types, so that what it does is compiled once and not in every program.
struct UntypedRunner {
    configs: OwnConfigs,
    report: MakeReport,
    request: Request,
    args: Option<Vec<OsString>>,
}

impl<E: Experiment> Runner<E> {
    /// A runner with the experiment's own configs and report.
    pub fn new() -> Self {
        let (configs, report) = (Typed::<E>::maker(E::configs), make_report(E::report));
        Self {
            untyped: UntypedRunner::new(configs, report),
            experiment: PhantomData,
        }
    }

    /// Runs these configs instead of [`Experiment::configs`].
    pub fn configs(mut self, configs: impl IntoIterator<Item = E::Config> + 'static) -> Self {
        self.untyped.configs = Typed::<E>::maker(|| configs.into_iter().collect());
        self
    }

    /// Reports with this function instead of [`Experiment::report`]; only [`main`](Self::main) reports.
    pub fn report(mut self, report: impl FnOnce(&Runs<E>) -> anyhow::Result<()> + 'static) -> Self {
        self.untyped.report = make_report(report);
        self
    }

    /// Keeps results here instead of in `out/`.
    pub fn output_dir(mut self, output_dir: impl Into<PathBuf>) -> Self {
        self.untyped.request.output_dir = output_dir.into();
        self
    }

    /// Sets the number of runs at a time, at most 4,096; 0 means one for each core. The default is 1.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.untyped.request.jobs = Jobs::from_number(jobs);
        self
    }

    /// Lets the [slots](crate::Context::slot) be those of all programs on this machine that keep results in the same directory and
    /// ask for it too: no two of their runs have the same slot at the same time, so that a slot can stand for a device, and
    /// [`jobs`](Self::jobs) counts the runs of all of them. A run for whose [`Cost`](crate::Cost) too few are free waits.
    ///
    /// Runs inside a run count as that one. Where the file system has no locks, every program has slots of its own.
    pub fn share_slots(mut self, share: bool) -> Self {
        self.untyped.request.slots_of = if share {
            SlotsOf::Machine
        } else {
            SlotsOf::Program
        };
        self
    }

    /// Gives every run a process of its own: this program, started again. What a run breaks, fills or leaves behind is then
    /// its own, it can be killed, and what it prints is in `run.log` in its directory. Statics, the environment, the working
    /// directory and [`shared`](crate::Context::shared) values begin anew with each run.
    ///
    /// The new processes get their configs from this one and never evaluate [`configs`](Self::configs). A `main` that does
    /// other work before it comes to the runner should call [`init`] first. In a test, they start only that test; call the runner
    /// in the test's own thread.
    pub fn isolate(mut self, isolate: bool) -> Self {
        self.untyped.request.isolate = isolate;
        self
    }

    /// Lets the process of a run in a process of its own do further runs after it, until one of them fails or leaves processes
    /// behind. Short runs are faster then, and have [`shared`](crate::Context::shared) values in common, but also everything
    /// else that a run changes in its process. Without [`isolate`](Self::isolate) or a time limit, it has no effect.
    pub fn keep_processes(mut self, keep: bool) -> Self {
        self.untyped.request.processes = if keep {
            Processes::Kept
        } else {
            Processes::Fresh
        };
        self
    }

    /// Sets the time limit of a run; every run then has a process of its own.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.untyped.request.timeout = Some(timeout);
        self
    }

    /// Sets how long a run may take to stop once it is asked to, by a signal or since it has exceeded its time limit; 10 seconds unless
    /// set. After a time limit that is shorter, a run has as long as the limit, at least a second.
    ///
    /// A run in a process of its own is killed then, with the processes that it started.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.untyped.request.grace = grace;
        self
    }

    /// Sets the size of the stack that each run has, in bytes, in threads as in processes of their own.
    ///
    /// The default is what `RUST_MIN_STACK` says in the environment, or else the limit of the main thread's stack (`ulimit -s`, mostly
    /// 8 MB), but at most 64 MB. A run that needs more ends the program, or its own process; the message of Rust names the thread
    /// by its [slot](crate::Context::slot), unless programs [share](Self::share_slots) them.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.untyped.request.stack_bytes = Some(bytes);
        self
    }

    /// Runs again what has a result too.
    pub fn rerun(mut self, rerun: bool) -> Self {
        self.untyped.request.rerun = rerun;
        self
    }

    /// Whether a result is on the disk before it counts; the default. If not, results count at once and are written when
    /// the system gets to it, so that a crash of the machine, but not of the program, may lose the last of them.
    pub fn durable(mut self, durable: bool) -> Self {
        self.untyped.request.durability = if durable {
            Durability::Promised
        } else {
            Durability::LeftToSystem
        };
        self
    }

    /// Lets [`main`](Self::main) parse these arguments, without a program name, instead of the process's own.
    ///
    /// For a program with flags of its own, they are the last arguments of the process, behind a `--`. The commands that are
    /// printed, such as those that run a failed run again, then have the arguments before them too.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.untyped.args = Some(args.into_iter().map(Into::into).collect());
        self
    }

    /// Parses the command line, whose flags beat this builder, and does what it says.
    ///
    /// Installs a panic hook for the process, which keeps the panics of runs off the terminal. The exit code is one
    /// of [`exit`].
    pub fn main(self) -> ExitCode {
        self.untyped.main(Outline::of::<E>)
    }

    /// Runs what has no result and gives back all runs; prints nothing and installs no signal handler or panic hook.
    ///
    /// The failure of single runs is no error: it is in [`Runs::failed`].
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::{Experiment, Runner};
    /// # fn example<Training: Experiment>(my_configs: Vec<Training::Config>) -> Result<(), runner::Error> {
    /// let runs = Runner::<Training>::new().configs(my_configs).output_dir("results/").jobs(4).run()?;
    /// assert!(runs.failed().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If there are no configs, one of them cannot be stored or its key is not stable, or if the output directory cannot be
    /// read or written; see [`Error::is_usage`] and [`Error::is_store`].
    pub fn run(self) -> Result<Runs<E>, Error> {
        let planned = self.untyped.run(Outline::of::<E>)?;
        Ok(planned.into_runs(ColorChoice::Auto))
    }
}

impl UntypedRunner {
    fn new(configs: OwnConfigs, report: MakeReport) -> Self {
        Self {
            configs,
            report,
            request: Request::default(),
            args: None,
        }
    }

    fn main(self, outline: fn() -> Outline) -> ExitCode {
        let outline = outline();
        enter(&outline);
        if execute::is_worker_of_another(&outline) {
            return ExitCode::SUCCESS;
        }
        let mut own_args: Vec<OsString> = std::env::args_os().skip(1).collect();
        let args = match self.args {
            Some(args) => {
                own_args = args_before(own_args, &args);
                args
            }
            None => std::mem::take(&mut own_args),
        };
        let invocation = Invocation {
            outline,
            configs: self.configs,
            report: self.report,
            own_args,
        };
        ExitCode::from(program::main(args, &self.request, invocation))
    }

    fn run(mut self, outline: fn() -> Outline) -> Result<Planned, Error> {
        let outline = outline();
        enter(&outline);
        if execute::is_worker_of_another(&outline) {
            // The process that started this one did what comes before its work.
            self.request.action = Action::Report;
            return plan(self.configs, outline, &self.request);
        }
        let mut planned = plan(self.configs, outline, &self.request)?;
        planned.execute(&self.request, &mut Silent, None)?;
        Ok(planned)
    }
}

/// Returns the arguments of the process that come before these, which are its last ones; none if they are not. Without
/// any, the arguments that a printed command adds must not be taken for the program's own.
fn args_before(mut all: Vec<OsString>, args: &[OsString]) -> Vec<OsString> {
    if !all.ends_with(args) {
        return Vec::new();
    }
    all.truncate(all.len() - args.len());
    if args.is_empty() && all.last().is_some_and(|last| last != "--") {
        all.push("--".into());
    }
    all
}

impl<E: Experiment> Default for Runner<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Experiment> std::fmt::Debug for Runner<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("request", &self.untyped.request)
            .finish_non_exhaustive()
    }
}
