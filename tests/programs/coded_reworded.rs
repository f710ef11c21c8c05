//! The program `coded` after an edit that cannot change what its runs return.

#[path = "coded/mod.rs"]
mod coded;
#[path = "log.rs"]
mod log;

use std::process::ExitCode;

fn scaled(value: u32) -> u32 {
    // The value is scaled by a constant factor.
    FACTOR * value
}

/// How many times the value is taken.
const FACTOR: u32 = 2;

fn reported() {
    println!("value and result");
}

fn main() -> ExitCode {
    coded::main()
}
