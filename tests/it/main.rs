//! Tests of whole programs, as their users start them.

mod flags;
mod formats;
mod program;
mod session;
mod tidy;
