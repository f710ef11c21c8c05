//! [`parse`]: arguments → what is asked.

use std::{
    ffi::{OsStr, OsString},
    num::NonZeroUsize,
    str::FromStr,
    time::Duration,
};

use lexopt::Arg;

use super::{
    choice::{Choice, names},
    flags::{self, FLAGS, Flag},
};
use crate::{
    error::Error,
    nearest::nearest,
    plan::Shard,
    report::Format,
    request::{Action, Jobs, Request, Verbosity},
};

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Parsed {
    Request(Request),
    Help,
    Version,
}

/// Reads the arguments, without the program's name; what they say goes before `defaults`.
///
/// # Errors
///
/// A usage error that says what to write instead.
pub(crate) fn parse(
    args: impl IntoIterator<Item = OsString>,
    defaults: Request,
) -> Result<Parsed, Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut asked = Asked::new(defaults);
    let mut parser = lexopt::Parser::from_args(&args);
    while let Some(argument) = parser.next().map_err(|error| lexopt_error(&error))? {
        let flag = match argument {
            Arg::Long(name) => flags::by_long(name).ok_or_else(|| unknown_long(name))?,
            Arg::Short(name) => flags::by_short(name).ok_or_else(|| unknown_short(name, &args))?,
            Arg::Value(pattern) => {
                asked.pattern(pattern)?;
                continue;
            }
        };
        match flag.long {
            "help" => return Ok(Parsed::Help),
            "version" => return Ok(Parsed::Version),
            _ => asked.flag(flag, &mut parser)?,
        }
    }
    asked.finish().map(Parsed::Request)
}

/// A request in the making.
struct Asked {
    request: Request,
    /// The flag that chose the action.
    action: Option<&'static Flag>,
    verbosity: Option<&'static Flag>,
    patterns: Vec<String>,
}

impl Asked {
    fn new(request: Request) -> Self {
        Self {
            request,
            action: None,
            verbosity: None,
            patterns: Vec::new(),
        }
    }

    fn flag(&mut self, flag: &'static Flag, parser: &mut lexopt::Parser) -> Result<(), Error> {
        match flag.long {
            "report" => self.action(flag, Action::Report)?,
            "list" => self.action(flag, Action::List)?,
            "dry-run" => self.action(flag, Action::DryRun)?,
            "rerun" => self.request.rerun = true,
            "jobs" => self.request.jobs = jobs(&value(flag, parser)?)?,
            "isolate" => self.request.isolate = true,
            "timeout" => self.request.timeout = Some(time(flag, &value(flag, parser)?)?),
            "retries" => self.request.retries = number(flag, &value(flag, parser)?)?,
            "max-fail" => self.request.failures_max = Some(number(flag, &value(flag, parser)?)?),
            "fail-fast" => self.request.failures_max = Some(NonZeroUsize::MIN),
            "shard" => self.request.shard = Some(shard(flag, &value(flag, parser)?)?),
            "output-dir" => self.request.output_dir = directory(flag, value(flag, parser)?)?.into(),
            "format" => self.request.format = Some(choice(flag, &value(flag, parser)?)?),
            "progress" => self.request.progress = choice(flag, &value(flag, parser)?)?,
            "events" => self.request.events = Some(file(flag, value(flag, parser)?)?.into()),
            "color" => self.request.color = choice(flag, &value(flag, parser)?)?,
            "quiet" => self.verbosity(flag, Verbosity::Quiet)?,
            "verbose" => self.verbosity(flag, Verbosity::Verbose)?,
            // A row of the table without an arm here; a test looks for it.
            name => return Err(unknown_long(name)),
        }
        Ok(())
    }

    fn action(&mut self, flag: &'static Flag, action: Action) -> Result<(), Error> {
        let earlier = self.action.replace(flag);
        self.request.action = action;
        one_of_two(earlier, flag)
    }

    fn verbosity(&mut self, flag: &'static Flag, verbosity: Verbosity) -> Result<(), Error> {
        let earlier = self.verbosity.replace(flag);
        self.request.verbosity = verbosity;
        one_of_two(earlier, flag)
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
                "an empty pattern would select every run; leave it out",
            ));
        }
        self.patterns.push(pattern);
        Ok(())
    }

    /// Checks what only the whole command line can tell.
    fn finish(mut self) -> Result<Request, Error> {
        if !self.patterns.is_empty() {
            self.request.patterns = self.patterns;
        }
        let Request {
            action,
            rerun,
            format,
            ref events,
            ..
        } = self.request;
        let action_name = self.action.map_or("", |flag| flag.long);
        if action != Action::Run && events.is_some() {
            return Err(Error::usage(format!(
                "`--{action_name}` runs nothing, so `--events` would have nothing to tell; leave one of them out"
            )));
        }
        match (action, rerun, format) {
            (Action::Report, true, _) => Err(Error::usage(
                "`--report` runs nothing, but `--rerun` asks to run again; leave one of them out",
            )),
            (Action::List, true, _) => Err(Error::usage(
                "`--list` runs nothing, but `--rerun` asks to run again; to see what it would run, give `--dry-run --rerun`",
            )),
            (Action::List | Action::DryRun, _, Some(form @ (Format::Csv | Format::Markdown))) => {
                Err(Error::usage(format!(
                    "`--{action_name}` has no form `{}`; give `--format table` or `--format json`",
                    form.name()
                )))
            }
            _ => Ok(self.request),
        }
    }
}

