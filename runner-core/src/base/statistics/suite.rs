//! The interquartile mean over many tasks (R. Agarwal et al., "Deep reinforcement learning at the edge of the statistical
//! precipice", `NeurIPS` 2021).

use super::{Count, Estimate, Interval, Method, Moments, estimate::ESTIMATE_LEVEL};

/// Minimum number of values; the middle half of fewer says less than their mean, and a bootstrap of few is too narrow.
const VALUES_MIN: usize = 20;

/// Number of bootstrap samples.
const SAMPLES: usize = 2_000;

/// Returns the mean of the middle half of all values, with a bootstrap interval for which the replicates of each task are drawn
/// among themselves. None for fewer than 20 values, or if one is not finite.
pub(crate) fn interquartile(tasks: &[Vec<f64>], n: Count) -> Option<Estimate> {
    let mut values = tasks.concat();
    if values.len() < VALUES_MIN || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let sd = Moments::of(&values).spread();
    let mean = middle_mean(&mut values);
    let mut random = Random(0);
    let mut means: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let mut place = 0;
            for task in tasks {
                for _ in task {
                    values[place] = task[random.below(task.len())];
                    place += 1;
                }
            }
            middle_mean(&mut values)
        })
        .collect();
    means.sort_unstable_by(f64::total_cmp);
    // The level leaves out as many samples at each end.
    let out = SAMPLES / 40;
    Some(Estimate {
        mean,
        interval: Some(Interval {
            low: means[out],
            high: means[SAMPLES - 1 - out],
            level: ESTIMATE_LEVEL,
        }),
        sd,
        n,
        method: Method::InterquartileMean,
    })
}

fn middle_mean(values: &mut [f64]) -> f64 {
    let cut = values.len() / 4;
    values.sort_unstable_by(f64::total_cmp);
    Moments::of(&values[cut..values.len() - cut]).mean
}

/// The `SplitMix64` generator: the same samples, and so the same interval, everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        // The part that a modulus prefers is far below the noise.
        usize::try_from(self.next() % count as u64).unwrap_or(0)
    }
}
