//! [`Moments`]: the mean of some numbers and how far they spread.

/// The arithmetic mean and the sample variance.
///
/// The variance comes from a second pass that takes out the rounding of the mean (T. F. Chan, G. H. Golub and R. J. `LeVeque`,
/// "Algorithms for computing the sample variance", The American Statistician 37, 1983), so numbers that are close together and
/// far from zero lose nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) count: f64,
    /// NaN without numbers.
    pub(crate) mean: f64,
    /// Divided by `count - 1`; 0 for a single number.
    pub(crate) variance: f64,
}

impl Moments {
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let (mut count, mut mean) = (0.0, 0.0);
        for number in numbers {
            count += 1.0;
            mean += (number - mean) / count;
        }
        let (mut sum, mut squares) = (0.0, 0.0);
        for number in numbers {
            let delta = number - mean;
            sum += delta;
            squares += delta * delta;
        }
        mean += sum / count;
        squares -= sum * sum / count;
        if numbers.iter().any(|number| number.is_infinite()) {
            // Infinity minus infinity would make NaN of a mean that is infinite.
            mean = numbers.iter().sum();
            squares = f64::NAN;
        }
        Self {
            count,
            mean: if count == 0.0 { f64::NAN } else { mean },
            variance: if count == 1.0 {
                0.0
            } else {
                squares / (count - 1.0)
            },
        }
    }

    pub(crate) fn spread(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The variance of the mean.
    pub(super) fn of_mean(&self) -> f64 {
        self.variance / self.count
    }
}

/// Returns the natural logarithm; NaN for what is not above zero.
pub(super) fn logarithm(value: f64) -> f64 {
    if value > 0.0 { value.ln() } else { f64::NAN }
}
