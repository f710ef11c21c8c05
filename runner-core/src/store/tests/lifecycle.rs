//! From the first run to reruns, failures and back.

use std::{fs, time::SystemTime};

use super::fixture::{Case, LONG, SHORT, Scratch, end_failed, hit, names, publish};
use crate::store::{
    base::Store,
    build::Build,
    disk::{Access, Durability},
    failure::{Failure, PastAttempt},
    record::{Look, Lookup},
};
use crate::value::{Digest, Key};

fn fail(case: &Case, store: &Store, error: &str) {
    let failure = Failure::now(error.to_owned(), None, 1, Build::default());
    case.attempt(store, |attempt| {
        fs::write(attempt.directory().join("artifact"), b"half").expect("it can be written");
        end_failed(attempt, &failure, SHORT)
    })
    .expect("the failure is noted");
}

#[test]
fn what_is_stored_is_found() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = scratch.store();
    assert_eq!(case.state(&store), Err("missing"));
    let record = case.run(&store, 42, SHORT).expect("it is stored");
    assert_eq!(record.directory, case.directory());
    assert_eq!(case.state(&store), Ok(42));
    store.batch.flush().expect("it can be synced");
    let reopened = scratch.store();
    match case.find(&reopened, Look::Listed).expect("it can be read") {
        Lookup::Hit { record: found, .. } => assert_eq!(found, record),
        other => panic!("{other:?}"),
    }
}

#[test]
fn reading_makes_nothing() {
    let scratch = Scratch::new();
    let store = Store::open(&scratch.out(), Access::Read, Durability::Promised)
        .expect("a missing root is empty");
    let case = Case::new("base", 1);
    assert_eq!(case.state(&store), Err("missing"));
    assert_eq!(case.failure(&store), None);
    assert_eq!(
        store
            .locks
            .holder(case.identity.key)
            .expect("it can be read"),
        None
    );
    let runs = store.survey(|| (), |(), found| Some(found));
    assert_eq!(runs.expect("it can be listed"), []);
    store.batch.flush().expect("there is nothing to do");
    assert!(!scratch.out().exists());
}

#[test]
fn a_good_rerun_replaces_the_old_result_once_it_is_durable() {
    for duration in [SHORT, LONG] {
        let scratch = Scratch::new();
        let case = Case::new("base", 1);
        let store = scratch.store();
        case.run(&store, 1, duration).expect("it is stored");
        case.run(&store, 2, duration).expect("it is stored");
        if duration == SHORT {
            assert_eq!(
                names(&scratch),
                [case.directory(), format!("{}~1", case.directory())]
            );
        }
        store.batch.flush().expect("it can be synced");
        assert_eq!(names(&scratch), [case.directory()]);
        assert_eq!(case.state(&scratch.store()), Ok(2));
    }
}

#[test]
fn a_run_that_others_moved_since_does_not_stop_a_flush() {
    let scratch = Scratch::new();
    let (one, two) = (Case::new("one", 1), Case::new("two", 2));
    let (here, there) = (scratch.store(), scratch.store());
    one.run(&here, 1, SHORT).expect("it is stored");
    two.run(&here, 2, SHORT).expect("it is stored");
    one.attempt(&there, |attempt| {
        here.batch.flush().expect("it can be synced");
        publish(attempt, 3, SHORT)
    })
    .expect("it is stored");
    there.batch.flush().expect("it can be synced");
    assert_eq!((one.state(&here), two.state(&here)), (Ok(3), Ok(2)));
}

