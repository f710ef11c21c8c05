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
    /// The words of all states, in the order in which they are counted.
    pub(crate) const WORDS: [&'static str; 6] =
        ["cached", "missing", "stale", "failed", "corrupt", "running"];

    /// Returns the state in one word.
    pub const fn word(&self) -> &'static str {
        Self::WORDS[match self {
            Self::Cached => 0,
            Self::Missing => 1,
            Self::Stale(_) => 2,
            Self::Failed(_) => 3,
            Self::Corrupt(_) => 4,
            Self::Running(_) => 5,
        }]
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
