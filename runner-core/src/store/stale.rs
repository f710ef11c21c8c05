//! [`Stale`]: why a result that is there does not count.

use std::fmt;

use crate::value::Past;

/// Why a result that is there does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// The file is of another format.
    Format(u32),
    /// A field that is left out of the key had another value.
    Added {
        path: String,
        stored: String,
        now: String,
    },
    /// A field of the past counts again.
    Claimed {
        path: String,
        past: Past,
        /// The value it had, or was taken to have.
        stored: String,
    },
    /// The output is of an older type, and its upgrade fails.
    Upgrade(String),
    /// The output is not of this type any more.
    Output {
        error: String,
        /// The stored paths and kinds of the output's leaves.
        shape: Vec<(String, String)>,
    },
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) => write!(
                f,
                "it is in format {format} of another version of this library, and stays as it is"
            ),
            Self::Added { path, stored, now } => write!(
                f,
                "`{path}` was {stored} when it was computed and its `added` value is {now} now: \
                 change that back to keep the result"
            ),
            Self::Claimed {
                path,
                past: Past::Removed,
                stored,
            } => write!(
                f,
                "`{path}` was `removed` when it was computed, on the claim that this meant {stored}, and is a field now: \
                 change that back to keep the result"
            ),
            Self::Claimed {
                path,
                past: Past::Skipped,
                stored,
            } => write!(
                f,
                "`{path}` was `skip` when it was computed with {stored}, and its value counts now: \
                 change that back to keep the result"
            ),
            Self::Upgrade(error) => f.write_str(error),
            Self::Output { error, shape } => {
                write!(f, "the output type changed ({error})")?;
                if !shape.is_empty() {
                    f.write_str("; it held ")?;
                    list(f, shape)?;
                }
                f.write_str(": change the type back to keep the result")
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, shape: &[(String, String)]) -> fmt::Result {
    const SHOWN: usize = 6;
    for (index, (path, kind)) in shape.iter().take(SHOWN).enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        match path.as_str() {
            "" => write!(f, "{comma}{kind}")?,
            path => write!(f, "{comma}`{path}`: {kind}")?,
        }
    }
    if shape.len() > SHOWN {
        write!(f, " and {} more", shape.len() - SHOWN)?;
    }
    Ok(())
}
