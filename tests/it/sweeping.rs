//! The configs that `--sweep`, `--zip` and `--replicates` make in a whole program.

use std::{fs, io::Write as _, process::Stdio};

use crate::{
    program::{Ended, Session},
    selecting::{TRAIN, labels},
};

#[test]
fn a_product_keeps_the_values_that_lack_a_field() {
    let session = Session::new(TRAIN);
    let args = [
        "--where=learning_rate=0.1",
        "--sweep=optimizer=sgd,momentum",
        "--sweep=optimizer.momentum.beta=0.5,0.9",
    ];
    assert_eq!(
        labels(&session, &args),
        [
            "train optimizer=sgd",
            "train optimizer=momentum optimizer.momentum.beta=0.5",
            "train optimizer=momentum optimizer.momentum.beta=0.9",
        ]
        .map(|label| label.replacen("train", "train learning_rate=0.1", 1))
    );
}

#[test]
fn replicates_add_to_those_that_are_there() {
    let session = Session::new(TRAIN);
    let seeds = |count: &str| labels(&session, &["--sweep=seed=1..=5", "--replicates", count]);
    assert_eq!(seeds("3").len(), 6);
    assert_eq!(seeds("7").len(), 14);
}

#[test]
fn a_value_that_may_mean_two_things_is_refused() {
    let session = Session::new(TRAIN);
    for (args, expected) in [
        (
            &["--set", "note='quick'"][..],
            "error: --set note='quick': `note` takes Option<String>: write `quick`, or `\"'quick'\"` with its quotes, not \
             `'quick'`\n",
        ),
        (
            &["--sweep", r#"note="a\bar",b"#],
            "error: --sweep note=\"a\\bar\",b: `note` takes Option<String>: write `\"a\\\\bar\"` for a backslash, or `\\u0008` \
             in place of `\\b` for a backspace: `\"a\\bar\"` may be either\n",
        ),
        (
            &["--where", "note='a'"],
            "error: --where note='a': `note` takes Option<String>: write `a`, or `\"'a'\"` with its quotes, not `'a'`\n",
        ),
    ] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.starts_with(expected), "{ended}");
    }
}

#[test]
fn configs_come_from_a_pipe() {
    let session = Session::new(TRAIN);
    let json =
        r#"[{"learning_rate": 1, "epochs": 3, "optimizer": "sgd", "note": null, "seed": 5}]"#;
    let toml = "[[config]]\nlearning_rate = 1\nepochs = 3\noptimizer = \"sgd\"\nseed = 5\n";
    let listed = |command: &mut std::process::Command, text: &str| {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        stdin.write_all(text.as_bytes()).expect("it is read");
        drop(stdin);
        let ended = session.end(child);
        assert_eq!(ended.code, Some(0), "{ended}");
        ended.stdout
    };
    for text in [
        json,
        toml,
        &format!("\u{feff}{json}"),
        &format!("\u{feff}{toml}"),
    ] {
        for name in ["-", "/dev/stdin"] {
            let shown = listed(&mut session.command(&["--list", "--configs", name]), text);
            assert!(shown.contains("train"), "{shown}");
        }
        // Without its name, a file ends in the name of its format.
        let name = if text.contains("[[") {
            "a.toml"
        } else {
            "a.json"
        };
        fs::write(session.path(name), text).expect("it can be written");
        let ended = session.start(&["--list", "--configs", name]);
        assert_eq!(ended.code, Some(0), "{ended}");
    }
}

#[test]
fn exports_have_the_states_of_the_list() {
    let session = Session::new(TRAIN);
    session.start(&["-q"]);
    let damaged = session
        .out_dir("train learning_rate=0.1")
        .join("result.postcard");
    let result = fs::read(&damaged).expect("there is a result");
    fs::write(&damaged, &result[..result.len() / 2]).expect("it can be written");
    let states = |ended: Ended| {
        let words = ["done", "missing", "stale", "failed", "corrupt", "running"];
        let mut found = words.map(|word| ended.stdout.matches(word).count());
        found.reverse();
        found
    };
    for format in ["csv", "json"] {
        let report = session.start(&["--report", "--format", format]);
        assert_eq!(states(report), [0, 1, 0, 0, 0, 1], "{format}");
    }
}

#[test]
fn runs_are_started_in_the_order_that_is_asked_for() {
    let given: Vec<String> = (1..=8)
        .flat_map(|epochs| [1, 2].map(|seed| format!("epochs={epochs} seed={seed}")))
        .collect();
    let started = |order: &str| {
        let session = Session::new(TRAIN);
        let args = [
            "--where=learning_rate=0.1",
            "--sweep=epochs=1..=8",
            "--sweep=seed=1,2",
            "--progress=plain",
            "-v",
            order,
        ];
        let ended = session.start(&args);
        let done = ended.stderr.lines().filter(|line| line.contains("] done "));
        let labels = done.filter_map(|line| line.split_once("learning_rate=0.1 "));
        let labels = labels.filter_map(|(_, rest)| rest.split_once(" ("));
        let labels: Vec<String> = labels.map(|(label, _)| label.to_owned()).collect();
        assert_eq!(labels.len(), given.len(), "{ended}");
        labels
    };
    assert_eq!(started("--order=as-given"), given);
    assert_eq!(started("--order=longest"), given);
    let mixed = started("--order=random");
    assert_ne!(mixed, given);
    // The same at each start.
    assert_eq!(started("--order=random"), mixed);
    let early = |field: &str| {
        mixed[..8]
            .iter()
            .filter(|label| label.contains(field))
            .count()
    };
    assert!((1..8).contains(&early("seed=1")), "{mixed:?}");
}

#[test]
fn a_zip_of_some_fields_is_kept_in_printed_commands() {
    let session = Session::new(TRAIN);
    let args = [
        "--zip=epochs,seed",
        "--sweep=epochs=1,2",
        "--sweep=learning_rate=1,2,3",
        "--sweep=seed=5,6",
    ];
    assert_eq!(labels(&session, &args).len(), 6);
    let report = session.start(&[&args[..], &["--report"]].concat());
    assert!(
        report.stderr.contains(
            "`train --zip=epochs,seed --sweep epochs=1,2 --sweep learning_rate=1,2,3 --sweep seed=5,6` runs what is missing"
        ),
        "{report}"
    );
}
