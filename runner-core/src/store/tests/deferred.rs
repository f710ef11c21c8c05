//! What is written about a run beside the next one.

use super::fixture::{Case, LONG, SHORT, Scratch, names};

#[test]
fn a_run_is_locked_until_everything_about_it_is_written() {
    let scratch = Scratch::new();
    let (store, other) = (scratch.store(), scratch.store());
    let case = Case::new("base", 1);
    store.defer();
    case.run(&store, 42, SHORT).expect("it is stored");
    assert_eq!(case.state(&other), Ok(42));
    let json = scratch.out().join(case.directory()).join("run.json");
    assert!(!json.exists());
    let key = case.identity.key;
    for store in [&store, &other] {
        assert!(store.lock(key).expect("there are locks").is_none());
    }
    assert!(store.write_deferred().expect("it can be written"));
    assert!(json.exists());
    assert!(other.lock(key).expect("there are locks").is_some());
    assert!(!store.write_deferred().expect("there is nothing to do"));
}

#[test]
fn what_a_rerun_replaced_goes_with_the_flush() {
    for duration in [SHORT, LONG] {
        let scratch = Scratch::new();
        let store = scratch.store();
        let case = Case::new("base", 1);
        case.run(&store, 1, duration).expect("it is stored");
        store.flush().expect("it can be synced");
        store.defer();
        case.run(&store, 2, duration).expect("it is stored again");
        assert_eq!(names(&scratch).len(), 2);
        store.flush().expect("it can be synced");
        assert_eq!(names(&scratch), [case.directory()]);
        assert_eq!(case.state(&store), Ok(2));
    }
}

#[test]
fn the_locks_are_given_back_even_if_nothing_can_be_written() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let case = Case::new("base", 1);
    store.defer();
    case.run(&store, 42, SHORT).expect("it is stored");
    let json = scratch.out().join(case.directory()).join("run.json");
    std::fs::create_dir(&json).expect("it can be made");
    let error = store.write_deferred().expect_err("it is a directory");
    assert!(error.to_string().contains("run.json"), "{error}");
    let lock = store.lock(case.identity.key).expect("there are locks");
    assert!(lock.is_some());
}
