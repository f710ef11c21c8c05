//! One Rust type becomes a complete experiment program.
//!
//! Write a typed config, a typed output and `impl Experiment`. [`main`] makes a program of them that runs every config
//! once, keeps each result in `out/<name>-<key>/`, runs only what is missing, survives crashes, and prints a report.
//!
//! # Goals
//!
//! 1. The cache never lies: a hit is the output of this experiment and version for exactly this config, decoded as
//!    exactly this type.
//! 2. Nothing computed is lost: not to a crash, a full disk, a failed rerun or a changed type.
//! 3. It costs next to nothing: little overhead, few dependencies, one screen of code.
//!
//! # A complete program
//!
//! ```
//! use runner::{Config, Context, Experiment};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, Config)]
//! struct Descent {
//!     name: String,
//!     /// Step size of gradient descent.
//!     learning_rate: f64,
//!     steps: u32,
//! }
//!
//! #[derive(Debug, Serialize, Deserialize)]
//! struct Found {
//!     minimum: f64,
//! }
//!
//! struct Minimise;
//!
//! impl Experiment for Minimise {
//!     type Config = Descent;
//!     type Output = Found;
//!
//!     fn configs() -> Vec<Descent> {
//!         let base = Descent { name: "base".into(), learning_rate: 0.1, steps: 20 };
//!         base.sweep().learning_rate([0.01, 0.1]).steps([10, 100]).build()
//!     }
//!
//!     fn run(config: &Descent, _: &Context) -> anyhow::Result<Found> {
//!         let mut x = 1.0;
//!         for _ in 0..config.steps {
//!             x -= config.learning_rate * 2.0 * x;
//!         }
//!         Ok(Found { minimum: x * x })
//!     }
//! }
//!
//! // fn main() -> std::process::ExitCode { runner::main::<Minimise>() }
//! # fn main() -> Result<(), runner::Error> {
//! # let directory = std::env::temp_dir().join(format!("runner-doc-{}", std::process::id()));
//! let runs = runner::Runner::<Minimise>::new().output_dir(&directory).run()?;
//! assert_eq!(runs.len(), 4);
//! assert!(runs.iter().all(|run| run.output.minimum < 1.0));
//! # let _ = std::fs::remove_dir_all(directory);
//! # Ok(())
//! # }
//! ```
//!
//! # A tour
//!
//! - [`Experiment`] is the trait to implement. [`Context`] gives a run its directory, a seed and shared data.
//! - [`Config`](derive@Config) is the derive for configs. Its attributes set which fields count: `skip`, `added`,
//!   `key`, `name`, `replicate`.
//! - [`evolution`] shows how to change the config or the output and keep the results.
//! - [`Runs`] are the runs in a report, with typed configs and outputs; [`Runs::group_by`] and [`Summary`] aggregate
//!   them.
//! - [`Runner`] builds a program with other configs or another report, or runs an experiment inside another program.
//! - [`code!`] lets the program say which functions differ in the code that computed a cached result.
//! - [`exit`] lists the exit codes.
//!
//! It cannot see a unit that changed behind the same type (seconds to milliseconds). Code that changed behind the same
//! [`Experiment::VERSION`] is told, with [`Experiment::CODE`], and still counts.

#[cfg(doctest)]
mod diagnostics;
pub mod evolution;

#[doc(hidden)]
pub use runner_core::__private;
pub use runner_core::{
    Best, Cell, Code, Comparison, ComparisonRow, Config, Context, Cost, Count, Error, Estimate,
    Experiment, Failed, Field, Filtered, Format, Group, Interval, Key, Margin, Method, Metric,
    MetricValue, Metrics, Missing, Pivot, Run, Runner, Runs, Shares, State, Summary, Sweep,
    Upgrades, Variant, Verdict, Why, exit, init, main, percent,
};
pub use runner_derive::{Config, code};

/// The README's programs, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
