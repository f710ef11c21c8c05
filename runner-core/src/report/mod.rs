//! From runs to what people read: tables, exports, groups.

mod format;
mod label;
mod runs;

pub(crate) use format::Format;
pub(crate) use label::Labels;
pub(crate) use runs::Facts;
pub use runs::{Failed, Missing, Run, Runs};

use crate::experiment::Experiment;

/// The default report.
pub(crate) fn print<E: Experiment>(runs: &Runs<E>) -> anyhow::Result<()> {
    let _ = runs;
    Ok(())
}
