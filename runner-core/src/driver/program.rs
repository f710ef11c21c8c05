//! A whole program: what `main` does with a command line, and the exit code it ends with.

use std::{
    ffi::OsString,
    io::{self, Write},
    mem::ManuallyDrop,
    panic::AssertUnwindSafe,
    sync::Arc,
};

use anyhow::anyhow;

use super::{
    chosen::OwnConfigs,
    execution::Completion,
    planned::{Planned, plan},
    report_file,
};
use crate::{
    api::{Experiment, Labels, Outline, Runs},
    base::{
        ColorChoice, Error, ErrorKind, Panic, Redirected, Style, catch, count, exit, install_hook,
        is_output_kept,
    },
    cli::{self, Absent, Action, Parsed, Program, Request, Verbosity},
    execute::{Courier, Signals},
    plan::identify,
    report::{Format, Rows, Screen, write},
    value::Schema,
};

/// Makes the report on the planned runs.
pub(crate) type MakeReport = Box<dyn FnOnce(Planned, &Request) -> Result<Absent, Error>>;

/// The part of an invocation that knows the experiment's types; all else is compiled once, and not in every program.
pub(crate) struct Invocation {
    pub(crate) outline: Outline,
    pub(crate) configs: OwnConfigs,
    pub(crate) report: MakeReport,
    /// The arguments of the process before ours.
    pub(crate) own_args: Vec<OsString>,
}

/// Returns what reports with `report`, unless the request names a format.
pub(crate) fn make_report<E: Experiment>(
    report: impl FnOnce(&Runs<E>) -> anyhow::Result<()> + 'static,
) -> MakeReport {
    Box::new(|planned, request| {
        // The process ends here; giving back a hundred thousand outputs one by one would only delay that.
        let mut runs = ManuallyDrop::new(planned.into_runs::<E>(request.color));
        runs.sort();
        if let Some(format) = request.format {
            export(format, request, &Rows::of(&runs))?;
        } else if !runs.is_empty() {
            judge_report(catch(AssertUnwindSafe(|| report(&runs))))?;
        }
        Ok(Absent::of(&runs))
    })
}

/// The labels of all configs, for completions; none if the configs cannot be made.
fn labels(outline: &Outline, configs: OwnConfigs) -> Vec<String> {
    let schema = Arc::new(Schema::new(outline.config.shape));
    let made = catch(AssertUnwindSafe(|| {
        let mut study = configs(schema);
        let identified = identify(&mut *study, 0, &outline.origin());
        (study, identified)
    }));
    let Ok((study, Ok(identified))) = made else {
        return Vec::new();
    };
    let labels = Labels::new(Arc::new(identified.identities), outline.config, &*study);
    (0..study.len())
        .map(|index| labels.get(index).to_owned())
        .collect()
}

/// Parses `args`, does what they say, and returns the exit code.
pub(crate) fn main(args: Vec<OsString>, defaults: &Request, invocation: Invocation) -> u8 {
    install_hook();
    let outline = invocation.outline;
    let program = Program::new(std::env::args_os().next(), &outline.short_name());
    let program = program.with_args(&invocation.own_args);
    let mut color = defaults.color;
    let result = match cli::parse(args, defaults.clone()) {
        Ok(Parsed::Request(request)) => {
            color = request.color;
            let mut shown = request.clone();
            shown.changes.retain(|(_, change)| {
                let change = change
                    .as_ref()
                    .map_or("".into(), |change| change.to_string_lossy());
                let field = change.split_once('=').map_or("", |(field, _)| field.trim());
                !outline.secrets.contains(&field)
            });
            let program = program.clone().keeping_place(&shown, defaults);
            invoke(&program, &request, invocation)
        }
        Ok(Parsed::Help) => {
            let style = Style::for_stdout(color);
            print(&cli::help(&outline, &program, defaults, style))
        }
        Ok(Parsed::Completions(shell)) => print(&cli::script(shell, &program)),
        Ok(Parsed::Complete(words)) => {
            let mut configs = Some(invocation.configs);
            print(&cli::complete(&outline, &words, &mut || {
                let configs = configs.take();
                configs.map_or_else(Vec::new, |configs| labels(&outline, configs))
            }))
        }
        Ok(Parsed::Version) => print(&cli::version(&outline, &program)),
        Err(error) => Err(error),
    };
    result.unwrap_or_else(|error| fail(&error, &program, color))
}

fn invoke(program: &Program, request: &Request, invocation: Invocation) -> Result<u8, Error> {
    let Invocation {
        outline,
        configs,
        report,
        ..
    } = invocation;
    if let Some(path) = &request.report_to {
        report_file::check(path)?;
    }
    let report = |planned: Planned| {
        let to_file = request.report_to.as_deref().map(report_file::redirect);
        let _to_file = to_file.transpose()?;
        report(planned, request)
    };
    let mut planned = plan(configs, outline, request)?;
    warn(&mut planned, request);
    match request.action {
        Action::List
        | Action::DryRun
        | Action::Why
        | Action::Prune(_)
        | Action::Keep { .. }
        | Action::Accept => show(&planned, request),
        Action::Report => {
            let absent = report(planned)?;
            if request.verbosity != Verbosity::Quiet {
                cli::print_absent(&absent, program, Style::for_stderr(request.color));
            }
            Ok(exit_code(&absent))
        }
        Action::Run | Action::Verify(_) => {
            // Without signals the program still works; an interrupt then ends it on the spot.
            let mut signals = Signals::install().ok();
            let has_keys =
                request.may_read_keys() && signals.as_mut().is_some_and(Signals::read_keys);
            let mut display = Courier::new(cli::with_events(
                request.events.as_deref(),
                planned.origin(),
                planned.describe(),
                cli::listener(program, request, has_keys),
            )?);
            let executed = {
                let _apart = keep_report_apart();
                planned.execute(request, &mut display, signals.as_mut())
            };
            if let Some(signals) = &mut signals {
                // All results are stored. What takes long now, a display or a report, can be interrupted like any program.
                signals.warn_last();
            }
            drop(display);
            let ending = executed?;
            warn(&mut planned, request);
            let code = if matches!(request.action, Action::Verify(_)) {
                show_verified(&mut planned, request, program)?
            } else {
                exit_code(&report(planned)?)
            };
            Ok(match ending {
                Completion::Complete => code,
                Completion::Interrupted => exit::INTERRUPTED,
            })
        }
    }
}

