//! What the flags change.

use expect_test::expect;

use crate::program::Session;

#[test]
fn results_are_kept_where_told() {
    let session = Session::sample(2);
    session.check(
        &["--output-dir", "else where/deep"],
        expect![[r#"
        even 0 0
        odd 1 1
        --- stderr
        sample: 2 runs: 0 cached, 2 to run with 1 job
        [1/2] done    even (TIME)
        [2/2] done    odd (TIME)
        sample: 2 runs: 2 done in TIME
    "#]],
    );
    assert!(session.path("else where/deep").is_dir());
    assert!(!session.path("out").exists());
    session.ran();
    session.start(&["--output-dir=else where/deep"]);
    assert!(session.ran().is_empty());
    session.check(
        &["--report", "--output-dir", "nowhere"],
        expect![[r#"
            --- stderr
            warning: there are no results in DIR/nowhere
            missing: even
            missing: odd
            2 of 2 runs without a result; `sample --output-dir nowhere` runs what is missing
            --- exit code 1
        "#]],
    );
    assert!(!session.path("nowhere").exists(), "a report writes nothing");
}

#[test]
fn jobs_run_at_the_same_time() {
    let session = Session::sample(4).with("SAMPLE_MEET", 3);
    // Three of the runs wait for each other, so this ends only if three run at a time.
    session.check(
        &["-j", "3", "--progress", "none"],
        expect![[r#"
        even 0 0
        odd 1 1
        even 2 4
        odd 3 9
        --- stderr
        sample: 4 runs: 4 done in TIME
    "#]],
    );
    let session = Session::sample(4);
    let ended = session.start(&["--jobs=0"]);
    assert_eq!(ended.totals(), "4 runs: 4 done");
}

#[test]
fn progress_is_as_told() {
    let session = Session::sample(1).with("SAMPLE_FAIL", "0");
    session.check(
        &["--progress", "plain"],
        expect![[r#"
        --- stderr
        sample: 1 run: 0 cached, 1 to run with 1 job
        [1/1] failed  even (TIME)
        failed: even
          told to fail: the inner cause
          rerun with: sample even
        sample: 1 run: 1 failed in TIME
        --- exit code 1
    "#]],
    );
    session.check(
        &["--progress", "none"],
        expect![[r#"
        --- stderr
        failed: even
          told to fail: the inner cause
          rerun with: sample even
        sample: 1 run: 1 failed in TIME
        --- exit code 1
    "#]],
    );
    session.check(
        &["-q"],
        expect![[r#"
        --- stderr
        failed: even
          told to fail: the inner cause
          rerun with: sample even
        --- exit code 1
    "#]],
    );
    let ended = session.start(&["-v"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("(TIME, after 4 attempts)"), "{ended}");
    let again = session.start(&["--verbose"]);
    assert_eq!(
        again.stderr,
        ended.stderr.replace("4 attempts", "5 attempts")
    );
}

#[test]
fn verbose_shows_the_backtrace_of_a_panic() {
    let session = Session::sample(1).with("SAMPLE_PANIC", "0");
    let ended = session.start(&["-v"]);
    assert!(ended.stderr.contains("told to panic in run 0"), "{ended}");
    assert!(ended.stderr.contains("Sample as "), "{ended}");
    let ended = session.start(&[]);
    assert!(!ended.stderr.contains("Sample as "), "{ended}");
}

#[test]
fn help_and_version_are_on_standard_output() {
    let session = Session::sample(0);
    session.check(
        &["-V"],
        expect![[r#"
            sample (experiment sample version 1, runner 0.1.0)
        "#]],
    );
    let help = session.start(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    for line in [
        "Usage: sample [FLAGS] [PATTERN]...",
        "  index: u32     Which one this is.",
        "  verbose: bool  (not in the key)",
        "  sample --report --format markdown",
    ] {
        assert!(help.stdout.contains(line), "{line} is not in\n{help}");
    }
    assert_eq!(help, session.start(&["-h"]));
}

#[test]
fn nothing_is_coloured_that_is_no_terminal() {
    let session = Session::sample(2).with("SAMPLE_FAIL", "0");
    let ended = session.start(&["--format", "table"]);
    assert!(!ended.to_string().contains('\u{1b}'), "{ended}");
    let ended = session.start(&["--list", "--color", "always"]);
    assert!(ended.stdout.contains('\u{1b}'), "{ended}");
}
