//! The rules of the house.

mod core;
mod examples;
mod modules;
mod rooms;
mod tokens;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The longest that a source file may be, in lines.
const LINES_MAX: usize = 450;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files below `directory` of the project, with their text.
fn sources(directory: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(directory)];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).expect("the project's directories can be listed") {
            let path = entry.expect("entries can be read").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("sources are text");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {directory}");
    found
}

/// Fails for every file below `directory` that has one of `words`, except where `allowed` is a part of its path.
fn forbid(directory: &str, words: &[&str], allowed: &[&str]) {
    let mut wrong = Vec::new();
    for (path, text) in sources(directory) {
        let shown = path.display().to_string();
        if allowed.iter().any(|part| shown.contains(part)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{shown}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{words:?} must not be in {directory}:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_engine_prints_nothing() {
    forbid(
        "runner-core/src/execute",
        &["println!", "eprintln!", "io::stdout", "io::stderr"],
        &[],
    );
}

/// What is generic over the experiment is compiled again in every program.
#[test]
fn what_surrounds_the_types_is_compiled_once() {
    for directory in ["execute", "store", "plan", "cli"] {
        forbid(
            &format!("runner-core/src/{directory}"),
            &["<E: Experiment", "<D: Disk"],
            &["/cli/failure.rs"],
        );
    }
    let typed = ["runs", "rows", "sample", "tests"];
    let typed = typed.map(|name| format!("/report/{name}.rs"));
    let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
    forbid("runner-core/src/report", &["<E: Experiment"], &typed);
    forbid("runner-core/src/plan", &["<C: Config"], &[]);
}

#[test]
fn the_core_does_not_know_the_derive() {
    let manifest = fs::read_to_string(root().join("runner-core/Cargo.toml"))
        .expect("the manifest can be read");
    let (normal, dev) = manifest
        .split_once("[dev-dependencies]")
        .expect("the tests have dependencies");
    assert!(!dev.contains("dependencies]"), "they are the last");
    assert!(
        !normal.contains("runner-derive"),
        "only the tests of runner-core may use the derive"
    );
}

/// Users depend on `runner` alone, so the examples in its documentation import that.
#[test]
fn the_documentation_names_the_crate_that_users_have() {
    forbid("runner-core/src", &["runner_core::"], &[]);
}

#[test]
fn every_file_is_one_noun() {
    for directory in [
        "src",
        "runner-core/src",
        "runner-derive/src",
        "examples",
        "benches",
        "tests/it",
        "tests/programs",
    ] {
        for (path, text) in sources(directory) {
            let lines = text.lines().count();
            assert!(
                lines <= LINES_MAX,
                "{} has {lines} lines; {LINES_MAX} are the limit",
                path.display()
            );
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for directory in [
        "src",
        "runner-core/src",
        "runner-derive/src",
        "examples",
        "benches",
        "tests/programs",
    ] {
        forbid(
            directory,
            &[
                "todo!(",
                "unimplemented!(",
                "TODO",
                "FIXME",
                "#[ignore",
                "should_panic",
            ],
            &[],
        );
    }
}
