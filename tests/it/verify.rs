//! `--verify`: stored results are run again and compared, and nothing that is stored changes.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use expect_test::expect;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    program::{Ended, Session, copy_as_another_build},
    result_file::seal,
};

const AGAIN: &str = env!("CARGO_BIN_EXE_again");
const CODED: &str = env!("CARGO_BIN_EXE_coded");
const CODED_EDITED: &str = env!("CARGO_BIN_EXE_coded_edited");

/// The run that `AGAIN_NOW` changes.
const SECOND: &str = "again-1db59abccce9a81e";
/// Where what it gave is kept.
const KEPT: &str = "out/.runner/verify/again-1db59abccce9a81e";

/// Returns a session in which the program has run.
fn ran_once() -> Session {
    let session = Session::new(AGAIN);
    assert_eq!(session.start(&["-q"]).code, Some(0));
    assert_eq!(session.ran(), ["1", "2", "3"]);
    session
}

/// Returns what is stored: all but what is about verifying.
fn stored(session: &Session) -> Vec<(PathBuf, String)> {
    let tree = session.tree().into_iter();
    let is_stored = |(path, _): &(PathBuf, String)| {
        let path = path.to_string_lossy();
        path.contains("/out/again-") || path.contains("/out/.runner/checkpoints")
    };
    tree.filter(is_stored).collect()
}

/// Verifies when things are so, and returns what is printed. What is stored stays as it is.
fn verify(session: &mut Session, now: &str, args: &[&str]) -> Ended {
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
              a third run gave what the second gave: this very program gives another result now: the machine has changed, or what the run reads besides its config, or the stored result
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
                a third run gave what the second gave: this very program gives another result now: the machine has changed, \
                or what the run reads besides its config, or the stored result\n";
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
              a third run gave what the second gave: the code or the machine gives another result now: `scaled` differs; `factor` is new; `FACTOR` is gone
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
    let told = "  a third run gave what the second gave: the code or the machine gives another result now\n  \
                stored TIME ago by another build of the program\n";
    assert!(ended.stdout.contains(told), "{ended}");
}

#[test]
fn a_failure_is_no_difference() {
    let mut session = ran_once();
    for (now, error, args) in [
        ("failing", "there is no data any more", &[][..]),
        ("panicking", "panicked: there is a bug now", &["--isolate"]),
        ("endless", "timed out after 100ms", &["--timeout", "100ms"]),
    ] {
        let ended = verify(&mut session, now, args);
        assert_eq!(ended.code, Some(1), "{ended}");
        let told = format!("same: 2 of 3 runs\nfailed: again value=2\n  {error}");
        assert!(ended.stdout.starts_with(&told), "{ended}");
        assert!(!ended.stdout.contains("differs"), "{ended}");
    }
    // It is not noted as a failure of the run.
    let list = session.start(&["--list"]);
    assert!(list.stdout.ends_with("3 runs: 3 cached\n"), "{list}");
    session.set("AGAIN_NOW", "failing");
    let ended = session.start(&["--verify", "value=2", "--retries", "1"]);
    assert!(
        ended
            .stderr
            .contains("  verify with: again --verify 'again value=2'\n"),
        "{ended}"
    );
    assert!(ended.stderr.contains("retry   again value=2"), "{ended}");
}

#[test]
fn checkpoints_of_a_run_are_neither_taken_nor_left() {
    let mut session = ran_once();
    // The run of the same config that is not done has one.
    let checkpoints = session.path("out/.runner/checkpoints");
    session.set("AGAIN_NOW", "checkpoint");
    session.start(&["-q", "--output-dir", "other"]);
    session.set("AGAIN_NOW", "");
    fs::create_dir_all(&checkpoints).expect("it can be made");
    let checkpoint = checkpoints.join("1db59abccce9a81e73b1b958ad4579d2");
    fs::write(&checkpoint, "of the run").expect("it can be written");
    for args in [&[][..], &["--isolate"]] {
        let ended = verify(&mut session, "checkpoint", args);
        assert_eq!(ended.stdout, "same: 3 of 3 runs\n", "{ended}");
        assert_eq!(
            fs::read_to_string(&checkpoint).expect("it stays"),
            "of the run"
        );
        let left = session.path("out/.runner/verify/.runner/checkpoints");
        let left = fs::read_dir(left).map_or(0, Iterator::count);
        assert_eq!(left, 0);
    }
}

