//! The README's section "When a run dies" is what `examples/failures.rs` really prints. `UPDATE_DOCS=1` writes it anew.
//! Only on Linux, as every system has limits and signals of its own.

use crate::changing::{check, named};

const SECTION: (&str, &str) = ("## When a run dies\n", "\n## ");

/// The text with the example's own path, and without what depends on the version of Rust or the process.
fn normal(played: &str) -> String {
    let played = played.replace("tests/../examples/", "examples/");
    let mut text = String::new();
    for line in played.split_inclusive('\n') {
        if line.contains("| note: run with `RUST_BACKTRACE=1`") {
            continue;
        }
        if line.contains(" has overflowed its stack") {
            text.push_str("    | thread 'run' has overflowed its stack\n");
        } else if line.contains("| left ") {
            text.push_str("    | left 4711 behind\n");
        } else {
            text.push_str(line);
        }
    }
    text
}

#[test]
fn the_document_says_how_runs_die() {
    let session = named("failures", env!("CARGO_BIN_EXE_failures"));
    check(SECTION, &session, normal);
}
