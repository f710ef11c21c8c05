//! From runs to what people read: tables and exports.

mod format;

mod column;
mod number;
mod order;
mod outputs;
mod rows;
mod runs;
mod section;
mod table;
mod text_column;

mod layout;
mod text;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use format::Format;
pub(crate) use format::write;
pub(crate) use rows::Rows;
pub(crate) use text::Screen;
use text::terminal;