#[test]
fn an_interrupt_loses_nothing() {
    let mut session = ran_once();
    let before = stored(&session);
    session.set("AGAIN_NOW", "waiting");
    let child = session.spawn(&["--verify", "value=2", "value=3"]);
    session.wait_until("the run goes on", |session| session.path(KEPT).exists());
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("it runs");
    let ended = session.end(child);
    session.set("AGAIN_NOW", "");
    assert_eq!(ended.code, Some(130), "{ended}");
    assert!(!session.path(KEPT).exists(), "{ended}");
    assert!(stored(&session) == before);
    // Killed in the middle, it leaves what the next one removes.
    session.set("AGAIN_NOW", "endless");
    let mut child = session.spawn(&["--verify", "value=2"]);
    session.wait_until("the run goes on", |session| session.path(KEPT).exists());
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    session.set("AGAIN_NOW", "");
    assert!(stored(&session) == before);
    assert!(session.path(KEPT).exists());
    let ended = session.start(&["--prune", "--older-than", "0s"]);
    assert!(
        ended
            .stdout
            .contains(".runner/verify/again-1db59abccce9a81e  of a run that was verified"),
        "{ended}"
    );
    assert_eq!(verify(&mut session, "", &[]).code, Some(0));
    assert!(!session.path(KEPT).exists());
}

#[test]
fn what_differed_is_pruned_with_the_rest() {
    let mut session = ran_once();
    verify(&mut session, "other", &[]);
    let young = session.start(&["--prune"]);
    assert!(young.stdout.contains("too young"), "{young}");
    let removed = session.start(&["--prune", "--older-than", "0s", "--yes"]);
    assert!(removed.stdout.contains("removed 1 directory"), "{removed}");
    assert!(!session.path(KEPT).exists());
    assert_eq!(session.directories().len(), 3);
}

