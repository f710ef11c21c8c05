//! A whole program: what `main` does with a command line, and the exit code it ends with.

use std::{
    ffi::OsString,
    io::{self, Write},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use anyhow::anyhow;

use super::{
    execution::Ending,
    planned::{Planned, plan},
};
use crate::{
    api::{Experiment, Labels, Outline, Runs, Study, Typed},
    base::{ColorChoice, Error, Kind, Panic, Style, catch, count, exit, install_hook},
    cli::{self, Absent, Action, Parsed, Program, Request, Verbosity},
    execute::Signals,
    report,
    value::Schema,
};

pub(super) type Configs<E> = Box<dyn FnOnce() -> Vec<<E as Experiment>::Config>>;
pub(super) type Report<E> = Box<dyn FnOnce(&Runs<E>) -> anyhow::Result<()>>;

/// An experiment with the configs and the report of this invocation, as much of it as needs their types.
pub(crate) struct Invocation<E: Experiment> {
    /// Taken when they are made.
    pub(crate) configs: Option<Configs<E>>,
    pub(crate) report: Option<Report<E>>,
    pub(crate) study: Option<Arc<Typed<E>>>,
}

/// What an invocation does with types; all else is compiled once, and not in every program.
trait Invoke {
    /// Makes the configs and looks up their runs.
    fn plan(&mut self, request: &Request) -> Result<Planned, Error>;

    /// Makes the report on the planned runs.
    fn report(&mut self, planned: Planned, request: &Request) -> Result<Absent, Error>;

    /// The labels of all configs, for completions; none if the configs cannot be made.
    fn labels(&mut self) -> Vec<String>;
}

impl<E: Experiment> Invoke for Invocation<E> {
    fn plan(&mut self, request: &Request) -> Result<Planned, Error> {
        let configs = self.configs.take().unwrap_or_else(|| Box::new(E::configs));
        let (planned, study) = plan::<E>(configs, request)?;
        self.study = Some(study);
        Ok(planned)
    }

    fn report(&mut self, planned: Planned, request: &Request) -> Result<Absent, Error> {
        let Some(study) = self.study.take() else {
            return Ok(Absent::default());
        };
        let runs = planned.into_runs(study, request.color);
        let report = self.report.take().unwrap_or_else(|| Box::new(E::report));
        make_report(request, report, &runs)?;
        let absent = Absent::of(&runs);
        // The process ends here; giving back a hundred thousand outputs one by one would only delay that.
        std::mem::forget(runs);
        Ok(absent)
    }

    fn labels(&mut self) -> Vec<String> {
        let configs = self.configs.take().unwrap_or_else(|| Box::new(E::configs));
        let Ok(configs) = catch(AssertUnwindSafe(configs)) else {
            return Vec::new();
        };
        let outline = Outline::of::<E>();
        let schema = Arc::new(Schema::new(outline.config.shape));
        labels(&outline, &Typed::<E>::new(configs, schema))
    }
}

fn labels(outline: &Outline, study: &dyn Study) -> Vec<String> {
    let labels = Labels::of_study(study, outline.config);
    (0..study.len())
        .map(|index| labels.get(index).to_owned())
        .collect()
}

/// Parses `args`, does what they say, and answers with the exit code.
pub(crate) fn main<E: Experiment>(
    args: Vec<OsString>,
    defaults: &Request,
    mut invocation: Invocation<E>,
) -> u8 {
    obey(&Outline::of::<E>(), args, defaults, &mut invocation)
}

fn obey(
    outline: &Outline,
    args: Vec<OsString>,
    defaults: &Request,
    invocation: &mut dyn Invoke,
) -> u8 {
    install_hook();
    let program = Program::new(std::env::args_os().next(), &outline.short_name());
    let (result, color) = match cli::parse(args, defaults.clone()) {
        Ok(Parsed::Request(request)) => {
            let program = program.clone().keeping_place(&request, defaults);
            (invoke(&program, &request, invocation), request.color)
        }
        Ok(Parsed::Help) => {
            let style = Style::for_stdout(defaults.color);
            (
                print(&cli::help(outline, &program, defaults, style)),
                defaults.color,
            )
        }
        Ok(Parsed::Completions(shell)) => (print(&cli::script(shell, &program)), defaults.color),
        Ok(Parsed::Complete(words)) => {
            let completed = cli::complete(outline, &words, &mut || invocation.labels());
            (print(&completed), defaults.color)
        }
        Ok(Parsed::Version) => (print(&cli::version(outline, &program)), defaults.color),
        Err(error) => (Err(error), defaults.color),
    };
    result.unwrap_or_else(|error| fail(&error, &program, color))
}

fn invoke(program: &Program, request: &Request, invocation: &mut dyn Invoke) -> Result<u8, Error> {
    let mut planned = invocation.plan(request)?;
    warn(&mut planned, request);
    match request.action {
        Action::List | Action::DryRun | Action::Why | Action::Prune(_) | Action::Keep { .. } => {
            show(&planned, request)
        }
        Action::Report => {
            let absent = invocation.report(planned, request)?;
            if request.verbosity != Verbosity::Quiet {
                cli::print_absent(&absent, program, Style::for_stderr(request.color));
            }
            Ok(exit_code(&absent))
        }
        Action::Run => {
            // Without signals the program still works; an interrupt then ends it on the spot.
            let mut signals = Signals::install().ok();
            let has_keys =
                request.may_read_keys() && signals.as_mut().is_some_and(Signals::read_keys);
            let mut display = cli::with_events(
                request.events.as_deref(),
                planned.origin(),
                planned.describe(),
                cli::listener(program, request, has_keys),
            )?;
            let executed = planned.execute(request, &mut *display, signals.as_mut());
            drop(display);
            if let Some(signals) = &mut signals {
                // The terminal is as it was; a report that takes long can be interrupted like any program.
                signals.warn_last();
            }
            let ending = executed?;
            warn(&mut planned, request);
            let absent = invocation.report(planned, request)?;
            Ok(match ending {
                Ending::Complete => exit_code(&absent),
                Ending::Interrupted => exit::INTERRUPTED,
            })
        }
    }
}

/// Prints the warnings that there are by now.
fn warn(planned: &mut Planned, request: &Request) {
    let warnings = std::mem::take(&mut planned.warnings);
    if request.verbosity != Verbosity::Quiet {
        cli::print_warnings(&warnings, Style::for_stderr(request.color));
    }
}

/// Shows what is asked about configs and the store; nothing runs.
fn show(planned: &Planned, request: &Request) -> Result<u8, Error> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let style = Style::for_stdout(request.color);
    let format = request.format;
    let written = match request.action {
        Action::DryRun => {
            let listed = planned.listed(request)?;
            cli::dry_run(&mut out, &listed, planned.outlook(request), format, style)
        }
        Action::Why => {
            let (explained, more) = planned.explained(request)?;
            cli::why(&mut out, &explained, more, style)
        }
        Action::Prune(prune) => cli::prune(&mut out, &planned.prune(prune)?, style),
        Action::Keep { is_kept } => {
            let count = count(planned.keep(is_kept)?, "run");
            if is_kept {
                writeln!(out, "kept: {count}, which --prune leaves alone")
            } else {
                writeln!(out, "no longer kept: {count}")
            }
        }
        _ => cli::list(&mut out, &planned.listed(request)?, format, style),
    };
    written
        .and_then(|()| out.flush())
        .map(|()| exit::DONE)
        .map_err(|error| Kind::Output(error).into())
}

