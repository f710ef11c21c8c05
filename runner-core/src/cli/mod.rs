//! Arguments → [`Request`](crate::request::Request), and what a terminal shows.

mod args;
mod choice;
mod flags;
mod select;
mod suggest;

mod fields;
mod help;
mod program;

mod display;
mod listing;

mod failure;
mod style;

pub(crate) use args::{Parsed, parse};
pub(crate) use display::listener;
pub(crate) use failure::print_error;
pub(crate) use help::{help, version};
pub(crate) use listing::{ListedRun, Outlook, dry_run, list};
pub(crate) use program::Program;
pub(crate) use select::select;
pub(crate) use style::Style;
pub(crate) use suggest::closest;
