//! [`Estimate`]: a mean, and the interval in which the true one is expected.

use std::fmt;

use super::{Count, Interval, Moments, moments::logarithm, t_test::TTest};

/// The level of the intervals that nothing else is said about.
pub(crate) const ESTIMATE_LEVEL: f64 = 0.95;

/// A mean, inferred from the runs that there are.
///
/// The interval is Student's t interval. A bootstrap is too narrow for few runs: of three, it holds the true mean in about 74 %
/// of the cases instead of 95 %.
///
/// Displayed, it is the mean, the interval, its level and the count; the precision sets the decimals.
///
/// ```
/// # use runner_core as runner;
/// # use runner::{Count, Estimate, Method};
/// let accuracy = Estimate::of(&[0.971, 0.977, 0.968], Count::new(3, 2, 0));
/// assert_eq!(accuracy.to_string(), "0.9720 [0.9606, 0.9834] (95 %, 3 of 5, 2 failed)");
/// assert_eq!(accuracy.method, Method::Mean);
///
/// let one = Estimate::of(&[0.971], Count::new(1, 0, 0));
/// assert_eq!((one.interval, one.to_string()), (None, "0.971 (1 run: no spread known)".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The mean; the geometric mean of a metric on a logarithmic scale. NaN without values, or if one of them is NaN.
    pub mean: f64,
    /// The interval that holds the true mean in 95 of 100 cases; none for fewer than two values, or if one is not finite.
    pub interval: Option<Interval>,
    /// The sample standard deviation of the values (divided by one less than their number), 0 for a single value; on a
    /// logarithmic scale, the factor to which it corresponds.
    pub sd: f64,
    /// The numbers of runs.
    pub n: Count,
    /// The way in which the mean and the interval came about.
    pub method: Method,
}

/// The way in which an estimate came about; displayed, as a part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// There is no value.
    NoValue,
    /// There is one value, so that no spread is known.
    OneValue,
    /// The arithmetic mean with Student's t interval.
    Mean,
    /// The geometric mean with Student's t interval of the logarithms.
    GeometricMean,
    /// The mean of the middle half, over many tasks, with a bootstrap of the replicates within each.
    InterquartileMean,
}

impl Estimate {
    /// The estimate of the mean of `values`, which are those of `n.done` runs.
    pub fn of(values: &[f64], n: Count) -> Self {
        let moments = Moments::of(values);
        let is_finite = moments.mean.is_finite() && moments.variance.is_finite();
        let test = TTest::of(values).filter(|_| is_finite);
        Self {
            mean: moments.mean,
            interval: test.map(|test| test.interval(ESTIMATE_LEVEL)),
            sd: moments.spread(),
            n,
            method: match values {
                [] => Method::NoValue,
                [_] => Method::OneValue,
                _ => Method::Mean,
            },
        }
    }

    /// The estimate of the geometric mean of `values`, which is right for times, sizes and all that is compared by factors.
    ///
    /// A value that is not above zero has no logarithm: the mean is NaN then.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::{Count, Estimate};
    /// let time = Estimate::of_logs(&[1.0, 4.0, 2.0], Count::new(3, 0, 0));
    /// assert_eq!(time.mean, 2.0);
    /// assert!(Estimate::of_logs(&[0.0, 4.0], Count::new(2, 0, 0)).mean.is_nan());
    /// ```
    pub fn of_logs(values: &[f64], n: Count) -> Self {
        let logs: Vec<f64> = values.iter().map(|value| logarithm(*value)).collect();
        let of_logs = Self::of(&logs, n);
        Self {
            mean: of_logs.mean.exp(),
            interval: of_logs.interval.map(|interval| interval.map(f64::exp)),
            sd: of_logs.sd.exp(),
            method: match of_logs.method {
                Method::Mean => Method::GeometricMean,
                method => method,
            },
            ..of_logs
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoValue => "no value",
            Self::OneValue => "1 run: no spread known",
            Self::Mean => "mean with Student's t interval",
            Self::GeometricMean => "geometric mean with Student's t interval of the logarithms",
            Self::InterquartileMean => {
                "interquartile mean with a bootstrap interval, stratified by task"
            }
        })
    }
}
