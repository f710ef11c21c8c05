//! `--verify` beside everything else: failures, interrupts, checkpoints, other users and programs, lists and pruning.

use std::{fs, os::unix::fs::PermissionsExt};

use expect_test::expect;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    program::Session,
    verify::{AGAIN, KEPT, SECOND, ran_once, stored, verify},
};

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
    session.set("AGAIN_NOW", "other");
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
    let programs: Vec<_> = (0..3).map(|_| session.spawn(&["--verify", "-q"])).collect();
    for program in programs {
        let ended = session.end(program);
        assert_eq!(ended.stdout, "same: 3 of 3 runs\n", "{ended}");
    }
}

#[test]
fn where_locks_are_refused_results_are_verified_too() {
    let mut session = Session::new(AGAIN);
    fs::create_dir_all(session.path("out/.runner")).expect("it can be made");
    fs::write(session.path("out/.runner/lockless"), "for a test").expect("it can be written");
    assert_eq!(session.start(&["-q"]).code, Some(0));
    let ended = session.start(&["--verify", "-q"]);
    assert_eq!(ended.stdout, "same: 3 of 3 runs\n", "{ended}");
    session.set("AGAIN_NOW", "other");
    let ended = session.start(&["--verify", "-q", "--isolate"]);
    let told = "  output.result: 2 stored, 3 now  (1 of 6 values)\n  a third run gave what the second gave";
    assert!(ended.stdout.contains(told), "{ended}");
}
