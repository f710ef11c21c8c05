//! The one implementation of every figure that is more than a mean: pure functions of numbers, checked against `SciPy` and
//! `statsmodels`. `docs/statistics.md` says which method is for what, and why.

#![expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "counts stay far below 2^53, and numbers are compared exactly where equal ones are another case"
)]

mod interval;
mod moments;
mod student;
mod t_test;

mod count;
mod estimate;
mod verdict;

mod compare;
mod contrast;
mod holm;
mod rule;
mod shares;
mod suite;
mod ties;

#[cfg(test)]
mod tests;

pub(crate) use compare::judge;
pub(crate) use contrast::{Judged, Sides};
pub use count::Count;
pub use estimate::{Estimate, Method};
pub use interval::Interval;
pub(crate) use moments::Moments;
pub(crate) use rule::{Direction, Rule};
pub use rule::{Margin, percent};
pub(crate) use shares::GridValue;
pub use shares::Shares;
pub(crate) use suite::interquartile;
pub(crate) use ties::{Ranking, rank};
pub use verdict::{Verdict, Why};
