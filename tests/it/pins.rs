//! What is stored and shown of every shape and rule, compared with files in `tests/pins/`, which `UPDATE_EXPECT=1` writes.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
};

use expect_test::expect_file;

use crate::{
    program::Session,
    result_file::{settle, text},
};

/// The file of this name in `tests/pins/`.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("pins")
        .join(name)
}

/// Compares a text with the file of this name.
pub(crate) fn check(name: &str, actual: &str) {
    // Git takes a file for text as long as it has none of the first.
    let actual = actual.replace('\0', "␀").replace('\u{1b}', "␛");
    expect_file![path(name)].assert_eq(&actual);
}

/// All that a program shows, one command after the other.
pub(crate) fn shown(session: &Session, commands: &[&str]) -> String {
    let mut text = String::new();
    for command in commands {
        let args: Vec<&str> = command.split_whitespace().collect();
        let _ = write!(text, "$ {command}\n{}", session.start(&args));
    }
    text
}

/// The text without the values of these fields of its JSON: `VALUE` or 0 is in their place.
pub(crate) fn without(text: &str, fields: &[&str]) -> String {
    let mut text = text.to_owned();
    for field in fields {
        let field = format!("\"{field}\":");
        let mut parts = text.split(&field);
        let mut changed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let value = part.trim_start();
            let (end, other) = match value.strip_prefix('"') {
                Some(inside) => {
                    let end = inside.replace("\\\"", "..").find('"');
                    (end.map(|end| end + 2), "\"VALUE\"")
                }
                None if value.starts_with("null") => (Some(4), "null"),
                None => (value.find([',', '}', '\n']), "0"),
            };
            changed = changed + &field + other + &value[end.expect("the value ends")..];
        }
        text = changed;
    }
    text
}

/// The files in and below `directory` that are wanted, with their paths.
pub(crate) fn files(
    directory: &Path,
    is_wanted: &dyn Fn(&Path) -> bool,
) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).expect("directories can be listed") {
        let path = entry.expect("entries can be read").path();
        if path.is_dir() {
            found.append(&mut files(&path, is_wanted));
        } else if is_wanted(&path) {
            let content = fs::read(&path).expect("files can be read");
            found.insert(path, String::from_utf8_lossy(&content).into_owned());
        }
    }
    found
}

/// What is another time, place or program in every `run.json` and note.
pub(crate) const CHANGING: [&str; 9] = [
    "started",
    "finished",
    "duration_s",
    "host",
    "pid",
    "build",
    "backtrace",
    "at_ns",
    "duration_ns",
];

/// `run.json`, notes and events: what a program wrote beside the results.
fn records(session: &Session) -> String {
    let events = fs::read_to_string(session.path("events")).expect("there are events");
    // What a run stores is written beside the next one, so their lines may change places.
    let mut lines: Vec<&str> = events.lines().collect();
    lines.sort_by_key(|line| line.split_once("\"run\":").map(|(_, run)| run));
    let changing = ["at", "pid", "duration_s", "elapsed_s", "backtrace"];
    let mut records = without(&lines.join("\n"), &changing) + "\n";
    for (path, content) in files(&session.path("out"), &|path| {
        let others = ["result.postcard", "locks", ".gitignore"];
        !others.iter().any(|name| path.ends_with(name))
    }) {
        let path = path.strip_prefix(session.path("")).expect("it is inside");
        let content = without(&content, &CHANGING);
        let _ = writeln!(records, "== {}\n{content}", path.display());
    }
    records
}

/// Runs all configs of an experiment, and compares all that there is of it.
fn pin(experiment: &str, again: &[&str]) {
    let session = Session::new(env!("CARGO_BIN_EXE_pins")).with("PINS", experiment);
    // The help has columns that depend on how long the program's path is.
    let help = session.command(&["--help"]).arg0("pins").output();
    let help = session.ended(&help.expect("the program can be started"));
    let before = shown(&session, &["--list", "--dry-run", "-q --events events"]);
    check(&format!("{experiment}.records.txt"), &records(&session));
    let mut results = String::new();
    let files = files(&session.path("out"), &|path| {
        path.ends_with("result.postcard")
    });
    for (number, path) in (0..).zip(files.keys()) {
        settle(path, number);
        let bytes = fs::read(path).expect("it is there");
        let _ = writeln!(results, "{}", text(&bytes));
    }
    check(&format!("{experiment}.results.txt"), &results);
    let after = shown(&session, again);
    check(
        &format!("{experiment}.shown.txt"),
        &format!("{help}{before}{after}"),
    );
}

#[test]
fn every_shape() {
    pin(
        "shapes",
        &[
            "--list --format json",
            "--report --format markdown",
            "--report --format csv",
            "--report --format json",
            "--why --set count=7",
            "--list --where output.choice=Newtype",
        ],
    );
}

#[test]
fn every_rule() {
    pin(
        "rules",
        &[
            "--list -v",
            "--list --format json",
            "--report --format table",
            "--report --format markdown",
            "--report --format csv",
            "--report --format json",
            "--dry-run --set decay=0.25",
            "--why --set seed=99 --set decay=3",
            "--why --set threads=5 --set verbose=true",
            "--list --replicates 2",
            "--keep counting",
            "--list --all counting",
        ],
    );
}

#[test]
fn completions() {
    let session = Session::new(env!("CARGO_BIN_EXE_pins"));
    check(
        "completions.txt",
        &shown(
            &session,
            &[
                "--completions bash",
                "--completions zsh",
                "--completions fish",
            ],
        ),
    );
}
