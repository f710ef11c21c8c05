//! One invocation: configs → plan → execute → runs; the program around it and the builder in front of it.

mod program;
mod runner;

mod chosen;
mod execution;
mod listed;
mod load;
mod narrow;
mod outcome;
mod planned;
mod prune;
mod text_file;
mod why;

#[cfg(test)]
mod given_back;

pub use runner::{Runner, init, main};
