//! The [`Experiment`] trait, which the user implements, [`Cost`], what a run takes of the
//! machine, and [`Sweep`], a product of values over a base config.

// Circle: experiment, label, metrics, run, runs, study, upgrade: methods of `Experiment` take `Metrics`, `Runs` and `Upgrades`,
// which are generic over it; `Runs` have the labels of their study.

use std::{num::NonZeroUsize, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    context::Context, metrics::Metrics, reproduce::is_same_bit_for_bit, runs::Runs,
    upgrade::Upgrades,
};
use crate::{store::Code, value::Config};

/// An experiment: what a run takes, what it gives, and how it is done.
///
/// `runner::main::<MyExperiment>()` makes a complete program of it.
///
/// The type is only a name for the experiment; it needs no fields and is never made.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an experiment",
    label = "`Experiment` is not implemented for this type",
    note = "write `impl Experiment for {Self}` with `type Config`, `type Output` and `fn run`"
)]
pub trait Experiment: Sized + 'static {
    /// The input of a run: a type with `#[derive(Clone, Serialize, Deserialize, Config)]`.
    type Config: Config;

    /// The result of a run, kept in its directory: a type with `#[derive(Serialize, Deserialize)]`.
    ///
    /// It is stored with postcard, or with the names of its fields if its serde attributes need them (`skip_serializing_if`,
    /// `tag`, `untagged`, `flatten`). Its `Deserialize` must give back what its `Serialize` wrote, in the same order, which that of
    /// a `HashSet` does not.
    type Output: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The version of the code's meaning. Bump it when the same config would now give another result: results of
    /// other versions are no longer hits, and are hits again with that number.
    const VERSION: u32 = 1;

    /// Whether each run must be alone, whatever `--jobs` says, because it measures time: no other run and no loading or syncing
    /// of results beside it in this process, and no such run of another process on this machine with the same output directory.
    const EXCLUSIVE: bool = false;

    /// The code that [`run`](Self::run) reaches: write `const CODE: Code = runner::code!();`, and the program tells which
    /// cached results are of other code, and which functions differ. They still count, unless the code is
    /// [`strict`](Code::strict).
    ///
    /// By default it is not known, and results of another build of the program are marked as such.
    const CODE: Code = Code::UNKNOWN;

    /// The name under which results are kept, part of every key.
    ///
    /// By default the crate, the modules, the type and its arguments, so that two programs that share a directory never
    /// take each other's results. Writing it out makes it independent of where the type lives. People see the short form,
    /// without crate and modules.
    fn name() -> &'static str {
        std::any::type_name::<Self>()
    }

    /// The configs to run, in the order of the report.
    fn configs() -> Vec<Self::Config> {
        Vec::new()
    }

    /// Does one run.
    ///
    /// The config is the one that is stored: what serde does not write of it, as with `#[serde(skip)]`, is not there, and a warning
    /// names a field that loses something.
    ///
    /// It may write files into [`context.out_dir()`](Context::out_dir), except for `result.postcard`, `run.json`, `run.log` and `unstorable.json`, which are the
    /// library's; they are complete when the result is there. What it returns must depend on the config alone: not on the time, on other runs, or on fields that are `skip`.
    ///
    /// # Errors
    ///
    /// Whatever makes the run fail. Other runs go on; the failure is reported, and the run is tried again next time.
    ///
    /// `?` takes every [`std::error::Error`] that threads may share. `Box<dyn Error>` and `eyre::Report` are none; they take a line:
    ///
    /// ```
    /// # use std::error::Error;
    /// fn parsed(text: &str) -> Result<u32, Box<dyn Error>> {
    ///     Ok(text.parse()?)
    /// }
    ///
    /// fn run(text: &str) -> anyhow::Result<u32> {
    ///     let count = parsed(text).map_err(|error| anyhow::anyhow!("{error:#}"))?;
    ///     Ok(count + 1)
    /// }
    ///
    /// assert_eq!(run("1")?, 2);
    /// assert_eq!(run("one").map_err(|error| error.to_string()), Err("invalid digit found in string".to_owned()));
    /// # anyhow::Ok(())
    /// ```
    fn run(config: &Self::Config, context: &Context) -> anyhow::Result<Self::Output>;

    /// The time limit of a run. One that takes longer is asked to end, with SIGTERM and
    /// [`is_cancelled`](Context::is_cancelled), then killed, and has failed. A run with a limit gets a process of its own, as
    /// with `--isolate`; `--timeout` may make the limit shorter, not longer. What [`shared`](Context::shared) takes is not counted,
    /// up to ten times the limit or half a minute, whichever is more.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # struct Config { epochs: u32 }
    /// fn timeout(config: &Config) -> Option<Duration> {
    ///     Some(Duration::from_secs(60) * config.epochs)
    /// }
    /// # assert_eq!(timeout(&Config { epochs: 2 }), Some(Duration::from_secs(120)));
    /// ```
    fn timeout(config: &Self::Config) -> Option<Duration> {
        let _ = config;
        None
    }

    /// The part of the machine that a run takes; by default one of the `--jobs` places. Together, the runs that go on never take
    /// more places than `--jobs` or more memory than the machine has.
    fn cost(config: &Self::Config) -> Cost {
        let _ = config;
        Cost::default()
    }

    /// The ways to read results that were stored when [`Output`](Self::Output) was another type; by default not at all.
    ///
    /// With it, a week of results survives a field that is added to the output.
    fn upgrades() -> Upgrades<Self> {
        Upgrades::none()
    }

    /// Returns whether `--verify` takes an output for that of the stored result, when the run was done again; by default if all
    /// values are the same, bit for bit. NaN is the same as NaN.
    ///
    /// Write it for outputs that hold times, or whose last digits depend on the order in which threads add up.
    ///
    /// ```
    /// # #[derive(Clone)]
    /// # struct Sorted { comparisons: u64, seconds: f64 }
    /// fn reproduces(stored: &Sorted, again: &Sorted) -> bool {
    ///     let ratio = stored.seconds / again.seconds;
    ///     stored.comparisons == again.comparisons && (0.5..2.0).contains(&ratio)
    /// }
    /// # let stored = Sorted { comparisons: 9, seconds: 1.0 };
    /// # assert!(reproduces(&stored, &Sorted { seconds: 1.5, ..stored.clone() }));
    /// # assert!(!reproduces(&stored, &Sorted { comparisons: 8, ..stored.clone() }));
    /// ```
    fn reproduces(stored: &Self::Output, again: &Self::Output) -> bool {
        is_same_bit_for_bit(stored, again)
    }

    /// The numbers that matter, and what is better; by default none: tables show every scalar of the output, and nothing is judged.
    ///
    /// With metrics, the default table has a column for each of them in place of the output's. Where the config has replicates, it marks
    /// the best and what cannot be told from it.
    ///
    /// ```
    /// # use runner_core as runner;
    /// # use runner::{Experiment, Metrics, percent};
    /// # fn example<Training: Experiment<Output = (f64, f64)>>(metrics: &mut Metrics<Training>) {
    /// // fn metrics(metrics: &mut Metrics<Self>) {
    /// metrics.maximize("accuracy", |run| run.output.0).margin(0.002);
    /// metrics.minimize("time", |run| run.output.1).unit("s").log().margin(percent(2.0));
    /// // }
    /// # }
    /// ```
    fn metrics(metrics: &mut Metrics<Self>) {
        let _ = metrics;
    }

    /// Reports on all runs; by default prints the table that [`Runs`] displays as.
    ///
    /// # Errors
    ///
    /// Whatever keeps the report from being made.
    fn report(runs: &Runs<Self>) -> anyhow::Result<()> {
        Ok(runs.print()?)
    }
}

