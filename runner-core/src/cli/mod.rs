//! Arguments → [`Request`], and what a terminal shows.

mod args;
mod complete;
mod flags;
mod request;

mod fields;
mod help;
mod program;

mod display;
mod events;
mod listing;
mod verified;
mod why;

mod failure;

pub(crate) use args::{Parsed, parse};
pub(crate) use complete::{complete, script};
pub(crate) use display::listener;
pub(crate) use events::{Describe, with_events};
pub(crate) use failure::{Absent, print_absent, print_error, print_warnings};
pub(crate) use help::{help, version};
pub(crate) use listing::{ListedRun, Outlook, Pruned, PrunedDirectory, dry_run, list, prune};
pub(crate) use program::Program;
pub(crate) use request::{Action, Amount, JobOrder, Jobs, Prune, Request, Verbosity};
pub(crate) use verified::{VerifiedRow, VerifiedRuns, VerifiedState, verified};
pub(crate) use why::{Explained, Made, NearestRun, why};
