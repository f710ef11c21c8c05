//! Other processes, other people's files, and places that are no store.

use std::{fs, os::unix::fs::symlink, sync::Barrier, thread};

use super::fixture::{Case, LONG, SHORT, Scratch, hit, publish};
use crate::store::{
    base::Store,
    build::Build,
    directory::Listing,
    disk::{Access, Durability},
    failure::Failure,
    record::{Look, Lookup},
};

#[test]
fn one_at_a_time_has_the_lock_of_a_key() {
    let scratch = Scratch::new();
    let (here, there) = (scratch.store(), scratch.store());
    let (one, two) = (
        Case::new("one", 1).identity.key,
        Case::new("two", 2).identity.key,
    );
    let lock = here
        .lock(one)
        .expect("it can be locked")
        .expect("it is free");
    assert!(
        here.lock(one).expect("it can be asked").is_none(),
        "another thread"
    );
    assert!(
        there.lock(one).expect("it can be asked").is_none(),
        "another process"
    );
    assert!(
        there.lock(two).expect("it can be locked").is_some(),
        "another key"
    );
    drop(lock);
    assert!(there.lock(one).expect("it can be locked").is_some());
}

#[test]
fn a_store_that_closes_frees_no_lock_of_another() {
    let scratch = Scratch::new();
    let (here, there) = (scratch.store(), scratch.store());
    let key = Case::new("one", 1).identity.key;
    let _lock = here
        .lock(key)
        .expect("it can be locked")
        .expect("it is free");
    assert!(there.lock(key).expect("it can be asked").is_none());
    drop(there);
    assert!(
        scratch
            .store()
            .lock(key)
            .expect("it can be asked")
            .is_none()
    );
}

#[test]
fn who_looks_sees_who_runs() {
    let scratch = Scratch::new();
    let key = Case::new("one", 1).identity.key;
    let here = scratch.store();
    let looking =
        || Store::open(&scratch.out(), Access::Read, Durability::Promised).expect("it opens");
    assert_eq!(looking().locks.holder(key).expect("it can be read"), None);
    let lock = here
        .lock(key)
        .expect("it can be locked")
        .expect("it is free");
    let unknown = looking()
        .locks
        .holder(key)
        .expect("it can be read")
        .expect("it is held");
    assert_eq!(unknown.to_string(), "another process");
    here.locks.announce(key).expect("it can be noted");
    let known = looking()
        .locks
        .holder(key)
        .expect("it can be read")
        .expect("it is held");
    assert_eq!(known.pid, Some(std::process::id()));
    let since = || {
        looking()
            .locks
            .announcements
            .working_since()
            .expect("it can be read")
    };
    assert_eq!(since(), known.since);
    assert!(
        known
            .to_string()
            .starts_with(&format!("process {} on ", std::process::id()))
    );
    drop(lock);
    assert_eq!(looking().locks.holder(key).expect("it can be read"), None);
    let lock = scratch.store();
    let _lock = lock
        .lock(key)
        .expect("it can be locked")
        .expect("it is free");
    let other = looking()
        .locks
        .holder(key)
        .expect("it can be read")
        .expect("it is held");
    assert_eq!(other.pid, None, "the first one is known to have ended");
    assert_eq!(since(), known.since, "its program still runs");
    drop(here);
    assert_eq!(since(), None);
    assert_eq!(
        fs::read_dir(scratch.out().join(".runner/processes"))
            .expect("it is there")
            .count(),
        0
    );
}

#[test]
fn notes_of_killed_processes_do_not_count_and_go() {
    let scratch = Scratch::new();
    let key = Case::new("one", 1).identity.key;
    let processes = scratch.out().join(".runner/processes");
    fs::create_dir_all(&processes).expect("it can be made");
    let dead = processes.join("00000000000000ff");
    let lines = format!(
        "{{\"line\":\"process\",\"host\":\"gone\",\"pid\":1}}\n{{\"line\":\"runs\",\"key\":\"{key}\",\"since_ns\":1}}\n{{\"line"
    );
    fs::write(&dead, lines).expect("it can be written");
    let here = scratch.store();
    let _lock = here
        .lock(key)
        .expect("it can be locked")
        .expect("it is free");
    let looking =
        Store::open(&scratch.out(), Access::Read, Durability::Promised).expect("it opens");
    assert_eq!(
        looking
            .locks
            .holder(key)
            .expect("it can be read")
            .expect("it is held")
            .pid,
        None
    );
    here.locks.announce(key).expect("it can be noted");
    here.try_locks().expect("there are locks");
    assert!(!dead.exists());
}

