//! [`Group`]: runs that have something in common, and [`Summary`]: a number of theirs.

use std::{collections::HashMap, fmt, iter, slice, vec};

use super::{
    experiment::Experiment,
    run::{Facts, Run},
    runs::Runs,
};
use crate::{
    base::Moments,
    value::{AnyValue, Digest, Schema, Scope, Walker},
};

/// Runs that have the same [`key`](Self::key), in the order of the configs; never none.
///
/// Made by [`Runs::group_by`] and [`Runs::replicates`].
pub struct Group<'a, K, E: Experiment> {
    key: K,
    runs: Vec<&'a Run<E>>,
}

impl<'a, K, E: Experiment> Group<'a, K, E> {
    /// What the runs have in common.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The runs.
    pub fn runs(&self) -> &[&'a Run<E>] {
        &self.runs
    }

    /// The runs, one after the other.
    pub fn iter(&self) -> iter::Copied<slice::Iter<'_, &'a Run<E>>> {
        self.runs.iter().copied()
    }

    /// Returns the number of runs.
    #[expect(clippy::len_without_is_empty, reason = "a group is never empty")]
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// The mean, the spread and the extremes of a number of each run.
    pub fn summary(&self, number: impl FnMut(&Run<E>) -> f64) -> Summary {
        self.iter().map(number).collect()
    }
}

impl<E: Experiment> Runs<E> {
    /// Groups the runs that have a result by a key, such as a field of the output; groups and their runs keep the order of the configs.
    ///
    /// Any key that can be compared will do, floats and tuples included. A NaN equals nothing and makes a group of its own
    /// each time. Runs in the order of a sweep are grouped quickly; in the worst case each run is compared with every
    /// group.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::{Context, Experiment, Runs};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, runner_derive::Config)]
    /// # #[config(crate = runner)]
    /// # struct Train { learning_rate: f64, epochs: u32 }
    /// # struct Training;
    /// # impl Experiment for Training {
    /// #     type Config = Train;
    /// #     type Output = f64;
    /// #     fn run(_: &Train, _: &Context) -> anyhow::Result<f64> { Ok(0.0) }
    /// # }
    /// let runs = Runs::<Training>::detached([
    ///     (Train { learning_rate: 0.1, epochs: 5 }, 0.90),
    ///     (Train { learning_rate: 0.01, epochs: 5 }, 0.97),
    ///     (Train { learning_rate: 0.1, epochs: 10 }, 0.92),
    /// ]);
    /// let groups = runs.group_by(|run| run.config.learning_rate);
    /// assert_eq!((*groups[0].key(), groups[0].len()), (0.1, 2));
    /// let accuracy = groups[0].summary(|run| run.output);
    /// assert_eq!(accuracy.to_string(), "0.910 ± 0.014");
    /// ```
    pub fn group_by<K: PartialEq>(
        &self,
        mut key: impl FnMut(&Run<E>) -> K,
    ) -> Vec<Group<'_, K, E>> {
        let mut groups: Vec<Group<'_, K, E>> = Vec::new();
        let mut last = 0;
        for run in &self.runs {
            let key = key(run);
            // A field of a sweep keeps its value, or takes the next one: the last group and the one behind it come first.
            let found = (last..groups.len())
                .chain(0..last.min(groups.len()))
                .find(|&index| groups[index].key == key);
            last = found.unwrap_or_else(|| {
                groups.push(Group {
                    key,
                    runs: Vec::new(),
                });
                groups.len() - 1
            });
            groups[last].runs.push(run);
        }
        groups
    }

    /// Groups the runs that differ only in fields that are `#[config(replicate)]` or `#[config(skip)]`; the key of
    /// each group is its first run.
    pub fn replicates(&self) -> Vec<Group<'_, &Run<E>, E>> {
        let groups = grouped(self.iter(), &self.schema, |run| (&run.config, &run.facts));
        let groups = groups.into_iter();
        groups.map(|runs| Group { key: runs[0], runs }).collect()
    }
}

/// Groups what has replicates of one config; groups and what is in them keep their order.
pub(crate) fn grouped<'a, R>(
    runs: impl Iterator<Item = R>,
    schema: &Schema,
    of: impl Fn(&R) -> (&'a dyn AnyValue, &'a Facts),
) -> Vec<Vec<R>> {
    let mut walker = Walker::with_scope(Scope::Group);
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<R>> = Vec::new();
    for run in runs {
        let (config, facts) = of(&run);
        // A config that cannot be written has no key, so there is no such run; it would be a group of its own.
        let digest = config
            .digest(schema, &mut walker)
            .map_or(facts.key.as_u128(), Digest::as_u128);
        let place = *places.entry(digest).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(run);
    }
    groups
}

impl<'s, 'a, K, E: Experiment> IntoIterator for &'s Group<'a, K, E> {
    type Item = &'a Run<E>;
    type IntoIter = iter::Copied<slice::Iter<'s, &'a Run<E>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, E: Experiment> IntoIterator for Group<'a, K, E> {
    type Item = &'a Run<E>;
    type IntoIter = vec::IntoIter<&'a Run<E>>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs.into_iter()
    }
}

impl<K: fmt::Debug, E: Experiment> fmt::Debug for Group<'_, K, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("key", &self.key)
            .field("runs", &self.runs)
            .finish()
    }
}

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
    /// The number of numbers.
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
    /// The spread is computed without cancellation, so numbers that are close together and far from zero lose nothing.
    ///
    /// ```
    /// # use runner_core as runner;
    /// use runner::Summary;
    ///
    /// let summary = Summary::of([1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]);
    /// assert_eq!((summary.mean, summary.spread), (1e9 + 10.0, 30.0_f64.sqrt()));
    /// ```
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
        let moments = Moments::of(&sorted);
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = count / 2;
        Self {
            count,
            mean: moments.mean,
            spread: moments.spread(),
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
