//! What runs, as the command line changes and selects it.

use std::{fs, path::Path};

use expect_test::expect;

use crate::program::{Session, copy_as_another_build};

pub(crate) const TRAIN: &str = env!("CARGO_BIN_EXE_train");

fn train() -> Session {
    Session::new(TRAIN)
}

pub(crate) fn labels(session: &Session, args: &[&str]) -> Vec<String> {
    let args = [&["--list", "--format", "json"], args].concat();
    let listed = session.start(&args);
    assert_eq!(listed.code, Some(0), "{listed}");
    let runs: serde_json::Value = serde_json::from_str(&listed.stdout).expect("it is JSON");
    let runs = runs.as_array().into_iter().flatten();
    runs.map(|run| run["label"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn fields_are_set_before_anything_is_looked_up() {
    let session = train();
    session.start(&["-q"]);
    assert_eq!(session.ran().len(), 2);
    let changed = session.start(&[
        "-q",
        "--set",
        "epochs=50",
        "--set=optimizer.momentum.beta=0.5",
    ]);
    assert_eq!(changed.code, Some(0), "{changed}");
    assert_eq!(
        session.ran(),
        ["lr=0.01 epochs=50 seed=1", "lr=0.1 epochs=50 seed=1"]
    );
    // What is set to what it is already has its result.
    session.start(&["-q", "--set", "epochs=100"]);
    assert!(session.ran().is_empty());
}

#[test]
fn sweeps_replicates_and_files_make_configs() {
    let session = train();
    assert_eq!(
        labels(&session, &["--sweep", "epochs=1..3", "--replicates", "2"]).len(),
        8
    );
    assert_eq!(
        labels(
            &session,
            &["--zip", "--sweep=epochs=1,2", "--sweep=seed=3,4"]
        ),
        [
            "train learning_rate=0.1 epochs=1 seed=3",
            "train learning_rate=0.1 epochs=2 seed=4",
            "train learning_rate=0.01 epochs=1 seed=3",
            "train learning_rate=0.01 epochs=2 seed=4",
        ]
    );
    fs::write(
        session.path("runs.toml"),
        "[[config]]\nlearning_rate = 1\nepochs = 3\noptimizer = \"sgd\"\nseed = 5\n",
    )
    .expect("it can be written");
    fs::write(
        session.path("runs.json"),
        r#"[{"learning_rate": 1, "epochs": 3, "optimizer": "sgd", "note": null, "seed": 5}]"#,
    )
    .expect("it can be written");
    session.start(&["-q", "--configs", "runs.toml"]);
    session.start(&["-q", "--configs", "runs.json"]);
    assert_eq!(session.ran(), ["lr=1 epochs=3 seed=5"]);
    session.start(&[
        "-q",
        "--configs=runs.json",
        "--sweep=seed=5..7",
        "--set=epochs=3",
    ]);
    assert_eq!(session.ran(), ["lr=1 epochs=3 seed=6"]);
}

/// A field of a variant was listed without the variant's name, under a path that no flag took.
#[test]
fn what_help_lists_can_be_set() {
    let session = train();
    let help = session.start(&["--help"]);
    let fields = help.stdout.split_once("Fields of a config:\n");
    let (fields, _) = fields
        .and_then(|(_, fields)| fields.split_once("\n\n"))
        .expect("help lists the fields");
    let paths: Vec<&str> = fields
        .lines()
        .filter_map(|line| Some(line.trim().split_once(": ")?.0))
        .collect();
    assert_eq!(
        paths,
        [
            "learning_rate",
            "epochs",
            "optimizer",
            "optimizer.momentum.beta",
            "note",
            "seed"
        ]
    );
    for path in paths {
        let value = match path {
            "optimizer" => "sgd",
            _ => "1",
        };
        let set = format!("{path}={value}");
        let ended = session.start(&["--list", "--set", &set]);
        assert_eq!(ended.code, Some(0), "{ended}");
    }
}

#[test]
fn mistakes_are_told_before_anything_runs() {
    let session = train();
    fs::write(
        session.path("bad.toml"),
        "[[config]]\nlearning_rate = \"x\"\n",
    )
    .expect("it can be written");
    for (args, expected) in [
        (
            &["--set", "epoch=1"][..],
            expect![[r#"
            error: --set epoch=1: no field `epoch`; did you mean `epochs`? (fields: learning_rate, epochs, optimizer, note, seed)
            see `train --help`
        "#]],
        ),
        (
            &["--set", "epochs=many"],
            expect![[r#"
            error: --set epochs=many: `epochs` takes u32: `many` is not a whole number (Passes over the data)
            see `train --help`
        "#]],
        ),
        (
            &["--sweep", "epochs=3..1"],
            expect![[r#"
            error: --sweep epochs=3..1: the range `3..1` is empty
            see `train --help`
        "#]],
        ),
        (
            &["--zip"],
            expect![[r#"
            error: --zip pairs the fields of --sweep, and there is none
            see `train --help`
        "#]],
        ),
        (
            &["--configs", "bad.toml"],
            expect![[r#"
                error: --configs bad.toml:2:17: config 1: `learning_rate` takes f64: invalid type: string "x", expected f64 (Step size)
                see `train --help`
            "#]],
        ),
        (
            &["--configs", "none.toml"],
            expect![[r#"
            error: --configs none.toml: cannot read the file: No such file or directory (os error 2)
            see `train --help`
        "#]],
        ),
        (
            &["--list", "--where", "epochs=1"],
            expect![[r#"
            error: --where epochs=1 selects none of 2 runs: `epochs` is 100
            see `train --help`
        "#]],
        ),
        (
            &["--where", "output.los<1"],
            expect![[r#"
            error: --where output.los<1: `output`: no field `los`; did you mean `loss`? (fields: loss, steps)
            see `train --help`
        "#]],
        ),
    ] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(2), "{ended}");
        expected.assert_eq(&ended.stderr);
    }
    assert!(session.ran().is_empty());
    assert!(!session.path("out").exists());
}

#[test]
fn expressions_select_by_config_output_and_state() {
    let session = train();
    session.start(&["-q", "--where", "learning_rate=0.05.."]);
    assert_eq!(session.ran(), ["lr=0.1 epochs=100 seed=1"]);
    let rate = |rate: &str| [format!("train learning_rate={rate}")];
    assert_eq!(labels(&session, &["--where", "state=cached"]), rate("0.1"));
    assert_eq!(
        labels(&session, &["--where", "state!=cached"]),
        rate("0.01")
    );
    assert_eq!(labels(&session, &["--where", "output.loss<1"]), rate("0.1"));
    assert_eq!(labels(&session, &["--where", "duration<1h"]), rate("0.1"));
    assert_eq!(
        labels(
            &session,
            &["--where", "label~0.01", "--where", "epochs=100,200"]
        ),
        rate("0.01")
    );
    session.start(&["-q", "--rerun", "--where", "learning_rate=0.1"]);
    assert_eq!(session.ran(), ["lr=0.1 epochs=100 seed=1"]);
    let report = session.start(&["--report", "--format=csv", "--where=state=cached"]);
    assert_eq!(report.code, Some(0), "{report}");
    assert_eq!(report.stdout.lines().count(), 2, "{report}");
    let dry = session.start(&["--dry-run", "--where", "learning_rate<0.05"]);
    assert!(dry.stdout.contains("1 of 1 run would run"), "{dry}");
}

#[test]
fn a_miss_is_explained_by_the_nearest_run() {
    let mut session = train();
    let why = session.start(&["--why"]);
    assert!(
        why.stdout.contains("nothing is stored that is like it"),
        "{why}"
    );
    session.start(&["-q"]);
    session.check(
        &["--why"],
        expect![[r#"
        nothing to explain: every config is cached
    "#]],
    );
    session.check(
        &[
            "--why",
            "--set",
            "epochs=200",
            "--set",
            "optimizer.momentum.beta=0.9",
            "--where",
            "learning_rate=0.1",
        ],
        expect![[r#"
            missing  4b42494c5a3f3496  train learning_rate=0.1
                     nearest: train-e4e4a2a48bfc6512, computed TIME ago
                       epochs: 100 → 200
                       optimizer: sgd → momentum
                       optimizer.momentum.beta: (none) → 0.9
        "#]],
    );
    session.check(
        &["--why", "0.01"],
        expect![[r#"
        cached   7ea1bfc4fbb2ac0d  train learning_rate=0.01
                 computed TIME ago in TIME, by this build of the program
    "#]],
    );
    session.set("TRAIN_STAGE", "second");
    session.check(
        &["--why", "0.01"],
        expect![[r#"
            missing  224fe97478af0915  train learning_rate=0.01
                     nearest: train-7ea1bfc4fbb2ac0d of version 1, computed TIME ago
                       VERSION: 1 → 2
        "#]],
    );
    session.set("TRAIN_STAGE", "renamed");
    session.check(&["--why", "0.01"], expect![[r#"
        missing  afc60096073c0b12  renamed learning_rate=0.01
                 nearest: train-7ea1bfc4fbb2ac0d of the experiment `train`, computed TIME ago
                   every field is the same: the experiment's name changed; `Experiment::name` can bring it back
    "#]]);
    session.set("TRAIN_STAGE", "first");
    let many = session.start(&["--why", "--sweep", "epochs=1..=50"]);
    assert!(
        many.stdout
            .ends_with("and 80 more runs; name one to have it explained\n"),
        "{many}"
    );
}

#[test]
fn all_shows_what_no_config_reaches() {
    let session = train();
    session.start(&["-q"]);
    session.start(&["-q", "--sweep", "epochs=1..4"]);
    assert_eq!(labels(&session, &[]).len(), 2);
    assert_eq!(labels(&session, &["--all"]).len(), 8);
    assert_eq!(labels(&session, &["--all", "--where", "epochs=2"]).len(), 2);
    let report = session.start(&["--report", "--all", "--format", "csv"]);
    assert_eq!(report.stdout.lines().count(), 9, "{report}");
    let run = session.start(&["--all"]);
    assert_eq!(run.code, Some(2));
    // What has another type now is counted, not shown.
    let mut other = session;
    other.set("TRAIN_STAGE", "second");
    assert_eq!(labels(&other, &["--all"]).len(), 2);
}

#[test]
fn another_build_is_told_and_runs_again_only_when_asked() {
    let session = train();
    session.start(&["-q"]);
    let other = session.path("train");
    copy_as_another_build(Path::new(TRAIN), &other);
    let start = |args: &[&str]| {
        let mut command = std::process::Command::new(&other);
        command
            .args(args)
            .current_dir(session.path("."))
            .env("NO_COLOR", "1");
        session.ended(&command.output().expect("it can be started"))
    };
    let listed = start(&["--list"]);
    assert_eq!(
        listed.stdout.matches("(another build)").count(),
        2,
        "{listed}"
    );
    assert!(!session.start(&["--list"]).stdout.contains("another build"));
    assert!(
        start(&["--why", "0.01"])
            .stdout
            .contains("by another build of the program")
    );
    assert!(start(&["-q"]).stderr.is_empty());
    assert_eq!(session.ran().len(), 2, "only the first program has run");
    start(&[
        "-q",
        "--where",
        "build=other",
        "--where",
        "learning_rate=0.1",
        "--rerun",
    ]);
    let listed = start(&["--list"]);
    assert_eq!(
        listed.stdout.matches("(another build)").count(),
        1,
        "{listed}"
    );
}

#[test]
fn what_selects_nothing_makes_no_directory() {
    let session = train();
    for args in [
        &["--where=learning_rate=5"][..],
        &["--all", "--where=state=cached"],
    ] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(!session.path("out").exists(), "{args:?}");
    }
    let ended = session.start(&["--where=learning_rate=0.1"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(session.directories().len(), 1);
}

#[test]
fn what_is_listed_can_be_given_back() {
    let session = train();
    let args = [
        "--set",
        "note=none",
        "--sweep",
        r#"note="none",a b,[x]"#,
        "--sweep=optimizer=sgd,{momentum: {beta: 0.1}}",
    ];
    let listed = session.start(&[&["--list", "--format", "json"][..], &args].concat());
    let runs: serde_json::Value = serde_json::from_str(&listed.stdout).expect("it is JSON");
    let runs = runs.as_array().cloned().unwrap_or_default();
    assert_eq!(runs.len(), 12, "{listed}");
    for run in runs {
        let config = run["config"].as_object().cloned().unwrap_or_default();
        let sets = config
            .iter()
            .flat_map(|(path, value)| ["--set".to_owned(), format!("{path}={value}")]);
        let sets: Vec<String> = sets.collect();
        let mut args = vec!["--list", "--format=json", "--where=learning_rate>0"];
        args.extend(sets.iter().map(String::as_str));
        let given = session.start(&args);
        let key = format!("\"key\":{}", run["key"]);
        assert!(given.stdout.contains(&key), "{run}: {given}");
    }
}

#[test]
fn any_run_has_a_short_label_and_can_be_selected() {
    // Two long notes made one long label, which selected both.
    let session = train();
    let note = "Read the text with care. ".repeat(100);
    let sweep = format!("--sweep=note={note}a,{note}b");
    let args = ["--where=learning_rate=0.1", &sweep];
    let found = labels(&session, &args);
    assert_eq!(found.len(), 2);
    for label in &found {
        assert!(label.chars().count() < 120, "{label}");
        assert_eq!(
            labels(&session, &[&args[..], &[label]].concat()),
            std::slice::from_ref(label)
        );
        let (_, key) = label.rsplit_once(' ').expect("it ends in the key");
        let start = &key[..8];
        assert_eq!(
            labels(&session, &[&args[..], &[start]].concat()),
            std::slice::from_ref(label)
        );
        session.start(&[&args[..], &["-q", start]].concat());
        assert_eq!(session.ran().len(), 1);
    }
}
