//! The forms of reports, lists and records, read back by their own readers.

use expect_test::expect;
use serde_json::Value;

use crate::program::Session;

/// The report in a format, of a session in which everything is cached.
fn report(format: &str) -> String {
    let session = Session::sample(3).with("SAMPLE_FAIL", "1");
    session.start(&["-q"]);
    let ended = session.start(&["--report", "--format", format]);
    assert_eq!(ended.code, Some(1), "{ended}");
    ended.stdout
}

#[test]
fn tables_and_markdown_are_for_people() {
    expect![[r#"
        name  index  square  duration
        ────  ─────  ──────  ────────
        even      0       0 TIME
        even      2       4 TIME
        same for all: rate=0.5, verbose=false
        only in --format json: curve
    "#]]
    .assert_eq(&report("table"));
    expect![[r#"
        | name | index | square | duration |
        | ---- | ----: | -----: | -------: |
        | even |     0 |      0 | TIME |
        | even |     2 |      4 | TIME |

        same for all: rate=0.5, verbose=false

        only in --format json: curve
    "#]]
    .assert_eq(&report("markdown"));
}

#[test]
fn csv_has_a_row_for_every_run() {
    let text = report("csv");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let columns = [
        "name",
        "label",
        "key",
        "state",
        "index",
        "rate",
        "verbose",
        "square",
        "duration_s",
        "failure",
    ];
    assert_eq!(rows[0], columns);
    assert_eq!(rows.len(), 4);
    for (index, row) in rows[1..].iter().enumerate() {
        assert_eq!(row.len(), columns.len(), "{row:?}");
        assert_eq!(row[4].parse(), Ok(index));
        assert_eq!(row[2].len(), 32);
    }
    assert_eq!(rows[3][7], "4");
    assert!(rows[3][8].parse::<f64>().is_ok_and(|seconds| seconds > 0.0));
    assert_eq!(
        rows[2][3..],
        [
            "failed",
            "1",
            "0.5",
            "false",
            "",
            "",
            "told to fail: the inner cause"
        ]
    );
}

#[test]
fn csv_names_what_it_has_no_columns_for() {
    let session = Session::sample(2);
    session.start(&["-q"]);
    let note =
        "warning: CSV has no columns for lists of the output (curve); --format json has them\n";
    let ended = session.start(&["--report", "--format", "csv"]);
    assert_eq!(ended.stderr, note);
    assert_eq!(
        session.start(&["--report", "--format", "csv", "-q"]).stderr,
        ""
    );
    assert_eq!(session.start(&["--report", "--format", "json"]).stderr, "");
}

#[test]
fn exports_of_any_selection_can_be_joined() {
    // Columns that were equal among the selected runs were missing.
    let session = Session::sample(3);
    session.start(&["-q"]);
    let heading = |args: &[&str]| {
        let ended = session.start(&[&["--report", "--format", "csv"], args].concat());
        ended.stdout.lines().next().map(str::to_owned)
    };
    assert_eq!(heading(&[]), heading(&["odd"]));
    assert_eq!(heading(&[]), heading(&["--where", "index=0"]));
}

#[test]
fn json_has_typed_values() {
    let runs: Vec<Value> = serde_json::from_str(&report("json")).expect("it is JSON");
    assert_eq!(runs.len(), 3);
    assert_eq!(runs[2]["config"]["index"], 2);
    assert_eq!(runs[2]["config"]["verbose"], false);
    assert_eq!(runs[2]["output"]["square"], 4);
    assert!(runs[2]["output"]["curve"].is_array());
    assert_eq!(runs[2]["state"], "done");
    assert!(runs[2]["duration_s"].is_f64());
    assert_eq!(runs[1]["failure"], "told to fail: the inner cause");
    assert_eq!(runs[1]["output"], Value::Null);
    assert_eq!(runs[1]["config"]["index"], 1);
}

#[test]
fn lists_are_json_too() {
    let session = Session::sample(2).with("SAMPLE_FAIL", "1");
    session.start(&[]);
    let listed = session.start(&["--list", "--format", "json"]).stdout;
    let runs: Vec<Value> = serde_json::from_str(&listed).expect("it is JSON");
    let facts: Vec<_> = runs
        .iter()
        .map(|run| {
            (
                run["label"].as_str(),
                run["state"].as_str(),
                run["reason"].as_str(),
            )
        })
        .collect();
    let reason = "told to fail: the inner cause";
    assert_eq!(
        facts,
        [
            (Some("even"), Some("cached"), None),
            (Some("odd"), Some("failed"), Some(reason)),
        ]
    );
    let out_dir = session.path(runs[0]["out_dir"].as_str().expect("it is text"));
    assert!(out_dir.join("result.postcard").is_file());
}

#[test]
fn run_json_says_what_a_run_was() {
    let session = Session::sample(3);
    session.start(&[]);
    let text = std::fs::read_to_string(session.out_dir("even index=2").join("run.json"));
    let run: Value = serde_json::from_str(&text.expect("it is there")).expect("it is JSON");
    assert_eq!(run["status"], "done");
    assert_eq!(run["experiment"], "sample");
    assert_eq!(run["config"]["index"], 2);
    assert_eq!(run["config"]["verbose"], false);
    assert_eq!(run["attempts"], 1);
}

#[test]
fn reports_are_ordered_and_cut_as_asked() {
    let session = Session::sample(4);
    session.start(&["-q"]);
    let squares = |args: &[&str]| {
        let ended = session.start(&[&["--report", "--format", "json"], args].concat());
        assert_eq!(ended.code, Some(0), "{ended}");
        let runs: Vec<Value> = serde_json::from_str(&ended.stdout).expect("it is JSON");
        let squares = runs.iter().map(|run| run["output"]["square"].as_u64());
        squares.collect::<Option<Vec<_>>>()
    };
    assert_eq!(
        squares(&["--sort", "-output.square", "--top", "2"]),
        Some(vec![9, 4])
    );
    assert_eq!(squares(&["--sort=name", "--top=3"]), Some(vec![0, 4, 1]));
    assert_eq!(squares(&["--top", "1"]), Some(vec![0]));
    let error = |args: &[&str], expected: &str| {
        let ended = session.start(args);
        assert_eq!(
            (ended.code, ended.stderr.lines().next()),
            (Some(2), Some(expected))
        );
    };
    error(
        &["--sort", "output.sqare"],
        "error: --sort output.sqare: `output`: no field `sqare`; did you mean `square`? (fields: square, curve)",
    );
    error(
        &["--sort", "state"],
        "error: --sort state: `state` has no order; write a field of the config, `output.…`, `duration`, `name` or `label`",
    );
    error(
        &["--list", "--top", "2"],
        "error: leave `--top` out: it is about the rows of the report, and `--list` makes none",
    );
}
