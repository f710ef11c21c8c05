//! Tests of whole programs, as their users start them.

mod program;
mod tidy;
mod versions;
