//! From runs to what people read: tables, exports, groups.

mod run;
mod runs;

mod group;
mod summary;

mod format;
mod style;

mod cells;
mod column;
mod number;
mod replicated;
mod rows;
mod sketch;
mod sketch_serializer;
mod table;

mod csv;
mod export;
mod json;
mod layout;
mod markdown;
mod terminal;

mod label;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use format::Format;
pub use group::Group;
pub use run::{Failed, Missing, Run};
pub use runs::Runs;
pub use summary::Summary;

pub(crate) use format::write;
pub(crate) use label::Labels;
pub(crate) use rows::Rows;
pub(crate) use run::Facts;
pub(crate) use style::{Emphasis, Style};

use csv::csv;
use json::json;
use markdown::markdown;
use terminal::terminal;

use crate::experiment::Experiment;

/// The default report: the table, on standard output.
pub(crate) fn print<E: Experiment>(runs: &Runs<E>) -> anyhow::Result<()> {
    Ok(runs.print()?)
}