/// A type's full name without crates and modules: `digits::net::Train<f64>` becomes `Train<f64>`.
pub(crate) fn short_name(full: &str) -> String {
    let mut short = String::with_capacity(full.len());
    let mut word = String::new();
    for character in full.chars() {
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else if character == ':' {
            word.clear();
        } else {
            short.push_str(&word);
            short.push(character);
            word.clear();
        }
    }
    short + &word
}

/// The part of the machine that a run takes while it goes on: as many of the `--jobs` places as it has threads, and memory.
///
/// ```
/// # use runner_core as runner;
/// use runner::Cost;
///
/// let cost = Cost::new().slots(4).memory_bytes(2 << 30);
/// assert_eq!(cost, Cost::default().memory_bytes(2 << 30).slots(4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Cost {
    pub(crate) slots: NonZeroUsize,
    pub(crate) memory_bytes: u64,
}

impl Cost {
    /// One place and no memory worth counting.
    pub const fn new() -> Self {
        Self {
            slots: NonZeroUsize::MIN,
            memory_bytes: 0,
        }
    }

    /// The number of places for runs at a time that it takes; at least 1, and at most as many as there are.
    pub const fn slots(mut self, slots: usize) -> Self {
        if let Some(slots) = NonZeroUsize::new(slots) {
            self.slots = slots;
        }
        self
    }

    /// The maximum memory that it takes, in bytes. Runs are started only while their sum is within the machine's memory, or
    /// within what the program's container or job is limited to (on Linux, by its control groups); one that takes more than that goes on
    /// alone.
    pub const fn memory_bytes(mut self, memory_bytes: u64) -> Self {
        self.memory_bytes = memory_bytes;
        self
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self::new()
    }
}

/// A list of configs that grows by products; what `base.sweep()` builds on.
///
/// `#[derive(Config)]` gives every struct a builder with one method per field on top of this.
///
/// ```
/// # use runner_core as runner;
/// use runner::Sweep;
///
/// let configs = Sweep::new((0, 'z'))
///     .each([1, 2], |config, item| config.0 = item)
///     .each(['a', 'b'], |config, item| config.1 = item)
///     .build();
/// assert_eq!(configs, [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a sweep does nothing until `build()` is called"]
pub struct Sweep<C> {
    configs: Vec<C>,
}

impl<C: Clone> Sweep<C> {
    /// A sweep of one config: `base` itself.
    pub fn new(base: C) -> Self {
        Self {
            configs: vec![base],
        }
    }

    /// Replaces every config by one copy for each of `items`, changed by `apply`; the items of the last call vary fastest.
    ///
    /// Use it for paired, nested or dependent fields, and for fields whose names clash with `each` and `build`. No
    /// items at all leave no configs.
    pub fn each<T: Clone>(
        self,
        items: impl IntoIterator<Item = T>,
        apply: impl Fn(&mut C, T),
    ) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        let mut configs = Vec::with_capacity(self.configs.len() * items.len());
        for base in &self.configs {
            for item in &items {
                let mut config = base.clone();
                apply(&mut config, item.clone());
                configs.push(config);
            }
        }
        Self { configs }
    }

    /// The configs, in the order of the product.
    pub fn build(self) -> Vec<C> {
        self.configs
    }
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn short_names_have_no_modules() {
        assert_eq!(short_name("digits::Training"), "Training");
        assert_eq!(
            short_name("a::Train<b::Sgd, alloc::vec::Vec<f64>>"),
            "Train<Sgd, Vec<f64>>"
        );
        assert_eq!(short_name("Plain"), "Plain");
    }
}
