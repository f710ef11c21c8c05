//! `--events`: every line is JSON that says what it should.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio, thread, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{end, sample};

/// The events in a file of whole lines.
fn events(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("there are events");
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "half a line: {text}"
    );
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

fn of<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event["event"] == name)
        .collect()
}

fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    let value = event[field].as_str();
    value.unwrap_or_else(|| panic!("no text `{field}` in {event}"))
}

#[test]
fn each_run_is_told_from_start_to_end() {
    let directory = TempDir::new().expect("the temporary directory is writable");
    let path = directory.path().join("events.ndjson");
    fs::write(&path, "what an earlier call wrote").expect("it can be written");
    let ended = end(sample(directory.path()).env("SAMPLE_FAIL", "3").args([
        "-j2",
        "--events",
        "events.ndjson",
    ]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let events = events(&path);

    let opened = &events[0];
    assert_eq!(
        (&opened["event"], &opened["format"]),
        (&"opened".into(), &1.into())
    );
    assert_eq!(
        (text(opened, "experiment"), &opened["version"]),
        ("sample", &1.into())
    );
    assert!(opened["pid"].is_u64());
    let planned = &events[1];
    assert_eq!(planned["event"], "planned");
    for (field, number) in [("selected", 6), ("cached", 0), ("to_run", 6), ("jobs", 2)] {
        assert_eq!(planned[field], number, "{planned}");
    }
    let mut starts = BTreeMap::new();
    for event in of(&events, "started") {
        assert!(
            event["slot"].as_u64().is_some_and(|slot| slot < 2),
            "{event}"
        );
        assert_eq!(event["attempt"], 1);
        starts.insert(text(event, "run"), text(event, "label"));
    }
    assert_eq!(starts.len(), 6);
    assert!(starts.keys().all(|key| key.len() == 32));
    let finished = of(&events, "finished");
    assert_eq!(finished.len(), 5);
    for event in finished {
        assert_eq!(starts[text(event, "run")], text(event, "label"));
        assert!(
            event["duration_s"]
                .as_f64()
                .is_some_and(|seconds| seconds > 0.0)
        );
        assert_eq!(event["elsewhere"], false);
    }
    let [failed] = of(&events, "failed")[..] else {
        panic!("one fails: {events:?}")
    };
    assert_eq!(text(failed, "label"), "odd index=3");
    assert_eq!(text(failed, "error"), "told to fail: the inner cause");
    let last = events.last().expect("there is one");
    assert_eq!(last["event"], "ended");
    for (field, number) in [
        ("cached", 0),
        ("finished", 5),
        ("failed", 1),
        ("missing", 0),
    ] {
        assert_eq!(last[field], number, "{last}");
    }
    assert!(last["elapsed_s"].is_f64());

    let times: Vec<&str> = events.iter().map(|event| text(event, "at")).collect();
    assert!(times.is_sorted() && times[0].ends_with('Z'), "{times:?}");
}

#[test]
fn a_call_without_runs_says_so() {
    let directory = TempDir::new().expect("the temporary directory is writable");
    end(&mut sample(directory.path()));
    let ended = end(sample(directory.path()).args(["-q", "--events=events"]));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let events = events(&directory.path().join("events"));
    let names: Vec<&str> = events.iter().map(|event| text(event, "event")).collect();
    assert_eq!(names, ["opened", "ended"]);
    assert_eq!(events[1]["cached"], 6);
}

#[test]
fn a_place_that_cannot_be_written_is_found_before_anything_runs() {
    let directory = TempDir::new().expect("the temporary directory is writable");
    let log = directory.path().join("log");
    for (path, remedy) in [
        ("nowhere/events", ": make its directory first"),
        (".", ": name a file in it"),
    ] {
        let ended = end(sample(directory.path())
            .env("SAMPLE_LOG", &log)
            .args(["--events", path]));
        assert_eq!(ended.code, Some(2), "{ended:?}");
        let expected = format!("`--events` cannot write to `{path}`");
        assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
        assert!(ended.stderr.contains(remedy), "{}", ended.stderr);
    }
    assert!(!log.exists());
}

#[test]
fn a_killed_program_leaves_whole_lines() {
    let directory = TempDir::new().expect("the temporary directory is writable");
    let path = directory.path().join("events");
    for bytes in [1_000, 30_000, 77_000] {
        let mut child = sample(directory.path())
            .env("SAMPLE_CONFIGS", "600")
            .args(["-j2", "--rerun", "-q", "--events", "events"])
            .stdout(Stdio::null())
            .spawn()
            .expect("the program can be started");
        while fs::metadata(&path).map_or(0, |file| file.len()) < bytes {
            let ended = child.try_wait().expect("it can be waited for");
            assert!(ended.is_none(), "there are 600 runs to tell of");
            thread::sleep(Duration::from_micros(300));
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it can be waited for");
        assert!(!of(&events(&path), "started").is_empty());
        fs::remove_file(&path).expect("it can be removed");
    }
}
