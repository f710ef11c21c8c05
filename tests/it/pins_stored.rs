//! An output directory that programs with runner 0.1.0 wrote, kept in `tests/pins/stored.txt`, and what today's make of it.
//!
//! `MAKE_PINS=1` writes another one, with today's programs. What was written before must stay readable, so that is for content
//! that is not there yet.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use crate::{
    pins::{CHANGING, check, files, path, shown, without},
    program::{SAMPLE, Session},
    result_file::{BUILD, hexadecimal, seal, settle},
};

const EVOLVE: &str = env!("CARGO_BIN_EXE_evolve");
const RESUME: &str = env!("CARGO_BIN_EXE_resume");
const TRAIN: &str = env!("CARGO_BIN_EXE_train");
const VERSIONS: &str = env!("CARGO_BIN_EXE_versions");

type Variables = &'static [(&'static str, &'static str)];

/// The variables of a program in which one field is something, with its value and what is claimed of it.
macro_rules! claims {
    ($program:literal, $value:literal, $was:literal) => {
        [
            ("VERSIONS_PROGRAM", concat!("claims ", $program)),
            ("VERSIONS_VALUE", $value),
            ("VERSIONS_WAS", $was),
        ]
    };
}

/// Every start of a program that stored something.
const STARTS: &[(&str, Variables, &str)] = &[
    (VERSIONS, &[("VERSIONS_PROGRAM", "first")], "-q"),
    (VERSIONS, &[("VERSIONS_PROGRAM", "renamed")], "-q"),
    (VERSIONS, &[("VERSIONS_PROGRAM", "added")], "-q"),
    (VERSIONS, &[("VERSIONS_PROGRAM", "removed")], "-q"),
    (VERSIONS, &[("VERSIONS_PROGRAM", "skipped")], "-q"),
    (VERSIONS, &[("VERSIONS_PROGRAM", "nested")], "-q"),
    (VERSIONS, &claims!("absent", "", ""), "-q"),
    (VERSIONS, &claims!("field", "1", ""), "-q"),
    (VERSIONS, &claims!("skipped", "8", "5"), "-q"),
    (VERSIONS, &claims!("removed", "", "3"), "-q"),
    (VERSIONS, &claims!("added", "1", "1"), "-q"),
    (VERSIONS, &claims!("added", "4", "1"), "-q"),
    (EVOLVE, &[("EVOLVE", "base")], "-q"),
    (EVOLVE, &[("EVOLVE", "added")], "-q"),
    (EVOLVE, &[("EVOLVE", "added_used")], "-q"),
    (EVOLVE, &[("EVOLVE", "odd_values")], "-q"),
    (EVOLVE, &[("EVOLVE", "second_version")], "-q"),
    // One key, so each sets the one before aside.
    (EVOLVE, &[("EVOLVE", "out_base")], "-q"),
    (EVOLVE, &[("EVOLVE", "pair")], "-q"),
    (EVOLVE, &[("EVOLVE", "list")], "-q"),
    (EVOLVE, &[("EVOLVE", "set")], "-q"),
    (EVOLVE, &[("EVOLVE", "variants")], "-q"),
    (TRAIN, &[], "-q"),
    (TRAIN, &[], "-q --set epochs=200"),
    (TRAIN, &[("TRAIN_STAGE", "second")], "-q 0.01"),
    (TRAIN, &[("TRAIN_STAGE", "renamed")], "-q 0.1"),
    (TRAIN, &[], "--keep --set epochs=200 0.1"),
    (RESUME, &[("RESUME_STEPS", "10"), FAIL_AT_4], "-q"),
    (RESUME, &[("RESUME_STEPS", "11"), FAIL_AT_4], "-q"),
    (RESUME, &[("RESUME_STEPS", "12"), FAIL_AT_4], "-q"),
    (RESUME, &[("RESUME_STEPS", "13"), FAIL_AT_4], "-q"),
    (SAMPLE, &[SAMPLES, ("SAMPLE_FAIL", "1,14")], "-q"),
    (SAMPLE, &[SAMPLES, ("SAMPLE_FAIL", "1")], "-q"),
    (
        SAMPLE,
        &[SAMPLES, ("SAMPLE_FAIL", "13")],
        "-q --rerun --where index=13",
    ),
    (SAMPLE, &[], "-q --set rate=0.25 --where index=0,2"),
    (SAMPLE, &[], "--keep --set rate=0.25 --where index=2"),
    (SAMPLE, &[("SAMPLE_EXPERIMENT", "other")], "-q 5"),
];

