//! From runs to what people read: tables and exports.

mod format;

mod column;
mod number;
mod rows;
mod runs;
mod table;

mod export;
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
