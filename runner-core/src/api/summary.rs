//! [`Summary`]: the usual figures of some numbers.

/// The mean of some numbers, how far they spread, and their extremes.
///
/// A NaN among the numbers is not hidden: it makes every figure but the count NaN. No numbers at all have NaN
/// figures too.
///
/// Displayed, it is the mean and the spread with two significant digits of the spread, or with as many decimals as the
/// precision asks for; a single number has no spread to show.
///
/// ```
/// # use runner_core as runner;
/// use runner::Summary;
///
/// let summary = Summary::of([0.971, 0.977, 0.968]);
/// assert_eq!((summary.count, summary.median), (3, 0.971));
/// assert_eq!(summary.to_string(), "0.9720 ± 0.0046");
/// assert_eq!(format!("{summary:.2}"), "0.97 ± 0.00");
///
/// let summary: Summary = [2.5].into_iter().collect();
/// assert_eq!((summary.spread, summary.to_string()), (0.0, "2.5".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// How many numbers there are.
    pub count: usize,
    /// Their arithmetic mean.
    pub mean: f64,
    /// Their sample standard deviation (divided by `count - 1`); 0 for a single number.
    pub spread: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
}

impl Summary {
    /// The summary of `numbers`.
    ///
    /// Mean and spread come from one pass without cancellation (B. P. Welford, "Note on a method for calculating corrected sums of
    /// squares and products", Technometrics 4, 1962), so numbers that are close together and far from zero lose nothing.
    ///
    /// ```
    /// # use runner_core as runner;
    /// use runner::Summary;
    ///
    /// let summary = Summary::of([1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]);
    /// assert_eq!((summary.mean, summary.spread), (1e9 + 10.0, 30.0_f64.sqrt()));
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        let count = sorted.len();
        if count == 0 || sorted.iter().any(|number| number.is_nan()) {
            return Self {
                count,
                mean: f64::NAN,
                spread: f64::NAN,
                min: f64::NAN,
                max: f64::NAN,
                median: f64::NAN,
            };
        }
        let (mut mean, mut squares) = (0.0, 0.0);
        for (index, number) in sorted.iter().enumerate() {
            let delta = number - mean;
            mean += delta / (index + 1) as f64;
            squares += delta * (number - mean);
        }
        if sorted.iter().any(|number| number.is_infinite()) {
            // Infinity minus infinity would make NaN of a mean that is infinite.
            mean = sorted.iter().sum();
            squares = f64::NAN;
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = count / 2;
        Self {
            count,
            mean,
            spread: match count {
                1 => 0.0,
                _ => (squares / (count - 1) as f64).sqrt(),
            },
            min: sorted[0],
            max: sorted[count - 1],
            median: match count % 2 {
                0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
                _ => sorted[middle],
            },
        }
    }
}

impl FromIterator<f64> for Summary {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        Self::of(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    fn check(numbers: &[f64], expected: &str) {
        assert_eq!(
            numbers.iter().copied().collect::<Summary>().to_string(),
            expected
        );
    }

    #[test]
    fn digits_follow_the_spread() {
        check(&[0.97, 0.98], "0.9750 ± 0.0071");
        check(&[10.0, 20.0, 30.0], "20 ± 10");
        check(&[1000.0, 9000.0], "5000 ± 5657");
        check(&[0.1, 0.299], "0.20 ± 0.14");
        check(&[1e-9, 1.2e-9], "1.10e-9 ± 1.4e-10");
        check(&[1e12, 3e12], "2.0e12 ± 1.4e12");
        check(&[0.5, 0.5], "0.5 ± 0");
        check(&[-1.0, 1.0], "0.0 ± 1.4");
        check(&[1.25], "1.25");
        check(&[], "no values");
    }

    #[test]
    fn nan_and_infinity_are_not_hidden() {
        check(&[1.0, f64::NAN], "NaN ± NaN");
        check(&[1.0, f64::INFINITY], "inf ± NaN");
        let summary = Summary::of([1.0, f64::NEG_INFINITY, 3.0]);
        assert_eq!((summary.min, summary.median), (f64::NEG_INFINITY, 1.0));
        assert!(
            Summary::of([f64::INFINITY, f64::NEG_INFINITY])
                .mean
                .is_nan()
        );
    }

    #[test]
    fn large_numbers_do_not_overflow() {
        let summary = Summary::of([f64::MAX, f64::MAX]);
        assert_eq!(
            (summary.mean, summary.median, summary.spread),
            (f64::MAX, f64::MAX, 0.0)
        );
    }
}
