//! The bar beside all else that is on the terminal.

use std::{path::Path, process::Command};

use crate::{process::program, terminal::Terminal};

fn threaded(directory: &Path, ways: &str) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_shown"), directory);
    command.env("SHOWN_WAYS", ways).args(["--progress", "bar"]);
    command
}

#[test]
fn what_runs_print_is_never_lost() {
    // The bar drew over what runs in threads had printed since its last frame: of ten lines, six were gone.
    for height in [24, 12] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let mut command = threaded(directory.path(), "print,print-more,error");
        let (terminal, status) = Terminal::run(command.arg("-j2"), height, 80);
        assert_eq!(status.code(), Some(1));
        let lines = terminal.lines();
        for way in ["print", "print-more"] {
            for number in 0..10 {
                for stream in ["line", "note"] {
                    let line = format!("{stream} {number} of {way}");
                    let found = lines.iter().filter(|shown| **shown == line).count();
                    assert_eq!(found, 1, "{line} in {lines:#?}");
                }
            }
        }
        let last = lines.iter().rfind(|line| !line.is_empty());
        assert!(
            last.is_some_and(|line| line.contains("print-more")),
            "the report is last: {lines:#?}"
        );
        assert!(!lines.iter().any(|line| line.contains("shown [")));
        assert!(terminal.is_released());
    }
}

#[test]
fn bars_of_runs_stay_whole() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut command = threaded(directory.path(), "own-bar,print");
    let (terminal, status) = Terminal::run(command.arg("-j1"), 12, 80);
    assert_eq!(status.code(), Some(0));
    let lines = terminal.lines();
    let place = lines.iter().position(|line| line == "first 20");
    let place = place.unwrap_or_else(|| panic!("{lines:#?}"));
    assert_eq!(lines[place + 1], "second 20");
    assert!(!lines.iter().any(|line| line == "first 19"), "{lines:#?}");
    assert!(terminal.is_released());
}
