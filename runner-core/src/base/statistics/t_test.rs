//! [`TTest`]: a mean, or a difference of means, with its standard error.

use super::{Interval, Moments, student};

/// An estimated number, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TTest {
    pub(super) value: f64,
    /// The standard error.
    pub(super) error: f64,
    /// The degrees of freedom.
    pub(super) df: f64,
}

impl TTest {
    /// The mean of numbers, such as differences in pairs. None for fewer than two.
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let moments = Moments::of(numbers);
        (moments.count >= 2.0).then(|| Self {
            value: moments.mean,
            error: moments.of_mean().sqrt(),
            df: moments.count - 1.0,
        })
    }

    /// The difference of two means (B. L. Welch, "The generalization of 'Student's' problem when several different population
    /// variances are involved", Biometrika 34, 1947). None for fewer than two numbers on a side.
    pub(super) fn welch(before: &[f64], after: &[f64]) -> Option<Self> {
        let [before, after] = [before, after].map(Moments::of);
        (before.count >= 2.0 && after.count >= 2.0).then(|| {
            Self::sum(
                after.mean - before.mean,
                [before, after].map(|of| (of.of_mean(), of.count - 1.0)),
            )
        })
    }

    /// The mean of independent tests. None without any.
    pub(super) fn mean(tests: &[Self]) -> Option<Self> {
        let values: Vec<f64> = tests.iter().map(|test| test.value).collect();
        let Moments { count, mean, .. } = Moments::of(&values);
        let parts = tests
            .iter()
            .map(|test| ((test.error / count).powi(2), test.df));
        (count > 0.0).then(|| Self::sum(mean, parts))
    }

    /// A value of which these are the parts of the variance, each with its degrees of freedom (F. E. Satterthwaite, "An
    /// approximate distribution of estimates of variance components", Biometrics Bulletin 2, 1946).
    fn sum(value: f64, parts: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (mut variance, mut squares, mut df_least) = (0.0_f64, 0.0_f64, f64::INFINITY);
        for (part, df) in parts {
            variance += part;
            squares += part * part / df;
            df_least = df_least.min(df);
        }
        Self {
            value,
            error: variance.sqrt(),
            df: if squares > 0.0 {
                variance * variance / squares
            } else {
                df_least
            },
        }
    }

    fn t(&self) -> f64 {
        self.value / self.error
    }

    /// Returns the probability of a value as far from 0 if the true one is 0.
    pub(super) fn p(&self) -> f64 {
        student::two_sided(self.t(), self.df)
    }

    /// Returns the probability of a value as large if the true one is not above 0.
    pub(super) fn p_above(&self) -> f64 {
        let half = self.p() / 2.0;
        if self.t() > 0.0 { half } else { 1.0 - half }
    }

    /// Returns the probability of a value as small if the true one is not below 0.
    pub(super) fn p_below(&self) -> f64 {
        let half = self.p() / 2.0;
        if self.t() < 0.0 { half } else { 1.0 - half }
    }

    pub(super) fn interval(&self, level: f64) -> Interval {
        let half = student::quantile(1.0 - level, self.df) * self.error;
        Interval {
            low: self.value - half,
            high: self.value + half,
            level,
        }
    }

    /// Returns the number of numbers (or pairs) after which the interval is expected to reach no farther than `half` to each side:
    /// the second stage of C. Stein, "A two-sample test for a linear hypothesis whose power is independent of the variance",
    /// Annals of Mathematical Statistics 16, 1945, for `count` numbers by now.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive, and a number too large for any machine is as good as the largest"
    )]
    pub(super) fn needed(&self, count: usize, half: f64, level: f64) -> Option<usize> {
        let widths = student::quantile(1.0 - level, self.df) * self.error / half;
        let needed = (widths * widths * count as f64).ceil();
        (needed.is_finite() && half > 0.0).then(|| count.max(needed as usize))
    }
}
