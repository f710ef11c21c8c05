//! Arguments → [`Request`](crate::request::Request), and what a terminal shows.

mod args;
mod choice;
mod flags;

mod fields;
mod help;
mod program;

mod display;
mod events;
mod listing;

mod absent;
mod failure;
mod style;

pub(crate) use absent::{print_absent, print_warnings};
pub(crate) use args::{Parsed, parse};
pub(crate) use display::listener;
pub(crate) use events::{Describe, with_events};
pub(crate) use failure::print_error;
pub(crate) use help::{help, version};
pub(crate) use listing::{ListedRun, Outlook, dry_run, list};
pub(crate) use program::Program;
pub(crate) use style::Style;
