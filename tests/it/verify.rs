//! `--verify`: stored results are run again and compared, and nothing that is stored changes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    program::{Ended, Session, copy_as_another_build},
    result_file::seal,
};
use expect_test::expect;

pub(crate) const AGAIN: &str = env!("CARGO_BIN_EXE_again");
const CODED: &str = env!("CARGO_BIN_EXE_coded");
const CODED_EDITED: &str = env!("CARGO_BIN_EXE_coded_edited");

/// The run that `AGAIN_NOW` changes.
pub(crate) const SECOND: &str = "again-1db59abccce9a81e";
/// Where what it gave is kept.
pub(crate) const KEPT: &str = "out/.runner/verify/again-1db59abccce9a81e";

/// Returns a session in which the program has run.
pub(crate) fn ran_once() -> Session {
    let session = Session::new(AGAIN);
    assert_eq!(session.start(&["-q"]).code, Some(0));
    assert_eq!(session.ran(), ["1", "2", "3"]);
    session
}

/// Returns what is stored: all but what is about verifying.
pub(crate) fn stored(session: &Session) -> Vec<(PathBuf, String)> {
    let tree = session.tree().into_iter();
    let is_stored = |(path, _): &(PathBuf, String)| {
        let path = path.to_string_lossy();
        path.contains("/out/again-") || path.contains("/out/.runner/checkpoints")
    };
    tree.filter(is_stored).collect()
}

/// Verifies when things are so, and returns what is printed. What is stored stays as it is.
pub(crate) fn verify(session: &mut Session, now: &str, args: &[&str]) -> Ended {
    let before = stored(session);
    session.set("AGAIN_NOW", now);
    let ended = session.start(&[&["--verify", "-q"], args].concat());
    session.set("AGAIN_NOW", "");
    assert!(stored(session) == before, "{ended}");
    ended
}

#[test]
fn the_same_is_told_as_that_and_leaves_nothing() {
    let mut session = ran_once();
    session.check(
        &["--verify"],
        expect![[r#"
            same: 3 of 3 runs
            --- stderr
            again: 3 runs to verify with 1 job
            [1/3] same    again value=1 (TIME)
            [2/3] same    again value=2 (TIME)
            [3/3] same    again value=3 (TIME)
            again: 3 runs: 3 same in TIME
        "#]],
    );
    assert_eq!(session.ran(), ["1", "2", "3"]);
    assert!(!session.path(KEPT).exists());
    for args in [
        ["--isolate", "-j2"],
        ["--isolate=kept", "-j1"],
        ["--timeout=1h", "-j2"],
        ["-j2", "--order=random"],
    ] {
        let ended = verify(&mut session, "", &args);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(0), "same: 3 of 3 runs\n")
        );
    }
}