#[test]
fn a_type_changed_and_changed_back_finds_its_results() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let (old, new) = (0..100, 100..200);
    let store = scratch.store();
    case.run(&store, 1, SHORT).expect("it is stored");
    assert_eq!(case.state_in(&store, &new), Err("stale"));
    case.attempt_in(&store, &new, |attempt| publish(attempt, 101, SHORT))
        .expect("it is stored");
    store.batch.flush().expect("it can be synced");
    let store = scratch.store();
    assert_eq!(case.state_in(&store, &new), Ok(101));
    assert_eq!(case.state_in(&store, &old), Ok(1));
    // Both stay found whoever runs again.
    case.attempt_in(&store, &old, |attempt| publish(attempt, 2, SHORT))
        .expect("it is stored");
    store.batch.flush().expect("it can be synced");
    let store = scratch.store();
    assert_eq!(case.state_in(&store, &new), Ok(101));
    assert_eq!(case.state_in(&store, &old), Ok(2));
    assert_eq!(
        names(&scratch),
        [case.directory(), format!("{}~2", case.directory())]
    );
}

#[test]
fn a_failed_run_is_noted_until_it_succeeds() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = scratch.store();
    fail(&case, &store, "no luck");
    let noted = case.failure(&scratch.store());
    assert_eq!(
        noted.map(|failure| failure.error).as_deref(),
        Some("no luck")
    );
    let directory = scratch.out().join(case.directory());
    assert!(
        directory.join("artifact").exists(),
        "what a failed run left helps to find out why"
    );
    let text = fs::read(directory.join("run.json")).expect("it is there");
    let json: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
    assert_eq!(json["status"], "failed");
    assert_eq!(
        (&json["config"], &json["error"]),
        (&5.into(), &"no luck".into())
    );
    let store = scratch.store();
    case.attempt(&store, |attempt| {
        assert!(
            !attempt.directory().join("artifact").exists(),
            "a run starts in an empty directory"
        );
        publish(attempt, 1, SHORT)
    })
    .expect("it is stored");
    assert_eq!(case.failure(&store), None);
    assert_eq!(case.failure(&scratch.store()), None);
}

#[test]
fn a_failed_or_abandoned_rerun_puts_the_old_result_back() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = scratch.store();
    case.attempt(&store, |attempt| {
        fs::write(attempt.directory().join("model"), b"good").expect("it can be written");
        publish(attempt, 1, SHORT)
    })
    .expect("it is stored");
    fail(&case, &store, "no luck");
    let dropped: Result<(), _> = case.attempt(&store, |attempt| {
        drop(attempt);
        Ok(())
    });
    dropped.expect("it is abandoned");
    assert_eq!(names(&scratch), [case.directory()]);
    let directory = scratch.out().join(case.directory());
    assert_eq!(
        fs::read(directory.join("model")).expect("it is back"),
        b"good"
    );
    assert!(!directory.join("artifact").exists());
    assert_eq!(case.state(&store), Ok(1));
    assert!(case.failure(&store).is_some());
}

#[test]
fn a_killed_rerun_is_found_aside_and_restored() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    case.run(&scratch.store(), 1, SHORT).expect("it is stored");
    let directory = scratch.out().join(case.directory());
    fs::rename(
        &directory,
        scratch.out().join(format!("{}~3", case.directory())),
    )
    .expect("it can be renamed");
    fs::create_dir(&directory).expect("it can be made");
    fs::write(directory.join("artifact"), b"half").expect("it can be written");
    let store = scratch.store();
    let Some((1, record)) = hit(case.find(&store, Look::Fresh)) else {
        panic!("it is a hit");
    };
    assert!(record.aside);
    let lock = store
        .lock(case.identity.key)
        .expect("it can be locked")
        .expect("it is free");
    let restored = store.restore(&lock, &record).expect("it can be renamed");
    assert!(!restored.aside);
    assert_eq!(names(&scratch), [case.directory()]);
    assert_eq!(case.state(&store), Ok(1));
    assert!(!directory.join("artifact").exists());
}