#[test]
fn what_was_verified_is_listed_and_selected() {
    let mut session = ran_once();
    let of = |session: &Session, word: &str| {
        let list = session.start(&["--list", "--where", &format!("verified={word}")]);
        list.stdout.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(of(&session, "no"), "3 runs: 3 cached");
    verify(&mut session, "other", &["value=1", "value=2"]);
    assert_eq!(of(&session, "no"), "1 run: 1 cached");
    assert_eq!(of(&session, "same"), "1 run: 1 cached");
    assert_eq!(of(&session, "differs"), "1 run: 1 cached");
    session.check(
        &["--list"],
        expect![[r#"
            cached   b814b474af273e82  again value=1  (verified TIME ago)
            cached   1db59abccce9a81e  again value=2  (differed when verified TIME ago)
            cached   6a5d3aae0962c570  again value=3
            3 runs: 3 cached
        "#]],
    );
    session.check(
        &["--why", "value=2"],
        expect![[r#"
            cached   1db59abccce9a81e  again value=2
                     computed TIME ago in TIME, by this build of the program
                     differed when verified TIME ago
                       output.result: 2 stored, 3 now  (1 of 6 values)
                       a third run gave what the second gave
        "#]],
    );
    let json = session.start(&["--list", "--format", "json"]);
    assert!(json.stdout.contains(r#""verified":"differs""#), "{json}");
    // Another result was not verified, whatever came of the one before.
    session.start(&["-q", "--rerun", "value=1"]);
    assert_eq!(of(&session, "no"), "2 runs: 2 cached");
    // A note that cannot be read says nothing.
    let notes = session.path("out/.runner/verified");
    for note in fs::read_dir(&notes).expect("there are some") {
        fs::write(note.expect("it is listed").path(), "{").expect("it can be written");
    }
    assert_eq!(of(&session, "no"), "3 runs: 3 cached");
}

#[test]
fn a_part_is_chosen_in_the_same_way_each_time() {
    let mut session = Session::new(AGAIN);
    session.set("AGAIN_RUNS", 8);
    session.start(&["-q"]);
    session.ran();
    let ended = session.start(&["--verify", "25%"]);
    assert!(ended.stderr.starts_with("again: 4 runs to verify with 1 job: never verified by this code first, spread over the fields\n"), "{ended}");
    let chosen = session.ran();
    assert_eq!(chosen.len(), 4);
    let notes = session.path("out/.runner/verified");
    fs::remove_dir_all(&notes).expect("it is there");
    session.start(&["--verify", "25%"]);
    assert_eq!(session.ran(), chosen);
    // Those that were not verified come first.
    for _ in 0..3 {
        session.start(&["--verify", "4"]);
    }
    let list = session.start(&["--list", "--where", "verified=no"]);
    assert_eq!(list.stdout, "0 runs\n", "{list}");
    session.ran();
    assert_eq!(
        session.start(&["--verify=1h", "value=3"]).stdout,
        "same: 2 of 2 runs\n"
    );
    assert_eq!(
        session.start(&["--verify", "value=3"]).stdout,
        "same: 2 of 2 runs\n"
    );
    let none = session.start(&["--verify", "1ns"]);
    assert_eq!(none.code, Some(2));
    assert!(
        none.stderr
            .contains("`--verify 1ns` is too short: no selected run took less than"),
        "{none}"
    );
}

#[test]
fn bad_input_is_told_before_anything_runs() {
    let session = ran_once();
    for (args, error) in [
        (
            &["--verify", "--rerun"][..],
            "leave `--rerun` or `--verify` out",
        ),
        (
            &["--verify", "--report"],
            "leave `--verify` or `--report` out",
        ),
        (&["--verify", "--list"], "leave `--verify` or `--list` out"),
        (
            &["--verify", "--format", "csv"],
            "`--verify` takes `--format table` or `--format json`",
        ),
        (&["--verify", "--top", "3"], "leave `--top` out"),
        (&["--verify", "--report-to", "x"], "leave `--report-to` out"),
        (&["--verify", "--all"], "`--all` needs"),
        (&["--verify=0"], "write a share such as `5%`"),
        (&["--verify=0%"], "write a share such as `5%`"),
        (&["--verify=101%"], "write a share such as `5%`"),
        (&["--verify=-5%"], "write a share such as `5%`"),
        (&["--verify=5 apples"], "write a share such as `5%`"),
        (
            &["--verify", "nothing"],
            "no run's label contains `nothing`",
        ),
        (&["--verify", "--where", "value=9"], "selects none"),
    ] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(2), "{args:?}: {ended}");
        assert!(ended.stderr.contains(error), "{args:?}: {ended}");
    }
    let none = session.start(&["--verify", "--where", "state=failed"]);
    assert_eq!(none.code, Some(0), "{none}");
    let missing = session.start(&["--verify", "--output-dir", "nowhere"]);
    assert_eq!(
        (missing.code, missing.stdout.as_str()),
        (Some(0), ""),
        "{missing}"
    );
    assert!(
        missing
            .stderr
            .contains("nothing to verify: none of 3 runs has a result"),
        "{missing}"
    );
    assert!(!session.path("nowhere").exists());
    assert!(session.ran().is_empty());
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

#[test]
fn results_of_another_user_are_verified_elsewhere() {
    let mut session = Session::new(AGAIN);
    if !session.become_user(1) {
        println!("skipped: only root can be two users");
        return;
    }
    session.start(&["-q"]);
    session.become_user(0);
    let temporary = session.path("temporary");
    fs::create_dir(&temporary).expect("it can be made");
    fs::set_permissions(&temporary, fs::Permissions::from_mode(0o777)).expect("it is there");
    session.set("TMPDIR", temporary.display());
    session.set("SAMPLE_LOG", temporary.join("log").display());
    let before = stored(&session);
    let ended = session.start(&["--verify"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), "same: 3 of 3 runs\n"),
        "{ended}"
    );
    assert!(
        ended.stderr.contains(
            "warning: `out` cannot be written to: it is not noted which results were verified"
        ),
        "{ended}"
    );
    assert_eq!(
        fs::read_dir(&temporary).map_or(0, Iterator::count),
        1,
        "only the log is left"
    );
    session.set("AGAIN_NOW", "other");
    let ended = session.start(&["--verify", "-q", "--isolate"]);
    assert!(
        ended
            .stdout
            .contains("  what it gave now is in DIR/temporary/runner-verify-"),
        "{ended}"
    );
    assert!(stored(&session) == before);
}

#[test]
fn a_run_that_is_done_again_meanwhile_is_not_compared() {
    let mut session = ran_once();
    session.set("AGAIN_NOW", "waiting");
    let rerun = session.spawn(&["--rerun", "value=2", "--grace", "1h"]);
    session.wait_until("it runs", |session| {
        session.path("out").join(format!("{SECOND}~1")).exists()
    });
    session.set("AGAIN_NOW", "");
    let ended = session.start(&["--verify", "-q", "value=2"]);
    kill(Pid::from_raw(rerun.id().cast_signed()), Signal::SIGINT).expect("it runs");
    session.end(rerun);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(
        ended
            .stdout
            .contains("not compared: again value=2\n  another process is doing the run again\n"),
        "{ended}"
    );
}

#[test]
fn two_programs_verify_at_a_time() {
    let session = ran_once();
    let start = Instant::now();
    let programs: Vec<_> = (0..3).map(|_| session.spawn(&["--verify", "-q"])).collect();
    for program in programs {
        let ended = session.end(program);
        assert_eq!(ended.stdout, "same: 3 of 3 runs\n", "{ended}");
    }
    assert!(start.elapsed() < Duration::from_secs(60));
    thread::yield_now();
}
