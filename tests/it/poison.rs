//! A run that ends the whole program keeps no other from being done.

use std::{fs, os::unix::process::ExitStatusExt};

use crate::program::{Ended, Session};

const POISON: &str = "spoil number=2";

fn session(way: &str) -> Session {
    Session::new(env!("CARGO_BIN_EXE_spoil")).with("SPOIL", way)
}

/// Starts the program, which does not come to its end.
#[track_caller]
fn die(session: &Session, args: &[&str]) -> Ended {
    let output = session.command(args).output().expect("it starts");
    let ended = session.ended(&output);
    // The report is missing in any case.
    assert!(
        output.status.signal().is_some() || output.stdout.is_empty(),
        "{ended}"
    );
    ended
}

fn cached(session: &Session) -> usize {
    let listed = session.start(&["--list"]).stdout;
    listed
        .lines()
        .filter(|line| line.starts_with("cached"))
        .count()
}

#[track_caller]
fn check_over(mut session: Session, configs: usize) {
    session.set("SPOIL", "nothing");
    let ended = session.start(&[]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(cached(&session), configs);
    let notes = fs::read_dir(session.path("out/.runner/cut_off")).expect("there were some");
    assert_eq!(notes.count(), 0, "a run that is done is trusted again");
    let ended = session.start(&["--rerun"]);
    assert!(!ended.stderr.contains("the program ended"), "{ended}");
}

#[test]
fn the_next_start_names_it_and_does_the_others_first() {
    // `exit` in a thread that the run has started tells nothing itself.
    for way in ["abort", "kill", "exit-elsewhere", "file-size"] {
        let session = session(way);
        let first = die(&session, &[]);
        assert!(!first.stderr.contains("warning"), "{first}");
        let second = die(&session, &[]);
        assert!(
            second.stderr.contains("warning: the program ended while `"),
            "{second}"
        );
        assert!(second.stderr.contains(POISON), "{second}");
        assert!(
            second.stderr.contains("done last; with --isolate"),
            "{second}"
        );
        assert_eq!(cached(&session), 2);
        let third = die(&session, &[]);
        let named = "the program ended again while `spoil number=2` was running: it is done last, and alone;";
        assert!(third.stderr.contains(named), "{third}");
        // In a process of its own it ends only itself.
        let apart = session.start(&["--isolate"]);
        assert!(
            apart.stderr.contains("3 runs: 2 cached, 1 failed"),
            "{apart}"
        );
        let listed = session.start(&["--list"]).stdout;
        assert!(listed.contains("2 cached, 1 failed"), "{listed}");
        check_over(session, 3);
    }
}

#[test]
fn of_several_that_were_running_all_but_one_are_done_in_the_end() {
    const CONFIGS: usize = 12;
    let session = session("kill")
        .with("SPOIL_CONFIGS", CONFIGS)
        .with("SPOIL_SLEEP_MS", 20)
        .with("SPOIL_OTHERS_MS", 60);
    let mut last = String::new();
    // Those that are trusted, then all that were running with it, then each of these alone.
    for _ in 0..4 {
        last = die(&session, &["-j", "4"]).stderr;
    }
    assert_eq!(cached(&session), CONFIGS - 1, "{last}");
    let last = die(&session, &["-j", "4"]).stderr;
    assert!(
        last.contains("while `spoil number=2` was running"),
        "{last}"
    );
    check_over(session, CONFIGS);
}

#[test]
fn a_run_that_was_stopped_or_failed_is_no_suspect() {
    let mut session = session("mute");
    let ended = session.start(&[]);
    assert_eq!(ended.code, Some(1), "{ended}");
    session.set("SPOIL", "nothing");
    let ended = session.start(&[]);
    assert!(!ended.stderr.contains("the program ended"), "{ended}");
}
