//! [`Rule`]: how the values of a metric are judged.

use super::moments::logarithm;

/// What is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Maximize,
    Minimize,
    /// There is no noise: every difference counts.
    Exact,
    /// Nothing: the metric is only shown.
    Shown,
}

/// The largest difference that does not matter: a number, in the unit of the metric, or [`percent`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin(pub(super) Size);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Size {
    Absolute(f64),
    /// A part of what is compared with.
    Relative(f64),
}

/// A margin in percent of what is compared with.
///
/// ```
/// # use runner_core as runner;
/// # use runner::{Experiment, Metrics, percent};
/// # fn metrics<Sorting: Experiment<Output = f64>>(metrics: &mut Metrics<Sorting>) {
/// metrics.minimize("time", |run| run.output).unit("s").log().margin(percent(2.0));
/// # }
/// ```
pub const fn percent(percent: f64) -> Margin {
    Margin(Size::Relative(percent / 100.0))
}

impl From<f64> for Margin {
    fn from(margin: f64) -> Self {
        Self(Size::Absolute(margin))
    }
}

/// How the values of a metric are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) direction: Direction,
    pub(crate) is_log: bool,
    /// Whether replicates of the same seed have nothing in common.
    pub(crate) is_unpaired: bool,
    pub(crate) margin: Option<Margin>,
}

impl Rule {
    pub(crate) const fn new(direction: Direction) -> Self {
        Self {
            direction,
            is_log: false,
            is_unpaired: false,
            margin: None,
        }
    }

    /// Whether it says what is better.
    pub(crate) const fn is_judged(&self) -> bool {
        matches!(self.direction, Direction::Maximize | Direction::Minimize)
    }

    /// Returns what is wrong with it, in words that say what to write.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        let Margin(size) = self.margin?;
        match (self.direction, size) {
            (Direction::Exact, _) => Some(
                "an exact metric takes no margin, as every difference counts; use `maximize` or `minimize`",
            ),
            (Direction::Shown, _) => {
                Some("a metric that is only shown takes no margin; use `maximize` or `minimize`")
            }
            (_, Size::Absolute(_)) if self.is_log => {
                Some("on a logarithmic scale, a margin is a factor; write `.margin(percent(…))`")
            }
            (_, Size::Absolute(margin)) if !(margin > 0.0 && margin.is_finite()) => {
                Some("a margin is a number above 0")
            }
            (_, Size::Relative(part)) if !(part > 0.0 && part < 1.0) => {
                Some("a margin in percent is above 0 and below 100")
            }
            _ => None,
        }
    }

    /// Returns a value on the scale of the comparison; NaN for what is not above zero on a logarithmic one.
    pub(super) fn scaled(&self, value: f64) -> f64 {
        if self.is_log { logarithm(value) } else { value }
    }

    /// Returns the margins below and above a value that is compared with, both positive, on the scale of the comparison.
    pub(super) fn margins(&self, before: f64) -> [f64; 2] {
        match self.margin {
            None => [0.0; 2],
            Some(Margin(Size::Absolute(margin))) => [margin; 2],
            Some(Margin(Size::Relative(part))) if self.is_log => [-(-part).ln_1p(), part.ln_1p()],
            Some(Margin(Size::Relative(part))) => [part * before.abs(); 2],
        }
    }
}
