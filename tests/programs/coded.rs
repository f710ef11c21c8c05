//! An experiment whose code is told.

#[path = "coded/mod.rs"]
mod coded;
#[path = "log.rs"]
mod log;

use std::process::ExitCode;

fn scaled(value: u32) -> u32 {
    FACTOR * value
}

const FACTOR: u32 = 2;

fn reported() {}

fn main() -> ExitCode {
    coded::main()
}
