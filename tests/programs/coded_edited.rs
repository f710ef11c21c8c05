//! The program `coded` after an edit of what its run calls.

#[path = "coded/mod.rs"]
mod coded;
#[path = "log.rs"]
mod log;

use std::process::ExitCode;

fn scaled(value: u32) -> u32 {
    factor() * value
}

/// With `CODED_SAME`, the edit changes no result after all.
fn factor() -> u32 {
    if std::env::var_os("CODED_SAME").is_some() {
        2
    } else {
        3
    }
}

fn reported() {}

fn main() -> ExitCode {
    coded::main()
}
