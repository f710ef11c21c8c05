//! [`Run`], [`Failed`] and [`Missing`]: one config after the runs; [`State`]: before them.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use super::{experiment::Experiment, label::Labels};
use crate::{
    store::{Digits, Directory},
    value::Key,
};

/// The end of a run for a report: its output, its error, or the reason why there is neither.
pub(crate) enum RunOutcome<O, T> {
    Done(O),
    Failed(T),
    Missing(T),
}

/// A run that has a result.
pub struct Run<E: Experiment> {
    /// What the run was given.
    pub config: E::Config,
    /// What the run gave. It has always been through the cache, so fresh and cached runs cannot be told apart by it.
    pub output: E::Output,
    pub(crate) facts: Facts,
}

/// A run that failed.
pub struct Failed<E: Experiment> {
    /// What the run was given.
    pub config: E::Config,
    /// The error and its causes, or the panic's message, in one line or more.
    pub error: String,
    pub(crate) facts: Facts,
}

/// A run that has no result and was not tried.
pub struct Missing<E: Experiment> {
    /// What the run would be given.
    pub config: E::Config,
    /// Why there is no result: what changed, or that it never ran.
    pub reason: String,
    pub(crate) facts: Facts,
}

/// The facts about a run beside its config and output.
pub(crate) struct Facts {
    pub(crate) key: Key,
    pub(crate) common: Arc<Common>,
    /// The name of the run's directory in the output directory, unless it is the usual one.
    pub(crate) directory: Option<Box<str>>,
    /// Zero for a run without a result.
    pub(crate) duration: Duration,
    pub(crate) is_cached: bool,
    /// The place among all configs.
    pub(crate) index: u32,
}

/// What is known of all runs of an invocation together.
pub(crate) struct Common {
    /// The output directory.
    pub(crate) root: PathBuf,
    pub(crate) labels: Arc<Labels>,
}

impl<E: Experiment> Run<E> {
    /// The time that [`Experiment::run`] took, without the time spent on [shared](super::context::Context::shared) values.
    pub fn duration(&self) -> Duration {
        self.facts.duration
    }

    /// Whether the result was there before this program started.
    pub fn is_cached(&self) -> bool {
        self.facts.is_cached
    }
}

macro_rules! facts {
    ($($type:ident,)*) => {$(
        impl<E: Experiment> $type<E> {
            /// The name: the config's `name` field or the one marked `#[config(name)]`, else the experiment's short name.
            pub fn name(&self) -> &str {
                self.facts.name()
            }

            /// The name, and the fields in which configs of the same name differ: `base learning_rate=0.1 epochs=5`.
            ///
            /// It is for people: long texts are cut, and labels that are equal then end in the key.
            pub fn label(&self) -> &str {
                self.facts.label()
            }

            /// What identifies the run.
            pub fn key(&self) -> Key {
                self.facts.key
            }

            /// The run's own directory, where its artifacts are.
            pub fn out_dir(&self) -> PathBuf {
                self.facts.out_dir()
            }
        }
    )*};
}

facts! {
    Run,
    Failed,
    Missing,
}

impl Facts {
    pub(crate) fn name(&self) -> &str {
        self.common.labels.name(self.index as usize)
    }

    pub(crate) fn label(&self) -> &str {
        self.common.labels.get(self.index as usize)
    }

    fn out_dir(&self) -> PathBuf {
        match &self.directory {
            Some(directory) => self.common.root.join(&**directory),
            None => self
                .common
                .root
                .join(Directory::name(self.name(), self.key, Digits::Short)),
        }
    }
}

impl<E: Experiment> fmt::Debug for Run<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("label", &self.label())
            .field("key", &self.key())
            .field("duration", &self.duration())
            .field("is_cached", &self.is_cached())
            .finish_non_exhaustive()
    }
}

impl<E: Experiment> fmt::Debug for Failed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed")
            .field("label", &self.label())
            .field("key", &self.key())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl<E: Experiment> fmt::Debug for Missing<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Missing")
            .field("label", &self.label())
            .field("key", &self.key())
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

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

    /// Returns the word of a state that was displayed.
    pub(crate) fn word_in(displayed: &str) -> &'static str {
        let mut words = Self::WORDS.into_iter();
        let is_word = |word: &&str| displayed.split(':').next() == Some(word);
        words.find(is_word).unwrap_or("missing")
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

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn the_word_of_a_state_is_found_in_what_is_shown() {
        let reason = "running: it".to_owned();
        for state in [
            State::Missing,
            State::Stale(reason.clone()),
            State::Corrupt(reason.clone()),
            State::Running(reason),
        ] {
            assert_eq!(State::word_in(&state.to_string()), state.word());
        }
        assert_eq!(State::word_in("not run"), "missing");
    }
}
