//! The parts of `runner` that are not its derive macro; users depend on `runner`, which re-exports them.
//!
//! The rooms stand in the order in which data goes through them; each uses only those above it in this list, which
//! `tests/it/tidy.rs` checks.

mod base;

mod value;

mod store;

mod api;

mod change;

mod filter;

mod plan;

mod execute;

mod report;

mod cli;

mod driver;

pub use api::{
    Best, Cell, Context, Cost, Experiment, Failed, Filtered, Group, Metric, MetricValue, Metrics,
    Missing, Pivot, Run, Runs, State, Summary, Sweep, Upgrades,
};
pub use base::{
    Count, Error, Estimate, Interval, Margin, Method, Shares, Verdict, Why, exit, percent,
};
pub use driver::{Runner, init, main};
pub use report::{Comparison, ComparisonRow, Format};
pub use store::Code;
pub use value::{Config, Field, Key, Variant};

/// What generated code uses; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::{
        api::Sweep,
        value::{
            Added, BeforeAfter, ByEq, ByFields, ByShown, ByShownEq, Config, Field, Former,
            HoldsConfig, Losses, Members, PlainShape, Probe, Rules, Shape, Shaped, Unseen, Variant,
            Was, added, added_in_order, members, was,
        },
    };
    pub use serde;

    /// What `runner::code!()` expands to.
    pub const fn code(digest: u128, table: &'static str) -> crate::Code {
        crate::Code::new(digest, table)
    }
}
