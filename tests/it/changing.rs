//! The sessions in the README's section "Changing what runs" are what really happens. `UPDATE_DOCS=1` writes them anew.

use std::{fmt::Write as _, fs, path::Path};

use crate::{program::Session, selecting::TRAIN};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

/// Where the section starts and what comes behind it.
const SECTION: (&str, &str) = ("## Changing what runs\n", "\n## ");

/// The document with what its commands print now.
fn played(document: &str, session: &Session) -> String {
    let mut played = String::new();
    let mut is_console = false;
    for line in document.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if is_console {
            let Some(command) = line.strip_prefix("$ ") else {
                continue;
            };
            // Writing into a `String` cannot fail.
            let _ = writeln!(played, "{line}");
            played.push_str(&output(command, session));
            continue;
        }
        let _ = writeln!(played, "{line}");
    }
    played
}

fn output(command: &str, session: &Session) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("{{ {command}; }} 2>&1")])
        .current_dir(session.path("."))
        .env("PATH", format!("{}:{path}", session.path("bin").display()))
        .env("NO_COLOR", "1")
        .env_remove("TRAIN_STAGE")
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("there is a shell");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The text without what differs from run to run: numbers before a unit, and the blanks in front of them.
fn without_measures(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let units = [
        "B", "kB", "MB", "µs", "ms", "s", "m", "h", "s,", "ms,", "B;", "kB;", "B,",
    ];
    let is_unit = |word: &&str| {
        units.iter().any(|unit| {
            word.strip_prefix(unit)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'))
        })
    };
    let mut kept = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if words.get(index + 1).is_some_and(is_unit) {
            continue;
        }
        kept.push(if is_unit(word) {
            word.split_once('\n').map_or("", |(_, rest)| rest)
        } else {
            word
        });
    }
    kept.join(" ")
}

/// Compares a section of the document with what its commands print in `session`, or writes it anew.
pub(crate) fn check(section: (&str, &str), session: &Session, normal: fn(&str) -> String) {
    let document = fs::read_to_string(Path::new(DOCUMENT)).expect("it can be read");
    let start = document.find(section.0).expect("the section is there");
    let length = document[start..].find(section.1).expect("it has an end");
    let written = &document[start..=start + length];
    let played = normal(&played(written, session));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        // Another test may have written its own section in the meantime.
        let document = fs::read_to_string(Path::new(DOCUMENT)).expect("it can be read");
        fs::write(DOCUMENT, document.replace(written, &played)).expect("it can be written");
        return;
    }
    let (written, played) = (without_measures(written), without_measures(&played));
    for (written, played) in written.lines().zip(played.lines()) {
        assert_eq!(written, played, "UPDATE_DOCS=1 writes the sessions anew");
    }
    assert_eq!(written.lines().count(), played.lines().count());
}

/// A session in which the program is called by its name.
pub(crate) fn named(name: &str, program: &'static str) -> Session {
    let session = Session::new(program);
    let directory = session.path("bin");
    fs::create_dir(&directory).expect("it can be made");
    std::os::unix::fs::symlink(program, directory.join(name)).expect("it can be linked");
    session
}

#[test]
fn the_document_says_what_happens() {
    check(SECTION, &named("train", TRAIN), str::to_owned);
}
