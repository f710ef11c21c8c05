//! [`Verification`]: what comes of a run that is verified.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    base::{Error, count},
    store::{ArtifactDifference, Record, Store},
    value::Differences,
};

/// How runs are verified: in a store of their own, and compared with the results of this one.
pub(crate) struct Verify {
    pub(crate) stored: Arc<Store>,
    /// Whether this user may write to it.
    pub(crate) is_writable: bool,
    /// The first error of a note that could not be written.
    pub(crate) unnoted: Mutex<Option<Error>>,
}

/// A run that was verified.
#[derive(Debug)]
pub(crate) struct VerifiedRun {
    pub(crate) finding: Verification,
    pub(crate) duration: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Verification {
    Same,
    Differs(Box<Differing>),
    /// It was not compared, for this reason.
    Skipped(String),
}

/// A run that gave something else than what is stored of it.
#[derive(Clone, Debug)]
pub(crate) struct Differing {
    pub(crate) values: Differences,
    pub(crate) artifacts: Vec<ArtifactDifference>,
    pub(crate) third: Third,
    pub(crate) stored: Record,
    /// Where what it gave now is kept.
    pub(crate) directory: PathBuf,
}

/// What became of the third run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Third {
    NotRun,
    /// It gave what the second gave.
    Same,
    Differs,
    Failed(String),
}

/// A second run, whose result is another one than what is stored, before there is a third.
#[derive(Debug)]
pub(crate) struct Second {
    pub(super) differing: Differing,
    /// Its result in the store of runs that are verified.
    pub(super) record: Record,
    pub(super) duration: Duration,
}

impl Second {
    /// Returns the finding after this end of the third run.
    pub(super) fn finding(&self, third: Third) -> VerifiedRun {
        VerifiedRun {
            finding: Verification::Differs(Box::new(Differing {
                third,
                ..self.differing.clone()
            })),
            duration: self.duration,
        }
    }
}

impl Differing {
    /// Returns the values and artifacts that differ, a line each, for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = value_lines(&self.values, ["stored", "now"]);
        let artifacts = self.artifacts.iter().take(ARTIFACTS_MAX).map(|artifact| {
            let ArtifactDifference { name, before, now } = artifact;
            format!("{name}: {before} stored, {now} now")
        });
        lines.extend(artifacts);
        let more = self.artifacts.len().saturating_sub(ARTIFACTS_MAX);
        if more > 0 {
            lines.push(format!("and {}", count(more, "more artifact")));
        }
        lines
    }
}

/// Maximum number of artifacts that are named.
const ARTIFACTS_MAX: usize = 20;

/// Returns the values that differ, a line each, for people. `sides` are the words for both.
pub(crate) fn value_lines(values: &Differences, [before, now]: [&str; 2]) -> Vec<String> {
    let shown = values.shown.iter().enumerate().map(|(index, value)| {
        let path = match value.path.as_str() {
            "" => "output".to_owned(),
            path => format!("output.{path}"),
        };
        let of_all = match index {
            0 => format!(
                "  ({} of {})",
                values.count,
                count(values.compared, "value")
            ),
            _ => String::new(),
        };
        let (one, other) = (&value.before, &value.now);
        format!("{path}: {one} {before}, {other} {now}{of_all}")
    });
    let mut lines: Vec<String> = shown.collect();
    let more = values.count - values.shown.len();
    if more > 0 {
        lines.push(format!("and {}", count(more, "more value")));
    }
    lines
}

/// What a comparison leads to.
pub(super) enum ComparedRun {
    /// There is nothing to compare with.
    Nothing,
    /// The output is stored, and differs so from that before.
    Replaces(Differences),
    Verified(Verification),
    /// A third run tells why.
    Differs(Box<Differing>),
}

impl ComparedRun {
    /// Returns how the output differs from that of the result that it replaces.
    pub(super) fn differences(self) -> Option<Differences> {
        match self {
            Self::Replaces(differences) => Some(differences),
            _ => None,
        }
    }
}

impl fmt::Display for Third {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun => f.write_str("there was no third run, which would tell why"),
            Self::Same => f.write_str("a third run gave what the second gave"),
            Self::Differs => {
                f.write_str("not deterministic: a third run gave something else again")
            }
            Self::Failed(error) => write!(f, "not deterministic: a third run failed: {error}"),
        }
    }
}
