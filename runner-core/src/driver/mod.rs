//! One invocation: configs → plan → execute → runs; the program around it and the builder in front of it.

mod program;
mod report_file;
mod runner;

mod chosen;
mod codes;
mod cut_off;
mod execution;
mod looked_up;
mod outcomes;
mod planned;
mod pruning;
mod settled;
mod stored;
mod verify;
mod verifying;

#[cfg(test)]
mod given_back;

pub use runner::{Runner, init, main};
