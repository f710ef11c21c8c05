//! From runs to what people read: tables and exports.

mod format;
mod runs;

mod cells;
mod column;
mod number;
mod replicated;
mod rows;
mod table;

mod csv;
mod export;
mod json;
mod layout;
mod markdown;
mod terminal;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use format::Format;
pub(crate) use format::write;
pub(crate) use rows::Rows;
pub(crate) use terminal::Screen;
use terminal::terminal;
