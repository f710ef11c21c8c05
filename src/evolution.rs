//! Changing a config or an output without losing results.
//!
//! Write an attribute for each change of a config, and older results stay valid. Without it, the change makes other
//! [keys](crate::Key), since a run's key is made from the fields of its config.
//!
//! | change | write |
//! |---|---|
//! | a field was renamed | `#[config(key = "old_name")]` on it |
//! | a field is new, and its absence meant EXPR | `#[config(added = EXPR)]` on it |
//! | a field is gone, and the program behaves as it did with EXPR | `#[config(removed("name": Type, was = EXPR))]` on the struct or variant |
//! | the same, of a field that was `added = OLD` | `#[config(removed("name": Type, was = EXPR, added = OLD))]` |
//! | a field does not change the result | `#[config(skip(was = EXPR))]` on it: results stored with EXPR stay valid |
//! | the same, of a field that was `added = EXPR` | `#[config(skip)]` |
//! | the output has another type | [`Experiment::upgrades`](crate::Experiment::upgrades) |
//! | the code computes another result | a new [`Experiment::VERSION`](crate::Experiment::VERSION); no result stays valid |
//!
//! Keep these attributes: they are needed as long as you want the old results. A new field cannot have a name that is
//! in `removed`.
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
//! Each of these attributes is a claim that the library cannot check. A claim holds only as long as the program makes
//! it:
//!
//! - Another `was` makes another key: the runs are missing. Change it back, and the old results are found again.
//! - A result stored under `removed` is stale for a config that has the field again, whatever its value.
//! - A result stored under `skip(was = …)` counts with the field's real value, once the field is no longer skipped.
//! - With another `added` value than the first one ever used, older results are stale, and the reason is shown.
//!
//! One change cannot be told from going back to an older program: a new field with the name of a field that is gone,
//! without the `removed` that would refuse it. Where its type and value equal the old field's, old results count.
