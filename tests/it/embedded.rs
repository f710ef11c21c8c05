//! An experiment with other configs, another report and other settings than its own.

use expect_test::expect;

use crate::program::Session;

fn embedded(how: &str) -> Session {
    Session::new(env!("CARGO_BIN_EXE_embedded")).with("EMBEDDED", how)
}

#[test]
fn a_library_call_prints_nothing_and_parses_nothing() {
    let session = embedded("run");
    for args in [&[][..], &["--unknown"]] {
        session.check(
            args,
            expect![[r#"
                3 done, 1 failed
            "#]],
        );
    }
    assert!(session.path("built").is_dir());
}

#[test]
fn an_error_of_a_library_call_is_the_callers() {
    let session = embedded("run");
    std::fs::write(session.path("built"), "").expect("files can be written");
    session.check(
        &[],
        expect![[r#"
        cannot open the output directory `built` (choose another place with --output-dir)
        --- exit code 7
    "#]],
    );
}

#[test]
fn the_builder_makes_a_program() {
    let started = embedded("main").start(&[]).stderr;
    assert!(
        started.starts_with("embedded: 4 runs: 0 cached, 4 to run with 2 jobs\n"),
        "{started}"
    );
    let session = embedded("main");
    session.check(
        &["--report"],
        expect![[r#"
            --- stderr
            warning: there are no results in DIR/built
            missing: zero
            missing: one
            missing: two
            missing: three
            4 of 4 runs without a result; `embedded` runs what is missing
            --- exit code 1
        "#]],
    );
    session.check(
        &["--progress", "none"],
        expect![[r#"
        zero gives 0
        one gives 1
        three gives 9
        two failed: two is not welcome
        --- stderr
        failed: two
          two is not welcome
          rerun with: embedded two
        embedded: 4 runs: 3 done, 1 failed in TIME
        --- exit code 1
    "#]],
    );
    session.check(
        &["--report"],
        expect![[r#"
        zero gives 0
        one gives 1
        three gives 9
        two failed: two is not welcome
        --- stderr
        failed: two: two is not welcome
        1 of 4 runs without a result; `embedded` runs what is missing
        --- exit code 1
    "#]],
    );
}

#[test]
fn flags_go_before_the_builder() {
    let session = embedded("main");
    session.check(
        &["--output-dir", "told", "--jobs", "1", "zero"],
        expect![[r#"
            zero gives 0
            --- stderr
            embedded: 1 run: 0 cached, 1 to run with 1 job
            [1/1] done    zero (TIME)
            embedded: 1 run: 1 done in TIME
        "#]],
    );
    assert!(session.path("told").is_dir());
    assert!(!session.path("built").exists());
    session.check(
        &["--format", "csv", "--report", "--output-dir=none", "zero"],
        expect![[r#"
            name,label,key,state,index,duration_s,failure
            zero,zero,0524046b598bd4c1b0a009906d60dd04,missing,0,,
            --- stderr
            warning: there are no results in DIR/none
            missing: zero
            1 of 1 run without a result; `embedded --output-dir none` runs what is missing
            --- exit code 1
        "#]],
    );
}

#[test]
fn arguments_can_be_given() {
    let session = embedded("args");
    session.check(
        &["--unknown"],
        expect![[r#"
            --- stderr
            warning: there are no results in DIR/built
            missing: one
            1 of 1 run without a result; `embedded` runs what is missing
            --- exit code 1
        "#]],
    );
    assert!(!session.path("built").exists());
}

#[test]
fn an_error_of_the_report_is_told_with_its_cause() {
    let session = embedded("report-error");
    session.check(
        &["-q", "zero"],
        expect![[r#"
        --- stderr
        error: the report failed
          caused by: cannot plot
          caused by: no plotter
        --- exit code 1
    "#]],
    );
}
