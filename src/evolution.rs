//! Changing a config or an output without losing results.
//!
//! The [key](crate::Key) of a run is made from the fields of its config, so a change of the fields would make every key
//! another one. Attributes say what a change means, and the results from before stay valid:
//!
//! | change | write |
//! |---|---|
//! | a field got another name | `#[config(key = "old_name")]` on it |
//! | a field is new, and its absence meant EXPR | `#[config(added = EXPR)]` on it |
//! | a field is gone, and the program does what it did with EXPR | `#[config(removed("name": Type, was = EXPR))]` on the struct or variant |
//! | the same, of a field that was `added = OLD` | `#[config(removed("name": Type, was = EXPR, added = OLD))]` |
//! | a field turned out not to matter | `#[config(skip(was = EXPR))]` on it: results that were stored with EXPR stay valid |
//! | the same, of a field that was `added = EXPR` | `#[config(skip)]` |
//! | the output has another type | [`Experiment::upgrades`](crate::Experiment::upgrades) |
//! | the code means something else | a new [`Experiment::VERSION`](crate::Experiment::VERSION); no result stays valid |
//!
//! What is written stays: it is as true in a year. A name in `removed` cannot be given to a new field while it stands there.
//!
//! ```
//! use runner::{Config, Context, Experiment, Upgrades};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, Config)]
//! #[config(removed("shuffle": bool, was = true))]
//! struct Train {
//!     #[config(key = "lr")]
//!     learning_rate: f64,
//!     #[config(added = 0.0)]
//!     decay: f64,
//!     #[config(skip(was = 1))]
//!     threads: usize,
//! }
//!
//! #[derive(Debug, Serialize, Deserialize)]
//! struct Metrics {
//!     accuracy: f64,
//!     converged: bool,
//! }
//!
//! /// `Metrics` before there was `converged`.
//! #[derive(Debug, Serialize, Deserialize)]
//! struct Metrics1 {
//!     accuracy: f64,
//! }
//!
//! struct Training;
//!
//! impl Experiment for Training {
//!     type Config = Train;
//!     type Output = Metrics;
//!
//!     fn run(config: &Train, _: &Context) -> anyhow::Result<Metrics> {
//!         let accuracy = 1.0 - config.learning_rate;
//!         Ok(Metrics { accuracy, converged: accuracy > 0.5 })
//!     }
//!
//!     fn upgrades() -> Upgrades<Self> {
//!         Upgrades::<Self>::none().from(|old: Metrics1, config| Metrics {
//!             accuracy: old.accuracy,
//!             converged: old.accuracy > 0.5 && config.decay == 0.0,
//!         })
//!     }
//! }
//! ```
//!
//! # Claims that change
//!
//! Each of these attributes is a claim that the library cannot check. It never believes a claim that is not made any more:
//!
//! - Another `was` makes another key: the runs are missing, and the old ones are there for who changes it back.
//! - A result that was stored under `removed` is stale for a config that has the field again, whatever its value.
//! - A result that was stored under `skip(was = …)` counts with the value that the field really had, once its value counts.
//! - Another `added` than the first that was ever used is stale, with the reason.
//!
//! One thing looks like going back to an older program: a new field under the name of one that is gone, without the
//! `removed` that would refuse it. Where its type and value are those of the old field, results of the old program count.