/// Fails if another flag of the same kind came earlier.
fn one_of_two(earlier: Option<&Flag>, flag: &Flag) -> Result<(), Error> {
    match earlier {
        Some(earlier) if earlier.long != flag.long => Err(Error::usage(format!(
            "`--{}` and `--{}` cannot be given together; leave one of them out",
            earlier.long, flag.long
        ))),
        _ => Ok(()),
    }
}

/// The value behind `flag`. A known flag in its place means that it was forgotten.
fn value(flag: &Flag, parser: &mut lexopt::Parser) -> Result<OsString, Error> {
    let Ok(value) = parser.value() else {
        return Err(Error::usage(format!(
            "`--{}` needs a value: {}",
            flag.long,
            flag.value_name()
        )));
    };
    match value.to_str().filter(|text| is_flag(text)) {
        Some(next) => Err(Error::usage(format!(
            "`--{}` needs a value ({}), but the flag `{next}` follows",
            flag.long,
            flag.value_name()
        ))),
        None => Ok(value),
    }
}

fn is_flag(text: &str) -> bool {
    FLAGS.iter().any(|flag| {
        text.strip_prefix("--") == Some(flag.long)
            || flag.short.is_some_and(|short| {
                text.strip_prefix('-')
                    .is_some_and(|rest| rest.chars().eq([short]))
            })
    })
}

fn choice<C: Choice>(flag: &Flag, value: &OsStr) -> Result<C, Error> {
    let name = value.to_string_lossy();
    C::from_name(&name).ok_or_else(|| {
        let names = names::<C>();
        let hint = nearest(&name, names.iter().copied())
            .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        Error::usage(format!(
            "unknown value `{name}` for `--{}`{hint} (valid: {})",
            flag.long,
            names.join(", ")
        ))
    })
}

fn jobs(value: &OsStr) -> Result<Jobs, Error> {
    value
        .to_str()
        .and_then(|text| text.parse().ok())
        .map(Jobs::from_number)
        .ok_or_else(|| {
            Error::usage(format!(
                "`{}` is no number of jobs; give `--jobs` a whole number, 0 for all cores",
                value.display()
            ))
        })
}

/// A whole number that the flag can take.
fn number<N: FromStr>(flag: &Flag, value: &OsStr) -> Result<N, Error> {
    value
        .to_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            Error::usage(format!(
                "`{}` is no number for `--{}`; give it a whole number",
                value.display(),
                flag.long
            ))
        })
}

fn time(flag: &Flag, value: &OsStr) -> Result<Duration, Error> {
    let text = value.to_string_lossy();
    let wrong = |why: &str| {
        Error::usage(format!(
            "`{text}` is no time for `--{}` ({why}); write it as `90s`, `5m` or `1h 30m`",
            flag.long
        ))
    };
    let time = humantime::parse_duration(&text).map_err(|error| wrong(&error.to_string()))?;
    if time.is_zero() {
        return Err(wrong("no run ends at once"));
    }
    Ok(time)
}

fn shard(flag: &Flag, value: &OsStr) -> Result<Shard, Error> {
    value
        .to_string_lossy()
        .parse()
        .map_err(|error| Error::usage(format!("`--{}`: {error}", flag.long)))
}

fn file(flag: &Flag, value: OsString) -> Result<OsString, Error> {
    if value.is_empty() {
        return Err(Error::usage(format!(
            "`--{}` needs a file, but was given an empty name",
            flag.long
        )));
    }
    Ok(value)
}

/// A directory that looks like a flag is more likely a mistake than a directory.
fn directory(flag: &Flag, value: OsString) -> Result<OsString, Error> {
    if value.is_empty() {
        return Err(Error::usage(format!(
            "`--{}` needs a directory, but was given an empty one; for this directory write `.`",
            flag.long
        )));
    }
    if value.as_encoded_bytes().starts_with(b"-") {
        return Err(Error::usage(format!(
            "`--{}` needs a directory, but was given `{2}`; if that is its name, write `.{1}{2}`",
            flag.long,
            std::path::MAIN_SEPARATOR,
            value.display()
        )));
    }
    Ok(value)
}

fn unknown_long(name: &str) -> Error {
    let hint = nearest(name, FLAGS.iter().map(|flag| flag.long))
        .map_or_else(String::new, |meant| format!("; did you mean `--{meant}`?"));
    Error::usage(format!("unknown flag `--{name}`{hint} (see --help)"))
}

/// Looks for a long flag that was written with one dash.
fn unknown_short(name: char, args: &[OsString]) -> Error {
    let hint = args
        .iter()
        .filter_map(|arg| arg.to_str()?.strip_prefix('-'))
        .find(|rest| rest.starts_with(name) && flags::by_long(rest).is_some())
        .map_or_else(String::new, |meant| format!("; did you mean `--{meant}`?"));
    Error::usage(format!("unknown flag `-{name}`{hint} (see --help)"))
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
