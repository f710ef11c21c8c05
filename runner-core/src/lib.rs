//! The parts of `runner` that are not its derive macro; users depend on `runner`, which re-exports them.

mod config;
mod config_type;
mod shaped;
mod sweep;

mod canonical;
mod key;
#[cfg(test)]
mod key_tests;
mod store;

mod checkpoint;
mod context;
mod cost;
mod experiment;
mod shared;

mod filter;
mod human;
mod overrides;
mod request;

mod execute;
mod plan;
mod report;

mod driver;
mod load;
mod runner;
mod study;
mod upgrade;

mod cli;
pub mod exit;
mod program;

mod clock;
mod codec;
mod directory;
mod error;
mod locked;
mod nearest;
mod older;
mod parallel;
#[cfg(test)]
mod random_text;
#[cfg(test)]
mod sample_config;

pub use config::{Config, Field, Variant};
pub use context::Context;
pub use cost::Cost;
pub use error::Error;
pub use experiment::Experiment;
pub use key::Key;
pub use plan::State;
pub use report::{Failed, Format, Group, Missing, Run, Runs, Summary};
pub use runner::{Runner, init, main};
pub use sweep::Sweep;
pub use upgrade::Upgrades;

/// What generated code uses; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::{
        canonical::{Added, Was, added, was},
        config::{
            Config, Field, Former, HoldsConfig, Members, PlainShape, Probe, Rules, Shape, Shaped,
            Variant, members,
        },
        sweep::Sweep,
    };
    pub use serde;
}
