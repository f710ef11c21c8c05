//! [`Filtered`]: a part of the runs.

use std::collections::HashMap;

use super::{
    cells::{Cell, Pivot, cells, cells_at, pivot},
    experiment::Experiment,
    order::RowOrder,
    run::{Failed, Missing, Run},
    runs::Runs,
};
use crate::value::Schema;

/// A part of the runs, by their configs, so that what failed and what is missing is a part of it too.
///
/// Made by [`Runs::filter`]. Displayed, it is a table as that of [`Runs`].
#[derive(Clone)]
pub struct Filtered<'a, E: Experiment> {
    pub(crate) runs: Vec<&'a Run<E>>,
    pub(crate) failed: Vec<&'a Failed<E>>,
    pub(crate) missing: Vec<&'a Missing<E>>,
    pub(crate) schema: &'a Schema,
    pub(crate) order: &'a RowOrder,
}

impl<'a, E: Experiment> Filtered<'a, E> {
    /// The runs that have a result.
    pub fn runs(&self) -> &[&'a Run<E>] {
        &self.runs
    }

    /// The runs that failed.
    pub fn failed(&self) -> &[&'a Failed<E>] {
        &self.failed
    }

    /// The runs that have no result and were not tried.
    pub fn missing(&self) -> &[&'a Missing<E>] {
        &self.missing
    }

    /// The part of these runs whose configs are wanted.
    #[must_use]
    pub fn filter(mut self, is_wanted: impl Fn(&E::Config) -> bool) -> Self {
        self.runs.retain(|run| is_wanted(&run.config));
        self.failed.retain(|failed| is_wanted(&failed.config));
        self.missing.retain(|missing| is_wanted(&missing.config));
        self
    }

    /// Returns the index and the config of each run.
    pub(crate) fn configs(&self) -> impl Iterator<Item = (u32, &'a E::Config)> {
        let done = self.runs.iter().map(|run| (run.facts.index, &run.config));
        let failed = self.failed.iter().map(|run| (run.facts.index, &run.config));
        let missing = self
            .missing
            .iter()
            .map(|run| (run.facts.index, &run.config));
        done.chain(failed).chain(missing)
    }

    /// As [`Runs::cells`].
    pub fn cells<K: PartialEq>(&self, mut key: impl FnMut(&E::Config) -> K) -> Vec<Cell<'a, K, E>> {
        cells(self, |_, config| key(config))
    }

    /// Returns the cells of some runs, by their index, in the order of the places that they have.
    pub(crate) fn cells_at(&self, places: &HashMap<u32, usize>) -> Vec<Cell<'a, &'a E::Config, E>> {
        cells_at(self, places)
    }

    /// As [`Runs::pivot`].
    pub fn pivot<R: PartialEq, C: PartialEq>(
        &self,
        row: impl Fn(&E::Config) -> R,
        column: impl Fn(&E::Config) -> C,
        number: impl FnMut(&Run<E>) -> f64,
    ) -> Pivot<R, C> {
        pivot(self, row, column, number)
    }
}

impl<E: Experiment> Runs<E> {
    /// All runs.
    pub(crate) fn all(&self) -> Filtered<'_, E> {
        Filtered {
            runs: self.runs.iter().collect(),
            failed: self.failed.iter().collect(),
            missing: self.missing.iter().collect(),
            schema: &self.schema,
            order: &self.order,
        }
    }

    /// The part of the runs whose configs are wanted. It takes the config, as failed and missing runs have no output.
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
    ///     (Train { learning_rate: 0.1, epochs: 10 }, 0.92),
    /// ]);
    /// let long = runs.filter(|config| config.epochs == 10);
    /// assert_eq!(long.runs()[0].output, 0.92);
    /// ```
    pub fn filter(&self, is_wanted: impl Fn(&E::Config) -> bool) -> Filtered<'_, E> {
        self.all().filter(is_wanted)
    }

    /// Groups the runs by a key of their configs, such as the fields that are swept; cells and their runs are in the order of the
    /// configs. A cell knows which of its runs failed and which are missing, so its figures say how many results they are of.
    ///
    /// [`group_by`](Self::group_by) is for keys that need the output; it has only the runs that have a result.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::{Context, Experiment, Runs};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, runner_derive::Config)]
    /// # #[config(crate = runner)]
    /// # struct Train { learning_rate: f64, #[config(replicate)] seed: u64 }
    /// # struct Training;
    /// # impl Experiment for Training {
    /// #     type Config = Train;
    /// #     type Output = f64;
    /// #     fn run(_: &Train, _: &Context) -> anyhow::Result<f64> { Ok(0.0) }
    /// # }
    /// let runs = Runs::<Training>::detached([
    ///     (Train { learning_rate: 0.1, seed: 1 }, 0.90),
    ///     (Train { learning_rate: 0.1, seed: 2 }, 0.92),
    ///     (Train { learning_rate: 0.01, seed: 1 }, 0.97),
    /// ]);
    /// let cells = runs.cells(|config| config.learning_rate);
    /// let accuracy = cells[0].estimate(|run| run.output);
    /// assert_eq!((*cells[0].key(), cells[0].count().done), (0.1, 2));
    /// assert_eq!(format!("{accuracy:.2}"), "0.91 [0.78, 1.04] (95 %, 2)");
    /// ```
    pub fn cells<K: PartialEq>(&self, key: impl FnMut(&E::Config) -> K) -> Vec<Cell<'_, K, E>> {
        self.all().cells(key)
    }

    /// A number by two keys of the configs, one for the rows and one for the columns.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::{Context, Experiment, Runs};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, runner_derive::Config)]
    /// # #[config(crate = runner)]
    /// # struct Train { learning_rate: f64, epochs: u32, #[config(replicate)] seed: u64 }
    /// # struct Training;
    /// # impl Experiment for Training {
    /// #     type Config = Train;
    /// #     type Output = f64;
    /// #     fn run(_: &Train, _: &Context) -> anyhow::Result<f64> { Ok(0.0) }
    /// # }
    /// let runs = Runs::<Training>::detached([
    ///     (Train { learning_rate: 0.1, epochs: 5, seed: 1 }, 0.90),
    ///     (Train { learning_rate: 0.1, epochs: 5, seed: 2 }, 0.92),
    ///     (Train { learning_rate: 0.01, epochs: 5, seed: 1 }, 0.97),
    ///     (Train { learning_rate: 0.01, epochs: 10, seed: 1 }, 0.98),
    /// ]);
    /// let pivot = runs.pivot(|c| c.learning_rate, |c| c.epochs, |run| run.output);
    /// assert_eq!(
    ///     pivot.to_string(),
    ///     "                  5    10
    /// ────  ─────────────  ────
    /// 0.1   0.910 ± 0.014     -
    /// 0.01  0.970          0.98
    /// "
    /// );
    /// ```
    pub fn pivot<R: PartialEq, C: PartialEq>(
        &self,
        row: impl Fn(&E::Config) -> R,
        column: impl Fn(&E::Config) -> C,
        number: impl FnMut(&Run<E>) -> f64,
    ) -> Pivot<R, C> {
        self.all().pivot(row, column, number)
    }
}
