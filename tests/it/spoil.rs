//! Runs that do what no run should, to their directory or with their errors, fail alone.

use crate::program::Session;

/// Does three runs, of which the second fails with `cause`; the others are there, and so they stay.
#[track_caller]
fn check(way: &str, cause: &str) {
    for (jobs, sleep, isolate) in [
        ("1", "0", None),
        ("2", "0", None),
        ("2", "80", None),
        ("1", "0", Some("--isolate")),
    ] {
        let session = Session::new(env!("CARGO_BIN_EXE_spoil"))
            .with("SPOIL", way)
            .with("SPOIL_SLEEP_MS", sleep);
        let mut flags = vec!["-j", jobs];
        flags.extend(isolate);
        let shown = format!("{way} {flags:?} after {sleep} ms");
        let ended = session.start(&flags);
        assert_eq!(ended.code, Some(1), "{shown}\n{ended}");
        assert!(ended.stderr.contains(cause), "{shown}\n{ended}");
        let totals = "3 runs: 2 done, 1 failed in";
        assert!(ended.stderr.contains(totals), "{shown}\n{ended}");
        let listed = session.start(&["--list"]).stdout;
        let states = ["cached", "failed"].map(|state| {
            let lines = listed.lines().filter(|line| line.starts_with(state));
            lines.count()
        });
        assert_eq!(states, [2, 1], "{shown}\n{listed}");
        assert!(listed.contains(cause), "{shown}\n{listed}");
    }
}

#[test]
fn a_run_that_takes_its_directory_away_fails_alone() {
    check("removed", "its result has no place");
    check("renamed", "its result has no place");
    check("file", "its result has no place");
}

#[test]
fn a_rerun_that_takes_its_directory_away_leaves_the_older_result() {
    for way in ["removed", "renamed", "file", "result", "partial"] {
        for isolate in [&[][..], &["--isolate"]] {
            let mut session = Session::new(env!("CARGO_BIN_EXE_spoil")).with("SPOIL", "run_json");
            session.start(&["-q"]);
            session.set("SPOIL", way);
            let ended = session.start(&[&["--rerun", "-j", "1"], isolate].concat());
            assert_eq!(ended.code, Some(1), "{way} {isolate:?}\n{ended}");
            let totals = "3 runs: 2 done, 1 failed in";
            assert!(ended.stderr.contains(totals), "{way} {isolate:?}\n{ended}");
            let listed = session.start(&["--list"]).stdout;
            assert!(listed.ends_with("3 runs: 3 cached\n"), "{way}\n{listed}");
        }
    }
}

#[test]
fn a_run_that_takes_the_names_of_the_library_fails_alone() {
    check("result", "its result has no place");
    check("partial", "its result has no place");
}

#[test]
fn a_run_json_that_cannot_be_written_costs_no_result() {
    let session = Session::new(env!("CARGO_BIN_EXE_spoil")).with("SPOIL", "run_json");
    let ended = session.start(&[]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stderr.contains("3 runs: 3 done in"), "{ended}");
    let again = session.start(&[]);
    assert!(again.stderr.contains("3 runs: 3 cached"), "{again}");
}

#[test]
fn errors_that_cannot_be_shown_or_dropped_are_failures_of_their_run() {
    check("mute", "an error that cannot be shown");
    check("panicking", "it does not say");
    check("bomb", "dropped");
    check("payload", "a value that is no text");
}
