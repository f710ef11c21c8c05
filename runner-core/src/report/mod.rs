//! From runs to what people read: tables and exports.

mod format;

mod best;
mod column;
mod comparison;
mod measures;
mod metric_columns;
mod number;
mod order;
mod outputs;
mod padding;
mod pivot;
mod places;
mod rows;
mod runs;
mod section;
mod suites;
mod table;
mod text_column;

mod layout;
mod text;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use comparison::{Comparison, ComparisonRow};
pub use format::Format;
pub(crate) use format::write;
pub(crate) use rows::Rows;
pub(crate) use text::Screen;
use text::terminal;
