//! Student's t distribution: tails and quantiles, also for degrees of freedom that are no whole number.

use std::f64::consts::PI;

/// Returns the probability that Student's t with `df` degrees of freedom is farther from 0 than `t`.
///
/// It is the regularised incomplete beta function at `df / (df + t²)`, as the continued fraction 8.17.22 of the NIST Digital
/// Library of Mathematical Functions. Small probabilities keep their digits.
pub(super) fn two_sided(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() {
        return f64::NAN;
    }
    let (half, ratio) = (df / 2.0, t * t / df);
    let (near, far) = (1.0 / (1.0 + ratio), 1.0 / (1.0 + 1.0 / ratio));
    let front = (-half * ratio.ln_1p()).exp() * far.sqrt() * gamma_ratio(half) / PI.sqrt();
    if near < (half + 1.0) / (half + 2.5) {
        front / half * beta_fraction(near, half, 0.5)
    } else {
        1.0 - front / 0.5 * beta_fraction(far, 0.5, half)
    }
}

/// Returns the t that is exceeded, to both sides together, with the probability `p`, which is not below 1e-100.
///
/// The logarithm of the tail is a concave function of the logarithm of t, so Newton's method on these converges from
/// everywhere.
pub(super) fn quantile(p: f64, df: f64) -> f64 {
    if p.is_nan() || df.is_nan() || p >= 1.0 {
        return if p >= 1.0 { 0.0 } else { f64::NAN };
    }
    if p <= 0.0 {
        return f64::INFINITY;
    }
    let mut t = 1.0;
    for _ in 0..STEPS_MAX {
        let tail = two_sided(t, df);
        // A long step could lead to where the tail is no number other than 0.
        let step = (tail * (tail / p).ln() / (2.0 * t * density(t, df))).min(0.5);
        t *= step.exp();
        if step.abs() < 1e-15 {
            break;
        }
    }
    t
}

/// Maximum number of steps of an iteration; none of them takes as many.
const STEPS_MAX: usize = 100_000;

fn density(t: f64, df: f64) -> f64 {
    let a = df / 2.0;
    gamma_ratio(a) / (PI * df).sqrt() * (-(a + 0.5) * (t * t / df).ln_1p()).exp()
}

/// Returns Γ(a + ½) / Γ(a).
///
/// Where `a` is large, by its asymptotic series (C. L. Frenzen, "Error bounds for asymptotic expansions of the ratio of two
/// gamma functions", SIAM J. Math. Anal. 18, 1987), and elsewhere by the recurrence that leads there.
fn gamma_ratio(a: f64) -> f64 {
    let (mut factor, mut a) = (1.0, a);
    while a < 40.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let series = [
        869.0 / 4_194_304.0,
        -399.0 / 262_144.0,
        -21.0 / 32_768.0,
        5.0 / 1024.0,
        1.0 / 128.0,
        -1.0 / 8.0,
        1.0,
    ];
    factor * a.sqrt() * series.into_iter().fold(0.0, |sum, term| sum / a + term)
}

/// Returns the continued fraction of the incomplete beta function, by the modified Lentz method (I. J. Thompson and A. R.
/// Barnett, "Coulomb and Bessel functions of complex arguments and order", J. Comput. Phys. 64, 1986).
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let tiny = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut above, mut below) = (1.0, 1.0 / tiny(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = below;
    let mut m = 1.0;
    for _ in 0..STEPS_MAX {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            below = 1.0 / tiny(1.0 + term * below);
            above = tiny(1.0 + term / above);
            fraction *= above * below;
        }
        if (fraction / before - 1.0).abs() < 1e-16 {
            break;
        }
        m += 1.0;
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::{quantile, two_sided};

    /// Fails unless the numbers agree to ten digits.
    fn check(found: f64, expected: f64) {
        let error = (found - expected).abs() / expected.abs();
        assert!(error < 1e-10, "{found} instead of {expected}");
    }

    #[test]
    fn closed_forms_agree() {
        for t in [0.1_f64, 1.0, 4.303, 1e3, 1e9] {
            check(
                two_sided(t, 1.0),
                1.0_f64.atan2(t) * 2.0 / std::f64::consts::PI,
            );
            let root = (2.0 + t * t).sqrt();
            check(two_sided(t, 2.0), 2.0 / (root * (root + t)));
        }
    }

    #[test]
    fn a_quantile_has_its_tail() {
        for df in [1.0, 1.5, 2.0, 7.3, 39.0, 1e3, 1e6] {
            for p in [1e-100, 1e-12, 1e-3, 0.05, 0.5, 0.999, 1.0 - 1e-9] {
                check(two_sided(quantile(p, df), df), p);
            }
        }
    }

    #[test]
    fn limits_are_no_surprise() {
        assert_eq!(two_sided(0.0, 4.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(two_sided(f64::INFINITY, 4.0).to_bits(), 0.0_f64.to_bits());
        assert_eq!(quantile(1.0, 4.0).to_bits(), 0.0_f64.to_bits());
        assert!(quantile(0.0, 4.0).is_infinite());
        assert!(two_sided(f64::NAN, 4.0).is_nan() && quantile(f64::NAN, 4.0).is_nan());
    }
}
