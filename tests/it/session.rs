//! Sessions as users have them: the first start, the second, and what is between them.

use expect_test::expect;

use crate::program::Session;

#[test]
fn the_second_start_runs_nothing() {
    let session = Session::sample(4);
    session.check(
        &[],
        expect![[r#"
        even 0 0
        odd 1 1
        even 2 4
        odd 3 9
        --- stderr
        sample: 4 runs: 0 cached, 4 to run with 1 job
        [1/4] done    even index=0 (TIME)
        [2/4] done    odd index=1 (TIME)
        [3/4] done    even index=2 (TIME)
        [4/4] done    odd index=3 (TIME)
        sample: 4 runs: 4 done in TIME
    "#]],
    );
    assert_eq!(session.ran(), ["0", "1", "2", "3"]);
    session.check(
        &[],
        expect![[r#"
        even 0 0
        odd 1 1
        even 2 4
        odd 3 9
        --- stderr
        sample: 4 runs: 4 cached
    "#]],
    );
    assert!(session.ran().is_empty());
}

#[test]
fn one_more_config_is_one_more_run() {
    let mut session = Session::sample(4);
    session.start(&[]);
    session.ran();
    session.set("SAMPLE_CONFIGS", 5);
    session.check(
        &[],
        expect![[r#"
        even 0 0
        odd 1 1
        even 2 4
        odd 3 9
        even 4 16
        --- stderr
        sample: 5 runs: 4 cached, 1 to run with 1 job
        [1/1] done    even index=4 (TIME)
        sample: 5 runs: 4 cached, 1 done in TIME
    "#]],
    );
    assert_eq!(session.ran(), ["4"]);
}

#[test]
fn failures_are_told_and_tried_again() {
    let mut session = Session::sample(4)
        .with("SAMPLE_FAIL", "1")
        .with("SAMPLE_PANIC", "2");
    session.check(
        &[],
        expect![[r#"
        even 0 0
        odd 3 9
        --- stderr
        sample: 4 runs: 0 cached, 4 to run with 1 job
        [1/4] done    even index=0 (TIME)
        [2/4] failed  odd index=1 (TIME)
        [3/4] failed  even index=2 (TIME)
        [4/4] done    odd index=3 (TIME)
        failed: odd index=1
          told to fail: the inner cause
          rerun with: sample 'odd index=1'
        failed: even index=2
          panicked: told to panic in run 2 (at tests/programs/sample.rs:LINE)
          rerun with: sample 'even index=2'
        sample: 4 runs: 2 done, 2 failed in TIME
        --- exit code 1
    "#]],
    );
    session.check(
        &["--report"],
        expect![[r#"
        even 0 0
        odd 3 9
        --- stderr
        failed: odd index=1: told to fail: the inner cause
        failed: even index=2: panicked: told to panic in run 2 (at tests/programs/sample.rs:LINE)
        2 of 4 runs without a result; `sample` runs what is missing
        --- exit code 1
    "#]],
    );
    session.check(
        &["--list"],
        expect![[r#"
        cached   7b56047ac105500e  even index=0
        failed   f0214395e532db11  odd index=1
                 told to fail: the inner cause
        failed   dc7d31f9116fa769  even index=2
                 panicked: told to panic in run 2 (at tests/programs/sample.rs:LINE)
        cached   eab0789e02a007ae  odd index=3
        4 runs: 2 cached, 2 failed
    "#]],
    );
    session.check(
        &["--dry-run"],
        expect![[r#"
        failed   f0214395e532db11  odd index=1
                 told to fail: the inner cause
        failed   dc7d31f9116fa769  even index=2
                 panicked: told to panic in run 2 (at tests/programs/sample.rs:LINE)
        2 of 4 runs would run, for about TIME with 1 job
    "#]],
    );
    session.ran();
    session.set("SAMPLE_FAIL", "");
    session.set("SAMPLE_PANIC", "");
    session.check(
        &[],
        expect![[r#"
        even 0 0
        odd 1 1
        even 2 4
        odd 3 9
        --- stderr
        sample: 4 runs: 2 cached, 2 to run with 1 job
        [1/2] done    odd index=1 (TIME, after 2 attempts)
        [2/2] done    even index=2 (TIME, after 2 attempts)
        sample: 4 runs: 2 cached, 2 done (2 after several attempts) in TIME
    "#]],
    );
    assert_eq!(session.ran(), ["1", "2"]);
    session.check(
        &["--list"],
        expect![[r#"
        cached   7b56047ac105500e  even index=0
        cached   f0214395e532db11  odd index=1  (2 attempts)
        cached   dc7d31f9116fa769  even index=2  (2 attempts)
        cached   eab0789e02a007ae  odd index=3
        4 runs: 4 cached
    "#]],
    );
}

#[test]
fn a_report_runs_nothing_and_says_what_is_missing() {
    let mut session = Session::sample(1);
    session.check(
        &["--report"],
        expect![[r#"
            --- stderr
            warning: there are no results in DIR/out
            missing: even
            1 of 1 run without a result; `sample` runs what is missing
            --- exit code 1
        "#]],
    );
    session.start(&[]);
    session.set("SAMPLE_CONFIGS", 2);
    session.ran();
    session.check(
        &["--report"],
        expect![[r#"
        even 0 0
        --- stderr
        missing: odd
        1 of 2 runs without a result; `sample` runs what is missing
        --- exit code 1
    "#]],
    );
    session.check(
        &["--report", "even"],
        expect![[r#"
        even 0 0
    "#]],
    );
    assert!(session.ran().is_empty());
}

#[test]
fn rerun_runs_what_the_pattern_selects() {
    let session = Session::sample(4);
    session.start(&[]);
    session.ran();
    session.check(
        &["--rerun", "odd"],
        expect![[r#"
        odd 1 1
        odd 3 9
        --- stderr
        sample: 2 runs: 0 cached, 2 to run with 1 job
        [1/2] done    odd index=1 (TIME)
        [2/2] done    odd index=3 (TIME)
        sample: 2 runs: 2 done in TIME
    "#]],
    );
    assert_eq!(session.ran(), ["1", "3"]);
    session.start(&["--rerun"]);
    assert_eq!(session.ran(), ["0", "1", "2", "3"]);
}

#[test]
fn patterns_narrow_running_listing_and_report() {
    let session = Session::sample(4);
    session.check(
        &["index=2", "odd index=1"],
        expect![[r#"
        odd 1 1
        even 2 4
        --- stderr
        sample: 2 runs: 0 cached, 2 to run with 1 job
        [1/2] done    odd index=1 (TIME)
        [2/2] done    even index=2 (TIME)
        sample: 2 runs: 2 done in TIME
    "#]],
    );
    assert_eq!(session.ran(), ["1", "2"]);
    session.check(
        &["--list", "odd"],
        expect![[r#"
        cached   f0214395e532db11  odd index=1
        missing  eab0789e02a007ae  odd index=3
        2 runs: 1 cached, 1 missing
    "#]],
    );
    session.check(
        &["--dry-run", "index=2"],
        expect![[r#"
        nothing would run: 1 run, all cached
    "#]],
    );
    session.check(
        &["--report", "even"],
        expect![[r#"
        even 2 4
        --- stderr
        missing: even index=0
        1 of 2 runs without a result; `sample` runs what is missing
        --- exit code 1
    "#]],
    );
}

#[test]
fn a_list_and_a_dry_run_show_what_is_to_do() {
    let session = Session::sample(3);
    session.check(
        &["--list"],
        expect![[r#"
        missing  7b56047ac105500e  even index=0
        missing  f0214395e532db11  odd
        missing  dc7d31f9116fa769  even index=2
        3 runs: 3 missing
    "#]],
    );
    session.check(
        &["--dry-run"],
        expect![[r#"
        missing  7b56047ac105500e  even index=0
        missing  f0214395e532db11  odd
        missing  dc7d31f9116fa769  even index=2
        3 of 3 runs would run, for how long is not known: nothing like it has run yet
    "#]],
    );
    session.start(&["even"]);
    session.check(
        &["--list"],
        expect![[r#"
        cached   7b56047ac105500e  even index=0
        missing  f0214395e532db11  odd
        cached   dc7d31f9116fa769  even index=2
        3 runs: 2 cached, 1 missing
    "#]],
    );
    session.check(
        &["--dry-run", "-j2"],
        expect![[r#"
        missing  f0214395e532db11  odd
        1 of 3 runs would run, for about TIME with 2 jobs
    "#]],
    );
    session.check(
        &["--dry-run", "--rerun", "even"],
        expect![[r#"
        cached   7b56047ac105500e  even index=0
        cached   dc7d31f9116fa769  even index=2
        2 of 2 runs would run, for about TIME with 1 job
    "#]],
    );
}
