//! Checkpoints: the newest whole one is found, whatever happens, until the result is durable.

use std::time::{Duration, SystemTime};

use super::{
    super::{
        Build, CheckpointHeader, FoundCheckpoint, Store,
        bytes::Unreadable,
        checkpoint::CheckpointFile,
        simulated::{Keep, Order, Simulated, SimulatedStore, Trouble},
    },
    crash::losses,
    fixture::{Case, LONG, SHORT, Scratch, publish},
};
use crate::{base::Error, value::Digest};

const LARGE: usize = 9_000;

fn open(disk: Simulated) -> SimulatedStore {
    SimulatedStore::open(disk)
}

fn seconds(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

/// The state that stands for a number.
fn state(number: u8) -> Vec<u8> {
    vec![number; LARGE]
}

fn header(case: &Case, number: u8) -> CheckpointHeader {
    CheckpointHeader {
        key: case.identity.key,
        config: Digest::of(b"config"),
        state: Digest::of(&state(number)),
        build: Build { fingerprint: 7 },
        saved: seconds(number.into()),
        attempt: 2,
    }
}

fn save(store: &Store, case: &Case, number: u8) -> Result<(), Error> {
    store.checkpoints.save(header(case, number), &state(number))
}

/// The number of the checkpoint that is found.
fn found(store: &Store, case: &Case) -> Option<u8> {
    match store
        .checkpoints
        .get(case.identity.key)
        .expect("it can be read")
    {
        None => None,
        Some(FoundCheckpoint::Whole {
            header: at,
            state: bytes,
        }) => {
            assert_eq!(bytes, state(bytes[0]));
            assert_eq!(at, header(case, bytes[0]));
            Some(bytes[0])
        }
        Some(other) => panic!("garbage: {other:?}"),
    }
}

#[test]
fn every_byte_counts() {
    let case = Case::new("base", 1);
    let file = CheckpointFile {
        header: header(&case, 3),
        state: &[1, 2, 3],
    };
    let bytes = file.write();
    assert_eq!(CheckpointFile::read(&bytes), Ok(file));
    for end in 0..bytes.len() {
        let read = CheckpointFile::read(&bytes[..end]);
        assert!(matches!(read, Err(Unreadable::Damaged(_))), "{end}");
    }
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x10;
        assert!(CheckpointFile::read(&damaged).is_err(), "{place}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(CheckpointFile::read(&longer).is_err());
}

#[test]
fn another_format_is_not_damage() {
    let case = Case::new("base", 1);
    let file = CheckpointFile {
        header: header(&case, 3),
        state: &[1, 2, 3],
    };
    let mut bytes = file.write();
    bytes.truncate(bytes.len() - 16);
    bytes[8] = 2;
    let checksum = Digest::of(&bytes).to_bytes();
    bytes.extend_from_slice(&checksum);
    assert_eq!(CheckpointFile::read(&bytes), Err(Unreadable::Format(2)));
}

#[test]
fn one_that_another_process_left_goes_too() {
    let (scratch, case) = (Scratch::new(), Case::new("base", 1));
    let (store, other) = (scratch.store(), scratch.store());
    Case::new("other", 2)
        .run(&store, 10, SHORT)
        .expect("it is stored");
    let lock = other.lock(case.identity.key).expect("there are locks");
    let contended = store.lock(case.identity.key).expect("there are locks");
    assert!(contended.is_none());
    save(&other, &case, 1).expect("it is saved");
    drop(lock);
    case.run(&store, 10, SHORT).expect("it is stored");
    assert_eq!(found(&store, &case), None);
}

#[test]
fn one_that_a_process_of_the_run_saved_goes_too() {
    let (scratch, case) = (Scratch::new(), Case::new("base", 1));
    let (store, child) = (scratch.store(), scratch.store());
    Case::new("other", 2)
        .run(&store, 10, SHORT)
        .expect("it is stored");
    save(&child, &case, 1).expect("it is saved");
    store.checkpoints.forget();
    case.run(&store, 10, SHORT).expect("it is stored");
    assert_eq!(found(&store, &case), None);
}

#[test]
fn the_last_one_is_found_until_there_is_a_result() {
    for duration in [SHORT, LONG] {
        let (scratch, case) = (Scratch::new(), Case::new("base", 1));
        let store = scratch.store();
        assert_eq!(found(&store, &case), None);
        for number in 1..4 {
            save(&store, &case, number).expect("it is saved");
            assert_eq!(found(&store, &case), Some(number));
        }
        let directory = scratch.out().join(".runner/checkpoints");
        std::fs::write(
            directory.join(format!("{}.partial", case.identity.key)),
            "cut",
        )
        .expect("it can be written");
        // Another process finishes what the first one began.
        let store = scratch.store();
        case.run(&store, 10, duration).expect("it is stored");
        assert_eq!(found(&store, &case), None);
        let left = std::fs::read_dir(directory).expect("it is there").count();
        assert_eq!(left, 0);
    }
}

#[test]
fn one_of_another_run_is_damage() {
    let (scratch, case, other) = (Scratch::new(), Case::new("base", 1), Case::new("other", 2));
    let store = scratch.store();
    save(&store, &other, 1).expect("it is saved");
    let directory = scratch.out().join(".runner/checkpoints");
    std::fs::rename(
        directory.join(other.identity.key.to_string()),
        directory.join(case.identity.key.to_string()),
    )
    .expect("it can be renamed");
    let found = store
        .checkpoints
        .get(case.identity.key)
        .expect("it can be read");
    assert!(
        matches!(found, Some(FoundCheckpoint::Damaged(_))),
        "{found:?}"
    );
}

#[test]
fn only_old_ones_are_discarded() {
    let (scratch, case) = (Scratch::new(), Case::new("base", 1));
    save(&scratch.store(), &case, 5).expect("it is saved");
    let store = scratch.store();
    let key = case.identity.key;
    store
        .checkpoints
        .discard(key, |saved| saved < seconds(5))
        .expect("there is nothing to do");
    assert_eq!(found(&store, &case), Some(5));
    store
        .checkpoints
        .discard(key, |saved| saved < seconds(6))
        .expect("it is removed");
    assert_eq!(found(&store, &case), None);
}

#[test]
fn a_crash_leaves_the_old_one_or_the_new_one() {
    for order in [Order::Kept, Order::None] {
        let case = Case::new("base", 1);
        let first = open(Simulated::new(order));
        save(&first, &case, 1).expect("it is saved");
        // What was saved is durable.
        let start = first.disk.crashed(Keep::Nothing);
        assert_eq!(found(&open(start.fork(Trouble::None)), &case), Some(1));
        let act = |store: &SimulatedStore| {
            save(store, &case, 2)?;
            save(store, &case, 3)
        };
        let done = open(start.fork(Trouble::None));
        act(&done).expect("nothing is wrong with the disk");
        let done_crashed = open(done.disk.crashed(Keep::Nothing));
        assert_eq!(found(&done_crashed, &case), Some(3));
        for step in 0..done.disk.steps() {
            let store = open(start.fork(Trouble::Crash(step)));
            assert!(act(&store).is_err());
            let earliest = if save_steps(&start, &case) <= step {
                2
            } else {
                1
            };
            for keep in losses(store.disk.pending()) {
                let reopened = open(store.disk.crashed(keep));
                let number = found(&reopened, &case);
                assert!(
                    number.is_some_and(|number| (earliest..=3).contains(&number)),
                    "{number:?} after a crash before step {step} that kept {keep:?}"
                );
                save(&reopened, &case, 9).expect("it goes on after a crash");
                assert_eq!(found(&reopened, &case), Some(9));
            }
        }
    }
}

/// How many steps it takes to save a checkpoint where there is one.
fn save_steps(start: &Simulated, case: &Case) -> usize {
    let store = open(start.fork(Trouble::None));
    save(&store, case, 2).expect("nothing is wrong with the disk");
    store.disk.steps()
}

#[test]
fn a_crash_of_the_first_one_leaves_it_or_none() {
    let case = Case::new("base", 1);
    let start = Simulated::new(Order::None);
    let done = open(start.fork(Trouble::None));
    save(&done, &case, 1).expect("nothing is wrong with the disk");
    for step in 0..done.disk.steps() {
        let store = open(start.fork(Trouble::Crash(step)));
        assert!(save(&store, &case, 1).is_err());
        // The process is killed there, and another one goes on before the machine stops.
        let other = open(store.disk.fork(Trouble::None));
        save(&other, &case, 3).expect("nothing is wrong with the disk");
        let crashed = open(other.disk.crashed(Keep::Nothing));
        assert_eq!(found(&crashed, &case), Some(3), "step {step}");
        for keep in losses(store.disk.pending()) {
            let reopened = open(store.disk.crashed(keep));
            assert!(matches!(found(&reopened, &case), None | Some(1)));
            save(&reopened, &case, 2).expect("it goes on after a crash");
            let crashed = open(reopened.disk.crashed(Keep::Nothing));
            assert_eq!(found(&crashed, &case), Some(2));
        }
    }
}

#[test]
fn a_crash_while_the_result_is_stored_leaves_one_of_both() {
    for (order, duration) in [
        (Order::Kept, SHORT),
        (Order::None, SHORT),
        (Order::Kept, LONG),
        (Order::None, LONG),
    ] {
        let case = Case::new("base", 1);
        let first = open(Simulated::new(order));
        save(&first, &case, 1).expect("it is saved");
        let start = first.disk.crashed(Keep::Nothing);
        let act =
            |store: &SimulatedStore| case.attempt(store, |attempt| publish(attempt, 10, duration));
        let done = open(start.fork(Trouble::None));
        act(&done).expect("nothing is wrong with the disk");
        assert_eq!(found(&done, &case), None);
        assert_eq!(case.state(&open(done.disk.crashed(Keep::Nothing))), Ok(10));
        for step in 0..done.disk.steps() {
            let store = open(start.fork(Trouble::Crash(step)));
            let _ = act(&store);
            for keep in losses(store.disk.pending()) {
                let reopened = open(store.disk.crashed(keep));
                let result = case.state(&reopened);
                assert!(
                    result == Ok(10) || found(&reopened, &case) == Some(1),
                    "{result:?} and no checkpoint after a crash before step {step} that kept {keep:?}"
                );
            }
        }
    }
}

#[test]
fn a_full_disk_keeps_the_old_one() {
    let case = Case::new("base", 1);
    let start = open(Simulated::new(Order::Kept));
    save(&start, &case, 1).expect("it is saved");
    for step in 0..save_steps(&start.disk, &case) {
        let store = open(start.disk.fork(Trouble::Full(step)));
        let saved = save(&store, &case, 2);
        let found = found(&open(store.disk.fork(Trouble::None)), &case);
        assert_eq!(
            found,
            Some(if saved.is_ok() { 2 } else { 1 }),
            "step {step}"
        );
        if let Err(error) = saved {
            assert!(error.to_string().contains("free some space"), "{error}");
        }
    }
}

#[test]
fn one_beside_a_result_goes_unless_somebody_does_the_run() {
    let (scratch, case) = (Scratch::new(), Case::new("base", 1));
    let key = case.identity.key;
    case.run(&scratch.store(), 1, SHORT).expect("it is stored");
    let directory = case.directory();
    save(&scratch.store(), &case, 5).expect("it is saved");
    let (store, other) = (scratch.store(), scratch.store());
    let lock = other.lock(key).expect("there are locks");
    store
        .retire_checkpoint(key, &directory)
        .expect("it is left alone");
    assert_eq!(found(&store, &case), Some(5));
    drop(lock);
    store
        .retire_checkpoint(key, &directory)
        .expect("it is removed");
    assert_eq!(found(&store, &case), None);
    assert_eq!(found(&scratch.store(), &case), None);
}
