//! A real process that is killed at random moments.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use crate::program::Session;

const KILLS: usize = 200;
const CONFIGS: usize = 300;

/// When a process is killed.
#[derive(Clone, Copy)]
struct Moment {
    /// Count from when its first run begins, and not from when it is started.
    in_runs: bool,
    delay: Duration,
}

/// Three of four in the first few runs, the others at any time; the same ones every time.
fn moments() -> impl Iterator<Item = Moment> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let in_runs = !random.is_multiple_of(4);
        let range = if in_runs { 6_000 } else { 60_000 };
        Moment {
            in_runs,
            delay: Duration::from_micros(random / 4 % range),
        }
    })
}

/// Starts the program, and kills it after a while.
fn kill_at(session: &Session, args: &[&str], moment: Moment) {
    let mut child = session.spawn(args);
    if moment.in_runs {
        while !session.path("log").exists() && child.try_wait().is_ok_and(|ended| ended.is_none()) {
            std::thread::sleep(Duration::from_micros(500));
        }
    }
    std::thread::sleep(moment.delay);
    // It may have ended by itself.
    let _ = child.kill();
    session.end(child);
}

/// The indexes of the runs that have a result, which is never there without its artifact.
fn with_result(session: &Session) -> BTreeSet<String> {
    let out = session.path("out");
    if !out.exists() {
        return BTreeSet::new();
    }
    let directories = session.directories().into_iter().map(|name| out.join(name));
    directories
        .filter(|directory| directory.join("result.postcard").exists())
        .map(|directory| {
            fs::read_to_string(directory.join("artifact.txt")).expect("artifacts are complete")
        })
        .collect()
}

fn expected_report() -> String {
    let line = |index| {
        let name = if index % 2 == 0 { "even" } else { "odd" };
        format!("{name} {index} {}\n", index * index)
    };
    (0..CONFIGS).map(line).collect()
}

/// The names of all files below a directory.
fn file_names(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).expect("directories can be listed") {
        let path = entry.expect("entries can be read").path();
        if path.is_dir() {
            file_names(&path, names);
        } else {
            let name = path.file_name().unwrap_or_default();
            names.insert(name.to_string_lossy().into_owned());
        }
    }
}

#[test]
fn whatever_was_stored_survives_every_kill() {
    let session = Session::sample(CONFIGS).with("SAMPLE_SLEEP_MS", 2);
    let mut lives = 0;
    let mut stored = BTreeSet::new();
    for moment in moments().take(KILLS) {
        kill_at(&session, &["-j", "2"], moment);
        let ran = session.ran();
        lives += usize::from(!ran.is_empty());
        for run in ran {
            assert!(!stored.contains(&run), "{run} had a result and ran again");
        }
        let stored_now = with_result(&session);
        assert!(stored.is_subset(&stored_now), "a result is gone");
        stored = stored_now;
    }
    assert!(
        lives > KILLS / 4,
        "only {lives} of the processes began a run"
    );

    let ended = session.start(&["-j", "2"]);
    assert_eq!(ended.stdout, expected_report());
    assert_eq!(ended.code, Some(0));
    let last: BTreeSet<String> = session.ran().into_iter().collect();
    assert!(last.is_disjoint(&stored));
    assert_eq!(last.len() + stored.len(), CONFIGS);

    let mut names = BTreeSet::new();
    file_names(&session.path("out"), &mut names);
    // The note of a killed process stays until the next one that runs something.
    names.retain(|name| name.len() != 16 || u64::from_str_radix(name, 16).is_err());
    let expected = [
        ".gitignore",
        "artifact.txt",
        "locks",
        "result.postcard",
        "run.json",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
    assert_eq!(session.directories().len(), CONFIGS);

    let again = session.start(&[]);
    assert_eq!(again.stdout, expected_report());
    assert_eq!(session.ran(), [""; 0]);
}

#[test]
fn a_killed_rerun_leaves_the_old_result() {
    let session = Session::sample(20).with("SAMPLE_SLEEP_MS", 2);
    let report = session.start(&[]).stdout;
    for moment in moments().take(40) {
        session.ran();
        kill_at(&session, &["--rerun"], moment);
        let ended = session.start(&["--report"]);
        assert_eq!(ended.to_string(), report, "something was lost");
    }
    session.ran();
    assert_eq!(session.start(&["-q"]).to_string(), report);
    assert_eq!(session.ran(), [""; 0]);
    // Who was killed right after setting a result aside has left it there. It counts there too, until a run needs the place.
    assert_eq!(with_result(&session).len(), 20);
    let directories = session.directories();
    let places: BTreeSet<&str> = directories
        .iter()
        .map(|name| name.split('~').next().unwrap_or_default())
        .collect();
    assert_eq!(places.len(), 20, "{directories:?}");

    assert_eq!(session.start(&["--rerun", "-q"]).to_string(), report);
    assert_eq!(session.ran().len(), 20);
    for place in places {
        let result = session.path("out").join(place).join("result.postcard");
        assert!(result.exists(), "{place} has no result after a rerun");
    }
}
