//! Types of configs and outputs that cannot be stored, and names that must not leave the output directory.

use std::{fs, path::Path};

use expect_test::expect;

use crate::program::{Ended, Session};

const OUTPUTS: &str = env!("CARGO_BIN_EXE_outputs");

fn outputs(choice: &str) -> Session {
    Session::new(OUTPUTS).with("OUTPUTS", choice)
}

/// Every run fails at the first start with an error that has all of `words`, and no result is stored.
fn fails(choice: &str, words: &[&str]) {
    let session = outputs(choice);
    let ended = session.start(&[]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert_eq!(ended.totals(), "2 runs: 2 failed");
    for word in words {
        assert!(ended.stderr.contains(word), "{word} is not in\n{ended}");
    }
    assert!(!ended.stderr.contains("thread '"), "{ended}");
    let listed = session.start(&["--list"]).stdout;
    assert!(listed.ends_with("2 runs: 2 failed\n"), "{listed}");
}

/// The configs are refused before anything runs.
fn refused(choice: &str) -> Ended {
    let session = outputs(choice);
    let ended = session.start(&[]);
    assert!(session.ran().is_empty());
    ended
}

#[test]
fn an_output_that_cannot_be_stored_fails_at_once() {
    fails(
        "panicking",
        &["panicked while the output was stored: told to panic in Serialize"],
    );
}

/// Only the value of a week later would have shown it.
#[test]
fn an_output_type_that_cannot_be_stored_is_refused_before_anything_runs() {
    for (choice, words) in [
        ("set", "field `items` comes back as another value"),
        (
            "late-set",
            "field `found.Some.tags` comes back as another value",
        ),
    ] {
        let refused = refused(choice);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains("nothing was run: "), "{refused}");
        assert!(refused.stderr.contains(words), "{refused}");
        assert!(
            refused.stderr.contains("use a `BTreeSet` for a `HashSet`"),
            "{refused}"
        );
    }
}

/// A run of a week that cannot be stored is not lost to its user.
#[test]
fn an_output_that_cannot_be_stored_is_kept_for_people() {
    for (isolation, has_locks) in [
        (None, true),
        (Some("--isolate"), true),
        (None, false),
        (Some("--isolate"), false),
    ] {
        let mut session = outputs("hidden").with("LATER", "1");
        if !has_locks {
            fs::create_dir_all(session.path("out/.runner")).expect("it can be made");
            fs::write(session.path("out/.runner/lockless"), "").expect("it can be written");
        }
        let kept = |session: &Session, ended: &Ended| {
            let (_, rest) = ended
                .stderr
                .split_once("what the run returned is in `")
                .expect("it says where");
            let (path, _) = rest.split_once('`').expect("the path ends");
            fs::read_to_string(session.path(path)).expect("it is there")
        };
        let first = session.start(isolation.as_slice());
        assert_eq!(first.totals(), "2 runs: 2 failed", "{first}");
        assert!(
            first
                .stderr
                .contains("field `tags` comes back as another value"),
            "{first}"
        );
        let json = kept(&session, &first);
        assert!(
            json.contains("\"loss\":") && json.contains("\"tags\":"),
            "{json}"
        );
        // Neither a result nor another failure takes its place.
        let second = session.start(isolation.as_slice());
        kept(&session, &second);
        let asides = |session: &Session| {
            let runs = fs::read_dir(session.path("out")).expect("it is there");
            let runs = runs.map(|run| run.expect("it is listed").path());
            runs.filter(|run| {
                run.to_string_lossy().contains('~') && run.join("unstorable.json").exists()
            })
            .count()
        };
        // Without locks, what an attempt has for itself is cleared as soon as its process is gone.
        assert_eq!(asides(&session), if has_locks { 2 } else { 4 });
        session.set("LATER", "0");
        let done = session.start(&[]);
        assert_eq!(done.code, Some(0), "{done}");
        session.set("LATER", "1");
        let rerun = session.start(&["--rerun"]);
        assert_eq!(rerun.totals(), "2 runs: 2 failed", "{rerun}");
        assert!(kept(&session, &rerun).contains("\"loss\":"), "{rerun}");
        assert_eq!(session.start(&["--report"]).code, Some(0));
        assert_eq!(asides(&session), 6);
    }
}

