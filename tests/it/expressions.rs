//! What `--where` selects, and where a program looks for it.

use std::fs;

use crate::{
    program::Session,
    selecting::{TRAIN, labels},
};

/// That nothing has failed was an error, as a mistake is.
#[test]
fn a_selection_that_is_empty_now_is_no_mistake() {
    let session = Session::new(TRAIN);
    let start = |args: &[&str]| {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(0), "{args:?}: {ended}");
        let (_, told) = ended.stderr.rsplit_once("warning: ").unwrap_or_default();
        assert_eq!(
            told,
            "nothing to do: --where state=failed selects none of 2 runs: `state` is missing\n"
        );
        ended.stdout
    };
    let failed = "--where=state=failed";
    assert_eq!(start(&["--rerun", failed]), "");
    assert_eq!(start(&["--shard=1/2", failed]), "");
    assert_eq!(start(&["--list", failed]), "0 runs\n");
    assert_eq!(start(&["--list", "--format=json", failed]), "[]\n");
    assert_eq!(start(&["--report", "--format=json", failed]), "[]\n");
    assert!(session.ran().is_empty() && !session.path("out").exists());
    session.start(&["-q"]);
    for expression in [
        "state=failed,stale",
        "output.loss<0",
        "duration>1h",
        "age>1day",
        "build=other",
        "not state=cached and epochs=100",
    ] {
        for action in [
            "--rerun",
            "--list",
            "--report",
            "--dry-run",
            "--why",
            "--keep",
        ] {
            let ended = session.start(&[action, "--where", expression]);
            assert_eq!(ended.code, Some(0), "{action} {expression}: {ended}");
            assert!(ended.stderr.contains("selects none of 2 runs"), "{ended}");
        }
    }
    session.ran();
    for expression in [
        "epochs=5",
        "state=failed and epochs=5",
        "stat=failed",
        "name~x",
        "key=ffffffff",
    ] {
        let ended = session.start(&["--rerun", "--where", expression]);
        assert_eq!(ended.code, Some(2), "{expression}: {ended}");
    }
    assert!(session.ran().is_empty());
}

#[test]
fn conditions_are_joined_by_words() {
    let session = Session::new(TRAIN);
    session.start(&["-q", "--where", "learning_rate=0.1"]);
    let rate = |rate: &str| [format!("train learning_rate={rate}")];
    for (expression, expected) in [
        ("state=failed or output.loss<1", "0.1"),
        ("not (state=cached and output.loss<1)", "0.01"),
        ("key=e4e4a2a48bfc6512", "0.1"),
        ("key=7ea1 and age>1s or key=e4e4 and age<1day", "0.1"),
        (r"label=~rate=0\.01$", "0.01"),
    ] {
        assert_eq!(
            labels(&session, &["--where", expression]),
            rate(expected),
            "{expression}"
        );
    }
    let ended = session.start(&["--where", "loss<1"]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.starts_with(
            "error: --where loss<1: no field `loss` of the config; write `output.loss`\n"
        ),
        "{ended}"
    );
}

#[test]
fn results_in_a_directory_above_are_told() {
    let session = Session::new(TRAIN);
    let report = session.start(&["--report"]);
    assert!(
        report
            .stderr
            .starts_with("warning: there are no results in DIR/out\n"),
        "{report}"
    );
    session.start(&["-q"]);
    let below = session.path("a/b");
    fs::create_dir_all(&below).expect("it can be made");
    let start = |args: &[&str]| {
        let mut command = session.command(args);
        session.ended(&command.current_dir(&below).output().expect("it starts"))
    };
    let expected = "warning: there are no results in DIR/a/b/out, but in DIR/out: write --output-dir DIR/out if these are meant\n";
    for args in [&["--list"][..], &["--report"], &["--progress=none"]] {
        let ended = start(args);
        assert!(ended.stderr.starts_with(expected), "{ended}");
    }
    // Now it has some of its own.
    assert_eq!(start(&["--list"]).stderr, "");
}
