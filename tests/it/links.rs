//! Output directories and run directories that are symbolic links, or are moved while a program runs: nothing is removed or
//! written but what that program made or opened.

use std::{fs, os::unix::fs::symlink, path::Path};

use crate::program::Session;

const RUN: &str = "even-7b56047ac105500e";

/// Two directories with a valid result each.
fn two_directories() -> Session {
    let session = Session::sample(1);
    for directory in ["a", "b"] {
        let ended = session.start(&["-q", "--output-dir", directory]);
        assert_eq!(ended.stdout, "even 0 0\n");
    }
    session.ran();
    session
}

fn has_result(directory: &Path) -> bool {
    directory.join("result.postcard").exists() && directory.join("artifact.txt").exists()
}

/// Starts a rerun that fails, and lets it go on after `meanwhile`.
fn fail_while(session: &mut Session, meanwhile: impl FnOnce(&Session)) {
    let gate = session.path("gate");
    session.set("SAMPLE_GATE", gate.display());
    session.set("SAMPLE_FAIL", 0);
    let child = session.spawn(&["--rerun"]);
    session.wait_until("the run has begun", |session| session.path("log").exists());
    meanwhile(session);
    fs::write(gate, "").expect("it can be opened");
    assert_eq!(session.end(child).code, Some(1));
}

#[test]
fn a_link_that_leads_elsewhere_meanwhile_costs_nothing_there() {
    let mut session = two_directories();
    let out = session.path("out");
    symlink("a", &out).expect("links can be made");
    fail_while(&mut session, |_| {
        fs::remove_file(&out).expect("it is a link");
        symlink("b", &out).expect("links can be made");
    });
    for directory in ["a", "b"] {
        assert!(
            has_result(&session.path(directory).join(RUN)),
            "{directory}"
        );
    }
}

#[test]
fn another_directory_of_the_same_name_meanwhile_loses_nothing() {
    let mut session = two_directories();
    let [a, b, out] = ["a", "b", "out"].map(|name| session.path(name));
    fs::rename(a, &out).expect("it can be moved");
    fail_while(&mut session, |session| {
        fs::rename(&out, session.path("old")).expect("it can be moved");
        fs::rename(b, &out).expect("it can be moved");
    });
    for directory in ["old", "out"] {
        assert!(
            has_result(&session.path(directory).join(RUN)),
            "{directory}"
        );
    }
}

/// Runs again, with these arguments, what is in another directory and linked to from here.
fn rerun_links(args: &[&str]) {
    let mut session = Session::sample(3);
    session.start(&["-q", "--output-dir", "out1"]);
    let out1 = session.path("out1");
    fs::create_dir(session.path("out")).expect("it can be made");
    let mut runs = Vec::new();
    for entry in fs::read_dir(&out1).expect("it is there") {
        let name = entry.expect("it can be read").file_name();
        if name != ".runner" && name != ".gitignore" {
            let link = session.path("out").join(&name);
            symlink(Path::new("../out1").join(&name), link).expect("links can be made");
            runs.push(name);
        }
    }
    assert_eq!(runs.len(), 3);
    session.set("SAMPLE_OFFSET", 1);
    let ended = session.start(args);
    assert_eq!(ended.stdout, "even 0 1\nodd 1 2\neven 2 5\n", "{ended}");
    assert!(runs.iter().all(|run| has_result(&out1.join(run))));
    let linked: Vec<_> = session.directories();
    assert_eq!(linked.len(), 3, "{linked:?}");
    session.ran();
    let before = session.start(&["-q", "--output-dir", "out1"]);
    assert_eq!(before.stdout, "even 0 0\nodd 1 1\neven 2 4\n");
    assert_eq!(session.ran(), [""; 0]);
}

#[test]
fn a_rerun_leaves_what_a_link_leads_to() {
    rerun_links(&["--rerun"]);
}

#[test]
fn a_rerun_in_processes_leaves_what_a_link_leads_to() {
    rerun_links(&["--rerun", "--isolate"]);
}

#[test]
fn a_program_keeps_its_runs_when_the_lock_file_is_removed() {
    // Another program used to begin the same run, in the same directory.
    let mut session = Session::sample(1);
    let gate = session.path("gate");
    session.set("SAMPLE_GATE", gate.display());
    let first = session.spawn(&["-q"]);
    session.wait_until("the run has begun", |session| session.path("log").exists());
    fs::remove_dir_all(session.path("out/.runner")).expect("it is there");
    session.wait_until("it is noticed", |session| {
        session.path("out/.runner/locks").exists()
    });
    let second = session.spawn(&["--events", "events"]);
    session.wait_until("the other one waits", |session| {
        fs::read_to_string(session.path("events")).is_ok_and(|events| events.contains("waiting"))
    });
    fs::write(gate, "").expect("it can be opened");
    for child in [first, second] {
        let ended = session.end(child);
        assert_eq!(ended.stdout, "even 0 0\n", "{ended}");
    }
    assert_eq!(session.ran(), ["0"]);
}
