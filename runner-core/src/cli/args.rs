//! [`parse`] reads the command line.

use std::{ffi::OsString, num::NonZeroUsize};

use lexopt::Arg;

use super::{
    complete::COMPLETE,
    flags::{FLAGS, Flag, Given},
    request::{Action, Amount, Jobs, Prune, Request, Shell, Verbosity},
};
use crate::{
    base::{Error, did_you_mean, nearest},
    change::{Assignment, SweptField},
    execute::SlotsOf,
};

/// A command line that was read.
#[derive(Debug)]
pub(crate) enum Parsed {
    Request(Box<Request>),
    Help,
    Version,
    /// Print the script for this shell.
    Completions(Shell),
    /// Print the candidates for the last of these words.
    Complete(Vec<String>),
}

/// Reads the arguments, without the program's name. They override `defaults`.
///
/// # Errors
///
/// A usage error that says what to write instead.
pub(crate) fn parse(
    args: impl IntoIterator<Item = OsString>,
    defaults: Request,
) -> Result<Parsed, Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some((first, words)) = args.split_first()
        && first == COMPLETE
    {
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        return Ok(Parsed::Complete(words.collect()));
    }
    let mut draft = Draft {
        request: defaults,
        action: None,
        verbosity: None,
        patterns: Vec::new(),
        prune: Prune::default(),
    };
    let mut parser = lexopt::Parser::from_args(&args);
    while let Some(argument) = parser.next().map_err(|error| lexopt_error(&error))? {
        let flag = match argument {
            // `cargo bench` gives it to every program that it starts.
            Arg::Long("bench") => continue,
            Arg::Long(name) => Flag::by_long(name).ok_or_else(|| unknown_long(name))?,
            Arg::Short(name) => Flag::by_short(name).ok_or_else(|| unknown_short(name, &args))?,
            Arg::Value(pattern) => {
                draft.pattern(pattern)?;
                continue;
            }
        };
        let given = Given::read(flag, &mut parser)?;
        match flag.long {
            "help" => return Ok(Parsed::Help),
            "version" => return Ok(Parsed::Version),
            "completions" => return given.choice().map(Parsed::Completions),
            _ => draft.flag(given)?,
        }
    }
    draft.finish().map(Box::new).map(Parsed::Request)
}

struct Draft {
    request: Request,
    /// The flag that chose the action.
    action: Option<&'static Flag>,
    /// The flag that chose the verbosity.
    verbosity: Option<&'static Flag>,
    patterns: Vec<String>,
    prune: Prune,
}

impl Draft {
    fn flag(&mut self, given: Given) -> Result<(), Error> {
        let (flag, request) = (given.flag, &mut self.request);
        match flag.long {
            "report" => self.action(flag, Action::Report)?,
            "list" => self.action(flag, Action::List)?,
            "dry-run" => self.action(flag, Action::DryRun)?,
            "why" => self.action(flag, Action::Why)?,
            "prune" => self.action(flag, Action::Prune(Prune::default()))?,
            "yes" => self.prune.removes = true,
            "old-versions" => self.prune.old_versions = true,
            "older-than" => self.prune.older_than = Some(given.time()?),
            "keep" => self.action(flag, Action::Keep { is_kept: true })?,
            "accept" => self.action(flag, Action::Accept)?,
            "verify" => {
                let amount = match given.text()? {
                    "" => Amount::All,
                    _ => given.parsed()?,
                };
                self.action(flag, Action::Verify(amount))?;
            }
            "unkeep" => self.action(flag, Action::Keep { is_kept: false })?,
            "rerun" => request.rerun = true,
            "jobs" => {
                let number = given.number("a whole number (0 = all cores)")?;
                request.jobs = Jobs::from_number(number);
            }
            "share-slots" => request.slots_of = SlotsOf::Machine,
            "timeout" => request.timeout = Some(given.limit()?),
            "grace" => request.grace = given.time()?,
            "order" => request.order = Some(given.choice()?),
            "isolate" => {
                request.isolate = true;
                request.processes = given.optional_choice()?;
            }
            "retries" => request.retries = given.number("a whole number")?,
            "max-fail" => {
                let number = given.number("a whole number (0 = no limit)")?;
                request.failures_max = NonZeroUsize::new(number);
            }
            "fail-fast" => request.failures_max = Some(NonZeroUsize::MIN),
            "shard" => request.shard = Some(given.parsed()?),
            "output-dir" => request.output_dir = given.directory()?.into(),
            "format" => request.format = Some(given.choice()?),
            "sort" => request.sort = Some(given.text()?.to_owned()),
            "top" => request.top = Some(given.number("a whole number from 1")?),
            "report-to" => request.report_to = Some(given.file()?.into()),
            "progress" => request.progress = given.choice()?,
            "events" => request.events = Some(given.file()?.into()),
            "color" => request.color = given.choice()?,
            "where" => request.wheres.push(given.text()?.to_owned()),
            "all" => request.all = true,
            "quiet" => self.verbosity(flag, Verbosity::Quiet)?,
            "verbose" => self.verbosity(flag, Verbosity::Verbose)?,
            _ => return self.change(given),
        }
        Ok(())
    }

