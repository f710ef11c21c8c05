//! What the processes of a machine share: room for one run that measures time, and slots.

use super::fixture::{Case, Scratch};
use crate::store::lock::Locks;

#[test]
fn a_machine_has_room_for_one_run_that_measures_time() {
    let scratch = Scratch::new();
    let (here, there) = (scratch.store(), scratch.store());
    let alone = here.locks.lock_machine().expect("there are locks");
    assert!(alone.is_some());
    assert!(
        there
            .locks
            .lock_machine()
            .expect("there are locks")
            .is_none()
    );
    let key = Case::new("base", 1).identity.key;
    assert!(there.lock(key).expect("there are locks").is_some());
    drop(alone);
    assert!(
        there
            .locks
            .lock_machine()
            .expect("there are locks")
            .is_some()
    );
}

#[test]
fn slots_are_those_of_all_stores_and_threads_of_a_machine() {
    let scratch = Scratch::new();
    let (here, there) = (scratch.store(), scratch.store());
    let (here, there) = (&here.locks, &there.locks);
    let take = |locks: &'_ Locks, count| {
        locks
            .lock_slots(count, 3)
            .expect("there are locks")
            .map(|(first, _)| first)
    };
    let (first, _kept) = here
        .lock_slots(1, 3)
        .expect("there are locks")
        .expect("it is free");
    assert_eq!(first, 0);
    assert_eq!((take(here, 1), take(there, 1)), (Some(1), Some(1)));
    // What is not enough is given back.
    assert_eq!((take(here, 3), take(there, 3)), (None, None));
    assert_eq!((take(here, 2), take(there, 2)), (Some(1), Some(1)));
    let others = there.lock_slots(2, 3).expect("there are locks");
    assert!(others.is_some());
    assert_eq!((take(here, 1), take(there, 1)), (None, None));
    drop(others);
    assert_eq!(take(here, 2), Some(1));
    let turn = here.lock_slot_turn(3).expect("there are locks");
    assert!(turn.is_some());
    for locks in [here, there] {
        assert!(locks.lock_slot_turn(3).expect("there are locks").is_none());
        // Those who want other slots have turns of their own.
        assert!(locks.lock_slot_turn(2).expect("there are locks").is_some());
    }
    drop(turn);
    assert!(there.lock_slot_turn(3).expect("there are locks").is_some());
}