#[test]
fn a_damaged_result_makes_way_for_a_valid_one_set_aside() {
    // A machine stopped after a rerun was published and before that was durable: the new result is damaged, the old one stays
    // beside it, and the damaged one stayed at its place for ever.
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    case.run(&scratch.store(), 1, SHORT).expect("it is stored");
    let directory = scratch.out().join(case.directory());
    fs::rename(
        &directory,
        scratch.out().join(format!("{}~1", case.directory())),
    )
    .expect("it can be renamed");
    fs::create_dir(&directory).expect("it can be made");
    fs::write(directory.join("result.postcard"), b"").expect("it can be written");
    let store = scratch.store();
    let Some((1, record)) = hit(case.find(&store, Look::Fresh)) else {
        panic!("it is a hit");
    };
    let lock = store
        .lock(case.identity.key)
        .expect("it can be locked")
        .expect("it is free");
    let restored = store.restore(&lock, &record).expect("it can be renamed");
    assert_eq!(restored.directory, case.directory());
    let damaged = format!("{}~2", case.directory());
    assert_eq!(names(&scratch), [case.directory(), damaged]);
    assert_eq!(case.state(&scratch.store()), Ok(1));
}

#[test]
fn run_json_is_for_people() {
    let scratch = Scratch::new();
    let case = Case::new("a/b", 1);
    let record = case.run(&scratch.store(), 1, LONG).expect("it is stored");
    let text =
        fs::read(scratch.out().join(record.directory).join("run.json")).expect("it is there");
    let json: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
    assert_eq!(json["status"], "done");
    assert_eq!(json["name"], "a/b");
    assert_eq!(json["config"], 5);
    assert_eq!(json["started"], "2023-11-14T22:13:20.000Z");
    assert_eq!(json["finished"], "2023-11-14T22:13:21.000Z");
    assert_eq!(json["duration_s"], 1.0);
    assert_eq!(json["key"], case.identity.key.to_string());
}

#[test]
fn a_scan_tells_what_is_there() {
    let scratch = Scratch::new();
    let store = scratch.store();
    for key in 1..4 {
        Case::new("base", key)
            .run(&store, 1, SHORT)
            .expect("it is stored");
    }
    fs::write(
        scratch.out().join("base-0000000000000002/result.postcard"),
        b"damaged",
    )
    .expect("it can be written");
    fs::create_dir(scratch.out().join("notes")).expect("it can be made");
    let runs = store
        .survey(|| (), |(), found| Some(found))
        .expect("it can be read");
    let keys: Vec<Key> = runs.iter().map(|run| run.key).collect();
    assert_eq!(keys, [1, 3].map(|key| Case::new("", key).identity.key));
    assert_eq!(runs[0].experiment, "tests::Numbers");
    assert_eq!((runs[0].version, runs[0].name.as_str()), (1, "base"));
    assert_eq!(runs[0].leaves, Case::new("base", 1).leaves);
    assert_eq!((runs[0].output_bytes, runs[0].record.aside), (8, false));
}

#[test]
fn omitted_fields_must_agree() {
    let scratch = Scratch::new();
    let before = Case::new("base", 1);
    let with = |value| Case::new("base", 1).with_omitted("momentum", value);
    before
        .run(&scratch.store(), 1, SHORT)
        .expect("it is stored");
    let reading =
        Store::open(&scratch.out(), Access::Read, Durability::Promised).expect("it opens");
    assert_eq!(with(9).state(&reading), Ok(1), "reading decides nothing");
    assert_eq!(with(0).state(&scratch.store()), Ok(1));
    assert_eq!(
        with(9).state(&scratch.store()),
        Err("stale"),
        "the first meaning counts"
    );
    assert_eq!(before.state(&scratch.store()), Ok(1));
    // Stored with the field: the file itself says what it was.
    with(9)
        .run(&scratch.store(), 2, SHORT)
        .expect("it is stored");
    assert_eq!(with(9).state(&scratch.store()), Ok(2));
    assert_eq!(with(0).state(&scratch.store()), Ok(1));
    assert_eq!(
        before.state(&scratch.store()),
        Ok(1),
        "9 is not what absence meant"
    );
    let Ok(Lookup::Stale(stale)) = with(5).find(&scratch.store(), Look::Listed) else {
        panic!("5 was never used");
    };
    assert_eq!(
        stale.to_string(),
        "`momentum` was 9 when it was computed and its `added` value is 5 now: change that back to keep the result"
    );
}

