//! Tests of whole programs, as their users start them.

mod checkpoint;
mod program;
mod tidy;
