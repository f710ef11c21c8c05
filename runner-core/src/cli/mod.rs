//! Arguments → [`Request`](Request), and what a terminal shows.

mod args;
mod choice;
mod combinations;
mod complete;
mod completions;
mod flags;
mod request;

mod fields;
mod help;
mod program;

mod display;
mod event_file;
mod events;
mod listing;
mod pruned;
mod why;

mod absent;
mod failure;

pub(crate) use absent::{Absent, print_absent, print_warnings};
pub(crate) use args::{Parsed, parse};
pub(crate) use complete::complete;
pub(crate) use completions::script;
pub(crate) use display::listener;
pub(crate) use events::{Describe, with_events};
pub(crate) use failure::print_error;
pub(crate) use help::{help, version};
pub(crate) use listing::{ListedRun, Outlook, dry_run, list};
pub(crate) use program::Program;
pub(crate) use pruned::{Pruned, PrunedDirectory, prune};
pub(crate) use request::{Action, Jobs, Prune, Request, Verbosity};
pub(crate) use why::{Explained, Made, NearestRun, why};
