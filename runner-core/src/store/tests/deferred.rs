//! What is written about a short run beside the next one, and what is left for the last flush.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::fixture::{Case, LONG, SHORT, Scratch, names};
use crate::store::simulated::{Order, Simulated, SimulatedStore, Trouble};

#[test]
fn a_short_run_counts_and_is_unlocked_when_everything_about_it_is_written() {
    let scratch = Scratch::new();
    let (store, other) = (scratch.store(), scratch.store());
    let case = Case::new("base", 1);
    let key = case.identity.key;
    store.batch.defer();
    case.run(&store, 42, SHORT).expect("it is done");
    let json = scratch.out().join(case.directory()).join("run.json");
    assert!(!json.exists());
    assert_eq!(case.state(&scratch.store()), Err("missing"));
    for store in [&store, &other] {
        assert!(store.lock(key).expect("there are locks").is_none());
    }
    assert_eq!(store.batch.write_deferred().expect("it can be written"), 1);
    assert!(json.exists());
    assert_eq!(case.state(&scratch.store()), Ok(42));
    assert!(other.lock(key).expect("there are locks").is_some());
    assert_eq!(store.batch.write_deferred().expect("nothing is left"), 0);
}

#[test]
fn a_long_run_counts_at_once_and_leaves_only_what_is_for_people() {
    let scratch = Scratch::new();
    let (store, case) = (scratch.store(), Case::new("base", 1));
    store.batch.defer();
    case.run(&store, 42, LONG).expect("it is stored");
    assert_eq!(case.state(&scratch.store()), Ok(42));
    let json = scratch.out().join(case.directory()).join("run.json");
    assert!(!json.exists());
    store.batch.end_deferring().expect("it can be written");
    assert!(json.exists());
    case.run(&store, 43, SHORT).expect("it is stored");
    assert_eq!(case.state(&scratch.store()), Ok(43));
}

#[test]
fn who_waits_for_something_to_write_is_woken() {
    let scratch = Scratch::new();
    let (store, case) = (scratch.store(), Case::new("base", 1));
    store.batch.defer();
    assert_eq!(store.batch.write_deferred().expect("there is nothing"), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| case.run(&store, 42, SHORT).expect("it is done"));
        // For ever, if nobody wakes it; it may also wake by itself.
        while store.batch.write_deferred().expect("it can be written") == 0 {
            std::thread::park();
        }
    });
    assert_eq!(case.state(&scratch.store()), Ok(42));
}

#[test]
fn what_a_rerun_replaced_goes_with_the_flush() {
    for duration in [SHORT, LONG] {
        let scratch = Scratch::new();
        let store = scratch.store();
        let case = Case::new("base", 1);
        case.run(&store, 1, duration).expect("it is stored");
        store.batch.flush().expect("it can be synced");
        store.batch.defer();
        case.run(&store, 2, duration).expect("it is stored again");
        assert_eq!(case.state(&scratch.store()), Ok(2));
        assert_eq!(names(&scratch).len(), 2);
        store.batch.flush().expect("it can be synced");
        assert_eq!(names(&scratch), [case.directory()]);
        assert_eq!(case.state(&store), Ok(2));
    }
}

#[test]
fn a_run_without_a_place_for_its_result_is_noted_as_failed() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let (case, other) = (Case::new("base", 1), Case::new("other", 2));
    store.batch.defer();
    for case in [&case, &other] {
        case.run(&store, 42, SHORT).expect("it is done");
    }
    let obstacle = scratch.out().join(case.directory());
    let obstacle = obstacle.join(".result.postcard.partial");
    std::fs::create_dir(&obstacle).expect("it can be made");
    let written = store.batch.write_deferred().expect("the disk is all right");
    assert_eq!(written, 2);
    let spoilt = store.batch.take_displaced();
    let [(key, failure)] = spoilt.as_slice() else {
        panic!("{spoilt:?}");
    };
    assert_eq!(*key, case.identity.key);
    let text = &failure.error;
    assert!(text.contains(&obstacle.display().to_string()), "{text}");
    let noted = store.failures.get(*key).expect("it can be read");
    assert_eq!(noted.map(|noted| noted.error).as_ref(), Some(text));
    assert_eq!(other.state(&store), Ok(42));
    for case in [&case, &other] {
        let lock = store.lock(case.identity.key).expect("there are locks");
        assert!(lock.is_some());
    }
}

