//! Results of other code: told with the functions that differ, run again when asked, and accepted.

use expect_test::expect;

use crate::program::Session;

const CODED: &str = env!("CARGO_BIN_EXE_coded");
/// The same program, after edits that can change no result.
const REWORDED: &str = env!("CARGO_BIN_EXE_coded_reworded");
/// The same program, with another factor.
const EDITED: &str = env!("CARGO_BIN_EXE_coded_edited");

const STRICT: (&str, &str) = ("CODED_WAY", "strict");
const PLAIN: (&str, &str) = ("CODED_WAY", "plain");

/// Returns a session in which the program has run.
fn ran_once() -> Session {
    let session = Session::new(CODED);
    session.start(&["-q"]);
    assert_eq!(session.ran().len(), 3);
    session
}

#[test]
fn an_edit_that_can_change_no_result_is_not_told() {
    let mut session = ran_once();
    session.switch(REWORDED, &[]);
    session.check(
        &[],
        expect![[r#"
        value and result
        1 2
        2 4
        3 6
        --- stderr
        coded_reworded: 3 runs: 3 cached
    "#]],
    );
    session.check(
        &["--list"],
        expect![[r#"
        cached   dc4e561eca86b5d2  coded value=1
        cached   edf17e2a9b61fe61  coded value=2
        cached   5b2b9aef08a8b66f  coded value=3
        3 runs: 3 cached
    "#]],
    );
    let why = session.start(&["--why"]);
    assert!(why.stdout.contains("nothing to explain"), "{why}");
    assert!(session.ran().is_empty());
}

#[test]
fn an_edit_is_told_by_the_functions_that_differ() {
    let mut session = ran_once();
    session.switch(EDITED, &[]);
    session.check(&[], expect![[r#"
        1 2
        2 4
        3 6
        --- stderr
        warning: 3 of 3 cached results are of other code (3 parts of it differ, see --why); `--where code=other --rerun` does them again, --accept takes them as they are
        coded_edited: 3 runs: 3 cached
    "#]]);
    assert!(
        session.ran().is_empty(),
        "no result is missing because of it"
    );
    session.check(&["--report"], expect![[r#"
        1 2
        2 4
        3 6
        --- stderr
        warning: 3 of 3 cached results are of other code (3 parts of it differ, see --why); `--where code=other --rerun` does them again, --accept takes them as they are
    "#]]);
    session.check(
        &["--list"],
        expect![[r#"
        cached   dc4e561eca86b5d2  coded value=1  (other code: scaled, factor and 1 more)
        cached   edf17e2a9b61fe61  coded value=2  (other code: scaled, factor and 1 more)
        cached   5b2b9aef08a8b66f  coded value=3  (other code: scaled, factor and 1 more)
        3 runs: 3 cached
    "#]],
    );
    let why = session.start(&["--why"]);
    let told = "         by other code: `scaled` differs; `factor` is new; `FACTOR` is gone\n";
    assert_eq!(why.stdout.matches(told).count(), 3, "{why}");
    let quiet = session.start(&["-q"]);
    assert_eq!(quiet.stderr, "");
    // Running it again is asked for.
    session.check(
        &["--where", "code=other", "--rerun", "value=2"],
        expect![[r#"
            2 6
            --- stderr
            coded_edited: 1 run: 0 cached, 1 to run with 1 job
            [1/1] done    coded value=2 (TIME)
            coded_edited: 1 run: 1 done in TIME
            warning: 1 of 1 run gave another output than before: `coded value=2`: output.result: 4 before, 6 now  (1 of 1 value)
        "#]],
    );
    assert_eq!(session.ran(), ["2"]);
    session.check(
        &["--list", "--where", "code=this"],
        expect![[r#"
        cached   edf17e2a9b61fe61  coded value=2
        1 run: 1 cached
    "#]],
    );
    let json = session.start(&["--list", "--format", "json"]);
    assert_eq!(
        json.stdout.matches(r#""code":"other""#).count(),
        2,
        "{json}"
    );
    assert_eq!(json.stdout.matches(r#""code":"this""#).count(), 1, "{json}");
}

#[test]
fn what_is_accepted_is_told_no_more() {
    let mut session = ran_once();
    session.switch(EDITED, &[]);
    session.check(
        &["--accept", "value=1"],
        expect![[r#"
        accepted: 1 result of other code
    "#]],
    );
    let list = session.start(&["--list"]);
    assert!(
        !list.stdout.contains("other"),
        "the others are of the same code: {list}"
    );
    let nothing = session.start(&["--accept"]);
    assert_eq!(nothing.code, Some(2), "{nothing}");
    assert!(
        nothing.stderr.contains("there is nothing to accept"),
        "{nothing}"
    );
    // Both ways.
    session.start(&["-q", "--rerun"]);
    session.switch(CODED, &[]);
    assert!(!session.start(&["--list"]).stdout.contains("other"));
}

#[test]
fn strict_code_runs_again_what_other_code_computed() {
    let mut session = ran_once();
    session.switch(REWORDED, &[STRICT]);
    assert_eq!(session.start(&["-q"]).code, Some(0));
    assert!(session.ran().is_empty());
    session.switch(EDITED, &[STRICT]);
    session.check(&["--list", "value=1"], expect![[r#"
        stale    dc4e561eca86b5d2  coded value=1
                 other code computed it: `scaled` differs; `factor` is new; `FACTOR` is gone; --accept takes it as it is
        1 run: 1 stale
    "#]]);
    let json = session.start(&["--list", "--format", "json"]);
    assert_eq!(
        json.stdout.matches(r#""code":"other""#).count(),
        3,
        "{json}"
    );
    let selected = session.start(&["--list", "--where", "code=other"]);
    assert!(selected.stdout.ends_with("3 runs: 3 stale\n"), "{selected}");
    session.start(&["-q", "value=1"]);
    assert_eq!(session.ran(), ["1"]);
    session.start(&["--accept"]);
    session.check(
        &[],
        expect![[r#"
        1 3
        2 4
        3 6
        --- stderr
        coded_edited: 3 runs: 3 cached
    "#]],
    );
    assert!(session.ran().is_empty());
    // The result that was set aside counts again for its own code, and the accepted ones for both.
    session.switch(CODED, &[STRICT]);
    let back = session.start(&["-q"]);
    assert_eq!(back.code, Some(0), "{back}");
    assert!(session.ran().is_empty());
}

#[test]
fn results_without_code_count_as_ever() {
    let mut session = Session::new(CODED).with(PLAIN.0, PLAIN.1);
    session.start(&["-q"]);
    assert_eq!(session.ran().len(), 3);
    assert!(!session.path("out/.runner/code").exists());
    for way in [PLAIN, STRICT, ("CODED_WAY", "told")] {
        session.switch(EDITED, &[way]);
        let cached = session.start(&[]);
        assert_eq!(cached.stderr, "coded_edited: 3 runs: 3 cached\n", "{way:?}");
        let list = session.start(&["--list"]);
        assert_eq!(list.stdout.matches("(another build)").count(), 3, "{list}");
    }
    session.switch(EDITED, &[PLAIN]);
    for args in [&["--accept"][..], &["--where", "code=other"]] {
        let refused = session.start(args);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(
            refused
                .stderr
                .contains("`const CODE: Code = runner::code!();`"),
            "{refused}"
        );
    }
    session.switch(EDITED, &[]);
    let nothing = session.start(&["--where", "code=other"]);
    assert!(
        nothing.stderr.contains("selects none of 3 runs"),
        "{nothing}"
    );
}

#[test]
fn flags_that_contradict_accepting_are_refused() {
    let session = ran_once();
    for args in [
        &["--accept", "--rerun"][..],
        &["--accept", "--list"],
        &["--accept", "--format", "json"],
        &["--accept", "--events", "e"],
    ] {
        let refused = session.start(args);
        assert_eq!(refused.code, Some(2), "{refused}");
    }
}

/// The table is for people: losing it costs the names and nothing else.
#[test]
fn a_table_that_is_gone_costs_only_the_names() {
    let mut session = ran_once();
    std::fs::remove_dir_all(session.path("out/.runner/code")).expect("it is there");
    session.switch(EDITED, &[]);
    session.check(&["--report"], expect![[r#"
        1 2
        2 4
        3 6
        --- stderr
        warning: 3 of 3 cached results are of other code (which parts differ is not known); `--where code=other --rerun` does them again, --accept takes them as they are
    "#]]);
    session.check(
        &["--list", "value=1"],
        expect![[r#"
        cached   dc4e561eca86b5d2  coded value=1  (other code)
        1 run: 1 cached
    "#]],
    );
    let why = session.start(&["--why", "value=1"]);
    assert!(
        why.stdout
            .contains("by other code: what differs is not known"),
        "{why}"
    );
}