/// postcard cannot give these back; the result describes itself.
#[test]
fn an_output_that_needs_the_names_of_its_fields_is_stored() {
    for choice in ["skipping", "flattened", "untagged", "tagged", "freeform"] {
        for isolation in [None, Some("--isolate")] {
            let session = outputs(choice);
            let first = session.start(isolation.as_slice());
            assert_eq!(first.totals(), "2 runs: 2 done", "{choice}: {first}");
            assert_eq!(session.ran(), ["0", "1"]);
            let again = session.start(&[]);
            assert_eq!(again.totals(), "2 runs: 2 cached", "{choice}: {again}");
            let columns = |table: &str| {
                table
                    .replace([' ', '─', '\n'], "")
                    .replace(|letter: char| letter.is_ascii_digit(), "")
            };
            assert_eq!(columns(&again.stdout), columns(&first.stdout));
            assert!(session.ran().is_empty());
        }
    }
}

/// Types that postcard cannot give back, inside a config that derives `Config`.
#[test]
fn a_config_that_needs_the_names_of_its_fields_is_stored() {
    for isolation in [None, Some("--isolate")] {
        let session = outputs("open");
        let list = session.start(&["--list"]).stdout;
        let labels: Vec<_> = list
            .lines()
            .filter_map(|line| Some(line.split_once("  open ")?.1))
            .collect();
        assert_eq!(labels, ["free=0", "free=1", "free=2 more.note=2"]);
        let first = session.start(isolation.as_slice());
        assert_eq!(first.totals(), "3 runs: 3 done", "{first}");
        let ran = session.ran();
        assert_eq!(ran.len(), 3, "{ran:?}");
        let again = session.start(&[]);
        assert_eq!(again.totals(), "3 runs: 3 cached", "{again}");
        let set = session.start(&["--set", "choice=7", "--set", "more.extra=2", "open free=1"]);
        assert_eq!(set.totals(), "1 run: 1 done", "{set}");
        let all = session.start(&["--list", "--all"]).stdout;
        assert!(all.ends_with("4 runs: 4 cached\n"), "{all}");
    }
}

#[test]
fn a_report_sees_what_was_stored_even_of_what_is_not() {
    // `#[serde(skip)]` in an output: the field is never seen, not even after the first run.
    let session = outputs("forgetful");
    let first = session.start(&["--format", "json"]);
    let again = session.start(&["--format", "json"]);
    assert_eq!(first.stdout, again.stdout);
    assert_eq!(session.ran(), ["0", "1"]);
}

