//! What users write and read: the experiment, what a run is given, and the runs of a report.

mod checkpoint;
mod context;
mod cost;
mod experiment;
mod progress;
mod shared;
mod study;
mod sweep;
mod upgrade;

mod group;
mod label;
mod run;
mod runs;
mod state;
mod summary;

pub(crate) use checkpoint::{Checkpoints, StoredCheckpoints};
pub use context::Context;
pub use cost::Cost;
pub use experiment::Experiment;
pub use group::Group;
pub(crate) use group::grouped;
pub(crate) use label::Labels;
pub(crate) use progress::{Progress, Sharing};
pub(crate) use run::Facts;
pub use run::{Failed, Missing, Run};
pub use runs::Runs;
pub(crate) use shared::{Cancel, Shared, Urgency};
pub use state::State;
pub(crate) use study::{EncodedOutput, Outline, Study, Typed};
pub use summary::Summary;
pub use sweep::Sweep;
pub use upgrade::Upgrades;