#[test]
fn stores_that_race_run_each_key_once() {
    let scratch = Scratch::new();
    let cases: Vec<Case> = (1..60).map(|key| Case::new("base", key)).collect();
    let start = Barrier::new(4);
    let work = |number: u64| {
        let store = scratch.store();
        start.wait();
        let mut count = 0;
        for case in &cases {
            assert!(matches!(case.state(&store), Ok(_) | Err("missing")));
            let Some(lock) = store.lock(case.identity.key).expect("it can be locked") else {
                continue;
            };
            if let Lookup::Missing = case.find(&store, Look::Fresh).expect("it can be read") {
                let stored = case.with(|wanted| {
                    publish(
                        store
                            .begin(lock, wanted, None, &mut || Ok(None))?
                            .expect("nobody else stores it"),
                        number,
                        SHORT,
                    )
                });
                stored.expect("it is stored");
                count += 1;
            }
        }
        store.batch.flush().expect("it can be synced");
        count
    };
    let count: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no worker panics"))
            .sum()
    });
    assert_eq!(count, cases.len());
    let store = scratch.store();
    assert!(cases.iter().all(|case| case.state(&store).is_ok()));
}

#[test]
fn a_second_look_sees_what_others_published() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let (here, there) = (scratch.store(), scratch.store());
    assert_eq!(case.state(&here), Err("missing"));
    case.run(&there, 1, SHORT).expect("it is stored");
    let found = hit(case.find(&here, Look::Fresh));
    assert_eq!(found.map(|(output, _)| output), Some(1));
}

#[test]
fn the_listing_knows_runs_from_other_files() {
    let mut listing = Listing::default();
    for name in [
        "b-0000000000000001~1",
        ".runner",
        "notes-1.txt",
        "b-0000000000000002",
        "b-0000000000000001",
        "a-0000000000000001~12",
        "a-00000000000000010000000000000001",
        "x-000000000000000g",
    ] {
        listing.add(name);
    }
    let listing = listing.finish();
    let of = |short| listing.of(short).collect::<Vec<_>>();
    let expected = [
        "b-0000000000000001",
        "a-00000000000000010000000000000001",
        "a-0000000000000001~12",
        "b-0000000000000001~1",
    ];
    assert_eq!(of(1), expected);
    assert_eq!(of(2), ["b-0000000000000002"]);
    assert!(of(0).is_empty() && of(3).is_empty());
}

#[test]
fn a_file_is_no_output_directory() {
    let scratch = Scratch::new();
    fs::write(scratch.out(), b"mine").expect("it can be written");
    for access in [Access::Read, Access::Write] {
        let error =
            Store::open(&scratch.out(), access, Durability::Promised).expect_err("it is a file");
        assert!(error.is_store());
        let text = error.to_string();
        assert!(
            text.contains("--output-dir") && text.contains("out"),
            "{text}"
        );
    }
    let below = scratch.out().join("deeper");
    assert!(
        Store::open(&below, Access::Write, Durability::Promised)
            .expect_err("it is below a file")
            .is_store()
    );
}

#[test]
fn what_is_no_run_directory_is_moved_not_removed() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let directory = scratch.out().join(case.directory());
    fs::create_dir(scratch.out()).expect("it can be made");
    fs::write(&directory, b"mine").expect("it can be written");
    let store = scratch.store();
    assert_eq!(case.state(&store), Err("missing"));
    case.run(&store, 1, LONG).expect("it is stored");
    assert_eq!(case.state(&store), Ok(1));
    let aside = scratch.out().join(format!("{}~1", case.directory()));
    assert_eq!(fs::read(aside).expect("it is kept"), b"mine");
}

#[test]
fn a_link_is_removed_not_followed() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let outside = scratch.path().join("outside");
    fs::create_dir_all(&outside).expect("it can be made");
    fs::write(outside.join("precious"), b"mine").expect("it can be written");
    fs::create_dir(scratch.out()).expect("it can be made");
    symlink(&outside, scratch.out().join(case.directory())).expect("it can be linked");
    let store = scratch.store();
    assert_eq!(case.state(&store), Err("missing"));
    case.run(&store, 1, LONG).expect("it is stored");
    assert_eq!(case.state(&store), Ok(1));
    assert_eq!(fs::read_dir(&outside).expect("it is there").count(), 1);
}

