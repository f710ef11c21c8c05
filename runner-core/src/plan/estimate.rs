//! Estimates of the time that runs will take, from the stored ones.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    time::Duration,
};

use crate::value::{Leaf, Value};

/// Maximum number of runs to compare a config with, evenly chosen from all.
pub(crate) const KNOWN_MAX: usize = 192;

/// Runs with a known duration.
pub(crate) struct KnownTimes {
    durations: Vec<Duration>,
    /// The places of the runs that have a leaf, by the hash of its path and value.
    having: HashMap<u64, Vec<usize>>,
}

impl KnownTimes {
    /// Collects runs with their durations. Makes the leaves only of the runs to compare others with.
    pub(crate) fn new<R>(runs: &[(R, Duration)], leaves_of: impl Fn(&R) -> Vec<Leaf>) -> Self {
        let step = runs.len().div_ceil(KNOWN_MAX).max(1);
        let mut known = Self {
            durations: Vec::new(),
            having: HashMap::new(),
        };
        for (place, (run, duration)) in runs.iter().step_by(step).enumerate() {
            known.durations.push(*duration);
            for leaf in leaves_of(run) {
                let having = known.having.entry(hash(&leaf)).or_default();
                if having.last() != Some(&place) {
                    having.push(place);
                }
            }
        }
        known
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.durations.is_empty()
    }

    /// Returns the mean duration of the runs that share the most leaves with these; `None` if no run is known.
    pub(crate) fn estimate(&self, leaves: &[Leaf]) -> Option<Duration> {
        let mut shared = vec![0_u16; self.durations.len()];
        for leaf in leaves {
            for &place in self.having.get(&hash(leaf)).into_iter().flatten() {
                shared[place] = shared[place].saturating_add(1);
            }
        }
        let most = shared.iter().max()?;
        let nearest = self.durations.iter().zip(&shared);
        let nearest = nearest.filter(|(_, shared)| *shared == most);
        let (sum, count) = nearest.fold((Duration::ZERO, 0), |(sum, count), (duration, _)| {
            (sum + *duration, count + 1)
        });
        Some(sum / count)
    }
}

/// Returns the hash of the path and value of a leaf.
pub(crate) fn hash(leaf: &Leaf) -> u64 {
    let mut hasher = DefaultHasher::new();
    leaf.path.hash(&mut hasher);
    hash_value(&leaf.value, &mut hasher);
    hasher.finish()
}

fn hash_value(value: &Value, hasher: &mut impl Hasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Unit | Value::None => {}
        Value::Bool(value) => value.hash(hasher),
        Value::Int(value) | Value::Duration(value) | Value::Time(value) => value.hash(hasher),
        Value::Uint(value) => value.hash(hasher),
        Value::F32(value) => value.to_bits().hash(hasher),
        Value::F64(value) => value.to_bits().hash(hasher),
        Value::Char(value) => value.hash(hasher),
        Value::Text(text) | Value::Variant(text) => text.hash(hasher),
        Value::Bytes(bytes) => bytes.hash(hasher),
        Value::List(items) => items.iter().for_each(|item| hash_value(item, hasher)),
        Value::Large(length, digest) => (length, digest.to_bytes()).hash(hasher),
    }
}

/// Returns the total time of runs of these durations, `slots` at a time, in this order.
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
    use crate::value::{Names, Schema, leaves};

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
        let known = KnownTimes::new(
            &runs.map(|(size, seed, time)| ((size, seed), seconds(time))),
            |&(size, seed)| leaves_of(size, seed),
        );
        assert_eq!(known.estimate(&leaves_of(1, 3)), Some(seconds(15)));
        assert_eq!(known.estimate(&leaves_of(9, 2)), Some(seconds(60)));
        assert_eq!(known.estimate(&leaves_of(9, 1)), Some(seconds(100)));
        assert_eq!(
            KnownTimes::new(&[], |&(): &()| Vec::new()).estimate(&leaves_of(1, 1)),
            None
        );
    }

    #[test]
    fn many_runs_are_counted_as_one_by_one() {
        let mut number = 7_u32;
        let mut next = |below: u32| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 8) % below
        };
        let runs: Vec<Vec<Leaf>> = (0..KNOWN_MAX)
            .map(|_| [leaves_of(next(4), next(4)), leaves_of(next(3), next(9))].concat())
            .collect();
        let timed: Vec<(usize, Duration)> = (0..KNOWN_MAX)
            .map(|run| (run, Duration::from_secs(1 << (run % 20))))
            .collect();
        let known = KnownTimes::new(&timed, |&run| runs[run].clone());
        for _ in 0..50 {
            let asked = leaves_of(next(4), next(4));
            let shared = |run: &Vec<Leaf>| asked.iter().filter(|leaf| run.contains(leaf)).count();
            let best = runs.iter().map(shared).max();
            let nearest = timed
                .iter()
                .filter(|(run, _)| Some(shared(&runs[*run])) == best);
            let (count, sum) = nearest.fold((0, Duration::ZERO), |(count, sum), (_, duration)| {
                (count + 1, sum + *duration)
            });
            assert_eq!(known.estimate(&asked), Some(sum / count));
        }
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