#[test]
fn another_result_is_told_with_the_values_that_differ() {
    let mut session = ran_once();
    for args in [&[][..], &["--isolate", "-j2"], &["--isolate=kept"]] {
        let ended = verify(&mut session, "other", args);
        expect![[r#"
            same: 2 of 3 runs
            differs: again value=2
              output.result: 2 stored, 3 now  (1 of 6 values)
              a third run gave what the second gave: this very program gives another result now
                so the machine has changed, or what the run reads besides its config, or the stored result
                stored TIME ago by this build of the program
              what it gave now is in out/.runner/verify/again-1db59abccce9a81e
            bump VERSION if a difference is meant; if not, it is a bug that the cache hid
            --- exit code 1
        "#]]
        .assert_eq(&ended.to_string());
        // The second and the third time.
        assert_eq!(session.ran(), ["1", "2", "2", "3"]);
    }
    // Whoever wants to see more of it finds it there, until it is the same again.
    assert!(session.path(KEPT).join("weights/model.bin").exists());
    let seen = session.start(&[
        "--report",
        "--output-dir",
        "out/.runner/verify",
        "--format",
        "csv",
        "value=2",
    ]);
    assert!(
        seen.stdout
            .lines()
            .nth(1)
            .is_some_and(|row| row.contains(",3.0,")),
        "{seen}"
    );
    assert_eq!(verify(&mut session, "", &["value=2"]).code, Some(0));
    assert!(!session.path(KEPT).exists());
}

#[test]
fn a_flipped_bit_behind_a_right_checksum_is_found() {
    let mut session = ran_once();
    // What the output with that bit looks like, with its digest.
    fs::rename(session.path("out"), session.path("right")).expect("it can be moved");
    session.set("AGAIN_NOW", "flipped");
    session.start(&["-q"]);
    session.set("AGAIN_NOW", "");
    let path = session.path("out").join(SECOND).join("result.postcard");
    let flipped = fs::read(&path).expect("there is a result");
    fs::rename(session.path("out"), session.path("flipped")).expect("it can be moved");
    fs::rename(session.path("right"), session.path("out")).expect("it can be moved");
    let mut bytes = fs::read(&path).expect("there is a result");
    bytes[44..60].copy_from_slice(&flipped[44..60]);
    let at = bytes
        .windows(8)
        .rposition(|window| window == 2.0_f64.to_le_bytes());
    let at = at.expect("the output has it");
    bytes[at] ^= 1;
    seal(&mut bytes);
    fs::write(&path, bytes).expect("it can be written");
    let cached = session.start(&["--list", "--where", "state=cached"]);
    assert!(
        cached.stdout.ends_with("3 runs: 3 cached\n"),
        "nothing else finds it: {cached}"
    );
    let ended = verify(&mut session, "", &[]);
    assert_eq!(ended.code, Some(1));
    let told = "  output.result: 2.0000000000000004 stored, 2 now  (1 of 6 values)\n  \
                a third run gave what the second gave: this very program gives another result now\n    \
                so the machine has changed, or what the run reads besides its config, or the stored result\n";
    assert!(ended.stdout.contains(told), "{ended}");
}

#[test]
fn what_is_not_deterministic_is_told_as_that() {
    let mut session = ran_once();
    for (now, differs) in [
        ("random", "output.result: 2 stored, "),
        (
            "random artifact",
            "weights/model.bin: 100 B stored, 116 B now\n",
        ),
    ] {
        let ended = verify(&mut session, now, &["-j2"]);
        assert_eq!(ended.code, Some(1), "{ended}");
        let told = "  not deterministic: a third run gave something else again\n";
        assert!(
            ended.stdout.contains(told) && ended.stdout.contains(differs),
            "{ended}"
        );
        assert!(ended.stdout.ends_with("what is not deterministic needs a seed; or `fn reproduces` says which outputs are the same\n"));
    }
    let ended = verify(&mut session, "failing the third time", &[]);
    let told = "  not deterministic: a third run failed: there is no data the third time\n";
    assert!(ended.stdout.contains(told), "{ended}");
}

#[test]
fn artifacts_are_compared_but_not_where_they_are() {
    // Each run writes the path of its directory into a file, a link and its output.
    let mut session = ran_once();
    let ended = verify(&mut session, "artifact", &[]);
    let told = "differs: again value=2\n  weights/model.bin: 100 B stored, 101 B now\n  a third run gave what the second gave";
    assert!(ended.stdout.contains(told), "{ended}");
    fs::write(session.path("out").join(SECOND).join("more.txt"), "7").expect("it can be written");
    let same = vec![b'8'; 100];
    fs::write(
        session.path("out").join(SECOND).join("weights/model.bin"),
        same,
    )
    .expect("it can be written");
    let ended = verify(&mut session, "", &[]);
    let told = "  more.txt: 1 B stored, (none) now\n  weights/model.bin: 100 B stored, as many, others now\n";
    assert!(ended.stdout.contains(told), "{ended}");
    // Results that were moved are the same ones.
    fs::remove_file(session.path("out").join(SECOND).join("more.txt")).expect("it is there");
    fs::write(
        session.path("out").join(SECOND).join("weights/model.bin"),
        vec![7; 100],
    )
    .expect("it can be written");
    fs::rename(session.path("out"), session.path("moved")).expect("it can be moved");
    let ended = session.start(&["--verify", "-q", "--output-dir", "moved"]);
    assert_eq!(ended.stdout, "same: 3 of 3 runs\n", "{ended}");
}

#[test]
fn other_code_is_named() {
    let mut session = Session::new(CODED);
    session.start(&["-q"]);
    session.switch(CODED_EDITED, &[]);
    session.check(
        &["--verify", "-q", "value=2"],
        expect![[r#"
            same: 0 of 1 run
            differs: coded value=2
              output.result: 4 stored, 6 now  (1 of 1 value)
              a third run gave what the second gave: the code or the machine gives another result now
                of the code, `scaled` differs; `factor` is new; `FACTOR` is gone
                stored TIME ago by another build of the program
              what it gave now is in out/.runner/verify/coded-edf17e2a9b61fe61
            bump VERSION if a difference is meant; if not, it is a bug that the cache hid
            --- exit code 1
        "#]],
    );
    // If the same comes of it, it can be accepted.
    session.switch(env!("CARGO_BIN_EXE_coded_reworded"), &[]);
    assert_eq!(
        session.start(&["--verify", "-q"]).stdout,
        "same: 3 of 3 runs\n"
    );
    session.switch(CODED_EDITED, &[("CODED_SAME", "yes")]);
    let ended = session.start(&["--verify", "-q"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (
            Some(0),
            "same: 3 of 3 runs\n3 results of other code gave the same: `coded_edited --accept` notes that it means the same\n"
        )
    );
}

#[test]
fn another_build_is_told() {
    let session = ran_once();
    let other = session.path("other");
    copy_as_another_build(Path::new(AGAIN), &other);
    let mut built = std::process::Command::new(&other);
    let built = built.args(["--verify", "-q"]).env("AGAIN_NOW", "other");
    let output = built.current_dir(session.path("")).output();
    let output = output.expect("it can be started");
    let ended = session.ended(&output);
    let told = "  a third run gave what the second gave: the code or the machine gives another result now\n    \
                stored TIME ago by another build of the program\n";
    assert!(ended.stdout.contains(told), "{ended}");
}

#[test]
fn measured_times_are_compared_as_the_experiment_says() {
    let mut session = ran_once();
    let told = "again is `EXCLUSIVE`, so that its outputs hold times, and they are compared bit for bit: write `fn reproduces`";
    session.set("AGAIN_WAY", "timed");
    let ended = session.start(&["--verify"]);
    assert!(
        ended.stderr.starts_with(&format!("warning: {told}")),
        "{ended}"
    );
    session.set("AGAIN_WAY", "tolerant");
    let ended = session.start(&["--verify"]);
    assert!(!ended.stderr.contains("warning"), "{ended}");
    session.set("AGAIN_NOW", "other");
    let ended = session.start(&["--verify", "-q"]);
    assert_eq!(ended.stdout, "same: 3 of 3 runs\n", "{ended}");
    // What it does not take for the same is told with what differs, also from the second to the third run.
    session.set("AGAIN_NOW", "random");
    let ended = session.start(&["--verify", "-q"]);
    assert!(ended.stdout.contains("not deterministic"), "{ended}");
}

#[test]
fn what_is_computed_again_anyway_is_compared() {
    let mut session = ran_once();
    let same = session.start(&["--rerun", "--events", "events"]);
    assert!(!same.stderr.contains("warning"), "{same}");
    let events =
        |session: &Session| fs::read_to_string(session.path("events")).expect("it is there");
    assert_eq!(events(&session).matches(r#""same":true"#).count(), 3);
    session.set("AGAIN_NOW", "other");
    for args in [
        &["--rerun", "--events", "events"][..],
        &["--rerun", "--isolate", "-j2"],
    ] {
        let ended = session.start(args);
        let told = "warning: 1 of 3 runs gave another output than before: `again value=2`: output.result: ";
        assert!(ended.stderr.contains(told), "{ended}");
        session.set("AGAIN_NOW", "");
    }
    assert_eq!(events(&session).matches(r#""same":false"#).count(), 1);
    // There is nothing to compare what was damaged with.
    let result = session.path("out").join(SECOND).join("result.postcard");
    let mut bytes = fs::read(&result).expect("there is one");
    bytes[70] ^= 1;
    fs::write(&result, bytes).expect("it can be written");
    session.set("AGAIN_NOW", "other");
    let ended = session.start(&[]);
    assert!(!ended.stderr.contains("another output"), "{ended}");
}