    /// Reads a flag that makes configs other than those of the source.
    fn change(&mut self, given: Given) -> Result<(), Error> {
        let overrides = &mut self.request.overrides;
        match given.flag.long {
            "set" => overrides.sets.push(Assignment::parse(given.text()?)?),
            "sweep" => overrides.sweeps.push(SweptField::parse(given.text()?)?),
            "zip" => overrides.zips.push(given.text()?.to_owned()),
            "replicates" => {
                let number: NonZeroUsize = given.number("a whole number from 1")?;
                overrides.replicates = Some(number.get());
            }
            "configs" => self.request.configs = Some(given.file()?.into()),
            // A row of the table without an arm; a test looks for it.
            name => return Err(unknown_long(name)),
        }
        self.request.changes.push((given.flag.long, given.value()));
        Ok(())
    }

    fn action(&mut self, flag: &'static Flag, action: Action) -> Result<(), Error> {
        self.request.action = action;
        only(self.action.replace(flag), flag)
    }

    fn verbosity(&mut self, flag: &'static Flag, verbosity: Verbosity) -> Result<(), Error> {
        self.request.verbosity = verbosity;
        only(self.verbosity.replace(flag), flag)
    }

    fn pattern(&mut self, pattern: OsString) -> Result<(), Error> {
        let pattern = pattern.into_string().map_err(|pattern| {
            Error::usage(format!(
                "the pattern `{}` is not valid UTF-8, so no label can contain it",
                pattern.display()
            ))
        })?;
        if pattern.is_empty() {
            return Err(Error::usage(
                "leave the empty pattern out: it would select every run",
            ));
        }
        self.patterns.push(pattern);
        Ok(())
    }

    fn finish(mut self) -> Result<Request, Error> {
        if !self.patterns.is_empty() {
            self.request.patterns = self.patterns;
        }
        if let Action::Prune(prune) = &mut self.request.action {
            *prune = self.prune;
        } else if self.prune.removes {
            return Err(Error::usage("`--yes` needs `--prune`"));
        } else if self.prune.old_versions {
            return Err(Error::usage("`--old-versions` needs `--prune`"));
        } else if self.prune.older_than.is_some() {
            return Err(Error::usage("`--older-than` needs `--prune`"));
        }
        let action = self.action.map_or("", |flag| flag.long);
        match self.request.contradiction(action) {
            Some(contradiction) => Err(Error::usage(contradiction)),
            None => Ok(self.request),
        }
    }
}

/// Fails if another flag of the same kind came earlier.
fn only(earlier: Option<&Flag>, flag: &Flag) -> Result<(), Error> {
    match earlier {
        Some(earlier) if earlier.long != flag.long => Err(Error::usage(format!(
            "leave `--{}` or `--{}` out: they cannot be given together",
            earlier.long, flag.long
        ))),
        _ => Ok(()),
    }
}

fn unknown_long(name: &str) -> Error {
    let meant = nearest(name, FLAGS.iter().map(|flag| flag.long));
    unknown(&format!("--{name}"), meant)
}

/// Looks for a long flag that was written with one dash.
fn unknown_short(name: char, args: &[OsString]) -> Error {
    let mut words = args
        .iter()
        .filter_map(|arg| arg.to_str()?.strip_prefix('-'));
    let meant = words.find(|rest| rest.starts_with(name) && Flag::by_long(rest).is_some());
    unknown(&format!("-{name}"), meant)
}

fn unknown(written: &str, meant: Option<&str>) -> Error {
    let hint = did_you_mean(meant.map(|meant| format!("--{meant}")));
    Error::usage(format!("unknown flag `{written}`{hint} (see --help)"))
}

fn lexopt_error(error: &lexopt::Error) -> Error {
    match error {
        lexopt::Error::UnexpectedValue { option, value } => Error::usage(format!(
            "`{option}` takes no value, but was given `{}`",
            value.display()
        )),
        error => Error::usage(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