const SAMPLES: (&str, &str) = ("SAMPLE_CONFIGS", "15");
const FAIL_AT_4: (&str, &str) = ("RESUME_FAIL_AT", "4");

/// What is done to the result of a run of `sample`, by its index.
fn damage(index: u64, run: &Path, result: &Path, first: &Path) {
    let mut bytes = fs::read(result).unwrap_or_default();
    let end = bytes.len().saturating_sub(16);
    let renamed = |suffix: &str| {
        let name = run.file_name().expect("it has a name").to_string_lossy();
        run.with_file_name(name.into_owned() + suffix)
    };
    match index {
        2 => bytes.truncate(end),
        3 => bytes[end / 2] ^= 1,
        4 => bytes = b"garbage".repeat(30),
        5 => {
            bytes[8] = 2;
            seal(&mut bytes);
        }
        6 => return fs::remove_file(result).expect("it can be removed"),
        7 => return fs::rename(run, renamed("~3")).expect("it can be renamed"),
        8 => return fs::rename(run, renamed("+1")).expect("it can be renamed"),
        9 => {
            bytes[12..28].reverse();
            let to = run.with_file_name(format!("odd-{}", hexadecimal(&bytes[12..28])));
            return fs::rename(run, to).expect("it can be renamed");
        }
        11 => {
            fs::create_dir(renamed("~1")).expect("it can be made");
            fs::write(renamed("~1").join("result.postcard"), &bytes).expect("it can be written");
            bytes.clear();
        }
        12 => bytes = fs::read(first).expect("it is there"),
        _ => return,
    }
    fs::write(result, bytes).expect("it can be written");
}

/// Lets all programs store what they store, spoils some of it, and writes it all down.
fn make() -> String {
    let mut session = Session::new(SAMPLE);
    for (program, variables, args) in STARTS {
        session.switch(program, variables);
        session.start(&args.split_whitespace().collect::<Vec<_>>());
    }
    let out = session.path("out");
    let all = files(&out, &|path| path.ends_with("result.postcard"));
    for (number, result) in (0..).zip(all.keys()) {
        settle(result, number);
    }
    let mut samples = BTreeMap::new();
    for (record, content) in files(&out, &|path| path.ends_with("run.json")) {
        let run: serde_json::Value = serde_json::from_str(&content).expect("it is JSON");
        let content = without(&content, &CHANGING);
        let (config, run_dir) = (&run["config"], record.parent());
        if run["experiment"] == "sample" && config["rate"] == 0.5 {
            let run_dir = run_dir.expect("it is in a directory").to_owned();
            samples.insert(config["index"].as_u64(), run_dir);
        }
        // As nobody reads them, a few are enough.
        if run["experiment"] == "sample" && config["index"].as_u64() < Some(3) {
            fs::write(&record, content).expect("it can be written");
        } else {
            fs::remove_file(record).expect("it can be removed");
        }
    }
    let first = samples[&Some(0)].join("result.postcard");
    for (index, run) in &samples {
        let result = run.join("result.postcard");
        damage(index.expect("it is a number"), run, &result, &first);
    }
    for (note, content) in files(&out.join(".runner/failed"), &|_| true) {
        let content = without(&content, &["host", "backtrace", "build"]);
        let build = format!("\"build\":\"{}\"", hexadecimal(&BUILD));
        let content = content.replace("\"build\":\"VALUE\"", &build);
        fs::write(note, content).expect("it can be written");
    }
    for other in [
        "README",
        "of a user/notes",
        "even-0123456789abcdef.pruned/artifact.txt",
    ] {
        let path = out.join(other);
        fs::create_dir_all(path.parent().expect("it is inside")).expect("it can be made");
        fs::write(path, other).expect("it can be written");
    }
    let checkpoints = files(&out.join(".runner/checkpoints"), &|_| true);
    for (number, checkpoint) in checkpoints.keys().enumerate() {
        let mut bytes = fs::read(checkpoint).expect("it is there");
        bytes[60..76].copy_from_slice(&BUILD);
        seal(&mut bytes);
        bytes[100] ^= u8::from(number == 0);
        fs::write(checkpoint, bytes).expect("it can be written");
    }
    let mut archive = String::new();
    for path in files(&out, &|_| true).into_keys() {
        let bytes = fs::read(&path).expect("it is there");
        let path = path.strip_prefix(&out).expect("it is inside").display();
        let _ = writeln!(archive, "{path}\t{}", bytes.escape_ascii());
    }
    archive
}