/// Whoever writes what was left, the failure is told.
#[test]
fn a_flush_tells_of_runs_without_a_place_too() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let case = Case::new("base", 1);
    store.batch.defer();
    case.run(&store, 42, SHORT).expect("it is done");
    std::fs::remove_dir_all(scratch.out().join(case.directory())).expect("it can be removed");
    store.batch.flush().expect("the disk is all right");
    let spoilt = store.batch.take_displaced();
    assert_eq!(spoilt.len(), 1);
    assert_eq!(spoilt[0].0, case.identity.key);
    assert!(store.batch.take_displaced().is_empty());
}

#[test]
fn a_run_json_that_cannot_be_written_costs_no_result() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let case = Case::new("base", 1);
    store.batch.defer();
    case.run(&store, 42, SHORT).expect("it is done");
    let obstacle = scratch.out().join(case.directory()).join("run.json");
    std::fs::create_dir(&obstacle).expect("it can be made");
    store.batch.flush().expect("the disk is all right");
    assert!(store.batch.take_displaced().is_empty());
    assert_eq!(case.state(&store), Ok(42));
}

/// Those that were left before the disk was full are there, the others run again.
#[test]
fn a_disk_that_is_full_halfway_keeps_what_came_before() {
    let start = SimulatedStore::open(Simulated::new(Order::Kept));
    let cases: Vec<_> = (1..=5).map(|key| Case::new("base", key)).collect();
    let act = |store: &SimulatedStore| {
        store.batch.defer();
        for (case, output) in cases.iter().zip(10..) {
            case.run(store, output, SHORT)?;
        }
        store.batch.flush()
    };
    let whole = SimulatedStore::open(start.disk.fork(Trouble::None));
    act(&whole).expect("nothing is wrong with the disk");
    let mut seen = std::collections::BTreeSet::new();
    for step in 0..whole.disk.steps() {
        let store = SimulatedStore::open(start.disk.fork(Trouble::Full(step)));
        let has_failed = act(&store).is_err();
        let reopened = SimulatedStore::open(store.disk.fork(Trouble::None));
        let states = cases.iter().map(|case| case.state(&reopened));
        let done = states.clone().take_while(Result::is_ok).count();
        assert!(states.skip(done).all(|state| state == Err("missing")));
        assert!(has_failed || done == cases.len(), "at step {step}");
        seen.insert(done);
        // All locks are given back, whatever could not be written.
        let _ = store.batch.end_deferring();
        for case in &cases {
            let lock = store.lock(case.identity.key);
            assert!(!matches!(lock, Ok(None)), "at step {step}");
        }
        act(&reopened).expect("there is space again");
        for (case, output) in cases.iter().zip(10..) {
            assert_eq!(case.state(&reopened), Ok(output));
        }
    }
    assert!(seen.len() >= 3, "{seen:?}");
}

#[test]
fn the_last_flush_waits_for_a_key_that_is_locked_for_a_moment() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let key = case.identity.key;
    let (here, there) = (scratch.store(), scratch.store());
    case.run(&here, 1, SHORT).expect("it is stored");
    case.run(&here, 2, SHORT).expect("it is stored");
    let lock = there.lock(key).expect("it can be locked");
    assert!(lock.is_some());
    here.batch.flush().expect("it can be synced");
    assert_eq!(names(&scratch).len(), 2, "the key is locked");
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(20));
            drop(lock);
        });
        here.batch.flush_last().expect("it can be synced");
    });
    assert_eq!(names(&scratch), [case.directory()]);
    assert_eq!(case.state(&scratch.store()), Ok(2));
}

#[test]
fn the_last_flush_does_not_wait_for_a_long_run() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let key = case.identity.key;
    let (here, there) = (scratch.store(), scratch.store());
    case.run(&here, 1, SHORT).expect("it is stored");
    case.run(&here, 2, SHORT).expect("it is stored");
    let _lock = there
        .lock(key)
        .expect("it can be locked")
        .expect("it is free");
    there.locks.announce(key).expect("it can be noted");
    let start = Instant::now();
    here.batch.flush_last().expect("it can be synced");
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(names(&scratch).len(), 2, "what was replaced stays");
}
