//! [`Verdict`]: what a comparison says, and [`Why`] it says no more.

use std::fmt;

/// More replicates than that are no advice.
const REPLICATES_MAX: usize = 1000;

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Better, by more than the margin if there is one.
    Better,
    /// Worse, by more than the margin if there is one.
    Worse,
    /// An exact metric has another value.
    Different,
    /// Within the margin, or equal in all runs.
    Same,
    /// There is not enough to tell.
    Unclear(Why),
    /// There is nothing to compare, or nothing that says what is better.
    NotCompared(Why),
}

/// Why a comparison says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// One side has a single run, so that its spread is not known.
    OneRunEach,
    /// The runs spread too much.
    Noise {
        /// The number of replicates after which the interval is about as short as the margin, so that they tell whatever the
        /// difference is; a large one may need fewer. None if there are as many.
        replicates_needed: Option<usize>,
    },
    /// There is no difference to see, and without a margin none that would be small enough to be none.
    NoMargin,
    /// The difference is the same in all of so many pairs, so that its spread is not known.
    Shifted(usize),
    /// So many values are NaN, infinite, or not above zero on a logarithmic scale.
    NotFinite(usize),
    /// The metric is only shown.
    NotJudged,
    /// Only the side that is judged has results.
    OnlyHere,
    /// Only the side that it is compared with has results.
    OnlyThere,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Better => f.pad("better"),
            Self::Worse => f.pad("worse"),
            Self::Different => f.pad("different"),
            Self::Same => f.pad("same"),
            Self::Unclear(why) => f.pad(&format!("unclear: {why}")),
            Self::NotCompared(why) => f.pad(&format!("not compared: {why}")),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneRunEach => f.write_str("one run has no spread"),
            Self::Noise {
                replicates_needed: Some(needed),
            } if *needed > REPLICATES_MAX => {
                f.write_str("the runs spread far more than the margin")
            }
            Self::Noise {
                replicates_needed: Some(needed),
            } => write!(f, "up to about {needed} replicates would tell"),
            Self::Noise {
                replicates_needed: None,
            } => f.write_str("the interval reaches beyond the margin"),
            Self::NoMargin => f.write_str("no difference seen, and no margin says what is none"),
            Self::Shifted(count) => write!(f, "shifted by the same amount in all {count}"),
            Self::NotFinite(1) => f.write_str("a value is no number to compare"),
            Self::NotFinite(count) => write!(f, "{count} values are no numbers to compare"),
            Self::NotJudged => f.write_str("the metric is only shown"),
            Self::OnlyHere => f.write_str("only here"),
            Self::OnlyThere => f.write_str("only there"),
        }
    }
}
