//! Tests of whole programs, as their users start them.

mod isolate;
mod isolate_kill;
mod process;
mod program;
mod tidy;
