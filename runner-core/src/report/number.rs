//! The format of the numbers of one column: the same for all, with the digits that matter.

use std::fmt;

use crate::{
    api::Summary,
    base::{Estimate, Method},
};

/// Maximum number of significant digits of the largest number of a column.
const DIGITS_MAX: usize = 6;

/// The significant digits that the smallest number must keep.
const DIGITS_MIN: usize = 3;

/// Maximum number of decimals for the smallest number, beyond which the column changes to exponents.
const DECIMALS_MAX: usize = 6;

/// Maximum number of digits in all, beyond which the column changes to exponents.
const WIDTH_MAX: usize = 9;

/// The way to write the numbers of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberFormat {
    /// This number of decimals.
    Fixed(usize),
    /// This number of decimals before an exponent.
    Scientific(usize),
}

impl NumberFormat {
    /// The format for a column of `numbers`; those that are not finite do not count.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let parts: Vec<Parts> = numbers.into_iter().filter_map(Parts::of).collect();
        let Some(largest) = parts.iter().map(|parts| parts.exponent).max() else {
            return Self::Fixed(0);
        };
        let wanted = parts.iter().map(Parts::decimals).max().unwrap_or(0);
        let needed = parts.iter().map(Parts::decimals_min).max().unwrap_or(0);
        let decimals = wanted.min(needed.max(to_decimals(DIGITS_MAX, largest)));
        let width = usize::try_from(largest).unwrap_or(0) + 1 + decimals;
        let is_legible = largest >= -4 && needed <= DECIMALS_MAX && width <= WIDTH_MAX;
        if is_legible {
            Self::Fixed(decimals)
        } else {
            let digits = parts.iter().map(|parts| parts.digits).max().unwrap_or(1);
            Self::Scientific(digits - 1)
        }
    }

    pub(crate) fn write(self, number: f64) -> String {
        match self {
            Self::Fixed(decimals) => format!("{number:.decimals$}"),
            Self::Scientific(_) if number == 0.0 => format!("{number}"),
            Self::Scientific(decimals) => format!("{number:.decimals$e}"),
        }
    }
}

/// The digits of a number other than zero: its significant digits without zeros at the end.
struct Parts {
    digits: usize,
    exponent: i32,
}

impl Parts {
    fn of(number: f64) -> Option<Self> {
        if number == 0.0 || !number.is_finite() {
            return None;
        }
        let text = format!("{:.*e}", DIGITS_MAX - 1, number.abs());
        let (mantissa, exponent) = text.split_once('e')?;
        let digits = mantissa.trim_end_matches('0').trim_end_matches('.');
        Some(Self {
            digits: digits.bytes().filter(u8::is_ascii_digit).count(),
            exponent: exponent.parse().ok()?,
        })
    }

    /// The decimals that show all digits.
    fn decimals(&self) -> usize {
        to_decimals(self.digits, self.exponent)
    }

    /// The decimals without which too little is left of the number.
    fn decimals_min(&self) -> usize {
        to_decimals(self.digits.min(DIGITS_MIN), self.exponent)
    }
}

/// The decimals that show so many significant digits of a number with this exponent.
fn to_decimals(digits: usize, exponent: i32) -> usize {
    usize::try_from(signed(digits) - 1 - i64::from(exponent)).unwrap_or(0)
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The exponent of a number when it is rounded to two significant digits.
fn exponent(number: f64) -> Option<i32> {
    let text = format!("{number:.1e}");
    let (_, exponent) = text.split_once('e')?;
    exponent.parse().ok()
}

/// The way to write the means and spreads of one column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SummaryFormat {
    mean: NumberFormat,
    spread: NumberFormat,
}

impl SummaryFormat {
    pub(crate) fn fixed(decimals: usize) -> Self {
        Self {
            mean: NumberFormat::Fixed(decimals),
            spread: NumberFormat::Fixed(decimals),
        }
    }

    /// The format that shows two significant digits of the median spread.
    pub(crate) fn of(summaries: impl IntoIterator<Item = Summary> + Clone) -> Self {
        let means = summaries.clone().into_iter().map(|summary| summary.mean);
        let spreads: Vec<f64> = summaries
            .into_iter()
            .map(|summary| summary.spread)
            .filter(|spread| spread.is_finite() && *spread > 0.0)
            .collect();
        let Some(spread) = exponent(Summary::of(spreads).median) else {
            return Self {
                mean: NumberFormat::of(means),
                spread: NumberFormat::Fixed(0),
            };
        };
        let largest = means
            .filter(|mean| mean.is_finite())
            .filter_map(|mean| exponent(mean.abs()))
            .fold(spread, i32::max);
        if (-4..9).contains(&largest) {
            let decimals = to_decimals(2, spread).min(to_decimals(2 * DIGITS_MAX, largest));
            Self::fixed(decimals)
        } else {
            let digits = to_decimals(2, spread - largest).min(2 * DIGITS_MAX);
            Self {
                mean: NumberFormat::Scientific(digits),
                spread: NumberFormat::Scientific(1),
            }
        }
    }

