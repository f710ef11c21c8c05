//! [`Group`]: runs that have something in common.

use std::{collections::HashMap, fmt, iter, slice, vec};

use super::experiment::Experiment;
use super::run::Facts;
use super::{run::Run, runs::Runs, summary::Summary};
use crate::value::{AnyValue, Digest, Schema, Scope, Walker};

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

    /// How many runs there are.
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
    /// Groups the runs by a key, such as a field of the config; groups and their runs keep the order of the configs.
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
