//! [`Given`]: the value of a flag, read as what the flag takes.

use std::{ffi::OsString, fmt::Display, path::MAIN_SEPARATOR, str::FromStr, time::Duration};

use super::flags::{Choice, FLAGS, Flag, Value};
use crate::base::{Error, did_you_mean, nearest};

/// A flag and its value, which is empty if it takes none.
pub(super) struct Given {
    pub(super) flag: &'static Flag,
    value: OsString,
}

impl Given {
    /// Takes the value of `flag` from the arguments. A known flag in its place means that the value was forgotten.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn read(flag: &'static Flag, parser: &mut lexopt::Parser) -> Result<Self, Error> {
        let value = match flag.value {
            Value::Nothing => OsString::new(),
            _ => parser.value().map_err(|_| {
                let (name, value) = (flag.long, flag.value_name());
                Error::usage(format!("`--{name}` needs a value: {value}"))
            })?,
        };
        if let Some(next) = value.to_str().filter(|text| is_flag(text)) {
            let (name, value) = (flag.long, flag.value_name());
            return Err(Error::usage(format!(
                "`--{name}` needs a value ({value}), but the flag `{next}` follows"
            )));
        }
        Ok(Self { flag, value })
    }

    /// Returns the value as it was given, if the flag takes one.
    pub(super) fn value(self) -> Option<OsString> {
        (!matches!(self.flag.value, Value::Nothing)).then_some(self.value)
    }

    fn refused(&self, takes: impl Display) -> Error {
        let (name, value) = (self.flag.long, self.value.display());
        Error::usage(format!("`--{name}` takes {takes}, not `{value}`"))
    }

    pub(super) fn text(&self) -> Result<&str, Error> {
        self.value.to_str().ok_or_else(|| self.refused("UTF-8"))
    }

    pub(super) fn number<N: FromStr>(&self, takes: &str) -> Result<N, Error> {
        let number = self.value.to_str().and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.refused(takes))
    }

    pub(super) fn choice<C: Choice>(&self) -> Result<C, Error> {
        let name = self.value.to_string_lossy();
        let known = C::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, choice)| *choice).ok_or_else(|| {
            let names = C::names();
            let hint = did_you_mean(nearest(&name, names.iter().copied()));
            let (last, others) = names.split_last().unwrap_or((&"nothing", &[]));
            Error::usage(format!(
                "{}{hint}",
                self.refused(format_args!("{} or {last}", others.join(", ")))
            ))
        })
    }

    pub(super) fn time(&self) -> Result<Duration, Error> {
        let refused = |why: &dyn Display| {
            let refused = self.refused("a time such as `90s`, `5m` or `1h 30m`");
            Error::usage(format!("{refused} ({why})"))
        };
        match humantime::parse_duration(&self.value.to_string_lossy()) {
            Ok(Duration::ZERO) => Err(refused(&"no run ends at once")),
            time => time.map_err(|error| refused(&error)),
        }
    }

    /// Reads a value that says itself what it takes.
    pub(super) fn parsed<T: FromStr<Err = String>>(&self) -> Result<T, Error> {
        let parsed = self.value.to_string_lossy().parse();
        parsed.map_err(|error| Error::usage(format!("`--{}`: {error}", self.flag.long)))
    }

    pub(super) fn file(&self) -> Result<OsString, Error> {
        if self.value.is_empty() {
            let name = self.flag.long;
            return Err(Error::usage(format!(
                "`--{name}` takes a file, not an empty name"
            )));
        }
        Ok(self.value.clone())
    }

    /// Refuses a directory that looks like a flag: that is more likely a mistake.
    pub(super) fn directory(&self) -> Result<OsString, Error> {
        let name = self.flag.long;
        if self.value.is_empty() {
            return Err(Error::usage(format!(
                "`--{name}` takes a directory, not an empty name; for this directory write `.`"
            )));
        }
        if self.value.as_encoded_bytes().starts_with(b"-") {
            let (refused, value) = (self.refused("a directory"), self.value.display());
            return Err(Error::usage(format!(
                "{refused}; if that is its name, write `.{MAIN_SEPARATOR}{value}`"
            )));
        }
        Ok(self.value.clone())
    }
}

fn is_flag(text: &str) -> bool {
    FLAGS.iter().any(|flag| {
        text.strip_prefix("--") == Some(flag.long)
            || flag.short.is_some()
                && text
                    .strip_prefix('-')
                    .is_some_and(|rest| rest.chars().eq(flag.short))
    })
}
