//! [`State`]: the state of a config.

use std::fmt;

/// The state of a config before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Has a valid result.
    Cached,
    /// Has no result.
    Missing,
    /// Has a result that no longer counts; the text is the reason.
    Stale(String),
    /// The last attempt failed with this error.
    Failed(String),
    /// Has a damaged result; the text describes the damage.
    Corrupt(String),
    /// Another process is doing the run; the text names it.
    Running(String),
}

impl State {
    /// Returns the state in one word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::Missing => "missing",
            Self::Stale(_) => "stale",
            Self::Failed(_) => "failed",
            Self::Corrupt(_) => "corrupt",
            Self::Running(_) => "running",
        }
    }

    /// Returns the reason, if there is more to say than the word.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Cached | Self::Missing => None,
            Self::Stale(reason)
            | Self::Failed(reason)
            | Self::Corrupt(reason)
            | Self::Running(reason) => Some(reason),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            Some(reason) => write!(f, "{}: {reason}", self.word()),
            None => f.write_str(self.word()),
        }
    }
}