fn exit_code(absent: &Absent) -> u8 {
    if absent.count == 0 {
        exit::DONE
    } else {
        exit::INCOMPLETE
    }
}

/// Makes the report, unless it is the experiment's own and there is nothing to report on.
fn make_report<E: Experiment>(
    request: &Request,
    report: Report<E>,
    runs: &Runs<E>,
) -> Result<(), Error> {
    if let Some(format) = request.format {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let page = report::Page::stdout(request.color);
        report::write(&report::Rows::of(runs), format, &mut out, page)
            .map_err(|error| Kind::Output(error).into())
    } else if runs.is_empty() {
        Ok(())
    } else {
        judge_report(catch(AssertUnwindSafe(|| report(runs))))
    }
}

fn judge_report(reported: Result<anyhow::Result<()>, Panic>) -> Result<(), Error> {
    match reported {
        Ok(Ok(())) => io::stdout()
            .flush()
            .map_err(|error| Kind::Output(error).into()),
        Ok(Err(error)) => Err(match error.downcast::<io::Error>() {
            Ok(error) if error.kind() == io::ErrorKind::BrokenPipe => Kind::Output(error).into(),
            Ok(error) => Kind::Experiment(anyhow!(error).context("the report failed")).into(),
            Err(error) => Kind::Experiment(error.context("the report failed")).into(),
        }),
        Err(panic) if is_closed_pipe(&panic.message) => {
            Err(Kind::Output(io::ErrorKind::BrokenPipe.into()).into())
        }
        Err(panic) => {
            Err(Kind::Experiment(anyhow!("the report panicked: {}", panic.message)).into())
        }
    }
}

/// Whether a panic is that of `println!` to a reader who has gone away.
fn is_closed_pipe(message: &str) -> bool {
    message.contains("failed printing to stdout") && message.contains("Broken pipe")
}

fn print(text: &str) -> Result<u8, Error> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map(|()| exit::DONE)
        .map_err(|error| Kind::Output(error).into())
}

/// Prints an error and answers with its exit code.
fn fail(error: &Error, program: &Program, color: ColorChoice) -> u8 {
    let code = match error.kind() {
        // Whoever reads the report has seen enough.
        Kind::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => return exit::DONE,
        Kind::Usage(_) => exit::USAGE,
        Kind::Store { .. } => exit::STORE,
        Kind::Experiment(_) | Kind::Output(_) => exit::INCOMPLETE,
    };
    cli::print_error(error, program, Style::for_stderr(color));
    code
}