#[test]
fn a_result_with_exactly_the_omitted_fields_is_preferred() {
    let scratch = Scratch::new();
    let (before, with) = (
        Case::new("base", 1),
        Case::new("base", 1).with_omitted("momentum", 0),
    );
    let store = scratch.store();
    with.run(&store, 1, SHORT).expect("it is stored");
    let directory = scratch.out().join(with.directory());
    fs::rename(
        &directory,
        scratch.out().join(format!("{}~1", with.directory())),
    )
    .expect("it can be renamed");
    let lock = store.lock(before.identity.key).expect("it can be locked");
    let lock = lock.expect("it is free");
    before
        .with(|wanted| {
            publish(
                store
                    .begin(lock, wanted, None, &mut || Ok(None))?
                    .expect("nobody else stores it"),
                2,
                SHORT,
            )
        })
        .expect("it is stored");
    assert_eq!(with.state(&scratch.store()), Ok(1));
    assert_eq!(before.state(&scratch.store()), Ok(2));
}

#[test]
fn a_failure_is_what_was_noted() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = scratch.store();
    let failure = Failure {
        error: "line\nline".to_owned(),
        backtrace: Some("0: main".to_owned()),
        at: SystemTime::UNIX_EPOCH + LONG,
        attempts: 3,
        host: "there".to_owned(),
        build: Build {
            fingerprint: Digest::of(b"program").as_u128(),
        },
        history: Vec::new(),
    };
    case.attempt(&store, |attempt| end_failed(attempt, &failure, SHORT))
        .expect("it is noted");
    assert_eq!(
        case.failure(&scratch.store()),
        Some(Failure {
            history: vec![PastAttempt {
                attempt: 3,
                at_ns: u64::try_from(LONG.as_nanos()).expect("it fits"),
                duration_ns: u64::try_from(SHORT.as_nanos()).ok(),
                error: failure.error.clone(),
            }],
            ..failure
        })
    );
}

#[test]
fn the_last_failures_are_remembered() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    for attempts in 1..=12 {
        let error = format!("{attempts} {}", "é".repeat(2_000));
        let failure = Failure::now(error, None, attempts, Build::default());
        case.attempt(&scratch.store(), |attempt| {
            end_failed(attempt, &failure, SHORT)
        })
        .expect("it is noted");
    }
    let failure = scratch.store().failures.get(case.identity.key);
    let failure = failure.expect("it can be read").expect("it is noted");
    let history: Vec<u32> = failure.history.iter().map(|past| past.attempt).collect();
    assert_eq!(history, (3..=12).collect::<Vec<_>>());
    assert!(failure.history.iter().all(|past| past.error.len() <= 1_000));
    assert!(failure.error.len() > 2_000);
}

#[test]
fn a_note_without_a_history_can_be_read() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let key = case.identity.key;
    let note =
        r#"{"error":"no","backtrace":null,"at_ns":7,"attempts":2,"host":"there","build":"1f"}"#;
    let failed = scratch.out().join(".runner/failed");
    std::fs::create_dir_all(&failed).expect("it can be made");
    std::fs::write(failed.join(key.to_string()), note).expect("it can be written");
    let failure = scratch.store().failures.get(key).expect("it can be read");
    let failure = failure.expect("it is noted");
    assert_eq!((failure.attempts, failure.build.fingerprint), (2, 0x1f));
    let past = PastAttempt {
        attempt: 2,
        at_ns: 7,
        duration_ns: None,
        error: "no".to_owned(),
    };
    assert_eq!(failure.history, [past]);
}
