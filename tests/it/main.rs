//! Tests of whole programs, as their users start them.

mod bad_input;
mod changing;
mod completing;
mod corrupt;
mod evolution;
mod flags;
mod formats;
mod kill;
mod program;
mod pruning;
mod rerun;
mod selecting;
mod session;
mod sharing;
mod tidy;
mod types;
