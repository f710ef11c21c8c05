//! [`Interval`]: from where to where.

/// The numbers between which the true one is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How often such intervals hold the true number: `0.95` is 95 of 100.
    pub level: f64,
}

impl Interval {
    pub(super) fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Self {
            low: of(self.low),
            high: of(self.high),
            level: self.level,
        }
    }
}
