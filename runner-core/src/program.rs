//! A whole program: what `main` does with a command line, and the exit code it ends with.

use std::{
    ffi::OsString,
    io::{self, Write},
    panic::AssertUnwindSafe,
};

use anyhow::anyhow;

use crate::{
    cli::{self, Parsed, Program, Style},
    config::Config,
    driver::{Ending, Planned},
    error::{Error, Kind},
    execute::{self, Signals},
    exit,
    experiment::{Experiment, short_name},
    human::count,
    report::{self, Labels, Runs},
    request::{Action, ColorChoice, Request, Verbosity},
    runner::{Configs, Report},
};

/// Parses `args`, does what they say, and answers with the exit code.
pub(crate) fn main<E: Experiment>(
    args: Vec<OsString>,
    defaults: &Request,
    configs: Configs<E>,
    report: Report<E>,
) -> u8 {
    execute::install_hook();
    let program = Program::new(std::env::args_os().next(), &short_name(E::name()));
    let (result, color) = match cli::parse(args, defaults.clone()) {
        Ok(Parsed::Request(request)) => {
            let program = program.clone().keeping_place(&request, defaults);
            (
                invoke::<E>(&program, &request, configs, report),
                request.color,
            )
        }
        Ok(Parsed::Help) => {
            let style = Style::for_stdout(defaults.color);
            (
                print(&cli::help::<E>(&program, defaults, style)),
                defaults.color,
            )
        }
        Ok(Parsed::Completions(shell)) => (print(&cli::script(shell, &program)), defaults.color),
        Ok(Parsed::Complete(words)) => {
            let labels = || labels::<E>(configs);
            (print(&cli::complete::<E>(&words, labels)), defaults.color)
        }
        Ok(Parsed::Version) => (print(&cli::version::<E>(&program)), defaults.color),
        Err(error) => (Err(error), defaults.color),
    };
    result.unwrap_or_else(|error| fail(&error, &program, color))
}

fn invoke<E: Experiment>(
    program: &Program,
    request: &Request,
    configs: Configs<E>,
    report: Report<E>,
) -> Result<u8, Error> {
    let mut planned = Planned::<E>::new(configs, request)?;
    if request.verbosity != Verbosity::Quiet {
        cli::print_warnings(&planned.warnings, Style::for_stderr(request.color));
    }
    match request.action {
        Action::List | Action::DryRun | Action::Why | Action::Prune(_) | Action::Keep { .. } => {
            show(&planned, request)
        }
        Action::Report => {
            let runs = planned.into_runs(request.color);
            make_report(request, report, &runs)?;
            if request.verbosity != Verbosity::Quiet {
                cli::print_absent(&runs, program, Style::for_stderr(request.color));
            }
            Ok(exit_code(&runs))
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
            let runs = planned.into_runs(request.color);
            make_report(request, report, &runs)?;
            let code = match ending {
                Ending::Complete => exit_code(&runs),
                Ending::Interrupted => exit::INTERRUPTED,
            };
            // The process ends here; giving back a hundred thousand outputs one by one would only delay that.
            std::mem::forget(runs);
            Ok(code)
        }
    }
}

/// Shows what is asked about configs and the store; nothing runs.
fn show<E: Experiment>(planned: &Planned<E>, request: &Request) -> Result<u8, Error> {
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

/// The labels of all configs, for completions; none if the configs cannot be made.
fn labels<E: Experiment>(configs: Configs<E>) -> Vec<String> {
    let Ok(configs) = execute::catch(AssertUnwindSafe(configs)) else {
        return Vec::new();
    };
    let short = short_name(E::name());
    let name_of = |config: &E::Config| config.run_name().unwrap_or_else(|| short.clone());
    let named: Vec<_> = configs
        .iter()
        .map(|config| (name_of(config), config))
        .collect();
    let labels = Labels::new(named.iter().map(|(name, config)| (name.as_str(), *config)));
    (0..named.len())
        .map(|index| labels.get(index).to_owned())
        .collect()
}

fn exit_code<E: Experiment>(runs: &Runs<E>) -> u8 {
    if runs.failed().is_empty() && runs.missing().is_empty() {
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
        let style = report::Style::stdout(request.color);
        report::write(runs, format, &mut out, style).map_err(|error| Kind::Output(error).into())
    } else if runs.is_empty() {
        Ok(())
    } else {
        match execute::catch(AssertUnwindSafe(|| report(runs))) {
            Ok(Ok(())) => io::stdout()
                .flush()
                .map_err(|error| Kind::Output(error).into()),
            Ok(Err(error)) => Err(match error.downcast::<io::Error>() {
                Ok(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    Kind::Output(error).into()
                }
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
