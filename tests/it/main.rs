//! Tests of whole programs, as their users start them.

mod bad_input;
mod corrupt;
mod evolution;
mod flags;
mod formats;
mod kill;
mod program;
mod rerun;
mod session;
mod sharing;
mod tidy;
mod types;
