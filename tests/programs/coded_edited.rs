//! The program `coded` after an edit of what its run calls.

#[path = "coded/mod.rs"]
mod coded;
#[path = "log.rs"]
mod log;

use std::process::ExitCode;

fn scaled(value: u32) -> u32 {
    factor() * value
}

fn factor() -> u32 {
    3
}

fn reported() {}

fn main() -> ExitCode {
    coded::main()
}
