//! A directory that becomes read-only while runs go on. `.ci/full-disk` does the same with file systems.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use crate::program::{SAMPLE, Session, copy_program};

/// Who may write only where it is allowed to; the superuser may anywhere.
const NOBODY: u32 = 65_534;

fn allow(session: &Session, mode: u32) {
    for name in ["out", "out/.runner"] {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(session.path(name), permissions).expect("it is this user's");
    }
}

/// The program as a user who is told by permissions what to do.
fn as_somebody(session: &Session, args: &[&str]) -> Command {
    let mut command = session.command(args);
    let directory = fs::metadata(session.path(".")).expect("it is there");
    if directory.uid() == 0 || session.path("program").exists() {
        let program = session.path("program");
        if !program.exists() {
            copy_program(Path::new(SAMPLE), &program);
            for path in [session.path("."), program.clone()] {
                chown(path, Some(NOBODY), Some(NOBODY)).expect("the superuser may do that");
            }
        }
        let mut other = Command::new(program);
        other.args(args).uid(NOBODY).gid(NOBODY);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => other.env(name, value),
                None => other.env_remove(name),
            };
        }
        other.current_dir(session.path("."));
        other.stdout(std::process::Stdio::piped());
        other.stderr(std::process::Stdio::piped());
        command = other;
    }
    command
}

fn results(session: &Session) -> usize {
    let has_result = |name: &String| {
        let path = session.path("out").join(name);
        path.join("result.postcard").exists()
    };
    session
        .directories()
        .iter()
        .filter(|name| has_result(name))
        .count()
}

fn check(args: &[&str]) {
    let session = Session::sample(60).with("SAMPLE_SLEEP_MS", 20);
    let start = |args: &[&str]| {
        let output = as_somebody(&session, args).output();
        session.ended(&output.expect("the program can be started"))
    };
    let child = as_somebody(&session, args).spawn();
    let child = child.expect("the program can be started");
    session.wait_until("some runs are done", |session| {
        session.path("out").exists() && results(session) >= 3
    });
    allow(&session, 0o555);
    let ended = session.end(child);
    assert_eq!(ended.code, Some(3), "{ended}");
    let error = ended
        .stderr
        .lines()
        .find(|line| line.starts_with("error: cannot "));
    let error = error.unwrap_or_else(|| panic!("no error: {ended}"));
    assert!(error.contains(" `out"), "{error}");
    assert!(ended.stderr.contains("Permission denied"), "{ended}");
    let stored = results(&session);
    assert!((3..60).contains(&stored), "{stored}");
    let listed = start(&["--list"]).stdout;
    assert!(
        listed.contains(&format!("60 runs: {stored} cached, ")),
        "{listed}"
    );
    allow(&session, 0o755);
    session.ran();
    let ended = start(args);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(session.ran().len(), 60 - stored, "what was stored stays");
    assert_eq!(session.directories().len(), 60);
}

#[test]
fn a_directory_that_becomes_read_only_stops_the_runs_and_loses_none() {
    check(&["-j2"]);
}

#[test]
fn a_directory_that_becomes_read_only_stops_processes_too() {
    check(&["-j2", "--isolate"]);
}