/// Lets runs in threads print to standard error if standard output is a file or a pipe: that is for the report, and a pipe that is
/// closed early harms no run.
fn keep_report_apart() -> Option<Redirected> {
    is_output_kept().then(|| Redirected::to(io::stderr()).ok())?
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
    // One after another: there may be very many.
    let mut broken = None;
    let mut take = |run: Result<_, Error>| run.map_err(|error| broken = Some(error)).ok();
    let written = match request.action {
        Action::DryRun => {
            let listed = planned.listed(request)?.map_while(&mut take);
            cli::dry_run(&mut out, listed, planned.outlook(request), format, style)
        }
        Action::Why => {
            let (explained, more) = planned.explained(request)?;
            cli::why(&mut out, &explained, more, style)
        }
        Action::Prune(prune) => cli::prune(&mut out, &planned.prune(prune)?, style),
        Action::Accept => {
            let count = count(planned.accept()?, "result");
            writeln!(out, "accepted: {count} of other code")
        }
        Action::Keep { is_kept } => {
            let count = count(planned.keep(is_kept)?, "run");
            if is_kept {
                writeln!(out, "kept: {count}, which --prune leaves alone")
            } else {
                writeln!(out, "no longer kept: {count}")
            }
        }
        _ => {
            let listed = planned.listed(request)?.map_while(&mut take);
            cli::list(&mut out, listed, format, style)
        }
    };
    if let Some(error) = broken {
        return Err(error);
    }
    written
        .and_then(|()| out.flush())
        .map(|()| exit::DONE)
        .map_err(|error| ErrorKind::Output(error).into())
}

/// Shows what came of the runs that were verified, and returns the exit code.
fn show_verified(planned: &mut Planned, request: &Request, program: &Program) -> Result<u8, Error> {
    let runs = planned.verified_runs()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let style = Style::for_stdout(request.color);
    cli::verified(&mut out, &runs, request.format, program, style)
        .and_then(|()| out.flush())
        .map_err(ErrorKind::Output)?;
    Ok(if runs.are_same() {
        exit::DONE
    } else {
        exit::INCOMPLETE
    })
}

fn exit_code(absent: &Absent) -> u8 {
    if absent.count == 0 {
        exit::DONE
    } else {
        exit::INCOMPLETE
    }
}

fn export(format: Format, request: &Request, rows: &Rows<'_>) -> Result<(), Error> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let page = Screen::stdout(request.color);
    let left_out = write(rows, format, &mut out, page).map_err(ErrorKind::Output)?;
    if request.verbosity != Verbosity::Quiet {
        cli::print_warnings(left_out.as_slice(), Style::for_stderr(request.color));
    }
    Ok(())
}

fn judge_report(reported: Result<anyhow::Result<()>, Panic>) -> Result<(), Error> {
    match reported {
        Ok(Ok(())) => io::stdout()
            .flush()
            .map_err(|error| ErrorKind::Output(error).into()),
        Ok(Err(error)) => Err(match error.downcast::<io::Error>() {
            Ok(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                ErrorKind::Output(error).into()
            }
            Ok(error) => ErrorKind::Experiment(anyhow!(error).context("the report failed")).into(),
            Err(error) => ErrorKind::Experiment(error.context("the report failed")).into(),
        }),
        Err(panic) if is_closed_pipe(&panic.message) => {
            Err(ErrorKind::Output(io::ErrorKind::BrokenPipe.into()).into())
        }
        Err(panic) => {
            Err(ErrorKind::Experiment(anyhow!("the report panicked: {}", panic.message)).into())
        }
    }
}

/// Returns whether a panic is that of `println!` to a closed pipe.
fn is_closed_pipe(message: &str) -> bool {
    message.contains("failed printing to stdout") && message.contains("Broken pipe")
}

fn print(text: &str) -> Result<u8, Error> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map(|()| exit::DONE)
        .map_err(|error| ErrorKind::Output(error).into())
}

/// Prints an error and returns its exit code.
fn fail(error: &Error, program: &Program, color: ColorChoice) -> u8 {
    let code = match error.kind() {
        // The reader of the report has seen enough.
        ErrorKind::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => {
            return exit::DONE;
        }
        ErrorKind::Usage(_) => exit::USAGE,
        ErrorKind::Store { .. } => exit::STORE,
        ErrorKind::Experiment(_) | ErrorKind::Output(_) => exit::INCOMPLETE,
    };
    cli::print_error(error, program, Style::for_stderr(color));
    code
}
