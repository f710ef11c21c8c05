//! What is written about a short run beside the next one.

use super::{
    super::{
        Left,
        simulated::{Order, Simulated, SimulatedStore, Trouble},
    },
    fixture::{Case, LONG, SHORT, Scratch, names},
};

#[test]
fn a_short_run_counts_and_is_unlocked_when_everything_about_it_is_written() {
    let scratch = Scratch::new();
    let (store, other) = (scratch.store(), scratch.store());
    let case = Case::new("base", 1);
    let key = case.identity.key;
    store.defer(Left::Results);
    case.run(&store, 42, SHORT).expect("it is done");
    let json = scratch.out().join(case.directory()).join("run.json");
    assert!(!json.exists());
    assert_eq!(case.state(&scratch.store()), Err("missing"));
    for store in [&store, &other] {
        assert!(store.lock(key).expect("there are locks").is_none());
    }
    assert_eq!(store.write_deferred().expect("it can be written"), 1);
    assert!(json.exists());
    assert_eq!(case.state(&scratch.store()), Ok(42));
    assert!(other.lock(key).expect("there are locks").is_some());
    assert_eq!(store.write_deferred().expect("nothing is left"), 0);
}

#[test]
fn a_long_run_counts_at_once_and_leaves_only_what_is_for_people() {
    let scratch = Scratch::new();
    let (store, case) = (scratch.store(), Case::new("base", 1));
    store.defer(Left::Results);
    case.run(&store, 42, LONG).expect("it is stored");
    assert_eq!(case.state(&scratch.store()), Ok(42));
    let json = scratch.out().join(case.directory()).join("run.json");
    assert!(!json.exists());
    store.end_deferring().expect("it can be written");
    assert!(json.exists());
    case.run(&store, 43, SHORT).expect("it is stored");
    assert_eq!(case.state(&scratch.store()), Ok(43));
}

#[test]
fn who_waits_for_something_to_write_is_woken() {
    let scratch = Scratch::new();
    let (store, case) = (scratch.store(), Case::new("base", 1));
    store.defer(Left::Results);
    assert_eq!(store.write_deferred().expect("there is nothing"), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| case.run(&store, 42, SHORT).expect("it is done"));
        // For ever, if nobody wakes it; it may also wake by itself.
        while store.write_deferred().expect("it can be written") == 0 {
            std::thread::park();
        }
    });
    assert_eq!(case.state(&scratch.store()), Ok(42));
}

/// A process of a run says that there is a result before it writes what is for people.
#[test]
fn where_only_run_json_is_left_a_short_run_counts_at_once() {
    let scratch = Scratch::new();
    let (store, case) = (scratch.store(), Case::new("base", 1));
    store.defer(Left::RunJson);
    case.run(&store, 42, SHORT).expect("it is stored");
    assert_eq!(case.state(&scratch.store()), Ok(42));
    let json = scratch.out().join(case.directory()).join("run.json");
    assert!(!json.exists());
    assert_eq!(store.write_deferred().expect("it can be written"), 1);
    assert!(json.exists());
}

#[test]
fn what_a_rerun_replaced_goes_with_the_flush() {
    for duration in [SHORT, LONG] {
        let scratch = Scratch::new();
        let store = scratch.store();
        let case = Case::new("base", 1);
        case.run(&store, 1, duration).expect("it is stored");
        store.flush().expect("it can be synced");
        store.defer(Left::Results);
        case.run(&store, 2, duration).expect("it is stored again");
        assert_eq!(case.state(&scratch.store()), Ok(2));
        assert_eq!(names(&scratch).len(), 2);
        store.flush().expect("it can be synced");
        assert_eq!(names(&scratch), [case.directory()]);
        assert_eq!(case.state(&store), Ok(2));
    }
}

#[test]
fn the_locks_are_given_back_even_if_nothing_can_be_written() {
    for obstacle in [".result.postcard.partial", "run.json"] {
        let scratch = Scratch::new();
        let store = scratch.store();
        let case = Case::new("base", 1);
        store.defer(Left::Results);
        case.run(&store, 42, SHORT).expect("it is done");
        let obstacle = scratch.out().join(case.directory()).join(obstacle);
        std::fs::create_dir(&obstacle).expect("it can be made");
        let error = store.write_deferred().expect_err("it is a directory");
        assert!(
            error.to_string().contains(&obstacle.display().to_string()),
            "{error}"
        );
        let lock = store.lock(case.identity.key).expect("there are locks");
        assert!(lock.is_some());
    }
}

/// Those that were left before the disk was full are there, the others run again.
#[test]
fn a_disk_that_is_full_halfway_keeps_what_came_before() {
    let start = SimulatedStore::open(Simulated::new(Order::Kept));
    let cases: Vec<_> = (1..=5).map(|key| Case::new("base", key)).collect();
    let act = |store: &SimulatedStore| {
        store.defer(Left::Results);
        for (case, output) in cases.iter().zip(10..) {
            case.run(store, output, SHORT)?;
        }
        store.flush()
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
        act(&reopened).expect("there is space again");
        for (case, output) in cases.iter().zip(10..) {
            assert_eq!(case.state(&reopened), Ok(output));
        }
    }
    assert!(seen.len() >= 3, "{seen:?}");
}
