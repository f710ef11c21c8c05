//! [`Runs`]: everything a report sees.

use std::{fmt, path::PathBuf, slice, sync::Arc, time::Duration, vec};

use super::run::{Common, Facts, Failed, Missing, Run};
use super::{
    experiment::Experiment,
    label::Labels,
    order::RowOrder,
    study::{Outline, Study, Typed},
};
use crate::{
    base::ColorChoice,
    value::{Identity, Schema, Walker},
};

/// The runs of an experiment, in the order of its configs.
///
/// Iterating gives those that have a result; what failed or is missing is in [`failed`](Self::failed) and
/// [`missing`](Self::missing). Displayed, it is the default table, as wide as it needs to be; `{runs:80}` fits it into 80 columns.
///
/// The table has a column for the name and for each config field in which the runs differ, for each scalar and short tuple of
/// the output, and for the duration; the fields that all runs have in common are listed below it, and the lists of the output,
/// which have no columns. An enum is one cell with its fields, as `knn k=3`. `none` is an optional value that is not there, and
/// `-` a field that the config does not have. If the config has `#[config(replicate)]` fields, the table has a row for each
/// group of [`replicates`](Self::replicates), with the number of results among its runs (as `3 of 5` if some have none),
/// with mean and spread. A heading that would appear twice gets `config.` or `output.` in front of it.
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
/// // `Training` takes a `Train { learning_rate: f64, epochs: u32 }` and gives an `f64`.
/// let runs = Runs::<Training>::detached([
///     (Train { learning_rate: 0.1, epochs: 5 }, 0.91),
///     (Train { learning_rate: 0.01, epochs: 5 }, 0.975),
/// ]);
/// assert_eq!(runs.outputs().sum::<f64>(), 1.885);
/// let best = runs.iter().max_by(|a, b| a.output.total_cmp(&b.output));
/// assert_eq!(best.map(|run| run.label()), Some("Training learning_rate=0.01"));
/// assert_eq!(
///     runs.to_string(),
///     "\
/// learning_rate  output  duration
/// ─────────────  ──────  ────────
///          0.10   0.910      0 ms
///          0.01   0.975      0 ms
/// same for all: epochs=5
/// "
/// );
/// ```
#[expect(
    clippy::struct_field_names,
    reason = "those that have a result are what is meant by runs everywhere"
)]
pub struct Runs<E: Experiment> {
    pub(crate) runs: Vec<Run<E>>,
    pub(crate) failed: Vec<Failed<E>>,
    pub(crate) missing: Vec<Missing<E>>,
    pub(crate) schema: Arc<Schema>,
    /// The choice of the command line about styles, for the table that [`print`](Self::print) writes.
    pub(crate) color: ColorChoice,
    pub(crate) order: RowOrder,
}

impl<E: Experiment> Runs<E> {
    /// The runs by outcome, each in the order of the configs.
    pub(crate) fn new(
        runs: Vec<Run<E>>,
        failed: Vec<Failed<E>>,
        missing: Vec<Missing<E>>,
        schema: Arc<Schema>,
    ) -> Self {
        Self {
            runs,
            failed,
            missing,
            schema,
            color: ColorChoice::Auto,
            order: RowOrder::default(),
        }
    }

    /// Runs outside any program, for a test of [`Experiment::report`]: each config with its output, under its true key,
    /// with no directory and no duration.
    ///
    /// # Panics
    ///
    /// If a config cannot be written, so that it has no key.
    pub fn detached(runs: impl IntoIterator<Item = (E::Config, E::Output)>) -> Self {
        let (configs, outputs): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
        let outline = Outline::of::<E>();
        let schema = Arc::new(Schema::new(outline.config.shape));
        let study = Typed::<E>::new(configs, Arc::clone(&schema));
        let facts = detached(&outline, &study);
        let runs = study.configs.into_iter().zip(outputs).zip(facts);
        let runs = runs
            .map(|((config, output), facts)| Run {
                config,
                output,
                facts,
            })
            .collect();
        Self::new(runs, Vec::new(), Vec::new(), schema)
    }

    /// Returns the number of runs that have a result.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Returns whether no run has a result.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The run at `index` among those that have a result.
    pub fn get(&self, index: usize) -> Option<&Run<E>> {
        self.runs.get(index)
    }

    /// The runs that have a result, in the order of the configs.
    pub fn iter(&self) -> slice::Iter<'_, Run<E>> {
        self.runs.iter()
    }

    /// The configs of the runs that have a result.
    pub fn configs(&self) -> impl ExactSizeIterator<Item = &E::Config> {
        self.runs.iter().map(|run| &run.config)
    }

    /// The outputs of the runs that have a result.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = &E::Output> {
        self.runs.iter().map(|run| &run.output)
    }

    /// The runs that failed.
    pub fn failed(&self) -> &[Failed<E>] {
        &self.failed
    }

    /// The runs that have no result and were not tried.
    pub fn missing(&self) -> &[Missing<E>] {
        &self.missing
    }
}

/// What is known of runs outside any program.
fn detached(outline: &Outline, study: &dyn Study) -> Vec<Facts> {
    let identities = Arc::new(identities(outline, study));
    let common = Arc::new(Common {
        root: PathBuf::new(),
        labels: Arc::new(Labels::new(Arc::clone(&identities), outline.config, study)),
    });
    let facts = identities
        .iter()
        .enumerate()
        .map(|(index, identity)| Facts {
            key: identity.key,
            common: Arc::clone(&common),
            directory: Some("".into()),
            duration: Duration::ZERO,
            is_cached: false,
            index: u32::try_from(index).unwrap_or(u32::MAX),
        });
    facts.collect()
}

fn identities(outline: &Outline, study: &dyn Study) -> Vec<Identity> {
    let origin = outline.origin();
    let mut walker = Walker::new();
    let identify = |index: usize| {
        let (config, name) = (study.config(index), study.run_name(index));
        let identity = origin.identify(config, name, study.schema(), &mut walker);
        identity.unwrap_or_else(|error| panic!("the config at {index} has no key: {error}"))
    };
    (0..study.len()).map(identify).collect()
}

impl<'a, E: Experiment> IntoIterator for &'a Runs<E> {
    type Item = &'a Run<E>;
    type IntoIter = slice::Iter<'a, Run<E>>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs.iter()
    }
}

impl<E: Experiment> IntoIterator for Runs<E> {
    type Item = Run<E>;
    type IntoIter = vec::IntoIter<Run<E>>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs.into_iter()
    }
}

impl<E: Experiment> fmt::Debug for Runs<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs")
            .field("runs", &self.runs)
            .field("failed", &self.failed)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
