//! [`Error`]: why an experiment program could not do what it was asked.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::space::when_full;

/// Why an experiment could not be run or reported at all.
///
/// The failure of single runs is no such error: it is in [`Runs::failed`](crate::Runs::failed).
pub struct Error(Box<ErrorKind>);

#[derive(Debug)]
pub(crate) enum ErrorKind {
    /// What was asked for makes no sense.
    Usage(String),
    /// The store cannot be used.
    Store {
        operation: &'static str,
        path: PathBuf,
        source: std::io::Error,
        hint: Option<String>,
        /// Whether only one run cannot be stored.
        is_of_one_run: bool,
    },
    /// The experiment's own functions failed outside a run.
    Experiment(anyhow::Error),
    /// The text of a report could not be written.
    Output(std::io::Error),
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        ErrorKind::Usage(message.into()).into()
    }

    /// A file that a flag names and that cannot be written to.
    pub(crate) fn unwritable(flag: &str, path: &Path, error: &io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "make its directory first",
            io::ErrorKind::IsADirectory => "name a file in it",
            _ => "choose another file",
        };
        let path = path.display();
        Self::usage(format!(
            "`{flag}` cannot write to `{path}` ({error}): {remedy}"
        ))
    }

    /// An operation of the store that failed on `path`, to which it needs this access.
    pub(crate) fn store(
        operation: &'static str,
        needs: Needs,
        path: impl Into<PathBuf>,
        source: std::io::Error,
    ) -> Self {
        let path = path.into();
        let hint = match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Some(when_full(&path))
            }
            std::io::ErrorKind::PermissionDenied => Some(format!(
                "make it {}, or choose another place with --output-dir",
                needs.as_text()
            )),
            std::io::ErrorKind::ReadOnlyFilesystem => {
                Some("make it writable, or choose another place with --output-dir".to_owned())
            }
            std::io::ErrorKind::NotADirectory => {
                Some("choose another place with --output-dir".to_owned())
            }
            std::io::ErrorKind::IsADirectory => {
                Some("a directory is in its place: move it away".to_owned())
            }
            std::io::ErrorKind::CrossesDevices => Some(
                "this file system cannot rename it, as it came with the image of a container: put the output directory on a \
                 volume, or choose another place with --output-dir"
                    .to_owned(),
            ),
            _ => None,
        };
        ErrorKind::Store {
            operation,
            path,
            source,
            hint,
            is_of_one_run: false,
        }
        .into()
    }

    /// Says what can be done about an error of the store.
    pub(crate) fn with_hint(mut self, text: &str) -> Self {
        if let ErrorKind::Store { hint, .. } = &mut *self.0 {
            *hint = Some(text.to_owned());
        }
        self
    }

    /// Says that the error concerns only one run.
    pub(crate) fn of_one_run(mut self) -> Self {
        if let ErrorKind::Store { is_of_one_run, .. } = &mut *self.0 {
            *is_of_one_run = true;
        }
        self
    }

    /// Returns whether other runs can be stored all the same.
    pub(crate) fn is_of_one_run(&self) -> bool {
        matches!(*self.0, ErrorKind::Store { is_of_one_run, .. } if is_of_one_run)
    }

    pub(crate) fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Whether the request itself was wrong: an unknown flag or field, a pattern that selects nothing, no configs.
    pub fn is_usage(&self) -> bool {
        matches!(*self.0, ErrorKind::Usage(_))
    }

    /// Whether the output directory could not be read or written.
    pub fn is_store(&self) -> bool {
        matches!(*self.0, ErrorKind::Store { .. })
    }
}

/// The access that an operation of the store needs to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Reading,
    Writing,
    Both,
}

impl Needs {
    const fn as_text(self) -> &'static str {
        match self {
            Self::Reading => "readable",
            Self::Writing => "writable",
            Self::Both => "readable and writable",
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::Usage(message) => f.write_str(message),
            ErrorKind::Store {
                operation,
                path,
                hint,
                ..
            } => {
                write!(f, "cannot {operation} `{}`", path.display())?;
                hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
            }
            ErrorKind::Experiment(error) => write!(f, "{error}"),
            ErrorKind::Output(_) => f.write_str("cannot write the report"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            ErrorKind::Usage(_) => None,
            ErrorKind::Store { source, .. } | ErrorKind::Output(source) => Some(source),
            ErrorKind::Experiment(error) => error.source(),
        }
    }
}
