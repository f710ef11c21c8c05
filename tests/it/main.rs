//! Tests of whole programs, as their users start them.

mod bad_input;
mod flags;
mod formats;
mod program;
mod session;
mod tidy;
mod types;
