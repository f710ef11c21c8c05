//! What users write and read: the experiment, what a run is given, and the runs of a report.

mod checkpoint;
mod context;
mod experiment;
mod metrics;
mod progress;
mod reproduce;
mod shared;
mod study;
mod upgrade;

mod cells;
mod filtered;
mod group;
mod label;
mod order;
mod run;
mod runs;

pub use cells::{Best, Cell, Pivot};
pub(crate) use checkpoint::{Checkpoints, StoredCheckpoints};
pub use context::Context;
pub use experiment::{Cost, Experiment, Sweep};
pub use filtered::Filtered;
pub(crate) use group::grouped;
pub use group::{Group, Summary};
pub(crate) use label::Labels;
pub(crate) use metrics::{AnyMetric, MetricList};
pub use metrics::{Metric, MetricValue, Metrics};
pub(crate) use order::{OrderBy, OrderField, RowOrder};
pub(crate) use progress::{Progress, Sharing};
pub(crate) use reproduce::is_own_way;
pub(crate) use run::{Common, Facts, RunOutcome};
pub use run::{Failed, Missing, Run, State};
pub use runs::Runs;
pub(crate) use shared::{Cancel, Shared, Urgency};
pub(crate) use study::{
    EncodedOutput, Outline, Secrets, StoredConfig, Study, Typed, UnstorableOutput,
};
pub use upgrade::Upgrades;