#[test]
fn a_config_that_cannot_be_written_is_refused_with_its_field() {
    expect![[r#"
        --- stderr
        error: config 1 (`base`) has no key: field `data`: path contains invalid UTF-8 characters
        see `outputs --help`
        --- exit code 2
    "#]]
    .assert_eq(&refused("path").to_string());
}

#[test]
fn a_config_without_a_stable_order_is_refused_with_its_field() {
    expect![[r#"
        --- stderr
        error: config 1 (`base`) cannot be stored: its key changes when it is copied: field `tags` has no stable order or loses content, as a `HashSet` does; use a `BTreeSet` or a sorted `Vec`
        see `outputs --help`
        --- exit code 2
    "#]].assert_eq(&refused("unordered").to_string());
    expect![[r#"
        --- stderr
        error: config 1 (`base`) cannot be stored: its key changes when it is copied: field `rate` has no stable order or loses content, as a `HashSet` does; use a `BTreeSet` or a sorted `Vec`
        see `outputs --help`
        --- exit code 2
    "#]].assert_eq(&refused("lossy").to_string());
}

#[test]
fn a_panic_while_a_config_is_written_is_one_error() {
    expect![[r#"
        --- stderr
        error: config 1 (`base`) has no key: its `Serialize` panicked: told to panic in Serialize (at tests/programs/outputs.rs:LINE)
        see `outputs --help`
        --- exit code 2
    "#]].assert_eq(&refused("loud").to_string());
}

#[test]
fn no_name_leaves_the_output_directory() {
    let session = outputs("names");
    let before = session.tree().into_keys().next();
    let ended = session.start(&["--format", "csv"]);
    assert_eq!(ended.totals(), "12 runs: 12 done");
    assert_eq!(session.ran().len(), 12);
    let out = session.path("out");
    for path in session.tree().into_keys() {
        let is_known = path.starts_with(&out) || path == session.path("");
        assert!(
            is_known || Some(&path) == before.as_ref(),
            "{} is outside",
            path.display()
        );
    }
    expect![[r#"
        -flag-3e4f29b7ccb34194
        CASE-bed37b13c7da636c
        C__windows-c112f5ab776bb39f
        Case-af777858e263a51a
        __.._escape-7c123302b58b17ab
        a_b-96afd383791e69c5
        case-a39cf3d7f802ed68
        nul_and_[2Jmore-3356f63e4385f300
        run-c1d93fe1b6538f4a
        run-cd65865ef42c6a3e
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-e0ad19c332832f7d
        🦀 emoji-98b4facac4c64e71"#]].assert_eq(&session.directories().join("\n"));
    session.start(&[]);
    assert!(session.ran().is_empty(), "each name is found again");
    let case = session.start(&["--list", "Case"]).stdout;
    assert!(case.ends_with("1 run: 1 cached\n"), "{case}");
    let listed = session.start(&["--list"]).stdout;
    assert!(!listed.contains(['\0', '\u{1b}']), "{listed:?}");
    // No argument can hold a NUL, so that run is selected by its label as it is shown.
    let nul = session
        .start(&["--list", r"nul\u{0}and\u{1b}[2Jmore"])
        .stdout;
    assert!(nul.ends_with("1 run: 1 cached\n"), "{nul}");
}

#[test]
fn a_name_that_looks_like_a_flag_can_be_selected() {
    let session = outputs("names");
    let listed = session.start(&["--list", "--", "-flag"]).stdout;
    assert!(listed.ends_with("-flag\n1 run: 1 missing\n"), "{listed}");
}

#[test]
fn equal_configs_are_one_run_with_a_warning() {
    let session = outputs("twice");
    session.check(
        &["--progress", "none"],
        expect![[r#"
        rate  output  duration
        ────  ──────  ────────
           1       0 TIME
           2       0 TIME
        same for all: threads=1
        --- stderr
        warning: config 3 is the same as config 1 (`outputs`); it is one run
        outputs: 2 runs: 2 done in TIME
    "#]],
    );
    assert_eq!(session.ran().len(), 2);
    assert_eq!(session.start(&["-q"]).stderr, "");
    // A NaN is the same as another, in labels too.
    outputs("copies").check(
        &["--dry-run"],
        expect![[r#"
            missing  8e5dd58925b76ff0  outputs rate=NaN
            missing  03b461b714a548a7  outputs rate=2
            2 of 2 runs would run, for how long is not known: nothing like it has run yet
            --- stderr
            warning: config 3 is the same as config 1 (`outputs`); it is one run
            warning: configs 4, 5, 6, 7, 8 and 1 more are the same as config 2 (`outputs`); it is one run
        "#]],
    );
}

#[test]
fn configs_that_differ_in_skipped_fields_are_one_run_without_a_warning() {
    let session = outputs("threads");
    session.check(
        &["--progress", "none"],
        expect![[r#"
        name     output  duration
        ───────  ──────  ────────
        outputs       0 TIME
        same for all: rate=1, threads=1
        --- stderr
        outputs: 1 run: 1 done in TIME
    "#]],
    );
    assert_eq!(session.ran().len(), 1);
}

/// `#[serde(with = "seconds")]` and a `Serialize` of its own wrote less than the config held: the run got all of it, and its
/// result counted for every config of which the same was written.
#[test]
fn a_run_gets_what_is_stored_of_its_config() {
    for isolation in [None, Some("--isolate")] {
        let session = outputs("windowed");
        let first = session.start(isolation.as_slice());
        assert_eq!(
            first.stdout,
            "Window { window: 1s, rate: Rough(0.0) } gives 1\n"
        );
        assert_eq!(session.ran(), ["Window { window: 1s, rate: Rough(0.0) }"]);
        for words in [
            "field `window` is stored as less than it was given",
            "1.2s becomes 1s in `Windowed`",
            "field `rate` is stored as less",
            "Rough(0.3) becomes Rough(0.0)",
        ] {
            assert_eq!(first.stderr.matches(words).count(), 1, "{words} in {first}");
        }
        let later = session.with("LATER", "1");
        let again = later.start(&[]);
        assert_eq!(again.stdout, first.stdout);
        assert!(again.stderr.contains("1.9s becomes 1s"), "{again}");
        let report = later.start(&["--report"]);
        assert_eq!(report.stdout, first.stdout);
        assert!(later.start(&["--list"]).stderr.is_empty());
    }
}

/// `a.b` was the field of that name to some, and the field `b` of `a` to others.
#[test]
fn a_name_with_a_dot_is_written_in_quotes() {
    let session = outputs("dotted");
    let labels = |args: &[&str]| {
        let listed = session.start(&[&["--list"], args].concat());
        let lines = listed.stdout.lines();
        let labels: Vec<String> = lines
            .filter_map(|line| Some(line.split_once("  outputs ")?.1.to_owned()))
            .collect();
        assert!(!labels.is_empty(), "{listed}");
        labels
    };
    assert_eq!(labels(&[]), ["\"a.b\"=1 a.b=10", "\"a.b\"=2 a.b=20"]);
    assert_eq!(labels(&["--where", "\"a.b\"=1"]), ["\"a.b\"=1 a.b=10"]);
    assert_eq!(labels(&["--where", "a.b=20"]), ["\"a.b\"=2 a.b=20"]);
    assert_eq!(labels(&["--set", "a.b=5"]), ["\"a.b\"=1", "\"a.b\"=2"]);
    assert_eq!(labels(&["--set", "\"a.b\"=5"]), ["a.b=10", "a.b=20"]);
    assert_eq!(
        labels(&[
            "--sweep",
            "a.\"c.d\".\"e.f\"=7,8",
            "--where",
            "a.\"c.d\".\"e.f\"=8",
            "--where",
            "a.b=10"
        ]),
        ["\"a.b\"=1 a.b=10 a.\"c.d\".\"e.f\"=8"]
    );
}

/// A key for a service stood in `run.json`, in results, in reports and in printed commands.
#[test]
fn a_secret_is_in_no_file_and_never_printed() {
    fn files(directory: &Path, found: &mut Vec<Vec<u8>>) {
        for entry in fs::read_dir(directory).expect("it is there") {
            let path = entry.expect("it is listed").path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.push(fs::read(&path).expect("it can be read"));
            }
        }
    }
    for isolation in [None, Some("--isolate")] {
        let session = outputs("secret");
        let isolation = isolation.as_slice();
        let first = session.start(&[isolation, &["--format", "json"]].concat());
        assert_eq!(first.totals(), "2 runs: 1 done, 1 failed", "{first}");
        assert!(first.stdout.contains("\"output\":6"), "{first}");
        let given =
            session.start(&[isolation, &["--set", "token=s3cr3t-2", "--set", "rate=-2"]].concat());
        assert!(
            given.stderr.contains("rerun with: ") && given.stderr.contains("--set rate=-2"),
            "{given}"
        );
        let other = session.start(&[isolation, &["--set", "rate=3", "--format", "json"]].concat());
        assert!(other.stdout.contains("\"output\":6"), "{other}");
        let listed = session.start(&["--list", "--all", "-v", "--format", "json"]);
        for shown in [first, given, other, listed] {
            assert!(!shown.to_string().contains("s3cr3t"), "{shown}");
        }
        let mut found = Vec::new();
        files(&session.path("out"), &mut found);
        assert!(found.len() > 4);
        let has_secret = |file: &Vec<u8>| file.windows(6).any(|bytes| bytes == b"s3cr3t");
        assert!(!found.iter().any(has_secret));
    }
}
