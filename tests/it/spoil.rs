//! Runs that do what no run should, to their directory or with their errors, fail alone.

use std::process::{Command, Stdio};

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
fn a_run_that_protects_its_directory_fails_alone_at_every_start() {
    for isolate in [&[][..], &["--isolate"]] {
        let mut session = Session::new(env!("CARGO_BIN_EXE_spoil")).with("SPOIL", "protected");
        session.become_user(0);
        for (start, totals) in [
            (1, "3 runs: 2 done, 1 failed in"),
            (2, "3 runs: 2 cached, 1 failed in"),
            (3, "3 runs: 2 cached, 1 failed in"),
        ] {
            let ended = session.start(&[&["-j", "2"], isolate].concat());
            assert_eq!(ended.code, Some(1), "start {start}\n{ended}");
            assert!(ended.stderr.contains(totals), "start {start}\n{ended}");
            let cause =
                "Permission denied (os error 13); leave the directory where it is and writable";
            assert!(ended.stderr.contains(cause), "start {start}\n{ended}");
        }
        assert_eq!(session.directories().len(), 3, "nothing else is left");
        session.set("SPOIL", "run_json");
        let ended = session.start(&[]);
        assert!(ended.stderr.contains("2 cached, 1 done"), "{ended}");
    }
}

#[test]
fn a_run_that_uses_up_descriptors_fails_alone() {
    for (way, limit) in [("descriptors", "64"), ("limits", "1000")] {
        for jobs in ["1", "2"] {
            let session = Session::new(env!("CARGO_BIN_EXE_spoil")).with("SPOIL", way);
            for totals in [
                "3 runs: 2 done, 1 failed in",
                "3 runs: 2 cached, 1 failed in",
            ] {
                let command = session.command(&["-j", jobs]);
                let (program, args) = (command.get_program().to_owned(), ["-j", jobs]);
                let mut limited = Command::new("sh");
                limited
                    .args(["-c", "ulimit -n $1; shift; exec \"$@\"", "sh", limit])
                    .arg(program)
                    .args(args);
                for (name, value) in command.get_envs() {
                    value.map(|value| limited.env(name, value));
                }
                limited.current_dir(session.path("")).stdin(Stdio::null());
                let ended = session.ended(&limited.output().expect("it starts"));
                assert_eq!(ended.code, Some(1), "{way} -j {jobs}\n{ended}");
                assert!(
                    ended.stderr.contains("Too many open files"),
                    "{way} -j {jobs}\n{ended}"
                );
                assert!(ended.stderr.contains(totals), "{way} -j {jobs}\n{ended}");
            }
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
