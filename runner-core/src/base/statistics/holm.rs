//! The step-down procedure of S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
//! Statistics 6, 1979: of many tests, one or more are wrong in at most `alpha` of the cases.

/// The outcome of one of many tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HolmStep {
    /// The level that its p is compared with: its interval at `1 - level` says the same.
    pub(super) level: f64,
    pub(super) is_rejected: bool,
}

/// Returns the outcome of each test; a p that is NaN rejects nothing.
pub(super) fn holm(p: &[f64], alpha: f64) -> Vec<HolmStep> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|one, other| p[*one].total_cmp(&p[*other]));
    let mut steps = vec![
        HolmStep {
            level: alpha,
            is_rejected: false,
        };
        p.len()
    ];
    let (mut left, mut is_rejected) = (p.len() as f64, true);
    for place in order {
        let level = alpha / left;
        is_rejected = is_rejected && p[place] <= level;
        steps[place] = HolmStep { level, is_rejected };
        if is_rejected {
            left -= 1.0;
        }
    }
    steps
}
