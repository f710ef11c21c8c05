//! [`parse`]: arguments → what is asked.

use std::{
    ffi::{OsStr, OsString},
    num::NonZeroUsize,
    str::FromStr,
    time::Duration,
};

use lexopt::Arg;

use super::request::{Action, Jobs, Prune, Request, Verbosity};
use super::{
    choice::{Choice, names},
    combinations,
    completions::{COMPLETE, Shell},
    flags::{self, FLAGS, Flag},
};
use crate::{
    base::{Error, nearest},
    change::{Assignment, Sweep},
    plan::Shard,
};

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Parsed {
    Request(Box<Request>),
    Help,
    Version,
    /// The script that completes command lines in a shell.
    Completions(Shell),
    /// What may stand in place of the last of these words.
    Complete(Vec<String>),
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
    if let Some((COMPLETE, words)) = args
        .split_first()
        .and_then(|(first, words)| Some((first.to_str()?, words)))
    {
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        return Ok(Parsed::Complete(words.collect()));
    }
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
            "completions" => {
                let shell = choice(flag, &value(flag, &mut parser)?)?;
                return Ok(Parsed::Completions(shell));
            }
            _ => asked.flag(flag, &mut parser)?,
        }
    }
    asked.finish().map(Box::new).map(Parsed::Request)
}

/// A request in the making.
struct Asked {
    request: Request,
    /// The flag that chose the action.
    action: Option<&'static Flag>,
    verbosity: Option<&'static Flag>,
    patterns: Vec<String>,
    prune: Prune,
}

impl Asked {
    fn new(request: Request) -> Self {
        Self {
            request,
            action: None,
            verbosity: None,
            patterns: Vec::new(),
            prune: Prune::default(),
        }
    }

    fn flag(&mut self, flag: &'static Flag, parser: &mut lexopt::Parser) -> Result<(), Error> {
        match flag.long {
            "report" => self.action(flag, Action::Report)?,
            "list" => self.action(flag, Action::List)?,
            "dry-run" => self.action(flag, Action::DryRun)?,
            "why" => self.action(flag, Action::Why)?,
            "prune" => self.action(flag, Action::Prune(Prune::default()))?,
            "yes" => self.prune.removes = true,
            "old-versions" => self.prune.old_versions = true,
            "keep" => self.action(flag, Action::Keep { is_kept: true })?,
            "unkeep" => self.action(flag, Action::Keep { is_kept: false })?,
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
            "where" | "set" | "sweep" | "zip" | "replicates" | "configs" | "all" => {
                self.choosing(flag, parser)?;
            }
            "quiet" => self.verbosity(flag, Verbosity::Quiet)?,
            "verbose" => self.verbosity(flag, Verbosity::Verbose)?,
            // A row of the table without an arm here; a test looks for it.
            name => return Err(unknown_long(name)),
        }
        Ok(())
    }

    /// The flags that say which configs and runs there are.
    fn choosing(&mut self, flag: &'static Flag, parser: &mut lexopt::Parser) -> Result<(), Error> {
        let Request {
            wheres,
            overrides,
            changes,
            configs,
            all,
            ..
        } = &mut self.request;
        let given = match flag.long {
            "where" => {
                wheres.push(text(flag, value(flag, parser)?)?);
                return Ok(());
            }
            "set" => {
                let text = text(flag, value(flag, parser)?)?;
                overrides.sets.push(Assignment::parse(&text)?);
                Some(text.into())
            }
            "sweep" => {
                let text = text(flag, value(flag, parser)?)?;
                overrides.sweeps.push(Sweep::parse(&text)?);
                Some(text.into())
            }
            "zip" => {
                overrides.zip = true;
                None
            }
            "replicates" => {
                let number = value(flag, parser)?;
                overrides.replicates = Some(replicates(&number)?);
                Some(number)
            }
            "configs" => {
                let file = file(flag, value(flag, parser)?)?;
                *configs = Some(file.clone().into());
                Some(file)
            }
            _ => {
                *all = true;
                return Ok(());
            }
        };
        changes.push((flag.long, given));
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
        if let Action::Prune(prune) = &mut self.request.action {
            *prune = self.prune;
        } else if self.prune != Prune::default() {
            let name = if self.prune.removes {
                "yes"
            } else {
                "old-versions"
            };
            return Err(Error::usage(format!("`--{name}` goes with `--prune`")));
        }
        combinations::check(&self.request, self.action.map(|flag| flag.long))?;
        Ok(self.request)
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

fn replicates(value: &OsStr) -> Result<usize, Error> {
    let number = value.to_str().and_then(|text| text.parse().ok());
    number.filter(|number| *number > 0).ok_or_else(|| {
        Error::usage(format!(
            "`{}` is no number of replicates; give `--replicates` a whole number from 1 on",
            value.display()
        ))
    })
}

fn text(flag: &Flag, value: OsString) -> Result<String, Error> {
    value.into_string().map_err(|value| {
        Error::usage(format!(
            "`--{}` was given `{}`, which is not valid UTF-8",
            flag.long,
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