#[test]
fn something_else_in_place_of_a_result_is_set_aside() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let result = scratch.out().join(case.directory()).join("result.postcard");
    fs::create_dir_all(result.join("inside")).expect("it can be made");
    let store = scratch.store();
    assert_eq!(case.state(&store), Err("corrupt"));
    case.run(&store, 1, LONG).expect("it is stored");
    assert_eq!(case.state(&store), Ok(1));
    assert!(
        scratch
            .out()
            .join(format!("{}~1", case.directory()))
            .exists()
    );
}

#[test]
fn a_run_without_a_place_for_its_result_fails_and_loses_nothing() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    let store = scratch.store();
    case.run(&store, 1, LONG).expect("it is stored");
    let failed = case.attempt(&store, |attempt| {
        // Nobody can write a file where a directory is, not even root.
        fs::create_dir(attempt.directory().join(".result.postcard.partial"))
            .expect("it can be made");
        publish(attempt, 2, LONG)
    });
    let error = failed.expect_err("it cannot be written").to_string();
    assert!(error.contains(&case.directory()), "{error}");
    assert_eq!(case.state(&store), Ok(1));
    let noted = case.failure(&store);
    assert_eq!(noted.map(|failure| failure.error), Some(error));
    assert!(
        store
            .lock(case.identity.key)
            .expect("it can be locked")
            .is_some(),
        "the lock is free"
    );
}

/// A program is killed, its run's process not yet: the next program must not begin the run beside it.
#[test]
fn a_process_of_a_run_that_outlives_its_parent_keeps_the_run() {
    let scratch = Scratch::new();
    let (parent, child, next) = (scratch.store(), scratch.store(), scratch.store());
    let key = Case::new("base", 1).identity.key;
    let byte = parent.locks.lock_as_parent().expect("there are locks");
    let lock = parent.lock(key).expect("there are locks");
    let code = child.locks.lock_code(key, byte).expect("there are locks");
    assert!(code.is_some());
    drop(lock);
    drop(parent);
    assert!(next.lock(key).expect("there are locks").is_none());
    let other = Case::new("other", 2).identity.key;
    assert!(next.lock(other).expect("there are locks").is_some());
    drop(code);
    assert!(next.lock(key).expect("there are locks").is_some());
}

/// The order was read only when the program that gave it had been killed, and another one may have begun the run.
#[test]
fn a_process_of_a_run_whose_parent_is_gone_does_not_start_it() {
    let scratch = Scratch::new();
    let (parent, child) = (scratch.store(), scratch.store());
    let key = Case::new("base", 1).identity.key;
    let byte = parent.locks.lock_as_parent().expect("there are locks");
    assert_eq!(
        parent.locks.lock_as_parent().expect("there are locks"),
        byte
    );
    drop(parent);
    assert!(child.locks.lock_code(key, byte).is_err());
    let next = scratch.store();
    assert!(next.lock(key).expect("there are locks").is_some());
}

#[test]
fn two_processes_of_one_run_exclude_each_other() {
    let scratch = Scratch::new();
    let (parent, first, second) = (scratch.store(), scratch.store(), scratch.store());
    let key = Case::new("base", 1).identity.key;
    let byte = parent.locks.lock_as_parent().expect("there are locks");
    let code = first.locks.lock_code(key, byte).expect("there are locks");
    assert!(
        second
            .locks
            .lock_code(key, byte)
            .expect("there are locks")
            .is_none()
    );
    drop(code);
    assert!(
        second
            .locks
            .lock_code(key, byte)
            .expect("there are locks")
            .is_some()
    );
}

#[test]
fn a_failure_that_another_process_noted_is_known_after_its_lock() {
    let scratch = Scratch::new();
    let (store, other) = (scratch.store(), scratch.store());
    let key = Case::new("one", 1).identity.key;
    assert_eq!(store.failures.get(key).expect("it can be read"), None);
    let lock = other.lock(key).expect("there are locks");
    assert!(store.lock(key).expect("there are locks").is_none());
    let failure = Failure::now("no route".to_owned(), None, 1, Build { fingerprint: 1 });
    other
        .failures
        .add(key, &failure, SHORT)
        .expect("it can be noted");
    drop(lock);
    let _lock = store.lock(key).expect("there are locks");
    let known = store.failures.get(key).expect("it can be read");
    assert_eq!(
        known.map(|failure| failure.error),
        Some("no route".to_owned())
    );
}
