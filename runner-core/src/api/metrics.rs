//! [`Metrics`]: what the outputs of an experiment mean, and [`MetricList`], the same without the experiment's types.

use std::{any::Any, fmt, marker::PhantomData, panic::AssertUnwindSafe, time::Duration};

use super::{experiment::Experiment, run::Run};
use crate::base::{Direction, Error, ErrorKind, Margin, Rule, catch, printable};

/// The metrics of an experiment: the numbers that tables show, with what is better.
///
/// [`Experiment::metrics`] gets an empty list and adds to it. The first metric that is maximized or minimized is the one that
/// [`best`](crate::Runs::best) is about.
///
/// ```
/// # use runner_core as runner;
/// # use runner::{Context, Experiment, Metrics, percent};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, runner_derive::Config)]
/// # #[config(crate = runner)]
/// # struct Train { learning_rate: f64 }
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Trained {
///     accuracy: f64,
///     seconds: f64,
///     nodes: u64,
///     loss: Vec<f64>,
/// }
/// # struct Training;
/// # impl Experiment for Training {
/// #     type Config = Train;
/// #     type Output = Trained;
/// #     fn run(_: &Train, _: &Context) -> anyhow::Result<Trained> { anyhow::bail!("not here") }
///
/// // In `impl Experiment for Training`:
/// fn metrics(metrics: &mut Metrics<Self>) {
///     metrics.maximize("accuracy", |run| run.output.accuracy).margin(0.002);
///     metrics.minimize("time", |run| run.output.seconds).unit("s").log().margin(percent(2.0));
///     metrics.exact("nodes", |run| run.output.nodes);
///     metrics.show("time for each node", |run| run.output.seconds / run.output.nodes as f64).unit("s");
///     metrics.series("loss", |run| &run.output.loss);
/// }
/// # }
/// ```
pub struct Metrics<E: Experiment> {
    list: MetricList,
    experiment: PhantomData<fn(&Run<E>)>,
}

/// One metric of [`Metrics`], to say more about it.
pub struct Metric<'a, E: Experiment> {
    metric: &'a mut AnyMetric,
    experiment: PhantomData<fn(&Run<E>)>,
}

impl<E: Experiment> Metrics<E> {
    /// Returns the metrics of the experiment.
    pub(crate) fn list() -> MetricList {
        Self::collect(E::metrics)
    }

    /// Returns what a function adds to an empty list.
    pub(crate) fn collect(add: impl FnOnce(&mut Self)) -> MetricList {
        let mut metrics = Self {
            list: MetricList(Vec::new()),
            experiment: PhantomData,
        };
        add(&mut metrics);
        metrics.list
    }

    /// Adds a metric of which more is better.
    pub fn maximize<N: MetricValue>(
        &mut self,
        name: &str,
        value: impl Fn(&Run<E>) -> N + Send + Sync + 'static,
    ) -> Metric<'_, E> {
        self.add(name, Direction::Maximize, value)
    }

    /// Adds a metric of which less is better.
    pub fn minimize<N: MetricValue>(
        &mut self,
        name: &str,
        value: impl Fn(&Run<E>) -> N + Send + Sync + 'static,
    ) -> Metric<'_, E> {
        self.add(name, Direction::Minimize, value)
    }

    /// Adds a metric without noise, such as a number of steps or bytes, which depends on the config and its seed alone: every
    /// difference between runs of the same seed is a finding.
    pub fn exact<N: MetricValue>(
        &mut self,
        name: &str,
        value: impl Fn(&Run<E>) -> N + Send + Sync + 'static,
    ) -> Metric<'_, E> {
        self.add(name, Direction::Exact, value)
    }

    /// Adds a metric that is shown and never judged.
    pub fn show<N: MetricValue>(
        &mut self,
        name: &str,
        value: impl Fn(&Run<E>) -> N + Send + Sync + 'static,
    ) -> Metric<'_, E> {
        self.add(name, Direction::Shown, value)
    }

    /// Adds a series, such as the loss after each epoch. It is never judged; tables show its last value, NaN if it is empty.
    pub fn series(
        &mut self,
        name: &str,
        series: impl Fn(&Run<E>) -> &[f64] + Send + Sync + 'static,
    ) -> Metric<'_, E> {
        let last = move |run: &Run<E>| series(run).last().copied().unwrap_or(f64::NAN);
        self.add(name, Direction::Shown, last)
    }

    fn add<N: MetricValue>(
        &mut self,
        name: &str,
        direction: Direction,
        value: impl Fn(&Run<E>) -> N + Send + Sync + 'static,
    ) -> Metric<'_, E> {
        let metric = self.list.add(
            name,
            direction,
            Box::new(move |run| run.downcast_ref().map(&value).map(N::number)),
        );
        Metric {
            metric,
            experiment: PhantomData,
        }
    }
}