    /// The format for one of the summaries in a column: this one, unless nothing would be left of it.
    pub(crate) fn for_one(&self, summary: &Summary) -> Self {
        let NumberFormat::Fixed(decimals) = self.spread else {
            return *self;
        };
        let is_lost = |number: f64| number != 0.0 && is_zero(&format!("{number:.decimals$}"));
        let has_spread = summary.count > 1 && summary.spread != 0.0;
        if is_lost(if has_spread {
            summary.spread
        } else {
            summary.mean
        }) {
            Self::of([*summary])
        } else {
            *self
        }
    }

    pub(crate) fn mean(&self, summary: &Summary) -> String {
        self.number(summary.mean)
    }

    /// Writes another number as means are.
    pub(crate) fn number(&self, number: f64) -> String {
        self.mean.write(number)
    }

    pub(crate) fn spread(&self, summary: &Summary) -> String {
        self.spread.write(summary.spread)
    }
}

/// Returns what matters for the format of an estimate. A factor spreads as far as it is from 1.
pub(crate) fn summary(estimate: &Estimate) -> Summary {
    let spread = match estimate.method {
        Method::GeometricMean => estimate.mean * estimate.sd.ln(),
        _ => estimate.sd,
    };
    Summary {
        count: estimate.n.done,
        mean: estimate.mean,
        spread,
        min: estimate.mean,
        max: estimate.mean,
        median: estimate.mean,
    }
}

/// Returns whether a number is written with no other digit than 0.
fn is_zero(written: &str) -> bool {
    !written.contains(|character: char| !matches!(character, '0' | '.' | '-'))
}

/// The unit of the durations in one column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DurationFormat {
    nanos: f64,
    pub(crate) unit: &'static str,
}

impl DurationFormat {
    /// The unit in which the longest of some durations in seconds has digits before the point.
    pub(crate) fn of(seconds: impl IntoIterator<Item = f64>) -> Self {
        let longest = seconds
            .into_iter()
            .map(f64::abs)
            .filter(|seconds| seconds.is_finite())
            .fold(0.0, f64::max);
        let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
        let fitting = units.into_iter().find(|(nanos, _)| longest * 1e9 >= *nanos);
        let (nanos, unit) = fitting.unwrap_or((1.0, "ns"));
        Self { nanos, unit }
    }

    /// Returns seconds in this unit.
    pub(crate) fn scaled(self, seconds: f64) -> f64 {
        seconds * 1e9 / self.nanos
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = summary(self);
        let format = match f.precision() {
            Some(decimals) => SummaryFormat::fixed(decimals),
            None => SummaryFormat::of([summary]),
        };
        let count = match (self.n.is_complete(), self.n.done) {
            (true, 1) => "1 run".to_owned(),
            _ => self.n.to_string(),
        };
        match (self.method, self.interval) {
            (Method::NoValue, _) => write!(f, "no values ({count})"),
            (Method::OneValue, _) => {
                write!(f, "{} ({count}: no spread known)", format.mean(&summary))
            }
            (_, None) => write!(f, "{} ({count}: no interval)", format.mean(&summary)),
            (_, Some(interval)) => write!(
                f,
                "{} [{}, {}] ({} %, {count})",
                format.mean(&summary),
                format.number(interval.low),
                format.number(interval.high),
                interval.level * 100.0,
            ),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match f.precision() {
            Some(decimals) => SummaryFormat::fixed(decimals),
            None => SummaryFormat::of([*self]),
        };
        match self.count {
            0 => f.pad("no values"),
            1 => f.write_str(&format.mean(self)),
            _ => write!(f, "{} ± {}", format.mean(self), format.spread(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NumberFormat;

    fn check(numbers: &[f64], expected: &[&str]) {
        let format = NumberFormat::of(numbers.iter().copied());
        let texts: Vec<String> = numbers.iter().map(|number| format.write(*number)).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_column_has_the_decimals_that_its_numbers_need() {
        check(&[0.1, 0.01, 0.001], &["0.100", "0.010", "0.001"]);
        check(&[1.0, 2.0], &["1", "2"]);
        check(&[0.973_12, 0.5], &["0.97312", "0.50000"]);
        check(&[123_456.789, 1.5], &["123456.8", "1.5"]);
        check(&[0.1, 1e-5], &["0.10000", "0.00001"]);
        check(&[-0.25, 10.0], &["-0.25", "10.00"]);
    }

    #[test]
    fn six_significant_digits_are_enough() {
        check(&[2.0 / 3.0], &["0.666667"]);
        check(&[200.0 / 3.0, 1.0 / 3.0], &["66.6667", "0.3333"]);
        check(&[0.1 + 0.2], &["0.3"]);
        check(&[12_345_678.9], &["12345679"]);
    }

    #[test]
    fn a_wide_range_has_exponents() {
        check(&[0.1, 1e-7], &["1e-1", "1e-7"]);
        check(&[0.9, 1.234e-5], &["9.000e-1", "1.234e-5"]);
        check(&[1.234e-7], &["1.234e-7"]);
        check(&[1.5e9, 0.0, -0.0], &["1.5e9", "0", "-0"]);
        check(&[1e5, 0.000_12], &["1.0e5", "1.2e-4"]);
    }

    #[test]
    fn what_is_not_finite_does_not_count() {
        check(&[f64::NAN, 0.5, f64::INFINITY], &["NaN", "0.5", "inf"]);
        check(&[f64::NEG_INFINITY, 0.0], &["-inf", "0"]);
    }
}
