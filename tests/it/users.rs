//! Two users with one output directory, none of whom may read or change all that the other has there.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
};

use crate::program::Session;

/// The runs of `sample` with two and four configs.
const FIRST: &str = "even-7b56047ac105500e";
const SECOND: &str = "odd-f0214395e532db11";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is there");
}

/// A directory in which another user has done two runs. `None`, with a word, if this user cannot play two.
fn shared() -> Option<Session> {
    let mut session = Session::sample(2);
    if !session.become_user(1) {
        println!("skipped: only root can be two users");
        return None;
    }
    session.start(&["-q"]);
    set_mode(&session.path("log"), 0o666);
    // As with `umask 000`, except for what the runs have.
    for name in ["", ".runner", ".runner/processes", ".runner/failed"] {
        let directory = session.path("out").join(name);
        let _ = fs::create_dir(&directory);
        set_mode(&directory, 0o777);
    }
    set_mode(&session.path("out/.runner/locks"), 0o666);
    session.become_user(0);
    session.set("SAMPLE_CONFIGS", 4);
    session.ran();
    Some(session)
}

#[test]
fn a_directory_that_cannot_be_read_is_the_state_of_its_run_alone() {
    let Some(session) = shared() else { return };
    let theirs = session.path("out").join(FIRST);
    set_mode(&theirs, 0o700);
    let listed = session.start(&["--list"]);
    assert!(
        listed
            .stdout
            .ends_with("4 runs: 1 cached, 2 missing, 1 corrupt\n"),
        "{listed}"
    );
    let reason = "it cannot be read: Permission denied";
    assert!(listed.stdout.contains(reason), "{listed}");
    let other = session.start(&["--list", "index=1"]);
    assert!(other.stdout.ends_with("1 run: 1 cached\n"), "{other}");
    for args in [&["--why"][..], &["--prune"], &["--list", "--all"]] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(0), "{args:?}\n{ended}");
    }

    let ended = session.start(&[]);
    assert!(ended.stderr.contains("4 runs: 1 cached, 3 done"), "{ended}");
    let own = session.directories();
    let own: Vec<_> = own
        .iter()
        .filter(|name| name.len() > SECOND.len() + 2)
        .collect();
    assert_eq!(own.len(), 1, "the own result is beside theirs");
    let again = session.start(&["--list"]);
    assert!(again.stdout.ends_with("4 runs: 4 cached\n"), "{again}");
    assert!(theirs.join("result.postcard").exists(), "theirs stays");
    session.ran();
    session.start(&["-q"]);
    assert!(session.ran().is_empty());
}

#[test]
fn what_is_left_of_a_failed_run_of_another_user_stops_nothing() {
    for is_sticky in [false, true] {
        let Some(session) = shared() else { return };
        let left = session.path("out/even-dc7d31f9116fa769");
        fs::create_dir(&left).expect("it is missing");
        fs::write(left.join("half"), "").expect("it can be written");
        for path in [&left, &left.join("half")] {
            chown(path, Some(12_345), Some(12_345)).expect("this is root");
        }
        if is_sticky {
            chown(session.path("out"), Some(12_345), None).expect("this is root");
            set_mode(&session.path("out"), 0o1777);
        }
        for totals in ["4 runs: 2 cached, 2 done", "4 runs: 4 cached"] {
            let ended = session.start(&[]);
            assert!(
                ended.stderr.contains(totals),
                "sticky: {is_sticky}\n{ended}"
            );
        }
        assert_eq!(
            left.join("half").exists(),
            is_sticky,
            "it is aside, or where it was"
        );
    }
}

#[test]
fn nothing_of_another_user_is_pruned() {
    for mode in [0o755, 0o700] {
        let Some(mut session) = shared() else { return };
        session.start(&["-q"]);
        set_mode(&session.path("out").join(SECOND), mode);
        session.set("SAMPLE_CONFIGS", 1);
        let ended = session.start(&["--prune", "--yes", "--older-than", "0s"]);
        assert_eq!(ended.code, Some(0), "{ended}");
        let left = session.directories();
        assert_eq!(left, [FIRST, SECOND], "mode {mode:o}\n{ended}");
        assert!(
            session
                .path("out")
                .join(SECOND)
                .join("result.postcard")
                .exists()
        );
        assert!(ended.stdout.contains("removed 2 directories"), "{ended}");
        let word = "1 directory left alone: another process or user has it";
        assert_eq!(ended.stdout.contains(word), mode == 0o755, "{ended}");
    }
}