/// The bytes that [`escape_ascii`](u8::escape_ascii) wrote.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match (byte == b'\\').then(|| rest.next()).flatten() {
            Some(b'x') => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit(), digit());
                let number = high.zip(low).map(|(high, low)| high * 16 + low);
                u8::try_from(number.expect("two digits")).expect("it is a byte")
            }
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(escaped) => escaped,
            None => byte,
        });
    }
    bytes
}

/// A session whose output directory is the stored one.
fn session() -> Session {
    static ARCHIVE: LazyLock<String> = LazyLock::new(|| {
        let archive = path("stored.txt");
        if std::env::var_os("MAKE_PINS").is_some() {
            fs::write(&archive, make()).expect("it can be written");
        }
        fs::read_to_string(archive).expect("there is an archive")
    });
    let session = Session::new(SAMPLE);
    for line in ARCHIVE.lines() {
        let (inside, content) = line.split_once('\t').expect("a path and a content");
        let path: PathBuf = session.path("out").join(inside);
        fs::create_dir_all(path.parent().expect("it is inside")).expect("it can be made");
        fs::write(path, unescaped(content)).expect("it can be written");
    }
    session
}

/// Compares what programs say of the stored directory, one after the other.
fn pin(name: &str, mut session: Session, looks: &[(&'static str, Variables, &[&str])]) -> Session {
    let mut text = String::new();
    for (program, variables, commands) in looks {
        session.switch(program, variables);
        let _ = write!(text, "== {variables:?}\n{}", shown(&session, commands));
        for run in session.ran() {
            let _ = writeln!(text, "ran: {run}");
        }
    }
    check(name, &text);
    session
}

const USUAL: &[&str] = &["--list -v", "--why", "--report"];

#[test]
fn stored_versions() {
    let nested = ["--list --format json", "--list --all", "--prune", "-q"];
    pin(
        "stored.versions.txt",
        session(),
        &[
            (VERSIONS, &[("VERSIONS_PROGRAM", "first")], USUAL),
            (VERSIONS, &[("VERSIONS_PROGRAM", "renamed")], USUAL),
            (VERSIONS, &[("VERSIONS_PROGRAM", "added")], USUAL),
            (VERSIONS, &[("VERSIONS_PROGRAM", "removed")], USUAL),
            (VERSIONS, &[("VERSIONS_PROGRAM", "skipped")], USUAL),
            (VERSIONS, &[("VERSIONS_PROGRAM", "nested")], USUAL),
            (VERSIONS, &[("VERSIONS_PROGRAM", "nested")], &nested),
            (VERSIONS, &claims!("absent", "", ""), USUAL),
            (VERSIONS, &claims!("field", "1", ""), USUAL),
            (VERSIONS, &claims!("field", "2", ""), USUAL),
            (VERSIONS, &claims!("field", "3", ""), USUAL),
            (VERSIONS, &claims!("field", "4", ""), USUAL),
            (VERSIONS, &claims!("field", "5", ""), USUAL),
            (VERSIONS, &claims!("skipped", "8", "5"), USUAL),
            (VERSIONS, &claims!("skipped", "9", "5"), USUAL),
            (VERSIONS, &claims!("skipped", "9", "1"), USUAL),
            (VERSIONS, &claims!("removed", "", "1"), USUAL),
            (VERSIONS, &claims!("removed", "", "3"), USUAL),
            (VERSIONS, &claims!("removed", "", "5"), USUAL),
            (VERSIONS, &claims!("removed added", "1", "4"), USUAL),
            (VERSIONS, &claims!("added", "1", "1"), USUAL),
            (VERSIONS, &claims!("added", "2", "2"), USUAL),
        ],
    );
}

#[test]
fn stored_types() {
    pin(
        "stored.types.txt",
        session(),
        &[
            (EVOLVE, &[("EVOLVE", "base")], USUAL),
            (EVOLVE, &[("EVOLVE", "base")], &["--list --all", "--prune"]),
            (EVOLVE, &[("EVOLVE", "added")], USUAL),
            (EVOLVE, &[("EVOLVE", "added_changed")], USUAL),
            (EVOLVE, &[("EVOLVE", "keyed")], USUAL),
            (EVOLVE, &[("EVOLVE", "renamed")], USUAL),
            (EVOLVE, &[("EVOLVE", "retyped")], USUAL),
            (EVOLVE, &[("EVOLVE", "skipped")], USUAL),
            (EVOLVE, &[("EVOLVE", "odd_values")], USUAL),
            (EVOLVE, &[("EVOLVE", "second_version")], USUAL),
            (EVOLVE, &[("EVOLVE", "out_base")], USUAL),
            (EVOLVE, &[("EVOLVE", "out_retyped")], USUAL),
            (EVOLVE, &[("EVOLVE", "pair")], USUAL),
            (EVOLVE, &[("EVOLVE", "list")], USUAL),
            (EVOLVE, &[("EVOLVE", "set")], USUAL),
            (EVOLVE, &[("EVOLVE", "variants")], USUAL),
            (EVOLVE, &[("EVOLVE", "variants_swapped")], USUAL),
            (EVOLVE, &[("EVOLVE", "variants_swapped")], &["-q", "--list"]),
            (TRAIN, &[], &["--list --all", "--prune"]),
            (TRAIN, &[("TRAIN_STAGE", "second")], &["--list", "--why"]),
            (TRAIN, &[("TRAIN_STAGE", "renamed")], &["--list", "--why"]),
            (
                TRAIN,
                &[("TRAIN_STAGE", "fewer")],
                &["--prune --old-versions"],
            ),
        ],
    );
}

#[test]
fn stored_damage() {
    let all = [
        "--list -v",
        "--list --format json",
        "--why",
        "--report",
        "--report --format csv",
        "--dry-run",
        "--list --all",
        "--list --all --format json --where rate=0.25",
        "--prune",
        "-q",
        "--list",
        "--prune --yes --older-than 0s",
    ];
    let samples: Variables = &[("SAMPLE_CONFIGS", "16")];
    let session = pin("stored.damage.txt", session(), &[(SAMPLE, samples, &all)]);
    let record = session.path("out/odd-f0214395e532db11/run.json");
    let record = fs::read_to_string(record).expect("it is there");
    check("stored.record.txt", &without(&record, &CHANGING));
}

#[test]
fn stored_damage_without_locks() {
    let session = session();
    fs::write(session.path("out/.runner/lockless"), "").expect("it can be written");
    let samples: Variables = &[("SAMPLE_CONFIGS", "16")];
    let all = ["--list", "-q", "--list", "--prune"];
    pin("stored.lockless.txt", session, &[(SAMPLE, samples, &all)]);
}

#[test]
fn stored_checkpoints() {
    let all: &[&str] = &["--list", "--progress plain"];
    pin(
        "stored.checkpoints.txt",
        session(),
        &[
            (RESUME, &[("RESUME_STEPS", "10")], all),
            (RESUME, &[("RESUME_STEPS", "11")], all),
            (
                RESUME,
                &[("RESUME_STEPS", "12"), ("RESUME_THREADS", "2")],
                all,
            ),
            (
                RESUME,
                &[("RESUME_STEPS", "13"), ("RESUME_STATE", "renamed")],
                all,
            ),
        ],
    );
}
