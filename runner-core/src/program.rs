//! A whole program: what `main` does with a command line, and the exit code it ends with.

use std::{
    ffi::OsString,
    io::{self, Write},
    panic::AssertUnwindSafe,
    path::Path,
};

use anyhow::anyhow;

use crate::{
    cli::{self, Parsed, Style},
    driver::Planned,
    error::{Error, Kind},
    execute,
    exit,
    experiment::Experiment,
    report::{self, Runs},
    request::{Action, Request, Verbosity},
    runner::{Configs, Report},
};

/// Parses `args`, does what they say, and answers with the exit code.
pub(crate) fn main<E: Experiment>(
    args: Vec<OsString>,
    defaults: Request,
    configs: Configs<E>,
    report: Report<E>,
) -> u8 {
    execute::install_hook();
    let program = program_name();
    let request = match cli::parse(args, defaults) {
        Ok(Parsed::Request(request)) => request,
        Ok(Parsed::Help) => return finish(print(&cli::help::<E>(&program))),
        Ok(Parsed::Version) => return finish(print(&cli::version::<E>(&program))),
        Err(error) => return finish(Err(error)),
    };
    finish(invoke::<E>(&program, &request, configs, report))
}

fn invoke<E: Experiment>(
    program: &str,
    request: &Request,
    configs: Configs<E>,
    report: Report<E>,
) -> Result<u8, Error> {
    let mut planned = Planned::<E>::new(configs, request)?;
    if request.verbosity != Verbosity::Quiet {
        for warning in &planned.warnings {
            cli::warn(warning);
        }
    }
    match request.action {
        Action::List | Action::DryRun => list(&planned, program, request),
        Action::Report => {
            let runs = planned.into_runs();
            make_report(request, report, &runs)?;
            if request.verbosity != Verbosity::Quiet {
                cli::print_absent(program, &runs);
            }
            Ok(exit_code(&runs))
        }
        Action::Run => {
            let mut display = cli::display(program, request);
            let executed = planned.execute(request, &mut *display);
            drop(display);
            executed?;
            let runs = planned.into_runs();
            make_report(request, report, &runs)?;
            Ok(exit_code(&runs))
        }
    }
}

fn exit_code<E: Experiment>(runs: &Runs<E>) -> u8 {
    if runs.failed().is_empty() && runs.missing().is_empty() {
        exit::DONE
    } else {
        exit::INCOMPLETE
    }
}

/// Makes the report, unless there is nothing to report on.
fn make_report<E: Experiment>(request: &Request, report: Report<E>, runs: &Runs<E>) -> Result<(), Error> {
    if let Some(format) = request.format {
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        report::write(runs, format, &mut stdout, &Style::for_stdout(request.color).into())
            .and_then(|()| stdout.flush())
            .map_err(|error| Kind::Output(error).into())
    } else if runs.is_empty() {
        Ok(())
    } else {
        match execute::catch(AssertUnwindSafe(|| report(runs))) {
            Ok(Ok(())) => io::stdout().flush().map_err(|error| Kind::Output(error).into()),
            Ok(Err(error)) => Err(Kind::Experiment(error.context("the report failed")).into()),
            Err(panic) if is_closed_pipe(&panic.message) => {
                Err(Kind::Output(io::ErrorKind::BrokenPipe.into()).into())
            }
            Err(panic) => Err(Kind::Experiment(anyhow!("the report panicked: {}", panic.message)).into()),
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

/// Prints an error and turns it into an exit code.
fn finish(result: Result<u8, Error>) -> u8 {
    let error = match result {
        Ok(code) => return code,
        Err(error) => error,
    };
    let code = match error.kind() {
        // Whoever reads the report has seen enough.
        Kind::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => return exit::DONE,
        Kind::Usage(_) => exit::USAGE,
        Kind::Store { .. } => exit::STORE,
        Kind::Experiment(_) | Kind::Output(_) => exit::INCOMPLETE,
    };
    cli::print_error(&error);
    code
}

/// The name by which this program was called, without its directory.
fn program_name() -> String {
    std::env::args_os()
        .next()
        .and_then(|path| Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "experiment".to_owned())
}
