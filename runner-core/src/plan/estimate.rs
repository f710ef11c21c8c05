//! How long runs will take, judged by those that were done before.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use crate::canonical::Leaf;

/// The most runs that one is compared with, evenly chosen from all.
const KNOWN_MAX: usize = 200;

/// Runs whose duration is known.
pub(crate) struct Known {
    runs: Vec<(Vec<Leaf>, Duration)>,
}

impl Known {
    /// From runs with their durations; the leaves are made only of those that are compared with.
    pub(crate) fn new<R>(runs: &[(R, Duration)], leaves_of: impl Fn(&R) -> Vec<Leaf>) -> Self {
        let step = runs.len().div_ceil(KNOWN_MAX).max(1);
        let compared = runs.iter().step_by(step);
        Self {
            runs: compared
                .map(|(run, duration)| (leaves_of(run), *duration))
                .collect(),
        }
    }

    /// How long a run with these leaves will take: the mean of those that share the most leaves with it. `None` if
    /// none are known.
    pub(crate) fn estimate(&self, leaves: &[Leaf]) -> Option<Duration> {
        let mut best = 0;
        let mut sum = Duration::ZERO;
        let mut count = 0;
        for (known, duration) in &self.runs {
            let shared = leaves
                .iter()
                .filter(|leaf| known.iter().any(|other| is_same(leaf, other)))
                .count();
            if shared > best || count == 0 {
                (best, sum, count) = (shared, *duration, 1);
            } else if shared == best {
                sum += *duration;
                count += 1;
            }
        }
        (count > 0).then(|| sum / count)
    }
}

fn is_same(leaf: &Leaf, other: &Leaf) -> bool {
    leaf.path == other.path && leaf.value == other.value
}

/// How long runs of these durations take altogether, `slots` at a time, in this order.
pub(crate) fn makespan(durations: impl IntoIterator<Item = Duration>, slots: usize) -> Duration {
    let mut free_at: BinaryHeap<Reverse<Duration>> =
        (0..slots.max(1)).map(|_| Reverse(Duration::ZERO)).collect();
    let mut end = Duration::ZERO;
    for duration in durations {
        if let Some(Reverse(start)) = free_at.pop() {
            end = end.max(start + duration);
            free_at.push(Reverse(start + duration));
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{Names, Schema, leaves};

    #[derive(serde::Serialize)]
    struct Setting {
        size: u32,
        seed: u32,
    }

    fn leaves_of(size: u32, seed: u32) -> Vec<Leaf> {
        leaves(&Setting { size, seed }, &Schema::Plain, Names::Serde)
    }

    #[test]
    fn those_that_share_the_most_are_asked() {
        let seconds = Duration::from_secs;
        let runs = [(1, 1, 10), (1, 2, 20), (9, 1, 100)];
        let known = Known::new(
            &runs.map(|(size, seed, time)| ((size, seed), seconds(time))),
            |&(size, seed)| leaves_of(size, seed),
        );
        assert_eq!(known.estimate(&leaves_of(1, 3)), Some(seconds(15)));
        assert_eq!(known.estimate(&leaves_of(9, 2)), Some(seconds(60)));
        assert_eq!(known.estimate(&leaves_of(9, 1)), Some(seconds(100)));
        assert_eq!(
            Known::new(&[], |&(): &()| Vec::new()).estimate(&leaves_of(1, 1)),
            None
        );
    }

    #[test]
    fn runs_fill_the_slots() {
        let seconds = [3, 3, 2, 2, 2].map(Duration::from_secs);
        assert_eq!(makespan(seconds, 1), Duration::from_secs(12));
        assert_eq!(makespan(seconds, 2), Duration::from_secs(7));
        assert_eq!(makespan(seconds, 9), Duration::from_secs(3));
        assert_eq!(makespan([], 2), Duration::ZERO);
    }
}
