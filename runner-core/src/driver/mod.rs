//! One invocation: configs → plan → execute → runs; the program around it and the builder in front of it.

mod program;
mod report_file;
mod runner;

mod chosen;
mod codes;
mod cut_off;
mod execution;
mod looked_up;
mod planned;
mod settled;
mod stored;

#[cfg(test)]
mod given_back;

pub use runner::{Runner, init, main};