#[expect(
    clippy::return_self_not_must_use,
    reason = "the metric is in its list already"
)]
impl<E: Experiment> Metric<'_, E> {
    /// Shows this behind the name: `s`, `MB`, `%`. The values stay as they are.
    pub fn unit(self, unit: &str) -> Self {
        unit.clone_into(&mut self.metric.unit);
        self
    }

    /// Means on a logarithmic scale: geometric means, and comparisons by factors. Right for times, sizes and losses, which
    /// spread in proportion; no value may be 0 or less.
    pub fn log(self) -> Self {
        self.metric.rule.is_log = true;
        self
    }

    /// The largest difference that does not matter: a number, or [`percent`](crate::percent) of what is compared with. Without
    /// one, no comparison says that something is the same.
    pub fn margin(self, margin: impl Into<Margin>) -> Self {
        self.metric.rule.margin = Some(margin.into());
        self
    }

    /// Compares the runs of two configs as a whole, not in pairs of the same seed: for seeds that mean nothing across configs.
    pub fn unpaired(self) -> Self {
        self.metric.rule.is_unpaired = true;
        self
    }

    /// The task of a run, such as `|run| run.config.dataset`: runs that differ only in task and replicate are a suite. From 20
    /// results on, the notes of a table have the interquartile mean of each suite.
    pub fn tasks<T: fmt::Debug>(self, task: impl Fn(&Run<E>) -> T + Send + Sync + 'static) -> Self {
        self.metric.task = Some(Box::new(move |run| {
            run.downcast_ref().map(|run| format!("{:?}", task(run)))
        }));
        self
    }
}

/// A number that a metric may have: an integer, a float, or a [`Duration`], which counts in seconds.
///
/// Integers beyond 2^53 are rounded.
pub trait MetricValue: 'static {
    /// Returns the number.
    fn number(self) -> f64;
}

macro_rules! values {
    ($($type:ty)*) => {$(
        impl MetricValue for $type {
            fn number(self) -> f64 {
                self.into()
            }
        }
    )*};
}

values! { f32 f64 i8 i16 i32 u8 u16 u32 }

macro_rules! rounded_values {
    ($($type:ty)*) => {$(
        impl MetricValue for $type {
            #[expect(clippy::cast_precision_loss, reason = "documented")]
            fn number(self) -> f64 {
                self as f64
            }
        }
    )*};
}

rounded_values! { i64 i128 isize u64 u128 usize }

impl MetricValue for Duration {
    fn number(self) -> f64 {
        self.as_secs_f64()
    }
}

/// Metrics without the types of their experiment.
pub(crate) struct MetricList(pub(crate) Vec<AnyMetric>);

type ValueOf = Box<dyn Fn(&dyn Any) -> Option<f64> + Send + Sync>;

type TaskOf = Box<dyn Fn(&dyn Any) -> Option<String> + Send + Sync>;

/// A metric without the types of its experiment.
pub(crate) struct AnyMetric {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) rule: Rule,
    /// The value of a run, which is a `Run` of the experiment.
    value: ValueOf,
    /// The task of a run.
    task: Option<TaskOf>,
}

impl MetricList {
    fn add(&mut self, name: &str, direction: Direction, value: ValueOf) -> &mut AnyMetric {
        self.0.push(AnyMetric {
            name: name.to_owned(),
            unit: String::new(),
            rule: Rule::new(direction),
            value,
            task: None,
        });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Makes metrics before anything runs, to see whether they will do.
    ///
    /// # Errors
    ///
    /// If that panics, or as [`check`](Self::check).
    pub(crate) fn prove(metrics: fn() -> Self) -> Result<(), Error> {
        let list = catch(AssertUnwindSafe(metrics)).map_err(|panic| {
            ErrorKind::Experiment(anyhow::anyhow!("`metrics` panicked: {}", panic.message))
        })?;
        list.check()
    }

    /// Checks the metrics.
    ///
    /// # Errors
    ///
    /// If two have one name, a name cannot be shown, or a metric contradicts itself.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (place, metric) in self.0.iter().enumerate() {
            let name = &metric.name;
            if name.trim().is_empty() {
                return Err(Error::usage(format!(
                    "give metric {} a name: it is empty",
                    place + 1
                )));
            }
            for text in [name, &metric.unit] {
                if printable(text) != *text {
                    return Err(Error::usage(format!(
                        "leave control characters out of the metric `{}`",
                        printable(text)
                    )));
                }
            }
            if self.0[..place].iter().any(|other| other.name == *name) {
                return Err(Error::usage(format!(
                    "rename one of the metrics `{name}`: two have that name"
                )));
            }
            if let Some(mistake) = metric.rule.mistake() {
                return Err(Error::usage(format!("metric `{name}`: {mistake}")));
            }
        }
        Ok(())
    }
}

impl AnyMetric {
    /// Returns the value of a run; the message if the metric panics.
    pub(crate) fn value(&self, run: &dyn Any) -> Result<f64, String> {
        let value = catch(AssertUnwindSafe(|| (self.value)(run)));
        let value = value.map_err(|panic| panic.message)?;
        Ok(value.unwrap_or_else(|| unreachable!("a run stays with its experiment")))
    }

    /// Returns whether the metric has tasks.
    pub(crate) fn has_tasks(&self) -> bool {
        self.task.is_some()
    }

    /// Returns the task of a run; none without tasks, or if that panics.
    pub(crate) fn task(&self, run: &dyn Any) -> Option<String> {
        catch(AssertUnwindSafe(|| self.task.as_ref()?(run)))
            .ok()
            .flatten()
    }

    /// Returns the name with the unit.
    pub(crate) fn heading(&self) -> String {
        match self.unit.as_str() {
            "" => self.name.clone(),
            unit => format!("{} ({unit})", self.name),
        }
    }
}
